//! The responder who works by the book and knows nothing but what the tools print: which component is busy, which queries
//! it is busy with, what their plans read, which change took away what they need.
//!
//! It shows that a drill can be solved from the screen alone, and how well. Its conclusions may be wrong; it then looks
//! again.

mod reading;

use super::{Responder, Sight};
use crate::console::transcript::LineKind;
use crate::kernel::{SimTime, Span};
use reading::{Migration, Table, cost, mechanism, serves};
use std::collections::{BTreeMap, VecDeque};

/// From the first page to the first key.
const REACTION: Span = Span::from_secs(60);
/// Between two lines: reading and typing.
const PACE: Span = Span::from_secs(20);
/// How long a colleague waits for an answer.
const ANSWER_AFTER: Span = Span::from_mins(2);
/// How often it looks whether things get better, and tells the channel.
const WATCH_EVERY: Span = Span::from_mins(3);
/// Looks with a good objective in a row before it declares the incident over.
const GOOD_LOOKS: u32 = 3;
/// Looks without one, once its rollbacks are done, before it starts over.
const BAD_LOOKS: u32 = 4;
/// A plan dearer than this is not one for a page view.
const DEAR: f64 = 20_000.0;
/// Share of the sampled backends below which a query is not what the database is busy with.
const BUSY_SHARE: f64 = 0.04;
/// Samples of the running statements before it believes them.
const SAMPLES: usize = 3;
/// Share of bad page views, in per cent, that it takes for good.
const GOOD_PERCENT: f64 = 5.0;

const ACTIVITY: &str = "psql -At -c \"select count(*), query from pg_stat_activity where state = 'active' and pid <> \
     pg_backend_pid() group by query order by 1 desc limit 12\"";

/// What it is doing, and what it has learnt.
pub(super) struct Methodical {
    todo: VecDeque<Task>,
    /// The command whose output is awaited, and the transcript's line from which it starts.
    reading: Option<(Task, u64)>,
    next_at: Option<SimTime>,
    component: String,
    hot: BTreeMap<String, u64>,
    tables: BTreeMap<String, Table>,
    plans: BTreeMap<String, f64>,
    changes: Vec<String>,
    migrations: Vec<Migration>,
    taken_back: Vec<String>,
    good_looks: u32,
    bad_looks: u32,
}

/// One thing to do: a line to enter, and what to make of its output.
#[derive(Clone, Debug, PartialEq)]
enum Task {
    Say(String),
    Status,
    Activity,
    ListChanges,
    ShowChange(String),
    Describe(String),
    Explain(String),
    Judge,
    Watch,
}

impl Methodical {
    pub(super) fn new() -> Methodical {
        let opening = [
            Task::Say("ack".to_owned()),
            Task::Say("declare sev1 'pages are slow or fail for most visitors'".to_owned()),
            Task::Say(
                "post 'SEV1: pages slow or failing. I am looking, next update in 10 minutes.'".to_owned(),
            ),
            Task::Status,
            Task::ListChanges,
        ];
        let mut methodical = Methodical {
            todo: opening.into(),
            reading: None,
            next_at: None,
            component: "pg-1".to_owned(),
            hot: BTreeMap::new(),
            tables: BTreeMap::new(),
            plans: BTreeMap::new(),
            changes: Vec::new(),
            migrations: Vec::new(),
            taken_back: Vec::new(),
            good_looks: 0,
            bad_looks: 0,
        };
        methodical.todo.extend(std::iter::repeat_n(Task::Activity, SAMPLES));
        methodical
    }

    fn line(task: &Task, methodical: &Methodical) -> Option<String> {
        Some(match task {
            Task::Say(line) => line.clone(),
            Task::Status | Task::Watch => "status".to_owned(),
            Task::Activity => ACTIVITY.to_owned(),
            Task::ListChanges => "changes list --kind migration".to_owned(),
            Task::ShowChange(id) => format!("changes show {id}"),
            Task::Describe(table) => format!("psql -c '\\d {table}'"),
            Task::Explain(query) => {
                let sql = reading::with_values(query, &methodical.tables);
                format!("psql -c \"EXPLAIN {}\"", sql.replace('"', "\\\""))
            }
            Task::Judge => return None,
        })
    }

    /// Learns from the output of a task's line.
    fn learn(&mut self, task: &Task, output: &[&str]) {
        match task {
            Task::Say(_) | Task::Judge => {}
            Task::Status => self.localise(output),
            Task::Activity => self.sample(output),
            Task::ListChanges => self.changes = super::rollback_all::change_ids(output.iter().copied()),
            Task::ShowChange(id) => self.migrations.push(Migration::read(id, output)),
            Task::Describe(table) => {
                self.tables.insert(table.clone(), Table::read(output));
            }
            Task::Explain(query) => {
                self.plans.insert(query.clone(), cost(output).unwrap_or(0.0));
            }
            Task::Watch => self.watch(output),
        }
    }

    /// The component whose own line says that it is out of processor.
    fn localise(&mut self, output: &[&str]) {
        if let Some(name) = reading::busiest_database(output) {
            self.component = name;
        }
        self.todo.push_front(Task::Say(format!("diagnose {}", self.component)));
    }

