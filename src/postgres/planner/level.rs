//! One query level from a bound query to its best path (`subquery_planner`, `grouping_planner`, `query_planner`).

use std::rc::Rc;

use super::Params;
use super::fold::simplify_query;
use super::pull_up::{pull_up, refers_outside};
use super::root::{MAX_RELATIONS, Path, PathKind, Planned, Root, Subplan};
use super::sublink::outer_references;
use super::useless::{remove_useless_groups, remove_useless_joins};
use crate::postgres::catalog::Catalog;
use crate::postgres::error::SqlError;
use crate::postgres::plan::PlanRelation;
use crate::postgres::selectivity::{Estimator, RelationStats, SubqueryColumn};
use crate::postgres::settings::PlannerSettings;
use crate::postgres::sql::{
    ColumnRef, Command, Distinct, Expr, Query, Relation, RelationKind, SortKey, StatementTime, SubLinkKind,
    Target,
};
use crate::postgres::types::TypeId;

/// The pseudo-column of a row's place, `ctid`.
pub(super) const CTID: u16 = u16::MAX;

/// What all levels of a statement share.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// Relations of all levels, outer levels first.
    pub(super) relations: Vec<PlanRelation>,
    /// Subplans made so far.
    pub(super) subplans: u16,
    /// The statement only reads, so that every level of it may run in workers.
    pub(super) parallel_ok: bool,
    /// What `now()` gives to estimates.
    pub(super) time: Option<StatementTime>,
}

impl Context {
    /// Adds a level's relations; answers where they start.
    pub(super) fn add_relations(&mut self, catalog: &Catalog, relations: &[Relation]) -> usize {
        let offset = self.relations.len();
        for relation in relations {
            let (table, name, columns) = match &relation.kind {
                RelationKind::Table(oid) => {
                    let table = catalog.tables.get(oid);
                    let columns =
                        table.map_or_else(Vec::new, |t| t.columns.iter().map(|c| c.name.clone()).collect());
                    (Some(*oid), table.map_or_else(String::new, |t| t.name.clone()), columns)
                }
                _ => (None, relation.alias.clone(), relation.columns.iter().map(|c| c.0.clone()).collect()),
            };
            self.relations.push(PlanRelation { alias: relation.alias.clone(), table, name, columns });
        }
        offset
    }
}

/// Plans a query level. `fraction` is how much of the result the caller fetches: 0 for all, below 1 a share, else a number of rows.
pub(super) fn plan_level<'a>(
    catalog: &'a Catalog,
    settings: &'a PlannerSettings,
    mut query: Query,
    context: &mut Context,
    outer_offsets: &[usize],
    fraction: f64,
) -> Result<Planned<'a>, SqlError> {
    if pull_up(&mut query) {
        // What came up may have put constants where columns were.
        simplify_query(&mut query, Params::Generic);
    }
    let gone = remove_useless_joins(&mut query, catalog);
    remove_useless_groups(&mut query, catalog);
    if query.relations.len() > MAX_RELATIONS {
        return Err(SqlError::unsupported(format!("a query over more than {MAX_RELATIONS} relations")));
    }
    add_junk(&mut query);
    let offset = context.add_relations(catalog, &query.relations);
    let mut root = new_root(catalog, settings, query, offset, outer_offsets, fraction);
    root.estimator.time = context.time;
    if outer_offsets.is_empty() {
        context.parallel_ok = parallel_allowed(&root);
    }
    // Workers can't be handed the values that a correlated subquery takes from the row around it.
    root.parallel_ok = context.parallel_ok && !refers_outside(&root.query);
    root.fetch_still(&gone);
    root.plan_sublinks(context)?;
    let limits = root.limits();
    root.set_caller_fraction(fraction);
    root.plan_subqueries(context)?;
    if root.query.set_operation.is_some() {
        return root.set_operation(limits);
    }
    if root.query.from.is_empty() {
        return Ok(root.no_from(limits));
    }
    let top = root.scan_and_join();
    let min_max = root.min_max_path(context)?;
    let path = root.finish(top, limits, min_max);
    let path = root.charge_init_plans(path);
    Ok(Planned { root, path })
}

