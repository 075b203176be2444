//! What a transaction left open does to the tables around it: dead rows that VACUUM must leave, autovacuum that comes again for nothing,
//! files that grow; and the views that show it.

use super::background::update_rows;
use super::server::{login, psql, run, seconds, shop};
use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::catalog::Oid;
use firedrill::postgres::format::{self, Layout, Options};
use firedrill::postgres::server::{BackendId, Reply, Server, ServerConfig};

fn products(server: &Server) -> (Oid, f64, u64) {
    let table = server.catalog().table_by_name("products").expect("products");
    (table.oid, table.statistics.tuples, table.size.blocks)
}

/// The rows of the last answer as psql prints them with `-At`.
fn rows(server: &mut Server, now: SimTime, id: BackendId, query: &str) -> (String, SimTime) {
    let (replies, later) = psql(server, now, id, query);
    let options = Options { layout: Layout::Unaligned, tuples_only: true, ..Options::default() };
    let last = replies.iter().rev().find_map(|reply| match reply {
        Reply::Rows(result) => Some(format::print(result, &options).trim_end().to_owned()),
        _ => None,
    });
    (last.unwrap_or_else(|| panic!("no rows: {replies:?}")), later)
}

/// A server on which `opening` was typed a minute ago by a session that then did nothing, while three in ten products changed.
fn beside(opening: &str) -> (Server, BackendId, SimTime) {
    let mut server = shop(ServerConfig::default());
    run(&mut server, seconds(1.0));
    let idle = login(&mut server, seconds(1.0), "web");
    psql(&mut server, seconds(1.0), idle, opening);
    run(&mut server, seconds(65.0));
    let (oid, tuples, _) = products(&server);
    let now = update_rows(&mut server, seconds(65.0), oid, 0.3 * tuples);
    (server, idle, now)
}

#[test]
fn a_transaction_that_wrote_and_stays_open_keeps_dead_rows_from_vacuum() {
    let (mut server, idle, now) = beside("BEGIN; UPDATE carts SET updated_at = now() WHERE id = 13");
    let (oid, tuples, blocks) = products(&server);
    run(&mut server, now + Span::from_secs(300));
    let counters = server.counters().tables[&oid];
    assert!(counters.autovacuum_count >= 3, "autovacuum came {} times", counters.autovacuum_count);
    assert!(counters.dead > 0.29 * tuples, "{} of {tuples} rows are dead", counters.dead);
    assert!(products(&server).2 > blocks, "new versions of rows found no room");

    let later = now + Span::from_secs(300);
    psql(&mut server, later, idle, "ROLLBACK");
    run(&mut server, later + Span::from_secs(120));
    assert_eq!(server.counters().tables[&oid].dead, 0.0, "the next autovacuum removes them");
}

#[test]
fn only_what_still_has_a_snapshot_or_wrote_holds_anything_back() {
    for (opening, holds) in [
        ("BEGIN; SELECT count(*) FROM categories", false),
        ("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM categories", true),
        ("BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM categories", true),
        ("BEGIN; DECLARE c CURSOR FOR SELECT id FROM categories; FETCH c", true),
        ("BEGIN; UPDATE carts SET updated_at = now() WHERE id = 13; SELECT nonsense", false),
        ("SELECT count(*) FROM categories", false),
    ] {
        let (mut server, _, now) = beside(opening);
        let (oid, ..) = products(&server);
        run(&mut server, now + Span::from_secs(150));
        let counters = server.counters().tables[&oid];
        assert!(counters.autovacuum_count > 0, "{opening}");
        assert_eq!(counters.dead > 0.0, holds, "{opening}: {} dead rows", counters.dead);
    }
}

