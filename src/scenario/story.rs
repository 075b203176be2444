//! The scenario itself, and what it tells: where the incident comes from, what the people who were there did and when,
//! and the prose a trainee reads.

use serde::{Deserialize, Serialize};

use crate::kernel::{Calendar, SimTime};

use super::{
    alert::{AlertRule, Export},
    change::{Change, Draw},
    components::Components,
    grading::Grading,
    people::{Person, Team},
    time::{Clock, Interval},
    workload::Workload,
};

/// A whole scenario: what `scenario.ron` says, with the files beside it read in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name on the command line; the folder's name.
    pub id: String,
    /// One line, as a list shows it.
    pub title: String,
    /// The company, as far as it is known.
    pub company: String,
    /// The incident's day, `YYYY-MM-DD`; clock times are UTC.
    pub date: String,
    /// Where the real timeline comes from.
    pub source: Source,
    /// 1 (gentle) to 5 (brutal).
    pub difficulty: u8,
    /// Minutes of a person's time that a drill takes.
    pub length_minutes: u32,
    /// When the simulation starts: early enough for caches and queues to settle before anything happens.
    pub starts_at: Clock,
    /// When the trainee takes over: the past up to here is simulated before the screen opens.
    pub shift_starts_at: Clock,
    /// When the drill ends whatever has been done.
    pub ends_at: Clock,
    /// The interval over which impact is counted against the real incident's, first and last clock time.
    pub impact_window: (Clock, Clock),
    /// What a good page view is, and how many have to be good.
    pub slo: Slo,
    /// Visitors, pages, endpoints and queries.
    pub workload: Workload,
    /// The stack and its sizes.
    pub components: Components,
    /// Everything that may have been deployed, harmful and harmless.
    pub changes: Vec<Change>,
    /// How many of the changes a seed draws.
    pub draw: Draw,
    /// Alert rules.
    pub alerts: Vec<AlertRule>,
    /// Gauges that outside exporters report and that never move.
    #[serde(default)]
    pub exports: Vec<Export>,
    /// Teams that can be paged.
    pub teams: Vec<Team>,
    /// People in the incident channel and what they say.
    pub people: Vec<Person>,
    /// Things that happen at the same time and are not the cause.
    pub red_herrings: Vec<RedHerring>,
    /// What really happened.
    pub timeline: Vec<TimelineEntry>,
    /// What the real responders typed, as console lines.
    pub real_script: Vec<ScriptEntry>,
    /// Runbooks, some of them out of date.
    pub runbooks: Vec<Runbook>,
    /// The weights of a grade's parts.
    #[serde(default)]
    pub grading: Grading,
    /// Hints, from general to specific.
    pub hints: Vec<Hint>,

    /// `schema.sql`.
    #[serde(skip)]
    pub schema_sql: String,
    /// `statistics.sql`.
    #[serde(skip)]
    pub statistics_sql: String,
    /// `sizes.tsv`: relation, blocks, B-tree root level; empty when there is none.
    #[serde(skip)]
    pub sizes_tsv: String,
    /// `briefing.md`.
    #[serde(skip)]
    pub briefing: String,
    /// A digest of every file of the folder: a journal of another version is told by it.
    #[serde(skip)]
    pub content_hash: u64,
}

impl Scenario {
    /// The incident's own clock.
    pub fn calendar(&self) -> Calendar {
        let mut parts = self.date.split('-').map(|part| part.parse::<i64>().unwrap_or(1));
        let mut part = || parts.next().unwrap_or(1);
        let (year, month, day) = (part(), part(), part());
        Calendar::from_civil(year, month, day, 0, 0, i64::from(self.starts_at.0))
    }

    /// The simulated instant of a clock time; the start for anything before it.
    pub fn instant(&self, clock: Clock) -> SimTime {
        SimTime::from_secs(u64::from(clock.seconds_after(self.starts_at)))
    }

    /// The clock time in whole seconds of a simulated instant.
    pub fn clock(&self, instant: SimTime) -> Clock {
        Clock(self.starts_at.0 + instant.as_secs() as u32)
    }

    /// The change called `id`.
    pub fn change(&self, id: &str) -> Option<&Change> {
        self.changes.iter().find(|change| change.id == id)
    }
}

/// Where the real timeline comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The document's title.
    pub title: String,
    /// Its address, if it has one.
    pub url: Option<String>,
    /// How far it can be trusted as a whole.
    pub provenance: Provenance,
    /// What a reader should know about it: what is told, what is filled in.
    pub note: String,
}

