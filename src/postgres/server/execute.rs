//! The hot path: a registered statement from `execute` to its completion, and the stations that it passes.

use std::sync::Arc;

use super::backend::{BackendState, QueryText, Transaction, WaitEvent};
use super::horizon::{Isolation, Snapshots};
use super::log::{LogEvent, LoggedStatement};
use super::run::{CHUNK_CPU_NS, CHUNK_PAGES, MAX_CHUNKS, Stage};
use super::template::{Template, TemplateKind};
use super::types::{BackendId, Completion, Failure, Outcome, QueryId};
use super::{FACTORS, MAX_PROCESSES, Server, Timer};
use crate::kernel::{SimTime, Span};
use crate::postgres::buffers::Spread;
use crate::postgres::work::{Work, rates};

/// Spread of long work relative to that of short work (`collapse.json`, "none": p95 / p50 is 1.29, "good": 1.64).
const LONG_WORK_SPREAD: f64 = 0.3;

/// What the stations have for `step`, in the order in which they go at one instant.
#[derive(Clone, Copy)]
enum Source {
    Cpu,
    Disk,
    Stream,
    Flush,
    Timer,
    Deadline,
}

/// Bits of a key that hold the source.
const SOURCE_BITS: u32 = 3;
/// The latest instant that a key holds: 73 years; later is never.
const LATEST: u64 = u64::MAX >> SOURCE_BITS;

/// Instant and source in one word, so that the earliest is found without branches, which nobody could predict.
#[inline]
fn key(at: SimTime, source: Source) -> u64 {
    at.0.min(LATEST) << SOURCE_BITS | source as u64
}

/// The instant of a key; [`SimTime::MAX`] is never.
#[inline]
pub(super) fn instant(key: u64) -> SimTime {
    let at = key >> SOURCE_BITS;
    if at == LATEST { SimTime::MAX } else { SimTime(at) }
}

#[inline]
fn source(key: u64) -> Source {
    match key & ((1 << SOURCE_BITS) - 1) {
        0 => Source::Cpu,
        1 => Source::Disk,
        2 => Source::Stream,
        3 => Source::Flush,
        4 => Source::Timer,
        _ => Source::Deadline,
    }
}

impl Server {
    /// Starts a registered statement on an idle backend; its end is reported by [`Server::step`] with `tag`.
    ///
    /// A backend that no longer exists answers [`Failure::Terminated`]; a statement whose relations are gone,
    /// [`Failure::Error`].
    pub fn execute(&mut self, now: SimTime, id: BackendId, query: QueryId, tag: u64) {
        self.now = now;
        if self.backend(id).is_none() {
            self.ready.push(dead(now, id, tag));
            self.refresh_next();
            return;
        }
        self.ensure_planned(query);
        let slot = id.slot;
        self.begin_statement(now, slot, QueryText::Registered(query));
        self.keep_snapshot(slot);
        self.backends[slot as usize].tag = tag;
        if !self.locks.is_empty() && !(self.take_locks(now, slot) && self.take_row_locks(now, slot, query)) {
            self.refresh_next();
            return;
        }
        self.start(now, slot, query);
        self.refresh_next();
    }

    /// Lets everything happen that is due by `now`; ended executions are appended to `done` in order of time.
    pub fn step(&mut self, now: SimTime, done: &mut Vec<Completion>) {
        let mut first = if self.ready.is_empty() { self.next } else { self.first() };
        loop {
            debug_assert_eq!(first, self.first(), "the server knows what is next");
            let at = instant(first);
            if at > now {
                self.next = first;
                break;
            }
            self.now = at;
            match source(first) {
                Source::Cpu => {
                    if let Some(key) = self.cpu.complete(at) {
                        self.part_done(at, self.slot_of_job(key));
                    }
                }
                Source::Disk => {
                    if let Some(slot) = self.disk.complete(at) {
                        self.read_done(at, slot);
                    }
                }
                Source::Stream => {
                    if let Some(slot) = self.stream.complete(at) {
                        self.part_done(at, slot);
                    }
                }
                Source::Flush => self.flush_done(at),
                Source::Timer => self.timer_due(at),
                Source::Deadline => {
                    if let Some(slot) = self.deadlines.due(at) {
                        self.abort(at, slot, Failure::StatementTimeout);
                    }
                }
            }
            first = self.first();
        }
        if done.is_empty() {
            *done = std::mem::replace(&mut self.ready, std::mem::take(done));
        } else {
            done.append(&mut self.ready);
        }
        self.now = now;
    }

