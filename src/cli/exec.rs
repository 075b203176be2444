//! `firedrill exec`: a drill without a screen, from a script; prints what the console prints, and the grade.

use super::args::ExecArgs;
use super::failure::Failure;
use super::grading;
use super::kept::Kept;
use super::library;
use super::progress::Stop;
use super::simulate::{script_problems, write_journal};
use super::state::State;
use crate::console::transcript::{Line, LineKind};
use crate::debrief::runs::{self, Game};
use crate::debrief::{Run, compose, layout, text};
use crate::drill::responders::{Responder as _, Scripted};
use crate::drill::{Drill, Input, Mode, TICK, script};
use crate::scenario::Scenario;
use serde_json::{Value, json};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// Runs a script.
pub(crate) fn run(args: &ExecArgs) -> Result<(), Failure> {
    let scenario = library::find(&args.scenario)?;
    let text = read_script(&args.script)?;
    let lines = script::parse(&text, &scenario.calendar())
        .map_err(|problems| script_problems(&args.script, &problems))?;
    let stop = Stop::listen()?;
    let mut drill = Drill::new(Arc::clone(&scenario), args.seed, Mode::Practice)
        .map_err(|diagnostics| library::broken(&diagnostics))?;
    if !runs::open(&mut drill, &mut |_| !stop.raised()) {
        return Err(Failure::Interrupted);
    }
    let shift = drill.clone();
    let printed = enter(&mut drill, Scripted::new(lines), &stop, !args.json)?;
    let outcome = runs::conclude(drill, &mut |_| !stop.raised()).ok_or(Failure::Interrupted)?;
    if let Some(path) = &args.journal {
        write_journal(path, &scenario, &outcome)?;
    }
    let game = Game {
        scenario: Arc::clone(&scenario),
        seed: args.seed,
        mode: Mode::Practice,
        entries: outcome.entries.clone(),
    };
    let kept = Kept::of(&State::locate()?);
    let workers = grading::workers();
    let runs = grading::perform_on(workers, &game, Some(shift), &Run::BOUNDS, &kept, &stop, &|_, _| {})?;
    let report = compose(&scenario, &outcome, &runs);
    if args.json {
        return super::print_json(&json!({ "transcript": printed, "report": report }));
    }
    super::print(&format!("\n{}", text::render(&layout::summary_document(&report), text::WIDTH)))
}

fn read_script(path: &Path) -> Result<String, Failure> {
    if path != Path::new("-") {
        return fs::read_to_string(path).map_err(|problem| Failure::file(path, "read", &problem));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|problem| {
        Failure::wrong(format!("cannot read the script from standard input: {problem}"))
    })?;
    Ok(text)
}

/// Enters the script's lines at their times; the drill is left when the last one has finished. Gives the transcript.
fn enter(drill: &mut Drill, mut script: Scripted, stop: &Stop, print: bool) -> Result<Vec<Value>, Failure> {
    let mut printed = Vec::new();
    let mut shown = 0;
    while !drill.finished() {
        if let Some(line) = script.next(&drill.sight()) {
            drill.input(Input::Line(line));
        } else if script.is_done() && !drill.is_busy() {
            drill.input(Input::Leave);
        }
        shown = show(drill, shown, print, &mut printed)?;
        if stop.raised() {
            return Err(Failure::Interrupted);
        }
        drill.advance_to(drill.now() + TICK);
    }
    show(drill, shown, print, &mut printed)?;
    Ok(printed)
}

/// Prints what the console has added since line `from`, and gives the number of the next line.
fn show(drill: &Drill, from: u64, print: bool, printed: &mut Vec<Value>) -> Result<u64, Failure> {
    let transcript = drill.transcript();
    if transcript.total() == from {
        return Ok(from);
    }
    for line in transcript.since(from) {
        if print {
            super::print(&format!("{}\n", words(drill.scenario(), line)))?;
        }
        printed.push(json!({
            "t": drill.scenario().calendar().clock(line.at),
            "kind": kind(line.kind),
            "text": line.text,
        }));
    }
    Ok(transcript.total())
}

/// A line as printed: what was entered bears its time, output stands as it is.
fn words(scenario: &Scenario, line: &Line) -> String {
    match line.kind {
        LineKind::Prompt => format!("[{}] {}", scenario.calendar().clock(line.at), line.text),
        LineKind::Output | LineKind::Error | LineKind::Notice => line.text.clone(),
    }
}

fn kind(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Prompt => "prompt",
        LineKind::Output => "output",
        LineKind::Error => "error",
        LineKind::Notice => "notice",
    }
}
