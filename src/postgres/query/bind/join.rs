//! Conditions moved to where they cut rows earliest, and equalities made hash keys.
//!
//! Only what every PostgreSQL plan does too: WHERE conditions go below inner joins and to the preserved side of outer ones.

use crate::postgres::query::expr::{Comparison, Expr};
use crate::postgres::query::plan::{Join, JoinKind, Source};
use crate::postgres::query::walk;

/// Distributes WHERE's conjuncts over the FROM tree; what can't go down is returned.
pub(super) fn distribute(source: Source, conditions: Vec<Expr>) -> (Source, Vec<Expr>) {
    match source {
        Source::Join(join) => distribute_join(*join, conditions),
        Source::Nothing => (Source::Nothing, conditions),
        leaf => {
            let (own, rest) = conditions.into_iter().partition(|condition| within(condition, leaf.range()));
            (with_filter(leaf, own), rest)
        }
    }
}

fn distribute_join(mut join: Join, conditions: Vec<Expr>) -> (Source, Vec<Expr>) {
    let on = join.condition.take().map_or(Vec::new(), Expr::conjuncts);
    let (left_range, right_range) = ((join.offset, join.middle), (join.middle, join.end));
    let whole = (join.offset, join.end);
    let (mut to_left, mut to_right, mut here, mut above) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (push_left, push_right) = match join.kind {
        JoinKind::Inner => (true, true),
        JoinKind::Left => (true, false),
        JoinKind::Right => (false, true),
        JoinKind::Full => (false, false),
    };
    for condition in conditions {
        if push_left && within(&condition, left_range) {
            to_left.push(condition);
        } else if push_right && within(&condition, right_range) {
            to_right.push(condition);
        } else if join.kind == JoinKind::Inner && within(&condition, whole) {
            here.push(condition);
        } else {
            above.push(condition);
        }
    }
    for condition in on {
        match join.kind {
            JoinKind::Inner | JoinKind::Right if within(&condition, left_range) => to_left.push(condition),
            JoinKind::Inner | JoinKind::Left if within(&condition, right_range) => to_right.push(condition),
            _ => here.push(condition),
        }
    }
    let (left, left_over) = distribute(join.left, to_left);
    let (right, right_over) = distribute(join.right, to_right);
    join.left = reapply(left, left_over, &mut here, join.kind != JoinKind::Inner);
    join.right = reapply(right, right_over, &mut here, join.kind != JoinKind::Inner);
    split_keys(&mut join, here);
    (Source::Join(Box::new(join)), above)
}

/// Conditions that a side couldn't place: with an inner join they are as good one level up. Sides of outer joins place
/// everything, because a leaf takes any condition on its own columns and an inner join any on its range.
fn reapply(source: Source, left_over: Vec<Expr>, here: &mut Vec<Expr>, outer: bool) -> Source {
    if !outer {
        here.extend(left_over);
        return source;
    }
    match source {
        Source::Join(mut join) if !left_over.is_empty() => {
            // The condition filters the side's rows after its own outer join: an inner self-filter does the same.
            let all = left_over.into_iter().reduce(Expr::and);
            join.condition = match (join.condition.take(), all) {
                (Some(a), Some(b)) if join.kind == JoinKind::Inner => Some(a.and(b)),
                (condition, Some(filter)) => {
                    return Source::Join(Box::new(Join {
                        kind: JoinKind::Inner,
                        offset: join.offset,
                        middle: join.end,
                        end: join.end,
                        lateral: false,
                        keys: Vec::new(),
                        condition: Some(filter),
                        left: Source::Join(Box::new(Join { condition, ..*join })),
                        right: Source::Nothing,
                    }));
                }
                (condition, None) => condition,
            };
            Source::Join(join)
        }
        other => other,
    }
}

fn split_keys(join: &mut Join, conditions: Vec<Expr>) {
    let (left_range, right_range) = ((join.offset, join.middle), (join.middle, join.end));
    let mut rest: Option<Expr> = None;
    for condition in conditions {
        match condition {
            Expr::Compare { comparison: Comparison::Eq, left, right, .. }
                if !join.lateral && within(&left, left_range) && within(&right, right_range) =>
            {
                join.keys.push((*left, *right));
            }
            Expr::Compare { comparison: Comparison::Eq, left, right, .. }
                if !join.lateral && within(&right, left_range) && within(&left, right_range) =>
            {
                join.keys.push((*right, *left));
            }
            other => rest = Some(rest.map_or(other.clone(), |before: Expr| before.and(other))),
        }
    }
    join.condition = rest;
}

/// Does it read columns of this range, and no others?
fn within(condition: &Expr, (start, end): (usize, usize)) -> bool {
    let columns = walk::columns_read(condition);
    !columns.is_empty() && columns.iter().all(|column| (start..end).contains(column))
}

fn with_filter(mut source: Source, conditions: Vec<Expr>) -> Source {
    let Some(all) = conditions.into_iter().reduce(Expr::and) else { return source };
    match &mut source {
        Source::Relation { filter, .. }
        | Source::Functions { filter, .. }
        | Source::Subquery { filter, .. }
        | Source::Cte { filter, .. } => {
            *filter = Some(filter.take().map_or(all.clone(), |before| before.and(all)));
        }
        Source::Nothing | Source::Join(_) => {}
    }
    source
}
