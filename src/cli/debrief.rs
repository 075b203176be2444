//! `firedrill debrief`: the report of a drill, from its journal alone.

use super::args::{DebriefArgs, ReportFormat};
use super::failure::Failure;
use super::grading::{self, Work};
use super::library;
use super::progress::{Progress, Stop};
use super::state::{State, bad_journal};
use crate::debrief::{Outcome, Report, Run, compose, html, layout, markdown, runs, text};
use crate::scenario::Scenario;
use std::sync::{Arc, Mutex, PoisonError};

/// Prints the report.
pub(crate) fn run(args: &DebriefArgs) -> Result<(), Failure> {
    let (path, journal) = State::locate()?.open_journal(&args.journal)?;
    let scenario = library::find(&journal.header.scenario)?;
    journal
        .header
        .accept(&scenario.id, scenario.content_hash)
        .map_err(|problem| bad_journal(&path, &problem.to_string()))?;
    if let Some(dropped) = &journal.dropped {
        eprintln_quietly(&format!("{}: {dropped}", path.display()));
    }
    let work = Work {
        seed: journal.header.seed,
        mode: journal.header.mode,
        runs: runs::needed(&journal.entries),
        entries: journal.entries,
        scenario: Arc::clone(&scenario),
    };
    let progress = Mutex::new(Progress::new());
    let mut outcomes = grading::perform(&work, &Stop::listen()?, &|share, doing| {
        progress.lock().unwrap_or_else(PoisonError::into_inner).tell(doing, share);
    })?;
    drop(progress);
    let report = of_runs(&scenario, &mut outcomes)
        .ok_or_else(|| Failure::wrong("the drill itself could not be run".to_owned()))?;
    super::print(&render(&report, args.format)?)
}

/// The report of the trainee's run among these, beside the others.
pub(crate) fn of_runs(scenario: &Scenario, outcomes: &mut Vec<(Run, Outcome)>) -> Option<Report> {
    let at = outcomes.iter().position(|(run, _)| *run == Run::Trainee)?;
    let (_, trainee) = outcomes.swap_remove(at);
    Some(compose(scenario, &trainee, outcomes))
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
