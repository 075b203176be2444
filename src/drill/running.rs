//! The running drill: one tick after another.
//!
//! Everything happens on ticks of 100 simulated milliseconds: input lands on the present one, and time passes in whole
//! ones, so how often somebody looks, or how fast the clock runs, changes nothing.

use super::evidence::{Evidence, Seen};
use super::journal::{Entry, Header, Journal};
use super::milestones::{Milestones, Tracker};
use super::people::{Moment, People};
use super::responders::Sight;
use super::{Input, Mode, Panel, Phase};
use crate::console::incident::{Incident, MessageKind};
use crate::console::transcript::Transcript;
use crate::kernel::{SimTime, Span};
use crate::scenario::{Diagnostic, Milestone, Scenario, Variant};
use std::sync::Arc;

/// How often a drill looks at its inputs and its people.
pub const TICK: Span = Span::from_millis(100);

/// One run of a scenario.
pub struct Drill {
    pub(super) scenario: Arc<Scenario>,
    pub(super) variant: Variant,
    pub(super) seed: u64,
    pub(super) mode: Mode,
    pub(super) incident: Incident,
    pub(super) transcript: Transcript,
    pub(super) tracker: Tracker,
    pub(super) entries: Vec<Entry>,
    evidence: Evidence,
    people: People,
    now: SimTime,
    left: bool,
}

impl Drill {
    /// A drill before its first tick.
    ///
    /// # Errors
    /// What is wrong with the scenario's schema, statistics or names, so that its stack cannot be built.
    pub fn new(scenario: Arc<Scenario>, seed: u64, mode: Mode) -> Result<Drill, Vec<Diagnostic>> {
        let variant = scenario.variant(seed);
        Ok(Drill {
            tracker: Tracker::new(&scenario),
            evidence: Evidence::new(&scenario, &variant),
            people: People::new(&scenario),
            incident: Incident::new(),
            transcript: Transcript::default(),
            entries: Vec::new(),
            now: SimTime::ZERO,
            left: false,
            scenario,
            variant,
            seed,
            mode,
        })
    }

    /// Brings the drill to the start of the shift, if it is before it.
    pub fn open(&mut self) {
        self.advance_to(self.opens());
    }

    /// Lets time pass, up to the last tick at or before `to`; nothing happens when that is in the past.
    pub fn advance_to(&mut self, to: SimTime) {
        while self.now + TICK <= to {
            self.now += TICK;
            self.tick();
        }
    }

    /// An input that takes effect at the present tick. Ignored before the shift and once the drill is finished.
    pub fn input(&mut self, input: Input) {
        if self.phase() != Phase::Running {
            return;
        }
        self.entries.push(Entry::input(self.now, input.clone()));
        match input {
            Input::Leave => self.left = true,
            Input::Line(_) | Input::Interrupt | Input::EndOfInput | Input::Width(_) => {}
            Input::Panel(panel) => self.opened(panel),
        }
        self.after_input();
    }

    /// Gives a fresh drill a journal's inputs at their times, and brings it to the journal's last instant.
    pub fn replay(&mut self, journal: &Journal) {
        self.open();
        for (at, input) in journal.inputs() {
            self.advance_to(at);
            self.input(input.clone());
        }
        self.advance_to(journal.last_instant());
    }

    fn tick(&mut self) {
        self.people_speak();
        self.after_input();
    }

    /// Reads what an input or a tick left behind: evidence, milestones, and whether the incident is over.
    fn after_input(&mut self) {
        self.evidence.read(&self.transcript);
        self.tracker.read(&self.scenario, &self.variant, &self.incident);
        if self.incident.resolution.is_some() && self.tracker.milestones().at(Milestone::Resolved).is_none() {
            self.judge_resolution();
        }
    }

    /// A resolution holds only when the objective is met: otherwise the incident goes on, and the channel says so.
    fn judge_resolution(&mut self) {
        if self.tracker.slo_met() {
            self.tracker.resolved(self.now);
        } else if let Some(resolution) = self.incident.resolution.take() {
            self.tracker.resolved_too_early(resolution.at);
            self.incident.say(
                self.now,
                "incident",
                MessageKind::Tool,
                "Reopened: the objective is still missed, customers see slow or failing pages.",
            );
        }
    }

    fn opened(&mut self, panel: Panel) {
        if panel == Panel::Database {
            self.evidence.saw_queries(self.now, &[]);
        }
    }

    fn people_speak(&mut self) {
        let moment = Moment {
            now: self.now,
            firing: &[],
            slo_met: self.tracker.slo_met(),
            was_down: self.tracker.was_down(),
            affected_ratio: 0.0,
            lost_cents: 0,
            rollbacks_started: 0,
            rollback_finished: None,
        };
        self.people.tick(&self.scenario, &moment, &mut self.incident);
    }

    /// The present instant: a whole number of ticks.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// When the trainee's shift starts.
    pub fn opens(&self) -> SimTime {
        self.scenario.instant(self.scenario.shift_starts_at)
    }

    /// When the drill ends by itself.
    pub fn ends(&self) -> SimTime {
        self.scenario.instant(self.scenario.ends_at)
    }

    /// Where the drill stands.
    pub fn phase(&self) -> Phase {
        let resolved = self.tracker.milestones().at(Milestone::Resolved).is_some();
        if self.now < self.opens() {
            Phase::BeforeShift
        } else if self.left || resolved || self.now >= self.ends() {
            Phase::Finished
        } else {
            Phase::Running
        }
    }

    /// Whether the incident is resolved, the participant has left, or time is up.
    pub fn finished(&self) -> bool {
        self.phase() == Phase::Finished
    }

    /// What is played.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// The hidden truth: for the debrief.
    pub fn variant(&self) -> &Variant {
        &self.variant
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Practice or exam.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The incident's record.
    pub fn incident(&self) -> &Incident {
        &self.incident
    }

    /// What the console has printed.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// When each milestone was reached.
    pub fn milestones(&self) -> &Milestones {
        self.tracker.milestones()
    }

    /// Resolutions that were declared while the objective was missed.
    pub fn early_resolutions(&self) -> &[SimTime] {
        self.tracker.early_resolutions()
    }

    /// What has been on screen of each cause.
    pub fn evidence(&self) -> &[Seen] {
        self.evidence.seen()
    }

    /// Every input so far, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The first line of this drill's journal.
    pub fn header(&self) -> Header {
        Header::new(&self.scenario.id, self.scenario.content_hash, self.seed, self.mode)
    }

    /// Whether a command is running in the foreground.
    pub fn is_busy(&self) -> bool {
        false
    }

    /// What a scripted responder goes by.
    pub fn sight(&self) -> Sight<'_> {
        Sight {
            now: self.now,
            opens: self.opens(),
            busy: self.is_busy(),
            transcript: &self.transcript,
            incident: &self.incident,
            pages: &[],
            healthy_since: self.tracker.healthy_since(),
        }
    }
}
