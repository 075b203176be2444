//! Array functions and operators.

use std::sync::Arc;

use super::{Args, Run, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::errors;
use crate::postgres::query::output;
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Array, Value};

pub(super) const OPERATORS: &[(&str, Run)] = &[
    ("array_cat", cat),
    ("array_append", append),
    ("array_prepend", prepend),
    ("arraycontains", |a| Ok(Value::Bool(contains(&a.values[0], &a.values[1])))),
    ("arraycontained", |a| Ok(Value::Bool(contains(&a.values[1], &a.values[0])))),
    ("arrayoverlap", |a| {
        Ok(Value::Bool(
            items(&a.values[0]).iter().any(|item| !item.is_null() && items(&a.values[1]).contains(item)),
        ))
    }),
];

pub(super) const TABLE: Table = &[
    ("array_length", |a| Ok(dimension(a).map_or(Value::Null, |length| Value::Int(length as i64)))),
    ("array_upper", |a| {
        Ok(dimension(a).map_or(Value::Null, |length| Value::Int(length as i64 + lower(a) - 1)))
    }),
    ("array_lower", |a| Ok(dimension(a).map_or(Value::Null, |_| Value::Int(lower(a))))),
    ("array_ndims", |a| {
        Ok(match &a.values[0] {
            Value::Array(array) if !array.dimensions.is_empty() => Value::Int(array.dimensions.len() as i64),
            _ => Value::Null,
        })
    }),
    ("array_dims", dims),
    ("cardinality", |a| Ok(Value::Int(items(&a.values[0]).len() as i64))),
    ("array_to_string", to_string),
    ("array_position", position),
    ("array_positions", positions),
    ("array_remove", remove),
    ("array_replace", replace),
    ("array_append", append),
    ("array_prepend", prepend),
    ("array_cat", cat),
    ("array_fill", fill),
    ("array_reverse", reverse),
    ("array_sort", sort),
    ("trim_array", trim),
];

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(array) => &array.values,
        _ => &[],
    }
}

fn element(args: &Args<'_>) -> u32 {
    t::element_of(args.result).unwrap_or(t::TEXT)
}

fn rebuilt(args: &Args<'_>, values: Vec<Value>) -> Value {
    Value::Array(Arc::new(Array::of(element(args), values)))
}

fn dimension(args: &Args<'_>) -> Option<usize> {
    match &args.values[0] {
        Value::Array(array) => array.dimensions.get((args.int(1) - 1).max(0) as usize).copied(),
        _ => None,
    }
}

fn lower(args: &Args<'_>) -> i64 {
    match &args.values[0] {
        Value::Array(array) if args.int(1) == 1 => array.lower,
        _ => 1,
    }
}

fn dims(args: &Args<'_>) -> Result<Value, SqlError> {
    let Value::Array(array) = &args.values[0] else { return Ok(Value::Null) };
    if array.dimensions.is_empty() {
        return Ok(Value::Null);
    }
    let dimension = |(at, length): (usize, &usize)| {
        let lower = if at == 0 { array.lower } else { 1 };
        format!("[{lower}:{}]", lower + *length as i64 - 1)
    };
    Ok(Value::text(array.dimensions.iter().enumerate().map(dimension).collect::<String>()))
}

fn cat(args: &Args<'_>) -> Result<Value, SqlError> {
    let (a, b) = (&args.values[0], &args.values[1]);
    match (a, b) {
        (Value::Null, other) | (other, Value::Null) => return Ok(other.clone()),
        (Value::Array(x), Value::Array(y)) if x.dimensions.len() > 1 || y.dimensions.len() > 1 => {
            let mut dimensions =
                if x.dimensions.is_empty() { y.dimensions.clone() } else { x.dimensions.clone() };
            let stride: usize = dimensions.iter().skip(1).product();
            let values: Vec<Value> = x.values.iter().chain(&y.values).cloned().collect();
            dimensions[0] = values.len() / stride.max(1);
            return Ok(Value::Array(Arc::new(Array {
                element: element(args),
                dimensions,
                lower: 1,
                values,
            })));
        }
        _ => {}
    }
    Ok(rebuilt(args, [items(a), items(b)].concat()))
}

