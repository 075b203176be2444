//! Subqueries that stay apart, in FROM and in WITH: conditions pushed into them, outputs that nobody reads dropped, planned on their own and
//! scanned (`set_subquery_pathlist` of `allpaths.c`, `SS_process_ctes` of `subselect.c`).

use std::rc::Rc;

use super::Params;
use super::fold::simplify_query;
use super::level::{Context, Demand, plan_level};
use super::pull_up::is_volatile;
use super::root::{ClauseId, EvalCost, Path, PathKey, PathKind, Planned, Root, Subplan};
use crate::postgres::datum::{Datum, Value};
use crate::postgres::error::SqlError;
use crate::postgres::selectivity::{SubqueryColumn, clamp_rows, relids};
use crate::postgres::sql::{
    ColumnRef, Command, Distinct, Expr, Query, RelId, RelationKind, SortKey, SubLinkKind, Target,
};

/// A planned WITH query, as its readers know it.
#[derive(Debug, Clone)]
pub(super) struct CommonPlan<'a> {
    pub(super) name: String,
    /// None for one that was inlined or that nobody reads.
    pub(super) planned: Option<Rc<Planned<'a>>>,
}

impl<'a> Root<'a> {
    /// `SS_process_ctes`: WITH queries that stay apart are InitPlans of their level, the first ones.
    pub(super) fn plan_common_tables(&mut self, context: &mut Context<'a>) -> Result<(), SqlError> {
        for common in self.query.common_tables.clone() {
            let mut planned = None;
            if common.references > 0 || common.query.command != Command::Select {
                let outer = self.enclosing();
                let (catalog, settings) = (self.catalog, self.settings);
                let made =
                    Rc::new(plan_level(catalog, settings, common.query, context, &outer, Demand::all())?);
                context.subplans += 1;
                self.subplans.push(Subplan {
                    number: context.subplans,
                    init: true,
                    kind: SubLinkKind::Scalar,
                    cost: made.path.total,
                    planned: Rc::clone(&made),
                    common_table: Some(common.name.clone()),
                });
                planned = Some(made);
            }
            let depth = self.outer_offsets.len();
            context.common_tables[depth].push(CommonPlan { name: common.name, planned });
        }
        Ok(())
    }

    /// Offsets of the levels around a query of this one.
    pub(super) fn enclosing(&self) -> Vec<usize> {
        let mut outer = self.outer_offsets.clone();
        outer.push(self.offset);
        outer
    }

    /// A reference to a WITH query that stays apart.
    pub(super) fn common_table(
        &mut self,
        id: usize,
        index: usize,
        levels_up: u8,
        context: &Context<'a>,
    ) -> Result<(), SqlError> {
        let depth = self.outer_offsets.len().checked_sub(usize::from(levels_up));
        let level = depth.and_then(|d| context.common_tables.get(d));
        let common = level.and_then(|l| l.get(index)).cloned();
        let Some(CommonPlan { name, planned: Some(planned) }) = common else {
            return Err(SqlError::unsupported("this use of a WITH query"));
        };
        self.set_tuples(id, planned.path.rows);
        self.estimator.relations[id].outputs = output_statistics(&planned.root);
        self.common_names.push((id, name));
        Ok(())
    }

    pub(super) fn set_tuples(&mut self, id: usize, rows: f64) {
        self.rels[id].tuples = rows;
        self.estimator.relations[id].tuples = rows;
        self.estimator.relations[id].rows = rows;
    }

    /// Plans a subquery of FROM, whose conditions are known by now. `order` is an order of the outer query's that its rows could have.
    pub(super) fn plan_subquery(
        &mut self,
        id: usize,
        order: Vec<SortKey>,
        context: &mut Context<'a>,
    ) -> Result<(), SqlError> {
        let RelationKind::Subquery(inner) = &self.query.relations[id].kind else { return Ok(()) };
        let mut inner = (**inner).clone();
        let kept = self.push_conditions(id, &mut inner);
        self.drop_unused(id, &mut inner, &kept);
        // Each worker would run a LIMIT on its own.
        let limited = inner.limit.is_some() || inner.offset.is_some();
        let demand = Demand { fraction: self.subquery_fraction(), order };
        let outer = self.enclosing();
        // A part of a UNION ALL that can have no rows is left out.
        let part = self.all & (1 << id) == 0;
        self.rels[id].dummy = part && is_false(&inner.filter);
        let planned = plan_level(self.catalog, self.settings, inner, context, &outer, demand)?;
        self.attach_subquery(id, planned);
        self.rels[id].consider_parallel &= !limited;
        Ok(())
    }

