//! Which changes were taken back, and when: read from the change log, whoever did it and however.

use crate::kernel::SimTime;
use crate::scenario::Variant;
use crate::stack::ChangeState;

/// A change that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// The change.
    pub change: String,
    /// When that began.
    pub started: SimTime,
    /// When it was done, if it was.
    pub finished: Option<SimTime>,
    /// Whether the change was one of the causes.
    pub harmful: bool,
}

/// All of a drill's, in the order in which they began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rollbacks {
    all: Vec<Rollback>,
}

impl Rollbacks {
    /// Notes what has begun or ended since the last look.
    pub(crate) fn look<'a>(
        &mut self,
        now: SimTime,
        changes: impl Iterator<Item = (&'a str, ChangeState)>,
        variant: &Variant,
    ) {
        for (change, state) in changes {
            let under_way = matches!(state, ChangeState::RollingBack | ChangeState::RolledBack);
            if !under_way {
                continue;
            }
            let known = self.all.iter().position(|rollback| rollback.change == change);
            let at = known.unwrap_or_else(|| {
                self.all.push(Rollback {
                    change: change.to_owned(),
                    started: now,
                    finished: None,
                    harmful: variant.is_harmful(change),
                });
                self.all.len() - 1
            });
            if state == ChangeState::RolledBack {
                self.all[at].finished.get_or_insert(now);
            }
        }
    }

    pub(crate) fn all(&self) -> &[Rollback] {
        &self.all
    }

    /// When the newest rollback was done; nothing while one is under way.
    pub(crate) fn last_finished(&self) -> Option<SimTime> {
        if self.all.iter().any(|rollback| rollback.finished.is_none()) {
            return None;
        }
        self.all.iter().filter_map(|rollback| rollback.finished).max()
    }
}
