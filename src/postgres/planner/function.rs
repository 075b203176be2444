//! How many rows a function in FROM gives (`function_selectivity`'s kin: the support functions of `generate_series`, `int.c`,
//! `timestamp.c`, and of `unnest`, `arrayfuncs.c`).

use crate::postgres::datum::{Datum, Value};
use crate::postgres::selectivity::array_length;
use crate::postgres::sql::{Expr, StatementTime, estimated};

/// Rows of one call.
pub(super) fn rows(call: &Expr, time: Option<StatementTime>) -> f64 {
    let Expr::Function(info, args) = call else { return 1.0 };
    if info.rows <= 0.0 {
        return 1.0;
    }
    let known = match info.name {
        "unnest" => args.first().map(array_length),
        "generate_series" => {
            let values: Option<Vec<_>> = args.iter().map(|arg| estimated(arg, time)).collect();
            values.and_then(|values| series(&values.iter().map(|v| v.as_ref()).collect::<Vec<_>>()))
        }
        _ => None,
    };
    known.unwrap_or(info.rows).max(1.0)
}

/// Steps from the first bound to the last; a NULL among them gives nothing.
fn series(values: &[&Value]) -> Option<f64> {
    if values.iter().any(|value| value.datum.is_null()) {
        return Some(0.0);
    }
    let number = |at: usize| values.get(at).and_then(|value| value.datum.as_f64());
    let (start, finish) = (number(0)?, number(1)?);
    let step = match values.get(2).map(|value| &value.datum) {
        None => 1.0,
        Some(Datum::Text(_)) => return None,
        Some(step) => step.as_f64()?,
    };
    if step == 0.0 {
        return None;
    }
    Some(((finish - start + step) / step).floor().max(0.0))
}
