//! The golden signals minute by minute, for reports, `--series` and `--csv`.

use crate::drill::Drill;
use crate::kernel::{SimTime, Span};
use crate::stack::view::SignalKind;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// One simulated minute. Values are missing where nothing was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MinuteRow {
    /// The minute's start on the incident's clock, `15:04`.
    pub t: String,
    /// Requests a second.
    pub rps: Option<f64>,
    /// Share of failed requests, 0–1.
    pub error_ratio: Option<f64>,
    /// Median page time, milliseconds.
    pub p50_ms: Option<f64>,
    /// 95th percentile of the page time, milliseconds.
    pub p95_ms: Option<f64>,
    /// 99th percentile of the page time, milliseconds.
    pub p99_ms: Option<f64>,
    /// Share of page views that failed or were too slow, 0–1.
    pub affected_ratio: Option<f64>,
    /// Database processor use, 0–1.
    pub db_cpu: Option<f64>,
    /// Database backends at work.
    pub db_active: Option<f64>,
    /// Clients that wait for a pooled connection.
    pub pool_waiting: Option<f64>,
}

/// The columns after the time, in the order of `--csv`.
const COLUMNS: [(&str, SignalKind); 9] = [
    ("rps", SignalKind::Rps),
    ("error_ratio", SignalKind::ErrorRatio),
    ("p50_ms", SignalKind::P50),
    ("p95_ms", SignalKind::P95),
    ("p99_ms", SignalKind::P99),
    ("affected_ratio", SignalKind::AffectedRatio),
    ("db_cpu", SignalKind::DbCpu),
    ("db_active", SignalKind::DbActive),
    ("pool_waiting", SignalKind::PoolWaiting),
];

impl MinuteRow {
    fn value(&mut self, kind: SignalKind) -> &mut Option<f64> {
        match kind {
            SignalKind::Rps => &mut self.rps,
            SignalKind::ErrorRatio => &mut self.error_ratio,
            SignalKind::P50 => &mut self.p50_ms,
            SignalKind::P95 => &mut self.p95_ms,
            SignalKind::P99 => &mut self.p99_ms,
            SignalKind::AffectedRatio => &mut self.affected_ratio,
            SignalKind::DbCpu => &mut self.db_cpu,
            SignalKind::DbActive => &mut self.db_active,
            SignalKind::PoolWaiting => &mut self.pool_waiting,
        }
    }
}

/// The rows of a drill from its scenario's start to its present minute.
pub fn read(drill: &Drill) -> Vec<MinuteRow> {
    let minutes = drill.now().0 / Span::MINUTE.0;
    let calendar = drill.scenario().calendar();
    let mut rows: Vec<MinuteRow> = (0..minutes)
        .map(|minute| MinuteRow {
            t: calendar.minute(SimTime(minute * Span::MINUTE.0)),
            ..MinuteRow::default()
        })
        .collect();
    for (_, kind) in COLUMNS {
        let series =
            drill.world().series(kind, SimTime::ZERO, SimTime(minutes * Span::MINUTE.0), Span::MINUTE);
        for (row, value) in rows.iter_mut().zip(series.values) {
            *row.value(kind) = value.is_finite().then(|| rounded(value * scale(kind)));
        }
    }
    rows
}

/// From the model's unit to the row's: page times are kept in seconds.
fn scale(kind: SignalKind) -> f64 {
    match kind {
        SignalKind::P50 | SignalKind::P95 | SignalKind::P99 => 1_000.0,
        _ => 1.0,
    }
}

/// Four decimals are more than any signal is worth.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// The rows as comma-separated values with a header line.
pub fn csv(rows: &[MinuteRow]) -> String {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let mut text = format!("t,{}\n", names.join(","));
    for row in rows {
        let mut row = row.clone();
        text.push_str(&row.t);
        for (_, kind) in COLUMNS {
            text.push(',');
            if let Some(value) = *row.value(kind) {
                // Writing to a String cannot fail.
                let _ = write!(text, "{value}");
            }
        }
        text.push('\n');
    }
    text
}
