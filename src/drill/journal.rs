//! The journal: one JSON line for the drill's identity, then one for each input with its simulated time.
//!
//! A drill is a pure function of its scenario, seed and inputs, so these lines are all there is to save. Lines are written
//! and flushed before an input takes effect; a line cut short by a crash is reported and dropped. A line without an input
//! is a heartbeat: it says how far the clock had come.

use super::{Input, Mode};
use crate::kernel::SimTime;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, Write};

/// The format that this program writes and reads.
pub const FORMAT: u32 = 1;
/// Most lines read from one journal; a drill of a day with an input a second has fewer.
pub const MAX_LINES: usize = 200_000;
/// Longest line accepted, in bytes.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// The first line: which drill this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Always `journal`; tells the file's kind.
    pub firedrill: Kind,
    /// The journal's format, [`FORMAT`].
    pub format: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Digest of the scenario's content, in hexadecimal.
    pub content: String,
    /// The seed that drew the variant.
    pub seed: u64,
    /// Practice or exam.
    pub mode: Mode,
    /// The program's version that wrote it.
    pub version: String,
}

/// What kind of file it is: journals are the only kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A drill's journal.
    Journal,
}

impl Header {
    /// The header of a drill that this program runs.
    pub fn new(scenario: &str, content: u64, seed: u64, mode: Mode) -> Header {
        Header {
            firedrill: Kind::Journal,
            format: FORMAT,
            scenario: scenario.to_owned(),
            content: format!("{content:016x}"),
            seed,
            mode,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// Refuses the journal of another scenario, or of the same one with other content.
    ///
    /// # Errors
    /// [`JournalError::OtherScenario`] or [`JournalError::OtherContent`].
    pub fn accept(&self, scenario: &str, content: u64) -> Result<(), JournalError> {
        if self.scenario != scenario {
            return Err(JournalError::OtherScenario {
                journal: self.scenario.clone(),
                asked: scenario.to_owned(),
            });
        }
        let have = format!("{content:016x}");
        if self.content != have {
            return Err(JournalError::OtherContent {
                scenario: scenario.to_owned(),
                journal: self.content.clone(),
                version: self.version.clone(),
                have,
            });
        }
        Ok(())
    }
}

/// One line after the first: an input, or a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Simulated milliseconds since the scenario's start; a multiple of the drill's tick.
    #[serde(rename = "t")]
    pub at_ms: u64,
    /// What was done; nothing in a heartbeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
}

impl Entry {
    /// An input at its time.
    pub fn input(at: SimTime, input: Input) -> Entry {
        Entry { at_ms: at.0 / NANOS_PER_MS, input: Some(input) }
    }

    /// The clock's state, without an input.
    pub fn heartbeat(at: SimTime) -> Entry {
        Entry { at_ms: at.0 / NANOS_PER_MS, input: None }
    }

    /// When it happened.
    pub fn at(&self) -> SimTime {
        SimTime(self.at_ms * NANOS_PER_MS)
    }
}

const NANOS_PER_MS: u64 = 1_000_000;

/// A journal that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Which drill it is.
    pub header: Header,
    /// Inputs and heartbeats, in order of time.
    pub entries: Vec<Entry>,
    /// The last line, when it was cut short and left out.
    pub dropped: Option<Dropped>,
}

/// A last line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its number, from 1.
    pub line: usize,
    /// How many bytes it had.
    pub bytes: usize,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} was cut short ({} bytes) and is left out: the program was stopped while writing it",
            self.line, self.bytes
        )
    }
}

