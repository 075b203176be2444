//! Table locks against what sessions of a real PostgreSQL 18.4 did (`tests/oracle/locks.py` writes the tables again).

use super::server::{login, psql, run, shop, shop_with};
use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::catalog::Oid;
use firedrill::postgres::locks::LockTag;
use firedrill::postgres::server::{BackendId, Reply, Server, ServerConfig, WaitEvent};

/// Statements that the model declines.
const DECLINED: &[&str] = &[
    "TRUNCATE payments, orders",
    "ALTER TABLE orders ALTER COLUMN total_cents SET STATISTICS 500",
    "CREATE STATISTICS orders_stats ON customer_id, status FROM orders",
];

fn two_sessions() -> (Server, BackendId, BackendId) {
    let mut server = shop(ServerConfig::default());
    let sessions = [(); 2].map(|()| login(&mut server, SimTime::ZERO, "owner"));
    (server, sessions[0], sessions[1])
}

/// The lock that a session waits for: mode and table.
fn awaited(server: &Server, session: BackendId) -> Option<(String, String)> {
    let entry = server.lock_entries().into_iter().find(|e| !e.granted && e.holder == session.slot)?;
    let LockTag::Relation(oid) = entry.tag else { return None };
    let table = server.catalog().tables.get(&Oid(oid)).map_or("?", |t| &t.name);
    Some((entry.mode.name().to_owned(), table.to_owned()))
}

#[test]
fn lock_table_conflicts_as_it_does_on_a_real_server() {
    let mut lines = include_str!("locking/matrix.tsv").lines();
    let modes: Vec<&str> = lines.next().expect("a heading").split('\t').skip(1).collect();
    for line in lines {
        let (requested, row) = line.split_once('\t').expect("a mode, then its row");
        for (held, mark) in modes.iter().zip(row.split('\t')) {
            let (mut server, first, second) = two_sessions();
            let (_, now) =
                psql(&mut server, SimTime::ZERO, first, &format!("BEGIN; LOCK TABLE orders IN {held} MODE"));
            let (replies, _) = psql(
                &mut server,
                now,
                second,
                &format!("BEGIN; LOCK TABLE orders IN {requested} MODE NOWAIT"),
            );
            let refused = matches!(replies.last(), Some(Reply::Error(e))
                if e.sqlstate.0 == "55P03" && e.message == "could not obtain lock on relation \"orders\"");
            assert_eq!(refused, mark == "X", "{requested} while {held} is held: {replies:?}");
        }
    }
}

#[test]
fn each_statement_asks_for_the_lock_that_a_real_server_asks_for() {
    let mut wrong = Vec::new();
    for line in include_str!("locking/statements.tsv").lines().skip(1) {
        let [locked, mode, table, statement] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("four fields: {line}")
        };
        let (mut server, first, second) = two_sessions();
        let (replies, now) = psql(&mut server, SimTime::ZERO, first, &format!("BEGIN; LOCK TABLE {locked}"));
        assert!(matches!(replies.last(), Some(Reply::Command(_))), "{replies:?}");
        server.simple_query(now, second, statement);
        run(&mut server, now + Span::from_millis(900));
        let found = awaited(&server, second);
        if DECLINED.contains(&statement) {
            let replies = server.take_replies(second);
            assert!(found.is_none() && matches!(replies[..], [Reply::Error(_)]), "{statement}: {replies:?}");
        } else if found != Some((mode.to_owned(), table.to_owned())) {
            wrong.push(format!(
                "{statement}: {mode} on {table}, here {found:?} {:?}",
                server.take_replies(second)
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn lock_table_wants_a_block_and_the_right() {
    let mut server = shop_with(ServerConfig::default(), &[("monitor", &["pg_monitor"])]);
    let owner = login(&mut server, SimTime::ZERO, "owner");
    let (replies, mut now) = psql(&mut server, SimTime::ZERO, owner, "LOCK TABLE orders");
    assert!(
        matches!(&replies[..], [Reply::Error(e)] if e.sqlstate.0 == "25P01" && e.message == "LOCK TABLE can only be used in transaction blocks")
    );
    for (role, wanted) in [("web", "LOCK TABLE"), ("monitor", "permission denied for table orders")] {
        let session = login(&mut server, now, role);
        let (replies, at) = psql(&mut server, now, session, "BEGIN; LOCK orders IN SHARE MODE");
        let told = match replies.last() {
            Some(Reply::Command(tag)) => tag.clone(),
            Some(Reply::Error(error)) => error.message.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(told, wanted, "{role}");
        now = psql(&mut server, at, session, "ROLLBACK").1;
    }
    let (replies, _) = psql(&mut server, now, owner, "BEGIN; LOCK TABLE orders IN SHARED MODE");
    assert!(
        matches!(replies.last(), Some(Reply::Error(e)) if e.message == "syntax error at or near \"SHARED\""),
        "{replies:?}"
    );
}

#[test]
fn whoever_waits_for_a_table_shows_it() {
    let (mut server, first, second) = two_sessions();
    let (_, now) = psql(&mut server, SimTime::ZERO, first, "BEGIN; LOCK TABLE orders IN ROW EXCLUSIVE MODE");
    server.simple_query(now, second, "BEGIN; LOCK TABLE orders IN SHARE MODE");
    run(&mut server, now + Span::from_secs(5));
    assert_eq!(server.backend(second).and_then(|b| b.wait), Some(WaitEvent::LockRelation));
    psql(&mut server, now + Span::from_secs(5), first, "COMMIT");
    assert_eq!(server.backend(second).and_then(|b| b.shown_wait()), Some(WaitEvent::ClientRead));
}
