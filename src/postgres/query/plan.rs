//! What the bind pass makes of a query: a tree to be executed bottom up, one [`Select`] a query level.

use std::sync::Arc;

use super::expr::{Aggregate, Expr, SetCall, WindowCall};
use super::types::Typed;

/// An output column.
#[derive(Clone, Debug)]
pub(crate) struct OutColumn {
    pub(crate) name: Arc<str>,
    pub(crate) ty: Typed,
    /// A quoted literal or null without a type of its own: a set operation may still give it another than text.
    pub(crate) literal: bool,
}

impl OutColumn {
    /// A column whose type is settled.
    pub(crate) fn new(name: Arc<str>, ty: Typed) -> Self {
        Self { name, ty, literal: false }
    }

    /// What a set operation takes its type for.
    pub(crate) fn offered_type(&self) -> u32 {
        if self.literal { super::types::UNKNOWN } else { self.ty.oid }
    }
}

/// A query expression with its WITH list, order and limit.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// Unique in the statement: what an uncorrelated subquery's rows are remembered by.
    pub(crate) id: usize,
    pub(crate) ctes: Vec<Cte>,
    pub(crate) body: Body,
    pub(crate) sort: Vec<SortKey>,
    pub(crate) limit: Option<Expr>,
    pub(crate) offset: Option<Expr>,
    pub(crate) with_ties: bool,
    /// What is shown; rows may carry hidden sort columns behind these until the query ends.
    pub(crate) columns: Vec<OutColumn>,
    /// Does it read a row or a working table of an outer query?
    pub(crate) correlated: bool,
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// A query's main part.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Select(Box<Select>),
    Values(Vec<Vec<Expr>>),
    Nested(Box<Query>),
    Set { operation: SetOperation, all: bool, left: Box<Branch>, right: Box<Branch> },
}

/// One side of a set operation, with the casts to the common types.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) query: Query,
    pub(crate) casts: Vec<Option<(u32, Typed)>>,
}

/// UNION, INTERSECT, EXCEPT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetOperation {
    Union,
    Intersect,
    Except,
}

/// A WITH query.
#[derive(Clone, Debug)]
pub(crate) struct Cte {
    pub(crate) name: String,
    pub(crate) kind: CteKind,
}

/// How a WITH query is computed.
#[derive(Clone, Debug)]
pub(crate) enum CteKind {
    Plain(Box<Query>),
    Recursive { base: Box<Branch>, step: Box<Branch>, distinct: bool },
}

/// One SELECT.
#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) source: Source,
    pub(crate) filter: Option<Expr>,
    pub(crate) group: Option<Group>,
    pub(crate) having: Option<Expr>,
    /// Computed over the (grouped) rows; results are columns behind them.
    pub(crate) windows: Vec<WindowCall>,
    /// Set-returning calls of the select list; results are columns behind those.
    pub(crate) sets: Vec<SetCall>,
    pub(crate) targets: Vec<Expr>,
    pub(crate) distinct: Distinct,
}

/// DISTINCT.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Distinct {
    All,
    Rows,
    /// Positions of the ON expressions among the targets.
    On(Vec<usize>),
}

/// GROUP BY and the aggregates: output rows are keys, aggregates, and a mask of the keys that the set leaves out.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) keys: Vec<Expr>,
    pub(crate) sets: Vec<Vec<usize>>,
    pub(crate) aggregates: Vec<Aggregate>,
}

/// ORDER BY one of the targets.
#[derive(Clone, Debug)]
pub(crate) struct SortKey {
    pub(crate) column: usize,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
    pub(crate) collate: bool,
}

/// Where rows come from. `offset` is where a source's columns begin in the level's whole row.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// One row without columns.
    Nothing,
    /// A system relation, by its place in [`super::system::RELATIONS`].
    Relation {
        relation: usize,
        offset: usize,
        width: usize,
        filter: Option<Expr>,
    },
    Functions {
        calls: Vec<SetCall>,
        ordinality: bool,
        offset: usize,
        width: usize,
        filter: Option<Expr>,
    },
    Subquery {
        query: Box<Query>,
        offset: usize,
        width: usize,
        filter: Option<Expr>,
    },
    /// A WITH query, `level` WITH lists out.
    Cte {
        level: usize,
        index: usize,
        offset: usize,
        width: usize,
        filter: Option<Expr>,
    },
    Join(Box<Join>),
}

/// A join of two sources.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub(crate) kind: JoinKind,
    pub(crate) left: Source,
    pub(crate) right: Source,
    /// The right side reads the left's columns: it is computed anew for each left row.
    pub(crate) lateral: bool,
    /// Equalities of a left expression with a right one: hashed.
    pub(crate) keys: Vec<(Expr, Expr)>,
    pub(crate) condition: Option<Expr>,
    pub(crate) offset: usize,
    pub(crate) middle: usize,
    pub(crate) end: usize,
}

/// Join types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
}

impl Source {
    /// The range of the level's row that it fills.
    pub(crate) fn range(&self) -> (usize, usize) {
        match self {
            Self::Nothing => (0, 0),
            Self::Relation { offset, width, .. }
            | Self::Functions { offset, width, .. }
            | Self::Subquery { offset, width, .. }
            | Self::Cte { offset, width, .. } => (*offset, offset + width),
            Self::Join(join) => (join.offset, join.end),
        }
    }
}
