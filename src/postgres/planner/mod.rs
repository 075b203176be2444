//! The planner: PostgreSQL 18's path generation and cost model.

use super::catalog::Catalog;
use super::datum::Value;
use super::error::SqlError;
use super::plan::Plan;
use super::settings::Settings;
use super::sql::Query;

/// What is known of a statement's parameters when it is planned.
#[derive(Debug, Clone, Copy)]
pub enum Params<'a> {
    /// Nothing: a generic plan.
    Generic,
    /// Their values: a custom plan.
    Values(&'a [Value]),
}

/// Plans a bound statement.
pub fn plan(
    catalog: &Catalog,
    settings: &Settings,
    query: &Query,
    params: Params<'_>,
) -> Result<Plan, SqlError> {
    let _ = (catalog, settings, query, params);
    Err(SqlError::unsupported("planning"))
}