    pub(super) fn attach_subquery(&mut self, id: usize, planned: Planned<'a>) {
        self.set_tuples(id, planned.path.rows);
        self.estimator.relations[id].outputs = output_statistics(&planned.root);
        self.rels[id].subquery = Some(Rc::new(planned));
    }

    /// What of the subquery is fetched: what of this query is, where it has nothing else to do.
    fn subquery_fraction(&self) -> f64 {
        let query = &self.query;
        let busy = query.has_aggregates
            || !query.group_by.targets.is_empty()
            || query.having.is_some()
            || query.distinct != Distinct::All
            || !query.order_by.is_empty()
            || self.all.count_ones() > 1;
        if busy { 0.0 } else { self.tuple_fraction }
    }

    /// Moves the relation's own conditions into its subquery where they mean the same there; answers the output columns that run
    /// conditions of its windows mention.
    fn push_conditions(&mut self, id: usize, inner: &mut Query) -> Vec<usize> {
        let mut mentioned = Vec::new();
        let clauses = self.rels[id].restrict.clone();
        if clauses.is_empty() || !takes_conditions(inner) {
            return mentioned;
        }
        let mut kept: Vec<ClauseId> = Vec::new();
        let mut pushed = false;
        for clause in clauses {
            let expr = Rc::clone(&self.clause(clause).expr);
            let place = match self.clause(clause).pseudoconstant {
                true => Place::Above,
                false => place_of(&expr, id as RelId, inner),
            };
            match place {
                Place::Within => {
                    push(&expr, id as RelId, inner);
                    pushed = true;
                }
                Place::Above => kept.push(clause),
                Place::Window => {
                    let run = super::window::run_condition(&expr, id as RelId, inner);
                    if let Some(run) = &run {
                        mentioned.push(run.column);
                        inner.windows[run.window].run_conditions.push(run.condition.clone());
                    }
                    if run.is_none_or(|r| r.keeps_original) {
                        kept.push(clause);
                    }
                }
            }
        }
        if pushed {
            simplify_query(inner, Params::Generic);
        }
        self.rels[id].restrict_cost = self.clauses_cost(&kept);
        self.rels[id].restrict = kept;
        mentioned
    }

    /// `remove_unused_subquery_outputs`: NULL in place of what nobody reads.
    fn drop_unused(&self, id: usize, inner: &mut Query, kept: &[usize]) {
        if inner.set_operation.is_some() || inner.distinct == Distinct::Rows {
            return;
        }
        let own = 1_u64 << id;
        let mut used: Vec<u16> = self
            .needed
            .iter()
            .filter(|((relation, _), needed)| usize::from(*relation) == id && needed & !own != 0)
            .map(|((_, column), _)| *column)
            .collect();
        for clause in &self.rels[id].restrict {
            self.clause(*clause).expr.any(&mut |e| {
                if let Expr::Column(ColumnRef { relation, column, levels_up: 0, .. }) = e
                    && usize::from(*relation) == id
                {
                    used.push(*column);
                }
                false
            });
        }
        if used.contains(&0) {
            return;
        }
        let mut fixed: Vec<usize> = inner.group_by.targets.clone();
        fixed.extend(inner.order_by.iter().map(|k| k.target));
        if let Distinct::On(on) = &inner.distinct {
            fixed.extend(on);
        }
        fixed.extend(inner.windows.iter().flat_map(|w| w.partition.iter().chain(&w.order)).map(|k| k.target));
        for (at, target) in inner.targets.iter_mut().enumerate().filter(|(_, t)| !t.junk) {
            let read = used.contains(&(at as u16 + 1)) || fixed.contains(&at) || kept.contains(&at);
            if !read && !is_volatile(&target.expr) {
                target.expr = Expr::constant(Datum::Null, target.expr.type_id());
            }
        }
    }

