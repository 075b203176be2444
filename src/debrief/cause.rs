//! The hidden truth, explained: each harmful change with its DDL and the plans of the queries that it hurt, before and after.

use super::outcome::Outcome;
use crate::drill::milestones::harms;
use crate::scenario::{Change, Harm, Scenario, Variant, mechanism};
use serde::Serialize;

/// One cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cause {
    /// The change's number.
    pub change: String,
    /// Its title.
    pub title: String,
    /// The component that suffered.
    pub component: String,
    /// The object to name.
    pub object: String,
    /// The mechanism's word.
    pub mechanism: String,
    /// The mechanism in a sentence.
    pub mechanism_title: String,
    /// What happened.
    pub explanation: String,
    /// The migration's SQL, statement by statement.
    pub ddl: Vec<String>,
    /// When the trainee named it.
    pub named_at: Option<String>,
    /// When its rollback was done.
    pub rolled_back_at: Option<String>,
    /// The queries that suffered.
    pub plans: Vec<PlanPair>,
}

/// A query's plan before and after the change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanPair {
    /// The query's name in the workload.
    pub query: String,
    /// Its text with example values.
    pub sql: String,
    /// `EXPLAIN` without the change.
    pub before: Vec<String>,
    /// `EXPLAIN` with it.
    pub after: Vec<String>,
}

/// Explains the causes of a variant.
pub fn explain(scenario: &Scenario, variant: &Variant, trainee: &Outcome) -> Vec<Cause> {
    let calendar = scenario.calendar();
    let cause = |(change, harm): (&Change, &Harm)| Cause {
        change: change.id.clone(),
        title: change.title.clone(),
        component: harm.component.clone(),
        object: harm.object.clone(),
        mechanism: harm.mechanism.clone(),
        mechanism_title: mechanism::find(&harm.mechanism)
            .map_or(String::new(), |found| found.title.to_owned()),
        explanation: harm.explanation.clone(),
        ddl: ddl(change),
        named_at: trainee.named(&change.id).map(|judged| calendar.clock(judged.statement.at)),
        rolled_back_at: trainee
            .rollback(&change.id)
            .and_then(|rollback| rollback.finished)
            .map(|at| calendar.clock(at)),
        plans: super::plans::pairs(scenario, harm, &trainee.found),
    };
    harms(scenario, variant).map(cause).collect()
}

fn ddl(change: &Change) -> Vec<String> {
    let Some(migration) = change.migration() else { return Vec::new() };
    let lines = migration.expand.lines().chain(migration.contract.lines());
    lines.map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
