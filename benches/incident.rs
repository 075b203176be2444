//! What a whole incident costs: June 4 with the people who were there at the console, every request of 195 simulated minutes.
//!
//! `cargo bench --bench incident` prints processor time, events, the memory held at the end, the digest (which no optimisation
//! may change), the processor time of the incident's own 150 minutes, and how much of a core the simulation takes beside a
//! drill that is played at 60 times the speed of the clock: at that speed a second of the wall is a simulated minute.
//! `FIREDRILL_BENCH_MINUTES=30` ends after so many minutes, for profilers that slow it down.

use std::process::ExitCode;
use std::sync::Arc;

use firedrill::debrief::runs;
use firedrill::drill::responders::{self, Making};
use firedrill::drill::{Drill, Mode};
use firedrill::kernel::Span;
use firedrill::scenario::embedded;

#[path = "clock/mod.rs"]
mod clock;

const SCENARIO: &str = "june-4";
const SEED: u64 = 1;
/// The minutes of the run that the real incident took, 14:57 to 17:27: the rest is the quiet before and after.
const INCIDENT: std::ops::Range<usize> = 27..177;
/// Simulated minutes in a second of the wall, at the fastest speed of a drill.
const FASTEST: f64 = 1.0;

fn main() -> ExitCode {
    let Some(scenario) = embedded::load_embedded(SCENARIO).and_then(|loaded| loaded.scenario) else {
        eprintln!("{SCENARIO} does not load");
        return ExitCode::FAILURE;
    };
    let minutes = std::env::var("FIREDRILL_BENCH_MINUTES").ok().and_then(|text| text.parse::<usize>().ok());
    let scenario = Arc::new(scenario);
    let variant = scenario.variant(SEED);
    let begun = clock::cpu_ns();
    let making = Making { scenario: &scenario, variant: &variant, seed: SEED };
    let responder = responders::by_name("real", making);
    let (Some(mut responder), Ok(mut drill)) =
        (responder, Drill::new(Arc::clone(&scenario), SEED, Mode::Practice))
    else {
        eprintln!("{SCENARIO} does not open");
        return ExitCode::FAILURE;
    };
    let opened = clock::cpu_ns();
    let mut marks = vec![opened];
    let wanted = |marks: &[u64]| minutes.is_none_or(|minutes| marks.len() <= minutes);
    let mut watch = || {
        marks.push(clock::cpu_ns());
        wanted(&marks)
    };
    if runs::open(&mut drill, &mut |_| watch()) {
        responders::play(&mut drill, &mut *responder, &mut |_| watch());
    }
    let ends = drill.ends();
    while drill.now() < ends && wanted(&marks) {
        drill.advance_to((drill.now() + Span::MINUTE).min(ends));
        marks.push(clock::cpu_ns());
    }
    report(&drill, begun, opened, &marks);
    ExitCode::SUCCESS
}

fn report(drill: &Drill, begun: u64, opened: u64, marks: &[u64]) {
    let ended = clock::cpu_ns();
    let world = drill.world();
    let seconds = |ns: u64| ns as f64 / 1e9;
    let simulated = drill.now().as_secs_f64();
    println!(
        "{SCENARIO}, seed {SEED}: {} events in {:.2} s of processor time (opening the shop {:.2} s of it), {:.1} ns an event, \
         {:.2} million events/s, {:.0} times the speed of the clock, digest {:016x}",
        world.events(),
        seconds(ended - begun),
        seconds(opened - begun),
        (ended - opened) as f64 / world.events() as f64,
        world.events() as f64 / seconds(ended - opened) / 1e6,
        simulated / seconds(ended - begun),
        world.digest(),
    );
    if let (Some(first), Some(last)) = (marks.get(INCIDENT.start), marks.get(INCIDENT.end)) {
        println!(
            "the {} minutes of the incident: {:.2} s of processor time, {:.0} times the speed of the clock",
            INCIDENT.len(),
            seconds(last - first),
            INCIDENT.len() as f64 * 60.0 / seconds(last - first),
        );
    }
    let mut shares: Vec<f64> = marks.windows(2).map(|pair| seconds(pair[1] - pair[0]) / FASTEST).collect();
    shares.sort_by(f64::total_cmp);
    if let (Some(worst), false) = (shares.last(), shares.is_empty()) {
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        println!(
            "beside a drill at 60 times: {:.1} % of a core on average, {:.1} % in the busiest minute",
            mean * 100.0,
            worst * 100.0
        );
    }
    let resident = |name: &str| {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    if let (Some(now), Some(most)) = (resident("VmRSS:"), resident("VmHWM:")) {
        println!("resident memory: {:.0} MB at the end, {:.0} MB at most", now / 1024.0, most / 1024.0);
    }
}
