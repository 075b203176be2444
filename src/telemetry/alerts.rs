//! Alert rules over metrics, evaluated as Prometheus evaluates them: inactive, pending while the condition
//! has held for less than `for`, firing.
//!
//! An expression without a value (no traffic, no points) does not hold. What a rule looks at is named by
//! [`Selector`]s, which are resolved at each evaluation, so that series which appear later (a new pod's) take
//! part.

use std::collections::VecDeque;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::metrics::{MetricId, Metrics};
use super::selector::Selector;
use crate::kernel::{SimTime, Span};

/// Whom an alert concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Can wait until morning.
    Ticket,
    /// Wakes somebody.
    Page,
}

/// How the series that a selector means become one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aggregate {
    /// Their sum.
    Sum,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// Their mean.
    Mean,
}

/// A figure computed from metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AlertValue {
    /// Growth of counters each second, over a window.
    Rate {
        /// Counters, added up.
        of: Selector,
        /// Length of the window.
        window: Span,
    },
    /// Growth of some counters over that of others in the same window; no value when the latter did not grow.
    Ratio {
        /// Counters above the line.
        of: Selector,
        /// Counters below the line.
        to: Selector,
        /// Length of the window.
        window: Span,
    },
    /// A percentile of latencies in seconds, over a window; no value without observations.
    Percentile {
        /// Histograms, merged.
        of: Selector,
        /// Which percentile, 0 to 1.
        q: f64,
        /// Length of the window.
        window: Span,
    },
    /// The mean of gauges over a window.
    Gauge {
        /// Gauges.
        of: Selector,
        /// How they become one.
        by: Aggregate,
        /// Length of the window.
        window: Span,
    },
    /// One sum of gauges' means over another's; no value when the latter is zero.
    Share {
        /// Gauges above the line.
        of: Selector,
        /// Gauges below the line.
        to: Selector,
        /// Length of the window.
        window: Span,
    },
}

/// Which way of the threshold is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// Too much.
    Above,
    /// Too little.
    Below,
}

/// A condition: a figure beyond a threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertExpr {
    /// The figure.
    pub value: AlertValue,
    /// Which side is wrong.
    pub is: Comparison,
    /// In the figure's unit: seconds for percentiles, 0 to 1 for ratios and shares.
    pub threshold: f64,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertRule {
    /// As Prometheus names alerts: `HighErrorRate`.
    pub name: String,
    /// Whom it concerns.
    pub severity: Severity,
    /// The condition.
    pub expr: AlertExpr,
    /// How long the condition must hold before the alert fires.
    #[serde(rename = "for")]
    pub hold: Span,
    /// How long the alert goes on firing after the condition ended, lest it flap.
    #[serde(default)]
    pub keep_firing: Span,
    /// What a person reads; `{value}` stands for the figure.
    pub summary: String,
}

/// A rule's number, in order of addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertId(pub u32);

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The condition does not hold.
    Inactive,
    /// It holds, but not yet for long enough.
    Pending,
    /// It has held for long enough.
    Firing,
    /// It fired, and no longer does.
    Resolved,
}

/// An alert's state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertState {
    /// Where it stands.
    pub phase: Phase,
    /// Since when.
    pub since: SimTime,
    /// The figure at the last evaluation, if it had one.
    pub value: Option<f64>,
    /// When the condition last held.
    held_at: SimTime,
}

/// A change of phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertTransition {
    /// When.
    pub at: SimTime,
    /// Which alert.
    pub alert: AlertId,
    /// The phase it left.
    pub from: Phase,
    /// The phase it entered.
    pub to: Phase,
    /// The figure, if it had one.
    pub value: Option<f64>,
}

/// A rule with its state.
#[derive(Clone, Copy, Debug)]
pub struct Alert<'a> {
    /// Its number.
    pub id: AlertId,
    /// The rule.
    pub rule: &'a AlertRule,
    /// Where it stands.
    pub state: AlertState,
}

/// All alert rules of a run, their states, and the last transitions.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    rules: Vec<AlertRule>,
    states: Vec<AlertState>,
    history: VecDeque<AlertTransition>,
}

impl Alerts {
    /// Transitions remembered.
    pub const MAX_HISTORY: usize = 1_024;
    /// How often rules are to be evaluated (Prometheus' default is 1 min; most set 15 s).
    pub const INTERVAL: Span = Span::from_secs(15);

    /// No rules.
    pub fn new() -> Alerts {
        Alerts::default()
    }

    /// Adds a rule.
    pub fn add(&mut self, rule: AlertRule) -> AlertId {
        let id = AlertId(self.rules.len() as u32);
        self.rules.push(rule);
        self.states.push(AlertState {
            phase: Phase::Inactive,
            since: SimTime::ZERO,
            value: None,
            held_at: SimTime::ZERO,
        });
        id
    }

    /// Evaluates all rules on the metrics as scraped by `now`, and returns what changed, in the rules' order.
    pub fn evaluate(&mut self, now: SimTime, metrics: &Metrics) -> Vec<AlertTransition> {
        let mut transitions = Vec::new();
        for (index, (rule, state)) in self.rules.iter().zip(&mut self.states).enumerate() {
            state.value = rule.expr.value.evaluate(now, metrics);
            let holds = state.value.is_some_and(|value| rule.expr.holds(value));
            let mut enter = |state: &mut AlertState, to: Phase| {
                let alert = AlertId(index as u32);
                transitions.push(AlertTransition {
                    at: now,
                    alert,
                    from: state.phase,
                    to,
                    value: state.value,
                });
                state.phase = to;
                state.since = now;
            };
            match (state.phase, holds) {
                (Phase::Inactive | Phase::Resolved, true) => enter(state, Phase::Pending),
                (Phase::Pending, false) => enter(state, Phase::Inactive),
                (Phase::Firing, false) if now.since(state.held_at) >= rule.keep_firing => {
                    enter(state, Phase::Resolved);
                }
                _ => {}
            }
            if holds {
                state.held_at = now;
            }
            if state.phase == Phase::Pending && now.since(state.since) >= rule.hold {
                enter(state, Phase::Firing);
            }
        }
        for &transition in &transitions {
            if self.history.len() == Alerts::MAX_HISTORY {
                self.history.pop_front();
            }
            self.history.push_back(transition);
        }
        transitions
    }

