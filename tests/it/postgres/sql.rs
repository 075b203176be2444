//! The SQL console: expressions against a real PostgreSQL's answers, and the queries that engineers type, whole.
//!
//! `sql/expressions.out` was written by a real PostgreSQL 18.4 (`tests/oracle/run --write` writes it again,
//! `tests/oracle/run` compares);
//! The diagnostic queries' output is our own, kept so that a change of it is seen: its columns and types were held against a
//! real server, its values are those of the fixture's sessions.

use std::fmt::Write as _;

use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::format::{self, Layout, Options};
use firedrill::postgres::query::{self, Session};
use firedrill::postgres::server::{BackendId, Reply, Server, ServerConfig};

use super::server::{login, psql, run, shop};

/// Expressions whose answer differs from PostgreSQL's, and why.
const KNOWN_DIFFERENCES: &[(&str, &str)] = &[
    (r#"'{"a": 1, "b": [1, 2]}'::json -> 'b'"#, "json values are parsed: their original spacing is lost"),
    ("(values (1))", "the parser takes a bare VALUES in parentheses for a call"),
];

fn session(server: &Server, id: BackendId, now: SimTime) -> Session<'_> {
    let backend = server.backend(id).expect("connected");
    Session { server, now, pid: backend.pid, role: "oncall", settings: server.settings_of(backend) }
}

fn quiet_server() -> (Server, BackendId, SimTime) {
    let mut server = shop(ServerConfig::default());
    let now = SimTime::ZERO + Span::from_secs(1);
    run(&mut server, now);
    let id = login(&mut server, now, "oncall");
    (server, id, now)
}

/// What psql prints with `-At -P null=NULL`, or the error's message.
fn answer(session: &Session<'_>, expression: &str) -> String {
    match query::select_text(session, &format!("select {expression}")) {
        Ok(result) => {
            let options = Options {
                layout: Layout::Unaligned,
                tuples_only: true,
                null: "NULL".to_owned(),
                ..Options::default()
            };
            format::print(&result, &options).trim_end_matches('\n').replace('\n', "\\n")
        }
        Err(error) => format!("ERROR:  {}", error.message),
    }
}

#[test]
fn expressions_give_what_a_real_postgresql_gives() {
    let (server, id, now) = quiet_server();
    let session = session(&server, id, now);
    let mut differences = String::new();
    let mut count = 0;
    for line in include_str!("sql/expressions.out").lines() {
        let (expression, expected) = line.split_once('\t').expect("expression, tab, answer");
        count += 1;
        let given = answer(&session, expression);
        let known = KNOWN_DIFFERENCES.iter().any(|(known, _)| *known == expression);
        if (given == expected) == known {
            let _ = writeln!(differences, "{expression}\n  PostgreSQL: {expected}\n  here:       {given}");
        }
    }
    assert!(count >= 300, "only {count} expressions");
    assert!(differences.is_empty(), "{differences}");
}

/// The queries of `sql/queries.sql`: title and text.
fn queries() -> Vec<(String, String)> {
    let mut list: Vec<(String, String)> = Vec::new();
    for line in include_str!("sql/queries.sql").lines() {
        match (line.strip_prefix("-- "), list.last_mut()) {
            (Some(title), _) => list.push((title.to_owned(), String::new())),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => panic!("a query before the first title"),
        }
    }
    list.into_iter().map(|(title, text)| (title, text.trim().trim_end_matches(';').to_owned())).collect()
}

