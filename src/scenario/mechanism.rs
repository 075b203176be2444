//! Everything that may have gone wrong, as a table: what `diagnose` accepts, completes and explains.
//!
//! The table is the same for every scenario, so that the list gives nothing away.

/// A way in which a component goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mechanism {
    /// The word in a diagnosis.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What it is, and how it is told from its neighbours.
    pub explanation: &'static str,
}

/// The mechanism called `id`.
pub fn find(id: &str) -> Option<&'static Mechanism> {
    MECHANISMS.iter().find(|mechanism| mechanism.id == id)
}

macro_rules! mechanisms {
    ($($id:literal, $title:literal, $explanation:literal;)*) => {
        &[$(Mechanism { id: $id, title: $title, explanation: $explanation }),*]
    };
}

/// All mechanisms: indexes, then the database around them, then the other components.
pub const MECHANISMS: &[Mechanism] = mechanisms![
    "index-dropped", "an index that queries need was dropped",
    "Nothing is left that leads from the condition to the rows: the whole table is read. `idx_scan` of the statistics view may have said \"unused\" because it was reset, or because it was read on a replica.";
    "wrong-column-order", "the index's columns are in the wrong order",
    "A B-tree is searched from its first column on. With the equality column second, the whole index is walked.";
    "predicate-mismatch", "a partial index's predicate does not match the query",
    "A partial index serves a query only if the query's conditions prove the index's predicate, by the words, not by the data.";
    "invalid-index", "an index was left INVALID by a failed build",
    "`CREATE INDEX CONCURRENTLY` that fails leaves an index that is maintained and never read. `IF NOT EXISTS` then finds it and is content.";
    "expression-mismatch", "an indexed expression is not the query's expression",
    "An index on `email` does not serve `lower(email) = …`, nor the other way round.";
    "opclass-mismatch", "the operator class does not serve the operator",
    "Outside the C collation, `LIKE 'prefix%'` needs `text_pattern_ops`; the default class serves only `=`, `<` and `ORDER BY`.";
    "collation-mismatch", "the index's collation is not the query's",
    "An index in one collation is not used for a comparison in another, equality included.";
    "sort-order-mismatch", "the index's sort order does not give the query's order",
    "`LIMIT` is cheap only if rows come in order. Direction and `NULLS FIRST`/`NULLS LAST` count, even on a column that is never null.";
    "wrong-access-method", "the index's access method does not suit the data or the operator",
    "BRIN on a column whose values lie all over the table excludes no block; hash serves no range and no order.";
    "type-mismatch", "a comparison across types that the index does not serve",
    "A `bigint` column compared with a `numeric` parameter is cast on the wrong side.";
    "over-indexing", "writes pay for too many indexes",
    "Each index is one more page to dirty and log for each row written.";
    "index-bloat", "an index has grown far beyond its contents",
    "Deleted entries were not reclaimed; more pages are read for the same rows.";
    "stale-statistics", "the planner believes statistics that are no longer true",
    "The estimate is far from the actual row count in `EXPLAIN ANALYZE`; `ANALYZE` mends it.";
    "planner-setting", "a planner setting makes a bad plan look cheap",
    "A cost constant, `enable_…` or `work_mem` was changed.";
    "lock-contention", "sessions wait for each other's locks",
    "`wait_event_type` is `Lock`; behind a waiting ACCESS EXCLUSIVE, even reads queue.";
    "long-transaction", "a transaction is held open and holds others back",
    "`idle in transaction` or an old snapshot keeps locks and dead rows.";
    "connection-exhaustion", "no connections are left",
    "Pool or `max_connections` is used up by sessions that are idle or leaked, not by slow work.";
    "disk-saturation", "the disk cannot keep up",
    "Reads wait for `DataFileRead`; the cache no longer holds what is asked for.";
    "disk-full", "the disk is full",
    "Writes fail, and the server may stop.";
    "replication-lag", "the replica is behind",
    "Reads from it are stale, or are cancelled by recovery conflicts.";
    "vacuum-backlog", "autovacuum is behind",
    "Dead rows and an outdated visibility map make scans and index-only scans dearer.";
    "slow-deploy", "a new version of the application is slower or broken",
    "The pods' own CPU or memory, not what they wait for.";
    "bad-configuration", "a configuration value is wrong",
    "A time-out, a pool's size, a flag.";
    "resource-starvation", "too little CPU or memory for the pods",
    "Throttling, out-of-memory kills, failing probes.";
    "traffic-surge", "more visitors than the system is built for",
    "Requests a second are well above the day's usual curve.";
    "retry-storm", "retries keep an overload alive after its cause is gone",
    "Requests exceed what visitors ask for.";
    "cache-failure", "the cache is down, cold, or not used",
    "The hit ratio falls and the work behind it rises.";
    "node-failure", "a machine is down or sick",
    "All of its pods suffer, and only they.";
    "network-fault", "packets are lost or late between two components",
    "Connects and reads time out while both ends are idle.";
    "provider-outage", "a service of others is slow or down",
    "Only the steps that call it are slow.";
    "expired-certificate", "a certificate is out of date",
    "Handshakes fail from one second to the next.";
    "background-job", "a batch or report takes what visitors need",
    "One `application_name` holds the resources.";
];
