//! Costs of the three ways to join (`costsize.c`), and of reading an input again.

use super::cost::{Cost, MINIMAL_HEADER, aligned, log2, relation_bytes};
use super::root::{ClauseId, JoinPath, Path, PathKey, PathKind, Root};
use crate::postgres::selectivity::{Clauses, JoinSides, clamp_rows};
use crate::postgres::sql::{Expr, JoinKind};

/// How often outer rows find a partner (`SemiAntiJoinFactors`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MatchFactors {
    /// Share of outer rows with a partner.
    pub(super) matched: f64,
    /// Partners of those on average.
    pub(super) partners: f64,
}

/// The size of a hash table.
#[derive(Debug, Clone, Copy)]
pub(super) struct HashSize {
    pub(super) buckets: f64,
    pub(super) batches: f64,
}

impl<'a> Root<'a> {
    /// `cost_rescan`
    fn rescan(&self, path: &Path<'a>) -> Cost {
        let s = self.settings;
        match &path.kind {
            PathKind::Hash { batches, .. } if *batches <= 1.0 => {
                Cost { startup: 0.0, total: path.total - path.startup }
            }
            PathKind::Function => Cost { startup: 0.0, total: path.total - path.startup },
            PathKind::CommonTable { .. } => {
                let mut run = s.cpu_tuple_cost * path.rows;
                let bytes = relation_bytes(path.rows, path.width);
                if bytes > s.work_mem * 1024.0 {
                    run += s.seq_page_cost * (bytes / 8192.0).ceil();
                }
                Cost { startup: 0.0, total: run }
            }
            PathKind::Material { .. } | PathKind::Sort { .. } => {
                let mut run = s.cpu_operator_cost * path.rows;
                let bytes = relation_bytes(path.rows, path.width);
                if bytes > s.work_mem * 1024.0 {
                    run += s.seq_page_cost * (bytes / 8192.0).ceil();
                }
                Cost { startup: 0.0, total: run }
            }
            PathKind::Memoize { source, keys, calls, .. } => self.memoize_rescan(source, keys, *calls).0,
            _ => Cost { startup: path.startup, total: path.total },
        }
    }

    /// `cost_memoize_rescan`: (cost, entries expected).
    pub(super) fn memoize_rescan(&self, source: &Path<'a>, keys: &[Expr], calls: f64) -> (Cost, f64) {
        /// sizeof(MemoizeEntry) and sizeof(MemoizeKey), then sizeof(MemoizeTuple) a row.
        const ENTRY: f64 = 48.0;
        const TUPLE: f64 = 16.0;
        let s = self.settings;
        let tuples = source.rows;
        let mut bytes = relation_bytes(tuples, source.width) + ENTRY + TUPLE * tuples;
        bytes += keys.iter().map(|k| f64::from(self.expr_width(k))).sum::<f64>();
        let capacity = libm::floor(self.hash_memory() / bytes);
        let mut distinct = self.estimator.groups(keys, calls);
        if keys.iter().any(|k| self.estimator.distinct(&self.estimator.examine(k)).1) {
            distinct = calls;
        }
        let evicted = 1.0 - capacity.min(distinct) / distinct;
        let hits = ((calls - distinct) / calls) * (capacity / distinct.max(capacity));
        let mut total = source.total * (1.0 - hits) + s.cpu_operator_cost;
        total += s.cpu_tuple_cost * evicted;
        total += s.cpu_operator_cost / 10.0 * evicted * tuples;
        total += s.cpu_tuple_cost + s.cpu_operator_cost * tuples;
        let startup = source.startup * (1.0 - hits) + s.cpu_tuple_cost;
        (Cost { startup, total }, distinct.min(capacity))
    }

