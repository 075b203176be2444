//! Costs of index scans: `cost_index` of `costsize.c` and the access methods' estimates of `selfuncs.c`.

use super::cost::{Cost, expr_cost, log2};
use super::root::{ClauseId, EvalCost, IndexClause, IndexInfo, Root};
use crate::postgres::catalog::{AccessMethod, BRIN_RANGE, KeySource, OperatorClass, brin_revmap_pages};
use crate::postgres::datum::{Collation, Datum};
use crate::postgres::selectivity::{Clauses, Variable, array_length, clamp_rows, relids};
use crate::postgres::sql::{Expr, OperatorKind};

/// CPU cost of a page, in operators (`DEFAULT_PAGE_CPU_MULTIPLIER`).
const PAGE_CPU: f64 = 50.0;

/// What an access method says of a scan.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct IndexCost {
    pub(super) startup: f64,
    pub(super) total: f64,
    pub(super) selectivity: f64,
    pub(super) correlation: f64,
    pub(super) pages: f64,
}

/// What is costed.
pub(super) struct Scan<'s, 'a> {
    pub(super) rel: usize,
    pub(super) info: &'s IndexInfo<'a>,
    pub(super) clauses: &'s [IndexClause],
    pub(super) only: bool,
    pub(super) loops: f64,
    /// Clauses beyond the relation's own that a parameterised scan checks.
    pub(super) extra: &'s [ClauseId],
    /// Rows it returns.
    pub(super) rows: f64,
}

/// The cost of a whole index scan.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ScanCost {
    pub(super) cost: Cost,
    pub(super) index: IndexCost,
    pub(super) rows: f64,
    pub(super) workers: u32,
}

impl<'a> Root<'a> {
    /// `cost_index`. `partial` asks for a parallel scan; `None` where that gets no workers.
    pub(super) fn index_scan_cost(&self, scan: &Scan<'_, 'a>, partial: bool) -> Option<ScanCost> {
        let rel = &self.rels[scan.rel];
        let s = self.settings;
        let index = self.index_cost(scan);
        let tuples = clamp_rows(index.selectivity * rel.tuples);
        let (max_io, min_io, random_pages) = self.heap_io(scan, &index, tuples);
        let mut workers = 0;
        if partial {
            let heap_pages = if scan.only { -1.0 } else { random_pages };
            workers = self.parallel_workers(heap_pages, index.pages);
            if workers == 0 {
                return None;
            }
        }
        let squared = index.correlation * index.correlation;
        let mut total = index.total - index.startup;
        total += max_io + squared * (min_io - max_io);
        let qual = self.filter_cost(scan);
        let startup = index.startup + qual.startup;
        let mut cpu = (s.cpu_tuple_cost + qual.per_tuple) * tuples;
        let mut rows = scan.rows;
        if workers > 0 {
            let divisor = self.parallel_divisor(workers);
            rows = clamp_rows(rows / divisor);
            cpu /= divisor;
        }
        total += cpu;
        Some(ScanCost { cost: Cost { startup, total: startup + total }, index, rows, workers })
    }

    /// Cost of reading the table, for no and for perfect correlation, and pages for a parallel scan.
    fn heap_io(&self, scan: &Scan<'_, 'a>, index: &IndexCost, tuples: f64) -> (f64, f64, f64) {
        let rel = &self.rels[scan.rel];
        let s = self.settings;
        let visible = |pages: f64| if scan.only { (pages * (1.0 - rel.all_visible)).ceil() } else { pages };
        if scan.loops > 1.0 {
            let fetched = visible(self.pages_fetched(tuples * scan.loops, rel.pages, scan.info.pages));
            let max = fetched * s.random_page_cost / scan.loops;
            let pages = (index.selectivity * rel.pages).ceil();
            let again = visible(self.pages_fetched(pages * scan.loops, rel.pages, scan.info.pages));
            let min = again * s.random_page_cost / scan.loops;
            return (max, min, fetched);
        }
        let fetched = visible(self.pages_fetched(tuples, rel.pages, scan.info.pages));
        let max = fetched * s.random_page_cost;
        let pages = visible((index.selectivity * rel.pages).ceil());
        let min = if pages > 0.0 {
            let rest = if pages > 1.0 { (pages - 1.0) * s.seq_page_cost } else { 0.0 };
            s.random_page_cost + rest
        } else {
            0.0
        };
        (max, min, fetched)
    }

