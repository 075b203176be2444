//! `firedrill` and `firedrill play`: the terminal interface.

use super::args::{ModeArg, PlayArgs};
use super::desk::{Desk, fresh_seed};
use super::failure::Failure;
use super::library;
use super::state::State;
use crate::drill::Mode;
use crate::tui::host::{Host, Request};
use crate::tui::state::Look;
use crate::tui::theme::Theme;
use crate::tui::{self, Launch};
use std::io::IsTerminal as _;

/// The home screen.
pub(crate) fn home() -> Result<(), Failure> {
    let mut desk = Desk::new(State::locate()?);
    show(&mut desk, &Launch::Home, 1.0)
}

/// Straight into a drill.
pub(crate) fn run(args: &PlayArgs) -> Result<(), Failure> {
    let speed = args.speed.unwrap_or(1.0);
    let mode = match args.mode {
        ModeArg::Practice => Mode::Practice,
        ModeArg::Exam => Mode::Exam,
    };
    if mode == Mode::Exam && args.speed.is_some() {
        return Err(Failure::Usage("an exam runs at one second a second: leave --speed out".to_owned()));
    }
    let state = State::locate()?;
    let mut desk = Desk::new(state.clone());
    if args.resume {
        report_dropped(&state)?;
        return show(&mut desk, &Launch::Resume, speed);
    }
    let name = match &args.scenario {
        Some(name) => name.clone(),
        None => first_scenario()?,
    };
    library::find(&name)?;
    let request = Request { scenario: name, seed: args.seed.unwrap_or_else(fresh_seed), mode };
    show(&mut desk, &Launch::Play(request), speed)
}

/// Opens the interface, unless there is no terminal to open it on.
pub(crate) fn show(host: &mut dyn Host, launch: &Launch, speed: f64) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::wrong(
            "this needs a terminal; `firedrill exec` runs a drill and `firedrill debrief` prints a report without one",
        ));
    }
    let (depth, ascii) = Theme::environment(|name| std::env::var(name).ok());
    match tui::run(host, launch, speed, Look { depth, ascii }) {
        Ok(false) => Ok(()),
        Ok(true) => Err(Failure::Interrupted),
        Err(problem) => Err(Failure::wrong(problem.to_string())),
    }
}

fn first_scenario() -> Result<String, Failure> {
    let first = library::all().into_iter().next();
    first.map(|scenario| scenario.id).ok_or_else(|| Failure::wrong("there is no scenario"))
}

fn report_dropped(state: &State) -> Result<(), Failure> {
    use std::io::Write as _;
    let (path, journal) = state.unfinished().ok_or_else(|| Failure::wrong("no drill was interrupted"))?;
    if let Some(dropped) = journal.dropped {
        writeln!(std::io::stderr(), "firedrill: {}: {dropped}", path.display())?;
    }
    Ok(())
}
