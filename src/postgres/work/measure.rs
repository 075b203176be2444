//! Walks a plan twice: once for the rows that each node really gives, once for the work of giving as many of them as
//! are asked for.
//!
//! A `LIMIT` asks for a part of its input only; what streams passes the part on, what must see everything first (a
//! sort, a hash table) asks for all. The estimates in the plan are used only where the truth has nothing to say.

use super::expression::{conjunction_ns, expression_ns};
use super::window::window_share;
use super::{Access, NodeWork, Work, rates};
use crate::postgres::buffers::{BufferCache, Spread};
use crate::postgres::catalog::{AccessMethod, Catalog, Index, KeySource, Oid};
use crate::postgres::plan::{AggregateMode, AggregateStrategy, NodeKind, Plan, PlanNode, PlanRelation};
use crate::postgres::selectivity::selectivity;
use crate::postgres::settings::PlannerSettings;
use crate::postgres::sql::{ColumnRef, Command, Expr, JoinKind, OperatorKind, RelId};
use crate::postgres::types::TypeId;

/// A condition on a number's cast as one on the number: the planner knows nothing of the cast's values and guesses, but the
/// rows that match are the same.
fn through_casts(condition: &Expr) -> Expr {
    match condition {
        Expr::Cast { operand, type_id, .. }
            if operand.as_column().is_some() && is_number(operand.type_id()) && is_number(*type_id) =>
        {
            (**operand).clone()
        }
        other => other.map_children(&mut through_casts),
    }
}

fn is_number(type_id: TypeId) -> bool {
    [TypeId::INT2, TypeId::INT4, TypeId::INT8, TypeId::NUMERIC, TypeId::FLOAT8].contains(&type_id)
}

/// What measuring needs to know beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// Which relations and indexes there are, and how large their files are.
    pub catalog: &'a Catalog,
    /// The statistics of the data as it is.
    pub truth: &'a Catalog,
    /// Where each relation is in the cache.
    pub buffers: &'a BufferCache,
    /// `work_mem` and its kin.
    pub settings: &'a PlannerSettings,
}

/// How often, how much of, and by how many processes a node is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Runs, of all processes together.
    pub(crate) loops: f64,
    /// The share of its rows that is asked for, 0–1.
    pub(crate) fraction: f64,
    /// Processes that share it.
    pub(crate) processes: f64,
}

impl Extent {
    /// The extent as seen by rows: processes that divide a parallel-aware scan beneath `node` among them make one run
    /// together.
    fn shared_by(self, node: &PlanNode) -> Extent {
        if self.processes > 1.0 && is_shared(node) {
            Extent { loops: self.loops / self.processes, ..self }
        } else {
            self
        }
    }

    /// How often all rows of `node` come out.
    pub(crate) fn runs(self, node: &PlanNode) -> f64 {
        self.shared_by(node).loops
    }
}

/// Whether parallel processes divide a scan at or beneath a node, so that its rows are a total already.
fn is_shared(node: &PlanNode) -> bool {
    let mut shared = false;
    node.walk(&mut |n| shared |= n.parallel_aware);
    shared
}

/// A plan being measured.
pub(crate) struct Meter<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) catalog: &'a Catalog,
    pub(crate) truth: &'a Catalog,
    pub(crate) buffers: &'a BufferCache,
    pub(crate) settings: &'a PlannerSettings,
    pub(crate) work: Work,
    /// Rows of one full run, by node id.
    rows: Vec<Option<f64>>,
}

/// Measures what one execution of a plan does, on average.
pub fn measure(plan: &Plan, site: Site<'_>) -> Work {
    let nodes = usize::from(plan.nodes);
    let mut meter = Meter {
        plan,
        catalog: site.catalog,
        truth: site.truth,
        buffers: site.buffers,
        settings: site.settings,
        work: Work { nodes: vec![NodeWork::default(); nodes], ..Work::default() },
        rows: vec![None; nodes],
    };
    meter.run(&plan.root, Extent { loops: 1.0, fraction: 1.0, processes: 1.0 });
    meter.finish()
}

