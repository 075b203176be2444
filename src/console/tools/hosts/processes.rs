//! `top` and `pidstat`: the server's busiest processes.

use super::sampling::{Counters, Sampling, interval, used};
use super::{Host, here, load, memory};
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::kernel::SimTime;
use crate::postgres::server::{Backend, BackendState, BackendType};

/// `top`'s row.
pub(crate) const TOP: Tool = Tool {
    name: "top",
    aliases: &["htop", "atop"],
    group: Group::Hosts,
    usage: "top [-n COUNT] [-d SECONDS] [-b]",
    summary: "show the busiest processes of a machine",
    manual: "Prints the load, the processor's use, memory and the busiest processes: once, or -n COUNT times every -d SECONDS. Processes that run share the cores \
             evenly, which is what %CPU tells.",
    flags: TOP_FLAGS,
    complete: nothing,
    run: Handler::Tool(top),
};

/// `pidstat`'s row.
pub(crate) const PIDSTAT: Tool = Tool {
    name: "pidstat",
    aliases: &[],
    group: Group::Hosts,
    usage: "pidstat [INTERVAL [COUNT]]",
    summary: "report processes that use the processor",
    manual: "Lists the processes that use the processor now, or each INTERVAL seconds COUNT times.",
    flags: PIDSTAT_FLAGS,
    complete: nothing,
    run: Handler::Tool(pidstat),
};

const TOP_FLAGS: &[Flag] = &[
    flag('n', "iterations", "COUNT", "print COUNT times"),
    flag('d', "delay", "SECONDS", "so long from one to the next"),
    flag('b', "batch-mode", "", "accepted: it always prints line after line"),
    flag('o', "sort-override", "FIELD", "accepted: by %CPU"),
    flag('p', "pid", "PID", "only this process"),
    flag('u', "user", "USER", "accepted: all are postgres"),
    flag('H', "threads-show", "", "accepted: a backend is one thread"),
    flag('c', "cmdline-toggle", "", "accepted: titles are always shown"),
    flag('i', "idle-toggle", "", "leave idle processes out"),
];

const PIDSTAT_FLAGS: &[Flag] = &[
    flag('u', "", "", "processor (the default)"),
    flag('d', "", "", "accepted: what a process reads isn't counted"),
    flag('r', "", "", "accepted: what a process holds isn't counted"),
    flag('l', "", "", "accepted: titles are always whole"),
    flag('h', "", "", "accepted"),
    flag('p', "", "PID", "only this process"),
    flag('C', "", "TEXT", "only processes whose title contains TEXT"),
];

/// Processes that `top` shows.
const SHOWN: usize = 20;
/// The postmaster's process.
const POSTMASTER: u32 = 1;

/// One process.
pub(super) struct Process {
    pub(super) pid: u32,
    /// `R`, `D` or `S`.
    pub(super) state: char,
    /// Share of one core in %.
    pub(super) cpu: f64,
    pub(super) since: SimTime,
    pub(super) title: String,
}

impl Process {
    /// Whether it is the one that all others are children of.
    pub(super) fn is_postmaster(&self) -> bool {
        self.pid == POSTMASTER
    }
}

/// The server's processes, by process id.
pub(super) fn processes(host: Host<'_>) -> Vec<Process> {
    let runnable = host.server.load().0.max(1) as f64;
    let share = (host.server.config().cores / runnable).min(1.0) * 100.0;
    let mut found = vec![Process {
        pid: POSTMASTER,
        state: 'S',
        cpu: 0.0,
        since: host.server.times().0,
        title: "/usr/lib/postgresql/18/bin/postgres -D /var/lib/postgresql/18/main".into(),
    }];
    for (_, backend) in host.server.activity() {
        let on_disk = backend.shown_wait().is_some_and(|wait| wait.names().0 == "IO");
        let running = backend.is_active() && backend.shown_wait().is_none();
        found.push(Process {
            pid: backend.pid,
            state: if running {
                'R'
            } else if on_disk {
                'D'
            } else {
                'S'
            },
            cpu: if running { share } else { 0.0 },
            since: backend.backend_start,
            title: title(host, backend),
        });
    }
    found.sort_by_key(|process| process.pid);
    found
}

