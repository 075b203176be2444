//! GROUP BY and aggregates: plain, sorted, hashed, and in parallel halves (`create_grouping_paths`), MIN and MAX from an index's
//! end (`planagg.c`).

use std::rc::Rc;

use super::cost::{AggregateCosts, Cost, Split, aggregate_costs, expr_cost, hash_entry_bytes};
use super::path::{Compared, common_prefix, compare_keys, contained};
use super::root::{EvalCost, Path, PathKey, PathKind, PathTarget, RelIndex, Root};
use crate::postgres::plan::{AggregateMode, AggregateStrategy};
use crate::postgres::sql::{Expr, Target};

/// What one grouping step is told.
struct Step<'s> {
    strategy: AggregateStrategy,
    mode: AggregateMode,
    costs: &'s AggregateCosts,
    target: &'s Rc<PathTarget>,
    groups: f64,
    having: bool,
}

impl<'a> Root<'a> {
    /// `create_ordinary_grouping_paths`
    pub(super) fn grouping(
        &mut self,
        input: RelIndex,
        target: &Rc<PathTarget>,
        min_max: Option<Path<'a>>,
    ) -> RelIndex {
        let Some(cheapest) = self.rels[input].cheapest_total.clone() else { return input };
        let query = self.query.clone();
        let exprs: Vec<&Expr> = query.targets.iter().map(|t| &t.expr).chain(&query.having).collect();
        let costs = aggregate_costs(self, &exprs, Split::Whole);
        let keys: Vec<Expr> = self.group_targets.iter().map(|i| query.targets[*i].expr.clone()).collect();
        let groups = self.group_count(&keys, cheapest.rows);
        let plain = query.group_by.targets.is_empty();
        let can_hash = !plain && !costs.ordered;
        let strategy = if plain { AggregateStrategy::Plain } else { AggregateStrategy::Sorted };
        let step =
            Step { strategy, mode: AggregateMode::Simple, costs: &costs, target, groups, having: true };
        let mut rel = self.upper_rel();
        let partial = self.partial_grouping(input, &keys, target, &costs, can_hash);
        for path in self.rels[input].paths.clone() {
            let is_cheapest = Rc::ptr_eq(&path, &cheapest);
            for order in self.group_orders(&path) {
                if let Some(sorted) = self.ordered(&path, is_cheapest, &order, -1.0) {
                    rel.add_path(self.aggregate(&sorted, &step, &keys));
                }
            }
        }
        if let Some((partial_rel, final_costs)) = partial {
            self.finalize(partial_rel, &final_costs, &keys, target, groups, can_hash, &mut rel);
        }
        if can_hash {
            let step = Step { strategy: AggregateStrategy::Hashed, ..step };
            rel.add_path(self.aggregate(&cheapest, &step, &keys));
        }
        if let Some(path) = min_max {
            rel.add_path(path);
        }
        rel.set_cheapest();
        self.rels.push(rel);
        self.rels.len() - 1
    }

    fn group_count(&self, keys: &[Expr], rows: f64) -> f64 {
        if keys.is_empty() { 1.0 } else { self.estimator.groups(keys, rows) }
    }

    /// `get_useful_group_keys_orderings`: the written order of the group keys, and that of the path where it helps.
    fn group_orders(&self, path: &Path<'a>) -> Vec<Vec<PathKey>> {
        let written = self.group_pathkeys.clone();
        let mut out = vec![written.clone()];
        if !self.settings.enable_group_by_reordering || written.len() < 2 {
            return out;
        }
        for like in [&path.pathkeys, &self.sort_pathkeys] {
            if like.is_empty() || contained(like, &written) {
                continue;
            }
            let mut order: Vec<PathKey> = Vec::new();
            for key in like {
                // Only keys of the grouping itself, by class; their direction may differ.
                if !written[..self.group_targets.len()].contains(key) {
                    break;
                }
                order.push(*key);
            }
            if order.is_empty() || (!self.settings.enable_incremental_sort && order.len() < written.len()) {
                continue;
            }
            let rest: Vec<PathKey> = written.iter().copied().filter(|k| !order.contains(k)).collect();
            order.extend(rest);
            if out.iter().all(|o| compare_keys(o, &order) != Compared::Equal) {
                out.push(order);
            }
        }
        out
    }

