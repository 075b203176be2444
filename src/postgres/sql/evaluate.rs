//! Values of expressions without columns: those that hold for ever, which the planner folds (`eval_const_expressions` of
//! `clauses.c`), and those that hold while a statement runs, which it only estimates with (`estimate_expression_value`).

use std::borrow::Cow;

use super::casts::convert_constant;
use super::constants::DAY_MICROS;
use super::expr::Expr;
use super::operators::{Operator, OperatorKind};
use crate::postgres::datum::{Datum, Value};
use crate::postgres::query::datetime::{self, Interval};
use crate::postgres::types::TypeId;

/// Microseconds from 1970 to 2000, the origin of PostgreSQL's timestamps.
const EPOCH_MICROS: i64 = 10_957 * DAY_MICROS;

/// What `now()` is to a statement: microseconds since 2000-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementTime(i64);

impl StatementTime {
    /// The time that lies so many microseconds after 2000-01-01 00:00 UTC, as `timestamptz` counts.
    pub const fn from_micros(micros: i64) -> StatementTime {
        StatementTime(micros)
    }

    /// The time that lies so many microseconds after 1970-01-01 00:00 UTC.
    pub const fn from_unix_micros(micros: i64) -> StatementTime {
        StatementTime(micros - EPOCH_MICROS)
    }
}

/// The value that PostgreSQL estimates with: a constant's own, or what stable functions (`now()`, `current_date`) give at `time`.
/// `None` where the value depends on a row, a parameter or chance, or where the model does not evaluate the function.
pub(crate) fn estimated(expr: &Expr, time: Option<StatementTime>) -> Option<Cow<'_, Value>> {
    if let Some(value) = expr.as_const() {
        return Some(Cow::Borrowed(value));
    }
    stable_value(expr, time?).map(Cow::Owned)
}

fn stable_value(expr: &Expr, time: StatementTime) -> Option<Value> {
    let value = |e: &Expr| stable_value(e, time);
    let (datum, type_id) = match expr {
        Expr::Const(value) => return Some(value.clone()),
        Expr::Relabel { operand, type_id, .. } => (value(operand)?.datum, *type_id),
        Expr::Collate(operand, _) => return value(operand),
        Expr::Cast { operand, type_id, .. } => (convert_constant(&value(operand)?, *type_id)?, *type_id),
        Expr::Operator(op, args) => {
            let values: Vec<Value> = args.iter().map(value).collect::<Option<_>>()?;
            let values: Vec<&Value> = values.iter().collect();
            (zoned(*op, &values).or_else(|| operator_value(*op, &values))?, op.result)
        }
        Expr::Function(info, args) => {
            let values: Vec<Value> = args.iter().map(value).collect::<Option<_>>()?;
            (function_value(info.name, &values, time)?, info.result_type(args))
        }
        _ => return None,
    };
    Some(Value { datum, type_id })
}

fn function_value(name: &str, values: &[Value], time: StatementTime) -> Option<Datum> {
    match (name, values) {
        (
            "now" | "current_timestamp" | "transaction_timestamp" | "statement_timestamp" | "localtimestamp",
            [],
        ) => Some(Datum::Int(time.0)),
        ("current_date", []) => Some(Datum::Int(time.0.div_euclid(DAY_MICROS))),
        ("date_trunc", [unit, Value { datum: Datum::Int(at), type_id }]) => {
            let days = *type_id == TypeId::DATE;
            let at = if days { at.checked_mul(DAY_MICROS)? } else { *at };
            let unit = unit.datum.as_str()?.to_ascii_lowercase();
            let truncated = datetime::truncated(&unit, at.checked_add(EPOCH_MICROS)?)? - EPOCH_MICROS;
            Some(Datum::Int(if days { truncated.div_euclid(DAY_MICROS) } else { truncated }))
        }
        ("timezone", [zone, Value { datum: Datum::Int(at), type_id }]) => {
            let offset = datetime::parse_zone(zone.datum.as_str()?)?;
            // From an instant to the zone's clock, or from that clock to the instant.
            let shifted = if *type_id == TypeId::TIMESTAMPTZ {
                at.checked_add(offset)?
            } else {
                at.checked_sub(offset)?
            };
            Some(Datum::Int(shifted))
        }
        _ => None,
    }
}

/// `timestamptz ± interval` is stable: the day's length is the session's time zone's, here UTC.
fn zoned(op: Operator, values: &[&Value]) -> Option<Datum> {
    let as_local = |type_id: TypeId| if type_id == TypeId::TIMESTAMPTZ { TypeId::TIMESTAMP } else { type_id };
    let (left, right) = (as_local(op.left), as_local(op.right));
    ((left, right) != (op.left, op.right)).then(|| operator_value(Operator { left, right, ..op }, values))?
}

