//! Typed statements as programs: a list of steps, each of which may wait for a lock, work, or others to finish.
//!
//! `CREATE INDEX CONCURRENTLY` is then a list like any other (lock, wait, scan, sort, load, wait, scan again, wait),
//! and what it leaves behind when it is cancelled is what its finished steps did.

use std::sync::Arc;

use super::backend::{Backend, BackendType, WaitEvent};
pub(crate) use super::effects::Effect;
use super::log::{LogEvent, LoggedStatement};
use super::rows::RowGrant;
use super::run::Stage;
use super::types::Failure;
use super::{Server, Timer};
use crate::kernel::{SimTime, Span};
use crate::postgres::catalog::Oid;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::locks::{Grant, LockMode, LockTag};
use crate::postgres::row_locks::RowTarget;
use crate::postgres::sql::LockWait;
use crate::postgres::work::Work;

/// How often a session that waits for others' transactions looks again.
const POLL: Span = Span::from_millis(20);

/// One step of a typed statement.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Take a lock, waiting in its queue.
    Lock(LockTag, LockMode),
    /// Take a lock that is free at once, or fail.
    LockAtOnce(Oid, LockMode),
    /// Lock rows, waiting for whoever has them.
    LockRows(RowTarget, LockWait),
    /// Let go of it before the transaction's end.
    Unlock(LockTag, LockMode),
    /// Use CPU and disk.
    Work(Arc<Work>),
    /// An index build's next phase: name, blocks, rows.
    Phase(&'static str, u64, u64),
    /// Wait for others' transactions that are open when the step is reached.
    WaitFor(WaitFor),
    /// Wait until these are over: (slot, transaction number), of so many in all.
    WaitOut(Vec<(u32, u64)>, u64),
    /// `pg_sleep`.
    Sleep(Span),
    /// The cost-based delay of VACUUM.
    Pause(Span),
    /// Take effect, reply.
    Effect(Effect),
}

/// Whose transactions a concurrent build waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WaitFor {
    /// Who has locked the table for writing.
    Writers(Oid),
    /// Who has locked the table at all.
    Users(Oid),
    /// Who holds a snapshot.
    Snapshots,
}

