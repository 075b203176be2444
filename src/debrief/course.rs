//! A run minute by minute, and from when on another run is the same.
//!
//! A run is held against another at the first minute at which nothing can tell them apart any more: both have met the
//! objective for a while, nothing is under way, nobody has anything still to do, as many requests come (those whom the
//! outage had driven off have come back), and what stands in production (changes, settings, deployments, indexes) is equal.
//! From there on both serve the same visitors with the same shop. The rule looks at the two records alone.

use crate::drill::Drill;
use crate::kernel::{Digest, SimTime, Span};
use crate::stack::view::{Impact, SignalKind};
use crate::stack::{Which, World};
use serde::{Deserialize, Serialize};

/// How long both have to have met the objective before they can be taken for the same.
const SETTLED: Span = Span::from_mins(10);

/// A run as it stood at a whole minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    /// When.
    pub at: SimTime,
    /// The harm so far.
    pub impact: Impact,
    /// Whether the objective has been met for a while and nothing is under way.
    pub settled: bool,
    /// Requests of the minute that ends.
    pub requests: u64,
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
            requests: requests(world, drill.now()),
            standing: standing(world),
            digest: world.digest(),
        }
    }
}

/// The minutes of a run to its scenario's end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Course {
    minutes: Vec<Minute>,
    /// Nothing is done after it.
    acted: SimTime,
}

impl Course {
    pub(crate) fn new(minutes: Vec<Minute>, acted: SimTime) -> Course {
        Course { minutes, acted }
    }

    /// Whether a run that stands like this is the same as this one from now on, if nothing more is done in it.
    pub(crate) fn is_met_by(&self, minute: &Minute) -> bool {
        minute.settled
            && minute.at > self.acted
            && self.at(minute.at).is_some_and(|own| {
                own.settled && own.standing == minute.standing && as_many(own.requests, minute.requests)
            })
    }

    /// The first of another run's minutes from which on it is the same.
    pub(crate) fn same_from(&self, minutes: &[Minute]) -> Option<usize> {
        minutes.iter().position(|minute| self.is_met_by(minute))
    }

    /// The minute at an instant.
    pub(crate) fn at(&self, at: SimTime) -> Option<&Minute> {
        self.minutes.binary_search_by_key(&at, |minute| minute.at).ok().map(|index| &self.minutes[index])
    }

    /// The minutes after an instant.
    pub(crate) fn after(&self, at: SimTime) -> &[Minute] {
        &self.minutes[self.minutes.partition_point(|minute| minute.at <= at)..]
    }
}

/// Whether two minutes' requests differ by no more than one in a hundred and what chance does: three standard deviations of
/// a Poisson count.
fn as_many(own: u64, other: u64) -> bool {
    let chance = 3 * own.isqrt();
    own.abs_diff(other) <= own / 100 + chance
}

/// Requests that reached the load balancer in the minute before `now`.
fn requests(world: &World, now: SimTime) -> u64 {
    let before = SimTime(now.0.saturating_sub(Span::MINUTE.0));
    let series = world.series(SignalKind::Rps, before, now, Span::MINUTE);
    series.values.first().map_or(0, |per_second| (per_second * 60.0).round() as u64)
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
