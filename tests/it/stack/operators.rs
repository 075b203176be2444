//! What operators do has the effects that it has in production.

use super::{corner_shop, minutes, open, quiet_shop, signal};
use firedrill::kernel::{SimTime, Span};
use firedrill::stack::{ChangeState, HttpOutcome, OperationState, SignalKind, Which};

#[test]
fn scaling_up_and_down_ends_with_the_pods_asked_for() {
    let mut world = open(&quiet_shop(), 1);
    world.run_until(minutes(1));
    let up = world.scale("web", 6).unwrap();
    world.run_until(minutes(3));
    assert_eq!(world.pods().iter().filter(|pod| pod.ready).count(), 6);
    assert_eq!(world.operation(up).unwrap().state, OperationState::Done);
    world.scale("web", 2).unwrap();
    world.run_until(minutes(5));
    assert_eq!(world.pods().len(), 2);
    assert_eq!(world.impact().failed, 0);
    assert!(world.scale("web", 1_000).is_err());
    assert!(world.scale("nope", 1).is_err());
}

#[test]
fn a_deleted_pod_finishes_what_it_has_and_another_takes_its_place() {
    let mut world = open(&quiet_shop(), 1);
    world.run_until(minutes(1));
    let name = world.pods()[0].name.clone();
    world.delete_pod(&name).unwrap();
    world.run_until(minutes(2));
    let pods = world.pods();
    assert_eq!(pods.len(), 3);
    assert!(pods.iter().all(|pod| pod.name != name));
    assert_eq!(world.impact().failed, 0);
    assert_eq!(world.delete_pod("web-nope").unwrap_err(), "pods \"web-nope\" not found");
}

#[test]
fn rolling_a_migration_back_brings_the_index_back() {
    let mut world = open(&corner_shop(), 1);
    world.run_until(minutes(1));
    assert_eq!(world.roll_back("CHG-1").unwrap_err(), "CHG-1 has not been deployed yet");
    assert_eq!(world.roll_back("CHG-9").unwrap_err(), "no change CHG-9");
    world.run_until(minutes(4));
    let operation = world.roll_back("chg-1").unwrap();
    world.run_until(minutes(5));
    assert_eq!(world.operation(operation).unwrap().state, OperationState::Done);
    assert_eq!(world.changes()[0].state, ChangeState::RolledBack);
    let index = world.database(Which::Primary).catalog().index_by_name("orders_customer_idx").cloned();
    assert!(index.is_some_and(|index| index.valid));
    assert_eq!(world.roll_back("CHG-1").unwrap_err(), "CHG-1 was rolled back already");
}

#[test]
fn curl_goes_through_the_same_shop_as_everybody() {
    let mut world = open(&quiet_shop(), 1);
    world.run_until(minutes(1));
    let page = world.http("GET", "https://shop/items/5", None);
    let missing = world.http("GET", "https://shop/nowhere", None);
    let elsewhere = world.http("GET", "https://example.net/", None);
    assert_eq!(world.probe(page).unwrap().outcome, None);
    world.run_until(minutes(1) + Span::from_secs(2));
    let page = world.probe(page).unwrap();
    assert!(matches!(page.outcome, Some(HttpOutcome::Answered { status: 200, .. })), "{page:?}");
    assert!(page.total.unwrap() > Span::from_millis(4));
    let missing = world.probe(missing).unwrap();
    assert!(matches!(missing.outcome, Some(HttpOutcome::Answered { status: 404, .. })), "{missing:?}");
    let elsewhere = world.probe(elsewhere).unwrap();
    assert!(matches!(elsewhere.outcome, Some(HttpOutcome::NoAnswer { code: 6, .. })), "{elsewhere:?}");
}

#[test]
fn a_pool_of_one_connection_is_a_queue_for_all() {
    let mut world = open(&quiet_shop(), 1);
    world.run_until(minutes(2));
    world.set("pgbouncer.shop.pool_size", "1").unwrap();
    assert_eq!(world.get("pgbouncer.shop.pool_size").as_deref(), Some("1"));
    world.run_until(minutes(4));
    let waiting = |from, to| signal(&world, SignalKind::PoolWaiting, from, to);
    assert!(waiting(3, 4) > waiting(1, 2), "{} against {}", waiting(3, 4), waiting(1, 2));
    assert_eq!(world.pools()[0].servers_active.max(1), 1);
    assert!(world.set("pgbouncer.shop.pool_size", "many").is_err());
    assert!(world.set("pgbouncer.shop.pools", "1").is_err());
}

#[test]
fn a_backend_that_is_terminated_is_replaced_and_its_request_fails_once() {
    let mut world = open(&quiet_shop(), 1);
    world.run_until(SimTime::from_secs(90));
    let pids: Vec<u32> = world.database(Which::Primary).activity().map(|(_, backend)| backend.pid).collect();
    let now = world.now();
    for pid in pids {
        world.database_mut(Which::Primary).terminate(now, pid);
    }
    world.run_until(SimTime::from_secs(150));
    assert!(world.impact().failed < 20, "{:?}", world.impact());
    assert!(world.slo_met(Span::MINUTE) || world.impact().failed > 0);
    let (clients, _) = world.database(Which::Primary).connections();
    assert!(clients > 0);
}
