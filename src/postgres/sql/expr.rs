//! Bound expressions: every column, operator and function is resolved and every node knows its type.

use super::functions::{AggregateInfo, FunctionInfo};
use super::operators::Operator;
use super::query::{Query, RelId, SortKey, Target};
use crate::postgres::datum::{Collation, Datum, Value};
use crate::postgres::types::TypeId;

/// A reference to a column of a relation of the query (or of one that encloses it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnRef {
    /// Position in the query's `relations`.
    pub relation: RelId,
    /// Attribute number from 1; 0 is the whole row.
    pub column: u16,
    /// The column's type.
    pub type_id: TypeId,
    /// How many queries further out the relation is; 0 for this query's own.
    pub levels_up: u8,
}

/// A bound expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A column.
    Column(ColumnRef),
    /// A constant.
    Const(Value),
    /// `$n`, from 1.
    Parameter {
        /// n
        number: u16,
        /// Its type, as inferred.
        type_id: TypeId,
    },
    /// An operator with one (prefix) or two operands.
    Operator(Operator, Vec<Expr>),
    /// A function call.
    Function(&'static FunctionInfo, Vec<Expr>),
    /// AND over two or more.
    And(Vec<Expr>),
    /// OR over two or more.
    Or(Vec<Expr>),
    /// NOT.
    Not(Box<Expr>),
    /// `IS [NOT] NULL`.
    IsNull {
        /// The operand.
        operand: Box<Expr>,
        /// IS NOT NULL.
        negated: bool,
    },
    /// `IS [NOT] TRUE | FALSE | UNKNOWN`.
    BoolTest(Box<Expr>, BoolTestKind),
    /// `left op ANY|ALL (array)`; `IN` lists are this.
    ArrayCompare {
        /// The operator between the left operand and an element.
        operator: Operator,
        /// Left operand.
        left: Box<Expr>,
        /// The array.
        array: Box<Expr>,
        /// ALL rather than ANY.
        all: bool,
    },
    /// `ARRAY[…]`
    Array(Vec<Expr>, TypeId),
    /// `(a, b) < (c, d)`: compared column by column with the same kind of operator.
    RowCompare {
        /// One operator per column.
        operators: Vec<Operator>,
        /// Left row.
        left: Vec<Expr>,
        /// Right row.
        right: Vec<Expr>,
    },
    /// `ROW(…)`
    Row(Vec<Expr>),
    /// A conversion that costs a function call.
    Cast {
        /// What is converted.
        operand: Box<Expr>,
        /// Into what.
        type_id: TypeId,
        /// Type modifier, -1 for none.
        type_modifier: i32,
        /// Written by the user (and so printed); an implicit one is not.
        explicit: bool,
    },
    /// A conversion between types with the same representation (`varchar` to `text`): free.
    Relabel {
        /// What is relabelled.
        operand: Box<Expr>,
        /// As what.
        type_id: TypeId,
        /// Written by the user.
        explicit: bool,
    },
    /// COLLATE.
    Collate(Box<Expr>, Collation),
    /// CASE.
    Case {
        /// `CASE operand WHEN …`.
        operand: Option<Box<Expr>>,
        /// WHEN, THEN.
        branches: Vec<(Expr, Expr)>,
        /// ELSE.
        otherwise: Option<Box<Expr>>,
        /// Result type.
        type_id: TypeId,
    },
    /// COALESCE, GREATEST, LEAST, NULLIF by name.
    Variadic(&'static str, Vec<Expr>, TypeId),
    /// An aggregate call.
    Aggregate(Box<Aggregate>),
    /// A call with OVER.
    Window(Box<WindowCall>),
    /// A subquery in an expression, before planning.
    SubLink(Box<SubLink>),
    /// A subquery that was planned to run once (`InitPlan n`): its first column's value.
    InitPlanOutput {
        /// n in `InitPlan n`.
        number: u16,
        /// Type.
        type_id: TypeId,
    },
    /// A subquery that runs for each row (`SubPlan n`).
    SubPlan {
        /// n in `SubPlan n`.
        number: u16,
        /// How it is used.
        kind: SubLinkKind,
        /// `x = ANY (…)`'s left side and outer values handed in.
        arguments: Vec<Expr>,
        /// Run once into a hash table.
        hashed: bool,
        /// Result type.
        type_id: TypeId,
        /// Cost charged for each evaluation, and once at start.
        cost: (f64, f64),
    },
}

/// The forms of `IS TRUE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BoolTestKind {
    IsTrue,
    IsNotTrue,
    IsFalse,
    IsNotFalse,
    IsUnknown,
    IsNotUnknown,
}

