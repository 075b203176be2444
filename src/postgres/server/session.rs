//! What people and tools type: SQL text in, replies out when the server has done the work.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::Server;
use super::backend::QueryText;
use super::cursors::Cursor;
use super::prepared::Prepared;
use super::program::Step;
use super::types::BackendId;
use super::utility;
use crate::kernel::SimTime;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::ResultSet;

/// Replies that a session keeps until they are taken; later ones are dropped.
const MAX_REPLIES: usize = 256;
/// Statements in one text; the rest is refused.
const MAX_STATEMENTS: usize = 200;

/// One message from the server to a client.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Rows, with their columns' names and types. EXPLAIN and SHOW answer so too.
    Rows(ResultSet),
    /// A command tag.
    Command(String),
    /// The statement failed.
    Error(SqlError),
    /// A NOTICE or WARNING.
    Notice {
        /// `NOTICE`, `WARNING` or `INFO`.
        severity: &'static str,
        /// The message.
        message: String,
        /// The HINT line, where there is one.
        hint: Option<String>,
    },
}

/// A session's typed statements: those still to run, what the current one does next, and what was answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    /// Statements of the text not yet begun.
    pub(crate) script: VecDeque<Arc<str>>,
    /// What is left of the current one.
    pub(crate) program: VecDeque<Step>,
    /// The current one's text.
    pub(crate) text: Option<Arc<str>>,
    pub(crate) replies: Vec<Reply>,
    /// The current one began.
    pub(crate) since: SimTime,
    /// How far an index build has come.
    pub(crate) progress: Option<super::build::BuildProgress>,
    /// How far a VACUUM or ANALYZE has come.
    pub(crate) maintenance: Option<super::backend::Maintenance>,
    /// Statements that were prepared.
    pub(crate) prepared: BTreeMap<String, Prepared>,
    /// Open cursors.
    pub(crate) cursors: BTreeMap<String, Cursor>,
}

impl Server {
    /// Runs SQL text on an idle session, statement by statement until one fails. The replies come by
    /// [`Server::take_replies`] when [`Server::is_busy`] has become false.
    pub fn simple_query(&mut self, now: SimTime, id: BackendId, text: &str) {
        self.see(now);
        if self.backend(id).is_none() {
            return;
        }
        let slot = id.slot;
        let backend = &mut self.backends[slot as usize];
        let conversation = backend.conversation.get_or_insert_default();
        if !conversation.program.is_empty() || backend.state == super::BackendState::Active {
            return;
        }
        let statements = utility::split(text);
        conversation.script.extend(statements.into_iter().take(MAX_STATEMENTS).map(Arc::from));
        self.next_statement(now, slot);
        self.refresh_next();
    }

    /// Whether a session still works on what was typed.
    pub fn is_busy(&self, id: BackendId) -> bool {
        self.backend(id).is_some_and(super::Backend::is_active)
    }

    /// Takes what the server has answered since last time.
    pub fn take_replies(&mut self, id: BackendId) -> Vec<Reply> {
        if self.backend(id).is_none() {
            return Vec::new();
        }
        let conversation = self.backends[id.slot as usize].conversation.as_mut();
        conversation.map(|c| std::mem::take(&mut c.replies)).unwrap_or_default()
    }

    pub(super) fn reply(&mut self, slot: u32, reply: Reply) {
        if let Some(conversation) = &mut self.backends[slot as usize].conversation
            && conversation.replies.len() < MAX_REPLIES
        {
            conversation.replies.push(reply);
        }
    }

    pub(super) fn notice(&mut self, slot: u32, severity: &'static str, message: String) {
        self.reply(slot, Reply::Notice { severity, message, hint: None });
    }

    pub(super) fn reply_error(&mut self, slot: u32, error: SqlError, statement: Option<&str>) {
        let event = super::LogEvent::Error {
            sqlstate: error.sqlstate.0,
            message: error.message.clone(),
            statement: statement.map(Arc::from),
            detail: self.logged_detail(&error),
        };
        let pid = self.backends[slot as usize].pid;
        self.log.push(self.now, pid, Some(slot), event);
        self.reply(slot, Reply::Error(error));
    }

    /// The DETAIL in the log: of a deadlock, also the queries, which clients are not told.
    fn logged_detail(&self, error: &SqlError) -> Option<String> {
        let detail = error.detail.clone()?;
        let deadlock = self.deadlock.as_ref().filter(|_| error.sqlstate == SqlState::DEADLOCK_DETECTED);
        Some(deadlock.map_or(detail.clone(), |report| format!("{detail}\n{}", report.queries)))
    }

    /// Begins the next typed statement, if there is one.
    pub(super) fn next_statement(&mut self, now: SimTime, slot: u32) {
        let Some(conversation) = &mut self.backends[slot as usize].conversation else { return };
        let Some(text) = conversation.script.pop_front() else { return };
        conversation.text = Some(Arc::clone(&text));
        conversation.since = now;
        self.begin_statement(now, slot, QueryText::Typed(text.to_string()));
        match self.compile(now, slot, &text) {
            Ok(steps) => {
                if let Some(conversation) = &mut self.backends[slot as usize].conversation {
                    conversation.program = steps;
                }
                self.advance_program(now, slot);
            }
            Err(error) => self.statement_failed(now, slot, error),
        }
    }
}
