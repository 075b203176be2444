//! Grouping and aggregate functions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Env, compare_key, eval};
use crate::postgres::error::SqlError;
use crate::postgres::query::datetime::Interval;
use crate::postgres::query::errors;
use crate::postgres::query::expr::{Aggregate, OrderKey};
use crate::postgres::query::functions::json::to_json;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::output;
use crate::postgres::query::plan::Group;
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Row, Value};

/// Groups rows: for each grouping set and key, a row of keys, the mask of left-out keys, and the aggregates. Groups come in
/// the order in which their first rows did.
pub(super) fn grouped(
    group: &Group,
    rows: Vec<Row>,
    level: &Env<'_>,
    base: usize,
) -> Result<Vec<Row>, SqlError> {
    let mut result = Vec::new();
    for set in &group.sets {
        let mut places: BTreeMap<Row, usize> = BTreeMap::new();
        let mut groups: Vec<(Row, Vec<usize>)> = Vec::new();
        if set.is_empty() {
            groups.push((vec![Value::Null; group.keys.len()], (0..rows.len()).collect()));
        } else {
            for (at, row) in rows.iter().enumerate() {
                level.context.step(1)?;
                let env = level.with(row, base);
                let mut key = vec![Value::Null; group.keys.len()];
                for place in set {
                    key[*place] = eval(&group.keys[*place], &env)?;
                }
                let place = *places.entry(key.clone()).or_insert_with(|| {
                    groups.push((key, Vec::new()));
                    groups.len() - 1
                });
                groups[place].1.push(at);
            }
        }
        let left_out =
            (0..group.keys.len()).filter(|key| !set.contains(key)).fold(0i64, |mask, key| mask | 1 << key);
        for (mut row, members) in groups {
            row.push(Value::Int(left_out));
            for aggregate in &group.aggregates {
                let members = members.iter().map(|at| rows[*at].as_slice());
                row.push(compute(aggregate, members, level, base)?);
            }
            level.context.row(result.len())?;
            result.push(row);
        }
    }
    Ok(result)
}

/// An aggregate over rows.
pub(super) fn compute<'r>(
    aggregate: &Aggregate,
    rows: impl Iterator<Item = &'r [Value]>,
    level: &Env<'_>,
    base: usize,
) -> Result<Value, SqlError> {
    let mut inputs: Vec<(Row, Row)> = Vec::new();
    for row in rows {
        level.context.step(1)?;
        let env = level.with(row, base);
        if let Some(filter) = &aggregate.filter
            && !eval(filter, &env)?.is_true()
        {
            continue;
        }
        let args = aggregate.args.iter().map(|arg| eval(arg, &env)).collect::<Result<Row, _>>()?;
        let keys = aggregate.order.iter().map(|key| eval(&key.expr, &env)).collect::<Result<Row, _>>()?;
        inputs.push((args, keys));
    }
    if aggregate.distinct {
        let mut seen = BTreeSet::new();
        inputs.retain(|(args, _)| seen.insert(args.clone()));
        if aggregate.order.is_empty() {
            inputs.sort();
        }
    }
    if !aggregate.order.is_empty() {
        inputs.sort_by(|(_, a), (_, b)| ordered(&aggregate.order, a, b));
    }
    let direct = aggregate.direct.iter().map(|arg| eval(arg, level)).collect::<Result<Row, _>>()?;
    let args: Vec<Row> = inputs.into_iter().map(|(args, _)| args).collect();
    finish(aggregate, args, &direct, level)
}

fn ordered(keys: &[OrderKey], a: &Row, b: &Row) -> std::cmp::Ordering {
    let each = keys.iter().zip(a.iter().zip(b));
    each.map(|(key, (a, b))| compare_key(a, b, key.descending, key.nulls_first, key.collate))
        .find(|order| order.is_ne())
        .unwrap_or(std::cmp::Ordering::Equal)
}

