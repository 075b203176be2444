//! Rows that two sessions want: waiting, giving up, deadlocks, savepoints. What psql prints follows a real PostgreSQL 18.4.

use super::server::{login, psql, run, shop};
use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::query::{self, Session};
use firedrill::postgres::server::{BackendId, LogEvent, Outcome, Reply, Server, ServerConfig, WaitEvent};

/// A server and as many sessions of the application.
struct Stage {
    server: Server,
    sessions: Vec<BackendId>,
    now: SimTime,
}

fn stage(sessions: usize, parameters: &[(&str, &str)]) -> Stage {
    let parameters = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let mut server = shop(ServerConfig { parameters, ..ServerConfig::default() });
    let sessions = (0..sessions).map(|_| login(&mut server, SimTime::ZERO, "web")).collect();
    Stage { server, sessions, now: SimTime::ZERO }
}

impl Stage {
    /// Runs SQL to its end; the last reply's text.
    fn ask(&mut self, session: usize, sql: &str) -> String {
        let (replies, now) = psql(&mut self.server, self.now, self.sessions[session], sql);
        self.now = now;
        told(&replies)
    }

    /// Types SQL, and lets this much time pass.
    fn begin(&mut self, session: usize, sql: &str, pass: Span) {
        self.server.simple_query(self.now, self.sessions[session], sql);
        self.pass(pass);
    }

    fn pass(&mut self, span: Span) {
        self.now += span;
        run(&mut self.server, self.now);
    }

    fn wait_of(&self, session: usize) -> Option<WaitEvent> {
        self.server.backend(self.sessions[session]).and_then(|b| b.shown_wait())
    }

    fn answered(&mut self, session: usize) -> String {
        told(&self.server.take_replies(self.sessions[session]))
    }

    fn pid(&self, session: usize) -> u32 {
        self.server.backend(self.sessions[session]).map_or(0, |b| b.pid)
    }

    /// A query's rows as psql prints them unaligned.
    fn look(&self, sql: &str) -> Vec<String> {
        let backend = self.server.backend(self.sessions[0]).expect("connected");
        let settings = self.server.settings_of(backend);
        let session =
            Session { server: &self.server, now: self.now, pid: backend.pid, role: "postgres", settings };
        let result = query::select_text(&session, sql).expect(sql);
        let cell = |cell: &Option<String>| cell.clone().unwrap_or_default();
        result.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|")).collect()
    }
}

fn told(replies: &[Reply]) -> String {
    match replies.last() {
        Some(Reply::Command(tag)) => tag.clone(),
        Some(Reply::Error(error)) => error.message.clone(),
        other => format!("{other:?}"),
    }
}

const UPDATE_1: &str = "UPDATE orders SET status = 'paid' WHERE id = 1";
const UPDATE_2: &str = "UPDATE orders SET status = 'paid' WHERE id = 2";
const SECOND: Span = Span::from_secs(1);

#[test]
fn a_row_is_waited_for_until_its_transaction_ends() {
    for end in ["COMMIT", "ROLLBACK"] {
        let mut stage = stage(3, &[]);
        assert_eq!(stage.ask(0, &format!("BEGIN; {UPDATE_1}")), "UPDATE 1");
        assert_eq!(stage.ask(1, UPDATE_2), "UPDATE 1", "another row is free");
        stage.begin(1, UPDATE_1, SECOND);
        stage.begin(2, "SELECT id FROM orders WHERE id = 1 FOR UPDATE", SECOND);
        assert_eq!(stage.wait_of(1), Some(WaitEvent::LockTransaction));
        assert_eq!(stage.wait_of(2), Some(WaitEvent::LockTuple), "who comes later waits for its turn");
        let events = stage.look(
            "SELECT wait_event_type, wait_event FROM pg_stat_activity WHERE wait_event_type = 'Lock' ORDER BY wait_event",
        );
        assert_eq!(events, ["Lock|transactionid", "Lock|tuple"]);
        let locks = stage.look(
            "SELECT locktype, mode, granted FROM pg_locks WHERE locktype IN ('tuple', 'transactionid') AND \
             (NOT granted OR locktype = 'tuple') ORDER BY locktype, granted",
        );
        assert_eq!(
            locks,
            ["transactionid|ShareLock|f", "tuple|AccessExclusiveLock|f", "tuple|ExclusiveLock|t"]
        );
        let blocked = stage.look(&format!(
            "SELECT pg_blocking_pids({}), pg_blocking_pids({})",
            stage.pid(1),
            stage.pid(2)
        ));
        assert_eq!(blocked, [format!("{{{}}}|{{{}}}", stage.pid(0), stage.pid(1))]);
        assert_eq!(stage.ask(0, end), end);
        stage.pass(SECOND);
        assert_eq!(stage.answered(1), "UPDATE 1", "after {end}");
        assert_eq!(stage.answered(2), "SELECT 1");
        assert_eq!(stage.look("SELECT count(*) FROM pg_locks WHERE locktype = 'tuple'"), ["0"]);
    }
}

