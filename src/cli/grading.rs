//! Grading at the rim: counterfactual runs side by side on the machine's cores, and the ones that depend on scenario and
//! seed alone kept for the next time.
//!
//! A run is a pure function of scenario, seed and inputs, so in which order they end changes nothing but the progress line.

use super::failure::Failure;
use super::kept::Kept;
use super::library;
use super::progress::Stop;
use crate::debrief::runs::{Done, Ended, Game, Task};
use crate::debrief::{Run, Runs, Yardstick};
use crate::drill::Drill;
use crate::scenario::Diagnostic;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Most runs at one time; each holds a whole stack and its telemetry.
const MAX_WORKERS: usize = 8;
/// Most tasks that wait, each with a whole stack of its own; who would add another does it at once instead.
const MAX_WAITING: usize = 12;

/// Hears the share of the work that is done and what is being run, from any thread.
pub(crate) type Tell<'a> = &'a (dyn Fn(f64, &str) + Sync);

/// Performs the runs of a game on all cores. Runs to compare with come from `kept` where they are there, and go there
/// otherwise.
pub(crate) fn perform(
    game: &Game,
    runs: &[Run],
    kept: &Kept,
    stop: &Stop,
    tell: Tell<'_>,
) -> Result<Runs, Failure> {
    perform_on(workers(), game, None, runs, kept, stop, tell)
}

/// Threads for runs at one time on this machine.
pub(crate) fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS)
}

/// As [`perform`], on so many threads; `shift` is a drill of the game that has been brought to the start of its shift.
pub(crate) fn perform_on(
    workers: usize,
    game: &Game,
    shift: Option<Drill>,
    runs: &[Run],
    kept: &Kept,
    stop: &Stop,
    tell: Tell<'_>,
) -> Result<Runs, Failure> {
    let known: Vec<Yardstick> = runs.iter().filter_map(|run| kept.get(game, *run)).collect();
    let missing: Vec<Run> =
        runs.iter().copied().filter(|run| !known.iter().any(|yardstick| yardstick.run == *run)).collect();
    let shares = missing.iter().map(|run| (*run, 0.0)).collect();
    if missing.is_empty() {
        return Ok(Runs { yardsticks: known, ..Runs::default() });
    }
    let first = Task::first(shift, missing, &known);
    let mut results = Runs { yardsticks: known, ..Runs::default() };
    let pool = Pool {
        game,
        stop,
        tell,
        work: Mutex::new(Work { waiting: VecDeque::from([first]), ..Work::default() }),
        news: Condvar::new(),
        shares: Mutex::new(shares),
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers.max(1)).map(|_| scope.spawn(|| pool.serve())).collect();
        for handle in handles {
            handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    if stop.raised() {
        return Err(Failure::Interrupted);
    }
    let work = pool.work.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(diagnostics) = work.broken {
        return Err(library::broken(&diagnostics));
    }
    for done in work.done {
        if let Done::Yardstick(yardstick) = &done {
            kept.put(game, yardstick);
        }
        results.take(done);
    }
    results.sort();
    Ok(results)
}

/// What the workers share.
struct Pool<'a> {
    game: &'a Game,
    stop: &'a Stop,
    tell: Tell<'a>,
    work: Mutex<Work>,
    /// A task has been added, or one has ended.
    news: Condvar,
    /// How much of each run is done.
    shares: Mutex<BTreeMap<Run, f64>>,
}

#[derive(Default)]
struct Work {
    waiting: VecDeque<Task>,
    /// Tasks that wait for another to be done.
    later: Vec<Task>,
    running: usize,
    done: Vec<Done>,
    broken: Option<Vec<Diagnostic>>,
}

