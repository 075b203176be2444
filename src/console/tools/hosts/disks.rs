//! `iostat`: processor and data volume.

use super::sampling::{Counters, Sampling, interval, used};
use super::{Host, here};
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::console::tools::date::written;

/// The command's row.
pub(crate) const IOSTAT: Tool = Tool {
    name: "iostat",
    aliases: &[],
    group: Group::Hosts,
    usage: "iostat [-xdckmty] [INTERVAL [COUNT]]",
    summary: "report the data volume's reads",
    manual: "Prints a report since the start, then one each INTERVAL seconds, COUNT in all. r/s counts reads of single pages, rkB/s all that is read, aqu-sz the reads \
             outstanding on average, %util the share of what the volume can do. Writes aren't part of the machine's model and are a dash.",
    flags: FLAGS,
    complete: nothing,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('x', "", "", "extended figures (always)"),
    flag('d', "", "", "no processor"),
    flag('c', "", "", "processor alone"),
    flag('k', "", "", "in kB (the default)"),
    flag('m', "", "", "in MB"),
    flag('t', "", "", "with the time"),
    flag('y', "", "", "without the report since the start"),
    flag('z', "", "", "accepted"),
    flag('h', "", "", "accepted"),
    flag('p', "", "DEVICE", "accepted: there is one data volume"),
    flag('N', "", "", "accepted"),
];

fn run(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, FLAGS, 1)?;
        let report = match (parsed.has('c'), parsed.has('d')) {
            (true, false) => processor,
            (false, true) => device,
            _ => both,
        };
        let wanted = interval("iostat", &parsed.operands)?;
        let now = context.world.now();
        let head = format!(
            "Linux ({})\t{}\t_x86_64_\t({:.0} CPU)\n\n",
            host.name,
            written(&context.scenario.calendar(), now, "%m/%d/%Y"),
            host.server.config().cores
        );
        let since_start = !parsed.has('y') || wanted.is_none();
        let first = if since_start {
            head + &report(context, host, (&Counters::START, &Counters::of(host, now)), 0)
        } else {
            head
        };
        match wanted {
            None => Ok(Output::text(first).into()),
            Some((_, Some(1))) if since_start => Ok(Output::text(first).into()),
            Some((every, count)) => {
                let left = count.map(|count| count - u64::from(since_start));
                Ok(Sampling::start(context, host, (every, left), Some(first), report))
            }
        }
    })
}

fn both(context: &Context<'_>, host: Host<'_>, counts: (&Counters, &Counters), number: u64) -> String {
    processor(context, host, counts, number) + &device(context, host, counts, number)
}

fn processor(_: &Context<'_>, host: Host<'_>, (from, to): (&Counters, &Counters), _: u64) -> String {
    let busy = used(host, from, to).cpu * 100.0;
    format!(
        "avg-cpu:  %user   %nice %system %iowait  %steal   %idle\n         {busy:6.2} {:>7} {:>7} {:>7} {:>7} {:7.2}\n\n",
        "0.00",
        "-",
        "-",
        "0.00",
        100.0 - busy
    )
}

fn device(_: &Context<'_>, host: Host<'_>, (from, to): (&Counters, &Counters), _: u64) -> String {
    let found = used(host, from, to);
    let wait_ms =
        if found.reads_per_s > 0.0 { host.server.config().disk_latency.as_millis_f64() } else { 0.0 };
    format!(
        "Device            r/s     rkB/s r_await     w/s     wkB/s  aqu-sz  %util\n{:<12} {:8.2} {:9.2} {wait_ms:7.2} {:>7} {:>9} {:7.2} {:6.2}\n\n",
        "nvme1n1",
        found.reads_per_s,
        found.read_bytes_per_s / 1024.0,
        "-",
        "-",
        found.outstanding,
        found.disk * 100.0
    )
}
