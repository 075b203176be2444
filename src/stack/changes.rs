//! The change log, the release train that puts changes into effect, and taking them back.
//!
//! A migration is SQL that the train runs at the primary, statement by statement as the deploy role: it takes as long as it
//! takes there, waits for locks, fails if it fails. Nothing here knows what a change is good or bad for.

use crate::kernel::SimTime;
use crate::kernel::Span;
use crate::postgres::server::{BackendId, Login, Reply};
use crate::scenario::change::{Change, ChangeKind as Kind};

use super::event::Event;
use super::operations::Work;
use super::view::{ChangeKind, ChangeState, ChangeView, OperationId};
use super::world::World;

/// The role that migrations run as; it owns the tables.
pub(crate) const DEPLOY_ROLE: &str = "deploy";
/// From asking for a rollback until the pipeline runs its first step: checking out, approvals, the runner's start.
const PIPELINE_START: Span = Span::from_secs(25);
/// Between two statements of a migration: the runner writes its version table.
const PRIMARY: usize = 0;
/// Lines kept of what a change's run printed.
const MAX_LINES: usize = 100;

/// Phases of a change on the calendar.
pub(crate) mod phase {
    /// It begins: what is added.
    pub(crate) const EXPAND: u8 = 0;
    /// Its second half: what is taken away.
    pub(crate) const CONTRACT: u8 = 1;
}

/// A change and how it stands.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) change: Change,
    pub(crate) at: SimTime,
    pub(crate) finished: Option<SimTime>,
    pub(crate) state: ChangeState,
    pub(crate) log: Vec<String>,
    /// The second phase came due while the first still ran.
    contract_due: bool,
    expanded: bool,
}

/// SQL that is being run statement by statement.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    backend: BackendId,
    statements: Vec<String>,
    at: usize,
    attempts_left: u32,
    failed: bool,
    purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Purpose {
    Expand(usize),
    Contract(usize),
    RollBack(usize, OperationId),
}

impl Purpose {
    fn change(self) -> usize {
        match self {
            Purpose::Expand(change) | Purpose::Contract(change) | Purpose::RollBack(change, _) => change,
        }
    }
}

impl World {
    /// Puts the variant's changes on the calendar.
    pub(super) fn schedule_changes(&mut self, changes: Vec<Change>) {
        for change in changes {
            let at = self.blueprint.time(change.at);
            let index = self.changes.len() as u16;
            self.schedule(at, Event::Change(index, phase::EXPAND));
            if let Kind::Migration(migration) = &change.kind
                && !migration.contract.is_empty()
            {
                let contract_at = self.blueprint.time(migration.contract_at).max(at);
                self.schedule(contract_at, Event::Change(index, phase::CONTRACT));
            }
            self.changes.push(Record {
                change,
                at,
                finished: None,
                state: ChangeState::Scheduled,
                log: Vec::new(),
                contract_due: false,
                expanded: false,
            });
        }
    }

    /// A phase of a change is due.
    #[cold]
    pub(super) fn on_change(&mut self, index: usize, due: u8) {
        let record = &mut self.changes[index];
        if due == phase::CONTRACT {
            record.contract_due = true;
            if record.expanded {
                self.contract(index);
            }
            return;
        }
        record.state = ChangeState::Applying;
        match record.change.kind.clone() {
            Kind::Migration(migration) => {
                let attempts = migration.attempts.max(1);
                self.start_task(&migration.expand, attempts, Purpose::Expand(index));
            }
            Kind::Deploy { to, .. } => {
                let title = self.changes[index].change.title.clone();
                self.roll_out(Some(to), None, title);
                self.applied(index);
            }
            Kind::Config { component, key, to, .. } => {
                self.configure(index, &format!("{component}.{key}"), &to);
                self.applied(index);
            }
            Kind::Flag { name, on } => {
                self.settings.set_flag(&name, on);
                self.applied(index);
            }
        }
    }

    fn configure(&mut self, index: usize, name: &str, value: &str) {
        if let Err(problem) = self.set(name, value) {
            self.change_log(index, problem);
        }
    }

    fn applied(&mut self, index: usize) {
        let now = self.now;
        let record = &mut self.changes[index];
        record.state = ChangeState::Applied;
        record.finished = Some(now);
    }

    fn contract(&mut self, index: usize) {
        if let Kind::Migration(migration) = &self.changes[index].change.kind {
            let (sql, attempts) = (migration.contract.clone(), migration.attempts.max(1));
            self.changes[index].state = ChangeState::Applying;
            self.start_task(&sql, attempts, Purpose::Contract(index));
        }
    }

