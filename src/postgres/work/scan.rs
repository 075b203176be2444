//! Scans: which part of an index is walked, which table pages are fetched, by the true statistics.

use super::expression::conjunction_ns;
use super::measure::{Extent, Meter};
use super::{ScanCount, rates};
use crate::postgres::buffers::Spread;
use crate::postgres::catalog::{AccessMethod, Index, KeySource, Oid};
use crate::postgres::plan::PlanNode;
use crate::postgres::sql::{Expr, OperatorKind, RelId};

/// Index look-ups that touch more than this share of a relation are spread over all of it.
const WIDE_SHARE: f64 = 0.02;
/// Leaf pages walked in a row, from which on the kernel reads ahead.
const READ_AHEAD_PAGES: f64 = 128.0;
/// CPU of stepping over one group of equal leading keys in a skip scan, beyond the entries it looks at.
const SKIP_GROUP: f64 = 150.0;

/// How a condition list walks an index.
pub(crate) struct Walk {
    /// Share of the index's entries that are passed, 0–1.
    pub(crate) entries: f64,
    /// Share that satisfies all of the index's conditions, 0–1.
    pub(crate) matches: f64,
    /// Descents for one scan.
    pub(crate) searches: f64,
    /// Groups that a skip scan steps over; 0 for none.
    pub(crate) groups: f64,
}

