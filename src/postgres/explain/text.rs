//! EXPLAIN's text format.

use super::{Actuals, ExplainOptions};
use crate::postgres::catalog::Catalog;
use crate::postgres::plan::Plan;

/// The lines of EXPLAIN.
pub fn text(
    catalog: &Catalog,
    plan: &Plan,
    options: &ExplainOptions,
    actuals: Option<&Actuals>,
) -> Vec<String> {
    let _ = (catalog, options, actuals);
    vec![plan.root.name().to_owned()]
}