fn append(args: &Args<'_>) -> Result<Value, SqlError> {
    let mut values = items(&args.values[0]).to_vec();
    values.push(args.values[1].clone());
    Ok(rebuilt(args, values))
}

fn prepend(args: &Args<'_>) -> Result<Value, SqlError> {
    let mut values = vec![args.values[0].clone()];
    values.extend_from_slice(items(&args.values[1]));
    Ok(rebuilt(args, values))
}

fn contains(whole: &Value, part: &Value) -> bool {
    items(part).iter().all(|item| !item.is_null() && items(whole).contains(item))
}

fn to_string(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.values[0].is_null() || args.values[1].is_null() {
        return Ok(Value::Null);
    }
    let element = t::element_of(args.type_of(0)).unwrap_or(t::TEXT);
    let null = args.values.get(2).filter(|value| !value.is_null()).map(|value| value.str().to_owned());
    let shown = |value: &Value| output::text(value, element, args.context).or_else(|| null.clone());
    let parts: Vec<String> = items(&args.values[0]).iter().filter_map(shown).collect();
    Ok(Value::text(parts.join(args.str(1))))
}

fn position(args: &Args<'_>) -> Result<Value, SqlError> {
    let start = if args.values.len() > 2 { args.int(2) } else { 1 };
    let found = items(&args.values[0])
        .iter()
        .enumerate()
        .position(|(at, item)| at as i64 + 1 >= start && *item == args.values[1]);
    Ok(found.map_or(Value::Null, |at| Value::Int(at as i64 + 1)))
}

fn positions(args: &Args<'_>) -> Result<Value, SqlError> {
    let found = items(&args.values[0]).iter().enumerate().filter(|(_, item)| **item == args.values[1]);
    Ok(Value::array(t::INT4, found.map(|(at, _)| Value::Int(at as i64 + 1)).collect()))
}

fn remove(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.values[0].is_null() {
        return Ok(Value::Null);
    }
    Ok(rebuilt(
        args,
        items(&args.values[0]).iter().filter(|item| **item != args.values[1]).cloned().collect(),
    ))
}

fn replace(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.values[0].is_null() {
        return Ok(Value::Null);
    }
    let swap = |item: &Value| if *item == args.values[1] { args.values[2].clone() } else { item.clone() };
    Ok(rebuilt(args, items(&args.values[0]).iter().map(swap).collect()))
}

fn fill(args: &Args<'_>) -> Result<Value, SqlError> {
    let dimensions: Vec<usize> =
        items(&args.values[1]).iter().map(|length| length.int().max(0) as usize).collect();
    let total: usize = dimensions.iter().product();
    args.context.step(total as u64)?;
    if total == 0 {
        return Ok(rebuilt(args, Vec::new()));
    }
    let values = vec![args.values[0].clone(); total];
    Ok(Value::Array(Arc::new(Array { element: element(args), dimensions, lower: 1, values })))
}

fn reverse(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(rebuilt(args, items(&args.values[0]).iter().rev().cloned().collect()))
}

fn sort(args: &Args<'_>) -> Result<Value, SqlError> {
    let mut values = items(&args.values[0]).to_vec();
    values.sort();
    if args.flag(1) {
        values.reverse();
    }
    Ok(rebuilt(args, values))
}

fn trim(args: &Args<'_>) -> Result<Value, SqlError> {
    let values = items(&args.values[0]);
    let count = args.int(1);
    if count < 0 || count as usize > values.len() {
        return Err(errors::new(
            SqlState("2202E"),
            format!("number of elements to trim must be between 0 and {}", values.len()),
        ));
    }
    Ok(rebuilt(args, values[..values.len() - count as usize].to_vec()))
}