impl Meter<'_> {
    fn finish(mut self) -> Work {
        let root = &self.plan.root;
        let returned = self.rows(root);
        let sent = if matches!(root.kind, NodeKind::ModifyTable { .. }) { 0.0 } else { returned };
        self.work.rows = self.changed_rows().unwrap_or(returned);
        let sending = sent * (rates::SEND_ROW + f64::from(root.width) * rates::SEND_BYTE);
        let commit = if self.work.writes() { rates::COMMIT } else { 0.0 };
        let nodes: f64 = self.work.nodes.iter().map(|n| n.cpu_ns).sum();
        self.work.cpu_ns =
            rates::STATEMENT + nodes + sending + commit + self.work.temp_pages * rates::TEMP_PAGE;
        self.work.sure_hits = self.work.nodes.iter().map(|n| n.sure_hits).sum();
        self.take_locks();
        self.work
    }

    /// Does a node's work and that of everything below it.
    pub(crate) fn run(&mut self, node: &PlanNode, extent: Extent) {
        for attached in node.subplans.iter().filter(|s| s.init) {
            self.run(&attached.plan, Extent { loops: 1.0, fraction: 1.0, processes: 1.0 });
        }
        match &node.kind {
            NodeKind::SeqScan { relation } => {
                self.seq_scan(node, *relation, extent.shared_by(node));
            }
            NodeKind::IndexScan { relation, index, conditions, index_only, .. } => {
                self.index_scan(node, *relation, *index, conditions, *index_only, extent.shared_by(node));
            }
            NodeKind::BitmapHeapScan { relation, recheck } => {
                let extent = extent.shared_by(node);
                let marked = node.children.first().map_or(0.0, |c| self.bitmap(c, extent));
                self.bitmap_heap_scan(node, *relation, recheck, marked, extent);
            }
            NodeKind::NestedLoop { .. } | NodeKind::HashJoin { .. } | NodeKind::MergeJoin { .. } => {
                self.join(node, extent);
            }
            NodeKind::Limit { count, offset } => self.limit(node, *count, *offset, extent),
            NodeKind::WindowAgg { .. } => self.window(node, extent),
            NodeKind::Gather { workers, .. } | NodeKind::GatherMerge { workers } => {
                self.gather(node, *workers, extent);
            }
            NodeKind::ModifyTable { operation, relation } => self.modify(node, *operation, *relation, extent),
            NodeKind::Memoize { keys, .. } => self.memoize(node, keys, extent),
            _ => self.pass_through(node, extent),
        }
        if node.parallel_aware {
            self.node(node).loops *= extent.processes;
        }
        self.correlated_subplans(node, extent);
    }

    /// SubPlans run once for each row that the node's filter looks at; a hashed one runs once.
    fn correlated_subplans(&mut self, node: &PlanNode, extent: Extent) {
        for attached in node.subplans.iter().filter(|s| !s.init) {
            let looked_at = {
                let work = &self.work.nodes[usize::from(node.id)];
                (work.rows + work.removed_by_filter).max(1.0)
            };
            let hashed = uses_hashed(node, attached.number);
            let loops = if hashed { 1.0 } else { looked_at };
            self.run(&attached.plan, Extent { loops, fraction: 1.0, processes: extent.processes });
        }
    }

    /// Nodes with one input (or several, one after another) whose work is a matter of rows in and rows out.
    fn pass_through(&mut self, node: &PlanNode, extent: Extent) {
        let blocking = is_blocking(&node.kind);
        let down = if blocking { Extent { fraction: 1.0, ..extent } } else { extent };
        for child in &node.children {
            self.run(child, down);
        }
        let out = self.rows(node);
        let input: f64 = node.children.iter().map(|c| self.rows(c)).sum::<f64>() * down.fraction;
        let runs = extent.runs(node);
        let ns = self.own_ns(node, input, out * extent.fraction);
        self.cpu(node, ns * runs);
        self.count(node, out, extent.fraction, extent);
        self.node(node).blocking = blocking;
        if !node.filter.is_empty() && !node.children.is_empty() {
            self.removed_by_filter(node, (input - out * extent.fraction).max(0.0) * runs);
        }
    }

    /// CPU of one run of a one-input node.
    fn own_ns(&mut self, node: &PlanNode, input: f64, out: f64) -> f64 {
        let width = node.children.first().map_or(node.width, |c| c.width).max(1);
        match &node.kind {
            NodeKind::Sort { keys, limit } => {
                let compare: f64 = keys.iter().map(|k| sort_compare_ns(&k.expr)).sum();
                self.sort_ns(node, input, width, compare, *limit)
            }
            NodeKind::IncrementalSort { keys, limit, .. } => {
                let compare: f64 = keys.iter().map(|k| sort_compare_ns(&k.expr)).sum();
                let group = (input / INCREMENTAL_GROUPS).max(32.0);
                input * (rates::SORT_ROW + compare * libm::log2(group.min(limit.unwrap_or(group)).max(2.0)))
            }
            NodeKind::Hash => {
                self.hold(node, input, width, self.settings.work_mem * self.settings.hash_mem_multiplier);
                input * rates::HASH_INSERT
            }
            NodeKind::Materialize => {
                self.hold(node, input, width, self.settings.work_mem);
                input * rates::SORT_ROW + out * rates::ROW
            }
            NodeKind::Aggregate { strategy, keys, .. } => {
                let aggregates = node.targets.iter().filter(|t| t.expr.contains_aggregate()).count() as f64;
                let keys_ns: f64 =
                    keys.iter().map(expression_ns).sum::<f64>() + keys.len() as f64 * rates::COMPARE;
                let grouping = match strategy {
                    AggregateStrategy::Hashed | AggregateStrategy::Mixed => {
                        self.hold(
                            node,
                            out,
                            node.width,
                            self.settings.work_mem * self.settings.hash_mem_multiplier,
                        );
                        rates::GROUP
                    }
                    AggregateStrategy::Sorted => rates::COMPARE,
                    AggregateStrategy::Plain => 0.0,
                };
                input * (grouping + keys_ns + aggregates * rates::AGGREGATE) + out * rates::ROW
            }
            NodeKind::Unique { keys } => input * (rates::ROW + keys.len() as f64 * rates::COMPARE),
            NodeKind::SetOperation { hashed, .. } => {
                input * if *hashed { rates::GROUP } else { rates::COMPARE_TEXT }
            }
            NodeKind::LockRows => input * rates::LOCK_ROW,
            NodeKind::FunctionScan { .. } => out * rates::FUNCTION,
            NodeKind::BitmapAnd | NodeKind::BitmapOr => input * rates::BITMAP_ENTRY,
            _ => input.max(out) * (rates::ROW + conjunction_ns(&node.filter)),
        }
    }

    fn sort_ns(&mut self, node: &PlanNode, rows: f64, width: i32, compare: f64, limit: Option<f64>) -> f64 {
        let kept = limit.unwrap_or(rows).min(rows).max(1.0);
        let top = kept * 2.0 < rows;
        self.hold(node, if top { kept } else { rows }, width, self.settings.work_mem);
        let depth = libm::log2(kept.max(2.0));
        if top {
            // Most rows lose against the heap's root at once.
            rows * (rates::ROW + compare) + kept * depth * compare * libm::log(rows / kept)
        } else {
            rows * (rates::SORT_ROW + depth * compare)
        }
    }

    /// Memory of rows that are kept; what exceeds `limit_kb` goes to temporary files, written and read once.
    pub(super) fn hold(&mut self, node: &PlanNode, rows: f64, width: i32, limit_kb: f64) {
        let bytes = rows * (f64::from(width) + TUPLE_OVERHEAD);
        let spilled = if bytes > limit_kb * 1_024.0 { bytes } else { 0.0 };
        let work = self.node(node);
        work.memory = work.memory.max(bytes - spilled);
        work.spilled = work.spilled.max(spilled);
        self.work.temp_pages += spilled / 8_192.0;
    }

    fn limit(&mut self, node: &PlanNode, count: Option<u64>, offset: u64, extent: Extent) {
        let Some(child) = node.children.first() else { return };
        let input = self.rows(child);
        let wanted = count.map_or(input, |c| (c + offset) as f64);
        let share = if input > 0.0 { (wanted / input).min(1.0) } else { 1.0 };
        self.run(child, Extent { fraction: share * extent.fraction, ..extent });
        let out = self.rows(node);
        self.cpu(node, out * extent.fraction * rates::ROW * extent.runs(node));
        self.count(node, out, extent.fraction, extent);
    }

    fn gather(&mut self, node: &PlanNode, workers: u32, extent: Extent) {
        self.work.workers = self.work.workers.max(workers);
        let processes = f64::from(workers) + 1.0;
        if let Some(child) = node.children.first() {
            self.run(child, Extent { loops: extent.loops * processes, processes, ..extent });
        }
        let out = self.rows(node);
        self.cpu(node, out * extent.fraction * rates::GATHER_ROW * extent.loops);
        let scanned: f64 = self.work.accesses.iter().map(|a| a.pages).sum();
        let worker_ns = rates::WORKER_START * extent.loops + scanned / processes * rates::PAGE_MAP;
        self.work.worker_ns = worker_ns;
        self.cpu(node, f64::from(workers) * worker_ns);
        self.count(node, out, extent.fraction, extent);
    }

    fn memoize(&mut self, node: &PlanNode, keys: &[Expr], extent: Extent) {
        let Some(child) = node.children.first() else { return };
        let distinct = keys.iter().map(|k| self.distinct(k).unwrap_or(extent.loops)).fold(1.0, f64::max);
        // Expected number of different keys among the calls, all keys alike.
        let misses =
            if distinct < 1.0 { 1.0 } else { distinct * (1.0 - libm::exp(-extent.loops / distinct)) };
        let misses = misses.clamp(1.0, extent.loops.max(1.0));
        self.run(child, Extent { loops: misses, ..extent });
        let out = self.rows(node);
        self.cpu(node, extent.loops * (rates::HASH_PROBE + out * rates::ROW));
        self.count(node, out, extent.fraction, extent);
    }

    /// Runs a bitmap's tree; answers the rows marked.
    fn bitmap(&mut self, node: &PlanNode, extent: Extent) -> f64 {
        let whole = Extent { fraction: 1.0, ..extent };
        match &node.kind {
            NodeKind::BitmapIndexScan { relation, index, conditions } => {
                self.bitmap_index_scan(node, *relation, *index, conditions, whole)
            }
            NodeKind::BitmapOr => {
                let marked: f64 = node.children.iter().map(|c| self.bitmap(c, whole)).sum();
                self.cpu(node, marked * rates::BITMAP_ENTRY * whole.loops);
                self.count(node, 0.0, 1.0, whole);
                marked
            }
            _ => {
                let parts: Vec<f64> = node.children.iter().map(|c| self.bitmap(c, whole)).collect();
                let tuples = self.bitmap_table_tuples(node).max(1.0);
                self.count(node, 0.0, 1.0, whole);
                parts.iter().fold(tuples, |left, part| left * (part / tuples).min(1.0))
            }
        }
    }

    fn bitmap_table_tuples(&self, node: &PlanNode) -> f64 {
        let mut tuples = 0.0;
        node.walk(&mut |n| {
            if let NodeKind::BitmapIndexScan { relation, .. } = &n.kind
                && let Some(table) = self.table_of(*relation)
            {
                tuples = self.table_size(table).0;
            }
        });
        tuples
    }

    /// Rows of one full run of a node, by the truth.
    pub(crate) fn rows(&mut self, node: &PlanNode) -> f64 {
        let at = usize::from(node.id);
        if let Some(rows) = self.rows.get(at).copied().flatten() {
            return rows;
        }
        let rows = self.true_rows(node);
        if let Some(place) = self.rows.get_mut(at) {
            *place = Some(rows);
        }
        rows
    }

    fn true_rows(&mut self, node: &PlanNode) -> f64 {
        let input = |meter: &mut Self| node.children.first().map_or(1.0, |c| meter.rows(c));
        match &node.kind {
            NodeKind::SeqScan { relation } => self.scan_rows(node, *relation, &[], &[]),
            NodeKind::IndexScan { relation, index, conditions, .. } => {
                let predicate = self.predicate_for(*index, *relation);
                self.scan_rows(node, *relation, conditions, &predicate)
            }
            NodeKind::BitmapHeapScan { relation, recheck } => {
                let predicate = self
                    .only_index_beneath(node)
                    .map(|index| self.predicate_for(index, *relation))
                    .unwrap_or_default();
                self.scan_rows(node, *relation, recheck, &predicate)
            }
            NodeKind::NestedLoop { join, join_filter, .. } => self.joined_rows(node, *join, join_filter, &[]),
            NodeKind::HashJoin { join, conditions, join_filter, .. }
            | NodeKind::MergeJoin { join, conditions, join_filter, .. } => {
                self.joined_rows(node, *join, join_filter, conditions)
            }
            NodeKind::Limit { count, offset } => {
                let left = (input(self) - *offset as f64).max(0.0);
                count.map_or(left, |c| left.min(c as f64))
            }
            NodeKind::Aggregate { strategy: AggregateStrategy::Plain, .. } => 1.0,
            NodeKind::Aggregate { keys, mode, .. } => {
                let rows = input(self);
                let groups = self.groups(node, keys, rows);
                if *mode == AggregateMode::Partial {
                    groups
                } else {
                    groups * self.selectivity_or_one(&node.filter)
                }
            }
            NodeKind::Unique { keys } => {
                let rows = input(self);
                self.groups(node, keys, rows)
            }
            NodeKind::WindowAgg { .. } => {
                let rows = input(self);
                self.window_rows(node, rows)
            }
            NodeKind::SubqueryScan { .. } => {
                let rows = input(self);
                let (share, rest) = window_share(node);
                rows * share * self.selectivity_or_one(&rest)
            }
            NodeKind::Append | NodeKind::MergeAppend { .. } => {
                node.children.iter().map(|c| self.rows(c)).sum()
            }
            NodeKind::ModifyTable { operation, .. } => match operation {
                Command::Select => 0.0,
                _ => input(self),
            },
            NodeKind::SetOperation { .. }
            | NodeKind::FunctionScan { .. }
            | NodeKind::ValuesScan { .. }
            | NodeKind::ProjectSet
            | NodeKind::CteScan { .. }
            | NodeKind::BitmapIndexScan { .. } => node.rows,
            NodeKind::BitmapAnd | NodeKind::BitmapOr => 0.0,
            NodeKind::Result { .. } if node.children.is_empty() => node.rows,
            _ => input(self) * self.selectivity_or_one(&node.filter),
        }
    }

    fn scan_rows(
        &mut self,
        node: &PlanNode,
        relation: RelId,
        conditions: &[Expr],
        predicate: &[Expr],
    ) -> f64 {
        let Some(table) = self.table_of(relation) else { return node.rows };
        let (tuples, _) = self.table_size(table);
        let mut all: Vec<Expr> = Vec::new();
        for clause in conditions.iter().chain(&node.filter).chain(predicate) {
            if !all.contains(clause) {
                all.push(clause.clone());
            }
        }
        tuples * self.selectivity(&all)
    }

    /// A partial index's predicate in terms of the query's relation.
    fn predicate_for(&self, index: Oid, relation: RelId) -> Vec<Expr> {
        let predicate = self.catalog.indexes.get(&index).map_or(&[][..], |i| &i.predicate);
        predicate.iter().map(|clause| at_relation(clause, relation)).collect()
    }

    pub(super) fn groups(&self, node: &PlanNode, keys: &[Expr], input: f64) -> f64 {
        let mut distinct = 1.0;
        for key in keys {
            distinct *= self.distinct(key).unwrap_or_else(|| node.rows.max(1.0));
        }
        distinct.min(input).max(input.min(1.0))
    }

    /// Different values of an expression in the truth, where it is a column.
    pub(crate) fn distinct(&self, expr: &Expr) -> Option<f64> {
        let column = expr.as_column().filter(|c| c.levels_up == 0)?;
        let table = self.table_of(column.relation)?;
        self.distinct_of_column(table, column.column)
    }

    fn distinct_of_column(&self, table: Oid, column: u16) -> Option<f64> {
        let table = self.truth.tables.get(&table)?;
        let statistics = table.column_by_number(column)?.statistics.as_ref()?;
        let tuples = table.statistics.tuples.max(1.0);
        Some(
            if statistics.distinct < 0.0 { -statistics.distinct * tuples } else { statistics.distinct }
                .max(1.0),
        )
    }

    /// Different values of an index's key.
    pub(crate) fn distinct_of_key(&self, index: &Index, position: usize) -> f64 {
        match index.keys.get(position).map(|k| &k.source) {
            Some(KeySource::Column(column)) => self.distinct_of_column(index.table, *column).unwrap_or(200.0),
            _ => index.statistics.tuples.max(1.0),
        }
    }

    /// Correlation of an index's leading column with the table's order.
    pub(crate) fn correlation(&self, index: &Index) -> f64 {
        let Some(KeySource::Column(column)) = index.keys.first().map(|k| &k.source) else { return 0.0 };
        let table = self.truth.tables.get(&index.table);
        let statistics = table.and_then(|t| t.column_by_number(*column)).and_then(|c| c.statistics.as_ref());
        let correlation = statistics.and_then(|s| s.correlation).unwrap_or(0.0);
        if index.keys.len() > 1 { correlation * 0.75 } else { correlation }
    }

    pub(crate) fn table_of(&self, relation: RelId) -> Option<Oid> {
        self.plan.relations.get(usize::from(relation)).and_then(|r| r.table)
    }

    /// A table's true rows and its pages.
    pub(crate) fn table_size(&self, table: Oid) -> (f64, f64) {
        let tuples = self.truth.tables.get(&table).map_or(0.0, |t| t.statistics.tuples.max(0.0));
        let pages = self.catalog.tables.get(&table).map_or(0.0, |t| t.size.blocks as f64);
        (tuples, pages.max(1.0))
    }

    pub(crate) fn all_visible(&self, table: Oid) -> f64 {
        let table = self.truth.tables.get(&table);
        table.map_or(0.0, |t| (t.statistics.all_visible / t.statistics.pages.max(1.0)).clamp(0.0, 1.0))
    }

    /// The share of rows that satisfy all the conditions, by the truth.
    pub(crate) fn selectivity(&self, conditions: &[Expr]) -> f64 {
        self.selectivity_or_one(conditions)
    }

    /// Equalities between two tables are judged here: `selectivity` is not told which side is which.
    pub(super) fn selectivity_or_one(&self, conditions: &[Expr]) -> f64 {
        let (mut share, mut others) = (1.0, Vec::new());
        for condition in conditions {
            match join_columns(condition) {
                Some((left, right)) => share *= self.join_share(left, right),
                None => others.push(through_casts(condition)),
            }
        }
        if others.is_empty() {
            share
        } else {
            share * selectivity(self.truth, &self.plan.relations, &others, self.plan.time)
        }
    }

    /// The share of pairs with equal values (`eqjoinsel_inner` without common values).
    fn join_share(&self, left: &ColumnRef, right: &ColumnRef) -> f64 {
        let distinct = |column: &ColumnRef| {
            let table = self.table_of(column.relation);
            table.and_then(|t| self.distinct_of_column(t, column.column)).unwrap_or(UNKNOWN_DISTINCT)
        };
        1.0 / distinct(left).max(distinct(right))
    }

    /// The same over one table that is relation 0.
    pub(crate) fn table_selectivity(&self, table: Oid, conditions: &[Expr]) -> f64 {
        let relation = PlanRelation {
            alias: String::new(),
            table: Some(table),
            name: String::new(),
            columns: Vec::new(),
        };
        selectivity(self.truth, &[relation], conditions, self.plan.time)
    }

    pub(crate) fn node(&mut self, node: &PlanNode) -> &mut NodeWork {
        let at = usize::from(node.id);
        if self.work.nodes.len() <= at {
            self.work.nodes.resize(at + 1, NodeWork::default());
            self.rows.resize(at + 1, None);
        }
        &mut self.work.nodes[at]
    }

    pub(crate) fn cpu(&mut self, node: &PlanNode, ns: f64) {
        self.node(node).cpu_ns += ns;
    }

    pub(crate) fn sure_hits(&mut self, node: &PlanNode, pages: f64) {
        self.node(node).sure_hits += pages;
    }

    pub(crate) fn access(&mut self, node: &PlanNode, relation: Oid, spread: Spread, pages: f64) {
        let Some(pool) = self.buffers.pool(relation.0).filter(|_| pages > 0.0) else { return };
        self.work.accesses.push(Access { relation, pool, spread, pages, node: node.id });
    }

    /// Rows and loops of a node: `out` rows of a full run, of which a part was asked for.
    pub(crate) fn count(&mut self, node: &PlanNode, out: f64, fraction: f64, extent: Extent) {
        let runs = extent.runs(node);
        let work = self.node(node);
        work.rows += out * fraction * runs;
        work.loops += extent.loops;
    }

    pub(crate) fn removed_by_filter(&mut self, node: &PlanNode, rows: f64) {
        self.node(node).removed_by_filter += rows.max(0.0);
    }

    /// The index of a bitmap heap scan that has only one.
    pub(crate) fn only_index_beneath(&self, node: &PlanNode) -> Option<Oid> {
        match node.children.first().map(|c| &c.kind) {
            Some(NodeKind::BitmapIndexScan { index, .. }) => Some(*index),
            _ => None,
        }
    }

    pub(crate) fn brin_beneath(&self, node: &PlanNode) -> Option<Oid> {
        let index = self.only_index_beneath(node)?;
        (self.catalog.indexes.get(&index)?.method == AccessMethod::Brin).then_some(index)
    }

    pub(crate) fn brin_conditions(&self, node: &PlanNode) -> Vec<Expr> {
        match node.children.first().map(|c| &c.kind) {
            Some(NodeKind::BitmapIndexScan { conditions, .. }) => conditions.clone(),
            _ => Vec::new(),
        }
    }

    /// The share of a table whose ranges a BRIN index cannot rule out: matching rows side by side when the column
    /// follows the table's order, nearly everything when it doesn't (`brincostestimate`).
    pub(crate) fn brin_share(&self, index: Oid, conditions: &[Expr]) -> f64 {
        let Some(index) = self.catalog.indexes.get(&index) else { return 1.0 };
        let (_, pages) = self.table_size(index.table);
        let ranges = (pages / super::scan::PAGES_PER_RANGE).max(1.0);
        let matching = self.selectivity(conditions);
        let best = (matching + 1.0 / ranges).min(1.0);
        let correlation = self.correlation(index).abs();
        (best / correlation.max(1e-6)).min(1.0)
    }
}

