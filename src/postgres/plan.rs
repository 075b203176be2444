//! Plan trees: what the planner chose, with its estimates, and with every condition kept as a bound expression so that the
//! execution model can ask again what it selects when the true statistics are in force.
//!
//! Conditions refer to columns by position in [`Plan::relations`], whatever the depth of the node, subqueries' relations
//! included. Node ids number the tree in the order EXPLAIN prints it: index per-node results by them.

use std::collections::BTreeMap;

use super::catalog::Oid;
use super::sql::{Command, Expr, Frame, JoinKind, RelId, StatementTime, SubLinkKind, Target};

/// What columns of relations without a node of their own are beneath, by relation and column.
pub type Elided = BTreeMap<(u16, u16), Expr>;

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The topmost node.
    pub root: PlanNode,
    /// Every relation that the tree's expressions refer to.
    pub relations: Vec<PlanRelation>,
    /// What EXPLAIN says in the place of columns of relations that have no node.
    pub elided: Elided,
    /// How many nodes there are; ids are below it.
    pub nodes: u16,
    /// What the statement does.
    pub command: Command,
    /// True where the plan was made for unknown parameter values.
    pub generic: bool,
    /// What `now()` was to the estimates.
    pub time: Option<StatementTime>,
}

/// A relation of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRelation {
    /// Its name in EXPLAIN: the alias, made unique with `_1`, `_2`….
    pub alias: String,
    /// The table, where it is one.
    pub table: Option<Oid>,
    /// The table's name, or what kind of relation it is.
    pub name: String,
    /// Column names by attribute number - 1.
    pub columns: Vec<String>,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanNode {
    /// Position in printing order, from 0.
    pub id: u16,
    /// Cost before the first row, in the planner's units.
    pub startup_cost: f64,
    /// Cost of all rows.
    pub total_cost: f64,
    /// Estimated rows of one run (per worker below a Gather).
    pub rows: f64,
    /// Estimated average row width in bytes.
    pub width: i32,
    /// Nodes at and below this one that an `enable_…` setting would have avoided.
    pub disabled_nodes: u32,
    /// Works on a shared part of the input.
    pub parallel_aware: bool,
    /// What it does.
    pub kind: NodeKind,
    /// Output columns.
    pub targets: Vec<Target>,
    /// Conditions checked on each row it makes (Filter), as an implicit AND.
    pub filter: Vec<Expr>,
    /// Inputs: outer then inner for joins.
    pub children: Vec<PlanNode>,
    /// InitPlans and SubPlans attached here.
    pub subplans: Vec<AttachedPlan>,
}

/// A subquery's plan, attached to a node.
#[derive(Debug, Clone, PartialEq)]
pub struct AttachedPlan {
    /// n in `InitPlan n` or `SubPlan n`.
    pub number: u16,
    /// Runs once before its value is needed; else for each row.
    pub init: bool,
    /// How its result is used.
    pub kind: SubLinkKind,
    /// `CTE name` rather than a number.
    pub common_table: Option<String>,
    /// The plan.
    pub plan: PlanNode,
}

