//! PREPARE, EXECUTE, DEALLOCATE and cursors. Texts, tags and errors are those that a PostgreSQL 15 gave to the same lines.

use super::server::{login, psql, run, seconds, shop};
use firedrill::kernel::SimTime;
use firedrill::postgres::format::{self, Layout, Options};
use firedrill::postgres::server::{BackendId, Reply, Server, ServerConfig};

struct Console {
    server: Server,
    session: BackendId,
    now: SimTime,
}

impl Console {
    fn of(role: &str) -> Console {
        let mut server = shop(ServerConfig::default());
        run(&mut server, seconds(1.0));
        let session = login(&mut server, seconds(1.0), role);
        Console { server, session, now: seconds(1.0) }
    }

    /// What `psql -At` prints.
    fn says(&mut self, text: &str) -> String {
        let (replies, now) = psql(&mut self.server, self.now, self.session, text);
        self.now = now;
        let options = Options { layout: Layout::Unaligned, tuples_only: true, ..Options::default() };
        let lines = replies.iter().map(|reply| match reply {
            Reply::Rows(result) => format::print(result, &options).trim_end().to_owned(),
            Reply::Command(tag) => tag.clone(),
            Reply::Error(error) => error.to_string(),
            Reply::Notice { severity, message, .. } => format!("{severity}:  {message}"),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Each line typed, and what is printed.
    fn check(&mut self, lines: &[(&str, &str)]) {
        for (line, expected) in lines {
            assert_eq!(self.says(line), *expected, "{line}");
        }
    }
}

#[test]
fn statements_are_prepared_executed_and_deallocated() {
    Console::of("oncall").check(&[
        ("PREPARE q(bigint) AS SELECT $1 + 1", "PREPARE"),
        ("PREPARE q AS SELECT 1", "ERROR:  prepared statement \"q\" already exists"),
        ("EXECUTE q(41)", "42"),
        ("EXECUTE nope", "ERROR:  prepared statement \"nope\" does not exist"),
        (
            "EXECUTE q",
            "ERROR:  wrong number of parameters for prepared statement \"q\"\nDETAIL:  Expected 1 parameters but got 0.",
        ),
        (
            "EXECUTE q(1, 2)",
            "ERROR:  wrong number of parameters for prepared statement \"q\"\nDETAIL:  Expected 1 parameters but got 2.",
        ),
        ("PREPARE f AS SELECT * FROM nosuch", "ERROR:  relation \"nosuch\" does not exist"),
        (
            "PREPARE g AS SELECT oid FROM pg_class WHERE oid = $2",
            "ERROR:  could not determine data type of parameter $1",
        ),
        ("PREPARE z2 AS CREATE TABLE a()", "ERROR:  syntax error at or near \"CREATE\""),
        (
            "PREPARE TRANSACTION 'x'",
            "ERROR:  prepared transactions are disabled\nHINT:  Set \"max_prepared_transactions\" to a nonzero value.",
        ),
        ("DEALLOCATE q", "DEALLOCATE"),
        ("DEALLOCATE q", "ERROR:  prepared statement \"q\" does not exist"),
        ("PREPARE s AS SELECT 'costs $1', $1::text", "PREPARE"),
        ("EXECUTE s('it''s')", "costs $1|it's"),
        ("DEALLOCATE ALL", "DEALLOCATE ALL"),
        ("SELECT count(*) FROM pg_prepared_statements", "0"),
    ]);
}

#[test]
fn the_sixth_execution_is_planned_for_any_values_where_that_is_no_dearer() {
    let mut console = Console::of("oncall");
    let prepare = "PREPARE o(bigint) AS SELECT id FROM orders WHERE customer_id = $1";
    console.check(&[(prepare, "PREPARE")]);
    let explain = "EXPLAIN (COSTS OFF) EXECUTE o(5)";
    let own =
        "Index Scan using orders_customer_created_idx on orders\n  Index Cond: (customer_id = '5'::bigint)";
    for _ in 0..5 {
        console.check(&[(explain, own)]);
    }
    let any = "Index Scan using orders_customer_created_idx on orders\n  Index Cond: (customer_id = $1)";
    console.check(&[
        (explain, any),
        (
            "SELECT name, statement, parameter_types, from_sql, generic_plans, custom_plans FROM pg_prepared_statements",
            "o|PREPARE o(bigint) AS SELECT id FROM orders WHERE customer_id = $1;|{bigint}|t|1|5",
        ),
        ("SET plan_cache_mode = force_custom_plan", "SET"),
        (explain, own),
        ("SET plan_cache_mode = force_generic_plan", "SET"),
        (explain, any),
        ("EXECUTE o(5)", "ERROR:  permission denied for table orders"),
        ("EXPLAIN EXECUTE nope", "ERROR:  prepared statement \"nope\" does not exist"),
        ("DISCARD ALL", "DISCARD ALL"),
        ("EXPLAIN EXECUTE o(5)", "ERROR:  prepared statement \"o\" does not exist"),
    ]);
}

#[test]
fn a_plan_for_rare_values_stays_where_a_plan_for_any_would_be_dearer() {
    let mut console = Console::of("oncall");
    console.check(&[("PREPARE s(text) AS SELECT id FROM orders WHERE status = $1", "PREPARE")]);
    for _ in 0..8 {
        let plan = console.says("EXPLAIN (COSTS OFF) EXECUTE s('pending')");
        assert!(plan.contains("orders_pending_idx"), "{plan}");
    }
    console.check(&[("SELECT generic_plans, custom_plans FROM pg_prepared_statements", "0|8")]);
}

#[test]
fn cursors_go_forward_and_back() {
    Console::of("oncall").check(&[
        (
            "DECLARE c CURSOR FOR SELECT 1",
            "ERROR:  DECLARE CURSOR can only be used in transaction blocks",
        ),
        ("BEGIN", "BEGIN"),
        ("DECLARE c SCROLL CURSOR FOR SELECT g FROM generate_series(1, 5) g", "DECLARE CURSOR"),
        ("FETCH 2 FROM c", "1\n2"),
        ("FETCH PRIOR c", "1"),
        ("FETCH LAST IN c", "5"),
        ("FETCH NEXT c", ""),
        ("FETCH ABSOLUTE 2 c", "2"),
        ("FETCH RELATIVE 1 c", "3"),
        ("FETCH BACKWARD ALL c", "2\n1"),
        ("MOVE 3 c", "MOVE 3"),
        ("FETCH 0 c", "3"),
        ("MOVE ALL c", "MOVE 2"),
        ("FETCH BACKWARD 2 c", "5\n4"),
        ("CLOSE c", "CLOSE CURSOR"),
        ("CLOSE c", "ERROR:  cursor \"c\" does not exist"),
        ("ROLLBACK", "ROLLBACK"),
        ("BEGIN", "BEGIN"),
        ("DECLARE c CURSOR FOR SELECT g FROM generate_series(1, 5) g", "DECLARE CURSOR"),
        ("FETCH c", "1"),
        ("FETCH 2 c", "2\n3"),
        (
            "FETCH BACKWARD 1 c",
            "ERROR:  cursor can only scan forward\nHINT:  Declare it with SCROLL option to enable backward scan.",
        ),
        ("ROLLBACK", "ROLLBACK"),
        ("FETCH c", "ERROR:  cursor \"c\" does not exist"),
        ("DECLARE x CURSOR WITH HOLD FOR SELECT 1", "DECLARE CURSOR"),
        (
            "SELECT name, statement, is_holdable, is_scrollable FROM pg_cursors",
            "x|DECLARE x CURSOR WITH HOLD FOR SELECT 1;|t|f",
        ),
        ("FETCH ALL x", "1"),
        ("CLOSE ALL", "CLOSE CURSOR ALL"),
        ("FETCH foo bar baz", "ERROR:  syntax error at or near \"bar\""),
    ]);
}

#[test]
fn an_open_cursor_keeps_its_snapshot_and_does_its_work_piece_by_piece() {
    let mut console = Console::of("owner");
    console.check(&[
        ("BEGIN", "BEGIN"),
        ("DECLARE c CURSOR FOR SELECT id FROM products", "DECLARE CURSOR"),
        ("FETCH 1000 c", "FETCH 1000"),
        ("SELECT backend_xmin IS NOT NULL FROM pg_stat_activity WHERE pid = pg_backend_pid()", "t"),
    ]);
    let before = console.now;
    console.check(&[("FETCH 10 c", "FETCH 10")]);
    let few = console.now - before;
    let before = console.now;
    console.check(&[("FETCH 100000 c", "FETCH 100000")]);
    let many = console.now - before;
    assert!(many.as_secs_f64() > 20.0 * few.as_secs_f64(), "{few:?} for ten rows, {many:?} for many");
    console.check(&[("COMMIT", "COMMIT"), ("FETCH c", "ERROR:  cursor \"c\" does not exist")]);
}

#[test]
fn explain_tells_of_memory_and_of_turning_rows_into_messages() {
    let mut console = Console::of("oncall");
    let plan = console.says("EXPLAIN (MEMORY, COSTS OFF) SELECT id FROM orders WHERE customer_id = 5");
    let lines: Vec<&str> = plan.lines().collect();
    assert_eq!(lines[lines.len() - 2], "Planning:", "{plan}");
    let memory = lines[lines.len() - 1];
    assert!(memory.starts_with("  Memory: used=") && memory.contains("kB  allocated="), "{plan}");

    console.check(&[
        (
            "EXPLAIN (SERIALIZE) SELECT id FROM orders WHERE customer_id = 5",
            "ERROR:  EXPLAIN option SERIALIZE requires ANALYZE",
        ),
        (
            "EXPLAIN (ANALYZE, SERIALIZE xml) SELECT id FROM orders WHERE customer_id = 5",
            "ERROR:  unrecognized value for EXPLAIN option \"serialize\": \"xml\"",
        ),
    ]);
    let plan = console.says("EXPLAIN (ANALYZE, SERIALIZE) SELECT id FROM products WHERE category_id = 77");
    let told: Vec<&str> = plan.lines().rev().take(3).collect();
    assert!(told[0].starts_with("Execution Time: "), "{plan}");
    assert!(told[1].starts_with("Serialization: time=") && told[1].ends_with("kB  format=text"), "{plan}");
    assert!(told[2].starts_with("Planning Time: "), "{plan}");
    let document = console
        .says("EXPLAIN (ANALYZE, SERIALIZE binary, TIMING off, FORMAT json) SELECT id FROM products WHERE category_id = 77");
    assert!(document.contains("\"Format\": \"binary\"") && !document.contains("\"Time\""), "{document}");
}

#[test]
fn functions_are_defined_as_postgresql_defines_them() {
    let definition = |function: &str| format!("SELECT pg_get_functiondef('{function}'::regprocedure)");
    Console::of("oncall").check(&[
        (
            &definition("now()")[..],
            "CREATE OR REPLACE FUNCTION pg_catalog.now()\n RETURNS timestamp with time zone\n LANGUAGE internal\n STABLE PARALLEL SAFE STRICT\nAS $function$now$function$",
        ),
        (
            &definition("generate_series(integer,integer)"),
            "CREATE OR REPLACE FUNCTION pg_catalog.generate_series(integer, integer)\n RETURNS SETOF integer\n LANGUAGE internal\n IMMUTABLE PARALLEL SAFE STRICT SUPPORT generate_series_int4_support\nAS $function$generate_series_int4$function$",
        ),
        (
            &definition("lpad(text,integer)"),
            "CREATE OR REPLACE FUNCTION pg_catalog.lpad(text, integer)\n RETURNS text\n LANGUAGE sql\n IMMUTABLE PARALLEL SAFE STRICT COST 1\nRETURN lpad($1, $2, ' '::text)",
        ),
        (&definition("sum(integer)"), "ERROR:  \"sum\" is an aggregate function"),
    ]);
}

#[test]
fn a_window_that_stops_early_says_what_it_kept_and_let_through() {
    let mut console = Console::of("oncall");
    let explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ";
    let newest = "SELECT * FROM (SELECT id, row_number() OVER (ORDER BY created_at DESC) AS n FROM orders WHERE customer_id = 5) x WHERE n <= 3";
    let plan = console.says(&format!("{explain}{newest}"));
    let lines: Vec<&str> = plan.lines().map(str::trim).collect();
    assert!(lines[0].starts_with("Subquery Scan on x (actual rows=3.00 loops=1)"), "{plan}");
    assert!(lines[1].ends_with("WindowAgg (actual rows=3.00 loops=1)"), "{plan}");
    assert_eq!(lines[2], "Window: w1 AS (ORDER BY orders.created_at ROWS UNBOUNDED PRECEDING)");
    assert_eq!(lines[3], "Run Condition: (row_number() OVER w1 <= 3)");
    assert_eq!(lines[4], "Storage: Memory  Maximum Storage: 17kB");
    assert!(
        lines[5].starts_with("->  Index Scan") && lines[5].ends_with("(actual rows=4.00 loops=1)"),
        "{plan}"
    );
}
