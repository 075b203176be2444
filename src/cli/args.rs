//! The command line, as clap reads it. Words here are the reference: the man page and completions are made from them.

use crate::postgres::datum::Datum;
use crate::postgres::sql::{StatementTime, parse_datum};
use crate::postgres::types::TypeId;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Live through a real outage in the terminal, find the cause, and be graded against the people who were there.
#[derive(Debug, Parser)]
#[command(name = "firedrill", version, about, max_term_width = 100)]
#[command(after_help = "State lives in the platform's data directory; FIREDRILL_HOME overrides it.\n\
    Exit status: 0 done, 1 the input was wrong or a check failed, 2 usage, 130 interrupted.")]
pub struct Cli {
    /// What to do; without a command, the home screen opens.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Go straight into a drill.
    Play(PlayArgs),
    /// List the scenarios.
    List(ListArgs),
    /// Run a drill without a screen, from a script of console lines.
    Exec(ExecArgs),
    /// Run a scripted responder to the end and grade it.
    Simulate(SimulateArgs),
    /// Let every scripted responder play many seeds, and check the order of their scores.
    Validity(ValidityArgs),
    /// Show what the database model would plan, or compare it with a real PostgreSQL.
    Plan(PlanArgs),
    /// Check scenario files.
    Check(CheckArgs),
    /// Grade and explain a finished drill.
    Debrief(DebriefArgs),
    /// Lay two drills of one scenario side by side.
    Compare(CompareArgs),
    /// Watch a drill again.
    Replay(ReplayArgs),
    /// Show past drills and progress.
    History(HistoryArgs),
    /// Print shell completions.
    #[command(hide = true)]
    Completions(CompletionsArgs),
    /// Print the manual page.
    #[command(hide = true)]
    Man,
}

/// Arguments of `play`.
#[derive(Debug, Args)]
pub struct PlayArgs {
    /// The scenario; without it, the first one (or the one that is resumed).
    pub scenario: Option<String>,
    /// The seed that draws what is broken, 0 to 2^64-1; without it, a fresh one.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Simulated seconds per second, 1 to 60; practice mode only.
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,
    /// How strict the drill is.
    #[arg(long, value_enum, default_value_t)]
    pub mode: ModeArg,
    /// Go on with the drill that was interrupted last.
    #[arg(long, conflicts_with = "seed")]
    pub resume: bool,
}

/// `--mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// Pause, speed and hints are allowed.
    #[default]
    Practice,
    /// The clock runs at one second a second and does not stop.
    Exam,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `exec`.
#[derive(Debug, Args)]
pub struct ExecArgs {
    /// The scenario's name, or the path of a scenario's folder.
    pub scenario: String,
    /// The seed that draws what is broken.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Lines of `HH:MM:SS command`, `+90s command` or a bare command; `-` is standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub script: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Also write the drill's journal here.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// Arguments of `simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The scenario's name, or the path of a scenario's folder.
    pub scenario: String,
    /// The seed that draws what is broken.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Every seed from A to B, both included, on all cores: one row or one entry of `runs` for each.
    #[arg(long, value_name = "A..B", value_parser = seeds, conflicts_with_all = ["seed", "csv", "journal"])]
    pub seeds: Option<RangeInclusive<u64>>,
    /// none, real, ideal, methodical, rollback-all, random, or a file of console lines.
    #[arg(long, value_name = "NAME|FILE", default_value = "real")]
    pub responder: String,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Add one row a simulated minute to the JSON.
    #[arg(long, requires = "json")]
    pub series: bool,
    /// Write the rows a simulated minute as CSV.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Also write the drill's journal here.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// One visitor in K against one K-th of the capacity: quicker. Counts are a K-th, ratios stay, percentiles do not.
    #[arg(long, value_name = "K", default_value_t = 1, conflicts_with = "journal", value_parser = clap::value_parser!(u32).range(1..=MAX_SCALE))]
    pub scale: u32,
    /// Grade without the counterfactual runs: quicker; the impact part is then left out.
    #[arg(long)]
    pub no_counterfactuals: bool,
    /// Also run the drill without each of its actions, and grade them by what they were worth.
    #[arg(long, conflicts_with = "no_counterfactuals")]
    pub full: bool,
}

/// The smallest share of the visitors, as its reciprocal.
const MAX_SCALE: i64 = 10_000;
/// Most seeds of one call.
const MAX_SEEDS: u64 = 100_000;

