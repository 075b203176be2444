//! Counterfactual runs: the same seed with somebody else at the console, or with one of the trainee's actions left out.
//!
//! Each run is a pure function of scenario, seed and inputs, and visitors are the same in all of them (their streams depend
//! on the seed only: common random numbers), so two runs differ by what was done and nothing else. The runs share what they
//! have in common: one drill is brought to the start of the shift and cloned for everybody, the trainee's own run is
//! cloned again before each action, for the run without it, and a run ends where it is the same as another whose end is known
//! ([`super::course`]): the trainee's where it meets the ideal one ([`super::lead`]), those without an action where they meet
//! the trainee's. What is to be done comes out as [`Task`]s that whoever calls may perform on as many threads as there are;
//! a task that needs to know more than is known yet is put down, so in which order they end changes nothing.

use super::branch::{Base, Branch};
use super::course::Minute;
use super::lead::Lead;
use super::outcome::Outcome;
use super::still::Still;
use super::yardstick::Yardstick;
use crate::drill::journal::{Entry, Journal};
use crate::drill::responders::{self, Making, Responder};
use crate::drill::{Drill, Mode, TICK};
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

    /// The two of them without which there is no grade.
    pub const BOUNDS: [Run; 2] = [Run::Nobody, Run::Ideal];

    /// A few words for a progress line.
    pub fn label(self) -> String {
        match self {
            Run::Trainee => "your drill".to_owned(),
            Run::Nobody => "nobody acting".to_owned(),
            Run::Real => "the response on record".to_owned(),
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

    /// When the last action was taken.
    pub(crate) fn acted(&self) -> SimTime {
        crate::drill::actions::of(&self.entries).last().map_or(SimTime::ZERO, |action| action.at)
    }

    /// Indexes of the inputs that are weighed.
    fn weighed(&self) -> impl Iterator<Item = usize> {
        crate::drill::actions::of(&self.entries).into_iter().take(MAX_WEIGHED).map(|action| action.entry)
    }
}

/// A piece of the work, to be performed on any thread.
pub struct Task {
    kind: Kind,
    known: Arc<Known>,
}

enum Kind {
    /// Brings the drill to the start of the shift, or a new one if there is none, for these runs.
    Open(Option<Box<Drill>>, Vec<Run>),
    /// Goes on from there with a responder.
    Yardstick(Run, Box<Drill>),
    /// Goes on with the trainee's inputs, or with all but one of them.
    Replay(Run, Box<Replay>),
}

/// What runs know of those before them.
#[derive(Default)]
struct Known {
    /// Whether there is, or will be, a run for the trainee's to go on as.
    led: bool,
    lead: OnceLock<Lead>,
    base: OnceLock<Base>,
}

/// How a task ended.
pub enum Ended {
    /// With something to show.
    Done(Done),
    /// It waits for what another task is about: to be performed again when one more is done.
    Later(Task),
    /// With nothing: it has only emitted other tasks, or was given up.
    Nothing,
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
    /// The first task of a game's runs; the others come out of it. `shift` is a drill of the game that has been brought to the
    /// start of its shift, if there is one; `yardsticks` are runs that have been made before.
    pub fn first(shift: Option<Drill>, mut runs: Vec<Run>, yardsticks: &[Yardstick]) -> Task {
        let lead = yardsticks.iter().find_map(|yardstick| yardstick.lead.clone());
        let led = lead.is_some() || runs.contains(&Run::Ideal);
        let lead = lead.map_or_else(OnceLock::new, OnceLock::from);
        // The longest first, and the one that others wait for.
        runs.sort_by_key(|run| *run != Run::Ideal);
        let known = Known { led, lead, base: OnceLock::new() };
        Task { kind: Kind::Open(shift.map(Box::new), runs), known: Arc::new(known) }
    }

    /// What is run, for a progress line; nothing while the shift is yet to begin.
    pub fn run(&self) -> Option<Run> {
        match &self.kind {
            Kind::Open(..) => None,
            Kind::Yardstick(run, _) | Kind::Replay(run, _) => Some(*run),
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
    ) -> Result<Ended, Vec<Diagnostic>> {
        let Task { kind, known } = self;
        let mut emit = |kind| emit(Task { kind, known: Arc::clone(&known) });
        match kind {
            Kind::Open(shift, runs) => {
                let mut drill = match shift {
                    Some(shift) => *shift,
                    None => Drill::new(Arc::clone(&game.scenario), game.seed, game.mode)?,
                };
                if open(&mut drill, watch) {
                    for run in runs {
                        match run {
                            Run::Trainee => {
                                emit(Kind::Replay(run, Box::new(Replay::own(drill.clone()))));
                            }
                            Run::Nobody | Run::Real | Run::Ideal => {
                                emit(Kind::Yardstick(run, Box::new(drill.clone())));
                            }
                            // Branches off the trainee's own.
                            Run::Without(_) => {}
                        }
                    }
                }
                Ok(Ended::Nothing)
            }
            Kind::Yardstick(run, drill) => Ok(yardstick(*drill, run, game, &known, watch)),
            Kind::Replay(run, mut replay) => {
                let next = match run {
                    Run::Without(_) => without(&mut replay, game, &known, watch),
                    _ => own(&mut replay, game, &known, &mut emit, watch),
                };
                Ok(match next {
                    Next::Minute | Next::GivenUp => Ended::Nothing,
                    Next::Later => Ended::Later(Task { kind: Kind::Replay(run, replay), known }),
                    Next::Over => Ended::Done(match run {
                        Run::Without(entry) => Done::Branch(replay.into_branch(entry)),
                        _ => Done::Trainee(Box::new(replay.into_outcome(game, &known))),
                    }),
                })
            }
        }
    }
}

/// Performs all of a game's runs, one after the other, beside the runs to compare with that are known; `shift` is as for
/// [`Task::first`].
///
/// # Errors
/// As [`Task::perform`].
pub fn all(
    game: &Game,
    shift: Option<Drill>,
    runs: Vec<Run>,
    known: Vec<Yardstick>,
) -> Result<Runs, Vec<Diagnostic>> {
    let mut waiting = std::collections::VecDeque::from([Task::first(shift, runs, &known)]);
    let mut results = Runs { yardsticks: known, ..Runs::default() };
    while let Some(task) = waiting.pop_front() {
        let mut emitted = Vec::new();
        match task.perform(game, &mut |task| emitted.push(task), &mut |_| true)? {
            Ended::Done(done) => results.take(done),
            Ended::Later(task) => emitted.push(task),
            Ended::Nothing => {}
        }
        waiting.extend(emitted);
    }
    results.sort();
    Ok(results)
}

/// How a replay goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// By another minute.
    Minute,
    /// When more is known.
    Later,
    /// Not at all: it has come to its end.
    Over,
    /// Not at all: nobody wants it any more.
    GivenUp,
}

/// The trainee's own run: over when time is up, or when it is the same as the lead from now on.
fn own(
    replay: &mut Replay,
    game: &Game,
    known: &Known,
    emit: &mut dyn FnMut(Kind),
    watch: &mut dyn FnMut(f64) -> bool,
) -> Next {
    let weighed: Vec<usize> = game.weighed().collect();
    let last = replay.drill.ends();
    let mut fork = |entry: usize, drill: &Drill| {
        if weighed.contains(&entry) {
            emit(Kind::Replay(Run::Without(entry), Box::new(Replay::from_input(drill.clone(), entry + 1))));
        }
    };
    replay.go(
        game,
        last,
        &mut fork,
        &mut |drill, minute| {
            if !known.led || !drill.finished() || !minute.settled {
                return Next::Minute;
            }
            match known.lead.get() {
                None => Next::Later,
                Some(lead) if lead.is_met_by(minute) => Next::Over,
                Some(_) => Next::Minute,
            }
        },
        watch,
    )
}

/// The run without an action: over when the window of impact is, or when it is the same as the trainee's own from now on.
fn without(replay: &mut Replay, game: &Game, known: &Known, watch: &mut dyn FnMut(f64) -> bool) -> Next {
    let last = game.scenario.instant(game.scenario.impact_window.1);
    let acted = game.acted();
    replay.go(
        game,
        last,
        &mut |_, _| {},
        &mut |_, minute| {
            if !minute.settled || minute.at <= acted {
                return Next::Minute;
            }
            match known.base.get() {
                None => Next::Later,
                Some(base) if base.is_met_by(minute) => Next::Over,
                Some(_) => Next::Minute,
            }
        },
        watch,
    )
}

fn yardstick(
    drill: Drill,
    run: Run,
    game: &Game,
    known: &Known,
    watch: &mut dyn FnMut(f64) -> bool,
) -> Ended {
    let making =
        Making { scenario: &game.scenario, variant: &game.scenario.variant(game.seed), seed: game.seed };
    let Some((name, mut responder)) =
        run.responder().and_then(|name| Some((name, responders::by_name(name, making)?)))
    else {
        return Ended::Nothing;
    };
    let played = play(drill, name, &mut *responder, watch);
    let Some(yardstick) = played.and_then(|played| played.yardstick) else { return Ended::Nothing };
    if let Some(lead) = &yardstick.lead {
        known.lead.get_or_init(|| lead.clone());
    }
    Ended::Done(Done::Yardstick(Box::new(yardstick)))
}

/// What came of a responder's run.
pub struct Played {
    /// All of it.
    pub outcome: Outcome,
    /// What is kept of it when it is a run to compare with.
    pub yardstick: Option<Yardstick>,
}

/// Lets the responder of this name play a drill to its end, and the simulation run on to the scenario's. `watch` is called
/// every simulated minute with the share of the scenario that has passed; nothing comes of the run when it returns false.
pub fn play(
    mut drill: Drill,
    name: &str,
    responder: &mut dyn Responder,
    watch: &mut dyn FnMut(f64) -> bool,
) -> Option<Played> {
    let run = Run::YARDSTICKS.into_iter().find(|run| run.responder() == Some(name));
    let mut minutes = Vec::new();
    let mut going = true;
    let mut look = |drill: &Drill| {
        if run == Some(Run::Ideal) {
            minutes.push(Minute::of(drill));
        }
        going = watch(share(drill));
        going
    };
    responders::play(&mut drill, responder, &mut look);
    let (finished, ends) = (drill.now(), drill.ends());
    advance(&mut drill, ends, &mut look);
    if !going {
        return None;
    }
    let outcome = Outcome::of(&drill, finished);
    let yardstick = run.map(|run| {
        let lead = (run == Run::Ideal).then(|| Lead::new(minutes, &outcome));
        Yardstick { lead, ..Yardstick::of(run, &outcome) }
    });
    Some(Played { outcome, yardstick })
}

/// A replay of the trainee's inputs under way. It may be put down at any whole minute and taken up again.
struct Replay {
    drill: Drill,
    /// Index of the next input in the journal's entries.
    next: usize,
    minutes: Vec<Minute>,
    /// What was on screen; of the trainee's own run alone, as nobody looks at another's.
    stills: Option<Vec<Still>>,
    /// When the trainee's part ended, if it has.
    finished: Option<SimTime>,
}

impl Replay {
    /// The trainee's own, from the start of the shift.
    fn own(drill: Drill) -> Replay {
        Replay { stills: Some(Vec::new()), ..Replay::from_input(drill, 0) }
    }

    /// Goes on from a drill that has all inputs before `next` behind it.
    fn from_input(drill: Drill, next: usize) -> Replay {
        Replay { drill, next, minutes: Vec::new(), stills: None, finished: None }
    }

    /// Goes on minute by minute up to `last`, for as long as `look` says so of each minute; `fork` sees the drill before
    /// each input.
    fn go(
        &mut self,
        game: &Game,
        last: SimTime,
        fork: &mut dyn FnMut(usize, &Drill),
        look: &mut dyn FnMut(&Drill, &Minute) -> Next,
        watch: &mut dyn FnMut(f64) -> bool,
    ) -> Next {
        loop {
            // First, so that one that waits for a run that was given up does not wait for ever.
            if !watch(share(&self.drill)) {
                return Next::GivenUp;
            }
            let next = self.minutes.last().map_or(Next::Minute, |minute| look(&self.drill, minute));
            if next != Next::Minute {
                return next;
            }
            if self.drill.now() + TICK > last {
                return Next::Over;
            }
            self.minute(game, last, fork);
        }
    }

    /// Goes on to the next whole minute, or to `last` if that is sooner.
    fn minute(&mut self, game: &Game, last: SimTime, fork: &mut dyn FnMut(usize, &Drill)) {
        let next = self.drill.now().floor(Span::MINUTE) + Span::MINUTE;
        let to = next.min(last);
        while let Some(entry) = game.entries.get(self.next).filter(|entry| entry.at() < to) {
            self.drill.advance_to(entry.at());
            fork(self.next, &self.drill);
            if let Some(input) = &entry.input {
                self.drill.input(input.clone());
            }
            self.next += 1;
            if self.drill.finished() {
                self.finished.get_or_insert(self.drill.now());
            }
        }
        self.drill.advance_to(to);
        if self.drill.now() == next {
            self.minutes.push(Minute::of(&self.drill));
            if let Some(stills) = self.stills.as_mut().filter(|_| !self.drill.finished()) {
                stills.push(Still::of(&self.drill));
            }
        }
    }

    fn into_branch(self, entry: usize) -> Branch {
        Branch { entry, minutes: self.minutes, milestones: self.drill.milestones().clone() }
    }

    /// What came of the trainee's own run; it becomes the base of the branches.
    fn into_outcome(self, game: &Game, known: &Known) -> Outcome {
        let Replay { drill, mut minutes, stills, finished, .. } = self;
        let mut outcome = Outcome::of(&drill, finished.unwrap_or(drill.ends()));
        if let Some(lead) = known.lead.get().filter(|_| drill.now() + TICK <= drill.ends()) {
            lead.complete(&mut outcome, &mut minutes);
        }
        let base = known.base.get_or_init(|| Base::new(game, minutes, &outcome));
        Outcome { base: Some(base.clone()), stills: stills.unwrap_or_default().into(), ..outcome }
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
    while drill.now() + TICK <= to {
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
