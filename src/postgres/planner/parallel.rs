//! Gather and Gather Merge over partial paths (`generate_gather_paths`, `generate_useful_gather_paths`).

use std::rc::Rc;

use super::cost::{Cost, log2};
use super::path::{common_prefix, contained};
use super::root::{Path, PathKey, PathKind, RelIndex, Root};

impl<'a> Root<'a> {
    /// `cost_gather`
    pub(super) fn gather(&self, source: &Rc<Path<'a>>, rows: f64) -> Path<'a> {
        let s = self.settings;
        let startup = source.startup + s.parallel_setup_cost;
        let total = source.total + s.parallel_setup_cost + s.parallel_tuple_cost * rows;
        let mut path = self.above(
            source,
            PathKind::Gather { source: Rc::clone(source), single: false },
            Cost { startup, total },
        );
        path.rows = rows;
        path.pathkeys = Vec::new();
        path.parallel_safe = false;
        path.workers = 0;
        path
    }

    /// `cost_gather_merge`
    pub(super) fn gather_merge(&self, source: &Rc<Path<'a>>, keys: &[PathKey], rows: f64) -> Path<'a> {
        let s = self.settings;
        let streams = f64::from(source.workers + 1);
        let log = log2(streams);
        let comparison = 2.0 * s.cpu_operator_cost;
        let mut startup = comparison * streams * log;
        let mut run = rows * comparison * log;
        run += s.cpu_operator_cost * rows;
        startup += s.parallel_setup_cost;
        run += s.parallel_tuple_cost * rows * 1.05;
        let cost = Cost { startup: startup + source.startup, total: startup + run + source.total };
        let mut path = self.above(source, PathKind::GatherMerge { source: Rc::clone(source) }, cost);
        path.rows = rows;
        path.pathkeys = keys.to_vec();
        path.parallel_safe = false;
        path.workers = 0;
        path.disabled += u32::from(!s.enable_gathermerge);
        path
    }

    /// `compute_gather_rows`: all rows that the workers and the leader make.
    pub(super) fn gathered_rows(&self, path: &Path<'a>) -> f64 {
        crate::postgres::selectivity::clamp_rows(path.rows * self.parallel_divisor(path.workers))
    }

    /// `generate_useful_gather_paths`. `override_rows` counts each path's own rows, as after grouping.
    pub(super) fn gather_paths(&mut self, rel: RelIndex, override_rows: bool) {
        if self.rels[rel].partial_paths.is_empty() {
            return;
        }
        let partials = self.rels[rel].partial_paths.clone();
        let rel_rows = self.rels[rel].rows;
        let cheapest = Rc::clone(&partials[0]);
        let rows_of =
            |root: &Self, p: &Path<'a>| if override_rows { root.gathered_rows(p) } else { rel_rows };
        let path = self.gather(&cheapest, rows_of(self, &cheapest));
        self.rels[rel].add_path(path);
        for partial in &partials {
            if partial.pathkeys.is_empty() {
                continue;
            }
            let path = self.gather_merge(partial, &partial.pathkeys.clone(), rows_of(self, partial));
            self.rels[rel].add_path(path);
        }
        self.sorted_gather_paths(rel, &partials, override_rows);
    }

    /// Partial paths sorted in the workers for the order that the query wants.
    fn sorted_gather_paths(&mut self, rel: RelIndex, partials: &[Rc<Path<'a>>], override_rows: bool) {
        let wanted = self.useful_sort(rel);
        if wanted.is_empty() {
            return;
        }
        let rel_rows = self.rels[rel].rows;
        for (i, partial) in partials.iter().enumerate() {
            if contained(&wanted, &partial.pathkeys) {
                continue;
            }
            let presorted = common_prefix(&wanted, &partial.pathkeys);
            if i > 0 && (presorted == 0 || !self.settings.enable_incremental_sort) {
                continue;
            }
            let sorted = if presorted == 0 || !self.settings.enable_incremental_sort {
                self.sort(partial, wanted.clone(), -1.0)
            } else {
                self.incremental_sort(partial, wanted.clone(), presorted, -1.0)
            };
            let sorted = Rc::new(sorted);
            let rows = if override_rows { self.gathered_rows(&sorted) } else { rel_rows };
            let path = self.gather_merge(&sorted, &wanted, rows);
            self.rels[rel].add_path(path);
        }
    }

    /// `get_useful_pathkeys_for_relation`: as much of the query's order as this relation can compute.
    fn useful_sort(&self, rel: RelIndex) -> Vec<PathKey> {
        let relids = self.rels[rel].relids;
        let count = self.query_pathkeys.iter().take_while(|k| self.computable(k.class, relids)).count();
        self.query_pathkeys[..count].to_vec()
    }

    /// A path of one input that keeps its relation, order, parameterisation and output.
    pub(super) fn above(&self, source: &Rc<Path<'a>>, kind: PathKind<'a>, cost: Cost) -> Path<'a> {
        Path {
            kind,
            relids: source.relids,
            rows: source.rows,
            startup: cost.startup,
            total: cost.total,
            disabled: source.disabled,
            pathkeys: source.pathkeys.clone(),
            param: source.param.clone(),
            parallel_aware: false,
            parallel_safe: source.parallel_safe,
            workers: source.workers,
            width: source.width,
            targets: source.targets.clone(),
        }
    }

    /// `create_sort_path`
    pub(super) fn sort(&self, source: &Rc<Path<'a>>, keys: Vec<PathKey>, limit: f64) -> Path<'a> {
        let cost = self.sort_cost(source.total, source.rows, source.width, 0.0, limit);
        let mut path = self.above(source, PathKind::Sort { source: Rc::clone(source), limit }, cost);
        path.pathkeys = keys;
        path.disabled += u32::from(!self.settings.enable_sort);
        path
    }

    /// `create_incremental_sort_path`
    pub(super) fn incremental_sort(
        &self,
        source: &Rc<Path<'a>>,
        keys: Vec<PathKey>,
        presorted: usize,
        limit: f64,
    ) -> Path<'a> {
        let input = Cost { startup: source.startup, total: source.total };
        let cost = self.incremental_sort_cost(&keys, presorted, input, source.rows, source.width, limit);
        let kind = PathKind::IncrementalSort { source: Rc::clone(source), presorted, limit };
        let mut path = self.above(source, kind, cost);
        path.pathkeys = keys;
        path
    }
}
