//! Walking bound expressions, subqueries included: for each expression, how many query levels it lies below the start.

use super::expr::{Aggregate, Bound, Expr, Operation, OrderKey, SetCall, WindowCall, WindowFunction};
use super::plan::{Body, Branch, CteKind, Query, Select, Source};
use crate::postgres::error::SqlError;

/// What to do after looking at an expression.
pub(crate) enum Walk {
    /// Look at its parts too.
    Into,
    /// Leave its parts.
    Over,
}

type Visit<'a> = &'a mut dyn FnMut(&mut Expr, usize) -> Result<Walk, SqlError>;

/// Visits an expression and its parts, parents first.
pub(crate) fn expr(e: &mut Expr, depth: usize, visit: Visit<'_>) -> Result<(), SqlError> {
    if let Walk::Over = visit(e, depth)? {
        return Ok(());
    }
    match e {
        Expr::Const(_) | Expr::Column { .. } => Ok(()),
        Expr::Call { args, .. }
        | Expr::And(args)
        | Expr::Or(args)
        | Expr::Coalesce(args)
        | Expr::Grouping(args) => all(args, depth, visit),
        Expr::Extreme { args, .. } => all(args, depth, visit),
        Expr::Array { items, .. } | Expr::Row { items, .. } => all(items, depth, visit),
        Expr::Compare { left, right, .. } | Expr::IsDistinct { left, right, .. } => {
            expr(left, depth, visit)?;
            expr(right, depth, visit)
        }
        Expr::NullIf { value, equal } => {
            expr(value, depth, visit)?;
            expr(equal, depth, visit)
        }
        Expr::Not(inner)
        | Expr::IsNull { expr: inner, .. }
        | Expr::IsBool { expr: inner, .. }
        | Expr::Cast { expr: inner, .. }
        | Expr::Field { expr: inner, .. } => expr(inner, depth, visit),
        Expr::Case { branches, otherwise } => {
            for (condition, result) in branches {
                expr(condition, depth, visit)?;
                expr(result, depth, visit)?;
            }
            expr(otherwise, depth, visit)
        }
        Expr::Subscript { expr: inner, indices } => {
            expr(inner, depth, visit)?;
            all(indices, depth, visit)
        }
        Expr::Slice { expr: inner, lower, upper } => {
            expr(inner, depth, visit)?;
            for bound in [lower, upper].into_iter().flatten() {
                expr(bound, depth, visit)?;
            }
            Ok(())
        }
        Expr::Quantified {
            left, array, operation: Operation::Call(_) | Operation::Compare { .. }, ..
        } => {
            expr(left, depth, visit)?;
            expr(array, depth, visit)
        }
        Expr::Scalar(inner) | Expr::Exists(inner) | Expr::ArraySubquery { query: inner, .. } => {
            query(inner, depth, visit)
        }
        Expr::QuantifiedSubquery { left, query: inner, .. } => {
            all(left, depth, visit)?;
            query(inner, depth, visit)
        }
        Expr::Aggregate(call) => aggregate(call, depth, visit),
        Expr::Window(call) => window(call, depth, visit),
        Expr::Set(call) => set(call, depth, visit),
    }
}

fn all(list: &mut [Expr], depth: usize, visit: Visit<'_>) -> Result<(), SqlError> {
    list.iter_mut().try_for_each(|e| expr(e, depth, visit))
}

fn keys(list: &mut [OrderKey], depth: usize, visit: Visit<'_>) -> Result<(), SqlError> {
    list.iter_mut().try_for_each(|key| expr(&mut key.expr, depth, visit))
}

/// Visits an aggregate's arguments, order, filter and direct arguments.
pub(crate) fn aggregate(call: &mut Aggregate, depth: usize, visit: Visit<'_>) -> Result<(), SqlError> {
    all(&mut call.args, depth, visit)?;
    all(&mut call.direct, depth, visit)?;
    keys(&mut call.order, depth, visit)?;
    call.filter.as_mut().map_or(Ok(()), |filter| expr(filter, depth, visit))
}

/// Visits a window call's parts.
pub(crate) fn window(call: &mut WindowCall, depth: usize, visit: Visit<'_>) -> Result<(), SqlError> {
    match &mut call.function {
        WindowFunction::Aggregate(inner) => aggregate(inner, depth, visit)?,
        WindowFunction::Named { args, .. } => all(args, depth, visit)?,
    }
    all(&mut call.partition, depth, visit)?;
    keys(&mut call.order, depth, visit)?;
    for bound in [&mut call.frame.start, &mut call.frame.end] {
        if let Bound::Preceding(offset) | Bound::Following(offset) = bound {
            expr(offset, depth, visit)?;
        }
    }
    Ok(())
}

