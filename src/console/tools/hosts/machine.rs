//! What a machine is: `nproc`, `lscpu`, `uname`, `mpstat`, `systemctl`, `who`.

use super::load::{gauge, last_minute};
use super::sampling::{Counters, Sampling, interval, used};
use super::{Host, here};
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing, words};
use crate::console::text::age;
use crate::console::tools::date::written;

/// `nproc`'s row.
pub(crate) const NPROC: Tool = Tool {
    name: "nproc",
    aliases: &[],
    group: Group::Hosts,
    usage: "nproc",
    summary: "tell how many cores a machine has",
    manual: "Tells how many cores the machine has.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(nproc),
};

/// `lscpu`'s row.
pub(crate) const LSCPU: Tool = Tool {
    name: "lscpu",
    aliases: &[],
    group: Group::Hosts,
    usage: "lscpu",
    summary: "tell what processor a machine has",
    manual: "Tells architecture and number of cores. Model, caches and clock aren't part of the machine's model.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(lscpu),
};

/// `uname`'s row.
pub(crate) const UNAME: Tool = Tool {
    name: "uname",
    aliases: &["arch"],
    group: Group::Hosts,
    usage: "uname [-asnrm]",
    summary: "tell a machine's system and name",
    manual: "Tells the system, the host's name and the architecture. Which kernel runs isn't part of the machine's model.",
    flags: UNAME_FLAGS,
    complete: nothing,
    run: Handler::Tool(uname),
};

/// `mpstat`'s row.
pub(crate) const MPSTAT: Tool = Tool {
    name: "mpstat",
    aliases: &[],
    group: Group::Hosts,
    usage: "mpstat [-P ALL] [INTERVAL [COUNT]]",
    summary: "report the processor's use",
    manual: "Prints the processor's use since the start, or each INTERVAL seconds COUNT times. Work is shared evenly among the cores, so that -P ALL shows the same figure for each.",
    flags: MPSTAT_FLAGS,
    complete: nothing,
    run: Handler::Tool(mpstat),
};

/// `systemctl`'s row.
pub(crate) const SYSTEMCTL: Tool = Tool {
    name: "systemctl",
    aliases: &["service"],
    group: Group::Hosts,
    usage: "systemctl status [postgresql]\nsystemctl list-units",
    summary: "tell how a machine's services do",
    manual: "Tells how the machine's only service does, the database server. To start, stop, restart or reload it is for root, which the on-call role isn't: settings are reloaded \
             with SELECT pg_reload_conf() in psql.",
    flags: SYSTEMCTL_FLAGS,
    complete: |asking| match asking.before {
        [] => words(&[("status", "how it does"), ("list-units", "all services"), ("is-active", "in a word")]),
        _ => words(&[("postgresql", "the database server")]),
    },
    run: Handler::Tool(systemctl),
};

/// `who`'s row.
pub(crate) const WHO: Tool = Tool {
    name: "who",
    aliases: &["last", "users"],
    group: Group::Hosts,
    usage: "who",
    summary: "tell who is logged in",
    manual: "Tells who is logged in at the host that this shell runs on: you.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(who),
};

const UNAME_FLAGS: &[Flag] = &[
    flag('a', "all", "", "everything"),
    flag('s', "kernel-name", "", "the system (the default)"),
    flag('n', "nodename", "", "the host's name"),
    flag('m', "machine", "", "the architecture"),
    flag('r', "kernel-release", "", "not known here: a dash"),
];
const MPSTAT_FLAGS: &[Flag] =
    &[flag('P', "", "CPU", "ALL: a line for each core"), flag('u', "", "", "accepted")];
const SYSTEMCTL_FLAGS: &[Flag] = &[
    flag('l', "full", "", "accepted"),
    flag('n', "lines", "N", "accepted"),
    flag('t', "type", "TYPE", "accepted"),
    crate::console::shell::options::word('P', "no-pager", "", "accepted"),
    crate::console::shell::options::word('F', "failed", "", "only services that failed: none"),
];

fn nproc(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    here(call, session, context, |host| {
        Ok(Output::text(format!("{:.0}\n", host.server.config().cores)).into())
    })
}

fn lscpu(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    here(call, session, context, |host| {
        let cores = host.server.config().cores;
        let last = cores - 1.0;
        Ok(Output::text(format!(
            "Architecture:                x86_64\n  CPU op-mode(s):            32-bit, 64-bit\nCPU(s):                      {cores:.0}\n  On-line CPU(s) list:       0-{last:.0}\nModel name:                  -\n"
        ))
        .into())
    })
}

fn uname(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    if call.name == "arch" {
        return Output::text("x86_64\n").into();
    }
    let parsed = match options(call, UNAME_FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output.into(),
    };
    let host = session.host.as_deref().unwrap_or("bastion");
    let all = parsed.has('a');
    let mut shown = Vec::new();
    if all || parsed.has('s') || parsed.options.is_empty() {
        shown.push("Linux");
    }
    if all || parsed.has('n') {
        shown.push(host);
    }
    if all || parsed.has('r') {
        shown.push("-");
    }
    if all || parsed.has('m') {
        shown.push("x86_64");
    }
    Output::text(format!("{}\n", shown.join(" "))).into()
}

