//! DDL on a running server: locks, phases, progress, what an error leaves behind.

use super::server::{login, psql, run, seconds, shop};
use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::locks::{LockMode, LockTag};
use firedrill::postgres::server::{BackendState, Outcome, Reply, ServerConfig};
use firedrill::postgres::work::Work;

const BUILD: &str = "CREATE INDEX orders_total_idx ON orders (total_cents)";
const BUILD_CONCURRENTLY: &str = "CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total_cents)";

fn error(replies: &[Reply]) -> &str {
    match replies {
        [.., Reply::Error(error)] => &error.message,
        other => panic!("no error in {other:?}"),
    }
}

#[test]
fn an_index_on_forty_million_rows_takes_tens_of_seconds_and_longer_under_load() {
    let mut idle = shop(ServerConfig::default());
    let session = login(&mut idle, SimTime::ZERO, "oncall");
    let (replies, alone) = psql(&mut idle, SimTime::ZERO, session, BUILD);
    assert_eq!(replies, [Reply::Command("CREATE INDEX".to_owned())]);
    assert!((8.0..120.0).contains(&alone.as_secs_f64()), "alone: {} s", alone.as_secs_f64());

    let mut loaded = shop(ServerConfig::default());
    let report = loaded.register_work("report", Work { cpu_ns: 3.6e12, ..Work::default() });
    for tag in 0..150 {
        let web = login(&mut loaded, SimTime::ZERO, "web");
        loaded.execute(SimTime::ZERO, web, report, tag);
    }
    let session = login(&mut loaded, SimTime::ZERO, "oncall");
    let (replies, under_load) = psql(&mut loaded, SimTime::ZERO, session, BUILD);
    assert_eq!(replies, [Reply::Command("CREATE INDEX".to_owned())]);
    let ratio = under_load.as_secs_f64() / alone.as_secs_f64();
    assert!((3.0..20.0).contains(&ratio), "{} s under load, {ratio} times as long", under_load.as_secs_f64());
}

#[test]
fn progress_shows_phases_in_order_and_grows() {
    let mut server = shop(ServerConfig::default());
    let session = login(&mut server, SimTime::ZERO, "oncall");
    server.simple_query(SimTime::ZERO, session, BUILD_CONCURRENTLY);
    let mut phases: Vec<&str> = Vec::new();
    let mut last_blocks = 0;
    while server.is_busy(session) {
        let at = server.next_event().expect("it goes on");
        server.step(at, &mut Vec::new());
        let Some((_, progress)) = server.progress().pop() else { continue };
        if phases.last() != Some(&progress.phase) {
            phases.push(progress.phase);
            last_blocks = 0;
        }
        assert!(progress.blocks.1 <= progress.blocks.0 && progress.blocks.1 >= last_blocks, "{progress:?}");
        last_blocks = progress.blocks.1;
        assert_eq!(progress.command, "CREATE INDEX CONCURRENTLY");
    }
    assert_eq!(
        phases,
        [
            "building index: scanning table",
            "building index: sorting live tuples",
            "building index: loading tuples in tree",
            "index validation: scanning index",
            "index validation: sorting tuples",
            "index validation: scanning table",
        ]
    );
    let index = server.catalog().index_by_name("orders_total_idx").expect("it is there");
    assert!(index.valid && index.ready);
}

#[test]
fn a_cancelled_concurrent_build_leaves_an_invalid_index_and_a_plain_one_nothing() {
    for (sql, leaves) in [(BUILD_CONCURRENTLY, Some((false, false))), (BUILD, None)] {
        let mut server = shop(ServerConfig::default());
        let session = login(&mut server, SimTime::ZERO, "oncall");
        server.simple_query(SimTime::ZERO, session, sql);
        run(&mut server, seconds(3.0));
        let pid = server.backend(session).map(|b| b.pid).expect("it exists");
        assert!(server.cancel(seconds(3.0), pid));
        assert_eq!(error(&server.take_replies(session)), "canceling statement due to user request");
        let left = server.catalog().index_by_name("orders_total_idx").map(|i| (i.valid, i.ready));
        assert_eq!(left, leaves, "{sql}");
        assert!(server.progress().is_empty());
        let (replies, _) = psql(&mut server, seconds(4.0), session, "DROP INDEX IF EXISTS orders_total_idx");
        assert!(matches!(replies.last(), Some(Reply::Command(tag)) if tag == "DROP INDEX"), "{replies:?}");
        assert!(server.catalog().index_by_name("orders_total_idx").is_none());
    }
}

