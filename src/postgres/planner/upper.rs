//! What comes after scans and joins: output lists, grouping, DISTINCT, ORDER BY, LIMIT, row locks, changes (`planner.c`).

use std::rc::Rc;

use super::cost::{Cost, expr_cost};
use super::path::{by_fraction, common_prefix, contained};
use super::root::{Path, PathKey, PathKind, PathTarget, Rel, RelIndex, Root};
use crate::postgres::datum::Datum;
use crate::postgres::selectivity::clamp_rows;
use crate::postgres::sql::{Command, Distinct, Expr, Target};

/// LIMIT and OFFSET as the planner sees them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits {
    /// Rows wanted; -1 for an unknown number, 0 for no LIMIT.
    pub(super) count: f64,
    /// Rows passed over; -1 for an unknown number.
    pub(super) offset: f64,
}

impl<'a> Root<'a> {
    /// `preprocess_limit`: the constants, and what they make of the fraction of rows wanted.
    pub(super) fn limits(&mut self) -> Limits {
        let number = |expr: &Option<Expr>| match expr {
            None => 0.0,
            Some(expr) => match expr.as_const().map(|v| &v.datum) {
                Some(Datum::Int(n)) => (*n).max(0) as f64,
                Some(Datum::Null) => 0.0,
                _ => -1.0,
            },
        };
        let is_limit_zero = matches!(
            self.query.limit.as_ref().and_then(Expr::as_const).map(|v| &v.datum),
            Some(Datum::Int(0))
        );
        let mut limits = Limits { count: number(&self.query.limit), offset: number(&self.query.offset) };
        if is_limit_zero {
            limits.count = 1.0;
        }
        if limits.count != 0.0 {
            let mut fraction =
                if limits.count < 0.0 || limits.offset < 0.0 { 0.10 } else { limits.count + limits.offset };
            if self.tuple_fraction >= 1.0 {
                fraction =
                    if fraction >= 1.0 { fraction.min(self.tuple_fraction) } else { self.tuple_fraction };
            } else if self.tuple_fraction > 0.0 {
                fraction = if fraction >= 1.0 { fraction } else { fraction.min(self.tuple_fraction) };
            }
            self.tuple_fraction = fraction;
        } else if limits.offset != 0.0 && self.tuple_fraction > 0.0 {
            let offset = if limits.offset < 0.0 { 0.10 } else { limits.offset };
            if self.tuple_fraction >= 1.0 && offset >= 1.0 {
                self.tuple_fraction += offset;
            }
        }
        self.limit_tuples =
            if limits.count > 0.0 && limits.offset >= 0.0 { limits.count + limits.offset } else { -1.0 };
        limits
    }

    /// An output list with its cost and width (`set_pathtarget_cost_width`).
    pub(super) fn path_target(&self, targets: Vec<Target>) -> PathTarget {
        let mut out = PathTarget::default();
        for target in &targets {
            out.width += self.expr_width(&target.expr);
            out.cost.add(expr_cost(&target.expr, self.settings));
        }
        out.targets = targets;
        out
    }

