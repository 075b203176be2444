//! What the server does by itself: checkpoints, autovacuum and autoanalyze, tables that grow.
//!
//! Thresholds and pacing are the manual's: a table is vacuumed or analysed when the rows changed since last time exceed
//! `threshold + scale_factor × rows` (`relation_needs_vacanalyze` in `autovacuum.c`); a checkpoint comes by time or by
//! WAL volume and is spread over `checkpoint_completion_target` of the interval (`checkpointer.c`).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::backend::{BackendType, QueryText};
use super::effects::Effect;
use super::log::LogEvent;
use super::program::Step;
use super::session::Conversation;
use super::types::Login;
use super::{Server, Timer};
use crate::kernel::{SimTime, Span};
use crate::postgres::catalog::Oid;
use crate::postgres::locks::{LockMode, LockTag};
use crate::postgres::work::maintenance;

/// How often tables grow by what was inserted.
const GROW_EVERY: Span = Span::from_secs(10);
/// Pieces that an autovacuum's work is cut into, with its cost-based delay between them.
const VACUUM_PIECES: u32 = 20;
/// Pages that autovacuum handles in a second by its cost limit (200 points each 2 ms; a page read 2, one dirtied 20).
const VACUUM_PAGES_PER_SECOND: f64 = 12_000.0;
/// Pages that writes are spread over between checkpoints: from it follows how many are written in whole to the WAL.
const WRITTEN_PAGES: f64 = 250_000.0;
/// Bytes of a full page image, its hole left out.
const PAGE_IMAGE_BYTES: f64 = 5_200.0;
/// Process id of the checkpointer.
const CHECKPOINTER_PID: u32 = 41;
/// The row a table's growth is taken to need, where its columns were never analysed.
const UNKNOWN_ROW_BYTES: f64 = 100.0;

/// State of the background processes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Background {
    /// Pages changed since the last checkpoint.
    dirty: f64,
    /// Where the WAL stood when the last checkpoint began.
    redo: u64,
    /// A checkpoint under way.
    checkpoint: Option<Checkpoint>,
    last_checkpoint: SimTime,
    grown_at: SimTime,
    /// Row counts of each table when it last grew: inserted, updated and deleted.
    grown: BTreeMap<Oid, (f64, f64)>,
}

#[derive(Debug, Clone, Copy)]
struct Checkpoint {
    since: SimTime,
    buffers: f64,
    distance: u64,
}

impl Server {
    /// Sets the first timers; a standby has no background work of its own.
    pub(super) fn start_background(&mut self) {
        self.background.redo = self.wal.position().0;
        if self.config.standby {
            return;
        }
        self.timers.push(SimTime::ZERO + self.tuning.autovacuum_naptime, Timer::Naptime);
        self.timers.push(SimTime::ZERO + self.tuning.checkpoint_timeout, Timer::Checkpoint);
    }

    /// Rows were changed: pages are dirtied, and those not yet touched since the checkpoint go to the WAL in whole.
    pub(super) fn dirty_pages(&mut self, changed: f64) {
        let fresh = changed * (1.0 - self.background.dirty / WRITTEN_PAGES).max(0.0);
        self.background.dirty += fresh;
        self.wal.append(0.0, fresh * PAGE_IMAGE_BYTES, fresh);
    }

    /// What the settling does for the background processes.
    pub(super) fn tend_background(&mut self, now: SimTime) {
        if now - self.background.grown_at >= GROW_EVERY {
            self.background.grown_at = now;
            self.grow();
            self.note_deaths(now);
        }
        let written = (self.wal.position().0 - self.background.redo) as f64;
        let allowed = self.tuning.max_wal_size / (1.0 + self.tuning.checkpoint_completion_target);
        if !self.config.standby && self.background.checkpoint.is_none() && written > allowed {
            self.counters.checkpoints.requested += 1;
            self.begin_checkpoint(now, "wal");
        }
    }

    /// The timer of `checkpoint_timeout`.
    pub(super) fn checkpoint_due(&mut self, now: SimTime) {
        let since = now - self.background.last_checkpoint;
        let left = self.tuning.checkpoint_timeout.saturating_sub(since);
        if !left.is_zero() {
            self.timers.push(now + left, Timer::Checkpoint);
            return;
        }
        self.counters.checkpoints.timed += 1;
        if self.background.checkpoint.is_none() {
            self.begin_checkpoint(now, "time");
        }
        self.timers.push(now + self.tuning.checkpoint_timeout, Timer::Checkpoint);
    }

