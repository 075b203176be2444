//! How large a freshly built index is, and how high its tree.

use super::{AccessMethod, Catalog, GinSize, Index, IndexKey, KeySource, Oid, RelationSize, Table};

/// Bytes of a page that hold items: 8 kB less the page header and the B-tree's special space.
const USABLE: f64 = 8_192.0 - 24.0 - 16.0;
/// Fill factor of B-tree leaves (`BTREE_DEFAULT_FILLFACTOR`).
const LEAF_FILL: f64 = 0.9;
/// Fill factor of inner pages (`BTREE_NONLEAF_FILLFACTOR`).
const INNER_FILL: f64 = 0.7;
/// Bytes of an item's header and line pointer.
const ITEM_OVERHEAD: f64 = 8.0 + 4.0;
/// Pages summarised by one BRIN entry (`BRIN_DEFAULT_PAGES_PER_RANGE`).
pub(crate) const BRIN_RANGE: f64 = 128.0;
/// Entries of one page of a BRIN reverse map (`REVMAP_PAGE_MAXITEMS`).
const REVMAP_ITEMS: f64 = 1_360.0;

/// What the size of a B-tree depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexSizing {
    /// Entries.
    pub tuples: f64,
    /// Average bytes of the key and INCLUDE columns' data.
    pub key_width: f64,
    /// Distinct keys; equal to `tuples` where duplicates are not merged.
    pub distinct: f64,
}

/// Blocks and level of a freshly built B-tree (`nbtsort.c`: leaves filled to 90 %, inner pages to 70 %, equal keys merged into
/// posting lists as `nbtdedup.c` does).
pub fn estimate_index_size(sizing: IndexSizing) -> RelationSize {
    let IndexSizing { tuples, key_width, distinct } = sizing;
    if tuples < 1.0 {
        return RelationSize { blocks: 1, tree_level: 0 };
    }
    let key = aligned(key_width);
    let duplicates = (tuples / distinct.max(1.0)).max(1.0);
    let per_tuple = if duplicates < 1.5 {
        ITEM_OVERHEAD + key
    } else {
        // A posting list holds 6 bytes for each row, and is closed at a third of a page.
        let list = duplicates.min(USABLE / 3.0 / 6.0);
        (ITEM_OVERHEAD + key + aligned(list * 6.0)) / list
    };
    let leaves = (tuples / (USABLE * LEAF_FILL / per_tuple)).ceil();
    let fanout = (USABLE * INNER_FILL / (ITEM_OVERHEAD + key)).max(2.0);
    let (mut pages, mut level, mut blocks) = (leaves, 0, leaves + 1.0);
    while pages > 1.0 {
        pages = (pages / fanout).ceil();
        blocks += pages;
        level += 1;
    }
    RelationSize { blocks: blocks as u64, tree_level: level }
}

fn aligned(bytes: f64) -> f64 {
    libm::ceil(bytes / 8.0) * 8.0
}

/// Pages of a BRIN reverse map for a table of so many pages.
pub(crate) fn brin_revmap_pages(heap_pages: f64, pages_per_range: f64) -> f64 {
    libm::floor(libm::ceil(heap_pages / pages_per_range) / REVMAP_ITEMS) + 1.0
}

impl Catalog {
    /// Gives an index the size and statistics that building it now would leave.
    pub fn size_new_index(&mut self, oid: Oid) {
        let Some(index) = self.indexes.get(&oid) else { return };
        let Some(table) = self.tables.get(&index.table) else { return };
        let rows = if table.statistics.tuples < 0.0 { 0.0 } else { table.statistics.tuples };
        let tuples = (rows * predicate_share(self, index, table)).round();
        let size = fresh_size(index, table, tuples);
        let gin = (index.method == AccessMethod::Gin).then(|| gin_size(size.blocks));
        if let Some(index) = self.indexes.get_mut(&oid) {
            index.size = size;
            index.statistics.pages = size.blocks as f64;
            index.statistics.tuples = tuples;
            index.gin = gin;
        }
        self.touch();
    }