impl Server {
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
                Step::LockAtOnce(table, mode) => {
                    if let Err(error) = self.lock_at_once(now, slot, table, mode) {
                        return self.statement_failed(now, slot, error);
                    }
                }
                Step::LockRows(target, wait) => match self.lock_rows(now, slot, target, wait) {
                    Ok(RowGrant::Taken) => {}
                    Ok(RowGrant::Skipped) => self.backends[slot as usize].run.skipped += 1,
                    Ok(RowGrant::Waiting) => {
                        if let Some(conversation) = &mut self.backends[slot as usize].conversation {
                            conversation.program.push_front(Step::LockRows(target, wait));
                        }
                        return;
                    }
                    Err(error) => return self.statement_failed(now, slot, error),
                },
                Step::Unlock(tag, mode) => self.release_lock(now, slot, tag, mode),
                Step::Work(work) => {
                    if work.changes_rows() {
                        self.give_transaction_id(slot);
                    }
                    return self.start_long(now, slot, work, 1.0);
                }
                Step::Phase(phase, blocks, tuples) => {
                    if let Some(progress) = &mut conversation.progress {
                        progress.phase = phase;
                        progress.blocks = (blocks, 0);
                        progress.tuples = (tuples, 0);
                        progress.lockers = (0, 0);
                    }
                    self.backends[slot as usize].run.chunk = 0;
                }
                Step::WaitFor(whom) => {
                    let transactions = self.transactions(slot, whom);
                    if !transactions.is_empty() {
                        let all = transactions.len() as u64;
                        return self.poll_again(now, slot, transactions, all);
                    }
                }
                Step::WaitOut(transactions, all) => {
                    if let Some(still) = self.still_open(transactions) {
                        return self.poll_again(now, slot, still, all);
                    }
                }
                Step::Sleep(span) => return self.sleep(now, slot, span, WaitEvent::PgSleep),
                Step::Pause(span) => return self.sleep(now, slot, span, WaitEvent::VacuumDelay),
                Step::Effect(effect) => {
                    if let Err(error) = self.apply(now, slot, effect) {
                        return self.statement_failed(now, slot, error);
                    }
                    // A session may have cancelled or terminated itself.
                    if !self.backends[slot as usize].is_active() {
                        return;
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

    fn poll_again(&mut self, now: SimTime, slot: u32, still: Vec<(u32, u64)>, all: u64) {
        let locker_pid = still.first().map_or(0, |t| self.backends[t.0 as usize].pid);
        let backend = &mut self.backends[slot as usize];
        backend.wait = Some(WaitEvent::LockVirtualXid);
        backend.run.stage = Stage::Timer;
        let sequence = backend.sequence;
        if let Some(conversation) = &mut backend.conversation {
            if let Some(progress) = &mut conversation.progress {
                progress.lockers = (all, all - still.len() as u64);
                progress.locker_pid = locker_pid;
            }
            conversation.program.push_front(Step::WaitOut(still, all));
        }
        self.timers.push(now + POLL, Timer::Wake(slot, sequence));
    }

    /// The open transactions of others that a concurrent build has to wait out (`WaitForLockers`,
    /// `WaitForOlderSnapshots`).
    fn transactions(&self, asking: u32, whom: WaitFor) -> Vec<(u32, u64)> {
        let concerned = |slot: u32, backend: &Backend| match whom {
            WaitFor::Snapshots => backend.is_active() && !queues_for_table(backend),
            WaitFor::Writers(table) => self.holds_on(slot, table, LockMode::RowExclusive),
            WaitFor::Users(table) => self.holds_on(slot, table, LockMode::AccessShare),
        };
        self.activity()
            .filter(|(slot, backend)| {
                *slot != asking && !builds_concurrently(backend) && concerned(*slot, backend)
            })
            .filter_map(|(slot, backend)| backend.transaction.map(|t| (slot, t.number)))
            .collect()
    }

    fn sleep(&mut self, now: SimTime, slot: u32, span: Span, wait: WaitEvent) {
        let backend = &mut self.backends[slot as usize];
        backend.wait = Some(wait);
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
        let mut error = SqlError::new(SqlState(why.sqlstate()), why.message());
        if let (Failure::Deadlock, Some(report)) = (why, &self.deadlock) {
            error = error.detail(report.waits.clone()).hint("See server log for query details.");
        }
        self.statement_failed(now, slot, error);
    }

    /// The current statement ended with an error: the rest of the text is dropped.
    pub(super) fn statement_failed(&mut self, now: SimTime, slot: u32, error: SqlError) {
        let text = match &mut self.backends[slot as usize].conversation {
            Some(conversation) => {
                conversation.program.clear();
                conversation.script.clear();
                conversation.progress = None;
                conversation.maintenance = None;
                conversation.text.take()
            }
            None => None,
        };
        self.reply_error(slot, error, text.as_deref());
        self.fail_transaction(now, slot);
        self.end_statement(now, slot);
        self.retire_worker(now, slot);
    }

    /// An autovacuum worker ends with its table.
    fn retire_worker(&mut self, now: SimTime, slot: u32) {
        if self.backends[slot as usize].kind == BackendType::AutovacuumWorker {
            self.close(now, slot);
        }
    }

    fn statement_done(&mut self, now: SimTime, slot: u32) {
        let backend = &mut self.backends[slot as usize];
        let Some(conversation) = &mut backend.conversation else { return };
        let elapsed = now - backend.query_start.unwrap_or(now);
        let rows = backend.run.rows;
        conversation.progress = None;
        conversation.maintenance = None;
        if let Some(text) = conversation.text.take()
            && self.tuning.log_min_duration.is_some_and(|limit| elapsed >= limit)
        {
            let event = LogEvent::Slow { statement: LoggedStatement::Text(text), duration: elapsed };
            self.log.push(now, backend.pid, Some(slot), event);
        }
        self.record_typed(slot, elapsed, rows);
        self.end_statement(now, slot);
        self.retire_worker(now, slot);
        if self.backends[slot as usize].alive {
            self.next_statement(now, slot);
        }
    }
}

/// Concurrent builds do not wait for one another (`PROC_IN_SAFE_IC`).
fn builds_concurrently(backend: &Backend) -> bool {
    let progress = backend.conversation.as_ref().and_then(|c| c.progress.as_ref());
    progress.is_some_and(|p| p.command.ends_with("CONCURRENTLY"))
}

/// A typed statement that still queues for its table's lock. Two concurrent builds on one table would otherwise wait for
/// each other, the first for the second's snapshot, the second for the first's lock: PostgreSQL ends one with a deadlock
/// error, and a release train's runner tries it again until the first is done. Here it simply waits.
fn queues_for_table(backend: &Backend) -> bool {
    backend.conversation.is_some() && backend.wait == Some(WaitEvent::LockRelation)
}

/// CPU only.
pub(super) fn small_work(cpu_ns: f64) -> Arc<Work> {
    Arc::new(Work { cpu_ns, ..Work::default() })
}

pub(super) fn aborted_transaction() -> SqlError {
    SqlError::new(
        SqlState::IN_FAILED_SQL_TRANSACTION,
        "current transaction is aborted, commands ignored until end of transaction block",
    )
}