    /// All alerts in the order of their rules.
    pub fn all(&self) -> impl Iterator<Item = Alert<'_>> + '_ {
        self.rules.iter().zip(&self.states).enumerate().map(|(index, (rule, &state))| Alert {
            id: AlertId(index as u32),
            rule,
            state,
        })
    }

    /// Alerts that are pending or firing.
    pub fn active(&self) -> impl Iterator<Item = Alert<'_>> + '_ {
        self.all().filter(|alert| matches!(alert.state.phase, Phase::Pending | Phase::Firing))
    }

    /// One alert.
    pub fn get(&self, id: AlertId) -> Option<Alert<'_>> {
        self.all().nth(id.0 as usize)
    }

    /// The last transitions, oldest first.
    pub fn history(&self) -> impl Iterator<Item = AlertTransition> + '_ {
        self.history.iter().copied()
    }
}

impl AlertExpr {
    /// True when a figure is beyond the threshold.
    pub fn holds(&self, value: f64) -> bool {
        match self.is {
            Comparison::Above => value > self.threshold,
            Comparison::Below => value < self.threshold,
        }
    }
}

impl AlertValue {
    /// The figure at `now`, if it has one.
    pub fn evaluate(&self, now: SimTime, metrics: &Metrics) -> Option<f64> {
        match self {
            AlertValue::Rate { of, window } => {
                let ids = metrics.select(of);
                let growth = total_increase(metrics, &ids, now.back(*window), now);
                (!ids.is_empty()).then(|| growth / window.as_secs_f64())
            }
            AlertValue::Ratio { of, to, window } => {
                let since = now.back(*window);
                let below = total_increase(metrics, &metrics.select(to), since, now);
                (below > 0.0).then(|| total_increase(metrics, &metrics.select(of), since, now) / below)
            }
            AlertValue::Percentile { of, q, window } => {
                let merged = metrics.latencies(&metrics.select(of), now.back(*window), now);
                merged.percentile(*q).map(Span::as_secs_f64)
            }
            AlertValue::Gauge { of, by, window } => by.of(gauge_means(metrics, of, now.back(*window), now)),
            AlertValue::Share { of, to, window } => {
                let since = now.back(*window);
                let below =
                    Aggregate::Sum.of(gauge_means(metrics, to, since, now)).filter(|&sum| sum > 0.0)?;
                Some(Aggregate::Sum.of(gauge_means(metrics, of, since, now))? / below)
            }
        }
    }
}

fn total_increase(metrics: &Metrics, ids: &[MetricId], from: SimTime, to: SimTime) -> f64 {
    ids.iter().map(|&id| metrics.increase(id, from, to)).sum()
}

fn gauge_means(metrics: &Metrics, of: &Selector, from: SimTime, to: SimTime) -> Vec<f64> {
    metrics.select(of).into_iter().filter_map(|id| metrics.mean(id, from, to)).collect()
}

impl Aggregate {
    fn of(self, values: Vec<f64>) -> Option<f64> {
        let count = values.len() as f64;
        let sum = |values: Vec<f64>| values.into_iter().sum::<f64>();
        match self {
            _ if values.is_empty() => None,
            Aggregate::Sum => Some(sum(values)),
            Aggregate::Mean => Some(sum(values) / count),
            Aggregate::Max => values.into_iter().reduce(f64::max),
            Aggregate::Min => values.into_iter().reduce(f64::min),
        }
    }
}

/// The condition as PromQL writes it.
impl fmt::Display for AlertExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.is {
            Comparison::Above => ">",
            Comparison::Below => "<",
        };
        write!(f, "{} {sign} {}", self.value, self.threshold)
    }
}

impl fmt::Display for AlertValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlertValue::Rate { of, window } => write!(f, "sum(rate({of}[{}]))", range(*window)),
            AlertValue::Ratio { of, to, window } => {
                let window = range(*window);
                write!(f, "sum(rate({of}[{window}])) / sum(rate({to}[{window}]))")
            }
            AlertValue::Percentile { of, q, window } => {
                write!(f, "histogram_quantile({q}, sum(rate({of}[{}])))", range(*window))
            }
            AlertValue::Gauge { of, by, window } => {
                let by = match by {
                    Aggregate::Sum => "sum",
                    Aggregate::Max => "max",
                    Aggregate::Min => "min",
                    Aggregate::Mean => "avg",
                };
                write!(f, "{by}(avg_over_time({of}[{}]))", range(*window))
            }
            AlertValue::Share { of, to, window } => {
                let window = range(*window);
                write!(f, "sum(avg_over_time({of}[{window}])) / sum(avg_over_time({to}[{window}]))")
            }
        }
    }
}

/// A window in PromQL's notation: `5m`, `30s`.
fn range(window: Span) -> String {
    let seconds = window.as_secs();
    match seconds {
        1.. if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        1.. if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}
