//! The history of finished drills: a SQLite database in the data directory, `history.sqlite`.
//!
//! A database rather than a file of lines, so that two drills that end at one time both stand in it, and so that whoever
//! keeps a team's drills can ask it their own questions: `drill` has a row a drill, `part` its points, `milestone` its times.

use super::failure::Failure;
use crate::debrief::Report;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The database's file within the data directory.
const FILE: &str = "history.sqlite";
/// What this program writes; a database with a greater number was written by a later version.
const SCHEMA_VERSION: i64 = 1;
/// How long to wait for another drill that is being recorded.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tables. A seed above 2^63 - 1 is stored as its two's complement, as SQLite has no unsigned integers.
const SCHEMA: &str = "
CREATE TABLE drill (
    id       INTEGER PRIMARY KEY,
    played   TEXT NOT NULL,    -- when it was finished, RFC 3339, UTC
    scenario TEXT NOT NULL,
    seed     INTEGER NOT NULL,
    mode     TEXT NOT NULL,    -- practice or exam
    score    REAL NOT NULL,    -- 0 to 100
    letter   TEXT NOT NULL,    -- A to F
    journal  TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX drill_scenario_idx ON drill (scenario, score DESC);
CREATE TABLE part (
    drill    INTEGER NOT NULL REFERENCES drill ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    points   REAL NOT NULL,
    PRIMARY KEY (drill, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE milestone (
    drill    INTEGER NOT NULL REFERENCES drill ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    at       TEXT,             -- the incident's clock, HH:MM:SS; null when it was not reached
    PRIMARY KEY (drill, position)
) STRICT, WITHOUT ROWID;
";

/// A finished drill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Finished {
    /// When it was finished, RFC 3339, UTC.
    pub(crate) played: String,
    /// The scenario's name.
    pub(crate) scenario: String,
    /// The seed.
    pub(crate) seed: u64,
    /// `practice` or `exam`.
    pub(crate) mode: String,
    /// 0–100.
    pub(crate) score: f64,
    /// A–F.
    pub(crate) letter: String,
    /// Points of each part, by name.
    pub(crate) parts: Vec<(String, f64)>,
    /// Milestones by name, `HH:MM:SS`.
    pub(crate) milestones: Vec<(String, Option<String>)>,
    /// The journal's file name.
    pub(crate) journal: String,
}

impl Finished {
    /// What is kept of a report.
    pub(crate) fn of(report: &Report, journal: &Path) -> Finished {
        Finished {
            played: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            scenario: report.scenario.clone(),
            seed: report.seed,
            mode: report.mode.name().to_owned(),
            score: report.grade.score,
            letter: report.grade.letter.to_string(),
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

/// The history of one data directory. Nothing is created before the first drill is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    path: PathBuf,
}

impl Archive {
    /// The history that is kept in this folder.
    pub(crate) fn within(root: &Path) -> Archive {
        Archive { path: root.join(FILE) }
    }

    /// Adds a finished drill; a drill that is graded once more takes the place of its former self.
    pub(crate) fn record(&self, finished: &Finished) -> Result<(), Failure> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(|problem| super::state::cannot_write(folder, &problem))?;
        }
        let mut connection = self.open()?;
        insert(&mut connection, finished).map_err(|problem| self.told(&problem))
    }

    /// Finished drills, oldest first.
    pub(crate) fn all(&self) -> Result<Vec<Finished>, Failure> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let connection = self.open()?;
        select(&connection).map_err(|problem| self.told(&problem))
    }

    /// The best letter and score of a scenario, and how often it was finished.
    pub(crate) fn best(&self, scenario: &str) -> Result<(Option<(String, f64)>, usize), Failure> {
        if !self.path.exists() {
            return Ok((None, 0));
        }
        let connection = self.open()?;
        let ask = || -> rusqlite::Result<_> {
            let best = connection
                .query_row(
                    "SELECT letter, score FROM drill WHERE scenario = ?1 ORDER BY score DESC LIMIT 1",
                    [scenario],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            let count: i64 = connection.query_row(
                "SELECT count(*) FROM drill WHERE scenario = ?1",
                [scenario],
                |row| row.get(0),
            )?;
            Ok((best, usize::try_from(count).unwrap_or(0)))
        };
        ask().map_err(|problem| self.told(&problem))
    }

    fn open(&self) -> Result<Connection, Failure> {
        let connection = Connection::open(&self.path).map_err(|problem| self.told(&problem))?;
        let version = prepare(&connection).map_err(|problem| self.told(&problem))?;
        if version > SCHEMA_VERSION {
            return Err(Failure::wrong(format!(
                "{} was written by a later version of firedrill (format {version}, this one knows {SCHEMA_VERSION})",
                self.path.display()
            )));
        }
        Ok(connection)
    }

    fn told(&self, problem: &rusqlite::Error) -> Failure {
        let path = self.path.display();
        let damaged = matches!(
            problem.sqlite_error_code(),
            Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt)
        );
        let advice = if damaged { "; move the file away to start a fresh history" } else { "" };
        Failure::wrong(format!("the history {path}: {problem}{advice}"))
    }
}

/// Makes the tables where there are none, and gives the version of those that are there.
fn prepare(connection: &Connection) -> rusqlite::Result<i64> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let version = |connection: &Connection| connection.query_row("PRAGMA user_version", [], |row| row.get(0));
    if version(connection)? != 0 {
        return version(connection);
    }
    // Another process may be doing the same: the write lock first, then a second look.
    connection.execute_batch("BEGIN IMMEDIATE")?;
    if version(connection)? == 0 {
        connection.execute_batch(SCHEMA)?;
        connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    }
    connection.execute_batch("COMMIT")?;
    version(connection)
}

