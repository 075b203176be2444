//! Milestones of a response, derived from the incident's record and the model's state; none is reached by saying so alone.

use crate::console::incident::{Incident, Statement};
use crate::kernel::{SimTime, Span};
use crate::scenario::{Change, Effect, Harm, Milestone, Scenario, Severity, Variant};
use serde::{Deserialize, Serialize};

/// How often the objective is looked at.
const LOOK_EVERY: Span = Span::from_secs(10);

/// When each milestone was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestones {
    reached: [Option<SimTime>; Milestone::ALL.len()],
}

impl Milestones {
    /// When it was reached, if it was.
    pub fn at(&self, milestone: Milestone) -> Option<SimTime> {
        self.reached[milestone as usize]
    }

    /// Sets a milestone's time.
    pub fn set(&mut self, milestone: Milestone, at: Option<SimTime>) {
        self.reached[milestone as usize] = at;
    }

    fn reach(&mut self, milestone: Milestone, at: Option<SimTime>) {
        let slot = &mut self.reached[milestone as usize];
        *slot = slot.or(at);
    }
}

/// Follows a drill and notes the milestones.
#[derive(Clone, Debug)]
pub(crate) struct Tracker {
    milestones: Milestones,
    /// Whether the objective was missed at some time since the first page.
    down: bool,
    /// Since when the objective has been met without a break, while `down`.
    healthy_since: Option<SimTime>,
    /// How long the objective has to be met.
    hold: Span,
    looked_at: Option<SimTime>,
    slo_met: bool,
    early_resolutions: Vec<SimTime>,
}

impl Tracker {
    pub(crate) fn new(scenario: &Scenario) -> Tracker {
        Tracker {
            milestones: Milestones::default(),
            down: false,
            healthy_since: None,
            hold: scenario.slo.hold.0,
            looked_at: None,
            slo_met: true,
            early_resolutions: Vec::new(),
        }
    }

    pub(crate) fn milestones(&self) -> &Milestones {
        &self.milestones
    }

    /// Whether the objective was met at the last look.
    pub(crate) fn slo_met(&self) -> bool {
        self.slo_met
    }

    /// Whether the objective was ever missed since the first page.
    pub(crate) fn was_down(&self) -> bool {
        self.down
    }

    /// Since when the objective has been met again, if it is.
    pub(crate) fn healthy_since(&self) -> Option<SimTime> {
        self.healthy_since
    }

    /// Resolutions declared while the objective was missed.
    pub(crate) fn early_resolutions(&self) -> &[SimTime] {
        &self.early_resolutions
    }

    /// Notes a resolution that was declared too early.
    pub(crate) fn resolved_too_early(&mut self, at: SimTime) {
        self.early_resolutions.push(at);
    }

    /// Notes the first alert that pages somebody, red herrings left out.
    pub(crate) fn saw_alert(&mut self, scenario: &Scenario, name: &str, since: SimTime) {
        let rule = scenario.alerts.iter().find(|rule| rule.name == name);
        let pages = rule.is_some_and(|rule| rule.severity == Severity::Page);
        if pages && !is_red_herring(scenario, name) {
            self.milestones.reach(Milestone::Detected, Some(since));
        }
    }

    /// Whether it is time to look at the objective again.
    pub(crate) fn wants_look(&self, now: SimTime) -> bool {
        self.looked_at.is_none_or(|at| at + LOOK_EVERY <= now)
    }

    /// Notes whether the objective is met now.
    pub(crate) fn look(&mut self, now: SimTime, slo_met: bool) {
        self.looked_at = Some(now);
        self.slo_met = slo_met;
        if !slo_met {
            self.down |= self.milestones.at(Milestone::Detected).is_some();
            self.healthy_since = None;
            self.milestones.set(Milestone::Mitigated, None);
            return;
        }
        if !self.down {
            return;
        }
        let since = *self.healthy_since.get_or_insert(now);
        if now - since >= self.hold {
            self.milestones.reach(Milestone::Mitigated, Some(since));
        }
    }

    /// Reads acknowledgement, declaration and diagnoses from the incident's record.
    pub(crate) fn read(&mut self, scenario: &Scenario, variant: &Variant, incident: &Incident) {
        let milestones = &mut self.milestones;
        let first_page =
            incident.acknowledgements.iter().find(|taken| !is_red_herring(scenario, &taken.alert));
        milestones.reach(Milestone::Acknowledged, first_page.map(|taken| taken.at));
        let right = incident
            .declarations
            .iter()
            .find(|declared| declared.severity.number() == scenario.grading.severity);
        milestones.reach(Milestone::Declared, right.map(|declared| declared.at));
        milestones.reach(Milestone::Localised, localised(scenario, variant, &incident.statements));
        milestones.reach(Milestone::Diagnosed, diagnosed(scenario, variant, &incident.statements));
    }

    /// Notes an action on a component that a cause hurts, after the cause's trouble had been seen.
    pub(crate) fn acted_on_cause(&mut self, at: SimTime) {
        self.milestones.reach(Milestone::Localised, Some(at));
    }

    /// Notes that the incident was declared over when it was.
    pub(crate) fn resolved(&mut self, at: SimTime) {
        self.milestones.reach(Milestone::Resolved, Some(at));
    }
}

fn is_red_herring(scenario: &Scenario, alert: &str) -> bool {
    scenario.red_herrings.iter().any(|red| matches!(&red.effect, Effect::Alert(name) if name == alert))
}

/// The harmful changes of a variant with what is wrong with each, in the scenario's order.
pub fn harms<'a>(
    scenario: &'a Scenario,
    variant: &'a Variant,
) -> impl Iterator<Item = (&'a Change, &'a Harm)> {
    variant.harmful.iter().filter_map(|id| {
        let change = scenario.change(id)?;
        Some((change, change.harm()?))
    })
}

/// Whether a statement names this harm: its component, its object (or another name of it, or the change's own number),
/// and its mechanism.
pub fn names(statement: &Statement, change: &Change, harm: &Harm) -> bool {
    let object = statement.object == harm.object
        || harm.accepts.contains(&statement.object)
        || statement.object.eq_ignore_ascii_case(&change.id);
    let mechanism =
        statement.mechanism == harm.mechanism || harm.accepts_mechanisms.contains(&statement.mechanism);
    statement.component == harm.component && object && mechanism
}

fn localised(scenario: &Scenario, variant: &Variant, statements: &[Statement]) -> Option<SimTime> {
    let right = |statement: &&Statement| {
        harms(scenario, variant).any(|(_, harm)| harm.component == statement.component)
    };
    statements.iter().find(right).map(|statement| statement.at)
}

fn diagnosed(scenario: &Scenario, variant: &Variant, statements: &[Statement]) -> Option<SimTime> {
    let mut latest = None;
    for (change, harm) in harms(scenario, variant) {
        let first = statements.iter().find(|statement| names(statement, change, harm))?;
        latest = latest.max(Some(first.at));
    }
    latest
}
