//! Alert rules over metrics, evaluated as Prometheus evaluates them: inactive, pending while the condition
//! has held for less than `for`, firing.
//!
//! An expression without a value (no traffic, no points) does not hold.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::expression::AlertExpr;
use super::metrics::Metrics;
use crate::kernel::{SimTime, Span};

/// Whom an alert concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Can wait until morning.
    Ticket,
    /// Wakes somebody.
    Page,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertRule {
    /// As Prometheus names alerts: `HighErrorRate`.
    pub name: String,
    /// Whom it concerns.
    pub severity: Severity,
    /// The condition.
    pub expr: AlertExpr,
    /// How long the condition must hold before the alert fires.
    #[serde(rename = "for")]
    pub hold: Span,
    /// How long the alert goes on firing after the condition ended, lest it flap.
    #[serde(default)]
    pub keep_firing: Span,
    /// What a person reads; `{value}` stands for the figure.
    pub summary: String,
}

/// A rule's number, in order of addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertId(pub u32);

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The condition does not hold.
    Inactive,
    /// It holds, but not yet for long enough.
    Pending,
    /// It has held for long enough.
    Firing,
    /// It fired, and no longer does.
    Resolved,
}

/// An alert's state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertState {
    /// Where it stands.
    pub phase: Phase,
    /// Since when.
    pub since: SimTime,
    /// The figure at the last evaluation, if it had one.
    pub value: Option<f64>,
    /// When the condition last held.
    held_at: SimTime,
}

/// A change of phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertTransition {
    /// When.
    pub at: SimTime,
    /// Which alert.
    pub alert: AlertId,
    /// The phase it left.
    pub from: Phase,
    /// The phase it entered.
    pub to: Phase,
    /// The figure, if it had one.
    pub value: Option<f64>,
}

/// A rule with its state.
#[derive(Clone, Copy, Debug)]
pub struct Alert<'a> {
    /// Its number.
    pub id: AlertId,
    /// The rule.
    pub rule: &'a AlertRule,
    /// Where it stands.
    pub state: AlertState,
}

/// All alert rules of a run, their states, and the last transitions.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    rules: Vec<AlertRule>,
    states: Vec<AlertState>,
    history: VecDeque<AlertTransition>,
}

impl Alerts {
    /// Transitions remembered.
    pub const MAX_HISTORY: usize = 1_024;
    /// How often rules are to be evaluated (Prometheus' default is 1 min; most set 15 s).
    pub const INTERVAL: Span = Span::from_secs(15);

    /// No rules.
    pub fn new() -> Alerts {
        Alerts::default()
    }

    /// Adds a rule.
    pub fn add(&mut self, rule: AlertRule) -> AlertId {
        let id = AlertId(self.rules.len() as u32);
        self.rules.push(rule);
        self.states.push(AlertState {
            phase: Phase::Inactive,
            since: SimTime::ZERO,
            value: None,
            held_at: SimTime::ZERO,
        });
        id
    }

    /// Evaluates all rules on the metrics as scraped by `now`, and returns what changed, in the rules' order.
    pub fn evaluate(&mut self, now: SimTime, metrics: &Metrics) -> Vec<AlertTransition> {
        let mut transitions = Vec::new();
        for (index, (rule, state)) in self.rules.iter().zip(&mut self.states).enumerate() {
            state.value = rule.expr.value.evaluate(now, metrics);
            let holds = state.value.is_some_and(|value| rule.expr.holds(value));
            let mut enter = |state: &mut AlertState, to: Phase| {
                let alert = AlertId(index as u32);
                transitions.push(AlertTransition {
                    at: now,
                    alert,
                    from: state.phase,
                    to,
                    value: state.value,
                });
                state.phase = to;
                state.since = now;
            };
            match (state.phase, holds) {
                (Phase::Inactive | Phase::Resolved, true) => enter(state, Phase::Pending),
                (Phase::Pending, false) => enter(state, Phase::Inactive),
                (Phase::Firing, false) if now.since(state.held_at) >= rule.keep_firing => {
                    enter(state, Phase::Resolved);
                }
                _ => {}
            }
            if holds {
                state.held_at = now;
            }
            if state.phase == Phase::Pending && now.since(state.since) >= rule.hold {
                enter(state, Phase::Firing);
            }
        }
        for &transition in &transitions {
            if self.history.len() == Alerts::MAX_HISTORY {
                self.history.pop_front();
            }
            self.history.push_back(transition);
        }
        transitions
    }

    /// All alerts in the order of their rules.
    pub fn all(&self) -> impl Iterator<Item = Alert<'_>> + '_ {
        self.rules.iter().zip(&self.states).enumerate().map(|(index, (rule, &state))| Alert {
            id: AlertId(index as u32),
            rule,
            state,
        })
    }

    /// Alerts that are pending or firing.
    pub fn active(&self) -> impl Iterator<Item = Alert<'_>> + '_ {
        self.all().filter(|alert| matches!(alert.state.phase, Phase::Pending | Phase::Firing))
    }

    /// One alert.
    pub fn get(&self, id: AlertId) -> Option<Alert<'_>> {
        self.all().nth(id.0 as usize)
    }

    /// The last transitions, oldest first.
    pub fn history(&self) -> impl Iterator<Item = AlertTransition> + '_ {
        self.history.iter().copied()
    }
}
