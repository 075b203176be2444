//! What is wrong with a scenario file: where, what, what was expected, and the nearest valid word.

use std::fmt;

use super::source::Place;

/// How unlike two words may be (Damerau–Levenshtein distance over the longer length) for one to be offered for the other.
const NEAR: f64 = 0.5;

/// Words that begin alike for this many characters, up to the end of one of them, are near whatever follows.
const NEAR_PREFIX: usize = 3;

/// Most words that an expectation lists; of more, only the nearest is told.
const MAX_EXPECTED: usize = 40;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, as its path was given.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would have been right.
    pub expected: Option<String>,
    /// The nearest valid word.
    pub nearest: Option<String>,
}

impl Diagnostic {
    /// A finding at a line and column.
    pub(super) fn new(file: &str, position: (usize, usize), message: impl Into<String>) -> Self {
        let (line, column) = position;
        Self { file: file.to_owned(), line, column, message: message.into(), expected: None, nearest: None }
    }

    /// Adds what would have been right.
    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Adds the words that would have been right, and the one that is most like `word`.
    pub(super) fn one_of<'w>(mut self, word: &str, words: impl IntoIterator<Item = &'w str>) -> Self {
        let words: Vec<&str> = words.into_iter().collect();
        self.nearest = nearest(word, words.iter().copied()).map(str::to_owned);
        if words.len() <= MAX_EXPECTED {
            self.expected = Some(list(&words));
        }
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(nearest) = &self.nearest {
            write!(f, "; did you mean `{nearest}`?")?;
        }
        Ok(())
    }
}

/// The findings of one file, as checks add to them.
#[derive(Debug)]
pub(super) struct Findings {
    file: String,
    /// What was found so far.
    pub(super) list: Vec<Diagnostic>,
}

impl Findings {
    /// No findings yet about `file`.
    pub(super) fn new(file: String) -> Self {
        Self { file, list: Vec::new() }
    }

    /// A finding at a place of the file's text.
    pub(super) fn add(&mut self, place: Place<'_>, message: impl Into<String>) {
        self.list.push(Diagnostic::new(&self.file, place.position(), message));
    }

    /// A finding with what was expected instead.
    pub(super) fn add_expected(&mut self, place: Place<'_>, message: impl Into<String>, expected: &str) {
        self.list.push(Diagnostic::new(&self.file, place.position(), message).expected(expected));
    }

    /// A finding about `word`, which is none of `words`. Says nothing when it is one of them.
    pub(super) fn unknown<'w>(
        &mut self,
        place: Place<'_>,
        what: &str,
        word: &str,
        words: impl IntoIterator<Item = &'w str>,
    ) {
        let words: Vec<&str> = words.into_iter().collect();
        if !words.contains(&word) {
            let message = format!("there is no {what} `{word}`");
            self.list.push(Diagnostic::new(&self.file, place.position(), message).one_of(word, words));
        }
    }
}

/// The word of `words` that is most like `word`, if any is like it at all.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let near = |candidate: &str, distance: usize| {
        let other = candidate.to_lowercase();
        let is_prefix = other.starts_with(&lower) || lower.starts_with(&other);
        (is_prefix && other.len().min(lower.len()) >= NEAR_PREFIX)
            || distance as f64 <= NEAR * candidate.chars().count().max(word.chars().count()) as f64
    };
    words
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| near(candidate, *distance))
        .min()
        .map(|(_, candidate)| candidate)
}

/// "`a`", "`a` or `b`", "`a`, `b` or `c`"; "nothing" of no words.
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
