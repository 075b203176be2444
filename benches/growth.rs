//! How work grows: with requests, from a hundred a second to a hundred thousand, and not with the hours that a run is old.
//!
//! The tests' corner shop at so many times its visitors against so many times its capacity, and for a day at its own size.
//! `cargo bench --bench growth` prints processor time and events for each request, and the memory of a day.

use std::process::ExitCode;

use firedrill::kernel::{SimTime, Span};
use firedrill::scenario::scale::Factor;
use firedrill::scenario::{self, Scenario};
use firedrill::stack::World;

#[path = "clock/mod.rs"]
mod clock;

/// Times the corner shop's own size, and the simulated seconds that are measured.
const SIZES: [(u32, u64); 4] = [(2, 2_000), (20, 200), (200, 20), (2_000, 4)];
/// Seconds before them.
const BEFORE: u64 = 2;

fn corner_shop() -> Option<Scenario> {
    let read = |name: &str| match name {
        "scenario.ron" => Some(include_str!("../tests/it/stack/corner-shop/scenario.ron").to_owned()),
        "schema.sql" => Some(include_str!("../tests/it/stack/corner-shop/schema.sql").to_owned()),
        "statistics.sql" => Some(include_str!("../tests/it/stack/corner-shop/statistics.sql").to_owned()),
        _ => None,
    };
    let scenario = scenario::load("tests/it/stack/corner-shop", read).scenario?;
    Some(Scenario { changes: Vec::new(), ..scenario })
}

/// Runs a shop up to an instant: events, requests and processor time in nanoseconds that it took.
fn run(world: &mut World, until: SimTime) -> (f64, f64, f64) {
    let before = (world.events(), world.requests().0);
    let begun = clock::cpu_ns();
    world.run_until(until);
    let took = clock::cpu_ns() - begun;
    ((world.events() - before.0) as f64, (world.requests().0 - before.1) as f64, took as f64)
}

fn main() -> ExitCode {
    let Some(shop) = corner_shop() else {
        eprintln!("the corner shop does not load");
        return ExitCode::FAILURE;
    };
    let open = |scenario: &Scenario| World::new(scenario, &scenario.variant(1), 1).ok();
    println!("{:>10}  {:>12}  {:>10}  {:>12}", "requests/s", "events each", "ns each", "ns an event");
    for (times, seconds) in SIZES {
        let world = Factor::times(times).and_then(|factor| open(&shop.scaled(factor).0));
        let Some(mut world) = world else { return ExitCode::FAILURE };
        world.run_until(SimTime::from_secs(BEFORE));
        let (events, requests, ns) = run(&mut world, SimTime::from_secs(BEFORE + seconds));
        println!(
            "{:>10.0}  {:>12.2}  {:>10.0}  {:>12.0}",
            requests / seconds as f64,
            events / requests,
            ns / requests,
            ns / events
        );
    }
    let Some(mut world) = open(&shop) else { return ExitCode::FAILURE };
    println!("\n{:>10}  {:>12}  {:>10}  {:>12}", "hour", "requests", "ns each", "telemetry");
    for hour in 1..=24 {
        let (_, requests, ns) = run(&mut world, SimTime::ZERO + Span::from_hours(hour));
        if [1, 2, 6, 12, 18, 24].contains(&hour) {
            let megabytes = world.telemetry().resident_bytes() as f64 / 1e6;
            println!("{hour:>10}  {requests:>12.0}  {:>10.0}  {megabytes:>9.1} MB", ns / requests);
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmRSS:")) {
        println!("resident after the day: {}", line.trim_start_matches("VmRSS:").trim());
    }
    ExitCode::SUCCESS
}
