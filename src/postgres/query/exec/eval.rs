//! Evaluating bound expressions over a row.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Env, compare_values, query_rows};
use crate::postgres::error::SqlError;
use crate::postgres::query::cast::cast;
use crate::postgres::query::errors;
use crate::postgres::query::expr::{Comparison, Expr, Operation};
use crate::postgres::query::functions::Args;
use crate::postgres::query::plan::Query;
use crate::postgres::query::types::Typed;
use crate::postgres::query::value::{Array, Record, Row, Value};

/// An expression's value over a row.
pub(crate) fn eval(expr: &Expr, env: &Env<'_>) -> Result<Value, SqlError> {
    Ok(match expr {
        Expr::Const(value) => value.clone(),
        Expr::Column { depth, index } => column(env, *depth, *index),
        Expr::Call { call, args } => {
            env.context.step(1)?;
            let values = args.iter().map(|arg| eval(arg, env)).collect::<Result<Row, _>>()?;
            if call.strict && values.iter().any(Value::is_null) {
                return Ok(Value::Null);
            }
            let args = Args {
                context: env.context,
                values: &values,
                types: &call.types,
                result: call.result,
                columns: &[],
            };
            (call.function.run)(&args)?
        }
        Expr::Compare { comparison, collate, left, right } => {
            compare(*comparison, &eval(left, env)?, &eval(right, env)?, *collate)
        }
        Expr::And(parts) => connective(parts, env, false)?,
        Expr::Or(parts) => connective(parts, env, true)?,
        Expr::Not(inner) => not(eval(inner, env)?),
        Expr::IsNull { expr, negated } => Value::Bool(is_null(&eval(expr, env)?, *negated)),
        Expr::IsBool { expr, value, negated } => {
            let found = match eval(expr, env)? {
                Value::Bool(flag) => Some(flag),
                _ => None,
            };
            Value::Bool((found == *value) != *negated)
        }
        Expr::IsDistinct { left, right, negated } => {
            Value::Bool((eval(left, env)?.compare(&eval(right, env)?) != Ordering::Equal) != *negated)
        }
        Expr::Cast { expr, from, to } => cast(eval(expr, env)?, *from, *to, env.context)?,
        Expr::Case { branches, otherwise } => {
            for (condition, result) in branches {
                if eval(condition, env)?.is_true() {
                    return eval(result, env);
                }
            }
            eval(otherwise, env)?
        }
        Expr::Coalesce(args) => {
            for arg in args {
                let value = eval(arg, env)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            Value::Null
        }
        Expr::Extreme { greatest, collate, args } => extreme(args, env, *greatest, *collate)?,
        Expr::NullIf { value, equal } => {
            if eval(equal, env)?.is_true() {
                Value::Null
            } else {
                eval(value, env)?
            }
        }
        Expr::Array { element, items, nested } => array(*element, items, *nested, env)?,
        Expr::Row { fields, items } => {
            let values = items.iter().map(|item| eval(item, env)).collect::<Result<Row, _>>()?;
            Value::Record(Arc::new(Record { fields: fields.clone(), values }))
        }
        Expr::Field { expr, index } => match eval(expr, env)? {
            Value::Record(record) => record.values.get(*index).cloned().unwrap_or(Value::Null),
            _ => Value::Null,
        },
        Expr::Subscript { expr, indices } => subscript(&eval(expr, env)?, indices, env)?,
        Expr::Slice { expr, lower, upper } => {
            let side = |bound: &Option<Box<Expr>>| bound.as_ref().map(|bound| eval(bound, env)).transpose();
            slice(&eval(expr, env)?, side(lower)?, side(upper)?)
        }
        Expr::Quantified { operation, all, left, array } => {
            let (left, array) = (eval(left, env)?, eval(array, env)?);
            match array {
                Value::Array(array) => {
                    env.context.step(array.values.len() as u64)?;
                    let found = array.values.iter().map(|item| apply(operation, &left, item, env));
                    quantify(found, *all)?
                }
                _ => Value::Null,
            }
        }
        Expr::Scalar(query) => scalar(query, env)?,
        Expr::Exists(query) => Value::Bool(!subquery(query, env)?.is_empty()),
        Expr::ArraySubquery { element, query } => {
            let rows = subquery(query, env)?;
            Value::Array(Arc::new(collect_array(*element, rows.iter().map(|row| row[0].clone()).collect())))
        }
        Expr::QuantifiedSubquery { operations, all, left, casts, query } => {
            let left = left.iter().map(|item| eval(item, env)).collect::<Result<Row, _>>()?;
            let rows = subquery(query, env)?;
            env.context.step(rows.len() as u64)?;
            quantify(rows.iter().map(|row| row_matches(operations, casts, &left, row, env)), *all)?
        }
        Expr::Aggregate(_) | Expr::Grouping(_) | Expr::Window(_) | Expr::Set(_) => {
            return Err(errors::unsupported("an aggregate, window or set-returning call in this place"));
        }
    })
}

fn column(env: &Env<'_>, depth: usize, index: usize) -> Value {
    let mut at = env;
    for _ in 0..depth {
        at = at.up.expect("the binder counted the levels");
    }
    at.row[index - at.base].clone()
}

/// AND (deciding on false) and OR (deciding on true), three-valued.
fn connective(parts: &[Expr], env: &Env<'_>, decides: bool) -> Result<Value, SqlError> {
    let mut unknown = false;
    for part in parts {
        match eval(part, env)? {
            Value::Bool(flag) if flag == decides => return Ok(Value::Bool(decides)),
            Value::Bool(_) => {}
            _ => unknown = true,
        }
    }
    Ok(if unknown { Value::Null } else { Value::Bool(!decides) })
}

fn not(value: Value) -> Value {
    match value {
        Value::Bool(flag) => Value::Bool(!flag),
        _ => Value::Null,
    }
}

/// A row is null when all of its fields are, and not null when none is.
fn is_null(value: &Value, negated: bool) -> bool {
    match value {
        Value::Record(record) if negated => record.values.iter().all(|value| !value.is_null()),
        Value::Record(record) => record.values.iter().all(Value::is_null),
        value => value.is_null() != negated,
    }
}

fn compare(comparison: Comparison, left: &Value, right: &Value, collate: bool) -> Value {
    if left.is_null() || right.is_null() {
        return Value::Null;
    }
    let order = compare_values(left, right, collate);
    Value::Bool(match comparison {
        Comparison::Eq => order.is_eq(),
        Comparison::NotEq => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessEq => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterEq => order.is_ge(),
    })
}

fn apply(operation: &Operation, left: &Value, right: &Value, env: &Env<'_>) -> Result<Value, SqlError> {
    match operation {
        Operation::Compare { comparison, collate } => Ok(compare(*comparison, left, right, *collate)),
        Operation::Call(call) => {
            let values = [left.clone(), right.clone()];
            if call.strict && values.iter().any(Value::is_null) {
                return Ok(Value::Null);
            }
            (call.function.run)(&Args {
                context: env.context,
                values: &values,
                types: &call.types,
                result: call.result,
                columns: &[],
            })
        }
    }
}

fn quantify(results: impl Iterator<Item = Result<Value, SqlError>>, all: bool) -> Result<Value, SqlError> {
    let mut unknown = false;
    for result in results {
        match result? {
            Value::Bool(flag) if flag != all => return Ok(Value::Bool(!all)),
            Value::Bool(_) => {}
            _ => unknown = true,
        }
    }
    Ok(if unknown { Value::Null } else { Value::Bool(all) })
}

fn row_matches(
    operations: &[Operation],
    casts: &[Option<(u32, Typed)>],
    left: &[Value],
    right: &Row,
    env: &Env<'_>,
) -> Result<Value, SqlError> {
    let mut unknown = false;
    for (at, operation) in operations.iter().enumerate() {
        let mut value = right[at].clone();
        if let Some((from, to)) = casts[at] {
            value = cast(value, from, to, env.context)?;
        }
        match apply(operation, &left[at], &value, env)? {
            Value::Bool(true) => {}
            Value::Bool(false) => return Ok(Value::Bool(false)),
            _ => unknown = true,
        }
    }
    Ok(if unknown { Value::Null } else { Value::Bool(true) })
}

fn extreme(args: &[Expr], env: &Env<'_>, greatest: bool, collate: bool) -> Result<Value, SqlError> {
    let mut best = Value::Null;
    for arg in args {
        let value = eval(arg, env)?;
        if value.is_null() {
            continue;
        }
        let order = compare_values(&value, &best, collate);
        if best.is_null() || (order == Ordering::Greater) == greatest && order.is_ne() {
            best = value;
        }
    }
    Ok(best)
}

fn array(element: u32, items: &[Expr], nested: bool, env: &Env<'_>) -> Result<Value, SqlError> {
    let values = items.iter().map(|item| eval(item, env)).collect::<Result<Row, _>>()?;
    if !nested {
        return Ok(Value::Array(Arc::new(Array::of(element, values))));
    }
    let array = collect_array(element, values);
    Ok(Value::Array(Arc::new(array)))
}

/// An array of the values; arrays among them become another dimension.
pub(crate) fn collect_array(element: u32, values: Row) -> Array {
    let inner = values.iter().find_map(|value| match value {
        Value::Array(array) => Some(array.dimensions.clone()),
        _ => None,
    });
    let Some(inner) = inner else { return Array::of(element, values) };
    let mut dimensions = vec![values.len()];
    dimensions.extend(inner);
    let flat = values.into_iter().flat_map(|value| match value {
        Value::Array(array) => array.values.clone(),
        other => vec![other],
    });
    Array { element, dimensions, lower: 1, values: flat.collect() }
}

fn subscript(value: &Value, indices: &[Expr], env: &Env<'_>) -> Result<Value, SqlError> {
    let Value::Array(array) = value else { return Ok(Value::Null) };
    if indices.len() != array.dimensions.len() {
        return Ok(Value::Null);
    }
    let mut flat = 0usize;
    for (at, index) in indices.iter().enumerate() {
        let index = eval(index, env)?;
        let lower = if at == 0 { array.lower } else { 1 };
        let place = index.int() - lower;
        if index.is_null() || place < 0 || place as usize >= array.dimensions[at] {
            return Ok(Value::Null);
        }
        flat = flat * array.dimensions[at] + place as usize;
    }
    Ok(array.values.get(flat).cloned().unwrap_or(Value::Null))
}

fn slice(value: &Value, lower: Option<Value>, upper: Option<Value>) -> Value {
    let Value::Array(array) = value else { return Value::Null };
    if lower.as_ref().is_some_and(Value::is_null) || upper.as_ref().is_some_and(Value::is_null) {
        return Value::Null;
    }
    let count = array.dimensions.first().copied().unwrap_or(0) as i64;
    let stride = array.values.len().checked_div(count as usize).unwrap_or(0);
    let first = lower.map_or(array.lower, |value| value.int()).max(array.lower) - array.lower;
    let last =
        upper.map_or(array.lower + count - 1, |value| value.int()).min(array.lower + count - 1) - array.lower;
    if first > last || count == 0 {
        return Value::Array(Arc::new(Array::of(array.element, Vec::new())));
    }
    let (first, last) = (first as usize, last as usize);
    let mut dimensions = array.dimensions.clone();
    dimensions[0] = last - first + 1;
    let values = array.values[first * stride..(last + 1) * stride].to_vec();
    Value::Array(Arc::new(Array { element: array.element, dimensions, lower: 1, values }))
}

/// A subquery's rows; those of an uncorrelated one are computed once a statement.
fn subquery(query: &Query, env: &Env<'_>) -> Result<Arc<Vec<Row>>, SqlError> {
    if query.correlated {
        return Ok(Arc::new(query_rows(query, env)?));
    }
    if let Some(rows) = env.context.remembered.borrow().get(&query.id) {
        return Ok(rows.clone());
    }
    let rows = Arc::new(query_rows(query, env)?);
    env.context.remembered.borrow_mut().insert(query.id, rows.clone());
    Ok(rows)
}

fn scalar(query: &Query, env: &Env<'_>) -> Result<Value, SqlError> {
    let rows = subquery(query, env)?;
    match rows.as_slice() {
        [] => Ok(Value::Null),
        [row] => Ok(row[0].clone()),
        _ => Err(errors::cardinality("more than one row returned by a subquery used as an expression")),
    }
}
