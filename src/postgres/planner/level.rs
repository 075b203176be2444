//! One query level from a bound query to its best path (`subquery_planner`, `grouping_planner`, `query_planner`).

use std::rc::Rc;

use super::Params;
use super::fold::simplify_query;
use super::pull_up::{is_volatile, pull_up, refers_outside};
use super::root::{MAX_RELATIONS, Path, PathKind, Planned, Rel, Root};
use super::self_join::remove_self_joins;
use super::sublink::outer_references;
use super::subquery::CommonPlan;
use super::useless::{remove_useless_groups, remove_useless_joins};
use crate::postgres::catalog::Catalog;
use crate::postgres::error::SqlError;
use crate::postgres::plan::PlanRelation;
use crate::postgres::selectivity::{Estimator, RelationStats};
use crate::postgres::settings::PlannerSettings;
use crate::postgres::sql::{
    ColumnRef, Command, Distinct, Expr, Query, Relation, RelationKind, SortKey, StatementTime, Target,
};
use crate::postgres::types::TypeId;

/// The pseudo-column of a row's place, `ctid`.
pub(super) const CTID: u16 = u16::MAX;

/// What all levels of a statement share.
#[derive(Debug, Default)]
pub(super) struct Context<'a> {
    /// Relations of all levels, outer levels first.
    pub(super) relations: Vec<PlanRelation>,
    /// Subplans made so far.
    pub(super) subplans: u16,
    /// The statement only reads, so that every level of it may run in workers.
    pub(super) parallel_ok: bool,
    /// What `now()` gives to estimates.
    pub(super) time: Option<StatementTime>,
    /// WITH queries of the level being planned and of those around it, outermost first.
    pub(super) common_tables: Vec<Vec<CommonPlan<'a>>>,
}

/// What the caller of a level makes of its rows.
#[derive(Debug, Default)]
pub(super) struct Demand {
    /// How much it fetches: 0 for all, below 1 a share, else a number of rows.
    pub(super) fraction: f64,
    /// An order that it would like, in terms of the select list.
    pub(super) order: Vec<SortKey>,
}

impl Demand {
    /// All rows in any order.
    pub(super) fn all() -> Demand {
        Demand::default()
    }

    /// A part of them in any order.
    pub(super) fn part(fraction: f64) -> Demand {
        Demand { fraction, order: Vec::new() }
    }
}

impl Context<'_> {
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

/// Plans a query level.
pub(super) fn plan_level<'a>(
    catalog: &'a Catalog,
    settings: &'a PlannerSettings,
    mut query: Query,
    context: &mut Context<'a>,
    outer_offsets: &[usize],
    demand: Demand,
) -> Result<Planned<'a>, SqlError> {
    if pull_up(&mut query) {
        // What came up may have put constants where columns were.
        simplify_query(&mut query, Params::Generic);
    }
    let gone = remove_useless_joins(&mut query, catalog);
    if settings.enable_self_join_elimination {
        remove_self_joins(&mut query, catalog);
    }
    having_to_where(&mut query);
    remove_useless_groups(&mut query, catalog);
    if query.relations.len() > MAX_RELATIONS {
        return Err(SqlError::unsupported(format!("a query over more than {MAX_RELATIONS} relations")));
    }
    add_junk(&mut query);
    let offset = context.add_relations(catalog, &query.relations);
    let mut root = new_root(catalog, settings, query, offset, outer_offsets, demand.fraction);
    root.wanted_order = demand.order;
    root.estimator.time = context.time;
    if outer_offsets.is_empty() {
        context.parallel_ok = parallel_allowed(&root);
    }
    // Workers can't be handed the values that a correlated subquery takes from the row around it.
    root.parallel_ok = context.parallel_ok && !refers_outside(&root.query);
    root.fetch_still(&gone);
    context.common_tables.truncate(outer_offsets.len());
    context.common_tables.push(Vec::new());
    root.plan_common_tables(context)?;
    root.plan_sublinks(context)?;
    let limits = root.limits();
    root.set_caller_fraction(demand.fraction);
    root.relation_facts(context)?;
    if root.query.set_operation.is_some() {
        return root.set_operation(limits, context);
    }
    if root.query.from.is_empty() {
        return Ok(root.no_from(limits));
    }
    let top = root.scan_and_join(context)?;
    let min_max = root.min_max_path(context)?;
    let last = root.finish(top, limits, min_max);
    Ok(root.planned(last))
}

