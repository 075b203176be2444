//! Queries over system views: answered from the server as it is when their CPU time is spent, then their side effects.

use sqlparser::ast;

use super::Server;
use super::effects::Effect;
use super::program::Step;
use super::session::Reply;
use crate::kernel::{SimTime, Span};
use crate::postgres::catalog::Oid;
use crate::postgres::error::SqlError;
use crate::postgres::query::{self, ResultColumn, ResultSet};
use crate::postgres::types::TypeId;

impl Server {
    /// Answers a query; `pg_sleep` delays the answer.
    pub(super) fn answer_select(
        &mut self,
        now: SimTime,
        slot: u32,
        query: &ast::Query,
    ) -> Result<(), SqlError> {
        let backend = &self.backends[slot as usize];
        let text = backend.conversation.as_ref().and_then(|c| c.text.clone()).unwrap_or_default();
        let settings = self.settings_of(backend);
        let session =
            query::Session { server: self, now, pid: backend.pid, role: &backend.login.role, settings };
        let mut result = query::select(&session, &text, query)?;
        let effects = std::mem::take(&mut result.effects);
        self.backends[slot as usize].run.rows = result.rows.len() as u64;
        let slept: f64 =
            effects.iter().map(|e| if let query::Effect::Sleep(seconds) = e { *seconds } else { 0.0 }).sum();
        for effect in effects {
            self.carry_out(now, slot, effect)?;
        }
        if slept > 0.0 {
            if let Some(conversation) = &mut self.backends[slot as usize].conversation {
                conversation.program.push_front(Step::Effect(Effect::Answer(Box::new(result))));
                conversation.program.push_front(Step::Sleep(Span::from_secs_f64(slept)));
            }
            return Ok(());
        }
        self.reply(slot, Reply::Rows(result));
        Ok(())
    }

    fn carry_out(&mut self, now: SimTime, slot: u32, effect: query::Effect) -> Result<(), SqlError> {
        match effect {
            query::Effect::Cancel(pid) => {
                self.cancel(now, pid);
            }
            query::Effect::Terminate(pid) => {
                self.terminate(now, pid);
            }
            query::Effect::ResetStatements => self.reset_statement_statistics(),
            query::Effect::ResetStatistics => self.reset_counters(now),
            query::Effect::Sleep(_) => {}
            query::Effect::Set { name, value } => {
                self.backends[slot as usize].parameters.set(&name, &value);
                self.resolve_limits(slot);
            }
            query::Effect::Reload => self.reload(now),
            query::Effect::Warning(message) => self.notice(slot, "WARNING", message),
        }
        Ok(())
    }

    /// `pg_stat_reset()`: counters begin anew; what is known of live and dead rows stays.
    fn reset_counters(&mut self, now: SimTime) {
        for table in self.counters.tables.values_mut() {
            let kept = *table;
            *table = super::counters::TableCounters {
                live: kept.live,
                dead: kept.dead,
                inserted: kept.inserted,
                updated: kept.updated,
                deleted: kept.deleted,
                modified_since_analyze: kept.modified_since_analyze,
                inserted_since_vacuum: kept.inserted_since_vacuum,
                ..Default::default()
            };
        }
        let indexes: Vec<Oid> = self.counters.indexes.keys().copied().collect();
        for oid in indexes {
            self.counters.indexes.insert(oid, Default::default());
        }
        self.counters.database = super::counters::DatabaseCounters { since: now, ..Default::default() };
    }
}

/// One column of texts.
pub(super) fn texts(column: &str, lines: Vec<String>) -> Reply {
    Reply::Rows(ResultSet {
        columns: vec![ResultColumn { name: column.to_owned(), type_oid: TypeId::TEXT.0 }],
        rows: lines.into_iter().map(|line| vec![Some(line)]).collect(),
        effects: Vec::new(),
    })
}
