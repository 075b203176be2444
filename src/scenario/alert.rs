//! Alert rules in the words of a scenario; the stack turns each into a rule over its own metrics.

use serde::Deserialize;

use super::time::Interval;

/// An alert rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertRule {
    /// Its name, `DatabaseResponseTimeHigh`.
    pub name: String,
    /// Whom it wakes.
    pub severity: Severity,
    /// What it looks at.
    pub when: Condition,
    /// How long the condition has to hold.
    pub hold: Interval,
    /// One line.
    pub summary: String,
    /// The runbook that it points at.
    #[serde(default)]
    pub runbook: Option<String>,
}

/// Whom an alert wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Severity {
    /// Somebody, now.
    Page,
    /// Somebody, tomorrow.
    Ticket,
}

/// A comparison.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Condition {
    /// The signal is above the value.
    Above(Signal, f64),
    /// The signal is below the value.
    Below(Signal, f64),
}

/// What an alert rule can look at. Ratios run from 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Signal {
    /// The 95th percentile of the primary's query times over the last minute (pool wait included), in milliseconds.
    DatabaseResponseP95Ms,
    /// The 95th percentile of the load balancer's response times over the last minute, in milliseconds.
    ResponseP95Ms,
    /// The share of responses that are errors (5xx, or nobody waited for them) over the last minute.
    ErrorRatio,
    /// Requests a second over the last minute.
    RequestsPerSecond,
    /// Clients waiting for a pooled connection.
    PoolWaiting,
    /// The share of the primary's cores that are busy.
    DatabaseCpuRatio,
    /// The share of the web deployment's cores that are busy.
    WebCpuRatio,
    /// Web pods that are not ready.
    PodsNotReady,
    /// The replica's delay, in seconds.
    ReplicaLagSeconds,
    /// Orders placed a minute.
    OrdersPerMinute,
    /// A gauge of [`super::Scenario::exports`], by its name.
    Export(String),
}

/// A gauge that an outside exporter reports and that never moves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The metric's name.
    pub name: String,
    /// What it is.
    pub help: String,
    /// Its labels.
    #[serde(default)]
    pub labels: Vec<(String, String)>,
    /// Its value.
    pub value: f64,
}