    fn change_log(&mut self, index: usize, line: String) {
        let stamp = self.blueprint.calendar.clock(self.now);
        let log = &mut self.changes[index].log;
        if log.len() < MAX_LINES {
            log.push(format!("{stamp} {line}"));
        }
    }

    fn start_task(&mut self, sql: &str, attempts: u32, purpose: Purpose) {
        let login = Login {
            role: DEPLOY_ROLE.to_owned(),
            database: self.database_names[PRIMARY].clone(),
            application_name: "release-train".to_owned(),
            client_addr: Some(self.train_address),
        };
        let statements = split(sql);
        match self.databases[PRIMARY].connect(self.now, login) {
            Ok(backend) => {
                let task =
                    Task { backend, statements, at: 0, attempts_left: attempts, failed: false, purpose };
                self.tasks.push(task);
                let last = self.tasks.len() - 1;
                self.run_statement(last);
                self.poll_tasks();
            }
            Err(error) => {
                self.task_line(purpose, format!("FATAL:  {}", error.message));
                self.task_over(purpose, true);
            }
        }
        self.refresh_database(PRIMARY);
    }

    /// Sends a task's statement, if it has one left.
    fn run_statement(&mut self, index: usize) {
        let task = &self.tasks[index];
        let Some(statement) = task.statements.get(task.at).cloned() else { return };
        let (backend, purpose) = (task.backend, task.purpose);
        self.task_line(purpose, statement.clone());
        self.databases[PRIMARY].simple_query(self.now, backend, &statement);
        self.refresh_database(PRIMARY);
    }

    /// Looks which tasks' statements have ended, and goes on with those.
    pub(super) fn poll_tasks(&mut self) {
        let mut index = 0;
        while index < self.tasks.len() {
            let backend = self.tasks[index].backend;
            if self.databases[PRIMARY].is_busy(backend) {
                index += 1;
                continue;
            }
            let replies = self.databases[PRIMARY].take_replies(backend);
            if self.statement_ended(index, &replies) {
                let task = self.tasks.remove(index);
                self.databases[PRIMARY].disconnect(self.now, task.backend);
                self.refresh_database(PRIMARY);
                self.task_over(task.purpose, task.failed);
            }
        }
    }

    /// A task's statement has ended: `true` when there is nothing more to do.
    fn statement_ended(&mut self, index: usize, replies: &[Reply]) -> bool {
        let purpose = self.tasks[index].purpose;
        let mut failed = self.databases[PRIMARY].backend(self.tasks[index].backend).is_none();
        for reply in replies {
            match reply {
                Reply::Error(error) => {
                    failed = true;
                    self.task_line(purpose, format!("ERROR:  {}", error.message));
                }
                Reply::Notice { severity, message, .. } => {
                    self.task_line(purpose, format!("{severity}:  {message}"))
                }
                Reply::Command(tag) => self.task_line(purpose, tag.clone()),
                _ => {}
            }
        }
        let task = &mut self.tasks[index];
        if failed {
            task.attempts_left = task.attempts_left.saturating_sub(1);
            task.at = 0;
            if task.attempts_left == 0 {
                task.failed = true;
                return true;
            }
        } else {
            task.at += 1;
        }
        let (at, count) = (task.at, task.statements.len());
        if let Purpose::RollBack(_, operation) = purpose {
            self.operations.progress(operation, at as f64 / count.max(1) as f64);
        }
        if at >= count {
            return true;
        }
        self.run_statement(index);
        false
    }

    fn task_line(&mut self, purpose: Purpose, line: String) {
        if let Purpose::RollBack(_, operation) = purpose {
            self.operations.log(operation, line.clone());
        }
        self.change_log(purpose.change(), line);
    }

    fn task_over(&mut self, purpose: Purpose, failed: bool) {
        let index = purpose.change();
        self.changes[index].finished = Some(self.now);
        self.changes[index].state = match (purpose, failed) {
            (Purpose::RollBack(..), false) => ChangeState::RolledBack,
            (_, false) => ChangeState::Applied,
            (_, true) => ChangeState::Failed,
        };
        match purpose {
            Purpose::Expand(_) => {
                self.changes[index].expanded = true;
                if self.changes[index].contract_due {
                    self.contract(index);
                }
            }
            Purpose::Contract(_) => {}
            Purpose::RollBack(_, operation) => {
                let why = failed.then(|| "a statement failed: see the log".to_owned());
                self.operations.finish(self.now, operation, why);
            }
        }
    }

