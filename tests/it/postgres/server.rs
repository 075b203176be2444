//! A running server: sharing, limits, time-outs, sessions.

use firedrill::kernel::{Calendar, SimTime, Span};
use firedrill::postgres::Catalog;
use firedrill::postgres::server::{
    BackendId, BackendState, Completion, Failure, LogEvent, Login, Outcome, QueryId, Reply, RoleDefaults,
    Server, ServerConfig, WaitEvent,
};
use firedrill::postgres::work::Work;

/// The shop of the June 4 scenario.
pub(crate) fn shop(config: ServerConfig) -> Server {
    shop_with(config, &[])
}

/// The same with more roles: name, and what each is a member of.
pub(crate) fn shop_with(config: ServerConfig, roles: &[(&str, &[&str])]) -> Server {
    let mut catalog = Catalog::load(
        include_str!("../../../scenarios/june-4/schema.sql"),
        include_str!("../../../scenarios/june-4/statistics.sql"),
        Some(include_str!("../../../scenarios/june-4/sizes.tsv")),
    )
    .expect("the scenario's schema loads");
    for (role, member_of) in
        [("web", &[][..]), ("owner", &[]), ("oncall", &["pg_monitor", "pg_signal_backend", "owner"])]
    {
        catalog.add_role(role, member_of);
    }
    for (role, member_of) in roles {
        catalog.add_role(role, member_of);
    }
    catalog.owner = "owner".to_owned();
    catalog.database = "shop".to_owned();
    Server::new(config, catalog, Calendar::new(1_717_513_200), 7)
}

pub(crate) fn login(server: &mut Server, now: SimTime, role: &str) -> BackendId {
    let login = Login {
        role: role.to_owned(),
        database: "shop".to_owned(),
        application_name: format!("{role}-app"),
        client_addr: Some([10, 0, 3, 14].into()),
    };
    server.connect(now, login).expect("a slot is free")
}

/// Runs the server until `until`; answers the completions.
pub(crate) fn run(server: &mut Server, until: SimTime) -> Vec<Completion> {
    let mut done = Vec::new();
    while let Some(at) = server.next_event().filter(|at| *at <= until) {
        server.step(at, &mut done);
    }
    server.step(until, &mut done);
    done
}

/// Runs typed SQL to its end; answers the replies and the time.
pub(crate) fn psql(
    server: &mut Server,
    now: SimTime,
    session: BackendId,
    sql: &str,
) -> (Vec<Reply>, SimTime) {
    server.simple_query(now, session, sql);
    let mut at = now;
    while server.is_busy(session) {
        at = server.next_event().expect("a busy server has events");
        server.step(at, &mut Vec::new());
    }
    (server.take_replies(session), at)
}

pub(crate) fn seconds(n: f64) -> SimTime {
    SimTime::ZERO + Span::from_secs_f64(n)
}

fn cpu(milliseconds: f64) -> Work {
    Work { cpu_ns: milliseconds * 1e6, rows: 1.0, ..Work::default() }
}

fn busy(server: &mut Server, name: &str, milliseconds: f64) -> QueryId {
    server.register_work(name, cpu(milliseconds))
}

#[test]
fn a_statement_alone_takes_its_cpu_time_and_two_on_one_core_twice_as_long() {
    for (sessions, expected) in [(1, 1.0), (2, 2.0), (8, 8.0)] {
        let mut server = shop(ServerConfig { cores: 1.0, ..ServerConfig::default() });
        let query = busy(&mut server, "report", 1_000.0);
        for tag in 0..sessions {
            let session = login(&mut server, SimTime::ZERO, "web");
            server.execute(SimTime::ZERO, session, query, tag);
        }
        let done = run(&mut server, seconds(60.0));
        let mean = done.iter().map(|c| c.at.as_secs_f64()).sum::<f64>() / sessions as f64;
        // Executions differ around their mean; sharing one core, they end late and close together.
        assert!(mean > 0.35 * expected && mean < 2.0 * expected, "{sessions} sessions: {mean} s");
        let last = done.last().expect("all end").at.as_secs_f64();
        let busy = server.cpu_busy_ns(seconds(60.0)) as f64 * 1e-9;
        assert!(
            (last - busy).abs() < 0.01,
            "the core never idles: {busy} s of work, the last ended at {last} s"
        );
    }
}

