//! Metrics: history at three resolutions, windows, percentiles against sorted samples, and bounds.

use firedrill::kernel::{Histogram, SimTime, Span, Stream};
use firedrill::telemetry::{LabelTest, Metrics, Selector};

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

#[test]
fn a_counters_rate_is_its_growth_over_the_window() {
    let mut metrics = Metrics::new();
    let id = metrics.counter("http_requests_total", "Requests.", &[]);
    for second in 1..=100 {
        metrics.add(id, if second <= 50 { 10 } else { 30 });
        metrics.scrape(at(second));
    }
    assert_eq!(metrics.increase(id, at(40), at(60)), 10.0 * 10.0 + 10.0 * 30.0);
    assert_eq!(metrics.rate(id, at(90), at(100)), 30.0);
    assert_eq!(metrics.increase(id, at(0), at(100)), 2_000.0, "a counter born in view began at zero");
    assert_eq!(metrics.latest(id), 2_000.0);
    assert_eq!(
        metrics.range(id, at(0), at(100), Span::from_secs(25)),
        [(at(25), 10.0), (at(50), 10.0), (at(75), 30.0), (at(100), 30.0)]
    );
}

#[test]
fn history_grows_coarser_with_age_and_stays_true() {
    let mut metrics = Metrics::new();
    let counter = metrics.counter("orders_total", "Orders.", &[]);
    let gauge = metrics.gauge("queue_length", "Waiting.", &[]);
    for second in 1..=30 * 3600 {
        metrics.add(counter, 2);
        metrics.set(gauge, second as f64);
        metrics.scrape(at(second));
    }
    let now = 30 * 3600;
    for (age, tolerance) in [(600, 1.0), (3 * 3600, 10.0), (20 * 3600, 60.0)] {
        let (from, to) = (at(now - age), at(now - age + 300));
        assert_eq!(metrics.rate(counter, from, to), 2.0, "{age} s ago");
        let mean = metrics.mean(gauge, from, to).unwrap();
        assert!((mean - (now - age + 150) as f64).abs() <= tolerance, "{mean} {age} s ago");
        assert_eq!(metrics.range(counter, from, to, Span::MINUTE).len(), 5);
    }
    let lost = metrics.range(counter, at(0), at(2 * 3600), Span::MINUTE);
    assert_eq!(lost, [], "what is older than 26 h is forgotten");
}

#[test]
fn a_gauge_registered_later_has_no_earlier_points() {
    let mut metrics = Metrics::new();
    metrics.scrape(at(10));
    let id = metrics.gauge("late", "Late.", &[]);
    metrics.set(id, 5.0);
    (11..=20).for_each(|second| metrics.scrape(at(second)));
    assert_eq!(metrics.mean(id, at(0), at(10)), None);
    assert_eq!(metrics.range(id, at(5), at(15), Span::from_secs(5)), [(at(15), 5.0)]);
    assert_eq!(metrics.max(id, at(0), at(20)), Some(5.0));
}

#[test]
fn a_counter_registered_when_old_seconds_are_forgotten_starts_at_nothing() {
    let mut metrics = Metrics::new();
    let early = metrics.counter("early_total", "Early.", &[]);
    let mut late = None;
    for second in 1..=4_000 {
        metrics.add(early, 1);
        if second > 1_200 {
            let id = *late.get_or_insert_with(|| metrics.counter("late_total", "Late.", &[]));
            metrics.add(id, 2);
        }
        metrics.scrape(at(second));
        let Some(id) = late.filter(|_| second % 50 == 0) else { continue };
        let lived = (second - 1_200) as f64;
        assert_eq!(metrics.increase(id, at(0), at(second)), 2.0 * lived, "all of it after {second} s");
        assert_eq!(metrics.increase(id, at(second - 30), at(second)), 60.0_f64.min(2.0 * lived));
        assert_eq!(metrics.increase(early, at(second - 30), at(second)), 30.0);
        let samples = metrics.samples(id, at(0), at(second));
        assert!(samples.iter().all(|(at, total)| *total == 2.0 * (*at as f64 - 1_200.0)), "{samples:?}");
        assert!(samples[0].0 <= 1_210 && samples.last() == Some(&(second, 2.0 * lived)));
        assert!(samples.is_sorted_by(|a, b| a.0 < b.0));
    }
}