#[test]
fn strengths_conflict_as_the_manual_says() {
    let strengths = ["FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"];
    // Rows: requested; columns: held. The manual's table 13.3.
    let conflicts = ["...X", "..XX", ".XXX", "XXXX"];
    for (requested, row) in strengths.iter().zip(conflicts) {
        for (held, mark) in strengths.iter().zip(row.chars()) {
            let mut stage = stage(2, &[]);
            stage.ask(0, &format!("BEGIN; SELECT id FROM orders WHERE id = 7 {held}"));
            let told = stage.ask(1, &format!("SELECT id FROM orders WHERE id = 7 {requested} NOWAIT"));
            let wanted =
                if mark == 'X' { "could not obtain lock on row in relation \"orders\"" } else { "SELECT 1" };
            assert_eq!(told, wanted, "{requested} while {held} is held");
        }
    }
}

#[test]
fn who_locks_no_row_of_yours_is_not_waited_for() {
    for (first, second, waits) in [
        (
            "UPDATE orders SET status = 'paid' WHERE id = 1",
            "UPDATE orders SET status = 'paid' WHERE id IN (5, 1)",
            true,
        ),
        ("UPDATE orders SET status = 'paid' WHERE id IN (1, 2)", "DELETE FROM orders WHERE id = 2", true),
        (
            "UPDATE orders SET status = 'paid' WHERE id = 1",
            "UPDATE payments SET status = 'x' WHERE id = 1",
            false,
        ),
        ("UPDATE orders SET status = 'paid'", "UPDATE orders SET status = 'paid' WHERE id = 9", true),
        ("UPDATE orders SET status = 'paid' WHERE id = 1", "SELECT id FROM orders WHERE id = 1", false),
        (
            "UPDATE orders SET status = 'paid' WHERE id = 1",
            "SELECT id FROM orders WHERE id = 1 FOR KEY SHARE",
            false,
        ),
        ("DELETE FROM orders WHERE id = 1", "SELECT id FROM orders WHERE id = 1 FOR KEY SHARE", true),
        ("UPDATE orders SET id = 3 WHERE id = 1", "SELECT id FROM orders WHERE id = 1 FOR KEY SHARE", true),
    ] {
        let mut stage = stage(2, &[]);
        stage.ask(0, &format!("BEGIN; {first}"));
        stage.begin(1, second, Span::from_millis(900));
        let blocked = stage.look(&format!("SELECT cardinality(pg_blocking_pids({}))", stage.pid(1)));
        assert_eq!(blocked, [if waits { "1" } else { "0" }], "{first}; {second}");
    }
}

#[test]
fn skip_locked_passes_over_what_others_hold() {
    let mut stage = stage(2, &[]);
    stage.ask(0, "BEGIN; SELECT id FROM orders WHERE id IN (1, 2) FOR UPDATE");
    assert_eq!(
        stage.ask(1, "SELECT id FROM orders WHERE id IN (1, 2, 3) FOR UPDATE SKIP LOCKED"),
        "SELECT 1"
    );
    let queue =
        "SELECT id FROM orders WHERE status = 'pending' ORDER BY created_at LIMIT 10 FOR UPDATE SKIP LOCKED";
    assert_eq!(stage.ask(0, queue), "SELECT 10");
    assert_eq!(stage.ask(1, queue), "SELECT 10", "other rows of the queue");
}

