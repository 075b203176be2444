//! Bound queries: what PostgreSQL calls a `Query` after parse analysis.

use super::expr::Expr;
use crate::postgres::catalog::Oid;
use crate::postgres::types::TypeId;

/// Position in a query's list of relations.
pub type RelId = u16;

/// A bound statement on tables.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// SELECT, INSERT, UPDATE or DELETE.
    pub command: Command,
    /// The relation that is changed, for the others than SELECT.
    pub target_relation: Option<RelId>,
    /// The select list (for INSERT and UPDATE: one per assigned column, named after it), then junk entries.
    pub targets: Vec<Target>,
    /// The range table.
    pub relations: Vec<Relation>,
    /// FROM: relations and joins, an implicit cross join among them.
    pub from: Vec<FromItem>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// GROUP BY.
    pub group_by: GroupClause,
    /// HAVING.
    pub having: Option<Expr>,
    /// Windows that calls with OVER refer to: those of WINDOW first, then those written in place.
    pub windows: Vec<Window>,
    /// DISTINCT.
    pub distinct: Distinct,
    /// ORDER BY.
    pub order_by: Vec<SortKey>,
    /// LIMIT.
    pub limit: Option<Expr>,
    /// OFFSET.
    pub offset: Option<Expr>,
    /// FOR UPDATE and family.
    pub locks: Vec<RowLock>,
    /// UNION, INTERSECT, EXCEPT: then `from` is empty and the operands are subquery relations.
    pub set_operation: Option<Box<SetOperation>>,
    /// WITH.
    pub common_tables: Vec<CommonTable>,
    /// RETURNING.
    pub returning: Vec<Target>,
    /// ON CONFLICT: `Some(true)` for DO UPDATE, `Some(false)` for DO NOTHING.
    pub on_conflict: Option<bool>,
    /// True when an aggregate is called or HAVING is there.
    pub has_aggregates: bool,
    /// Types of `$1…`, as inferred.
    pub parameter_types: Vec<TypeId>,
}

/// The kinds of statement that get a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum Command {
    #[default]
    Select,
    Insert,
    Update,
    Delete,
}

/// An output column.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// What it computes.
    pub expr: Expr,
    /// Its name.
    pub name: String,
    /// Needed for sorting or grouping only.
    pub junk: bool,
}

/// An entry of the range table.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// What it is.
    pub kind: RelationKind,
    /// The name by which the query knows it: the alias, or the table's own.
    pub alias: String,
    /// Column aliases and, for other than tables, the column names.
    pub columns: Vec<(String, TypeId)>,
    /// LATERAL, or a function that uses columns left of it.
    pub lateral: bool,
}

/// What a range table entry stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum RelationKind {
    /// A table.
    Table(Oid),
    /// A subquery in FROM.
    Subquery(Box<Query>),
    /// VALUES lists.
    Values(Vec<Vec<Expr>>),
    /// A function in FROM.
    Function(Expr),
    /// Subqueries one after another, which are relations of the same query outside FROM: what the planner makes of a UNION ALL.
    Append(Vec<RelId>),
    /// A WITH query, by its position in the list of the query `levels_up` further out.
    CommonTable {
        /// Position.
        index: usize,
        /// How far out.
        levels_up: u8,
    },
}

/// A part of FROM.
#[derive(Debug, Clone, PartialEq)]
pub enum FromItem {
    /// A relation.
    Relation(RelId),
    /// Several parts with a condition over them: what the planner makes of a subquery that it pulls up.
    List {
        /// The parts.
        items: Vec<FromItem>,
        /// Their condition.
        filter: Option<Expr>,
    },
    /// A join.
    Join {
        /// Kind.
        kind: JoinKind,
        /// Left side.
        left: Box<FromItem>,
        /// Right side.
        right: Box<FromItem>,
        /// ON; `None` for CROSS JOIN.
        on: Option<Expr>,
    },
}

/// Kinds of join, those included that only the planner makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
    RightSemi,
    RightAnti,
}

impl JoinKind {
    /// The word that EXPLAIN uses.
    pub fn name(self) -> &'static str {
        match self {
            JoinKind::Inner => "Inner",
            JoinKind::Left => "Left",
            JoinKind::Right => "Right",
            JoinKind::Full => "Full",
            JoinKind::Semi => "Semi",
            JoinKind::Anti => "Anti",
            JoinKind::RightSemi => "Right Semi",
            JoinKind::RightAnti => "Right Anti",
        }
    }
}

/// GROUP BY: positions in the target list. Grouping sets are listed one by one; a plain GROUP BY is one set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupClause {
    /// Targets grouped by.
    pub targets: Vec<usize>,
}

/// DISTINCT.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Distinct {
    /// None.
    #[default]
    All,
    /// DISTINCT over the whole select list.
    Rows,
    /// DISTINCT ON these targets.
    On(Vec<usize>),
}

/// A window.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The name that WINDOW gives it.
    pub name: Option<String>,
    /// PARTITION BY.
    pub partition: Vec<SortKey>,
    /// ORDER BY.
    pub order: Vec<SortKey>,
    /// Rows that a call looks at.
    pub frame: Frame,
    /// Conditions of the query around this one by which the window can stop, which the planner finds.
    pub run_conditions: Vec<Expr>,
}

/// A window's frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// ROWS, RANGE or GROUPS.
    pub mode: FrameMode,
    /// Written as `BETWEEN start AND end`.
    pub between: bool,
    /// First row.
    pub start: FrameBound,
    /// Last row.
    pub end: FrameBound,
    /// Written, or made by the planner: EXPLAIN says nothing of the default.
    pub explicit: bool,
}

/// What a frame's bounds count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FrameMode {
    Range,
    Rows,
    Groups,
}

/// One end of a frame.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}

impl Default for Frame {
    /// From the partition's start to the current row's last peer.
    fn default() -> Frame {
        Frame {
            mode: FrameMode::Range,
            between: false,
            start: FrameBound::UnboundedPreceding,
            end: FrameBound::CurrentRow,
            explicit: false,
        }
    }
}

/// One ORDER BY key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// Position in the target list.
    pub target: usize,
    /// DESC.
    pub descending: bool,
    /// NULLS FIRST.
    pub nulls_first: bool,
}

/// FOR UPDATE and family on one relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLock {
    /// The relation.
    pub relation: RelId,
    /// Strength.
    pub strength: LockStrength,
    /// What to do about locked rows.
    pub wait: LockWait,
}

/// Row lock strengths, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum LockStrength {
    KeyShare,
    Share,
    NoKeyUpdate,
    Update,
}

/// What to do about rows that another transaction has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum LockWait {
    #[default]
    Wait,
    NoWait,
    SkipLocked,
}

/// UNION and family over two relations of the query.
#[derive(Debug, Clone, PartialEq)]
pub struct SetOperation {
    /// UNION, INTERSECT or EXCEPT.
    pub name: &'static str,
    /// ALL.
    pub all: bool,
    /// The operands: subquery relations, all of the same operator (nested unions are flattened).
    pub operands: Vec<RelId>,
}

/// One WITH query.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonTable {
    /// Name.
    pub name: String,
    /// The query.
    pub query: Query,
    /// `Some(true)` for MATERIALIZED, `Some(false)` for NOT MATERIALIZED.
    pub materialized: Option<bool>,
    /// References from outside it.
    pub references: u32,
}