#[test]
fn statement_timeout_ends_a_statement_at_its_time_and_frees_the_cpu() {
    let role_defaults = vec![RoleDefaults {
        role: "web".to_owned(),
        parameters: vec![("statement_timeout".into(), "5s".into())],
    }];
    let mut server = shop(ServerConfig { cores: 1.0, role_defaults, ..ServerConfig::default() });
    let query = busy(&mut server, "report", 60_000.0);
    for tag in 0..10 {
        let session = login(&mut server, SimTime::ZERO, "web");
        server.execute(seconds(tag as f64 * 0.1), session, query, tag);
    }
    let done = run(&mut server, seconds(30.0));
    assert_eq!(done.len(), 10);
    for (tag, completion) in done.iter().enumerate() {
        assert_eq!(completion.tag, tag as u64);
        assert_eq!(completion.outcome, Outcome::Failed(Failure::StatementTimeout));
        assert_eq!(completion.at, seconds(tag as f64 * 0.1 + 5.0));
    }
    assert_eq!(server.load().0, 0);
    assert_eq!(server.connections(), (10, 0));
    let logged = server.log().iter().filter(|e| matches!(e.event, LogEvent::Failed { .. })).count();
    assert_eq!(logged, 10);
}

#[test]
fn the_last_slots_are_for_superusers() {
    let config =
        ServerConfig { max_connections: 10, superuser_reserved_connections: 3, ..ServerConfig::default() };
    let mut server = shop(config);
    for _ in 0..7 {
        login(&mut server, SimTime::ZERO, "web");
    }
    let role = |role: &str| Login {
        role: role.to_owned(),
        database: "shop".to_owned(),
        application_name: String::new(),
        client_addr: None,
    };
    let refused = server.connect(SimTime::ZERO, role("web")).expect_err("slot 8 is reserved");
    assert_eq!(refused.sqlstate.0, "53300");
    assert_eq!(
        refused.message,
        "remaining connection slots are reserved for roles with the SUPERUSER attribute"
    );
    for _ in 0..3 {
        server.connect(SimTime::ZERO, role("postgres")).expect("superusers may");
    }
    let refused = server.connect(SimTime::ZERO, role("postgres")).expect_err("all taken");
    assert_eq!(refused.message, "sorry, too many clients already");
}

#[test]
fn cancel_ends_the_statement_and_terminate_the_session() {
    let mut server = shop(ServerConfig::default());
    let query = busy(&mut server, "report", 60_000.0);
    let (first, second) =
        (login(&mut server, SimTime::ZERO, "web"), login(&mut server, SimTime::ZERO, "web"));
    for (tag, session) in [first, second].into_iter().enumerate() {
        server.execute(SimTime::ZERO, session, query, tag as u64);
    }
    let pid = |server: &Server, id: BackendId| server.backend(id).map(|b| b.pid);
    let pids = [pid(&server, first), pid(&server, second)].map(Option::unwrap);
    assert!(server.cancel(seconds(1.0), pids[0]));
    assert!(server.terminate(seconds(2.0), pids[1]));
    assert!(!server.cancel(seconds(2.0), 1));
    let done = run(&mut server, seconds(3.0));
    let ends: Vec<Outcome> = done.iter().map(|c| c.outcome).collect();
    assert_eq!(ends, [Outcome::Failed(Failure::Cancelled), Outcome::Failed(Failure::Terminated)]);
    assert_eq!(server.backend(first).map(|b| b.state), Some(BackendState::Idle));
    assert!(server.backend(second).is_none());
    let again = login(&mut server, seconds(3.0), "web");
    assert_eq!(again.slot, second.slot, "the slot is free again");
    server.execute(seconds(3.0), second, query, 9);
    let done = run(&mut server, seconds(3.0));
    assert_eq!(
        done[0].outcome,
        Outcome::Failed(Failure::Terminated),
        "an old id does not reach the new owner"
    );
}

#[test]
fn misses_wait_for_a_disk_of_limited_operations() {
    let config = ServerConfig {
        disk_iops: 1_000.0,
        disk_latency: Span::from_millis(1),
        shared_buffers_pages: 1_000,
        os_cache_pages: 1_000,
        ..ServerConfig::default()
    };
    let mut server = shop(config);
    let orders = server.catalog().table_by_name("orders").map(|t| t.oid).unwrap();
    let pool = server.buffers().pool(orders.0).unwrap();
    let access = firedrill::postgres::work::Access {
        relation: orders,
        pool,
        spread: firedrill::postgres::buffers::Spread::Uniform,
        pages: 10.0,
        node: 0,
    };
    let query = server.register_work("lookup", Work { accesses: vec![access], ..cpu(0.01) });
    let sessions: Vec<BackendId> = (0..100).map(|_| login(&mut server, SimTime::ZERO, "web")).collect();
    for (tag, session) in sessions.iter().enumerate() {
        server.execute(SimTime::ZERO, *session, query, tag as u64);
    }
    let reading = server.activity().filter(|(_, b)| b.wait == Some(WaitEvent::DataFileRead)).count();
    assert!(reading > 90, "{reading} wait for the disk");
    let done = run(&mut server, seconds(10.0));
    // 100 × 10 reads at 1,000 a second.
    let last = done.last().map(|c| c.at.as_secs_f64()).unwrap();
    assert!((0.85..1.15).contains(&last), "the last read ended at {last} s");
    assert!(done.iter().all(|c| c.disk > Span::ZERO || c.outcome == Outcome::Done { rows: 1 }));
}

