//! `ps`, `pgrep` and `pidof`: the server's processes as a list.

use super::processes::{Process, processes};
use super::{Host, here};
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, Parsed, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::console::text::table_with;

/// `ps`' row.
pub(crate) const TOOL: Tool = Tool {
    name: "ps",
    aliases: &[],
    group: Group::Hosts,
    usage: "ps aux [--sort=[-]KEY]\nps -ef\nps -eo KEY,… [--sort=[-]KEY] [--no-headers]\nps -p PID",
    summary: "list the processes of a machine",
    manual: "Lists the database server's processes with their titles as PostgreSQL sets them: user, database, client, and the kind of statement that runs. KEY is pid, ppid, user, \
             stat, pcpu, etime, start, comm or args.",
    flags: FLAGS,
    complete: nothing,
    run: Handler::Tool(ps),
};

/// `pgrep`'s row.
pub(crate) const PGREP: Tool = Tool {
    name: "pgrep",
    aliases: &["pidof"],
    group: Group::Hosts,
    usage: "pgrep [-afclu] PATTERN\npidof postgres",
    summary: "find processes of a machine by name",
    manual: "Prints the process ids of the processes whose name, or title with -f, matches PATTERN.",
    flags: PGREP_FLAGS,
    complete: nothing,
    run: Handler::Tool(pgrep),
};

const FLAGS: &[Flag] = &[
    flag('e', "", "", "all processes"),
    flag('A', "", "", "all processes"),
    flag('f', "", "", "with parent and start"),
    flag('o', "format", "KEY,…", "these columns"),
    flag('p', "pid", "PID,…", "only these processes"),
    flag('u', "user", "USER", "only USER's"),
    flag('C', "", "NAME", "only processes called NAME"),
    word('s', "sort", "[-]KEY", "in this order; - is falling"),
    word('N', "no-headers", "", "without the first line"),
    word('N', "no-heading", "", ""),
    flag('F', "", "", "accepted"),
    flag('L', "", "", "accepted"),
    flag('l', "", "", "accepted"),
    flag('T', "", "", "accepted"),
    flag('w', "", "", "accepted: titles are always whole"),
    word('H', "forest", "", "accepted"),
];

const PGREP_FLAGS: &[Flag] = &[
    flag('a', "list-full", "", "with titles"),
    flag('l', "list-name", "", "with names"),
    flag('f', "full", "", "match the title"),
    flag('c', "count", "", "how many"),
    flag('u', "euid", "USER", "only USER's"),
    flag('x', "exact", "", "accepted"),
    flag('i', "ignore-case", "", "accepted"),
];

/// Blanks between columns.
const GAP: usize = 1;
/// The name of every process.
const NAME: &str = "postgres";

fn ps(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| listing(call, context, host).map(Into::into))
}

fn listing(call: &Call<'_>, context: &Context<'_>, host: Host<'_>) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    // BSD's options stand without a dash: `ps aux`, `ps axo pid,args`.
    let bsd = parsed.operands.first().filter(|text| text.bytes().all(|b| b"auxwfelo".contains(&b)));
    let columns: Vec<&str> = match (parsed.value('o'), bsd) {
        (Some(keys), _) => keys.split([',', ' ']).filter(|key| !key.is_empty()).collect(),
        (None, Some(letters)) if letters.contains('o') => {
            parsed.operands.get(1).map_or_else(Vec::new, |keys| keys.split(',').collect())
        }
        (None, _) if parsed.has('f') => vec!["user", "pid", "ppid", "start", "etime", "args"],
        (None, _) => vec!["user", "pid", "pcpu", "stat", "start", "args"],
    };
    for key in &columns {
        if heading(key).is_none() {
            return Err(Output::failure(format!(
                "error: unknown user-defined format specifier \"{key}\"\n(pid, ppid, user, stat, pcpu, etime, start, comm and args are known here)"
            )));
        }
    }
    let mut all: Vec<Process> = processes(host);
    all.retain(|process| wanted(process, &parsed));
    if let Some(sort) = parsed.value('s') {
        let (falls, key) = match sort.strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, sort.trim_start_matches('+')),
        };
        match key {
            "pcpu" | "%cpu" | "cpu" => all.sort_by(|a, b| a.cpu.total_cmp(&b.cpu)),
            "start" | "start_time" | "etime" | "etimes" | "lstart" => {
                all.sort_by_key(|process| process.since)
            }
            "args" | "cmd" | "command" => all.sort_by(|a, b| a.title.cmp(&b.title)),
            "stat" | "state" => all.sort_by_key(|process| process.state),
            _ => all.sort_by_key(|process| process.pid),
        }
        if falls {
            all.reverse();
        }
    }
    let mut rows = Vec::new();
    if !parsed.has('N') {
        rows.push(columns.iter().map(|key| heading(key).unwrap_or(key).to_owned()).collect());
    }
    for process in &all {
        rows.push(columns.iter().map(|key| cell(process, key, context)).collect::<Vec<String>>());
    }
    Ok(Output { status: u8::from(all.is_empty()), ..Output::text(table_with(&rows, GAP)) })
}