    /// Everything above the scan/join relation; answers the final one.
    pub(super) fn finish(&mut self, top: RelIndex, limits: Limits, min_max: Option<Path<'a>>) -> Rel<'a> {
        let grouped = self.query.has_aggregates || !self.query.group_by.targets.is_empty();
        let final_target = Rc::new(self.path_target(self.query.targets.clone()));
        let windowed = !self.windows.is_empty();
        let grouping_target = if windowed { Rc::new(self.window_input()) } else { Rc::clone(&final_target) };
        let scan_target = if grouped { Rc::new(self.group_input()) } else { Rc::clone(&grouping_target) };
        self.apply_target(top, &scan_target);
        let mut current = top;
        if grouped {
            current = self.grouping(current, &grouping_target, min_max);
        }
        if windowed {
            current = self.window_paths(current, &grouping_target, &final_target);
        }
        if self.query.distinct != Distinct::All {
            current = self.distinct(current);
        }
        if !self.query.order_by.is_empty() {
            current = self.ordering(current);
        }
        let paths = self.rels[current].paths.clone();
        let mut last = self.upper_rel();
        for path in paths {
            let path = self.final_path(path, limits);
            last.add_path(path);
        }
        last.set_cheapest();
        last.consider_parallel &= self.rels[current].consider_parallel;
        let limited = limits.count != 0.0 || limits.offset != 0.0;
        let inner = !self.outer_offsets.is_empty();
        if inner && last.consider_parallel && !limited && self.query.locks.is_empty() {
            last.partial_paths.clone_from(&self.rels[current].partial_paths);
        }
        last
    }

    /// `get_cheapest_fractional_path` for what the caller of this level will fetch.
    pub(super) fn cheapest_fraction(&self, rel: &Rel<'a>) -> Option<Rc<Path<'a>>> {
        let best = rel.cheapest_total.clone()?;
        let mut fraction = self.caller_fraction();
        if fraction <= 0.0 {
            return Some(best);
        }
        if fraction >= 1.0 && best.rows > 0.0 {
            fraction /= best.rows;
        }
        let mut best = best;
        for path in rel.paths.iter().filter(|p| p.param.is_none()) {
            if by_fraction(&best, path, fraction).is_gt() {
                best = Rc::clone(path);
            }
        }
        Some(best)
    }

    /// A fresh relation above the scan/join one.
    pub(super) fn upper_rel(&self) -> Rel<'a> {
        Rel {
            consider_startup: self.tuple_fraction > 0.0,
            consider_parallel: self.parallel_ok,
            relids: self.all,
            ..Rel::default()
        }
    }

    /// `make_group_input_target`: grouping expressions, and the columns that the rest of the list is computed from.
    fn group_input(&self) -> PathTarget {
        let mut targets: Vec<Target> = Vec::new();
        let group = &self.query.group_by.targets;
        for at in group {
            targets.push(self.query.targets[*at].clone());
        }
        let mut rest = Vec::new();
        for (i, target) in self.query.targets.iter().enumerate() {
            if !group.contains(&i) {
                pull_columns(&target.expr, &targets, &mut rest);
            }
        }
        if let Some(having) = &self.query.having {
            pull_columns(having, &targets, &mut rest);
        }
        for expr in rest {
            if !targets.iter().any(|t| t.expr == expr) {
                targets.push(Target { expr, name: String::new(), junk: false });
            }
        }
        self.path_target(targets)
    }

    /// `apply_scanjoin_target_to_paths`
    fn apply_target(&mut self, rel: RelIndex, target: &Rc<PathTarget>) {
        if target.targets.iter().any(|t| self.needs_leader(&t.expr)) {
            // What workers can do ends below the output list.
            self.gather_paths(rel, false);
            self.rels[rel].partial_paths.clear();
            self.rels[rel].consider_parallel = false;
        }
        let paths = std::mem::take(&mut self.rels[rel].paths);
        self.rels[rel].paths = paths.into_iter().map(|p| Rc::new(self.project(&p, target))).collect();
        let partial = std::mem::take(&mut self.rels[rel].partial_paths);
        self.rels[rel].partial_paths =
            partial.into_iter().map(|p| Rc::new(self.project(&p, target))).collect();
        self.gather_paths(rel, false);
        self.rels[rel].set_cheapest();
    }

    /// `create_projection_path`: nodes that can compute take the list themselves; above others a Result does.
    pub(super) fn project(&self, path: &Rc<Path<'a>>, target: &Rc<PathTarget>) -> Path<'a> {
        let old = path.targets.as_ref().map_or_else(super::root::EvalCost::default, |t| t.cost);
        let rows = path.rows;
        let startup = target.cost.startup - old.startup;
        let run = (target.cost.per_tuple - old.per_tuple) * rows;
        if !can_project(path) && !self.same_output(path, target) {
            let s = self.settings;
            let cost = Cost {
                startup: path.startup + target.cost.startup,
                total: path.total + target.cost.startup + (s.cpu_tuple_cost + target.cost.per_tuple) * rows,
            };
            let mut out = self.above(path, PathKind::Project { source: Rc::clone(path) }, cost);
            out.width = target.width;
            out.targets = Some(Rc::clone(target));
            return out;
        }
        let mut out = (**path).clone();
        out.startup += startup;
        out.total += startup + run;
        out.width = target.width;
        out.targets = Some(Rc::clone(target));
        out
    }

    fn same_output(&self, path: &Path<'_>, target: &PathTarget) -> bool {
        match &path.targets {
            Some(own) => {
                own.targets.len() == target.targets.len()
                    && own.targets.iter().zip(&target.targets).all(|(a, b)| a.expr == b.expr)
            }
            None => {
                let columns: Vec<(u16, u16)> = target
                    .targets
                    .iter()
                    .filter_map(|t| match &t.expr {
                        Expr::Column(c) if c.levels_up == 0 => Some((c.relation, c.column)),
                        _ => None,
                    })
                    .collect();
                columns.len() == target.targets.len()
            }
        }
    }

    /// `create_ordered_paths`
    fn ordering(&mut self, input: RelIndex) -> RelIndex {
        let keys = self.sort_pathkeys.clone();
        // Grouping and DISTINCT below don't matter to the sort: its output is what LIMIT takes from.
        let limit = self.limit_tuples;
        let cheapest = self.rels[input].cheapest_total.clone();
        let mut rel = self.upper_rel();
        for path in self.rels[input].paths.clone() {
            let is_cheapest = cheapest.as_ref().is_some_and(|c| Rc::ptr_eq(c, &path));
            if let Some(sorted) = self.ordered(&path, is_cheapest, &keys, limit) {
                rel.add_path((*sorted).clone());
            }
        }
        let partials = self.rels[input].partial_paths.clone();
        if rel.consider_parallel && !keys.is_empty() {
            for (i, partial) in partials.iter().enumerate() {
                if contained(&keys, &partial.pathkeys) {
                    continue;
                }
                let Some(sorted) = self.ordered(partial, i == 0, &keys, limit) else { continue };
                let rows = self.gathered_rows(&sorted);
                rel.add_path(self.gather_merge(&sorted, &keys, rows));
            }
        }
        rel.set_cheapest();
        self.rels.push(rel);
        self.rels.len() - 1
    }

    /// `make_ordered_path`: the path in this order, sorted if it is the cheapest or partly in order.
    pub(super) fn ordered(
        &self,
        path: &Rc<Path<'a>>,
        is_cheapest: bool,
        keys: &[PathKey],
        limit: f64,
    ) -> Option<Rc<Path<'a>>> {
        if contained(keys, &path.pathkeys) {
            return Some(Rc::clone(path));
        }
        let presorted = common_prefix(keys, &path.pathkeys);
        let incremental = presorted > 0 && self.settings.enable_incremental_sort;
        if !is_cheapest && !incremental {
            return None;
        }
        Some(Rc::new(if incremental {
            self.incremental_sort(path, keys.to_vec(), presorted, limit)
        } else {
            self.sort(path, keys.to_vec(), limit)
        }))
    }

    /// `create_distinct_paths`
    fn distinct(&mut self, input: RelIndex) -> RelIndex {
        let mut rel = self.upper_rel();
        self.final_distinct(input, &mut rel);
        if let Some(partial) = self.partial_distinct(input) {
            self.final_distinct(partial, &mut rel);
        }
        rel.set_cheapest();
        self.rels.push(rel);
        self.rels.len() - 1
    }

    /// The expressions that rows must differ in.
    fn distinct_exprs(&self) -> Vec<Expr> {
        self.distinct_targets.iter().map(|i| self.query.targets[*i].expr.clone()).collect()
    }

    /// `create_final_distinct_paths`
    fn final_distinct(&self, input: RelIndex, rel: &mut Rel<'a>) {
        let exprs = self.distinct_exprs();
        let Some(cheapest) = self.rels[input].cheapest_total.clone() else { return };
        let grouped = self.query.has_aggregates || !self.query.group_by.targets.is_empty();
        let groups = if grouped { cheapest.rows } else { self.estimator.groups(&exprs, cheapest.rows) };
        let on = matches!(self.query.distinct, Distinct::On(_));
        let rigorous = on && self.distinct_pathkeys.len() < self.sort_pathkeys.len();
        let keys = if rigorous { &self.sort_pathkeys } else { &self.distinct_pathkeys };
        let limit = if self.distinct_pathkeys.is_empty() { 1.0 } else { -1.0 };
        for path in &self.rels[input].paths {
            let is_cheapest = Rc::ptr_eq(path, &cheapest);
            for order in self.distinct_orders(keys, &path.pathkeys) {
                if let Some(sorted) = self.ordered(path, is_cheapest, &order, limit) {
                    rel.add_path(self.unique(&sorted, &exprs, groups));
                }
            }
        }
        if !on {
            rel.add_path(self.hashed_unique(&cheapest, &exprs, groups));
        }
    }

    /// `create_partial_distinct_paths`: each worker drops its own duplicates first.
    fn partial_distinct(&mut self, input: RelIndex) -> Option<RelIndex> {
        let partials = self.rels[input].partial_paths.clone();
        let cheapest = partials.first()?.clone();
        if !self.rels[input].consider_parallel || matches!(self.query.distinct, Distinct::On(_)) {
            return None;
        }
        let exprs = self.distinct_exprs();
        let groups = self.estimator.groups(&exprs, cheapest.rows);
        let keys = self.distinct_pathkeys.clone();
        let mut rel = self.upper_rel();
        for (i, path) in partials.iter().enumerate() {
            for order in self.distinct_orders(&keys, &path.pathkeys) {
                if let Some(sorted) = self.ordered(path, i == 0, &order, -1.0) {
                    rel.add_partial_path(self.unique(&sorted, &exprs, groups));
                }
            }
        }
        if self.settings.enable_hashagg {
            rel.add_partial_path(self.hashed_unique(&cheapest, &exprs, groups));
        }
        rel.rows = groups;
        self.rels.push(rel);
        let rel = self.rels.len() - 1;
        self.gather_paths(rel, true);
        self.rels[rel].set_cheapest();
        Some(rel)
    }

    /// A Unique node over sorted rows; where nothing distinguishes them (every key is fixed), the first row will do.
    fn unique(&self, sorted: &Rc<Path<'a>>, exprs: &[Expr], groups: f64) -> Path<'a> {
        let columns = self.distinct_pathkeys.len();
        if columns == 0 {
            return self.limit(sorted, Limits { count: 1.0, offset: 0.0 });
        }
        let total = sorted.total + self.settings.cpu_operator_cost * sorted.rows * columns as f64;
        let kind = PathKind::Unique { source: Rc::clone(sorted), keys: exprs.to_vec() };
        let mut unique = self.above(sorted, kind, Cost { startup: sorted.startup, total });
        unique.rows = groups;
        unique
    }

    /// `get_useful_pathkeys_for_distinct`: the order as written, and the one that a path's own order is nearest to.
    fn distinct_orders(&self, needed: &[PathKey], own: &[PathKey]) -> Vec<Vec<PathKey>> {
        let mut out = vec![needed.to_vec()];
        if !self.settings.enable_distinct_reordering {
            return out;
        }
        let on = matches!(self.query.distinct, Distinct::On(_));
        let mut order: Vec<PathKey> = own
            .iter()
            .copied()
            .take_while(|k| needed.contains(k) && (!on || self.distinct_pathkeys.contains(k)))
            .collect();
        if order.is_empty() || (order.len() < needed.len() && !self.settings.enable_incremental_sort) {
            return out;
        }
        let rest: Vec<PathKey> = needed.iter().copied().filter(|k| !order.contains(k)).collect();
        order.extend(rest);
        if order != needed {
            out.push(order);
        }
        out
    }

    /// Locks, LIMIT and the change itself.
    fn final_path(&self, path: Rc<Path<'a>>, limits: Limits) -> Path<'a> {
        let mut path = path;
        if !self.query.locks.is_empty() {
            let cost =
                Cost { startup: path.startup, total: path.total + self.settings.cpu_tuple_cost * path.rows };
            path = Rc::new(self.above(&path, PathKind::LockRows { source: Rc::clone(&path) }, cost));
        }
        if limits.count != 0.0 || limits.offset != 0.0 {
            path = Rc::new(self.limit(&path, limits));
        }
        if self.query.command == Command::Select {
            return (*path).clone();
        }
        let mut changed = self.above(
            &path,
            PathKind::Modify { source: Rc::clone(&path) },
            Cost { startup: path.startup, total: path.total },
        );
        if self.query.returning.is_empty() {
            (changed.rows, changed.width) = (0.0, 0);
        } else {
            let target = Rc::new(self.path_target(self.query.returning.clone()));
            changed.width = target.width;
            changed.targets = Some(target);
        }
        changed.pathkeys = Vec::new();
        changed
    }

    /// `create_limit_path` (`adjust_limit_rows_costs`)
    pub(super) fn limit(&self, source: &Rc<Path<'a>>, limits: Limits) -> Path<'a> {
        let (input_rows, input_startup, input_total) = (source.rows, source.startup, source.total);
        let (mut rows, mut startup, mut total) = (input_rows, input_startup, input_total);
        if limits.offset != 0.0 {
            let wanted = if limits.offset > 0.0 { limits.offset } else { clamp_rows(input_rows * 0.10) };
            let offset = wanted.min(rows);
            if input_rows > 0.0 {
                startup += (input_total - input_startup) * offset / input_rows;
            }
            rows = (rows - offset).max(1.0);
        }
        if limits.count != 0.0 {
            let wanted = if limits.count > 0.0 { limits.count } else { clamp_rows(input_rows * 0.10) };
            let count = wanted.min(rows);
            if input_rows > 0.0 {
                total = startup + (input_total - input_startup) * count / input_rows;
            }
            rows = count.max(1.0);
        }
        let kind = PathKind::Limit {
            source: Rc::clone(source),
            count: (limits.count > 0.0).then_some(limits.count as u64),
            offset: limits.offset.max(0.0) as u64,
        };
        let mut path = self.above(source, kind, Cost { startup, total });
        path.rows = rows;
        path
    }
}

/// `pull_var_clause` with aggregates looked into: columns that an expression needs, those within an already computed one left out.
pub(super) fn pull_columns(expr: &Expr, computed: &[Target], out: &mut Vec<Expr>) {
    if computed.iter().any(|t| t.expr == *expr) {
        return;
    }
    if matches!(expr, Expr::Column(c) if c.levels_up == 0) {
        if !out.contains(expr) {
            out.push(expr.clone());
        }
        return;
    }
    expr.for_each_child(&mut |child| pull_columns(child, computed, out));
}

/// `is_projection_capable_path`
fn can_project(path: &Path<'_>) -> bool {
    match &path.kind {
        PathKind::Material { .. }
        | PathKind::Memoize { .. }
        | PathKind::Sort { .. }
        | PathKind::IncrementalSort { .. }
        | PathKind::Unique { .. }
        | PathKind::SetOperation { .. }
        | PathKind::LockRows { .. }
        | PathKind::Limit { .. }
        | PathKind::Modify { .. }
        | PathKind::Append { .. }
        | PathKind::MergeAppend { .. } => false,
        PathKind::Subquery { .. } => true,
        _ => true,
    }
}
