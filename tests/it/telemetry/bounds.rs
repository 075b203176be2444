//! A simulated day of a busy shop fits into a stated amount of memory.

use firedrill::kernel::{SimTime, Span, Stream};
use firedrill::telemetry::{Level, SpanIndex, SpanKind, Telemetry, TraceOutcome};

const MEGABYTE: usize = 1_000_000;

#[test]
fn a_day_of_three_hundred_series_and_forty_busy_histograms_takes_less_than_fifty_megabytes() {
    let mut telemetry = Telemetry::new();
    let metrics = &mut telemetry.metrics;
    for n in 0..300 {
        metrics.counter("events_total", "Events.", &[("n", &n.to_string())]);
    }
    let histograms: Vec<_> =
        (0..40).map(|n| metrics.histogram("latency_seconds", "Latency.", &[("n", &n.to_string())])).collect();
    let mut stream = Stream::named(1, "latency");
    for second in 1..=26 * 3600 {
        for &id in &histograms {
            (0..5).for_each(|_| metrics.observe(id, stream.log_normal(Span::from_millis(50), 1.0)));
        }
        metrics.scrape(SimTime::from_secs(second));
    }
    let held = metrics.resident_bytes();
    assert!(held < 50 * MEGABYTE, "{held} bytes");
    assert!(held > MEGABYTE, "{held} bytes are too few to be true");
}

#[test]
fn logs_and_traces_stop_growing_at_their_bounds() {
    let mut telemetry = Telemetry::new();
    let name = telemetry.traces.name("GET /");
    let info = telemetry.logs.template(Level::Info, "GET / {0:ms}");
    let warn = telemetry.logs.template(Level::Warn, "slow {0:ms}");
    let kinds = ["web", "postgres", "pgbouncer", "kubernetes", "redis", "payments"];
    let sources = kinds.map(|kind| {
        let kind = telemetry.logs.kind(kind);
        telemetry.logs.source(kind, "one")
    });
    let mut held = Vec::new();
    for n in 0..120_000u64 {
        let now = SimTime(n * Span::from_millis(100).0);
        let trace = telemetry.traces.begin(now, name);
        for _ in 0..30 {
            telemetry.traces.record(trace, SpanIndex::ROOT, SpanKind::Query, name, now, now);
        }
        telemetry.traces.finish(trace, now, TraceOutcome::Failed);
        for source in sources {
            telemetry.logs.push(now, source, if n % 3 == 0 { warn } else { info }, [n, 0, 0, 0]);
        }
        if n % 60_000 == 59_999 {
            held.push(telemetry.resident_bytes());
        }
    }
    assert_eq!(held[0], held[1], "no growth once full");
    assert!(held[1] < 30 * MEGABYTE, "{} bytes", held[1]);
}