pub(super) fn new_root<'a>(
    catalog: &'a Catalog,
    settings: &'a PlannerSettings,
    query: Query,
    offset: usize,
    outer_offsets: &[usize],
    fraction: f64,
) -> Root<'a> {
    let stats = query.relations.iter().map(|_| RelationStats::of_table(catalog, None)).collect();
    Root {
        catalog,
        settings,
        estimator: Estimator::new(stats),
        query,
        rels: Vec::new(),
        clauses: Vec::new(),
        classes: Vec::new(),
        special_joins: Vec::new(),
        left_join_clauses: Vec::new(),
        group_targets: Vec::new(),
        distinct_targets: Vec::new(),
        needed: Vec::new(),
        fetched: Vec::new(),
        all: 0,
        query_pathkeys: Vec::new(),
        group_pathkeys: Vec::new(),
        distinct_pathkeys: Vec::new(),
        sort_pathkeys: Vec::new(),
        tuple_fraction: fraction,
        caller_fraction: fraction,
        limit_tuples: -1.0,
        total_pages: 0.0,
        subplans: Vec::new(),
        min_max_subplans: Vec::new(),
        parallel_ok: false,
        offset,
        outer_offsets: outer_offsets.to_vec(),
    }
}

/// Whether the query may run in workers: it only reads, locks nothing, and calls nothing that must stay in the leader.
fn parallel_allowed(root: &Root<'_>) -> bool {
    let query = &root.query;
    let mut copy = query.clone();
    let mut volatile = false;
    copy.visit_expressions(0, &mut |e, _| {
        volatile = volatile || e.any(&mut |e| matches!(e, Expr::Function(f, _) if matches!(f.name, "nextval" | "random" | "setval")));
    });
    query.command == Command::Select
        && query.locks.is_empty()
        && !volatile
        && root.settings.max_parallel_workers_per_gather > 0
}

/// `preprocess_targetlist`: the rows' places that a change or a lock needs.
fn add_junk(query: &mut Query) {
    let place = |relation: u16| Target {
        expr: Expr::Column(ColumnRef { relation, column: CTID, type_id: TypeId::TID, levels_up: 0 }),
        name: "ctid".to_owned(),
        junk: true,
    };
    let whole = |relation: u16| Target {
        expr: Expr::Column(ColumnRef { relation, column: 0, type_id: TypeId::RECORD, levels_up: 0 }),
        name: "wholerow".to_owned(),
        junk: true,
    };
    let mut marked: Vec<u16> = Vec::new();
    let mut in_from = Vec::new();
    query.from.iter().for_each(|i| from_relations(i, &mut in_from));
    if matches!(query.command, Command::Update | Command::Delete)
        && let Some(target) = query.target_relation
    {
        query.targets.push(place(target));
        marked.push(target);
    } else if query.locks.is_empty() {
        return;
    }
    for lock in &query.locks {
        if !marked.contains(&lock.relation) {
            marked.push(lock.relation);
            query.targets.push(place(lock.relation));
        }
    }
    for relation in in_from.into_iter().filter(|r| !marked.contains(r)) {
        match query.relations[usize::from(relation)].kind {
            RelationKind::Table(_) => query.targets.push(place(relation)),
            _ => query.targets.push(whole(relation)),
        }
    }
}

fn from_relations(item: &crate::postgres::sql::FromItem, out: &mut Vec<u16>) {
    use crate::postgres::sql::FromItem;
    match item {
        FromItem::Relation(id) => out.push(*id),
        FromItem::List { items, .. } => items.iter().for_each(|i| from_relations(i, out)),
        FromItem::Join { left, right, .. } => {
            from_relations(left, out);
            from_relations(right, out);
        }
    }
}

impl<'a> Root<'a> {
    /// Remembers what the caller of this level fetches, whatever LIMIT made of it.
    fn set_caller_fraction(&mut self, fraction: f64) {
        self.caller_fraction = fraction;
    }

    /// What the caller of this level fetches.
    pub(super) fn caller_fraction(&self) -> f64 {
        self.caller_fraction
    }