fn wanted(process: &Process, parsed: &Parsed) -> bool {
    let pid = process.pid.to_string();
    parsed.value('p').is_none_or(|pids| pids.split(',').any(|wanted| wanted == pid))
        && parsed.value('C').is_none_or(|name| name == NAME)
        && parsed.value('u').is_none_or(|user| user == NAME)
}

fn heading(key: &str) -> Option<&'static str> {
    Some(match key {
        "pid" => "PID",
        "ppid" => "PPID",
        "user" | "uid" | "euser" => "USER",
        "stat" | "state" | "s" => "STAT",
        "pcpu" | "%cpu" | "c" => "%CPU",
        "etime" | "etimes" => "ELAPSED",
        "start" | "stime" | "lstart" => "START",
        "comm" => "COMMAND",
        "args" | "cmd" | "command" => "COMMAND",
        _ => return None,
    })
}

fn cell(process: &Process, key: &str, context: &Context<'_>) -> String {
    match key {
        "pid" => process.pid.to_string(),
        "ppid" => if process.is_postmaster() { "0" } else { "1" }.to_owned(),
        "stat" | "state" | "s" => format!("{}s", process.state),
        "pcpu" | "%cpu" | "c" => format!("{:.1}", process.cpu),
        "etimes" => context.world.now().since(process.since).as_secs().to_string(),
        "etime" => elapsed(context.world.now().since(process.since).as_secs()),
        "start" | "stime" | "lstart" => context.scenario.calendar().minute(process.since),
        "args" | "cmd" | "command" => process.title.clone(),
        _ => NAME.to_owned(),
    }
}

/// `[HH:]MM:SS`.
fn elapsed(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

fn pgrep(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, PGREP_FLAGS, 2)?;
        let Some(pattern) = parsed.operands.first() else {
            return Err(Output::failure_with(2, format!("{}: no matching criteria specified", call.name)));
        };
        let matcher = regex::Regex::new(pattern).map_err(|_| {
            Output::failure_with(2, format!("{}: {pattern}: not a regular expression", call.name))
        })?;
        let mut all = processes(host);
        all.retain(|process| matcher.is_match(if parsed.has('f') { &process.title } else { NAME }));
        let line = |process: &Process| match (parsed.has('a'), parsed.has('l')) {
            (true, _) => format!("{} {}\n", process.pid, process.title),
            (false, true) => format!("{} {NAME}\n", process.pid),
            (false, false) => format!("{}\n", process.pid),
        };
        let text = if parsed.has('c') {
            format!("{}\n", all.len())
        } else if call.name == "pidof" {
            let mut pids: Vec<String> = all.iter().map(|process| process.pid.to_string()).collect();
            pids.reverse();
            format!("{}\n", pids.join(" "))
        } else {
            all.iter().map(line).collect()
        };
        Ok(Output { status: u8::from(all.is_empty()), ..Output::text(text) }.into())
    })
}
