//! Run-time parameters as the server itself uses them: names to values, parsed with PostgreSQL's units.
//!
//! `pg_settings` knows the whole list; here is only what was set, by which layer, and the handful that the running
//! server obeys. Units as in `guc.c` (`convert_to_base_unit`).

use std::collections::BTreeMap;

use crate::kernel::Span;

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
    /// Resolves from layers, the most specific first.
    pub fn resolve(layers: &[&Parameters]) -> Limits {
        let limit = |name: &str| {
            let text = layers.iter().find_map(|layer| layer.get(name))?;
            time(text).filter(|span| !span.is_zero())
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
    /// `work_mem`, bytes.
    pub work_mem: f64,
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
    /// Resolves from the server's file; what it leaves out has PostgreSQL 18's default.
    pub fn resolve(server: &Parameters) -> Tuning {
        let span = |name, default| server.get(name).and_then(time).unwrap_or(default);
        let bytes = |name, default: f64| server.get(name).and_then(memory).unwrap_or(default);
        let number = |name, default: f64| server.get(name).and_then(|v| v.parse().ok()).unwrap_or(default);
        let flag = |name, default| server.get(name).and_then(boolean).unwrap_or(default);
        Tuning {
            deadlock_timeout: span("deadlock_timeout", Span::SECOND),
            log_min_duration: server.get("log_min_duration_statement").and_then(time),
            log_lock_waits: flag("log_lock_waits", false),
            work_mem: bytes("work_mem", 4.0 * MB),
            maintenance_work_mem: bytes("maintenance_work_mem", 64.0 * MB),
            checkpoint_timeout: span("checkpoint_timeout", Span::from_mins(5)),
            max_wal_size: bytes("max_wal_size", 1024.0 * MB),
            checkpoint_completion_target: number("checkpoint_completion_target", 0.9),
            max_parallel_workers: number("max_parallel_workers", 8.0) as u32,
            max_parallel_maintenance_workers: number("max_parallel_maintenance_workers", 2.0) as u32,
            autovacuum: flag("autovacuum", true),
            autovacuum_naptime: span("autovacuum_naptime", Span::MINUTE),
            autovacuum_max_workers: number("autovacuum_max_workers", 3.0) as u32,
            vacuum_threshold: (
                number("autovacuum_vacuum_threshold", 50.0),
                number("autovacuum_vacuum_scale_factor", 0.2),
            ),
            insert_threshold: (
                number("autovacuum_vacuum_insert_threshold", 1_000.0),
                number("autovacuum_vacuum_insert_scale_factor", 0.2),
            ),
            analyze_threshold: (
                number("autovacuum_analyze_threshold", 50.0),
                number("autovacuum_analyze_scale_factor", 0.1),
            ),
            synchronous_commit: server.get("synchronous_commit").and_then(boolean).unwrap_or(true),
        }
    }
}

const MB: f64 = 1_048_576.0;

/// Reads a time as `SET` does: a number is milliseconds; `us ms s min h d` are units. `None` for anything else, and
/// for -1, which switches a limit off.
pub fn time(text: &str) -> Option<Span> {
    let (number, unit) = number_and_unit(text)?;
    let milliseconds = match unit {
        "us" => 0.001,
        "" | "ms" => 1.0,
        "s" => 1_000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    (number >= 0.0).then(|| Span::from_millis_f64(number * milliseconds))
}

/// Reads an amount of memory in bytes: a number is kilobytes; `B kB MB GB TB` are units.
pub fn memory(text: &str) -> Option<f64> {
    let (number, unit) = number_and_unit(text)?;
    let bytes = match unit {
        "B" => 1.0,
        "" | "kB" => 1_024.0,
        "MB" => MB,
        "GB" => 1_024.0 * MB,
        "TB" => 1_048_576.0 * MB,
        _ => return None,
    };
    Some(number * bytes)
}

/// Reads a boolean as `parse_bool` does, prefixes aside.
pub fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" | "t" | "y" | "local" | "remote_write" | "remote_apply" => Some(true),
        "off" | "false" | "no" | "0" | "f" | "n" => Some(false),
        _ => None,
    }
}

fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim().trim_matches('\'').trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let number = text[..split].trim().parse().ok()?;
    Some((number, text[split..].trim()))
}
