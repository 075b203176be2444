//! What running a plan really did, node by node: filled by the execution model, printed by EXPLAIN ANALYZE.

/// Results of one run; `nodes` is indexed by the plan nodes' ids.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Actuals {
    /// By node id.
    pub nodes: Vec<NodeActuals>,
    /// Planning time in milliseconds.
    pub planning_ms: f64,
    /// Execution time in milliseconds.
    pub execution_ms: f64,
    /// Pages touched while planning.
    pub planning_buffers: BufferUsage,
    /// SERIALIZE: milliseconds that turning rows into messages took, bytes, and the format.
    pub serialization: Option<(f64, u64, &'static str)>,
    /// Constraint triggers run: (name, milliseconds, calls).
    pub triggers: Vec<(String, f64, u64)>,
}

/// One node's results. Times and rows are per loop, as PostgreSQL prints them; the counters are totals.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeActuals {
    /// Milliseconds to the first row.
    pub startup_ms: f64,
    /// Milliseconds to the last.
    pub total_ms: f64,
    /// Rows per loop.
    pub rows: f64,
    /// Runs; 0 prints `never executed`.
    pub loops: f64,
    /// Rows Removed by Filter, per loop.
    pub removed_by_filter: f64,
    /// Rows Removed by Join Filter, per loop.
    pub removed_by_join_filter: f64,
    /// Rows Removed by Index Recheck, per loop.
    pub removed_by_recheck: f64,
    /// Heap Fetches of an index-only scan.
    pub heap_fetches: u64,
    /// Index Searches of an index scan.
    pub index_searches: u64,
    /// Heap Blocks: exact of a bitmap heap scan.
    pub exact_blocks: u64,
    /// Heap Blocks: lossy.
    pub lossy_blocks: u64,
    /// Workers Launched of a Gather.
    pub workers_launched: u32,
    /// Pages.
    pub buffers: BufferUsage,
    /// WAL written.
    pub wal: WalUsage,
    /// Of a sort.
    pub sort: Option<SortActuals>,
    /// Of a hash table, or of hashed aggregation (batches and memory only).
    pub hash: Option<HashActuals>,
    /// Of Memoize: hits, misses, evictions, overflows, memory in kB.
    pub memoize: Option<(u64, u64, u64, u64, u64)>,
    /// Of Materialize and CTE scans: `Memory` or `Disk`, and kB.
    pub storage: Option<(&'static str, u64)>,
}

/// Pages by what happened to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BufferUsage {
    /// Found in shared buffers.
    pub shared_hit: u64,
    /// Read from outside.
    pub shared_read: u64,
    /// Dirtied.
    pub shared_dirtied: u64,
    /// Written out by this backend.
    pub shared_written: u64,
    /// Temporary file pages read.
    pub temp_read: u64,
    /// Temporary file pages written.
    pub temp_written: u64,
}

/// WAL written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WalUsage {
    /// Records.
    pub records: u64,
    /// Full page images.
    pub full_page_images: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortActuals {
    /// `quicksort`, `top-N heapsort`, `external merge`.
    pub method: &'static str,
    /// kB used.
    pub space_kb: u64,
    /// On disk rather than in memory.
    pub disk: bool,
}

/// Of a hash table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HashActuals {
    /// Buckets.
    pub buckets: u64,
    /// Buckets planned.
    pub original_buckets: u64,
    /// Batches.
    pub batches: u64,
    /// Batches planned.
    pub original_batches: u64,
    /// Peak memory in kB.
    pub memory_kb: u64,
    /// kB on disk (hashed aggregation).
    pub disk_kb: u64,
}

impl BufferUsage {
    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: BufferUsage) -> BufferUsage {
        BufferUsage {
            shared_hit: self.shared_hit + other.shared_hit,
            shared_read: self.shared_read + other.shared_read,
            shared_dirtied: self.shared_dirtied + other.shared_dirtied,
            shared_written: self.shared_written + other.shared_written,
            temp_read: self.temp_read + other.temp_read,
            temp_written: self.temp_written + other.temp_written,
        }
    }

    /// True where nothing was touched.
    pub fn is_empty(self) -> bool {
        self == BufferUsage::default()
    }
}