    /// `set_subquery_pathlist`: the planned subquery's paths and the conditions on their rows. Their orders are those of the columns of
    /// `known_as`: the relation itself, or the UNION ALL that it is a part of.
    pub(super) fn subquery_paths(&mut self, rel: usize, known_as: usize) {
        let Some(planned) = self.rels[rel].subquery.clone() else { return };
        let lateral = self.rels[rel].lateral;
        let param = self.parameterization(rel, lateral);
        let unchecked = param.as_ref().is_none_or(|p| p.clauses.is_empty());
        let trivial =
            self.rels[rel].restrict.is_empty() && unchecked && self.subquery_is_plain(rel, &planned);
        for source in &planned.paths {
            let keys =
                if param.is_some() { Vec::new() } else { self.subquery_keys(known_as, &planned, source) };
            let rows = param.as_ref().map_or(self.rels[rel].rows, |p| p.rows);
            let mut path = self.subquery_path(rel, &planned, source, trivial, rows);
            path.pathkeys = keys;
            if let Some(param) = &param {
                let checked = self.clauses_cost(&param.clauses);
                path.startup += checked.startup;
                path.total += checked.startup + checked.per_tuple * source.rows;
            }
            path.param.clone_from(&param);
            self.rels[rel].add_path(path);
        }
        if !self.rels[rel].consider_parallel || lateral != 0 {
            return;
        }
        for source in &planned.partial {
            let share = self.rels[rel].rows / planned.path.rows.max(1.0);
            let path = self.subquery_path(rel, &planned, source, trivial, source.rows * share);
            self.rels[rel].add_partial_path(path);
        }
    }

    /// `cost_subqueryscan`: nothing where the node will not be there.
    pub(super) fn subquery_path(
        &self,
        rel: usize,
        planned: &Rc<Planned<'a>>,
        source: &Rc<Path<'a>>,
        trivial: bool,
        rows: f64,
    ) -> Path<'a> {
        let base = &self.rels[rel];
        let check = if trivial { EvalCost::default() } else { base.restrict_cost };
        let per_tuple = if trivial { 0.0 } else { self.settings.cpu_tuple_cost + check.per_tuple };
        Path {
            kind: PathKind::Subquery { planned: Rc::clone(planned), path: Rc::clone(source) },
            relids: base.relids,
            rows: clamp_rows(rows),
            startup: source.startup + check.startup,
            total: source.total + check.startup + per_tuple * source.rows,
            disabled: source.disabled,
            pathkeys: Vec::new(),
            param: None,
            parallel_aware: false,
            parallel_safe: base.consider_parallel && source.parallel_safe,
            workers: source.workers,
            width: base.width,
            targets: None,
        }
    }

    /// True where the relation hands on exactly the subquery's columns in their order, so no node is needed for it.
    fn subquery_is_plain(&self, rel: usize, planned: &Planned<'a>) -> bool {
        let columns = &self.rels[rel].columns;
        self.rels[rel].plain_member
            || (columns.len() == planned.root.query.targets.len()
                && columns.iter().enumerate().all(|(i, (_, c))| usize::from(*c) == i + 1))
    }

    /// `convert_subquery_pathkeys`
    fn subquery_keys(&mut self, rel: usize, planned: &Planned<'a>, source: &Path<'a>) -> Vec<PathKey> {
        let keys = self.outer_keys(rel as RelId, planned, &source.pathkeys);
        self.useful_keys(1 << rel, &keys)
    }

    /// The order of a subquery's rows in terms of the columns of `relation`, as far as anything at this level has to do with them.
    pub(super) fn outer_keys(
        &mut self,
        relation: RelId,
        planned: &Planned<'a>,
        keys: &[PathKey],
    ) -> Vec<PathKey> {
        let mut out = Vec::new();
        let inner = &planned.root;
        for key in keys {
            let class = &inner.classes[inner.class_of(key.class) as usize];
            let at = inner.query.targets.iter().position(|t| {
                !t.junk && class.members.iter().any(|m| m.expr.stripped() == t.expr.stripped())
            });
            let Some(at) = at else { break };
            let type_id = self.query.relations[usize::from(relation)].columns[at].1;
            let expr = Expr::Column(ColumnRef { relation, column: at as u16 + 1, type_id, levels_up: 0 });
            let Some(class) = self.class_for(&expr, false) else { break };
            let key = PathKey { class, ..*key };
            if !self.redundant(key, &out) {
                out.push(key);
            }
        }
        out
    }
}

/// A condition that can never hold.
pub(super) fn is_false(filter: &Option<Expr>) -> bool {
    matches!(filter, Some(Expr::Const(Value { datum: Datum::Bool(false) | Datum::Null, .. })))
}

/// Where a condition on a subquery's rows is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the subquery.
    Within,
    /// Above it; a window function may still stop early by it.
    Window,
    /// Above it.
    Above,
}

/// `subquery_is_pushdown_safe`, of the query as a whole.
fn takes_conditions(inner: &Query) -> bool {
    if inner.command != Command::Select || inner.limit.is_some() || inner.offset.is_some() {
        return false;
    }
    let Some(operation) = &inner.set_operation else { return true };
    operation.name != "Except"
        && operation.operands.iter().all(|id| {
            let relation = &inner.relations[usize::from(*id)];
            let wanted = inner.targets.iter().filter(|t| !t.junk).map(|t| t.expr.type_id());
            let same = relation.columns.iter().map(|c| c.1).eq(wanted);
            same && matches!(&relation.kind, RelationKind::Subquery(query) if takes_conditions(query))
        })
}

