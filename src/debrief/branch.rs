//! The run without one action, beside the trainee's own.
//!
//! A branch is compared with its base at the first minute from which on the two are the same (see [`super::course`]); when
//! there is none, at the end of the scenario's impact window.

use super::course::{Course, Minute};
use super::outcome::Outcome;
use super::runs::Game;
use crate::drill::milestones::Milestones;
use crate::kernel::SimTime;
use crate::scenario::Milestone;

/// The trainee's own run, for branches to compare with.
#[derive(Clone, Debug, Default)]
pub struct Base {
    course: Course,
    milestones: Milestones,
}

impl Base {
    pub(crate) fn new(game: &Game, minutes: Vec<Minute>, outcome: &Outcome) -> Base {
        Base { course: Course::new(minutes, game.acted()), milestones: outcome.milestones.clone() }
    }

    /// Whether a branch that stands like this is the same as the base from now on.
    pub(crate) fn is_met_by(&self, minute: &Minute) -> bool {
        self.course.is_met_by(minute)
    }
}

/// The run without one action.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// Index of the input that was left out in the journal's entries.
    pub entry: usize,
    pub(crate) minutes: Vec<Minute>,
    pub(crate) milestones: Milestones,
}

/// What an action made different: the run without it less the run with it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// Visitors affected.
    pub visitors: i64,
    /// Worth of orders lost, cents.
    pub cents: i64,
    /// When the objective was met again without it, and with it.
    pub mitigated: (Option<SimTime>, Option<SimTime>),
    /// Whether the two runs were the same event for event.
    pub none: bool,
}

impl Branch {
    /// What leaving the action out changed.
    pub fn against(&self, base: &Base) -> Difference {
        let upto = base.course.same_from(&self.minutes).or(self.minutes.len().checked_sub(1));
        let pair = upto.and_then(|index| {
            let minute = &self.minutes[index];
            Some((minute, base.course.at(minute.at)?))
        });
        let Some((without, with)) = pair else { return Difference { none: true, ..Difference::default() } };
        // A recovery that only the longer run could see is none.
        let mitigated =
            |milestones: &Milestones| milestones.at(Milestone::Mitigated).filter(|at| *at <= without.at);
        Difference {
            visitors: difference(without.impact.affected, with.impact.affected),
            cents: difference(without.impact.lost_revenue_cents, with.impact.lost_revenue_cents),
            mitigated: (mitigated(&self.milestones), mitigated(&base.milestones)),
            none: without.digest == with.digest,
        }
    }
}

fn difference(without: u64, with: u64) -> i64 {
    without as i64 - with as i64
}
