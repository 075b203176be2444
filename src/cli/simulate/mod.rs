//! `firedrill simulate`: a scripted responder, or a script in a file, from the start to the end; on one seed or on many.

mod many;

use super::args::SimulateArgs;
use super::failure::Failure;
use super::grading;
use super::kept::Kept;
use super::library;
use super::progress::{Progress, Stop};
use super::state::State;
use crate::debrief::runs::{self, Game, Played};
use crate::debrief::{Outcome, Report, Run, Runs, compose, layout, series, text};
use crate::drill::journal::{Entry, write_line};
use crate::drill::responders::{self, Making, RESPONDERS, Responder, Scripted};
use crate::drill::{Drill, Mode, ghost, script};
use crate::scenario::diagnostic::nearest;
use crate::scenario::scale::{Factor, Rounded};
use crate::scenario::{Milestone, Scenario};
use serde_json::{Map, Value, json};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Runs a responder and prints what came of it.
pub(crate) fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let scenario = scaled(args, library::find(&args.scenario)?)?;
    let stop = Stop::listen()?;
    let simulation = Simulation { args, scenario: &scenario, kept: Kept::of(&State::locate()?), stop: &stop };
    let mut progress = Progress::new();
    if let Some(seeds) = &args.seeds {
        return many::run(&simulation, seeds.clone(), progress);
    }
    let started = Instant::now();
    let doing = format!("simulating {}", scenario.id);
    let (played, shift) = simulation.play(args.seed, &mut |share| progress.tell(&doing, share))?;
    let wall_s = started.elapsed().as_secs_f64();
    let progress = Mutex::new(progress);
    let tell = |share: f64, doing: &str| {
        progress.lock().unwrap_or_else(PoisonError::into_inner).tell(doing, share);
    };
    let report = simulation.report(&played, shift, grading::workers(), &tell)?;
    let outcome = played.outcome;
    if let Some(path) = &args.journal {
        write_journal(path, &scenario, &outcome)?;
    }
    if let Some(path) = &args.csv {
        fs::write(path, series::csv(&outcome.series))
            .map_err(|problem| Failure::file(path, "write", &problem))?;
    }
    if args.json {
        let mut document = document(args, &scenario, &outcome, &report);
        if let Some(fields) = document.as_object_mut() {
            fields.insert("wall_s".to_owned(), rounded(wall_s));
        }
        return super::print_json(&document);
    }
    let mut text = text::render(&layout::summary_document(&report), text::WIDTH);
    text.push_str(&format!(
        "{} events, {} simulated, {wall_s:.1} s\n",
        crate::drill::thousands(outcome.events),
        crate::kernel::Span(outcome.ended.0)
    ));
    super::print(&text)
}

fn responder(args: &SimulateArgs, scenario: &Scenario, seed: u64) -> Result<Box<dyn Responder>, Failure> {
    let variant = scenario.variant(seed);
    let making = Making { scenario, variant: &variant, seed };
    if let Some(responder) = responders::by_name(&args.responder, making) {
        return Ok(responder);
    }
    let path = Path::new(&args.responder);
    if !path.is_file() {
        let names = RESPONDERS.iter().map(|row| row.name);
        let near = nearest(&args.responder, names.clone());
        let hint = near.map_or_else(
            || format!("there are {}", names.collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Failure::wrong(format!("there is no responder or file `{}`; {hint}", args.responder)));
    }
    let text = fs::read_to_string(path).map_err(|problem| Failure::file(path, "read", &problem))?;
    let lines =
        script::parse(&text, &scenario.calendar()).map_err(|problems| script_problems(path, &problems))?;
    Ok(Box::new(Scripted::new(lines)))
}

/// What is wrong with a script, a line each.
pub(crate) fn script_problems(path: &Path, problems: &[script::ScriptProblem]) -> Failure {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}:{}: {}", path.display(), problem.line, problem.message))
        .collect();
    Failure::wrong(lines.join("\n"))
}

/// The scenario at the size that is asked for; what had to be rounded for it is told on standard error.
fn scaled(args: &SimulateArgs, scenario: Arc<Scenario>) -> Result<Arc<Scenario>, Failure> {
    let Some(factor) = Factor::one_in(args.scale).filter(|_| args.scale > 1) else { return Ok(scenario) };
    let (scenario, rounded) = scenario.scaled(factor);
    for Rounded { what, exact, taken } in rounded {
        writeln!(std::io::stderr(), "note: at 1:{}, {what} would be {exact:.2} and is {taken}", args.scale)?;
    }
    Ok(Arc::new(scenario))
}

/// What all runs of one command share.
struct Simulation<'a> {
    args: &'a SimulateArgs,
    scenario: &'a Arc<Scenario>,
    kept: Kept,
    stop: &'a Stop,
}