/// Conditions of HAVING that look at groups' keys alone drop rows before they are grouped (`subquery_planner`).
fn having_to_where(query: &mut Query) {
    if query.having.is_none() || query.group_by.targets.is_empty() {
        return;
    }
    let Some(having) = query.having.take() else { return };
    let stays = |e: &Expr| {
        e.any(&mut |e| matches!(e, Expr::Aggregate(_) | Expr::SubLink(_) | Expr::SubPlan { .. }))
            || is_volatile(e)
    };
    let (kept, moved): (Vec<Expr>, Vec<Expr>) = having.conjuncts().into_iter().partition(stays);
    let all = |mut list: Vec<Expr>| match list.len() {
        0 => None,
        1 => list.pop(),
        _ => Some(Expr::And(list)),
    };
    query.having = all(kept);
    if !moved.is_empty() {
        let old = query.filter.take().map_or_else(Vec::new, Expr::conjuncts);
        query.filter = all(old.into_iter().chain(moved).collect());
    }
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
        wanted_order: Vec::new(),
        wanted_pathkeys: Vec::new(),
        windows: Vec::new(),
        common_names: Vec::new(),
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

    /// The facts of all relations but subqueries, which are planned when the conditions on them are known.
    pub(super) fn relation_facts(&mut self, context: &Context<'a>) -> Result<(), SqlError> {
        for id in 0..self.query.relations.len() {
            let blank = self.blank_rel(1 << id);
            self.rels.push(blank);
            let relation = &self.query.relations[id];
            match &relation.kind {
                RelationKind::Table(oid) => {
                    let oid = *oid;
                    self.table_rel(id, oid);
                }
                RelationKind::Subquery(_) | RelationKind::Append(_) => {}
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

    /// Scans and joins (`query_planner`); answers the relation of everything.
    pub(super) fn scan_and_join(&mut self, context: &mut Context<'a>) -> Result<usize, SqlError> {
        self.need_output();
        self.find_lateral();
        let items = self.deconstruct();
        self.base_equalities();
        self.reduce_unique_semijoins();
        self.order_keys();
        for rel in super::root::members(self.all).collect::<Vec<_>>() {
            match &self.query.relations[rel].kind {
                RelationKind::Subquery(_) => self.plan_subquery(rel, Vec::new(), context)?,
                RelationKind::Append(members) => {
                    let members = members.clone();
                    self.plan_members(rel, &members, context)?;
                    continue;
                }
                _ => {}
            }
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
        Ok(self.join_all(items))
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
    pub(super) fn order_keys(&mut self) {
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
        let wanted = std::mem::take(&mut self.wanted_order);
        self.wanted_pathkeys = self.keys_for(&wanted, &targets);
        if !self.query.windows.is_empty() {
            self.activate_windows();
        }
        self.query_pathkeys = if !self.group_pathkeys.is_empty() {
            self.group_pathkeys.clone()
        } else if let Some(first) = self.windows.first().filter(|w| !w.pathkeys.is_empty()) {
            first.pathkeys.clone()
        } else if self.distinct_pathkeys.len() > self.sort_pathkeys.len() {
            self.distinct_pathkeys.clone()
        } else if !self.sort_pathkeys.is_empty() {
            self.sort_pathkeys.clone()
        } else {
            self.wanted_pathkeys.clone()
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
        if !self.query.windows.is_empty() {
            self.order_keys();
        }
        let last = self.finish(top, limits, None);
        self.planned(last)
    }

    /// The finished level: the chosen path, and those that a query around it might rather have.
    pub(super) fn planned(mut self, last: Rel<'a>) -> Planned<'a> {
        let chosen = self.cheapest_fraction(&last).unwrap_or_else(|| Rc::new(self.empty_path(0)));
        let init = self.subplans.iter().any(|s| s.init);
        let path = self.charge_init_plans(Rc::clone(&chosen));
        let paths = if last.paths.len() < 2 {
            vec![Rc::clone(&path)]
        } else {
            let charged = |p: &Rc<Path<'a>>| {
                if Rc::ptr_eq(p, &chosen) { Rc::clone(&path) } else { self.charge_init_plans(Rc::clone(p)) }
            };
            last.paths.iter().map(charged).collect()
        };
        let partial = if init { Vec::new() } else { last.partial_paths };
        self.parallel_ok &= last.consider_parallel;
        Planned { root: self, path, paths, partial }
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
}
