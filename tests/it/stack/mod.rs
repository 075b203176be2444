//! Tests of the `stack` room, on a corner shop that is small enough to run for hours in a second.

mod behaviour;
mod determinism;
mod growth;
mod metastable;
mod operators;

use firedrill::kernel::{SimTime, Span};
use firedrill::scenario::{self, Scenario};
use firedrill::stack::{SignalKind, World};

/// The corner shop, as its file says.
fn corner_shop() -> Scenario {
    let read = |name: &str| match name {
        "scenario.ron" => Some(include_str!("corner-shop/scenario.ron").to_owned()),
        "schema.sql" => Some(include_str!("corner-shop/schema.sql").to_owned()),
        "statistics.sql" => Some(include_str!("corner-shop/statistics.sql").to_owned()),
        _ => None,
    };
    let loaded = scenario::load("tests/it/stack/corner-shop", read);
    loaded.scenario.expect("the corner shop's file reads")
}

/// The corner shop without any change on its calendar.
fn quiet_shop() -> Scenario {
    Scenario { changes: Vec::new(), ..corner_shop() }
}

fn open(scenario: &Scenario, seed: u64) -> World {
    match World::new(scenario, &scenario.variant(seed), seed) {
        Ok(world) => world,
        Err(findings) => panic!(
            "the shop does not open: {}",
            findings.iter().map(|f| format!("{f}\n")).collect::<String>()
        ),
    }
}

fn minutes(count: u64) -> SimTime {
    SimTime::from_secs(count * 60)
}

/// One signal over the minutes from `from` to `to`.
fn signal(world: &World, kind: SignalKind, from: u64, to: u64) -> f64 {
    world.series(kind, minutes(from), minutes(to), Span::from_mins(to - from)).values[0]
}
