//! Paths that use indexes (`indxpath.c`): plain and index-only scans, both directions, and the pieces of bitmap scans.

use std::borrow::Cow;
use std::rc::Rc;

use super::index_cost::{Scan, clauses_outer, moved};
use super::index_match::{ClauseSet, is_key, searches_arrays};
use super::root::{ClauseId, IndexClause, IndexInfo, Path, PathKey, PathKind, Relids, Root, members};
use crate::postgres::catalog::{AccessMethod, KeySource};
use crate::postgres::sql::Expr;

/// What a set of index paths is built for (`ScanTypeControl`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Any,
    Bitmap,
}

impl<'a> Root<'a> {
    /// `create_index_paths`
    pub(super) fn index_paths(&mut self, rel: usize) {
        let infos: Vec<IndexInfo<'a>> = self.rels[rel].indexes.clone();
        if infos.is_empty() {
            return;
        }
        let mut bitmaps: Vec<Rc<Path<'a>>> = Vec::new();
        let mut join_bitmaps: Vec<Rc<Path<'a>>> = Vec::new();
        let restrict = self.rels[rel].restrict.clone();
        let joins: Vec<ClauseId> =
            self.rels[rel].join_clauses.clone().into_iter().filter(|c| self.movable(*c, rel)).collect();
        let join_ors: Vec<ClauseId> = joins.iter().copied().filter(|c| self.clause(*c).is_or).collect();
        for (at, info) in infos.iter().enumerate() {
            if info.index.is_partial() && !info.predicate_ok {
                continue;
            }
            let keys = info.index.keys.len();
            let mut own: ClauseSet = vec![Vec::new(); keys];
            self.match_clauses(rel, info, &info.restrict, &mut own);
            self.add_index_paths(rel, at, info, &own, &mut bitmaps);
            let mut join: ClauseSet = vec![Vec::new(); keys];
            self.match_clauses(rel, info, &joins, &mut join);
            let mut class: ClauseSet = vec![Vec::new(); keys];
            if self.rels[rel].has_class_joins {
                self.class_clauses(rel, info, &mut class);
            }
            if join.iter().chain(&class).any(|c| !c.is_empty()) {
                self.join_index_paths(rel, at, info, (&own, &join, &class), &mut join_bitmaps);
            }
        }
        let ors: Vec<ClauseId> = restrict.iter().copied().filter(|c| self.clause(*c).is_or).collect();
        let or_paths = self.bitmap_or_paths(rel, &infos, &ors, &restrict);
        bitmaps.extend(or_paths);
        let join_or_paths = self.bitmap_or_paths(rel, &infos, &join_ors, &restrict);
        join_bitmaps.extend(join_or_paths);
        if !bitmaps.is_empty() {
            let best = self.choose_bitmap(rel, bitmaps.clone());
            self.add_bitmap_heap(rel, &best, 0, 1.0, true);
        }
        self.parameterized_bitmaps(rel, &bitmaps, &join_bitmaps);
    }

    /// `get_index_paths`
    fn add_index_paths(
        &mut self,
        rel: usize,
        at: usize,
        info: &IndexInfo<'a>,
        clauses: &ClauseSet,
        bitmaps: &mut Vec<Rc<Path<'a>>>,
    ) {
        let (plain, has_arrays) = without_arrays(info, clauses);
        for path in self.build_index_paths(rel, at, info, plain.as_ref(), info.predicate_ok, Wanted::Any) {
            let selective = path.pathkeys.is_empty()
                || matches!(&path.kind, PathKind::Index { selectivity, .. } if *selectivity < 1.0);
            if selective {
                bitmaps.push(Rc::new(path.clone()));
            }
            if gets_tuples(info.index.method) {
                self.rels[rel].add_path(path);
            }
        }
        if has_arrays {
            let paths = self.build_index_paths(rel, at, info, clauses, info.predicate_ok, Wanted::Bitmap);
            bitmaps.extend(paths.into_iter().map(Rc::new));
        }
    }