#[test]
fn a_block_stays_open_until_it_ends_or_idles_too_long() {
    let parameters = vec![("idle_in_transaction_session_timeout".to_owned(), "30s".to_owned())];
    let mut server = shop(ServerConfig { parameters, ..ServerConfig::default() });
    let session = login(&mut server, SimTime::ZERO, "oncall");
    let (replies, now) = psql(&mut server, SimTime::ZERO, session, "BEGIN");
    assert_eq!(replies, [Reply::Command("BEGIN".to_owned())]);
    assert_eq!(server.backend(session).map(|b| b.state), Some(BackendState::IdleInTransaction));
    let (replies, now) = psql(&mut server, now, session, "rollback");
    assert_eq!(replies, [Reply::Command("ROLLBACK".to_owned())]);
    let (_, now) = psql(&mut server, now, session, "begin");
    run(&mut server, now + Span::from_secs(29));
    assert!(server.backend(session).is_some());
    run(&mut server, now + Span::from_secs(31));
    assert!(server.backend(session).is_none());
}

#[test]
fn an_error_aborts_the_block_until_rollback() {
    let mut server = shop(ServerConfig::default());
    let session = login(&mut server, SimTime::ZERO, "oncall");
    let (_, now) = psql(&mut server, SimTime::ZERO, session, "BEGIN");
    let (replies, now) = psql(&mut server, now, session, "DROP INDEX no_such_index");
    assert!(
        matches!(&replies[..], [Reply::Error(e)] if e.message == "index \"no_such_index\" does not exist")
    );
    let (replies, now) = psql(&mut server, now, session, "ANALYZE orders");
    assert!(matches!(&replies[..], [Reply::Error(e)] if e.sqlstate.0 == "25P02"));
    let (replies, _) = psql(&mut server, now, session, "COMMIT");
    assert_eq!(replies, [Reply::Command("ROLLBACK".to_owned())]);
}

#[test]
fn parameters_are_set_shown_and_reset() {
    let mut server = shop(ServerConfig::default());
    let session = login(&mut server, SimTime::ZERO, "oncall");
    let mut now = SimTime::ZERO;
    for (sql, expected) in [
        ("SET statement_timeout = '15min'", "SET"),
        ("SET LOCAL work_mem TO '64MB'", "SET"),
        ("RESET statement_timeout", "RESET"),
    ] {
        let (replies, at) = psql(&mut server, now, session, sql);
        assert_eq!(replies, [Reply::Command(expected.to_owned())], "{sql}");
        now = at;
    }
    let (replies, now) = psql(&mut server, now, session, "SET statement_timeout = 'soon'");
    assert!(matches!(&replies[..], [Reply::Error(e)] if e.sqlstate.0 == "22023"), "{replies:?}");
    let (replies, _) = psql(&mut server, now, session, "ALTER SYSTEM SET work_mem = '1GB'");
    assert!(
        matches!(&replies[..], [Reply::Error(e)] if e.message == "permission denied to set parameter \"work_mem\"")
    );
}

#[test]
fn statement_statistics_count_calls_times_and_rows() {
    let mut server = shop(ServerConfig { cores: 4.0, ..ServerConfig::default() });
    let query = busy(&mut server, "lookup", 2.0);
    let session = login(&mut server, SimTime::ZERO, "web");
    let mut times = Vec::new();
    for n in 0..200 {
        let now = seconds(f64::from(n));
        server.execute(now, session, query, 0);
        let done = run(&mut server, now + Span::from_millis(900));
        times.push((done[0].at - now).as_millis_f64());
    }
    let row = &server.statement_statistics()[query.0 as usize];
    let mean = times.iter().sum::<f64>() / 200.0;
    let variance = times.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>() / 200.0;
    assert_eq!((row.calls, row.rows), (200, 200));
    assert!((row.mean_ms() - mean).abs() < 1e-9);
    assert!((row.stddev_ms() - variance.sqrt()).abs() < 1e-9);
    assert!(row.min_ms == times.iter().copied().fold(f64::MAX, f64::min));
    assert!(mean > 1.7 && mean < 2.3, "executions differ, their mean does not: {mean} ms");
}

#[test]
fn one_seed_gives_one_course_of_events() {
    let course = || {
        let mut server = shop(ServerConfig { cores: 2.0, ..ServerConfig::default() });
        let query = busy(&mut server, "lookup", 3.0);
        let sessions: Vec<BackendId> = (0..20).map(|_| login(&mut server, SimTime::ZERO, "web")).collect();
        for (tag, session) in sessions.iter().enumerate() {
            server.execute(SimTime::ZERO + Span::from_millis(tag as u64), *session, query, tag as u64);
        }
        run(&mut server, seconds(5.0))
    };
    assert_eq!(course(), course());
}
