//! What was believed, from when to when: the wrong turns of a response beside the right ones.
//!
//! Read from what was done, never asked for: a statement says what is believed; a change that is taken back says that it was
//! taken for the cause; and who looks at one component for minutes believes it is there. Each belief is held until the next
//! one, the end of the look, or the end.

use super::outcome::Outcome;
use crate::drill::views::View;
use crate::kernel::{SimTime, Span};
use crate::scenario::Milestone;
use serde::{Deserialize, Serialize};

/// A shorter look at a component is checking, not believing.
const SHORTEST_LOOK: Span = Span::from_mins(3);
/// A pause of this length ends a look.
const LONGEST_PAUSE: Span = Span::from_mins(10);

/// Something that was believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// From when on.
    pub from: SimTime,
    /// Until when.
    pub until: SimTime,
    /// What, in a few words.
    pub what: String,
    /// Whether it was true.
    pub right: bool,
    /// Index of the input that tells of it in the journal's entries.
    pub entry: Option<usize>,
}

impl Hypothesis {
    /// How long it was held.
    pub fn held(&self) -> Span {
        self.until.since(self.from)
    }
}

/// What was believed in a run, in order of time.
pub fn of(outcome: &Outcome) -> Vec<Hypothesis> {
    let mut all = looks(outcome);
    all.extend(stated(outcome));
    all.extend(taken_back(outcome));
    all.extend(outcome.early_resolutions.iter().map(|at| Hypothesis {
        from: *at,
        until: outcome.finished,
        what: "it is over".to_owned(),
        right: false,
        entry: None,
    }));
    all.sort_by_key(|hypothesis| hypothesis.from);
    let starts: Vec<SimTime> = all.iter().map(|hypothesis| hypothesis.from).collect();
    let mitigated = outcome.milestones.at(Milestone::Mitigated);
    for hypothesis in &mut all {
        let next = starts.iter().copied().find(|start| *start > hypothesis.from);
        let ends = next.into_iter().chain(mitigated.filter(|at| *at > hypothesis.from));
        hypothesis.until = ends.min().unwrap_or(hypothesis.until).min(hypothesis.until);
    }
    all
}

fn stated(outcome: &Outcome) -> impl Iterator<Item = Hypothesis> {
    outcome.statements.iter().map(|judged| {
        let said = &judged.statement;
        let what = match said.object.as_str() {
            "" => format!("it is in {}", said.component),
            object => format!("{object} on {}: {}", said.component, said.mechanism),
        };
        Hypothesis {
            from: said.at,
            until: outcome.finished.max(said.at),
            what,
            right: !judged.is_wrong(),
            entry: judged.entry,
        }
    })
}

fn taken_back(outcome: &Outcome) -> impl Iterator<Item = Hypothesis> {
    outcome.rollbacks.iter().map(|rollback| {
        let mentions = |line: &str| line.split_whitespace().any(|word| word == rollback.change);
        let action = outcome.actions.iter().find(|action| mentions(&action.line));
        Hypothesis {
            from: rollback.started,
            until: outcome.finished.max(rollback.started),
            what: format!("{} is a cause", rollback.change),
            right: rollback.harmful,
            entry: action.map(|action| action.entry),
        }
    })
}

/// Stretches of looking at one component.
fn looks(outcome: &Outcome) -> Vec<Hypothesis> {
    let mut stretches: Vec<(String, SimTime, SimTime, usize)> = Vec::new();
    for view in &outcome.views {
        let View { at, entry, component: Some(component), .. } = view else { continue };
        match stretches.last_mut() {
            Some((same, _, last, _)) if same == component && at.since(*last) <= LONGEST_PAUSE => *last = *at,
            _ => stretches.push((component.clone(), *at, *at, *entry)),
        }
    }
    // A look lasts until the next one at something else, as long as there is no long pause between.
    for index in 1..stretches.len() {
        let next = stretches[index].1;
        let last = &mut stretches[index - 1].2;
        if next.since(*last) <= LONGEST_PAUSE {
            *last = next;
        }
    }
    let long = stretches.into_iter().filter(|(_, from, until, _)| until.since(*from) >= SHORTEST_LOOK);
    long.map(|(component, from, until, entry)| Hypothesis {
        from,
        until,
        right: outcome.causes_in.contains(&component),
        what: format!("something about {component}"),
        entry: Some(entry),
    })
    .collect()
}
