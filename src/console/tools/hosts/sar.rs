//! `sar`: what the machine did earlier today.

use super::load::gauge;
use super::sampling::{Counters, Sampling, interval, used};
use super::{Host, here};
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::console::tools::date::written;
use crate::console::tools::logs::instant;
use crate::kernel::{SimTime, Span};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "sar",
    aliases: &[],
    group: Group::Hosts,
    usage: "sar [-u | -q | -d] [-s TIME] [-e TIME] [INTERVAL [COUNT]]",
    summary: "report what a machine did earlier",
    manual: "Prints means of ten minutes since the simulation's start. With INTERVAL, reports from now on.",
    flags: FLAGS,
    complete: nothing,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('u', "", "", "processor (the default)"),
    flag('q', "", "", "run queue"),
    flag('d', "", "", "data volume"),
    flag('b', "", "", "as -d"),
    flag('p', "", "", "accepted: devices have names"),
    flag('r', "", "", "memory, of which nothing is stored: see free"),
    flag('s', "", "TIME", "from a clock time"),
    flag('e', "", "TIME", "until a clock time"),
    flag('i', "", "SECONDS", "accepted: means are of ten minutes"),
    flag('A', "", "", "accepted: processor"),
];

/// What is reported.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Processor,
    Queue,
    Disk,
}

/// Length of a stored mean.
const STORED: Span = Span::from_mins(10);

fn run(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, FLAGS, 1)?;
        if parsed.has('r') {
            return Err(Output::failure(
                "sar: Requested activities not available\n(nothing is stored of memory; free tells of it now)",
            ));
        }
        let about = match () {
            () if parsed.has('q') => About::Queue,
            () if parsed.has('d') || parsed.has('b') => About::Disk,
            () => About::Processor,
        };
        let now = context.world.now();
        let head = format!(
            "Linux ({})\t{}\t_x86_64_\t({:.0} CPU)\n\n",
            host.name,
            written(&context.scenario.calendar(), now, "%m/%d/%Y"),
            host.server.config().cores
        );
        if let Some(wanted) = interval("sar", &parsed.operands)? {
            let report = match about {
                About::Processor => live_processor,
                About::Queue => live_queue,
                About::Disk => live_disk,
            };
            return Ok(Sampling::start(context, host, wanted, Some(head), report));
        }
        let time = |letter: char, otherwise: SimTime| match parsed.value(letter) {
            None => Ok(otherwise),
            Some(text) => {
                instant(context, text).ok_or_else(|| Output::failure(format!("sar: '{text}' is no time")))
            }
        };
        let (from, to) = (time('s', SimTime::ZERO)?, time('e', now)?);
        Ok(Output::text(head + &stored(context, host, about, (from, to))).into())
    })
}

fn heading(about: About) -> &'static str {
    match about {
        About::Processor => "           CPU     %user     %nice   %system   %iowait    %steal     %idle",
        About::Queue => "           runq-sz",
        About::Disk => "           DEV            %util",
    }
}

fn cells(about: About, value: f64) -> String {
    match about {
        About::Processor => format!(
            "   all {value:9.2} {:>9} {:>9} {:>9} {:>9} {:9.2}",
            "0.00",
            "-",
            "-",
            "0.00",
            100.0 - value
        ),
        About::Queue => format!("   {value:7.1}"),
        About::Disk => format!("   nvme1n1  {value:8.2}"),
    }
}

fn stored(context: &Context<'_>, host: Host<'_>, about: About, (from, to): (SimTime, SimTime)) -> String {
    let calendar = context.scenario.calendar();
    let mut out = format!("{}   {}\n", calendar.clock(from), heading(about).trim_start());
    let value = |window: (SimTime, SimTime)| match about {
        About::Processor => gauge(context, "node_cpu_cores_busy", host.name, window)
            .map(|cores| cores / host.server.config().cores * 100.0),
        About::Queue => gauge(context, "node_load", host.name, window),
        About::Disk => {
            gauge(context, "node_disk_io_busy_ratio", host.name, window).map(|share| share * 100.0)
        }
    };
    let mut start = from.floor(STORED);
    while start + STORED <= to {
        let end = start + STORED;
        if let Some(value) = value((start, end)) {
            out.push_str(&format!("{}{}\n", calendar.clock(end), cells(about, value)));
        }
        start = end;
    }
    if let Some(mean) = value((from, to)) {
        out.push_str(&format!("Average:{}\n", cells(about, mean)));
    }
    out
}

fn live(context: &Context<'_>, about: About, value: f64, number: u64) -> String {
    let clock = context.scenario.calendar().clock(context.world.now());
    let head =
        if number <= 1 { format!("{clock}   {}\n", heading(about).trim_start()) } else { String::new() };
    format!("{head}{clock}{}\n", cells(about, value))
}

fn live_processor(
    context: &Context<'_>,
    host: Host<'_>,
    (from, to): (&Counters, &Counters),
    number: u64,
) -> String {
    live(context, About::Processor, used(host, from, to).cpu * 100.0, number)
}

fn live_queue(context: &Context<'_>, host: Host<'_>, _: (&Counters, &Counters), number: u64) -> String {
    live(context, About::Queue, host.server.load().0 as f64, number)
}

fn live_disk(
    context: &Context<'_>,
    host: Host<'_>,
    (from, to): (&Counters, &Counters),
    number: u64,
) -> String {
    live(context, About::Disk, used(host, from, to).disk * 100.0, number)
}