#[test]
fn seconds_that_were_not_scraped_are_filled_in() {
    let mut metrics = Metrics::new();
    let id = metrics.gauge("g", "G.", &[]);
    metrics.set(id, 1.0);
    metrics.scrape(at(1));
    metrics.set(id, 2.0);
    metrics.scrape(at(5));
    metrics.scrape(at(5));
    assert_eq!(metrics.next_scrape(), at(6));
    assert_eq!(metrics.range(id, at(0), at(5), Span::SECOND).len(), 5);
}

/// A histogram observed at several a second, and all its observations with their seconds.
fn observed(seconds: u64) -> (Metrics, firedrill::telemetry::MetricId, Vec<(u64, Span)>) {
    let mut metrics = Metrics::new();
    let id = metrics.histogram("http_request_duration_seconds", "Latency.", &[("page", "cart")]);
    let mut stream = Stream::named(1, "latency");
    let mut all = Vec::new();
    for second in 1..=seconds {
        for _ in 0..stream.below(8) {
            let value = stream.log_normal(Span::from_millis(40 + second / 10), 0.9);
            metrics.observe(id, value);
            all.push((second, value));
        }
        metrics.scrape(at(second));
    }
    (metrics, id, all)
}

fn exact(all: &[(u64, Span)], from: u64, to: u64, q: f64) -> Option<Span> {
    let mut inside: Vec<Span> =
        all.iter().filter(|(second, _)| (from + 1..=to).contains(second)).map(|&(_, value)| value).collect();
    inside.sort_unstable();
    let rank = ((q * inside.len() as f64).ceil() as usize).max(1);
    inside.get(rank - 1).copied()
}

#[test]
fn windowed_percentiles_agree_with_sorted_samples_at_every_age() {
    let (metrics, id, all) = observed(3 * 3600);
    let now = 3 * 3600;
    // The last 10 s, the last minute, a window across the 15 min boundary, and old ones of whole minutes.
    for (from, to) in
        [(now - 10, now), (now - 60, now), (now - 1200, now), (now - 7200, now - 6900), (0, now)]
    {
        for q in [0.5, 0.95, 0.99] {
            let found = metrics.percentile(id, q, at(from), at(to)).unwrap();
            let exact = exact(&all, from, to, q).unwrap();
            let error = found.0 as f64 / exact.0 as f64 - 1.0;
            assert!(error.abs() <= Histogram::RELATIVE_ERROR, "p{q} of ({from}, {to}]: {found}, not {exact}");
        }
        let count = all.iter().filter(|(second, _)| (from + 1..=to).contains(second)).count();
        assert_eq!(metrics.increase(id, at(from), at(to)), count as f64);
    }
    assert_eq!(metrics.total_latencies(id).map(Histogram::count), Some(all.len() as u64));
}

#[test]
fn summaries_for_charts_go_back_four_hours_in_steps_of_ten_seconds() {
    let (metrics, id, all) = observed(5 * 3600);
    let summaries = metrics.summaries(id, at(0), at(5 * 3600));
    assert_eq!(summaries.len(), 4 * 360);
    for (end, summary) in summaries.iter().step_by(97) {
        let second = end.as_secs();
        let inside = all.iter().filter(|(at, _)| (second - 9..=second).contains(at));
        assert_eq!(summary.count, inside.clone().count() as u64);
        assert_eq!(summary.sum_ns, inside.map(|(_, value)| value.0).sum::<u64>());
        let exact = exact(&all, second - 10, second, 0.95).unwrap_or(Span::ZERO);
        assert!(summary.p95.0.abs_diff(exact.0) as f64 <= exact.0 as f64 * Histogram::RELATIVE_ERROR);
    }
}

