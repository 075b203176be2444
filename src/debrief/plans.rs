//! Plans of a query before and after the changes, from the catalogs that the drill's own database had: as it stood at the
//! scenario's start, and as the trainee found it.

use super::cause::PlanPair;
use crate::drill::{Found, with_examples};
use crate::kernel::SimTime;
use crate::postgres::explain::{self, ExplainOptions};
use crate::postgres::planner::{self, Params};
use crate::postgres::sql::StatementTime;
use crate::postgres::{Catalog, Settings, SqlError, sql};
use crate::scenario::{Harm, Scenario};

/// The plans of the queries that a harm hurts.
pub(super) fn pairs(scenario: &Scenario, harm: &Harm, found: &Found) -> Vec<PlanPair> {
    let time = StatementTime::from_unix_micros(scenario.calendar().unix_micros(SimTime::ZERO));
    let of = |name: &String| scenario.workload.queries.iter().find(|query| &query.name == name);
    let pair = |query: &crate::scenario::Query| {
        let sql = with_examples(&query.sql, &query.examples);
        PlanPair {
            query: query.name.clone(),
            before: explain(&found.before, &found.settings, &sql, time),
            after: explain(&found.after, &found.settings, &sql, time),
            sql,
        }
    };
    harm.queries.iter().filter_map(of).map(pair).collect()
}

/// `EXPLAIN` of a statement; what PostgreSQL would complain of when it cannot be planned.
fn explain(catalog: &Catalog, settings: &Settings, text: &str, time: StatementTime) -> Vec<String> {
    let planned = || -> Result<Vec<String>, SqlError> {
        let query = sql::bind(catalog, &sql::parse_one(text)?)?;
        let plan = planner::plan(catalog, settings, &query, Params::Generic, Some(time))?;
        Ok(explain::text(catalog, &plan, &ExplainOptions::default(), None))
    };
    planned().unwrap_or_else(|problem| vec![problem.to_string()])
}
