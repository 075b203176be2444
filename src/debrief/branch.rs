//! The run without one action, beside the trainee's own: minute by minute, and from when on the two are the same.
//!
//! A branch is compared with its base at the first minute at which nothing can tell them apart any more: both have met the
//! objective for a while, nothing is under way, no action is still to come, and what stands in production (changes,
//! settings, deployments, indexes) is equal. From there on both serve the same visitors with the same shop. When there is
//! no such minute, they are compared at the end of the scenario's impact window. The rule looks at the two records alone, so
//! a branch that was run longer than it had to be gives the same figures.

use super::outcome::Outcome;
use super::runs::Game;
use crate::drill::Drill;
use crate::drill::milestones::Milestones;
use crate::kernel::{Digest, SimTime, Span};
use crate::scenario::Milestone;
use crate::stack::view::Impact;
use crate::stack::{Which, World};

/// How long both have to have met the objective before they can be taken for the same.
const SETTLED: Span = Span::from_mins(10);

/// A run as it stood at a whole minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    /// When.
    pub at: SimTime,
    /// The harm so far.
    pub impact: Impact,
    /// Whether the objective has been met for a while and nothing is under way.
    pub settled: bool,
    /// Fingerprint of what stands in production.
    pub standing: u64,
    /// Fingerprint of every event so far.
    pub digest: u64,
}

impl Minute {
    pub(crate) fn of(drill: &Drill) -> Minute {
        let world = drill.world();
        let idle = world.operations().iter().all(|operation| operation.is_finished());
        Minute {
            at: drill.now(),
            impact: world.impact(),
            settled: idle && !drill.is_busy() && world.slo_met(SETTLED),
            standing: standing(world),
            digest: world.digest(),
        }
    }
}

/// The trainee's own run, for branches to compare with.
#[derive(Clone, Debug, Default)]
pub struct Base {
    minutes: Vec<Minute>,
    /// After the last action.
    acted: SimTime,
    milestones: Milestones,
}

impl Base {
    pub(crate) fn new(game: &Game, minutes: Vec<Minute>, outcome: &Outcome) -> Base {
        let actions = crate::drill::actions::of(&game.entries);
        let acted = actions.last().map_or(SimTime::ZERO, |action| action.at);
        Base { minutes, acted, milestones: outcome.milestones.clone() }
    }

    /// The place in `branch` from which on it is the same as the base.
    pub(crate) fn same_from(&self, branch: &[Minute]) -> Option<usize> {
        let same = |minute: &Minute| {
            minute.settled
                && minute.at > self.acted
                && self.at(minute.at).is_some_and(|own| own.settled && own.standing == minute.standing)
        };
        branch.iter().position(same)
    }

    fn at(&self, at: SimTime) -> Option<&Minute> {
        self.minutes.binary_search_by_key(&at, |minute| minute.at).ok().map(|index| &self.minutes[index])
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
    pub(crate) fn new(entry: usize) -> Branch {
        Branch { entry, ..Branch::default() }
    }

    /// What leaving the action out changed.
    pub fn against(&self, base: &Base) -> Difference {
        let upto = base.same_from(&self.minutes).or(self.minutes.len().checked_sub(1));
        let pair = upto.and_then(|index| {
            let minute = &self.minutes[index];
            Some((minute, base.at(minute.at)?))
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

/// What stands in production: a change that is taken back, a setting, a deployment, an index makes it another.
fn standing(world: &World) -> u64 {
    let mut digest = Digest::new();
    for change in world.changes() {
        digest.write_str(&change.id);
        digest.write_str(change.state.as_str());
    }
    for setting in world.settings() {
        digest.write_str(&setting.name);
        digest.write_str(&setting.value);
    }
    for deployment in world.deployments() {
        digest.write_str(&deployment.image);
        digest.write_u64(u64::from(deployment.desired));
        digest.write_u64(u64::from(deployment.ready));
        deployment.env.iter().for_each(|(name, value)| {
            digest.write_str(name);
            digest.write_str(value);
        });
    }
    let server = world.database(Which::Primary);
    let catalog = server.catalog();
    // By name: an index that was built again has another number.
    let mut indexes: Vec<(&str, bool)> =
        catalog.indexes.values().map(|index| (index.name.as_str(), index.valid)).collect();
    indexes.sort_unstable();
    for (name, valid) in indexes {
        digest.write_str(name);
        digest.write_u64(u64::from(valid));
    }
    digest.write_str(&format!("{:?}", server.settings()));
    digest.finish()
}
