//! Window functions: one column computed over partitions, order and frames.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::aggregate::compute;
use super::{Env, compare_key, eval};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::expr::{Bound, Expr, FrameUnits, WindowCall, WindowFunction};
use crate::postgres::query::value::{Row, Value};

/// A partition's rows in window order, with their peer groups.
struct Partition<'r> {
    rows: Vec<&'r Row>,
    /// For each row, the range of its peers.
    peers: Vec<(usize, usize)>,
    /// For each row, the number of its peer group.
    groups: Vec<usize>,
}

/// Appends the call's value to each row; the rows come out in the window's order, as PostgreSQL's sort leaves them.
pub(super) fn add_column(call: &WindowCall, rows: &mut Vec<Row>, level: &Env<'_>) -> Result<(), SqlError> {
    let mut partitions: BTreeMap<Row, Vec<(Row, usize)>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        level.context.step(1)?;
        let env = level.with(row, 0);
        let key = call.partition.iter().map(|key| eval(key, &env)).collect::<Result<Row, _>>()?;
        let order = call.order.iter().map(|key| eval(&key.expr, &env)).collect::<Result<Row, _>>()?;
        partitions.entry(key).or_default().push((order, at));
    }
    let mut results = vec![Value::Null; rows.len()];
    let mut sequence = Vec::with_capacity(rows.len());
    for (_, mut members) in partitions {
        let compare = |a: &Row, b: &Row| {
            let each = call.order.iter().zip(a.iter().zip(b));
            each.map(|(key, (a, b))| compare_key(a, b, key.descending, key.nulls_first, key.collate))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        members.sort_by(|(a, _), (b, _)| compare(a, b));
        let partition = partition(rows, &members, compare);
        for (place, (_, at)) in members.iter().enumerate() {
            results[*at] = value(call, &partition, place, level)?;
            sequence.push(*at);
        }
    }
    for (row, result) in rows.iter_mut().zip(results) {
        row.push(result);
    }
    *rows = sequence.into_iter().map(|at| std::mem::take(&mut rows[at])).collect();
    Ok(())
}

fn partition<'r>(
    rows: &'r [Row],
    members: &[(Row, usize)],
    compare: impl Fn(&Row, &Row) -> Ordering,
) -> Partition<'r> {
    let mut peers = vec![(0, 0); members.len()];
    let mut groups = vec![0; members.len()];
    let (mut start, mut group) = (0, 0);
    for at in 1..=members.len() {
        if at == members.len() || compare(&members[at - 1].0, &members[at].0).is_ne() {
            peers[start..at].fill((start, at));
            groups[start..at].fill(group);
            start = at;
            group += 1;
        }
    }
    Partition { rows: members.iter().map(|(_, at)| &rows[*at]).collect(), peers, groups }
}

fn value(
    call: &WindowCall,
    partition: &Partition<'_>,
    at: usize,
    level: &Env<'_>,
) -> Result<Value, SqlError> {
    match &call.function {
        WindowFunction::Aggregate(aggregate) => {
            let (start, end) = frame(call, partition, at, level)?;
            compute(aggregate, partition.rows[start..end].iter().map(|row| row.as_slice()), level, 0)
        }
        WindowFunction::Named { name, args } => named(name, args, call, partition, at, level),
    }
}