    /// `CHECKPOINT`, or a cause of the server's own.
    pub(super) fn begin_checkpoint(&mut self, now: SimTime, cause: &'static str) {
        let position = self.wal.position().0;
        let buffers = std::mem::take(&mut self.background.dirty);
        let distance = position - self.background.redo;
        self.background.redo = position;
        self.background.last_checkpoint = now;
        self.background.checkpoint = Some(Checkpoint { since: now, buffers, distance });
        let spread = if cause == "immediate force wait" {
            Span::from_secs_f64(buffers * 8_192.0 / (self.config.disk_mb_s * 1e6))
        } else {
            self.tuning.checkpoint_timeout.scale(self.tuning.checkpoint_completion_target)
        };
        self.timers.push(now + spread, Timer::CheckpointDone);
        if self.tuning.log_checkpoints {
            self.log.push(now, CHECKPOINTER_PID, None, LogEvent::CheckpointStarting { cause });
        }
    }

    pub(super) fn checkpoint_done(&mut self, now: SimTime) {
        let Some(checkpoint) = self.background.checkpoint.take() else { return };
        let write = now - checkpoint.since;
        let counters = &mut self.counters.checkpoints;
        counters.done += 1;
        counters.write_ms += write.as_millis_f64();
        counters.buffers_written += checkpoint.buffers;
        if self.tuning.log_checkpoints {
            let event = LogEvent::CheckpointComplete {
                buffers: checkpoint.buffers as u64,
                percent: 100.0 * checkpoint.buffers / self.config.shared_buffers_pages.max(1) as f64,
                write,
                distance_kb: checkpoint.distance / 1_024,
            };
            self.log.push(now, CHECKPOINTER_PID, None, event);
        }
    }

    /// The launcher wakes: tables beyond their thresholds get a worker, as long as there are workers.
    pub(super) fn naptime_over(&mut self, now: SimTime) {
        self.timers.push(now + self.tuning.autovacuum_naptime, Timer::Naptime);
        if !self.tuning.autovacuum {
            return;
        }
        let tables: Vec<Oid> = self.catalog.tables.keys().copied().collect();
        for table in tables {
            let workers = self.activity().filter(|(_, b)| b.kind == BackendType::AutovacuumWorker).count();
            if workers >= self.tuning.autovacuum_max_workers as usize {
                return;
            }
            let (vacuum, analyze) = self.needs_maintenance(table);
            if (vacuum || analyze) && !self.is_being_vacuumed(table) {
                self.start_worker(now, table, vacuum, analyze);
            }
        }
    }

    fn needs_maintenance(&self, table: Oid) -> (bool, bool) {
        let Some(counters) = self.counters.tables.get(&table) else { return (false, false) };
        let rows = self.catalog.tables.get(&table).map_or(0.0, |t| t.statistics.tuples.max(0.0));
        let beyond = |changed: f64, limit: (f64, f64)| changed > limit.0 + limit.1 * rows;
        let vacuum = beyond(counters.dead, self.tuning.vacuum_threshold)
            || beyond(counters.inserted_since_vacuum, self.tuning.insert_threshold);
        (vacuum, beyond(counters.modified_since_analyze, self.tuning.analyze_threshold))
    }

    fn is_being_vacuumed(&self, table: Oid) -> bool {
        let tag = LockTag::Relation(table.0);
        self.locks.entries().any(|e| e.tag == tag && e.mode == LockMode::ShareUpdateExclusive)
    }

    fn start_worker(&mut self, now: SimTime, table: Oid, vacuum: bool, analyze: bool) {
        let login = Login {
            role: String::new(),
            database: self.catalog.database.clone(),
            application_name: String::new(),
            client_addr: None,
        };
        let words = match (vacuum, analyze) {
            (true, true) => "VACUUM ANALYZE",
            (true, false) => "VACUUM",
            _ => "ANALYZE",
        };
        let text: Arc<str> = Arc::from(format!("autovacuum: {words} public.{}", self.table_name(table)));
        let program = self.worker_program(table, vacuum, analyze);
        let slot = self.open(now, login, BackendType::AutovacuumWorker).slot;
        self.backends[slot as usize].conversation =
            Some(Box::new(Conversation { program, text: None, since: now, ..Conversation::default() }));
        self.begin_statement(now, slot, QueryText::Typed(text.to_string()));
        self.advance_program(now, slot);
    }

