//! Bound expressions: every name resolved, every type known, every coercion spelled out.

use std::sync::Arc;

use super::functions::{Builtin, SetBuiltin};
use super::plan::Query;
use super::types::Typed;
use super::value::Value;

/// The six comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
}

/// A two-operand operation that yields a boolean, as ANY, ALL and IN apply it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    /// A comparison; `collate` when text is to be ordered by the database's collation.
    Compare { comparison: Comparison, collate: bool },
    /// Any other operator's function.
    Call(Call),
}

/// A function with the types of its arguments and result.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) function: Builtin,
    pub(crate) types: Arc<[u32]>,
    pub(crate) result: u32,
    /// Null as soon as one argument is null.
    pub(crate) strict: bool,
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name && self.types == other.types
    }
}

/// An expression ready to be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Const(Value),
    /// A column of the row `depth` query levels out.
    Column {
        depth: usize,
        index: usize,
    },
    Call {
        call: Call,
        args: Vec<Expr>,
    },
    Compare {
        comparison: Comparison,
        collate: bool,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    IsNull {
        expr: Box<Expr>,
        negated: bool,
    },
    /// `IS TRUE`, `IS FALSE`, `IS UNKNOWN` (`value` none) and their negations.
    IsBool {
        expr: Box<Expr>,
        value: Option<bool>,
        negated: bool,
    },
    IsDistinct {
        left: Box<Expr>,
        right: Box<Expr>,
        negated: bool,
    },
    Cast {
        expr: Box<Expr>,
        from: u32,
        to: Typed,
    },
    /// Conditions and results, then ELSE.
    Case {
        branches: Vec<(Expr, Expr)>,
        otherwise: Box<Expr>,
    },
    Coalesce(Vec<Expr>),
    Extreme {
        greatest: bool,
        collate: bool,
        args: Vec<Expr>,
    },
    NullIf {
        value: Box<Expr>,
        equal: Box<Expr>,
    },
    Array {
        element: u32,
        items: Vec<Expr>,
        nested: bool,
    },
    Row {
        fields: Arc<[(Arc<str>, u32)]>,
        items: Vec<Expr>,
    },
    Field {
        expr: Box<Expr>,
        index: usize,
    },
    Subscript {
        expr: Box<Expr>,
        indices: Vec<Expr>,
    },
    Slice {
        expr: Box<Expr>,
        lower: Option<Box<Expr>>,
        upper: Option<Box<Expr>>,
    },
    /// `left op ANY (array)` or ALL.
    Quantified {
        operation: Operation,
        all: bool,
        left: Box<Expr>,
        array: Box<Expr>,
    },
    Scalar(Box<Query>),
    Exists(Box<Query>),
    ArraySubquery {
        element: u32,
        query: Box<Query>,
    },
    /// `left op ANY (SELECT …)` or ALL; one operation a column.
    QuantifiedSubquery {
        operations: Vec<Operation>,
        all: bool,
        left: Vec<Expr>,
        casts: Vec<Option<(u32, Typed)>>,
        query: Box<Query>,
    },
    /// An aggregate call; only while binding, before the rows are grouped.
    Aggregate(Box<Aggregate>),
    /// `GROUPING(…)`: positions of its arguments among the grouping keys; only while binding.
    Grouping(Vec<Expr>),
    /// A window function's call; only while binding.
    Window(Box<WindowCall>),
    /// A set-returning call in a select list; only while binding.
    Set(Box<SetCall>),
}

/// An aggregate function's call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aggregate {
    /// `pg_proc.proname`.
    pub(crate) name: &'static str,
    pub(crate) args: Vec<Expr>,
    pub(crate) types: Vec<u32>,
    pub(crate) result: u32,
    pub(crate) distinct: bool,
    pub(crate) order: Vec<OrderKey>,
    pub(crate) filter: Option<Expr>,
    /// `WITHIN GROUP`'s direct arguments.
    pub(crate) direct: Vec<Expr>,
}

/// A sort key over an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OrderKey {
    pub(crate) expr: Expr,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
    pub(crate) collate: bool,
}

/// A window function's call, its window spelled out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WindowCall {
    pub(crate) function: WindowFunction,
    pub(crate) partition: Vec<Expr>,
    pub(crate) order: Vec<OrderKey>,
    pub(crate) frame: Frame,
}

/// What is computed over a window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WindowFunction {
    /// An ordinary aggregate over the frame.
    Aggregate(Aggregate),
    /// `row_number`, `rank`, `lag` and their like.
    Named { name: &'static str, args: Vec<Expr> },
}

/// How a frame's bounds count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameUnits {
    Rows,
    Range,
    Groups,
}

/// A frame's bound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bound {
    UnboundedPreceding,
    Preceding(Expr),
    Current,
    Following(Expr),
    UnboundedFollowing,
}

/// A window frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) units: FrameUnits,
    pub(crate) start: Bound,
    pub(crate) end: Bound,
}

/// A set-returning function's call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SetCall {
    pub(crate) function: SetBuiltin,
    pub(crate) args: Vec<Expr>,
    pub(crate) types: Vec<u32>,
    /// Names and types of the columns that it returns.
    pub(crate) columns: Vec<(Arc<str>, u32)>,
    pub(crate) strict: bool,
}

impl Expr {
    /// The constant true.
    pub(crate) fn truth() -> Self {
        Self::Const(Value::Bool(true))
    }

    /// Both, flattened.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::And(mut a), Self::And(b)) => {
                a.extend(b);
                Self::And(a)
            }
            (Self::And(mut a), b) => {
                a.push(b);
                Self::And(a)
            }
            (a, b) => Self::And(vec![a, b]),
        }
    }

    /// The parts of a conjunction.
    pub(crate) fn conjuncts(self) -> Vec<Self> {
        match self {
            Self::And(parts) => parts.into_iter().flat_map(Self::conjuncts).collect(),
            other => vec![other],
        }
    }
}