    /// Cost of the conditions that the index does not answer (`extract_nonindex_conditions`).
    fn filter_cost(&self, scan: &Scan<'_, 'a>) -> EvalCost {
        let mut cost = EvalCost::default();
        for id in scan.info.restrict.iter().chain(scan.extra) {
            let clause = self.clause(*id);
            if clause.pseudoconstant || self.answered(*id, scan.clauses) {
                continue;
            }
            cost.add(clause.cost);
        }
        cost
    }

    /// `is_redundant_with_indexclauses`
    pub(super) fn answered(&self, id: ClauseId, clauses: &[IndexClause]) -> bool {
        clauses.iter().any(|c| {
            if c.lossy {
                return false;
            }
            let parent = self.clause(id).parent_class;
            c.clause == id || (parent.is_some() && parent == self.clause(c.clause).parent_class)
        })
    }

    fn index_cost(&self, scan: &Scan<'_, 'a>) -> IndexCost {
        match scan.info.index.method {
            AccessMethod::Btree => self.btree_cost(scan),
            AccessMethod::Brin => self.brin_cost(scan),
            AccessMethod::Gin => self.gin_cost(scan),
            _ => self.generic_cost(scan, 0.0, 0.0),
        }
    }

    /// Selectivity of index conditions, the predicate's parts that they don't imply included (`add_predicate_to_index_quals`).
    fn quals_selectivity(&self, scan: &Scan<'_, 'a>, quals: &[&Expr]) -> f64 {
        let index = scan.info.index;
        let predicates: Vec<Expr> = index
            .predicate
            .iter()
            .map(|p| moved(p, scan.rel))
            .filter(|p| !super::predicate::implied(p, quals))
            .collect();
        let all: Vec<&Expr> = predicates.iter().chain(quals.iter().copied()).collect();
        self.estimator.conjunction(&all, Some(Clauses::Within(scan.rel)))
    }

    /// `genericcostestimate`; `tuples` and `scans` are zero where the method has no better idea.
    fn generic_cost(&self, scan: &Scan<'_, 'a>, tuples: f64, scans: f64) -> IndexCost {
        let s = self.settings;
        let info = scan.info;
        let quals: Vec<&Expr> = scan.clauses.iter().flat_map(|c| c.quals.iter()).collect();
        let selectivity = self.quals_selectivity(scan, &quals);
        let array_scans = if scans >= 1.0 {
            scans
        } else {
            quals
                .iter()
                .map(|q| {
                    if let Expr::ArrayCompare { array, .. } = q { array_length(array).max(1.0) } else { 1.0 }
                })
                .product()
        };
        let mut index_tuples = tuples;
        if index_tuples <= 0.0 {
            index_tuples = libm::rint(selectivity * self.rels[scan.rel].tuples / array_scans);
        }
        index_tuples = index_tuples.min(info.tuples).max(1.0);
        let pages = if info.pages > 1.0 && info.tuples > 1.0 {
            (index_tuples * info.pages / info.tuples).ceil()
        } else {
            1.0
        };
        let total_scans = array_scans * scan.loops;
        let mut total = if total_scans > 1.0 {
            self.pages_fetched(pages * total_scans, info.pages, info.pages) * s.random_page_cost / scan.loops
        } else {
            pages * s.random_page_cost
        };
        let argument = self.argument_cost(&quals);
        let operators = s.cpu_operator_cost * quals.len() as f64;
        total += argument + index_tuples * array_scans * (s.cpu_index_tuple_cost + operators);
        IndexCost { startup: argument, total, selectivity, correlation: 0.0, pages }
    }

