//! Counterfactual runs: the same seed with somebody else at the console, or with one of the trainee's actions left out.
//!
//! Each run is a pure function of scenario, seed and inputs, and visitors are the same in all of them (their streams depend
//! on the seed only: common random numbers), so two runs differ by what was done and nothing else. The runs share what they
//! have in common: one drill is brought to the start of the shift and cloned for everybody, and the trainee's own run is
//! cloned again before each action, for the run without it. What is to be done comes out as [`Task`]s that whoever calls
//! may perform on as many threads as there are; in which order they end changes nothing.

use super::branch::{Base, Branch, Minute};
use super::outcome::Outcome;
use super::still::Still;
use super::yardstick::Yardstick;
use crate::drill::journal::{Entry, Journal};
use crate::drill::responders::{self, Making};
use crate::drill::{Drill, Mode};
use crate::kernel::{SimTime, Span};
use crate::scenario::{Diagnostic, Scenario};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// Who or what is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// The runs that depend on scenario and seed alone, whatever the trainee did.
    pub const YARDSTICKS: [Run; 3] = [Run::Nobody, Run::Ideal, Run::Real];

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

    /// The scripted responder who sits at the console, for a run of one.
    pub fn responder(self) -> Option<&'static str> {
        match self {
            Run::Nobody => Some("none"),
            Run::Real => Some("real"),
            Run::Ideal => Some("ideal"),
            Run::Trainee | Run::Without(_) => None,
        }
    }
}

/// Most actions that are weighed one by one; the first ones are.
pub const MAX_WEIGHED: usize = 12;

/// What was played: everything that a run depends on.
#[derive(Clone)]
pub struct Game {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The seed.
    pub seed: u64,
    /// Practice or exam.
    pub mode: Mode,
    /// The trainee's inputs.
    pub entries: Vec<Entry>,
}

impl Game {
    /// What a journal tells of.
    pub fn of(scenario: &Arc<Scenario>, journal: &Journal) -> Game {
        Game {
            scenario: Arc::clone(scenario),
            seed: journal.header.seed,
            mode: journal.header.mode,
            entries: journal.entries.clone(),
        }
    }

    /// The runs that its whole report is made from.
    pub fn all_runs(&self) -> Vec<Run> {
        let mut runs = vec![Run::Trainee];
        runs.extend(Run::YARDSTICKS);
        runs.extend(self.weighed().map(Run::Without));
        runs
    }

    /// Indexes of the inputs that are weighed.
    fn weighed(&self) -> impl Iterator<Item = usize> {
        crate::drill::actions::of(&self.entries).into_iter().take(MAX_WEIGHED).map(|action| action.entry)
    }
}

/// A piece of the work, to be performed on any thread.
pub struct Task {
    kind: Kind,
    base: Arc<OnceLock<Base>>,
}

enum Kind {
    /// Brings a drill to the start of the shift, for these runs.
    Open(Vec<Run>),
    /// Goes on from there.
    Go(Run, Box<Drill>),
}

/// What came of a task.
pub enum Done {
    /// The trainee's own run.
    Trainee(Box<Outcome>),
    /// A run to compare with.
    Yardstick(Box<Yardstick>),
    /// A run without one of the trainee's actions.
    Branch(Branch),
}

/// What all runs together came to. Parts that have not been run are missing.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// The trainee's own run.
    pub trainee: Option<Outcome>,
    /// The runs to compare with.
    pub yardsticks: Vec<Yardstick>,
    /// The runs without one of the trainee's actions.
    pub branches: Vec<Branch>,
}

impl Runs {
    /// Takes in what came of a task.
    pub fn take(&mut self, done: Done) {
        match done {
            Done::Trainee(outcome) => self.trainee = Some(*outcome),
            Done::Yardstick(yardstick) => self.yardsticks.push(*yardstick),
            Done::Branch(branch) => self.branches.push(branch),
        }
    }

    /// Brings the parts into one order, whichever ended first.
    pub fn sort(&mut self) {
        self.yardsticks.sort_by_key(|yardstick| yardstick.run);
        self.branches.sort_by_key(|branch| branch.entry);
    }

    /// The run to compare with, if it was made.
    pub fn yardstick(&self, run: Run) -> Option<&Yardstick> {
        self.yardsticks.iter().find(|yardstick| yardstick.run == run)
    }
}

impl Task {
    /// The first task of a game's runs; the others come out of it.
    pub fn first(runs: Vec<Run>) -> Task {
        Task { kind: Kind::Open(runs), base: Arc::default() }
    }

    /// What is run, for a progress line; nothing while the shift is yet to begin.
    pub fn run(&self) -> Option<Run> {
        match &self.kind {
            Kind::Open(_) => None,
            Kind::Go(run, _) => Some(*run),
        }
    }

