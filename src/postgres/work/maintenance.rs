//! The work of maintenance: index builds phase by phase, ANALYZE, VACUUM.
//!
//! Duration follows from pages and rows through the shared CPU and disk: there is no build time anywhere.

use std::sync::Arc;

use super::expression::{comparison_ns, conjunction_ns, expression_ns};
use super::{Access, RowChange, Work, rates};
use crate::postgres::buffers::{BufferCache, Spread};
use crate::postgres::catalog::{AccessMethod, Catalog, Index, KeySource, Oid};

/// Tables smaller than this are not scanned in parallel by a build (`min_parallel_table_scan_size`), pages.
const PARALLEL_PAGES: f64 = 1_024.0;
/// Rows that ANALYZE samples for each unit of `default_statistics_target`.
pub const SAMPLE_PER_TARGET: f64 = 300.0;
/// Elements that a GIN entry's row is taken to have.
const ELEMENTS_PER_ROW: f64 = 12.0;
/// Correlation from which on a sort finds its input in order.
const PRESORTED: f64 = 0.99;
/// Bytes of a sort's tuple beside its key.
const SORT_TUPLE_BYTES: f64 = 24.0;

/// What building an index takes, phase by phase.
#[derive(Debug, Clone)]
pub struct BuildWork {
    /// Read the table, form entries.
    pub scan: Arc<Work>,
    /// Sort them.
    pub sort: Arc<Work>,
    /// Write the index.
    pub load: Arc<Work>,
    /// Of a concurrent build: read the index again.
    pub validate_index: Arc<Work>,
    /// Sort its pointers.
    pub validate_sort: Arc<Work>,
    /// Read the table again and add what is missing.
    pub validate_table: Arc<Work>,
    /// Rows of the table.
    pub tuples: f64,
    /// Pages of the table.
    pub pages: f64,
    /// Pages of the index to be.
    pub index_pages: f64,
}

/// The machine as maintenance sees it.
#[derive(Debug, Clone, Copy)]
pub struct Workshop<'a> {
    /// Tables and their sizes.
    pub catalog: &'a Catalog,
    /// The data as it is.
    pub truth: &'a Catalog,
    /// Where relations are in the cache.
    pub buffers: &'a BufferCache,
    /// `maintenance_work_mem`, bytes.
    pub memory: f64,
    /// `max_parallel_maintenance_workers`
    pub workers: u32,
}

/// What building `index` takes. The index need not be in the catalog yet.
pub fn index_build(shop: Workshop<'_>, index: &Index) -> BuildWork {
    let (tuples, pages) = size(shop, index.table);
    let share = predicate_share(shop, index);
    let entries = tuples * share;
    let formed: f64 = index.keys.iter().map(key_ns).sum();
    let btree = index.method == AccessMethod::Btree;
    let workers = if btree && pages >= PARALLEL_PAGES { shop.workers } else { 0 };
    let row_ns = match index.method {
        AccessMethod::Brin => rates::BUILD_SUMMARY_ROW,
        AccessMethod::Gin | AccessMethod::Gist | AccessMethod::Spgist => {
            ELEMENTS_PER_ROW * rates::BUILD_ELEMENT
        }
        AccessMethod::Btree | AccessMethod::Hash => rates::BUILD_ROW,
    };
    let predicate_ns = conjunction_ns(&index.predicate);
    let scan_cpu =
        tuples * (rates::SEQ_TUPLE + predicate_ns) + entries * (row_ns + formed) + pages * rates::PAGE;
    let index_pages = index.size.blocks as f64;
    let sorts = matches!(index.method, AccessMethod::Btree | AccessMethod::Hash);
    let key_bytes = if entries > 0.0 { index_pages * 8_192.0 * 0.9 / entries } else { 0.0 };
    let spilled = entries * (key_bytes + SORT_TUPLE_BYTES);
    let spilled_pages = if sorts && spilled > shop.memory { spilled / 8_192.0 } else { 0.0 };
    BuildWork {
        scan: scan_of(shop, index.table, scan_cpu, workers),
        sort: Arc::new(Work {
            cpu_ns: if sorts { sort_ns(shop, index, entries) } else { 0.0 },
            workers,
            temp_pages: spilled_pages,
            ..Work::default()
        }),
        load: Arc::new(Work {
            cpu_ns: if sorts { entries * rates::BUILD_LOAD } else { index_pages * rates::PAGE },
            written_pages: 2.0 * index_pages,
            changes: vec![RowChange {
                table: index.table,
                inserted: 0.0,
                updated: 0.0,
                deleted: 0.0,
                index_entries: 0.0,
                wal_bytes: index_pages * 8_192.0,
            }],
            ..Work::default()
        }),
        validate_index: Arc::new(Work {
            cpu_ns: entries * rates::INDEX_ENTRY + index_pages * rates::PAGE,
            ..Work::default()
        }),
        validate_sort: Arc::new(Work {
            cpu_ns: entries * rates::BUILD_COMPARE * libm::log2(entries.max(2.0)) * 0.5,
            ..Work::default()
        }),
        validate_table: scan_of(
            shop,
            index.table,
            tuples * (rates::SEQ_TUPLE + predicate_ns)
                + entries * rates::BUILD_VALIDATE
                + pages * rates::PAGE,
            0,
        ),
        tuples,
        pages,
        index_pages,
    }
}

