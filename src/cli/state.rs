//! Where drills are kept: journals as they are played, and one line of history for each that was finished.

use super::failure::Failure;
use crate::debrief::Report;
use crate::drill::journal::{Journal, JournalError};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The folder of journals within the data directory.
const JOURNALS: &str = "journals";
/// The history's file within the data directory.
const HISTORY: &str = "history.jsonl";
/// The variable that overrides the platform's data directory.
pub(crate) const HOME_VARIABLE: &str = "FIREDRILL_HOME";

/// The data directory.
#[derive(Clone, Debug)]
pub(crate) struct State {
    root: PathBuf,
}

/// A finished drill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Finished {
    /// When it was finished, RFC 3339, UTC.
    pub(crate) played: String,
    /// The scenario's name.
    pub(crate) scenario: String,
    /// The seed.
    pub(crate) seed: u64,
    /// Practice or exam.
    pub(crate) mode: crate::drill::Mode,
    /// 0–100.
    pub(crate) score: f64,
    /// A–F.
    pub(crate) letter: char,
    /// Points of each part, by name.
    pub(crate) parts: Vec<(String, f64)>,
    /// Milestones by name, `HH:MM:SS`.
    pub(crate) milestones: Vec<(String, Option<String>)>,
    /// The journal's file name.
    pub(crate) journal: String,
}

impl State {
    /// The data directory that the environment names, or the platform's.
    pub(crate) fn locate() -> Result<State, Failure> {
        let named = std::env::var_os(HOME_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        let platform =
            || directories::ProjectDirs::from("", "", "firedrill").map(|dirs| dirs.data_dir().to_owned());
        match named.or_else(platform) {
            Some(root) => Ok(State { root }),
            None => Err(Failure::wrong(format!(
                "this platform names no data directory; set {HOME_VARIABLE} to a folder that can be written"
            ))),
        }
    }

    /// A folder within the data directory, whether or not it is there.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A fresh journal's path and file, opened for writing.
    pub(crate) fn create_journal(&self, scenario: &str, seed: u64) -> Result<(PathBuf, File), Failure> {
        let folder = self.root.join(JOURNALS);
        fs::create_dir_all(&folder).map_err(|problem| cannot_write(&folder, &problem))?;
        let stamp = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
        // Two drills of one second: the second one takes the next free name.
        for attempt in 0..100 {
            let suffix = if attempt == 0 { String::new() } else { format!("-{attempt}") };
            let path = folder.join(format!("{stamp}-{scenario}-{seed}{suffix}.jsonl"));
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => return Ok((path, file)),
                Err(problem) if problem.kind() == io::ErrorKind::AlreadyExists => {}
                Err(problem) => return Err(cannot_write(&path, &problem)),
            }
        }
        Err(Failure::wrong(format!("{} is full of journals of this second", folder.display())))
    }

    /// Opens a journal to go on writing at its end, after a cut-short last line is taken off.
    pub(crate) fn continue_journal(path: &Path, journal: &Journal) -> Result<File, Failure> {
        if journal.dropped.is_some() {
            let scratch = path.with_extension("tmp");
            fs::write(&scratch, journal.text()).map_err(|problem| cannot_write(&scratch, &problem))?;
            fs::rename(&scratch, path).map_err(|problem| cannot_write(path, &problem))?;
        }
        let mut file =
            OpenOptions::new().append(true).open(path).map_err(|problem| cannot_write(path, &problem))?;
        if !ends_with_a_line_end(path) {
            file.write_all(b"\n").map_err(|problem| cannot_write(path, &problem))?;
        }
        Ok(file)
    }

    /// The newest journal of a drill that was not finished, if the newest journals have one.
    pub(crate) fn unfinished(&self) -> Option<(PathBuf, Journal)> {
        let done: Vec<String> = self.history().into_iter().map(|finished| finished.journal).collect();
        let mut names = self.journal_names();
        names.retain(|name| !done.contains(name));
        names.sort();
        let path = self.root.join(JOURNALS).join(names.pop()?);
        let journal = Journal::read(&fs::read(&path).ok()?).ok()?;
        Some((path, journal))
    }

