//! Operators: resolution by symbol and operand types, and the facts about each that planning needs.

use super::casts;
use super::expr::Expr;
use crate::postgres::datum::Collation;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::types::TypeId;

/// What an operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum OperatorKind {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// `~<~` and family: byte order.
    PatternLt,
    PatternLe,
    PatternGt,
    PatternGe,
    Like,
    NotLike,
    ILike,
    NotILike,
    Regex,
    NotRegex,
    IRegex,
    NotIRegex,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Negate,
    Concat,
    /// `@@`
    TextSearch,
    /// `@>`
    Contains,
    /// `<@`
    ContainedBy,
    /// `&&`
    Overlaps,
    /// `->`
    JsonGet,
    /// `->>`
    JsonGetText,
    /// `?`
    JsonExists,
}

/// Symbols of the kinds.
const SYMBOLS: &[(&str, OperatorKind)] = &[
    ("=", OperatorKind::Eq),
    ("<>", OperatorKind::Ne),
    ("<", OperatorKind::Lt),
    ("<=", OperatorKind::Le),
    (">", OperatorKind::Gt),
    (">=", OperatorKind::Ge),
    ("~<~", OperatorKind::PatternLt),
    ("~<=~", OperatorKind::PatternLe),
    ("~>~", OperatorKind::PatternGt),
    ("~>=~", OperatorKind::PatternGe),
    ("~~", OperatorKind::Like),
    ("!~~", OperatorKind::NotLike),
    ("~~*", OperatorKind::ILike),
    ("!~~*", OperatorKind::NotILike),
    ("~", OperatorKind::Regex),
    ("!~", OperatorKind::NotRegex),
    ("~*", OperatorKind::IRegex),
    ("!~*", OperatorKind::NotIRegex),
    ("+", OperatorKind::Add),
    ("-", OperatorKind::Subtract),
    ("*", OperatorKind::Multiply),
    ("/", OperatorKind::Divide),
    ("%", OperatorKind::Modulo),
    ("-", OperatorKind::Negate),
    ("||", OperatorKind::Concat),
    ("@@", OperatorKind::TextSearch),
    ("@>", OperatorKind::Contains),
    ("<@", OperatorKind::ContainedBy),
    ("&&", OperatorKind::Overlaps),
    ("->", OperatorKind::JsonGet),
    ("->>", OperatorKind::JsonGetText),
    ("?", OperatorKind::JsonExists),
];

/// A resolved operator: its kind with the types it takes and gives. For a prefix operator `left` is `void`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operator {
    /// What it does.
    pub kind: OperatorKind,
    /// Left operand's type.
    pub left: TypeId,
    /// Right operand's type.
    pub right: TypeId,
    /// Result type.
    pub result: TypeId,
}

impl OperatorKind {
    /// The symbol.
    pub fn symbol(self) -> &'static str {
        SYMBOLS.iter().find(|(_, k)| *k == self).map_or("?", |(s, _)| s)
    }

    /// The binary operator of a symbol; `!=` is `<>`.
    pub fn by_symbol(symbol: &str) -> Option<OperatorKind> {
        let symbol = if symbol == "!=" { "<>" } else { symbol };
        SYMBOLS.iter().find(|(s, _)| *s == symbol).map(|(_, k)| *k)
    }

    /// True for the six comparisons of a btree operator family and their not-equal.
    pub fn is_comparison(self) -> bool {
        use OperatorKind::*;
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge)
    }

    /// The kind with the operands exchanged.
    pub fn commutator(self) -> Option<OperatorKind> {
        use OperatorKind::*;
        Some(match self {
            Eq => Eq,
            Ne => Ne,
            Lt => Gt,
            Le => Ge,
            Gt => Lt,
            Ge => Le,
            PatternLt => PatternGt,
            PatternLe => PatternGe,
            PatternGt => PatternLt,
            PatternGe => PatternLe,
            Contains => ContainedBy,
            ContainedBy => Contains,
            Overlaps => Overlaps,
            TextSearch => TextSearch,
            Add => Add,
            Multiply => Multiply,
            _ => return None,
        })
    }

    /// The kind that is true where this one is false.
    pub fn negator(self) -> Option<OperatorKind> {
        use OperatorKind::*;
        Some(match self {
            Eq => Ne,
            Ne => Eq,
            Lt => Ge,
            Le => Gt,
            Gt => Le,
            Ge => Lt,
            Like => NotLike,
            NotLike => Like,
            ILike => NotILike,
            NotILike => ILike,
            Regex => NotRegex,
            NotRegex => Regex,
            IRegex => NotIRegex,
            NotIRegex => IRegex,
            _ => return None,
        })
    }
}

impl Operator {
    /// A comparison of two values of one type.
    pub fn comparison(kind: OperatorKind, type_id: TypeId) -> Operator {
        Operator { kind, left: type_id, right: type_id, result: TypeId::BOOL }
    }

