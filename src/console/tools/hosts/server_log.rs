//! `journalctl` and `dmesg`: the machine's logs.

use super::here;
use crate::console::Context;
use crate::console::filters::options;
use crate::console::jobs::Job;
use crate::console::shell::options::{Flag, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, words};
use crate::console::tools::logs::{Following, Form, instant, merged, printed};
use crate::kernel::SimTime;
use crate::telemetry::LogSelector;

/// `journalctl`'s row.
pub(crate) const JOURNALCTL: Tool = Tool {
    name: "journalctl",
    aliases: &[],
    group: Group::Hosts,
    usage: "journalctl [-u postgresql] [-f] [-n N] [-S TIME] [-U TIME] [-r] [--no-pager]",
    summary: "read the database server's log",
    manual: "Prints the log of the machine's database server, its only service.",
    flags: FLAGS,
    complete: |asking| {
        if asking.before.last().is_some_and(|last| last == "-u") {
            return words(&[("postgresql", "the database server")]);
        }
        Vec::new()
    },
    run: Handler::Tool(journal),
};

/// `dmesg`'s row.
pub(crate) const DMESG: Tool = Tool {
    name: "dmesg",
    aliases: &[],
    group: Group::Hosts,
    usage: "dmesg [-T]",
    summary: "read the kernel's log",
    manual: "The kernel's log is for root, which the on-call role isn't.",
    flags: &[],
    complete: crate::console::table::nothing,
    run: Handler::Tool(dmesg),
};

const FLAGS: &[Flag] = &[
    flag('u', "unit", "UNIT", "postgresql"),
    flag('f', "follow", "", "follow until Ctrl-C"),
    flag('n', "lines", "N", "the last N lines"),
    flag('S', "since", "TIME", "since a clock time, or so long ago (10m)"),
    flag('U', "until", "TIME", "until a clock time"),
    flag('r', "reverse", "", "newest first"),
    flag('e', "pager-end", "", "accepted"),
    flag('a', "all", "", "accepted"),
    flag('x', "catalog", "", "accepted"),
    flag('k', "dmesg", "", "accepted"),
    flag('b', "boot", "", "accepted"),
    flag('p', "priority", "LEVEL", "accepted"),
    flag('o', "output", "FORMAT", "accepted"),
    word('P', "no-pager", "", "accepted: nothing is paged"),
];

fn journal(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, FLAGS, 1)?;
        if let Some(unit) = parsed.value('u').filter(|unit| !unit.starts_with("postgres")) {
            return Ok(Output::text(format!(
                "-- No entries --\n(the unit here is postgresql, not {unit})\n"
            ))
            .into());
        }
        let logs = &context.world.telemetry().logs;
        let Some(source) = logs.find_source(host.name) else {
            return Ok(Output::text("-- No entries --\n").into());
        };
        let time = |letter: char| match parsed.value(letter) {
            None => Ok(None),
            Some(text) => {
                let text = text.trim_end_matches(" ago").trim_start_matches("today ");
                let found = instant(context, text).or_else(|| instant(context, &text.replace(' ', "")));
                found.map(Some).ok_or_else(|| Output::failure(format!("Failed to parse timestamp: {text}")))
            }
        };
        let since = time('S')?.unwrap_or(SimTime::ZERO);
        let selector =
            LogSelector { source: Some(source), since, until: time('U')?, ..LogSelector::default() };
        let mut lines = merged(logs, std::slice::from_ref(&selector));
        let most = match parsed.value('n') {
            Some("all") => usize::MAX,
            Some(text) => {
                text.parse().map_err(|_| Output::failure(format!("Failed to parse lines '{text}'")))?
            }
            None if parsed.has('f') => 10,
            None => usize::MAX,
        };
        lines.drain(..lines.len().saturating_sub(most));
        if parsed.has('r') {
            lines.reverse();
        }
        let output = Output::text(printed(&lines, &context.scenario.calendar(), Form::WithoutSource));
        if parsed.has('f') {
            let following = Following::new(vec![selector], Form::WithoutSource, context.world.now());
            return Ok(Outcome::Job(Job::Follow { first: Some(output), following }));
        }
        Ok(output.into())
    })
}

fn dmesg(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    here(call, session, context, |_| {
        Err(Output::failure("dmesg: read kernel buffer failed: Operation not permitted"))
    })
}
