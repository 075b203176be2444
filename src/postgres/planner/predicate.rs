//! Proofs that conditions imply a partial index's predicate (`predtest.c`), for the forms that predicates take.

use crate::postgres::datum::Collation;
use crate::postgres::datum::Value;
use crate::postgres::selectivity::satisfies;
use crate::postgres::sql::{Expr, OperatorKind};

/// `predicate_implied_by`: the conditions together guarantee the predicate.
pub(super) fn implied(predicate: &Expr, conditions: &[&Expr]) -> bool {
    match predicate {
        Expr::And(parts) => parts.iter().all(|p| implied(p, conditions)),
        Expr::Or(parts) if parts.iter().any(|p| implied(p, conditions)) => true,
        _ => conditions.iter().any(|c| implied_by_one(predicate, c)),
    }
}

fn implied_by_one(predicate: &Expr, condition: &Expr) -> bool {
    match condition {
        Expr::And(parts) => parts.iter().any(|c| implied_by_one(predicate, c)),
        Expr::Or(parts) => parts.iter().all(|c| implied_by_one(predicate, c)),
        _ => match predicate {
            Expr::Or(parts) => parts.iter().any(|p| implied_by_one(p, condition)),
            Expr::And(parts) => parts.iter().all(|p| implied_by_one(p, condition)),
            _ => implied_simple(predicate, condition),
        },
    }
}

fn implied_simple(predicate: &Expr, condition: &Expr) -> bool {
    if predicate == condition {
        return true;
    }
    // A list on the condition's side comes first: each of its values may be covered by another of the predicate's.
    if let Some((values, all)) = arms(condition) {
        let mut each = values.iter().map(|c| implied_simple(predicate, c));
        return !values.is_empty() && if all { each.any(|ok| ok) } else { each.all(|ok| ok) };
    }
    match predicate {
        // Anything that fails on NULL guarantees that it isn't.
        Expr::IsNull { operand, negated: true } => strict_in(condition, operand),
        _ => match arms(predicate) {
            Some((values, true)) => values.iter().all(|p| implied_by_one(p, condition)),
            Some((values, false)) => values.iter().any(|p| implied_by_one(p, condition)),
            None => compared(predicate, condition),
        },
    }
}

/// Lists longer than this are not taken apart (`MAX_SAOP_ARRAY_SIZE`).
const MAX_LIST: usize = 100;

/// `x = ANY ('{a,b}')` or `x <> ALL ('{a,b}')` as its comparisons, and whether all of them must hold.
fn arms(expr: &Expr) -> Option<(Vec<Expr>, bool)> {
    let Expr::ArrayCompare { operator, left, array, all } = expr else { return None };
    let Some(Value { datum: crate::postgres::datum::Datum::Array(items), .. }) = array.as_const() else {
        return None;
    };
    if items.len() > MAX_LIST {
        return None;
    }
    let values = items
        .iter()
        .map(|d| Expr::Operator(*operator, vec![(**left).clone(), Expr::constant(d.clone(), operator.right)]))
        .collect();
    Some((values, *all))
}

/// True where `condition` can't be true when `operand` is NULL.
fn strict_in(condition: &Expr, operand: &Expr) -> bool {
    match condition {
        Expr::Operator(_, args) => args.iter().any(|a| mentions_strictly(a, operand)),
        Expr::ArrayCompare { left, all: false, .. } => mentions_strictly(left, operand),
        Expr::IsNull { operand: own, negated: true } => mentions_strictly(own, operand),
        _ => false,
    }
}

fn mentions_strictly(expr: &Expr, operand: &Expr) -> bool {
    expr == operand
        || match expr {
            Expr::Operator(_, args) | Expr::Function(_, args) => {
                args.iter().any(|a| mentions_strictly(a, operand))
            }
            Expr::Cast { operand: o, .. } | Expr::Relabel { operand: o, .. } => mentions_strictly(o, operand),
            _ => false,
        }
}

/// `operator_predicate_proof`: `x op1 c1` implies `x op2 c2` by the order of the constants.
fn compared(predicate: &Expr, condition: &Expr) -> bool {
    let (Some((px, pk, pc)), Some((cx, ck, cc))) = (normal(predicate), normal(condition)) else {
        return false;
    };
    if px != cx {
        return false;
    }
    let order = cc.datum.compare(&pc.datum, Collation::Default);
    use OperatorKind::{Eq, Ge, Gt, Le, Lt, Ne};
    match (ck, pk) {
        // The condition fixes the value: test it.
        (Eq, _) => satisfies(pk, order),
        (Lt, Lt) | (Le, Le) | (Lt, Le) => order.is_le(),
        (Le, Lt) => order.is_lt(),
        (Gt, Gt) | (Ge, Ge) | (Gt, Ge) => order.is_ge(),
        (Ge, Gt) => order.is_gt(),
        (Lt, Ne) => order.is_le(),
        (Le, Ne) => order.is_lt(),
        (Gt, Ne) => order.is_ge(),
        (Ge, Ne) => order.is_gt(),
        (Ne, Ne) => order.is_eq(),
        _ => false,
    }
}

/// `variable op constant`, turned round if need be.
fn normal(expr: &Expr) -> Option<(&Expr, OperatorKind, &Value)> {
    let Expr::Operator(op, args) = expr else { return None };
    let [left, right] = args.as_slice() else { return None };
    if !op.kind.is_comparison() {
        return None;
    }
    match (left.as_const(), right.as_const()) {
        (None, Some(value)) => Some((left, op.kind, value)),
        (Some(value), None) => Some((right, op.kind.commutator()?, value)),
        _ => None,
    }
}
