//! The planner's working state for one query level: relations, clauses, equivalence classes, paths.

use std::rc::Rc;

use super::window::ActiveWindow;
use crate::postgres::catalog::{Catalog, Index};
use crate::postgres::plan::AggregateStrategy;
use crate::postgres::selectivity::Estimator;
use crate::postgres::settings::PlannerSettings;
use crate::postgres::sql::{ColumnRef, Expr, JoinKind, Query, SortKey, SubLinkKind, Target};

/// A set of base relations, one bit each.
pub(super) type Relids = u64;
/// Bit that says "needed in the query's output".
pub(super) const OUTPUT: Relids = 1 << 63;
/// Relations that one query level can have: bits of [`Relids`] less the output's.
pub(super) const MAX_RELATIONS: usize = 60;
/// Position in [`Root::clauses`].
pub(super) type ClauseId = u32;
/// Position in [`Root::classes`].
pub(super) type ClassId = u32;
/// Position in [`Root::rels`].
pub(super) type RelIndex = usize;

/// Cost of evaluating an expression: once, and for each row.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct EvalCost {
    pub(super) startup: f64,
    pub(super) per_tuple: f64,
}

impl EvalCost {
    pub(super) fn add(&mut self, other: EvalCost) {
        self.startup += other.startup;
        self.per_tuple += other.per_tuple;
    }
}

/// A condition (`RestrictInfo`).
#[derive(Debug, Clone)]
pub(super) struct Clause {
    pub(super) expr: Rc<Expr>,
    /// Relations it mentions.
    pub(super) relids: Relids,
    /// Relations that must be joined before it can be checked.
    pub(super) required: Relids,
    /// Relations whose columns an outer join below the condition may have set to NULL.
    pub(super) nulled: Relids,
    /// Comes from WHERE or an inner join, or from below: it filters the join's output rather than steering an outer join.
    pub(super) pushed_down: bool,
    /// Relations of the left and right operand, for binary operators.
    pub(super) left: Relids,
    pub(super) right: Relids,
    /// An equality that can be merged or hashed on.
    pub(super) joinable: bool,
    /// Classes of the operands.
    pub(super) left_class: Option<ClassId>,
    pub(super) right_class: Option<ClassId>,
    /// The class that it was made from.
    pub(super) parent_class: Option<ClassId>,
    pub(super) cost: EvalCost,
    /// Mentions no relation: checked once.
    pub(super) pseudoconstant: bool,
    /// For an OR over one relation: its arms' clauses.
    pub(super) is_or: bool,
}

/// One expression of an equivalence class.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) expr: Rc<Expr>,
    pub(super) relids: Relids,
    pub(super) is_const: bool,
}

/// Expressions known to be equal.
#[derive(Debug, Clone, Default)]
pub(super) struct Class {
    pub(super) members: Vec<Member>,
    pub(super) sources: Vec<ClauseId>,
    /// Clauses made between two members: (left member, right member, clause).
    pub(super) derived: Vec<(usize, usize, ClauseId)>,
    pub(super) relids: Relids,
    pub(super) has_const: bool,
    /// Merged into another class.
    pub(super) merged: Option<ClassId>,
    /// Orders strings by bytes.
    pub(super) pattern: bool,
}

/// One key of a sort order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PathKey {
    pub(super) class: ClassId,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

/// An outer or semi join (`SpecialJoinInfo`).
#[derive(Debug, Clone)]
pub(super) struct SpecialJoin {
    pub(super) kind: JoinKind,
    pub(super) min_left: Relids,
    pub(super) min_right: Relids,
    pub(super) syntactic_left: Relids,
    pub(super) syntactic_right: Relids,
    /// Semi joins on equalities: right-hand expressions that can be made unique.
    pub(super) semi_exprs: Vec<Expr>,
    /// The join clause rejects rows whose left side is NULL.
    pub(super) left_strict: bool,
}