impl Pool<'_> {
    /// Performs tasks until there are none and none can come.
    fn serve(&self) {
        while let Some(task) = self.next() {
            self.perform(task);
            lock(&self.work).running -= 1;
            self.news.notify_all();
        }
    }

    fn next(&self) -> Option<Task> {
        let mut work = lock(&self.work);
        loop {
            if let Some(task) = work.waiting.pop_front() {
                work.running += 1;
                return Some(task);
            }
            if work.running == 0 {
                if work.later.is_empty() {
                    return None;
                }
                let later = std::mem::take(&mut work.later);
                work.waiting.extend(later);
                continue;
            }
            work = self.news.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn perform(&self, task: Task) {
        let run = task.run();
        let mut emit = |task: Task| {
            let mut work = lock(&self.work);
            if work.waiting.len() < MAX_WAITING {
                work.waiting.push_back(task);
                drop(work);
                self.news.notify_all();
            } else {
                drop(work);
                self.perform(task);
            }
        };
        let result = task.perform(self.game, &mut emit, &mut |share| self.watch(run, share));
        if !matches!(result, Ok(Ended::Later(_))) {
            self.watch(run, 1.0);
        }
        let mut work = lock(&self.work);
        match result {
            Ok(Ended::Done(done)) => {
                work.done.push(done);
                let later = std::mem::take(&mut work.later);
                work.waiting.extend(later);
                drop(work);
                self.news.notify_all();
            }
            Ok(Ended::Later(task)) => work.later.push(task),
            Ok(Ended::Nothing) => {}
            Err(diagnostics) => work.broken = Some(diagnostics),
        }
    }

    fn watch(&self, run: Option<Run>, share: f64) -> bool {
        if let Some(run) = run {
            let mut shares = lock(&self.shares);
            shares.insert(run, share);
            let whole = shares.values().sum::<f64>() / shares.len().max(1) as f64;
            drop(shares);
            (self.tell)(whole, &run.label());
        }
        !self.stop.raised()
    }
}

/// A poisoned lock means that a worker panicked, which is about to be passed on; its data are whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debrief::{compose, runs};
    use crate::drill::Mode;
    use crate::drill::responders::{self, Making};

    /// The tour with a responder at the console, as a game to be graded.
    fn game(responder: &str) -> Game {
        let scenario = library::find("tour").unwrap_or_else(|_| unreachable!("the tour is in the program"));
        let (seed, mode) = (2, Mode::Practice);
        let variant = scenario.variant(seed);
        let making = Making { scenario: &scenario, variant: &variant, seed };
        let (Some(mut responder), Ok(mut drill)) =
            (responders::by_name(responder, making), Drill::new(scenario.clone(), seed, mode))
        else {
            unreachable!("the tour opens")
        };
        responders::play(&mut drill, &mut *responder, &mut |_| true);
        let Some(outcome) = runs::conclude(drill, &mut |_| true) else { unreachable!("nobody stops it") };
        Game { scenario, seed, mode, entries: outcome.entries }
    }

    #[test]
    fn neither_the_number_of_threads_nor_a_shift_that_was_begun_changes_a_digest_or_the_report() {
        let game = game("ideal");
        let on = |workers, shift: Option<Drill>| {
            let (runs, kept, stop) = (game.all_runs(), Kept::nowhere(), Stop::silent());
            let runs = perform_on(workers, &game, shift, &runs, &kept, &stop, &|_, _| {});
            runs.unwrap_or_else(|_| unreachable!("nothing stops it"))
        };
        let Ok(mut shift) = Drill::new(game.scenario.clone(), game.seed, game.mode) else {
            unreachable!("the tour opens")
        };
        assert!(runs::open(&mut shift, &mut |_| true));
        let alone = on(1, None);
        let own = alone.trainee.as_ref().map(|own| (own.events, own.digest));
        assert!(own.is_some() && !alone.branches.is_empty(), "the tour has actions to weigh");
        for (workers, shift) in [(2, None), (5, None), (1, Some(shift))] {
            let beside = on(workers, shift);
            assert_eq!(own, beside.trainee.as_ref().map(|own| (own.events, own.digest)), "{workers} threads");
            assert_eq!(alone.yardsticks, beside.yardsticks, "{workers} threads");
            assert_eq!(alone.branches.len(), beside.branches.len());
            for (a, b) in alone.branches.iter().zip(&beside.branches) {
                assert!(!a.minutes.is_empty() && a.entry == b.entry);
                assert_eq!(a.minutes, b.minutes, "{workers} threads, without {}", a.entry);
            }
            let report = |runs: &Runs| {
                let own = runs.trainee.as_ref().map(|own| compose(&game.scenario, own, runs));
                serde_json::to_string(&own).unwrap_or_default()
            };
            assert_eq!(report(&alone), report(&beside), "{workers} threads");
        }
    }
}