impl Meter<'_> {
    /// A sequential scan's whole work.
    pub(crate) fn seq_scan(&mut self, node: &PlanNode, relation: RelId, extent: Extent) -> f64 {
        let Some(table) = self.table_of(relation) else { return node.rows };
        let (tuples, pages) = self.table_size(table);
        let out = tuples * self.selectivity(&node.filter);
        let part = extent.fraction;
        let tuple_ns = rates::SEQ_TUPLE + conjunction_ns(&node.filter);
        let scanned = tuples * part * extent.loops;
        self.cpu(node, scanned * tuple_ns + pages * part * extent.loops * rates::PAGE);
        self.access(node, table, Spread::Sequential, pages * part * extent.loops);
        self.count(node, out, part, extent);
        self.removed_by_filter(node, scanned - out * part * extent.loops);
        self.work.scans.push(ScanCount {
            table,
            index: None,
            scans: extent.loops,
            read: scanned,
            fetched: 0.0,
        });
        out
    }

    /// An index or index-only scan's whole work.
    pub(crate) fn index_scan(
        &mut self,
        node: &PlanNode,
        relation: RelId,
        index_oid: Oid,
        conditions: &[Expr],
        index_only: bool,
        extent: Extent,
    ) {
        let (Some(table), Some(index)) = (self.table_of(relation), self.catalog.indexes.get(&index_oid))
        else {
            return;
        };
        let (tuples, pages) = self.table_size(table);
        let out = self.rows(node);
        let indexed = self.index_entries(index, tuples);
        let walk = self.walk(index, relation, conditions);
        let part = extent.fraction;
        let entries = (indexed * walk.entries * part).max(out.min(1.0) * part);
        let fetched = (indexed * walk.matches * part).max(out * part);
        let searches = walk.searches.max(1.0) * part.max(1.0 / walk.searches.max(1.0));
        let leaf_pages =
            self.leaf_pages(index, entries).min(searches * 2.0 + self.leaf_pages(index, entries));
        self.walk_index(node, index, &walk, entries, leaf_pages, searches, extent.loops);

        let heap_tuples = if index_only { fetched * (1.0 - self.all_visible(table)) } else { fetched };
        let heap_pages = self.heap_pages(index, heap_tuples, tuples, pages);
        let quals = conjunction_ns(&node.filter);
        let per_row = if index_only { rates::INDEX_ONLY_ROW } else { 0.0 };
        let cpu =
            fetched * (per_row + quals) + heap_tuples * rates::HEAP_FETCH + heap_pages * rates::RANDOM_PAGE;
        self.cpu(node, cpu * extent.loops);
        let spread = if heap_pages > pages * WIDE_SHARE { Spread::Uniform } else { Spread::Popular };
        self.access(node, table, spread, heap_pages * extent.loops);
        self.count(node, out, part, extent);
        self.removed_by_filter(node, (fetched - out * part).max(0.0) * extent.loops);
        let work = self.node(node);
        work.index_searches += searches * extent.loops;
        work.heap_fetches += if index_only { heap_tuples * extent.loops } else { 0.0 };
        self.work.scans.push(ScanCount {
            table,
            index: Some(index_oid),
            scans: extent.loops,
            read: fetched * extent.loops,
            fetched: heap_tuples * extent.loops,
        });
    }

    /// An index's matches put into a bitmap; answers how many.
    pub(crate) fn bitmap_index_scan(
        &mut self,
        node: &PlanNode,
        relation: RelId,
        index_oid: Oid,
        conditions: &[Expr],
        extent: Extent,
    ) -> f64 {
        let (Some(table), Some(index)) = (self.table_of(relation), self.catalog.indexes.get(&index_oid))
        else {
            return node.rows;
        };
        let (tuples, pages) = self.table_size(table);
        let indexed = self.index_entries(index, tuples);
        let walk = self.walk(index, relation, conditions);
        let matches = indexed * walk.matches;
        let entries = indexed * walk.entries;
        if index.method == AccessMethod::Brin {
            let size = index.size.blocks as f64;
            let ranges = pages / PAGES_PER_RANGE;
            self.cpu(node, (size * rates::PAGE + ranges * BRIN_RANGE) * extent.loops);
            self.access(node, index_oid, Spread::Popular, size * extent.loops);
        } else {
            let leaf_pages = self.leaf_pages(index, entries);
            self.walk_index(node, index, &walk, entries, leaf_pages, walk.searches, extent.loops);
            self.cpu(node, matches * rates::BITMAP_ENTRY * extent.loops);
        }
        self.node(node).index_searches += walk.searches * extent.loops;
        self.count(node, matches, 1.0, extent);
        self.work.scans.push(ScanCount {
            table,
            index: Some(index_oid),
            scans: extent.loops,
            read: matches * extent.loops,
            fetched: 0.0,
        });
        matches
    }

    /// Table pages of a bitmap in physical order.
    pub(crate) fn bitmap_heap_scan(
        &mut self,
        node: &PlanNode,
        relation: RelId,
        recheck: &[Expr],
        marked: f64,
        extent: Extent,
    ) {
        let Some(table) = self.table_of(relation) else { return };
        let (tuples, pages) = self.table_size(table);
        let out = self.rows(node);
        let part = extent.fraction;
        let lossy_range =
            self.brin_beneath(node).map(|index| self.brin_share(index, &self.brin_conditions(node)));
        let (heap_pages, looked_at) = match lossy_range {
            Some(share) => (pages * share, tuples * share),
            None => (self.clustered_pages(node, marked, tuples, pages), marked),
        };
        let (heap_pages, looked_at) = (heap_pages * part, looked_at.max(out) * part);
        let rechecked = if lossy_range.is_some() { conjunction_ns(recheck) } else { 0.0 };
        let tuple_ns = rates::SEQ_TUPLE + rechecked + conjunction_ns(&node.filter);
        self.cpu(node, (looked_at * tuple_ns + heap_pages * rates::RANDOM_PAGE) * extent.loops);
        let spread = if lossy_range.is_some() || heap_pages > pages * WIDE_SHARE {
            Spread::Sequential
        } else {
            Spread::Popular
        };
        self.access(node, table, spread, heap_pages * extent.loops);
        self.count(node, out, part, extent);
        let removed = (looked_at - out * part).max(0.0) * extent.loops;
        let lossy = lossy_range.is_some();
        let work = self.node(node);
        if lossy {
            work.removed_by_recheck += removed;
            work.bitmap_pages.1 += heap_pages * extent.loops;
        } else {
            work.removed_by_filter += removed;
            work.bitmap_pages.0 += heap_pages * extent.loops;
        }
        if let Some(scan) = self.work.scans.last_mut() {
            scan.fetched += looked_at * extent.loops;
        }
    }

    /// CPU and pages of walking a B-tree (or another index as if it were one).
    #[allow(clippy::too_many_arguments)]
    fn walk_index(
        &mut self,
        node: &PlanNode,
        index: &Index,
        walk: &Walk,
        entries: f64,
        leaf_pages: f64,
        searches: f64,
        loops: f64,
    ) {
        let levels = f64::from(index.size.tree_level) + 1.0;
        let passed = entries * rates::INDEX_ENTRY;
        let skipped = walk.groups * SKIP_GROUP + leaf_pages * rates::PAGE;
        let steps = if walk.groups > 0.0 { passed.min(skipped) } else { passed };
        let cpu = searches * levels * rates::DESCENT + steps + leaf_pages * rates::RANDOM_PAGE;
        self.cpu(node, cpu * loops);
        let upper = searches * (levels - 1.0).max(0.0) * loops;
        self.sure_hits(node, upper);
        let spread = if leaf_pages > READ_AHEAD_PAGES {
            Spread::Sequential
        } else if leaf_pages > index.size.blocks as f64 * WIDE_SHARE {
            Spread::Uniform
        } else {
            Spread::Popular
        };
        self.access(node, index.oid, spread, leaf_pages.max(searches) * loops);
    }

    /// Which part of an index a condition list passes: equalities on leading keys, then one range; further conditions
    /// are checked on the entries. A leading key without a condition is skipped over, group by group
    /// (`_bt_preprocess_keys`, `_bt_skiparray`).
    pub(crate) fn walk(&self, index: &Index, relation: RelId, conditions: &[Expr]) -> Walk {
        let matches = self.selectivity(conditions);
        if index.method != AccessMethod::Btree {
            return Walk { entries: matches, matches, searches: 1.0, groups: 0.0 };
        }
        let mut boundary: Vec<Expr> = Vec::new();
        let (mut searches, mut groups) = (1.0, 0.0);
        for (position, key) in index.keys.iter().enumerate() {
            let on_key = |c: &&Expr| condition_on(c, relation, &key.source);
            let mine: Vec<&Expr> = conditions.iter().filter(on_key).collect();
            let later = index.keys[position + 1..].iter();
            let more = later.flat_map(|k| conditions.iter().filter(|c| condition_on(c, relation, &k.source)));
            if mine.is_empty() {
                if more.count() == 0 {
                    break;
                }
                groups += self.distinct_of_key(index, position).max(1.0);
                continue;
            }
            boundary.extend(mine.iter().map(|c| (*c).clone()));
            searches *= mine.iter().map(|c| array_length(c)).fold(1.0, f64::max);
            if !mine.iter().any(|c| is_equality(c)) {
                break;
            }
        }
        let bounded = if boundary.is_empty() { 1.0 } else { self.selectivity(&boundary) };
        if groups == 0.0 {
            return Walk { entries: bounded.max(matches), matches, searches, groups };
        }
        let indexed = index.statistics.tuples.max(1.0);
        let leaves = (index.size.blocks as f64).max(1.0);
        if groups * 2.0 < leaves {
            // Each group is descended to: its matching entries and a page or two are all that is seen.
            let seen = (bounded + groups * 2.0 / indexed).min(1.0);
            return Walk { entries: seen, matches, searches: 2.0 * groups + 1.0, groups };
        }
        Walk { entries: 1.0, matches, searches: 1.0, groups }
    }

    /// Entries of an index by the truth: all rows, or those of its predicate.
    fn index_entries(&self, index: &Index, tuples: f64) -> f64 {
        if index.predicate.is_empty() {
            tuples
        } else {
            tuples * self.table_selectivity(index.table, &index.predicate)
        }
    }

    fn leaf_pages(&self, index: &Index, entries: f64) -> f64 {
        let all = index.statistics.tuples.max(1.0);
        let share = (entries / all).min(1.0);
        ((index.size.blocks as f64) * share).max(if entries > 0.0 { 1.0 } else { 0.0 })
    }

    /// Table pages fetched for `rows` found by an index: between all apart (Mackert and Lohman) and side by side, by
    /// the square of the leading key's correlation, as `cost_index` interpolates.
    fn heap_pages(&self, index: &Index, rows: f64, tuples: f64, pages: f64) -> f64 {
        if rows <= 0.0 {
            return 0.0;
        }
        let apart = apart(rows, pages);
        let together = (rows / (tuples / pages.max(1.0)).max(1.0)).ceil().max(1.0).min(apart);
        let correlation = self.correlation(index);
        apart + correlation * correlation * (together - apart)
    }

    fn clustered_pages(&self, node: &PlanNode, rows: f64, tuples: f64, pages: f64) -> f64 {
        let index = self.only_index_beneath(node).and_then(|oid| self.catalog.indexes.get(&oid));
        match index {
            Some(index) => self.heap_pages(index, rows, tuples, pages).min(pages),
            None => apart(rows, pages).min(pages),
        }
    }
}