    /// Reads the journal at this path, or the one whose file name starts so.
    pub(crate) fn open_journal(&self, asked: &Path) -> Result<(PathBuf, Journal), Failure> {
        let path = if asked.is_file() { asked.to_owned() } else { self.journal_by_prefix(asked)? };
        let bytes = fs::read(&path).map_err(|problem| Failure::file(&path, "read", &problem))?;
        let journal = Journal::read(&bytes)
            .map_err(|problem: JournalError| bad_journal(&path, &problem.to_string()))?;
        Ok((path, journal))
    }

    fn journal_by_prefix(&self, asked: &Path) -> Result<PathBuf, Failure> {
        let prefix = asked.to_string_lossy().into_owned();
        let mut names = self.journal_names();
        names.retain(|name| name.starts_with(&prefix));
        names.sort();
        match names.pop() {
            Some(name) if !prefix.is_empty() => Ok(self.root.join(JOURNALS).join(name)),
            _ => Err(Failure::wrong(format!("there is no journal {prefix}; `firedrill history` lists them"))),
        }
    }

    fn journal_names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.root.join(JOURNALS)) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter(|name| name.ends_with(".jsonl")).collect()
    }

    /// Finished drills, oldest first. A line that cannot be read is left out.
    pub(crate) fn history(&self) -> Vec<Finished> {
        let text = fs::read_to_string(self.root.join(HISTORY)).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The best grade of a scenario and how often it was finished.
    pub(crate) fn best(&self, scenario: &str) -> (Option<(String, f64)>, usize) {
        let mut all = self.history();
        all.retain(|finished| finished.scenario == scenario);
        let best = all.iter().max_by(|a, b| a.score.total_cmp(&b.score));
        (best.map(|finished| (finished.letter.to_string(), finished.score)), all.len())
    }

    /// Adds a finished drill to the history.
    pub(crate) fn record(&self, report: &Report, journal: &Path) -> Result<(), Failure> {
        let path = self.root.join(HISTORY);
        let mut line = serde_json::to_string(&Finished::of(report, journal))
            .map_err(|problem| Failure::wrong(problem.to_string()))?;
        line.push('\n');
        let append = || -> io::Result<()> {
            fs::create_dir_all(&self.root)?;
            OpenOptions::new().append(true).create(true).open(&path)?.write_all(line.as_bytes())
        };
        append().map_err(|problem| cannot_write(&path, &problem))
    }

    /// Where a report of this journal goes.
    pub(crate) fn report_path(journal: &Path) -> PathBuf {
        journal.with_extension("html")
    }
}

impl Finished {
    fn of(report: &Report, journal: &Path) -> Finished {
        Finished {
            played: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            scenario: report.scenario.clone(),
            seed: report.seed,
            mode: report.mode,
            score: report.grade.score,
            letter: report.grade.letter,
            parts: report
                .grade
                .parts
                .iter()
                .filter_map(|part| Some((part.name.to_owned(), part.points?)))
                .collect(),
            milestones: report
                .milestones
                .iter()
                .map(|pair| (pair.name.to_owned(), pair.at.clone()))
                .collect(),
            journal: journal.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        }
    }
}

/// A journal that cannot be used, in one sentence.
pub(crate) fn bad_journal(path: &Path, problem: &str) -> Failure {
    Failure::wrong(format!("{}: {problem}", path.display()))
}

fn cannot_write(path: &Path, problem: &io::Error) -> Failure {
    Failure::wrong(format!(
        "cannot write {}: {problem}; set {HOME_VARIABLE} to a folder that can be written",
        path.display()
    ))
}

fn ends_with_a_line_end(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.last().is_none_or(|byte| *byte == b'\n'))
}