/// An index as a relation's planner sees it.
#[derive(Debug, Clone)]
pub(super) struct IndexInfo<'a> {
    pub(super) index: &'a Index,
    pub(super) pages: f64,
    pub(super) tuples: f64,
    pub(super) tree_height: f64,
    /// The query implies the predicate.
    pub(super) predicate_ok: bool,
    /// The relation's clauses that the predicate does not imply.
    pub(super) restrict: Vec<ClauseId>,
}

/// A base or join relation (`RelOptInfo`).
#[derive(Debug, Clone, Default)]
pub(super) struct Rel<'a> {
    pub(super) relids: Relids,
    pub(super) rows: f64,
    pub(super) width: i32,
    /// Columns handed upwards: (relation, column).
    pub(super) columns: Vec<(u16, u16)>,
    pub(super) pages: f64,
    pub(super) tuples: f64,
    pub(super) all_visible: f64,
    pub(super) indexes: Vec<IndexInfo<'a>>,
    /// Conditions on this base relation alone.
    pub(super) restrict: Vec<ClauseId>,
    pub(super) restrict_cost: EvalCost,
    /// Join conditions that mention it, classes' excepted.
    pub(super) join_clauses: Vec<ClauseId>,
    pub(super) has_class_joins: bool,
    pub(super) paths: Vec<Rc<Path<'a>>>,
    pub(super) partial_paths: Vec<Rc<Path<'a>>>,
    pub(super) cheapest_startup: Option<Rc<Path<'a>>>,
    pub(super) cheapest_total: Option<Rc<Path<'a>>>,
    pub(super) cheapest_parameterized: Vec<Rc<Path<'a>>>,
    pub(super) cheapest_unique: Option<Option<Rc<Path<'a>>>>,
    pub(super) parameterizations: Vec<Rc<Parameterization>>,
    pub(super) consider_startup: bool,
    pub(super) consider_param_startup: bool,
    pub(super) consider_parallel: bool,
    /// Planned subquery, for subquery relations.
    pub(super) subquery: Option<Rc<Planned<'a>>>,
    /// Known empty.
    pub(super) dummy: bool,
    /// A part of a UNION ALL that needs no node of its own, as it could be a table as well.
    pub(super) plain_member: bool,
    /// Columns of other relations of this level that its LATERAL subquery or function uses.
    pub(super) lateral_columns: Vec<ColumnRef>,
    /// Relations that must be joined before it as the outer side: those columns' own.
    pub(super) lateral: Relids,
}

/// What a parameterised path assumes of the relations around it (`ParamPathInfo`).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameterization {
    pub(super) outer: Relids,
    pub(super) rows: f64,
    pub(super) clauses: Vec<ClauseId>,
}

/// A clause that an index column answers (`IndexClause`).
#[derive(Debug, Clone)]
pub(super) struct IndexClause {
    /// The condition.
    pub(super) clause: ClauseId,
    /// As the index is asked: one or two comparisons with the key on the left.
    pub(super) quals: Rc<Vec<Expr>>,
    /// The index may return more than the condition allows.
    pub(super) lossy: bool,
    /// Key column.
    pub(super) column: usize,
}

/// A planned query level.
#[derive(Debug)]
pub(super) struct Planned<'a> {
    pub(super) root: Root<'a>,
    /// What it does on its own.
    pub(super) path: Rc<Path<'a>>,
    /// Every path that is best at something, the chosen one among them.
    pub(super) paths: Vec<Rc<Path<'a>>>,
    /// What workers could do of it.
    pub(super) partial: Vec<Rc<Path<'a>>>,
}

/// A way to compute a relation.
#[derive(Debug, Clone)]
pub(super) struct Path<'a> {
    pub(super) kind: PathKind<'a>,
    pub(super) relids: Relids,
    pub(super) rows: f64,
    pub(super) startup: f64,
    pub(super) total: f64,
    pub(super) disabled: u32,
    pub(super) pathkeys: Vec<PathKey>,
    pub(super) param: Option<Rc<Parameterization>>,
    pub(super) parallel_aware: bool,
    pub(super) parallel_safe: bool,
    pub(super) workers: u32,
    pub(super) width: i32,
    /// Output list, where it isn't simply the relation's columns.
    pub(super) targets: Option<Rc<PathTarget>>,
}