#[test]
fn lock_timeout_ends_the_wait_for_a_row() {
    let mut stage = stage(2, &[("lock_timeout", "3s")]);
    stage.ask(0, &format!("BEGIN; {UPDATE_1}"));
    let before = stage.now;
    assert_eq!(stage.ask(1, UPDATE_1), "canceling statement due to lock timeout");
    let waited = (stage.now - before).as_secs_f64();
    assert!((3.0..3.1).contains(&waited), "{waited} s");
    assert_eq!(stage.ask(0, "COMMIT"), "COMMIT");
    assert_eq!(stage.ask(1, UPDATE_1), "UPDATE 1");
}

#[test]
fn a_deadlock_ends_one_and_says_who_waited_for_whom() {
    let mut stage = stage(2, &[("log_lock_waits", "on")]);
    stage.ask(0, &format!("BEGIN; {UPDATE_1}"));
    stage.ask(1, &format!("BEGIN; {UPDATE_2}"));
    stage.begin(0, UPDATE_2, Span::from_millis(200));
    // Before one of them fails, and gives its id up.
    let query = "SELECT backend_xid FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY pid";
    let xids = stage.look(query);
    stage.begin(1, UPDATE_1, Span::from_millis(2_500));
    assert_eq!(stage.look(query).len(), 1, "the loser has none any more");
    let replies = stage.server.take_replies(stage.sessions[0]);
    let other = stage.server.take_replies(stage.sessions[1]);
    let (loser, replies) =
        if matches!(replies.last(), Some(Reply::Error(_))) { (0, replies) } else { (1, other) };
    let Some(Reply::Error(error)) = replies.last() else { panic!("nobody lost: {replies:?}") };
    let (mine, its) = (stage.pid(loser), stage.pid(1 - loser));
    assert_eq!((error.sqlstate.0, error.message.as_str()), ("40P01", "deadlock detected"));
    assert_eq!(error.hint.as_deref(), Some("See server log for query details."));
    let detail = error.detail.clone().expect("it says who waited");
    assert_eq!(
        detail,
        format!(
            "Process {mine} waits for ShareLock on transaction {}; blocked by process {its}.\n\
             Process {its} waits for ShareLock on transaction {}; blocked by process {mine}.",
            xids[1 - loser],
            xids[loser]
        )
    );
    let logged: Vec<_> = stage.server.log().iter().collect();
    let message = |text: &str| logged.iter().any(|e| e.message(&|_| "").contains(text));
    assert!(message(&format!("process {mine} detected deadlock while waiting for ShareLock on transaction")));
    let entry = logged
        .iter()
        .find(|e| matches!(&e.event, LogEvent::Error { sqlstate: "40P01", .. }))
        .expect("it is in the log");
    let queries = [UPDATE_2, UPDATE_1];
    let wanted =
        format!("{detail}\nProcess {mine}: {}\nProcess {its}: {}", queries[loser], queries[1 - loser]);
    assert_eq!(entry.detail().as_deref(), Some(wanted.as_str()));
    assert_eq!(stage.ask(loser, "COMMIT"), "ROLLBACK");
    assert_eq!(stage.ask(1 - loser, "COMMIT"), "COMMIT", "the other went on");
    assert_eq!(stage.server.counters().database.deadlocks, 1);
}

#[test]
fn an_update_of_every_row_holds_up_the_workload_and_a_single_row_does_not() {
    for (console, waits) in [("UPDATE orders SET status = 'paid'", true), (UPDATE_1, false)] {
        let mut stage = stage(2, &[("statement_timeout", "0")]);
        let query = stage
            .server
            .register("UPDATE orders SET status = 'shipped' WHERE id = $1", &["4711"])
            .expect("plans");
        let session = stage.sessions[0];
        stage.server.simple_query(stage.now, session, &format!("BEGIN; {console}"));
        while stage.server.is_busy(session) {
            stage.pass(SECOND);
        }
        let writer = stage.sessions[1];
        stage.server.execute(stage.now, writer, query, 5);
        stage.now += SECOND;
        let done = run(&mut stage.server, stage.now);
        assert_eq!(done.is_empty(), waits, "{console}");
        if waits {
            assert_eq!(stage.wait_of(1), Some(WaitEvent::LockTransaction));
            stage.server.simple_query(stage.now, session, "ROLLBACK");
            let done = run(&mut stage.server, stage.now + SECOND);
            assert_eq!(
                done.iter().map(|c| (c.tag, c.outcome)).collect::<Vec<_>>(),
                [(5, Outcome::Done { rows: 1 })]
            );
            assert!(done[0].lock_wait > Span::from_millis(900));
        }
    }
}

