//! The executor: each plan node makes all of its rows at once. Catalogs are small, and a query's work is bounded.

pub(crate) mod aggregate;
mod eval;
mod join;
mod window;

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use eval::eval;

use super::Context;
use super::cast::cast;
use super::errors;
use super::expr::{Expr, SetCall};
use super::functions::Args;
use super::plan::{Body, Branch, CteKind, Distinct, Query, Select, SetOperation, SortKey, Source};
use super::value::{Row, Value};
use crate::postgres::collation;
use crate::postgres::error::SqlError;
use crate::postgres::views;

/// The rows in reach of an expression: the level's current row, and those of the levels around it.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) row: &'a [Value],
    /// The level's column that `row` begins with.
    pub(crate) base: usize,
    pub(crate) up: Option<&'a Env<'a>>,
    pub(crate) ctes: Option<&'a Ctes<'a>>,
    pub(crate) context: &'a Context<'a>,
}

/// The WITH queries of one query, computed when first read.
pub(crate) struct Ctes<'a> {
    query: &'a Query,
    /// What their own expressions see.
    env: Env<'a>,
    up: Option<&'a Ctes<'a>>,
    done: RefCell<Vec<Option<Arc<Vec<Row>>>>>,
    /// The working table of the one that is being computed.
    working: RefCell<Vec<Option<Arc<Vec<Row>>>>>,
}

impl<'a> Env<'a> {
    /// The same surroundings with another row.
    pub(crate) fn with<'b>(&self, row: &'b [Value], base: usize) -> Env<'b>
    where
        'a: 'b,
    {
        Env { row, base, up: self.up, ctes: self.ctes, context: self.context }
    }
}

/// Executes a statement's query.
pub(crate) fn run(context: &Context<'_>, query: &Query) -> Result<Vec<Row>, SqlError> {
    let env = Env { row: &[], base: 0, up: None, ctes: None, context };
    let rows = query_rows(query, &env)?;
    Ok(rows)
}

/// A query's rows; `outer` is the row of the level around it.
pub(crate) fn query_rows(query: &Query, outer: &Env<'_>) -> Result<Vec<Row>, SqlError> {
    if query.ctes.is_empty() {
        return query_body(query, outer, outer.ctes);
    }
    let ctes = Ctes {
        query,
        env: *outer,
        up: outer.ctes,
        done: RefCell::new(vec![None; query.ctes.len()]),
        working: RefCell::new(vec![None; query.ctes.len()]),
    };
    query_body(query, outer, Some(&ctes))
}

fn query_body<'a>(
    query: &'a Query,
    outer: &Env<'a>,
    ctes: Option<&'a Ctes<'a>>,
) -> Result<Vec<Row>, SqlError> {
    let width = query.columns.len();
    let level = Env { row: &[], base: 0, up: Some(outer), ctes, context: outer.context };
    let inside = Env { ctes, ..*outer };
    let mut rows = match &query.body {
        Body::Select(select) => select_rows(select, &level)?,
        Body::Values(lists) => {
            let row =
                |list: &Vec<Expr>| list.iter().map(|item| eval(item, &level)).collect::<Result<Row, _>>();
            lists.iter().map(row).collect::<Result<Vec<_>, _>>()?
        }
        Body::Nested(inner) => query_rows(inner, &inside)?,
        Body::Set { operation, all, left, right } => {
            set_rows(*operation, *all, branch_rows(left, &inside)?, branch_rows(right, &inside)?)
        }
    };
    if let Body::Select(select) = &query.body
        && select.distinct == Distinct::Rows
    {
        distinct(&mut rows, width);
    }
    if !query.sort.is_empty() {
        rows.sort_by(|a, b| compare_by(&query.sort, a, b));
    }
    if let Body::Select(select) = &query.body
        && let Distinct::On(keys) = &select.distinct
    {
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(keys.iter().map(|key| row[*key].clone()).collect::<Row>()));
    }
    limit(query, &level, &mut rows)?;
    for row in &mut rows {
        row.truncate(width);
    }
    Ok(rows)
}