    /// Does the work. `emit` takes the tasks that come out of it. `watch` is called every simulated minute with the share of
    /// this task that is done; the task is given up when it returns false, and nothing comes of it then.
    ///
    /// # Errors
    /// What is wrong with the scenario, so that its stack cannot be built.
    pub fn perform(
        self,
        game: &Game,
        emit: &mut dyn FnMut(Task),
        watch: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Done>, Vec<Diagnostic>> {
        let base = self.base;
        let task = |run, drill| Task { kind: Kind::Go(run, Box::new(drill)), base: Arc::clone(&base) };
        match self.kind {
            Kind::Open(runs) => {
                let mut drill = Drill::new(Arc::clone(&game.scenario), game.seed, game.mode)?;
                if open(&mut drill, watch) {
                    // The runs without an action branch off the trainee's own.
                    let own = runs.into_iter().filter(|run| !matches!(run, Run::Without(_)));
                    own.for_each(|run| emit(task(run, drill.clone())));
                }
                Ok(None)
            }
            Kind::Go(Run::Trainee, drill) => {
                let weighed: Vec<usize> = game.weighed().collect();
                let mut fork = |entry: usize, drill: &Drill| {
                    if weighed.contains(&entry) {
                        emit(task(Run::Without(entry), drill.clone()));
                    }
                };
                Ok(trainee(*drill, game, &base, &mut fork, watch))
            }
            Kind::Go(Run::Without(entry), drill) => Ok(without(*drill, entry, game, &base, watch)),
            Kind::Go(run, drill) => Ok(yardstick(*drill, run, game, watch)),
        }
    }
}

/// Performs all of a game's runs, one after the other.
///
/// # Errors
/// As [`Task::perform`].
pub fn all(game: &Game, runs: Vec<Run>) -> Result<Runs, Vec<Diagnostic>> {
    let mut waiting = std::collections::VecDeque::from([Task::first(runs)]);
    let mut results = Runs::default();
    while let Some(task) = waiting.pop_front() {
        let done = task.perform(game, &mut |task| waiting.push_back(task), &mut |_| true)?;
        done.into_iter().for_each(|done| results.take(done));
    }
    results.sort();
    Ok(results)
}

fn trainee(
    mut drill: Drill,
    game: &Game,
    base: &OnceLock<Base>,
    fork: &mut dyn FnMut(usize, &Drill),
    watch: &mut dyn FnMut(f64) -> bool,
) -> Option<Done> {
    let (mut minutes, mut stills) = (Vec::new(), Vec::new());
    let mut look = |drill: &Drill| {
        minutes.push(Minute::of(drill));
        if !drill.finished() {
            stills.push(Still::of(drill));
        }
        watch(share(drill))
    };
    for (index, entry) in game.entries.iter().enumerate() {
        if !advance(&mut drill, entry.at(), &mut look) {
            return None;
        }
        fork(index, &drill);
        enter(&mut drill, entry);
    }
    let finished = if drill.finished() { drill.now() } else { drill.ends() };
    let ends = drill.ends();
    if !advance(&mut drill, ends, &mut look) {
        return None;
    }
    let outcome = Outcome::of(&drill, finished);
    // It is filled once: there is one trainee's run.
    let _ = base.set(Base::new(game, minutes, &outcome));
    Some(Done::Trainee(Box::new(Outcome { base: base.get().cloned(), stills: stills.into(), ..outcome })))
}

fn without(
    mut drill: Drill,
    left_out: usize,
    game: &Game,
    base: &OnceLock<Base>,
    watch: &mut dyn FnMut(f64) -> bool,
) -> Option<Done> {
    let mut branch = Branch::new(left_out);
    let last = game.scenario.instant(game.scenario.impact_window.1);
    let mut stopped = false;
    let mut look = |drill: &Drill| {
        branch.minutes.push(Minute::of(drill));
        stopped = !watch(share(drill));
        let over = base.get().is_some_and(|base| base.same_from(&branch.minutes).is_some());
        !stopped && !over && drill.now() < last
    };
    let mut going = true;
    for entry in game.entries.iter().skip(left_out + 1) {
        going = going && advance(&mut drill, entry.at(), &mut look);
        if !going {
            break;
        }
        enter(&mut drill, entry);
    }
    if going {
        advance(&mut drill, last, &mut look);
    }
    if stopped {
        return None;
    }
    branch.milestones = drill.milestones().clone();
    Some(Done::Branch(branch))
}

fn yardstick(mut drill: Drill, run: Run, game: &Game, watch: &mut dyn FnMut(f64) -> bool) -> Option<Done> {
    let making =
        Making { scenario: &game.scenario, variant: &game.scenario.variant(game.seed), seed: game.seed };
    let mut responder = responders::by_name(run.responder()?, making)?;
    let mut going = true;
    responders::play(&mut drill, &mut *responder, &mut |drill| {
        going = watch(share(drill));
        going
    });
    let outcome = if going { conclude(drill, watch)? } else { return None };
    Some(Done::Yardstick(Box::new(Yardstick::of(run, &outcome))))
}

fn enter(drill: &mut Drill, entry: &Entry) {
    if let Some(input) = &entry.input {
        drill.input(input.clone());
    }
}

/// Lets the simulation run on to the scenario's end once the trainee's part is over, so that all runs are of one length.
pub fn conclude(mut drill: Drill, watch: &mut dyn FnMut(f64) -> bool) -> Option<Outcome> {
    let finished = drill.now();
    let ends = drill.ends();
    advance(&mut drill, ends, &mut |drill| watch(share(drill))).then(|| Outcome::of(&drill, finished))
}

/// Brings a drill to the start of its shift; false when `watch` said to stop.
pub fn open(drill: &mut Drill, watch: &mut dyn FnMut(f64) -> bool) -> bool {
    let opens = drill.opens();
    advance(drill, opens, &mut |drill| watch(share(drill)))
}

/// Lets time pass up to `to`; `look` is called at every whole minute, and stops it by returning false.
fn advance(drill: &mut Drill, to: SimTime, look: &mut dyn FnMut(&Drill) -> bool) -> bool {
    while drill.now() + crate::drill::TICK <= to {
        let next = drill.now().floor(Span::MINUTE) + Span::MINUTE;
        drill.advance_to(next.min(to));
        if drill.now() == next && !look(drill) {
            return false;
        }
    }
    true
}

/// How much of the scenario's time has passed, from 0 to 1.
pub fn share(drill: &Drill) -> f64 {
    drill.now().as_secs_f64() / drill.ends().as_secs_f64()
}
