//! Counterfactual runs: the same seed with somebody else at the console, or with one of the trainee's actions left out.
//!
//! Each run is a pure function of scenario, seed and inputs, and visitors are the same in all of them (their streams depend
//! on the seed only), so two runs differ by what was done and nothing else. Whoever calls may run them side by side.

use super::outcome::Outcome;
use crate::drill::journal::{Entry, Journal};
use crate::drill::responders::{self, Making};
use crate::drill::{Drill, Mode};
use crate::kernel::Span;
use crate::scenario::{Diagnostic, Scenario};
use std::sync::Arc;

/// Who or what is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Run {
    /// The trainee's own inputs.
    Trainee,
    /// Nobody acts.
    Nobody,
    /// The real team's actions at their times.
    Real,
    /// The ideal responder.
    Ideal,
    /// The trainee's inputs without one: its index in the journal's entries.
    Without(usize),
}

impl Run {
    /// A few words for a progress line.
    pub fn label(self) -> String {
        match self {
            Run::Trainee => "your drill".to_owned(),
            Run::Nobody => "nobody acting".to_owned(),
            Run::Real => "the real team".to_owned(),
            Run::Ideal => "the ideal response".to_owned(),
            Run::Without(entry) => format!("without input {}", entry + 1),
        }
    }
}

/// Most actions that are weighed one by one; the first ones are.
pub const MAX_WEIGHED: usize = 12;

/// The runs that a report of these entries is made from, the most telling first.
pub fn needed(entries: &[Entry]) -> Vec<Run> {
    let mut runs = vec![Run::Trainee, Run::Nobody, Run::Ideal, Run::Real];
    runs.extend(
        crate::drill::actions::of(entries).iter().take(MAX_WEIGHED).map(|action| Run::Without(action.entry)),
    );
    runs
}

/// Simulates one run to the scenario's end. `watch` is called with the share done, every simulated minute; the run is given
/// up when it returns false, and there is then no outcome.
///
/// # Errors
/// What is wrong with the scenario, so that its stack cannot be built.
pub fn perform(
    scenario: &Arc<Scenario>,
    seed: u64,
    mode: Mode,
    entries: &[Entry],
    run: Run,
    watch: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Outcome>, Vec<Diagnostic>> {
    let mut drill = Drill::new(Arc::clone(scenario), seed, mode)?;
    let left_out = |index: usize| run == Run::Without(index);
    let kept: Vec<Entry> = match run {
        Run::Trainee | Run::Without(_) => {
            let kept = entries.iter().enumerate().filter(|(index, _)| !left_out(*index));
            kept.map(|(_, entry)| entry.clone()).collect()
        }
        Run::Nobody | Run::Real | Run::Ideal => Vec::new(),
    };
    let name = match run {
        Run::Real => "real",
        Run::Ideal => "ideal",
        Run::Trainee | Run::Nobody | Run::Without(_) => "none",
    };
    let making = Making { scenario, variant: &scenario.variant(seed), seed };
    let Some(mut responder) = responders::by_name(name, making) else {
        return Ok(None);
    };
    if !open(&mut drill, watch) {
        return Ok(None);
    }
    for entry in kept {
        if !advance(&mut drill, entry.at(), watch) {
            return Ok(None);
        }
        if let Some(input) = entry.input {
            drill.input(input);
        }
    }
    let mut going = true;
    responders::play(&mut drill, &mut *responder, &mut |drill| {
        going = watch(share(drill));
        going
    });
    Ok(if going { conclude(drill, watch) } else { None })
}

/// Lets the simulation run on to the scenario's end once the trainee's part is over, so that all runs are of one length.
pub fn conclude(mut drill: Drill, watch: &mut dyn FnMut(f64) -> bool) -> Option<Outcome> {
    let finished = drill.now();
    let ends = drill.ends();
    advance(&mut drill, ends, watch).then(|| Outcome::of(&drill, finished))
}

/// The outcome of a journal: its drill replayed, then run on to the scenario's end.
///
/// # Errors
/// As [`perform`].
pub fn of_journal(
    scenario: &Arc<Scenario>,
    journal: &Journal,
    watch: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Outcome>, Vec<Diagnostic>> {
    perform(scenario, journal.header.seed, journal.header.mode, &journal.entries, Run::Trainee, watch)
}

/// Brings a drill to the start of its shift; false when `watch` said to stop.
pub fn open(drill: &mut Drill, watch: &mut dyn FnMut(f64) -> bool) -> bool {
    let opens = drill.opens();
    advance(drill, opens, watch)
}

fn advance(drill: &mut Drill, to: crate::kernel::SimTime, watch: &mut dyn FnMut(f64) -> bool) -> bool {
    while drill.now() < to {
        let next = drill.now() + Span::MINUTE;
        drill.advance_to(next.min(to));
        if !watch(share(drill)) {
            return false;
        }
        if drill.now() + crate::drill::TICK > to {
            break;
        }
    }
    true
}

/// How much of the scenario's time has passed, from 0 to 1.
pub fn share(drill: &Drill) -> f64 {
    drill.now().as_secs_f64() / drill.ends().as_secs_f64()
}