    fn worker_program(&self, table: Oid, vacuum: bool, analyze: bool) -> VecDeque<Step> {
        let tag = LockTag::Relation(table.0);
        let mut steps = VecDeque::from([Step::Lock(tag, LockMode::ShareUpdateExclusive)]);
        if vacuum {
            let dead = self.counters.tables.get(&table).map_or(0.0, |t| t.dead);
            let work = maintenance::vacuum(self.workshop(), table, dead, false);
            let pause =
                Span::from_secs_f64(work.pages() / VACUUM_PAGES_PER_SECOND / f64::from(VACUUM_PIECES));
            let piece = Arc::new(work.part(1.0 / f64::from(VACUUM_PIECES)));
            let (work, pieces) = (Arc::new(work), VACUUM_PIECES);
            steps.push_back(Step::Effect(Effect::BeginVacuum { table, verbose: false, work, pieces }));
            for _ in 0..VACUUM_PIECES {
                steps.push_back(Step::Work(Arc::clone(&piece)));
                steps.push_back(Step::Effect(Effect::VacuumPiece));
                steps.push_back(Step::Pause(pause));
            }
            steps.push_back(Step::Effect(Effect::Vacuumed(table)));
        }
        if analyze {
            let target = self.settings.planner().default_statistics_target as f64;
            let work = Arc::new(maintenance::analyze(self.workshop(), table, target));
            steps.push_back(Step::Effect(Effect::BeginAnalyze { table, work: Arc::clone(&work) }));
            steps.push_back(Step::Work(work));
            steps.push_back(Step::Effect(Effect::Analyzed(table)));
        }
        steps
    }

    /// Tables and indexes grow by the rows inserted since last time; changed pages are no longer all visible.
    fn grow(&mut self) {
        let background = &mut self.background;
        for (oid, counters) in &self.counters.tables {
            let last = background.grown.entry(*oid).or_default();
            let inserted = counters.inserted - counters.deleted - last.0;
            let changed = counters.inserted + counters.updated + counters.deleted - last.1;
            *last = (
                counters.inserted - counters.deleted,
                counters.inserted + counters.updated + counters.deleted,
            );
            if changed <= 0.0 {
                continue;
            }
            let Some(table) = self.catalog.tables.get_mut(oid) else { continue };
            let bytes = row_bytes(table);
            let fitting = self.dead_rows.room_for(*oid, inserted.max(0.0));
            let pages = ((inserted.max(0.0) - fitting) * bytes / 8_192.0) as u64;
            table.size.blocks += pages;
            let visible = (table.statistics.all_visible - changed.min(table.statistics.all_visible)).max(0.0);
            table.statistics.all_visible = visible;
            let (indexes, blocks) = (table.indexes.clone(), table.size.blocks);
            self.buffers.resize(oid.0, blocks);
            let Some(truth) = self.truth.tables.get_mut(oid) else { continue };
            let before = truth.statistics.tuples.max(1.0);
            truth.statistics.tuples = (before + inserted).max(0.0);
            truth.statistics.all_visible = truth.statistics.all_visible.min(visible);
            let factor = truth.statistics.tuples / before;
            for index in indexes {
                if let Some(index) = self.catalog.indexes.get_mut(&index) {
                    index.size.blocks = (index.size.blocks as f64 * factor).round() as u64;
                    self.buffers.resize(index.oid.0, index.size.blocks);
                }
            }
        }
    }
}

pub(super) fn row_bytes(table: &crate::postgres::catalog::Table) -> f64 {
    let width: f64 =
        table.columns.iter().filter_map(|c| c.statistics.as_ref()).map(|s| f64::from(s.width)).sum();
    if width > 0.0 { width + 28.0 } else { UNKNOWN_ROW_BYTES }
}