    /// Nested loop, `initial_cost_nestloop` and `final_cost_nestloop` together.
    pub(super) fn nested_cost(
        &self,
        join: &JoinPath<'a>,
        factors: Option<MatchFactors>,
        indexed: bool,
    ) -> Cost {
        let s = self.settings;
        let (outer, inner) = (&join.outer, &join.inner);
        let outer_rows = outer.rows.max(1.0);
        let inner_rows = inner.rows.max(1.0);
        let again = self.rescan(inner);
        let mut startup = outer.startup + inner.startup;
        let mut run = outer.total - outer.startup;
        if outer_rows > 1.0 {
            run += (outer_rows - 1.0) * again.startup;
        }
        let inner_run = inner.total - inner.startup;
        let again_run = again.total - again.startup;
        let early_stop = matches!(join.kind, JoinKind::Semi | JoinKind::Anti) || join.inner_unique;
        let tuples = match factors.filter(|_| early_stop) {
            None => {
                run += inner_run;
                if outer_rows > 1.0 {
                    run += (outer_rows - 1.0) * again_run;
                }
                outer_rows * inner_rows
            }
            Some(factors) => {
                let mut matched = libm::rint(outer_rows * factors.matched);
                let mut unmatched = outer_rows - matched;
                let fraction = 2.0 / (factors.partners + 1.0);
                if indexed {
                    run += inner_run * fraction;
                    if matched > 1.0 {
                        run += (matched - 1.0) * again_run * fraction;
                    }
                    run += unmatched * again_run / inner_rows;
                    matched * inner_rows * fraction
                } else {
                    let tuples = matched * inner_rows * fraction + unmatched * inner_rows;
                    run += inner_run;
                    if unmatched >= 1.0 {
                        unmatched -= 1.0;
                    } else {
                        matched -= 1.0;
                    }
                    if matched > 0.0 {
                        run += matched * again_run * fraction;
                    }
                    if unmatched > 0.0 {
                        run += unmatched * again_run;
                    }
                    tuples
                }
            }
        };
        let qual = self.clauses_cost(&join.clauses);
        startup += qual.startup;
        run += (s.cpu_tuple_cost + qual.per_tuple) * tuples;
        Cost { startup, total: startup + run }
    }

    /// `ExecChooseHashTableSize`
    pub(super) fn hash_size(&self, rows: f64, width: i32, workers: Option<u32>) -> HashSize {
        const POINTER: f64 = 8.0;
        const TUPLE_OVERHEAD: f64 = 16.0;
        const LEAST_BUCKETS: f64 = 1024.0;
        /// Memory kept for the most common outer values.
        const SKEW_SHARE: f64 = 0.02;
        let rows = if rows <= 0.0 { 1000.0 } else { rows };
        let tuple = TUPLE_OVERHEAD + MINIMAL_HEADER + aligned(f64::from(width));
        let bytes = rows * tuple;
        let mut limit = self.hash_memory();
        if let Some(workers) = workers {
            limit *= f64::from(workers + 1);
        }
        let per_skew = tuple + 8.0 * POINTER + 4.0 + 16.0;
        let skew = libm::floor(limit * SKEW_SHARE / per_skew);
        limit -= skew * per_skew;
        let most = libm::exp2(libm::floor(log2(limit / POINTER) + 1e-12));
        let power = |x: f64| libm::exp2(libm::ceil(log2(x.max(1.0)) - 1e-12));
        let mut buckets = power(rows.ceil().min(most).max(LEAST_BUCKETS));
        let mut batches = 1.0;
        if bytes + POINTER * buckets > limit {
            if workers.is_some() {
                return self.hash_size(rows, width, None);
            }
            let bucket_bytes = tuple + POINTER;
            buckets = if limit <= bucket_bytes { 1.0 } else { power(libm::floor(limit / bucket_bytes)) };
            buckets = buckets.min(most);
            let wanted = (bytes / (limit - buckets * POINTER)).ceil().min(most);
            batches = power(wanted.max(2.0));
        }
        HashSize { buckets, batches }
    }

