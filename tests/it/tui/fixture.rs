//! A drill as it might stand at 15:23:40, made by hand: panels are tested on what they are given, not on the simulation.

use firedrill::drill::*;
use firedrill::kernel::{SimTime, Span};
use firedrill::scenario::Ghost;
use firedrill::tui::{
    host::{Card, Past},
    settings::Settings,
    state::{DrillState, Home, Look, Screen, State},
    theme::Depth,
};

/// The scenario starts at 14:30.
pub(crate) fn at(clock: &str) -> SimTime {
    let parts: Vec<u64> = clock.split(':').map(|p| p.parse().expect("a clock")).collect();
    let seconds = parts[0] * 3_600 + parts[1] * 60 + parts.get(2).unwrap_or(&0);
    SimTime::ZERO + Span::from_secs(seconds - (14 * 3_600 + 30 * 60))
}

fn mark(clock: &str, kind: MarkKind, text: &str) -> Mark {
    Mark { at: at(clock), clock: clock.to_owned(), kind, text: text.to_owned() }
}

fn signal(kind: Signal, limit: Option<f64>, shape: impl Fn(f64) -> f64) -> SignalView {
    let points: Vec<(SimTime, f64)> =
        (0..322).map(|i| (SimTime::ZERO + Span::from_secs(i * 10), shape(i as f64 / 6.0))).collect();
    let latest = points.last().map_or(0.0, |p| p.1);
    SignalView { kind, points, latest, limit }
}

/// Minutes since 14:30 to how far the trouble is, from 0 to 1.
fn trouble(minute: f64) -> f64 {
    ((minute - 26.0) / 8.0).clamp(0.0, 1.0)
}

fn signals() -> Vec<SignalView> {
    let wave = |m: f64| libm::sin(m * 1.7) * 0.06 + 1.0;
    vec![
        signal(Signal::Requests, None, |m| (900.0 + 8.0 * m) * wave(m) * (1.0 - 0.3 * trouble(m))),
        signal(Signal::Errors, None, |m| 0.001 + 0.38 * trouble(m)),
        signal(Signal::P50, Some(1_000.0), |m| 62.0 * wave(m) * (1.0 + 120.0 * trouble(m))),
        signal(Signal::P95, Some(1_000.0), |m| 210.0 * wave(m) * (1.0 + 90.0 * trouble(m))),
        signal(Signal::P99, Some(1_000.0), |m| (420.0 * wave(m) * (1.0 + 90.0 * trouble(m))).min(30_000.0)),
        signal(Signal::Affected, None, |m| 0.004 + 0.93 * trouble(m)),
        signal(Signal::DatabaseCpu, None, |m| 0.24 * wave(m) + 0.74 * trouble(m)),
        signal(Signal::DatabaseActive, None, |m| 4.0 * wave(m) + 96.0 * trouble(m)),
        signal(Signal::PoolWaiting, None, |m| 1_204.0 * trouble(m)),
    ]
}

fn message(clock: &str, author: &str, voice: Voice, text: &str) -> ChannelMessage {
    ChannelMessage {
        at: at(clock),
        clock: clock.to_owned(),
        author: author.to_owned(),
        voice,
        text: text.to_owned(),
    }
}

fn component(
    name: &str,
    health: Health,
    replicas: Vec<Health>,
    detail: &str,
    calls: &[&str],
) -> ComponentView {
    ComponentView {
        name: name.to_owned(),
        kind: String::new(),
        health,
        replicas,
        detail: detail.to_owned(),
        calls: calls.iter().map(|c| (*c).to_owned()).collect(),
    }
}

fn line(style: LineStyle, text: &str) -> ConsoleLine {
    ConsoleLine { at: at("15:23"), style, text: text.to_owned() }
}

fn console() -> ConsoleView {
    use LineStyle::{Output, Prompt};
    let text = [
        (Prompt, "oncall@bastion:~$ kubectl get pods -n shop | head -4"),
        (Output, "NAME                   READY   STATUS    RESTARTS   AGE"),
        (Output, "web-7d9c5b6f4-2xkqp    1/1     Running   0          34m"),
        (Output, "web-7d9c5b6f4-5lm8z    0/1     Running   0          34m"),
        (Output, "web-7d9c5b6f4-8hjwn    1/1     Running   2          34m"),
        (Prompt, "oncall@bastion:~$ psql"),
        (Output, "psql (18.4)"),
        (Output, "Type \"help\" for help."),
        (
            Prompt,
            "shop=> select count(*), wait_event from pg_stat_activity where state = 'active' group by 2;",
        ),
        (Output, " count | wait_event "),
        (Output, "-------+------------"),
        (Output, "    96 | "),
        (Output, "(1 row)"),
    ];
    ConsoleView {
        lines: text.iter().map(|(style, text)| line(*style, text)).collect(),
        prompt: "shop=> ".to_owned(),
        busy: false,
        history: vec![
            "kubectl get pods".to_owned(),
            "psql".to_owned(),
            "select count(*) from pg_locks;".to_owned(),
        ],
    }
}