#[test]
fn the_mean_of_a_histogram_is_exact() {
    let mut metrics = Metrics::new();
    let id = metrics.histogram("h_seconds", "H.", &[]);
    [10, 20, 60].into_iter().for_each(|ms| metrics.observe(id, Span::from_millis(ms)));
    metrics.scrape(at(1));
    assert_eq!(metrics.mean(id, at(0), at(1)), Some(0.03));
    assert_eq!(metrics.mean(id, at(1), at(2)), None);
}

#[test]
fn more_than_65535_observations_in_one_bucket_are_all_counted() {
    let mut metrics = Metrics::new();
    let id = metrics.histogram("h_seconds", "H.", &[]);
    (0..200_000).for_each(|_| metrics.observe(id, Span::MILLISECOND));
    (1..=60).for_each(|second| metrics.scrape(at(second)));
    assert_eq!(
        metrics.latencies(&[id], at(0), at(60)).buckets().map(|(_, count)| count).sum::<u64>(),
        200_000
    );
    (61..=2_000).for_each(|second| metrics.scrape(at(second)));
    assert_eq!(metrics.latencies(&[id], at(0), at(60)).count(), 200_000, "from the minute's cells");
}

#[test]
fn a_series_is_found_by_name_and_labels() {
    let mut metrics = Metrics::new();
    let ids: Vec<_> = [("web-1", "200"), ("web-1", "500"), ("web-2", "503")]
        .into_iter()
        .map(|(pod, code)| {
            metrics.counter("http_requests_total", "Requests.", &[("pod", pod), ("code", code)])
        })
        .collect();
    let again = metrics.counter("http_requests_total", "Requests.", &[("pod", "web-1"), ("code", "500")]);
    assert_eq!(again, ids[1], "registering twice finds the first");
    let select = |test| metrics.select(&Selector::new("http_requests_total").test("code", test));
    assert_eq!(select(LabelTest::StartsWith("5".into())), ids[1..]);
    assert_eq!(select(LabelTest::Not("500".into())), [ids[0], ids[2]]);
    assert_eq!(select(LabelTest::OneOf(vec!["503".into(), "200".into()])), [ids[0], ids[2]]);
    assert_eq!(metrics.select(&Selector::new("http_requests_total").with("zone", "")), ids);
    assert_eq!(metrics.select(&Selector::new("nothing")), []);
}

#[test]
#[should_panic(expected = "registered as two kinds")]
fn a_name_has_one_kind() {
    let mut metrics = Metrics::new();
    metrics.counter("x", "X.", &[]);
    metrics.gauge("x", "X.", &[]);
}

#[test]
fn exposition_is_prometheus_text() {
    let mut metrics = Metrics::new();
    let requests = metrics.counter("http_requests_total", "Requests served.", &[("code", "200")]);
    let latency = metrics.histogram("http_request_duration_seconds", "Latency.", &[]);
    let other = metrics.gauge("pg_up", "Up.", &[]);
    metrics.add(requests, 3);
    metrics.set(other, 1.0);
    metrics.observe(latency, Span::from_millis(20));
    metrics.observe(latency, Span::from_secs(3));
    metrics.scrape(at(1));
    let text = metrics.exposition("http_");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "# HELP http_requests_total Requests served.",
            "# TYPE http_requests_total counter",
            "http_requests_total{code=\"200\"} 3",
            "# HELP http_request_duration_seconds Latency.",
            "# TYPE http_request_duration_seconds histogram",
        ]
    );
    assert!(lines.contains(&"http_request_duration_seconds_bucket{le=\"0.01\"} 0"), "{text}");
    assert!(lines.contains(&"http_request_duration_seconds_bucket{le=\"0.025\"} 1"), "{text}");
    assert!(lines.contains(&"http_request_duration_seconds_bucket{le=\"+Inf\"} 2"), "{text}");
    assert!(lines.contains(&"http_request_duration_seconds_sum 3.02"), "{text}");
    assert!(!text.contains("pg_up"));
}
