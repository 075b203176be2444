//! What the console has shown: a bounded list of lines with their kind, from which screens, `exec` and journals' replays
//! draw. Lines are numbered for ever, so that a reader can ask for what came since it last looked.

use crate::kernel::SimTime;
use std::collections::VecDeque;

/// Most lines kept; the oldest leave first.
pub const MAX_LINES: usize = 10_000;
/// Longest line kept, in characters; the rest is cut.
pub const MAX_LINE_LENGTH: usize = 2_000;

/// What a line is, from which its colour follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// A prompt with what was typed after it.
    Prompt,
    /// A command's standard output.
    Output,
    /// A command's standard error.
    Error,
    /// The drill's own words: a milestone, an interrupt, a finished background job.
    Notice,
}

/// One line of the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it appeared.
    pub at: SimTime,
    /// What it is.
    pub kind: LineKind,
    /// Its text, without line end.
    pub text: String,
}

/// The bounded transcript.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    lines: VecDeque<Line>,
    total: u64,
}

impl Transcript {
    /// Adds each line of `text`; nothing when it is empty.
    pub fn push_text(&mut self, at: SimTime, kind: LineKind, text: &str) {
        let body = text.strip_suffix('\n').unwrap_or(text);
        if text.is_empty() {
            return;
        }
        for line in body.split('\n') {
            self.push(at, kind, line);
        }
    }

    /// Adds one line.
    pub fn push(&mut self, at: SimTime, kind: LineKind, line: &str) {
        if self.lines.len() >= MAX_LINES {
            self.lines.pop_front();
        }
        let text = line.trim_end_matches('\r').chars().take(MAX_LINE_LENGTH).collect();
        self.lines.push_back(Line { at, kind, text });
        self.total += 1;
    }

    /// Forgets the lines (the numbering goes on).
    pub fn clear(&mut self) {
        self.lines.clear();
    }

    /// How many lines were ever added: the number of the next one.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The kept lines, oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> + ExactSizeIterator {
        self.lines.iter()
    }

    /// The kept lines whose number is `from` or later, oldest first.
    pub fn since(&self, from: u64) -> impl Iterator<Item = &Line> {
        let first = self.total - self.lines.len() as u64;
        self.lines.iter().skip(from.saturating_sub(first) as usize)
    }
}
