//! People in the incident channel: what they say, and what makes them say it. They may be wrong; what they say is data of
//! the scenario, never knowledge of what was drawn.

use serde::Deserialize;

use super::time::{Clock, Interval};

/// A team that can be paged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// The word after `page`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The person on call, by id.
    pub on_call: String,
}

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The handle in the channel.
    pub id: String,
    /// The name.
    pub name: String,
    /// What they do.
    pub role: String,
    /// What they say.
    pub says: Vec<Line>,
}

/// Something that a person says, once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What makes them say it.
    pub on: Trigger,
    /// How long after.
    #[serde(default)]
    pub after: Interval,
    /// The words. `{affected_pct}`, `{lost_revenue}`, `{clock}` are filled in.
    pub text: String,
}

/// What makes a person speak.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Trigger {
    /// A clock time.
    At(Clock),
    /// A clock time, but only while the objective is missed.
    AtWhileDown(Clock),
    /// An alert started to fire.
    AlertFired(String),
    /// Their team was paged.
    Paged(String),
    /// The responder declared a severity.
    Declared,
    /// A rollback finished and the objective was still missed.
    RollbackDidNotHelp,
    /// A rollback was started.
    RollbackStarted,
    /// The responder wrote to the channel and used one of these words.
    Asked(Vec<String>),
    /// The objective is met again.
    Recovered,
    /// The responder declared the incident over.
    Resolved,
    /// The share of visitors affected went above this.
    AffectedAbove(f64),
}
