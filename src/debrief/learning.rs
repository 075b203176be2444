//! What a review of the incident starts from: how it came to be, what made it worse, what went well. Sentences with figures
//! from the run and the scenario; nobody is named, because a system that lets one mistake through is what has to change.

use super::outcome::Outcome;
use super::score::Grade;
use super::worth::Worth;
use crate::drill::milestones::harms;
use crate::drill::{ghost, thousands};
use crate::kernel::{SimTime, Span};
use crate::scenario::{Milestone, Scenario, Variant};

/// How long before the first page a change counts as recent.
const RECENT: Span = Span::from_hours(1);
/// A part earned above this share of its weight went well.
const WELL: f64 = 0.8;

/// What happened, a paragraph each.
pub fn story(scenario: &Scenario, variant: &Variant, trainee: &Outcome) -> Vec<String> {
    let clock = |at: SimTime| scenario.calendar().minute(at);
    let mut story = Vec::new();
    let causes: Vec<String> =
        harms(scenario, variant).map(|(change, _)| format!("{} ({})", change.id, change.title)).collect();
    story.push(format!("{} of the changes of the day hurt: {}.", causes.len(), causes.join("; ")));
    if let Some(detected) = trainee.milestones.at(Milestone::Detected) {
        let missed = first_missed(scenario, trainee).filter(|at| *at < detected);
        let before = missed.map_or(String::new(), |at| {
            format!(" The objective had been missed for {} by then.", detected.since(at))
        });
        story.push(format!("The first page came at {}.{before}", clock(detected)));
    }
    let impact = &trainee.impact;
    let (first, last) = scenario.impact_window;
    story.push(format!(
        "Between {} and {}, {} of {} visitors ({:.1} %) saw a page fail or wait too long; {} orders worth {} were lost.",
        clock(scenario.instant(first)),
        clock(scenario.instant(last)),
        thousands(impact.affected),
        thousands(impact.visitors),
        impact.affected_ratio() * 100.0,
        thousands(impact.lost_orders),
        crate::drill::money(impact.lost_revenue_cents),
    ));
    story.push(match trainee.milestones.at(Milestone::Mitigated) {
        Some(at) => format!("The objective was met again from {} on.", clock(at)),
        None => "The objective was not met again before the end.".to_owned(),
    });
    story
}

/// When a minute first had more bad page views than the objective allows, after the shift began.
fn first_missed(scenario: &Scenario, trainee: &Outcome) -> Option<SimTime> {
    let allowed = 1.0 - scenario.slo.objective;
    let bad = |(minute, row): (usize, &super::series::MinuteRow)| {
        let at = SimTime::from_secs(minute as u64 * 60);
        (row.affected_ratio? > allowed && at >= trainee.opens).then_some(at)
    };
    trainee.series.iter().enumerate().find_map(bad)
}

/// What made it possible, or harder to end.
pub fn factors(scenario: &Scenario, variant: &Variant, trainee: &Outcome) -> Vec<String> {
    let mut factors = Vec::new();
    let detected = trainee.milestones.at(Milestone::Detected).unwrap_or(trainee.opens);
    let present = |id: &str| {
        let known = |list: &[String]| list.iter().any(|known| known == id);
        known(&variant.harmful) || known(&variant.harmless)
    };
    let recent: Vec<&str> = scenario
        .changes
        .iter()
        .filter(|change| present(&change.id) || matches!(change.role, crate::scenario::Role::Always))
        .filter(|change| {
            let at = scenario.instant(change.at);
            at <= detected && detected.since(at) <= RECENT
        })
        .map(|change| change.id.as_str())
        .collect();
    if recent.len() > 1 {
        factors.push(format!(
            "{} changes went out within an hour before the first page ({}): each of them could be suspected.",
            recent.len(),
            recent.join(", ")
        ));
    }
    for (_, harm) in harms(scenario, variant) {
        factors.push(harm.explanation.clone());
    }
    for rollback in trainee.rollbacks.iter().filter(|rollback| rollback.harmful) {
        if let Some(finished) = rollback.finished {
            factors.push(format!(
                "Taking {} back took {} on a database that was already busy.",
                rollback.change,
                finished.since(rollback.started)
            ));
        }
    }
    let outdated: Vec<&str> =
        scenario.runbooks.iter().filter(|book| book.outdated).map(|book| book.title.as_str()).collect();
    if !outdated.is_empty() {
        factors.push(format!("Runbooks that no longer say the truth: {}.", outdated.join("; ")));
    }
    factors
}

/// What went well, with the figure that says so.
pub fn went_well(scenario: &Scenario, trainee: &Outcome, grade: &Grade, worth: &[Worth]) -> Vec<String> {
    let mut well = Vec::new();
    for milestone in Milestone::ALL {
        let pair = trainee.milestones.at(milestone).zip(ghost::milestone(scenario, milestone));
        if let Some((at, real)) = pair.filter(|(at, real)| *at < *real && milestone != Milestone::Detected) {
            let ghost = scenario.source.ghost().name();
            well.push(format!("{} {} before {ghost}.", capital(milestone.word()), real.since(at)));
        }
    }
    for worth in worth.iter().filter(|worth| worth.verdict == "useful") {
        let decisive = if worth.decisive { "; without it the shop would not have come back" } else { "" };
        let spared = thousands(worth.visitors.unsigned_abs());
        well.push(format!("`{}` at {} spared {spared} visitors{decisive}.", worth.line, worth.at));
    }
    for part in &grade.parts {
        if let Some(points) = part.points.filter(|points| *points >= WELL * f64::from(part.weight)) {
            well.push(format!("{}: {points} of {} points.", capital(part.name), part.weight));
        }
    }
    if well.is_empty() {
        well.push("Nothing of what is measured; the review may know of something that is not.".to_owned());
    }
    well
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
