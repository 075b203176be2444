//! Logs: rendering, selection and bounds.

use firedrill::kernel::{SimTime, Span};
use firedrill::telemetry::{Level, LogSelector, Logs};

fn render(template: &str, args: [u64; 4]) -> String {
    let mut logs = Logs::new();
    let kind = logs.kind("web");
    let source = logs.source(kind, "web-1");
    assert_eq!(logs.intern("ORD"), 0);
    let template = logs.template(Level::Info, template);
    logs.push(SimTime::ZERO, source, template, args);
    logs.read(&LogSelector::default()).remove(0).text
}

#[test]
fn arguments_are_written_in_their_templates_style() {
    let ms = Span::from_micros(1_234_567).0;
    for (template, value, expected) in [
        ("status={0}", 503, "status=503"),
        ("took {0:ms} ms", ms, "took 1234.567 ms"),
        ("took {0:s} s", ms, "took 1.235 s"),
        ("took {0:span}", ms, "took 1.23 s"),
        ("from {0:ip}", 0x0a00_0107, "from 10.0.1.7"),
        ("order {0:str}-9", 0, "order ORD-9"),
        ("order {0:str}", 99, "order …"),
        ("trace {0:hex}", 0xabc, "trace 0000000000000abc"),
        ("worth {0:cents} EUR", 12_305, "worth 123.05 EUR"),
        ("load {0:float}", 2.5f64.to_bits(), "load 2.50"),
        ("{\"code\":{0},\"x\":{}}", 7, "{\"code\":7,\"x\":{}}"),
        ("{0:nonsense} {4} {", 7, "{0:nonsense} {4} {"),
    ] {
        assert_eq!(render(template, [value, 0, 0, 0]), expected);
    }
    assert_eq!(render("{3} {2} {1} {0}", [1, 2, 3, 4]), "4 3 2 1");
}

#[test]
fn lines_are_selected_by_kind_source_level_and_time() {
    let mut logs = Logs::new();
    let (web, db) = (logs.kind("web"), logs.kind("postgres"));
    let sources = [logs.source(web, "web-1"), logs.source(web, "web-2"), logs.source(db, "db-1")];
    let info = logs.template(Level::Info, "line {0}");
    let error = logs.template(Level::Error, "bad {0}");
    for n in 0..12u64 {
        let template = if n % 4 == 3 { error } else { info };
        logs.push(SimTime::from_secs(n), sources[n as usize % 3], template, [n, 0, 0, 0]);
    }
    logs.push_text(SimTime::from_secs(12), sources[2], Level::Warn, "free\ntext");
    let read = |selector: LogSelector| {
        let lines = logs.read(&selector);
        lines.iter().map(|line| format!("{} {}", line.source, line.text)).collect::<Vec<_>>()
    };
    let all = LogSelector::default;
    assert_eq!(read(all()).len(), 13);
    assert_eq!(
        read(LogSelector { at_least: Some(Level::Warn), ..all() }),
        ["web-1 bad 3", "web-2 bad 7", "db-1 bad 11", "db-1 free\ntext"]
    );
    assert_eq!(
        read(LogSelector { kind: Some(db), last: Some(3), ..all() }),
        ["db-1 line 8", "db-1 bad 11", "db-1 free\ntext"]
    );
    let (since, until) = (SimTime::from_secs(4), Some(SimTime::from_secs(10)));
    assert_eq!(
        read(LogSelector { source: logs.find_source("web-2"), since, until, ..all() }),
        ["web-2 line 4", "web-2 bad 7"]
    );
}

#[test]
fn an_access_log_cannot_wash_away_the_error_before_it() {
    let mut logs = Logs::new();
    let kind = logs.kind("web");
    let source = logs.source(kind, "web-1");
    let info = logs.template(Level::Info, "GET /");
    let error = logs.template(Level::Error, "pool exhausted");
    logs.push(SimTime::ZERO, source, error, [0; 4]);
    for n in 0..Logs::ROUTINE_KEPT as u64 + 7 {
        logs.push(SimTime(n), source, info, [0; 4]);
    }
    assert_eq!(logs.dropped(kind), (7, 0));
    assert_eq!(logs.written(), Logs::ROUTINE_KEPT as u64 + 8);
    let lines = logs.read(&LogSelector::default());
    assert_eq!(lines.len(), Logs::ROUTINE_KEPT + 1);
    assert_eq!(lines[0].text, "pool exhausted");
}

#[test]
fn registering_a_source_twice_finds_the_first() {
    let mut logs = Logs::new();
    let kind = logs.kind("web");
    assert_eq!(logs.kind("web"), kind);
    assert_eq!(logs.source(kind, "web-1"), logs.source(kind, "web-1"));
    assert_eq!(logs.sources(kind).map(|(_, name)| name).collect::<Vec<_>>(), ["web-1"]);
    assert_eq!(logs.kinds().map(|(_, name)| name).collect::<Vec<_>>(), ["web"]);
}
