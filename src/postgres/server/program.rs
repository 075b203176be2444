//! Typed statements as programs: a list of steps, each of which may wait for a lock, work, or others to finish.
//!
//! `CREATE INDEX CONCURRENTLY` is then a list like any other (lock, wait, scan, sort, load, wait, scan again, wait),
//! and what it leaves behind when it is cancelled is what its finished steps did.

use std::collections::VecDeque;
use std::sync::Arc;

use sqlparser::ast;

use super::backend::{BackendState, WaitEvent};
use super::log::{LogEvent, LoggedStatement};
use super::run::Stage;
use super::session::Reply;
use super::types::Failure;
use super::{Server, Timer};
use crate::kernel::{SimTime, Span};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::locks::{Grant, LockMode, LockTag};
use crate::postgres::work::{Work, rates};

/// How often a session that waits for others' transactions looks again.
const POLL: Span = Span::from_millis(20);

/// One step of a typed statement.
#[derive(Debug)]
pub(crate) enum Step {
    /// Take a lock, waiting in its queue.
    Lock(LockTag, LockMode),
    /// Let go of it before the transaction's end.
    Unlock(LockTag, LockMode),
    /// Use CPU and disk.
    Work(Arc<Work>),
    /// Wait until all these transactions are over: (slot, transaction number).
    WaitOut(Vec<(u32, u64)>),
    /// Sleep.
    Sleep(Span),
    /// Take effect, reply.
    Effect(Effect),
}

/// What a step does to the server, at an instant.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Answer with a command tag.
    Tag(&'static str),
    /// `BEGIN`
    Begin,
    /// `COMMIT`
    Commit,
    /// `ROLLBACK`
    Rollback,
    /// `SET name = value` for the session; `None` resets.
    Set(String, Option<String>),
    /// `SHOW name`
    Show(String),
}

impl Server {
    /// Turns a statement into its steps.
    pub(super) fn compile(
        &mut self,
        now: SimTime,
        slot: u32,
        statement: ast::Statement,
    ) -> Result<VecDeque<Step>, SqlError> {
        let _ = now;
        if self.backends[slot as usize].aborted
            && !matches!(statement, ast::Statement::Commit { .. } | ast::Statement::Rollback { .. })
        {
            return Err(aborted_transaction());
        }
        let effect = match &statement {
            ast::Statement::StartTransaction { .. } => Effect::Begin,
            ast::Statement::Commit { .. } => Effect::Commit,
            ast::Statement::Rollback { .. } => Effect::Rollback,
            other => return Err(SqlError::unsupported(other)),
        };
        Ok(VecDeque::from([Step::Work(small_work(rates::STATEMENT)), Step::Effect(effect)]))
    }

    /// Runs steps until one has to wait, or none is left.
    pub(super) fn advance_program(&mut self, now: SimTime, slot: u32) {
        loop {
            let Some(conversation) = &mut self.backends[slot as usize].conversation else { return };
            let Some(step) = conversation.program.pop_front() else {
                return self.statement_done(now, slot);
            };
            match step {
                Step::Lock(tag, mode) => {
                    if self.lock(now, slot, tag, mode) == Grant::Waiting {
                        return;
                    }
                }
                Step::Unlock(tag, mode) => self.release_lock(now, slot, tag, mode),
                Step::Work(work) => return self.start_long(now, slot, work, 1.0),
                Step::WaitOut(transactions) => {
                    if let Some(still) = self.still_open(transactions) {
                        return self.poll_again(now, slot, still);
                    }
                }
                Step::Sleep(span) => return self.sleep(now, slot, span),
                Step::Effect(effect) => {
                    if let Err(error) = self.apply(now, slot, effect) {
                        return self.statement_failed(now, slot, error);
                    }
                }
            }
        }
    }

    fn still_open(&self, mut transactions: Vec<(u32, u64)>) -> Option<Vec<(u32, u64)>> {
        transactions.retain(|&(slot, number)| {
            self.backends[slot as usize].transaction.is_some_and(|t| t.number == number)
        });
        (!transactions.is_empty()).then_some(transactions)
    }

    fn poll_again(&mut self, now: SimTime, slot: u32, still: Vec<(u32, u64)>) {
        let backend = &mut self.backends[slot as usize];
        backend.wait = Some(WaitEvent::LockVirtualXid);
        backend.run.stage = Stage::Timer;
        let sequence = backend.sequence;
        if let Some(conversation) = &mut backend.conversation {
            conversation.program.push_front(Step::WaitOut(still));
        }
        self.timers.push(now + POLL, Timer::Wake(slot, sequence));
    }

    fn sleep(&mut self, now: SimTime, slot: u32, span: Span) {
        let backend = &mut self.backends[slot as usize];
        backend.wait = Some(WaitEvent::PgSleep);
        backend.run.stage = Stage::Timer;
        self.timers.push(now + span, Timer::Wake(slot, backend.sequence));
    }