    /// `index_other_operands_eval_cost`
    fn argument_cost(&self, quals: &[&Expr]) -> f64 {
        let mut cost = EvalCost::default();
        for qual in quals {
            match qual {
                Expr::Operator(_, args) => cost.add(expr_cost(&args[1], self.settings)),
                Expr::ArrayCompare { array, .. } => cost.add(expr_cost(array, self.settings)),
                Expr::RowCompare { right, .. } => {
                    right.iter().for_each(|e| cost.add(expr_cost(e, self.settings)))
                }
                _ => {}
            }
        }
        cost.startup + cost.per_tuple
    }

    /// Facts of an index's key column.
    fn key_variable(&self, scan: &Scan<'_, 'a>, column: usize) -> Variable<'a> {
        let key = &scan.info.index.keys[column];
        let expr = match &key.source {
            KeySource::Column(number) => Expr::Column(crate::postgres::sql::ColumnRef {
                relation: scan.rel as u16,
                column: *number,
                type_id: key.type_id,
                levels_up: 0,
            }),
            KeySource::Expression(expr) => {
                let mut variable = self.estimator.examine(&moved(expr, scan.rel));
                variable.statistics = key.statistics.as_deref().or(variable.statistics);
                return variable;
            }
        };
        self.estimator.examine(&expr)
    }

    /// `btcost_correlation`
    fn btree_correlation(&self, scan: &Scan<'_, 'a>, variable: &Variable<'a>) -> f64 {
        let index = scan.info.index;
        let key = &index.keys[0];
        if key.opclass != OperatorClass::Default || key.collation != Collation::Default {
            return 0.0;
        }
        let correlation = variable.statistics.and_then(|s| s.correlation).unwrap_or(0.0);
        let correlation = if key.descending { -correlation } else { correlation };
        if index.keys.len() > 1 { correlation * 0.75 } else { correlation }
    }

    /// `btcostestimate`
    fn btree_cost(&self, scan: &Scan<'_, 'a>) -> IndexCost {
        let bounds = self.btree_bounds(scan);
        let info = scan.info;
        let every_key = bounds.column + 1 == info.index.keys.len() && bounds.equal_here;
        let mut scans = bounds.scans;
        let tuples = if info.index.unique && every_key && !bounds.found_array && !bounds.found_null {
            1.0
        } else {
            let selectivity = self.quals_selectivity(scan, &bounds.quals);
            scans = scans.min((info.pages * 0.333_333_3).ceil()).max(1.0);
            libm::rint(selectivity * self.rels[scan.rel].tuples / scans)
        };
        let mut cost = self.generic_cost(scan, tuples, scans);
        let s = self.settings;
        let mut descend = |charge: f64| {
            cost.startup += charge;
            cost.total += scans * charge;
        };
        if info.tuples > 1.0 {
            descend(log2(info.tuples).ceil() * s.cpu_operator_cost);
        }
        descend((info.tree_height + 1.0) * PAGE_CPU * s.cpu_operator_cost);
        cost.correlation = self.btree_correlation(scan, &self.key_variable(scan, 0));
        cost
    }

    /// The conditions that bound the part of a B-tree that is read, and how many descents they take: arrays, and the values of
    /// leading columns without a condition that a skip scan goes through.
    fn btree_bounds<'s>(&self, scan: &Scan<'s, 'a>) -> Bounds<'s> {
        let mut b = Bounds { scans: 1.0, ..Bounds::default() };
        for clause in scan.clauses {
            if b.column < clause.column && !self.bridge(scan, &mut b, clause.column) {
                break;
            }
            for qual in clause.quals.iter() {
                b.take(qual, scan.info.index.keys.len());
            }
        }
        b
    }

    /// Moves on to a later key column; false where its conditions can't bound the scan.
    fn bridge(&self, scan: &Scan<'_, 'a>, b: &mut Bounds<'_>, to: usize) -> bool {
        const LEAST_SKIP_FRACTION: f64 = 0.005;
        let before = b.scans;
        if b.found_row {
            return false;
        }
        if b.equal_here {
            b.column += 1;
            b.skip_quals.clear();
        }
        b.equal_here = false;
        while b.column < to {
            b.found_array = true;
            let (mut distinct, guess) = self.estimator.distinct(&self.key_variable(scan, b.column));
            if guess {
                b.scans = before;
                return false;
            }
            if b.skip_quals.is_empty() {
                distinct += 1.0;
            } else {
                let fraction = self.quals_selectivity(scan, &b.skip_quals);
                if fraction < LEAST_SKIP_FRACTION {
                    b.scans = before;
                    return false;
                }
                distinct = libm::rint(distinct * fraction).max(1.0);
            }
            b.scans *= distinct;
            if scan.info.pages < b.scans {
                b.scans = before;
                return false;
            }
            b.column += 1;
            b.skip_quals.clear();
        }
        true
    }

    /// `brincostestimate`
    fn brin_cost(&self, scan: &Scan<'_, 'a>) -> IndexCost {
        let s = self.settings;
        let info = scan.info;
        let range: f64 =
            info.index.options.get("pages_per_range").and_then(|v| v.parse().ok()).unwrap_or(BRIN_RANGE);
        let heap_pages = self.rels[scan.rel].pages;
        let revmap = brin_revmap_pages(heap_pages, range);
        let ranges = (heap_pages / range).ceil().max(1.0);
        let mut correlation: f64 = 0.0;
        for clause in scan.clauses {
            let own =
                self.key_variable(scan, clause.column).statistics.and_then(|s| s.correlation).unwrap_or(0.0);
            correlation = correlation.max(own.abs());
        }
        let quals: Vec<&Expr> = scan.clauses.iter().flat_map(|c| c.quals.iter()).collect();
        let selectivity = self.estimator.conjunction(&quals, Some(Clauses::Within(scan.rel)));
        let least = (ranges * selectivity).ceil();
        let touched = if correlation < 1.0e-10 { ranges } else { (least / correlation).min(ranges) };
        let startup = s.seq_page_cost * revmap * scan.loops + self.argument_cost(&quals);
        let mut total = startup + s.random_page_cost * (info.pages - revmap) * scan.loops;
        total += 0.1 * s.cpu_operator_cost * touched * range;
        IndexCost {
            startup,
            total,
            selectivity: (touched / ranges).clamp(0.0, 1.0),
            correlation,
            pages: info.pages,
        }
    }

    /// `gincostestimate`
    fn gin_cost(&self, scan: &Scan<'_, 'a>) -> IndexCost {
        let s = self.settings;
        let info = scan.info;
        let size = info.index.gin.unwrap_or_default();
        let quals: Vec<&Expr> = scan.clauses.iter().flat_map(|c| c.quals.iter()).collect();
        let selectivity = self.quals_selectivity(scan, &quals);
        let (entry_pages, data_pages) = (size.entry_pages as f64, size.data_pages as f64);
        let entries = (size.entries as f64).max(1.0);
        let exact: f64 = quals.iter().map(|q| search_entries(q)).sum();
        let searches = if quals.is_empty() || exact == 0.0 { entries } else { exact };
        let mut entry_fetched = size.pending_pages as f64;
        entry_fetched += (searches * libm::rint(libm::pow(entry_pages, 0.15))).ceil();
        if scan.loops > 1.0 {
            entry_fetched =
                self.pages_fetched(entry_fetched * scan.loops, entry_pages, entry_pages) / scan.loops;
        }
        // Descents and entry pages count into the startup cost, and once more into the total.
        let descents =
            if entries > 1.0 { log2(entries).ceil() * s.cpu_operator_cost * searches } else { 0.0 };
        let entry_cpu = descents + entry_fetched * PAGE_CPU * s.cpu_operator_cost;
        let mut startup = entry_cpu + entry_fetched * s.random_page_cost;
        startup += PAGE_CPU * s.cpu_operator_cost * searches;
        let mut data_fetched = (data_pages * searches / entries).ceil();
        data_fetched = data_fetched.max((selectivity * (info.tuples / (8_192.0 / 3.0))).ceil());
        let mut total = entry_cpu + data_fetched * PAGE_CPU * s.cpu_operator_cost;
        if scan.loops > 1.0 {
            data_fetched = self.pages_fetched(data_fetched * scan.loops, data_pages, data_pages) / scan.loops;
        }
        startup += self.argument_cost(&quals);
        total += startup + data_fetched * s.random_page_cost;
        total += searches * s.cpu_operator_cost * quals.len() as f64;
        total += info.tuples * selectivity * s.cpu_index_tuple_cost;
        IndexCost { startup, total, selectivity, correlation: 0.0, pages: data_fetched }
    }
}