/// A server in the middle of an incident: a migration holds a table in an open transaction, two sessions wait for it, an index
/// is built and a table vacuumed, a report sleeps in a transaction, and the shop has been at work.
fn busy_server() -> (Server, BackendId, SimTime) {
    let mut server = shop(ServerConfig::default());
    let mut now = SimTime::ZERO + Span::from_secs(1);
    run(&mut server, now);
    let web = login(&mut server, now, "web");
    for id in 1..=40 {
        for statement in [
            format!("SELECT name, price_cents FROM products WHERE id = {}", id * 97),
            format!("SELECT id, total_cents FROM orders WHERE customer_id = {}", id * 31),
            format!("UPDATE carts SET updated_at = now() WHERE id = {}", id * 13),
            "SELECT count(*) FROM warehouses".to_owned(),
        ] {
            now = psql(&mut server, now, web, &statement).1;
        }
    }
    let report = login(&mut server, now, "web");
    now = psql(&mut server, now, report, "BEGIN; SELECT count(*) FROM categories").1;
    let builder = login(&mut server, now, "owner");
    server.simple_query(
        now,
        builder,
        "CREATE INDEX CONCURRENTLY sessions_last_seen_idx ON sessions (last_seen_at)",
    );
    let migration = login(&mut server, now, "owner");
    now = psql(&mut server, now, migration, "BEGIN; ALTER TABLE orders ADD COLUMN gift_note text").1;
    now += Span::from_secs(2);
    run(&mut server, now);
    for _ in 0..2 {
        let waiting = login(&mut server, now, "web");
        server.simple_query(now, waiting, "SELECT count(*) FROM orders WHERE customer_id = 42");
    }
    let sleeper = login(&mut server, now, "web");
    server.simple_query(now, sleeper, "SELECT pg_sleep(600)");
    now += Span::from_secs(8);
    run(&mut server, now);
    let cleaner = login(&mut server, now, "owner");
    server.simple_query(now, cleaner, "VACUUM events");
    now += Span::from_millis(250);
    run(&mut server, now);
    let id = login(&mut server, now, "oncall");
    (server, id, now)
}

#[test]
fn diagnostic_queries_print_what_engineers_expect() {
    let (server, id, now) = busy_server();
    let session = session(&server, id, now);
    let list = queries();
    assert!(list.len() >= 120, "only {} queries", list.len());
    let mut printed = String::new();
    for (title, sql) in &list {
        let text = match query::select_text(&session, sql) {
            Ok(result) => format::print(&result, &Options::default()),
            Err(error) => format!("{}\n", error.report(sql)),
        };
        let _ = write!(printed, "-- {title}\n{text}");
    }
    assert!(
        !printed.contains("ERROR:"),
        "{}",
        printed.split("-- ").find(|part| part.contains("ERROR:")).unwrap()
    );
    insta::assert_snapshot!("diagnostic_queries", printed);
}

#[test]
fn errors_are_worded_as_postgresql_words_them() {
    let (server, id, now) = quiet_server();
    let session = session(&server, id, now);
    let report = |sql: &str| query::select_text(&session, sql).expect_err(sql).report(sql);
    assert_eq!(
        report("SELECT relnam FROM pg_class"),
        "ERROR:  column \"relnam\" does not exist\nLINE 1: SELECT relnam FROM pg_class\n               ^\n\
         HINT:  Perhaps you meant to reference the column \"pg_class.relname\" or the column \"pg_class.relam\".\n"
    );
    assert_eq!(
        report("SELECT 1\nFROM no_such_table"),
        "ERROR:  relation \"no_such_table\" does not exist\nLINE 2: FROM no_such_table\n             ^\n"
    );
    assert_eq!(report("SELECT * FROM orders"), "ERROR:  permission denied for table orders\n");
    assert_eq!(
        report("SELECT relname, count(*) FROM pg_class"),
        "ERROR:  column \"pg_class.relname\" must appear in the GROUP BY clause or be used in an aggregate function\n\
         LINE 1: SELECT relname, count(*) FROM pg_class\n               ^\n"
    );
    assert_eq!(
        report("SELECT pid + 'now'::timestamptz FROM pg_stat_activity"),
        "ERROR:  operator does not exist: integer + timestamp with time zone\n\
         LINE 1: SELECT pid + 'now'::timestamptz FROM pg_stat_activity\n                   ^\n\
         HINT:  No operator matches the given name and argument types. You might need to add explicit type casts.\n"
    );
}