    /// Plans subqueries in FROM and WITH queries.
    pub(super) fn plan_subqueries(&mut self, context: &mut Context) -> Result<(), SqlError> {
        for id in 0..self.query.relations.len() {
            let blank = self.blank_rel(1 << id);
            self.rels.push(blank);
            let relation = &self.query.relations[id];
            match &relation.kind {
                RelationKind::Table(oid) => {
                    let oid = *oid;
                    self.table_rel(id, oid);
                }
                RelationKind::Subquery(inner) => {
                    let inner = (**inner).clone();
                    let fraction = 0.0;
                    let mut outer = self.outer_offsets.clone();
                    outer.push(self.offset);
                    // Each worker would run a LIMIT on its own.
                    let limited = inner.limit.is_some() || inner.offset.is_some();
                    let planned = plan_level(self.catalog, self.settings, inner, context, &outer, fraction)?;
                    self.attach_subquery(id, planned);
                    self.rels[id].consider_parallel &= !limited;
                }
                RelationKind::Values(rows) => {
                    let count = rows.len() as f64;
                    self.set_tuples(id, count.max(1.0));
                    self.estimator.relations[id].is_values = true;
                }
                RelationKind::Function(call) => {
                    let rows = super::function::rows(call, context.time);
                    self.set_tuples(id, rows);
                }
                RelationKind::CommonTable { index, levels_up } => {
                    let (index, levels_up) = (*index, *levels_up);
                    self.rels[id].consider_parallel = false;
                    self.common_table(id, index, levels_up, context)?;
                }
            }
        }
        Ok(())
    }

    fn set_tuples(&mut self, id: usize, rows: f64) {
        self.rels[id].tuples = rows;
        self.estimator.relations[id].tuples = rows;
        self.estimator.relations[id].rows = rows;
    }

    fn attach_subquery(&mut self, id: usize, planned: Planned<'a>) {
        self.set_tuples(id, planned.path.rows);
        self.estimator.relations[id].outputs = output_statistics(&planned.root);
        self.rels[id].subquery = Some(Rc::new(planned));
    }

    /// A reference to a WITH query that stays apart: planned where it is first met.
    fn common_table(
        &mut self,
        id: usize,
        index: usize,
        levels_up: u8,
        context: &mut Context,
    ) -> Result<(), SqlError> {
        if levels_up > 0 {
            return Err(SqlError::unsupported("a WITH query used in a subquery more than once"));
        }
        let common = self.query.common_tables[index].clone();
        let known = self.subplans.iter().find(|s| s.common_table.as_deref() == Some(&common.name));
        let planned = match known {
            Some(subplan) => Rc::clone(&subplan.planned),
            None => {
                let mut outer = self.outer_offsets.clone();
                outer.push(self.offset);
                let planned =
                    Rc::new(plan_level(self.catalog, self.settings, common.query, context, &outer, 0.0)?);
                context.subplans += 1;
                self.subplans.push(Subplan {
                    number: context.subplans,
                    init: true,
                    kind: SubLinkKind::Scalar,
                    cost: planned.path.total,
                    planned: Rc::clone(&planned),
                    common_table: Some(common.name),
                });
                planned
            }
        };
        self.set_tuples(id, planned.path.rows);
        self.estimator.relations[id].outputs = output_statistics(&planned.root);
        Ok(())
    }

    /// Scans and joins (`query_planner`); answers the relation of everything.
    pub(super) fn scan_and_join(&mut self) -> usize {
        self.need_output();
        self.find_lateral();
        let items = self.deconstruct();
        self.base_equalities();
        self.reduce_unique_semijoins();
        self.order_keys();
        for rel in super::root::members(self.all).collect::<Vec<_>>() {
            let keeps_all = self.query.target_relation == Some(rel as u16)
                || self.query.locks.iter().any(|l| usize::from(l.relation) == rel);
            self.check_predicates(rel, keeps_all);
            self.size_rel(rel);
            let leader_only =
                self.rels[rel].restrict.iter().any(|c| self.needs_leader(&self.clause(*c).expr));
            self.rels[rel].consider_parallel &= !leader_only;
        }
        self.count_pages();
        for rel in super::root::members(self.all).collect::<Vec<_>>() {
            self.scan_paths(rel);
        }
        self.join_all(items)
    }

    /// `find_lateral_references`: what subqueries and functions in FROM take from the relations beside them.
    fn find_lateral(&mut self) {
        for rel in 0..self.query.relations.len() {
            let used: Vec<Expr> = match &self.query.relations[rel].kind {
                RelationKind::Subquery(inner) if refers_outside(inner) => outer_references(inner),
                RelationKind::Function(call) => vec![call.clone()],
                RelationKind::Values(rows) => rows.iter().flatten().cloned().collect(),
                _ => continue,
            };
            let mut columns: Vec<ColumnRef> = Vec::new();
            for expr in &used {
                self.need(expr, 1 << rel);
                expr.any(&mut |e| {
                    if let Expr::Column(c) = e
                        && c.levels_up == 0
                        && !columns.contains(c)
                    {
                        columns.push(*c);
                    }
                    false
                });
            }
            self.rels[rel].lateral = columns.iter().fold(0, |set, c| set | 1 << c.relation) & !(1 << rel);
            self.rels[rel].lateral_columns = columns;
        }
    }