/// Heap pages that one entry of a BRIN index summarises.
pub(crate) const PAGES_PER_RANGE: f64 = 128.0;
/// CPU of looking at one summary.
const BRIN_RANGE: f64 = 120.0;

/// Pages that hold `rows` rows strewn over `pages` pages (`index_pages_fetched`, all of the table cacheable).
fn apart(rows: f64, pages: f64) -> f64 {
    let pages = pages.max(1.0);
    (2.0 * pages * rows / (2.0 * pages + rows)).min(pages).max(rows.min(1.0))
}

/// Whether a condition constrains this key of the relation.
fn condition_on(condition: &Expr, relation: RelId, key: &KeySource) -> bool {
    let side_matches = |side: &Expr| match key {
        KeySource::Column(number) => side
            .as_column()
            .is_some_and(|c| c.relation == relation && c.column == *number && c.levels_up == 0),
        KeySource::Expression(expr) => same_shape(side.stripped(), expr.stripped(), relation),
    };
    match condition {
        Expr::Operator(_, args) => args.iter().any(side_matches),
        Expr::ArrayCompare { left, .. } => side_matches(left),
        Expr::RowCompare { left, .. } => left.iter().any(side_matches),
        Expr::IsNull { operand, .. } => side_matches(operand),
        Expr::BoolTest(operand, _) | Expr::Not(operand) => side_matches(operand),
        Expr::Column(_) => side_matches(condition),
        _ => false,
    }
}

