//! What to practise next: a table of skills, each tied to the part of the score that shows its lack.

use super::outcome::Outcome;
use super::score::Grade;
use crate::scenario::Milestone;

/// A part earned below this share of its weight asks for practice.
const WEAK: f64 = 0.6;

/// Advice for each part of the score.
const ADVICE: &[(&str, &str)] = &[
    (
        "diagnosis",
        "Go from the symptom to the query before anything else: which statements take the database's time (pg_stat_activity, \
         pg_stat_statements, the slow-query log), then EXPLAIN each, then \\d of its table.",
    ),
    (
        "impact",
        "Take back each cause as soon as it is named; the next one can be looked for while the rollback runs.",
    ),
    (
        "precision",
        "Before changing anything, say what you expect to see when you are right. A change that no slow query depends on need \
         not be taken back.",
    ),
    (
        "evidence",
        "Look before naming: a plan or an activity list shows the effect, \\d or `changes show` the definition. A cause named \
         without either is a guess.",
    ),
    (
        "communication",
        "Acknowledge, declare, and say something in the channel every ten to twenty minutes, even if it is \"still looking\". \
         Resolve only once the objective has held.",
    ),
];

/// What the grade and the outcome say should be practised, the weakest part first.
pub fn advice(grade: &Grade, outcome: &Outcome) -> Vec<String> {
    let mut weak: Vec<(f64, &str)> = grade
        .parts
        .iter()
        .filter_map(|part| Some((part.points? / f64::from(part.weight.max(1)), part.name)))
        .filter(|(share, _)| *share < WEAK)
        .collect();
    weak.sort_by(|a, b| a.0.total_cmp(&b.0));
    let text =
        |name: &str| ADVICE.iter().find(|(part, _)| *part == name).map(|(_, advice)| (*advice).to_owned());
    let mut list: Vec<String> = weak.into_iter().filter_map(|(_, name)| text(name)).collect();
    if outcome.milestones.at(Milestone::Resolved).is_none()
        && outcome.milestones.at(Milestone::Mitigated).is_some()
    {
        list.push("The shop was well again and nobody was told: end an incident with `resolve`.".to_owned());
    }
    if list.is_empty() {
        list.push("Play another seed, in exam mode: the changes that hurt will be others.".to_owned());
    }
    list
}
