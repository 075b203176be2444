//! What the order of events costs: the event queue by the hold model, and an M/M/8 queue made of the kernel's parts.
//!
//! Hold (Jones, "An empirical comparison of priority-queue and event-set implementations", 1986): with so many events
//! pending, take the first and push one an exponential time later. The standard library's `BinaryHeap` does the same
//! beside it, on the same numbers. `cargo bench --bench queue` prints processor time for one step of each.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::process::ExitCode;

use firedrill::kernel::{Admission, EventQueue, SimTime, Span, Station, Stream};

#[path = "clock/mod.rs"]
mod clock;

const HOLDS: u64 = 2_000_000;
const RUNS: usize = 5;
/// Mean time to an event's instant.
const MEAN: Span = Span::SECOND;

/// What waits: as large as the stack's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event(u64, u64);

fn wheel(pending: u64) -> u64 {
    let mut stream = Stream::named(pending, "hold");
    let mut queue = EventQueue::new();
    for number in 0..pending {
        queue.push(SimTime::ZERO + stream.exponential(MEAN), Event(number, 0));
    }
    let begun = clock::cpu_ns();
    for _ in 0..HOLDS {
        if let Some((now, event)) = queue.pop() {
            queue.push(now + stream.exponential(MEAN), event);
        }
    }
    black_box(queue.len());
    clock::cpu_ns() - begun
}

fn heap(pending: u64) -> u64 {
    let mut stream = Stream::named(pending, "hold");
    let mut queue = BinaryHeap::new();
    let mut pushed = 0;
    for number in 0..pending {
        pushed += 1;
        queue.push(Reverse((SimTime::ZERO + stream.exponential(MEAN), pushed, Event(number, 0))));
    }
    let begun = clock::cpu_ns();
    for _ in 0..HOLDS {
        if let Some(Reverse((now, _, event))) = queue.pop() {
            pushed += 1;
            queue.push(Reverse((now + stream.exponential(MEAN), pushed, event)));
        }
    }
    black_box(queue.len());
    clock::cpu_ns() - begun
}

/// M/M/8 at 0.8 of its capacity; two events a customer.
fn eight_servers(customers: u64) -> u64 {
    let mut arrivals = Stream::named(8, "arrivals");
    let mut services = Stream::named(8, "services");
    let mut station = Station::new(8, usize::MAX);
    let mut departures = EventQueue::new();
    let mut next = SimTime::ZERO;
    let mut arrived = 0;
    let begun = clock::cpu_ns();
    while arrived < customers {
        if let Some((now, ())) = departures.pop_due(next) {
            if station.release(now).is_some() {
                departures.push(now + services.exponential(Span::from_micros(6_400)), ());
            }
            continue;
        }
        arrived += 1;
        if station.arrive(next, ()) == Admission::Started {
            departures.push(next + services.exponential(Span::from_micros(6_400)), ());
        }
        next += arrivals.exponential(Span::MILLISECOND);
    }
    black_box(station.started());
    clock::cpu_ns() - begun
}

fn median(mut runs: Vec<f64>) -> f64 {
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

fn main() -> ExitCode {
    println!("{:>10} {:>12} {:>12} {:>8}", "pending", "this, ns", "heap, ns", "ratio");
    for pending in [10, 1_000, 100_000, 1_000_000] {
        let pairs: Vec<(u64, u64)> = (0..RUNS).map(|_| (wheel(pending), heap(pending))).collect();
        let each = |ns: u64| ns as f64 / HOLDS as f64;
        let ours = median(pairs.iter().map(|pair| each(pair.0)).collect());
        let theirs = median(pairs.iter().map(|pair| each(pair.1)).collect());
        let ratio = median(pairs.iter().map(|pair| pair.1 as f64 / pair.0 as f64).collect());
        println!("{pending:>10} {ours:>12.1} {theirs:>12.1} {ratio:>8.2}");
    }
    let customers = 2_000_000;
    let event = median((0..RUNS).map(|_| eight_servers(customers) as f64 / (2 * customers) as f64).collect());
    println!("M/M/8 at 0.8: {event:.1} ns an event");
    ExitCode::SUCCESS
}
