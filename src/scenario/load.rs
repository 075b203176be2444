//! From a folder's files to a scenario and a list of findings.
//!
//! Loading does not stop at the first finding if more can be told: what the RON reader refuses is reported, cut out, and
//! the rest read again; what it accepts is checked whole. No file is opened here: the caller hands in a reader, so that the
//! same code serves the folder on disk and the copy inside the binary.

use ron::error::{Error, SpannedError};

use crate::kernel::Digest;

use super::{
    Scenario, checks,
    diagnostic::{Diagnostic, Findings},
    source::Source,
};

/// Most errors of the RON reader that are reported for one file.
const MAX_READER_ERRORS: usize = 20;

/// What loading gives: what could be read, and what is wrong with it.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario, unless `scenario.ron` could not be read at all. With findings, parts of it may be missing.
    pub scenario: Option<Scenario>,
    /// What is wrong, by file and position; empty when nothing is.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads the scenario of the folder `root`, whose files `read` gives by their name relative to it (`scenario.ron`,
/// `runbooks/failover.md`; `None` when there is no such file). `root` heads the findings' file names, and its last part
/// is the scenario's id.
pub fn load(root: &str, read: impl Fn(&str) -> Option<String>) -> Loaded {
    let file = format!("{}/scenario.ron", root.trim_end_matches('/'));
    let Some(text) = read("scenario.ron") else {
        let missing = Diagnostic::new(&file, (1, 1), "there is no such file");
        return Loaded { scenario: None, diagnostics: vec![missing] };
    };
    let reading = read_ron(&file, &text);
    let mut diagnostics = reading.diagnostics;
    let mut scenario = reading.scenario;
    if let Some(scenario) = &mut scenario {
        attach(scenario, &text, &read);
        // A check that misses what was cut out would report what is not there to be mended.
        if !reading.is_cut {
            let source = Source::new(&text);
            let mut findings = Findings::new(file);
            let folder = checks::Folder { name: folder_name(root), has: &|name| read(name).is_some() };
            checks::run(scenario, &source, &folder, &mut findings);
            diagnostics.append(&mut findings.list);
        }
    }
    diagnostics.sort_by_key(|finding| (finding.line, finding.column));
    Loaded { scenario, diagnostics }
}

fn folder_name(root: &str) -> &str {
    root.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(root)
}

/// What the RON reader made of a text.
struct Reading {
    scenario: Option<Scenario>,
    diagnostics: Vec<Diagnostic>,
    /// Whether elements were cut out, so that the scenario is not whole.
    is_cut: bool,
}

impl Reading {
    /// Whether the error only says that a field is missing whose misspelling is reported already.
    fn is_told(&self, error: &Error) -> bool {
        let Error::MissingStructField { field, .. } = error else { return false };
        self.diagnostics.iter().any(|diagnostic| diagnostic.nearest.as_deref() == Some(*field))
    }
}

/// Reads the text, cutting out what is refused and reading again, until it is read or nothing more can be cut.
fn read_ron(file: &str, text: &str) -> Reading {
    let mut remaining = text.to_owned();
    let mut reading = Reading { scenario: None, diagnostics: Vec::new(), is_cut: false };
    for _ in 0..MAX_READER_ERRORS {
        let error = match ron::from_str::<Scenario>(&remaining) {
            Ok(scenario) => {
                reading.scenario = Some(scenario);
                break;
            }
            Err(error) => error,
        };
        let source = Source::new(&remaining);
        let place = Place::of(&error, &source, &remaining);
        if !reading.is_told(&error.code) {
            reading.diagnostics.push(place.diagnostic(file, &error.code));
        }
        let Some((start, end)) = place.cut else { break };
        reading.is_cut |= !place.is_surplus;
        remaining = blank(&remaining, start, end);
    }
    reading
}

/// Where an error of the RON reader stands, and what to cut out so that the reader gets past it.
struct Place {
    position: (usize, usize),
    cut: Option<(usize, usize)>,
    /// Whether what is cut out is too much rather than wrong: nothing will be missed.
    is_surplus: bool,
}

