//! From bound targets to a [`Select`]: aggregates, windows and set-returning calls are taken out, one after another, and
//! what uses them reads their columns instead.

use std::sync::Arc;

use super::{Binder, Bound};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::expr::{Aggregate, Expr, SetCall, WindowCall, WindowFunction};
use crate::postgres::query::plan::{Distinct, Group, OutColumn, Select, Source};
use crate::postgres::query::types as t;
use crate::postgres::query::walk::{self, Walk};

/// The select list, visible items first, then hidden sort columns; and the grouping keys.
#[derive(Default)]
pub(super) struct Targets {
    pub(super) items: Vec<(Arc<str>, Bound)>,
    pub(super) visible: usize,
    pub(super) keys: Vec<Bound>,
}

impl Targets {
    /// What the query shows.
    pub(super) fn columns(&self) -> Vec<OutColumn> {
        let shown = self.items.iter().take(self.visible);
        shown
            .map(|(name, bound)| {
                let mut ty = bound.ty;
                let literal = bound.is_unknown_literal();
                if ty.oid == t::UNKNOWN {
                    ty.oid = t::TEXT;
                }
                OutColumn { name: name.clone(), ty, literal }
            })
            .collect()
    }

    /// The place of a grouping key, added when it is new.
    pub(super) fn key(&mut self, bound: Bound) -> usize {
        match self.keys.iter().position(|key| key.expr == bound.expr) {
            Some(at) => at,
            None => {
                self.keys.push(bound);
                self.keys.len() - 1
            }
        }
    }
}

/// Replaces what refers to ungrouped rows by what refers to grouped ones.
struct Regroup<'b> {
    keys: &'b [Expr],
    aggregates: Vec<Aggregate>,
    /// Columns that a grouped primary key determines.
    determined: Vec<bool>,
    /// Where the aggregates will begin; those found later come behind.
    first_aggregate: usize,
}

impl Binder<'_> {
    /// Puts a SELECT together from its bound parts.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn assemble(
        &mut self,
        source: Source,
        filter: Option<Expr>,
        mut having: Option<Expr>,
        sets: Option<Vec<Vec<usize>>>,
        mut targets: Targets,
        distinct: Distinct,
        mut width: usize,
    ) -> Result<Select, SqlError> {
        for (_, bound) in &mut targets.items {
            *bound = self.known(bound.clone())?;
        }
        let mut exprs: Vec<Expr> = targets.items.iter().map(|(_, bound)| bound.expr.clone()).collect();
        let aggregated = |e: &Expr| matches!(e, Expr::Aggregate(_) | Expr::Grouping(_));
        let grouped =
            sets.is_some() || having.is_some() || exprs.iter().any(|e| walk::contains(e, aggregated));
        let mut group = None;
        if grouped {
            let keys: Vec<Expr> = targets.keys.iter().map(|bound| bound.expr.clone()).collect();
            let sets = sets.unwrap_or_else(|| vec![Vec::new()]);
            let mut regroup = Regroup {
                determined: self.determined(&keys),
                first_aggregate: keys.len() + 1,
                keys: &keys,
                aggregates: Vec::new(),
            };
            for e in exprs.iter_mut().chain(having.as_mut()) {
                self.regroup(e, &mut regroup)?;
            }
            width = regroup.first_aggregate + regroup.aggregates.len();
            group = Some(Group { aggregates: regroup.aggregates, sets, keys });
        }
        let windows = take_windows(&mut exprs, width)?;
        width += windows.len();
        let sets = take_sets(&mut exprs, width)?;
        Ok(Select { source, filter, group, having, windows, sets, targets: exprs, distinct })
    }

    fn determined(&self, keys: &[Expr]) -> Vec<bool> {
        let Some(scope) = self.scopes.last() else { return Vec::new() };
        let mut determined = vec![false; scope.width];
        for relation in &scope.relations {
            let key_grouped =
                |column: &usize| keys.contains(&Expr::Column { depth: 0, index: relation.offset + column });
            if !relation.key.is_empty() && relation.key.iter().all(key_grouped) {
                determined[relation.offset..relation.offset + relation.columns.len()].fill(true);
            }
        }
        determined
    }

    fn regroup(&self, e: &mut Expr, regroup: &mut Regroup<'_>) -> Result<(), SqlError> {
        walk::expr(e, 0, &mut |e, depth| {
            if depth == 0 {
                if let Some(index) = regroup.keys.iter().position(|key| key == e) {
                    *e = Expr::Column { depth: 0, index };
                    return Ok(Walk::Over);
                }
            } else if let Expr::Column { depth: up, index } = e {
                let at_level = |key: &Expr| *key == Expr::Column { depth: 0, index: *index };
                if *up == depth
                    && let Some(at) = regroup.keys.iter().position(at_level)
                {
                    *index = at;
                    return Ok(Walk::Over);
                }
            }
            match e {
                Expr::Column { depth: up, index } if *up == depth => {
                    if !regroup.determined.get(*index).copied().unwrap_or(false) {
                        return Err(self.ungrouped(*index, depth > 0));
                    }
                    let column = Expr::Column { depth: 0, index: *index };
                    *index = regroup.add(any_value(column));
                    Ok(Walk::Over)
                }
                Expr::Aggregate(call) if depth == 0 => {
                    let index = regroup.add((**call).clone());
                    *e = Expr::Column { depth: 0, index };
                    Ok(Walk::Over)
                }
                Expr::Grouping(args) if depth == 0 => {
                    *e = grouping_value(args, regroup.keys)?;
                    Ok(Walk::Over)
                }
                _ => Ok(Walk::Into),
            }
        })
    }

    fn ungrouped(&self, index: usize, in_subquery: bool) -> SqlError {
        let scope = self.scopes.last();
        let relation = scope.and_then(|scope| {
            scope.relations.iter().find(|r| (r.offset..r.offset + r.columns.len()).contains(&index))
        });
        let Some(relation) = relation else {
            return errors::grouping("column must appear in the GROUP BY clause");
        };
        let column = format!("{}.{}", relation.name, relation.columns[index - relation.offset].name);
        let position = self.reference_position(index);
        if in_subquery {
            return errors::grouping(format!("subquery uses ungrouped column \"{column}\" from outer query"))
                .at(position);
        }
        errors::grouping(format!(
            "column \"{column}\" must appear in the GROUP BY clause or be used in an aggregate function"
        ))
        .at(position)
    }

    fn reference_position(&self, index: usize) -> Option<u32> {
        let level = self.scopes.len() - 1;
        self.references
            .iter()
            .find(|(scope, at, _)| *scope == level && *at == index)
            .and_then(|(_, _, position)| *position)
    }
}

