//! Tools that need rights which the on-call role hasn't: each answers as it does without them, and says what tells the same.

use super::here;
use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// What a tool says without its rights, and what serves instead.
struct Refusal {
    name: &'static str,
    says: &'static str,
    instead: &'static str,
}

const REFUSALS: &[Refusal] = &[
    Refusal {
        name: "tcpdump",
        says: "tcpdump: eth0: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)",
        instead: "who talks to whom: ss -tnp; what a request did: traces ID; what the server logged: journalctl -u postgresql",
    },
    Refusal {
        name: "strace",
        says: "strace: attach: ptrace(PTRACE_SEIZE): Operation not permitted",
        instead: "what a backend waits for: SELECT pid, wait_event_type, wait_event FROM pg_stat_activity",
    },
    Refusal {
        name: "perf",
        says: "Error:\nAccess to performance monitoring and observability operations is limited.",
        instead: "which statements use the processor: pg:outliers; what they do: EXPLAIN (ANALYZE, BUFFERS)",
    },
    Refusal {
        name: "gdb",
        says: "Could not attach to process. ptrace: Operation not permitted.",
        instead: "what a backend does: SELECT pid, state, query FROM pg_stat_activity",
    },
    Refusal {
        name: "iotop",
        says: "Netlink error: Operation not permitted (1)\n\nThe Linux kernel interfaces that iotop relies on now require root privileges or the NET_ADMIN capability.",
        instead: "what the volume does: iostat -x 1; who reads: top (state D) and wait_event_type = 'IO' in pg_stat_activity",
    },
    Refusal {
        name: "iftop",
        says: "pcap_open_live(eth0): socket: Operation not permitted",
        instead: "how many connections there are: ss -s; requests a second: dash rps",
    },
    Refusal {
        name: "ethtool",
        says: "netlink error: Operation not permitted",
        instead: "the network card isn't part of the machine's model; ss -s counts connections",
    },
    Refusal {
        name: "sysctl",
        says: "sysctl: permission denied on key",
        instead: "the server's own settings: psql -c 'SHOW ALL'",
    },
    Refusal {
        name: "lsof",
        says: "lsof: WARNING: can't stat(/proc): only your own files are listed, and there are none",
        instead: "connections: ss -tnp; files of tables: SELECT pg_relation_filepath('TABLE')",
    },
];

/// The row of a tool that is refused.
const fn refused(
    name: &'static str,
    aliases: &'static [&'static str],
    usage: &'static str,
    summary: &'static str,
) -> Tool {
    Tool {
        name,
        aliases,
        group: Group::Hosts,
        usage,
        summary,
        manual: "The on-call role has no root on the machines and may not look into other users' processes or packets. This says so as the tool itself does, and which command \
                 tells the same from what the role may see.",
        flags: &[],
        complete: nothing,
        run: Handler::Tool(refuse),
    }
}

/// `tcpdump`'s row.
pub(crate) const TCPDUMP: Tool = refused(
    "tcpdump",
    &["tshark"],
    "tcpdump [ARGUMENT]…",
    "capture packets, which needs rights that you don't have",
);
/// `strace`'s row.
pub(crate) const STRACE: Tool = refused(
    "strace",
    &["ltrace", "bpftrace"],
    "strace [ARGUMENT]…",
    "trace system calls, which needs rights that you don't have",
);
/// `perf`'s row.
pub(crate) const PERF: Tool =
    refused("perf", &[], "perf [ARGUMENT]…", "profile the processor, which needs rights that you don't have");
/// `gdb`'s row.
pub(crate) const GDB: Tool = refused(
    "gdb",
    &["pstack"],
    "gdb [ARGUMENT]…",
    "look into a process, which needs rights that you don't have",
);
/// `iotop`'s row.
pub(crate) const IOTOP: Tool = refused(
    "iotop",
    &[],
    "iotop [ARGUMENT]…",
    "list processes by what they read, which needs rights that you don't have",
);
/// `iftop`'s row.
pub(crate) const IFTOP: Tool = refused(
    "iftop",
    &["nethogs", "iptraf"],
    "iftop [ARGUMENT]…",
    "watch the network's traffic, which needs rights that you don't have",
);
/// `ethtool`'s row.
pub(crate) const ETHTOOL: Tool = refused(
    "ethtool",
    &[],
    "ethtool [ARGUMENT]…",
    "ask the network card, which needs rights that you don't have",
);
/// `sysctl`'s row.
pub(crate) const SYSCTL: Tool = refused(
    "sysctl",
    &[],
    "sysctl [ARGUMENT]…",
    "read or set kernel parameters, which needs rights that you don't have",
);
/// `lsof`'s row.
pub(crate) const LSOF: Tool = refused(
    "lsof",
    &["fuser"],
    "lsof [ARGUMENT]…",
    "list open files, which needs rights that you don't have",
);

fn refuse(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let tool = crate::console::tools::find(call.name).map_or(call.name, |tool| tool.name);
    here(call, session, context, |_| {
        let refusal = REFUSALS.iter().find(|refusal| refusal.name == tool);
        Err(match refusal {
            Some(refusal) => Output::failure(format!("{}\n({})", refusal.says, refusal.instead)),
            None => Output::failure(format!("{}: Operation not permitted", call.name)),
        })
    })
}
