//! Commands that take simulated time. An enum, not a trait object: what can be under way is known, and a drill that is
//! resumed replays its inputs, so jobs need no stored form.

use super::Context;
use super::shell::session::Session;
use super::table::Output;
use super::tools::wait::Waiting;

/// A command under way.
pub(crate) enum Job {
    /// `wait`, `sleep`.
    Wait(Waiting),
}

/// What a poll found.
pub(crate) enum Polled {
    /// Still under way; what it wrote since the last poll.
    Pending(Output),
    /// Over.
    Done(Output),
}

/// What Ctrl-C did to a job.
pub(crate) enum Interrupted {
    /// It ended.
    Ended(Output),
    /// It goes on (an interactive program that cancelled what it was doing).
    Continues(Output),
}

impl Job {
    /// Moves on to the world's present time.
    pub(crate) fn poll(&mut self, _session: &mut Session, context: &mut Context<'_>) -> Polled {
        match self {
            Job::Wait(job) => job.poll(context),
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&mut self, _context: &mut Context<'_>) -> Interrupted {
        match self {
            Job::Wait(_) => Interrupted::Ended(Output { parts: Vec::new(), status: 130 }),
        }
    }

    /// The prompt with which it asks for a line, when that is what it waits for.
    pub(crate) fn prompt(&self) -> Option<String> {
        match self {
            Job::Wait(_) => None,
        }
    }

    /// Gives it the line it asked for; `None` is the end of input (Ctrl-D).
    pub(crate) fn input(&mut self, _line: Option<&str>, _session: &mut Session, _context: &mut Context<'_>) {
        match self {
            Job::Wait(_) => {}
        }
    }

    /// Whether it writes without end, so that filters after it run on each piece (`logs -f | grep`).
    pub(crate) fn streams(&self) -> bool {
        match self {
            Job::Wait(_) => false,
        }
    }
}
