//! What the peers share: the storm's figures and its random numbers.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// Web workers.
pub const WORKERS: usize = 64;
/// Requests that may wait for one.
pub const BACKLOG: usize = 5_000;
/// Connections to the database.
pub const CONNECTIONS: usize = 40;
/// Cores of the database, shared by the queries on them.
pub const CORES: f64 = 8.0;
/// Sequential queries of a request.
pub const CALLS: u8 = 4;
/// Attempts of a client.
pub const ATTEMPTS: u8 = 4;
/// Mean work of a request on its worker, in nanoseconds.
pub const WEB_WORK: f64 = 4e6;
/// Mean work of a query on one core.
pub const QUERY_WORK: f64 = 1.5e6;
/// A client gives up after this time.
pub const PATIENCE: u64 = 2_000_000_000;
/// Mean pause before another attempt.
pub const BACKOFF: f64 = 100e6;
/// Until which second, and at which share of the database's capacity.
pub const PHASES: [(u64, f64); 3] = [(40, 0.7), (60, 1.2), (120, 0.7)];
/// When it ends.
pub const END: u64 = PHASES[2].0 * 1_000_000_000;

/// A stream of exponential variates.
#[derive(Serialize, Deserialize)]
pub struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Stream {
        Stream(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// An exponential variate in nanoseconds.
    pub fn exponential(&mut self, mean: f64) -> u64 {
        let unit = (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64);
        (-(1.0 - unit).ln() * mean) as u64
    }
}

/// The mean time between arrivals at an instant.
pub fn interval(now: u64) -> f64 {
    let load = PHASES.iter().find(|(until, _)| now < until * 1_000_000_000).map_or(0.7, |phase| phase.1);
    f64::from(CALLS) * QUERY_WORK / CORES / load
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Events handled.
    pub events: u64,
    /// Requests answered in time.
    pub answered: u64,
    /// Requests that their clients gave up.
    pub given_up: u64,
    /// Requests that found the backlog full.
    pub refused: u64,
    /// Sum of the latencies of those answered.
    pub latency_ns: u64,
}

/// Runs seeds 1 to 5 and prints what came of each.
pub fn main(run: impl Fn(u64) -> Tally) {
    for seed in 1..=5 {
        let before = cpu_ns();
        let tally = run(seed);
        let spent = cpu_ns() - before;
        println!(
            "seed {seed}: {} events, {spent} ns of CPU, {} answered, {} given up, {} refused",
            tally.events, tally.answered, tally.given_up, tally.refused
        );
    }
}

/// Time that this process has had on a processor, all of its threads together.
pub fn cpu_ns() -> u64 {
    let mut sum = 0;
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        sum += text.split(' ').next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    }
    sum
}