    /// The operator with its operands exchanged.
    pub fn commutator(self) -> Option<Operator> {
        Some(Operator {
            kind: self.kind.commutator()?,
            left: self.right,
            right: self.left,
            result: self.result,
        })
    }

    /// The operator that is true where this one is false.
    pub fn negator(self) -> Option<Operator> {
        (self.result == TypeId::BOOL).then_some(())?;
        Some(Operator { kind: self.kind.negator()?, ..self })
    }

    /// The collation under which the operator compares strings, given that of its operands.
    pub fn collation(self, operands: Collation) -> Collation {
        use OperatorKind::*;
        match self.kind {
            PatternLt | PatternLe | PatternGt | PatternGe => Collation::C,
            _ => operands,
        }
    }
}

/// Families of types whose members compare with each other without conversion (cross-type members of one operator family).
fn comparison_family(type_id: TypeId) -> Option<u8> {
    match type_id {
        TypeId::INT2 | TypeId::INT4 | TypeId::INT8 => Some(1),
        TypeId::FLOAT4 | TypeId::FLOAT8 => Some(2),
        TypeId::DATE | TypeId::TIMESTAMP | TypeId::TIMESTAMPTZ => Some(3),
        TypeId::TEXT | TypeId::NAME => Some(4),
        _ => None,
    }
}

/// True where an operator of a btree family exists for these two types as they are.
pub(crate) fn comparable(left: TypeId, right: TypeId) -> bool {
    left == right
        || (comparison_family(left).is_some() && comparison_family(left) == comparison_family(right))
}

/// Resolves a binary operator over two bound operands, adding the conversions that PostgreSQL would add.
pub(crate) fn binary(symbol: &str, left: Expr, right: Expr) -> Result<Expr, SqlError> {
    let unknown = |l: TypeId, r: TypeId| {
        SqlError::new(SqlState::UNDEFINED_FUNCTION, format!("operator does not exist: {l} {symbol} {r}")).hint(
            "No operator matches the given name and argument types. You might need to add explicit type casts.",
        )
    };
    let (before_left, before_right) = (left.type_id(), right.type_id());
    let Some(kind) = OperatorKind::by_symbol(symbol) else { return Err(unknown(before_left, before_right)) };
    let (left, right) = settle_unknown(kind, left, right)?;
    let (l, r) = (left.type_id(), right.type_id());
    let fail = || unknown(l, r);
    match kind {
        k if k.is_comparison() => comparison(kind, left, right).ok_or_else(fail)?,
        OperatorKind::Add
        | OperatorKind::Subtract
        | OperatorKind::Multiply
        | OperatorKind::Divide
        | OperatorKind::Modulo
        | OperatorKind::Negate => arithmetic(kind, left, right).ok_or_else(fail)?,
        OperatorKind::Concat if l.element().is_some() || r.element().is_some() => {
            let result = if l.element().is_some() { l } else { r };
            Ok(Expr::Operator(Operator { kind, left: l, right: r, result }, vec![left, right]))
        }
        OperatorKind::Concat => {
            let (left, right) = (casts::to_text(left)?, casts::to_text(right)?);
            let op = Operator { kind, left: TypeId::TEXT, right: TypeId::TEXT, result: TypeId::TEXT };
            Ok(Expr::Operator(op, vec![left, right]))
        }
        OperatorKind::JsonGet | OperatorKind::JsonGetText => {
            let result = if kind == OperatorKind::JsonGet { l } else { TypeId::TEXT };
            Ok(Expr::Operator(Operator { kind, left: l, right: r, result }, vec![left, right]))
        }
        OperatorKind::TextSearch
        | OperatorKind::Contains
        | OperatorKind::ContainedBy
        | OperatorKind::Overlaps => {
            Ok(Expr::Operator(Operator { kind, left: l, right: r, result: TypeId::BOOL }, vec![left, right]))
        }
        OperatorKind::JsonExists => {
            Ok(Expr::Operator(Operator { kind, left: l, right: r, result: TypeId::BOOL }, vec![left, right]))
        }
        _ => {
            let (left, right) = (
                casts::relabel_string(left).ok_or_else(fail)?,
                casts::relabel_string(right).ok_or_else(fail)?,
            );
            let op = Operator { kind, left: TypeId::TEXT, right: TypeId::TEXT, result: TypeId::BOOL };
            Ok(Expr::Operator(op, vec![left, right]))
        }
    }
}

