//! `firedrill debrief`: the report of a drill, from its journal alone.

use super::args::{DebriefArgs, ReportFormat};
use super::failure::Failure;
use super::grading;
use super::kept::Kept;
use super::library;
use super::progress::{Progress, Stop};
use super::state::State;
use crate::debrief::runs::Game;
use crate::debrief::{Report, compose, html, layout, markdown, text};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Prints the report.
pub(crate) fn run(args: &DebriefArgs) -> Result<(), Failure> {
    let state = State::locate()?;
    let report = report(&game(&state, &args.journal, args.scenario.as_deref())?, &state)?;
    super::print(&render(&report, args.format)?)
}

/// What a journal tells of, by its path or the start of its name; `folder` has its scenario, unless it is built in.
pub(crate) fn game(state: &State, asked: &Path, folder: Option<&Path>) -> Result<Game, Failure> {
    let (path, journal) = state.open_journal(asked)?;
    let scenario = library::of_journal(&path, &journal, folder)?;
    if let Some(dropped) = &journal.dropped {
        eprintln_quietly(&format!("{}: {dropped}", path.display()));
    }
    Ok(Game::of(&scenario, &journal))
}

/// The whole report of a game, its runs on all cores and their progress on standard error.
pub(crate) fn report(game: &Game, state: &State) -> Result<Report, Failure> {
    let progress = Mutex::new(Progress::new());
    let runs =
        grading::perform(game, &game.all_runs(), &Kept::of(state), &Stop::listen()?, &|share, doing| {
            progress.lock().unwrap_or_else(PoisonError::into_inner).tell(doing, share);
        })?;
    let trainee = runs
        .trainee
        .as_ref()
        .ok_or_else(|| Failure::wrong("the drill itself could not be run".to_owned()))?;
    Ok(compose(&game.scenario, trainee, &runs))
}

/// A report in a format.
pub(crate) fn render(report: &Report, format: ReportFormat) -> Result<String, Failure> {
    let document = || layout::document(report);
    match format {
        ReportFormat::Text => Ok(text::render(&document(), text::WIDTH)),
        ReportFormat::Md => Ok(markdown::render(&document())),
        ReportFormat::Html => Ok(html::render(&document())),
        ReportFormat::Json => serde_json::to_string_pretty(report)
            .map(|text| format!("{text}\n"))
            .map_err(|problem| Failure::wrong(problem.to_string())),
    }
}

/// A notice on standard error, which may be closed.
fn eprintln_quietly(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "firedrill: {text}");
}
