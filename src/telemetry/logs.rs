//! Log lines, kept as a template's number and four words, and written out only when somebody reads them.
//!
//! A busy shop logs hundreds of lines a second and a trainee reads a few hundred in all. Each source kind
//! ("web", "postgres") has two bounded rings: one for routine lines and one for warnings and worse, so that
//! an access log cannot wash away the error before it. What a ring drops is counted.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;

use crate::kernel::{SimTime, Span};

/// How serious a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For developers.
    Debug,
    /// Normal operation.
    Info,
    /// Unusual, and handled.
    Warn,
    /// Something failed.
    Error,
    /// The process could not go on.
    Fatal,
}

impl Level {
    /// All levels, least serious first.
    pub const ALL: [Level; 5] = [Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];

    /// As logs write it: `WARN`.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
            Level::Fatal => "FATAL",
        }
    }
}

/// A kind of source: everything that logs alike, such as all web pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceKindId(u32);

/// One source: a pod, a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A registered text with places for arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateId(u32);

/// A line as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub time: SimTime,
    /// Who wrote it: a pod's or server's name.
    pub source: String,
    /// How serious it is.
    pub level: Level,
    /// The text; free text may have several lines.
    pub text: String,
}

/// Which lines are wanted; the default is all.
#[derive(Clone, Debug, Default)]
pub struct LogSelector {
    /// Only sources of this kind.
    pub kind: Option<SourceKindId>,
    /// Only this source.
    pub source: Option<SourceId>,
    /// Only lines at least this serious.
    pub at_least: Option<Level>,
    /// Only lines at or after this instant.
    pub since: SimTime,
    /// Only lines before this instant.
    pub until: Option<SimTime>,
    /// Only the last so many; all that match when `None`.
    pub last: Option<usize>,
}

/// Room for most lines.
const RENDERED_BYTES: usize = 128;

/// All logs of a run.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    kinds: Vec<Kind>,
    sources: Vec<Source>,
    templates: Vec<Template>,
    words: Vec<Box<str>>,
    word_ids: BTreeMap<Box<str>, u32>,
    written: u64,
}

#[derive(Clone, Debug)]
struct Kind {
    name: String,
    routine: LineRing,
    notable: LineRing,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    kind: SourceKindId,
}

#[derive(Clone, Debug)]
struct Template {
    level: Level,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Argument(usize, Style),
}

/// How an argument's 64 bits are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// A whole number.
    Integer,
    /// Nanoseconds, as milliseconds with three decimals and no unit.
    Milliseconds,
    /// Nanoseconds, as seconds with three decimals and no unit.
    Seconds,
    /// Nanoseconds with the unit that a person would choose.
    Human,
    /// An IPv4 address.
    Address,
    /// An interned word.
    Word,
    /// Sixteen hexadecimal digits.
    Hex,
    /// Cents, as units with two decimals.
    Cents,
    /// The bits of an `f64`, with two decimals.
    Float,
}

/// Names of the styles in templates, as in `{0:ms}`.
const STYLES: [(&str, Style); 9] = [
    ("int", Style::Integer),
    ("ms", Style::Milliseconds),
    ("s", Style::Seconds),
    ("span", Style::Human),
    ("ip", Style::Address),
    ("str", Style::Word),
    ("hex", Style::Hex),
    ("cents", Style::Cents),
    ("float", Style::Float),
];

#[derive(Clone, Debug)]
struct Record {
    time: SimTime,
    order: u64,
    source: SourceId,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Template(TemplateId, [u64; 4]),
    Text(Level, Box<str>),
}

impl Logs {
    /// Routine lines (debug and info) kept for each kind of source.
    pub const ROUTINE_KEPT: usize = 20_000;
    /// Warnings and worse kept for each kind of source.
    pub const NOTABLE_KEPT: usize = 10_000;
    /// Words that can be interned; later ones all read `…`.
    pub const MAX_WORDS: usize = 65_536;

    /// No logs.
    pub fn new() -> Logs {
        Logs::default()
    }

    /// Registers a kind of source, or finds the one of that name.
    pub fn kind(&mut self, name: &str) -> SourceKindId {
        let known = self.kinds.iter().position(|kind| kind.name == name);
        SourceKindId(known.unwrap_or_else(|| {
            self.kinds.push(Kind {
                name: name.to_owned(),
                routine: LineRing::new(Logs::ROUTINE_KEPT),
                notable: LineRing::new(Logs::NOTABLE_KEPT),
            });
            self.kinds.len() - 1
        }) as u32)
    }

