//! Joins: hashed on equalities, nested loops for the rest.

use std::collections::BTreeMap;

use super::{Env, eval, source_rows};
use crate::postgres::error::SqlError;
use crate::postgres::query::expr::Expr;
use crate::postgres::query::plan::{Join, JoinKind};
use crate::postgres::query::value::{Row, Value};

/// A join's rows, the left ones' order kept.
pub(super) fn rows(join: &Join, level: &Env<'_>, prefix: (&[Value], usize)) -> Result<Vec<Row>, SqlError> {
    let left = source_rows(&join.left, level, prefix)?;
    if join.lateral {
        return lateral(join, left, level, prefix);
    }
    let right = source_rows(&join.right, level, prefix)?;
    let index = Index::new(join, &right, level)?;
    let mut joined = Vec::new();
    let mut matched = vec![false; right.len()];
    for row in &left {
        level.context.step(1)?;
        let mut found = false;
        for at in index.candidates(join, row, level)? {
            let at = *at;
            let wide = concat(row, &right[at]);
            if holds(join.condition.as_ref(), &wide, level, join.offset)? {
                found = true;
                matched[at] = true;
                level.context.row(joined.len())?;
                joined.push(wide);
            }
        }
        if !found && matches!(join.kind, JoinKind::Left | JoinKind::Full) {
            joined.push(concat(row, &vec![Value::Null; join.end - join.middle]));
        }
    }
    if matches!(join.kind, JoinKind::Right | JoinKind::Full) {
        let nulls = vec![Value::Null; join.middle - join.offset];
        let unmatched = right.iter().zip(matched).filter(|(_, matched)| !matched);
        joined.extend(unmatched.map(|(row, _)| concat(&nulls, row)));
    }
    Ok(joined)
}

fn lateral(
    join: &Join,
    left: Vec<Row>,
    level: &Env<'_>,
    prefix: (&[Value], usize),
) -> Result<Vec<Row>, SqlError> {
    let base = if prefix.0.is_empty() { join.offset } else { prefix.1 };
    let mut joined = Vec::new();
    for row in &left {
        let seen = concat(prefix.0, row);
        let right = source_rows(&join.right, level, (&seen, base))?;
        let mut found = false;
        for other in &right {
            let wide = concat(row, other);
            if holds(join.condition.as_ref(), &wide, level, join.offset)? {
                found = true;
                level.context.row(joined.len())?;
                joined.push(wide);
            }
        }
        if !found && join.kind == JoinKind::Left {
            joined.push(concat(row, &vec![Value::Null; join.end - join.middle]));
        }
    }
    Ok(joined)
}

/// The right rows by their keys, or all of them.
enum Index {
    Keys(BTreeMap<Row, Vec<usize>>),
    All(Vec<usize>),
}

impl Index {
    fn new(join: &Join, right: &[Row], level: &Env<'_>) -> Result<Self, SqlError> {
        if join.keys.is_empty() {
            return Ok(Self::All((0..right.len()).collect()));
        }
        let mut keys: BTreeMap<Row, Vec<usize>> = BTreeMap::new();
        for (at, row) in right.iter().enumerate() {
            level.context.step(1)?;
            let env = level.with(row, join.middle);
            let key = join.keys.iter().map(|(_, key)| eval(key, &env)).collect::<Result<Row, _>>()?;
            if !key.iter().any(Value::is_null) {
                keys.entry(key).or_default().push(at);
            }
        }
        Ok(Self::Keys(keys))
    }

    fn candidates(&self, join: &Join, row: &Row, level: &Env<'_>) -> Result<&[usize], SqlError> {
        match self {
            Self::All(all) => {
                level.context.step(all.len() as u64)?;
                Ok(all)
            }
            Self::Keys(keys) => {
                let env = level.with(row, join.offset);
                let key = join.keys.iter().map(|(key, _)| eval(key, &env)).collect::<Result<Row, _>>()?;
                Ok(keys.get(&key).map_or(&[], Vec::as_slice))
            }
        }
    }
}

fn holds(condition: Option<&Expr>, row: &Row, level: &Env<'_>, base: usize) -> Result<bool, SqlError> {
    condition.map_or(Ok(true), |condition| Ok(eval(condition, &level.with(row, base))?.is_true()))
}

fn concat(left: &[Value], right: &[Value]) -> Row {
    let mut row = Vec::with_capacity(left.len() + right.len());
    row.extend_from_slice(left);
    row.extend_from_slice(right);
    row
}