/// `A..B`, both included, or one seed.
fn seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| format!("`{text}` is no seed"));
    let (first, last) = (number(first)?, number(last.trim_start_matches('='))?);
    if first > last {
        return Err(format!("{first} is above {last}"));
    }
    if last - first >= MAX_SEEDS {
        return Err(format!("more than {MAX_SEEDS} seeds"));
    }
    Ok(first..=last)
}

/// Arguments of `validity`.
#[derive(Debug, Args)]
pub struct ValidityArgs {
    /// The scenario's name, or the path of a scenario's folder.
    pub scenario: String,
    /// The seeds to play, the first and the last.
    #[arg(long, value_name = "A..B", value_parser = seeds, default_value = "1..30")]
    pub seeds: RangeInclusive<u64>,
    /// Weigh each action by a run without it, as a drill's own debrief does: several times the work.
    #[arg(long)]
    pub weigh: bool,
    /// Seeds played at one time; without it, one on each core.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// How the tables are written; JSON has every drill too.
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The scenario whose database is planned for, with the settings of its primary server.
    #[arg(required_unless_present_any = ["schema", "grade"], conflicts_with_all = ["schema", "grade"])]
    pub scenario: Option<String>,
    /// A schema as `pg_dump --schema-only` writes it.
    #[arg(long, value_name = "FILE", requires = "statistics")]
    pub schema: Option<PathBuf>,
    /// Statistics as `pg_dump --statistics-only` writes them.
    #[arg(long, value_name = "FILE", requires = "schema")]
    pub statistics: Option<PathBuf>,
    /// DDL to apply first.
    #[arg(long, value_name = "FILE")]
    pub ddl: Option<PathBuf>,
    /// A planner setting, `random_page_cost=1.1`, over the server's own.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// What now() gives, such as "2024-06-04 15:00", in UTC; without it, the scenario's start, or the time it is.
    #[arg(long, value_name = "TIMESTAMP", value_parser = timestamp)]
    pub at: Option<StatementTime>,
    /// Statements to plan; `-` is standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub sql: PathBuf,
    /// How the plans are written.
    #[arg(long, value_enum, default_value_t)]
    pub format: PlanFormat,
    /// Compare with what a real PostgreSQL planned, recorded in this folder.
    #[arg(long, value_name = "DIR")]
    pub grade: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `plan --format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// As psql shows it.
    #[default]
    Text,
    /// As `EXPLAIN (FORMAT JSON)`.
    Json,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Scenario folders, or folders of them; without any, the built-in scenarios.
    pub paths: Vec<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `debrief`.
#[derive(Debug, Args)]
pub struct DebriefArgs {
    /// The journal, or the start of a past drill's name as `history` prints it.
    pub journal: PathBuf,
    /// The folder of the drill's scenario, where it is not built in.
    #[arg(long, value_name = "FOLDER")]
    pub scenario: Option<PathBuf>,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// `debrief --format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For a terminal.
    #[default]
    Text,
    /// Markdown.
    Md,
    /// One self-contained page.
    Html,
    /// One document.
    Json,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// A journal, or the start of a past drill's name as `history` prints it.
    pub a: PathBuf,
    /// Another one, of the same scenario.
    pub b: PathBuf,
    /// The folder of the drills' scenario, where it is not built in.
    #[arg(long, value_name = "FOLDER")]
    pub scenario: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The journal, or the start of a past drill's name as `history` prints it.
    pub journal: PathBuf,
    /// The folder of the drill's scenario, where it is not built in.
    #[arg(long, value_name = "FOLDER")]
    pub scenario: Option<PathBuf>,
    /// Simulated seconds per second, 1 to 60.
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,
}

/// Arguments of `history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Print comma-separated values, a line a drill.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}

fn timestamp(text: &str) -> Result<StatementTime, String> {
    match parse_datum(text, TypeId::TIMESTAMPTZ) {
        Ok(Datum::Int(micros)) => Ok(StatementTime::from_micros(micros)),
        _ => Err("expected a timestamp such as \"2024-06-04 15:00\"".to_owned()),
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.trim_end_matches(['x', '×']).parse::<f64>() {
        Ok(speed) if (1.0..=60.0).contains(&speed) => Ok(speed),
        _ => Err("expected a number from 1 to 60".to_owned()),
    }
}
