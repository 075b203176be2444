//! Which dead rows somebody may still see: the oldest snapshot or transaction id in use, and how many rows had died by then
//! (`ComputeXidHorizons` of `procarray.c`).
//!
//! When rows died is kept in steps of ten seconds for each table, as far back as the oldest transaction reaches, so that a
//! statement costs nothing for it.

use std::collections::{BTreeMap, VecDeque};

use super::Server;
use super::backend::{Backend, BackendType, Maintenance};
use crate::kernel::{SimTime, Span};
use crate::postgres::catalog::Oid;
use crate::postgres::settings::Settings;

/// A transaction younger than this is taken to hold nothing back: what dies meanwhile is a trifle to the next VACUUM.
const YOUNG: Span = Span::from_secs(60);
/// Samples kept; at ten seconds each they reach back eleven hours.
const MAX_SAMPLES: usize = 4_096;

/// How far a transaction is kept from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Which PostgreSQL treats as READ COMMITTED.
    ReadUncommitted,
    /// Each statement sees what was committed before it began.
    #[default]
    ReadCommitted,
    /// All statements see what was committed before the first.
    RepeatableRead,
    /// The same, and as if there were no others.
    Serializable,
}

impl Isolation {
    /// The level that a statement's upper-case words name.
    pub(crate) fn asked(upper: &[String]) -> Option<Isolation> {
        upper.iter().find_map(|word| match word.trim_end_matches(',') {
            "UNCOMMITTED" => Some(Isolation::ReadUncommitted),
            "COMMITTED" => Some(Isolation::ReadCommitted),
            "REPEATABLE" => Some(Isolation::RepeatableRead),
            "SERIALIZABLE" => Some(Isolation::Serializable),
            _ => None,
        })
    }

    /// The level of this name, in whatever case.
    pub(crate) fn named(name: &str) -> Option<Isolation> {
        [
            Isolation::ReadUncommitted,
            Isolation::ReadCommitted,
            Isolation::RepeatableRead,
            Isolation::Serializable,
        ]
        .into_iter()
        .find(|level| level.name().eq_ignore_ascii_case(name))
    }

    /// The level of a transaction that names none: `default_transaction_isolation`.
    pub(crate) fn by_default(settings: &Settings) -> Isolation {
        let level = settings.show("default_transaction_isolation").ok();
        level.and_then(|level| Isolation::named(&level)).unwrap_or_default()
    }

    /// As `transaction_isolation` has it.
    pub fn name(self) -> &'static str {
        match self {
            Isolation::ReadUncommitted => "read uncommitted",
            Isolation::ReadCommitted => "read committed",
            Isolation::RepeatableRead => "repeatable read",
            Isolation::Serializable => "serializable",
        }
    }

    /// Whether one snapshot serves all of a transaction's statements.
    pub(crate) fn keeps_snapshot(self) -> bool {
        matches!(self, Isolation::RepeatableRead | Isolation::Serializable)
    }
}

/// When a session's snapshot is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Snapshots {
    /// Anew for each statement, and given up at its end: READ COMMITTED.
    #[default]
    Statement,
    /// With the next statement, for the rest of the transaction: REPEATABLE READ and SERIALIZABLE.
    Next,
    /// It is there, and stays until the transaction ends.
    Kept,
}

/// How many rows had died, by transaction id.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeadRows {
    samples: VecDeque<Sample>,
    /// Rows for whose sake files grew while dead rows could not make way.
    grown: BTreeMap<Oid, f64>,
}

#[derive(Clone, Debug)]
struct Sample {
    /// The next transaction id at that time.
    xid: u64,
    /// Rows that had died by then, all that ever did.
    died: BTreeMap<Oid, f64>,
}

impl Server {
    /// The oldest transaction id that a backend's snapshot takes for running: `backend_xmin`.
    pub fn xmin_of(&self, backend: &Backend) -> Option<u64> {
        let snapshot = self.snapshot_of(backend)?;
        let running = self.activity().filter_map(|(_, b)| b.transaction_id());
        Some(running.fold(snapshot, u64::min))
    }

    /// The transaction id that was next when the snapshot in use was taken.
    fn snapshot_of(&self, backend: &Backend) -> Option<u64> {
        // A transaction that failed has given everything up, though its block is still to be closed.
        if backend.aborted {
            return None;
        }
        let in_use = backend.is_active()
            || (backend.snapshots == Snapshots::Kept && backend.transaction.is_some())
            || backend.holds_cursor();
        in_use.then_some(backend.snapshot)
    }