#[test]
fn savepoints_take_back_locks_and_errors() {
    let mut stage = stage(2, &[]);
    assert_eq!(stage.ask(0, "SAVEPOINT a"), "SAVEPOINT can only be used in transaction blocks");
    assert_eq!(stage.ask(0, "ROLLBACK TO a"), "ROLLBACK TO SAVEPOINT can only be used in transaction blocks");
    assert_eq!(stage.ask(0, "RELEASE a"), "RELEASE SAVEPOINT can only be used in transaction blocks");
    stage.ask(0, &format!("BEGIN; {UPDATE_1}"));
    assert_eq!(stage.ask(0, "SAVEPOINT a"), "SAVEPOINT");
    assert_eq!(stage.ask(0, UPDATE_2), "UPDATE 1");
    assert_eq!(stage.ask(0, "SELECT no_such_column FROM orders"), "column \"no_such_column\" does not exist");
    assert_eq!(
        stage.ask(0, "SELECT 1"),
        "current transaction is aborted, commands ignored until end of transaction block"
    );
    assert_eq!(stage.ask(1, UPDATE_2), "UPDATE 1", "what came after the savepoint is free");
    stage.begin(1, UPDATE_1, SECOND);
    assert_eq!(stage.wait_of(1), Some(WaitEvent::LockTransaction), "what came before is not");
    assert_eq!(stage.ask(0, "ROLLBACK TO SAVEPOINT a"), "ROLLBACK");
    assert_eq!(stage.ask(0, UPDATE_2), "UPDATE 1", "the block goes on");
    assert_eq!(stage.ask(0, "RELEASE SAVEPOINT a"), "RELEASE");
    assert_eq!(stage.ask(0, "ROLLBACK TO a"), "savepoint \"a\" does not exist");
    assert_eq!(stage.ask(0, "COMMIT"), "ROLLBACK", "the failed ROLLBACK TO aborted the block");
    stage.pass(SECOND);
    assert_eq!(stage.answered(1), "UPDATE 1");
}

#[test]
fn ddl_in_a_block_is_undone_by_rollback() {
    let mut stage = stage(0, &[]);
    stage.sessions.push(login(&mut stage.server, SimTime::ZERO, "owner"));
    let exists = |stage: &Stage, name: &str| stage.server.catalog().index_by_name(name).is_some();
    assert_eq!(stage.ask(0, "BEGIN; DROP INDEX orders_created_at_idx"), "DROP INDEX");
    assert!(!exists(&stage, "orders_created_at_idx"), "the block itself plans without it");
    stage.ask(0, "SAVEPOINT a");
    assert_eq!(stage.ask(0, "CREATE INDEX orders_status_idx ON orders (status)"), "CREATE INDEX");
    assert!(exists(&stage, "orders_status_idx"));
    stage.ask(0, "ROLLBACK TO a");
    assert!(!exists(&stage, "orders_status_idx") && !exists(&stage, "orders_created_at_idx"));
    assert_eq!(stage.ask(0, "CREATE TABLE notes (id bigint PRIMARY KEY)"), "CREATE TABLE");
    stage.ask(0, "ROLLBACK");
    assert!(exists(&stage, "orders_created_at_idx"));
    assert!(stage.server.catalog().table_by_name("notes").is_none());
    stage.ask(0, "BEGIN; DROP INDEX orders_created_at_idx; COMMIT");
    assert!(!exists(&stage, "orders_created_at_idx"), "COMMIT keeps it");
}

#[test]
fn the_on_call_role_may_not_touch_rows() {
    let mut stage = stage(0, &[]);
    stage.sessions.push(login(&mut stage.server, SimTime::ZERO, "oncall"));
    for sql in [
        UPDATE_1,
        "DELETE FROM orders WHERE id = 1",
        "INSERT INTO orders (id) VALUES (1)",
        "SELECT id FROM orders WHERE id = 1 FOR UPDATE",
        "SELECT id FROM orders WHERE id = 1",
        "EXPLAIN ANALYZE UPDATE orders SET status = 'paid' WHERE id = 1",
    ] {
        assert_eq!(stage.ask(0, sql), "permission denied for table orders", "{sql}");
    }
}
