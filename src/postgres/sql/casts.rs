//! Conversions between types: which are free, which are implicit, and constants converted at once.

use super::constants::{format_datum, parse_datum};
use super::expr::Expr;
use crate::postgres::datum::{Datum, Value};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::types::TypeId;

/// Implicit numeric promotion, lowest first (`pg_cast`, the preferred type last).
const NUMERIC_ORDER: &[TypeId] =
    &[TypeId::INT2, TypeId::INT4, TypeId::INT8, TypeId::NUMERIC, TypeId::FLOAT4, TypeId::FLOAT8];

/// The type that both sides of an operator are converted to, where implicit casts allow one.
pub(crate) fn common_type(left: TypeId, right: TypeId) -> Option<TypeId> {
    if left == right {
        return Some(left);
    }
    let rank = |t: TypeId| NUMERIC_ORDER.iter().position(|n| *n == t);
    if let (Some(l), Some(r)) = (rank(left), rank(right)) {
        let common = NUMERIC_ORDER[l.max(r)];
        // Mixed with anything else, real becomes double precision: float8 is the category's preferred type.
        return Some(if common == TypeId::FLOAT4 { TypeId::FLOAT8 } else { common });
    }
    if left.is_string() && right.is_string() {
        return Some(TypeId::TEXT);
    }
    let instants = [TypeId::DATE, TypeId::TIMESTAMP, TypeId::TIMESTAMPTZ];
    let place = |t: TypeId| instants.iter().position(|i| *i == t);
    if let (Some(l), Some(r)) = (place(left), place(right)) {
        return Some(instants[l.max(r)]);
    }
    match (left, right) {
        (TypeId::UNKNOWN, other) | (other, TypeId::UNKNOWN) => Some(other),
        (TypeId::OID, other) | (other, TypeId::OID) if other.is_integer() => Some(TypeId::OID),
        (TypeId::CIDR, TypeId::INET) | (TypeId::INET, TypeId::CIDR) => Some(TypeId::INET),
        _ => None,
    }
}

/// Converts implicitly.
pub(crate) fn coerce(expr: Expr, target: TypeId) -> Result<Expr, SqlError> {
    convert(expr, target, -1, false)
}

/// Converts as `CAST` or `::` does.
pub(crate) fn cast(expr: Expr, target: TypeId, type_modifier: i32) -> Result<Expr, SqlError> {
    convert(expr, target, type_modifier, true)
}

fn convert(expr: Expr, target: TypeId, type_modifier: i32, explicit: bool) -> Result<Expr, SqlError> {
    let source = expr.type_id();
    if source == target && type_modifier < 0 {
        return Ok(expr);
    }
    match expr {
        Expr::Const(Value { datum: Datum::Null, .. }) => Ok(Expr::constant(Datum::Null, target)),
        Expr::Const(Value { datum: Datum::Text(text), type_id: TypeId::UNKNOWN }) => {
            Ok(Expr::constant(parse_datum(&text, target)?, target))
        }
        Expr::Parameter { number, type_id: TypeId::UNKNOWN } => {
            Ok(Expr::Parameter { number, type_id: target })
        }
        Expr::Const(value) => match convert_constant(&value, target) {
            Some(datum) => Ok(Expr::constant(datum, target)),
            None => cannot_cast(source, target),
        },
        expr if is_free(source, target) => {
            Ok(Expr::Relabel { operand: Box::new(expr), type_id: target, explicit })
        }
        expr => Ok(Expr::Cast { operand: Box::new(expr), type_id: target, type_modifier, explicit }),
    }
}

fn cannot_cast<T>(source: TypeId, target: TypeId) -> Result<T, SqlError> {
    Err(SqlError::new(SqlState::DATATYPE_MISMATCH, format!("cannot cast type {source} to {target}")))
}

/// Binary-coercible pairs.
fn is_free(source: TypeId, target: TypeId) -> bool {
    source == target
        || matches!(
            (source, target),
            (TypeId::VARCHAR, TypeId::TEXT)
                | (TypeId::TEXT, TypeId::VARCHAR)
                | (TypeId::INT4, TypeId::OID)
                | (TypeId::OID, TypeId::INT4)
                | (TypeId::OID, TypeId::REGCLASS)
                | (TypeId::REGCLASS, TypeId::OID)
                | (TypeId::CIDR, TypeId::INET)
        )
}

/// A constant in another type; `None` where no conversion exists.
pub(crate) fn convert_constant(value: &Value, target: TypeId) -> Option<Datum> {
    let source = value.type_id;
    if source == target || value.datum.is_null() {
        return Some(value.datum.clone());
    }
    if source.is_string() || target.is_string() {
        let text = format_datum(&value.datum, source);
        return parse_datum(&text, target).ok();
    }
    match (source, target) {
        (s, t) if s.is_integer() && (t.is_integer() || t == TypeId::OID) => Some(value.datum.clone()),
        (TypeId::DATE, TypeId::TIMESTAMP | TypeId::TIMESTAMPTZ) => match value.datum {
            Datum::Int(days) => Some(Datum::Int(days.checked_mul(super::constants::DAY_MICROS)?)),
            _ => None,
        },
        (TypeId::TIMESTAMP | TypeId::TIMESTAMPTZ, TypeId::DATE) => match value.datum {
            Datum::Int(micros) => Some(Datum::Int(micros.div_euclid(super::constants::DAY_MICROS))),
            _ => None,
        },
        (TypeId::TIMESTAMP, TypeId::TIMESTAMPTZ) | (TypeId::TIMESTAMPTZ, TypeId::TIMESTAMP) => {
            Some(value.datum.clone())
        }
        (s, t) if s.is_number() && t.is_integer() => {
            Some(Datum::Int(libm::rint(value.datum.as_f64()?) as i64))
        }
        (s, t) if s.is_number() && matches!(t, TypeId::FLOAT4 | TypeId::FLOAT8) => {
            Some(Datum::Float(value.datum.as_f64()?))
        }
        (s, TypeId::NUMERIC) if s.is_number() => {
            let text = format_datum(&value.datum, s);
            Some(Datum::Numeric(value.datum.as_f64()?, text.into()))
        }
        _ => None,
    }
}

/// Any operand of `||` as text.
pub(crate) fn to_text(expr: Expr) -> Result<Expr, SqlError> {
    if expr.type_id() == TypeId::TEXT { Ok(expr) } else { coerce(expr, TypeId::TEXT) }
}

/// A string operand of LIKE and family, relabelled as `text` where it is not; `None` where it is no string.
pub(crate) fn relabel_string(expr: Expr) -> Option<Expr> {
    match expr.type_id() {
        TypeId::TEXT => Some(expr),
        t if t.is_string() || t == TypeId::UNKNOWN => coerce(expr, TypeId::TEXT).ok(),
        _ => None,
    }
}
