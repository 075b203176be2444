//! The chosen path as a plan tree (`createplan.c`, `setrefs.c`): conditions put on their nodes, sorts and hashes made explicit,
//! needless subquery scans dropped.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::cost::Cost;
use super::level::Context;
use super::root::{ClauseId, IndexClause, JoinPath, Path, PathKey, PathKind, Planned, Root, Subplan, subset};
use crate::postgres::catalog::Oid;
use crate::postgres::plan::{AttachedPlan, Elided, NodeKind, Plan, PlanNode, PlanSortKey};
use crate::postgres::sql::{ColumnRef, Command, Expr, JoinKind, Operator, RelationKind, Target};

/// Turns a planned statement into a plan.
pub(super) fn create_plan(planned: &Planned<'_>, context: Context<'_>) -> Plan {
    let mut relations = context.relations;
    let elided = RefCell::new(BTreeMap::new());
    let mut root =
        Maker { root: &planned.root, elided: &elided, loose: Cell::new(false) }.level(&planned.path);
    let elided = elided.into_inner();
    unique_aliases(&mut relations);
    let mut next = 0;
    number(&mut root, &mut next);
    Plan { root, relations, elided, nodes: next, command: Command::Select, generic: false, time: None }
}

fn number(node: &mut PlanNode, next: &mut u16) {
    node.id = *next;
    *next += 1;
    for plan in node.subplans.iter_mut().filter(|p| p.init) {
        number(&mut plan.plan, next);
    }
    for child in &mut node.children {
        number(child, next);
    }
    for plan in node.subplans.iter_mut().filter(|p| !p.init) {
        number(&mut plan.plan, next);
    }
}

/// `select_rtable_names_for_explain`: a name used twice gets `_1`, `_2`….
fn unique_aliases(relations: &mut [crate::postgres::plan::PlanRelation]) {
    for i in 0..relations.len() {
        let base = relations[i].alias.clone();
        let taken = |name: &str, relations: &[crate::postgres::plan::PlanRelation]| {
            relations[..i].iter().any(|r| r.alias == name)
        };
        let mut name = base.clone();
        let mut suffix = 1;
        while taken(&name, relations) {
            name = format!("{base}_{suffix}");
            suffix += 1;
        }
        relations[i].alias = name;
    }
}

/// Makes the nodes of one level.
pub(super) struct Maker<'r, 'a> {
    pub(super) root: &'r Root<'a>,
    pub(super) elided: &'r RefCell<Elided>,
    /// The node above the next one takes whatever columns there are (no `CP_EXACT_TLIST` or `CP_SMALL_TLIST`).
    loose: Cell<bool>,
}

