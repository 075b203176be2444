//! Guides: a line over the console that says what to do next and why, and moves on when the drill shows that it was done.
//!
//! There are two. The *tour* leads through a tiny incident of its own and may name what is in it; it takes a few minutes. The
//! guide of any other drill knows nothing about what is broken there: it teaches the way (page, look, act, resolve), not
//! the answer.

use super::state::DrillState;
use crate::drill::{ChangeLine, LineStyle, Snapshot, Voice};

/// The scenario that the tour leads through.
pub const TOUR: &str = "tour";

/// One step: what to do, and whether the drill shows that it is done.
#[derive(Debug)]
pub struct Step {
    /// Which part of an incident it belongs to, in one word.
    pub part: &'static str,
    /// What to do, and why, in one sentence or two.
    pub text: &'static str,
    /// Whether it was done.
    done: fn(&DrillState, &Snapshot) -> bool,
}

/// A guide and how far it is.
#[derive(Clone, Copy, Debug)]
pub struct Guide {
    steps: &'static [Step],
    at: usize,
}

impl Guide {
    /// The guide of a scenario.
    #[must_use]
    pub fn of(scenario: &str) -> Self {
        Self { steps: if scenario == TOUR { TOUR_STEPS } else { STEPS }, at: 0 }
    }

    /// The step to do now; none when all are done.
    #[must_use]
    pub fn step(self) -> Option<&'static Step> {
        self.steps.get(self.at)
    }

    /// The present step's number from 1, and how many there are.
    #[must_use]
    pub fn place(self) -> (usize, usize) {
        ((self.at + 1).min(self.steps.len()), self.steps.len())
    }

    /// Past every step that is done already.
    #[must_use]
    pub(super) fn advance(self, drill: &DrillState, now: &Snapshot) -> Self {
        let ahead = self.steps.iter().skip(self.at).take_while(|next| (next.done)(drill, now)).count();
        Self { at: self.at + ahead, ..self }
    }
}

const fn step(part: &'static str, text: &'static str, done: fn(&DrillState, &Snapshot) -> bool) -> Step {
    Step { part, text, done }
}

/// The tour's steps.
const TOUR_STEPS: &[Step] = &[
    step(
        "page",
        "You are on call. Top line: how bad it is. Chart: how long pages take. Below: your terminal. Watch the chart: a page comes within a minute.",
        |_, now| paged(now),
    ),
    step("page", "That is a page. Say that you have it: press alt-a.", |_, now| acknowledged(now)),
    step(
        "look",
        "Where does the time go? Press alt-3 for the database, and read which query takes most of it.",
        |drill, _| drill.view == 3,
    ),
    step(
        "look",
        "orders_of reads for very long. What changed just before? Type: changes show CHG-1 (tab completes), then enter.",
        |_, now| typed(now, "changes show"),
    ),
    step(
        "look",
        "Its index was dropped. Say what you believe before you act: diagnose db orders_customer_idx index-dropped",
        |_, now| typed(now, "diagnose "),
    ),
    step(
        "act",
        "Now take it back: rollback CHG-1. The index is built again while the shop goes on.",
        |_, now| now.changes.iter().any(taken_back),
    ),
    step(
        "act",
        "alt-1 shows the charts: watch the page time fall below the line. That takes a minute, as it does at work; f7 lets the clock run faster.",
        |_, now| now.milestones.iter().any(|row| row.name == "mitigated" && row.at.is_some()),
    ),
    step("resolve", "The objective holds again. End the incident and be graded: type resolve.", resolved),
];

/// The steps of any other drill.
const STEPS: &[Step] = &[
    step(
        "page",
        "You are on call. Nothing is wrong yet: esc leaves the console, then + lets the clock run faster. Wait for the page.",
        |_, now| paged(now),
    ),
    step(
        "page",
        "A page. Acknowledge it first, so that everybody knows somebody has it: alt-a, or type ack.",
        |_, now| acknowledged(now),
    ),
    step(
        "page",
        "How bad is it? Read the top line and the chart, then say so: type declare sev1 (or sev2).",
        |_, now| now.severity.is_some(),
    ),
    step("page", "Tell people that you are on it: alt-r writes into the incident channel.", |_, now| {
        now.channel.iter().any(|message| message.voice == Voice::You)
    }),
    step("look", "Where is the time going? Look at the database: alt-3, or esc and then 3.", |drill, _| {
        drill.view == 3
    }),
    step(
        "look",
        "Which queries are slow? Type psql, then: explain and the query. A plan that reads a whole table is a symptom, not yet a cause.",
        |_, now| typed(now, "explain"),
    ),
    step(
        "look",
        "What changed? alt-6 lists what was deployed; changes show ID tells what it did. Compare with the table: \\d NAME in psql.",
        |_, now| typed(now, "changes show"),
    ),
    step(
        "act",
        "Say what you believe before you act: diagnose COMPONENT OBJECT MECHANISM (tab completes each). Name every cause you can show.",
        |_, now| typed(now, "diagnose "),
    ),
    step(
        "act",
        "Now take the change back: rollback ID. It takes as long as it takes in production; look for the next cause meanwhile.",
        |_, now| now.changes.iter().any(taken_back),
    ),
    step(
        "resolve",
        "Watch the chart come down. When the objective has held for some minutes, end the incident: resolve.",
        resolved,
    ),
];

fn paged(now: &Snapshot) -> bool {
    now.alerts.iter().any(|alert| alert.pages && alert.firing)
}

fn acknowledged(now: &Snapshot) -> bool {
    now.milestones.iter().any(|row| row.name == "acknowledged" && row.at.is_some())
}

fn resolved(_: &DrillState, now: &Snapshot) -> bool {
    now.milestones.iter().any(|row| row.name == "resolved" && row.at.is_some())
}

fn taken_back(change: &ChangeLine) -> bool {
    change.state.starts_with("rolling back") || change.state == "rolled back"
}

fn typed(now: &Snapshot, words: &str) -> bool {
    let asked = |line: &str| line.to_lowercase().contains(words);
    now.console.history.iter().any(|line| asked(line))
        || now.console.lines.iter().any(|line| line.style == LineStyle::Prompt && asked(&line.text))
}