#[test]
fn the_isolation_level_shown_is_that_of_the_transaction() {
    let mut server = shop(ServerConfig::default());
    run(&mut server, seconds(1.0));
    let session = login(&mut server, seconds(1.0), "web");
    let mut now = seconds(1.0);
    for (opening, level) in [
        ("SELECT 1", "read committed"),
        ("BEGIN ISOLATION LEVEL REPEATABLE READ", "repeatable read"),
        ("ROLLBACK; BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "serializable"),
        ("COMMIT", "read committed"),
        ("START TRANSACTION ISOLATION LEVEL READ UNCOMMITTED, READ ONLY", "read uncommitted"),
        ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "read committed"),
        ("SET transaction_isolation TO 'Repeatable Read'", "repeatable read"),
        ("COMMIT; SET transaction_isolation = serializable", "read committed"),
        (
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "serializable",
        ),
        ("ROLLBACK", "read committed"),
        ("SET default_transaction_isolation = 'repeatable read'", "repeatable read"),
        ("BEGIN; SELECT 1", "repeatable read"),
        ("COMMIT; BEGIN ISOLATION LEVEL SERIALIZABLE", "serializable"),
        ("ROLLBACK; BEGIN; SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "read committed"),
        ("ROLLBACK; RESET default_transaction_isolation", "read committed"),
    ] {
        now = psql(&mut server, now, session, opening).1;
        let (shown, later) = rows(&mut server, now, session, "SHOW transaction_isolation");
        assert_eq!(shown, level, "after {opening}");
        now = later;
    }
    let before_any = "must be called before any query";
    for (text, refusal) in [
        (
            "BEGIN ISOLATION LEVEL SERIALIZABLE; SHOW work_mem; SELECT 1; SET transaction_isolation = 'read committed'",
            before_any,
        ),
        ("BEGIN; SELECT 1; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", before_any),
        (
            "BEGIN; SAVEPOINT s; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "must not be called in a subtransaction",
        ),
    ] {
        let (replies, later) = psql(&mut server, now, session, text);
        assert!(format!("{replies:?}").contains(refusal), "{text}: {replies:?}");
        now = psql(&mut server, later, session, "ROLLBACK").1;
    }
    let (replies, _) = psql(&mut server, now, session, "SET TRANSACTION ISOLATION LEVEL CHAOS");
    assert!(format!("{replies:?}").contains("syntax error"), "{replies:?}");
    let (replies, _) = psql(&mut server, now, session, "RESET transaction_isolation");
    assert!(format!("{replies:?}").contains("cannot be reset"), "{replies:?}");
}

#[test]
fn vacuum_verbose_tells_of_rows_that_are_dead_but_not_yet_removable() {
    let (mut server, _, now) = beside("BEGIN; UPDATE carts SET updated_at = now() WHERE id = 13");
    let owner = login(&mut server, now, "owner");
    let (replies, later) = psql(&mut server, now, owner, "VACUUM (VERBOSE) products");
    let notices: Vec<&str> = replies
        .iter()
        .filter_map(|reply| match reply {
            Reply::Notice { severity: "INFO", message, .. } => Some(message.as_str()),
            _ => None,
        })
        .collect();
    let [first, report] = notices.as_slice() else { panic!("{replies:?}") };
    assert_eq!(*first, "vacuuming \"shop.public.products\"");
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[0], "finished vacuuming \"shop.public.products\": index scans: 0");
    assert!(lines[2].starts_with("tuples: 0 removed, "), "{report}");
    let held = lines[2].rsplit(", ").next().unwrap_or_default();
    assert!(held.ends_with(" are dead but not yet removable") && !held.starts_with("0 "), "{report}");
    assert!(lines[3].starts_with("removable cutoff: "), "{report}");

    let oncall = login(&mut server, later, "oncall");
    let (cutoff, _) = rows(
        &mut server,
        later,
        oncall,
        "SELECT min(backend_xid::text) FROM pg_stat_activity WHERE backend_xid IS NOT NULL",
    );
    assert!(lines[3].starts_with(&format!("removable cutoff: {cutoff},")), "{report}\n{cutoff}");
}

#[test]
fn activity_shows_who_holds_the_horizon() {
    let (mut server, _, now) = beside("BEGIN; UPDATE carts SET updated_at = now() WHERE id = 13");
    let oncall = login(&mut server, now, "oncall");
    let query = "SELECT state, backend_xid IS NOT NULL, backend_xmin IS NOT NULL FROM pg_stat_activity WHERE usename = 'web' AND state LIKE 'idle in%'";
    let (text, now) = rows(&mut server, now, oncall, query);
    assert_eq!(text, "idle in transaction|t|f");
    // Its id is the oldest that a snapshot of now takes for running.
    let query = "SELECT (SELECT backend_xmin::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) = min(backend_xid::text) FROM pg_stat_activity";
    assert_eq!(rows(&mut server, now, oncall, query).0, "t");

    let (mut server, _, now) =
        beside("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM categories");
    let oncall = login(&mut server, now, "oncall");
    let query = "SELECT state, backend_xid IS NOT NULL, backend_xmin IS NOT NULL FROM pg_stat_activity WHERE usename = 'web' AND state LIKE 'idle in%'";
    assert_eq!(rows(&mut server, now, oncall, query).0, "idle in transaction|f|t");
}

#[test]
fn progress_views_follow_autovacuum_and_analyze() {
    let mut server = shop(ServerConfig::default());
    let orders = server.catalog().table_by_name("orders").expect("orders");
    let (oid, tuples, blocks) = (orders.oid, orders.statistics.tuples, orders.size.blocks);
    let mut now = update_rows(&mut server, SimTime::ZERO, oid, 0.3 * tuples);
    let oncall = login(&mut server, now, "oncall");
    let mut seen: Vec<(String, f64)> = Vec::new();
    let mut analyzed = false;
    for _ in 0..4_000 {
        now += Span::from_millis(100);
        run(&mut server, now);
        let vacuum =
            "SELECT relid::regclass, phase, heap_blks_total, heap_blks_scanned FROM pg_stat_progress_vacuum";
        let (text, later) = rows(&mut server, now, oncall, vacuum);
        now = later;
        if let [name, phase, total, scanned] = text.split('|').collect::<Vec<_>>().as_slice() {
            assert_eq!((*name, *total), ("orders", blocks.to_string().as_str()));
            seen.push(((*phase).to_owned(), scanned.parse().expect("a number")));
        }
        analyzed |= !server.analyze_progress().is_empty();
        if server.counters().tables[&oid].autoanalyze_count > 0 {
            break;
        }
    }
    assert!(seen.len() > 10, "VACUUM was seen {} times", seen.len());
    assert!(seen.windows(2).all(|w| w[0].1 <= w[1].1), "it never goes back: {seen:?}");
    assert_eq!(seen[0].0, "scanning heap");
    assert!(seen.iter().any(|(phase, _)| phase == "vacuuming indexes"), "{seen:?}");
    assert!(analyzed, "ANALYZE was seen");
    let (left, _) = rows(&mut server, now, oncall, "SELECT count(*) FROM pg_stat_progress_vacuum");
    assert_eq!(left, "0");
}