/// Distinct values of a column of which nothing is known (`DEFAULT_NUM_DISTINCT`).
const UNKNOWN_DISTINCT: f64 = 200.0;
/// A row's own bytes beside its columns, kept in memory (`MinimalTuple` and its pointer).
const TUPLE_OVERHEAD: f64 = 24.0;
/// Groups that an incremental sort is taken to have.
const INCREMENTAL_GROUPS: f64 = 100.0;

/// One comparison of a sort key.
fn sort_compare_ns(expr: &Expr) -> f64 {
    rates::SORT_COMPARE + super::expression::comparison_ns(expr.type_id()) * 0.5
}

fn is_blocking(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Sort { .. }
        | NodeKind::Hash
        | NodeKind::SetOperation { .. }
        | NodeKind::ModifyTable { .. } => true,
        NodeKind::Aggregate { strategy, .. } => *strategy != AggregateStrategy::Sorted,
        _ => false,
    }
}

fn uses_hashed(node: &PlanNode, number: u16) -> bool {
    let hashed = |e: &Expr| {
        e.clone().any(&mut |e| matches!(e, Expr::SubPlan { number: n, hashed: true, .. } if *n == number))
    };
    node.filter.iter().any(hashed) || node.targets.iter().any(|t| hashed(&t.expr))
}