/// An output list with its cost and width (`PathTarget`).
#[derive(Debug, Clone, Default)]
pub(super) struct PathTarget {
    pub(super) targets: Vec<Target>,
    pub(super) cost: EvalCost,
    pub(super) width: i32,
}

/// The common parts of join paths.
#[derive(Debug, Clone)]
pub(super) struct JoinPath<'a> {
    pub(super) kind: JoinKind,
    pub(super) outer: Rc<Path<'a>>,
    pub(super) inner: Rc<Path<'a>>,
    pub(super) clauses: Vec<ClauseId>,
    pub(super) inner_unique: bool,
}

/// Kinds of path.
#[derive(Debug, Clone)]
pub(super) enum PathKind<'a> {
    Seq,
    Index {
        index: usize,
        clauses: Rc<Vec<IndexClause>>,
        backward: bool,
        only: bool,
        selectivity: f64,
        index_total: f64,
    },
    BitmapHeap {
        source: Rc<Path<'a>>,
    },
    BitmapAnd {
        sources: Vec<Rc<Path<'a>>>,
        selectivity: f64,
    },
    BitmapOr {
        sources: Vec<Rc<Path<'a>>>,
        selectivity: f64,
    },
    Subquery {
        planned: Rc<Planned<'a>>,
        path: Rc<Path<'a>>,
    },
    Values,
    Function,
    CommonTable {
        name: String,
    },
    Result {
        filter: Vec<Expr>,
    },
    Nested(JoinPath<'a>),
    Hash {
        join: JoinPath<'a>,
        hash_clauses: Vec<ClauseId>,
        batches: f64,
        parallel_hash: bool,
    },
    Merge {
        join: JoinPath<'a>,
        merge_clauses: Vec<ClauseId>,
        outer_sort: Vec<PathKey>,
        inner_sort: Vec<PathKey>,
        outer_presorted: usize,
        materialize: bool,
    },
    Material {
        source: Rc<Path<'a>>,
    },
    Memoize {
        source: Rc<Path<'a>>,
        keys: Vec<Expr>,
        single_row: bool,
        calls: f64,
        entries: f64,
        binary: bool,
    },
    Sort {
        source: Rc<Path<'a>>,
        limit: f64,
    },
    IncrementalSort {
        source: Rc<Path<'a>>,
        presorted: usize,
        limit: f64,
    },
    Aggregate {
        source: Rc<Path<'a>>,
        strategy: AggregateStrategy,
        mode: crate::postgres::plan::AggregateMode,
        keys: Vec<Expr>,
        filter: Vec<Expr>,
        partitions: u32,
    },
    Unique {
        source: Rc<Path<'a>>,
        keys: Vec<Expr>,
    },
    Limit {
        source: Rc<Path<'a>>,
        count: Option<u64>,
        offset: u64,
    },
    LockRows {
        source: Rc<Path<'a>>,
    },
    Modify {
        source: Rc<Path<'a>>,
    },
    Append {
        sources: Vec<Rc<Path<'a>>>,
    },
    MergeAppend {
        sources: Vec<Rc<Path<'a>>>,
    },
    Window {
        source: Rc<Path<'a>>,
        /// Position in [`Root::windows`].
        window: usize,
        /// What lower windows' run conditions left to be checked.
        filter: Vec<Expr>,
    },
    SetOperation {
        sources: Vec<Rc<Path<'a>>>,
        command: &'static str,
        hashed: bool,
    },
    Project {
        source: Rc<Path<'a>>,
    },
    Gather {
        source: Rc<Path<'a>>,
        single: bool,
    },
    GatherMerge {
        source: Rc<Path<'a>>,
    },
}

