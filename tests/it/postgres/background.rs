//! What the server does by itself: autovacuum, sampled statistics, the visibility map, checkpoints, the replica; and the slots that
//! it keeps back.

use super::server::{login, psql, run, seconds, shop, shop_with};
use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::catalog::{Oid, Table};
use firedrill::postgres::server::{Login, Server, ServerConfig};
use firedrill::postgres::work::{RowChange, Work};

fn table<'s>(server: &'s Server, name: &str) -> &'s Table {
    server.catalog().table_by_name(name).expect(name)
}

/// Has the workload update so many rows of a table at once, and lets the books settle.
pub(crate) fn update_rows(server: &mut Server, now: SimTime, table: Oid, rows: f64) -> SimTime {
    let change = RowChange {
        table,
        inserted: 0.0,
        updated: rows,
        deleted: 0.0,
        index_entries: 0.0,
        wal_bytes: rows * 120.0,
    };
    let query =
        server.register_work("update", Work { cpu_ns: 1e6, changes: vec![change], ..Work::default() });
    let session = login(server, now, "web");
    server.execute(now, session, query, 0);
    let later = now + Span::from_secs(1);
    assert_eq!(run(server, later).len(), 1, "it is done");
    server.disconnect(later, session);
    later
}

#[test]
fn a_table_beyond_its_threshold_is_vacuumed_and_analysed_and_one_below_is_not() {
    // 50 + 20 % of the rows are vacuumed, 50 + 10 % analysed.
    for (share, vacuums, analyses) in [(0.05, 0, 0), (0.15, 0, 1), (0.25, 1, 1)] {
        let mut server = shop(ServerConfig::default());
        let products = table(&server, "products");
        let (oid, rows) = (products.oid, products.statistics.tuples);
        let now = update_rows(&mut server, SimTime::ZERO, oid, 50.0 + share * rows);
        let dead = server.counters().tables[&oid].dead;
        assert!((dead - 50.0 - share * rows).abs() < 1.0, "{dead} dead rows");
        run(&mut server, now + Span::from_secs(300));
        let counters = server.counters().tables[&oid];
        assert_eq!((counters.autovacuum_count, counters.autoanalyze_count), (vacuums, analyses), "{share}");
        assert_eq!(counters.dead == 0.0, vacuums > 0, "{share}");
        assert_eq!(counters.modified_since_analyze == 0.0, analyses > 0, "{share}");
    }
}

#[test]
fn each_analyze_draws_another_sample_near_the_truth() {
    let figures = || {
        let mut server = shop(ServerConfig::default());
        let session = login(&mut server, SimTime::ZERO, "owner");
        let truth = table(&server, "orders").clone();
        let mut now = SimTime::ZERO;
        let mut figures = Vec::new();
        for _ in 0..3 {
            now = psql(&mut server, now, session, "ANALYZE orders").1;
            let distinct = |t: &Table| {
                t.column("customer_id").and_then(|c| c.statistics.as_ref()).map_or(0.0, |s| s.distinct)
            };
            let orders = table(&server, "orders");
            let off = distinct(orders) / distinct(&truth);
            assert!((0.8..1.2).contains(&off), "distinct customers off by {off}");
            let rows = orders.statistics.tuples / truth.statistics.tuples;
            assert!((0.97..1.03).contains(&rows), "rows off by {rows}");
            figures.push((distinct(orders), orders.statistics.tuples));
        }
        figures
    };
    let one = figures();
    assert!(one[0] != one[1] && one[1] != one[2], "{one:?}");
    assert_eq!(one, figures(), "the same seed draws the same samples");
}