    pub(super) fn program_woken(&mut self, now: SimTime, slot: u32) {
        if self.backends[slot as usize].run.stage == Stage::Timer {
            self.backends[slot as usize].run.stage = Stage::None;
            self.backends[slot as usize].wait = None;
            self.advance_program(now, slot);
        }
    }

    pub(super) fn program_locked(&mut self, now: SimTime, slot: u32) {
        self.advance_program(now, slot);
    }

    pub(super) fn program_work_done(&mut self, now: SimTime, slot: u32) {
        if let Some(work) = self.backends[slot as usize].run.work.take() {
            self.count_work(now, &work, None, slot);
        }
        self.advance_program(now, slot);
    }

    pub(super) fn program_failed(&mut self, now: SimTime, slot: u32, why: Failure) {
        let error = SqlError::new(SqlState(why.sqlstate()), why.message());
        self.statement_failed(now, slot, error);
    }

    /// The current statement ended with an error: the rest of the text is dropped.
    pub(super) fn statement_failed(&mut self, now: SimTime, slot: u32, error: SqlError) {
        let text = match &mut self.backends[slot as usize].conversation {
            Some(conversation) => {
                conversation.program.clear();
                conversation.script.clear();
                conversation.progress = None;
                conversation.text.take()
            }
            None => None,
        };
        self.reply_error(slot, error, text.as_deref());
        self.fail_transaction(now, slot);
        self.end_statement(now, slot);
    }

    fn statement_done(&mut self, now: SimTime, slot: u32) {
        let backend = &mut self.backends[slot as usize];
        let Some(conversation) = &mut backend.conversation else { return };
        let elapsed = now - conversation.since;
        conversation.progress = None;
        if let Some(text) = conversation.text.take()
            && self.tuning.log_min_duration.is_some_and(|limit| elapsed >= limit)
        {
            let event = LogEvent::Slow { statement: LoggedStatement::Text(text), duration: elapsed };
            self.log.push(now, backend.pid, Some(slot), event);
        }
        self.end_statement(now, slot);
        if self.backends[slot as usize].alive {
            self.next_statement(now, slot);
        }
    }

    fn apply(&mut self, now: SimTime, slot: u32, effect: Effect) -> Result<(), SqlError> {
        match effect {
            Effect::Tag(tag) => self.reply(slot, Reply::Command(tag.to_owned())),
            Effect::Begin => self.begin_block(slot),
            Effect::Commit => self.end_block(now, slot, true),
            Effect::Rollback => self.end_block(now, slot, false),
            Effect::Set(name, value) => self.set_parameter(slot, &name, value)?,
            Effect::Show(name) => {
                let settings = self.settings_of(&self.backends[slot as usize]);
                let shown = settings.show(&name)?;
                self.reply(slot, Reply::Lines { column: "setting", lines: vec![shown] });
                self.reply(slot, Reply::Command("SHOW".to_owned()));
            }
        }
        Ok(())
    }

    fn begin_block(&mut self, slot: u32) {
        if self.backends[slot as usize].in_block {
            self.notice(slot, "WARNING", "there is already a transaction in progress".to_owned());
        }
        self.backends[slot as usize].in_block = true;
        self.reply(slot, Reply::Command("BEGIN".to_owned()));
    }

    fn end_block(&mut self, now: SimTime, slot: u32, commit: bool) {
        let backend = &self.backends[slot as usize];
        debug_assert!(backend.state == BackendState::Active, "a block ends by a statement");
        if !backend.in_block {
            self.notice(slot, "WARNING", "there is no transaction in progress".to_owned());
        }
        let commit = commit && !self.backends[slot as usize].aborted;
        self.end_transaction(now, slot, commit);
        let tag = if commit { "COMMIT" } else { "ROLLBACK" };
        self.reply(slot, Reply::Command(tag.to_owned()));
    }

    fn set_parameter(&mut self, slot: u32, name: &str, value: Option<String>) -> Result<(), SqlError> {
        if let Some(value) = &value {
            self.settings.clone().set(name, value)?;
            self.backends[slot as usize].parameters.set(name, value);
        } else {
            self.backends[slot as usize].parameters.reset(name);
        }
        self.resolve_limits(slot);
        let tag = if value.is_some() { "SET" } else { "RESET" };
        self.reply(slot, Reply::Command(tag.to_owned()));
        Ok(())
    }
}

/// CPU only.
pub(super) fn small_work(cpu_ns: f64) -> Arc<Work> {
    Arc::new(Work { cpu_ns, ..Work::default() })
}

fn aborted_transaction() -> SqlError {
    SqlError::new(
        SqlState::IN_FAILED_SQL_TRANSACTION,
        "current transaction is aborted, commands ignored until end of transaction block",
    )
}
