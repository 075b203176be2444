//! Grading at the rim: counterfactual runs side by side on the machine's cores.
//!
//! A run is a pure function of scenario, seed and inputs, so in which order they end changes nothing but the progress line.

use super::failure::Failure;
use super::library;
use super::progress::Stop;
use crate::debrief::{Outcome, Run, runs};
use crate::drill::Mode;
use crate::drill::journal::Entry;
use crate::scenario::{Diagnostic, Scenario};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Most runs at one time; each holds a whole stack and its telemetry.
const MAX_WORKERS: usize = 4;

/// What is to be run.
#[derive(Clone)]
pub(crate) struct Work {
    /// What was played.
    pub(crate) scenario: Arc<Scenario>,
    /// Its seed.
    pub(crate) seed: u64,
    /// Practice or exam.
    pub(crate) mode: Mode,
    /// The trainee's inputs.
    pub(crate) entries: Vec<Entry>,
    /// The runs, the most telling first.
    pub(crate) runs: Vec<Run>,
}

type Results = Result<Vec<(Run, Outcome)>, Vec<Diagnostic>>;

/// Performs the runs; `tell` hears the share done and what is being run, from any thread.
pub(crate) fn perform(
    work: &Work,
    stop: &Stop,
    tell: &(dyn Fn(f64, &str) + Sync),
) -> Result<Vec<(Run, Outcome)>, Failure> {
    let queue = Mutex::new(work.runs.iter().copied().enumerate().collect::<VecDeque<_>>());
    let shares = Mutex::new(vec![0.0; work.runs.len()]);
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS);
    let one = || -> Results {
        let mut done = Vec::new();
        while let Some((index, run)) = lock(&queue).pop_front() {
            let mut watch = |share: f64| {
                let mut shares = lock(&shares);
                shares[index] = share;
                let whole = shares.iter().sum::<f64>() / shares.len() as f64;
                drop(shares);
                tell(whole, &run.label());
                !stop.raised()
            };
            let outcome =
                runs::perform(&work.scenario, work.seed, work.mode, &work.entries, run, &mut watch)?;
            done.extend(outcome.map(|outcome| (run, outcome)));
        }
        Ok(done)
    };
    let results: Vec<Results> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers.min(work.runs.len())).map(|_| scope.spawn(one)).collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    if stop.raised() {
        return Err(Failure::Interrupted);
    }
    let mut all = Vec::new();
    for result in results {
        all.extend(result.map_err(|diagnostics| library::broken(&diagnostics))?);
    }
    all.sort_by_key(|(run, _)| *run);
    Ok(all)
}

/// A poisoned lock means that a worker panicked, which is about to be passed on; its data are whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
