//! What was looked at: every console output and every open panel, known by what it shows.
//!
//! The kind follows from the words of the line that asked for it, by one table; what it is about follows from the names that
//! stood in the output: tables, indexes, queries, changes, components. So a view is known by what was on screen, not by what
//! somebody meant to see.

use super::Panel;
use super::actions::ActionKind;
use crate::kernel::SimTime;
use crate::postgres::Catalog;
use crate::scenario::{Scenario, Variant};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most views kept of one drill; later ones are not.
const MAX_VIEWS: usize = 5_000;
/// Most names kept of one view.
const MAX_NAMES: usize = 60;

/// What kind of thing was on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ViewKind {
    /// Alerts and their state.
    Alerts,
    /// Figures over time: dashboards, the objective.
    Metrics,
    /// Log lines.
    Logs,
    /// Traces of requests.
    Traces,
    /// Pods, nodes, rollouts.
    Pods,
    /// Requests sent by hand.
    Probe,
    /// The cache.
    Cache,
    /// What a database runs now, or has run: activity, statement statistics, locks.
    Activity,
    /// How a query is executed.
    Plan,
    /// What a database holds: tables, indexes, statistics.
    Catalog,
    /// What was deployed.
    Changes,
    /// Settings and flags.
    Settings,
    /// Runbooks and manuals.
    Reading,
}

impl ViewKind {
    /// All, in the order in which an incident usually meets them.
    pub const ALL: [ViewKind; 13] = [
        ViewKind::Alerts,
        ViewKind::Metrics,
        ViewKind::Logs,
        ViewKind::Traces,
        ViewKind::Pods,
        ViewKind::Probe,
        ViewKind::Cache,
        ViewKind::Activity,
        ViewKind::Plan,
        ViewKind::Catalog,
        ViewKind::Changes,
        ViewKind::Settings,
        ViewKind::Reading,
    ];

    /// A few words for it.
    pub fn words(self) -> &'static str {
        match self {
            ViewKind::Alerts => "alerts",
            ViewKind::Metrics => "figures over time",
            ViewKind::Logs => "log lines",
            ViewKind::Traces => "traces",
            ViewKind::Pods => "pods and rollouts",
            ViewKind::Probe => "requests by hand",
            ViewKind::Cache => "the cache",
            ViewKind::Activity => "what the database runs",
            ViewKind::Plan => "plans",
            ViewKind::Catalog => "tables and indexes",
            ViewKind::Changes => "what was deployed",
            ViewKind::Settings => "settings and flags",
            ViewKind::Reading => "runbooks and manuals",
        }
    }
}

/// One look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// When it was asked for.
    pub at: SimTime,
    /// Index of the input that asked for it in the journal's entries.
    pub entry: usize,
    /// What kind of thing it showed.
    pub kind: ViewKind,
    /// The component that was examined, where it was one.
    pub component: Option<String>,
    /// Names of tables, indexes, queries, changes and components that were on screen.
    pub about: Vec<String>,
}

/// First word of a line, and what it shows. `psql` is told apart by its SQL.
const COMMANDS: &[(&str, ViewKind)] = &[
    ("alerts", ViewKind::Alerts),
    ("status", ViewKind::Metrics),
    ("dash", ViewKind::Metrics),
    ("metrics", ViewKind::Metrics),
    ("slo", ViewKind::Metrics),
    ("logs", ViewKind::Logs),
    ("traces", ViewKind::Traces),
    ("kubectl", ViewKind::Pods),
    ("curl", ViewKind::Probe),
    ("redis-cli", ViewKind::Cache),
    ("pg_activity", ViewKind::Activity),
    ("pgbadger", ViewKind::Activity),
    ("pg", ViewKind::Activity),
    ("psql", ViewKind::Catalog),
    ("changes", ViewKind::Changes),
    ("git", ViewKind::Changes),
    ("migrate", ViewKind::Changes),
    ("audit", ViewKind::Changes),
    ("config", ViewKind::Settings),
    ("flags", ViewKind::Settings),
    ("runbook", ViewKind::Reading),
    ("man", ViewKind::Reading),
    ("help", ViewKind::Reading),
];

