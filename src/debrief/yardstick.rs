//! What a run to compare with came to: nobody acting, the ideal response, the real team. It depends on scenario and seed
//! alone, so it is plain and can be kept.

use super::hypotheses::{self, Hypothesis};
use super::lead::Lead;
use super::outcome::Outcome;
use super::runs::Run;
use crate::drill::milestones::Milestones;
use crate::stack::view::Impact;
use serde::{Deserialize, Serialize};

/// A run to compare with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Yardstick {
    /// Whose.
    pub run: Run,
    /// The harm within the scenario's impact window.
    pub impact: Impact,
    /// When each milestone was reached in the simulation.
    pub milestones: Milestones,
    /// Share of page views that failed or were too slow, minute by minute.
    pub affected: Vec<Option<f64>>,
    /// What was believed, and for how long.
    pub hypotheses: Vec<Hypothesis>,
    /// Of the ideal response: the whole run, for the trainee's to go on as.
    pub lead: Option<Lead>,
}

impl Yardstick {
    /// What is kept of an outcome.
    pub fn of(run: Run, outcome: &Outcome) -> Yardstick {
        Yardstick {
            run,
            impact: outcome.impact,
            milestones: outcome.milestones.clone(),
            affected: outcome.series.iter().map(|row| row.affected_ratio).collect(),
            hypotheses: hypotheses::of(outcome),
            lead: None,
        }
    }
}