    /// Registers a source, or finds the one of that kind and name.
    pub fn source(&mut self, kind: SourceKindId, name: &str) -> SourceId {
        let known = self.sources.iter().position(|source| source.kind == kind && source.name == name);
        SourceId(known.unwrap_or_else(|| {
            self.sources.push(Source { name: name.to_owned(), kind });
            self.sources.len() - 1
        }) as u32)
    }

    /// Registers a text. `{0}` to `{3}` stand for arguments; a style may follow: `{0:int}` (the default),
    /// `{0:ms}`, `{0:s}` and `{0:span}` for nanoseconds, `{0:ip}`, `{0:str}` for an interned word, `{0:hex}`,
    /// `{0:cents}`, `{0:float}` for an `f64`'s bits. Other braces are text.
    pub fn template(&mut self, level: Level, text: &str) -> TemplateId {
        self.templates.push(Template { level, parts: parse(text) });
        TemplateId(self.templates.len() as u32 - 1)
    }

    /// The number of a word for `{n:str}`.
    pub fn intern(&mut self, word: &str) -> u64 {
        if let Some(&id) = self.word_ids.get(word) {
            return u64::from(id);
        }
        if self.words.len() >= Logs::MAX_WORDS {
            return Logs::MAX_WORDS as u64;
        }
        let id = self.words.len() as u32;
        self.words.push(word.into());
        self.word_ids.insert(word.into(), id);
        u64::from(id)
    }

    /// Writes a line.
    #[inline]
    pub fn push(&mut self, now: SimTime, source: SourceId, template: TemplateId, args: [u64; 4]) {
        let level = self.templates[template.0 as usize].level;
        self.write(now, source, level, Body::Template(template, args));
    }

    /// Writes a line of free text, for what is too varied for a template. Allocates; not for each request.
    pub fn push_text(&mut self, now: SimTime, source: SourceId, level: Level, text: &str) {
        self.write(now, source, level, Body::Text(level, text.into()));
    }

    fn write(&mut self, now: SimTime, source: SourceId, level: Level, body: Body) {
        let kind = &mut self.kinds[self.sources[source.0 as usize].kind.0 as usize];
        let ring = if level >= Level::Warn { &mut kind.notable } else { &mut kind.routine };
        self.written += 1;
        ring.push(Record { time: now, order: self.written, source, body });
    }

    /// The lines that a selector means, oldest first.
    pub fn read(&self, selector: &LogSelector) -> Vec<LogLine> {
        let mut found: Vec<&Record> = Vec::new();
        for (index, kind) in self.kinds.iter().enumerate() {
            if selector.kind.is_none_or(|wanted| wanted.0 as usize == index) {
                found.extend(kind.routine.within(selector).filter(|record| self.is_wanted(selector, record)));
                found.extend(kind.notable.within(selector).filter(|record| self.is_wanted(selector, record)));
            }
        }
        found.sort_unstable_by_key(|record| record.order);
        let skipped = found.len().saturating_sub(selector.last.unwrap_or(usize::MAX));
        found[skipped..].iter().map(|record| self.render(record)).collect()
    }

    fn is_wanted(&self, selector: &LogSelector, record: &Record) -> bool {
        selector.source.is_none_or(|wanted| wanted == record.source)
            && selector.at_least.is_none_or(|least| self.level(record) >= least)
    }

    fn level(&self, record: &Record) -> Level {
        match &record.body {
            Body::Template(template, _) => self.templates[template.0 as usize].level,
            Body::Text(level, _) => *level,
        }
    }

    fn render(&self, record: &Record) -> LogLine {
        let text = match &record.body {
            Body::Text(_, text) => text.to_string(),
            Body::Template(template, args) => {
                let mut text = String::with_capacity(RENDERED_BYTES);
                for part in &self.templates[template.0 as usize].parts {
                    // Writing to a text cannot fail.
                    let _ = self.render_part(part, args, &mut text);
                }
                text
            }
        };
        let source = self.sources[record.source.0 as usize].name.clone();
        LogLine { time: record.time, source, level: self.level(record), text }
    }