    /// `create_agg_path`
    fn aggregate(&self, source: &Rc<Path<'a>>, step: &Step<'_>, keys: &[Expr]) -> Path<'a> {
        let filter: Vec<Expr> = match (&self.query.having, step.having) {
            (Some(having), true) => having.clone().conjuncts(),
            _ => Vec::new(),
        };
        let mut qual = EvalCost::default();
        filter.iter().for_each(|f| qual.add(expr_cost(f, self.settings)));
        let share = if filter.is_empty() {
            1.0
        } else {
            self.estimator.conjunction(&filter.iter().collect::<Vec<_>>(), None)
        };
        let input = Cost { startup: source.startup, total: source.total };
        let (cost, rows) = self.aggregate_cost(
            step.strategy,
            step.costs,
            keys.len(),
            step.groups,
            (qual, share),
            input,
            source.rows,
            source.width,
        );
        let entry = hash_entry_bytes(step.costs, source.width);
        let partitions = if step.strategy == AggregateStrategy::Hashed {
            self.hash_limits(entry, step.groups).2 as u32
        } else {
            0
        };
        let kind = PathKind::Aggregate {
            source: Rc::clone(source),
            strategy: step.strategy,
            mode: step.mode,
            keys: keys.to_vec(),
            filter,
            partitions,
        };
        let mut path = self.above(source, kind, cost);
        path.rows = rows;
        path.startup += step.target.cost.startup;
        path.total += step.target.cost.startup + step.target.cost.per_tuple * rows;
        path.width = step.target.width;
        path.targets = Some(Rc::clone(step.target));
        path.pathkeys = match step.strategy {
            AggregateStrategy::Sorted => {
                let count = keys.len().min(source.pathkeys.len());
                source.pathkeys[..count].to_vec()
            }
            _ => Vec::new(),
        };
        path.disabled +=
            u32::from(step.strategy == AggregateStrategy::Hashed && !self.settings.enable_hashagg);
        path
    }

    /// A hashed DISTINCT, or one side of a join made unique by hashing.
    pub(super) fn hashed_unique(&self, source: &Rc<Path<'a>>, keys: &[Expr], groups: f64) -> Path<'a> {
        let costs = AggregateCosts::default();
        let input = Cost { startup: source.startup, total: source.total };
        let (cost, rows) = self.aggregate_cost(
            AggregateStrategy::Hashed,
            &costs,
            keys.len(),
            groups,
            (EvalCost::default(), 1.0),
            input,
            source.rows,
            source.width,
        );
        let entry = hash_entry_bytes(&costs, source.width);
        let kind = PathKind::Aggregate {
            source: Rc::clone(source),
            strategy: AggregateStrategy::Hashed,
            mode: AggregateMode::Simple,
            keys: keys.to_vec(),
            filter: Vec::new(),
            partitions: self.hash_limits(entry, groups).2 as u32,
        };
        let mut path = self.above(source, kind, cost);
        path.rows = rows;
        path.pathkeys = Vec::new();
        path.disabled += u32::from(!self.settings.enable_hashagg);
        path
    }

    /// `create_partial_grouping_paths`: groups of each worker's share; answers their relation and the costs of the second half.
    fn partial_grouping(
        &mut self,
        input: RelIndex,
        keys: &[Expr],
        target: &Rc<PathTarget>,
        costs: &AggregateCosts,
        can_hash: bool,
    ) -> Option<(RelIndex, AggregateCosts)> {
        let partials = self.rels[input].partial_paths.clone();
        let cheapest = partials.first()?.clone();
        if !costs.partial || (self.query.group_by.targets.is_empty() && costs.count == 0) {
            return None;
        }
        let query = self.query.clone();
        let exprs: Vec<&Expr> = query.targets.iter().map(|t| &t.expr).chain(&query.having).collect();
        let first = aggregate_costs(self, &exprs, Split::Partial);
        let second = aggregate_costs(self, &exprs, Split::Final);
        let partial_target = Rc::new(self.partial_target(keys, target));
        let groups = self.group_count(keys, cheapest.rows);
        let plain = self.query.group_by.targets.is_empty();
        let strategy = if plain { AggregateStrategy::Plain } else { AggregateStrategy::Sorted };
        let step = Step {
            strategy,
            mode: AggregateMode::Partial,
            costs: &first,
            target: &partial_target,
            groups,
            having: false,
        };
        let mut rel = self.upper_rel();
        for (i, path) in partials.iter().enumerate() {
            for order in self.group_orders(path) {
                if let Some(sorted) = self.ordered(path, i == 0, &order, -1.0) {
                    rel.add_partial_path(self.aggregate(&sorted, &step, keys));
                }
            }
        }
        if can_hash {
            let step = Step { strategy: AggregateStrategy::Hashed, ..step };
            rel.add_partial_path(self.aggregate(&cheapest, &step, keys));
        }
        rel.rows = groups;
        self.rels.push(rel);
        Some((self.rels.len() - 1, second))
    }

    /// `make_partial_grouping_target`: group keys and the aggregates' states.
    fn partial_target(&self, keys: &[Expr], target: &PathTarget) -> PathTarget {
        let mut targets: Vec<Target> =
            keys.iter().map(|e| Target { expr: e.clone(), name: String::new(), junk: false }).collect();
        let mut calls = Vec::new();
        for own in target.targets.iter().map(|t| &t.expr).chain(&self.query.having) {
            super::cost::collect_aggregates(own, &mut calls);
        }
        let mut width = 0;
        for call in &calls {
            targets.push(Target { expr: (*call).clone(), name: String::new(), junk: false });
            if let Expr::Aggregate(call) = call {
                width += partial_width(self, call) - call.type_id.default_width();
            }
        }
        let mut out = self.path_target(targets);
        out.width += width;
        out
    }

    /// The leader's half: partial groups gathered and put together.
    #[allow(clippy::too_many_arguments)]
    fn finalize(
        &mut self,
        partial_rel: RelIndex,
        costs: &AggregateCosts,
        keys: &[Expr],
        target: &Rc<PathTarget>,
        groups: f64,
        can_hash: bool,
        rel: &mut super::root::Rel<'a>,
    ) {
        self.gather_grouping(partial_rel);
        self.rels[partial_rel].set_cheapest();
        let Some(cheapest) = self.rels[partial_rel].cheapest_total.clone() else { return };
        let plain = self.query.group_by.targets.is_empty();
        let strategy = if plain { AggregateStrategy::Plain } else { AggregateStrategy::Sorted };
        let step = Step { strategy, mode: AggregateMode::Finalize, costs, target, groups, having: true };
        for path in self.rels[partial_rel].paths.clone() {
            let is_cheapest = Rc::ptr_eq(&path, &cheapest);
            for order in self.group_orders(&path) {
                if let Some(sorted) = self.ordered(&path, is_cheapest, &order, -1.0) {
                    rel.add_path(self.aggregate(&sorted, &step, keys));
                }
            }
        }
        if can_hash {
            let step = Step { strategy: AggregateStrategy::Hashed, ..step };
            rel.add_path(self.aggregate(&cheapest, &step, keys));
        }
    }

    /// `gather_grouping_paths`
    fn gather_grouping(&mut self, rel: RelIndex) {
        let saved = std::mem::replace(&mut self.query_pathkeys, self.group_pathkeys.clone());
        self.gather_paths(rel, true);
        self.query_pathkeys = saved;
        let keys = self.group_pathkeys.clone();
        let partials = self.rels[rel].partial_paths.clone();
        let cheapest = partials.first().cloned();
        for partial in &partials {
            if keys.is_empty() || contained(&keys, &partial.pathkeys) {
                continue;
            }
            let presorted = common_prefix(&keys, &partial.pathkeys);
            let is_cheapest = cheapest.as_ref().is_some_and(|c| Rc::ptr_eq(c, partial));
            if !is_cheapest && presorted == 0 {
                continue;
            }
            let Some(sorted) = self.ordered(partial, is_cheapest, &keys, -1.0) else { continue };
            let rows = self.gathered_rows(&sorted);
            let path = self.gather_merge(&sorted, &keys, rows);
            self.rels[rel].add_path(path);
        }
    }
}

/// Width of an aggregate's state as a worker sends it.
fn partial_width(root: &Root<'_>, call: &crate::postgres::sql::Aggregate) -> i32 {
    use crate::postgres::sql::StateSize;
    match call.info.state {
        StateSize::Value => call.type_id.default_width(),
        StateSize::OfType(type_id) => type_id.default_width(),
        StateSize::Argument => call.arguments.first().map_or(8, |a| root.expr_width(a)),
        // A serialised internal state is a bytea.
        StateSize::Internal(_) => 32,
    }
}
