//! `+ - * / % ^ & | # << >>` over numbers, times, intervals and log positions.

use super::{Args, Run};
use crate::postgres::error::SqlError;
use crate::postgres::query::cast::ranged;
use crate::postgres::query::datetime::{self, DAY, Interval};
use crate::postgres::query::errors;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;

pub(super) const OPERATORS: &[(&str, Run)] = &[
    ("+", plus),
    ("-", minus),
    ("*", times),
    ("/", divided),
    ("%", modulo),
    ("^", power),
    ("&", |a| bits(a, |x, y| x & y)),
    ("|", |a| bits(a, |x, y| x | y)),
    ("#", |a| bits(a, |x, y| x ^ y)),
    ("<<", shift_left),
    (">>", shift_right),
    ("@", super::math::abs),
    ("|/", |a| Ok(Value::Float(libm::sqrt(a.values[0].float())))),
    ("||/", |a| Ok(Value::Float(libm::cbrt(a.values[0].float())))),
];

/// A float of the call's result type, checked for overflow.
pub(super) fn float(value: f64, args: &Args<'_>) -> Result<Value, SqlError> {
    let inputs_finite = args.values.iter().all(|value| value.float().is_finite());
    if value.is_infinite() && inputs_finite {
        return Err(errors::out_of_range("value out of range: overflow"));
    }
    Ok(Value::Float(if args.result == t::FLOAT4 { f64::from(value as f32) } else { value }))
}

fn integer(value: i128, args: &Args<'_>) -> Result<Value, SqlError> {
    ranged(value, args.result)
}

fn plus(args: &Args<'_>) -> Result<Value, SqlError> {
    use Value as V;
    let [a, b] = args.values else { return Ok(args.values[0].clone()) };
    Ok(match (a, b) {
        (V::Int(a), V::Numeric(b)) | (V::Numeric(b), V::Int(a)) if args.result == t::PG_LSN => {
            V::Int(a.wrapping_add(b.to_i64().unwrap_or(0)))
        }
        (V::Int(a), V::Int(b)) => integer(i128::from(*a) + i128::from(*b), args)?,
        (V::Float(a), V::Float(b)) => float(a + b, args)?,
        (V::Numeric(a), V::Numeric(b)) => V::numeric(a.add(b)),
        (V::Timestamp(at), V::Interval(by)) | (V::Interval(by), V::Timestamp(at)) => {
            V::Timestamp(datetime::add_interval(*at, by))
        }
        (V::Date(day), V::Int(days)) | (V::Int(days), V::Date(day)) => V::Date(day + *days as i32),
        (V::Date(day), V::Interval(by)) | (V::Interval(by), V::Date(day)) => {
            V::Timestamp(datetime::add_interval(i64::from(*day) * DAY, by))
        }
        (V::Date(day), V::Time(time)) | (V::Time(time), V::Date(day)) => {
            V::Timestamp(i64::from(*day) * DAY + time)
        }
        (V::Time(time), V::Interval(by)) | (V::Interval(by), V::Time(time)) => {
            V::Time((time + by.micros).rem_euclid(DAY))
        }
        (V::Interval(a), V::Interval(b)) => V::Interval(a.add(b)),
        _ => return Err(args.unsupported("+")),
    })
}

fn minus(args: &Args<'_>) -> Result<Value, SqlError> {
    use Value as V;
    if let [only] = args.values {
        return Ok(match only {
            V::Int(a) => integer(-i128::from(*a), args)?,
            V::Float(a) => V::Float(-a),
            V::Numeric(a) => V::numeric(a.negate()),
            V::Interval(a) => V::Interval(a.negate()),
            _ => return Err(args.unsupported("-")),
        });
    }
    Ok(match (&args.values[0], &args.values[1]) {
        (V::Int(a), V::Int(b)) if args.type_of(0) == t::PG_LSN => {
            V::numeric(Numeric::from(i128::from(*a as u64) - i128::from(*b as u64)))
        }
        (V::Int(a), V::Numeric(b)) if args.result == t::PG_LSN => {
            V::Int(a.wrapping_sub(b.to_i64().unwrap_or(0)))
        }
        (V::Int(a), V::Int(b)) => integer(i128::from(*a) - i128::from(*b), args)?,
        (V::Float(a), V::Float(b)) => float(a - b, args)?,
        (V::Numeric(a), V::Numeric(b)) => V::numeric(a.subtract(b)),
        (V::Timestamp(a), V::Timestamp(b)) => V::Interval(datetime::difference(*a, *b)),
        (V::Timestamp(at), V::Interval(by)) => V::Timestamp(datetime::add_interval(*at, &by.negate())),
        (V::Date(a), V::Date(b)) => V::Int(i64::from(*a) - i64::from(*b)),
        (V::Date(day), V::Int(days)) => V::Date(day - *days as i32),
        (V::Date(day), V::Interval(by)) => {
            V::Timestamp(datetime::add_interval(i64::from(*day) * DAY, &by.negate()))
        }
        (V::Time(a), V::Time(b)) => V::Interval(Interval::of_micros(a - b)),
        (V::Time(time), V::Interval(by)) => V::Time((time - by.micros).rem_euclid(DAY)),
        (V::Interval(a), V::Interval(b)) => V::Interval(a.add(&b.negate())),
        (V::Json(_), _) => super::json::remove(args)?,
        _ => return Err(args.unsupported("-")),
    })
}

