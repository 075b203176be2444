//! Where drills are kept: journals as they are played, and the history of those that were finished.

use super::archive::Archive;
use super::failure::Failure;
use crate::drill::journal::{Journal, JournalError};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The folder of journals within the data directory.
const JOURNALS: &str = "journals";
/// The variable that overrides the platform's data directory.
pub(crate) const HOME_VARIABLE: &str = "FIREDRILL_HOME";

/// The data directory.
#[derive(Clone, Debug)]
pub(crate) struct State {
    root: PathBuf,
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

    /// The newest journal of a drill that was not finished, if there is one that can be read. Where the history cannot be
    /// read, nobody knows which drills were finished, and none is offered.
    pub(crate) fn unfinished(&self) -> Option<(PathBuf, Journal)> {
        let done: Vec<String> =
            self.archive().all().ok()?.into_iter().map(|finished| finished.journal).collect();
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

    /// The history of finished drills.
    pub(crate) fn archive(&self) -> Archive {
        Archive::within(&self.root)
    }

    /// Where a report of this journal goes.
    pub(crate) fn report_path(journal: &Path) -> PathBuf {
        journal.with_extension("html")
    }
}

/// A journal that cannot be used, in one sentence.
pub(crate) fn bad_journal(path: &Path, problem: &str) -> Failure {
    Failure::wrong(format!("{}: {problem}", path.display()))
}

/// A file or folder of the data directory that cannot be written, in one sentence.
pub(crate) fn cannot_write(path: &Path, problem: &io::Error) -> Failure {
    Failure::wrong(format!(
        "cannot write {}: {problem}; set {HOME_VARIABLE} to a folder that can be written",
        path.display()
    ))
}

fn ends_with_a_line_end(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.last().is_none_or(|byte| *byte == b'\n'))
}
