//! The running drill: one tick after another.
//!
//! Everything happens on ticks of 100 simulated milliseconds: input lands on the present one, and time passes in whole
//! ones, so how often somebody looks, or how fast the clock runs, changes nothing.

use super::evidence::{Evidence, Seen};
use super::journal::{Entry, Header, Journal};
use super::milestones::{Milestones, Tracker};
use super::people::{Moment, People};
use super::queries::Samples;
use super::responders::Sight;
use super::rollbacks::{Rollback, Rollbacks};
use super::views::{View, Views};
use super::{Input, Mode, Panel, Phase};
use crate::console::incident::{Incident, MessageKind};
use crate::console::transcript::Transcript;
use crate::console::{Completion, Console, Context};
use crate::kernel::{SimTime, Span};
use crate::postgres::server::Server;
use crate::postgres::{Catalog, Settings};
use crate::scenario::{Diagnostic, Milestone, Scenario, Variant};
use crate::stack::{Which, World};
use crate::telemetry;
use std::sync::Arc;

/// How often a drill looks at its inputs and its people.
pub const TICK: Span = Span::from_millis(100);

/// One run of a scenario. A clone goes its own way from the same instant: counterfactual runs branch off where they differ.
#[derive(Clone)]
pub struct Drill {
    pub(super) scenario: Arc<Scenario>,
    pub(super) variant: Variant,
    pub(super) seed: u64,
    pub(super) mode: Mode,
    pub(super) world: World,
    pub(super) console: Console,
    pub(super) incident: Incident,
    pub(super) tracker: Tracker,
    pub(super) entries: Vec<Entry>,
    evidence: Evidence,
    views: Views,
    /// The panel that is open: what it shows as time passes is seen too.
    panel: Option<Panel>,
    people: People,
    rollbacks: Rollbacks,
    pub(super) samples: Samples,
    /// Alerts that fire and page somebody, silenced ones left out, by name, as of the last look.
    pages: Vec<String>,
    /// All alerts that fire, by name, as of the last look.
    firing: Vec<String>,
    found: Arc<Found>,
    now: SimTime,
    left: bool,
}

/// The primary database as it was before the changes and as the trainee found it: for the debrief's plans.
#[derive(Clone, Debug)]
pub struct Found {
    /// At the scenario's start.
    pub before: Catalog,
    /// When the shift started.
    pub after: Catalog,
    /// The server's settings.
    pub settings: Settings,
}

impl Found {
    fn at_start(server: &Server) -> Found {
        let catalog = server.catalog();
        Found { before: catalog.clone(), after: catalog.clone(), settings: server.settings().clone() }
    }
}

/// Who says in the channel that an alert pages.
const PAGER: &str = "pager";
/// How often alerts, the objective and rollbacks are looked at.
const LOOK_EVERY: Span = Span::SECOND;
/// How often an open panel is read again.
const PANEL_EVERY: Span = Span::from_secs(10);
/// The window over which the objective is judged.
const OBJECTIVE_WINDOW: Span = Span::MINUTE;