/// Equal but for the relation's number: index expressions have their table as relation 0.
fn same_shape(query: &Expr, key: &Expr, relation: RelId) -> bool {
    match (query.stripped(), key.stripped()) {
        (Expr::Column(q), Expr::Column(k)) => q.relation == relation && q.column == k.column,
        (Expr::Function(q, qa), Expr::Function(k, ka)) => {
            q.name == k.name
                && qa.len() == ka.len()
                && qa.iter().zip(ka).all(|(a, b)| same_shape(a, b, relation))
        }
        (Expr::Operator(q, qa), Expr::Operator(k, ka)) => {
            q.kind == k.kind
                && qa.len() == ka.len()
                && qa.iter().zip(ka).all(|(a, b)| same_shape(a, b, relation))
        }
        (q, k) => q == k,
    }
}

fn is_equality(condition: &Expr) -> bool {
    match condition {
        Expr::Operator(operator, _) => operator.kind == OperatorKind::Eq,
        Expr::ArrayCompare { operator, all, .. } => operator.kind == OperatorKind::Eq && !all,
        Expr::IsNull { negated, .. } => !negated,
        Expr::BoolTest(..) | Expr::Not(_) | Expr::Column(_) => true,
        _ => false,
    }
}

fn array_length(condition: &Expr) -> f64 {
    let Expr::ArrayCompare { array, .. } = condition else { return 1.0 };
    match array.stripped() {
        Expr::Array(items, _) => items.len() as f64,
        Expr::Const(value) => match &value.datum {
            crate::postgres::datum::Datum::Array(items) => items.len() as f64,
            _ => 1.0,
        },
        _ => 10.0,
    }
}
