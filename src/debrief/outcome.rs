//! What came of one run, as plain data: everything a grade and a report are made from, and nothing of the model that made it.

use super::branch::Base;
use super::series::MinuteRow;
use super::still::Still;
use crate::console::incident::{Incident, Statement};
use crate::drill::actions::{self, Action};
use crate::drill::evidence::Seen;
use crate::drill::journal::Entry;
use crate::drill::milestones::{Milestones, harms, names};
use crate::drill::rollbacks::Rollback;
use crate::drill::views::View;
use crate::drill::{Drill, Found, Input, Mode};
use crate::kernel::{SimTime, Span};
use crate::stack::view::Impact;
use std::sync::Arc;

/// One run of a scenario, from the start to its end.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Practice or exam.
    pub mode: Mode,
    /// The harmful changes that were drawn.
    pub harmful: Vec<String>,
    /// The components that they hurt.
    pub causes_in: Vec<String>,
    /// When the shift started.
    pub opens: SimTime,
    /// When the run ended: the scenario's end, whoever resolved when.
    pub ended: SimTime,
    /// When the trainee's part ended: resolved, left, or out of time.
    pub finished: SimTime,
    /// When each milestone was reached.
    pub milestones: Milestones,
    /// The harm within the scenario's impact window.
    pub impact: Impact,
    /// The golden signals, minute by minute.
    pub series: Vec<MinuteRow>,
    /// Every input, in order; other parts point at these by index.
    pub entries: Vec<Entry>,
    /// What was done that changes production.
    pub actions: Vec<Action>,
    /// Causes stated, right or wrong.
    pub statements: Vec<Judged>,
    /// What had been on screen of each cause.
    pub evidence: Vec<Seen>,
    /// What was looked at, in order.
    pub views: Vec<View>,
    /// The incident's record as it stood at the end.
    pub incident: Incident,
    /// Resolutions declared while the objective was missed.
    pub early_resolutions: Vec<SimTime>,
    /// Changes taken back.
    pub rollbacks: Vec<Rollback>,
    /// The database as it was before the changes and as the trainee found it.
    pub found: Arc<Found>,
    /// The run minute by minute, for the runs without an action to be held against; only the trainee's own replay has it.
    pub base: Option<Base>,
    /// What was on screen, minute by minute of the trainee's part; only the trainee's own replay has it.
    pub stills: Arc<[Still]>,
    /// Events simulated.
    pub events: u64,
    /// Digest of the event stream.
    pub digest: u64,
}

/// A statement of a cause, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What was stated.
    pub statement: Statement,
    /// The harmful change that it names, if it does.
    pub names: Option<String>,
    /// Whether it names the right component and nothing more.
    pub localises: bool,
    /// Index of its input in the journal's entries, when it was a line by itself.
    pub entry: Option<usize>,
}

impl Judged {
    /// Whether it is neither a cause nor its component.
    pub fn is_wrong(&self) -> bool {
        self.names.is_none() && !self.localises
    }
}

impl Outcome {
    /// Reads the outcome of a drill that has been simulated to the scenario's end. `finished` is when the trainee's part
    /// ended.
    pub fn of(drill: &Drill, finished: SimTime) -> Outcome {
        let world = drill.world();
        Outcome {
            seed: drill.seed(),
            mode: drill.mode(),
            harmful: drill.variant().harmful.clone(),
            causes_in: causes_in(drill),
            opens: drill.opens(),
            ended: drill.now(),
            finished,
            milestones: drill.milestones().clone(),
            impact: world.impact(),
            series: super::series::read(drill),
            entries: drill.entries().to_vec(),
            actions: actions::of(drill.entries()),
            statements: judge(drill),
            evidence: drill.evidence().to_vec(),
            views: drill.views().to_vec(),
            incident: drill.incident().clone(),
            early_resolutions: drill.early_resolutions().to_vec(),
            rollbacks: drill.rollbacks().to_vec(),
            found: drill.found(),
            base: None,
            stills: Arc::default(),
            events: world.events(),
            digest: world.digest(),
        }
    }

    /// When the first right statement of a harmful change was made.
    pub fn named(&self, change: &str) -> Option<&Judged> {
        self.statements.iter().find(|judged| judged.names.as_deref() == Some(change))
    }

    /// The time from the first page to the milestone, if both were reached.
    pub fn since_detection(&self, at: Option<SimTime>) -> Option<Span> {
        let detected = self.milestones.at(crate::scenario::Milestone::Detected)?;
        Some(at?.since(detected))
    }

    /// The rollback of a change, if it was taken back.
    pub fn rollback(&self, change: &str) -> Option<&Rollback> {
        self.rollbacks.iter().find(|rollback| rollback.change == change)
    }
}

fn causes_in(drill: &Drill) -> Vec<String> {
    let mut components: Vec<String> =
        harms(drill.scenario(), drill.variant()).map(|(_, harm)| harm.component.clone()).collect();
    components.sort();
    components.dedup();
    components
}

fn judge(drill: &Drill) -> Vec<Judged> {
    let entry_of = |statement: &Statement| {
        drill.entries().iter().position(|entry| {
            entry.at() == statement.at
                && matches!(&entry.input, Some(Input::Line(line)) if line.contains("diagnose"))
        })
    };
    let judged = |statement: &Statement| Judged {
        names: harms(drill.scenario(), drill.variant())
            .find(|(change, harm)| names(statement, change, harm))
            .map(|(change, _)| change.id.clone()),
        localises: statement.object.is_empty()
            && harms(drill.scenario(), drill.variant())
                .any(|(_, harm)| harm.component == statement.component),
        entry: entry_of(statement),
        statement: statement.clone(),
    };
    drill.incident().statements.iter().map(judged).collect()
}
