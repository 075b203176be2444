//! EXPLAIN's JSON format.

use serde_json::Value;

use super::{Actuals, ExplainOptions};
use crate::postgres::catalog::Catalog;
use crate::postgres::plan::Plan;

/// The document of EXPLAIN (FORMAT JSON): an array with one object.
pub fn json(catalog: &Catalog, plan: &Plan, options: &ExplainOptions, actuals: Option<&Actuals>) -> Value {
    let _ = (catalog, options, actuals);
    serde_json::json!([{ "Plan": { "Node Type": plan.root.name() } }])
}