fn named(
    name: &str,
    args: &[Expr],
    call: &WindowCall,
    partition: &Partition<'_>,
    at: usize,
    level: &Env<'_>,
) -> Result<Value, SqlError> {
    let arg = |place: usize, row: usize| eval(&args[place], &level.with(partition.rows[row], 0));
    let count = partition.rows.len();
    let (first, last) = partition.peers[at];
    Ok(match name {
        "row_number" => Value::Int(at as i64 + 1),
        "rank" => Value::Int(first as i64 + 1),
        "dense_rank" => Value::Int(partition.groups[at] as i64 + 1),
        "percent_rank" if count <= 1 => Value::Float(0.0),
        "percent_rank" => Value::Float(first as f64 / (count - 1) as f64),
        "cume_dist" => Value::Float(last as f64 / count as f64),
        "ntile" => {
            let buckets = arg(0, at)?.int();
            if buckets <= 0 {
                return Err(errors::invalid_parameter("argument of ntile must be greater than zero"));
            }
            Value::Int(tile(at, count, buckets as usize) as i64)
        }
        "lag" | "lead" => {
            let offset = if args.len() > 1 { arg(1, at)?.int() } else { 1 };
            let place = if name == "lag" { at as i64 - offset } else { at as i64 + offset };
            if (0..count as i64).contains(&place) {
                arg(0, place as usize)?
            } else if args.len() > 2 {
                arg(2, at)?
            } else {
                Value::Null
            }
        }
        "first_value" | "last_value" | "nth_value" => {
            let (start, end) = frame(call, partition, at, level)?;
            let place = match name {
                "first_value" => Some(start),
                "last_value" => end.checked_sub(1),
                _ => (start + arg(1, at)?.int().max(1) as usize).checked_sub(1),
            };
            match place.filter(|place| (start..end).contains(place)) {
                Some(place) => arg(0, place)?,
                None => Value::Null,
            }
        }
        other => return Err(errors::unsupported(format!("window function {other}"))),
    })
}

fn tile(at: usize, count: usize, buckets: usize) -> usize {
    let (size, larger) = (count / buckets, count % buckets);
    let boundary = larger * (size + 1);
    if at < boundary { at / (size + 1) + 1 } else { larger + (at - boundary) / size.max(1) + 1 }
}

/// The frame's rows, as a range of the partition.
fn frame(
    call: &WindowCall,
    partition: &Partition<'_>,
    at: usize,
    level: &Env<'_>,
) -> Result<(usize, usize), SqlError> {
    let count = partition.rows.len();
    let env = level.with(partition.rows[at], 0);
    let offset = |expr: &Expr| -> Result<i64, SqlError> {
        match eval(expr, &env)? {
            Value::Int(offset) if offset >= 0 => Ok(offset),
            _ => Err(errors::new(
                crate::postgres::error::SqlState("22013"),
                "frame starting offset must not be negative",
            )),
        }
    };
    let group_edge = |shift: i64, start: bool| -> usize {
        let wanted = partition.groups[at] as i64 + shift;
        let found = partition.groups.iter().position(|group| *group as i64 >= wanted + i64::from(!start));
        found.unwrap_or(count)
    };
    let clamp = |place: i64| place.clamp(0, count as i64) as usize;
    let start = match (&call.frame.start, call.frame.units) {
        (Bound::UnboundedPreceding, _) => 0,
        (Bound::UnboundedFollowing, _) => count,
        (Bound::Current, FrameUnits::Rows) => at,
        (Bound::Current, _) => partition.peers[at].0,
        (Bound::Preceding(e), FrameUnits::Rows) => clamp(at as i64 - offset(e)?),
        (Bound::Following(e), FrameUnits::Rows) => clamp(at as i64 + offset(e)?),
        (Bound::Preceding(e), _) => group_edge(-offset(e)?, true),
        (Bound::Following(e), _) => group_edge(offset(e)?, true),
    };
    let end = match (&call.frame.end, call.frame.units) {
        (Bound::UnboundedPreceding, _) => 0,
        (Bound::UnboundedFollowing, _) => count,
        (Bound::Current, FrameUnits::Rows) => at + 1,
        (Bound::Current, _) => partition.peers[at].1,
        (Bound::Preceding(e), FrameUnits::Rows) => clamp(at as i64 - offset(e)? + 1),
        (Bound::Following(e), FrameUnits::Rows) => clamp(at as i64 + offset(e)? + 1),
        (Bound::Preceding(e), _) => group_edge(-offset(e)?, false),
        (Bound::Following(e), _) => group_edge(offset(e)?, false),
    };
    Ok((start.min(end), end))
}
