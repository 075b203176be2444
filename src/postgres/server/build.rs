//! Index builds: phases, progress, and what is left behind.

/// A row of `pg_stat_progress_create_index`, its session's columns aside.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BuildProgress {
    /// The table.
    pub table: u32,
    /// The index, once it has an entry in the catalog.
    pub index: u32,
    /// `CREATE INDEX`, `CREATE INDEX CONCURRENTLY`, `REINDEX`…
    pub command: &'static str,
    /// The phase, as the manual's table 27.45 names it.
    pub phase: &'static str,
    /// Transactions that are waited out in this phase: all and done.
    pub lockers: (u64, u64),
    /// Blocks in this phase: all and done.
    pub blocks: (u64, u64),
    /// Rows in this phase: all and done.
    pub tuples: (u64, u64),
}
