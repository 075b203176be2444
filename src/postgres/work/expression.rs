//! What evaluating an expression once costs in CPU time.
//!
//! The planner charges `cpu_operator_cost` times `procost` alike for adding two integers and for folding a string's
//! case by ICU's rules; on a real server these are a factor of forty apart.

use super::rates;
use crate::postgres::sql::{Expr, Operator, OperatorKind};
use crate::postgres::types::TypeId;

/// Nanoseconds to evaluate all of an implicit AND; each clause is reached by half of what reaches the one before it.
pub(crate) fn conjunction_ns(clauses: &[Expr]) -> f64 {
    let mut reach = 1.0;
    let mut total = 0.0;
    for clause in clauses {
        total += reach * expression_ns(clause);
        reach *= 0.5;
    }
    total
}

/// Nanoseconds to evaluate an expression once.
pub(crate) fn expression_ns(expr: &Expr) -> f64 {
    let mut children = 0.0;
    expr.for_each_child(&mut |child| children += expression_ns(child));
    children + own_ns(expr)
}

fn own_ns(expr: &Expr) -> f64 {
    match expr {
        Expr::Operator(operator, _) => operator_ns(*operator),
        Expr::Function(info, _) => function_ns(info.name),
        Expr::Cast { operand, type_id, .. } => cast_ns(operand.type_id(), *type_id),
        Expr::ArrayCompare { operator, array, .. } => {
            operator_ns(*operator) + elements(array) * rates::ARRAY_ELEMENT
        }
        Expr::RowCompare { operators, .. } => operators.iter().map(|o| operator_ns(*o)).sum(),
        Expr::IsNull { .. } | Expr::BoolTest(..) | Expr::Not(_) => 2.0,
        Expr::Case { branches, .. } => 4.0 * branches.len() as f64,
        Expr::Variadic(..) => 6.0,
        Expr::SubPlan { hashed: true, .. } => rates::HASH_PROBE,
        Expr::Column(_) => rates::DEFORM_COLUMN,
        _ => 0.0,
    }
}

fn operator_ns(operator: Operator) -> f64 {
    use OperatorKind::*;
    match operator.kind {
        Like | NotLike => rates::LIKE,
        ILike | NotILike => rates::LIKE + rates::CASE_FOLD,
        Regex | NotRegex => rates::REGEX,
        IRegex | NotIRegex => rates::REGEX + rates::CASE_FOLD,
        TextSearch => rates::TEXT_SEARCH,
        Contains | ContainedBy | Overlaps | JsonGet | JsonGetText | JsonExists => 3.0 * rates::FUNCTION,
        Concat => rates::FUNCTION,
        _ => comparison_ns(operator.left),
    }
}

/// Comparing, or calculating with, two values of a type.
pub(crate) fn comparison_ns(type_id: TypeId) -> f64 {
    match type_id {
        TypeId::TEXT | TypeId::VARCHAR | TypeId::BPCHAR | TypeId::NAME => rates::COMPARE_TEXT,
        TypeId::NUMERIC => rates::COMPARE_NUMERIC,
        TypeId::INTERVAL | TypeId::JSONB | TypeId::INET => 2.0 * rates::COMPARE_TEXT,
        _ => rates::COMPARE,
    }
}

fn cast_ns(from: TypeId, to: TypeId) -> f64 {
    let small = |t: TypeId| matches!(t, TypeId::INT2 | TypeId::INT4 | TypeId::INT8 | TypeId::OID);
    if small(from) && small(to) { 3.0 } else { rates::CAST }
}

fn function_ns(name: &str) -> f64 {
    match name {
        "lower" | "upper" | "initcap" => rates::CASE_FOLD,
        "to_tsvector" | "to_tsquery" | "plainto_tsquery" | "websearch_to_tsquery" | "ts_rank" => {
            3.0 * rates::TEXT_SEARCH
        }
        "now" | "current_timestamp" | "transaction_timestamp" | "current_date" => 8.0,
        "md5" | "to_char" | "replace" => 8.0 * rates::FUNCTION,
        _ => rates::FUNCTION,
    }
}

fn elements(array: &Expr) -> f64 {
    match array.stripped() {
        Expr::Array(items, _) => items.len() as f64,
        Expr::Const(value) => match &value.datum {
            crate::postgres::datum::Datum::Array(items) => items.len() as f64,
            _ => 1.0,
        },
        _ => 10.0,
    }
}
