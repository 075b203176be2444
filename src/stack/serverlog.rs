//! The database servers' log lines, as they read in a file written with `log_line_prefix = '[%p] %u@%d '`.
//!
//! Slow statements of the workload come by the thousand in an outage, so each has a template of its own; everything else is
//! worded as it comes.

use crate::postgres::server::log::LoggedStatement;
use crate::postgres::server::{LogEntry, LogEvent, Server, Severity};
use crate::telemetry::{Level, Logs, SourceId, TemplateId};

use super::blueprint::Blueprint;

/// A template for each registered statement of each server.
#[derive(Clone, Debug)]
pub(crate) struct ServerLogBook {
    slow: Vec<Vec<TemplateId>>,
    failed: Vec<Vec<TemplateId>>,
}

impl ServerLogBook {
    pub(crate) fn new(blueprint: &Blueprint, servers: &[Server], logs: &mut Logs) -> ServerLogBook {
        let mut book = ServerLogBook { slow: Vec::new(), failed: Vec::new() };
        for (place, server) in servers.iter().enumerate() {
            let queries = blueprint.queries.iter();
            let here: Vec<_> = queries
                .filter(|query| usize::from(blueprint.pools[usize::from(query.pool)].database) == place)
                .collect();
            let who = |index: usize| {
                let role =
                    here.get(index).map_or("shop", |query| &blueprint.pools[usize::from(query.pool)].role);
                format!("{role}@{}", server.catalog().database)
            };
            let mut slow = Vec::new();
            let mut failed = Vec::new();
            for (index, template) in server.templates().iter().enumerate() {
                let (who, sql) = (who(index), &template.sql);
                let duration =
                    format!("[{{1:int}}] {who} LOG:  duration: {{0:ms}} ms  execute <unnamed>: {sql}");
                slow.push(logs.template(Level::Info, &duration));
                let error = format!("[{{0:int}}] {who} ERROR:  {{1:str}} | STATEMENT:  {sql}");
                failed.push(logs.template(Level::Error, &error));
            }
            book.slow.push(slow);
            book.failed.push(failed);
        }
        book
    }

    /// Takes one entry over.
    pub(crate) fn write(
        &self,
        logs: &mut Logs,
        source: SourceId,
        place: usize,
        server: &Server,
        entry: &LogEntry,
    ) {
        match &entry.event {
            LogEvent::Slow { statement: LoggedStatement::Registered(id), duration } => {
                if let Some(&template) = self.slow[place].get(id.0 as usize) {
                    logs.push(entry.at, source, template, [duration.0, u64::from(entry.pid), 0, 0]);
                }
            }
            LogEvent::Failed { statement: LoggedStatement::Registered(id), failure } => {
                if let Some(&template) = self.failed[place].get(id.0 as usize) {
                    let why = logs.intern(failure.message());
                    logs.push(entry.at, source, template, [u64::from(entry.pid), why, 0, 0]);
                }
            }
            _ => write_worded(logs, source, server, entry),
        }
    }
}

fn write_worded(logs: &mut Logs, source: SourceId, server: &Server, entry: &LogEntry) {
    let severity = entry.severity();
    let level = match severity {
        Severity::Log => Level::Info,
        Severity::Warning => Level::Warn,
        Severity::Error => Level::Error,
        Severity::Fatal => Level::Fatal,
    };
    let sql = |id| server.query_sql(id);
    let mut text = format!("[{}] {}:  {}", entry.pid, severity.name(), entry.message(&sql));
    if let Some(detail) = entry.detail() {
        text.push_str(" | DETAIL:  ");
        text.push_str(&detail);
    }
    if let Some(statement) = entry.statement(&sql) {
        text.push_str(" | STATEMENT:  ");
        text.push_str(statement);
    }
    logs.push_text(entry.at, source, level, &text);
}