/// The kinds of node.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// A row made from nothing, or its input passed on under a condition checked once.
    Result {
        /// Checked once.
        one_time_filter: Vec<Expr>,
    },
    /// Result for each row of a set-returning select list.
    ProjectSet,
    /// Sequential scan.
    SeqScan {
        /// What is scanned.
        relation: RelId,
    },
    /// Index scan.
    IndexScan {
        /// What is scanned.
        relation: RelId,
        /// By which index.
        index: Oid,
        /// Conditions that the index answers.
        conditions: Vec<Expr>,
        /// True for a backward scan.
        backward: bool,
        /// True for an index-only scan.
        index_only: bool,
        /// Planner's estimate of index selectivity by the boundary quals, 0–1.
        index_selectivity: f64,
    },
    /// Heap pages of a bitmap, in physical order.
    BitmapHeapScan {
        /// What is scanned.
        relation: RelId,
        /// Conditions checked again on lossy pages.
        recheck: Vec<Expr>,
    },
    /// An index's matches as a bitmap.
    BitmapIndexScan {
        /// The table.
        relation: RelId,
        /// The index.
        index: Oid,
        /// Conditions that the index answers.
        conditions: Vec<Expr>,
    },
    /// Intersection of bitmaps.
    BitmapAnd,
    /// Union of bitmaps.
    BitmapOr,
    /// A subquery in FROM.
    SubqueryScan {
        /// The relation it is outside.
        relation: RelId,
    },
    /// Rows of a function.
    FunctionScan {
        /// The relation.
        relation: RelId,
        /// The call.
        call: Expr,
    },
    /// VALUES lists.
    ValuesScan {
        /// The relation.
        relation: RelId,
    },
    /// Rows of a WITH query.
    CteScan {
        /// The relation.
        relation: RelId,
        /// The WITH query's name.
        name: String,
    },
    /// Nested loop.
    NestedLoop {
        /// Kind of join.
        join: JoinKind,
        /// At most one inner row for each outer row.
        inner_unique: bool,
        /// Join conditions.
        join_filter: Vec<Expr>,
    },
    /// Hash join; the inner side is a Hash node.
    HashJoin {
        /// Kind of join.
        join: JoinKind,
        /// At most one inner row for each outer row.
        inner_unique: bool,
        /// Equalities hashed on.
        conditions: Vec<Expr>,
        /// The other join conditions.
        join_filter: Vec<Expr>,
        /// Batches planned.
        batches: u32,
    },
    /// Merge join.
    MergeJoin {
        /// Kind of join.
        join: JoinKind,
        /// At most one inner row for each outer row.
        inner_unique: bool,
        /// Equalities merged on.
        conditions: Vec<Expr>,
        /// The other join conditions.
        join_filter: Vec<Expr>,
    },
    /// Hash table for the join above.
    Hash,
    /// Rows kept for being read again.
    Materialize,
    /// Inner rows kept by key.
    Memoize {
        /// Keys.
        keys: Vec<Expr>,
        /// `binary` rather than `logical` comparison.
        binary: bool,
        /// One row is enough for a key.
        single_row: bool,
        /// Entries expected to fit.
        estimated_entries: u32,
    },
    /// Sort.
    Sort {
        /// Keys.
        keys: Vec<PlanSortKey>,
        /// Rows wanted by a LIMIT above, where it is a top-N sort.
        limit: Option<f64>,
    },
    /// Sort within groups already in order.
    IncrementalSort {
        /// All keys.
        keys: Vec<PlanSortKey>,
        /// How many of them are in order already.
        presorted: usize,
        /// Rows wanted by a LIMIT above.
        limit: Option<f64>,
    },
    /// Aggregation.
    Aggregate {
        /// How.
        strategy: AggregateStrategy,
        /// Whole, partial or final.
        mode: AggregateMode,
        /// Grouping keys.
        keys: Vec<Expr>,
        /// Partitions planned by hashing that spills, 0 for none.
        partitions: u32,
    },
    /// Calls over a window of rows.
    WindowAgg {
        /// The window's name.
        name: String,
        /// PARTITION BY.
        partition: Vec<Expr>,
        /// ORDER BY.
        order: Vec<Expr>,
        /// Rows that a call looks at.
        frame: Frame,
        /// Conditions by which it stops early.
        run_condition: Vec<Expr>,
    },
    /// Duplicates of sorted rows dropped.
    Unique {
        /// Columns compared.
        keys: Vec<Expr>,
    },
    /// UNION, INTERSECT, EXCEPT by sorting or hashing.
    SetOperation {
        /// `Intersect`, `Except`… as EXPLAIN prints it.
        command: &'static str,
        /// Hashed.
        hashed: bool,
    },
    /// LIMIT and OFFSET.
    Limit {
        /// LIMIT's value, where it is a constant.
        count: Option<u64>,
        /// OFFSET's value.
        offset: u64,
    },
    /// Row locks.
    LockRows,
    /// INSERT, UPDATE, DELETE.
    ModifyTable {
        /// Which.
        operation: Command,
        /// The table.
        relation: RelId,
    },
    /// Inputs one after another.
    Append,
    /// Sorted inputs merged.
    MergeAppend {
        /// Keys.
        keys: Vec<PlanSortKey>,
    },
    /// Rows collected from workers.
    Gather {
        /// Workers planned.
        workers: u32,
        /// Runs in one worker only.
        single_copy: bool,
    },
    /// Sorted rows collected from workers.
    GatherMerge {
        /// Workers planned.
        workers: u32,
    },
}