fn limit(query: &Query, env: &Env<'_>, rows: &mut Vec<Row>) -> Result<(), SqlError> {
    let count = |bound: &Option<Expr>, word: &str| -> Result<Option<usize>, SqlError> {
        let Some(bound) = bound else { return Ok(None) };
        match eval(bound, env)? {
            Value::Null => Ok(None),
            value if value.int() < 0 => Err(errors::new(
                crate::postgres::error::SqlState(if word == "LIMIT" { "2201W" } else { "2201X" }),
                format!("{word} must not be negative"),
            )),
            value => Ok(Some(value.int() as usize)),
        }
    };
    if let Some(offset) = count(&query.offset, "OFFSET")? {
        rows.drain(..offset.min(rows.len()));
    }
    if let Some(mut limit) = count(&query.limit, "LIMIT")? {
        if query.with_ties && limit > 0 {
            let same = |a: &Row, b: &Row| compare_by(&query.sort, a, b).is_eq();
            while limit < rows.len() && same(&rows[limit - 1], &rows[limit]) {
                limit += 1;
            }
        }
        rows.truncate(limit);
    }
    Ok(())
}

fn compare_by(keys: &[SortKey], a: &Row, b: &Row) -> Ordering {
    let ordered = |key: &SortKey| {
        compare_key(&a[key.column], &b[key.column], key.descending, key.nulls_first, key.collate)
    };
    keys.iter().map(ordered).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Orders two values as ORDER BY does.
pub(crate) fn compare_key(
    a: &Value,
    b: &Value,
    descending: bool,
    nulls_first: bool,
    collate: bool,
) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) if nulls_first => Ordering::Less,
        (true, false) => Ordering::Greater,
        (false, true) if nulls_first => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let order = compare_values(a, b, collate);
            if descending { order.reverse() } else { order }
        }
    }
}

/// Orders two values that aren't null; text by the database's collation when asked.
pub(crate) fn compare_values(a: &Value, b: &Value, collate: bool) -> Ordering {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) if collate => collation::compare(a, b),
        _ => a.compare(b),
    }
}

fn distinct(rows: &mut Vec<Row>, width: usize) {
    let mut seen = BTreeSet::new();
    rows.retain(|row| seen.insert(row[..width].to_vec()));
}

fn branch_rows(branch: &Branch, outer: &Env<'_>) -> Result<Vec<Row>, SqlError> {
    let mut rows = query_rows(&branch.query, outer)?;
    for (at, conversion) in branch.casts.iter().enumerate() {
        if let Some((from, to)) = conversion {
            for row in &mut rows {
                row[at] = cast(std::mem::replace(&mut row[at], Value::Null), *from, *to, outer.context)?;
            }
        }
    }
    Ok(rows)
}

fn set_rows(operation: SetOperation, all: bool, left: Vec<Row>, right: Vec<Row>) -> Vec<Row> {
    match (operation, all) {
        (SetOperation::Union, true) => [left, right].concat(),
        (SetOperation::Union, false) => {
            let mut rows = [left, right].concat();
            let width = rows.first().map_or(0, Vec::len);
            distinct(&mut rows, width);
            rows
        }
        (SetOperation::Intersect, _) | (SetOperation::Except, _) => {
            let mut counts = std::collections::BTreeMap::new();
            for row in right {
                *counts.entry(row).or_insert(0usize) += 1;
            }
            let mut seen = BTreeSet::new();
            let keep = operation == SetOperation::Intersect;
            left.into_iter()
                .filter(|row| match (all, counts.get_mut(row)) {
                    (true, Some(count)) if *count > 0 => {
                        *count -= 1;
                        keep
                    }
                    (true, _) => !keep,
                    (false, found) => found.is_some() == keep && seen.insert(row.clone()),
                })
                .collect()
        }
    }
}

