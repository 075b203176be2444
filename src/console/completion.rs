//! Completion: finds the command that the cursor stands in and asks its row what may stand there. A program that reads
//! lines itself (`psql`) answers for its own.

use super::Context;
use super::jobs::Job;
use super::shell::options::{ACCEPTED, Flag};
use super::shell::session::Session;
use super::table::Asking;
use super::tools;

/// Most proposals given at once.
pub const MAX_COMPLETIONS: usize = 200;

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Byte index in the line from which the text replaces what stands there, up to the cursor.
    pub start: usize,
    /// What is put there.
    pub text: String,
    /// A few words on it; may be empty.
    pub description: String,
}

/// Proposals for the line at the cursor.
pub(crate) fn complete(
    context: &Context<'_>,
    session: &Session,
    job: Option<&Job>,
    line: &str,
    cursor: usize,
) -> Vec<Completion> {
    let cursor = line.floor_char_boundary(cursor.min(line.len()));
    let typed = &line[..cursor];
    let (words, start) = words(typed);
    let (before, current) = match words.split_last() {
        Some((current, before)) => (before, current.as_str()),
        None => (&words[..], ""),
    };
    let asking = |before| Asking { context, session, before, current };
    let candidates = match (job, before.split_first()) {
        (Some(job), _) if job.prompt().is_some() => job.complete(&asking(before)),
        (_, None) => tools::names(session),
        (_, Some((name, rest))) => {
            let name = session.aliases.get(name).unwrap_or(name);
            match tools::find(name) {
                Some(tool) => {
                    let mut found = (tool.complete)(&asking(rest));
                    if current.starts_with('-') && !found.iter().any(|(text, _)| text.starts_with('-')) {
                        found.extend(flags(tool.flags));
                    }
                    found
                }
                None => Vec::new(),
            }
        }
    };
    let mut found: Vec<Completion> = candidates
        .into_iter()
        .filter(|(text, _)| starts(text, current))
        .map(|(text, description)| Completion { start, text, description })
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|completion| seen.insert(completion.text.clone()));
    found.truncate(MAX_COMPLETIONS);
    found
}

/// SQL keywords and names are completed whatever their case.
fn starts(text: &str, current: &str) -> bool {
    text.get(..current.len()).is_some_and(|head| head.eq_ignore_ascii_case(current))
}

/// The words of the command under the cursor, the last one being what the cursor ends, and where that one starts. Lenient:
/// quotes may be open.
fn words(typed: &str) -> (Vec<String>, usize) {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut start = 0;
    let mut quote: Option<char> = None;
    for (at, c) in typed.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), ' ') | (None, ' ' | '\t') => {
                // Inside quotes (`psql -c "select …`) completion still goes word by word.
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                start = at + 1;
            }
            (None, '|' | ';' | '&' | '(' | '`') => {
                words.clear();
                word.clear();
                start = at + 1;
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                if word.is_empty() {
                    start = at + 1;
                }
            }
            _ => word.push(c),
        }
    }
    words.push(word);
    (words, start)
}

/// A tool's options, each spelling of it, in the order of its table; those without effect last.
fn flags(table: &[Flag]) -> Vec<(String, String)> {
    let (accepted, told): (Vec<&Flag>, Vec<&Flag>) =
        table.iter().partition(|flag| flag.does.starts_with(ACCEPTED));
    let mut found = Vec::new();
    for flag in told.into_iter().chain(accepted) {
        let description = match (flag.does, flag.value) {
            ("", _) => continue,
            (does, "") => does.to_owned(),
            (does, value) => format!("{value}: {does}"),
        };
        if flag.letter {
            found.push((format!("-{}", flag.key), description.clone()));
        }
        if !flag.long.is_empty() {
            found.push((format!("--{}", flag.long), description));
        }
    }
    found
}
