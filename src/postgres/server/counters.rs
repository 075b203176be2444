//! What the statistics views count: statements, tables, indexes, the database.
//!
//! Counts are kept as fractions where they come from expectations (a page touched by one execution in three). A
//! statement's are exact: calls, times, rows. As in PostgreSQL, table counters lag behind by up to a moment.

use std::collections::BTreeMap;

use crate::kernel::{SimTime, Span};
use crate::postgres::catalog::Oid;

/// One row of `pg_stat_statements`. What every execution counts comes first, on one line of the processor's cache.
#[derive(Debug, Clone, PartialEq)]
#[repr(C, align(64))]
pub struct StatementCounters {
    /// Executions that ended well.
    pub calls: u64,
    /// Sum of execution times, milliseconds.
    pub total_ms: f64,
    /// Their mean, 0 without any: kept, since dividing takes longer than the rest of counting.
    mean_ms: f64,
    /// Shortest.
    pub min_ms: f64,
    /// Longest.
    pub max_ms: f64,
    /// Sum of squared deviations from the mean (Welford), for the standard deviation.
    pub squares: f64,
    /// Rows returned or changed.
    pub rows: u64,
    /// A hash of the text.
    pub query_id: i64,
    /// The normalised text.
    pub query: String,
    /// Who ran it last.
    pub role: String,
    /// Pages found in shared buffers.
    pub blocks_hit: f64,
    /// Pages read.
    pub blocks_read: f64,
    /// Pages dirtied.
    pub blocks_dirtied: f64,
    /// Temporary file pages read and written.
    pub temp_blocks: f64,
    /// WAL bytes.
    pub wal_bytes: f64,
    /// Since when it is counted.
    pub since: SimTime,
}

impl StatementCounters {
    /// A row with nothing counted.
    pub fn new(query: String, role: &str, since: SimTime) -> StatementCounters {
        let query_id = query_id(&query);
        StatementCounters {
            query,
            query_id,
            role: role.to_owned(),
            calls: 0,
            total_ms: 0.0,
            mean_ms: 0.0,
            min_ms: 0.0,
            max_ms: 0.0,
            squares: 0.0,
            rows: 0,
            blocks_hit: 0.0,
            blocks_read: 0.0,
            blocks_dirtied: 0.0,
            temp_blocks: 0.0,
            wal_bytes: 0.0,
            since,
        }
    }

    /// Counts an execution.
    #[inline]
    pub fn record(&mut self, elapsed: Span, rows: u64) {
        let ms = elapsed.0 as f64 * 1e-6;
        let old_mean = if self.calls == 0 { ms } else { self.mean_ms };
        if ms < self.min_ms || self.calls == 0 {
            self.min_ms = ms;
        }
        if ms > self.max_ms {
            self.max_ms = ms;
        }
        self.calls += 1;
        self.total_ms += ms;
        self.mean_ms = self.total_ms / self.calls as f64;
        self.squares += (ms - old_mean) * (ms - self.mean_ms);
        self.rows += rows;
    }

    /// Mean execution time, milliseconds.
    pub fn mean_ms(&self) -> f64 {
        self.mean_ms
    }

    /// Population standard deviation of the execution time, milliseconds.
    pub fn stddev_ms(&self) -> f64 {
        if self.calls == 0 { 0.0 } else { libm::sqrt((self.squares / self.calls as f64).max(0.0)) }
    }

    /// Forgets what was counted.
    pub fn reset(&mut self, now: SimTime) {
        let query = std::mem::take(&mut self.query);
        let role = std::mem::take(&mut self.role);
        *self = StatementCounters::new(query, &role, now);
    }
}

/// A stable identifier of a normalised statement (FNV-1a, 64 bits).
pub fn query_id(text: &str) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash as i64
}

