//! `nc` and `telnet`: whether a port takes connections.

use super::{find, hosts, service};
use crate::console::Context;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::stack::AddressView;

/// `nc`'s row.
pub(crate) const NC: Tool = Tool {
    name: "nc",
    aliases: &["ncat", "netcat"],
    group: Group::Observe,
    usage: "nc -zv HOST PORT…",
    summary: "tell whether a port takes connections",
    manual: "Connects to each PORT of HOST and tells whether it was taken. What listens is known for every host; to talk HTTP use curl, SQL psql, the cache's protocol \
             redis-cli. A database server takes connections at its port even when all its slots are used: what it then says is told by psql.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(nc),
};

/// `telnet`'s row.
pub(crate) const TELNET: Tool = Tool {
    name: "telnet",
    aliases: &[],
    group: Group::Observe,
    usage: "telnet HOST PORT",
    summary: "connect to a port, and close it again",
    manual: "Connects to PORT of HOST, tells whether it was taken, and closes the connection: there is nothing to type here. See nc.",
    flags: &[],
    complete,
    run: Handler::Tool(telnet),
};

const FLAGS: &[Flag] = &[
    flag('z', "", "", "connect and close at once (always)"),
    flag('v', "", "", "tell what happened"),
    flag('w', "", "SECONDS", "give up after SECONDS"),
    flag('n', "", "", "accepted: no names are looked up"),
    flag('4', "", "", "accepted"),
    flag('t', "", "", "accepted"),
    flag('N', "", "", "accepted"),
    flag('u', "", "", "UDP, which the network doesn't carry"),
    flag('l', "", "", "listen, which the bastion doesn't let you"),
];

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let before: Vec<&String> = asking.before.iter().filter(|word| !word.starts_with('-')).collect();
    match before.as_slice() {
        [] => hosts(asking),
        [host, ..] => find(asking.context, host).map_or_else(Vec::new, |found| {
            found.ports.iter().map(|port| (port.to_string(), service(*port).to_owned())).collect()
        }),
    }
}

/// Ports asked for: `80`, `80-82`, `http`.
fn ports(text: &str) -> Option<Vec<u16>> {
    if let Some((first, last)) = text.split_once('-') {
        let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
        return (first <= last && last - first < 1_000).then(|| (first..=last).collect());
    }
    let named = [22, 80, 443, 5432, 6379, 6432, 9090].into_iter().find(|port| service(*port) == text);
    named.or_else(|| text.parse().ok()).map(|port| vec![port])
}

fn nc(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    probe(call, context).unwrap_or_else(|output| output).into()
}

fn probe(call: &Call<'_>, context: &Context<'_>) -> Result<Output, Output> {
    let parsed = crate::console::filters::options(call, FLAGS, 1)?;
    if parsed.has('l') {
        return Err(Output::failure("nc: Operation not permitted: the bastion's ports are closed to you"));
    }
    let [host, wanted @ ..] = parsed.operands.as_slice() else {
        return Err(Output::failure(format!("usage: {}", NC.usage)));
    };
    if wanted.is_empty() {
        return Err(Output::failure(format!("nc: missing port number\nusage: {}", NC.usage)));
    }
    let Some(found) = find(context, host) else {
        return Err(Output::failure(format!(
            "nc: getaddrinfo for host \"{host}\" port {}: Name or service not known",
            wanted[0]
        )));
    };
    let mut output = Output::default();
    let mut opened = false;
    for text in wanted {
        let Some(ports) = ports(text) else {
            return Err(Output::failure(format!("nc: port number invalid: {text}")));
        };
        for port in ports {
            opened |= one(host, &found, port, parsed.has('u'), parsed.has('v'), &mut output);
        }
    }
    output.status = u8::from(!opened);
    Ok(output)
}

fn one(host: &str, found: &AddressView, port: u16, udp: bool, tells: bool, output: &mut Output) -> bool {
    let open = found.ports.contains(&port) && !udp;
    let address = found.address;
    match (open, tells) {
        (_, false) => {}
        (true, true) => output.err(format!(
            "Connection to {host} ({address}) {port} port [tcp/{}] succeeded!\n",
            service(port)
        )),
        (false, true) => {
            let kind = if udp { "udp" } else { "tcp" };
            output.err(format!(
                "nc: connect to {host} ({address}) port {port} ({kind}) failed: Connection refused\n"
            ));
        }
    }
    open
}

fn telnet(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let (Some(host), Some(port)) = (call.arguments.first(), call.arguments.get(1)) else {
        return Output::failure("usage: telnet HOST PORT").into();
    };
    let Some(found) = find(context, host) else {
        return Output::failure(format!(
            "telnet: could not resolve {host}/{port}: Name or service not known"
        ))
        .into();
    };
    let address = found.address;
    let open = port.parse().is_ok_and(|port| found.ports.contains(&port));
    let mut output = Output::text(format!("Trying {address}...\n"));
    if open {
        output.out(format!("Connected to {host}.\nEscape character is '^]'.\nConnection closed.\n"));
    } else {
        output.err("telnet: Unable to connect to remote host: Connection refused\n");
        output.status = 1;
    }
    output.into()
}
