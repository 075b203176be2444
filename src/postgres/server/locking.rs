//! Between backends and the lock table: who takes which lock, who waits, who is woken.
//!
//! Ordinary statements hold their weak locks implicitly (see `postgres::locks`). Only while something strong is held
//! or awaited anywhere does a statement look its relations up in the lock table.

use super::backend::{BackendState, BackendType, QueryText, WaitEvent};
use super::log::{LogEvent, Severity};
use super::run::Stage;
use super::types::{Failure, QueryId};
use super::{Server, Timer};
use crate::kernel::SimTime;
use crate::postgres::catalog::Oid;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::locks::{Grant, LockEntry, LockMode, LockTag};

/// Relations that a transaction block remembers to hold; a block that touches more forgets the rest.
const MAX_HELD: usize = 64;

/// A deadlock as it is told: to the client who waits for whom, to the log also what each was doing.
#[derive(Clone, Debug)]
pub(crate) struct DeadlockReport {
    pub(crate) waits: String,
    pub(crate) queries: String,
}

impl Server {
    /// Takes the current statement's locks from the one it stands at. False: it waits in a queue.
    pub(super) fn take_locks(&mut self, now: SimTime, slot: u32) -> bool {
        let QueryText::Registered(query) = self.backends[slot as usize].query else { return true };
        let template = &mut self.templates[query.0 as usize];
        if !template.concern.look(&self.locks, &template.work.locks) {
            return true;
        }
        loop {
            let next = self.backends[slot as usize].run.next_lock;
            let QueryText::Registered(query) = self.backends[slot as usize].query else { return true };
            let Some(&(tag, mode)) = self.templates[query.0 as usize].work.locks.get(next) else {
                return true;
            };
            self.backends[slot as usize].run.next_lock += 1;
            if self.locks.concerns(tag) && self.lock(now, slot, tag, mode) == Grant::Waiting {
                return false;
            }
        }
    }

    /// Asks for one lock on behalf of a backend; when it has to wait, the timers of waiting are set.
    pub(super) fn lock(&mut self, now: SimTime, slot: u32, tag: LockTag, mode: LockMode) -> Grant {
        if mode.is_strong() {
            self.hand_over_weak_locks(slot, tag);
        }
        self.backends[slot as usize].in_lock_table = true;
        let grant = self.locks.request(now, slot, tag, mode);
        if grant == Grant::Waiting {
            self.lock_waits.enter(now);
            let backend = &mut self.backends[slot as usize];
            backend.run.stage = Stage::Lock;
            backend.run.since = now;
            backend.wait = Some(match tag {
                LockTag::Relation(_) => WaitEvent::LockRelation,
                LockTag::Tuple(..) => WaitEvent::LockTuple,
                LockTag::Transaction(_) => WaitEvent::LockTransaction,
                LockTag::VirtualTransaction(..) => WaitEvent::LockVirtualXid,
            });
            self.timers
                .push(now + self.tuning.deadlock_timeout, Timer::DeadlockCheck(slot, backend.sequence));
            if let Some(limit) = backend.limits.lock {
                self.timers.push(now + limit, Timer::LockTimeout(slot, backend.sequence));
            }
        }
        grant
    }

    /// LOCK TABLE … NOWAIT.
    ///
    /// # Errors
    /// `55P03` when it would have to wait.
    pub(super) fn lock_at_once(
        &mut self,
        now: SimTime,
        slot: u32,
        table: Oid,
        mode: LockMode,
    ) -> Result<(), SqlError> {
        let tag = LockTag::Relation(table.0);
        if mode.is_strong() {
            self.hand_over_weak_locks(slot, tag);
        }
        self.backends[slot as usize].in_lock_table = true;
        if self.locks.request(now, slot, tag, mode) == Grant::Granted {
            return Ok(());
        }
        self.release_lock(now, slot, tag, mode);
        let message = format!("could not obtain lock on relation \"{}\"", self.table_name(table));
        Err(SqlError::new(SqlState::LOCK_NOT_AVAILABLE, message))
    }

    /// Puts the implicit weak locks that others have on `tag` into the table, before a strong request is judged.
    fn hand_over_weak_locks(&mut self, asking: u32, tag: LockTag) {
        for slot in 0..self.backends.len() as u32 {
            if slot == asking || !self.backends[slot as usize].alive {
                continue;
            }
            for (_, mode) in self.weak_locks(slot).into_iter().filter(|l| l.0 == tag) {
                self.locks.hold(slot, tag, mode);
                self.backends[slot as usize].in_lock_table = true;
            }
        }
    }

