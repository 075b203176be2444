//! A responder that enters the lines of a script at their times: a file's, or the real team's.

use super::{Making, Responder, Sight};
use crate::drill::milestones::harms;
use crate::drill::script::{ScriptLine, When};
use crate::kernel::SimTime;
use std::collections::VecDeque;

/// Enters a script's lines, each at its time but never while a command is running.
pub struct Scripted {
    lines: VecDeque<ScriptLine>,
    /// When the line before was entered.
    last: Option<SimTime>,
}

impl Scripted {
    /// A responder for these lines.
    pub fn new(lines: Vec<ScriptLine>) -> Scripted {
        Scripted { lines: lines.into(), last: None }
    }

    /// Whether every line has been entered.
    pub fn is_done(&self) -> bool {
        self.lines.is_empty()
    }

    /// The line that is entered next.
    pub fn upcoming(&self) -> Option<&ScriptLine> {
        self.lines.front()
    }
}

impl Responder for Scripted {
    fn next(&mut self, sight: &Sight<'_>) -> Option<String> {
        let due = match self.lines.front()?.when {
            When::At(at) => at,
            When::After(span) => self.last.unwrap_or(sight.opens) + span,
            When::Next => SimTime::ZERO,
        };
        if sight.busy || due > sight.now {
            return None;
        }
        self.last = Some(sight.now);
        self.lines.pop_front().map(|line| line.command)
    }
}

/// The marker that repeats an entry for each harmful change, at the time at which the real team came to that change.
const EACH_HARMFUL: &str = "{harmful}";

/// The real team's script, with the variant's changes in their places, in order of time.
pub(super) fn real(making: Making<'_>) -> Scripted {
    let Making { scenario, variant, .. } = making;
    let mut lines = Vec::new();
    for (index, entry) in scenario.real_script.iter().enumerate() {
        let mut push = |at, command: String| {
            lines.push(ScriptLine { number: index + 1, when: When::At(scenario.instant(at)), command });
        };
        if !entry.run.contains(EACH_HARMFUL) {
            push(entry.at, variant.fill(&entry.run));
            continue;
        }
        for (change, harm) in harms(scenario, variant).filter(|(change, _)| change.id != variant.wrong) {
            push(
                harm.real_rollback_at.max(entry.at),
                variant.fill(&entry.run.replace(EACH_HARMFUL, &change.id)),
            );
        }
    }
    lines.sort_by_key(|line| match line.when {
        When::At(at) => at,
        When::After(_) | When::Next => SimTime::ZERO,
    });
    Scripted::new(lines)
}