fn insert(connection: &mut Connection, finished: &Finished) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute("DELETE FROM drill WHERE journal = ?1", [&finished.journal])?;
    transaction.execute(
        "INSERT INTO drill (played, scenario, seed, mode, score, letter, journal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            finished.played,
            finished.scenario,
            finished.seed.cast_signed(),
            finished.mode,
            finished.score,
            finished.letter,
            finished.journal
        ],
    )?;
    let drill = transaction.last_insert_rowid();
    for (position, (name, points)) in finished.parts.iter().enumerate() {
        transaction.execute(
            "INSERT INTO part (drill, position, name, points) VALUES (?1, ?2, ?3, ?4)",
            params![drill, position as i64, name, points],
        )?;
    }
    for (position, (name, at)) in finished.milestones.iter().enumerate() {
        transaction.execute(
            "INSERT INTO milestone (drill, position, name, at) VALUES (?1, ?2, ?3, ?4)",
            params![drill, position as i64, name, at],
        )?;
    }
    transaction.commit()
}

fn select(connection: &Connection) -> rusqlite::Result<Vec<Finished>> {
    let mut parts = connection.prepare("SELECT name, points FROM part WHERE drill = ?1 ORDER BY position")?;
    let mut milestones =
        connection.prepare("SELECT name, at FROM milestone WHERE drill = ?1 ORDER BY position")?;
    let mut drills = connection.prepare(
        "SELECT id, played, scenario, seed, mode, score, letter, journal FROM drill ORDER BY played, id",
    )?;
    let rows = drills.query_map([], |row| {
        let finished = Finished {
            played: row.get(1)?,
            scenario: row.get(2)?,
            seed: row.get::<_, i64>(3)?.cast_unsigned(),
            mode: row.get(4)?,
            score: row.get(5)?,
            letter: row.get(6)?,
            parts: Vec::new(),
            milestones: Vec::new(),
            journal: row.get(7)?,
        };
        Ok((row.get::<_, i64>(0)?, finished))
    })?;
    let mut all = Vec::new();
    for row in rows {
        let (id, mut finished) = row?;
        finished.parts =
            parts.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        finished.milestones =
            milestones.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        all.push(finished);
    }
    Ok(all)
}
