//! `uptime` and `vmstat`: run queue, memory and processor at a glance.

use super::sampling::{Counters, Sampling, interval, used};
use super::{Host, here, memory};
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::kernel::{SimTime, Span};
use crate::telemetry::Selector;

/// `uptime`'s row.
pub(crate) const UPTIME: Tool = Tool {
    name: "uptime",
    aliases: &["w"],
    group: Group::Hosts,
    usage: "uptime",
    summary: "tell the time, how long a machine has run, and its load",
    manual: "Tells the time, how long the machine's database server has run, and the load averages of 1, 5 and 15 minutes: processes that run or wait for a \
             core, damped as Linux does it. On the bastion, only the time and how long the simulation has run.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(uptime),
};

/// `vmstat`'s row.
pub(crate) const VMSTAT: Tool = Tool {
    name: "vmstat",
    aliases: &[],
    group: Group::Hosts,
    usage: "vmstat [-n] [INTERVAL [COUNT]]",
    summary: "report run queue, memory, paging and processor",
    manual: "Prints a line of figures since the start, then one each INTERVAL seconds, COUNT in all. r is processes that run or wait for a core, b those that \
             wait for the disk; memory is in kB. What the model of the machine doesn't know (interrupts, system time, writes) is a dash.",
    flags: VMSTAT_FLAGS,
    complete: nothing,
    run: Handler::Tool(vmstat),
};

const VMSTAT_FLAGS: &[Flag] = &[
    flag('n', "one-header", "", "the heading once"),
    flag('w', "wide", "", "accepted"),
    flag('a', "active", "", "accepted"),
    flag('S', "unit", "UNIT", "accepted: memory is in kB"),
    flag('t', "timestamp", "", "accepted"),
];

/// Windows of the load averages, in seconds.
const WINDOWS_S: [f64; 3] = [60.0, 300.0, 900.0];

/// Load averages of 1, 5 and 15 minutes: exponentially damped, as `kernel/sched/loadavg.c` has it.
pub(super) fn averages(context: &Context<'_>, name: &str) -> [f64; 3] {
    let metrics = &context.world.telemetry().metrics;
    let found = metrics.select(&Selector::new("node_load").with("server", name));
    let Some(id) = found.first() else { return [0.0; 3] };
    let samples = metrics.samples(*id, SimTime::ZERO, context.world.now());
    let mut averages = [0.0; 3];
    let mut before = 0;
    for (second, load) in samples {
        let step = second.saturating_sub(before) as f64;
        before = second;
        for (average, window) in averages.iter_mut().zip(WINDOWS_S) {
            let kept = libm::exp(-step / window);
            *average = *average * kept + load * (1.0 - kept);
        }
    }
    averages
}

/// The first line of `uptime` and `top`.
pub(super) fn headline(context: &Context<'_>, host: Host<'_>) -> String {
    let now = context.world.now();
    let minutes = now.since(host.server.times().0).as_secs() / 60;
    let [one, five, fifteen] = averages(context, host.name);
    let clock = context.scenario.calendar().clock(now);
    format!(
        "{clock} up {},  1 user,  load average: {one:.2}, {five:.2}, {fifteen:.2}",
        if minutes < 60 {
            format!("{minutes} min")
        } else {
            format!("{:2}:{:02}", minutes / 60, minutes % 60)
        }
    )
}

fn uptime(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    if session.host.is_none() {
        let now = context.world.now();
        let minutes = now.as_secs() / 60;
        let clock = context.scenario.calendar().clock(now);
        return Output::text(format!(" {clock} up {}:{:02},  1 user\n", minutes / 60, minutes % 60)).into();
    }
    let context = &*context;
    here(call, session, context, |host| Ok(Output::text(format!(" {}\n", headline(context, host))).into()))
}

fn vmstat(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, VMSTAT_FLAGS, 1)?;
        let wanted = interval("vmstat", &parsed.operands)?;
        let now = context.world.now();
        let first = line(context, host, (&Counters::START, &Counters::of(host, now)), 0);
        match wanted {
            None | Some((_, Some(1))) => Ok(Output::text(first).into()),
            Some((every, count)) => {
                let left = count.map(|count| count - 1);
                Ok(Sampling::start(context, host, (every, left), Some(first), line))
            }
        }
    })
}

/// Lines after which the heading is printed again.
const PAGE: u64 = 20;

fn line(_: &Context<'_>, host: Host<'_>, (from, to): (&Counters, &Counters), number: u64) -> String {
    let use_of = used(host, from, to);
    let (running, waiting) = host.server.load();
    let memory = memory::of(host);
    let busy = (use_of.cpu * 100.0).round();
    let heading = "procs -----------memory---------- ---swap-- -----io---- -system-- -------cpu-------\n r  b   swpd   free   buff  \
                   cache   si   so    bi    bo   in   cs us sy id wa st gu\n";
    format!(
        "{}{running:2} {waiting:2} {:6} {:6} {:6} {:6} {:4} {:4} {:5.0} {:>5} {:>4} {:>4} {busy:2} {:>2} {:2} {:>2} {:>2} {:>2}\n",
        if number.is_multiple_of(PAGE) { heading } else { "" },
        0,
        memory.free_kib(),
        0,
        memory.cache_kib(),
        0,
        0,
        use_of.read_bytes_per_s / 1024.0,
        "-",
        "-",
        "-",
        "-",
        100.0 - busy,
        "-",
        0,
        0,
    )
}

/// A mean of a machine's gauge over a stretch of time.
pub(super) fn gauge(
    context: &Context<'_>,
    metric: &str,
    name: &str,
    (from, to): (SimTime, SimTime),
) -> Option<f64> {
    let metrics = &context.world.telemetry().metrics;
    let found = metrics.select(&Selector::new(metric).with("server", name));
    metrics.mean(*found.first()?, from, to)
}

/// The last minute.
pub(super) fn last_minute(context: &Context<'_>) -> (SimTime, SimTime) {
    let now = context.world.now();
    (now.back(Span::MINUTE), now)
}