    /// True where an expression runs a subquery that workers can't run.
    pub(super) fn needs_leader(&self, expr: &Expr) -> bool {
        expr.any(&mut |e| match e {
            Expr::SubPlan { number, .. } => {
                self.subplans.iter().any(|s| s.number == *number && !s.planned.path.parallel_safe)
            }
            _ => false,
        })
    }

    /// `standard_qp_callback`: the orders that the query could use.
    fn order_keys(&mut self) {
        let targets = self.query.targets.clone();
        let group: Vec<SortKey> =
            self.query.group_by.targets.iter().map(|t| self.key_like_order(*t)).collect();
        (self.group_pathkeys, self.group_targets) = self.needed_keys(&group, &targets);
        if self.query.group_by.targets.is_empty() || !self.group_pathkeys.is_empty() {
            self.add_aggregate_keys();
        }
        let order = self.query.order_by.clone();
        let distinct: Vec<SortKey> = match &self.query.distinct {
            Distinct::All => Vec::new(),
            Distinct::Rows => {
                let all: Vec<usize> = (0..targets.len()).filter(|i| !targets[*i].junk).collect();
                self.keys_after_order(&order, &all)
            }
            Distinct::On(on) => {
                let on = on.clone();
                self.keys_after_order(&order, &on)
            }
        };
        (self.distinct_pathkeys, self.distinct_targets) = self.needed_keys(&distinct, &targets);
        self.sort_pathkeys = self.keys_for(&order, &targets);
        self.query_pathkeys = if !self.group_pathkeys.is_empty() {
            self.group_pathkeys.clone()
        } else if self.distinct_pathkeys.len() > self.sort_pathkeys.len() {
            self.distinct_pathkeys.clone()
        } else {
            self.sort_pathkeys.clone()
        };
    }

    /// A group key sorts as ORDER BY does where that names it.
    fn key_like_order(&self, target: usize) -> SortKey {
        let wanted = self.query.order_by.iter().find(|k| k.target == target);
        wanted.copied().unwrap_or(SortKey { target, descending: false, nulls_first: false })
    }

    fn keys_after_order(&self, order: &[SortKey], targets: &[usize]) -> Vec<SortKey> {
        let mut out: Vec<SortKey> = order.iter().copied().filter(|k| targets.contains(&k.target)).collect();
        for target in targets {
            if out.iter().all(|k| k.target != *target) {
                out.push(SortKey { target: *target, descending: false, nulls_first: false });
            }
        }
        out
    }

    /// `adjust_group_pathkeys_for_groupagg`: input sorted for `count(DISTINCT x)` and its kin.
    fn add_aggregate_keys(&mut self) {
        if !self.settings.enable_presorted_aggregate {
            return;
        }
        let exprs: Vec<Expr> =
            self.query.targets.iter().map(|t| t.expr.clone()).chain(self.query.having.clone()).collect();
        let mut calls = Vec::new();
        for expr in &exprs {
            super::cost::collect_aggregates(expr, &mut calls);
        }
        let sorted = calls.iter().find_map(|call| match call {
            Expr::Aggregate(call) if call.distinct => {
                Some(call.arguments.iter().map(|e| (e.clone(), false, false)).collect::<Vec<_>>())
            }
            Expr::Aggregate(call) if !call.order_by.is_empty() => Some(call.order_by.clone()),
            _ => None,
        });
        for (expr, descending, nulls_first) in sorted.unwrap_or_default() {
            let Some(class) = self.class_for(&expr, true) else { continue };
            let key = super::root::PathKey { class, descending, nulls_first };
            if !self.redundant(key, &self.group_pathkeys) {
                self.group_pathkeys.push(key);
            }
        }
    }