fn select_rows(select: &Select, level: &Env<'_>) -> Result<Vec<Row>, SqlError> {
    let (start, _) = select.source.range();
    let mut rows = source_rows(&select.source, level, (&[], start))?;
    if let Some(filter) = &select.filter {
        retain(&mut rows, filter, level, start)?;
    }
    if let Some(group) = &select.group {
        rows = aggregate::grouped(group, rows, level, start)?;
    }
    if let Some(having) = &select.having {
        retain(&mut rows, having, level, 0)?;
    }
    for call in &select.windows {
        window::add_column(call, &mut rows, level)?;
    }
    if !select.sets.is_empty() {
        rows = expand_sets(&select.sets, rows, level)?;
    }
    let mut projected = Vec::with_capacity(rows.len());
    for row in &rows {
        level.context.step(1)?;
        let env = level.with(row, 0);
        projected.push(select.targets.iter().map(|target| eval(target, &env)).collect::<Result<Row, _>>()?);
    }
    Ok(projected)
}

/// Keeps the rows for which the condition is true.
pub(crate) fn retain(
    rows: &mut Vec<Row>,
    condition: &Expr,
    level: &Env<'_>,
    base: usize,
) -> Result<(), SqlError> {
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows.drain(..) {
        level.context.step(1)?;
        if eval(condition, &level.with(&row, base))?.is_true() {
            kept.push(row);
        }
    }
    *rows = kept;
    Ok(())
}

/// Set-returning calls in a select list: in step, nulls where one has ended.
fn expand_sets(calls: &[SetCall], rows: Vec<Row>, level: &Env<'_>) -> Result<Vec<Row>, SqlError> {
    let mut expanded = Vec::new();
    for row in rows {
        let env = level.with(&row, 0);
        let mut lists = Vec::new();
        for call in calls {
            lists.push(set_values(call, &env)?);
        }
        let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..longest {
            level.context.row(expanded.len())?;
            let mut wide = row.clone();
            wide.extend(lists.iter().map(|list| list.get(at).cloned().unwrap_or(Value::Null)));
            expanded.push(wide);
        }
    }
    Ok(expanded)
}

fn set_values(call: &SetCall, env: &Env<'_>) -> Result<Vec<Value>, SqlError> {
    let rows = set_call_rows(call, env)?;
    if call.columns.len() == 1 {
        return Ok(rows.into_iter().map(|mut row| row.pop().unwrap_or(Value::Null)).collect());
    }
    let fields: Arc<[_]> = call.columns.clone().into();
    let record =
        |values: Row| Value::Record(Arc::new(super::value::Record { fields: fields.clone(), values }));
    Ok(rows.into_iter().map(record).collect())
}

/// The rows of a set-returning call.
pub(crate) fn set_call_rows(call: &SetCall, env: &Env<'_>) -> Result<Vec<Row>, SqlError> {
    let args = call.args.iter().map(|arg| eval(arg, env)).collect::<Result<Row, _>>()?;
    if call.strict && args.iter().any(Value::is_null) {
        return Ok(Vec::new());
    }
    let result = call.columns.first().map_or(0, |(_, oid)| *oid);
    let rows = (call.function.run)(&Args {
        context: env.context,
        values: &args,
        types: &call.types,
        result,
        columns: &call.columns,
    })?;
    env.context.step(rows.len() as u64)?;
    Ok(rows)
}