    /// `build_index_paths`
    pub(super) fn build_index_paths(
        &mut self,
        rel: usize,
        at: usize,
        info: &IndexInfo<'a>,
        set: &ClauseSet,
        useful_predicate: bool,
        wanted: Wanted,
    ) -> Vec<Path<'a>> {
        let method = info.index.method;
        if set[0].is_empty() && method == AccessMethod::Hash {
            return Vec::new();
        }
        // Methods without native array search get one condition with an array at most through bitmaps.
        let clauses: Vec<IndexClause> = set.iter().flatten().cloned().collect();
        let clauses = Rc::new(clauses);
        let outer = clauses_outer(self, rel, &clauses);
        let loops = self.loop_count(rel, outer);
        let ordered = wanted == Wanted::Any && method == AccessMethod::Btree && self.order_matters(rel);
        let relids = 1_u64 << rel;
        let keys = if ordered {
            let all = self.index_keys(rel, info, false);
            self.useful_keys(relids, &all)
        } else {
            Vec::new()
        };
        let only = wanted == Wanted::Any && self.index_only_possible(rel, info);
        let mut out = Vec::new();
        if !clauses.is_empty() || !keys.is_empty() || useful_predicate || only {
            self.index_path(rel, at, info, (&clauses, outer, loops), keys, (false, only), wanted, &mut out);
        }
        if ordered {
            let all = self.index_keys(rel, info, true);
            let keys = self.useful_keys(relids, &all);
            if !keys.is_empty() {
                self.index_path(
                    rel,
                    at,
                    info,
                    (&clauses, outer, loops),
                    keys,
                    (true, only),
                    wanted,
                    &mut out,
                );
            }
        }
        out
    }

    /// `create_index_path`, and its parallel twin where there can be one.
    #[allow(clippy::too_many_arguments)]
    fn index_path(
        &mut self,
        rel: usize,
        at: usize,
        info: &IndexInfo<'a>,
        (clauses, outer, loops): (&Rc<Vec<IndexClause>>, Relids, f64),
        keys: Vec<PathKey>,
        (backward, only): (bool, bool),
        wanted: Wanted,
        out: &mut Vec<Path<'a>>,
    ) {
        let param = self.parameterization(rel, outer);
        let extra = param.as_ref().map_or(Vec::new(), |p| p.clauses.clone());
        let rows = param.as_ref().map_or(self.rels[rel].rows, |p| p.rows);
        let scan = Scan { rel, info, clauses, only, loops, extra: &extra, rows };
        let disabled = u32::from(!self.settings.enable_indexscan);
        let make = |root: &Self, partial: bool, keys: Vec<PathKey>| {
            let cost = root.index_scan_cost(&scan, partial)?;
            Some(Path {
                kind: PathKind::Index {
                    index: at,
                    clauses: Rc::clone(clauses),
                    backward,
                    only,
                    selectivity: cost.index.selectivity,
                    index_total: cost.index.total,
                },
                relids: 1 << rel,
                rows: cost.rows,
                startup: cost.cost.startup,
                total: cost.cost.total,
                disabled,
                pathkeys: keys,
                param: param.clone(),
                parallel_aware: partial,
                parallel_safe: root.rels[rel].consider_parallel,
                workers: cost.workers,
                width: root.rels[rel].width,
                targets: None,
            })
        };
        out.extend(make(self, false, keys.clone()));
        let parallel = info.index.method == AccessMethod::Btree
            && self.rels[rel].consider_parallel
            && outer == 0
            && wanted == Wanted::Any;
        if parallel && let Some(path) = make(self, true, keys) {
            self.rels[rel].add_partial_path(path);
        }
    }

    /// `check_index_only`: every column that the query uses of the relation is in the index.
    fn index_only_possible(&self, rel: usize, info: &IndexInfo<'a>) -> bool {
        if !self.settings.enable_indexonlyscan || info.index.method != AccessMethod::Btree {
            return false;
        }
        let stored = |column: u16| {
            column != 0
                && (info.index.include.contains(&column)
                    || info.index.keys.iter().any(|k| k.source == KeySource::Column(column)))
        };
        if !self.rels[rel].columns.iter().all(|(_, column)| stored(*column)) {
            return false;
        }
        info.restrict.iter().all(|id| {
            !self.clause(*id).expr.any(&mut |e| {
                matches!(e, Expr::Column(c) if usize::from(c.relation) == rel && c.levels_up == 0 && !stored(c.column))
            })
        })
    }

    /// `get_loop_count`: how often a scan with values from `outer` runs: by the smallest of those relations.
    pub(super) fn loop_count(&self, rel: usize, outer: Relids) -> f64 {
        if outer == 0 {
            return 1.0;
        }
        let mut result = 0.0;
        for other in members(outer) {
            if other >= self.query.relations.len() {
                continue;
            }
            let rows = self.adjusted_loops(rel, other, self.rels[other].rows);
            if result == 0.0 || result > rows {
                result = rows;
            }
        }
        if result > 0.0 { result } else { 1.0 }
    }

    /// `adjust_rowcount_for_semijoins`: a semi join's inner side that is made unique first loops once a value.
    fn adjusted_loops(&self, rel: usize, outer: usize, rows: f64) -> f64 {
        let mut rows = rows;
        for join in &self.special_joins {
            if join.kind == crate::postgres::sql::JoinKind::Semi
                && join.syntactic_left & (1 << rel) != 0
                && join.syntactic_right & (1 << outer) != 0
            {
                let total: f64 = members(join.syntactic_right).map(|r| self.rels[r].rows).product();
                let unique = self.estimator.groups(&join.semi_exprs, total);
                if rows > unique {
                    rows = unique;
                }
            }
        }
        rows
    }

    /// `match_eclass_clauses_to_index`
    fn class_clauses(&mut self, rel: usize, info: &IndexInfo<'a>, into: &mut ClauseSet) {
        for key in &info.index.keys {
            let found = self.column_equalities(rel, &|expr| is_key(rel, key, expr));
            self.match_clauses(rel, info, &found, into);
        }
    }

    /// `consider_index_join_clauses`: the combinations of outer relations worth a parameterised scan.
    fn join_index_paths(
        &mut self,
        rel: usize,
        at: usize,
        info: &IndexInfo<'a>,
        (own, join, class): (&ClauseSet, &ClauseSet, &ClauseSet),
        bitmaps: &mut Vec<Rc<Path<'a>>>,
    ) {
        /// Combinations tried per clause.
        const LIMIT: usize = 10;
        let mut tried: Vec<Relids> = Vec::new();
        let mut considered = 0;
        for column in 0..info.index.keys.len() {
            considered += join[column].len() + class[column].len();
            for clause in join[column].iter().chain(&class[column]) {
                let relids = self.clause(clause.clause).relids;
                if tried.contains(&relids) {
                    continue;
                }
                let earlier = tried.clone();
                for old in earlier {
                    if relids & !old == 0 || old & !relids == 0 {
                        continue;
                    }
                    if tried.len() >= LIMIT * considered.max(1) {
                        break;
                    }
                    // Two clauses of one class say the same thing twice.
                    let class_of = self.clause(clause.clause).parent_class;
                    let same = class_of.is_some()
                        && join.iter().chain(class).flatten().any(|c| {
                            self.clause(c.clause).relids & !old == 0
                                && self.clause(c.clause).parent_class == class_of
                        });
                    if !same {
                        self.join_index_path(
                            rel,
                            at,
                            info,
                            (own, join, class),
                            relids | old,
                            &mut tried,
                            bitmaps,
                        );
                    }
                }
                self.join_index_path(rel, at, info, (own, join, class), relids, &mut tried, bitmaps);
            }
        }
    }

    /// `get_join_index_paths`
    #[allow(clippy::too_many_arguments)]
    fn join_index_path(
        &mut self,
        rel: usize,
        at: usize,
        info: &IndexInfo<'a>,
        (own, join, class): (&ClauseSet, &ClauseSet, &ClauseSet),
        relids: Relids,
        tried: &mut Vec<Relids>,
        bitmaps: &mut Vec<Rc<Path<'a>>>,
    ) {
        if tried.contains(&relids) {
            return;
        }
        let mut set: ClauseSet = Vec::with_capacity(own.len());
        for column in 0..own.len() {
            let mut list: Vec<IndexClause> = join[column]
                .iter()
                .filter(|c| self.clause(c.clause).relids & !relids == 0)
                .cloned()
                .collect();
            // One clause of a class is enough.
            if let Some(one) = class[column].iter().find(|c| self.clause(c.clause).relids & !relids == 0) {
                list.push(one.clone());
            }
            list.extend(own[column].iter().cloned());
            set.push(list);
        }
        tried.push(relids);
        self.add_index_paths(rel, at, info, &set, bitmaps);
    }

    /// The predicate of an index over the query's relation.
    pub(super) fn index_predicate(&self, rel: usize, at: usize) -> Vec<Expr> {
        self.rels[rel].indexes[at].index.predicate.iter().map(|p| moved(p, rel)).collect()
    }
}

/// Methods with plain index scans.
fn gets_tuples(method: AccessMethod) -> bool {
    !matches!(method, AccessMethod::Gin | AccessMethod::Brin)
}

/// The conditions without `= ANY (array)` where the method can't search for arrays itself, and whether there were any: a bitmap
/// scan can still run once for each element.
fn without_arrays<'c>(info: &IndexInfo<'_>, clauses: &'c ClauseSet) -> (Cow<'c, ClauseSet>, bool) {
    let is_array = |c: &IndexClause| c.quals.iter().any(|q| matches!(q, Expr::ArrayCompare { .. }));
    if searches_arrays(info.index.method) || !clauses.iter().flatten().any(is_array) {
        return (Cow::Borrowed(clauses), false);
    }
    let plain = clauses.iter().map(|c| c.iter().filter(|c| !is_array(c)).cloned().collect()).collect();
    (Cow::Owned(plain), true)
}
