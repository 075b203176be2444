//! What a query means, as a tree.

use super::functions::Function;
use super::labels::Matcher;

/// The type of an expression's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Scalar,
    /// A text.
    Text,
    /// One sample for each of some series.
    Vector,
    /// A stretch of samples for each of some series.
    Matrix,
}

impl Kind {
    /// Prometheus' words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Scalar => "scalar",
            Kind::Text => "string",
            Kind::Vector => "instant vector",
            Kind::Matrix => "range vector",
        }
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// `name{…}`, with or without a range.
    Selector(Selector),
    /// `expr[range:step]`.
    Subquery {
        /// What is evaluated at each step.
        expr: Box<Expr>,
        /// Length in milliseconds.
        range: i64,
        /// Step in milliseconds; the engine's default when none is given.
        step: Option<i64>,
        /// Where in time.
        shift: Shift,
    },
    /// `-expr`.
    Negated(Box<Expr>),
    /// `( expr )`.
    Parens(Box<Expr>),
    /// `left op right`.
    Binary(Box<Binary>),
    /// `sum by (…) (expr)`.
    Aggregate(Box<Aggregate>),
    /// `function(arguments)`.
    Call {
        /// The function's row.
        function: &'static Function,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
}

/// A time shift: `offset` and `@`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shift {
    /// `offset`, in milliseconds into the past.
    pub offset: i64,
    /// `@`, a fixed time.
    pub at: Option<At>,
}

/// The time of an `@`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum At {
    /// Milliseconds since 1970.
    Time(i64),
    /// `@ start()`.
    Start,
    /// `@ end()`.
    End,
}

/// A selector.
#[derive(Debug, Clone, PartialEq)]
pub struct Selector {
    /// All must pass.
    pub matchers: Vec<Matcher>,
    /// Length of a range in milliseconds, for a range vector.
    pub range: Option<i64>,
    /// Where in time.
    pub shift: Shift,
    /// Which of the query's selectors it is, in order.
    pub index: usize,
}

/// A binary operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Binary {
    /// Which.
    pub op: Op,
    /// `bool`: a comparison gives 0 or 1 rather than filtering.
    pub returns_bool: bool,
    /// How series of the two sides find each other.
    pub matching: Matching,
    /// Left side.
    pub left: Expr,
    /// Right side.
    pub right: Expr,
}

/// How series of two sides find each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matching {
    /// `on (…)` rather than `ignoring (…)`.
    pub on: bool,
    /// The labels named.
    pub labels: Vec<String>,
    /// `group_left` or `group_right`.
    pub group: Group,
    /// Labels that the many side takes from the one side.
    pub include: Vec<String>,
}

/// Which side may have several series for one of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Group {
    /// Neither.
    #[default]
    One,
    /// The left one: `group_left`.
    Left,
    /// The right one: `group_right`.
    Right,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `atan2`
    Atan2,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `>=`
    GreaterEqual,
    /// `<=`
    LessEqual,
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
}

impl Op {
    /// Sign or word, operator, and how tightly it binds.
    pub(super) const TABLE: [(&'static str, Op, u8); 16] = [
        ("or", Op::Or, 1),
        ("and", Op::And, 2),
        ("unless", Op::Unless, 2),
        ("==", Op::Equal, 3),
        ("!=", Op::NotEqual, 3),
        (">", Op::Greater, 3),
        ("<", Op::Less, 3),
        (">=", Op::GreaterEqual, 3),
        ("<=", Op::LessEqual, 3),
        ("+", Op::Add, 4),
        ("-", Op::Sub, 4),
        ("*", Op::Mul, 5),
        ("/", Op::Div, 5),
        ("%", Op::Mod, 5),
        ("atan2", Op::Atan2, 5),
        ("^", Op::Pow, 6),
    ];

    /// Whether it compares.
    pub fn compares(self) -> bool {
        matches!(self, Op::Equal | Op::NotEqual | Op::Greater | Op::Less | Op::GreaterEqual | Op::LessEqual)
    }

    /// Whether it works on sets of series.
    pub fn is_set(self) -> bool {
        matches!(self, Op::And | Op::Or | Op::Unless)
    }
}

/// An aggregation.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// `sum`, `topk` and so on.
    pub op: &'static str,
    /// The parameter of those that take one.
    pub parameter: Option<Expr>,
    /// What is aggregated.
    pub expr: Expr,
    /// `without` rather than `by`.
    pub without: bool,
    /// The labels named.
    pub labels: Vec<String>,
}

/// Aggregations: name, whether it takes a parameter, what it does.
pub(crate) const AGGREGATIONS: [(&str, bool, &str); 12] = [
    ("sum", false, "sum of the values"),
    ("avg", false, "mean of the values"),
    ("min", false, "smallest value"),
    ("max", false, "largest value"),
    ("count", false, "number of series"),
    ("group", false, "1 for each group"),
    ("stddev", false, "standard deviation"),
    ("stdvar", false, "variance"),
    ("topk", true, "the k largest"),
    ("bottomk", true, "the k smallest"),
    ("quantile", true, "quantile of the values"),
    ("count_values", true, "number of series of each value"),
];

impl Expr {
    /// The type of its value.
    pub fn kind(&self) -> Kind {
        match self {
            Expr::Number(_) => Kind::Scalar,
            Expr::Text(_) => Kind::Text,
            Expr::Selector(selector) if selector.range.is_some() => Kind::Matrix,
            Expr::Selector(_) | Expr::Aggregate(_) => Kind::Vector,
            Expr::Subquery { .. } => Kind::Matrix,
            Expr::Negated(inner) | Expr::Parens(inner) => inner.kind(),
            Expr::Binary(binary) => match (binary.left.kind(), binary.right.kind()) {
                (Kind::Scalar, Kind::Scalar) => Kind::Scalar,
                _ => Kind::Vector,
            },
            Expr::Call { function, .. } => function.returns,
        }
    }

    /// The expression inside its parentheses.
    pub fn bare(&self) -> &Expr {
        match self {
            Expr::Parens(inner) => inner.bare(),
            other => other,
        }
    }
}
