//! Grades worked out by hand: outcomes are made up, and what they must score is arithmetic in the test, not in the program.

use firedrill::console::incident::{Incident, MessageKind, Severity, Statement};
use firedrill::debrief::outcome::Judged;
use firedrill::debrief::score::{Basis, Grade, Verdict, Yardsticks, grade};
use firedrill::debrief::{Outcome, Run, Runs, Yardstick, compose};
use firedrill::drill::actions::{Action, ActionKind};
use firedrill::drill::evidence::Seen;
use firedrill::drill::journal::Entry;
use firedrill::drill::milestones::{Milestones, harms};
use firedrill::drill::rollbacks::Rollback;
use firedrill::drill::{Found, Input, Mode};
use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::{Catalog, Settings};
use firedrill::scenario::embedded::load_embedded;
use firedrill::scenario::{Milestone, Scenario, Variant};
use firedrill::stack::view::Impact;
use std::sync::Arc;

const SEED: u64 = 1;

fn june_4() -> Scenario {
    load_embedded("june-4").unwrap().scenario.unwrap()
}

/// Minutes after 15:00, when the first page comes.
fn at(scenario: &Scenario, minutes: u64) -> SimTime {
    scenario.calendar().at("15:00").unwrap() + Span::from_mins(minutes)
}

/// A drill in which nothing was done: paged at 15:00, down to the end, `affected` of 100,000 visitors hit.
fn idle(scenario: &Scenario, affected: u64) -> Outcome {
    let variant = scenario.variant(SEED);
    let mut milestones = Milestones::default();
    milestones.set(Milestone::Detected, Some(at(scenario, 0)));
    let catalog = Catalog::new("shop");
    Outcome {
        seed: SEED,
        mode: Mode::Practice,
        opens: scenario.instant(scenario.shift_starts_at),
        ended: scenario.instant(scenario.ends_at),
        finished: scenario.instant(scenario.ends_at),
        milestones,
        impact: Impact { visitors: 100_000, affected, ..Impact::default() },
        series: Vec::new(),
        entries: Vec::new(),
        actions: Vec::new(),
        statements: Vec::new(),
        evidence: variant.harmful.iter().map(|id| Seen { change: id.clone(), ..Seen::default() }).collect(),
        views: Vec::new(),
        incident: Incident::new(),
        early_resolutions: Vec::new(),
        rollbacks: Vec::new(),
        found: Arc::new(Found { before: catalog.clone(), after: catalog, settings: Settings::default() }),
        base: None,
        stills: Arc::default(),
        causes_in: vec!["pg-1".to_owned()],
        events: 0,
        digest: 0,
        harmful: variant.harmful,
    }
}

fn enter(outcome: &mut Outcome, at: SimTime, line: &str) -> usize {
    outcome.entries.push(Entry::input(at, Input::Line(line.to_owned())));
    outcome.entries.len() - 1
}

fn name_a_cause(outcome: &mut Outcome, scenario: &Scenario, variant: &Variant, which: usize, at: SimTime) {
    let (change, harm) = harms(scenario, variant).nth(which).unwrap();
    let entry = enter(outcome, at, "diagnose");
    outcome.statements.push(Judged {
        statement: Statement {
            at,
            component: harm.component.clone(),
            object: harm.object.clone(),
            mechanism: harm.mechanism.clone(),
        },
        names: Some(change.id.clone()),
        localises: false,
        entry: Some(entry),
    });
}

fn take_back(outcome: &mut Outcome, change: &str, harmful: bool, at: SimTime) {
    let line = format!("rollback {change}");
    let entry = enter(outcome, at, &line);
    outcome.actions.push(Action { entry, at, line, kind: ActionKind::Rollback });
    let finished = Some(at + Span::from_mins(3));
    outcome.rollbacks.push(Rollback { change: change.to_owned(), started: at, finished, harmful });
}

fn graded(scenario: &Scenario, outcome: &Outcome, verdicts: Vec<Option<Verdict>>) -> Grade {
    let variant = scenario.variant(SEED);
    let yardsticks = Yardsticks { nobody: Some(85_000), ideal: Some(5_000) };
    grade(outcome, &Basis { scenario, variant: &variant, yardsticks, verdicts })
}