    /// A query without FROM: one row (`create_group_result_path`).
    fn no_from(mut self, limits: super::upper::Limits) -> Planned<'a> {
        let target = Rc::new(self.path_target(self.query.targets.clone()));
        let filter = self.query.filter.clone().map(Expr::conjuncts).unwrap_or_default();
        let startup = target.cost.startup;
        let mut path = self.empty_path(0);
        path.relids = 0;
        path.kind = PathKind::Result { filter };
        path.rows = 1.0;
        path.startup = startup;
        path.total = startup + self.settings.cpu_tuple_cost + target.cost.per_tuple;
        path.width = target.width;
        path.targets = Some(target);
        let blank = Root::upper_rel(&self);
        self.rels.push(blank);
        let top = self.rels.len() - 1;
        self.rels[top].add_path(path);
        self.rels[top].set_cheapest();
        let path = self.finish(top, limits, None);
        let path = self.charge_init_plans(path);
        Planned { root: self, path }
    }

    /// `SS_charge_for_initplans`
    fn charge_init_plans(&self, path: Rc<Path<'a>>) -> Rc<Path<'a>> {
        let cost: f64 = self.subplans.iter().filter(|s| s.init).map(|s| s.cost).sum();
        if cost == 0.0 {
            return path;
        }
        let mut path = (*path).clone();
        path.startup += cost;
        path.total += cost;
        Rc::new(path)
    }

    /// UNION, INTERSECT, EXCEPT over the planned operands (`plan_set_operations`).
    fn set_operation(mut self, limits: super::upper::Limits) -> Result<Planned<'a>, SqlError> {
        let Some(operation) = self.query.set_operation.clone() else {
            return Err(SqlError::unsupported("this set operation"));
        };
        let mut sources = Vec::new();
        let s = self.settings;
        for id in &operation.operands {
            let id = usize::from(*id);
            let Some(planned) = self.rels[id].subquery.clone() else { continue };
            let path = Rc::clone(&planned.path);
            let kind = PathKind::Subquery { planned: Rc::clone(&planned), path: Rc::clone(&path) };
            sources.push(Rc::new(Path {
                kind,
                relids: 1 << id,
                targets: None,
                pathkeys: Vec::new(),
                ..(*path).clone()
            }));
        }
        let rows: f64 = sources.iter().map(|p| p.rows).sum();
        let startup = sources.first().map_or(0.0, |p| p.startup);
        // Append charges half a tuple's CPU for passing a row on (`APPEND_CPU_COST_MULTIPLIER`).
        let total = sources.iter().map(|p| p.total).sum::<f64>() + s.cpu_tuple_cost * 0.5 * rows;
        let width = sources.iter().map(|p| p.width).max().unwrap_or(0);
        let mut path = self.empty_path(0);
        path.relids = self.query.relations.iter().enumerate().fold(0, |s, (i, _)| s | 1 << i);
        path.rows = rows;
        path.width = width;
        path.disabled = sources.iter().map(|p| p.disabled).sum();
        let union = operation.name == "Union";
        (path.startup, path.total) = (startup, total);
        path.kind = if union {
            PathKind::Append { sources }
        } else {
            let (left, right) = (sources[0].rows, sources.get(1).map_or(0.0, |p| p.rows));
            path.startup =
                sources.iter().map(|p| p.total).sum::<f64>() + s.cpu_operator_cost * (left + right);
            path.total = path.startup + s.cpu_tuple_cost * left;
            path.rows = if operation.name == "Except" { left } else { left.min(right) };
            let command = match (operation.name, operation.all) {
                ("Except", true) => "Except All",
                ("Except", false) => "Except",
                (_, true) => "Intersect All",
                (_, false) => "Intersect",
            };
            PathKind::SetOperation { sources, command, hashed: true }
        };
        if union && !operation.all {
            let keys: Vec<Expr> =
                self.query.targets.iter().filter(|t| !t.junk).map(|t| t.expr.clone()).collect();
            let source = Rc::new(path);
            path = self.hashed_unique(&source, &keys, source.rows);
        }
        let blank = self.upper_rel();
        self.rels.push(blank);
        let top = self.rels.len() - 1;
        self.rels[top].add_path(path);
        self.rels[top].set_cheapest();
        self.order_keys();
        let path = self.finish(top, limits, None);
        Ok(Planned { root: self, path })
    }
}

/// What is known of a subquery's columns (`examine_simple_variable`): statistics of plain columns that pass through unchanged, and
/// which are unique.
fn output_statistics<'a>(inner: &Root<'a>) -> Vec<SubqueryColumn<'a>> {
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
