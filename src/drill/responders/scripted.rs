//! A responder that enters the lines of a script at their times: a file's, or the real team's.

use super::{Making, Responder, Sight};
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

/// The real team's script, with the variant's changes in their places, in order of time.
pub(super) fn real(making: Making<'_>) -> Scripted {
    let Making { scenario, variant, .. } = making;
    let lines = variant.real_lines(scenario).into_iter().enumerate().map(|(index, entry)| ScriptLine {
        number: index + 1,
        when: When::At(scenario.instant(entry.at)),
        command: entry.run,
    });
    Scripted::new(lines.collect())
}