#[test]
fn changed_pages_are_no_longer_all_visible_until_vacuum() {
    let mut server = shop(ServerConfig {
        parameters: vec![("autovacuum".into(), "off".into())],
        ..ServerConfig::default()
    });
    let orders = table(&server, "orders");
    let (oid, before) = (orders.oid, orders.statistics.all_visible);
    let now = update_rows(&mut server, SimTime::ZERO, oid, 100_000.0);
    run(&mut server, now + Span::from_secs(15));
    let after = table(&server, "orders").statistics.all_visible;
    assert!(after < before, "{after} of {before} pages");
    let session = login(&mut server, now + Span::from_secs(15), "owner");
    psql(&mut server, now + Span::from_secs(15), session, "VACUUM orders");
    let orders = table(&server, "orders");
    assert_eq!(orders.statistics.all_visible, orders.size.blocks as f64);
}

#[test]
fn checkpoints_come_by_time_and_are_logged() {
    let parameters =
        vec![("checkpoint_timeout".to_owned(), "5min".to_owned()), ("log_checkpoints".into(), "on".into())];
    let mut server = shop(ServerConfig { parameters, ..ServerConfig::default() });
    let oid = table(&server, "orders").oid;
    update_rows(&mut server, SimTime::ZERO, oid, 10_000.0);
    run(&mut server, seconds(700.0));
    let counters = server.counters().checkpoints;
    assert_eq!(counters.timed, 2);
    assert_eq!(counters.done, 1, "the second is still being written");
    assert!(counters.buffers_written > 1_000.0, "{} buffers", counters.buffers_written);
    let logged: Vec<String> = server.log().iter().map(|e| e.message(&|_| "")).collect();
    assert!(logged.iter().any(|m| m == "checkpoint starting: time"), "{logged:?}");
    assert!(logged.iter().any(|m| m.starts_with("checkpoint complete: wrote")), "{logged:?}");
}

#[test]
fn a_burst_of_wal_puts_the_replica_behind_and_it_catches_up() {
    let mut server = shop(ServerConfig::default());
    server.wal_mut().attach("replica-1", None, 99, Span::from_millis(5));
    let lag = |server: &Server, at: SimTime| server.wal().replay_lag(at, &server.wal().standbys()[0]);
    run(&mut server, seconds(1.0));
    assert_eq!(lag(&server, seconds(1.0)), Span::from_millis(5));
    let session = login(&mut server, seconds(1.0), "owner");
    let (_, built) =
        psql(&mut server, seconds(1.0), session, "CREATE INDEX orders_total_idx ON orders (total_cents)");
    let soon = built + Span::from_secs(2);
    run(&mut server, soon);
    assert!(lag(&server, soon) > Span::from_secs(1), "{:?}", lag(&server, soon));
    let later = built + Span::from_secs(120);
    run(&mut server, later);
    assert_eq!(lag(&server, later), Span::from_millis(5));
}

#[test]
fn reserved_slots_are_for_who_may_use_them() {
    let config = ServerConfig {
        max_connections: 6,
        reserved_connections: 2,
        superuser_reserved_connections: 1,
        ..ServerConfig::default()
    };
    let mut server = shop_with(config, &[("standby-team", &["pg_use_reserved_connections"])]);
    let mut connect = |role: &str| {
        let login = Login {
            role: role.to_owned(),
            database: "shop".to_owned(),
            application_name: String::new(),
            client_addr: None,
        };
        server.connect(SimTime::ZERO, login).map(|_| ()).map_err(|e| (e.sqlstate.0, e.message))
    };
    for _ in 0..3 {
        assert_eq!(connect("web"), Ok(()));
    }
    let reserved = "remaining connection slots are reserved for roles with privileges of the \"pg_use_reserved_connections\" role";
    assert_eq!(connect("web"), Err(("53300", reserved.to_owned())));
    assert_eq!(connect("standby-team"), Ok(()));
    assert_eq!(connect("standby-team"), Ok(()));
    let superusers = "remaining connection slots are reserved for roles with the SUPERUSER attribute";
    assert_eq!(connect("standby-team"), Err(("53300", superusers.to_owned())));
    assert_eq!(connect("postgres"), Ok(()));
    assert_eq!(connect("postgres"), Err(("53300", "sorry, too many clients already".to_owned())));
}
