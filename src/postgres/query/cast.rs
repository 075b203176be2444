//! Casts between values: PostgreSQL's cast functions, and input and output functions where there is none.

use std::sync::Arc;

use super::datetime::{DAY, Interval, SECOND};
use super::errors;
use super::input;
use super::names::Names;
use super::numeric::Numeric;
use super::output;
use super::types::{self as t, Typed};
use super::value::{Array, Value};
use crate::postgres::error::SqlError;

/// A value of type `from` as a value of type `to`, its modifier applied.
pub(crate) fn cast(value: Value, from: u32, to: Typed, names: &dyn Names) -> Result<Value, SqlError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let converted = if from == to.oid { value } else { convert(value, from, to.oid, names)? };
    if to.typmod >= 0 { apply_typmod(converted, to) } else { Ok(converted) }
}

fn convert(value: Value, from: u32, to: u32, names: &dyn Names) -> Result<Value, SqlError> {
    if let (Some(inner_from), Some(inner_to)) = (t::element_of(from), t::element_of(to)) {
        return convert_array(&value, inner_from, inner_to, to, names);
    }
    match (value, to) {
        (Value::Int(number), t::INT2 | t::INT4 | t::INT8) => ranged(i128::from(number), to),
        (Value::Int(number), t::BOOL) => Ok(Value::Bool(number != 0)),
        (Value::Int(number), t::FLOAT4 | t::FLOAT8) => Ok(Value::Float(number as f64)),
        (Value::Int(number), t::NUMERIC) => Ok(Value::numeric(Numeric::from(number))),
        (Value::Int(number), t::CHAR) => Ok(Value::text((number as u8 as char).to_string())),
        (Value::Int(number), _) if t::is_oid_like(to) || matches!(to, t::XID | t::XID8 | t::CID) => {
            oid(number)
        }
        (Value::Bool(flag), t::INT4) => Ok(Value::Int(i64::from(flag))),
        (Value::Bool(flag), _) if t::is_string(to) => Ok(Value::text(if flag { "true" } else { "false" })),
        (Value::Float(number), t::INT2 | t::INT4 | t::INT8) => from_float(number, to),
        (Value::Float(number), t::FLOAT4) => Ok(Value::Float(f64::from(number as f32))),
        (Value::Float(number), t::FLOAT8) => Ok(Value::Float(number)),
        (Value::Float(number), t::NUMERIC) => {
            Ok(Value::numeric(Numeric::from_float(number, if from == t::FLOAT4 { 6 } else { 15 })))
        }
        (Value::Numeric(number), t::INT2 | t::INT4 | t::INT8) => from_numeric(&number, to),
        (Value::Numeric(number), t::FLOAT4) => Ok(Value::Float(f64::from(number.to_f64() as f32))),
        (Value::Numeric(number), t::FLOAT8) => Ok(Value::Float(number.to_f64())),
        (Value::Timestamp(at), t::TIMESTAMP | t::TIMESTAMPTZ) => Ok(Value::Timestamp(at)),
        (Value::Timestamp(at), t::DATE) => Ok(Value::Date(at.div_euclid(DAY) as i32)),
        (Value::Timestamp(at), t::TIME | t::TIMETZ) => Ok(Value::Time(at.rem_euclid(DAY))),
        (Value::Date(day), t::TIMESTAMP | t::TIMESTAMPTZ) => Ok(Value::Timestamp(i64::from(day) * DAY)),
        (Value::Time(micros), t::INTERVAL) => Ok(Value::Interval(Interval::of_micros(micros))),
        (Value::Time(micros), t::TIMETZ) => Ok(Value::Time(micros)),
        (Value::Interval(interval), t::TIME) => Ok(Value::Time(interval.micros.rem_euclid(DAY))),
        (Value::Text(text), t::INT4) if from == t::CHAR => {
            Ok(Value::Int(i64::from(text.bytes().next().unwrap_or(0) as i8)))
        }
        (Value::Text(text), _) if t::is_string(from) && t::is_string(to) => Ok(string(&text, from, to)),
        (Value::Text(text), t::INET | t::CIDR) if matches!(from, t::INET | t::CIDR) => Ok(Value::Text(text)),
        (Value::Text(text), t::TEXT | t::VARCHAR) if from == t::INET && !text.contains('/') => {
            let bits = if text.contains(':') { 128 } else { 32 };
            Ok(Value::text(format!("{text}/{bits}")))
        }
        (Value::Json(json), t::BOOL | t::INT2 | t::INT4 | t::INT8 | t::NUMERIC | t::FLOAT4 | t::FLOAT8) => {
            from_json(&json, to, names)
        }
        (value, _) => {
            let text = output::text(&value, from, names).unwrap_or_default();
            input::parse(&text, to, names)
        }
    }
}

fn convert_array(
    value: &Value,
    from: u32,
    to: u32,
    array_type: u32,
    names: &dyn Names,
) -> Result<Value, SqlError> {
    let Value::Array(array) = value else { return Ok(Value::Null) };
    let values: Result<Vec<_>, _> =
        array.values.iter().map(|item| cast(item.clone(), from, Typed::plain(to), names)).collect();
    let lower = if matches!(array_type, t::INT2VECTOR | t::OIDVECTOR) { 0 } else { array.lower };
    Ok(Value::Array(Arc::new(Array {
        element: to,
        dimensions: array.dimensions.clone(),
        lower,
        values: values?,
    })))
}

