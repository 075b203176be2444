//! Operations: what tools start and then follow, because it takes simulated time.

use crate::kernel::SimTime;

use super::view::{OperationId, OperationState, OperationView};

/// Lines that one operation's log keeps.
const MAX_LINES: usize = 200;
/// Operations that are remembered.
const MAX_OPERATIONS: usize = 400;

/// All operations of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operations {
    all: Vec<Operation>,
}

/// One.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) view: OperationView,
    pub(crate) work: Work,
}

/// What an operation is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Work {
    /// Taking a change back; its place in the change log.
    RollBack(usize),
    /// A rollout to this revision.
    RollOut(u32),
    /// Pods are to become this many.
    Scale(u32),
}

impl Operations {
    /// Starts one. When too many were started, the oldest finished one is replaced in memory by a note that it is over.
    pub(crate) fn start(&mut self, now: SimTime, text: String, work: Work) -> OperationId {
        let id = OperationId(self.all.len() as u32);
        if self.all.len() >= MAX_OPERATIONS
            && let Some(old) =
                self.all.iter_mut().find(|old| old.view.is_finished() && !old.view.log.is_empty())
        {
            old.view.log.clear();
        }
        let view = OperationView {
            id,
            text,
            started_at: now,
            finished_at: None,
            progress: 0.0,
            state: OperationState::Running,
            log: Vec::new(),
        };
        self.all.push(Operation { view, work });
        id
    }

    pub(crate) fn get(&self, id: OperationId) -> Option<&Operation> {
        self.all.get(id.0 as usize)
    }

    /// All, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Operation> {
        self.all.iter()
    }

    /// Adds a line to its log.
    pub(crate) fn log(&mut self, id: OperationId, line: impl Into<String>) {
        let Some(operation) = self.all.get_mut(id.0 as usize) else { return };
        if operation.view.log.len() < MAX_LINES {
            operation.view.log.push(line.into());
        }
    }

    /// How far it is, in 0..=1.
    pub(crate) fn progress(&mut self, id: OperationId, progress: f64) {
        if let Some(operation) = self.all.get_mut(id.0 as usize) {
            operation.view.progress = progress.clamp(0.0, 1.0);
        }
    }

    /// It has ended.
    pub(crate) fn finish(&mut self, now: SimTime, id: OperationId, failure: Option<String>) {
        let Some(operation) = self.all.get_mut(id.0 as usize) else { return };
        operation.view.finished_at = Some(now);
        operation.view.progress = if failure.is_some() { operation.view.progress } else { 1.0 };
        operation.view.state = failure.map_or(OperationState::Done, OperationState::Failed);
    }

    /// Those that run.
    pub(crate) fn running(&self) -> Vec<OperationId> {
        self.all
            .iter()
            .filter(|operation| !operation.view.is_finished())
            .map(|operation| operation.view.id)
            .collect()
    }
}