/// A drill in full trouble.
pub(crate) fn snapshot() -> Snapshot {
    use Health::{Degraded, Down, Healthy};
    let mut pods = vec![Healthy; 12];
    pods[8] = Down;
    pods[9] = Down;
    Snapshot {
        drill: DrillCard {
            scenario: "june-4".to_owned(),
            title: "June 4".to_owned(),
            seed: 0x4f2a,
            starts: SimTime::ZERO,
            opens: at("14:58"),
            ends: at("18:00"),
            date: "2024-06-04".to_owned(),
            channel: "#inc-0604".to_owned(),
            ..DrillCard::default()
        },
        now: at("15:23:40"),
        clock: "15:23:40".to_owned(),
        phase: Phase::Running,
        severity: Some(SeverityView { level: 1, since: at("15:04") }),
        impact: ImpactView {
            visitors: 81_204,
            affected: 49_534,
            affected_pct: 61.0,
            requests: 1_600_000,
            failed: 214_000,
            lost_orders: 812,
            lost_cents: 4_821_000,
            slo_met: false,
        },
        ghost: GhostView {
            who: Ghost::RealTeam,
            now: "15:20 web tier cleared, database team paged".to_owned(),
            marks: vec![
                mark("15:05", MarkKind::Ghost, "web tier"),
                mark("15:20", MarkKind::Ghost, "web cleared"),
            ],
        },
        signals: signals(),
        marks: vec![
            mark("14:40", MarkKind::Change, "release"),
            mark("14:50", MarkKind::Change, "web-412"),
            mark("15:12", MarkKind::Trainee, "kubectl rollout undo"),
        ],
        database: DatabaseSummary {
            active: 96,
            connections: 131,
            max_connections: 400,
            pool_waiting: 1_204,
            cpu: 1.0,
            disk: 0.41,
            cache_hit: 0.981,
            lock_waits: 0,
            replica_lag_ms: 2_000.0,
            top: [
                ("order_history", 0.71, 4_210.0, 24.0),
                ("cart_by_session", 0.14, 380.0, 212.0),
                ("login", 0.06, 91.0, 40.0),
            ]
            .iter()
            .map(|(n, share, mean, calls)| TopQuery {
                name: (*n).to_owned(),
                share: *share,
                mean_ms: *mean,
                calls_per_s: *calls,
            })
            .collect(),
            operations: vec!["rollback CHG-1051 41 %".to_owned()],
            waits: [("CPU", "running", 71), ("IO", "DataFileRead", 19), ("Lock", "relation", 6)]
                .iter()
                .map(|(kind, event, backends)| WaitLine {
                    kind: (*kind).to_owned(),
                    event: (*event).to_owned(),
                    backends: *backends,
                })
                .collect(),
            locks: vec![
                LockLine {
                    depth: 0,
                    pid: 20_114,
                    state: "active".to_owned(),
                    wants: None,
                    age: Span::from_secs(92),
                    query: "CREATE INDEX orders_customer_idx ON orders (customer_id)".to_owned(),
                },
                LockLine {
                    depth: 1,
                    pid: 20_377,
                    state: "active".to_owned(),
                    wants: Some("RowExclusiveLock on orders".to_owned()),
                    age: Span::from_secs(31),
                    query: "INSERT INTO orders".to_owned(),
                },
            ],
            builds: vec![BuildLine {
                pid: 20_114,
                index: "orders_customer_idx".to_owned(),
                table: "orders".to_owned(),
                phase: "building index: scanning table".to_owned(),
                done: Some(0.41),
            }],
        },
        channel: vec![
            message("15:00", "pager", Voice::Page, "database response time p95 > 500 ms"),
            message("15:01", "you", Voice::You, "acknowledged"),
            message(
                "15:06",
                "support",
                Voice::Person,
                "checkout is spinning for EU customers too, tickets are piling up",
            ),
            message("15:12", "vp-eng", Voice::Person, "ETA? board call at 16:00"),
            message("15:20", "ghost", Voice::Ghost, "web servers fine, database team called"),
            message("15:22", "dba", Voice::Person, "looking; what changed today?"),
        ],
        alerts: vec![AlertLine {
            name: "DatabaseResponseTime".to_owned(),
            pages: true,
            firing: true,
            since: at("15:00"),
            acknowledged: true,
            summary: "p95 > 500 ms".to_owned(),
        }],
        topology: vec![
            component("lb", Healthy, vec![], "1,212 req/s", &["web"]),
            component("web", Degraded, pods, "10/12 ready", &["redis", "pgbouncer", "payments"]),
            component("redis", Healthy, vec![], "hit 94%", &[]),
            component("pgbouncer", Degraded, vec![], "1,204 waiting", &["pg-1", "pg-2"]),
            component("pg-1", Down, vec![], "96 active, cpu 100%", &[]),
            component("pg-2", Healthy, vec![], "lag 2.0 s", &[]),
            component("payments", Healthy, vec![], "p95 310 ms", &[]),
        ],
        console: console(),
        changes: vec![ChangeLine {
            id: "CHG-1051".to_owned(),
            kind: "migration".to_owned(),
            at: at("14:55"),
            clock: "14:55".to_owned(),
            author: "mkowalski".to_owned(),
            title: "Drop index that has not been used since May".to_owned(),
            state: "deployed".to_owned(),
            description: "pg_stat_user_indexes shows no scan on the primary for four weeks.\nSaves 2 GB.".to_owned(),
            up: "DROP INDEX CONCURRENTLY orders_customer_id_created_at_idx;".to_owned(),
            down: "CREATE INDEX CONCURRENTLY orders_customer_id_created_at_idx\n    ON orders (customer_id, created_at DESC);"
                .to_owned(),
        }],
        logs: vec![LogRow {
            clock: "15:23:39.120".to_owned(),
            source: "web-7".to_owned(),
            level: "ERROR".to_owned(),
            text: "GET /orders 504 upstream timed out (30000 ms)".to_owned(),
        }],
        traces: vec![TraceRow {
            id: "7f3a".to_owned(),
            clock: "15:23:09".to_owned(),
            endpoint: "GET /orders".to_owned(),
            duration_ms: 30_000.0,
            status: 504,
            spans: vec![SpanRow {
                depth: 0,
                name: "pool wait".to_owned(),
                start_ms: 12.0,
                duration_ms: 28_900.0,
                note: String::new(),
            }],
        }],
        timeline: vec![
            TimelineRow {
                at: at("15:05"),
                clock: "15:05".to_owned(),
                kind: MarkKind::Ghost,
                text: "looks at the web tier".to_owned(),
            },
            TimelineRow {
                at: at("15:12"),
                clock: "15:12".to_owned(),
                kind: MarkKind::Trainee,
                text: "kubectl rollout undo".to_owned(),
            },
        ],
        milestones: vec![
            MilestoneRow { name: "detected".to_owned(), at: Some(at("15:00")), real: Some(at("15:00")) },
            MilestoneRow { name: "localised".to_owned(), at: None, real: Some(at("15:20")) },
        ],
        hints_used: 0,
        notes: vec![
            NoteLine {
                clock: "15:08".to_owned(),
                text: "web pods wait for the database, their own CPU is idle".to_owned(),
            },
            NoteLine { clock: "15:17".to_owned(), text: "order_history takes 71 % of the time".to_owned() },
        ],
    }
}

