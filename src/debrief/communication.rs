//! The communication part: six duties towards everybody who is not at the keyboard, an equal share each.
//!
//! What was said is counted, not judged: when, how often, whether a question was followed by a message, whether the closing
//! words name what was done.

use super::outcome::Outcome;
use super::score::{Basis, Part, detected, mean, points};
use crate::console::incident::{Message, MessageKind};
use crate::drill::Input;
use crate::drill::journal::Entry;
use crate::kernel::{SimTime, Span};
use crate::scenario::{Milestone, Scenario};

/// A page should be taken within this.
const ACKNOWLEDGE_WITHIN: Span = Span::from_mins(5);
/// The right severity should be declared within this.
const DECLARE_WITHIN: Span = Span::from_mins(10);
/// The channel should hear something within this.
const FIRST_UPDATE_WITHIN: Span = Span::from_mins(10);
/// And then at least this often while the objective is missed.
const UPDATE_AT_LEAST_EVERY: Span = Span::from_mins(20);
/// A question should be followed by a message within this.
const ANSWER_WITHIN: Span = Span::from_mins(10);
/// A resolution later than this after the objective was met again is late.
const RESOLVE_WITHIN: Span = Span::from_mins(20);

/// One duty: what it is, and how much of it was done; nothing when there was no occasion.
struct Duty {
    name: String,
    done: Option<f64>,
    told: String,
}

impl Duty {
    fn new(name: impl Into<String>, done: bool) -> Duty {
        let told = if done { "yes" } else { "no" };
        Duty { name: name.into(), done: Some(f64::from(u8::from(done))), told: told.to_owned() }
    }
}

/// The part of the score.
pub(super) fn part(outcome: &Outcome, basis: &Basis<'_>) -> Part {
    let weight = basis.scenario.grading.communication;
    let duties = duties(outcome, basis.scenario);
    let done: Vec<f64> = duties.iter().filter_map(|duty| duty.done).collect();
    Part {
        name: "communication",
        weight,
        points: Some(points(weight, mean(&done))),
        formula: "an equal share for each of six duties; one without an occasion is left out".to_owned(),
        inputs: duties.into_iter().map(|duty| (duty.name, duty.told)).collect(),
        entries: entries(outcome),
    }
}

fn duties(outcome: &Outcome, scenario: &Scenario) -> [Duty; 6] {
    let detected = detected(outcome, scenario);
    let at = |milestone| outcome.milestones.at(milestone);
    let within = |at: Option<SimTime>, limit: Span| at.is_some_and(|at| at.since(detected) <= limit);
    let updates: Vec<SimTime> = said(outcome, MessageKind::Trainee).map(|message| message.at).collect();
    let mitigated = at(Milestone::Mitigated);
    [
        Duty::new(
            format!("page acknowledged within {ACKNOWLEDGE_WITHIN}"),
            within(at(Milestone::Acknowledged), ACKNOWLEDGE_WITHIN),
        ),
        Duty::new(
            format!("SEV{} declared within {DECLARE_WITHIN}", scenario.grading.severity),
            within(at(Milestone::Declared), DECLARE_WITHIN),
        ),
        Duty::new(
            format!("first update in the channel within {FIRST_UPDATE_WITHIN}"),
            within(updates.first().copied(), FIRST_UPDATE_WITHIN),
        ),
        Duty::new(
            format!("an update at least every {UPDATE_AT_LEAST_EVERY} until mitigated"),
            keeps_cadence(&updates, detected, mitigated.unwrap_or(outcome.finished)),
        ),
        answers(outcome, &updates),
        Duty::new(
            format!(
                "handed over: resolved when true, within {RESOLVE_WITHIN} of it, in words that name what was done"
            ),
            hands_over(outcome, scenario),
        ),
    ]
}

fn said(outcome: &Outcome, kind: MessageKind) -> impl Iterator<Item = &Message> {
    outcome.incident.channel.iter().filter(move |message| message.kind == kind)
}

fn keeps_cadence(updates: &[SimTime], from: SimTime, to: SimTime) -> bool {
    let mut last = from;
    for at in updates.iter().copied().filter(|at| *at > from && *at < to).chain([to]) {
        if at.since(last) > UPDATE_AT_LEAST_EVERY {
            return false;
        }
        last = at;
    }
    !updates.is_empty()
}

/// Colleagues' messages with a question mark, and how many of them were followed by a message in time. One that the end of
/// the incident overtook needs no answer.
fn answers(outcome: &Outcome, updates: &[SimTime]) -> Duty {
    let questions: Vec<SimTime> = said(outcome, MessageKind::Person)
        .filter(|message| message.text.contains('?'))
        .map(|message| message.at)
        .filter(|at| *at + ANSWER_WITHIN <= outcome.finished)
        .collect();
    let answered =
        |at: &&SimTime| updates.iter().any(|update| *update >= **at && update.since(**at) <= ANSWER_WITHIN);
    let count = questions.iter().filter(answered).count();
    let done = (!questions.is_empty()).then(|| count as f64 / questions.len() as f64);
    let told = match done {
        None => "none was asked".to_owned(),
        Some(_) => format!("{count} of {}", questions.len()),
    };
    Duty { name: format!("colleagues' questions answered within {ANSWER_WITHIN}"), done, told }
}

fn hands_over(outcome: &Outcome, scenario: &Scenario) -> bool {
    let at = |milestone| outcome.milestones.at(milestone);
    let Some((resolved, mitigated)) = at(Milestone::Resolved).zip(at(Milestone::Mitigated)) else {
        return false;
    };
    let in_time = resolved.since(mitigated) <= RESOLVE_WITHIN && outcome.early_resolutions.is_empty();
    in_time && closing_words(outcome, mitigated).any(|words| names_what_was_done(words, outcome, scenario))
}

/// The words of the resolution, and what was posted since the objective was met again.
fn closing_words(outcome: &Outcome, mitigated: SimTime) -> impl Iterator<Item = &str> {
    let resolution = outcome.incident.resolution.iter().map(|resolution| resolution.text.as_str());
    let posted = said(outcome, MessageKind::Trainee).filter(move |message| message.at >= mitigated);
    resolution.chain(posted.map(|message| message.text.as_str()))
}

/// Whether words name a change that was taken back or an object that was stated, by its name.
fn names_what_was_done(words: &str, outcome: &Outcome, scenario: &Scenario) -> bool {
    let has = |name: &str| {
        let part = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-';
        !name.is_empty() && words.split(part).any(|word| word.eq_ignore_ascii_case(name))
    };
    let known = |id: &&str| scenario.change(id).is_some();
    let changes = outcome.rollbacks.iter().map(|rollback| rollback.change.as_str()).filter(known);
    let objects = outcome.statements.iter().map(|judged| judged.statement.object.as_str());
    changes.chain(objects).any(has)
}

/// The inputs that spoke to others.
fn entries(outcome: &Outcome) -> Vec<usize> {
    const WORDS: [&str; 7] = ["ack", "acknowledge", "declare", "severity", "post", "page", "resolve"];
    let speaks = |entry: &Entry| match &entry.input {
        Some(Input::Line(line) | Input::Aside(line)) => {
            line.split_whitespace().next().is_some_and(|word| WORDS.contains(&word))
        }
        _ => false,
    };
    let entries = outcome.entries.iter().enumerate();
    entries.filter(|(_, entry)| speaks(entry)).map(|(index, _)| index).collect()
}
