//! What the interface asks of the rim: drills to choose from, sessions to play, reports to show. Files, threads and clocks
//! stay on the other side.

use super::settings::Settings;
use crate::debrief::Report;
use crate::drill::{Mode, Session};

/// One scenario as the home screen shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// Its name on the command line.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The company, as the source names it.
    pub company: String,
    /// The incident's date, `2024-06-04`.
    pub date: String,
    /// From 1 (a first drill) to 5.
    pub difficulty: u8,
    /// Minutes that a drill lasts at most, in incident time.
    pub minutes: u64,
    /// At most two paragraphs that tell what it is about without giving it away.
    pub about: String,
    /// What it trains, a few words each.
    pub trains: Vec<String>,
    /// Where the timeline comes from, and how sure its times are.
    pub provenance: String,
    /// The best grade so far: letter and score.
    pub best: Option<(String, f64)>,
    /// How often it was finished.
    pub attempts: usize,
    /// The briefing, Markdown.
    pub briefing: String,
}

/// A drill that was interrupted and can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The scenario's name.
    pub scenario: String,
    /// The incident's clock where it stopped.
    pub clock: String,
    /// Its seed.
    pub seed: u64,
}

/// Which drill to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The scenario's name.
    pub scenario: String,
    /// The seed that draws the variant.
    pub seed: u64,
    /// Practice or exam.
    pub mode: Mode,
}

/// A drill that was played to its grade.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// The day, `2026-11-23`.
    pub day: String,
    /// The scenario's name.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// The letter grade.
    pub letter: String,
    /// Points of 100.
    pub score: f64,
    /// The incident's clock when the cause was named in full, if it was.
    pub diagnosed: Option<String>,
    /// When the objective was met again, if it was.
    pub mitigated: Option<String>,
    /// Minutes from the first page to the cause named in full.
    pub to_diagnosis_min: Option<u64>,
}

/// The rim, as the interface sees it. Errors are one sentence for the trainee.
pub trait Host {
    /// The scenarios, in the order to show them.
    fn cards(&mut self) -> Vec<Card>;
    /// The newest drill that was interrupted.
    fn unfinished(&mut self) -> Option<Unfinished>;
    /// A seed nobody chose.
    fn fresh_seed(&mut self) -> u64;
    /// Starts a drill at its scenario's beginning.
    ///
    /// # Errors
    /// One sentence: the scenario cannot be loaded, or its journal cannot be written.
    fn start(&mut self, request: &Request) -> Result<Session, String>;
    /// Takes up the newest interrupted drill where its journal ends.
    ///
    /// # Errors
    /// One sentence: the journal cannot be read, or belongs to other content.
    fn resume(&mut self) -> Result<Session, String>;
    /// Begins to grade a finished drill; the work goes on beside the screen.
    fn finish(&mut self, session: Session);
    /// How far the grading is (0 to 1), or its result once.
    fn grading(&mut self) -> Grading;
    /// Writes the last report out and tells where.
    ///
    /// # Errors
    /// One sentence: the file cannot be written.
    fn export(&mut self) -> Result<String, String>;
    /// What the person chose about the interface.
    ///
    /// # Errors
    /// One sentence: the configuration cannot be read; it then counts as empty.
    fn settings(&mut self) -> Result<Settings, String> {
        Ok(Settings::default())
    }
    /// Keeps what the person chose.
    ///
    /// # Errors
    /// One sentence: the configuration cannot be written.
    fn keep_settings(&mut self, _settings: &Settings) -> Result<(), String> {
        Ok(())
    }
    /// Drills played, oldest first.
    ///
    /// # Errors
    /// One sentence: the history cannot be read.
    fn history(&mut self) -> Result<Vec<Past>, String> {
        Ok(Vec::new())
    }
}

/// How the grading stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Grading {
    /// Runs are under way: the share that is done, and what is being run.
    Running {
        /// From 0 to 1.
        share: f64,
        /// A few words.
        doing: String,
        /// The report as far as it can be made without the runs; told once.
        first: Option<Box<Report>>,
    },
    /// Graded.
    Done {
        /// The whole report.
        report: Box<Report>,
        /// Why it is not in the history, in one sentence; nothing when it is.
        unrecorded: Option<String>,
    },
    /// It failed, in one sentence.
    Failed(String),
}
