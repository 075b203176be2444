//! `wait` and `sleep`: let simulated time pass.

use crate::console::Context;
use crate::console::jobs::{Job, Polled};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::duration;
use crate::kernel::{SimTime, Span};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "wait",
    aliases: &["sleep"],
    group: Group::Shell,
    usage: "wait DURATION",
    summary: "let simulated time pass",
    manual: "Waits for DURATION of the incident's time: 30s, 5m, 1h30m, or a bare number of seconds. Ctrl-C ends it early.",
    complete,
    run: Handler::Tool(run),
};

/// Longest wait.
const LONGEST: Span = Span::from_hours(24);

/// A wait under way.
#[derive(Clone)]
pub(crate) struct Waiting {
    until: SimTime,
}

impl Waiting {
    /// Over when its time has come.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Polled {
        if context.world.now() >= self.until {
            Polled::Done(Output::default())
        } else {
            Polled::Pending(Output::default())
        }
    }
}

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if !asking.before.is_empty() {
        return Vec::new();
    }
    words(&[("30s", "half a minute"), ("1m", ""), ("5m", ""), ("10m", "")])
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
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
    Outcome::Job(Job::Wait(Waiting { until: context.world.now() + total }))
}