impl Simulation<'_> {
    /// One run to its end, and the drill at the start of its shift if runs to compare with are yet to be made; `tell` hears
    /// how much is done.
    fn play(&self, seed: u64, tell: &mut dyn FnMut(f64)) -> Result<(Played, Option<Drill>), Failure> {
        let mut responder = responder(self.args, self.scenario, seed)?;
        let mut drill = Drill::new(Arc::clone(self.scenario), seed, Mode::Practice)
            .map_err(|diagnostics| library::broken(&diagnostics))?;
        let mut watch = |share: f64| {
            tell(share);
            !self.stop.raised()
        };
        if !runs::open(&mut drill, &mut watch) {
            return Err(Failure::Interrupted);
        }
        let name = &self.args.responder;
        let game = self.game(seed, Vec::new());
        let missing = |run: &Run| run.responder() != Some(name) && self.kept.get(&game, *run).is_none();
        let shift = (!self.args.no_counterfactuals && Run::BOUNDS.iter().any(missing)).then(|| drill.clone());
        let played = runs::play(drill, name, &mut *responder, &mut watch);
        played.map(|played| (played, shift)).ok_or(Failure::Interrupted)
    }

    /// The report beside the runs to compare with; with `--full`, beside the runs without each action too.
    fn report(
        &self,
        played: &Played,
        shift: Option<Drill>,
        workers: usize,
        tell: grading::Tell<'_>,
    ) -> Result<Report, Failure> {
        let outcome = &played.outcome;
        if self.args.no_counterfactuals {
            return Ok(compose(self.scenario, outcome, &Runs::default()));
        }
        let game = self.game(outcome.seed, outcome.entries.clone());
        if let Some(yardstick) = &played.yardstick {
            self.kept.put(&game, yardstick);
        }
        let wanted = if self.args.full { game.all_runs() } else { Run::BOUNDS.to_vec() };
        let runs = grading::perform_on(workers, &game, shift, &wanted, &self.kept, self.stop, tell)?;
        Ok(compose(self.scenario, runs.trainee.as_ref().unwrap_or(outcome), &runs))
    }

    fn game(&self, seed: u64, entries: Vec<Entry>) -> Game {
        Game { scenario: Arc::clone(self.scenario), seed, mode: Mode::Practice, entries }
    }
}

/// Writes the run down as the journal of a drill, for `debrief` and `replay`.
pub(crate) fn write_journal(path: &Path, scenario: &Scenario, outcome: &Outcome) -> Result<(), Failure> {
    let header =
        crate::drill::journal::Header::new(&scenario.id, scenario.content_hash, outcome.seed, outcome.mode);
    let mut bytes = Vec::new();
    let written = write_line(&mut bytes, &header)
        .and_then(|()| outcome.entries.iter().try_for_each(|entry| write_line(&mut bytes, entry)))
        .and_then(|()| fs::write(path, &bytes));
    written.map_err(|problem| Failure::file(path, "write", &problem))
}

/// What a run came to; the same for the same scenario, seed and responder, whatever machine it ran on.
fn document(args: &SimulateArgs, scenario: &Scenario, outcome: &Outcome, report: &Report) -> Value {
    let mut document = json!({
        "scenario": scenario.id,
        "seed": outcome.seed,
        "variant": outcome.harmful,
        "responder": args.responder,
        "scale": args.scale,
        "milestones": milestones(scenario, outcome),
        "impact": impact(outcome),
        "grade": report.grade,
        "worth": report.worth,
        "events": outcome.events,
        "digest": format!("{:016x}", outcome.digest),
        "simulated_s": outcome.ended.as_secs_f64(),
    });
    if let (true, Some(fields)) = (args.series, document.as_object_mut()) {
        fields.insert("series".to_owned(), json!(outcome.series));
    }
    document
}

/// Seconds to the millisecond.
fn rounded(seconds: f64) -> Value {
    json!((seconds * 1_000.0).round() / 1_000.0)
}

fn milestones(scenario: &Scenario, outcome: &Outcome) -> Value {
    let calendar = scenario.calendar();
    let table = |of: &dyn Fn(Milestone) -> Option<crate::kernel::SimTime>| -> Map<String, Value> {
        let entry = |milestone: Milestone| {
            let at = of(milestone).map_or(Value::Null, |at| calendar.clock(at).into());
            (milestone.word().to_owned(), at)
        };
        Milestone::ALL.into_iter().map(entry).collect()
    };
    let mut mine = table(&|milestone| outcome.milestones.at(milestone));
    mine.insert("real".to_owned(), table(&|milestone| ghost::milestone(scenario, milestone)).into());
    mine.into()
}

fn impact(outcome: &Outcome) -> Value {
    let impact = &outcome.impact;
    json!({
        "users_affected_pct": (impact.affected_ratio() * 10_000.0).round() / 100.0,
        "visitors": impact.visitors,
        "affected": impact.affected,
        "failed_requests": impact.failed,
        "requests": impact.requests,
        "orders": impact.orders,
        "lost_orders": impact.lost_orders,
        "lost_revenue": impact.lost_revenue_cents as f64 / 100.0,
    })
}
