//! The guided drill: a line that says what to do next and why, and moves on when the drill shows that it was done. It
//! knows nothing about what is broken: it teaches the way (page, look, act, resolve), not the answer.

use super::state::DrillState;
use crate::drill::{ChangeLine, Snapshot, Voice};

/// One step: what to do, and whether the drill shows that it is done.
#[derive(Debug)]
pub(super) struct Step {
    /// What to do, and why, in one sentence or two.
    pub text: &'static str,
    /// Whether it was done.
    done: fn(&DrillState, &Snapshot) -> bool,
}

/// The steps, in order.
pub(super) const STEPS: &[Step] = &[
    Step {
        text: "You are on call. Nothing is wrong yet: esc leaves the console, then + lets the clock run faster. Wait for the page.",
        done: |_, now| now.alerts.iter().any(|alert| alert.pages && alert.firing),
    },
    Step {
        text: "A page. Acknowledge it first, so that everybody knows somebody has it: alt-a, or type ack.",
        done: |_, now| now.alerts.iter().any(|alert| alert.acknowledged),
    },
    Step {
        text: "How bad is it? Read the top line and the chart, then say so: type declare sev1 (or sev2).",
        done: |_, now| now.severity.is_some(),
    },
    Step {
        text: "Tell people that you are on it: alt-r writes into the incident channel.",
        done: |_, now| now.channel.iter().any(|message| message.voice == Voice::You),
    },
    Step {
        text: "Where is the time going? Look at the database: alt-3, or esc and then 3.",
        done: |drill, _| drill.view == 3,
    },
    Step {
        text: "Which queries are slow? Type psql, then: explain and the query. A plan that reads a whole table is a symptom, not yet a cause.",
        done: |_, now| typed(now, "explain"),
    },
    Step {
        text: "What changed? alt-6 lists what was deployed; changes show ID tells what it did. Compare with the table: \\d NAME in psql.",
        done: |_, now| typed(now, "changes show"),
    },
    Step {
        text: "Say what you believe before you act: diagnose COMPONENT OBJECT MECHANISM (tab completes each). Name every cause you can show.",
        done: |_, now| typed(now, "diagnose "),
    },
    Step {
        text: "Now take the change back: rollback ID. It takes as long as it takes in production; look for the next cause meanwhile.",
        done: |_, now| now.changes.iter().any(taken_back),
    },
    Step {
        text: "Watch the chart come down. When the objective has held for some minutes, end the incident: resolve.",
        done: |_, now| now.milestones.iter().any(|row| row.name == "resolved" && row.at.is_some()),
    },
];

fn taken_back(change: &ChangeLine) -> bool {
    change.state == "rolling back" || change.state == "rolled back"
}

fn typed(now: &Snapshot, words: &str) -> bool {
    now.console.history.iter().any(|line| line.to_lowercase().contains(words))
        || now.console.lines.iter().any(|line| {
            line.style == crate::drill::LineStyle::Prompt && line.text.to_lowercase().contains(words)
        })
}

/// The step to show next: past every one that is done already.
#[must_use]
pub(super) fn advance(step: usize, drill: &DrillState, now: &Snapshot) -> usize {
    let ahead = STEPS.iter().skip(step).take_while(|next| (next.done)(drill, now)).count();
    step + ahead
}