#[test]
fn a_concurrent_build_waits_for_writers_that_began_before_it() {
    let mut server = shop(ServerConfig::default());
    let orders = server.catalog().table_by_name("orders").map(|t| t.oid.0).expect("it exists");
    let begin = server.register("BEGIN", &[]).expect("it exists");
    let commit = server.register("COMMIT", &[]).expect("it exists");
    let locks = vec![(LockTag::Relation(orders), LockMode::RowExclusive)];
    let write = server.register_work("write", Work { cpu_ns: 1e5, locks, ..Work::default() });
    let web = login(&mut server, SimTime::ZERO, "web");
    for (tag, statement) in [begin, write].into_iter().enumerate() {
        server.execute(seconds(tag as f64), web, statement, tag as u64);
        run(&mut server, seconds(tag as f64 + 0.9));
    }
    assert_eq!(server.backend(web).map(|b| b.state), Some(BackendState::IdleInTransaction));
    let session = login(&mut server, seconds(3.0), "oncall");
    server.simple_query(seconds(3.0), session, BUILD_CONCURRENTLY);
    run(&mut server, seconds(600.0));
    let progress = server.progress().pop().map(|(_, p)| p).expect("it still waits");
    assert_eq!(progress.phase, "waiting for writers before build");
    assert_eq!(progress.lockers, (1, 0));
    server.execute(seconds(600.0), web, commit, 9);
    run(&mut server, seconds(1_200.0));
    assert!(!server.is_busy(session));
    assert!(server.catalog().index_by_name("orders_total_idx").is_some_and(|i| i.valid));
}

#[test]
fn a_plain_build_blocks_writers_and_lets_readers_through() {
    let mut server = shop(ServerConfig::default());
    let orders =
        LockTag::Relation(server.catalog().table_by_name("orders").map(|t| t.oid.0).expect("it exists"));
    let statement = |mode| Work { cpu_ns: 1e5, locks: vec![(orders, mode)], ..Work::default() };
    let read = server.register_work("read", statement(LockMode::AccessShare));
    let write = server.register_work("write", statement(LockMode::RowExclusive));
    let session = login(&mut server, SimTime::ZERO, "oncall");
    let (reader, writer) =
        (login(&mut server, SimTime::ZERO, "web"), login(&mut server, SimTime::ZERO, "web"));
    server.simple_query(SimTime::ZERO, session, BUILD);
    server.execute(seconds(1.0), reader, read, 1);
    server.execute(seconds(1.0), writer, write, 2);
    let done = run(&mut server, seconds(2.0));
    assert_eq!(done.iter().map(|c| c.tag).collect::<Vec<_>>(), [1]);
    let (writer_pid, builder_pid) =
        [writer, session].map(|id| server.backend(id).map(|b| b.pid).expect("alive")).into();
    assert_eq!(server.blocking_pids(writer_pid), [builder_pid]);
    let done = run(&mut server, seconds(300.0));
    assert_eq!(done.iter().map(|c| c.tag).collect::<Vec<_>>(), [2]);
    assert!(done[0].lock_wait > Span::from_secs(5), "the writer waited {}", done[0].lock_wait);
}

#[test]
fn dropping_an_index_waits_for_a_long_reader_and_everyone_behind_it_waits_too() {
    let parameters = [("lock_timeout".to_owned(), "20s".to_owned())];
    let mut server = shop(ServerConfig::default());
    let orders =
        LockTag::Relation(server.catalog().table_by_name("orders").map(|t| t.oid.0).expect("it exists"));
    let work = |cpu_ns| Work { cpu_ns, locks: vec![(orders, LockMode::AccessShare)], ..Work::default() };
    let report = server.register_work("report", work(3_600e9));
    let lookup = server.register_work("lookup", work(1e5));
    let (reporter, web) =
        (login(&mut server, SimTime::ZERO, "web"), login(&mut server, SimTime::ZERO, "web"));
    let session = login(&mut server, SimTime::ZERO, "oncall");
    server.execute(SimTime::ZERO, reporter, report, 1);
    server.simple_query(seconds(1.0), session, "DROP INDEX orders_created_at_idx");
    server.execute(seconds(2.0), web, lookup, 2);
    let done = run(&mut server, seconds(100.0));
    assert!(done.is_empty(), "nobody gets through: {done:?}");
    let waiting = server.lock_entries().into_iter().filter(|e| !e.granted).count();
    assert_eq!(waiting, 2);
    let pid = server.backend(session).map(|b| b.pid).expect("it exists");
    server.cancel(seconds(100.0), pid);
    let done = run(&mut server, seconds(101.0));
    assert_eq!(done.iter().map(|c| (c.tag, c.outcome)).collect::<Vec<_>>(), [(2, Outcome::Done { rows: 0 })]);

    let (_, now) = psql(
        &mut server,
        seconds(102.0),
        session,
        &format!("SET {} = '{}'", parameters[0].0, parameters[0].1),
    );
    let (replies, ended) = psql(&mut server, now, session, "DROP INDEX orders_created_at_idx");
    assert_eq!(error(&replies), "canceling statement due to lock timeout");
    let waited = (ended - now).as_secs_f64();
    assert!((20.0..20.1).contains(&waited), "waited {waited} s");
}

