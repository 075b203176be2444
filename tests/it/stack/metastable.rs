//! Metastable failure (Bronson et al., HotOS '21): an overload that outlives the surge that caused it, because those who
//! wait ask again; and what ends it.

use super::{minutes, open, quiet_shop, signal};
use firedrill::kernel::Span;
use firedrill::scenario::{
    Effect, RedHerring, Scenario,
    components::QueryRetries,
    time::{Clock, Interval},
};
use firedrill::stack::SignalKind;

/// The shop at two thirds of what its database can do, and a surge from 12:05 that is over by 12:10.
fn surge(retries: bool) -> Scenario {
    let mut scenario = quiet_shop();
    let clock = |hour: u32, minute: u32| Clock(hour * 3600 + minute * 60);
    scenario.workload.traffic.points = vec![(clock(12, 0), LOAD), (clock(14, 0), LOAD)];
    scenario.components.web.accept_queue = ACCEPT_QUEUE;
    scenario.red_herrings.push(RedHerring {
        id: "mail".to_owned(),
        title: "a newsletter".to_owned(),
        effect: Effect::Surge {
            at: clock(12, 5),
            visitors_per_s: 2.0 * LOAD,
            rise: Interval(Span::from_secs(30)),
            decay: Interval(Span::from_secs(30)),
            page: "item".to_owned(),
        },
        explanation: String::new(),
    });
    if retries {
        let web = &mut scenario.components.web;
        web.query_retries =
            QueryRetries { broken_connection: 1, timed_out: 2, backoff: Interval(Span::from_millis(100)) };
    } else {
        scenario.workload.visitors.reload = 0.0;
        scenario.workload.visitors.max_reloads = 0;
    }
    scenario
}

/// Visitors a second.
const LOAD: f64 = 28.0;
/// A backlog in front of each pod that is longer than visitors' patience: who is served has left long ago.
const ACCEPT_QUEUE: u32 = 400;

#[test]
fn with_retries_the_shop_stays_down_after_the_surge_is_over() {
    let mut world = open(&surge(true), 1);
    world.run_until(minutes(40));
    assert!(signal(&world, SignalKind::AffectedRatio, 2, 5) < 0.02, "healthy before the surge");
    assert!(signal(&world, SignalKind::AffectedRatio, 30, 40) > 0.5, "still down half an hour later");
}

#[test]
fn without_retries_it_recovers_by_itself() {
    let mut world = open(&surge(false), 1);
    world.run_until(minutes(40));
    assert!(signal(&world, SignalKind::AffectedRatio, 6, 8) > 0.1, "the surge hurts");
    assert!(signal(&world, SignalKind::AffectedRatio, 30, 40) < 0.05, "and is over");
}

#[test]
fn shedding_load_for_some_minutes_brings_it_back() {
    let mut world = open(&surge(true), 1);
    world.run_until(minutes(20));
    world.set("lb.rate_limit", "10").unwrap();
    world.run_until(minutes(24));
    world.set("lb.rate_limit", "60").unwrap();
    world.run_until(minutes(26));
    world.set("lb.rate_limit", "0").unwrap();
    world.run_until(minutes(40));
    assert!(signal(&world, SignalKind::AffectedRatio, 30, 40) < 0.05);
}