/// Keys that a GIN condition looks up.
fn search_entries(qual: &Expr) -> f64 {
    let Expr::Operator(_, args) = qual else { return 1.0 };
    match args.get(1).and_then(Expr::as_const).map(|v| &v.datum) {
        Some(Datum::Text(text)) => {
            let lexemes = text.matches('\'').count() / 2;
            let keys = text.matches(':').count() + text.matches(',').count();
            (if lexemes > 0 { lexemes } else { keys.max(1) }) as f64
        }
        Some(Datum::Array(items)) => items.len() as f64,
        _ => 1.0,
    }
}

/// A table's own expression (relation 0) as one of the query's relation.
pub(super) fn moved(expr: &Expr, rel: usize) -> Expr {
    let mut expr = expr.clone();
    expr.rewrite(&mut |e| match e {
        Expr::Column(c) => Some(Expr::Column(crate::postgres::sql::ColumnRef { relation: rel as u16, ..*c })),
        _ => None,
    });
    expr
}

/// The state of `btcostestimate`'s walk over the index conditions.
#[derive(Default)]
struct Bounds<'s> {
    quals: Vec<&'s Expr>,
    skip_quals: Vec<&'s Expr>,
    column: usize,
    scans: f64,
    equal_here: bool,
    found_array: bool,
    found_null: bool,
    found_row: bool,
}