    /// Hash join, `initial_cost_hashjoin` and `final_cost_hashjoin` together: (cost, batches).
    pub(super) fn hash_cost(
        &mut self,
        join: &JoinPath<'a>,
        hash_clauses: &[ClauseId],
        factors: Option<MatchFactors>,
        parallel_hash: bool,
        unique_inner: bool,
    ) -> (Cost, f64) {
        let s = self.settings;
        let (outer, inner) = (&join.outer, &join.inner);
        let (outer_rows, inner_rows) = (outer.rows, inner.rows);
        let count = hash_clauses.len() as f64;
        let mut startup = outer.startup + inner.total;
        let mut run = outer.total - outer.startup;
        startup += (s.cpu_operator_cost * count + s.cpu_tuple_cost) * inner_rows;
        run += s.cpu_operator_cost * count * outer_rows;
        let inner_total =
            if parallel_hash { inner_rows * self.parallel_divisor(inner.workers) } else { inner_rows };
        let size = self.hash_size(inner_total, inner.width, parallel_hash.then_some(outer.workers));
        if size.batches > 1.0 {
            let pages = |rows: f64, width: i32| (relation_bytes(rows, width) / 8192.0).ceil();
            let (outer_pages, inner_pages) = (pages(outer_rows, outer.width), pages(inner_rows, inner.width));
            startup += s.seq_page_cost * inner_pages;
            run += s.seq_page_cost * (inner_pages + 2.0 * outer_pages);
        }
        let buckets = size.buckets * size.batches;
        let (share, common) = if unique_inner {
            (1.0 / buckets, 0.0)
        } else {
            self.bucket_shares(hash_clauses, inner.relids, buckets)
        };
        if relation_bytes(clamp_rows(inner_rows * common), inner.width) > self.hash_memory() {
            // One value alone overflows memory: as good as forbidden (`disable_cost`).
            startup += 1.0e10;
        }
        let hash_qual = self.clauses_cost(hash_clauses);
        let rest: Vec<ClauseId> =
            join.clauses.iter().copied().filter(|c| !hash_clauses.contains(c)).collect();
        let rest = self.clauses_cost(&rest);
        startup += hash_qual.startup;
        let early_stop = matches!(join.kind, JoinKind::Semi | JoinKind::Anti) || join.inner_unique;
        let tuples = match factors.filter(|_| early_stop) {
            Some(factors) => {
                let matched = libm::rint(outer_rows * factors.matched);
                let fraction = 2.0 / (factors.partners + 1.0);
                run += hash_qual.per_tuple * matched * clamp_rows(inner_rows * share * fraction) * 0.5;
                run += hash_qual.per_tuple * (outer_rows - matched) * clamp_rows(inner_rows / buckets) * 0.05;
                if join.kind == JoinKind::Anti { outer_rows - matched } else { matched }
            }
            None => {
                run += hash_qual.per_tuple * outer_rows * clamp_rows(inner_rows * share) * 0.5;
                self.approximate_tuples(join, hash_clauses)
            }
        };
        startup += rest.startup;
        run += (s.cpu_tuple_cost + rest.per_tuple) * tuples;
        (Cost { startup, total: startup + run }, size.batches)
    }

    /// The best of the hash keys: (share of a bucket, share of the most common value).
    fn bucket_shares(&self, clauses: &[ClauseId], inner: u64, buckets: f64) -> (f64, f64) {
        let (mut share, mut common): (f64, f64) = (1.0, 1.0);
        for id in clauses {
            let clause = self.clause(*id);
            let Expr::Operator(_, args) = clause.expr.as_ref() else { continue };
            let key =
                if clause.right & inner != 0 && clause.right & !inner == 0 { &args[1] } else { &args[0] };
            let (this_common, this_share) = self.estimator.bucket_share(key, buckets);
            share = share.min(this_share);
            common = common.min(this_common);
        }
        (share, common)
    }

    /// `approx_tuple_count`
    fn approximate_tuples(&mut self, join: &JoinPath<'a>, clauses: &[ClauseId]) -> f64 {
        let sides = JoinSides {
            kind: JoinKind::Inner,
            left: join.outer.relids,
            left_rows: join.outer.rows,
            right_rows: join.inner.rows,
        };
        let mut share = 1.0;
        for id in clauses {
            share *= self.clauses_selectivity(&[*id], Some(Clauses::Join(sides)));
        }
        clamp_rows(share * join.outer.rows * join.inner.rows)
    }

    /// `compute_semi_anti_join_factors`: the left and right side are the special join's, whichever of them is the outer input.
    pub(super) fn match_factors(
        &mut self,
        kind: JoinKind,
        clauses: &[ClauseId],
        (left, left_rows, right_rows): (u64, f64, f64),
        inner_rows: f64,
        outer_join: bool,
    ) -> MatchFactors {
        let own: Vec<ClauseId> = if outer_join {
            clauses.iter().copied().filter(|c| !self.clause(*c).pushed_down).collect()
        } else {
            clauses.to_vec()
        };
        let sides = |kind| JoinSides { kind, left, left_rows, right_rows };
        let matched = self.clauses_selectivity(&own, Some(Clauses::Join(sides(kind))));
        let all = self.clauses_selectivity(&own, Some(Clauses::Join(sides(JoinKind::Inner))));
        let partners = if matched > 0.0 { (all * inner_rows / matched).max(1.0) } else { 1.0 };
        MatchFactors { matched, partners }
    }