/// Visits a set-returning call's arguments.
pub(crate) fn set(call: &mut SetCall, depth: usize, visit: Visit<'_>) -> Result<(), SqlError> {
    all(&mut call.args, depth, visit)
}

/// Visits every expression of a query; those of its own SELECTs lie one level deeper.
pub(crate) fn query(q: &mut Query, depth: usize, visit: Visit<'_>) -> Result<(), SqlError> {
    for cte in &mut q.ctes {
        match &mut cte.kind {
            CteKind::Plain(inner) => query(inner, depth, visit)?,
            CteKind::Recursive { base, step, .. } => {
                query(&mut base.query, depth, visit)?;
                query(&mut step.query, depth, visit)?;
            }
        }
    }
    match &mut q.body {
        Body::Select(inner) => select(inner, depth + 1, visit)?,
        Body::Values(rows) => rows.iter_mut().try_for_each(|row| all(row, depth + 1, visit))?,
        Body::Nested(inner) => query(inner, depth, visit)?,
        Body::Set { left, right, .. } => {
            let mut branch = |branch: &mut Branch| query(&mut branch.query, depth, visit);
            branch(left)?;
            branch(right)?;
        }
    }
    for bound in [&mut q.limit, &mut q.offset].into_iter().flatten() {
        expr(bound, depth + 1, visit)?;
    }
    Ok(())
}

fn select(s: &mut Select, depth: usize, visit: Visit<'_>) -> Result<(), SqlError> {
    source(&mut s.source, depth, visit)?;
    for filter in [&mut s.filter, &mut s.having].into_iter().flatten() {
        expr(filter, depth, visit)?;
    }
    if let Some(group) = &mut s.group {
        all(&mut group.keys, depth, visit)?;
        group.aggregates.iter_mut().try_for_each(|call| aggregate(call, depth, visit))?;
    }
    s.windows.iter_mut().try_for_each(|call| window(call, depth, visit))?;
    s.sets.iter_mut().try_for_each(|call| set(call, depth, visit))?;
    all(&mut s.targets, depth, visit)
}

fn source(s: &mut Source, depth: usize, visit: Visit<'_>) -> Result<(), SqlError> {
    match s {
        Source::Nothing => Ok(()),
        Source::Relation { filter, .. } | Source::Cte { filter, .. } => {
            filter.as_mut().map_or(Ok(()), |filter| expr(filter, depth, visit))
        }
        Source::Functions { calls, filter, .. } => {
            calls.iter_mut().try_for_each(|call| set(call, depth, visit))?;
            filter.as_mut().map_or(Ok(()), |filter| expr(filter, depth, visit))
        }
        Source::Subquery { query: inner, filter, .. } => {
            query(inner, depth, visit)?;
            filter.as_mut().map_or(Ok(()), |filter| expr(filter, depth, visit))
        }
        Source::Join(join) => {
            source(&mut join.left, depth, visit)?;
            source(&mut join.right, depth, visit)?;
            for (left, right) in &mut join.keys {
                expr(left, depth, visit)?;
                expr(right, depth, visit)?;
            }
            join.condition.as_mut().map_or(Ok(()), |condition| expr(condition, depth, visit))
        }
    }
}

/// The columns of the level itself that an expression reads, subqueries' outer references included.
pub(crate) fn columns_read(e: &Expr) -> Vec<usize> {
    let mut found = Vec::new();
    let mut copy = e.clone();
    let walked = expr(&mut copy, 0, &mut |e, depth| {
        if let Expr::Column { depth: up, index } = e
            && *up == depth
        {
            found.push(*index);
        }
        Ok(Walk::Into)
    });
    debug_assert!(walked.is_ok(), "the visitor above never fails");
    found
}

/// Does any expression of it satisfy the test?
pub(crate) fn contains(e: &Expr, test: impl Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    let mut copy = e.clone();
    let walked = expr(&mut copy, 0, &mut |e, depth| {
        found |= depth == 0 && test(e);
        Ok(if found || depth > 0 { Walk::Over } else { Walk::Into })
    });
    debug_assert!(walked.is_ok(), "the visitor above never fails");
    found
}