/// How well a stamp of the real timeline is founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Provenance {
    /// Two independent sources agree.
    Verified,
    /// One source says so.
    Partial,
    /// Follows from what a source says.
    Inferred,
    /// The scenario's author filled it in.
    Unattributed,
    /// It never happened: the incident itself is fiction.
    MadeUp,
}

impl Provenance {
    /// The word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Partial => "partial",
            Self::Inferred => "inferred",
            Self::Unattributed => "unattributed",
            Self::MadeUp => "made up",
        }
    }
}

/// Whose times the trainee's are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ghost {
    /// Those who were there.
    #[default]
    RealTeam,
    /// An imagined one, of an incident that never happened.
    Colleague,
}

impl Ghost {
    /// They as a sentence names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RealTeam => "the real team",
            Self::Colleague => "the colleague",
        }
    }

    /// The same as a label.
    pub fn label(self) -> &'static str {
        match self {
            Self::RealTeam => "real team",
            Self::Colleague => "colleague",
        }
    }
}

impl Source {
    /// Whose times the timeline has.
    pub fn ghost(&self) -> Ghost {
        if self.provenance == Provenance::MadeUp { Ghost::Colleague } else { Ghost::RealTeam }
    }
}

/// The service level objective.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slo {
    /// A page view that takes longer is bad, as is one that fails.
    pub page_threshold: Interval,
    /// The share of page views that must be good, 0 to 1.
    pub objective: f64,
    /// How long the objective must hold before the incident counts as mitigated.
    pub hold: Interval,
}

/// One stamp of the real timeline.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineEntry {
    /// When.
    pub at: Clock,
    /// How well founded.
    pub provenance: Provenance,
    /// A few words for the status line ("web tier cleared, DB team paged").
    pub short: String,
    /// A sentence.
    pub text: String,
    /// The milestone that it was.
    #[serde(default)]
    pub milestone: Option<Milestone>,
}

/// A milestone of a response, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Milestone {
    /// The alert fired.
    Detected,
    /// Somebody took it.
    Acknowledged,
    /// A severity was declared.
    Declared,
    /// The right component was named.
    Localised,
    /// The root cause was named in full.
    Diagnosed,
    /// The objective was met again and held.
    Mitigated,
    /// Declared over by the responder after it was verified.
    Resolved,
}

impl Milestone {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Detected,
        Self::Acknowledged,
        Self::Declared,
        Self::Localised,
        Self::Diagnosed,
        Self::Mitigated,
        Self::Resolved,
    ];

    /// The word in reports and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Acknowledged => "acknowledged",
            Self::Declared => "declared",
            Self::Localised => "localised",
            Self::Diagnosed => "diagnosed",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
        }
    }
}

/// One line that the real responders typed. `run` is templated over the variant: `{harmful.0}`, `{harmful.1}`… are the
/// change ids that were drawn, `{wrong}` the change that was rolled back first and did not help; `{harmful}` repeats the
/// entry for each harmful change, at the clock time that the change itself carries (`Change::real_rollback_at`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptEntry {
    /// When.
    pub at: Clock,
    /// A console line.
    pub run: String,
}

/// Something that happens at the same time and is not the cause.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedHerring {
    /// Its name.
    pub id: String,
    /// A few words.
    pub title: String,
    /// What it does to the stack.
    pub effect: Effect,
    /// For the debrief: why it misled, and how one could tell.
    pub explanation: String,
}

/// What a red herring does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Effect {
    /// A change of the list that is deployed in every variant.
    Change(String),
    /// An alert rule of the list that fires for reasons of its own.
    Alert(String),
    /// More visitors for a while: rises over `rise`, falls off with the time constant `decay`.
    Surge {
        /// When it begins.
        at: Clock,
        /// Visitors a second at its height, over the traffic curve.
        visitors_per_s: f64,
        /// From nothing to its height.
        rise: Interval,
        /// The time constant of its falling off.
        decay: Interval,
        /// The page on which these visitors land.
        page: String,
    },
    /// One pod of the web deployment that is worse than the others and harmless.
    NoisyPod {
        /// Which, from 0.
        pod: u32,
        /// Its CPU work against that of the others.
        cpu_factor: f64,
        /// The line that it logs.
        log: String,
        /// How often.
        every: Interval,
    },
}

/// A runbook: its text is `runbooks/ID.md`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runbook {
    /// Its name and its file's.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When it was last changed, `YYYY-MM-DD`.
    pub updated: String,
    /// Whether it still says the truth; only the debrief tells.
    #[serde(default)]
    pub outdated: bool,
    /// The text.
    #[serde(skip)]
    pub text: String,
}

/// A hint: asked for with `hint`, in order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// Points that it costs.
    pub cost: u32,
    /// The text; `{harmful.0}` and the like are filled in from the variant.
    pub text: String,
}