/// A source's rows. `prefix` is what stands to its left in the level's row when it is read laterally, and where that begins.
pub(crate) fn source_rows(
    source: &Source,
    level: &Env<'_>,
    prefix: (&[Value], usize),
) -> Result<Vec<Row>, SqlError> {
    let (mut rows, filter, offset) = match source {
        Source::Nothing => (vec![Vec::new()], None, 0),
        Source::Relation { relation, offset, filter, .. } => {
            let rows = views::rows(level.context, *relation)?;
            return filtered(&rows, filter.as_ref(), level, *offset);
        }
        Source::Cte { level: out, index, offset, filter, .. } => {
            let rows = cte_rows(level, *out, *index)?;
            return filtered(&rows, filter.as_ref(), level, *offset);
        }
        Source::Functions { calls, ordinality, offset, filter, .. } => {
            (function_rows(calls, *ordinality, &level.with(prefix.0, prefix.1))?, filter.as_ref(), *offset)
        }
        Source::Subquery { query, offset, filter, .. } => {
            (query_rows(query, &level.with(prefix.0, prefix.1))?, filter.as_ref(), *offset)
        }
        Source::Join(join) => return join::rows(join, level, prefix),
    };
    if let Some(filter) = filter {
        retain(&mut rows, filter, level, offset)?;
    }
    Ok(rows)
}

fn filtered(
    rows: &[Row],
    filter: Option<&Expr>,
    level: &Env<'_>,
    offset: usize,
) -> Result<Vec<Row>, SqlError> {
    level.context.step(rows.len() as u64)?;
    let Some(filter) = filter else { return Ok(rows.to_vec()) };
    let mut kept = Vec::new();
    for row in rows {
        if eval(filter, &level.with(row, offset))?.is_true() {
            kept.push(row.clone());
        }
    }
    Ok(kept)
}

fn function_rows(calls: &[SetCall], ordinality: bool, env: &Env<'_>) -> Result<Vec<Row>, SqlError> {
    let lists = calls.iter().map(|call| set_call_rows(call, env)).collect::<Result<Vec<_>, _>>()?;
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let mut rows = Vec::with_capacity(longest);
    for at in 0..longest {
        let mut row = Row::new();
        for (call, list) in calls.iter().zip(&lists) {
            match list.get(at) {
                Some(values) => row.extend(values.iter().cloned()),
                None => row.extend(vec![Value::Null; call.columns.len()]),
            }
        }
        if ordinality {
            row.push(Value::Int(at as i64 + 1));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn cte_rows(level: &Env<'_>, out: usize, index: usize) -> Result<Arc<Vec<Row>>, SqlError> {
    let mut frame = level.ctes;
    for _ in 0..out {
        frame = frame.and_then(|frame| frame.up);
    }
    let frame = frame.expect("the binder resolved the WITH query in a list that is in reach");
    if let Some(rows) = &frame.working.borrow()[index] {
        return Ok(rows.clone());
    }
    if let Some(rows) = &frame.done.borrow()[index] {
        return Ok(rows.clone());
    }
    let env = Env { ctes: Some(frame), ..frame.env };
    let rows = match &frame.query.ctes[index].kind {
        CteKind::Plain(query) => query_rows(query, &env)?,
        CteKind::Recursive { base, step, distinct } => {
            recursive_rows(frame, index, (base, step), *distinct, &env)?
        }
    };
    let rows = Arc::new(rows);
    frame.done.borrow_mut()[index] = Some(rows.clone());
    Ok(rows)
}

fn recursive_rows(
    frame: &Ctes<'_>,
    index: usize,
    (base, step): (&Branch, &Branch),
    distinct: bool,
    env: &Env<'_>,
) -> Result<Vec<Row>, SqlError> {
    let mut seen = BTreeSet::new();
    let mut fresh = |rows: Vec<Row>| -> Vec<Row> {
        if distinct { rows.into_iter().filter(|row| seen.insert(row.clone())).collect() } else { rows }
    };
    let mut working = fresh(branch_rows(base, env)?);
    let mut all = Vec::new();
    while !working.is_empty() {
        env.context.row(all.len() + working.len())?;
        env.context.step(working.len() as u64)?;
        all.extend(working.iter().cloned());
        frame.working.borrow_mut()[index] = Some(Arc::new(working));
        let next = branch_rows(step, env);
        frame.working.borrow_mut()[index] = None;
        working = fresh(next?);
    }
    Ok(all)
}
