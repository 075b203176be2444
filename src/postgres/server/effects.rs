//! What steps do at an instant: the catalog changes, parameters are set, transactions begin and end, replies go out.

use std::sync::Arc;

use sqlparser::ast;

use super::Server;
use super::backend::{BackendState, BackendType};
use super::build::BuildProgress;
use super::cursors::{Cursor, Fetch};
use super::explain::Explained;
use super::horizon::{Isolation, Snapshots};
use super::log::{LogEvent, Severity};
use super::parameters::Tuning;
use super::prepared::Prepared;
use super::sample;
use super::select::texts;
use super::session::{Conversation, Reply};
use crate::kernel::{SimTime, Stream};
use crate::postgres::catalog::{KeySource, Oid};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::plan::Plan;
use crate::postgres::query::ResultSet;
use crate::postgres::settings::Settings;
use crate::postgres::work::{Work, maintenance};

/// What a step does to the server.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// Answer with a command tag.
    Tag(&'static str),
    /// Answer with a notice.
    Notice(String),
    /// Answer a write's tag with its rows.
    Changed(&'static str, u64),
    /// Answer a query over system views.
    Select(Box<ast::Query>),
    /// Answer with rows already computed.
    Answer(Box<ResultSet>),
    /// `BEGIN`, with the level if one is named.
    Begin(Option<Isolation>),
    /// `SET TRANSACTION ISOLATION LEVEL`
    Isolation(Isolation),
    /// `COMMIT`
    Commit,
    /// `ROLLBACK`
    Rollback,
    /// `SAVEPOINT`
    Savepoint(String),
    /// `ROLLBACK TO`
    RollbackTo(String),
    /// `RELEASE`
    Release(String),
    /// `SET name = value` for the session; `None` resets.
    Set(String, Option<String>),
    /// `RESET ALL` and `DISCARD ALL`, by tag.
    ResetAll(&'static str),
    /// `ALTER SYSTEM`, in force at the next reload.
    AlterSystem(String, Option<String>),
    /// `CHECKPOINT`
    Checkpoint,
    /// Apply DDL to the catalog.
    Apply(Box<ast::Statement>),
    /// Apply `CREATE INDEX`; the index is not yet valid nor ready.
    EnterInvalid(Box<ast::Statement>),
    /// Enter a second, invalid index beside the one that is to be rebuilt.
    EnterReplacement(Oid),
    /// An index build begins: its progress shows.
    BeginBuild { table: Oid, command: &'static str },
    /// The index under construction is to be maintained by writers.
    IndexReady,
    /// The index under construction may be used.
    IndexValid,
    /// `REINDEX` put a new file in place.
    Rebuilt(Oid),
    /// `REINDEX CONCURRENTLY`: the replacement takes the old index's place.
    SwapIndexes,
    /// … and the old one goes.
    DropReplaced,
    /// `DROP INDEX CONCURRENTLY`: no plan may use it any more.
    Invalidate(Oid),
    /// … and no writer maintains it.
    Unready(Oid),
    /// Statistics of a table were gathered.
    Analyzed(Oid),
    /// A VACUUM begins; with VERBOSE or not, and in how many pieces.
    BeginVacuum { table: Oid, verbose: bool, work: Arc<Work>, pieces: u32 },
    /// A piece of it is done.
    VacuumPiece,
    /// A table was vacuumed.
    Vacuumed(Oid),
    /// An ANALYZE begins.
    BeginAnalyze { table: Oid, work: Arc<Work> },
    /// `PREPARE`
    Prepare(String, Box<Prepared>),
    /// `DEALLOCATE`; without a name, all.
    Deallocate(Option<String>),
    /// `DECLARE`
    Declare(String, Box<Cursor>),
    /// `FETCH` and `MOVE`
    Fetch(Fetch),
    /// `CLOSE`; without a name, all.
    Close(Option<String>),
    /// EXPLAIN ANALYZE begins to count.
    StartClock,
    /// Answer an EXPLAIN.
    Explain(Box<(Explained, Plan, Work)>),
}

impl Server {
    pub(super) fn apply(&mut self, now: SimTime, slot: u32, effect: Effect) -> Result<(), SqlError> {
        match effect {
            Effect::Tag(tag) => self.reply(slot, Reply::Command(tag.to_owned())),
            Effect::Notice(message) => self.notice(slot, "NOTICE", message),
            Effect::Changed(tag, rows) => {
                let rows = rows.saturating_sub(self.backends[slot as usize].run.skipped);
                self.reply(slot, Reply::Command(format!("{tag} {rows}")));
            }
            Effect::Select(query) => self.answer_select(now, slot, &query)?,
            Effect::Answer(result) => self.reply(slot, Reply::Rows(*result)),
            Effect::Begin(level) => self.begin_block(slot, level),
            Effect::Isolation(level) => self.set_isolation(slot, level)?,
            Effect::Commit => self.end_block(now, slot, true),
            Effect::Rollback => self.end_block(now, slot, false),
            Effect::Savepoint(name) => self.savepoint(slot, name)?,
            Effect::RollbackTo(name) => self.rollback_to(now, slot, &name)?,
            Effect::Release(name) => self.release_savepoint(slot, &name)?,
            Effect::Set(name, value) => self.set_parameter(slot, &name, value)?,
            Effect::Prepare(name, prepared) => {
                self.converse(slot, |c| drop(c.prepared.insert(name, *prepared)));
                self.reply(slot, Reply::Command("PREPARE".to_owned()));
            }
            Effect::Deallocate(name) => {
                self.deallocate(slot, name.as_deref())?;
                let tag = if name.is_some() { "DEALLOCATE" } else { "DEALLOCATE ALL" };
                self.reply(slot, Reply::Command(tag.to_owned()));
            }
            Effect::Declare(name, cursor) => {
                self.converse(slot, |c| drop(c.cursors.insert(name, *cursor)));
                self.reply(slot, Reply::Command("DECLARE CURSOR".to_owned()));
            }
            Effect::Fetch(fetch) => self.fetch(now, slot, &fetch)?,
            Effect::Close(name) => {
                self.close_cursor(slot, name.as_deref())?;
                let tag = if name.is_some() { "CLOSE CURSOR" } else { "CLOSE CURSOR ALL" };
                self.reply(slot, Reply::Command(tag.to_owned()));
            }
            Effect::ResetAll(tag) => {
                if tag == "DISCARD ALL" {
                    self.converse(slot, |c| {
                        c.prepared.clear();
                        c.cursors.clear();
                    });
                }
                self.backends[slot as usize].parameters.reset_all();
                self.resolve_limits(slot);
                self.reply(slot, Reply::Command(tag.to_owned()));
            }
            Effect::AlterSystem(name, value) => {
                self.alter_system(&name, value.as_deref())?;
                self.reply(slot, Reply::Command("ALTER SYSTEM".to_owned()));
            }
            Effect::Checkpoint => {
                self.counters.checkpoints.requested += 1;
                self.begin_checkpoint(now, "immediate force wait");
                self.reply(slot, Reply::Command("CHECKPOINT".to_owned()));
            }
            Effect::Apply(statement) => {
                self.remember_catalog(slot);
                let newest = self.catalog.tables.keys().next_back().copied();
                for notice in self.catalog.apply_ddl(&statement)?.notices {
                    self.notice(slot, "NOTICE", notice);
                }
                self.adopt_changes();
                self.index_written();
                self.lock_created(now, slot, newest);
            }
            Effect::StartClock => {
                let backend = &mut self.backends[slot as usize];
                backend.run.touched = Default::default();
                if let Some(conversation) = &mut backend.conversation {
                    conversation.since = now;
                }
            }
            Effect::Explain(explained) => self.answer_explain(now, slot, &explained),
            Effect::Analyzed(table) => {
                self.remember_catalog(slot);
                self.analyzed(now, table, self.is_worker(slot));
                self.set_maintenance(slot, None);
            }
            Effect::BeginVacuum { table, verbose, work, pieces } => {
                self.begin_vacuum(now, slot, table, verbose, &work, pieces);
            }
            Effect::VacuumPiece => self.vacuum_piece_done(slot),
            Effect::Vacuumed(table) => self.vacuumed(now, slot, table),
            Effect::BeginAnalyze { table, work } => self.begin_analyze(slot, table, &work),
            other => self.apply_to_index(slot, other)?,
        }
        Ok(())
    }

    fn apply_to_index(&mut self, slot: u32, effect: Effect) -> Result<(), SqlError> {
        match effect {
            Effect::BeginBuild { table, command } => {
                if let Some(conversation) = &mut self.backends[slot as usize].conversation {
                    let phase = "initializing";
                    conversation.progress =
                        Some(BuildProgress { table: table.0, command, phase, ..BuildProgress::default() });
                }
            }
            Effect::EnterInvalid(statement) => {
                let effect = self.catalog.apply_ddl(&statement)?;
                for oid in effect.created_indexes {
                    self.set_index(oid, false, false);
                    self.set_progress_index(slot, oid);
                }
                self.adopt_changes();
            }
            Effect::EnterReplacement(old) => self.enter_replacement(slot, old),
            Effect::IndexReady => {
                if let Some(oid) = self.index_under_construction(slot) {
                    self.set_index(oid, false, true);
                    self.index_written();
                }
            }
            Effect::IndexValid => {
                if let Some(oid) = self.index_under_construction(slot) {
                    self.set_index(oid, true, true);
                }
            }
            Effect::Rebuilt(oid) => {
                let filenode = self.catalog.allocate_oid().0;
                if let Some(index) = self.catalog.indexes.get_mut(&oid) {
                    index.filenode = filenode;
                }
                self.set_index(oid, true, true);
            }
            Effect::SwapIndexes => self.swap_indexes(slot),
            Effect::DropReplaced => self.drop_replaced(slot),
            Effect::Invalidate(oid) => self.set_index(oid, false, true),
            Effect::Unready(oid) => self.set_index(oid, false, false),
            _ => {}
        }
        Ok(())
    }

    fn set_index(&mut self, oid: Oid, valid: bool, ready: bool) {
        if let Some(index) = self.catalog.indexes.get_mut(&oid) {
            index.valid = valid;
            index.ready = ready;
        }
        self.catalog.touch();
    }

    fn set_progress_index(&mut self, slot: u32, oid: Oid) {
        if let Some(progress) =
            self.backends[slot as usize].conversation.as_mut().and_then(|c| c.progress.as_mut())
        {
            progress.index = oid.0;
        }
    }

    fn index_under_construction(&self, slot: u32) -> Option<Oid> {
        let progress = self.backends[slot as usize].conversation.as_ref()?.progress.as_ref()?;
        Some(Oid(progress.index))
    }

    /// An index that was just written is in the kernel's cache.
    fn index_written(&mut self) {
        let Some(newest) = self.catalog.indexes.values().next_back() else { return };
        if let Some(pool) = self.buffers.pool(newest.oid.0) {
            self.buffers.write_through(pool, newest.size.blocks as f64);
        }
    }

    /// `REINDEX CONCURRENTLY` builds `name_ccnew` beside the index.
    fn enter_replacement(&mut self, slot: u32, old: Oid) {
        let Some(mut index) = self.catalog.indexes.get(&old).cloned() else { return };
        let oid = self.catalog.allocate_oid();
        index.oid = oid;
        index.filenode = oid.0;
        index.name.push_str("_ccnew");
        index.primary = false;
        (index.valid, index.ready) = (false, false);
        if let Some(table) = self.catalog.tables.get_mut(&index.table) {
            table.indexes.push(oid);
        }
        self.catalog.indexes.insert(oid, index);
        self.catalog.touch();
        self.set_progress_index(slot, oid);
        self.adopt_changes();
    }

    /// The replacement takes name and rank of the old index, which becomes `name_ccold` (`index_concurrently_swap`).
    fn swap_indexes(&mut self, slot: u32) {
        let Some(new) = self.index_under_construction(slot) else { return };
        let Some(name) = self.catalog.indexes.get(&new).map(|i| i.name.trim_end_matches("_ccnew").to_owned())
        else {
            return;
        };
        let Some(old) = self.catalog.index_by_name(&name).map(|i| i.oid) else { return };
        let filenode = self.catalog.indexes.get(&new).map_or(0, |i| i.filenode);
        if let Some(index) = self.catalog.indexes.get_mut(&old) {
            index.filenode = filenode;
        }
        self.set_index(old, true, true);
        if let Some(index) = self.catalog.indexes.get_mut(&new) {
            index.name = format!("{name}_ccold");
        }
        self.set_index(new, false, false);
    }

    fn drop_replaced(&mut self, slot: u32) {
        let Some(replaced) = self.index_under_construction(slot) else { return };
        if let Some(index) = self.catalog.indexes.remove(&replaced)
            && let Some(table) = self.catalog.tables.get_mut(&index.table)
        {
            table.indexes.retain(|oid| *oid != replaced);
        }
        self.catalog.touch();
        self.adopt_changes();
    }

    fn answer_explain(&mut self, now: SimTime, slot: u32, explained: &(Explained, Plan, Work)) {
        let (asked, plan, work) = explained;
        let backend = &self.backends[slot as usize];
        let since = backend.conversation.as_ref().map_or(now, |c| c.since);
        let settings = self.settings_of(backend);
        let lines = self.explain(asked, plan, work, &backend.run, now - since, &settings);
        self.reply(slot, texts("QUERY PLAN", lines));
    }

    fn converse(&mut self, slot: u32, change: impl FnOnce(&mut Conversation)) {
        if let Some(conversation) = &mut self.backends[slot as usize].conversation {
            change(conversation);
        }
    }

    fn is_worker(&self, slot: u32) -> bool {
        self.backends[slot as usize].kind == BackendType::AutovacuumWorker
    }

    fn begin_block(&mut self, slot: u32, level: Option<Isolation>) {
        if self.backends[slot as usize].in_block {
            self.notice(slot, "WARNING", "there is already a transaction in progress".to_owned());
        }
        self.open_block(slot, level);
        self.reply(slot, Reply::Command("BEGIN".to_owned()));
    }

    pub(super) fn open_block(&mut self, slot: u32, level: Option<Isolation>) {
        let backend = &mut self.backends[slot as usize];
        if backend.in_block {
            return;
        }
        backend.in_block = true;
        backend.isolation = level.unwrap_or(backend.default_isolation);
        if backend.isolation.keeps_snapshot() {
            backend.snapshots = Snapshots::Next;
        }
    }

    /// `SET TRANSACTION`: only before the first query (`check_transaction_isolation`).
    fn set_isolation(&mut self, slot: u32, level: Isolation) -> Result<(), SqlError> {
        let backend = &mut self.backends[slot as usize];
        if !backend.in_block {
            let message = "SET TRANSACTION can only be used in transaction blocks";
            self.notice(slot, "WARNING", message.to_owned());
        } else if level != backend.isolation {
            if backend.queried {
                let message = "SET TRANSACTION ISOLATION LEVEL must be called before any query";
                return Err(SqlError::new(SqlState::ACTIVE_SQL_TRANSACTION, message));
            }
            if !backend.savepoints.is_empty() {
                let message = "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction";
                return Err(SqlError::new(SqlState::ACTIVE_SQL_TRANSACTION, message));
            }
            backend.isolation = level;
            backend.snapshots = if level.keeps_snapshot() { Snapshots::Next } else { Snapshots::Statement };
        }
        self.reply(slot, Reply::Command("SET".to_owned()));
        Ok(())
    }

    /// `SET transaction_isolation`: like `SET TRANSACTION`, and outside a block gone with the statement's own transaction.
    fn set_transaction_isolation(&mut self, slot: u32, name: &str) -> Result<(), SqlError> {
        match Isolation::named(name).filter(|_| self.backends[slot as usize].in_block) {
            Some(level) => self.set_isolation(slot, level),
            None => {
                self.reply(slot, Reply::Command("SET".to_owned()));
                Ok(())
            }
        }
    }

    fn end_block(&mut self, now: SimTime, slot: u32, commit: bool) {
        let backend = &self.backends[slot as usize];
        debug_assert!(backend.state == BackendState::Active, "a block ends by a statement");
        if !backend.in_block {
            self.notice(slot, "WARNING", "there is no transaction in progress".to_owned());
        }
        let commit = commit && !self.backends[slot as usize].aborted;
        self.end_transaction(now, slot, commit);
        let tag = if commit { "COMMIT" } else { "ROLLBACK" };
        self.reply(slot, Reply::Command(tag.to_owned()));
    }

    fn set_parameter(&mut self, slot: u32, name: &str, value: Option<String>) -> Result<(), SqlError> {
        let mut settings = self.settings_of(&self.backends[slot as usize]);
        let role = &self.backends[slot as usize].login.role;
        Settings::may_set(name, self.catalog.role_by_name(role).is_some_and(|role| role.superuser))?;
        let of_transaction = name.eq_ignore_ascii_case("transaction_isolation");
        if let Some(value) = &value {
            settings.set(name, value)?;
            if of_transaction {
                return self.set_transaction_isolation(slot, value);
            }
            self.backends[slot as usize].parameters.set(name, value);
            if name.eq_ignore_ascii_case("application_name") {
                self.backends[slot as usize].login.application_name.clone_from(value);
            }
        } else if of_transaction {
            let message = "parameter \"transaction_isolation\" cannot be reset";
            return Err(SqlError::new(SqlState::FEATURE_NOT_SUPPORTED, message));
        } else {
            settings.reset(name)?;
            self.backends[slot as usize].parameters.reset(name);
        }
        self.resolve_limits(slot);
        let tag = if value.is_some() { "SET" } else { "RESET" };
        self.reply(slot, Reply::Command(tag.to_owned()));
        Ok(())
    }

    fn alter_system(&mut self, name: &str, value: Option<&str>) -> Result<(), SqlError> {
        match value {
            Some(value) => {
                self.settings.clone().set(name, value)?;
                self.file.set(name, value);
            }
            None => self.file.reset(name),
        }
        Ok(())
    }

    /// `pg_reload_conf()`: what `ALTER SYSTEM` and the file say comes into force, for sessions under way too.
    pub fn reload(&mut self, now: SimTime) {
        self.see(now);
        let mut settings = Default::default();
        let applied = self.file.apply(&mut settings);
        let sized = super::apply_sizes(&self.config, &mut settings);
        self.settings = settings;
        self.tuning = Tuning::of(&self.settings);
        self.catalog.touch();
        for slot in 0..self.backends.len() as u32 {
            if self.backends[slot as usize].alive {
                self.resolve_limits(slot);
            }
        }
        let message = match applied.and(sized) {
            Ok(()) => "received SIGHUP, reloading configuration files".to_owned(),
            Err(error) => format!("configuration file contains errors: {}", error.message),
        };
        let event = LogEvent::Text { severity: Severity::Log, message };
        self.log.push(self.now, super::POSTMASTER_PID, None, event);
    }

    /// ANALYZE ended: the planner believes what a sample of the data showed.
    pub(super) fn analyzed(&mut self, now: SimTime, table: Oid, automatic: bool) {
        let counters = self.counters.tables.entry(table).or_default();
        let times = counters.analyze_count + counters.autoanalyze_count;
        counters.modified_since_analyze = 0.0;
        if automatic {
            counters.last_autoanalyze = Some(now);
            counters.autoanalyze_count += 1;
        } else {
            counters.last_analyze = Some(now);
            counters.analyze_count += 1;
        }
        let mut draws = self.noise.fork(&format!("analyze {table} {times}"));
        let target = self.settings.planner().default_statistics_target as f64;
        let (Some(truth), Some(believed)) =
            (self.truth.tables.get(&table), self.catalog.tables.get_mut(&table))
        else {
            return;
        };
        let rows = (maintenance::SAMPLE_PER_TARGET * target).min(truth.statistics.tuples.max(1.0));
        believed.statistics.tuples = sample::tuples(truth.statistics.tuples, &mut draws);
        believed.statistics.pages = believed.size.blocks as f64;
        for (column, true_column) in believed.columns.iter_mut().zip(&truth.columns) {
            let sampled = true_column.statistics.as_ref().map(|s| sample::column(s, rows, &mut draws));
            column.statistics = sampled.map(Arc::new);
        }
        self.analyze_expressions(table, rows, &mut draws);
        self.catalog.touch();
    }

    /// ANALYZE stores statistics of index expressions too: those of any index that ever had the same expression.
    fn analyze_expressions(&mut self, table: Oid, rows: f64, draws: &mut Stream) {
        let tuples = self.catalog.tables.get(&table).map_or(0.0, |t| t.statistics.tuples);
        for index in self.catalog.indexes.values_mut().filter(|i| i.table == table) {
            index.statistics.pages = index.size.blocks as f64;
            if index.predicate.is_empty() {
                index.statistics.tuples = tuples;
            }
            for key in &mut index.keys {
                let KeySource::Expression(_) = key.source else { continue };
                let known = self.truth.indexes.values().filter(|i| i.table == table).flat_map(|i| &i.keys);
                let same = known.into_iter().find(|k| k.source == key.source && k.statistics.is_some());
                let truth = same.and_then(|k| k.statistics.as_ref());
                key.statistics = truth.map(|s| Arc::new(sample::column(s, rows, draws)));
            }
        }
    }
}
