//! The score: five parts that sum to 100, each with its formula, its inputs and the journal entries behind it.
//!
//! No part is a judgement: every figure comes from the journal, the model's state or a counterfactual run. The weights are
//! the scenario's. Guessing must not pay: naming everything loses the precision part, acting before looking loses evidence.

use super::communication;
use super::outcome::Outcome;
use crate::drill::actions::Action;
use crate::drill::ghost;
use crate::drill::milestones::harms;
use crate::kernel::{SimTime, Span};
use crate::scenario::{Milestone, Scenario, Variant};
use serde::Serialize;

/// A grade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grade {
    /// 0–100, one decimal.
    pub score: f64,
    /// A–F.
    pub letter: char,
    /// The parts, in the order of a report.
    pub parts: Vec<Part>,
    /// Points off for hints.
    pub hints: u32,
}

/// One part of a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// Points it is worth.
    pub weight: u32,
    /// Points earned; none when a run it needs was not made.
    pub points: Option<f64>,
    /// How the points come about, in words.
    pub formula: String,
    /// The figures that went in.
    pub inputs: Vec<(String, String)>,
    /// Indexes of the journal's entries it rests on.
    pub entries: Vec<usize>,
}

/// The impact of the runs that the trainee's is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Yardsticks {
    /// Visitors affected when nobody acts.
    pub nobody: Option<u64>,
    /// Visitors affected under the ideal response.
    pub ideal: Option<u64>,
}

/// What an action was worth, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It helped.
    Useful,
    /// It changed nothing to speak of.
    Useless,
    /// It changed nothing at all: the same run, event for event.
    NoEffect,
    /// It made things worse.
    Harmful,
}

/// What goes into a grade beside the outcome.
pub struct Basis<'a> {
    /// What was played.
    pub scenario: &'a Scenario,
    /// The truth.
    pub variant: &'a Variant,
    /// The runs to compare with.
    pub yardsticks: Yardsticks,
    /// What each action was worth: by the outcome's own list of actions.
    pub verdicts: Vec<Option<Verdict>>,
}

/// Grades an outcome.
pub fn grade(outcome: &Outcome, basis: &Basis<'_>) -> Grade {
    let parts = vec![
        diagnosis(outcome, basis),
        impact(outcome, basis),
        precision(outcome, basis),
        evidence(outcome, basis),
        communication::part(outcome, basis),
    ];
    let hints = hint_cost(outcome, basis.scenario);
    let known: Vec<&Part> = parts.iter().filter(|part| part.points.is_some()).collect();
    let earned: f64 = known.iter().filter_map(|part| part.points).sum();
    let possible: u32 = known.iter().map(|part| part.weight).sum();
    // Parts that could not be computed are left out of the whole, not counted as lost.
    let score = if possible == 0 { 0.0 } else { earned * 100.0 / f64::from(possible) };
    let score = tenth((score - f64::from(hints)).clamp(0.0, 100.0));
    Grade { score, letter: letter(score), parts, hints }
}

/// The letter of a score.
pub fn letter(score: f64) -> char {
    const LEAST: [(f64, char); 4] = [(85.0, 'A'), (70.0, 'B'), (55.0, 'C'), (40.0, 'D')];
    LEAST.iter().find(|(least, _)| score >= *least).map_or('F', |(_, letter)| *letter)
}

/// The share of a cause's points that naming it at `t` earns, when the real team took `real`, both counted from the first
/// page: 1 at once, falling evenly to 1/4 at the real team's own time, and to nothing at twice that.
pub fn promptness(t: Span, real: Span) -> f64 {
    let ratio = t.as_secs_f64() / real.as_secs_f64().max(1.0);
    let share = if ratio <= 1.0 { 1.0 - 0.75 * ratio } else { 0.25 * (2.0 - ratio) };
    share.clamp(0.0, 1.0)
}

/// What is left of the diagnosis when a share `right` of the full statements named a cause: all of it while at least half
/// did, and evenly less below, so that naming everything that exists earns next to nothing.
pub fn care(right: usize, stated: usize) -> f64 {
    if stated == 0 { 1.0 } else { (2.0 * right as f64 / stated as f64).min(1.0) }
}

/// What a cause named without any of its evidence on screen earns of its diagnosis.
const GUESS: f64 = 0.5;