/// A subquery of an expression that was planned: InitPlan or SubPlan.
#[derive(Debug, Clone)]
pub(super) struct Subplan<'a> {
    pub(super) number: u16,
    pub(super) init: bool,
    pub(super) kind: SubLinkKind,
    pub(super) planned: Rc<Planned<'a>>,
    /// For WITH queries: the name.
    pub(super) common_table: Option<String>,
    /// Cost charged where an InitPlan is attached.
    pub(super) cost: f64,
}

/// The state of one query level (`PlannerInfo`).
#[derive(Debug)]
pub(super) struct Root<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) settings: &'a PlannerSettings,
    pub(super) query: Query,
    pub(super) estimator: Estimator<'a>,
    /// Base relations by range table position, then join relations.
    pub(super) rels: Vec<Rel<'a>>,
    pub(super) clauses: Vec<Clause>,
    pub(super) classes: Vec<Class>,
    pub(super) special_joins: Vec<SpecialJoin>,
    /// Equalities of the two sides of left joins that wait to be reconsidered: (clause, the left side is the first operand).
    pub(super) left_join_clauses: Vec<(ClauseId, bool)>,
    /// Where each column is needed: ((relation, column), relations).
    pub(super) needed: Vec<((u16, u16), Relids)>,
    /// Columns that scans fetch though nothing above needs them: removed joins would have.
    pub(super) fetched: Vec<(u16, u16)>,
    /// All base relations of FROM.
    pub(super) all: Relids,
    pub(super) query_pathkeys: Vec<PathKey>,
    pub(super) group_pathkeys: Vec<PathKey>,
    pub(super) distinct_pathkeys: Vec<PathKey>,
    /// Targets grouped by, and distinct ones, without those that are fixed or come twice.
    pub(super) group_targets: Vec<usize>,
    pub(super) distinct_targets: Vec<usize>,
    pub(super) sort_pathkeys: Vec<PathKey>,
    /// An order that the query around this one would like.
    pub(super) wanted_order: Vec<SortKey>,
    pub(super) wanted_pathkeys: Vec<PathKey>,
    /// Windows that calls refer to, in the order in which they are computed.
    pub(super) windows: Vec<ActiveWindow>,
    /// Names of the WITH queries that relations stand for.
    pub(super) common_names: Vec<(RelIndex, String)>,
    /// Share or number of rows wanted of this level's scans, LIMIT considered.
    pub(super) tuple_fraction: f64,
    /// The same as the caller said it.
    pub(super) caller_fraction: f64,
    pub(super) limit_tuples: f64,
    pub(super) total_pages: f64,
    pub(super) subplans: Vec<Subplan<'a>>,
    /// InitPlans of the MIN/MAX alternative: attached only where that is chosen.
    pub(super) min_max_subplans: Vec<Subplan<'a>>,
    pub(super) parallel_ok: bool,
    /// Offset of this level's relations in the plan's list.
    pub(super) offset: usize,
    /// Offsets of the enclosing levels, innermost last.
    pub(super) outer_offsets: Vec<usize>,
}

impl<'a> Root<'a> {
    /// The clause of an id.
    pub(super) fn clause(&self, id: ClauseId) -> &Clause {
        &self.clauses[id as usize]
    }

    /// The class that a merged class ended in.
    pub(super) fn class_of(&self, mut id: ClassId) -> ClassId {
        while let Some(next) = self.classes[id as usize].merged {
            id = next;
        }
        id
    }

    /// The single base relation of a set.
    pub(super) fn single(set: Relids) -> Option<usize> {
        (set.count_ones() == 1).then(|| set.trailing_zeros() as usize)
    }
}

/// The members of a set, lowest first.
pub(super) fn members(mut set: Relids) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if set == 0 {
            return None;
        }
        let next = set.trailing_zeros() as usize;
        set &= set - 1;
        Some(next)
    })
}

/// True where `inner` lies within `outer`.
pub(super) fn subset(inner: Relids, outer: Relids) -> bool {
    inner & !outer == 0
}

impl Path<'_> {
    /// Relations that must supply values.
    pub(super) fn outer(&self) -> Relids {
        self.param.as_ref().map_or(0, |p| p.outer)
    }
}