/// SQL that shows what a server is busy with.
const ACTIVITY: [&str; 5] =
    ["pg_stat_activity", "pg_stat_statements", "pg_locks", "pg_blocking_pids", "pg_stat_progress"];

/// Keeps the looks of a drill.
#[derive(Clone, Debug)]
pub(crate) struct Views {
    all: Vec<View>,
    names: Names,
    /// Whether the last line opened psql's own prompt.
    in_psql: bool,
    /// The look that the newest line asked for: what the console prints belongs to it. None when that line did something.
    asked: Option<usize>,
}

/// Everything that has a name, by its lower case.
#[derive(Clone, Debug)]
struct Names {
    known: BTreeMap<String, String>,
    web: String,
    cache: String,
    primary: String,
    databases: Vec<String>,
}

impl Views {
    pub(crate) fn new(scenario: &Scenario, variant: &Variant, catalog: &Catalog) -> Views {
        Views { all: Vec::new(), names: Names::new(scenario, variant, catalog), in_psql: false, asked: None }
    }

    pub(crate) fn all(&self) -> &[View] {
        &self.all
    }

    /// A line was entered: what it shows, if it shows anything.
    pub(crate) fn asked(&mut self, at: SimTime, entry: usize, line: &str) {
        let line = line.trim();
        let kind = if self.in_psql { Some(sql_kind(line)) } else { kind(line) };
        self.in_psql = match line {
            "\\q" | "exit" | "quit" => false,
            _ => self.in_psql || super::actions::opens_psql(line),
        };
        self.look(at, entry, kind, line);
    }

    /// The shell ran a line beside whatever has the prompt.
    pub(crate) fn asked_aside(&mut self, at: SimTime, entry: usize, line: &str) {
        self.look(at, entry, kind(line.trim()), line);
    }

    fn look(&mut self, at: SimTime, entry: usize, kind: Option<ViewKind>, line: &str) {
        self.asked = kind.and_then(|kind| {
            let component = self.names.component(kind, line);
            self.push(View { at, entry, kind, component, about: Vec::new() })
        });
    }

    /// Whether psql's own prompt is open.
    pub(crate) fn in_psql(&self) -> bool {
        self.in_psql
    }

    /// The component that an action of this kind is on, unless it takes a change back.
    pub(crate) fn acted_on(&self, kind: ActionKind, line: &str) -> Option<String> {
        match kind {
            ActionKind::Sql | ActionKind::Terminate => self.names.component(ViewKind::Catalog, line),
            ActionKind::Kubernetes => self.names.component(ViewKind::Pods, line),
            ActionKind::Setting => {
                let (component, _) = line.split_whitespace().nth(2)?.split_once('.')?;
                Some(component.to_owned())
            }
            ActionKind::Rollback => None,
        }
    }

    /// Control-D at psql's prompt.
    pub(crate) fn input_ended(&mut self) {
        self.in_psql = false;
    }

    /// A panel was opened. What the console prints meanwhile still belongs to the line that asked for it.
    pub(crate) fn opened(&mut self, at: SimTime, entry: usize, panel: Panel) {
        let (kind, component) = match panel {
            Panel::Overview | Panel::Topology => (ViewKind::Metrics, None),
            Panel::Database => (ViewKind::Activity, Some(self.names.primary.clone())),
            Panel::Logs => (ViewKind::Logs, None),
            Panel::Traces => (ViewKind::Traces, None),
            Panel::Changes => (ViewKind::Changes, None),
            Panel::Timeline => return,
        };
        self.push(View { at, entry, kind, component, about: Vec::new() });
    }

    /// A line that the console printed.
    pub(crate) fn printed(&mut self, line: &str) {
        if let Some(view) = self.asked {
            self.about(view, line);
        }
    }

