//! Changes: everything that was deployed before the incident, harmful or not. What makes one harmful is never a label that
//! the simulation reads: its SQL leads to a plan, and the plan to work. The label is for the draw, the grade and the debrief.

use serde::Deserialize;

use super::time::Clock;

/// A change.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its number, `CHG-1042`.
    pub id: String,
    /// One line.
    pub title: String,
    /// Who wrote it.
    pub author: String,
    /// Who approved it.
    pub reviewer: String,
    /// When it started to be rolled out.
    pub at: Clock,
    /// What its author wrote about it.
    pub description: String,
    /// What it does.
    pub kind: ChangeKind,
    /// Whether it is harmful; the trainee never sees this.
    pub role: Role,
}

impl Change {
    /// What makes it harmful, if it is.
    pub fn harm(&self) -> Option<&Harm> {
        match &self.role {
            Role::Harmful(harm) => Some(harm),
            Role::Harmless | Role::Always => None,
        }
    }

    /// The migration's SQL, if it is one.
    pub fn migration(&self) -> Option<&Migration> {
        match &self.kind {
            ChangeKind::Migration(migration) => Some(migration),
            ChangeKind::Deploy { .. } | ChangeKind::Config { .. } | ChangeKind::Flag { .. } => None,
        }
    }
}

/// What a change does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ChangeKind {
    /// DDL on the primary.
    Migration(Migration),
    /// A new version of a deployment.
    Deploy {
        /// The deployment.
        deployment: String,
        /// The tag before.
        from: String,
        /// The tag after.
        to: String,
        /// What the release notes say.
        notes: String,
    },
    /// A configuration value.
    Config {
        /// The component that reads it.
        component: String,
        /// Its name.
        key: String,
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// A feature flag.
    Flag {
        /// Its name.
        name: String,
        /// Whether it was switched on (or off).
        on: bool,
    },
}

/// A migration, in the two phases of an expand/contract release and the way back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// Statements run at the change's own time: what is added. They end with `;`.
    #[serde(default)]
    pub expand: String,
    /// Statements run at `contract_at`, or when `expand` is done if that is later: what is taken away.
    #[serde(default)]
    pub contract: String,
    /// When the second phase begins.
    pub contract_at: Clock,
    /// Statements that take the change back.
    pub down: String,
    /// How often the migration runner tries a phase whose statement fails before it goes on.
    #[serde(default = "once")]
    pub attempts: u32,
}

fn once() -> u32 {
    1
}

/// Whether a change is a candidate for the cause.
#[derive(Clone, Debug, Deserialize)]
pub enum Role {
    /// A candidate: drawn as a cause.
    Harmful(Harm),
    /// Drawn as company for the causes.
    Harmless,
    /// In every variant (a red herring), never a cause.
    Always,
}

/// What is wrong with a harmful change, for the grade and the debrief.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Harm {
    /// The component that suffers: what *localised* means.
    pub component: String,
    /// The object to name in a diagnosis.
    pub object: String,
    /// Other names that are as right (the index before, the index after).
    #[serde(default)]
    pub accepts: Vec<String>,
    /// The mechanism's id in [`super::mechanism::MECHANISMS`].
    pub mechanism: String,
    /// Other mechanisms that describe the same thing.
    #[serde(default)]
    pub accepts_mechanisms: Vec<String>,
    /// Queries that suffer, by name: whose plans the debrief shows.
    pub queries: Vec<String>,
    /// When the real responders began to roll it back.
    pub real_rollback_at: Clock,
    /// For the debrief: what happened.
    pub explanation: String,
}

/// How a seed draws a variant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Harmful changes, least and most.
    pub harmful: (u32, u32),
    /// Harmless changes, least and most.
    pub harmless: (u32, u32),
    /// Groups of change ids of which at most one is drawn (they touch the same object).
    #[serde(default)]
    pub at_most_one_of: Vec<Vec<String>>,
    /// Groups of change ids of which every variant has at least one (causes that together make the whole incident).
    #[serde(default)]
    pub at_least_one_of: Vec<Vec<String>>,
}

impl Draw {
    /// Whether `one` and `other` must not be drawn together.
    pub fn excludes(&self, one: &str, other: &str) -> bool {
        let has = |group: &[String], id: &str| group.iter().any(|member| member == id);
        self.at_most_one_of.iter().any(|group| has(group, one) && has(group, other))
    }

    /// Whether `ids` have one of each group of [`Draw::at_least_one_of`].
    pub fn is_met_by<'a>(&self, ids: impl Iterator<Item = &'a String> + Clone) -> bool {
        self.at_least_one_of.iter().all(|group| ids.clone().any(|id| group.contains(id)))
    }
}
