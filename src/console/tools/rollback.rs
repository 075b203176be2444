//! `rollback`: takes changes back. It asks nothing, starts at once, takes its time, and has the side effects that it has in
//! production.

use super::changes::{find, ids};
use crate::console::Context;
use crate::console::jobs::{Job, Polled};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::stack::{OperationId, OperationState};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "rollback",
    aliases: &["revert"],
    group: Group::Change,
    usage: "rollback CHANGE…",
    summary: "take changes back",
    manual: "Takes each CHANGE back, one after the other: runs the down migration, deploys the image before, restores the value before. It asks nothing. A \
             migration's way back is DDL with its own locks and duration, slower while the database is busy. Ctrl-C stops following; the operation itself \
             goes on, and changes show CHANGE tells how it went.",
    flags: &[],
    complete: |asking: &Asking<'_, '_>| -> Vec<Candidate> { ids(asking.context) },
    run: Handler::Tool(run),
};

/// Rollbacks under way or to come.
#[derive(Clone)]
pub(crate) struct Rolling {
    /// Changes still to start, first to last.
    waiting: Vec<String>,
    current: Option<Current>,
    failed: bool,
}

#[derive(Clone)]
struct Current {
    change: String,
    operation: OperationId,
    /// Log lines printed so far.
    printed: usize,
    /// The last tenth of progress printed.
    tenth: u32,
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    if call.arguments.is_empty() {
        return Output::failure("rollback: which change? changes list shows them").into();
    }
    let mut waiting = Vec::new();
    for id in call.arguments {
        match find(context, "rollback", id) {
            Ok(change) => waiting.push(change.id),
            Err(output) => return output.into(),
        }
    }
    waiting.reverse();
    Outcome::Job(Job::Rollback(Rolling { waiting, current: None, failed: false }))
}

impl Rolling {
    /// Prints what came since, starts the next when one has ended.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Polled {
        let mut output = Output::default();
        loop {
            if let Some(current) = &mut self.current {
                match current.follow(context, &mut output) {
                    None => return Polled::Pending(output),
                    Some(succeeded) => self.failed |= !succeeded,
                }
                self.current = None;
            }
            let Some(change) = self.waiting.pop() else {
                output.status = u8::from(self.failed);
                return Polled::Done(output);
            };
            let now = context.world.now();
            match context.world.roll_back(&change) {
                Ok(operation) => {
                    let clock = context.scenario.calendar().clock(now);
                    output.out(format!("{clock} rolling back {change}\n"));
                    context.incident.acted(now, &format!("rolled {change} back"));
                    self.current = Some(Current { change, operation, printed: 0, tenth: 0 });
                }
                Err(message) => {
                    output.err(format!("rollback: {change}: {message}\n"));
                    self.failed = true;
                }
            }
        }
    }

    /// What Ctrl-C leaves behind.
    pub(crate) fn stop_following(&self) -> Output {
        let mut output = Output { parts: Vec::new(), status: 130 };
        if let Some(current) = &self.current {
            output.err(format!("no longer following; the rollback of {} goes on\n", current.change));
        }
        output
    }
}

impl Current {
    /// Prints news; `Some` when it has ended, with whether it succeeded.
    fn follow(&mut self, context: &Context<'_>, output: &mut Output) -> Option<bool> {
        let operations = context.world.operations();
        let Some(view) = operations.into_iter().find(|view| view.id == self.operation) else {
            output.err(format!("rollback: {}: the operation is no longer known\n", self.change));
            return Some(false);
        };
        let calendar = context.scenario.calendar();
        let clock = calendar.clock(context.world.now());
        for line in view.log.iter().skip(self.printed) {
            output.out(format!("{clock} {line}\n"));
        }
        self.printed = view.log.len().max(self.printed);
        let tenth = (view.progress * 10.0) as u32;
        if tenth > self.tenth && tenth < 10 {
            self.tenth = tenth;
            output.out(format!("{clock} {} … {} %\n", self.change, tenth * 10));
        }
        match view.state {
            OperationState::Running => None,
            OperationState::Done => {
                let took = view.finished_at.unwrap_or(context.world.now()).since(view.started_at);
                output.out(format!("{clock} {} rolled back in {took}\n", self.change));
                Some(true)
            }
            OperationState::Failed(reason) => {
                output.err(format!("{clock} rollback of {} failed: {reason}\n", self.change));
                Some(false)
            }
        }
    }
}
