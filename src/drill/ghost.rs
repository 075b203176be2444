//! The ghost: what the real team was doing at each minute, beside the trainee.
//!
//! It is the scenario's timeline, not a second simulation: the trainee races what is on record. (The real team's actions
//! run through the simulator as the `real` responder, for the debrief's figures.)

use super::{GhostView, Mark, MarkKind};
use crate::kernel::SimTime;
use crate::scenario::{Milestone, Scenario};

/// What a screen shows of the real team at `now`.
pub(crate) fn view(scenario: &Scenario, now: SimTime) -> GhostView {
    let marks: Vec<Mark> =
        scenario.timeline.iter().map(|entry| mark(scenario, entry.at, &entry.short)).collect();
    let current = marks.iter().rev().find(|mark| mark.at <= now);
    let now = current.map_or(String::new(), |mark| format!("{} {}", mark.clock, mark.text));
    GhostView { who: scenario.source.ghost(), now, marks }
}

/// When the real team reached a milestone, as far as it is on record.
pub fn milestone(scenario: &Scenario, milestone: Milestone) -> Option<SimTime> {
    let entry = scenario.timeline.iter().find(|entry| entry.milestone == Some(milestone))?;
    Some(scenario.instant(entry.at))
}

fn mark(scenario: &Scenario, at: crate::scenario::Clock, text: &str) -> Mark {
    let at = scenario.instant(at);
    let clock = scenario.calendar().minute(at);
    Mark { at, clock, kind: MarkKind::Ghost, text: text.to_owned() }
}