    /// The backend's slot of a job on the CPU: its own process goes by the slot, those of its parallel workers by the slot and
    /// multiples of the number of slots.
    #[inline]
    fn slot_of_job(&self, job: u32) -> u32 {
        let slots = self.backends.len() as u32;
        if job < slots { job } else { job % slots }
    }

    /// What the stations have next.
    #[inline]
    fn first(&self) -> u64 {
        let stations = key(self.cpu.next_or_never(), Source::Cpu)
            .min(key(self.disk.next_or_never(), Source::Disk))
            .min(key(self.stream.next_or_never(), Source::Stream));
        let timers = key(self.flushes.next_or_never(), Source::Flush)
            .min(key(self.timers.next_or_never(), Source::Timer))
            .min(key(self.deadlines.next(), Source::Deadline));
        stations.min(timers)
    }

    /// Recomputes [`Server::next_event`]: after anything that was started, stopped or changed.
    #[inline]
    pub(super) fn refresh_next(&mut self) {
        self.next = if self.ready.is_empty() { self.first() } else { key(self.now, Source::Cpu) };
    }

    /// Notes the time of a call that is not on the hot path.
    pub(super) fn see(&mut self, now: SimTime) {
        self.now = self.now.max(now);
    }

    /// Makes a backend active: statement, transaction, time-out.
    #[inline]
    pub(super) fn begin_statement(&mut self, now: SimTime, slot: u32, query: QueryText) {
        let backend = &mut self.backends[slot as usize];
        assert!(backend.state != BackendState::Active, "a backend runs one statement at a time");
        backend.state = BackendState::Active;
        backend.state_change = now;
        backend.query_start = Some(now);
        backend.query = query;
        backend.wait = None;
        backend.sequence = backend.sequence.wrapping_add(1);
        backend.run.begin(now);
        if backend.snapshots != Snapshots::Kept {
            backend.snapshot = self.next_xid;
        }
        if backend.transaction.is_none() {
            backend.last_transaction += 1;
            backend.transaction =
                Some(Transaction { start: now, number: backend.last_transaction, xid: None });
        }
        self.active += 1;
        if let Some(timeout) = backend.limits.statement {
            self.deadlines.enter(slot, now, timeout);
        }
    }

    /// The statement under way is a query: in a transaction that has one snapshot, the first takes it.
    #[inline]
    pub(super) fn keep_snapshot(&mut self, slot: u32) {
        let backend = &mut self.backends[slot as usize];
        backend.queried = backend.in_block;
        if backend.snapshots == Snapshots::Next {
            backend.snapshots = Snapshots::Kept;
        }
    }

    /// The first write of a transaction gets it an id (`AssignTransactionId`).
    #[inline]
    pub(super) fn give_transaction_id(&mut self, slot: u32) {
        if let Some(transaction) = &mut self.backends[slot as usize].transaction
            && transaction.xid.is_none()
        {
            transaction.xid = Some(self.next_xid);
            self.next_xid += 1;
        }
    }

    /// Has its locks: puts the work of a registered statement on the stations.
    pub(super) fn start(&mut self, now: SimTime, slot: u32, query: QueryId) {
        let template = &mut self.templates[query.0 as usize];
        let backend = &self.backends[slot as usize];
        if template.error.is_some() {
            return self.abort(now, slot, Failure::Error);
        }
        if backend.aborted && !matches!(template.kind, TemplateKind::Commit | TemplateKind::Rollback) {
            return self.abort(now, slot, Failure::AbortedTransaction);
        }
        template.begun += 1;
        let (hot, work) = (template.hot, &template.work);
        let work = (!hot.short).then(|| Arc::clone(work));
        if hot.writes {
            self.give_transaction_id(slot);
        }
        let bits = self.noise.next_u64();
        let factor = self.factors[bits as usize % FACTORS];
        if let Some(work) = work {
            // A scan's work hardly depends on its parameters.
            return self.start_long(now, slot, work, 1.0 + (factor - 1.0) * LONG_WORK_SPREAD);
        }
        let uniform = (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64);
        let reads = hot.draw_reads(uniform);
        let cold = self.cold_ns[self.active as usize];
        let cpu = Span::from_nanos_f64(hot.cpu_ns * factor + cold);
        let whole = hot.rows as u64;
        let run = &mut self.backends[slot as usize].run;
        run.writes = hot.writes;
        run.rows = whole + u64::from((bits >> 40 & 0xFFFF) as f64 / 65_536.0 < hot.rows - whole as f64);
        run.chunks = 1;
        run.cpu = cpu;
        if reads > 0 {
            self.read(now, slot, self.config.disk_latency * reads);
        } else {
            self.compute(now, slot);
        }
    }

