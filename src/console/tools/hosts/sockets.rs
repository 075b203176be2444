//! `ss`: the server's connections.

use super::here;
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::Options;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "ss",
    aliases: &["netstat"],
    group: Group::Hosts,
    usage: "ss -s\nss [-tnlp]",
    summary: "list a machine's connections",
    manual: "Lists the connections to the database server. Those that the server turned away at max_connections are gone at once and never shown.

  -s  how many   -t  TCP (there is no other)   -n  numbers, not names
  -l  what is listened on                      -p  with the process",
    complete: nothing,
    run: Handler::Tool(run),
};

/// PostgreSQL's port.
const PORT: u16 = 5432;

fn run(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(
            call,
            Options { short: "stnlpaoeiu4H", long: &[("summary", 's'), ("listening", 'l')] },
            1,
        )?;
        let clients: Vec<_> = host
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
        let mut out = String::from("State  Recv-Q Send-Q Local Address:Port  Peer Address:Port\n");
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
