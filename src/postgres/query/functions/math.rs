//! Mathematical functions.

use super::arithmetic::{float, modulo, power};
use super::{Args, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::cast::ranged;
use crate::postgres::query::errors;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;

pub(super) const TABLE: Table = &[
    ("abs", abs),
    ("ceil", |a| rounded(a, libm::ceil, Numeric::ceil)),
    ("ceiling", |a| rounded(a, libm::ceil, Numeric::ceil)),
    ("floor", |a| rounded(a, libm::floor, Numeric::floor)),
    ("round", |a| scaled(a, libm::rint, Numeric::round)),
    ("trunc", |a| scaled(a, libm::trunc, Numeric::truncate)),
    ("sign", sign),
    ("mod", modulo),
    ("power", power),
    ("pow", power),
    ("sqrt", sqrt),
    ("cbrt", |a| float(libm::cbrt(a.values[0].float()), a)),
    ("exp", exponential),
    ("ln", |a| logarithm(a, None, libm::log)),
    ("log", log),
    ("log10", |a| logarithm(a, Some(10), libm::log10)),
    ("pi", |_| Ok(Value::Float(std::f64::consts::PI))),
    ("degrees", |a| float(a.values[0].float().to_degrees(), a)),
    ("radians", |a| float(a.values[0].float().to_radians(), a)),
    ("sin", |a| float(libm::sin(a.values[0].float()), a)),
    ("cos", |a| float(libm::cos(a.values[0].float()), a)),
    ("tan", |a| float(libm::tan(a.values[0].float()), a)),
    ("atan", |a| float(libm::atan(a.values[0].float()), a)),
    ("div", div),
    ("gcd", |a| Ok(Value::Int(gcd(a.int(0), a.int(1))))),
    ("lcm", |a| Ok(Value::Int(lcm(a.int(0), a.int(1))))),
    ("factorial", factorial),
    ("scale", |a| Ok(Value::Int(i64::from(a.values[0].to_numeric().scale())))),
    ("min_scale", |a| Ok(Value::Int(i64::from(a.values[0].to_numeric().trim_scale().scale())))),
    ("trim_scale", |a| Ok(Value::numeric(a.values[0].to_numeric().trim_scale()))),
    ("width_bucket", width_bucket),
    ("random", random),
    ("setseed", |_| Ok(Value::Null)),
];

pub(super) fn abs(args: &Args<'_>) -> Result<Value, SqlError> {
    match &args.values[0] {
        Value::Int(a) => ranged(i128::from(*a).abs(), args.result),
        Value::Float(a) => Ok(Value::Float(a.abs())),
        Value::Numeric(a) => Ok(Value::numeric(a.abs())),
        _ => Err(args.unsupported("abs")),
    }
}

fn rounded(
    args: &Args<'_>,
    of_float: fn(f64) -> f64,
    of_numeric: fn(&Numeric) -> Numeric,
) -> Result<Value, SqlError> {
    match &args.values[0] {
        Value::Float(a) => Ok(Value::Float(of_float(*a))),
        Value::Numeric(a) => Ok(Value::numeric(of_numeric(a))),
        _ => Err(args.unsupported("rounding")),
    }
}

fn scaled(
    args: &Args<'_>,
    of_float: fn(f64) -> f64,
    of_numeric: fn(&Numeric, i32) -> Numeric,
) -> Result<Value, SqlError> {
    match &args.values[0] {
        Value::Float(a) => Ok(Value::Float(of_float(*a))),
        Value::Numeric(a) => Ok(Value::numeric(of_numeric(a, args.int(1) as i32))),
        Value::Text(address) => Ok(Value::Text(address.clone())),
        _ => Err(args.unsupported("rounding")),
    }
}

fn sign(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(match &args.values[0] {
        Value::Numeric(a) => Value::numeric(Numeric::from(i64::from(a.signum()))),
        other => {
            let value = other.float();
            Value::Float(if value > 0.0 {
                1.0
            } else if value < 0.0 {
                -1.0
            } else {
                0.0
            })
        }
    })
}

fn sqrt(args: &Args<'_>) -> Result<Value, SqlError> {
    let negative = || errors::new(SqlState("2201F"), "cannot take square root of a negative number");
    match &args.values[0] {
        Value::Numeric(a) => a.sqrt().map(Value::numeric).ok_or_else(negative),
        other if other.float() < 0.0 => Err(negative()),
        other => float(libm::sqrt(other.float()), args),
    }
}

fn exponential(args: &Args<'_>) -> Result<Value, SqlError> {
    match &args.values[0] {
        Value::Numeric(a) => Ok(shown(&a.exp(), a.scale())),
        other => float(libm::exp(other.float()), args),
    }
}

/// With 16 significant digits at least, as `exp_var` and `ln_var` show their results.
fn shown(value: &Numeric, least: u32) -> Value {
    let magnitude = value.to_f64().abs();
    let weight = if magnitude > 0.0 { libm::floor(libm::log10(magnitude)) as i32 } else { 0 };
    Value::numeric(value.round((16 - weight).max(least as i32).max(0)))
}

fn logarithm(args: &Args<'_>, base: Option<i64>, of_float: fn(f64) -> f64) -> Result<Value, SqlError> {
    let value = args.values[0].float();
    if value == 0.0 {
        return Err(errors::new(SqlState("2201E"), "cannot take logarithm of zero"));
    }
    if value < 0.0 {
        return Err(errors::new(SqlState("2201E"), "cannot take logarithm of a negative number"));
    }
    match (&args.values[0], base) {
        (Value::Numeric(a), None) => Ok(shown(&a.ln(), a.scale())),
        (Value::Numeric(a), Some(base)) => {
            Ok(shown(&quotient(&a.ln(), &Numeric::from(base).ln()), a.scale()))
        }
        _ => float(of_float(value), args),
    }
}

fn quotient(a: &Numeric, b: &Numeric) -> Numeric {
    a.divide(b).unwrap_or_else(Numeric::zero)
}

fn log(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.values.len() == 1 {
        return logarithm(args, Some(10), libm::log10);
    }
    Ok(shown(&quotient(&args.values[1].to_numeric().ln(), &args.values[0].to_numeric().ln()), 0))
}

fn div(args: &Args<'_>) -> Result<Value, SqlError> {
    let (a, b) = (args.values[0].to_numeric(), args.values[1].to_numeric());
    let rest = a.remainder(&b).ok_or_else(errors::division_by_zero)?;
    let quotient = a.subtract(&rest).divide(&b).ok_or_else(errors::division_by_zero)?;
    Ok(Value::numeric(quotient.round(0)))
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

fn lcm(a: i64, b: i64) -> i64 {
    if a == 0 || b == 0 { 0 } else { (a / gcd(a, b) * b).abs() }
}

fn factorial(args: &Args<'_>) -> Result<Value, SqlError> {
    let n = args.int(0);
    if n < 0 {
        return Err(errors::out_of_range("factorial of a negative number is undefined"));
    }
    args.context.step(n as u64)?;
    Ok(Value::numeric(
        (2..=n.min(10_000))
            .fold(Numeric::from(1i64), |product, factor| product.multiply(&Numeric::from(factor))),
    ))
}

fn width_bucket(args: &Args<'_>) -> Result<Value, SqlError> {
    if let Value::Array(bounds) = &args.values[1] {
        let below = bounds.values.iter().filter(|bound| bound.compare(&args.values[0]).is_le()).count();
        return Ok(Value::Int(below as i64));
    }
    let (value, low, high, count) =
        (args.values[0].float(), args.values[1].float(), args.values[2].float(), args.int(3));
    let place = libm::floor((value - low) / (high - low) * count as f64) as i64;
    Ok(Value::Int((place + 1).clamp(0, count + 1)))
}

/// Deterministic: drawn from the statement's time, so that a replay gives the same.
fn random(args: &Args<'_>) -> Result<Value, SqlError> {
    args.context.step(1)?;
    let draw = args.context.draw();
    Ok(match args.result {
        t::FLOAT8 => Value::Float(draw),
        t::NUMERIC => return Err(args.unsupported("random")),
        _ => {
            let (low, high) = (args.int(0), args.int(1));
            Value::Int(low + (draw * (high - low + 1) as f64) as i64)
        }
    })
}