impl<'a> Maker<'_, 'a> {
    fn level(&self, path: &Rc<Path<'a>>) -> PlanNode {
        let mut node = self.node(path);
        let uses_min_max =
            !self.root.min_max_subplans.is_empty() && mentions(path, &self.root.min_max_subplans);
        let extra = if uses_min_max { &self.root.min_max_subplans[..] } else { &[] };
        // Subplans hang on the topmost node; real ones print there whatever node evaluates them, except for filters.
        for subplan in self.root.subplans.iter().chain(extra) {
            let plan = self.inside(&subplan.planned, &subplan.planned.path);
            let attached = AttachedPlan {
                number: subplan.number,
                init: subplan.init,
                kind: subplan.kind,
                common_table: subplan.common_table.clone(),
                plan,
            };
            attach(&mut node, attached);
        }
        node
    }

    /// The plan of another level.
    pub(super) fn inside(&self, planned: &Planned<'a>, path: &Rc<Path<'a>>) -> PlanNode {
        Maker { root: &planned.root, elided: self.elided, loose: Cell::new(false) }.level(path)
    }

    pub(super) fn blank(&self, path: &Path<'a>, kind: NodeKind) -> PlanNode {
        PlanNode {
            id: 0,
            startup_cost: path.startup,
            total_cost: path.total,
            rows: path.rows,
            width: path.width,
            disabled_nodes: path.disabled,
            parallel_aware: path.parallel_aware,
            kind,
            targets: self.targets(path),
            filter: Vec::new(),
            children: Vec::new(),
            subplans: Vec::new(),
        }
    }

    /// The output list of a path.
    fn targets(&self, path: &Path<'a>) -> Vec<Target> {
        if let Some(target) = &path.targets {
            return target
                .targets
                .iter()
                .map(|t| Target { expr: self.global(&t.expr), ..t.clone() })
                .collect();
        }
        let rel = self.root.rels.iter().find(|r| r.relids == path.relids && r.relids != 0);
        let columns = rel.map_or(&[][..], |r| &r.columns);
        columns
            .iter()
            .map(|(relation, column)| {
                let entry = &self.root.query.relations[usize::from(*relation)];
                let (name, type_id) = match entry.columns.get(usize::from(*column).wrapping_sub(1)) {
                    Some((name, type_id)) => (name.clone(), *type_id),
                    None => ("ctid".to_owned(), crate::postgres::types::TypeId::TID),
                };
                let expr =
                    Expr::Column(ColumnRef { relation: *relation, column: *column, type_id, levels_up: 0 });
                Target { expr: self.global(&expr), name, junk: false }
            })
            .collect()
    }

    /// An expression with relations numbered as in the whole plan.
    pub(super) fn global(&self, expr: &Expr) -> Expr {
        let mut expr = expr.clone();
        self.globalize(&mut expr);
        expr
    }

    fn globalize(&self, expr: &mut Expr) {
        if let Expr::Column(c) = expr {
            let offset = match c.levels_up {
                0 => self.root.offset,
                n => {
                    let outer = &self.root.outer_offsets;
                    outer.len().checked_sub(usize::from(n)).map_or(0, |i| outer[i])
                }
            };
            c.relation += offset as u16;
            c.levels_up = 0;
            return;
        }
        if let Expr::Window(call) = expr
            && let Some(window) = self.root.windows.iter().find(|w| w.window == call.window)
        {
            call.over.clone_from(&window.name);
        }
        expr.for_each_child_mut(&mut |child| self.globalize(child));
    }

    pub(super) fn relation(&self, path: &Path<'_>) -> u16 {
        (path.relids.trailing_zeros() as usize + self.root.offset) as u16
    }

    /// Clauses as expressions, cheapest first (`order_qual_clauses`).
    fn quals(&self, ids: &[ClauseId]) -> Vec<Expr> {
        let mut ids: Vec<ClauseId> =
            ids.iter().copied().filter(|c| !self.root.clause(*c).pseudoconstant).collect();
        ids.sort_by(|a, b| {
            let cost = |id: &ClauseId| self.root.clause(*id).cost.per_tuple;
            cost(a).partial_cmp(&cost(b)).unwrap_or(std::cmp::Ordering::Equal)
        });
        ids.iter().map(|id| self.global(&self.root.clause(*id).expr)).collect()
    }

    /// An input whose node may hand on more columns than are needed: it is not copied or sorted.
    pub(super) fn input(&self, path: &Path<'a>) -> PlanNode {
        self.loose.set(true);
        self.node(path)
    }

    pub(super) fn node(&self, path: &Path<'a>) -> PlanNode {
        let loose = self.loose.take();
        match &path.kind {
            PathKind::Seq => {
                let mut node = self.blank(path, NodeKind::SeqScan { relation: self.relation(path) });
                node.filter = self.scan_quals(path, &[]);
                node
            }
            PathKind::Index { index, clauses, backward, only, selectivity, .. } => {
                self.index_node(path, *index, clauses, *backward, *only, *selectivity)
            }
            PathKind::BitmapHeap { source } => self.bitmap_heap_node(path, source),
            PathKind::BitmapAnd { .. } | PathKind::BitmapOr { .. } => self.bitmap_node(path, path),
            PathKind::Subquery { planned, path: source, .. } => {
                self.subquery_node(path, planned, source, loose)
            }
            PathKind::Values => {
                let mut node = self.blank(path, NodeKind::ValuesScan { relation: self.relation(path) });
                node.filter = self.scan_quals(path, &[]);
                node
            }
            PathKind::Function => {
                let relation = path.relids.trailing_zeros() as usize;
                let call = match &self.root.query.relations[relation].kind {
                    RelationKind::Function(call) => self.global(call),
                    _ => Expr::boolean(true),
                };
                let mut node =
                    self.blank(path, NodeKind::FunctionScan { relation: self.relation(path), call });
                node.filter = self.scan_quals(path, &[]);
                node
            }
            PathKind::CommonTable { name } => {
                let mut node =
                    self.blank(path, NodeKind::CteScan { relation: self.relation(path), name: name.clone() });
                node.filter = self.scan_quals(path, &[]);
                node
            }
            PathKind::Result { filter } => {
                let one_time_filter = filter.iter().map(|e| self.global(e)).collect();
                self.blank(path, NodeKind::Result { one_time_filter })
            }
            PathKind::Project { source } => {
                let mut node = self.blank(path, NodeKind::Result { one_time_filter: Vec::new() });
                node.children = vec![self.node(source)];
                node
            }
            PathKind::Nested(join) => self.nested_node(path, join),
            PathKind::Hash { join, hash_clauses, batches, parallel_hash, .. } => {
                self.hash_node(path, join, hash_clauses, *batches, *parallel_hash)
            }
            PathKind::Merge { .. } => self.merge_node(path),
            _ => self.upper_node(path),
        }
    }

    fn upper_node(&self, path: &Path<'a>) -> PlanNode {
        let over = |kind: NodeKind, source: &Rc<Path<'a>>| {
            let mut node = self.blank(path, kind);
            node.children = vec![self.node(source)];
            node
        };
        let limit_of = |limit: f64| (limit > 0.0).then_some(limit);
        match &path.kind {
            PathKind::Material { source } => over(NodeKind::Materialize, source),
            PathKind::Memoize { source, keys, single_row, entries, binary, .. } => over(
                NodeKind::Memoize {
                    keys: keys.iter().map(|k| self.global(k)).collect(),
                    binary: *binary,
                    single_row: *single_row,
                    estimated_entries: *entries as u32,
                },
                source,
            ),
            PathKind::Sort { source, limit } => {
                let child = self.node(source);
                let keys = self.sort_keys(&path.pathkeys, path, &child.targets);
                let mut node = self.blank(path, NodeKind::Sort { keys, limit: limit_of(*limit) });
                node.targets.clone_from(&child.targets);
                node.children = vec![child];
                node
            }
            PathKind::IncrementalSort { source, presorted, limit } => {
                let child = self.node(source);
                let keys = self.sort_keys(&path.pathkeys, path, &child.targets);
                let kind = NodeKind::IncrementalSort { keys, presorted: *presorted, limit: limit_of(*limit) };
                let mut node = self.blank(path, kind);
                node.targets.clone_from(&child.targets);
                node.children = vec![child];
                node
            }
            PathKind::Aggregate { source, strategy, mode, keys, filter, partitions } => {
                let mut keys: Vec<Expr> = keys.iter().map(|k| self.global(k)).collect();
                if *strategy == crate::postgres::plan::AggregateStrategy::Sorted {
                    keys = self.in_sort_order(keys, source);
                }
                let kind =
                    NodeKind::Aggregate { strategy: *strategy, mode: *mode, keys, partitions: *partitions };
                let mut node = self.blank(path, kind);
                node.children = vec![self.input(source)];
                node.filter = filter.iter().map(|e| self.global(e)).collect();
                node
            }
            PathKind::Unique { source, keys } => {
                over(NodeKind::Unique { keys: keys.iter().map(|k| self.global(k)).collect() }, source)
            }
            PathKind::Limit { source, count, offset } => {
                over(NodeKind::Limit { count: *count, offset: *offset }, source)
            }
            PathKind::LockRows { source } => over(NodeKind::LockRows, source),
            PathKind::Modify { source } => {
                let relation = self.root.query.target_relation.unwrap_or(0) + self.root.offset as u16;
                let mut node =
                    over(NodeKind::ModifyTable { operation: self.root.query.command, relation }, source);
                if self.root.query.returning.is_empty() {
                    node.targets.clear();
                }
                node
            }
            PathKind::Append { sources } => self.append_node(path, sources, None),
            PathKind::MergeAppend { sources } => self.append_node(path, sources, Some(&path.pathkeys)),
            PathKind::Window { source, window, filter } => self.window_node(path, source, *window, filter),
            PathKind::SetOperation { sources, command, hashed } => {
                let mut node = self.blank(path, NodeKind::SetOperation { command, hashed: *hashed });
                node.children = sources.iter().map(|s| self.node(s)).collect();
                node
            }
            PathKind::Gather { source, single } => {
                over(NodeKind::Gather { workers: source.workers, single_copy: *single }, source)
            }
            PathKind::GatherMerge { source } => {
                over(NodeKind::GatherMerge { workers: source.workers }, source)
            }
            _ => self.blank(path, NodeKind::Result { one_time_filter: Vec::new() }),
        }
    }

    /// A sorted aggregate's keys in the order that the input has.
    fn in_sort_order(&self, keys: Vec<Expr>, source: &Path<'a>) -> Vec<Expr> {
        let mut out: Vec<Expr> = Vec::new();
        for key in &source.pathkeys {
            let class = &self.root.classes[self.root.class_of(key.class) as usize];
            let found = keys
                .iter()
                .find(|k| class.members.iter().any(|m| self.global(&m.expr).stripped() == k.stripped()));
            if let Some(found) = found
                && !out.contains(found)
            {
                out.push(found.clone());
            }
        }
        for key in keys {
            if !out.contains(&key) {
                out.push(key);
            }
        }
        out
    }

    /// Sort keys as expressions: those that the input computes where there are such.
    pub(super) fn sort_keys(
        &self,
        keys: &[PathKey],
        path: &Path<'a>,
        targets: &[Target],
    ) -> Vec<PlanSortKey> {
        keys.iter()
            .map(|key| {
                let class = &self.root.classes[self.root.class_of(key.class) as usize];
                let computed = class
                    .members
                    .iter()
                    .map(|m| self.global(&m.expr))
                    .find(|e| targets.iter().any(|t| t.expr.stripped() == e.stripped()));
                let expr = computed
                    .or_else(|| self.root.member_for(key.class, path.relids).map(|e| self.global(&e)));
                PlanSortKey {
                    expr: expr.unwrap_or_else(|| Expr::boolean(true)),
                    descending: key.descending,
                    nulls_first: key.nulls_first,
                }
            })
            .collect()
    }

    /// The conditions that a scan checks itself.
    pub(super) fn scan_quals(&self, path: &Path<'a>, answered: &[IndexClause]) -> Vec<Expr> {
        let rel = path.relids.trailing_zeros() as usize;
        let mut ids: Vec<ClauseId> = match &path.kind {
            PathKind::Index { index, .. } => self.root.rels[rel].indexes[*index].restrict.clone(),
            _ => self.root.rels[rel].restrict.clone(),
        };
        ids.extend(path.param.iter().flat_map(|p| p.clauses.iter().copied()));
        ids.retain(|id| !self.root.answered(*id, answered));
        let quals: Vec<&Expr> = answered.iter().filter(|c| !c.lossy).flat_map(|c| c.quals.iter()).collect();
        ids.retain(|id| quals.is_empty() || !super::predicate::implied(&self.root.clause(*id).expr, &quals));
        self.quals(&ids)
    }

    fn index_node(
        &self,
        path: &Path<'a>,
        index: usize,
        clauses: &[IndexClause],
        backward: bool,
        only: bool,
        selectivity: f64,
    ) -> PlanNode {
        let kind = NodeKind::IndexScan {
            relation: self.relation(path),
            index: self.index_oid(path, index),
            conditions: self.conditions(clauses),
            backward,
            index_only: only,
            index_selectivity: selectivity,
        };
        let mut node = self.blank(path, kind);
        node.filter = self.scan_quals(path, clauses);
        node
    }

    fn index_oid(&self, path: &Path<'a>, index: usize) -> Oid {
        self.root.rels[path.relids.trailing_zeros() as usize].indexes[index].index.oid
    }

    fn conditions(&self, clauses: &[IndexClause]) -> Vec<Expr> {
        let printed = |clause: &IndexClause, qual: &Expr| {
            let mut qual = self.global(qual);
            if clause.lossy {
                // The index's own collation is not said.
                qual.rewrite(&mut |e| match e {
                    Expr::Collate(operand, _) => Some((**operand).clone()),
                    _ => None,
                });
            }
            qual
        };
        clauses.iter().flat_map(|c| c.quals.iter().map(move |q| printed(c, q))).collect()
    }

    fn bitmap_heap_node(&self, path: &Path<'a>, source: &Rc<Path<'a>>) -> PlanNode {
        let child = self.bitmap_node(source, path);
        let mut recheck = Vec::new();
        let mut answered: Vec<IndexClause> = Vec::new();
        self.recheck(source, &mut recheck, &mut answered);
        let mut node = self.blank(
            path,
            NodeKind::BitmapHeapScan { relation: self.relation(path), recheck: recheck.clone() },
        );
        let rel = path.relids.trailing_zeros() as usize;
        let mut ids: Vec<ClauseId> = self.root.rels[rel].restrict.clone();
        ids.extend(path.param.iter().flat_map(|p| p.clauses.iter().copied()));
        ids.retain(|id| !self.root.answered(*id, &answered));
        let checked: Vec<&Expr> = recheck.iter().collect();
        node.filter = self
            .quals(&ids)
            .into_iter()
            .filter(|q| checked.is_empty() || !super::predicate::implied(q, &checked))
            .collect();
        node.children = vec![child];
        node
    }

    /// Conditions that a bitmap stands for, and the clauses behind them.
    fn recheck(&self, path: &Path<'a>, out: &mut Vec<Expr>, answered: &mut Vec<IndexClause>) {
        match &path.kind {
            PathKind::Index { index, clauses, .. } => {
                out.extend(self.conditions(clauses));
                answered.extend(clauses.iter().cloned());
                let rel = path.relids.trailing_zeros() as usize;
                let quals: Vec<&Expr> = clauses.iter().flat_map(|c| c.quals.iter()).collect();
                for predicate in self.root.index_predicate(rel, *index) {
                    if !super::predicate::implied(&predicate, &quals) {
                        out.push(self.global(&predicate));
                    }
                }
            }
            PathKind::BitmapAnd { sources, .. } => {
                for source in sources {
                    self.recheck(source, out, answered);
                }
            }
            PathKind::BitmapOr { sources, .. } => {
                let mut arms = Vec::new();
                for source in sources {
                    let mut arm = Vec::new();
                    self.recheck(source, &mut arm, &mut Vec::new());
                    arms.push(if arm.len() == 1 { arm.remove(0) } else { Expr::And(arm) });
                }
                out.push(Expr::Or(arms));
            }
            _ => {}
        }
    }

    fn bitmap_node(&self, path: &Path<'a>, heap: &Path<'a>) -> PlanNode {
        match &path.kind {
            PathKind::Index { index, clauses, selectivity, index_total, .. } => {
                let kind = NodeKind::BitmapIndexScan {
                    relation: self.relation(heap),
                    index: self.index_oid(path, *index),
                    conditions: self.conditions(clauses),
                };
                let mut node = self.blank(path, kind);
                let rel = path.relids.trailing_zeros() as usize;
                node.startup_cost = 0.0;
                node.total_cost = *index_total;
                node.rows =
                    crate::postgres::selectivity::clamp_rows(selectivity * self.root.rels[rel].tuples);
                node.width = 0;
                node.disabled_nodes = 0;
                node.targets.clear();
                node
            }
            PathKind::BitmapAnd { sources, .. } | PathKind::BitmapOr { sources, .. } => {
                let and = matches!(path.kind, PathKind::BitmapAnd { .. });
                let mut node = self.blank(path, if and { NodeKind::BitmapAnd } else { NodeKind::BitmapOr });
                node.targets.clear();
                node.width = 0;
                node.children = sources.iter().map(|s| self.bitmap_node(s, heap)).collect();
                node
            }
            _ => self.node(path),
        }
    }

    fn join_quals(&self, join: &JoinPath<'a>, without: &[ClauseId]) -> (Vec<Expr>, Vec<Expr>) {
        let outer_join = !matches!(join.kind, JoinKind::Inner | JoinKind::Semi | JoinKind::RightSemi);
        let rest: Vec<ClauseId> = join.clauses.iter().copied().filter(|c| !without.contains(c)).collect();
        let (own, above): (Vec<ClauseId>, Vec<ClauseId>) =
            rest.into_iter().partition(|c| !outer_join || !self.root.clause(*c).pushed_down);
        (self.quals(&own), self.quals(&above))
    }

    fn nested_node(&self, path: &Path<'a>, join: &JoinPath<'a>) -> PlanNode {
        let (join_filter, filter) = self.join_quals(join, &[]);
        let kind = NodeKind::NestedLoop { join: join.kind, inner_unique: join.inner_unique, join_filter };
        let mut node = self.blank(path, kind);
        node.filter = filter;
        node.children = vec![self.input(&join.outer), self.input(&join.inner)];
        node
    }

    /// Equalities with the outer side's expression on the left (`get_switched_clauses`).
    fn switched(&self, ids: &[ClauseId], outer: u64) -> Vec<Expr> {
        ids.iter()
            .map(|id| {
                let clause = self.root.clause(*id);
                let Expr::Operator(op, args) = clause.expr.as_ref() else { return self.global(&clause.expr) };
                if subset(clause.left, outer) {
                    return self.global(&clause.expr);
                }
                let op = Operator { left: op.right, right: op.left, ..*op };
                self.global(&Expr::Operator(op, vec![args[1].clone(), args[0].clone()]))
            })
            .collect()
    }

    fn hash_node(
        &self,
        path: &Path<'a>,
        join: &JoinPath<'a>,
        hash_clauses: &[ClauseId],
        batches: f64,
        parallel_hash: bool,
    ) -> PlanNode {
        let (join_filter, filter) = self.join_quals(join, hash_clauses);
        let inner = self.node(&join.inner);
        let hash = PlanNode {
            id: 0,
            startup_cost: inner.total_cost,
            total_cost: inner.total_cost,
            rows: inner.rows,
            width: inner.width,
            disabled_nodes: inner.disabled_nodes,
            parallel_aware: parallel_hash,
            kind: NodeKind::Hash,
            targets: inner.targets.clone(),
            filter: Vec::new(),
            children: vec![inner],
            subplans: Vec::new(),
        };
        let kind = NodeKind::HashJoin {
            join: join.kind,
            inner_unique: join.inner_unique,
            conditions: self.switched(hash_clauses, join.outer.relids),
            join_filter,
            batches: batches as u32,
        };
        let mut node = self.blank(path, kind);
        node.filter = filter;
        let outer = if batches > 1.0 { self.node(&join.outer) } else { self.input(&join.outer) };
        node.children = vec![outer, hash];
        node
    }

    fn merge_node(&self, path: &Path<'a>) -> PlanNode {
        let PathKind::Merge {
            join, merge_clauses, outer_sort, inner_sort, outer_presorted, materialize, ..
        } = &path.kind
        else {
            return self.blank(path, NodeKind::Materialize);
        };
        let (join_filter, filter) = self.join_quals(join, merge_clauses);
        let kind = NodeKind::MergeJoin {
            join: join.kind,
            inner_unique: join.inner_unique,
            conditions: self.switched(merge_clauses, join.outer.relids),
            join_filter,
        };
        let outer = self.sorted(&join.outer, outer_sort, *outer_presorted);
        let mut inner = self.sorted(&join.inner, inner_sort, 0);
        if *materialize {
            let total = inner.total_cost + self.root.settings.cpu_operator_cost * inner.rows;
            let mut node = inner.clone();
            node.kind = NodeKind::Materialize;
            node.filter.clear();
            node.subplans.clear();
            node.total_cost = total;
            node.parallel_aware = false;
            node.children = vec![inner];
            inner = node;
        }
        let mut node = self.blank(path, kind);
        node.filter = filter;
        node.children = vec![outer, inner];
        node
    }

    /// An input with the sort that a merge join wants below it.
    fn sorted(&self, source: &Rc<Path<'a>>, keys: &[PathKey], presorted: usize) -> PlanNode {
        if keys.is_empty() {
            return self.input(source);
        }
        let child = self.node(source);
        let root = self.root;
        let incremental = presorted > 0 && root.settings.enable_incremental_sort;
        let cost = if incremental {
            let input = Cost { startup: child.startup_cost, total: child.total_cost };
            root.incremental_sort_cost(keys, presorted, input, child.rows, child.width, -1.0)
        } else {
            root.sort_cost(child.total_cost, child.rows, child.width, 0.0, -1.0)
        };
        let plan_keys = self.sort_keys(keys, source, &child.targets);
        let kind = if incremental {
            NodeKind::IncrementalSort { keys: plan_keys, presorted, limit: None }
        } else {
            NodeKind::Sort { keys: plan_keys, limit: None }
        };
        let mut node = self.blank(source, kind);
        (node.startup_cost, node.total_cost) = (cost.startup, cost.total);
        node.disabled_nodes = child.disabled_nodes + u32::from(!incremental && !root.settings.enable_sort);
        node.parallel_aware = false;
        node.children = vec![child];
        node
    }
}