/// One row of `pg_stat_user_tables` and `pg_statio_user_tables`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TableCounters {
    /// Sequential scans.
    pub seq_scan: f64,
    /// When the last one was.
    pub last_seq_scan: Option<SimTime>,
    /// Rows they read.
    pub seq_tup_read: f64,
    /// Index scans.
    pub idx_scan: f64,
    /// When the last one was.
    pub last_idx_scan: Option<SimTime>,
    /// Rows fetched through indexes.
    pub idx_tup_fetch: f64,
    /// Rows inserted.
    pub inserted: f64,
    /// Rows updated.
    pub updated: f64,
    /// Of them, on the same page without new index entries.
    pub hot_updated: f64,
    /// Rows deleted.
    pub deleted: f64,
    /// Rows alive, estimated.
    pub live: f64,
    /// Rows dead and not yet vacuumed, estimated.
    pub dead: f64,
    /// Rows changed since the last ANALYZE.
    pub modified_since_analyze: f64,
    /// Rows inserted since the last VACUUM.
    pub inserted_since_vacuum: f64,
    /// When and how often by command.
    pub last_vacuum: Option<SimTime>,
    /// When by autovacuum.
    pub last_autovacuum: Option<SimTime>,
    /// When by command.
    pub last_analyze: Option<SimTime>,
    /// When by autovacuum.
    pub last_autoanalyze: Option<SimTime>,
    /// How often.
    pub vacuum_count: u64,
    /// How often by autovacuum.
    pub autovacuum_count: u64,
    /// How often.
    pub analyze_count: u64,
    /// How often by autovacuum.
    pub autoanalyze_count: u64,
    /// Table pages found in shared buffers.
    pub heap_blocks_hit: f64,
    /// Table pages read.
    pub heap_blocks_read: f64,
}

/// One row of `pg_stat_user_indexes` and `pg_statio_user_indexes`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct IndexCounters {
    /// Scans.
    pub idx_scan: f64,
    /// When the last one was.
    pub last_idx_scan: Option<SimTime>,
    /// Index entries returned.
    pub idx_tup_read: f64,
    /// Live rows fetched by plain scans.
    pub idx_tup_fetch: f64,
    /// Pages found in shared buffers.
    pub blocks_hit: f64,
    /// Pages read.
    pub blocks_read: f64,
}

/// One row of `pg_stat_database`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DatabaseCounters {
    /// Transactions committed.
    pub commits: u64,
    /// Rolled back.
    pub rollbacks: u64,
    /// Pages found in shared buffers.
    pub blocks_hit: f64,
    /// Pages read.
    pub blocks_read: f64,
    /// Rows returned by scans.
    pub tup_returned: f64,
    /// Rows fetched by index scans.
    pub tup_fetched: f64,
    /// Rows inserted.
    pub tup_inserted: f64,
    /// Rows updated.
    pub tup_updated: f64,
    /// Rows deleted.
    pub tup_deleted: f64,
    /// Deadlocks.
    pub deadlocks: u64,
    /// Temporary files.
    pub temp_files: f64,
    /// Their bytes.
    pub temp_bytes: f64,
    /// Time spent reading data files, milliseconds.
    pub read_ms: f64,
    /// Sessions established.
    pub sessions: u64,
    /// Sessions lost to the client's disappearance.
    pub sessions_abandoned: u64,
    /// Sessions ended by an administrator.
    pub sessions_killed: u64,
    /// Statements cancelled by a time-out or on request.
    pub cancelled: u64,
    /// Since when it is counted.
    pub since: SimTime,
}

/// `pg_stat_checkpointer` and what `pg_stat_bgwriter` adds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CheckpointCounters {
    /// Checkpoints by time.
    pub timed: u64,
    /// Checkpoints by WAL volume or command.
    pub requested: u64,
    /// Completed.
    pub done: u64,
    /// Milliseconds writing.
    pub write_ms: f64,
    /// Milliseconds syncing.
    pub sync_ms: f64,
    /// Buffers written.
    pub buffers_written: f64,
    /// Buffers written by the background writer.
    pub cleaned: f64,
}

/// Every counter of the server, statements' excepted.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    /// By table.
    pub tables: BTreeMap<Oid, TableCounters>,
    /// By index.
    pub indexes: BTreeMap<Oid, IndexCounters>,
    /// The database.
    pub database: DatabaseCounters,
    /// Checkpoints.
    pub checkpoints: CheckpointCounters,
}