/// Gives an untyped literal or parameter the type that the operator's other side suggests.
fn settle_unknown(kind: OperatorKind, left: Expr, right: Expr) -> Result<(Expr, Expr), SqlError> {
    let (l, r) = (left.type_id(), right.type_id());
    let wanted = |other: TypeId| match (kind, other) {
        (OperatorKind::JsonGet | OperatorKind::JsonGetText | OperatorKind::JsonExists, _) => TypeId::TEXT,
        (OperatorKind::TextSearch, TypeId::TSVECTOR) => TypeId::TSQUERY,
        (OperatorKind::Add | OperatorKind::Subtract, TypeId::TIMESTAMPTZ | TypeId::TIMESTAMP)
            if kind == OperatorKind::Add =>
        {
            TypeId::INTERVAL
        }
        (_, TypeId::UNKNOWN) => TypeId::TEXT,
        (_, TypeId::VARCHAR) => TypeId::TEXT,
        (_, other) => other,
    };
    match (l == TypeId::UNKNOWN, r == TypeId::UNKNOWN) {
        (true, true) => Ok((casts::coerce(left, TypeId::TEXT)?, casts::coerce(right, TypeId::TEXT)?)),
        (true, false) => Ok((casts::coerce(left, wanted(r))?, right)),
        (false, true) => Ok((left, casts::coerce(right, wanted(l))?)),
        (false, false) => Ok((left, right)),
    }
}

fn comparison(kind: OperatorKind, left: Expr, right: Expr) -> Option<Result<Expr, SqlError>> {
    let (left, right) = (relabelled(left), relabelled(right));
    let (l, r) = (left.type_id(), right.type_id());
    if comparable(l, r) {
        return Some(Ok(Expr::Operator(
            Operator { kind, left: l, right: r, result: TypeId::BOOL },
            vec![left, right],
        )));
    }
    let common = casts::common_type(l, r)?;
    // A side that compares with the common type as it is stays: `real` beside `double precision`.
    let settle = |side: Expr| {
        if comparable(side.type_id(), common) { Ok(side) } else { casts::coerce(side, common) }
    };
    let build = |left: Expr, right: Expr| {
        let (left, right) = (settle(left)?, settle(right)?);
        let (l, r) = (left.type_id(), right.type_id());
        Ok(Expr::Operator(Operator { kind, left: l, right: r, result: TypeId::BOOL }, vec![left, right]))
    };
    Some(build(left, right))
}

/// `varchar` has no operators of its own: it is relabelled as `text`.
fn relabelled(expr: Expr) -> Expr {
    match expr.type_id() {
        TypeId::VARCHAR => Expr::Relabel { operand: Box::new(expr), type_id: TypeId::TEXT, explicit: false },
        _ => expr,
    }
}

fn arithmetic(kind: OperatorKind, left: Expr, right: Expr) -> Option<Result<Expr, SqlError>> {
    use OperatorKind::{Add, Subtract};
    let (l, r) = (left.type_id(), right.type_id());
    let made = |result: TypeId, left: Expr, right: Expr| {
        let op = Operator { kind, left: left.type_id(), right: right.type_id(), result };
        Some(Ok(Expr::Operator(op, vec![left, right])))
    };
    let is_time =
        |t: TypeId| matches!(t, TypeId::TIMESTAMPTZ | TypeId::TIMESTAMP | TypeId::DATE | TypeId::TIME);
    match (l, r) {
        _ if l.is_integer() && r.is_integer() => {
            let result = if l.info().length >= r.info().length { l } else { r };
            made(result, left, right)
        }
        (TypeId::FLOAT4, TypeId::FLOAT4) => made(TypeId::FLOAT4, left, right),
        _ if l.is_number() && r.is_number() => {
            let common = casts::common_type(l, r)?;
            let (left, right) = (casts::coerce(left, common).ok()?, casts::coerce(right, common).ok()?);
            made(common, left, right)
        }
        (TypeId::DATE, _) if r.is_integer() && matches!(kind, Add | Subtract) => {
            made(TypeId::DATE, left, right)
        }
        (TypeId::DATE, TypeId::DATE) if kind == Subtract => made(TypeId::INT4, left, right),
        (TypeId::DATE, TypeId::INTERVAL) => made(TypeId::TIMESTAMP, left, right),
        (_, TypeId::INTERVAL) if is_time(l) && matches!(kind, Add | Subtract) => made(l, left, right),
        (TypeId::INTERVAL, _) if is_time(r) && kind == Add => made(r, left, right),
        _ if is_time(l) && is_time(r) && kind == Subtract => made(TypeId::INTERVAL, left, right),
        (TypeId::INTERVAL, TypeId::INTERVAL) => made(TypeId::INTERVAL, left, right),
        (TypeId::INTERVAL, _) if r.is_number() => {
            let right = casts::coerce(right, TypeId::FLOAT8).ok()?;
            made(TypeId::INTERVAL, left, right)
        }
        // Commuted: `365 * interval '1 day'` has an operator of its own.
        (_, TypeId::INTERVAL) if l.is_number() && kind == OperatorKind::Multiply => {
            let left = casts::coerce(left, TypeId::FLOAT8).ok()?;
            made(TypeId::INTERVAL, left, right)
        }
        _ => None,
    }
}

/// True where equality of the two types belongs to one btree operator family.
pub(crate) fn same_family(left: TypeId, right: TypeId) -> bool {
    comparable(left, right)
}
