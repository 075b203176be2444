//! Traces: what is kept, and where a request's time went.

use firedrill::kernel::{SimTime, Span};
use firedrill::telemetry::{
    ActiveTrace, KeptBecause, SpanIndex, SpanKind, TraceFilter, TraceOrder, TraceOutcome, Traces,
};

fn ms(n: u64) -> SimTime {
    SimTime::ZERO + Span::from_millis(n)
}

/// A request of `duration` ms that begins at `start` ms.
fn request(traces: &mut Traces, start: u64, duration: u64, outcome: TraceOutcome) {
    let name = traces.name("GET /orders");
    let trace = traces.begin(ms(start), name);
    traces.finish(trace, ms(start + duration), outcome);
}

#[test]
fn a_breakdown_tells_where_a_requests_time_went() {
    let mut traces = Traces::new(1, Span::from_secs(2));
    let [page, pool, query, cpu, disk] =
        ["GET /orders", "pool.acquire", "SELECT shop.orders", "cpu", "disk"].map(|name| traces.name(name));
    let trace = traces.begin(ms(0), page);
    let wait = traces.open(trace, ms(5), SpanIndex::ROOT, SpanKind::PoolWait, pool);
    traces.close(trace, wait, ms(45));
    let select = traces.open(trace, ms(45), SpanIndex::ROOT, SpanKind::Query, query);
    traces.record(trace, select, SpanKind::Cpu, cpu, ms(45), ms(95));
    traces.record(trace, select, SpanKind::Disk, disk, ms(95), ms(99));
    traces.note(trace, select, page);
    traces.close(trace, select, ms(100));
    traces.open(trace, ms(100), SpanIndex::ROOT, SpanKind::Cpu, cpu);
    traces.finish(trace, ms(110), TraceOutcome::Ok);
    let kept = traces.search(&TraceFilter::default());
    let kept = kept[0];
    assert_eq!(
        (kept.kept, kept.duration(), traces.text(kept.name())),
        (KeptBecause::Sampled, Span::from_millis(110), "GET /orders")
    );
    let breakdown: Vec<_> =
        kept.breakdown().iter().map(|(kind, time)| (kind.name(), time.as_millis())).collect();
    assert_eq!(breakdown, [("cpu", 60), ("pool wait", 40), ("server", 5), ("disk", 4), ("query", 1)]);
    assert_eq!(kept.spans[select.index()].note, Some(page));
    assert_eq!(kept.spans.last().map(|span| span.end), Some(ms(110)), "an open span ends with its trace");
    assert_eq!(traces.find(&kept.hex_id()[..8]), Some(kept));
    assert_eq!(traces.find("1"), Some(kept));
}

#[test]
fn one_in_n_all_slow_and_all_failed_are_kept_and_the_rest_is_not() {
    let mut traces = Traces::new(10, Span::from_millis(500));
    for n in 0..40 {
        let (duration, outcome) = match n {
            4 => (900, TraceOutcome::Ok),
            5 => (3, TraceOutcome::Failed),
            6 => (900, TraceOutcome::TimedOut),
            _ => (3, TraceOutcome::Ok),
        };
        request(&mut traces, n * 2_000, duration, outcome);
    }
    let count = |reason| traces.search(&TraceFilter::default()).iter().filter(|t| t.kept == reason).count();
    assert_eq!([KeptBecause::Sampled, KeptBecause::Slow, KeptBecause::Failed].map(count), [4, 1, 2]);
    assert_eq!(traces.begun(), 40);
}

#[test]
fn an_outages_failures_are_bounded_each_second_and_do_not_push_out_ordinary_requests() {
    let mut traces = Traces::new(1, Span::from_secs(2));
    request(&mut traces, 0, 1, TraceOutcome::Ok);
    for n in 0..4_000 {
        (0..5).for_each(|_| request(&mut traces, n * 1_000, 1, TraceOutcome::Failed));
    }
    let failed = TraceFilter { outcome: Some(TraceOutcome::Failed), ..TraceFilter::default() };
    assert_eq!(traces.search(&failed).len(), Traces::MAX_KEPT);
    assert_eq!(traces.passed_over(KeptBecause::Failed), 4_000 * 2);
    let ordinary = TraceFilter { outcome: Some(TraceOutcome::Ok), ..TraceFilter::default() };
    assert_eq!(traces.search(&ordinary).len(), 1);
}

#[test]
fn traces_are_listed_newest_or_slowest_first() {
    let mut traces = Traces::new(1, Span::from_secs(2));
    for (start, duration) in [(0, 30), (1_000, 50), (2_000, 10)] {
        request(&mut traces, start, duration, TraceOutcome::Ok);
    }
    let cart = traces.name("GET /cart");
    let trace = traces.begin(ms(0), cart);
    traces.finish(trace, ms(7), TraceOutcome::Ok);
    let durations = |filter: TraceFilter| {
        traces.search(&filter).iter().map(|trace| trace.duration().as_millis()).collect::<Vec<_>>()
    };
    let all = TraceFilter::default;
    assert_eq!(durations(all()), [10, 50, 30, 7]);
    assert_eq!(durations(TraceFilter { order: TraceOrder::SlowestFirst, limit: Some(2), ..all() }), [50, 30]);
    assert_eq!(durations(TraceFilter { at_least: Span::from_millis(30), ..all() }), [50, 30]);
    assert_eq!(durations(TraceFilter { since: ms(500), until: Some(ms(1_500)), ..all() }), [50]);
    assert_eq!(traces.find_name("GET /"), None);
    assert_eq!(durations(TraceFilter { name: traces.find_name("GET /cart"), ..all() }), [7]);
}

#[test]
fn what_is_not_recorded_is_ignored_everywhere() {
    let mut traces = Traces::new(1, Span::from_secs(2));
    let name = traces.name("x");
    let span = traces.open(ActiveTrace::NONE, ms(0), SpanIndex::ROOT, SpanKind::Cpu, name);
    assert_eq!(span, SpanIndex::NONE);
    traces.close(ActiveTrace::NONE, span, ms(1));
    traces.finish(ActiveTrace::NONE, ms(1), TraceOutcome::Ok);
    let trace = traces.begin(ms(0), name);
    for _ in 0..Traces::MAX_SPANS + 4 {
        let span = traces.open(trace, ms(0), SpanIndex::ROOT, SpanKind::Cpu, name);
        traces.close(trace, span, ms(1));
    }
    traces.finish(trace, ms(1), TraceOutcome::Ok);
    let found = traces.search(&TraceFilter::default());
    assert_eq!((found[0].spans.len(), found[0].spans_dropped), (Traces::MAX_SPANS, 5));
}

#[test]
fn requests_beyond_the_bound_go_unrecorded_and_are_counted() {
    let mut traces = Traces::new(1, Span::from_secs(2));
    let name = traces.name("x");
    let handles: Vec<ActiveTrace> = (0..Traces::MAX_ACTIVE + 2).map(|_| traces.begin(ms(0), name)).collect();
    assert_eq!(traces.unrecorded(), 2);
    assert_eq!(handles.last(), Some(&ActiveTrace::NONE));
    traces.discard(handles[0]);
    assert_ne!(traces.begin(ms(1), name), ActiveTrace::NONE);
    assert_eq!(traces.search(&TraceFilter::default()).len(), 0);
}