fn times(args: &Args<'_>) -> Result<Value, SqlError> {
    use Value as V;
    Ok(match (&args.values[0], &args.values[1]) {
        (V::Int(a), V::Int(b)) => integer(i128::from(*a) * i128::from(*b), args)?,
        (V::Float(a), V::Float(b)) => float(a * b, args)?,
        (V::Numeric(a), V::Numeric(b)) => V::numeric(a.multiply(b)),
        (V::Interval(a), V::Float(b)) | (V::Float(b), V::Interval(a)) => V::Interval(a.scale(*b)),
        _ => return Err(args.unsupported("*")),
    })
}

fn divided(args: &Args<'_>) -> Result<Value, SqlError> {
    use Value as V;
    Ok(match (&args.values[0], &args.values[1]) {
        (_, V::Int(0)) => return Err(errors::division_by_zero()),
        (V::Int(a), V::Int(b)) => integer(i128::from(*a) / i128::from(*b), args)?,
        (V::Float(_) | V::Interval(_), V::Float(b)) if *b == 0.0 => return Err(errors::division_by_zero()),
        (V::Float(a), V::Float(b)) => float(a / b, args)?,
        (V::Numeric(a), V::Numeric(b)) => V::numeric(a.divide(b).ok_or_else(errors::division_by_zero)?),
        (V::Interval(a), V::Float(b)) => V::Interval(a.scale(1.0 / b)),
        _ => return Err(args.unsupported("/")),
    })
}

pub(super) fn modulo(args: &Args<'_>) -> Result<Value, SqlError> {
    use Value as V;
    Ok(match (&args.values[0], &args.values[1]) {
        (_, V::Int(0)) => return Err(errors::division_by_zero()),
        (V::Int(a), V::Int(b)) => integer(i128::from(*a) % i128::from(*b), args)?,
        (V::Numeric(a), V::Numeric(b)) => V::numeric(a.remainder(b).ok_or_else(errors::division_by_zero)?),
        _ => return Err(args.unsupported("%")),
    })
}

pub(super) fn power(args: &Args<'_>) -> Result<Value, SqlError> {
    let (a, b) = (&args.values[0], &args.values[1]);
    if let (Value::Numeric(base), Value::Numeric(exponent)) = (a, b) {
        if let (Some(whole), true) = (exponent.to_i64(), exponent.truncate(0).compare(exponent).is_eq())
            && whole.unsigned_abs() <= 1_000
        {
            return base.power(whole).map(Value::numeric).ok_or_else(errors::division_by_zero);
        }
        return Ok(Value::numeric(Numeric::from_float(libm::pow(base.to_f64(), exponent.to_f64()), 15)));
    }
    float(libm::pow(a.float(), b.float()), args)
}

fn bits(args: &Args<'_>, rule: fn(i64, i64) -> i64) -> Result<Value, SqlError> {
    match (&args.values[0], &args.values[1]) {
        (Value::Int(a), Value::Int(b)) => Ok(Value::Int(rule(*a, *b))),
        _ => Err(args.unsupported("bitwise operator")),
    }
}

fn shift_left(args: &Args<'_>) -> Result<Value, SqlError> {
    let (Value::Int(a), Value::Int(b)) = (&args.values[0], &args.values[1]) else {
        return Err(args.unsupported("<<"));
    };
    let shifted = a.wrapping_shl(*b as u32);
    Ok(Value::Int(match args.result {
        t::INT2 => i64::from(shifted as i16),
        t::INT4 => i64::from(shifted as i32),
        _ => shifted,
    }))
}

fn shift_right(args: &Args<'_>) -> Result<Value, SqlError> {
    match (&args.values[0], &args.values[1]) {
        (Value::Int(a), Value::Int(b)) => Ok(Value::Int(a.wrapping_shr(*b as u32))),
        _ => Err(args.unsupported(">>")),
    }
}