fn diagnosis(outcome: &Outcome, basis: &Basis<'_>) -> Part {
    let weight = basis.scenario.grading.diagnosis;
    let detected = detected(outcome, basis.scenario);
    let real = real_diagnosis(basis.scenario);
    let ghost = basis.scenario.source.ghost();
    let mut inputs = vec![(format!("{}, from the first page", ghost.label()), real.to_string())];
    let mut entries = Vec::new();
    let mut shares = Vec::new();
    for (change, _) in harms(basis.scenario, basis.variant) {
        let Some(judged) = outcome.named(&change.id) else {
            inputs.push((change.id.clone(), "never named: 0.00".to_owned()));
            shares.push(0.0);
            continue;
        };
        let after = judged.statement.at.since(detected);
        let guessed = support(outcome, &change.id) == 0;
        let share = promptness(after, real) * if guessed { GUESS } else { 1.0 };
        let how = if guessed { ", unsupported" } else { "" };
        inputs.push((change.id.clone(), format!("named after {after}{how}: {share:.2}")));
        entries.extend(judged.entry);
        shares.push(share);
    }
    let full = || outcome.statements.iter().filter(|judged| !judged.statement.object.is_empty());
    let (right, stated) = (full().filter(|judged| judged.names.is_some()).count(), full().count());
    let care = care(right, stated);
    let told =
        if stated == 0 { "none made".to_owned() } else { format!("{right} of {stated}: × {care:.2}") };
    inputs.push(("statements that named a cause".to_owned(), told));
    Part {
        name: "diagnosis",
        weight,
        points: Some(points(weight, mean(&shares) * care)),
        formula: format!(
            "mean over the causes of: 1 at once, falling evenly to 1/4 at {}'s time and to 0 at twice that; half of it when \
             none of the evidence had been on screen, 0 for a cause never named; times twice the share of statements that \
             named a cause, at most 1",
            ghost.name()
        ),
        inputs,
        entries,
    }
}

/// How much of a cause's evidence had been on screen before it was first named, from 0 to 2.
fn support(outcome: &Outcome, change: &str) -> u32 {
    let seen = outcome.evidence.iter().find(|seen| seen.change == change);
    seen.zip(outcome.named(change)).map_or(0, |(seen, judged)| seen.before(judged.statement.at))
}

fn impact(outcome: &Outcome, basis: &Basis<'_>) -> Part {
    let weight = basis.scenario.grading.impact;
    let mine = outcome.impact.affected;
    let Yardsticks { nobody, ideal } = basis.yardsticks;
    let share = nobody.zip(ideal).map(|(nobody, ideal)| {
        let possible = nobody.saturating_sub(ideal).max(1) as f64;
        (nobody.saturating_sub(mine) as f64 / possible).clamp(0.0, 1.0)
    });
    let figure = |value: Option<u64>| value.map_or("not run".to_owned(), crate::drill::thousands);
    Part {
        name: "impact",
        weight,
        points: share.map(|share| points(weight, share)),
        formula: "(affected if nobody acts − affected) / (affected if nobody acts − affected under the ideal response)"
            .to_owned(),
        inputs: vec![
            ("visitors affected".to_owned(), figure(Some(mine))),
            ("if nobody acts".to_owned(), figure(nobody)),
            ("under the ideal response".to_owned(), figure(ideal)),
        ],
        entries: outcome.actions.iter().map(|action| action.entry).collect(),
    }
}

fn precision(outcome: &Outcome, basis: &Basis<'_>) -> Part {
    let grading = &basis.scenario.grading;
    let causes: Vec<_> = harms(basis.scenario, basis.variant).collect();
    let dealt = |id: &str| outcome.named(id).is_some() || outcome.rollback(id).is_some();
    let share =
        causes.iter().filter(|(change, _)| dealt(&change.id)).count() as f64 / causes.len().max(1) as f64;
    let wrong: Vec<_> = outcome.statements.iter().filter(|judged| judged.is_wrong()).collect();
    let needless = needless(outcome, basis);
    let penalty = wrong.len() as f64 * f64::from(grading.wrong_diagnosis_penalty)
        + needless.len() as f64 * f64::from(grading.needless_action_penalty)
        + outcome.early_resolutions.len() as f64 * f64::from(grading.wrong_diagnosis_penalty);
    let earned = (f64::from(grading.precision) * share - penalty).max(0.0);
    let mut entries: Vec<usize> = wrong.iter().filter_map(|judged| judged.entry).collect();
    entries.extend(needless.iter().map(|action| action.entry));
    Part {
        name: "precision",
        weight: grading.precision,
        points: Some(tenth(earned)),
        formula: format!(
            "weight × causes named or taken back − {} for each wrong diagnosis or early resolution − {} for each useless or \
             harmful action (taking back a cause counts only when it did harm), never below 0",
            grading.wrong_diagnosis_penalty, grading.needless_action_penalty
        ),
        inputs: vec![
            ("causes named or taken back".to_owned(), format!("{:.0} %", share * 100.0)),
            ("wrong diagnoses".to_owned(), wrong.len().to_string()),
            ("useless or harmful actions".to_owned(), needless.len().to_string()),
            ("early resolutions".to_owned(), outcome.early_resolutions.len().to_string()),
        ],
        entries,
    }
}