    fn render_part(&self, part: &Part, args: &[u64; 4], out: &mut String) -> fmt::Result {
        let (value, style) = match part {
            Part::Text(text) => return out.write_str(text),
            Part::Argument(index, style) => (args[*index], style),
        };
        match style {
            Style::Integer => write!(out, "{value}"),
            Style::Milliseconds => write!(out, "{:.3}", Span(value).as_millis_f64()),
            Style::Seconds => write!(out, "{:.3}", Span(value).as_secs_f64()),
            Style::Human => write!(out, "{}", Span(value)),
            Style::Address => write!(out, "{}", Ipv4Addr::from(value as u32)),
            Style::Word => out.write_str(self.words.get(value as usize).map_or("…", |word| word)),
            Style::Hex => write!(out, "{value:016x}"),
            Style::Cents => write!(out, "{}.{:02}", value / 100, value % 100),
            Style::Float => write!(out, "{:.2}", f64::from_bits(value)),
        }
    }

    /// Number of lines ever written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Lines of a kind that were dropped to make room: routine ones, and warnings and worse.
    pub fn dropped(&self, kind: SourceKindId) -> (u64, u64) {
        let kind = &self.kinds[kind.0 as usize];
        (kind.routine.dropped, kind.notable.dropped)
    }

    /// Heap memory held, in bytes; templates and sources, which are few, left out.
    pub fn resident_bytes(&self) -> usize {
        let lines: usize =
            self.kinds.iter().map(|kind| kind.routine.resident_bytes() + kind.notable.resident_bytes()).sum();
        // Each word is held twice, with a fat pointer each time.
        let words: usize = self.words.iter().map(|word| 2 * (word.len() + size_of::<Box<str>>())).sum();
        lines + words
    }

    /// The kinds of sources and their names.
    pub fn kinds(&self) -> impl Iterator<Item = (SourceKindId, &str)> + '_ {
        self.kinds.iter().enumerate().map(|(index, kind)| (SourceKindId(index as u32), kind.name.as_str()))
    }

    /// The sources of a kind and their names.
    pub fn sources(&self, kind: SourceKindId) -> impl Iterator<Item = (SourceId, &str)> + '_ {
        let all = self.sources.iter().enumerate();
        all.filter(move |(_, source)| source.kind == kind)
            .map(|(index, source)| (SourceId(index as u32), source.name.as_str()))
    }

    /// A source by name, whatever its kind; of several the one registered last.
    pub fn find_source(&self, name: &str) -> Option<SourceId> {
        self.sources.iter().rposition(|source| source.name == name).map(|index| SourceId(index as u32))
    }
}

/// Splits a template at its arguments.
fn parse(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        plain.push_str(&rest[..open]);
        rest = &rest[open..];
        match rest.find('}').and_then(|close| Some((argument(&rest[1..close])?, close))) {
            Some((part, close)) => {
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(part);
                rest = &rest[close + 1..];
            }
            None => {
                plain.push('{');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    parts
}

/// An argument's inside: a digit from 0 to 3, and perhaps a colon and a style.
fn argument(inside: &str) -> Option<Part> {
    let (index, style) = inside.split_once(':').unwrap_or((inside, "int"));
    let index = ["0", "1", "2", "3"].iter().position(|&digit| digit == index)?;
    let &(_, style) = STYLES.iter().find(|(name, _)| *name == style)?;
    Some(Part::Argument(index, style))
}

/// Lines in order of time, the oldest dropped and counted: each new one is written where the oldest was.
#[derive(Clone, Debug)]
struct LineRing {
    /// From `oldest` on, and over the end.
    records: Vec<Record>,
    oldest: usize,
    limit: usize,
    dropped: u64,
}

impl LineRing {
    const fn new(limit: usize) -> LineRing {
        LineRing { records: Vec::new(), oldest: 0, limit, dropped: 0 }
    }

    #[inline]
    fn push(&mut self, record: Record) {
        if self.records.len() < self.limit {
            return self.records.push(record);
        }
        self.records[self.oldest] = record;
        self.oldest = if self.oldest + 1 < self.limit { self.oldest + 1 } else { 0 };
        self.dropped += 1;
    }

    fn resident_bytes(&self) -> usize {
        let texts = self.records.iter().map(|record| match &record.body {
            Body::Template(..) => 0,
            Body::Text(_, text) => text.len(),
        });
        self.records.capacity() * size_of::<Record>() + texts.sum::<usize>()
    }

    /// The records within a selector's times.
    fn within(&self, selector: &LogSelector) -> impl Iterator<Item = &Record> + '_ {
        let (newer, older) = self.records.split_at(self.oldest);
        let (since, until) = (selector.since, selector.until);
        [older, newer].into_iter().flat_map(move |records| {
            let low = records.partition_point(|record| record.time < since);
            let high = until.map_or(records.len(), |until| records.partition_point(|r| r.time < until));
            &records[low..high.max(low)]
        })
    }
}