    fn sample(&mut self, output: &[&str]) {
        for (count, query) in output.iter().filter_map(|line| reading::counted(line)) {
            *self.hot.entry(query.to_owned()).or_default() += count;
        }
        if !self.todo.contains(&Task::Activity) {
            self.plan_the_look();
        }
    }

    /// What the database is busy with, the busiest first.
    fn busy(&self) -> Vec<String> {
        let all: u64 = self.hot.values().sum();
        let enough = |count: u64| count as f64 >= all as f64 * BUSY_SHARE;
        let mut busy: Vec<(&String, u64)> = self
            .hot
            .iter()
            .map(|(query, count)| (query, *count))
            .filter(|(_, count)| enough(*count))
            .collect();
        busy.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        busy.into_iter().map(|(query, _)| query.clone()).collect()
    }

    /// Their tables, then their plans, then the changes.
    fn plan_the_look(&mut self) {
        let busy = self.busy();
        let mut tables: Vec<String> = busy.iter().flat_map(|query| reading::tables_of(query)).collect();
        tables.sort();
        tables.dedup();
        self.todo.extend(tables.into_iter().map(Task::Describe));
        self.todo.extend(busy.into_iter().map(Task::Explain));
        if self.migrations.is_empty() {
            self.todo.extend(self.changes.iter().rev().cloned().map(Task::ShowChange));
        }
        self.todo.push_back(Task::Judge);
    }

    /// Names and takes back each change that took away an index that a dear, busy query asks for.
    fn judge(&mut self) {
        let dear: Vec<String> = self
            .busy()
            .into_iter()
            .filter(|query| self.plans.get(query).is_some_and(|cost| *cost >= DEAR))
            .collect();
        let mut found = Vec::new();
        for migration in &self.migrations {
            if self.taken_back.contains(&migration.id) {
                continue;
            }
            let lost = migration.restored.iter().find(|index| dear.iter().any(|query| serves(index, query)));
            if let Some(lost) = lost {
                let new = migration.replacement(lost);
                let invalid = new.is_some_and(|new| {
                    self.tables.get(&lost.table).is_some_and(|table| table.invalid.contains(&new.name))
                });
                let object = new.map_or(lost.name.clone(), |new| new.name.clone());
                found.push((migration.id.clone(), object, mechanism(lost, new, invalid)));
            }
        }
        for (id, object, mechanism) in found {
            self.todo.push_back(Task::Say(format!("diagnose {} {object} {mechanism}", self.component)));
            self.todo.push_back(Task::Say(format!("rollback {id} &")));
            self.taken_back.push(id);
        }
        let named = self.taken_back.join(", ");
        self.todo
            .push_back(Task::Say(format!("post 'Rolling back what took indexes away: {named}. Watching.'")));
        self.todo.push_back(Task::Watch);
    }

    fn watch(&mut self, output: &[&str]) {
        let good = reading::bad_pages(output).is_some_and(|percent| percent < GOOD_PERCENT);
        self.good_looks = if good { self.good_looks + 1 } else { 0 };
        self.bad_looks = if good { 0 } else { self.bad_looks + 1 };
        if self.good_looks >= GOOD_LOOKS {
            let named = self.taken_back.join(", ");
            self.todo.push_back(Task::Say(format!("resolve '{named} taken back, objective met again'")));
        } else if self.bad_looks >= BAD_LOOKS {
            self.look_again();
        } else {
            if self.bad_looks % 2 == 1 {
                self.todo.push_back(Task::Say("post 'Update: still watching the rollbacks.'".to_owned()));
            }
            self.todo.push_back(Task::Watch);
        }
    }

    fn look_again(&mut self) {
        self.bad_looks = 0;
        self.hot.clear();
        self.plans.clear();
        self.todo.push_back(Task::Say("post 'Not better yet, looking again.'".to_owned()));
        self.todo.extend(std::iter::repeat_n(Task::Activity, SAMPLES));
    }
}

impl Responder for Methodical {
    fn next(&mut self, sight: &Sight<'_>) -> Option<String> {
        if self.next_at.is_none() && !sight.pages.is_empty() {
            self.next_at = Some(sight.now + REACTION);
        }
        if sight.busy || self.next_at? > sight.now {
            return None;
        }
        if let Some((task, from)) = self.reading.take() {
            let lines = sight.transcript.since(from).filter(|line| line.kind != LineKind::Prompt);
            let output: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
            self.learn(&task, &output);
        }
        while self.todo.front() == Some(&Task::Judge) {
            self.todo.pop_front();
            self.judge();
        }
        if sight.is_asked(ANSWER_AFTER) && sight.incident.resolution.is_none() {
            self.todo.push_front(Task::Say("post 'Still on it; I say here what I find.'".to_owned()));
        }
        let task = self.todo.pop_front()?;
        let line = Methodical::line(&task, self)?;
        let waits = self.todo.front() == Some(&Task::Watch) || task == Task::Watch;
        self.next_at = Some(sight.now + if waits { WATCH_EVERY } else { PACE });
        self.reading = Some((task, sight.transcript.total()));
        Some(line)
    }
}