    /// The weak locks that a backend holds implicitly: those of its statement so far, and of its block.
    fn weak_locks(&self, slot: u32) -> Vec<(LockTag, LockMode)> {
        let backend = &self.backends[slot as usize];
        let mut held = backend.held.clone();
        if let (BackendState::Active, QueryText::Registered(query)) = (backend.state, &backend.query) {
            let all = &self.templates[query.0 as usize].work.locks;
            let waiting = backend.run.stage == Stage::Lock;
            let taken = if waiting { backend.run.next_lock.saturating_sub(1) } else { all.len() };
            held.extend_from_slice(&all[..taken.min(all.len())]);
        }
        held
    }

    /// Whether a backend holds a lock of at least this strength on a table.
    pub(super) fn holds_on(&self, slot: u32, table: Oid, least: LockMode) -> bool {
        let tag = LockTag::Relation(table.0);
        self.weak_locks(slot).iter().any(|l| l.0 == tag && l.1 >= least)
            || self.locks.entries().any(|e| e.granted && e.holder == slot && e.tag == tag && e.mode >= least)
    }

    /// In a block, a statement's weak locks stay until its end.
    #[inline]
    pub(super) fn keep_weak_locks(&mut self, slot: u32, query: QueryId) {
        let backend = &mut self.backends[slot as usize];
        if !backend.in_block {
            return;
        }
        for lock in &self.templates[query.0 as usize].work.locks {
            if backend.held.len() < MAX_HELD && !backend.held.contains(lock) {
                backend.held.push(*lock);
            }
        }
    }

    /// Lets go of all locks of a backend; who waited for them goes on.
    pub(super) fn release_locks(&mut self, now: SimTime, slot: u32) {
        let mut woken = std::mem::take(&mut self.woken);
        woken.clear();
        self.locks.release_all(slot, &mut woken);
        self.resume_all(now, &mut woken);
    }

    /// Lets go of one lock.
    pub(super) fn release_lock(&mut self, now: SimTime, slot: u32, tag: LockTag, mode: LockMode) {
        let mut woken = std::mem::take(&mut self.woken);
        woken.clear();
        self.locks.release(slot, tag, mode, &mut woken);
        self.resume_all(now, &mut woken);
    }

    /// Leaves the queue that an aborted statement stands in.
    pub(super) fn leave_lock_queue(&mut self, now: SimTime, slot: u32) {
        if self.backends[slot as usize].run.stage != Stage::Lock {
            return;
        }
        let run = &mut self.backends[slot as usize].run;
        run.lock_wait += now - run.since;
        run.stage = Stage::None;
        self.lock_waits.leave(now, run.since);
        if let Some((tag, mode, _)) = self.locks.waiting_for(slot) {
            self.release_lock(now, slot, tag, mode);
        }
    }

    fn resume_all(&mut self, now: SimTime, woken: &mut Vec<u32>) {
        for &slot in woken.iter() {
            self.resume(now, slot);
        }
        woken.clear();
        self.woken = std::mem::take(woken);
    }

    /// A lock was granted: the statement takes its next one, or starts.
    fn resume(&mut self, now: SimTime, slot: u32) {
        let backend = &mut self.backends[slot as usize];
        if backend.run.stage != Stage::Lock {
            return;
        }
        let waited = now - backend.run.since;
        self.lock_waits.leave(now, backend.run.since);
        backend.run.lock_wait += waited;
        backend.run.stage = Stage::None;
        backend.wait = None;
        if self.tuning.log_lock_waits && waited >= self.tuning.deadlock_timeout {
            self.log_lock_wait(now, slot, true);
        }
        if self.backends[slot as usize].conversation.is_some() {
            return self.program_locked(now, slot);
        }
        let QueryText::Registered(query) = self.backends[slot as usize].query else { return };
        if self.take_locks(now, slot) && self.take_row_locks(now, slot, query) {
            // Whoever held the lock may have changed the schema.
            self.ensure_planned(query);
            self.start(now, slot, query);
        }
    }

    pub(super) fn lock_timeout(&mut self, now: SimTime, slot: u32) {
        let backend = &self.backends[slot as usize];
        let limit = backend.limits.lock.unwrap_or_default();
        if backend.run.stage == Stage::Lock && now - backend.run.since >= limit {
            self.abort(now, slot, Failure::LockTimeout);
        }
    }

    pub(super) fn deadlock_check(&mut self, now: SimTime, slot: u32) {
        let backend = &self.backends[slot as usize];
        if backend.run.stage != Stage::Lock || now - backend.run.since < self.tuning.deadlock_timeout {
            return;
        }
        if let Some(worker) = self.blocking_autovacuum(slot) {
            self.cancel_autovacuum(now, worker);
        } else if let Some(cycle) = self.locks.deadlock(slot) {
            self.counters.database.deadlocks += 1;
            self.report_deadlock(now, slot, &cycle);
            self.abort(now, slot, Failure::Deadlock);
            self.deadlock = None;
        } else if self.tuning.log_lock_waits {
            self.log_lock_wait(now, slot, false);
        }
    }