fn points(grade: &Grade) -> Vec<f64> {
    grade.parts.iter().map(|part| part.points.unwrap()).collect()
}

#[test]
fn nobody_scores_nothing() {
    let scenario = june_4();
    let grade = graded(&scenario, &idle(&scenario, 85_000), Vec::new());
    assert_eq!(points(&grade), [0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!((grade.score, grade.letter), (0.0, 'F'));
}

#[test]
fn a_good_response_by_hand() {
    let scenario = june_4();
    let variant = scenario.variant(SEED);
    let mut outcome = idle(&scenario, 15_000);
    for which in 0..variant.harmful.len() {
        name_a_cause(&mut outcome, &scenario, &variant, which, at(&scenario, 18));
        take_back(&mut outcome, &variant.harmful[which], true, at(&scenario, 18));
        outcome.evidence[which].effect = Some(at(&scenario, 5));
        outcome.evidence[which].definition = Some(at(&scenario, 10));
    }
    outcome.milestones.set(Milestone::Acknowledged, Some(at(&scenario, 1)));
    outcome.milestones.set(Milestone::Declared, Some(at(&scenario, 2)));
    outcome.milestones.set(Milestone::Mitigated, Some(at(&scenario, 25)));
    outcome.milestones.set(Milestone::Resolved, Some(at(&scenario, 31)));
    outcome.incident.declare(at(&scenario, 2), Severity::Sev1, "");
    outcome.incident.resolve(at(&scenario, 31), &format!("{} taken back, verified", variant.harmful[0]));
    for minutes in [3, 13, 23] {
        outcome.incident.say(at(&scenario, minutes), "oncall", MessageKind::Trainee, "still looking");
    }
    let grade = graded(&scenario, &outcome, Vec::new());
    // Diagnosis: 18 of the real team's 90 minutes, 40 × (1 − 0.75 × 0.2) = 34. Impact: 25 × 70,000 / 80,000 = 21.875.
    assert_eq!(points(&grade), [34.0, 21.9, 15.0, 10.0, 10.0]);
    assert_eq!((grade.score, grade.letter), (90.9, 'A'));
}

#[test]
fn rolling_everything_back_by_hand() {
    let scenario = june_4();
    let variant = scenario.variant(SEED);
    let mut outcome = idle(&scenario, 45_000);
    for (position, id) in variant.harmful.iter().chain(&variant.harmless).enumerate() {
        take_back(&mut outcome, id, variant.is_harmful(id), at(&scenario, 5 + position as u64));
    }
    outcome.milestones.set(Milestone::Acknowledged, Some(at(&scenario, 5)));
    let grade = graded(&scenario, &outcome, Vec::new());
    // Impact: 25 × 40,000 / 80,000 = 12.5. Precision: 15, less 4 for each of at least four harmless ones: nothing is left.
    assert!(variant.harmless.len() >= 4, "the draw gives the causes company");
    assert_eq!(points(&grade), [0.0, 12.5, 0.0, 0.0, 2.0]);
    assert_eq!((grade.score, grade.letter), (14.5, 'F'));
}

#[test]
fn naming_everything_costs_more_than_it_earns() {
    let scenario = june_4();
    let variant = scenario.variant(SEED);
    let mut outcome = idle(&scenario, 85_000);
    for which in 0..variant.harmful.len() {
        name_a_cause(&mut outcome, &scenario, &variant, which, at(&scenario, 0));
    }
    for wrong in 0..20 {
        let entry = enter(&mut outcome, at(&scenario, 0), "diagnose");
        outcome.statements.push(Judged {
            statement: Statement {
                at: at(&scenario, 0),
                component: "web".to_owned(),
                object: format!("thing-{wrong}"),
                mechanism: "slow-deploy".to_owned(),
            },
            names: None,
            localises: false,
            entry: Some(entry),
        });
    }
    let grade = graded(&scenario, &outcome, Vec::new());
    // Named at once, so 40; half of that for guesses; and n of n + 20 statements named a cause.
    let right = variant.harmful.len() as f64;
    let diagnosis = 40.0 * 0.5 * 2.0 * right / (right + 20.0);
    assert!((points(&grade)[0] - diagnosis).abs() < 0.06, "{} against {diagnosis}", points(&grade)[0]);
    assert_eq!(points(&grade)[2..4], [0.0, 0.0], "no precision, and guesses have no evidence");
}

#[test]
fn an_action_that_made_things_worse_costs_precision_even_when_it_looked_right() {
    let scenario = june_4();
    let variant = scenario.variant(SEED);
    let mut outcome = idle(&scenario, 45_000);
    for id in &variant.harmful {
        take_back(&mut outcome, id, true, at(&scenario, 20));
    }
    let useful = vec![Some(Verdict::Useful); outcome.actions.len()];
    let mut one_harmful = useful.clone();
    one_harmful[0] = Some(Verdict::Harmful);
    assert_eq!(points(&graded(&scenario, &outcome, useful))[2], 15.0);
    assert_eq!(points(&graded(&scenario, &outcome, one_harmful))[2], 11.0);
}

#[test]
fn resolving_while_the_shop_is_down_costs_precision_and_communication() {
    let scenario = june_4();
    let variant = scenario.variant(SEED);
    let mut outcome = idle(&scenario, 45_000);
    for which in 0..variant.harmful.len() {
        name_a_cause(&mut outcome, &scenario, &variant, which, at(&scenario, 20));
    }
    outcome.milestones.set(Milestone::Mitigated, Some(at(&scenario, 25)));
    outcome.milestones.set(Milestone::Resolved, Some(at(&scenario, 30)));
    let (_, harm) = harms(&scenario, &variant).next().unwrap();
    outcome.incident.resolve(at(&scenario, 30), &format!("{} is mended", harm.object));
    let before = graded(&scenario, &outcome, Vec::new());
    outcome.early_resolutions.push(at(&scenario, 1));
    let after = graded(&scenario, &outcome, Vec::new());
    assert_eq!(points(&before)[2] - points(&after)[2], 4.0);
    assert_eq!(points(&before)[4] - points(&after)[4], 2.0);
}

#[test]
fn without_counterfactual_runs_the_impact_is_left_out_of_the_whole() {
    let scenario = june_4();
    let variant = scenario.variant(SEED);
    let mut outcome = idle(&scenario, 45_000);
    for which in 0..variant.harmful.len() {
        name_a_cause(&mut outcome, &scenario, &variant, which, at(&scenario, 0));
    }
    let basis = Basis {
        scenario: &scenario,
        variant: &variant,
        yardsticks: Yardsticks::default(),
        verdicts: Vec::new(),
    };
    let grade = grade(&outcome, &basis);
    assert_eq!(grade.parts[1].points, None);
    // 20 of diagnosis, because nothing had been looked at, and 15 of precision, of 75 that could be had.
    assert_eq!(grade.score, 46.7);
}

#[test]
fn every_part_points_at_entries_that_exist() {
    let scenario = june_4();
    let variant = scenario.variant(SEED);
    let mut outcome = idle(&scenario, 45_000);
    name_a_cause(&mut outcome, &scenario, &variant, 0, at(&scenario, 20));
    take_back(&mut outcome, &variant.harmless[0], false, at(&scenario, 21));
    let nobody = Yardstick::of(Run::Nobody, &idle(&scenario, 85_000));
    let report = compose(&scenario, &outcome, &Runs { yardsticks: vec![nobody], ..Runs::default() });
    for part in &report.grade.parts {
        for entry in &part.entries {
            assert!(report.journal.get(*entry).is_some(), "{} points at entry {entry}", part.name);
        }
    }
    assert_eq!(report.wrong_turns.len(), 1);
    assert_eq!(
        report.sentence,
        format!("You named 1 of {} causes. The shop was still down at the end.", variant.harmful.len())
    );
}
