//! What the shop does when nobody meddles, and that nothing gets lost on the way.

use super::{corner_shop, minutes, open, quiet_shop, signal};
use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::server::Login;
use firedrill::stack::{Health, SignalKind, Which};
use firedrill::telemetry::{SpanKind, TraceFilter};

#[test]
fn every_request_is_answered_or_under_way() {
    let mut world = open(&corner_shop(), 11);
    for second in (5..400).step_by(5) {
        world.run_until(SimTime::from_secs(second));
        let (sent, answered) = world.requests();
        assert_eq!(sent, answered + world.in_flight(), "after {second} s");
    }
}

#[test]
fn a_healthy_shop_stays_healthy() {
    let mut world = open(&quiet_shop(), 2);
    world.run_until(minutes(30));
    assert_eq!(world.health(), Health::Healthy);
    assert!(world.slo_met(Span::from_mins(20)));
    assert!(signal(&world, SignalKind::P95, 5, 30) < 0.3);
    assert_eq!(world.impact().failed, 0);
    assert!(world.impact().affected_ratio() < 0.01, "{:?}", world.impact());
}

#[test]
fn the_shop_is_as_busy_in_its_first_minute_as_in_its_tenth() {
    let mut world = open(&quiet_shop(), 4);
    world.run_until(minutes(12));
    let (first, later) = (signal(&world, SignalKind::Rps, 0, 1), signal(&world, SignalKind::Rps, 9, 12));
    assert!((first / later - 1.0).abs() < 0.1, "{first} against {later} requests/s");
}

#[test]
fn orders_are_what_visitors_came_for_when_all_goes_well() {
    let mut world = open(&quiet_shop(), 6);
    world.run_until(minutes(30));
    let impact = world.impact();
    assert!(impact.orders > 1_000);
    assert_eq!((impact.lost_orders, impact.lost_revenue_cents), (0, 0));
    let mean = impact.revenue_cents / impact.orders;
    assert!((2_000..3_500).contains(&mean), "a basket is worth {mean} cents");
}

#[test]
fn a_cold_cache_sends_more_to_the_database_until_it_is_warm_again() {
    let mut world = open(&quiet_shop(), 9);
    world.run_until(minutes(12));
    let lookups = |world: &firedrill::stack::World| world.cache();
    let before = lookups(&world);
    world.flush_cache();
    world.run_until(minutes(13));
    let cold = lookups(&world);
    world.run_until(minutes(40));
    let warm_from = lookups(&world);
    world.run_until(minutes(41));
    let warm = lookups(&world);
    let ratio = |from: &firedrill::stack::CacheView, to: &firedrill::stack::CacheView| {
        let (hits, misses) = ((to.hits - from.hits) as f64, (to.misses - from.misses) as f64);
        hits / (hits + misses)
    };
    assert!(ratio(&before, &cold) + 0.1 < ratio(&warm_from, &warm));
}

#[test]
fn a_migration_runs_at_the_database_and_its_end_is_noted() {
    let mut world = open(&corner_shop(), 1);
    world.run_until(minutes(1));
    let has_index = |world: &firedrill::stack::World| {
        world.database(Which::Primary).catalog().index_by_name("orders_customer_idx").is_some()
    };
    assert!(has_index(&world));
    world.run_until(minutes(4));
    assert!(!has_index(&world));
    let change = world.changes().remove(0);
    assert_eq!(change.state, firedrill::stack::ChangeState::Applied);
    assert!(change.log.iter().any(|line| line.contains("DROP INDEX")), "{:?}", change.log);
}

#[test]
fn a_deploy_replaces_every_pod_without_failing_a_request() {
    let mut world = open(&corner_shop(), 1);
    world.run_until(minutes(4));
    let before: Vec<String> = world.pods().into_iter().map(|pod| pod.name).collect();
    world.run_until(minutes(10));
    let pods = world.pods();
    assert_eq!(pods.len(), 3);
    assert!(pods.iter().all(|pod| pod.ready && pod.image == "corner:2" && !before.contains(&pod.name)));
    assert_eq!(world.impact().failed, 0);
}

#[test]
fn what_a_query_waited_for_lies_within_the_query_in_its_trace() {
    let mut world = open(&quiet_shop(), 1);
    let (locked, free) = (minutes(2), minutes(2) + Span::from_secs(4));
    world.run_until(locked);
    let login = Login {
        role: "shop".to_owned(),
        database: "shop".to_owned(),
        application_name: "psql".to_owned(),
        client_addr: None,
    };
    let server = world.database_mut(Which::Primary);
    let session = server.connect(locked, login).unwrap();
    server.simple_query(locked, session, "BEGIN; LOCK TABLE items");
    world.run_until(free);
    world.database_mut(Which::Primary).simple_query(free, session, "ROLLBACK");
    world.run_until(minutes(4));
    let mut waited = Vec::new();
    for trace in world.telemetry().traces.search(&TraceFilter::default()) {
        for span in &trace.spans[1..] {
            let parent = &trace.spans[span.parent.index()];
            let within = parent.start <= span.start && span.start <= span.end && span.end <= parent.end;
            assert!(within, "{span:?} in {parent:?}");
            let waits = span.kind == SpanKind::LockWait;
            assert_eq!(waits, parent.kind == SpanKind::Query, "{span:?} in {parent:?}");
            if waits {
                assert!(locked <= span.start && span.start < free && span.start == parent.start, "{span:?}");
                assert!(span.end.since(free) < Span::from_millis(1), "{span:?}");
                waited.push(span.duration());
            }
        }
    }
    assert!(waited.iter().max() > Some(&Span::from_secs(3)), "{waited:?}");
}