#[test]
fn sessions_that_wait_for_each_other_are_told_so_after_deadlock_timeout() {
    let mut server = shop(ServerConfig::default());
    let (a, b) = (login(&mut server, SimTime::ZERO, "owner"), login(&mut server, SimTime::ZERO, "owner"));
    let mut now = SimTime::ZERO;
    for session in [a, b] {
        now = psql(&mut server, now, session, "BEGIN").1;
    }
    now = psql(&mut server, now, a, "DROP INDEX orders_created_at_idx").1;
    now = psql(&mut server, now, b, "DROP INDEX payments_order_id_idx").1;
    server.simple_query(now, a, "DROP INDEX payments_provider_ref_key");
    server.simple_query(now + Span::from_millis(100), b, "DROP INDEX orders_coupon_idx");
    run(&mut server, now + Span::from_secs(2));
    let failed: Vec<Reply> = [a, b].into_iter().flat_map(|s| server.take_replies(s)).collect();
    let deadlocks = failed.iter().filter(|r| matches!(r, Reply::Error(e) if e.sqlstate.0 == "40P01")).count();
    assert_eq!(deadlocks, 1, "{failed:?}");
    assert_eq!(server.counters().database.deadlocks, 1);
}

#[test]
fn reindex_concurrently_makes_an_invalid_index_valid_again() {
    let mut server = shop(ServerConfig::default());
    let session = login(&mut server, SimTime::ZERO, "oncall");
    server.simple_query(SimTime::ZERO, session, BUILD_CONCURRENTLY);
    run(&mut server, seconds(3.0));
    let pid = server.backend(session).map(|b| b.pid).expect("it exists");
    server.cancel(seconds(3.0), pid);
    server.take_replies(session);
    let before = server.catalog().index_by_name("orders_total_idx").map(|i| i.filenode);
    let (replies, now) =
        psql(&mut server, seconds(4.0), session, "REINDEX INDEX CONCURRENTLY orders_total_idx");
    assert_eq!(replies, [Reply::Command("REINDEX".to_owned())]);
    let index = server.catalog().index_by_name("orders_total_idx").expect("it keeps its name");
    assert!(index.valid && index.ready);
    assert_ne!(Some(index.filenode), before);
    assert!(server.catalog().index_by_name("orders_total_idx_ccnew").is_none());
    assert!(now > seconds(10.0), "it took its time");
}

#[test]
fn rights_blocks_and_standbys_are_respected() {
    let mut server = shop(ServerConfig::default());
    let web = login(&mut server, SimTime::ZERO, "web");
    let oncall = login(&mut server, SimTime::ZERO, "oncall");
    let (replies, now) = psql(&mut server, SimTime::ZERO, web, BUILD);
    assert_eq!(error(&replies), "must be owner of table orders");
    let (_, now) = psql(&mut server, now, oncall, "BEGIN");
    let (replies, now) = psql(&mut server, now, oncall, BUILD_CONCURRENTLY);
    assert_eq!(error(&replies), "CREATE INDEX CONCURRENTLY cannot run inside a transaction block");
    let (_, now) = psql(&mut server, now, oncall, "ROLLBACK");
    let (replies, _) = psql(&mut server, now, oncall, "REINDEX INDEX no_such");
    assert_eq!(error(&replies), "index \"no_such\" does not exist");
    let mut standby = shop(ServerConfig { standby: true, ..ServerConfig::default() });
    let session = login(&mut standby, SimTime::ZERO, "oncall");
    let (replies, _) = psql(&mut standby, SimTime::ZERO, session, BUILD);
    assert_eq!(error(&replies), "cannot execute CREATE INDEX in a read-only transaction");
}
