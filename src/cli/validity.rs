//! `firedrill validity`: every scripted responder over many seeds, and whether their scores keep the order they must.

use super::args::{ReportFormat, ValidityArgs};
use super::failure::Failure;
use super::library;
use super::progress::{Progress, Stop};
use crate::debrief::validity::{self, Trial, Validity};
use crate::debrief::{html, markdown, text};
use crate::scenario::{Diagnostic, Scenario};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Runs the responders, prints what came of it, and fails when the order does not hold.
pub(crate) fn run(args: &ValidityArgs) -> Result<(), Failure> {
    let scenario = library::find(&args.scenario)?;
    let trials = play(args, &scenario)?;
    let validity = Validity::of(&scenario.id, args.weigh, trials).ok_or_else(|| {
        Failure::wrong("no seed was played; give at least one, as in `--seeds 1..30`".to_owned())
    })?;
    let document = validity.document();
    match args.format {
        ReportFormat::Text => super::print(&text::render(&document, WIDTH))?,
        ReportFormat::Md => super::print(&markdown::render(&document))?,
        ReportFormat::Html => super::print(&html::render(&document))?,
        ReportFormat::Json => super::print_json(&validity)?,
    }
    if validity.holds() {
        Ok(())
    } else {
        let broken = validity.order.iter().filter(|claim| !claim.holds);
        let told: Vec<String> = broken
            .map(|claim| {
                let mean = claim.difference.mean;
                format!(
                    "{} − {} must be {}, and is {mean:.1} in the mean",
                    claim.higher, claim.lower, claim.bound
                )
            })
            .collect();
        Err(Failure::wrong(told.join("\n")))
    }
}

/// Columns of the tables on a terminal.
const WIDTH: usize = 140;

/// Plays all seeds, one a core at a time. Which core plays which seed changes nothing.
fn play(args: &ValidityArgs, scenario: &Arc<Scenario>) -> Result<Vec<Trial>, Failure> {
    let stop = Stop::listen()?;
    let (first, last) = args.seeds.clone().into_inner();
    let next = AtomicU64::new(0);
    let results =
        Mutex::new(Results { progress: Progress::new(), trials: Vec::new(), broken: None, seeds: 0 });
    let whole = (last - first + 1) as f64;
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index > last - first || stop.raised() {
                return;
            }
            let seed = first + index;
            let mut watch = |share: f64| {
                let mut results = lock(&results);
                let done = results.seeds as f64 + share;
                results.progress.tell(&format!("seed {seed} of {}", scenario.id), done / whole);
                !stop.raised()
            };
            let played = validity::play(scenario, seed, args.weigh, &mut watch);
            lock(&results).take(played);
        }
    };
    let workers = args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers.max(1)).map(|_| scope.spawn(work)).collect();
        for handle in handles {
            handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    if stop.raised() {
        return Err(Failure::Interrupted);
    }
    match results.broken {
        Some(diagnostics) => Err(library::broken(&diagnostics)),
        None => Ok(results.trials),
    }
}

struct Results {
    progress: Progress,
    trials: Vec<Trial>,
    broken: Option<Vec<Diagnostic>>,
    seeds: usize,
}

impl Results {
    fn take(&mut self, played: Result<Option<Vec<Trial>>, Vec<Diagnostic>>) {
        match played {
            Ok(trials) => self.trials.extend(trials.into_iter().flatten()),
            Err(diagnostics) => self.broken = Some(diagnostics),
        }
        self.seeds += 1;
    }
}

/// A poisoned lock means that a worker panicked, which is about to be passed on; its data are whole.
fn lock(results: &Mutex<Results>) -> std::sync::MutexGuard<'_, Results> {
    results.lock().unwrap_or_else(PoisonError::into_inner)
}