/// Puts a subplan on the node that evaluates it: the deepest whose own expressions mention it, else the top.
fn attach(top: &mut PlanNode, plan: AttachedPlan) {
    if plan.init || plan.common_table.is_some() {
        top.subplans.push(plan);
        return;
    }
    let number = plan.number;
    let mut plan = Some(plan);
    place(top, number, &mut plan);
    if let Some(plan) = plan {
        top.subplans.push(plan);
    }
}

fn place(node: &mut PlanNode, number: u16, plan: &mut Option<AttachedPlan>) {
    for child in &mut node.children {
        place(child, number, plan);
        if plan.is_none() {
            return;
        }
    }
    let uses = |e: &Expr| e.any(&mut |e| matches!(e, Expr::SubPlan { number: n, .. } if *n == number));
    if node.filter.iter().any(uses) || node.targets.iter().any(|t| uses(&t.expr)) {
        node.subplans.extend(plan.take());
    }
}

/// True where the chosen path computes its output from these InitPlans.
fn mentions(path: &Path<'_>, subplans: &[Subplan<'_>]) -> bool {
    match &path.kind {
        PathKind::Result { .. } => path.targets.as_ref().is_some_and(|t| {
            t.targets.iter().any(|t| {
                t.expr.any(&mut |e| matches!(e, Expr::InitPlanOutput { number, .. } if subplans.iter().any(|s| s.number == *number)))
            })
        }),
        PathKind::Limit { source, .. }
        | PathKind::Sort { source, .. }
        | PathKind::Unique { source, .. }
        | PathKind::Project { source } => mentions(source, subplans),
        _ => false,
    }
}
