//! `host`, `nslookup` and `getent`: names and addresses in three other formats than `dig`'s.

use super::{RESOLVER, find, hosts};
use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use std::net::Ipv4Addr;

/// `host`'s row.
pub(crate) const HOST: Tool = Tool {
    name: "host",
    aliases: &[],
    group: Group::Observe,
    usage: "host NAME|ADDRESS",
    summary: "look a name or an address up",
    manual: "Looks NAME up at the company's name server, or the name of ADDRESS.",
    flags: &[],
    complete: hosts,
    run: Handler::Tool(host),
};

/// `nslookup`'s row.
pub(crate) const NSLOOKUP: Tool = Tool {
    name: "nslookup",
    aliases: &[],
    group: Group::Observe,
    usage: "nslookup NAME [SERVER]",
    summary: "look a name up, with the server that answered",
    manual: "Looks NAME up at the company's name server. SERVER is read and not asked: there is no other from here.",
    flags: &[],
    complete: hosts,
    run: Handler::Tool(nslookup),
};

/// `getent`'s row.
pub(crate) const GETENT: Tool = Tool {
    name: "getent",
    aliases: &[],
    group: Group::Observe,
    usage: "getent hosts NAME…",
    summary: "look names up as programs do",
    manual: "Looks each NAME up as programs do. Exit status 2 when one isn't found.",
    flags: &[],
    complete: |asking: &Asking<'_, '_>| -> Vec<Candidate> {
        if asking.before.is_empty() { words(&[("hosts", "names of hosts")]) } else { hosts(asking) }
    },
    run: Handler::Tool(getent),
};

/// The operands: what doesn't start with a dash.
fn operands<'a>(call: &Call<'a>) -> Vec<&'a str> {
    call.arguments.iter().map(String::as_str).filter(|argument| !argument.starts_with('-')).collect()
}

fn host(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let Some(name) = operands(call).first().copied() else {
        return Output::failure("Usage: host NAME|ADDRESS").into();
    };
    let Some(found) = find(context, name) else {
        return Output::failure(format!("Host {name} not found: 3(NXDOMAIN)")).into();
    };
    Output::text(match name.parse::<Ipv4Addr>() {
        Ok(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa domain name pointer {}.\n", found.name)
        }
        Err(_) => format!("{name} has address {}\n", found.address),
    })
    .into()
}

fn nslookup(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let Some(name) = operands(call).first().copied() else {
        return Output::failure("nslookup: which name?").into();
    };
    let head = format!("Server:\t\t{RESOLVER}\nAddress:\t{RESOLVER}#53\n\n");
    match find(context, name) {
        Some(found) => Output::text(format!("{head}Name:\t{name}\nAddress: {}\n", found.address)),
        None => {
            Output { status: 1, ..Output::text(format!("{head}** server can't find {name}: NXDOMAIN\n")) }
        }
    }
    .into()
}

fn getent(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let operands = operands(call);
    let Some((database, names)) = operands.split_first() else {
        return Output::failure("Usage: getent hosts NAME").into();
    };
    if !matches!(*database, "hosts" | "ahosts" | "ahostsv4") {
        return Output::failure(format!("Unknown database: {database}\ngetent hosts NAME looks names up"))
            .into();
    }
    let mut output = Output::default();
    for name in names {
        match find(context, name) {
            Some(found) => output.out(format!("{:<15} {}\n", found.address.to_string(), found.name)),
            None => output.status = 2,
        }
    }
    output.into()
}