#[test]
fn whoever_is_on_call_may_change_indexes_and_nothing_else() {
    let (mut server, id, mut now) = quiet_server();
    let mut check = |sql: &str, expected: &str| {
        let (replies, at) = psql(&mut server, now, id, sql);
        now = at;
        let told = replies.iter().find_map(|reply| match reply {
            Reply::Error(error) => Some(error.message.clone()),
            Reply::Command(tag) => Some(tag.clone()),
            _ => None,
        });
        assert_eq!(told.as_deref(), Some(expected), "{sql}");
    };
    check("SELECT * FROM orders", "permission denied for table orders");
    check("INSERT INTO orders (id) VALUES (1)", "permission denied for table orders");
    check("ALTER TABLE orders ADD COLUMN x int", "must be owner of table orders");
    check("ALTER TABLE IF EXISTS ONLY public.orders DROP COLUMN status", "must be owner of table orders");
    check("DROP TABLE IF EXISTS orders", "must be owner of table orders");
    check("TRUNCATE TABLE orders", "permission denied for table orders");
    check("COMMENT ON TABLE orders IS 'x'", "must be owner of table orders");
    check("COMMENT ON COLUMN orders.status IS 'x'", "must be owner of table orders");
    check("CREATE TABLE x (a int)", "permission denied for schema public");
    check("CREATE VIEW v AS SELECT 1", "permission denied for schema public");
    check("CREATE ROLE z", "permission denied to create role");
    check("CREATE EXTENSION pgstattuple", "permission denied to create extension \"pgstattuple\"");
    check("GRANT SELECT ON orders TO web", "permission denied for table orders");
    check("COPY orders TO STDOUT", "permission denied for table orders");
    check("DROP DATABASE shop", "must be owner of database shop");
    check("ALTER SYSTEM SET work_mem = '1GB'", "permission denied to set parameter \"work_mem\"");
    check("SET ROLE owner", "permission denied to set role \"owner\"");
    check("CHECKPOINT", "permission denied to execute CHECKPOINT command");
    check(
        "SET shared_buffers = '1GB'",
        "parameter \"shared_buffers\" cannot be changed without restarting the server",
    );
    check("SET application_name = 'oncall'", "SET");
    check("SET my.variable = 'x'", "SET");
    check("ALTER TABLE nosuch ADD COLUMN x int", "relation \"nosuch\" does not exist");
    check("CREATE INDEX warehouses_code_idx ON warehouses (code)", "CREATE INDEX");
    check("DROP INDEX warehouses_code_idx", "DROP INDEX");
}

#[test]
fn errors_quote_the_part_of_a_long_line_where_they_are() {
    let (server, id, now) = quiet_server();
    let session = session(&server, id, now);
    let sql = "SELECT pid, usename, application_name, client_addr, backend_start, xact_start, waiting, state, query FROM pg_stat_activity";
    assert_eq!(
        query::select_text(&session, sql).expect_err("no such column").report(sql),
        "ERROR:  column \"waiting\" does not exist\n\
         LINE 1: ...ion_name, client_addr, backend_start, xact_start, waiting, s...\n\
         \u{20}                                                            ^\n"
    );
}

#[test]
fn cancelling_a_backend_is_an_effect_for_the_server() {
    let (server, id, now) = busy_server();
    let session = session(&server, id, now);
    let sql = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'web' AND query LIKE '%pg_sleep%'";
    let result = query::select_text(&session, sql).expect("may signal");
    assert_eq!(result.rows, [[Some("t".to_owned())]]);
    assert!(matches!(result.effects.as_slice(), [query::Effect::Cancel(_)]), "{:?}", result.effects);
}

#[test]
fn a_query_without_end_is_stopped_by_a_limit() {
    let (server, id, now) = quiet_server();
    let session = session(&server, id, now);
    let sql = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t";
    let error = query::select_text(&session, sql).expect_err("has no end");
    assert_eq!(error.sqlstate.0, "53400");
}

#[test]
fn expanded_output_is_psqls() {
    let (server, id, now) = quiet_server();
    let session = session(&server, id, now);
    let result = query::select_text(&session, "SELECT 1 AS a, 'x' AS \"long name\", E'two\\nlines' AS c")
        .expect("answers");
    let options = Options { expanded: true, ..Options::default() };
    assert_eq!(
        format::print(&result, &options),
        "-[ RECORD 1 ]----\na         | 1\nlong name | x\nc         | two  +\n          | lines\n\n"
    );
}