impl Place {
    fn of(error: &SpannedError, source: &Source<'_>, text: &str) -> Self {
        let start = source.offset(error.span.start.line, error.span.start.col);
        let end = source.offset(error.span.end.line, error.span.end.col);
        let at = match &error.code {
            Error::NoSuchStructField { found, .. } | Error::NoSuchEnumVariant { found, .. } => {
                last_word(text, end, found).unwrap_or(start)
            }
            Error::DuplicateStructField { field, .. } => last_word(text, end, field).unwrap_or(start),
            Error::MissingStructField { .. } => source.struct_around(start),
            _ => start,
        };
        let at = at + text[at..].len() - text[at..].trim_start().len();
        let before = &text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let is_surplus =
            matches!(error.code, Error::NoSuchStructField { .. } | Error::DuplicateStructField { .. });
        let cut = match &error.code {
            _ if is_surplus => source.field_around(at),
            Error::NoSuchEnumVariant { .. }
            | Error::MissingStructField { .. }
            | Error::Message(_)
            | Error::InvalidValueForType { .. }
            | Error::ExpectedDifferentLength { .. }
            | Error::ExpectedString
            | Error::ExpectedInteger
            | Error::ExpectedFloat
            | Error::ExpectedBoolean
            | Error::ExpectedArray
            | Error::IntegerOutOfBounds => source.element_around(at),
            // Brackets, commas and quotes: whatever comes after would be misread.
            _ => None,
        };
        Self { position: (line, column), cut, is_surplus }
    }

    fn diagnostic(&self, file: &str, error: &Error) -> Diagnostic {
        let at = |message: String| Diagnostic::new(file, self.position, message);
        let of =
            |outer: &Option<String>| outer.as_ref().map_or(String::new(), |name| format!(" of `{name}`"));
        match error {
            Error::NoSuchStructField { expected, found, outer } => {
                at(format!("there is no field `{found}`{}", of(outer)))
                    .one_of(found, expected.iter().copied())
            }
            Error::NoSuchEnumVariant { expected, found, outer } => {
                at(format!("there is no variant `{found}`{}", of(outer)))
                    .one_of(found, expected.iter().copied())
            }
            Error::MissingStructField { field, outer } => {
                at(format!("the field `{field}`{} is missing", of(outer)))
            }
            Error::DuplicateStructField { field, outer } => {
                at(format!("the field `{field}`{} is there twice", of(outer)))
            }
            Error::InvalidValueForType { expected, found } => {
                at(format!("{found} does not belong here")).expected(expected.clone())
            }
            other => {
                let text = other.to_string();
                match (text.split_once(": expected "), text.strip_prefix("Expected ")) {
                    (Some((message, expected)), _) => at(message.to_owned()).expected(expected),
                    (None, Some(expected)) => at("this cannot be read".to_owned()).expected(expected),
                    (None, None) => at(lower_first(&text)),
                }
            }
        }
    }
}

/// The offset of the last whole word `word` that ends at or before `end`, or begins there.
fn last_word(text: &str, end: usize, word: &str) -> Option<usize> {
    let until = (end + word.len()).min(text.len());
    let until = (until..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    text[..until].rfind(word)
}

fn lower_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or(String::new(), |first| first.to_lowercase().chain(rest).collect())
}

/// The text with a range, and the comma after it, replaced by spaces; lines stay where they are.
fn blank(text: &str, start: usize, end: usize) -> String {
    let rest = &text[end..];
    let comma = rest.trim_start().starts_with(',').then(|| rest.find(',').map_or(0, |at| at + 1));
    let end = end + comma.unwrap_or(0);
    let spaces: String = text[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    [&text[..start], &spaces, &text[end..]].concat()
}

/// Puts the texts beside `scenario.ron` in their places, and the digest of all.
fn attach(scenario: &mut Scenario, ron: &str, read: &impl Fn(&str) -> Option<String>) {
    let mut digest = Digest::new();
    digest.write_str(ron);
    let mut text = |name: &str| {
        let text = read(name).unwrap_or_default();
        digest.write_str(&text);
        text
    };
    scenario.schema_sql = text("schema.sql");
    scenario.statistics_sql = text("statistics.sql");
    scenario.sizes_tsv = text("sizes.tsv");
    scenario.briefing = text("briefing.md");
    for runbook in &mut scenario.runbooks {
        runbook.text = text(&format!("runbooks/{}.md", runbook.id));
    }
    scenario.content_hash = digest.finish();
}