/// ANALYZE: a sample of `300 × default_statistics_target` rows from as many pages (`std_typanalyze`).
pub fn analyze(shop: Workshop<'_>, table: Oid, target: f64) -> Work {
    let (tuples, pages) = size(shop, table);
    let sample = (SAMPLE_PER_TARGET * target).min(tuples);
    let columns = shop.catalog.tables.get(&table).map_or(1, |t| t.columns.len()) as f64;
    let mut work = Work { cpu_ns: sample * rates::ANALYZE_ROW * (columns / 8.0).max(0.5), ..Work::default() };
    // Sampled blocks are read in order, but apart: prefetching hides little of the distance.
    push_access(shop, &mut work, table, Spread::Uniform, sample.min(pages));
    work
}

/// VACUUM: the pages not all visible, and every index when there are dead rows (`lazy_scan_heap`, `lazy_vacuum`).
pub fn vacuum(shop: Workshop<'_>, table: Oid, dead: f64, full: bool) -> Work {
    let (_, pages) = size(shop, table);
    let visible = shop
        .catalog
        .tables
        .get(&table)
        .map_or(0.0, |t| (t.statistics.all_visible / t.statistics.pages.max(1.0)).clamp(0.0, 1.0));
    let scanned = if full { pages } else { (pages * (1.0 - visible)).max(dead.min(pages)) };
    let mut work = Work { cpu_ns: scanned * rates::VACUUM_PAGE, ..Work::default() };
    push_access(shop, &mut work, table, Spread::Sequential, scanned);
    if dead > 0.0 || full {
        for index in shop.catalog.indexes_of(table) {
            let index_pages = index.size.blocks as f64;
            work.cpu_ns += index_pages * rates::VACUUM_PAGE;
            push_access(shop, &mut work, index.oid, Spread::Sequential, index_pages);
        }
    }
    if full {
        work.written_pages = 2.0 * pages;
    }
    work
}

fn scan_of(shop: Workshop<'_>, table: Oid, cpu_ns: f64, workers: u32) -> Arc<Work> {
    let (_, pages) = size(shop, table);
    let mut work = Work { cpu_ns, workers, ..Work::default() };
    push_access(shop, &mut work, table, Spread::Sequential, pages);
    Arc::new(work)
}

fn push_access(shop: Workshop<'_>, work: &mut Work, relation: Oid, spread: Spread, pages: f64) {
    if let Some(pool) = shop.buffers.pool(relation.0) {
        work.accesses.push(Access { relation, pool, spread, pages, node: 0 });
    }
}

fn size(shop: Workshop<'_>, table: Oid) -> (f64, f64) {
    let tuples = shop.truth.tables.get(&table).map_or(0.0, |t| t.statistics.tuples.max(0.0));
    let pages = shop.catalog.tables.get(&table).map_or(0.0, |t| t.size.blocks as f64);
    (tuples, pages)
}

fn predicate_share(shop: Workshop<'_>, index: &Index) -> f64 {
    if index.predicate.is_empty() {
        return 1.0;
    }
    let relation = crate::postgres::plan::PlanRelation {
        alias: String::new(),
        table: Some(index.table),
        name: String::new(),
        columns: Vec::new(),
    };
    crate::postgres::selectivity::selectivity(shop.truth, &[relation], &index.predicate, None)
}

fn sort_ns(shop: Workshop<'_>, index: &Index, entries: f64) -> f64 {
    let compare: f64 = index.keys.iter().take(1).map(|k| comparison_ns(k.type_id) / rates::COMPARE).sum();
    let compare = rates::BUILD_COMPARE * (1.0 + (compare - 1.0) * 0.6);
    let depth = if presorted(shop, index) { 1.0 } else { libm::log2(entries.max(2.0)) };
    entries * (rates::SORT_ROW + depth * compare)
}

fn presorted(shop: Workshop<'_>, index: &Index) -> bool {
    let Some(KeySource::Column(column)) = index.keys.first().map(|k| &k.source) else { return false };
    let table = shop.truth.tables.get(&index.table);
    let statistics = table.and_then(|t| t.column_by_number(*column)).and_then(|c| c.statistics.as_ref());
    statistics.and_then(|s| s.correlation).is_some_and(|c| c.abs() >= PRESORTED)
}

fn key_ns(key: &crate::postgres::catalog::IndexKey) -> f64 {
    match &key.source {
        KeySource::Column(_) => rates::DEFORM_COLUMN,
        KeySource::Expression(expr) => expression_ns(expr),
    }
}