/// Why a journal cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalError {
    /// There is no first line.
    Empty,
    /// The first line is not a journal's header.
    NotAJournal(String),
    /// It was written in a later format.
    Format(u32),
    /// A line before the last is damaged.
    Damaged {
        /// Its number, from 1.
        line: usize,
        /// What the parser said.
        problem: String,
    },
    /// An entry is earlier than the one before it.
    BackInTime {
        /// Its number, from 1.
        line: usize,
    },
    /// A line, or the whole, is longer than anything this program writes.
    TooLong {
        /// Its number, from 1.
        line: usize,
    },
    /// It belongs to another scenario.
    OtherScenario {
        /// The journal's scenario.
        journal: String,
        /// The scenario asked for.
        asked: String,
    },
    /// The scenario has changed since.
    OtherContent {
        /// The scenario's name.
        scenario: String,
        /// Digest in the journal.
        journal: String,
        /// The program's version that wrote the journal.
        version: String,
        /// Digest of the scenario at hand.
        have: String,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalError::Empty => write!(f, "the journal is empty"),
            JournalError::NotAJournal(problem) => {
                write!(f, "line 1 is not the header of a Firedrill journal ({problem})")
            }
            JournalError::Format(found) => {
                write!(f, "the journal has format {found}, and this program reads format {FORMAT}")
            }
            JournalError::Damaged { line, problem } => write!(f, "line {line} is damaged ({problem})"),
            JournalError::BackInTime { line } => write!(f, "line {line} is earlier than the line before it"),
            JournalError::TooLong { line } => write!(f, "line {line} is longer than a journal can be"),
            JournalError::OtherScenario { journal, asked } => {
                write!(f, "the journal is of the scenario {journal}, not {asked}")
            }
            JournalError::OtherContent { scenario, journal, version, have } => write!(
                f,
                "the journal was played on another version of {scenario} (content {journal}, written by firedrill \
                 {version}; here the content is {have}), so replaying it would not be the same incident"
            ),
        }
    }
}

impl std::error::Error for JournalError {}

impl Journal {
    /// Reads a journal's text. A last line that is cut short is left out and told in `dropped`.
    ///
    /// # Errors
    /// Anything else that is wrong with it: see [`JournalError`].
    pub fn read(text: &[u8]) -> Result<Journal, JournalError> {
        let mut lines = complete_lines(text);
        let (_, first) = lines.next().ok_or(JournalError::Empty)?;
        let header: Header =
            serde_json::from_slice(first).map_err(|e| JournalError::NotAJournal(e.to_string()))?;
        if header.format != FORMAT {
            return Err(JournalError::Format(header.format));
        }
        let mut journal = Journal { header, entries: Vec::new(), dropped: None };
        let rest: Vec<(usize, &[u8])> = lines.collect();
        for (position, &(line, bytes)) in rest.iter().enumerate() {
            if bytes.len() > MAX_LINE_BYTES || line > MAX_LINES {
                return Err(JournalError::TooLong { line });
            }
            match serde_json::from_slice::<Entry>(bytes) {
                Ok(entry) => journal.push(line, entry)?,
                Err(_) if position + 1 == rest.len() => {
                    journal.dropped = Some(Dropped { line, bytes: bytes.len() });
                }
                Err(problem) => {
                    return Err(JournalError::Damaged { line, problem: problem.to_string() });
                }
            }
        }
        Ok(journal)
    }

    /// The instant of the last line: how far the drill had come.
    pub fn last_instant(&self) -> SimTime {
        self.entries.last().map_or(SimTime::ZERO, Entry::at)
    }

    /// The inputs with their times, in order.
    pub fn inputs(&self) -> impl Iterator<Item = (SimTime, &Input)> {
        self.entries.iter().filter_map(|entry| entry.input.as_ref().map(|input| (entry.at(), input)))
    }

    /// The text that reads back as this journal.
    pub fn text(&self) -> String {
        let mut bytes = Vec::new();
        let written = write_line(&mut bytes, &self.header)
            .and_then(|()| self.entries.iter().try_for_each(|entry| write_line(&mut bytes, entry)));
        debug_assert!(written.is_ok(), "writing to memory does not fail");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn push(&mut self, line: usize, entry: Entry) -> Result<(), JournalError> {
        if self.entries.last().is_some_and(|last| last.at_ms > entry.at_ms) {
            return Err(JournalError::BackInTime { line });
        }
        self.entries.push(entry);
        Ok(())
    }
}

/// Writes a value as one line of JSON and flushes it.
///
/// # Errors
/// What the writer says.
pub fn write_line<T: Serialize>(writer: &mut dyn Write, value: &T) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    writer.write_all(&bytes)?;
    writer.flush()
}

fn complete_lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    text.split(|&byte| byte == b'\n')
        .enumerate()
        .map(|(n, line)| (n + 1, line))
        .filter(|(_, l)| !l.is_empty())
}
