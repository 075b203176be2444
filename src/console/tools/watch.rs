//! `watch` and `time`: commands about commands. Both hand a list back to the shell.

use super::date::written;
use crate::console::Context;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::parse::parse;
use crate::console::shell::session::Session;
use crate::console::shell::syntax::List;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::duration;
use crate::kernel::Span;

/// `watch`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "watch",
    aliases: &[],
    group: Group::Shell,
    usage: "watch [-n SECONDS] COMMAND…",
    summary: "run a command again and again",
    manual: "Runs COMMAND every 2 seconds, or every SECONDS, until Ctrl-C, and prints its output each time. Quote a command with pipes.",
    flags: WATCH_FLAGS,
    complete: commands,
    run: Handler::Tool(run),
};

/// `time`'s row.
pub(crate) const TIME: Tool = Tool {
    name: "time",
    aliases: &[],
    group: Group::Shell,
    usage: "time COMMAND…",
    summary: "tell how long a command takes",
    manual: "Runs COMMAND and prints the clock before and after it, in simulated time.",
    flags: &[],
    complete: commands,
    run: Handler::Tool(time),
};

const WATCH_FLAGS: &[Flag] = &[
    flag('n', "interval", "SECONDS", "run every SECONDS"),
    flag('d', "differences", "", "accepted: the transcript marks nothing"),
    flag('t', "no-title", "", "accepted"),
    flag('c', "color", "", "accepted"),
    flag('x', "exec", "", "accepted"),
];

/// Shortest interval.
const SHORTEST: Span = Span::from_millis(100);

/// Completes the command that follows as the shell would.
fn commands(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let options = if asking.before.first().is_some_and(|first| first == "-n") { 2 } else { 0 };
    match asking.before.get(options..).and_then(<[String]>::split_first) {
        None => super::names(asking.session),
        Some((name, rest)) => super::find(name)
            .map_or_else(Vec::new, |tool| (tool.complete)(&Asking { before: rest, ..*asking })),
    }
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let mut every = Span::from_secs(2);
    let mut rest = call.arguments;
    while let Some((option, after)) = rest.split_first().filter(|(option, _)| option.starts_with('-')) {
        rest = after;
        let value = match option.strip_prefix("-n").or(option.strip_prefix("--interval=")) {
            Some("") => rest.split_first().map(|(value, after)| {
                rest = after;
                value.as_str()
            }),
            Some(value) => Some(value),
            // -t, -d and the like change only how a screen is drawn.
            None => continue,
        };
        match value.and_then(duration) {
            Some(span) => every = span.max(SHORTEST),
            None => return Output::failure("watch: failed to parse argument").into(),
        }
    }
    if rest.is_empty() {
        return Output::failure("usage: watch [-n SECONDS] COMMAND…").into();
    }
    let line = rest.join(" ");
    match parse(&line) {
        Err(error) => Output::failure(error.to_string()).into(),
        Ok(list) => {
            let clock = written(&context.scenario.calendar(), context.world.now(), "%a %b %e %H:%M:%S %Y");
            let title = format!("Every {:.1}s: {line}    bastion: since {clock}", every.as_secs_f64());
            Outcome::Repeat { list, every, title }
        }
    }
}

fn time(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    if call.arguments.is_empty() {
        return Output::failure("usage: time COMMAND…").into();
    }
    let clock = |label: &str| List::simple(&["date".to_owned(), format!("+{label} %T.%N")]).0;
    let mut list = List::default();
    list.0.extend(clock("started "));
    list.0.extend(List::simple(call.arguments).0);
    list.0.extend(clock("finished"));
    Outcome::Run(list)
}