    /// The level of a B-tree whose pages are known and whose level isn't.
    pub(super) fn guess_tree_level(&mut self, oid: Oid) {
        let Some(index) = self.indexes.get(&oid) else { return };
        let Some(table) = self.tables.get(&index.table) else { return };
        let width = keys_width(index, table);
        let fanout = (USABLE * INNER_FILL / (ITEM_OVERHEAD + aligned(width))).max(2.0);
        let (mut pages, mut level) = (index.size.blocks.saturating_sub(1) as f64, 0);
        while pages > 1.0 {
            pages = (pages / fanout).ceil();
            level += 1;
        }
        let gin = (index.method == AccessMethod::Gin).then(|| gin_size(index.size.blocks));
        if let Some(index) = self.indexes.get_mut(&oid) {
            index.size.tree_level = level;
            index.gin = index.gin.or(gin);
        }
    }
}

/// The share of the table's rows that a partial index covers.
fn predicate_share(catalog: &Catalog, index: &Index, table: &Table) -> f64 {
    if index.predicate.is_empty() {
        return 1.0;
    }
    let relation = crate::postgres::plan::PlanRelation {
        alias: table.name.clone(),
        table: Some(table.oid),
        name: table.name.clone(),
        columns: Vec::new(),
    };
    crate::postgres::selectivity::selectivity(catalog, &[relation], &index.predicate, None)
}

fn fresh_size(index: &Index, table: &Table, tuples: f64) -> RelationSize {
    match index.method {
        AccessMethod::Btree => {
            let distinct = if index.unique { tuples } else { distinct_keys(index, table, tuples) };
            estimate_index_size(IndexSizing { tuples, key_width: keys_width(index, table), distinct })
        }
        // Buckets of 75 % filled pages, each entry its hash code: 16 bytes and a line pointer.
        AccessMethod::Hash => {
            RelationSize { blocks: (tuples * 20.0 / (USABLE * 0.75)) as u64 + 2, tree_level: 0 }
        }
        AccessMethod::Brin => {
            let range =
                index.options.get("pages_per_range").and_then(|v| v.parse().ok()).unwrap_or(BRIN_RANGE);
            let heap = table.size.blocks as f64;
            let ranges = libm::ceil(heap / range);
            let entries = libm::ceil(ranges * (keys_width(index, table) * 2.0 + 16.0) / USABLE);
            RelationSize { blocks: (1.0 + brin_revmap_pages(heap, range) + entries) as u64, tree_level: 0 }
        }
        // Posting lists of compressed row pointers, some ten keys a row.
        _ => RelationSize { blocks: (tuples * 10.0 * 2.5 / USABLE) as u64 + 2, tree_level: 0 },
    }
}

/// How a GIN index of so many pages is usually divided.
fn gin_size(blocks: u64) -> GinSize {
    let entry_pages = (blocks / 20).max(1);
    GinSize {
        entry_pages,
        data_pages: blocks.saturating_sub(entry_pages + 1),
        entries: entry_pages * 75,
        pending_pages: 0,
    }
}

fn keys_width(index: &Index, table: &Table) -> f64 {
    let include = index.include.iter().map(|n| column_width(table, *n));
    index.keys.iter().map(|k| key_width(k, table)).chain(include).sum()
}

fn key_width(key: &IndexKey, table: &Table) -> f64 {
    match &key.source {
        KeySource::Column(number) => column_width(table, *number),
        KeySource::Expression(expr) => {
            let own = key.statistics.as_ref().map(|s| f64::from(s.width));
            let column = || {
                let mut width = None;
                expr.any(&mut |e| {
                    width = width.or(e.as_column().map(|c| column_width(table, c.column)));
                    false
                });
                width
            };
            own.or_else(column).unwrap_or(f64::from(key.type_id.default_width()))
        }
    }
}

fn column_width(table: &Table, number: u16) -> f64 {
    let Some(column) = table.column_by_number(number) else { return 8.0 };
    let known = column.statistics.as_ref().map(|s| s.width).filter(|w| *w > 0);
    f64::from(known.unwrap_or_else(|| column.type_id.default_width()))
}

/// Distinct values of all keys together, taken as independent up to the number of rows.
fn distinct_keys(index: &Index, table: &Table, tuples: f64) -> f64 {
    let mut product = 1.0;
    for key in &index.keys {
        let distinct = match &key.source {
            KeySource::Column(number) => table.column_by_number(*number).and_then(|c| c.statistics.as_ref()),
            KeySource::Expression(_) => key.statistics.as_ref(),
        }
        .map(|s| s.distinct);
        product *= match distinct {
            Some(d) if d < 0.0 => -d * tuples,
            Some(d) if d > 0.0 => d,
            _ => 200.0,
        };
    }
    product.min(tuples).max(1.0)
}