/// An expression over relation 0 as one over `relation`.
fn at_relation(expr: &Expr, relation: RelId) -> Expr {
    match expr {
        Expr::Column(column) => Expr::Column(crate::postgres::sql::ColumnRef { relation, ..*column }),
        other => other.map_children(&mut |child| at_relation(child, relation)),
    }
}

/// The columns of an equality between two relations.
fn join_columns(condition: &Expr) -> Option<(&ColumnRef, &ColumnRef)> {
    let Expr::Operator(operator, operands) = condition else { return None };
    let [left, right] = operands.as_slice() else { return None };
    let (left, right) = (left.as_column()?, right.as_column()?);
    (operator.kind == OperatorKind::Eq && left.relation != right.relation).then_some((left, right))
}

/// Rows of a join by its kind: `pairs` that match, of `outer` and `inner` rows.
pub(crate) fn rows_of_join(kind: JoinKind, outer: f64, inner: f64, pairs: f64) -> f64 {
    let matched_outer = matched(outer, pairs);
    match kind {
        JoinKind::Inner => pairs,
        JoinKind::Left => pairs + (outer - matched_outer),
        JoinKind::Right => pairs + (inner - matched(inner, pairs)),
        JoinKind::Full => pairs + (outer - matched_outer) + (inner - matched(inner, pairs)),
        JoinKind::Semi => matched_outer,
        JoinKind::Anti => outer - matched_outer,
        JoinKind::RightSemi => matched(inner, pairs),
        JoinKind::RightAnti => inner - matched(inner, pairs),
    }
}

/// How many of `rows` have a match when `pairs` fall on them at random.
fn matched(rows: f64, pairs: f64) -> f64 {
    if rows <= 0.0 { 0.0 } else { rows * (1.0 - libm::exp(-pairs / rows)).min(1.0) }
}