    /// Words who waits for whom (`DeadLockReport`).
    fn report_deadlock(&mut self, now: SimTime, slot: u32, cycle: &[u32]) {
        let pid = |slot: u32| self.backends[slot as usize].pid;
        let (mut waits, mut queries) = (Vec::new(), Vec::new());
        for (at, &waiter) in cycle.iter().enumerate() {
            let blocker = cycle[(at + 1) % cycle.len()];
            let Some((tag, mode, _)) = self.locks.waiting_for(waiter) else { continue };
            waits.push(format!(
                "Process {} waits for {} on {}; blocked by process {}.",
                pid(waiter),
                mode.name(),
                self.describe_lock(tag),
                pid(blocker)
            ));
            let text = self.query_text(&self.backends[waiter as usize]);
            queries.push(format!("Process {}: {text}", pid(waiter)));
        }
        if self.tuning.log_lock_waits
            && let Some((tag, mode, since)) = self.locks.waiting_for(slot)
        {
            let message = format!(
                "process {} detected deadlock while waiting for {} on {} after {:.3} ms",
                pid(slot),
                mode.name(),
                self.describe_lock(tag),
                (now - since).as_millis_f64()
            );
            let event = LogEvent::Text { severity: Severity::Log, message };
            self.log.push(now, pid(slot), Some(slot), event);
        }
        self.deadlock = Some(DeadlockReport { waits: waits.join("\n"), queries: queries.join("\n") });
    }

    /// An autovacuum worker that stands in a session's way (`DS_BLOCKED_BY_AUTOVACUUM`).
    fn blocking_autovacuum(&self, slot: u32) -> Option<u32> {
        let is_worker = |b: &u32| self.backends[*b as usize].kind == BackendType::AutovacuumWorker;
        self.locks.blockers(slot).into_iter().find(is_worker)
    }

    fn cancel_autovacuum(&mut self, now: SimTime, worker: u32) {
        let pid = self.backends[worker as usize].pid;
        let message = "canceling autovacuum task".to_owned();
        self.log.push(now, pid, None, LogEvent::Text { severity: Severity::Error, message });
        self.abort(now, worker, Failure::Cancelled);
    }

    fn log_lock_wait(&mut self, now: SimTime, slot: u32, acquired: bool) {
        let backend = &self.backends[slot as usize];
        let waiting = self.locks.waiting_for(slot).map(|(tag, mode, _)| (tag, mode));
        let held = || self.locks.entries().filter(|e| e.holder == slot && e.granted).last();
        let Some((tag, mode)) = waiting.or_else(|| held().map(|e| (e.tag, e.mode))) else { return };
        let pids = |slots: Vec<u32>| slots.into_iter().map(|s| self.backends[s as usize].pid).collect();
        let (holders, queue) = self.locks.holders_and_queue(tag);
        let (holders, queue) = (pids(holders), pids(queue));
        let event = LogEvent::LockWait {
            object: self.describe_lock(tag),
            mode,
            waited: now - backend.run.since,
            acquired,
            holders,
            queue,
        };
        self.log.push(now, backend.pid, Some(slot), event);
    }

    fn describe_lock(&self, tag: LockTag) -> String {
        match tag {
            LockTag::Relation(oid) => format!("relation {oid} of database {}", super::DATABASE_OID),
            LockTag::Tuple(oid, page, row) => {
                format!("tuple ({page},{row}) of relation {oid} of database {}", super::DATABASE_OID)
            }
            LockTag::Transaction(xid) => format!("transaction {xid}"),
            LockTag::VirtualTransaction(slot, number) => format!("virtual transaction {slot}/{number}"),
        }
    }

    /// Every lock held or awaited, the implicit ones of running statements included: the rows of `pg_locks`.
    pub fn lock_entries(&self) -> Vec<LockEntry> {
        let mut entries: Vec<LockEntry> = self.locks.entries().collect();
        for (slot, _) in self.activity() {
            for (tag, mode) in self.weak_locks(slot) {
                let entry =
                    LockEntry { tag, holder: slot, mode, granted: true, fast_path: true, wait_start: None };
                if !entries.iter().any(|e| e.tag == tag && e.holder == slot && e.mode == mode) {
                    entries.push(entry);
                }
            }
        }
        entries
    }

    /// `pg_blocking_pids`.
    pub fn blocking_pids(&self, pid: u32) -> Vec<u32> {
        let slot = self.slot_of(pid);
        let blockers = slot.map(|s| self.locks.blockers(s)).unwrap_or_default();
        blockers.into_iter().map(|b| self.backends[b as usize].pid).collect()
    }
}
