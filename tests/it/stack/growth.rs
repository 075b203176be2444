//! Work grows with requests, and with nothing else; memory does not grow for ever.

use super::{minutes, open, quiet_shop};
use firedrill::kernel::{SimTime, Span};
use firedrill::scenario::Scenario;
use firedrill::scenario::scale::Factor;

const MEGABYTE: usize = 1_000_000;

/// The quiet shop with so many times its visitors and its capacity: 70 requests a second or so, times that.
fn large(times: u32) -> Scenario {
    let (scenario, rounded) = quiet_shop().scaled(Factor::times(times).unwrap());
    assert!(rounded.is_empty(), "whole multiples need no rounding: {rounded:?}");
    scenario
}

/// Events for each request that was sent while the shop ran from `from` to `to`.
fn events_a_request(times: u32, from: SimTime, to: SimTime) -> (f64, u64) {
    let mut world = open(&large(times), 1);
    world.run_until(from);
    let before = (world.events(), world.requests().0);
    world.run_until(to);
    let requests = world.requests().0 - before.1;
    ((world.events() - before.0) as f64 / requests as f64, requests)
}

#[test]
fn a_request_is_as_many_events_in_a_shop_a_hundred_times_as_large() {
    let after = |start: SimTime, seconds: u64| start + Span::from_secs(seconds);
    let start = SimTime::from_secs(30);
    let (small, few) = events_a_request(1, start, after(start, 400));
    for (times, seconds) in [(10, 40), (100, 4)] {
        let (large, requests) = events_a_request(times, start, after(start, seconds));
        assert!(
            (requests as f64 / few as f64 - 1.0).abs() < 0.1,
            "{times} times: {requests} requests instead of {few}"
        );
        // What happens every second however many ask is spread over more of them, so a little less is allowed.
        assert!((0.8..1.03).contains(&(large / small)), "{times} times: {large} instead of {small} events");
    }
}

#[test]
fn a_request_is_as_many_events_in_the_sixth_hour_as_in_the_first() {
    let mut shop = quiet_shop();
    shop.workload.traffic.points.iter_mut().for_each(|(_, rate)| *rate = 1.0);
    let mut world = open(&shop, 1);
    let mut hours = Vec::new();
    let mut before = (0, 0);
    for hour in 1..=6 {
        world.run_until(minutes(hour * 60));
        let now = (world.events(), world.requests().0);
        hours.push((now.0 - before.0) as f64 / (now.1 - before.1) as f64);
        before = now;
    }
    let (first, last) = (hours[1], hours[5]);
    assert!((last / first - 1.0).abs() < 0.03, "{hours:?}");
}

#[test]
fn a_simulated_day_of_telemetry_fits_into_150_megabytes() {
    let mut shop = quiet_shop();
    shop.workload.traffic.points.iter_mut().for_each(|(_, rate)| *rate = 1.0);
    let mut world = open(&shop, 1);
    let mut held = Vec::new();
    for hour in [6, 12, 24] {
        world.run_until(minutes(hour * 60));
        held.push(world.telemetry().resident_bytes());
    }
    assert!(held[2] < 150 * MEGABYTE, "{held:?}");
    assert!(held[2] > MEGABYTE, "{held:?} are too few to be true");
    assert!(held[2] - held[1] < held[1], "the second half of the day adds less than the first: {held:?}");
}

#[test]
fn one_visitor_in_so_many_against_that_share_of_the_capacity_meets_the_same_load() {
    let whole = large(12);
    let loads = |scenario: &Scenario| {
        let mut world = open(scenario, 1);
        world.run_until(minutes(6));
        let share = |kind| super::signal(&world, kind, 1, 6);
        use firedrill::stack::SignalKind::{AffectedRatio, DbCpu, Rps};
        (share(Rps), share(DbCpu), share(AffectedRatio))
    };
    let (rps, cpu, bad) = loads(&whole);
    for one_in in [2, 4, 12] {
        let (scenario, rounded) = whole.scaled(Factor::one_in(one_in).unwrap());
        assert!(rounded.is_empty(), "{rounded:?}");
        let scaled = loads(&scenario);
        let many = f64::from(one_in);
        assert!((scaled.0 * many / rps - 1.0).abs() < 0.05, "1:{one_in}: {} requests/s of {rps}", scaled.0);
        assert!((scaled.1 - cpu).abs() < 0.03, "1:{one_in}: {} of the cores, not {cpu}", scaled.1);
        assert!((scaled.2 - bad).abs() < 0.02, "1:{one_in}: {} bad page views, not {bad}", scaled.2);
    }
}

#[test]
fn what_is_no_whole_number_at_another_size_is_rounded_and_told() {
    let (scenario, rounded) = quiet_shop().scaled(Factor::one_in(3).unwrap());
    assert_eq!((scenario.components.web.pods, scenario.components.web.workers), (1, 16));
    assert_eq!(scenario.components.databases[0].cores, 1);
    let told = rounded.iter().find(|rounded| rounded.what == "pool shop: size").unwrap();
    assert_eq!((told.taken, (told.exact * 100.0).round()), (3, 267.0));
    assert!(rounded.iter().any(|rounded| rounded.what == "db: cores" && rounded.taken == 1));
    assert!(Factor::one_in(0).is_none() && Factor::times(0).is_none());
}
