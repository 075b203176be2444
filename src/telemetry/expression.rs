//! What an alert rule looks at: a figure computed from metrics, beyond a threshold.
//!
//! The handful of forms that alerts take, as values instead of a query language; they print as PromQL. Series are named by
//! [`Selector`]s, which are resolved at each evaluation, so that those which appear later (a new pod's) take part.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::metrics::{MetricId, Metrics};
use super::selector::Selector;
use crate::kernel::{SimTime, Span};

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
