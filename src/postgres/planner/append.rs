//! A UNION ALL as a relation: its parts planned, and their rows one after another, merged in order, or shared among workers
//! (`set_append_rel_size` and `add_paths_to_append_rel` of `allpaths.c`, `cost_append` and `cost_merge_append` of `costsize.c`).

use std::rc::Rc;

use super::cost::{Cost, log2};
use super::level::Context;
use super::path::{Compared, by_startup, by_total, cheapest_sorted, common_prefix, compare_keys, contained};
use super::pull_up::is_plain_member;
use super::root::{Path, PathKey, PathKind, Root};
use crate::postgres::error::SqlError;
use crate::postgres::selectivity::clamp_rows;
use crate::postgres::sql::{ColumnRef, Distinct, Expr, RelId, RelationKind, SortKey};

/// Share of a tuple's CPU cost that handing it on takes (`APPEND_CPU_COST_MULTIPLIER`).
const HAND_ON: f64 = 0.5;

impl<'a> Root<'a> {
    /// `set_append_rel_size`: plans the parts under the whole's conditions.
    pub(super) fn plan_members(
        &mut self,
        rel: usize,
        members: &[RelId],
        context: &mut Context<'a>,
    ) -> Result<(), SqlError> {
        let order = self.member_order(rel);
        let (mut rows, mut bytes, mut tuples) = (0.0, 0.0, 0.0);
        for member in members.iter().map(|m| usize::from(*m)) {
            self.hand_down(rel, member);
            let plain = match &self.query.relations[member].kind {
                RelationKind::Subquery(query) => is_plain_member(query),
                _ => false,
            };
            self.rels[member].plain_member = plain;
            let order = if plain { order.clone() } else { Vec::new() };
            self.plan_subquery(member, order, context)?;
            self.size_rel(member);
            self.rels[rel].consider_parallel &= self.rels[member].consider_parallel;
            if !self.rels[member].dummy {
                let base = &self.rels[member];
                rows += base.rows;
                bytes += f64::from(base.width) * base.rows;
                tuples += base.tuples;
            }
        }
        self.set_columns(rel);
        let whole = &mut self.rels[rel];
        whole.dummy = rows == 0.0;
        if rows > 0.0 {
            whole.width = libm::rint(bytes / rows) as i32;
        }
        (whole.rows, whole.tuples) = (rows.max(1.0), tuples.max(1.0));
        (self.estimator.relations[rel].rows, self.estimator.relations[rel].tuples) =
            (rows.max(1.0), tuples.max(1.0));
        Ok(())
    }

    /// Conditions on the whole and columns needed of it are those of a part.
    fn hand_down(&mut self, rel: usize, member: usize) {
        for clause in self.rels[rel].restrict.clone() {
            let mut expr = (*self.clause(clause).expr).clone();
            expr.rewrite(&mut |e| match e {
                Expr::Column(c) if c.levels_up == 0 && usize::from(c.relation) == rel => {
                    Some(Expr::Column(ColumnRef { relation: member as RelId, ..*c }))
                }
                _ => None,
            });
            let id = self.make_clause(expr, 1 << member, true);
            let cost = self.clause(id).cost;
            self.rels[member].restrict.push(id);
            self.rels[member].restrict_cost.add(cost);
        }
        let own = self.needed.iter().filter(|((relation, _), _)| usize::from(*relation) == rel);
        let handed: Vec<((u16, u16), u64)> =
            own.map(|((_, c), needed)| ((member as u16, *c), *needed)).collect();
        self.needed.extend(handed);
    }

    /// The query's order in terms of the whole's columns, as far as it is one.
    fn member_order(&self, rel: usize) -> Vec<SortKey> {
        let mut out = Vec::new();
        for key in &self.query_pathkeys {
            let class = &self.classes[self.class_of(key.class) as usize];
            let column = class.members.iter().find_map(|m| match m.expr.stripped() {
                Expr::Column(c) if c.levels_up == 0 && usize::from(c.relation) == rel => Some(c.column),
                _ => None,
            });
            let Some(target) = column.and_then(|c| usize::from(c).checked_sub(1)) else { break };
            out.push(SortKey { target, descending: key.descending, nulls_first: key.nulls_first });
        }
        out
    }

