//! `top`, `ps` and `pidstat`: the server's processes.

use super::sampling::{Counters, Sampling, interval, used};
use super::{Host, here, load, memory};
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::Options;
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
    complete: nothing,
    run: Handler::Tool(top),
};

/// `ps`' row.
pub(crate) const PS: Tool = Tool {
    name: "ps",
    aliases: &["pgrep"],
    group: Group::Hosts,
    usage: "ps aux\nps -ef",
    summary: "list the processes of a machine",
    manual: "Lists the database server's processes with their titles as PostgreSQL sets them: user, database, client, and the kind of statement that runs.",
    complete: nothing,
    run: Handler::Tool(ps),
};

/// `pidstat`'s row.
pub(crate) const PIDSTAT: Tool = Tool {
    name: "pidstat",
    aliases: &[],
    group: Group::Hosts,
    usage: "pidstat [INTERVAL [COUNT]]",
    summary: "report processes that use the processor",
    manual: "Lists the processes that use the processor now, or each INTERVAL seconds COUNT times.",
    complete: nothing,
    run: Handler::Tool(pidstat),
};

/// Processes that `top` shows.
const SHOWN: usize = 20;
/// The postmaster's process.
const POSTMASTER: u32 = 1;

/// One process.
struct Process {
    pid: u32,
    /// `R`, `D` or `S`.
    state: char,
    /// Share of one core in %.
    cpu: f64,
    since: SimTime,
    title: String,
}

/// The server's processes, by process id.
fn processes(host: Host<'_>) -> Vec<Process> {
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
        let parsed = options(call, Options { short: "bn:d:Hciu:p:o:", long: &[] }, 1)?;
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

fn ps(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let calendar = context.scenario.calendar();
        let mut out = String::from("USER         PID  %CPU STAT START COMMAND\n");
        for process in processes(host) {
            let start = calendar.minute(process.since);
            out.push_str(&format!(
                "postgres {:7} {:5.1} {}s   {start} {}\n",
                process.pid, process.cpu, process.state, process.title
            ));
        }
        Ok(Output::text(out).into())
    })
}

fn pidstat(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, Options { short: "udrlhp:C:", long: &[] }, 1)?;
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