/// An aggregate call.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub info: &'static AggregateInfo,
    /// Arguments; empty for `count(*)`.
    pub arguments: Vec<Expr>,
    /// DISTINCT.
    pub distinct: bool,
    /// ORDER BY within the call.
    pub order_by: Vec<(Expr, bool, bool)>,
    /// FILTER (WHERE …).
    pub filter: Option<Expr>,
    /// Result type.
    pub type_id: TypeId,
}

/// A call with OVER.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowCall {
    /// The window function's or aggregate's name.
    pub name: &'static str,
    /// Arguments; empty for `count(*)` too.
    pub arguments: Vec<Expr>,
    /// FILTER (WHERE …).
    pub filter: Option<Expr>,
    /// Position in the query's windows.
    pub window: usize,
    /// The window's name, once planned.
    pub over: String,
    /// Result type.
    pub type_id: TypeId,
}

/// How a subquery is used in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubLinkKind {
    /// EXISTS (…)
    Exists,
    /// (…) as a value
    Scalar,
    /// x = ANY (…), x IN (…)
    Any,
    /// x op ALL (…)
    All,
    /// ARRAY(…)
    Array,
}

/// A subquery in an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct SubLink {
    /// How it is used.
    pub kind: SubLinkKind,
    /// For ANY and ALL: operator and left operand.
    pub test: Option<(Operator, Expr)>,
    /// The subquery.
    pub query: Query,
}

impl Expr {
    /// A constant of a type.
    pub fn constant(datum: Datum, type_id: TypeId) -> Expr {
        Expr::Const(Value { datum, type_id })
    }

    /// A constant truth value.
    pub fn boolean(value: bool) -> Expr {
        Expr::constant(Datum::Bool(value), TypeId::BOOL)
    }

    /// The type of the expression's value.
    pub fn type_id(&self) -> TypeId {
        match self {
            Expr::Column(c) => c.type_id,
            Expr::Const(v) => v.type_id,
            Expr::Operator(op, _) => op.result,
            Expr::Function(f, args) => f.result_type(args),
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::IsNull { .. } | Expr::BoolTest(..) => {
                TypeId::BOOL
            }
            Expr::ArrayCompare { .. } | Expr::RowCompare { .. } => TypeId::BOOL,
            Expr::Row(_) => TypeId::RECORD,
            Expr::Collate(inner, _) => inner.type_id(),
            Expr::Aggregate(a) => a.type_id,
            Expr::Window(w) => w.type_id,
            Expr::SubLink(s) => s.type_id(),
            Expr::Parameter { type_id, .. }
            | Expr::Array(_, type_id)
            | Expr::Cast { type_id, .. }
            | Expr::Relabel { type_id, .. }
            | Expr::Case { type_id, .. }
            | Expr::Variadic(_, _, type_id)
            | Expr::InitPlanOutput { type_id, .. }
            | Expr::SubPlan { type_id, .. } => *type_id,
        }
    }

    /// The expression without relabelling and COLLATE around it.
    pub fn stripped(&self) -> &Expr {
        match self {
            Expr::Relabel { operand, .. } | Expr::Collate(operand, _) => operand.stripped(),
            other => other,
        }
    }

    /// The column, where the expression is one (relabelled or not).
    pub fn as_column(&self) -> Option<&ColumnRef> {
        match self.stripped() {
            Expr::Column(c) => Some(c),
            _ => None,
        }
    }

    /// The constant, where the expression is one.
    pub fn as_const(&self) -> Option<&Value> {
        match self.stripped() {
            Expr::Const(v) => Some(v),
            _ => None,
        }
    }

