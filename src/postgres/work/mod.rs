//! The work that a plan really is: CPU time, pages and rows, from the true data rather than from the estimates.
//!
//! The planner's cost is not time (`calibration.json.gz`: most plans take 2–6 µs a cost unit, an ICU `lower()` scan
//! 16–40, a misjudged `LIMIT` walk 85–3,000). So work is measured anew: the plan's conditions are judged by the truth,
//! and each tuple, page and operator costs what a real server was seen to spend on it ([`rates`]).

pub mod rates;
mod expression;
mod measure;
mod scan;
mod window;
mod join;
mod modify;
pub mod maintenance;

pub use measure::{Site, measure};

use crate::postgres::buffers::{PoolId, Spread};
use crate::postgres::catalog::Oid;
use crate::postgres::locks::{LockMode, LockTag};

/// What one execution does, on average.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Work {
    /// CPU time of all its processes together, nanoseconds.
    pub cpu_ns: f64,
    /// Parallel workers beside the session's own process.
    pub workers: u32,
    /// CPU time in `cpu_ns` that each worker costs beside its share: spared when no slot is free for it.
    pub worker_ns: f64,
    /// Pages that may have to be read.
    pub accesses: Vec<Access>,
    /// Pages that are always in shared buffers: B-tree roots and the like.
    pub sure_hits: f64,
    /// Rows returned to the client or changed.
    pub rows: f64,
    /// Temporary file pages written and read again.
    pub temp_pages: f64,
    /// Pages written front to back to data files and the log.
    pub written_pages: f64,
    /// Rows changed, table by table.
    pub changes: Vec<RowChange>,
    /// Scans that the statistics views count.
    pub scans: Vec<ScanCount>,
    /// The table and index locks it takes, all weak.
    pub locks: Vec<(LockTag, LockMode)>,
    /// What each node did, by node id.
    pub nodes: Vec<NodeWork>,
}

/// Pages of one relation that an execution touches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Access {
    /// The table or index.
    pub relation: Oid,
    /// Its place in the buffer cache.
    pub pool: PoolId,
    /// How the pages lie.
    pub spread: Spread,
    /// How many.
    pub pages: f64,
    /// The plan node that touches them.
    pub node: u16,
}

/// Rows that an execution changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowChange {
    /// The table.
    pub table: Oid,
    /// Rows inserted.
    pub inserted: f64,
    /// Rows updated.
    pub updated: f64,
    /// Rows deleted.
    pub deleted: f64,
    /// Index entries written.
    pub index_entries: f64,
    /// WAL bytes.
    pub wal_bytes: f64,
}

/// A scan for `pg_stat_user_tables` and `pg_stat_user_indexes`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScanCount {
    /// The table.
    pub table: Oid,
    /// The index, for an index scan.
    pub index: Option<Oid>,
    /// How often it was begun.
    pub scans: f64,
    /// Rows or index entries read.
    pub read: f64,
    /// Live rows fetched from the table through the index.
    pub fetched: f64,
}

/// What one plan node did in one execution.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NodeWork {
    /// CPU time of this node alone over all loops and processes, nanoseconds.
    pub cpu_ns: f64,
    /// Rows that came out, over all loops.
    pub rows: f64,
    /// How often it ran.
    pub loops: f64,
    /// Rows its filter removed, over all loops.
    pub removed_by_filter: f64,
    /// Rows its join filter removed.
    pub removed_by_join_filter: f64,
    /// Rows its recheck removed.
    pub removed_by_recheck: f64,
    /// Descents of an index.
    pub index_searches: f64,
    /// Rows whose visibility had to be looked up in the table.
    pub heap_fetches: f64,
    /// Pages of a bitmap heap scan: exact, lossy.
    pub bitmap_pages: (f64, f64),
    /// Pages that are always in shared buffers.
    pub sure_hits: f64,
    /// Bytes that a sort, hash table or materialisation held.
    pub memory: f64,
    /// Bytes that it spilled.
    pub spilled: f64,
    /// Must see all its input before its first row.
    pub blocking: bool,
}

impl Work {
    /// A part of the work, 0–1.
    #[must_use]
    pub fn part(&self, share: f64) -> Work {
        let mut part = self.clone();
        part.cpu_ns *= share;
        part.sure_hits *= share;
        part.temp_pages *= share;
        part.written_pages *= share;
        part.accesses.iter_mut().for_each(|a| a.pages *= share);
        part
    }

    /// Whether rows of tables are changed, and not only files written.
    pub fn changes_rows(&self) -> bool {
        self.changes.iter().any(|c| c.inserted + c.updated + c.deleted > 0.0)
    }

    /// All pages touched.
    pub fn pages(&self) -> f64 {
        self.sure_hits + self.accesses.iter().map(|a| a.pages).sum::<f64>()
    }

    /// Whether it changes rows.
    pub fn writes(&self) -> bool {
        !self.changes.is_empty()
    }
}