/// A sort key of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSortKey {
    /// What is sorted by.
    pub expr: Expr,
    /// DESC.
    pub descending: bool,
    /// NULLS FIRST.
    pub nulls_first: bool,
}

/// How groups are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AggregateStrategy {
    Plain,
    Sorted,
    Hashed,
    Mixed,
}

/// Which half of an aggregation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AggregateMode {
    Simple,
    Partial,
    Finalize,
}

impl PlanNode {
    /// Visits this node and everything below it in the order EXPLAIN prints: InitPlans and SubPlans after the node's own
    /// lines come before and after the inputs as PostgreSQL has it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a PlanNode)) {
        visit(self);
        for plan in self.subplans.iter().filter(|p| p.init) {
            plan.plan.walk(visit);
        }
        for child in &self.children {
            child.walk(visit);
        }
        for plan in self.subplans.iter().filter(|p| !p.init) {
            plan.plan.walk(visit);
        }
    }

    /// The node's name in EXPLAIN's JSON.
    pub fn name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Result { .. } => "Result",
            NodeKind::ProjectSet => "ProjectSet",
            NodeKind::SeqScan { .. } => "Seq Scan",
            NodeKind::IndexScan { index_only: true, .. } => "Index Only Scan",
            NodeKind::IndexScan { .. } => "Index Scan",
            NodeKind::BitmapHeapScan { .. } => "Bitmap Heap Scan",
            NodeKind::BitmapIndexScan { .. } => "Bitmap Index Scan",
            NodeKind::BitmapAnd => "BitmapAnd",
            NodeKind::BitmapOr => "BitmapOr",
            NodeKind::SubqueryScan { .. } => "Subquery Scan",
            NodeKind::FunctionScan { .. } => "Function Scan",
            NodeKind::ValuesScan { .. } => "Values Scan",
            NodeKind::CteScan { .. } => "CTE Scan",
            NodeKind::NestedLoop { .. } => "Nested Loop",
            NodeKind::HashJoin { .. } => "Hash Join",
            NodeKind::MergeJoin { .. } => "Merge Join",
            NodeKind::Hash => "Hash",
            NodeKind::Materialize => "Materialize",
            NodeKind::Memoize { .. } => "Memoize",
            NodeKind::Sort { .. } => "Sort",
            NodeKind::IncrementalSort { .. } => "Incremental Sort",
            NodeKind::Aggregate { .. } => "Aggregate",
            NodeKind::WindowAgg { .. } => "WindowAgg",
            NodeKind::Unique { .. } => "Unique",
            NodeKind::SetOperation { .. } => "SetOp",
            NodeKind::Limit { .. } => "Limit",
            NodeKind::LockRows => "LockRows",
            NodeKind::ModifyTable { .. } => "ModifyTable",
            NodeKind::Append => "Append",
            NodeKind::MergeAppend { .. } => "Merge Append",
            NodeKind::Gather { .. } => "Gather",
            NodeKind::GatherMerge { .. } => "Gather Merge",
        }
    }
}
