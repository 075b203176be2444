//! Commands that take simulated time. An enum, not a trait object: what can be under way is known, and a drill that is
//! resumed replays its inputs, so jobs need no stored form.

use super::Context;
use super::shell::session::Session;
use super::table::{Asking, Candidate, Output};
use super::tools::curl::Probing;
use super::tools::hosts::Sampling;
use super::tools::kubectl::Rollout;
use super::tools::logs::Following;
use super::tools::network::Pinging;
use super::tools::psql::Psql;
use super::tools::rollback::Rolling;
use super::tools::wait::Waiting;

/// A command under way.
#[derive(Clone)]
pub(crate) enum Job {
    /// `wait`, `sleep`.
    Wait(Waiting),
    /// `rollback`.
    Rollback(Rolling),
    /// `kubectl rollout status`.
    Rollout(Rollout),
    /// `curl`.
    Curl(Box<Probing>),
    /// `psql`.
    Psql(Box<Psql>),
    /// `vmstat 1` and its like.
    Sample(Box<Sampling>),
    /// `ping`.
    Ping(Pinging),
    /// `logs -f`.
    Follow {
        /// What is printed before anything new.
        first: Option<Output>,
        /// The rest.
        following: Following,
    },
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

/// Exit status of a program that Ctrl-C ended.
pub(crate) const INTERRUPTED: u8 = 130;

impl Job {
    /// Moves on to the world's present time.
    pub(crate) fn poll(&mut self, session: &mut Session, context: &mut Context<'_>) -> Polled {
        match self {
            Job::Wait(job) => job.poll(session, context),
            Job::Rollback(job) => job.poll(context),
            Job::Rollout(job) => job.poll(context),
            Job::Curl(job) => job.poll(session, context),
            Job::Psql(job) => job.poll(session, context),
            Job::Sample(job) => job.poll(context),
            Job::Ping(job) => job.poll(context),
            Job::Follow { first, following } => match first.take() {
                Some(output) => Polled::Pending(output),
                None => following.poll(context),
            },
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&mut self, context: &mut Context<'_>) -> Interrupted {
        match self {
            Job::Wait(_) | Job::Follow { .. } | Job::Rollout(_) | Job::Curl(_) | Job::Sample(_) => {
                Interrupted::Ended(Output { parts: Vec::new(), status: INTERRUPTED })
            }
            Job::Ping(job) => Interrupted::Ended(job.interrupted(context)),
            Job::Rollback(job) => Interrupted::Ended(job.stop_following()),
            Job::Psql(job) => job.interrupt(context),
        }
    }

    /// The shell lets go of it: what it holds elsewhere is given back.
    pub(crate) fn end(&mut self, context: &mut Context<'_>) {
        if let Job::Psql(job) = self {
            job.close(context);
        }
    }

    /// The prompt with which it asks for a line, when that is what it waits for.
    pub(crate) fn prompt(&self) -> Option<String> {
        match self {
            Job::Psql(job) => job.prompt(),
            _ => None,
        }
    }

    /// Gives it the line it asked for; `None` is the end of input (Ctrl-D).
    pub(crate) fn input(&mut self, line: Option<&str>) {
        if let Job::Psql(job) = self {
            job.input(line);
        }
    }

    /// What may stand at the cursor of the line it asks for.
    pub(crate) fn complete(&self, asking: &Asking<'_, '_>) -> Vec<Candidate> {
        match self {
            Job::Psql(job) => job.complete(asking),
            _ => Vec::new(),
        }
    }

    /// Whether it writes without end, so that filters after it run on each piece (`logs -f | grep`).
    pub(crate) fn streams(&self) -> bool {
        matches!(self, Job::Follow { .. } | Job::Sample(_))
    }
}
