//! How long a command takes to answer: every line of the console's corpus, typed into June 4 two simulated hours into the shift.
//!
//! `cargo bench --bench commands` prints the slowest lines, and the distribution. A line is timed by the longest single step
//! that it takes on the wall clock: the input itself, or one tick of the drill while the line is under way, in which the shop is
//! simulated for another tenth of a second (a tick without any command is printed beside). Each line runs in a copy of the same
//! drill, so that what one changes is no matter to the next. No figure is asserted: a bench on a busy machine says something
//! about the machine.

#![allow(clippy::disallowed_types, reason = "what is measured is wall time")]

use firedrill::drill::{Drill, Input, Mode, TICK};
use firedrill::kernel::Span;
use firedrill::scenario::embedded::load_embedded;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CORPUS: &str = include_str!("../tests/it/console/corpus/corpus.txt");
/// How far into the shift the lines are typed.
const INTO: Span = Span::from_hours(2);
/// Most ticks that one line is followed for.
const TICKS: usize = 20;
/// Lines printed, slowest first.
const SHOWN: usize = 15;

/// The commands of the corpus: a line that starts with `$ `, with those that go on with `> `.
fn commands() -> Vec<Vec<&'static str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    let mut typing = false;
    for line in CORPUS.lines() {
        if let Some(typed) = line.strip_prefix("$ ") {
            found.push(vec![typed]);
            typing = true;
        } else if let (true, Some(typed), Some(last)) = (typing, line.strip_prefix("> "), found.last_mut()) {
            last.push(typed);
        } else {
            typing = false;
        }
    }
    found
}

fn timed(act: impl FnOnce()) -> Duration {
    let start = Instant::now();
    act();
    start.elapsed()
}

/// The longest step that a line takes.
fn longest(mut drill: Drill, lines: &[&str]) -> Duration {
    let mut longest = Duration::ZERO;
    for line in lines {
        longest = longest.max(timed(|| drill.input(Input::Line((*line).to_owned()))));
    }
    for _ in 0..TICKS {
        if !drill.is_busy() {
            break;
        }
        let next = drill.now() + TICK;
        longest = longest.max(timed(|| drill.advance_to(next)));
    }
    longest
}

fn main() -> Result<(), Box<dyn Error>> {
    let scenario = load_embedded("june-4").and_then(|loaded| loaded.scenario).ok_or("june-4 is embedded")?;
    let mut drill = Drill::new(Arc::new(scenario), 1, Mode::Practice).map_err(|_| "june-4 has no stack")?;
    drill.open();
    drill.advance_to(drill.opens() + INTO);
    let mut idle: Vec<Duration> = Vec::new();
    let mut copy = drill.clone();
    for _ in 0..50 {
        let next = copy.now() + TICK;
        idle.push(timed(|| copy.advance_to(next)));
    }
    idle.sort();
    let mut found: Vec<(Duration, String)> =
        commands().iter().map(|lines| (longest(drill.clone(), lines), lines.join(" ⏎ "))).collect();
    found.sort();
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let at = |share: f64| ms(found[((found.len() - 1) as f64 * share) as usize].0);
    println!(
        "{} lines: median {:.2} ms, 95 % {:.2} ms, 99 % {:.2} ms, worst {:.2} ms; a tick without a command: median {:.2} ms, worst {:.2} ms",
        found.len(),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0),
        ms(idle[idle.len() / 2]),
        ms(idle[idle.len() - 1]),
    );
    for (took, line) in found.iter().rev().take(SHOWN) {
        println!("{:8.2} ms  {line}", ms(*took));
    }
    Ok(())
}