impl Regroup<'_> {
    fn add(&mut self, call: Aggregate) -> usize {
        let at = self.aggregates.iter().position(|known| *known == call).unwrap_or_else(|| {
            self.aggregates.push(call);
            self.aggregates.len() - 1
        });
        self.first_aggregate + at
    }
}

/// Any of the group's values: what a determined column is.
fn any_value(column: Expr) -> Aggregate {
    Aggregate {
        name: "any_value",
        args: vec![column],
        types: vec![t::ANYELEMENT],
        result: t::ANYELEMENT,
        distinct: false,
        order: Vec::new(),
        filter: None,
        direct: Vec::new(),
    }
}

/// GROUPING(a, b): a bit for each argument that the row's grouping set leaves out, read from the mask column.
fn grouping_value(args: &[Expr], keys: &[Expr]) -> Result<Expr, SqlError> {
    use crate::postgres::query::functions;
    let mut places = Vec::new();
    for arg in args {
        let at = keys.iter().position(|key| key == arg).ok_or_else(|| {
            errors::grouping(
                "arguments to GROUPING must be grouping expressions of the associated query level",
            )
        })?;
        places.push(Expr::Const(crate::postgres::query::value::Value::Int(at as i64)));
    }
    let mut call_args = vec![Expr::Column { depth: 0, index: keys.len() }];
    call_args.extend(places);
    let types = vec![t::INT4; call_args.len()].into();
    let call = crate::postgres::query::expr::Call {
        function: functions::GROUPING,
        types,
        result: t::INT4,
        strict: true,
    };
    Ok(Expr::Call { call, args: call_args })
}

fn take_windows(exprs: &mut [Expr], width: usize) -> Result<Vec<WindowCall>, SqlError> {
    let mut windows: Vec<WindowCall> = Vec::new();
    for e in exprs {
        walk::expr(e, 0, &mut |e, depth| match e {
            Expr::Window(call) if depth == 0 => {
                let at = windows.iter().position(|known| known == &**call).unwrap_or_else(|| {
                    windows.push((**call).clone());
                    windows.len() - 1
                });
                *e = Expr::Column { depth: 0, index: width + at };
                Ok(Walk::Over)
            }
            _ => Ok(if depth > 0 { Walk::Over } else { Walk::Into }),
        })?;
    }
    for window in &windows {
        let nested = match &window.function {
            WindowFunction::Aggregate(call) => call.args.as_slice(),
            WindowFunction::Named { args, .. } => args.as_slice(),
        };
        if nested.iter().any(|arg| walk::contains(arg, |e| matches!(e, Expr::Window(_)))) {
            return Err(errors::windowing("window function calls cannot be nested"));
        }
    }
    Ok(windows)
}

fn take_sets(exprs: &mut [Expr], width: usize) -> Result<Vec<SetCall>, SqlError> {
    let mut sets: Vec<SetCall> = Vec::new();
    for e in exprs {
        walk::expr(e, 0, &mut |e, depth| match e {
            Expr::Set(call) if depth == 0 => {
                if call.args.iter().any(|arg| walk::contains(arg, |e| matches!(e, Expr::Set(_)))) {
                    return Err(errors::unsupported("nested set-returning functions in a select list"));
                }
                let at = sets.iter().position(|known| known == &**call).unwrap_or_else(|| {
                    sets.push((**call).clone());
                    sets.len() - 1
                });
                *e = Expr::Column { depth: 0, index: width + at };
                Ok(Walk::Over)
            }
            _ => Ok(if depth > 0 { Walk::Over } else { Walk::Into }),
        })?;
    }
    Ok(sets)
}