    /// Starts taking a change back; the operation tells how that goes.
    ///
    /// # Errors
    /// There is no such change, or it is not in effect: a sentence for the operator.
    pub fn roll_back(&mut self, id: &str) -> Result<OperationId, String> {
        let found = self.changes.iter().position(|record| record.change.id.eq_ignore_ascii_case(id));
        let index = found.ok_or_else(|| format!("no change {id}"))?;
        let record = &mut self.changes[index];
        let id = record.change.id.clone();
        match record.state {
            ChangeState::Applied | ChangeState::Failed => {}
            ChangeState::Scheduled => return Err(format!("{id} has not been deployed yet")),
            ChangeState::Applying => return Err(format!("{id} is still being deployed")),
            ChangeState::RollingBack => return Err(format!("{id} is being rolled back already")),
            ChangeState::RolledBack => return Err(format!("{id} was rolled back already")),
        }
        record.state = ChangeState::RollingBack;
        let operation = self.operations.start(self.now, format!("rollback {id}"), Work::RollBack(index));
        self.operations.log(operation, format!("rollback of {id} queued at the release pipeline"));
        self.schedule(self.now + PIPELINE_START, Event::Operation(operation.0));
        Ok(operation)
    }

    /// The pipeline comes to an operation.
    #[cold]
    pub(super) fn on_operation(&mut self, id: OperationId) {
        let Some(operation) = self.operations.get(id) else { return };
        let Work::RollBack(index) = operation.work else { return };
        match self.changes[index].change.kind.clone() {
            Kind::Migration(migration) => self.start_task(&migration.down, 1, Purpose::RollBack(index, id)),
            Kind::Deploy { from, .. } => {
                let title = format!("rollback of {}", self.changes[index].change.id);
                self.operations.log(id, format!("rolling out {}:{from}", self.cluster.image));
                self.roll_out(Some(from), None, title);
                self.rolled_back_at_once(index, id);
            }
            Kind::Config { component, key, from, .. } => {
                self.configure(index, &format!("{component}.{key}"), &from);
                self.rolled_back_at_once(index, id);
            }
            Kind::Flag { name, on } => {
                self.settings.set_flag(&name, !on);
                self.rolled_back_at_once(index, id);
            }
        }
    }

    fn rolled_back_at_once(&mut self, index: usize, id: OperationId) {
        let now = self.now;
        self.changes[index].state = ChangeState::RolledBack;
        self.changes[index].finished = Some(now);
        self.operations.finish(now, id, None);
    }

    /// Everything deployed, in the order of its start.
    pub fn changes(&self) -> Vec<ChangeView> {
        self.changes.iter().map(view).collect()
    }

    /// Where each change is in its life, by its id: the same order, and nothing copied.
    pub fn change_states(&self) -> impl Iterator<Item = (&str, ChangeState)> {
        self.changes.iter().map(|record| (record.change.id.as_str(), record.state))
    }
}

fn view(record: &Record) -> ChangeView {
    let change = &record.change;
    let (kind, up, down) = match &change.kind {
        Kind::Migration(migration) => {
            let up = [migration.expand.trim(), migration.contract.trim()];
            let up: Vec<&str> = up.into_iter().filter(|sql| !sql.is_empty()).collect();
            (ChangeKind::Migration, up.join("\n"), migration.down.clone())
        }
        Kind::Deploy { deployment, from, to, notes } => {
            (ChangeKind::Deploy, format!("{deployment}:{to} ({notes})"), format!("{deployment}:{from}"))
        }
        Kind::Config { component, key, from, to } => {
            (ChangeKind::Config, format!("{component}.{key} = {to}"), format!("{component}.{key} = {from}"))
        }
        Kind::Flag { name, on } => {
            let word = |on: bool| if on { "on" } else { "off" };
            (ChangeKind::Flag, format!("{name} {}", word(*on)), format!("{name} {}", word(!*on)))
        }
    };
    ChangeView {
        id: change.id.clone(),
        kind,
        title: change.title.clone(),
        description: change.description.clone(),
        author: change.author.clone(),
        at: record.at,
        finished_at: record.finished,
        state: record.state,
        up,
        down,
        log: record.log.clone(),
    }
}

/// The statements of a script, at the semicolons that are outside quotes.
fn split(sql: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut current = String::new();
    let mut quote = None;
    for letter in sql.chars() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
        if letter == ';' && quote.is_none() {
            statements.push(std::mem::take(&mut current));
        } else {
            current.push(letter);
        }
    }
    statements.push(current);
    statements
        .iter()
        .map(|statement| statement.trim())
        .filter(|s| !s.is_empty())
        .map(|s| format!("{s};"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_split_at_semicolons_outside_quotes() {
        assert_eq!(split("SET a = 'x;y'; DROP INDEX \"b;c\" ;"), ["SET a = 'x;y';", "DROP INDEX \"b;c\";"]);
        assert!(split("  ").is_empty());
    }
}