impl Drill {
    /// A drill before its first tick.
    ///
    /// # Errors
    /// What is wrong with the scenario's schema, statistics or names, so that its stack cannot be built.
    pub fn new(scenario: Arc<Scenario>, seed: u64, mode: Mode) -> Result<Drill, Vec<Diagnostic>> {
        let variant = scenario.variant(seed);
        let world = World::new(&scenario, &variant, seed)?;
        let views = Views::new(&scenario, &variant, world.database(Which::Primary).catalog());
        Ok(Drill {
            found: Arc::new(Found::at_start(world.database(Which::Primary))),
            world,
            console: Console::new(&scenario),
            tracker: Tracker::new(&scenario),
            evidence: Evidence::new(&scenario, &variant),
            views,
            panel: None,
            people: People::new(&scenario),
            rollbacks: Rollbacks::default(),
            samples: Samples::new(&scenario),
            pages: Vec::new(),
            firing: Vec::new(),
            incident: Incident::new(),
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
            self.world.run_until(self.now);
            self.tick();
        }
    }

    /// An input that takes effect at the present tick. Ignored before the shift and once the drill is finished.
    pub fn input(&mut self, input: Input) {
        if self.phase() != Phase::Running {
            return;
        }
        self.entries.push(Entry::input(self.now, input.clone()));
        self.note_look(&input);
        match input {
            Input::Leave => self.left = true,
            Input::Line(line) => self.with_console(|console, context| console.submit(context, &line)),
            Input::Aside(line) => self.with_console(|console, context| console.aside(context, &line)),
            Input::Interrupt => self.with_console(Console::interrupt),
            Input::EndOfInput => self.with_console(Console::end_input),
            Input::Width(columns) => self.console.set_width(usize::from(columns)),
            Input::Panel(panel) => {
                self.panel = Some(panel);
                self.look_at_panel();
            }
            Input::Change(id) => self.look_at_change(&id),
        }
        self.after_input();
    }

    /// The panel that is open, if one was opened.
    pub fn panel(&self) -> Option<Panel> {
        self.panel
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

    fn with_console(&mut self, act: impl FnOnce(&mut Console, &mut Context<'_>)) {
        let mut context = Context {
            world: &mut self.world,
            incident: &mut self.incident,
            scenario: &self.scenario,
            variant: &self.variant,
        };
        act(&mut self.console, &mut context);
    }

    fn tick(&mut self) {
        if self.now == self.opens() {
            let after = self.world.database(Which::Primary).catalog().clone();
            Arc::make_mut(&mut self.found).after = after;
        }
        self.with_console(Console::tick);
        if self.now.0.is_multiple_of(LOOK_EVERY.0) {
            self.look();
            self.people_speak();
            if self.now.0.is_multiple_of(PANEL_EVERY.0) {
                self.look_at_panel();
            }
        }
        self.after_input();
    }

    /// Looks at what changes by itself: alerts, the objective, rollbacks.
    fn look(&mut self) {
        self.look_at_alerts();
        self.samples.take(self.now, self.world.database(Which::Primary));
        if self.tracker.wants_look(self.now) {
            self.tracker.look(self.now, self.world.slo_met(OBJECTIVE_WINDOW));
        }
        self.rollbacks.look(self.now, self.world.change_states(), &self.variant);
        self.localise_by_action();
    }

    /// An action on a component that a cause hurts localises it, once the cause's trouble had been on screen.
    fn localise_by_line(&mut self, line: &str) {
        let kind = super::actions::classify(line.trim(), self.views.in_psql());
        let Some(component) = kind.and_then(|kind| self.views.acted_on(kind, line)) else { return };
        let seen = |id: &str| {
            let seen = self.evidence.seen().iter().find(|seen| seen.change == id);
            seen.is_some_and(|seen| seen.before(self.now) > 0)
        };
        let mut harms = super::milestones::harms(&self.scenario, &self.variant);
        if harms.any(|(change, harm)| harm.component == component && seen(&change.id)) {
            self.tracker.acted_on_cause(self.now);
        }
    }

    /// Taking back a cause localises it, once its trouble had been on screen.
    fn localise_by_action(&mut self) {
        for rollback in self.rollbacks.all().iter().filter(|rollback| rollback.harmful) {
            let seen = self.evidence.seen().iter().find(|seen| seen.change == rollback.change);
            if seen.is_some_and(|seen| seen.before(rollback.started) > 0) {
                self.tracker.acted_on_cause(rollback.started);
            }
        }
    }

    fn look_at_alerts(&mut self) {
        let before = std::mem::take(&mut self.pages);
        self.firing.clear();
        for alert in self.world.telemetry().alerts.active() {
            if alert.state.phase != telemetry::Phase::Firing {
                continue;
            }
            let silenced = self.incident.silenced_until(&alert.rule.name, self.now).is_some();
            if alert.rule.severity == telemetry::Severity::Page && !silenced {
                self.pages.push(alert.rule.name.clone());
            }
            self.firing.push(alert.rule.name.clone());
            self.tracker.saw_alert(&self.scenario, &alert.rule.name, self.now);
        }
        self.announce(&before);
    }

    /// The pager says in the channel which pages began or ended. One that was silenced when it began is said when the silence
    /// ends, if it still fires.
    fn announce(&mut self, before: &[String]) {
        let alerts = &self.world.telemetry().alerts;
        for alert in alerts.all().filter(|alert| alert.rule.severity == telemetry::Severity::Page) {
            let name = &alert.rule.name;
            let text = match (before.contains(name), self.pages.contains(name)) {
                (false, true) => format!("PAGE {name}: {}", alert.rule.summary),
                (true, false) if !self.firing.contains(name) => format!("resolved {name}"),
                _ => continue,
            };
            self.incident.say(self.now, PAGER, MessageKind::Alert, &text);
        }
    }

    /// Reads what an input or a tick left behind: evidence, milestones, and whether the incident is over.
    fn after_input(&mut self) {
        self.evidence.read(self.console.transcript(), &mut self.views);
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

    /// Notes what an input asks to see.
    fn note_look(&mut self, input: &Input) {
        let entry = self.entries.len() - 1;
        match input {
            Input::Line(line) => {
                self.localise_by_line(line);
                self.views.asked(self.now, entry, line);
            }
            Input::Aside(line) => self.views.asked_aside(self.now, entry, line),
            Input::Panel(panel) => self.views.opened(self.now, entry, *panel),
            Input::Change(_) => self.views.opened(self.now, entry, Panel::Changes),
            Input::EndOfInput => self.views.input_ended(),
            Input::Interrupt | Input::Width(_) | Input::Leave => {}
        }
    }

    /// What the open panel shows now counts as seen.
    fn look_at_panel(&mut self) {
        let Some(panel) = self.panel else { return };
        let at_once = matches!(self.entries.last(), Some(entry) if entry.input == Some(Input::Panel(panel)));
        for line in self.panel_lines(panel) {
            self.evidence.saw(self.now, &line);
            if at_once {
                self.views.shows(&line);
            }
        }
    }

    /// What the selected change contains counts as seen, if it has been deployed.
    fn look_at_change(&mut self, id: &str) {
        let Some(change) = self.changes().into_iter().find(|change| change.id == id) else { return };
        let texts = [&change.id, &change.title, &change.description, &change.up, &change.down];
        for line in texts.into_iter().flat_map(|text| text.lines()) {
            self.evidence.saw(self.now, line);
            self.views.shows(line);
        }
    }

    /// The texts of a panel that tell something about a cause.
    fn panel_lines(&self, panel: Panel) -> Vec<String> {
        match panel {
            Panel::Database => {
                let statements = self.lock_tree().into_iter().map(|line| line.query);
                let builds =
                    self.builds().into_iter().map(|build| format!("{} {}", build.index, build.table));
                self.samples
                    .top()
                    .into_iter()
                    .map(|query| query.name)
                    .chain(statements)
                    .chain(builds)
                    .collect()
            }
            Panel::Logs => self.logs().into_iter().map(|row| row.text).collect(),
            Panel::Traces => {
                let spans = self.traces().into_iter().flat_map(|trace| trace.spans);
                spans.map(|span| format!("{} {}", span.name, span.note)).collect()
            }
            Panel::Changes => {
                self.changes().into_iter().map(|change| format!("{} {}", change.id, change.title)).collect()
            }
            Panel::Overview | Panel::Topology | Panel::Timeline => Vec::new(),
        }
    }

    fn people_speak(&mut self) {
        let impact = self.world.impact();
        let moment = Moment {
            now: self.now,
            firing: &self.firing,
            slo_met: self.tracker.slo_met(),
            was_down: self.tracker.was_down(),
            affected_ratio: impact.affected_ratio(),
            lost_cents: impact.lost_revenue_cents,
            rollbacks_started: self.rollbacks.all().len(),
            rollback_finished: self.rollbacks.last_finished(),
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
        self.console.transcript()
    }

    /// The stack.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The database before the changes and as the trainee found it.
    pub fn found(&self) -> Arc<Found> {
        Arc::clone(&self.found)
    }

    /// Changes that were taken back, or are being.
    pub fn rollbacks(&self) -> &[Rollback] {
        self.rollbacks.all()
    }

    /// What may stand at the cursor, a byte index into the line being typed. Changes nothing.
    pub fn complete(&mut self, line: &str, cursor: usize) -> Vec<Completion> {
        let mut found = Vec::new();
        self.with_console(|console, context| found = console.complete(context, line, cursor));
        found
    }

    /// When each milestone was reached.
    pub fn milestones(&self) -> &Milestones {
        self.tracker.milestones()
    }

    /// Resolutions that were declared while the objective was missed.
    pub fn early_resolutions(&self) -> &[SimTime] {
        self.tracker.early_resolutions()
    }

    /// What was looked at, in order.
    pub fn views(&self) -> &[View] {
        self.views.all()
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
        self.console.is_busy()
    }

    /// What a scripted responder goes by.
    pub fn sight(&self) -> Sight<'_> {
        Sight {
            now: self.now,
            opens: self.opens(),
            busy: self.is_busy(),
            transcript: self.console.transcript(),
            incident: &self.incident,
            pages: &self.pages,
            healthy_since: self.tracker.healthy_since(),
        }
    }
}