fn mpstat(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, MPSTAT_FLAGS, 1)?;
        let now = context.world.now();
        let head = format!(
            "Linux ({})\t{}\t_x86_64_\t({:.0} CPU)\n\n",
            host.name,
            written(&context.scenario.calendar(), now, "%m/%d/%Y"),
            host.server.config().cores
        );
        let report = if parsed.has('P') { each_core } else { all_cores };
        match interval("mpstat", &parsed.operands)? {
            Some(wanted) => Ok(Sampling::start(context, host, wanted, Some(head), report)),
            None => {
                let counts = (&Counters::START, &Counters::of(host, now));
                Ok(Output::text(head + &report(context, host, counts, 0)).into())
            }
        }
    })
}

fn use_line(clock: &str, core: &str, busy: f64) -> String {
    format!(
        "{clock}  {core:>4} {busy:7.2} {:>7} {:>7} {:>7} {:>7} {:7.2}\n",
        "0.00",
        "-",
        "-",
        "0.00",
        100.0 - busy
    )
}

fn use_heading(clock: &str) -> String {
    format!("{clock}   CPU    %usr   %nice    %sys %iowait  %steal   %idle\n")
}

fn all_cores(
    context: &Context<'_>,
    host: Host<'_>,
    (from, to): (&Counters, &Counters),
    number: u64,
) -> String {
    let clock = context.scenario.calendar().clock(context.world.now());
    let head = if number <= 1 { use_heading(&clock) } else { String::new() };
    head + &use_line(&clock, "all", used(host, from, to).cpu * 100.0)
}

fn each_core(context: &Context<'_>, host: Host<'_>, (from, to): (&Counters, &Counters), _: u64) -> String {
    let clock = context.scenario.calendar().clock(context.world.now());
    let busy = used(host, from, to).cpu * 100.0;
    let mut out = use_heading(&clock) + &use_line(&clock, "all", busy);
    for core in 0..host.server.config().cores as u32 {
        out.push_str(&use_line(&clock, &core.to_string(), busy));
    }
    out.push('\n');
    out
}

fn systemctl(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, SYSTEMCTL_FLAGS, 1)?;
        let words: Vec<&str> = parsed.operands.iter().map(String::as_str).collect();
        // `service postgresql status` has its words the other way round.
        let (verb, unit) = match (call.name, words.as_slice()) {
            ("service", [unit, verb, ..]) => (*verb, Some(*unit)),
            (_, [verb, unit, ..]) => (*verb, Some(*unit)),
            (_, [verb]) => (*verb, None),
            (_, []) => ("list-units", None),
        };
        if let Some(unit) = unit.filter(|unit| !unit.starts_with("postgres")) {
            return Err(Output::failure_with(
                4,
                format!("Unit {unit}.service could not be found.\n(the only service here is postgresql)"),
            ));
        }
        match verb {
            "status" => Ok(Output::text(status(context, host)).into()),
            "is-active" => Ok(Output::text("active\n").into()),
            "list-units" | "list-unit-files" if parsed.has('F') => {
                Ok(Output::text("0 loaded units listed.\n").into())
            }
            "list-units" | "list-unit-files" => Ok(Output::text(
                "UNIT                LOAD   ACTIVE SUB     DESCRIPTION\npostgresql.service  loaded active running PostgreSQL RDBMS\n\n1 loaded units listed.\n",
            )
            .into()),
            "start" | "stop" | "restart" | "reload" | "kill" | "enable" | "disable" => Err(Output::failure(format!(
                "Failed to {verb} postgresql.service: Access denied\n(settings are reloaded with psql -c 'SELECT pg_reload_conf()')"
            ))),
            other => Err(Output::failure(format!("Unknown command verb '{other}'."))),
        }
    })
}

fn status(context: &Context<'_>, host: Host<'_>) -> String {
    let calendar = context.scenario.calendar();
    let started = host.server.times().0;
    let now = context.world.now();
    let processes = super::processes::processes(host);
    let mut out = format!(
        "● postgresql.service - PostgreSQL RDBMS\n     Active: active (running) since {} UTC; {} ago\n   Main PID: 1 (postgres)\n      Tasks: {}\n     CGroup: /system.slice/postgresql.service\n",
        written(&calendar, started, "%a %F %T"),
        age(now.since(started)),
        processes.len()
    );
    let busy = gauge(context, "node_cpu_cores_busy", host.name, last_minute(context)).unwrap_or(0.0);
    for (place, process) in processes.iter().enumerate() {
        let branch = if place + 1 == processes.len() { "└─" } else { "├─" };
        out.push_str(&format!("             {branch}{} \"{}\"\n", process.pid, process.title));
    }
    out.push_str(&format!("        CPU: {busy:.2} cores over the last minute\n"));
    out
}

fn who(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let calendar = context.scenario.calendar();
    let since = context.scenario.instant(context.scenario.shift_starts_at);
    let from = if session.host.is_some() { "(bastion)" } else { "(laptop)" };
    let day = calendar.date(since);
    Output::text(match call.name {
        "users" => "oncall\n".to_owned(),
        _ => format!("oncall   pts/0        {day} {} {from}\n", calendar.minute(since)),
    })
    .into()
}
