//! `firedrill simulate --seeds`: many runs at one time, one on each core.
//!
//! A run is a pure function of scenario, seed and responder. Results are put in order of seeds, so neither the number of
//! cores nor which run ends first shows in what is printed.

use super::super::failure::Failure;
use super::super::grading;
use super::super::progress::Progress;
use super::{Simulation, document, rounded};
use crate::debrief::{Outcome, Report};
use crate::scenario::{Milestone, Scenario};
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A run of one seed.
struct Graded {
    outcome: Outcome,
    report: Report,
}

/// Runs every seed and prints what came of each.
pub(super) fn run(
    simulation: &Simulation<'_>,
    seeds: RangeInclusive<u64>,
    progress: Progress,
) -> Result<(), Failure> {
    let Simulation { args, scenario, .. } = simulation;
    let started = Instant::now();
    let progress = Mutex::new(progress);
    let tell = |done: f64| {
        let doing = format!("simulating {}, seeds {} to {}", scenario.id, seeds.start(), seeds.end());
        progress.lock().unwrap_or_else(PoisonError::into_inner).tell(&doing, done);
    };
    let rows = spread(grading::workers(), simulation, seeds.clone(), &tell, &|graded| {
        if args.json {
            Row::Json(document(args, scenario, &graded.outcome, &graded.report))
        } else {
            Row::Text(line(scenario, graded))
        }
    })?;
    drop(progress);
    let wall_s = started.elapsed().as_secs_f64();
    if args.json {
        let runs: Vec<Value> = rows.into_iter().map(Row::into_json).collect();
        return super::super::print_json(&json!({
            "scenario": scenario.id,
            "responder": args.responder,
            "runs": runs,
            "wall_s": rounded(wall_s),
        }));
    }
    let mut text = heading();
    rows.iter().for_each(|row| text.push_str(row.as_text()));
    text.push_str(&format!("{} runs, {wall_s:.1} s\n", rows.len()));
    super::super::print(&text)
}

/// What is kept of a run: as little as will be printed, since there may be thousands.
enum Row {
    Json(Value),
    Text(String),
}

impl Row {
    fn into_json(self) -> Value {
        match self {
            Row::Json(value) => value,
            Row::Text(text) => text.into(),
        }
    }

    fn as_text(&self) -> &str {
        match self {
            Row::Text(text) => text,
            Row::Json(_) => "",
        }
    }
}

/// Performs the runs on so many threads; the rows are in the order of the seeds.
fn spread<T: Send>(
    workers: usize,
    simulation: &Simulation<'_>,
    seeds: RangeInclusive<u64>,
    tell: &(dyn Fn(f64) + Sync),
    keep: &(dyn Fn(&Graded) -> T + Sync),
) -> Result<Vec<T>, Failure> {
    let next = AtomicU64::new(*seeds.start());
    let done: Mutex<Vec<(u64, Result<T, Failure>)>> = Mutex::new(Vec::new());
    let count = seeds.end() - seeds.start() + 1;
    let serve = || {
        while !simulation.stop.raised() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return;
            }
            let result = one(simulation, seed).map(|graded| keep(&graded));
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((seed, result));
            tell(done.len() as f64 / count as f64);
        }
    };
    std::thread::scope(|scope| {
        let threads = workers.clamp(1, usize::try_from(count).unwrap_or(usize::MAX));
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(serve)).collect();
        for handle in handles {
            handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    if simulation.stop.raised() {
        return Err(Failure::Interrupted);
    }
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(seed, _)| *seed);
    done.into_iter().map(|(_, result)| result).collect()
}

/// A run with its counterfactual runs one after another: the other cores have seeds of their own.
fn one(simulation: &Simulation<'_>, seed: u64) -> Result<Graded, Failure> {
    let (played, shift) = simulation.play(seed, &mut |_| {})?;
    let report = simulation.report(&played, shift, 1, &|_, _| {})?;
    Ok(Graded { outcome: played.outcome, report })
}

/// Milestones that the table shows.
const SHOWN: [Milestone; 3] = [Milestone::Diagnosed, Milestone::Mitigated, Milestone::Resolved];

fn heading() -> String {
    let milestones: String = SHOWN.iter().map(|milestone| format!("  {:<9}", milestone.word())).collect();
    format!("{:>6}  {:<7}{milestones}  {:>8}  {:>15}  harmful\n", "seed", "grade", "affected", "events")
}

fn line(scenario: &Scenario, graded: &Graded) -> String {
    let outcome = &graded.outcome;
    let calendar = scenario.calendar();
    let clock = |milestone: &Milestone| {
        let at = outcome.milestones.at(*milestone).map_or_else(|| "-".to_owned(), |at| calendar.clock(at));
        format!("  {at:<9}")
    };
    let milestones: String = SHOWN.iter().map(clock).collect();
    let grade = &graded.report.grade;
    format!(
        "{:>6}  {:<7}{milestones}  {:>6.2} %  {:>15}  {}\n",
        outcome.seed,
        format!("{} {:.0}", grade.letter, grade.score),
        outcome.impact.affected_ratio() * 100.0,
        crate::drill::thousands(outcome.events),
        outcome.harmful.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Cli, Command};
    use crate::cli::kept::Kept;
    use crate::cli::progress::Stop;
    use clap::Parser as _;

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let arguments =
            ["firedrill", "simulate", "tour", "--seeds", "3..5", "--no-counterfactuals", "--json"];
        let Some(Command::Simulate(args)) = Cli::parse_from(arguments).command else { unreachable!() };
        let scenario = crate::cli::library::find(&args.scenario).unwrap_or_else(|_| unreachable!());
        let on = |workers| {
            let keep = |graded: &Graded| document(&args, &scenario, &graded.outcome, &graded.report);
            let stop = Stop::silent();
            let simulation =
                Simulation { args: &args, scenario: &scenario, kept: Kept::nowhere(), stop: &stop };
            spread(workers, &simulation, 3..=5, &|_| {}, &keep).ok()
        };
        let alone = on(1);
        assert_eq!(alone.as_ref().map(Vec::len), Some(3));
        assert_eq!(alone, on(2));
        assert_eq!(alone, on(7));
    }
}