/// The interface's state around a screen.
pub(crate) fn state(screen: Screen, depth: Depth) -> State {
    State::new(screen, Look { depth, ascii: false }, Settings::default())
}

/// The drill screen.
pub(crate) fn drill() -> Screen {
    Screen::Drill(Box::new(DrillState::new(snapshot(), 10.0)))
}

/// Drills of three weeks in a row, after one of an earlier month.
pub(crate) fn past() -> Vec<Past> {
    let drill = |day: &str, scenario: &str, letter: &str, score, diagnosed: Option<&str>, minutes| Past {
        day: day.to_owned(),
        scenario: scenario.to_owned(),
        seed: 18,
        letter: letter.to_owned(),
        score,
        diagnosed: diagnosed.map(str::to_owned),
        mitigated: diagnosed.map(|_| "16:02:00".to_owned()),
        to_diagnosis_min: minutes,
    };
    vec![
        drill("2026-09-02", "june-4", "F", 21.0, None, None),
        drill("2026-11-09", "june-4", "D", 52.0, Some("15:58:10"), Some(58)),
        drill("2026-11-11", "tour", "A", 93.0, Some("12:01:25"), Some(1)),
        drill("2026-11-16", "june-4", "C", 64.5, Some("15:44:00"), Some(44)),
        drill("2026-11-23", "june-4", "B", 78.0, Some("15:31:30"), Some(31)),
    ]
}

/// The home screen with one drill.
pub(crate) fn home() -> Screen {
    let card = Card {
        id: "june-4".to_owned(),
        title: "June 4: the shop that timed out".to_owned(),
        company: "an online shop".to_owned(),
        date: "2024-06-04".to_owned(),
        difficulty: 3,
        minutes: 180,
        about: "It is a busy Tuesday afternoon. A routine release went out at lunch, a marketing mail goes out at five to \
                three, and you are on call.\n\nSomething in the stack will break. Find it, and bring the shop back."
            .to_owned(),
        trains: vec!["reading plans".to_owned(), "rolling back under load".to_owned()],
        provenance: "an anonymised post-mortem; its stamps are verified".to_owned(),
        best: Some(("B".to_owned(), 74.0)),
        attempts: 3,
        briefing: "# Your shift\n\nYou are on call.".to_owned(),
    };
    Screen::Home(Home { cards: vec![card], seed: 4_711, past: past(), ..Home::default() })
}