    /// Work of many pages or much CPU: cut into pieces.
    pub(super) fn start_long(&mut self, now: SimTime, slot: u32, work: Arc<Work>, factor: f64) {
        let free = self.tuning.max_parallel_workers.saturating_sub(self.parallel_workers);
        let workers = work.workers.min(free).min(MAX_PROCESSES - 1);
        self.parallel_workers += workers;
        let pieces = (work.cpu_ns / f64::from(workers + 1) / CHUNK_CPU_NS).max(work.pages() / CHUNK_PAGES);
        let run = &mut self.backends[slot as usize].run;
        run.chunk = 0;
        run.chunks = (pieces.ceil() as u32).clamp(1, MAX_CHUNKS);
        run.workers = workers;
        run.factor = factor;
        run.cpu_ns = work.cpu_ns - f64::from(work.workers - workers) * work.worker_ns;
        run.rows = (work.rows + 0.5) as u64;
        run.writes = work.writes();
        run.work = Some(work);
        self.next_chunk(now, slot);
    }

    /// The next piece of long work meets the cache as it is now.
    fn next_chunk(&mut self, now: SimTime, slot: u32) {
        let page_stream_ns = self.page_stream_ns();
        let run = &mut self.backends[slot as usize].run;
        // Taken for the time being, not cloned: counting references costs more than a small piece.
        let Some(work) = run.work.take() else { return };
        let share = 1.0 / f64::from(run.chunks);
        let (mut reads, mut streamed, mut copied) = (run.carry, 0.0, 0.0);
        for access in &work.accesses {
            let pages = access.pages * share;
            let touch = if access.spread == Spread::Sequential {
                let touch = self.buffers.scan(access.pool, pages);
                streamed += touch.disk;
                touch
            } else {
                let chances = self.buffers.chances(access.pool, access.spread);
                self.buffers.touch(access.pool, access.spread, pages);
                let touch = chances.times(pages);
                reads += touch.disk;
                touch
            };
            copied += touch.read();
            run.touched = run.touched.plus(touch);
        }
        run.touched.hit += work.sure_hits * share;
        streamed += (2.0 * work.temp_pages + work.written_pages) * share;
        let cold = if run.chunk == 0 { self.cold_ns[self.active as usize] } else { 0.0 };
        let cpu = run.cpu_ns * share * run.factor + copied * rates::PAGE_COPY + cold;
        run.cpu = Span::from_nanos_f64(cpu / f64::from(run.workers + 1));
        run.stream = Span::from_nanos_f64(streamed * page_stream_ns);
        let whole = reads as u64;
        run.carry = reads - whole as f64;
        run.work = Some(work);
        if whole > 0 {
            // Workers read side by side, each waiting for its own page.
            let latency = self.config.disk_latency.scale(whole as f64 / f64::from(run.workers + 1));
            self.read(now, slot, latency);
        } else {
            self.compute(now, slot);
        }
    }

    fn page_stream_ns(&self) -> f64 {
        8_192.0 / (self.config.disk_mb_s * 1e6) * 1e9
    }

    fn read(&mut self, now: SimTime, slot: u32, work: Span) {
        let backend = &mut self.backends[slot as usize];
        backend.run.stage = Stage::Disk;
        backend.run.since = now;
        backend.wait = Some(WaitEvent::DataFileRead);
        self.disk.submit(now, slot, work);
    }

    fn read_done(&mut self, now: SimTime, slot: u32) {
        let run = &mut self.backends[slot as usize].run;
        run.disk += now - run.since;
        self.compute(now, slot);
    }

    /// Puts a piece on the CPU, and its reading ahead on the disk's stream beside it.
    #[inline]
    fn compute(&mut self, now: SimTime, slot: u32) {
        let slots = self.backends.len() as u32;
        let backend = &mut self.backends[slot as usize];
        backend.wait = None;
        let run = &mut backend.run;
        run.stage = Stage::Busy;
        run.since = now;
        run.parts = run.workers + 1;
        let (cpu, stream, workers) = (run.cpu, run.stream, run.workers);
        if !stream.is_zero() {
            run.parts += 1;
            backend.wait = Some(WaitEvent::DataFileRead);
            self.stream.submit(now, slot, stream);
        }
        for process in 0..=workers {
            self.cpu.submit(now, slot + process * slots, cpu);
        }
    }

