//! Alert rules as Prometheus evaluates them.

use firedrill::kernel::{SimTime, Span};
use firedrill::telemetry::{
    Aggregate, AlertExpr, AlertRule, AlertValue, Alerts, Comparison, LabelTest, Metrics, Phase, Selector,
    Severity,
};

fn rule(value: AlertValue, threshold: f64, hold: u64, keep_firing: u64) -> AlertRule {
    AlertRule {
        name: "Test".into(),
        severity: Severity::Page,
        expr: AlertExpr { value, is: Comparison::Above, threshold },
        hold: Span::from_secs(hold),
        keep_firing: Span::from_secs(keep_firing),
        summary: "It is {value}.".into(),
    }
}

fn queue_length(window: u64) -> AlertValue {
    AlertValue::Gauge { of: Selector::new("queue"), by: Aggregate::Max, window: Span::from_secs(window) }
}

/// Sets a gauge to each value for 15 s, evaluates, and tells the phase after each and the transitions as
/// text.
fn phases(rule: AlertRule, values: &[f64]) -> (Vec<Phase>, Vec<String>) {
    let mut metrics = Metrics::new();
    let gauge = metrics.gauge("queue", "Waiting.", &[]);
    let mut alerts = Alerts::new();
    let id = alerts.add(rule);
    let mut log = Vec::new();
    let mut phases = Vec::new();
    for (index, &value) in values.iter().enumerate() {
        metrics.set(gauge, value);
        let now = SimTime::from_secs(15 * (index as u64 + 1));
        metrics.scrape(now);
        for change in alerts.evaluate(now, &metrics) {
            log.push(format!("{} {:?} {:?}", now.as_secs(), change.from, change.to));
        }
        phases.push(alerts.get(id).expect("the rule was added").state.phase);
    }
    assert_eq!(alerts.history().count(), log.len());
    (phases, log)
}

#[test]
fn an_alert_is_pending_for_its_time_then_fires_then_resolves() {
    let (_, log) = phases(rule(queue_length(15), 5.0, 30, 0), &[1.0, 9.0, 9.0, 9.0, 9.0, 1.0, 1.0]);
    assert_eq!(log, ["30 Inactive Pending", "60 Pending Firing", "90 Firing Resolved"]);
}

#[test]
fn a_dip_while_pending_starts_the_time_again() {
    let (phases, _) = phases(rule(queue_length(1), 5.0, 30, 0), &[9.0, 9.0, 1.0, 9.0, 9.0, 9.0]);
    use Phase::{Firing, Inactive, Pending};
    assert_eq!(phases, [Pending, Pending, Inactive, Pending, Pending, Firing]);
}

#[test]
fn without_a_time_an_alert_fires_at_once_through_pending() {
    let (_, log) = phases(rule(queue_length(1), 5.0, 0, 0), &[9.0]);
    assert_eq!(log, ["15 Inactive Pending", "15 Pending Firing"]);
}

#[test]
fn an_alert_that_keeps_firing_does_not_flap() {
    let (_, log) = phases(rule(queue_length(1), 5.0, 0, 45), &[9.0, 1.0, 9.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(log, ["15 Inactive Pending", "15 Pending Firing", "90 Firing Resolved"]);
}

#[test]
fn figures_come_from_rates_ratios_percentiles_and_shares() {
    let mut metrics = Metrics::new();
    let ok = metrics.counter("http_requests_total", "Requests.", &[("code", "200")]);
    let failed = metrics.counter("http_requests_total", "Requests.", &[("code", "500")]);
    let latency = metrics.histogram("latency_seconds", "Latency.", &[]);
    let used = metrics.gauge("connections", "Connections.", &[("state", "active")]);
    let limit = metrics.gauge("max_connections", "Limit.", &[]);
    metrics.set(used, 75.0);
    metrics.set(limit, 100.0);
    metrics.scrape(SimTime::ZERO);
    for second in 1..=60 {
        metrics.add(ok, 9);
        metrics.add(failed, 1);
        metrics.observe(latency, Span::from_millis(second * 10));
        metrics.scrape(SimTime::from_secs(second));
    }
    let window = Span::MINUTE;
    let all = || Selector::new("http_requests_total");
    let bad = || all().test("code", LabelTest::StartsWith("5".into()));
    let value = |value: AlertValue| value.evaluate(SimTime::from_secs(60), &metrics);
    assert_eq!(value(AlertValue::Rate { of: all(), window }), Some(10.0));
    assert_eq!(value(AlertValue::Ratio { of: bad(), to: all(), window }), Some(0.1));
    let p50 = value(AlertValue::Percentile { of: Selector::new("latency_seconds"), q: 0.5, window }).unwrap();
    assert!((p50 / 0.3 - 1.0).abs() < 0.016, "{p50}");
    let share = |to| AlertValue::Share { of: Selector::new("connections"), to: Selector::new(to), window };
    assert_eq!(value(share("max_connections")), Some(0.75));
    assert_eq!(value(share("nothing")), None);
    assert_eq!(value(AlertValue::Ratio { of: bad(), to: Selector::new("nothing"), window }), None);
}

#[test]
fn a_condition_reads_as_promql() {
    let check =
        |value: AlertValue, expected: &str| assert_eq!(rule(value, 0.05, 0, 0).expr.to_string(), expected);
    let requests = Selector::new("http_requests_total");
    check(
        AlertValue::Ratio {
            of: requests.clone().test("code", LabelTest::StartsWith("5".into())),
            to: requests,
            window: Span::from_mins(5),
        },
        "sum(rate(http_requests_total{code=~\"5.*\"}[5m])) / sum(rate(http_requests_total[5m])) > 0.05",
    );
    check(
        AlertValue::Percentile { of: Selector::new("x_seconds"), q: 0.95, window: Span::from_secs(90) },
        "histogram_quantile(0.95, sum(rate(x_seconds[90s]))) > 0.05",
    );
}
