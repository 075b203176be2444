//! Typed statements into steps: which locks, which work, which effect.

use std::collections::VecDeque;
use std::sync::Arc;

use sqlparser::ast;

use super::Server;
use super::build::BuildKind;
use super::explain::Explained;
use super::program::{Effect, Step, small_work};
use super::utility::{self, TransactionWord, Utility, Vacuum};
use crate::kernel::SimTime;
use crate::postgres::catalog::{Oid, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::locks::{LockMode, LockTag};
use crate::postgres::plan::Plan;
use crate::postgres::query::system;
use crate::postgres::sql;
use crate::postgres::work::{Work, maintenance, rates};

pub(super) type Steps = Result<VecDeque<Step>, SqlError>;

impl Server {
    /// Turns one statement's text into its steps.
    pub(super) fn compile(&mut self, now: SimTime, slot: u32, text: &str) -> Steps {
        self.refuse_on_call(slot, text)?;
        if let Some(utility) = utility::read(text)? {
            let leaves = matches!(&utility, Utility::Transaction(word) if word.leaves_failure());
            self.refuse_if_aborted(slot, leaves)?;
            if utility.takes_snapshot() {
                self.keep_snapshot(slot);
            }
            return self.compile_utility(now, slot, text, utility);
        }
        let statement = sql::parse_one(text)?;
        self.refuse_if_aborted(slot, false)?;
        self.keep_snapshot(slot);
        match statement {
            ast::Statement::Query(ref query) => {
                if self.reads_tables(&statement) {
                    return self.compile_table_query(slot, text, &statement);
                }
                let work = Step::Work(small_work(rates::CATALOG_QUERY));
                Ok(VecDeque::from([work, Step::Effect(Effect::Select(query.clone()))]))
            }
            ast::Statement::Explain { .. } => self.compile_explain(slot, statement),
            ast::Statement::CreateIndex(ref create) => {
                let kind =
                    if create.concurrently { BuildKind::CreateConcurrently } else { BuildKind::Create };
                self.compile_create_index(slot, kind, statement)
            }
            ast::Statement::Insert(_) | ast::Statement::Update { .. } | ast::Statement::Delete(_) => {
                self.refuse_on_standby(&statement)?;
                self.compile_table_query(slot, text, &statement)
            }
            _ => self.compile_ddl(slot, statement),
        }
    }

    fn compile_utility(&mut self, now: SimTime, slot: u32, text: &str, utility: Utility) -> Steps {
        let effect = match utility {
            Utility::Transaction(TransactionWord::Begin(level)) => Effect::Begin(level),
            Utility::Transaction(TransactionWord::Isolation(level)) => Effect::Isolation(level),
            Utility::Transaction(TransactionWord::Commit) => Effect::Commit,
            Utility::Transaction(TransactionWord::Rollback) => Effect::Rollback,
            Utility::Transaction(TransactionWord::Savepoint(name)) => {
                self.need_block(slot, "SAVEPOINT")?;
                Effect::Savepoint(name)
            }
            Utility::Transaction(TransactionWord::RollbackTo(name)) => {
                self.need_block(slot, "ROLLBACK TO SAVEPOINT")?;
                Effect::RollbackTo(name)
            }
            Utility::Transaction(TransactionWord::Release(name)) => {
                self.need_block(slot, "RELEASE SAVEPOINT")?;
                Effect::Release(name)
            }
            Utility::Lock { tables, mode, nowait } => return self.compile_lock(slot, &tables, mode, nowait),
            Utility::Prepare(prepare) => return self.compile_prepare(now, slot, text, prepare),
            Utility::Execute { name, arguments } => {
                return self.compile_execute(now, slot, &name, &arguments);
            }
            Utility::Deallocate { name } => Effect::Deallocate(name),
            Utility::Declare(declare) => return self.compile_declare(now, slot, text, declare),
            Utility::Fetch(fetch) => return self.compile_fetch(slot, fetch),
            Utility::Close { name } => Effect::Close(name),
            Utility::Set { name, value } => Effect::Set(name, value),
            Utility::Reset { name } if name.is_empty() => Effect::ResetAll("RESET"),
            Utility::Reset { name } => Effect::Set(name, None),
            Utility::Discard => Effect::ResetAll("DISCARD ALL"),
            Utility::Show { name } => Effect::Select(Box::new(show(&name)?)),
            Utility::AlterSystem { name, value } => {
                self.need_superuser(slot, &format!("permission denied to set parameter \"{name}\""))?;
                Effect::AlterSystem(name, value)
            }
            Utility::Checkpoint => {
                self.need_superuser(slot, "permission denied to execute CHECKPOINT command").map_err(|error| {
                    error.detail("Only roles with privileges of the \"pg_checkpoint\" role may execute this command.")
                })?;
                Effect::Checkpoint
            }
            Utility::Reindex { table, concurrently, name } => {
                return self.compile_reindex(slot, table, concurrently, &name);
            }
            Utility::DropIndex { concurrently, if_exists, cascade, names } => {
                return self.compile_drop_index(slot, concurrently, if_exists, cascade, &names);
            }
            Utility::Analyze { tables } => return self.compile_analyze(slot, &tables),
            Utility::Vacuum(vacuum) => {
                return self.compile_vacuum(slot, &vacuum);
            }
        };
        Ok(VecDeque::from([Step::Work(small_work(rates::STATEMENT)), Step::Effect(effect)]))
    }

    fn compile_lock(&mut self, slot: u32, tables: &[String], mode: LockMode, nowait: bool) -> Steps {
        self.need_block(slot, "LOCK TABLE")?;
        if mode > LockMode::RowExclusive {
            self.refuse_standby_command("LOCK TABLE")?;
        }
        let mut steps = VecDeque::from([Step::Work(small_work(rates::STATEMENT))]);
        for name in tables {
            let table = self.table(name)?.oid;
            self.need_lock_right(slot, table)?;
            steps.push_back(if nowait {
                Step::LockAtOnce(table, mode)
            } else {
                Step::Lock(LockTag::Relation(table.0), mode)
            });
        }
        steps.push_back(Step::Effect(Effect::Tag("LOCK TABLE")));
        Ok(steps)
    }

    fn compile_create_index(&mut self, slot: u32, kind: BuildKind, statement: ast::Statement) -> Steps {
        self.refuse_on_standby(&statement)?;
        if kind == BuildKind::CreateConcurrently {
            self.refuse_in_block(slot, "CREATE INDEX CONCURRENTLY")?;
        }
        // What it will be is found out on a copy: errors come before any lock is taken, as in DefineIndex.
        let mut draft = self.catalog.clone();
        let effect = draft.apply_ddl(&statement)?;
        let created = effect.created_indexes.first().and_then(|oid| draft.indexes.get(oid));
        let Some(index) = created else {
            let notices = effect.notices.into_iter().map(|n| Step::Effect(Effect::Notice(n)));
            return Ok(notices.chain([Step::Effect(Effect::Tag("CREATE INDEX"))]).collect());
        };
        self.need_ownership(slot, index.table)?;
        let enter = match kind {
            BuildKind::CreateConcurrently => Effect::EnterInvalid(Box::new(statement)),
            _ => Effect::Apply(Box::new(statement)),
        };
        let mut steps = self.build_steps(kind, index, enter);
        steps.push_back(Step::Effect(Effect::Tag("CREATE INDEX")));
        Ok(steps)
    }

    fn compile_reindex(&mut self, slot: u32, table: bool, concurrently: bool, name: &str) -> Steps {
        self.refuse_standby_command("REINDEX")?;
        if concurrently {
            self.refuse_in_block(slot, "REINDEX CONCURRENTLY")?;
        }
        let oids: Vec<Oid> =
            if table { self.table(name)?.indexes.clone() } else { vec![self.index_oid(name)?] };
        let kind = if concurrently { BuildKind::ReindexConcurrently } else { BuildKind::Reindex };
        let mut steps = VecDeque::new();
        for oid in oids {
            let Some(index) = self.catalog.indexes.get(&oid) else { continue };
            self.need_ownership(slot, index.table)?;
            let enter = if concurrently { Effect::EnterReplacement(oid) } else { Effect::Rebuilt(oid) };
            steps.extend(self.build_steps(kind, &index.clone(), enter));
        }
        steps.push_back(Step::Effect(Effect::Tag("REINDEX")));
        Ok(steps)
    }

    fn compile_drop_index(
        &mut self,
        slot: u32,
        concurrently: bool,
        if_exists: bool,
        cascade: bool,
        names: &[String],
    ) -> Steps {
        self.refuse_standby_command("DROP INDEX")?;
        let mut steps = VecDeque::new();
        if concurrently {
            self.refuse_in_block(slot, "DROP INDEX CONCURRENTLY")?;
            if names.len() > 1 {
                let message = "DROP INDEX CONCURRENTLY does not support dropping multiple objects";
                return Err(SqlError::new(SqlState::FEATURE_NOT_SUPPORTED, message));
            }
        }
        for name in names {
            let oid = match self.index_oid(name) {
                Ok(oid) => oid,
                Err(_) if if_exists => {
                    let notice = format!("index \"{name}\" does not exist, skipping");
                    steps.push_back(Step::Effect(Effect::Notice(notice)));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let statement = drop_statement(name, cascade)?;
            // Refused at once when a constraint needs it.
            self.catalog.clone().apply_ddl(&statement)?;
            let Some(table) = self.catalog.indexes.get(&oid).map(|i| i.table) else { continue };
            self.need_ownership(slot, table)?;
            let (on_table, on_index) = (LockTag::Relation(table.0), LockTag::Relation(oid.0));
            if concurrently {
                steps.push_back(Step::Lock(on_table, LockMode::ShareUpdateExclusive));
                steps.push_back(Step::Lock(on_index, LockMode::ShareUpdateExclusive));
                steps.push_back(Step::Effect(Effect::Invalidate(oid)));
                steps.push_back(Step::WaitFor(super::program::WaitFor::Users(table)));
                steps.push_back(Step::Effect(Effect::Unready(oid)));
                steps.push_back(Step::WaitFor(super::program::WaitFor::Users(table)));
            } else {
                steps.push_back(Step::Lock(on_table, LockMode::AccessExclusive));
                steps.push_back(Step::Lock(on_index, LockMode::AccessExclusive));
            }
            steps.push_back(Step::Work(small_work(DROP_NS)));
            steps.push_back(Step::Effect(Effect::Apply(Box::new(statement))));
        }
        steps.push_back(Step::Effect(Effect::Tag("DROP INDEX")));
        Ok(steps)
    }

    /// DDL whose work is a change of the catalog, or a rewrite of a table.
    fn compile_ddl(&mut self, slot: u32, statement: ast::Statement) -> Steps {
        self.refuse_on_standby(&statement)?;
        let mut draft = self.catalog.clone();
        let effect = draft.apply_ddl(&statement)?;
        let mut steps = VecDeque::new();
        for (table, mode) in self.tables_of_ddl(&statement) {
            self.need_ownership(slot, table)?;
            steps.push_back(Step::Lock(LockTag::Relation(table.0), mode));
        }
        for table in &effect.rewritten {
            let work = maintenance::vacuum(self.workshop(), *table, 0.0, true);
            steps.push_back(Step::Work(Arc::new(work)));
        }
        for index in effect.created_indexes.iter().filter_map(|oid| draft.indexes.get(oid)) {
            let work = maintenance::index_build(self.workshop(), index);
            steps.extend([work.scan, work.sort, work.load].map(Step::Work));
        }
        steps.push_back(Step::Work(small_work(DROP_NS)));
        steps.push_back(Step::Effect(Effect::Apply(Box::new(statement))));
        steps.push_back(Step::Effect(Effect::Tag(effect.tag)));
        Ok(steps)
    }

    /// Tables that a piece of DDL locks, and how: `ALTER TABLE`'s levels by its strongest subcommand
    /// (`AlterTableGetLockLevel`).
    fn tables_of_ddl(&self, statement: &ast::Statement) -> Vec<(Oid, LockMode)> {
        let named = |name: &ast::ObjectName| {
            let name = sql::name_parts(name).pop().unwrap_or_default();
            self.catalog.table_by_name(&name).map(|t| t.oid)
        };
        match statement {
            ast::Statement::AlterTable(alter) => {
                let mode = alter.operations.iter().map(level_of).max().unwrap_or(LockMode::AccessExclusive);
                let referred = alter.operations.iter().filter_map(referred_table).filter_map(named);
                let own = named(&alter.name).map(|t| (t, mode));
                own.into_iter().chain(referred.map(|t| (t, LockMode::ShareRowExclusive))).collect()
            }
            ast::Statement::AlterIndex { name, .. } => {
                let name = sql::name_parts(name).pop().unwrap_or_default();
                let table = self.catalog.index_by_name(&name).map(|i| i.table);
                table.map(|t| (t, LockMode::ShareUpdateExclusive)).into_iter().collect()
            }
            ast::Statement::Drop { names, .. } => {
                names.iter().filter_map(named).map(|t| (t, LockMode::AccessExclusive)).collect()
            }
            ast::Statement::Comment { object_name, .. } => {
                named(object_name).map(|t| (t, LockMode::ShareUpdateExclusive)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn compile_analyze(&mut self, slot: u32, tables: &[String]) -> Steps {
        self.refuse_standby_command("ANALYZE")?;
        let mut steps = VecDeque::new();
        for oid in self.tables_or_all(slot, tables)? {
            let target = self.settings.planner().default_statistics_target as f64;
            let work = Arc::new(maintenance::analyze(self.workshop(), oid, target));
            look_up(&mut steps, oid);
            steps.push_back(Step::Lock(LockTag::Relation(oid.0), LockMode::ShareUpdateExclusive));
            analyze_steps(&mut steps, oid, work);
        }
        steps.push_back(Step::Effect(Effect::Tag("ANALYZE")));
        Ok(steps)
    }

    fn compile_vacuum(&mut self, slot: u32, vacuum: &Vacuum) -> Steps {
        let Vacuum { full, analyze, verbose, ref tables } = *vacuum;
        self.refuse_standby_command("VACUUM")?;
        self.refuse_in_block(slot, "VACUUM")?;
        let mode = if full { LockMode::AccessExclusive } else { LockMode::ShareUpdateExclusive };
        let mut steps = VecDeque::new();
        for oid in self.tables_or_all(slot, tables)? {
            let dead = self.counters.tables.get(&oid).map_or(0.0, |t| t.dead);
            let work = maintenance::vacuum(self.workshop(), oid, dead, full);
            look_up(&mut steps, oid);
            let work = Arc::new(work);
            steps.push_back(Step::Lock(LockTag::Relation(oid.0), mode));
            let begun = Arc::clone(&work);
            steps.push_back(Step::Effect(Effect::BeginVacuum {
                table: oid,
                verbose,
                work: begun,
                pieces: 1,
            }));
            steps.push_back(Step::Work(work));
            steps.push_back(Step::Effect(Effect::Vacuumed(oid)));
            if analyze {
                let target = self.settings.planner().default_statistics_target as f64;
                let work = Arc::new(maintenance::analyze(self.workshop(), oid, target));
                analyze_steps(&mut steps, oid, work);
            }
            steps.push_back(Step::Unlock(LockTag::Relation(oid.0), mode));
        }
        steps.push_back(Step::Effect(Effect::Tag("VACUUM")));
        Ok(steps)
    }

    fn tables_or_all(&self, slot: u32, names: &[String]) -> Result<Vec<Oid>, SqlError> {
        if names.is_empty() {
            let owned = |t: &&Table| self.need_ownership(slot, t.oid).is_ok();
            return Ok(self.catalog.tables.values().filter(owned).map(|t| t.oid).collect());
        }
        names
            .iter()
            .map(|name| {
                let oid = self.table(name)?.oid;
                self.need_ownership(slot, oid).map(|()| oid)
            })
            .collect()
    }

    /// A SELECT, INSERT, UPDATE or DELETE on the database's tables. Who may run it, runs it: its work is done, and
    /// the rows themselves, which the model does not have, are not shown.
    fn compile_table_query(&mut self, slot: u32, text: &str, statement: &ast::Statement) -> Steps {
        let settings = self.settings_of(&self.backends[slot as usize]);
        let (plan, work) = self.plan(text, &settings)?;
        self.table_steps(slot, text, statement, &plan, work)
    }

    /// The steps of a planned statement on tables.
    pub(super) fn table_steps(
        &mut self,
        slot: u32,
        text: &str,
        statement: &ast::Statement,
        plan: &Plan,
        work: Work,
    ) -> Steps {
        self.need_rights(slot, plan)?;
        let tag = match statement {
            ast::Statement::Insert(_) => "INSERT 0",
            ast::Statement::Update { .. } => "UPDATE",
            ast::Statement::Delete(_) => "DELETE",
            _ => "SELECT",
        };
        let rows = (work.rows + 0.5) as u64;
        let mut steps: VecDeque<Step> = work.locks.iter().map(|l| Step::Lock(l.0, l.1)).collect();
        self.push_row_locks(&mut steps, text, statement, plan)?;
        steps.push_back(Step::Work(Arc::new(work)));
        steps.push_back(Step::Effect(Effect::Changed(tag, rows)));
        Ok(steps)
    }

    /// The steps that lock the rows which a plan changes, or which its FOR UPDATE names.
    fn push_row_locks(
        &self,
        steps: &mut VecDeque<Step>,
        text: &str,
        statement: &ast::Statement,
        plan: &Plan,
    ) -> Result<(), SqlError> {
        let targets = self.row_targets(text, statement, plan)?;
        if !targets.is_empty() {
            self.refuse_standby_command("SELECT FOR UPDATE")?;
        }
        steps.extend(targets.into_iter().map(|(target, wait)| Step::LockRows(target, wait)));
        Ok(())
    }

    fn compile_explain(&mut self, slot: u32, statement: ast::Statement) -> Steps {
        let mut explained = Explained::read(statement)?;
        if let ast::Statement::Execute { name: Some(name), parameters, .. } = &explained.statement {
            let name = sql::name_parts(name).pop().unwrap_or_default();
            let arguments: Vec<String> = parameters.iter().map(ToString::to_string).collect();
            let bound = self.bind_prepared(slot, &name, &arguments)?;
            explained.statement = bound.statement;
            return self.explain_steps(slot, explained, bound.plan, bound.work);
        }
        let settings = self.settings_of(&self.backends[slot as usize]);
        if !self.reads_tables(&explained.statement) && matches!(explained.statement, ast::Statement::Query(_))
        {
            return Err(SqlError::unsupported("EXPLAIN of a query on system views"));
        }
        if !explained.generic {
            refuse_parameters(&explained.statement)?;
        }
        let (plan, work) = self.plan_statement(&explained.statement, &settings)?;
        self.explain_steps(slot, explained, plan, work)
    }

    fn explain_steps(&mut self, slot: u32, explained: Explained, plan: Plan, work: Work) -> Steps {
        let mut steps: VecDeque<Step> = VecDeque::from([Step::Work(small_work(rates::PLANNING))]);
        if explained.analyze {
            steps.extend(work.locks.iter().map(|l| Step::Lock(l.0, l.1)));
            steps.push_back(Step::Effect(Effect::StartClock));
            let before = steps.len();
            let text = explained.statement.to_string();
            self.push_row_locks(&mut steps, &text, &explained.statement, &plan)?;
            if steps.len() > before {
                // It really changes or locks the rows: that needs the right to.
                self.need_rights(slot, &plan)?;
            }
            steps.push_back(Step::Work(Arc::new(work.clone())));
        }
        steps.push_back(Step::Effect(Effect::Explain(Box::new((explained, plan, work)))));
        Ok(steps)
    }

    /// Whether a statement reads tables of the database rather than system views.
    pub(super) fn reads_tables(&self, statement: &ast::Statement) -> bool {
        let mut found = false;
        let _ = sqlparser::ast::visit_relations(statement, |name| {
            let name = sql::name_parts(name).pop().unwrap_or_default();
            found |= self.catalog.table_by_name(&name).is_some();
            std::ops::ControlFlow::<()>::Continue(())
        });
        found
    }
}

/// A statement that is sent as it stands has no parameters to be bound.
fn refuse_parameters(statement: &ast::Statement) -> Result<(), SqlError> {
    let found = sqlparser::ast::visit_expressions(statement, |expression| match expression {
        ast::Expr::Value(value) => match &value.value {
            ast::Value::Placeholder(name) => std::ops::ControlFlow::Break((name.clone(), value.span.start)),
            _ => std::ops::ControlFlow::Continue(()),
        },
        _ => std::ops::ControlFlow::Continue(()),
    });
    match found {
        std::ops::ControlFlow::Break((name, _)) => {
            Err(SqlError::new(SqlState("42P02"), format!("there is no parameter {name}")))
        }
        std::ops::ControlFlow::Continue(()) => Ok(()),
    }
}

/// VACUUM and ANALYZE find their table under a lock of its own, and let go of it (`expand_vacuum_rel`).
fn look_up(steps: &mut VecDeque<Step>, table: Oid) {
    let tag = LockTag::Relation(table.0);
    steps.push_back(Step::Lock(tag, LockMode::AccessShare));
    steps.push_back(Step::Unlock(tag, LockMode::AccessShare));
}

/// The lock that one ALTER TABLE subcommand needs (`AlterTableGetLockLevel`).
fn level_of(operation: &ast::AlterTableOperation) -> LockMode {
    use ast::AlterTableOperation as Op;
    match operation {
        Op::ValidateConstraint { .. } | Op::SetOptionsParens { .. } => LockMode::ShareUpdateExclusive,
        Op::AddConstraint { .. } if referred_table(operation).is_some() => LockMode::ShareRowExclusive,
        Op::EnableTrigger { .. } | Op::DisableTrigger { .. } => LockMode::ShareRowExclusive,
        _ => LockMode::AccessExclusive,
    }
}

/// The table that an added foreign key refers to: it is locked like the referring one.
fn referred_table(operation: &ast::AlterTableOperation) -> Option<&ast::ObjectName> {
    match operation {
        ast::AlterTableOperation::AddConstraint {
            constraint: ast::TableConstraint::ForeignKey(key), ..
        } => Some(&key.foreign_table),
        _ => None,
    }
}

/// CPU of removing an object from the catalog.
const DROP_NS: f64 = 3e6;

/// `DROP INDEX name`, parsed.
fn drop_statement(name: &str, cascade: bool) -> Result<ast::Statement, SqlError> {
    let name = name.split('.').map(sql::quote_identifier).collect::<Vec<_>>().join(".");
    sql::parse_one(&format!("DROP INDEX {name}{}", if cascade { " CASCADE" } else { "" }))
}

/// `SHOW ALL` as a query.
/// `SHOW` as a query: one parameter, or all of them with what they are for.
fn show(name: &str) -> Result<ast::Query, SqlError> {
    let text = match name {
        "all" => {
            "SELECT name, current_setting(name) AS setting, short_desc AS description FROM pg_settings ORDER BY lower(name)"
                .to_owned()
        }
        name => {
            let name = if name == "time" { "timezone" } else { name };
            format!("SELECT current_setting({}) AS {}", sql::quote_literal(name), sql::quote_identifier(&spelled(name)))
        }
    };
    match sql::parse_one(&text)? {
        ast::Statement::Query(query) => Ok(*query),
        other => Err(SqlError::unsupported(other)),
    }
}

/// A parameter's name as PostgreSQL spells it (`TimeZone`).
fn spelled(name: &str) -> String {
    let rows = system::table("pg_settings").map_or(&[][..], |table| table.rows.as_slice());
    rows.iter().find(|row| row[0].eq_ignore_ascii_case(name)).map_or(name, |row| row[0]).to_owned()
}

fn analyze_steps(steps: &mut VecDeque<Step>, table: Oid, work: Arc<Work>) {
    steps.push_back(Step::Effect(Effect::BeginAnalyze { table, work: Arc::clone(&work) }));
    steps.push_back(Step::Work(work));
    steps.push_back(Step::Effect(Effect::Analyzed(table)));
}