impl<'s> Bounds<'s> {
    fn take(&mut self, qual: &'s Expr, keys: usize) {
        let equal = |kind: OperatorKind| kind == OperatorKind::Eq;
        match qual {
            Expr::Operator(op, _) => self.equal_here |= equal(op.kind),
            Expr::RowCompare { .. } => self.found_row = true,
            Expr::ArrayCompare { operator, array, .. } => {
                let length = array_length(array);
                self.found_array = true;
                if length > 1.0 {
                    self.scans *= length;
                }
                self.equal_here |= equal(operator.kind);
            }
            Expr::IsNull { negated: false, .. } => {
                self.found_null = true;
                self.equal_here = true;
            }
            _ => {}
        }
        self.quals.push(qual);
        if !self.equal_here && !self.found_row && self.column + 1 < keys {
            self.skip_quals.push(qual);
        }
    }
}

/// Relations around a scan that its conditions take values from.
pub(super) fn clauses_outer(root: &Root<'_>, rel: usize, clauses: &[IndexClause]) -> u64 {
    let all = clauses.iter().fold(0, |s, c| s | root.clause(c.clause).relids);
    debug_assert!(
        clauses.iter().all(|c| relids(&root.clause(c.clause).expr) == root.clause(c.clause).relids),
        "clause knows its relations"
    );
    all & !(1 << rel)
}