    /// One station is done with the current piece.
    fn part_done(&mut self, now: SimTime, slot: u32) {
        let run = &mut self.backends[slot as usize].run;
        run.parts -= 1;
        if run.parts > 0 {
            return;
        }
        run.chunk += 1;
        if run.chunk < run.chunks {
            return self.next_chunk(now, slot);
        }
        self.parallel_workers -= run.workers;
        run.workers = 0;
        if self.backends[slot as usize].conversation.is_some() {
            return self.program_work_done(now, slot);
        }
        let backend = &mut self.backends[slot as usize];
        let ends_transaction = !backend.in_block;
        if backend.run.writes && ends_transaction && self.tuning.synchronous_commit {
            backend.run.stage = Stage::Flush;
            backend.run.since = now;
            backend.wait = Some(WaitEvent::WalSync);
            let sequence = backend.sequence;
            self.flushes.push(now + self.config.disk_latency, (slot, sequence));
        } else {
            self.finish(now, slot);
        }
    }

    fn flush_done(&mut self, now: SimTime) {
        let Some((_, (slot, sequence))) = self.flushes.pop_due(now) else { return };
        let backend = &mut self.backends[slot as usize];
        if backend.sequence == sequence && backend.run.stage == Stage::Flush {
            backend.run.disk += now - backend.run.since;
            self.finish(now, slot);
        }
    }

    fn timer_due(&mut self, now: SimTime) {
        let Some((_, timer)) = self.timers.pop_due(now) else { return };
        let current = |slot: u32, sequence: u32| self.backends[slot as usize].sequence == sequence;
        match timer {
            Timer::Settle => self.settle(now),
            Timer::Checkpoint => self.checkpoint_due(now),
            Timer::CheckpointDone => self.checkpoint_done(now),
            Timer::Naptime => self.naptime_over(now),
            Timer::Wake(slot, sequence) if current(slot, sequence) => self.program_woken(now, slot),
            Timer::LockTimeout(slot, sequence) if current(slot, sequence) => self.lock_timeout(now, slot),
            Timer::DeadlockCheck(slot, sequence) if current(slot, sequence) => self.deadlock_check(now, slot),
            Timer::IdleInTransaction(slot, sequence) if current(slot, sequence) => {
                self.end_session(now, slot, Failure::IdleTimeout);
            }
            Timer::Wake(..)
            | Timer::LockTimeout(..)
            | Timer::DeadlockCheck(..)
            | Timer::IdleInTransaction(..) => {}
        }
    }

    /// A registered statement did all its work.
    fn finish(&mut self, now: SimTime, slot: u32) {
        let backend = &mut self.backends[slot as usize];
        let QueryText::Registered(query) = backend.query else { return };
        let rows = backend.run.rows;
        let elapsed = now - backend.query_start.unwrap_or(now);
        let ended_well = !backend.aborted;
        let work = backend.run.work.take();
        let Template { statement, kind, .. } = self.templates[query.0 as usize];
        let counters = &mut self.statements[statement];
        if counters.calls == 0 {
            counters.role.clone_from(&backend.login.role);
        }
        counters.record(elapsed, rows);
        if self.tuning.log_min_duration.is_some_and(|limit| elapsed >= limit) {
            let event = LogEvent::Slow { statement: LoggedStatement::Registered(query), duration: elapsed };
            self.log.push(now, backend.pid, Some(slot), event);
        }
        if let Some(work) = work {
            self.count_work(now, &work, Some(query), slot);
        }
        match kind {
            TemplateKind::Begin { level } => self.open_block(slot, level),
            TemplateKind::Commit | TemplateKind::Rollback => {
                self.end_transaction(now, slot, ended_well && kind == TemplateKind::Commit);
            }
            TemplateKind::Planned | TemplateKind::Given => self.keep_weak_locks(slot, query),
        }
        self.end_statement(now, slot);
        self.report(now, slot, Outcome::Done { rows });
    }

    /// The statement is over: the backend waits for its client again.
    pub(super) fn end_statement(&mut self, now: SimTime, slot: u32) {
        self.deadlines.leave(slot);
        self.active -= 1;
        let backend = &mut self.backends[slot as usize];
        backend.run.stage = Stage::None;
        backend.wait = None;
        backend.state_change = now;
        if backend.in_block {
            let aborted = backend.aborted;
            backend.state = if aborted {
                BackendState::IdleInTransactionAborted
            } else {
                BackendState::IdleInTransaction
            };
            if let Some(limit) = backend.limits.idle_in_transaction {
                backend.sequence = backend.sequence.wrapping_add(1);
                self.timers.push(now + limit, Timer::IdleInTransaction(slot, backend.sequence));
            }
        } else {
            backend.state = BackendState::Idle;
            self.end_transaction(now, slot, true);
        }
        if self.backends[slot as usize].abandoned {
            self.close(now, slot);
        }
    }

