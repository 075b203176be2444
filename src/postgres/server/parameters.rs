//! Run-time parameters in layers, and the handful that the running server itself obeys.
//!
//! [`Settings`] knows every parameter, its unit and its range; a layer here is only what was set where: the server's
//! file, a role's defaults, a session's `SET`. The layers are applied in that order to give a session's settings.

use std::collections::BTreeMap;

use crate::kernel::Span;
use crate::postgres::error::SqlError;
use crate::postgres::settings::{SettingValue, Settings};

/// Values by parameter name, lower case. One layer: the server's file, a role's defaults, or a session's `SET`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<String, String>,
}

impl Parameters {
    /// A layer from pairs.
    pub fn from_pairs(pairs: &[(String, String)]) -> Parameters {
        let values = pairs.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        Parameters { values }
    }

    /// What this layer says of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Sets a parameter in this layer.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_ascii_lowercase(), value.to_owned());
    }

    /// Forgets a parameter in this layer; the layer below shows again.
    pub fn reset(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Forgets all of this layer.
    pub fn reset_all(&mut self) {
        self.values.clear();
    }

    /// Everything set in this layer, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Sets all of this layer on top of `settings`.
    ///
    /// # Errors
    /// The first unknown name or value out of range; the rest is still applied.
    pub fn apply(&self, settings: &mut Settings) -> Result<(), SqlError> {
        let mut first = Ok(());
        for (name, value) in self.iter() {
            let result = settings.set(name, value);
            first = first.and(result);
        }
        first
    }
}

/// Time-outs that a session obeys; `None` means none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// `statement_timeout`
    pub statement: Option<Span>,
    /// `lock_timeout`
    pub lock: Option<Span>,
    /// `idle_in_transaction_session_timeout`
    pub idle_in_transaction: Option<Span>,
}

impl Limits {
    /// What a session's settings say.
    pub fn of(settings: &Settings) -> Limits {
        let limit = |name: &str| {
            let milliseconds = settings.integer(name);
            (milliseconds > 0).then(|| Span::from_millis(milliseconds as u64))
        };
        Limits {
            statement: limit("statement_timeout"),
            lock: limit("lock_timeout"),
            idle_in_transaction: limit("idle_in_transaction_session_timeout"),
        }
    }
}

/// What the server as a whole obeys.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuning {
    /// `deadlock_timeout`
    pub deadlock_timeout: Span,
    /// `log_min_duration_statement`; `None`: off.
    pub log_min_duration: Option<Span>,
    /// `log_lock_waits`
    pub log_lock_waits: bool,
    /// `log_checkpoints`
    pub log_checkpoints: bool,
    /// `maintenance_work_mem`, bytes.
    pub maintenance_work_mem: f64,
    /// `checkpoint_timeout`
    pub checkpoint_timeout: Span,
    /// `max_wal_size`, bytes.
    pub max_wal_size: f64,
    /// `checkpoint_completion_target`
    pub checkpoint_completion_target: f64,
    /// `max_parallel_workers`
    pub max_parallel_workers: u32,
    /// `max_parallel_maintenance_workers`
    pub max_parallel_maintenance_workers: u32,
    /// `autovacuum`
    pub autovacuum: bool,
    /// `autovacuum_naptime`
    pub autovacuum_naptime: Span,
    /// `autovacuum_max_workers`
    pub autovacuum_max_workers: u32,
    /// `autovacuum_vacuum_threshold` and `autovacuum_vacuum_scale_factor`.
    pub vacuum_threshold: (f64, f64),
    /// `autovacuum_vacuum_insert_threshold` and its scale factor.
    pub insert_threshold: (f64, f64),
    /// `autovacuum_analyze_threshold` and `autovacuum_analyze_scale_factor`.
    pub analyze_threshold: (f64, f64),
    /// `synchronous_commit` waits for the local flush.
    pub synchronous_commit: bool,
}

impl Tuning {
    /// What the server's settings say.
    pub fn of(settings: &Settings) -> Tuning {
        let number = |name: &str| match settings.get(name) {
            Some(SettingValue::Int(value)) => *value as f64,
            Some(SettingValue::Real(value)) => *value,
            _ => 0.0,
        };
        let flag = |name: &str| matches!(settings.get(name), Some(SettingValue::Bool(true)));
        let milliseconds = |name: &str| Span::from_millis_f64(number(name));
        let seconds = |name: &str| Span::from_secs_f64(number(name));
        let log_min_duration = number("log_min_duration_statement");
        Tuning {
            deadlock_timeout: milliseconds("deadlock_timeout"),
            log_min_duration: (log_min_duration >= 0.0).then(|| Span::from_millis_f64(log_min_duration)),
            log_lock_waits: flag("log_lock_waits"),
            log_checkpoints: flag("log_checkpoints"),
            maintenance_work_mem: number("maintenance_work_mem") * 1_024.0,
            checkpoint_timeout: seconds("checkpoint_timeout"),
            max_wal_size: number("max_wal_size") * 1_048_576.0,
            checkpoint_completion_target: number("checkpoint_completion_target"),
            max_parallel_workers: number("max_parallel_workers") as u32,
            max_parallel_maintenance_workers: number("max_parallel_maintenance_workers") as u32,
            autovacuum: flag("autovacuum"),
            autovacuum_naptime: seconds("autovacuum_naptime"),
            autovacuum_max_workers: number("autovacuum_max_workers") as u32,
            vacuum_threshold: (
                number("autovacuum_vacuum_threshold"),
                number("autovacuum_vacuum_scale_factor"),
            ),
            insert_threshold: (
                number("autovacuum_vacuum_insert_threshold"),
                number("autovacuum_vacuum_insert_scale_factor"),
            ),
            analyze_threshold: (
                number("autovacuum_analyze_threshold"),
                number("autovacuum_analyze_scale_factor"),
            ),
            synchronous_commit: !matches!(settings.get("synchronous_commit"),
                Some(SettingValue::Text(value)) if value == "off"),
        }
    }
}