    /// The transaction id before which every dead row can go, where a transaction as old as a minute or older holds it back.
    /// `asking` is the session that vacuums.
    pub(super) fn horizon(&self, now: SimTime, asking: Option<u32>) -> Option<u64> {
        let held = |(slot, backend): (u32, &Backend)| {
            if Some(slot) == asking || backend.aborted || ignores_rows(backend) {
                return None;
            }
            let transaction = backend.transaction?;
            let old = |since: SimTime| now - since >= YOUNG;
            let since = match backend.snapshots {
                Snapshots::Kept => transaction.start,
                _ if backend.holds_cursor() => transaction.start,
                _ => backend.query_start.unwrap_or(now),
            };
            let snapshot = self.snapshot_of(backend).filter(|_| old(since));
            let own = backend.transaction_id().filter(|_| old(transaction.start));
            snapshot.into_iter().chain(own).min()
        };
        self.activity().filter_map(held).min()
    }

    /// Dead rows of a table that cannot be removed when `horizon` is the oldest transaction id in use.
    pub(super) fn held_back(&self, table: Oid, horizon: Option<u64>) -> f64 {
        let (Some(horizon), Some(counters)) = (horizon, self.counters.tables.get(&table)) else { return 0.0 };
        let died = counters.updated + counters.deleted;
        (died - self.died_before(table, horizon)).clamp(0.0, counters.dead)
    }

    /// Rows of a table that had died when a transaction id was given out.
    fn died_before(&self, table: Oid, xid: u64) -> f64 {
        let now = self.counters.tables.get(&table).map_or(0.0, |c| c.updated + c.deleted);
        let at = |sample: &Sample| sample.died.get(&table).copied().unwrap_or(0.0).min(now);
        let after = self.dead_rows.samples.iter().position(|s| s.xid > xid);
        let after = after.unwrap_or(self.dead_rows.samples.len());
        let Some(before) = after.checked_sub(1).and_then(|i| self.dead_rows.samples.get(i)) else {
            return self.dead_rows.samples.front().map_or(0.0, at);
        };
        let (next_xid, next) =
            self.dead_rows.samples.get(after).map_or((self.next_xid, now), |s| (s.xid, at(s)));
        let share = (xid - before.xid) as f64 / (next_xid - before.xid).max(1) as f64;
        at(before) + (next - at(before)) * share.min(1.0)
    }

    /// Takes note of how many rows have died, and forgets what no transaction reaches back to.
    pub(super) fn note_deaths(&mut self, now: SimTime) {
        let oldest = self.activity().filter_map(|(_, b)| {
            let own = b.transaction_id();
            self.snapshot_of(b).into_iter().chain(own).min()
        });
        let oldest = oldest.min().unwrap_or(self.next_xid);
        let died = self.counters.tables.iter().map(|(oid, c)| (*oid, c.updated + c.deleted)).collect();
        let samples = &mut self.dead_rows.samples;
        samples.push_back(Sample { xid: self.next_xid, died });
        while samples.len() > MAX_SAMPLES || samples.get(1).is_some_and(|s| s.xid <= oldest) {
            samples.pop_front();
        }
        self.grow_for_held(now);
    }

    /// New versions of rows find no room where old ones can't go: files grow beyond what VACUUM leaves free anyway.
    fn grow_for_held(&mut self, now: SimTime) {
        let Some(horizon) = self.horizon(now, None) else { return };
        let tables: Vec<Oid> = self.counters.tables.keys().copied().collect();
        for oid in tables {
            let held = self.held_back(oid, Some(horizon));
            let Some(table) = self.catalog.tables.get_mut(&oid) else { continue };
            let (least, share) = self.tuning.vacuum_threshold;
            let usual = least + share * table.statistics.tuples.max(0.0);
            let grown = self.dead_rows.grown.entry(oid).or_default();
            let rows = held - usual - *grown;
            let pages = (rows * super::background::row_bytes(table) / 8_192.0) as u64;
            if rows <= 0.0 || pages == 0 {
                continue;
            }
            *grown += rows;
            let factor = 1.0 + pages as f64 / table.size.blocks.max(1) as f64;
            table.size.blocks += pages;
            let (indexes, blocks) = (table.indexes.clone(), table.size.blocks);
            self.buffers.resize(oid.0, blocks);
            for index in indexes {
                if let Some(index) = self.catalog.indexes.get_mut(&index) {
                    index.size.blocks = (index.size.blocks as f64 * factor).round() as u64;
                    self.buffers.resize(index.oid.0, index.size.blocks);
                }
            }
        }
    }
}

impl DeadRows {
    /// How many of so many further rows find room where dead ones were: the file need not grow for them.
    pub(super) fn room_for(&mut self, table: Oid, wanted: f64) -> f64 {
        let Some(grown) = self.grown.get_mut(&table) else { return 0.0 };
        let taken = wanted.clamp(0.0, *grown);
        *grown -= taken;
        taken
    }
}

/// Backends whose snapshots nobody's rows are kept for: VACUUM's (`PROC_IN_VACUUM`). Index builds are left out too, although
/// PostgreSQL counts them: what dies during one is not modelled as held back.
fn ignores_rows(backend: &Backend) -> bool {
    let Some(conversation) = &backend.conversation else {
        return backend.kind == BackendType::AutovacuumWorker;
    };
    conversation.progress.is_some() || matches!(conversation.maintenance, Some(Maintenance::Vacuum(_)))
}
