//! Arguments, one file per subcommand, exit codes, and everything that lives in files.
//!
//! This is the rim: the only room with the wall clock, threads, files and standard streams (the terminal's own loop is
//! `tui`'s). What a command does for the model is a call into a room below.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the rim measures wall time and runs counterfactuals side by side"
)]

mod archive;
pub mod args;
mod check;
mod compare;
mod config;
mod debrief;
mod desk;
mod exec;
mod failure;
mod generate;
mod grading;
mod history;
mod kept;
mod library;
mod list;
mod plan;
mod play;
mod progress;
mod replay;
mod simulate;
mod state;
mod validity;

use args::{Cli, Command};
use clap::Parser as _;
use failure::Failure;
use std::process::ExitCode;

/// Runs the program with the process's own arguments and returns its exit status.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(asked) => {
            // Help and version are no errors; whether they could be printed is nobody's business any more.
            let _ = asked.print();
            return ExitCode::from(u8::try_from(asked.exit_code()).unwrap_or(2));
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        None => play::home(),
        Some(Command::Play(args)) => play::run(&args),
        Some(Command::List(args)) => list::run(&args),
        Some(Command::Exec(args)) => exec::run(&args),
        Some(Command::Simulate(args)) => simulate::run(&args),
        Some(Command::Validity(args)) => validity::run(&args),
        Some(Command::Plan(args)) => plan::run(&args),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Debrief(args)) => debrief::run(&args),
        Some(Command::Compare(args)) => compare::run(&args),
        Some(Command::Replay(args)) => replay::run(&args),
        Some(Command::History(args)) => history::run(&args),
        Some(Command::Completions(args)) => generate::completions(&args),
        Some(Command::Man) => generate::man(),
    }
}

/// Writes text to standard output and flushes it.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes one JSON document to standard output.
fn print_json<T: serde::Serialize>(value: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|problem| Failure::wrong(problem.to_string()))?;
    print(&format!("{text}\n"))
}