fn string(text: &Arc<str>, from: u32, to: u32) -> Value {
    match to {
        t::CHAR => Value::text(text.chars().next().map(String::from).unwrap_or_default()),
        t::NAME if text.len() > 63 => {
            let mut end = 63;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            Value::text(&text[..end])
        }
        _ if from == t::BPCHAR && to != t::BPCHAR => Value::text(text.trim_end_matches(' ')),
        _ => Value::Text(text.clone()),
    }
}

/// Checks an integer against its type's range.
pub(crate) fn ranged(number: i128, type_oid: u32) -> Result<Value, SqlError> {
    let (low, high, name) = match type_oid {
        t::INT2 => (i128::from(i16::MIN), i128::from(i16::MAX), "smallint"),
        t::INT4 => (i128::from(i32::MIN), i128::from(i32::MAX), "integer"),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX), "bigint"),
    };
    if number < low || number > high {
        return Err(errors::out_of_range(format!("{name} out of range")));
    }
    Ok(Value::Int(number as i64))
}

fn oid(number: i64) -> Result<Value, SqlError> {
    if !(i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&number) {
        return Err(errors::out_of_range("OID out of range"));
    }
    Ok(Value::Int(i64::from(number as u32)))
}

fn from_float(number: f64, to: u32) -> Result<Value, SqlError> {
    let rounded = number.round_ties_even();
    if !rounded.is_finite() || rounded.abs() > 9.3e18 {
        return Err(errors::out_of_range(format!("{} out of range", t::name(to))));
    }
    ranged(rounded as i128, to)
}

fn from_numeric(number: &Numeric, to: u32) -> Result<Value, SqlError> {
    match number {
        Numeric::Finite(_) => {}
        Numeric::NaN => {
            return Err(errors::unsupported(format!("cannot convert NaN to {}: this", t::name(to))));
        }
        _ => return Err(errors::unsupported(format!("cannot convert infinity to {}: this", t::name(to)))),
    }
    let whole =
        number.to_i64().ok_or_else(|| errors::out_of_range(format!("{} out of range", t::name(to))))?;
    ranged(i128::from(whole), to)
}

fn from_json(json: &serde_json::Value, to: u32, names: &dyn Names) -> Result<Value, SqlError> {
    use serde_json::Value as J;
    let kind = match json {
        J::Null => "null",
        J::Bool(_) => "boolean",
        J::Number(_) => "numeric",
        J::String(_) => "string",
        J::Array(_) => "array",
        J::Object(_) => "object",
    };
    match (json, to) {
        (J::Bool(flag), t::BOOL) => Ok(Value::Bool(*flag)),
        (J::Number(number), to) if to != t::BOOL => {
            let value = input::parse(&number.to_string(), t::NUMERIC, names)?;
            convert(value, t::NUMERIC, to, names)
        }
        _ => Err(errors::invalid_parameter(format!("cannot cast jsonb {kind} to type {}", t::name(to)))),
    }
}

fn apply_typmod(value: Value, to: Typed) -> Result<Value, SqlError> {
    Ok(match (value, to.oid) {
        (Value::Text(text), t::VARCHAR) => {
            Value::text(text.chars().take((to.typmod - 4) as usize).collect::<String>())
        }
        (Value::Text(text), t::BPCHAR) => {
            let width = (to.typmod - 4) as usize;
            let cut: String = text.chars().take(width).collect();
            Value::text(format!("{cut:<width$}"))
        }
        (Value::Numeric(number), t::NUMERIC) => numeric_typmod(&number, to.typmod)?,
        (Value::Timestamp(at), t::TIMESTAMP | t::TIMESTAMPTZ) if at != i64::MAX && at != i64::MIN => {
            Value::Timestamp(round_micros(at, to.typmod))
        }
        (Value::Time(at), _) => Value::Time(round_micros(at, to.typmod)),
        (Value::Interval(interval), t::INTERVAL) => Value::Interval(interval_typmod(interval, to.typmod)),
        (Value::Array(array), oid) => {
            let element = t::element_of(oid).unwrap_or(t::TEXT);
            let inner = Typed { oid: element, typmod: to.typmod };
            let values: Result<Vec<_>, _> =
                array.values.iter().map(|item| apply_typmod(item.clone(), inner)).collect();
            Value::Array(Arc::new(Array { values: values?, ..(*array).clone() }))
        }
        (value, _) => value,
    })
}

fn numeric_typmod(number: &Numeric, typmod: i32) -> Result<Value, SqlError> {
    let bits = typmod - 4;
    let (precision, scale) = ((bits >> 16) & 0xffff, ((bits & 0x7ff) ^ 1024) - 1024);
    let rounded = number.round(scale);
    let limit = Numeric::from(10i64).power(i64::from(precision - scale)).unwrap_or_else(Numeric::zero);
    if matches!(rounded, Numeric::Finite(_)) && rounded.abs().compare(&limit).is_ge() {
        let bound = if precision == scale { "1".to_owned() } else { format!("10^{}", precision - scale) };
        return Err(errors::out_of_range("numeric field overflow").detail(format!(
            "A field with precision {precision}, scale {scale} must round to an absolute value less than {bound}."
        )));
    }
    Ok(Value::numeric(rounded))
}

fn round_micros(at: i64, digits: i32) -> i64 {
    let unit = 10i64.pow(6 - digits.clamp(0, 6) as u32);
    (at + unit / 2).div_euclid(unit) * unit
}

fn interval_typmod(mut interval: Interval, typmod: i32) -> Interval {
    let digits = typmod & 0xffff;
    if digits <= 6 {
        let unit = SECOND / 10i64.pow(digits as u32);
        let half = if interval.micros < 0 { -unit / 2 } else { unit / 2 };
        interval.micros = (interval.micros + half) / unit * unit;
    }
    interval
}