/// `qual_is_pushdown_safe`
fn place_of(expr: &Expr, id: RelId, inner: &Query) -> Place {
    let apart = |e: &Expr| matches!(e, Expr::SubPlan { .. } | Expr::SubLink(_));
    if relids(expr) != 1 << id || expr.any(&mut |e| apart(e)) {
        return Place::Above;
    }
    let rigid = inner.distinct != Distinct::All || !inner.windows.is_empty();
    if is_volatile(expr) && rigid {
        return Place::Above;
    }
    let mut place = Place::Within;
    expr.any(&mut |e| {
        if let Expr::Column(ColumnRef { column, levels_up: 0, .. }) = e {
            let found = match column.checked_sub(1) {
                Some(at) => column_place(inner, usize::from(at)),
                None => Place::Above,
            };
            place = match (place, found) {
                (Place::Above, _) | (_, Place::Above) => Place::Above,
                (Place::Window, _) | (_, Place::Window) => Place::Window,
                _ => Place::Within,
            };
        }
        false
    });
    place
}

/// `check_output_expressions`: whether conditions on an output column may be checked within.
fn column_place(inner: &Query, at: usize) -> Place {
    if let Some(operation) = &inner.set_operation {
        let operands = operation.operands.iter();
        let all = operands.map(|id| match &inner.relations[usize::from(*id)].kind {
            RelationKind::Subquery(query) => column_place(query, at),
            _ => Place::Above,
        });
        return if all.into_iter().all(|p| p == Place::Within) { Place::Within } else { Place::Above };
    }
    let Some(target) = inner.targets.get(at) else { return Place::Above };
    // Functions that return sets count as volatile here.
    if is_volatile(&target.expr) {
        return Place::Above;
    }
    if matches!(&inner.distinct, Distinct::On(on) if !on.contains(&at)) {
        return Place::Above;
    }
    if inner.windows.iter().all(|w| w.partition.iter().any(|k| k.target == at)) {
        Place::Within
    } else {
        Place::Window
    }
}

/// `subquery_push_qual`
fn push(expr: &Expr, id: RelId, inner: &mut Query) {
    if let Some(operation) = inner.set_operation.clone() {
        for operand in &operation.operands {
            let relation = &mut inner.relations[usize::from(*operand)];
            if let RelationKind::Subquery(query) = &mut relation.kind {
                push(expr, id, query);
            }
        }
        return;
    }
    let targets: Vec<Target> = inner.targets.clone();
    let mut expr = expr.clone();
    expr.rewrite(&mut |e| match e {
        Expr::Column(c) if c.levels_up == 0 && c.relation == id => {
            targets.get(usize::from(c.column).wrapping_sub(1)).map(|t| t.expr.clone())
        }
        Expr::Column(c) if c.levels_up > 0 => {
            Some(Expr::Column(ColumnRef { levels_up: c.levels_up + 1, ..*c }))
        }
        _ => None,
    });
    let grouped = inner.has_aggregates || !inner.group_by.targets.is_empty() || inner.having.is_some();
    let place = if grouped { &mut inner.having } else { &mut inner.filter };
    *place = Some(match place.take() {
        Some(old) => Expr::And(old.conjuncts().into_iter().chain([expr]).collect()),
        None => expr,
    });
}

/// What is known of a subquery's columns (`examine_simple_variable`): statistics of plain columns that pass through unchanged, and
/// which are unique.
pub(super) fn output_statistics<'a>(inner: &Root<'a>) -> Vec<SubqueryColumn<'a>> {
    let query = &inner.query;
    let whole_group = query.group_by.targets.len() == 1;
    let grouped = query.has_aggregates || !query.group_by.targets.is_empty();
    let plain = !grouped && query.distinct == Distinct::All && query.set_operation.is_none();
    let output = |(i, target): (usize, &Target)| {
        let unique = (whole_group && query.group_by.targets.contains(&i))
            || (query.distinct == Distinct::Rows && query.targets.len() == 1);
        let statistics = if plain { inner.estimator.examine(&target.expr).statistics } else { None };
        SubqueryColumn { statistics, unique }
    };
    query.targets.iter().enumerate().filter(|(_, t)| !t.junk).map(output).collect()
}
