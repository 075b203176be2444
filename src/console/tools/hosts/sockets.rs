//! `ss`: the server's connections.

use super::here;
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, Parsed, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::postgres::server::Backend;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "ss",
    aliases: &["netstat"],
    group: Group::Hosts,
    usage: "ss -s\nss [-tnlp]",
    summary: "list a machine's connections",
    manual: "Lists the connections to the database server. Those that the server turned away at max_connections are gone at once and never shown.",
    flags: FLAGS,
    complete: nothing,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('s', "summary", "", "how many"),
    flag('t', "tcp", "", "TCP (there is no other)"),
    flag('n', "numeric", "", "numbers, not names"),
    flag('l', "listening", "", "what is listened on"),
    flag('a', "all", "", "both kinds"),
    flag('p', "processes", "", "with the process"),
    flag('o', "options", "", "accepted"),
    flag('e', "extended", "", "accepted"),
    flag('i', "info", "", "accepted"),
    flag('u', "udp", "", "none are open"),
    flag('4', "ipv4", "", "accepted"),
    flag('H', "no-header", "", "without the first line"),
];

/// PostgreSQL's port.
const PORT: u16 = 5432;

/// A session and where it comes from.
type Client<'a> = (&'a Backend, std::net::IpAddr);

/// The same list in net-tools' columns.
fn netstat(name: &str, clients: &[Client<'_>], parsed: &Parsed) -> String {
    let mut out = String::from(
        "Active Internet connections\nProto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name\n",
    );
    let mut line = |peer: &str, state: &str, pid: &str| {
        let local = format!("{name}:{PORT}");
        let shown = if parsed.has('p') { pid } else { "" };
        let line = format!("tcp        0      0 {local:<23} {peer:<23} {state:<11} {shown}");
        out.push_str(line.trim_end());
        out.push('\n');
    };
    if parsed.has('l') || parsed.has('a') {
        line("0.0.0.0:*", "LISTEN", "1/postgres");
    }
    for (backend, address) in clients.iter().filter(|_| !parsed.has('l')) {
        let peer = format!("{address}:{}", backend.client_port);
        line(&peer, "ESTABLISHED", &format!("{}/postgres", backend.pid));
    }
    out
}

fn run(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, FLAGS, 1)?;
        let clients: Vec<Client<'_>> = host
            .server
            .activity()
            .filter_map(|(_, backend)| Some((backend, backend.login.client_addr?)))
            .collect();
        if parsed.has('s') {
            let count = clients.len();
            return Ok(Output::text(format!(
                "TCP:   {} (estab {count}, closed 0, orphaned 0, timewait 0)\n\nTransport Total     IP\nTCP       {:<9} {0}\n",
                count + 1,
                count + 1
            ))
            .into());
        }
        if call.name == "netstat" {
            return Ok(Output::text(netstat(host.name, &clients, &parsed)).into());
        }
        let mut out = if parsed.has('H') {
            String::new()
        } else {
            String::from("State  Recv-Q Send-Q Local Address:Port  Peer Address:Port\n")
        };
        if parsed.has('l') || parsed.has('a') {
            out.push_str(&format!("LISTEN 0      -            0.0.0.0:{PORT}       0.0.0.0:*\n"));
        }
        for (backend, address) in clients.iter().filter(|_| !parsed.has('l')) {
            let peer = format!("{address}:{}", backend.client_port);
            let process = if parsed.has('p') {
                format!("  users:((\"postgres\",pid={}))", backend.pid)
            } else {
                String::new()
            };
            out.push_str(&format!("ESTAB  0      0      {:>13}:{PORT}  {peer:>20}{process}\n", host.name));
        }
        Ok(Output::text(out).into())
    })
}