    /// Calls `visit` on the direct operands. Subqueries' insides are not visited.
    pub fn for_each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match self {
            Expr::Column(_) | Expr::Const(_) | Expr::Parameter { .. } | Expr::InitPlanOutput { .. } => {}
            Expr::Operator(_, args) | Expr::Function(_, args) | Expr::And(args) | Expr::Or(args) => {
                args.iter().for_each(visit);
            }
            Expr::Array(args, _) | Expr::Row(args) | Expr::Variadic(_, args, _) => {
                args.iter().for_each(visit)
            }
            Expr::SubPlan { arguments, .. } => arguments.iter().for_each(visit),
            Expr::Not(e) | Expr::BoolTest(e, _) | Expr::Collate(e, _) => visit(e),
            Expr::IsNull { operand, .. } | Expr::Cast { operand, .. } | Expr::Relabel { operand, .. } => {
                visit(operand)
            }
            Expr::ArrayCompare { left, array, .. } => {
                visit(left);
                visit(array);
            }
            Expr::RowCompare { left, right, .. } => left.iter().chain(right).for_each(visit),
            Expr::Case { operand, branches, otherwise, .. } => {
                operand.iter().for_each(|e| visit(e));
                for (when, then) in branches {
                    visit(when);
                    visit(then);
                }
                otherwise.iter().for_each(|e| visit(e));
            }
            Expr::Aggregate(a) => {
                a.arguments.iter().chain(&a.filter).for_each(&mut *visit);
                a.order_by.iter().for_each(|(e, _, _)| visit(e));
            }
            Expr::Window(w) => w.arguments.iter().chain(&w.filter).for_each(visit),
            Expr::SubLink(s) => s.test.iter().for_each(|(_, e)| visit(e)),
        }
    }

    /// The same expression with each direct operand replaced by what `map` makes of it.
    #[must_use]
    pub fn map_children(&self, map: &mut dyn FnMut(&Expr) -> Expr) -> Expr {
        let mut out = self.clone();
        out.for_each_child_mut(&mut |child| *child = map(child));
        out
    }

    /// Calls `visit` on the direct operands, to change them.
    pub fn for_each_child_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        match self {
            Expr::Column(_) | Expr::Const(_) | Expr::Parameter { .. } | Expr::InitPlanOutput { .. } => {}
            Expr::Operator(_, args) | Expr::Function(_, args) | Expr::And(args) | Expr::Or(args) => {
                args.iter_mut().for_each(visit);
            }
            Expr::Array(args, _) | Expr::Row(args) | Expr::Variadic(_, args, _) => {
                args.iter_mut().for_each(visit)
            }
            Expr::SubPlan { arguments, .. } => arguments.iter_mut().for_each(visit),
            Expr::Not(e) | Expr::BoolTest(e, _) | Expr::Collate(e, _) => visit(e),
            Expr::IsNull { operand, .. } | Expr::Cast { operand, .. } | Expr::Relabel { operand, .. } => {
                visit(operand)
            }
            Expr::ArrayCompare { left, array, .. } => {
                visit(left);
                visit(array);
            }
            Expr::RowCompare { left, right, .. } => left.iter_mut().chain(right).for_each(visit),
            Expr::Case { operand, branches, otherwise, .. } => {
                operand.iter_mut().for_each(|e| visit(e));
                for (when, then) in branches {
                    visit(when);
                    visit(then);
                }
                otherwise.iter_mut().for_each(|e| visit(e));
            }
            Expr::Aggregate(a) => {
                a.arguments.iter_mut().chain(&mut a.filter).for_each(&mut *visit);
                a.order_by.iter_mut().for_each(|(e, _, _)| visit(e));
            }
            Expr::Window(w) => w.arguments.iter_mut().chain(&mut w.filter).for_each(visit),
            Expr::SubLink(s) => s.test.iter_mut().for_each(|(_, e)| visit(e)),
        }
    }

    /// True if `test` holds for the expression or anything below it (subqueries' insides excepted).
    pub fn any(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        if test(self) {
            return true;
        }
        let mut found = false;
        self.for_each_child(&mut |child| found = found || child.any(test));
        found
    }

    /// True where an aggregate is called at this level.
    pub fn contains_aggregate(&self) -> bool {
        self.any(&mut |e| matches!(e, Expr::Aggregate(_)))
    }

    /// True where a window function is called at this level.
    pub fn contains_window(&self) -> bool {
        self.any(&mut |e| matches!(e, Expr::Window(_)))
    }

    /// The clauses of an AND, or the expression alone.
    pub fn conjuncts(self) -> Vec<Expr> {
        match self {
            Expr::And(args) => args.into_iter().flat_map(Expr::conjuncts).collect(),
            other => vec![other],
        }
    }
}

impl SubLink {
    /// The type of the sublink's value.
    pub fn type_id(&self) -> TypeId {
        let first = || self.query.targets.first().map_or(TypeId::UNKNOWN, |t: &Target| t.expr.type_id());
        match self.kind {
            SubLinkKind::Scalar => first(),
            SubLinkKind::Array => first().array().unwrap_or(TypeId::TEXT_ARRAY),
            SubLinkKind::Exists | SubLinkKind::Any | SubLinkKind::All => TypeId::BOOL,
        }
    }
}

impl SortKey {
    /// `(target, descending, nulls_first)` as PostgreSQL's defaults have it: NULLs are larger than everything.
    pub fn new(target: usize, descending: bool, nulls_first: Option<bool>) -> SortKey {
        SortKey { target, descending, nulls_first: nulls_first.unwrap_or(descending) }
    }
}