fn finish(
    aggregate: &Aggregate,
    rows: Vec<Row>,
    direct: &[Value],
    level: &Env<'_>,
) -> Result<Value, SqlError> {
    let input = aggregate.types.first().copied().unwrap_or(t::ANY);
    let present: Vec<&Value> =
        rows.iter().filter_map(|row| row.first()).filter(|value| !value.is_null()).collect();
    Ok(match aggregate.name {
        "count" if aggregate.args.is_empty() => Value::Int(rows.len() as i64),
        "count" => Value::Int(present.len() as i64),
        "sum" => sum(&present, input, aggregate.result)?,
        "avg" => average(&present, input)?,
        "min" => extreme(&present, input, false),
        "max" => extreme(&present, input, true),
        "any_value" => rows.first().and_then(|row| row.first()).cloned().unwrap_or(Value::Null),
        "bool_and" | "every" => fold_bool(&present, |a, b| a && b),
        "bool_or" => fold_bool(&present, |a, b| a || b),
        "bit_and" => {
            present.iter().map(|value| value.int()).reduce(|a, b| a & b).map_or(Value::Null, Value::Int)
        }
        "bit_or" => {
            present.iter().map(|value| value.int()).reduce(|a, b| a | b).map_or(Value::Null, Value::Int)
        }
        "string_agg" => string_agg(&rows),
        "array_agg" if rows.is_empty() => Value::Null,
        "array_agg" => {
            let element = t::element_of(aggregate.result).unwrap_or(input);
            let values = rows.into_iter().map(|mut row| row.swap_remove(0)).collect();
            Value::Array(Arc::new(super::eval::collect_array(element, values)))
        }
        "json_agg" | "jsonb_agg" if rows.is_empty() => Value::Null,
        "json_agg" | "jsonb_agg" => {
            let items = rows.iter().map(|row| to_json(&row[0], input, level.context)).collect();
            json_result(serde_json::Value::Array(items), aggregate.result, aggregate.name)
        }
        "json_object_agg" | "jsonb_object_agg" if rows.is_empty() => Value::Null,
        "json_object_agg" | "jsonb_object_agg" => {
            let types = (input, aggregate.types.get(1).copied().unwrap_or(t::TEXT));
            let pair = |row: &Row| {
                let key = output::text(&row[0], types.0, level.context).unwrap_or_default();
                (key, to_json(&row[1], types.1, level.context))
            };
            let object = serde_json::Value::Object(rows.iter().map(pair).collect());
            json_result(object, aggregate.result, aggregate.name)
        }
        "stddev" | "stddev_samp" => spread(&present, input, true, true),
        "stddev_pop" => spread(&present, input, false, true),
        "variance" | "var_samp" => spread(&present, input, true, false),
        "var_pop" => spread(&present, input, false, false),
        "percentile_cont" => percentiles(&direct[0], |at| percentile_cont(&present, at), aggregate.result),
        "percentile_disc" => percentiles(&direct[0], |at| percentile_disc(&present, at), aggregate.result),
        "mode" => mode(&present),
        "corr" => correlation(&rows),
        other => return Err(errors::unsupported(format!("aggregate function {other}"))),
    })
}

/// The aggregates that [`finish`] computes.
pub(crate) const KNOWN: &[&str] = &[
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "any_value",
    "bool_and",
    "every",
    "bool_or",
    "bit_and",
    "bit_or",
    "string_agg",
    "array_agg",
    "json_agg",
    "jsonb_agg",
    "json_object_agg",
    "jsonb_object_agg",
    "stddev",
    "stddev_samp",
    "stddev_pop",
    "variance",
    "var_samp",
    "var_pop",
    "percentile_cont",
    "percentile_disc",
    "mode",
    "corr",
];

fn sum(values: &[&Value], input: u32, result: u32) -> Result<Value, SqlError> {
    if values.is_empty() {
        return Ok(Value::Null);
    }
    Ok(match input {
        t::INT2 | t::INT4 => {
            let total = values.iter().try_fold(0i64, |total, value| total.checked_add(value.int()));
            Value::Int(total.ok_or_else(|| errors::out_of_range("bigint out of range"))?)
        }
        t::INT8 => {
            Value::numeric(Numeric::from(values.iter().map(|value| i128::from(value.int())).sum::<i128>()))
        }
        t::FLOAT4 | t::FLOAT8 => Value::Float(values.iter().map(|value| value.float()).sum()),
        t::INTERVAL => Value::Interval(total_interval(values)),
        _ if result == t::NUMERIC => {
            Value::numeric(values.iter().fold(Numeric::zero(), |total, value| total.add(&value.to_numeric())))
        }
        _ => return Err(errors::unsupported(format!("sum over {}", t::name(input)))),
    })
}

fn total_interval(values: &[&Value]) -> Interval {
    values.iter().fold(Interval::default(), |total, value| match value {
        Value::Interval(interval) => total.add(interval),
        _ => total,
    })
}

fn average(values: &[&Value], input: u32) -> Result<Value, SqlError> {
    if values.is_empty() {
        return Ok(Value::Null);
    }
    let count = values.len() as i64;
    Ok(match input {
        t::FLOAT4 | t::FLOAT8 => {
            Value::Float(values.iter().map(|value| value.float()).sum::<f64>() / count as f64)
        }
        t::INTERVAL => Value::Interval(total_interval(values).scale(1.0 / count as f64)),
        _ => {
            let total = values.iter().fold(Numeric::zero(), |total, value| total.add(&value.to_numeric()));
            total.divide(&Numeric::from(count)).map_or(Value::Null, Value::numeric)
        }
    })
}

