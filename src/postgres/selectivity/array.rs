//! `scalararraysel`: `op ANY (array)` and `op ALL (array)`.

use super::scalar::clamp;
use super::{Clauses, Estimator};
use crate::postgres::datum::{Datum, Value};
use crate::postgres::sql::{Expr, Operator, OperatorKind};

/// Elements assumed for an array not known at plan time.
const UNKNOWN_LENGTH: usize = 10;

/// `estimate_array_length`.
pub(crate) fn array_length(array: &Expr) -> f64 {
    match array.stripped() {
        Expr::Const(Value { datum: Datum::Array(items), .. }) => items.len() as f64,
        Expr::Array(items, _) => items.len() as f64,
        _ => UNKNOWN_LENGTH as f64,
    }
}

impl Estimator<'_> {
    /// The share of rows for which the comparison with an array holds.
    pub(crate) fn array_compare(
        &self,
        operator: Operator,
        left: &Expr,
        array: &Expr,
        all: bool,
        context: Option<Clauses>,
    ) -> f64 {
        let one = |element: Expr| self.operator(operator, left, &element, context);
        let element_type = operator.right;
        let shares: Vec<f64> = match array.stripped() {
            Expr::Const(Value { datum: Datum::Array(items), .. }) => {
                items.iter().map(|d| one(Expr::constant(d.clone(), element_type))).collect()
            }
            Expr::Const(Value { datum: Datum::Null, .. }) => return 0.0,
            Expr::Array(items, _) => items.iter().map(|e| one(e.clone())).collect(),
            _ => vec![one(Expr::Parameter { number: 0, type_id: element_type }); UNKNOWN_LENGTH],
        };
        combine(&shares, all, operator.kind)
    }
}

/// Elements' shares together: as disjoint where they are, else as independent.
fn combine(shares: &[f64], all: bool, kind: OperatorKind) -> f64 {
    let mut independent = if all { 1.0 } else { 0.0 };
    let mut disjoint = independent;
    for share in shares {
        if all {
            independent *= share;
            disjoint += share - 1.0;
        } else {
            independent = independent + share - independent * share;
            disjoint += share;
        }
    }
    let are_disjoint = kind == if all { OperatorKind::Ne } else { OperatorKind::Eq };
    clamp(if are_disjoint && (0.0..=1.0).contains(&disjoint) { disjoint } else { independent })
}