    /// Commits or rolls back whatever transaction is open, and lets go of its locks.
    #[inline]
    pub(super) fn end_transaction(&mut self, now: SimTime, slot: u32, commit: bool) {
        let backend = &mut self.backends[slot as usize];
        let Some(transaction) = backend.transaction.take() else { return };
        if commit {
            self.counters.database.commits += 1;
        } else {
            self.counters.database.rollbacks += 1;
        }
        if backend.in_block || backend.conversation.is_some() {
            self.forget_block(slot, transaction, commit);
        }
        debug_assert!(self.backends[slot as usize].keeps_nothing(), "a block is left without a trace");
        self.let_go(now, slot);
    }

    /// A block's or a typed statement's transaction is over: nothing of it is kept.
    #[cold]
    fn forget_block(&mut self, slot: u32, transaction: Transaction, commit: bool) {
        let backend = &mut self.backends[slot as usize];
        backend.in_block = false;
        backend.aborted = false;
        backend.snapshots = Snapshots::Statement;
        backend.queried = false;
        backend.isolation = Isolation::default();
        backend.held.clear();
        backend.savepoints.clear();
        if commit {
            backend.undo = None;
        }
        self.close_cursors_at_end(slot, transaction.start, commit);
        self.undo_ddl(slot);
    }

    /// Drops every lock of a transaction.
    #[inline]
    pub(super) fn let_go(&mut self, now: SimTime, slot: u32) {
        if !self.row_locks.is_empty() {
            self.row_locks.release_after(slot, 0);
        }
        if self.backends[slot as usize].in_lock_table {
            self.backends[slot as usize].in_lock_table = false;
            self.release_locks(now, slot);
        }
    }

    /// Ends what runs with an error; the error goes to whoever waits for it.
    #[cold]
    pub(super) fn abort(&mut self, now: SimTime, slot: u32, why: Failure) {
        let slots = self.backends.len() as u32;
        for process in 0..=self.backends[slot as usize].run.workers {
            self.cpu.remove(now, slot + process * slots);
        }
        self.disk.remove(now, slot);
        self.stream.remove(now, slot);
        self.leave_lock_queue(now, slot);
        let backend = &mut self.backends[slot as usize];
        self.parallel_workers -= backend.run.workers;
        backend.run.workers = 0;
        if let Some(work) = backend.run.work.take() {
            let part = backend.run.progress();
            self.count_aborted(&work, part, slot);
        }
        if why != Failure::Error && why != Failure::AbortedTransaction {
            self.counters.database.cancelled += 1;
        }
        if self.backends[slot as usize].conversation.is_some() {
            return self.program_failed(now, slot, why);
        }
        let backend = &mut self.backends[slot as usize];
        let pid = backend.pid;
        if let QueryText::Registered(query) = backend.query {
            let event = LogEvent::Failed { statement: LoggedStatement::Registered(query), failure: why };
            self.log.push(now, pid, Some(slot), event);
        }
        self.fail_transaction(now, slot);
        self.end_statement(now, slot);
        self.report(now, slot, Outcome::Failed(why));
    }

    /// An error inside a block leaves it aborted; outside one, the transaction is rolled back.
    pub(super) fn fail_transaction(&mut self, now: SimTime, slot: u32) {
        if self.backends[slot as usize].in_block {
            self.backends[slot as usize].aborted = true;
            self.take_back(now, slot);
        } else {
            self.end_transaction(now, slot, false);
        }
    }

    #[inline]
    fn report(&mut self, now: SimTime, slot: u32, outcome: Outcome) {
        let backend = &self.backends[slot as usize];
        self.ready.push(Completion {
            at: now,
            backend: backend.id(slot),
            tag: backend.tag,
            outcome,
            lock_wait: backend.run.lock_wait,
            disk: backend.run.disk,
        });
    }
}

fn dead(at: SimTime, backend: BackendId, tag: u64) -> Completion {
    let outcome = Outcome::Failed(Failure::Terminated);
    Completion { at, backend, tag, outcome, lock_wait: Span::ZERO, disk: Span::ZERO }
}