/// The value of an operator over constants, for the immutable ones that the model evaluates.
pub(crate) fn operator_value(op: Operator, values: &[&Value]) -> Option<Datum> {
    use OperatorKind as K;
    if values.iter().any(|v| v.datum.is_null()) {
        return Some(Datum::Null);
    }
    match values {
        [only] => match (op.kind, &only.datum) {
            (K::Negate, Datum::Int(i)) => Some(Datum::Int(i.checked_neg()?)),
            (K::Negate, Datum::Float(f)) => Some(Datum::Float(-f)),
            (K::Negate, Datum::Interval { .. }) => Some(datum_of(interval_of(&only.datum)?.negate())),
            _ => None,
        },
        [left, right] => match (&left.datum, &right.datum) {
            (Datum::Int(a), Datum::Int(b)) if op.left.is_integer() && op.right.is_integer() => {
                integers(op, *a, *b)
            }
            (Datum::Text(a), Datum::Text(b)) => match op.kind {
                K::Concat => Some(Datum::text(&format!("{a}{b}"))),
                K::Eq => Some(Datum::Bool(a == b)),
                K::Ne => Some(Datum::Bool(a != b)),
                _ => None,
            },
            (a, b) => moments(op, a, b),
        },
        _ => None,
    }
}

/// Arithmetic of dates, timestamps without time zone and intervals.
fn moments(op: Operator, a: &Datum, b: &Datum) -> Option<Datum> {
    use OperatorKind::{Add, Divide, Multiply, Subtract};
    let day = |days: i64| days.checked_mul(DAY_MICROS);
    let moved = |at: i64, by: Interval| {
        Some(Datum::Int(datetime::add_interval(at.checked_add(EPOCH_MICROS)?, &by) - EPOCH_MICROS))
    };
    let signed = |by: Interval| if op.kind == Subtract { by.negate() } else { by };
    match (op.left, op.right, op.kind, a, b) {
        (TypeId::TIMESTAMP, TypeId::INTERVAL, Add | Subtract, Datum::Int(at), by) => {
            moved(*at, signed(interval_of(by)?))
        }
        (TypeId::INTERVAL, TypeId::TIMESTAMP, Add, by, Datum::Int(at)) => moved(*at, interval_of(by)?),
        (TypeId::DATE, TypeId::INTERVAL, Add | Subtract, Datum::Int(days), by) => {
            moved(day(*days)?, signed(interval_of(by)?))
        }
        (TypeId::DATE, right, Add, Datum::Int(days), Datum::Int(n)) if right.is_integer() => {
            Some(Datum::Int(days.checked_add(*n)?))
        }
        (TypeId::DATE, right, Subtract, Datum::Int(days), Datum::Int(n))
            if right.is_integer() || right == TypeId::DATE =>
        {
            Some(Datum::Int(days.checked_sub(*n)?))
        }
        (TypeId::TIMESTAMP, TypeId::TIMESTAMP, Subtract, Datum::Int(a), Datum::Int(b)) => {
            Some(datum_of(datetime::difference(*a, *b)))
        }
        (TypeId::INTERVAL, TypeId::INTERVAL, Add | Subtract, a, b) => {
            Some(datum_of(interval_of(a)?.add(&signed(interval_of(b)?))))
        }
        (TypeId::INTERVAL, TypeId::FLOAT8, Multiply, a, b) => {
            Some(datum_of(interval_of(a)?.scale(b.as_f64()?)))
        }
        (TypeId::FLOAT8, TypeId::INTERVAL, Multiply, a, b) => {
            Some(datum_of(interval_of(b)?.scale(a.as_f64()?)))
        }
        (TypeId::INTERVAL, TypeId::FLOAT8, Divide, a, b) => {
            let divisor = b.as_f64().filter(|d| *d != 0.0)?;
            Some(datum_of(interval_of(a)?.scale(1.0 / divisor)))
        }
        _ => None,
    }
}

fn interval_of(datum: &Datum) -> Option<Interval> {
    match datum {
        Datum::Interval { months, days, micros } => {
            Some(Interval { months: *months, days: *days, micros: *micros })
        }
        _ => None,
    }
}

fn datum_of(interval: Interval) -> Datum {
    Datum::Interval { months: interval.months, days: interval.days, micros: interval.micros }
}

fn integers(op: Operator, a: i64, b: i64) -> Option<Datum> {
    use OperatorKind as K;
    Some(match op.kind {
        K::Add => Datum::Int(a.checked_add(b)?),
        K::Subtract => Datum::Int(a.checked_sub(b)?),
        K::Multiply => Datum::Int(a.checked_mul(b)?),
        K::Divide => Datum::Int(a.checked_div(b)?),
        K::Modulo => Datum::Int(a.checked_rem(b)?),
        K::Eq => Datum::Bool(a == b),
        K::Ne => Datum::Bool(a != b),
        K::Lt => Datum::Bool(a < b),
        K::Le => Datum::Bool(a <= b),
        K::Gt => Datum::Bool(a > b),
        K::Ge => Datum::Bool(a >= b),
        _ => return None,
    })
}