    /// A line of the panel that was opened last.
    pub(crate) fn shows(&mut self, line: &str) {
        if let Some(view) = self.all.len().checked_sub(1) {
            self.about(view, line);
        }
    }

    fn about(&mut self, view: usize, line: &str) {
        let view = &mut self.all[view];
        for word in line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-') {
            let Some(name) = self.names.known.get(word.to_lowercase().trim_matches('-')) else { continue };
            if view.about.len() < MAX_NAMES && !view.about.contains(name) {
                view.about.push(name.clone());
            }
        }
    }

    /// Keeps a look, and says where, while there is room.
    fn push(&mut self, view: View) -> Option<usize> {
        let place = self.all.len();
        (place < MAX_VIEWS).then(|| {
            self.all.push(view);
            place
        })
    }
}

impl Names {
    fn new(scenario: &Scenario, variant: &Variant, catalog: &Catalog) -> Names {
        let mut known: Vec<String> = catalog.tables.values().map(|table| table.name.clone()).collect();
        known.extend(catalog.indexes.values().map(|index| index.name.clone()));
        known.extend(scenario.workload.queries.iter().map(|query| query.name.clone()));
        known.extend(scenario.changes.iter().map(|change| change.id.clone()));
        for (_, harm) in super::milestones::harms(scenario, variant) {
            known.push(harm.object.clone());
            known.extend(harm.accepts.iter().cloned());
        }
        let databases: Vec<String> =
            scenario.components.databases.iter().map(|database| database.name.clone()).collect();
        known.extend(databases.iter().cloned());
        Names {
            known: known.into_iter().map(|name| (name.to_lowercase(), name)).collect(),
            web: scenario.components.web.name.clone(),
            cache: scenario.components.cache.name.clone(),
            primary: databases.first().cloned().unwrap_or_default(),
            databases,
        }
    }

    /// The component that a look of this kind examines.
    fn component(&self, kind: ViewKind, line: &str) -> Option<String> {
        let named = |name: &&String| line.split([' ', '=', '/']).any(|word| word == name.as_str());
        match kind {
            ViewKind::Pods | ViewKind::Probe => Some(self.web.clone()),
            ViewKind::Cache => Some(self.cache.clone()),
            ViewKind::Activity | ViewKind::Plan | ViewKind::Catalog => {
                Some(self.databases.iter().find(named).unwrap_or(&self.primary).clone())
            }
            ViewKind::Logs => self.databases.iter().chain([&self.web]).find(named).cloned(),
            _ => None,
        }
    }
}

fn kind(line: &str) -> Option<ViewKind> {
    let mut words = line.split_whitespace();
    let first = match words.next()? {
        "watch" | "time" => words.find(|word| !word.starts_with('-') && word.parse::<f64>().is_err())?,
        first => first,
    };
    let (_, kind) = COMMANDS.iter().find(|(command, _)| *command == first)?;
    Some(if first == "psql" { sql_kind(line) } else { *kind })
}

fn sql_kind(sql: &str) -> ViewKind {
    let lower = sql.to_lowercase();
    if lower.contains("explain") {
        ViewKind::Plan
    } else if ACTIVITY.iter().any(|view| lower.contains(view)) {
        ViewKind::Activity
    } else {
        ViewKind::Catalog
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_known_by_what_it_shows() {
        let check = |line: &str, expected: Option<ViewKind>| assert_eq!(kind(line), expected, "{line}");
        check("alerts", Some(ViewKind::Alerts));
        check("watch -n 5 kubectl get pods", Some(ViewKind::Pods));
        check("psql -c 'EXPLAIN select 1'", Some(ViewKind::Plan));
        check("psql -c 'select * from pg_stat_activity'", Some(ViewKind::Activity));
        check("psql -c '\\d orders'", Some(ViewKind::Catalog));
        check("changes show CHG-1", Some(ViewKind::Changes));
        check("rollback CHG-1", None);
        check("", None);
    }
}
