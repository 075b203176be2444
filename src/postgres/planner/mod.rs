//! The planner: PostgreSQL 18's path generation and cost model (`costsize.c`, `allpaths.c`, `indxpath.c`, `joinpath.c`, `planner.c`),
//! written anew from their descriptions.
//!
//! One query level is a [`root::Root`]. [`level`] prepares it, sizes and scans base relations, joins them by dynamic programming and
//! finishes with grouping, ordering and limits; [`create`] turns the chosen path into a plan tree.

mod append;
mod bitmap;
mod cost;
mod create;
mod create_parts;
mod equivalence;
mod fold;
mod function;
mod grouping;
mod index_cost;
mod index_match;
mod index_paths;
mod init;
mod join_cost;
mod join_merge;
mod join_paths;
mod join_search;
mod level;
mod min_max;
mod parallel;
mod path;
mod predicate;
mod pull_up;
mod root;
mod scan;
mod self_join;
mod set_operation;
mod sublink;
mod subquery;
mod upper;
mod useless;
mod window;

use super::catalog::Catalog;
use super::datum::Value;
use super::error::SqlError;
use super::plan::Plan;
use super::settings::Settings;
use super::sql::{Query, StatementTime};

/// What is known of a statement's parameters when it is planned.
#[derive(Debug, Clone, Copy)]
pub enum Params<'a> {
    /// Nothing: a generic plan.
    Generic,
    /// Their values, `$1` first: a custom plan. The types may differ from the parameters' own: they are converted.
    Values(&'a [Value]),
}

/// Plans a bound statement. `time` is what `now()` gives: conditions are estimated with it. Without one, its value counts as unknown.
///
/// # Errors
/// `feature_not_supported` for what the model does not plan.
pub fn plan(
    catalog: &Catalog,
    settings: &Settings,
    query: &Query,
    params: Params<'_>,
    time: Option<StatementTime>,
) -> Result<Plan, SqlError> {
    let mut query = query.clone();
    fold::simplify_query(&mut query, params);
    let command = query.command;
    let mut context = level::Context { time, ..level::Context::default() };
    let planned =
        level::plan_level(catalog, settings.planner(), query, &mut context, &[], level::Demand::all())?;
    let mut plan = create::create_plan(&planned, context);
    plan.command = command;
    plan.time = time;
    plan.generic = matches!(params, Params::Generic);
    Ok(plan)
}