/// The process title, as `update_process_title` has it.
fn title(host: Host<'_>, backend: &Backend) -> String {
    if backend.kind == BackendType::AutovacuumWorker {
        return format!("postgres: autovacuum worker {}", backend.login.database);
    }
    let client = match backend.login.client_addr {
        Some(address) => format!("{address}({})", backend.client_port),
        None => "[local]".into(),
    };
    let doing = match backend.state {
        BackendState::Active => {
            let text = host.server.query_text(backend);
            text.split_whitespace().next().unwrap_or("").to_uppercase()
        }
        other => other.name().to_owned(),
    };
    let waiting = backend.shown_wait().is_some_and(|wait| wait.names().0 == "Lock");
    let waiting = if waiting { " waiting" } else { "" };
    format!("postgres: {} {} {client} {doing}{waiting}", backend.login.role, backend.login.database)
}

fn top(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, TOP_FLAGS, 1)?;
        let now = context.world.now();
        let first = screen(context, host, (&Counters::START, &Counters::of(host, now)), 0);
        let count: u64 = match parsed.value('n') {
            None => 1,
            Some(text) => {
                text.parse().map_err(|_| Output::failure(format!("top: bad iterations argument '{text}'")))?
            }
        };
        if count <= 1 {
            return Ok(Output::text(first).into());
        }
        let delay = parsed.value('d').unwrap_or("3").to_owned();
        let (every, _) = interval("top", &[delay])?.unwrap_or((crate::kernel::Span::from_secs(3), None));
        Ok(Sampling::start(context, host, (every, Some(count - 1)), Some(first), screen))
    })
}

fn screen(context: &Context<'_>, host: Host<'_>, (from, to): (&Counters, &Counters), number: u64) -> String {
    let mut all = processes(host);
    let count = |state: char| all.iter().filter(|process| process.state == state).count();
    let (running, blocked) = (count('R'), count('D'));
    // The first screen tells of the last minute, later ones of the time since the one before.
    let busy = if number == 0 {
        let cores = load::gauge(context, "node_cpu_cores_busy", host.name, load::last_minute(context));
        cores.unwrap_or(0.0) / host.server.config().cores
    } else {
        used(host, from, to).cpu
    };
    let [total, free, used, cache, available] = memory::of(host).line_mib();
    let mut out = format!(
        "top - {}\nTasks: {} total, {running} running, {} sleeping, 0 stopped, 0 zombie\n%Cpu(s): {:5.1} us, {:5.1} id\nMiB Mem : {total:10.1} \
         total, {free:10.1} free, {used:10.1} used, {cache:10.1} buff/cache\nMiB Swap: {:10.1} total, {:10.1} free, {:10.1} used. {available:10.1} avail \
         Mem\n\n    PID USER      S  %CPU COMMAND\n",
        load::headline(context, host),
        all.len(),
        all.len() - running - blocked,
        busy * 100.0,
        100.0 - busy * 100.0,
        0.0,
        0.0,
        0.0
    );
    all.sort_by(|a, b| b.cpu.total_cmp(&a.cpu).then(rank(a).cmp(&rank(b))).then(a.pid.cmp(&b.pid)));
    for process in all.iter().take(SHOWN) {
        out.push_str(&format!(
            "{:7} postgres  {} {:5.1} {}\n",
            process.pid, process.state, process.cpu, process.title
        ));
    }
    out
}

/// Processes that wait for the disk come before those that sleep.
fn rank(process: &Process) -> u8 {
    u8::from(process.state == 'S')
}

fn pidstat(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, PIDSTAT_FLAGS, 1)?;
        let wanted = interval("pidstat", &parsed.operands)?;
        match wanted {
            None => {
                let now = Counters::of(host, context.world.now());
                Ok(Output::text(running(context, host, (&now, &now), 0)).into())
            }
            Some(wanted) => Ok(Sampling::start(context, host, wanted, None, running)),
        }
    })
}

fn running(context: &Context<'_>, host: Host<'_>, _: (&Counters, &Counters), _: u64) -> String {
    let clock = context.scenario.calendar().clock(context.world.now());
    let mut out = format!("{clock}     PID  %CPU  Command\n");
    for process in processes(host).iter().filter(|process| process.state == 'R') {
        out.push_str(&format!("{clock} {:7} {:5.1}  {}\n", process.pid, process.cpu, process.title));
    }
    out.push('\n');
    out
}