    /// `add_paths_to_append_rel`
    pub(super) fn append_paths(&mut self, rel: usize, members: &[RelId]) {
        let live: Vec<usize> =
            members.iter().map(|m| usize::from(*m)).filter(|m| !self.rels[*m].dummy).collect();
        for member in &live {
            self.subquery_paths(*member, rel);
            self.rels[*member].set_cheapest();
        }
        if live.is_empty() {
            let path = self.empty_path(rel);
            self.rels[rel].add_path(path);
            return;
        }
        let cheapest: Vec<Rc<Path<'a>>> =
            live.iter().filter_map(|m| self.rels[*m].cheapest_total.clone()).collect();
        let path = self.of_whole(rel, self.append_path(&cheapest));
        self.rels[rel].add_path(path);
        if self.rels[rel].consider_startup {
            let startup: Vec<Rc<Path<'a>>> =
                live.iter().filter_map(|m| self.rels[*m].cheapest_startup.clone()).collect();
            let path = self.of_whole(rel, self.append_path(&startup));
            self.rels[rel].add_path(path);
        }
        if self.rels[rel].consider_parallel {
            self.partial_appends(rel, &live);
        }
        self.merge_appends(rel, &live);
    }

    /// A path of the parts as one of the whole.
    fn of_whole(&self, rel: usize, mut path: Path<'a>) -> Path<'a> {
        path.relids = self.rels[rel].relids;
        path.width = self.rels[rel].width;
        path.targets = None;
        path.parallel_safe &= self.rels[rel].consider_parallel;
        path
    }

    fn partial_appends(&mut self, rel: usize, live: &[usize]) {
        let first = |root: &Self, m: &usize| root.rels[*m].partial_paths.first().cloned();
        let partial: Option<Vec<Rc<Path<'a>>>> = live.iter().map(|m| first(self, m)).collect();
        if let Some(path) = partial.and_then(|p| self.parallel_append(p, Vec::new())) {
            let path = self.of_whole(rel, path);
            self.rels[rel].add_partial_path(path);
        }
        if !self.settings.enable_parallel_append {
            return;
        }
        // Parts that one process does faster than all of them together are done by one.
        let (mut shared, mut alone) = (Vec::new(), Vec::new());
        for member in live {
            let whole = self.rels[*member].paths.iter().filter(|p| p.parallel_safe && p.param.is_none());
            let whole = whole.min_by(|a, b| by_total(a, b)).cloned();
            match (first(self, member), whole) {
                (None, None) => return,
                (Some(part), Some(whole)) if part.total >= whole.total => alone.push(whole),
                (Some(part), _) => shared.push(part),
                (None, Some(whole)) => alone.push(whole),
            }
        }
        if !alone.is_empty()
            && let Some(path) = self.parallel_append(shared, alone)
        {
            let path = self.of_whole(rel, path);
            self.rels[rel].add_partial_path(path);
        }
    }

    /// `generate_orderedappend_paths`: a merge for every order that a part has.
    fn merge_appends(&mut self, rel: usize, live: &[usize]) {
        let mut orders: Vec<Vec<PathKey>> = Vec::new();
        for path in live.iter().flat_map(|m| &self.rels[*m].paths) {
            let known = |o: &Vec<PathKey>| compare_keys(o, &path.pathkeys) == Compared::Equal;
            if !path.pathkeys.is_empty() && !orders.iter().any(known) {
                orders.push(path.pathkeys.clone());
            }
        }
        for keys in orders {
            for by in [by_startup, by_total] {
                let sources: Vec<Rc<Path<'a>>> = live
                    .iter()
                    .filter_map(|m| {
                        let sorted = cheapest_sorted(&self.rels[*m].paths, &keys, 0, false, &by);
                        sorted.or_else(|| self.rels[*m].cheapest_total.clone())
                    })
                    .collect();
                let path = self.of_whole(rel, self.merge_append_path(&sources, &keys));
                self.rels[rel].add_path(path);
            }
        }
    }

    /// `create_append_path` and `cost_append` of inputs one after another; a single one costs nothing more.
    pub(super) fn append_path(&self, sources: &[Rc<Path<'a>>]) -> Path<'a> {
        let rows: f64 = sources.iter().map(|p| p.rows).sum();
        let startup = sources.first().map_or(0.0, |p| p.startup);
        let mut total: f64 = sources.iter().map(|p| p.total).sum();
        if sources.len() > 1 {
            total += self.settings.cpu_tuple_cost * HAND_ON * rows;
        }
        let inputs: Vec<&Rc<Path<'a>>> = sources.iter().collect();
        let kind = PathKind::Append { sources: sources.to_vec() };
        let mut path = self.set_path(kind, &inputs, Cost { startup, total });
        if let [only] = sources {
            path.pathkeys.clone_from(&only.pathkeys);
        }
        path
    }

    /// `cost_merge_append`; inputs that are not in order are sorted.
    pub(super) fn merge_append_path(&self, sources: &[Rc<Path<'a>>], keys: &[PathKey]) -> Path<'a> {
        let s = self.settings;
        let rows: f64 = sources.iter().map(|p| p.rows).sum();
        let streams = (sources.len() as f64).max(2.0);
        let comparison = 2.0 * s.cpu_operator_cost;
        let own_startup = comparison * streams * log2(streams);
        let run = rows * comparison * log2(streams) + s.cpu_tuple_cost * HAND_ON * rows;
        let (mut startup, mut total) = (0.0, 0.0);
        for source in sources {
            let cost = self.merged_input_cost(source, keys);
            startup += cost.startup;
            total += cost.total;
        }
        let inputs: Vec<&Rc<Path<'a>>> = sources.iter().collect();
        let kind = PathKind::MergeAppend { sources: sources.to_vec() };
        let cost = Cost { startup: own_startup + startup, total: own_startup + run + total };
        let mut path = self.set_path(kind, &inputs, cost);
        path.pathkeys = keys.to_vec();
        path
    }

    /// An input of a merge, sorted where it must be.
    pub(super) fn merged_input_cost(&self, source: &Path<'a>, keys: &[PathKey]) -> Cost {
        if contained(keys, &source.pathkeys) {
            return Cost { startup: source.startup, total: source.total };
        }
        let presorted = common_prefix(keys, &source.pathkeys);
        if presorted > 0 && self.settings.enable_incremental_sort {
            let input = Cost { startup: source.startup, total: source.total };
            let limit = self.scan_limit();
            return self.incremental_sort_cost(keys, presorted, input, source.rows, source.width, limit);
        }
        self.sort_cost(source.total, source.rows, source.width, 0.0, self.scan_limit())
    }

    /// Rows that LIMIT wants of the scans, where nothing but ORDER BY is between; -1 for all.
    pub(super) fn scan_limit(&self) -> f64 {
        let query = &self.query;
        let between = query.has_aggregates
            || !query.group_by.targets.is_empty()
            || query.having.is_some()
            || query.distinct != Distinct::All
            || !query.windows.is_empty();
        if between { -1.0 } else { self.limit_tuples }
    }

    /// A Parallel Append: parts that all processes share, and parts that one of them does alone.
    pub(super) fn parallel_append(
        &self,
        mut shared: Vec<Rc<Path<'a>>>,
        mut alone: Vec<Rc<Path<'a>>>,
    ) -> Option<Path<'a>> {
        let s = self.settings;
        let count = shared.len() + alone.len();
        let mut workers = shared.iter().map(|p| p.workers).max().unwrap_or(0);
        let aware = s.enable_parallel_append;
        if aware {
            workers = workers.max(usize::BITS - count.leading_zeros()).min(s.max_parallel_workers_per_gather);
        }
        if workers == 0 || count == 0 {
            return None;
        }
        if aware {
            // The longest first, so that the processes end together.
            let longest_first = |a: &Rc<Path<'a>>, b: &Rc<Path<'a>>| b.total.total_cmp(&a.total);
            shared.sort_by(longest_first);
            alone.sort_by(|a, b| b.startup.total_cmp(&a.startup).then(longest_first(a, b)));
        }
        let divisor = self.parallel_divisor(workers);
        let (mut rows, mut total) = (0.0, 0.0);
        let mut startup = f64::INFINITY;
        for (i, path) in alone.iter().chain(&shared).enumerate() {
            let first = if aware { i < workers as usize } else { i == 0 };
            if first {
                startup = startup.min(path.startup);
            }
            if i < alone.len() {
                rows += path.rows / divisor;
            } else if aware {
                rows += path.rows * (self.parallel_divisor(path.workers) / divisor);
                total += path.total;
            } else {
                rows += path.rows;
                total += path.total;
            }
            if aware {
                rows = clamp_rows(rows);
            }
        }
        total += nonpartial_cost(&alone, workers as usize);
        total += s.cpu_tuple_cost * HAND_ON * rows;
        let sources: Vec<Rc<Path<'a>>> = alone.into_iter().chain(shared).collect();
        let inputs: Vec<&Rc<Path<'a>>> = sources.iter().collect();
        let mut path =
            self.set_path(PathKind::Append { sources: sources.clone() }, &inputs, Cost { startup, total });
        (path.rows, path.workers, path.parallel_aware) = (rows, workers, aware);
        Some(path)
    }
}

/// `append_nonpartial_cost`: whole parts dealt out to the workers, the longest first; what the busiest does counts.
fn nonpartial_cost(paths: &[Rc<Path<'_>>], workers: usize) -> f64 {
    let mut busy = vec![0.0_f64; workers.min(paths.len())];
    for path in paths {
        let least = busy.iter_mut().min_by(|a, b| a.total_cmp(b));
        if let Some(least) = least {
            *least += path.total;
        }
    }
    busy.into_iter().fold(0.0, f64::max)
}
