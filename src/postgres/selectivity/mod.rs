//! How many rows conditions leave: PostgreSQL's `selfuncs.c`, `clausesel.c`, `like_support.c`, by a catalog's statistics.
//!
//! The planner asks with the statistics it believes; the execution model asks the same questions of the catalog that holds
//! the true ones.

mod array;
mod clauses;
mod groups;
mod join;
mod pattern;
mod scalar;
mod text_search;
mod variable;

pub(crate) use array::array_length;
pub(crate) use clauses::{Clauses, JoinSides};
pub(crate) use pattern::{Prefix, like_prefix, successor};
pub(crate) use scalar::satisfies;
pub(crate) use variable::{
    Estimator, RelationStats, SubqueryColumn, Variable, relids, same_expression, table_tuples,
};

use super::catalog::Catalog;
use super::plan::PlanRelation;
use super::sql::{Expr, StatementTime};

/// Selectivity of an inequality without statistics (`DEFAULT_INEQ_SEL`).
pub(crate) const DEFAULT_INEQUALITY: f64 = 0.333_333_333_333_333_3;
/// Selectivity of a range without statistics (`DEFAULT_RANGE_INEQ_SEL`).
pub(crate) const DEFAULT_RANGE: f64 = 0.005;
/// Selectivity of a pattern without statistics (`DEFAULT_MATCH_SEL`).
pub(crate) const DEFAULT_MATCH: f64 = 0.005;
/// Distinct values assumed where nothing is known (`DEFAULT_NUM_DISTINCT`).
pub(crate) const DEFAULT_DISTINCT: f64 = 200.0;
/// Selectivity of IS NULL without statistics (`DEFAULT_UNK_SEL`).
pub(crate) const DEFAULT_UNKNOWN: f64 = 0.005;

/// `clamp_row_est` of `costsize.c`: a whole number of rows, at least one.
pub(crate) fn clamp_rows(rows: f64) -> f64 {
    const MAXIMUM: f64 = 1e100;
    if rows > MAXIMUM || rows.is_nan() {
        MAXIMUM
    } else if rows <= 1.0 {
        1.0
    } else {
        libm::rint(rows)
    }
}

/// The share of rows (0–1) of the relations that satisfy all `conditions`, by the statistics of `catalog`. Conditions may join two
/// relations; `now()` in them gives `time`. The execution model calls this with the catalog that holds the true statistics.
pub fn selectivity(
    catalog: &Catalog,
    relations: &[PlanRelation],
    conditions: &[Expr],
    time: Option<StatementTime>,
) -> f64 {
    let stats = relations.iter().map(|r| RelationStats::of_table(catalog, r.table)).collect();
    let mut estimator = Estimator::new(stats);
    estimator.time = time;
    estimator.conjunction(&conditions.iter().collect::<Vec<_>>(), None)
}

/// Estimated distinct values of an expression over the relations, by the statistics of `catalog`, at least 1.
pub fn distinct_values(catalog: &Catalog, relations: &[PlanRelation], expr: &Expr) -> f64 {
    let stats = relations.iter().map(|r| RelationStats::of_table(catalog, r.table)).collect();
    let estimator = Estimator::new(stats);
    estimator.distinct(&estimator.examine(expr)).0
}
