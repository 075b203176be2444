//! `wait` and `sleep`: let simulated time pass.

use crate::console::Context;
use crate::console::jobs::{Job, Polled};
use crate::console::shell::expand::background_pid;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::duration;
use crate::kernel::{SimTime, Span};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "wait",
    aliases: &["sleep"],
    group: Group::Shell,
    usage: "wait DURATION\nwait [%N]…\nsleep DURATION…",
    summary: "let simulated time pass",
    manual: "Waits for DURATION of the incident's time: 30s, 5m, 1h30m, or a bare number of seconds. Ctrl-C ends it early. As in bash, wait alone waits for all background commands to end, wait %N or wait $! for one.",
    flags: &[],
    complete,
    run: Handler::Tool(run),
};

/// Longest wait.
const LONGEST: Span = Span::from_hours(24);

/// A wait under way.
#[derive(Clone)]
pub(crate) enum Waiting {
    /// For a time.
    Until(SimTime),
    /// For background jobs of these numbers to end.
    Jobs(Vec<usize>),
}

impl Waiting {
    /// Over when its time has come.
    pub(crate) fn poll(&mut self, session: &Session, context: &Context<'_>) -> Polled {
        let over = match self {
            Waiting::Until(at) => context.world.now() >= *at,
            Waiting::Jobs(numbers) => {
                session.background.iter().all(|(running, _)| !numbers.contains(running))
            }
        };
        if over { Polled::Done(Output::default()) } else { Polled::Pending(Output::default()) }
    }
}

/// The background jobs that the arguments of `wait` mean, as bash has them: all, `%N`, or `$!`.
fn jobs(arguments: &[String], session: &Session) -> Option<Vec<usize>> {
    if arguments.is_empty() {
        return Some(session.background.iter().map(|(number, _)| *number).collect());
    }
    let number = |text: &String| match text.strip_prefix('%') {
        Some(number) => number.parse().ok(),
        None => (1..=session.jobs_started).find(|number| background_pid(*number).to_string() == *text),
    };
    arguments.iter().map(number).collect()
}

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if !asking.before.is_empty() {
        return Vec::new();
    }
    words(&[("30s", "half a minute"), ("1m", ""), ("5m", ""), ("10m", "")])
}

fn run(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    if call.name == "wait"
        && let Some(numbers) = jobs(call.arguments, session)
    {
        return Outcome::Job(Job::Wait(Waiting::Jobs(numbers)));
    }
    if call.arguments.is_empty() {
        return Output::failure(format!("{}: missing duration: {} 5m", call.name, call.name)).into();
    }
    let mut total = Span::ZERO;
    for text in call.arguments {
        match duration(text) {
            Some(span) => total += span,
            None => return Output::failure(format!("{}: invalid time interval '{text}'", call.name)).into(),
        }
    }
    if total > LONGEST {
        return Output::failure(format!("{}: longer than a day", call.name)).into();
    }
    Outcome::Job(Job::Wait(Waiting::Until(context.world.now() + total)))
}
