//! Simplification before planning: parameter values filled in, constants folded, ANDs and ORs flattened (`clauses.c`,
//! `prepqual.c`).

use super::Params;
use crate::postgres::datum::{Datum, Value};
use crate::postgres::sql::{Expr, FunctionInfo, Operator, Query, Volatility, operator_value};

/// Simplifies every expression of a query and its subqueries.
pub(super) fn simplify_query(query: &mut Query, params: Params<'_>) {
    query.visit_expressions(0, &mut |expr, _| {
        expr.rewrite(&mut |e| simplify(e, params));
    });
}

fn simplify(expr: &Expr, params: Params<'_>) -> Option<Expr> {
    match expr {
        Expr::Parameter { number, type_id } if *number > 0 => match params {
            Params::Values(values) => {
                let value = values.get(usize::from(*number) - 1)?;
                let datum = crate::postgres::sql::convert_constant(value, *type_id)?;
                Some(Expr::constant(datum, *type_id))
            }
            Params::Generic => None,
        },
        Expr::And(args) => flatten(args, true),
        Expr::Or(args) => flatten(args, false),
        Expr::Not(inner) => negate(inner),
        Expr::Cast { operand, type_id, .. } => {
            let value = operand.as_const()?;
            let datum = crate::postgres::sql::convert_constant(value, *type_id)?;
            Some(Expr::constant(datum, *type_id))
        }
        Expr::Relabel { operand, type_id, .. } => match operand.as_ref() {
            Expr::Const(value) => Some(Expr::constant(value.datum.clone(), *type_id)),
            _ => None,
        },
        Expr::Operator(op, args) => fold_operator(*op, args),
        Expr::Function(info, args) => fold_function(info, args),
        Expr::Array(items, type_id) if items.iter().all(|i| matches!(i, Expr::Const(_))) => {
            let datums: Vec<Datum> =
                items.iter().filter_map(Expr::as_const).map(|v| v.datum.clone()).collect();
            Some(Expr::constant(Datum::Array(datums.into()), *type_id))
        }
        _ => None,
    }
}

fn flatten(args: &[Expr], and: bool) -> Option<Expr> {
    let nested = |e: &Expr| matches!((e, and), (Expr::And(_), true) | (Expr::Or(_), false));
    let constant = |e: &Expr| matches!(e, Expr::Const(Value { datum: Datum::Bool(_), .. }));
    if !args.iter().any(|e| nested(e) || constant(e)) && args.len() > 1 {
        return None;
    }
    let mut out = Vec::new();
    for arg in args {
        match arg {
            Expr::And(inner) if and => out.extend(inner.iter().cloned()),
            Expr::Or(inner) if !and => out.extend(inner.iter().cloned()),
            Expr::Const(Value { datum: Datum::Bool(b), .. }) => {
                if *b != and {
                    return Some(Expr::boolean(!and));
                }
            }
            other => out.push(other.clone()),
        }
    }
    Some(match out.len() {
        0 => Expr::boolean(and),
        1 => out.remove(0),
        _ if and => Expr::And(out),
        _ => Expr::Or(out),
    })
}

/// `negate_clause`: NOT pushed down.
fn negate(inner: &Expr) -> Option<Expr> {
    let not = |e: &Expr| negate(e).unwrap_or_else(|| Expr::Not(Box::new(e.clone())));
    match inner {
        Expr::Operator(op, args) => Some(Expr::Operator(op.negator()?, args.clone())),
        Expr::ArrayCompare { operator, left, array, all } => Some(Expr::ArrayCompare {
            operator: operator.negator()?,
            left: left.clone(),
            array: array.clone(),
            all: !all,
        }),
        Expr::And(args) => Some(Expr::Or(args.iter().map(not).collect())),
        Expr::Or(args) => Some(Expr::And(args.iter().map(not).collect())),
        Expr::Not(e) => Some((**e).clone()),
        Expr::IsNull { operand, negated } => {
            Some(Expr::IsNull { operand: operand.clone(), negated: !negated })
        }
        Expr::Const(Value { datum: Datum::Bool(b), .. }) => Some(Expr::boolean(!b)),
        _ => None,
    }
}

fn fold_function(info: &'static FunctionInfo, args: &[Expr]) -> Option<Expr> {
    if info.volatility != Volatility::Immutable {
        return None;
    }
    let text = |i: usize| args.get(i).and_then(Expr::as_const).and_then(|v| v.datum.as_str());
    let result = match (info.name, args.len()) {
        ("lower", 1) => Datum::text(&text(0)?.to_lowercase()),
        ("upper", 1) => Datum::text(&text(0)?.to_uppercase()),
        ("length" | "char_length", 1) => Datum::Int(text(0)?.chars().count() as i64),
        ("md5", 1) => return None,
        ("to_tsquery", 2) => Datum::text(&text_query(text(1)?)),
        ("plainto_tsquery" | "websearch_to_tsquery", 2) => {
            let words: Vec<String> =
                text(1)?.split_whitespace().map(|w| format!("'{}'", w.to_lowercase())).collect();
            Datum::text(&words.join(" & "))
        }
        _ => return None,
    };
    let constant = args.iter().all(|a| matches!(a, Expr::Const(_)));
    constant.then(|| Expr::constant(result, info.result_type(args)))
}

/// The canonical text of a `tsquery` typed by hand: lexemes quoted and in lower case.
fn text_query(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        if !word.is_empty() {
            out.push_str(&format!("'{}'", word.to_lowercase()));
            word.clear();
        }
    };
    for c in text.chars() {
        match c {
            '&' | '|' => {
                flush(&mut word, &mut out);
                out.push_str(&format!(" {c} "));
            }
            '!' | '(' | ')' => {
                flush(&mut word, &mut out);
                out.push(c);
            }
            c if c.is_whitespace() || c == '\'' => flush(&mut word, &mut out),
            c => word.push(c),
        }
    }
    flush(&mut word, &mut out);
    out
}

fn fold_operator(op: Operator, args: &[Expr]) -> Option<Expr> {
    let values: Option<Vec<&Value>> = args.iter().map(Expr::as_const).collect();
    let datum = operator_value(op, &values?)?;
    Some(Expr::constant(datum, op.result))
}