    /// Merge join, `initial_cost_mergejoin` and `final_cost_mergejoin` together: (cost, inner is materialised, marks are skipped).
    pub(super) fn merge_cost(
        &mut self,
        join: &JoinPath<'a>,
        merge_clauses: &[ClauseId],
        outer_sort: &[PathKey],
        inner_sort: &[PathKey],
        outer_presorted: usize,
    ) -> (Cost, bool, bool) {
        let s = self.settings;
        let (outer, inner) = (&join.outer, &join.inner);
        let (outer_rows, inner_rows) = (outer.rows.max(1.0), inner.rows.max(1.0));
        let (os, oe, is, ie) = self.merge_shares(join, merge_clauses);
        let outer_skip = libm::rint(outer_rows * os);
        let inner_skip = libm::rint(inner_rows * is);
        let outer_read = clamp_rows(outer_rows * oe);
        let inner_read = clamp_rows(inner_rows * ie);
        let (os, is) = (outer_skip / outer_rows, inner_skip / inner_rows);
        let (oe, ie) = (outer_read / outer_rows, inner_read / inner_rows);
        let sorted = |path: &Path<'a>, keys: &[PathKey], presorted: usize| {
            if keys.is_empty() {
                Cost { startup: path.startup, total: path.total }
            } else if presorted > 0 && s.enable_incremental_sort {
                let input = Cost { startup: path.startup, total: path.total };
                self.incremental_sort_cost(keys, presorted, input, path.rows, path.width, -1.0)
            } else {
                self.sort_cost(path.total, path.rows, path.width, 0.0, -1.0)
            }
        };
        let outer_cost = sorted(outer, outer_sort, outer_presorted);
        let inner_cost = sorted(inner, inner_sort, 0);
        let part = |c: Cost, share: f64| (c.total - c.startup) * share;
        let mut startup = outer_cost.startup + part(outer_cost, os);
        let mut run = part(outer_cost, oe - os);
        startup += inner_cost.startup + part(inner_cost, is);
        let inner_run = part(inner_cost, ie - is);
        // final_cost_mergejoin
        let qual = self.clauses_cost(merge_clauses);
        let rest: Vec<ClauseId> =
            join.clauses.iter().copied().filter(|c| !merge_clauses.contains(c)).collect();
        let rest_cost = self.clauses_cost(&rest);
        let stops = matches!(join.kind, JoinKind::Semi | JoinKind::Anti) || join.inner_unique;
        let skip_mark = stops && rest.is_empty();
        let tuples = self.approximate_tuples(join, merge_clauses);
        let rescanned = if skip_mark { 0.0 } else { (tuples - inner.rows).max(0.0) };
        let ratio = 1.0 + rescanned / inner_rows;
        let bare = inner_run * ratio;
        let materialized = inner_run + s.cpu_operator_cost * inner_rows * ratio;
        let can_mark = !inner_sort.is_empty()
            || matches!(
                inner.kind,
                PathKind::Index { .. } | PathKind::Material { .. } | PathKind::Sort { .. }
            );
        let spills = !inner_sort.is_empty() && relation_bytes(inner.rows, inner.width) > s.work_mem * 1024.0;
        let materialize = if skip_mark {
            false
        } else if s.enable_material && materialized < bare {
            true
        } else {
            !can_mark || (s.enable_material && spills)
        };
        run += if materialize { materialized } else { bare };
        startup += qual.startup + qual.per_tuple * (outer_skip + inner_skip * ratio);
        run += qual.per_tuple * ((outer_read - outer_skip) + (inner_read - inner_skip) * ratio);
        startup += rest_cost.startup;
        run += (s.cpu_tuple_cost + rest_cost.per_tuple) * tuples;
        (Cost { startup, total: startup + run }, materialize, skip_mark)
    }

    /// The shares of outer and inner that are passed before the first match and read until the last.
    fn merge_shares(&self, join: &JoinPath<'a>, clauses: &[ClauseId]) -> (f64, f64, f64, f64) {
        let Some(first) = clauses.first() else { return (0.0, 1.0, 0.0, 1.0) };
        if join.kind == JoinKind::Full {
            return (0.0, 1.0, 0.0, 1.0);
        }
        let clause = self.clause(*first);
        let Expr::Operator(_, args) = clause.expr.as_ref() else { return (0.0, 1.0, 0.0, 1.0) };
        let left_is_outer = clause.left & join.outer.relids != 0;
        let (outer, inner) = if left_is_outer { (&args[0], &args[1]) } else { (&args[1], &args[0]) };
        let (mut os, mut oe, mut is, mut ie) = self.estimator.merge_scan(outer, inner, false);
        match join.kind {
            JoinKind::Left | JoinKind::Anti => (os, oe) = (0.0, 1.0),
            JoinKind::Right | JoinKind::RightAnti => (is, ie) = (0.0, 1.0),
            _ => {}
        }
        (os, oe, is, ie)
    }
}