/// Actions that were useless or harmful by their counterfactual worth; where that was not run, rollbacks of what was not a
/// cause.
fn needless<'a>(outcome: &'a Outcome, basis: &Basis<'_>) -> Vec<&'a Action> {
    let verdict = |index: usize| basis.verdicts.get(index).copied().flatten();
    let bad = |index: usize, action: &Action| match verdict(index) {
        Some(Verdict::Harmful) => true,
        // To take back a cause is right even when the others alone would have done.
        Some(Verdict::Useless) => !takes_back(action, outcome, true),
        Some(Verdict::Useful | Verdict::NoEffect) => false,
        None => takes_back(action, outcome, false),
    };
    let actions = outcome.actions.iter().enumerate();
    actions.filter(|(index, action)| bad(*index, action)).map(|(_, action)| action).collect()
}

/// Whether an action took back a change that was a cause, or one that was not.
fn takes_back(action: &Action, outcome: &Outcome, cause: bool) -> bool {
    let of = |id: &str| action.line.split_whitespace().any(|word| word.eq_ignore_ascii_case(id));
    outcome.rollbacks.iter().any(|rollback| rollback.harmful == cause && of(&rollback.change))
}

fn evidence(outcome: &Outcome, basis: &Basis<'_>) -> Part {
    let weight = basis.scenario.grading.evidence;
    let mut inputs = Vec::new();
    let mut entries = Vec::new();
    let mut shares = Vec::new();
    for seen in &outcome.evidence {
        let named = outcome.named(&seen.change);
        let share = f64::from(support(outcome, &seen.change)) / 2.0;
        let told = match (named, share) {
            (None, _) => "not named",
            (_, 0.0) => "a guess: neither its effect nor its definition had been on screen",
            (_, 0.5) => "half supported: its effect or its definition had been on screen",
            _ => "supported: its effect and its definition had been on screen",
        };
        inputs.push((seen.change.clone(), told.to_owned()));
        entries.extend(named.and_then(|judged| judged.entry));
        shares.push(share);
    }
    Part {
        name: "evidence",
        weight,
        points: Some(points(weight, mean(&shares))),
        formula: "mean over the causes of the evidence on screen before each was named: half for an effect (a query it \
                  hurts), half for the definition (the object by name)"
            .to_owned(),
        inputs,
        entries,
    }
}

fn hint_cost(outcome: &Outcome, scenario: &Scenario) -> u32 {
    let cost = |number: usize| scenario.hints.get(number.saturating_sub(1)).map_or(0, |hint| hint.cost);
    outcome.incident.hints.iter().map(|hint| cost(hint.number)).sum()
}

/// The first page, or the shift's start when nothing ever paged.
pub(super) fn detected(outcome: &Outcome, scenario: &Scenario) -> SimTime {
    let real = ghost::milestone(scenario, Milestone::Detected);
    outcome.milestones.at(Milestone::Detected).or(real).unwrap_or(outcome.opens)
}

/// How long the real team took from its first page to naming the cause in full.
fn real_diagnosis(scenario: &Scenario) -> Span {
    let at = |milestone| ghost::milestone(scenario, milestone);
    let ends = scenario.instant(scenario.ends_at);
    let detected = at(Milestone::Detected).unwrap_or(scenario.instant(scenario.shift_starts_at));
    at(Milestone::Diagnosed).unwrap_or(ends).since(detected)
}

pub(super) fn points(weight: u32, share: f64) -> f64 {
    tenth(f64::from(weight) * share)
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}