fn extreme(values: &[&Value], input: u32, greatest: bool) -> Value {
    let collate = matches!(input, t::TEXT | t::VARCHAR | t::BPCHAR);
    let order = |a: &&&Value, b: &&&Value| super::compare_values(a, b, collate);
    let found = if greatest { values.iter().max_by(order) } else { values.iter().min_by(order) };
    found.map_or(Value::Null, |value| (*value).clone())
}

fn fold_bool(values: &[&Value], rule: fn(bool, bool) -> bool) -> Value {
    values.iter().map(|value| value.is_true()).reduce(rule).map_or(Value::Null, Value::Bool)
}

fn string_agg(rows: &[Row]) -> Value {
    let mut text: Option<String> = None;
    for row in rows.iter().filter(|row| !row[0].is_null()) {
        match &mut text {
            None => text = Some(row[0].str().to_owned()),
            Some(text) => {
                text.push_str(row[1].str());
                text.push_str(row[0].str());
            }
        }
    }
    Value::optional_text(text)
}

fn json_result(json: serde_json::Value, result: u32, name: &str) -> Value {
    if result == t::JSONB {
        return Value::Json(Arc::new(crate::postgres::query::input::canonical_json(json)));
    }
    // json_object_agg spaces its braces and colons; json_agg puts a space behind commas.
    let text = match &json {
        serde_json::Value::Object(fields) if name == "json_object_agg" => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("{} : {value}", serde_json::Value::from(key.as_str())));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    };
    Value::text(text)
}

/// Variance or standard deviation; exact decimals for integers and numeric, as `numeric_stddev_internal`.
fn spread(values: &[&Value], input: u32, sample: bool, root: bool) -> Value {
    let count = values.len() as i64;
    let divisor = if sample { count - 1 } else { count };
    if divisor <= 0 {
        return Value::Null;
    }
    if matches!(input, t::FLOAT4 | t::FLOAT8) {
        let mean = values.iter().map(|value| value.float()).sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|value| (value.float() - mean) * (value.float() - mean)).sum();
        let variance = squares / divisor as f64;
        return Value::Float(if root { variance.sqrt() } else { variance });
    }
    let (mut total, mut squares) = (Numeric::zero(), Numeric::zero());
    for value in values {
        let number = value.to_numeric();
        total = total.add(&number);
        squares = squares.add(&number.multiply(&number));
    }
    let n = Numeric::from(count);
    let top = squares.multiply(&n).subtract(&total.multiply(&total));
    if top.signum() <= 0 {
        return Value::numeric(Numeric::zero());
    }
    let variance = top.divide(&n.multiply(&Numeric::from(divisor)));
    let result = if root { variance.and_then(|variance| variance.sqrt()) } else { variance };
    result.map_or(Value::Null, Value::numeric)
}

fn percentiles(fractions: &Value, at: impl Fn(f64) -> Value, result: u32) -> Value {
    match fractions {
        Value::Array(list) => {
            let element = t::element_of(result).unwrap_or(t::FLOAT8);
            Value::array(element, list.values.iter().map(|fraction| at(fraction.float())).collect())
        }
        Value::Null => Value::Null,
        fraction => at(fraction.float()),
    }
}

fn percentile_cont(values: &[&Value], fraction: f64) -> Value {
    if values.is_empty() {
        return Value::Null;
    }
    let place = fraction * (values.len() - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    let share = place - place.floor();
    match (values[low], values[high]) {
        (Value::Interval(a), Value::Interval(b)) => Value::Interval(a.add(&b.add(&a.negate()).scale(share))),
        (a, b) => Value::Float(a.float() + share * (b.float() - a.float())),
    }
}

fn percentile_disc(values: &[&Value], fraction: f64) -> Value {
    if values.is_empty() {
        return Value::Null;
    }
    let place = (fraction * values.len() as f64).ceil().max(1.0) as usize;
    values[place - 1].clone()
}

fn mode(values: &[&Value]) -> Value {
    let mut counts: BTreeMap<&Value, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(*value).or_default() += 1;
    }
    let best = counts.iter().max_by(|(a, x), (b, y)| x.cmp(y).then_with(|| b.cmp(a)));
    best.map_or(Value::Null, |(value, _)| (*value).clone())
}

fn correlation(rows: &[Row]) -> Value {
    let pairs: Vec<(f64, f64)> = rows
        .iter()
        .filter(|row| !row[0].is_null() && !row[1].is_null())
        .map(|row| (row[0].float(), row[1].float()))
        .collect();
    let n = pairs.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| pairs.iter().map(pick).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let sums = pairs.iter().fold((0.0, 0.0, 0.0), |(xy, xx, yy), (x, y)| {
        (xy + (x - mx) * (y - my), xx + (x - mx) * (x - mx), yy + (y - my) * (y - my))
    });
    if pairs.is_empty() || sums.1 == 0.0 || sums.2 == 0.0 {
        Value::Null
    } else {
        Value::Float(sums.0 / (sums.1 * sums.2).sqrt())
    }
}
