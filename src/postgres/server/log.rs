//! The server's log: events as values, worded only when somebody reads them.
//!
//! Under overload thousands of statements a minute are logged as slow; keeping each as a sentence would cost more than
//! simulating it. The log is bounded: the oldest unread entries are dropped and counted.

use std::collections::VecDeque;
use std::sync::Arc;

use super::types::{Failure, QueryId};
use crate::kernel::{SimTime, Span};
use crate::postgres::locks::LockMode;

/// Unread entries kept.
pub const LOG_CAPACITY: usize = 8_192;

/// How grave an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// `LOG`
    Log,
    /// `WARNING`
    Warning,
    /// `ERROR`
    Error,
    /// `FATAL`
    Fatal,
}

impl Severity {
    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Log => "LOG",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
            Severity::Fatal => "FATAL",
        }
    }
}

/// A statement in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedStatement {
    /// A registered one.
    Registered(QueryId),
    /// As typed.
    Text(Arc<str>),
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum LogEvent {
    /// A statement took longer than `log_min_duration_statement`.
    Slow {
        /// Which.
        statement: LoggedStatement,
        /// How long.
        duration: Span,
    },
    /// A statement of the workload failed.
    Failed {
        /// Which.
        statement: LoggedStatement,
        /// Why.
        failure: Failure,
    },
    /// A typed statement failed, or a connection was refused: SQLSTATE and message.
    Error {
        /// SQLSTATE.
        sqlstate: &'static str,
        /// The message.
        message: String,
        /// The statement, where there was one.
        statement: Option<Arc<str>>,
        /// The DETAIL, where there was one.
        detail: Option<String>,
    },
    /// A session waited longer than `deadlock_timeout` for a lock (`log_lock_waits`).
    LockWait {
        /// The relation's or transaction's wording.
        object: String,
        /// The mode awaited.
        mode: LockMode,
        /// For how long so far.
        waited: Span,
        /// It has it now.
        acquired: bool,
        /// Process ids that hold it.
        holders: Vec<u32>,
        /// Process ids that wait for it, in order.
        queue: Vec<u32>,
    },
    /// A checkpoint began.
    CheckpointStarting {
        /// `time` or `wal`.
        cause: &'static str,
    },
    /// A checkpoint ended.
    CheckpointComplete {
        /// Buffers written.
        buffers: u64,
        /// Share of shared buffers, percent.
        percent: f64,
        /// Time spent writing.
        write: Span,
        /// WAL distance in kB.
        distance_kb: u64,
    },
    /// Anything else, worded.
    Text {
        /// How grave.
        severity: Severity,
        /// The message.
        message: String,
    },
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// When.
    pub at: SimTime,
    /// The process that wrote it.
    pub pid: u32,
    /// The session's slot where a session wrote it: role, database, application and address are the backend's.
    pub slot: Option<u32>,
    /// What.
    pub event: LogEvent,
}

impl LogEntry {
    /// How grave the entry is.
    pub fn severity(&self) -> Severity {
        match &self.event {
            LogEvent::Slow { .. }
            | LogEvent::LockWait { .. }
            | LogEvent::CheckpointStarting { .. }
            | LogEvent::CheckpointComplete { .. } => Severity::Log,
            LogEvent::Failed { failure, .. } if failure.closes_connection() => Severity::Fatal,
            LogEvent::Failed { .. } => Severity::Error,
            LogEvent::Error { sqlstate, .. } if *sqlstate == "53300" => Severity::Fatal,
            LogEvent::Error { .. } => Severity::Error,
            LogEvent::Text { severity, .. } => *severity,
        }
    }

    /// The message, as after `LOG:  ` in the server's log. `sql` words registered statements.
    pub fn message<'a>(&'a self, sql: &dyn Fn(QueryId) -> &'a str) -> String {
        match &self.event {
            LogEvent::Slow { statement, duration } => {
                let (verb, text) = match statement {
                    LoggedStatement::Registered(id) => ("execute <unnamed>", sql(*id)),
                    LoggedStatement::Text(text) => ("statement", &**text),
                };
                format!("duration: {:.3} ms  {verb}: {text}", duration.as_millis_f64())
            }
            LogEvent::Failed { failure, .. } => failure.message().to_owned(),
            LogEvent::Error { message, .. } => message.clone(),
            LogEvent::LockWait { object, mode, waited, acquired, .. } => {
                let state = if *acquired { "acquired" } else { "still waiting for" };
                format!(
                    "process {} {state} {} on {object} after {:.3} ms",
                    self.pid,
                    mode.name(),
                    waited.as_millis_f64()
                )
            }
            LogEvent::CheckpointStarting { cause } => format!("checkpoint starting: {cause}"),
            LogEvent::CheckpointComplete { buffers, percent, write, distance_kb } => format!(
                "checkpoint complete: wrote {buffers} buffers ({percent:.1}%); write={:.3} s, total={:.3} s; distance={distance_kb} kB",
                write.as_secs_f64(),
                write.as_secs_f64()
            ),
            LogEvent::Text { message, .. } => message.clone(),
        }
    }

    /// The `STATEMENT:` line beneath an error, where there is one.
    pub fn statement<'a>(&'a self, sql: &dyn Fn(QueryId) -> &'a str) -> Option<&'a str> {
        match &self.event {
            LogEvent::Failed { statement: LoggedStatement::Registered(id), .. } => Some(sql(*id)),
            LogEvent::Failed { statement: LoggedStatement::Text(text), .. } => Some(text),
            LogEvent::Error { statement, .. } => statement.as_deref(),
            _ => None,
        }
    }

    /// The `DETAIL:` line, where there is one.
    pub fn detail(&self) -> Option<String> {
        match &self.event {
            LogEvent::LockWait { holders, queue, acquired: false, .. } => {
                let list = |pids: &[u32]| pids.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
                let processes = if holders.len() == 1 { "Process" } else { "Processes" };
                Some(format!("{processes} holding the lock: {}. Wait queue: {}.", list(holders), list(queue)))
            }
            LogEvent::Error { detail, .. } => detail.clone(),
            _ => None,
        }
    }
}

/// Entries not yet read.
#[derive(Clone, Debug, Default)]
pub struct ServerLog {
    entries: VecDeque<LogEntry>,
    dropped: u64,
}

impl ServerLog {
    pub(crate) fn push(&mut self, at: SimTime, pid: u32, slot: Option<u32>, event: LogEvent) {
        if self.entries.len() == LOG_CAPACITY {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(LogEntry { at, pid, slot, event });
    }

    /// Takes the oldest unread entry.
    pub fn pop(&mut self) -> Option<LogEntry> {
        self.entries.pop_front()
    }

    /// Unread entries, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &LogEntry> {
        self.entries.iter()
    }

    /// How many were dropped unread since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}
