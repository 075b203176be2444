//! What things cost in nanoseconds of CPU, as measured on a real PostgreSQL 18.4 (`calibration.json.gz`,
//! `collapse.json`): fitted to scans of two to five million rows that were all in memory.

/// Parse, bind, send: what every statement costs beside its plan (`collapse.json`, "good", one client, less its
/// index look-up).
pub const STATEMENT: f64 = 22_000.0;
/// The part of [`STATEMENT`] that falls into what EXPLAIN ANALYZE calls the execution time: starting and ending the executor
/// (`calibration.json.gz`: look-ups of one to four rows take 9 to 21 µs).
pub const EXECUTOR: f64 = 9_000.0;
/// Added to a statement that finds its session's data gone from the core's caches, since the other sessions of the core have run in
/// between: nothing up to [`WARM_SESSIONS`] active sessions a core, all of it from [`COLD_SESSIONS`] on, evenly between the two.
/// From the look-up by the right index, CPU a statement beyond that of few clients: 0.01 ms with 16 clients on a core and 0.03
/// to 0.06 with 64 where nothing else ran (`undisturbed.tsv`), 0.06 to 0.07 with 64 on two cores beside others (`pgbench.tsv`).
pub const COLD: f64 = 50_000.0;
/// See [`COLD`].
pub const WARM_SESSIONS: f64 = 8.0;
/// See [`COLD`].
pub const COLD_SESSIONS: f64 = 32.0;
/// Beginning and ending a transaction that wrote: record, flush request, invalidations.
pub const COMMIT: f64 = 14_000.0;
/// Planning a statement that no plan is cached for.
pub const PLANNING: f64 = 40_000.0;
/// Starting one parallel worker.
pub const WORKER_START: f64 = 1_500_000.0;
/// A worker's first touch of a page of shared buffers: a fresh process has nothing mapped. From `collapse.json`, one client: a
/// scan of 28,810 pages takes 47 ms (run A) or 21 ms (run B) more CPU with two workers than with none.
pub const PAGE_MAP: f64 = 1_600.0;

/// A sequential scan's next tuple: visibility and deforming the first columns.
pub const SEQ_TUPLE: f64 = 30.0;
/// Deforming one more column that a condition needs.
pub const DEFORM_COLUMN: f64 = 1.5;
/// A page that is in shared buffers, scanned.
pub const PAGE: f64 = 600.0;
/// A page pinned by an index or bitmap scan.
pub const RANDOM_PAGE: f64 = 350.0;
/// A page copied from the kernel's cache.
pub const PAGE_COPY: f64 = 1_200.0;

/// One descent of a B-tree, per level.
pub const DESCENT: f64 = 700.0;
/// An index entry passed.
pub const INDEX_ENTRY: f64 = 27.0;
/// A row fetched from the table by an index entry's pointer.
pub const HEAP_FETCH: f64 = 60.0;
/// An index-only row.
pub const INDEX_ONLY_ROW: f64 = 25.0;
/// A pointer put into or taken from a bitmap.
pub const BITMAP_ENTRY: f64 = 12.0;

/// Comparing two integers or timestamps.
pub const COMPARE: f64 = 13.0;
/// Comparing two strings by the database's collation, or for equality.
pub const COMPARE_TEXT: f64 = 35.0;
/// Comparing two numerics.
pub const COMPARE_NUMERIC: f64 = 55.0;
/// Casting an integer to numeric, or the like.
pub const CAST: f64 = 60.0;
/// `lower()` or `upper()` of a string under ICU.
pub const CASE_FOLD: f64 = 560.0;
/// Matching a `LIKE` pattern.
pub const LIKE: f64 = 110.0;
/// Matching a regular expression.
pub const REGEX: f64 = 600.0;
/// Any other function.
pub const FUNCTION: f64 = 40.0;
/// Testing an element of an array in `= ANY`.
pub const ARRAY_ELEMENT: f64 = 6.0;
/// Full text match of one row.
pub const TEXT_SEARCH: f64 = 900.0;

/// Passing a row up through a node.
pub const ROW: f64 = 12.0;
/// Joining: one pair looked at.
pub const JOIN_PAIR: f64 = 14.0;
/// Starting an inner scan again.
pub const RESCAN: f64 = 250.0;
/// A row hashed into a table.
pub const HASH_INSERT: f64 = 70.0;
/// A row looked up in a hash table.
pub const HASH_PROBE: f64 = 60.0;
/// Advancing one aggregate by one row.
pub const AGGREGATE: f64 = 16.0;
/// A row put into a grouping hash table.
pub const GROUP: f64 = 80.0;
/// A comparison of a sort; there are n log₂ n of them.
pub const SORT_COMPARE: f64 = 9.0;
/// A row copied into a sort or store.
pub const SORT_ROW: f64 = 45.0;
/// A row sent to the client.
pub const SEND_ROW: f64 = 180.0;
/// A byte of a row sent.
pub const SEND_BYTE: f64 = 0.35;
/// A row passed from a worker to its leader.
pub const GATHER_ROW: f64 = 90.0;
/// A row locked.
pub const LOCK_ROW: f64 = 900.0;
/// A temporary page written and read again, CPU only.
pub const TEMP_PAGE: f64 = 6_000.0;

/// A row inserted into the table, indexes aside (`collapse.json`, "insert": 5 indexes 0.081 ms, 17 indexes 0.143 ms).
pub const INSERT_ROW: f64 = 20_000.0;
/// An index entry inserted.
pub const INSERT_ENTRY: f64 = 5_000.0;
/// A row updated or deleted, index entries aside.
pub const MODIFY_ROW: f64 = 14_000.0;
/// A foreign key checked, beside the look-up itself.
pub const FOREIGN_KEY: f64 = 9_000.0;
/// WAL bytes of a row's change, its own bytes aside.
pub const WAL_ROW_BYTES: f64 = 90.0;
/// WAL bytes of one index entry (`collapse.json`: 516 bytes with 5 indexes, 1,565 with 17).
pub const WAL_ENTRY_BYTES: f64 = 87.0;

/// Building a B-tree: a row read and formed into an entry.
pub const BUILD_ROW: f64 = 150.0;
/// Building: one comparison of the sort.
pub const BUILD_COMPARE: f64 = 14.0;
/// Building: an entry put into a leaf.
pub const BUILD_LOAD: f64 = 90.0;
/// Building concurrently: an entry checked against the index in the second scan.
pub const BUILD_VALIDATE: f64 = 90.0;
/// Building a BRIN summary: a row looked at.
pub const BUILD_SUMMARY_ROW: f64 = 55.0;
/// Building GIN: one element of a row.
pub const BUILD_ELEMENT: f64 = 900.0;
/// ANALYZE: a sampled row, all its columns.
pub const ANALYZE_ROW: f64 = 9_000.0;
/// VACUUM: a page looked at.
pub const VACUUM_PAGE: f64 = 2_500.0;
/// Parsing and answering a query over catalog views.
pub const CATALOG_QUERY: f64 = 350_000.0;
