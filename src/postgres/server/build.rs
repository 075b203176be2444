//! Index builds: their phases as steps, what `pg_stat_progress_create_index` shows, what an error leaves behind.
//!
//! Locks, waits and the order of phases are `DefineIndex`, `ReindexRelationConcurrently` and `index_drop` of
//! PostgreSQL's `commands/indexcmds.c` and `catalog/index.c`. A cancelled concurrent build leaves its index INVALID
//! because the steps that would have made it valid were not reached.

use std::collections::VecDeque;

use super::Server;
use super::program::{Effect, Step, WaitFor};
use crate::postgres::catalog::{Index, Oid};
use crate::postgres::locks::{LockMode, LockTag};
use crate::postgres::work::maintenance::{BuildWork, Workshop, index_build};

/// A row of `pg_stat_progress_create_index`, its session's columns aside.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BuildProgress {
    /// The table.
    pub table: u32,
    /// The index, once it has an entry in the catalog.
    pub index: u32,
    /// `CREATE INDEX`, `CREATE INDEX CONCURRENTLY`, `REINDEX`…
    pub command: &'static str,
    /// The phase, as the manual's table "CREATE INDEX Phases" names it.
    pub phase: &'static str,
    /// Transactions that are waited out in this phase: all and done.
    pub lockers: (u64, u64),
    /// The process waited for; 0 for none.
    pub locker_pid: u32,
    /// Blocks in this phase: all and done.
    pub blocks: (u64, u64),
    /// Rows in this phase: all and done.
    pub tuples: (u64, u64),
}

/// How an index comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuildKind {
    /// `CREATE INDEX`
    Create,
    /// `CREATE INDEX CONCURRENTLY`
    CreateConcurrently,
    /// `REINDEX`
    Reindex,
    /// `REINDEX … CONCURRENTLY`
    ReindexConcurrently,
}

impl BuildKind {
    fn command(self) -> &'static str {
        match self {
            BuildKind::Create => "CREATE INDEX",
            BuildKind::CreateConcurrently => "CREATE INDEX CONCURRENTLY",
            BuildKind::Reindex => "REINDEX",
            BuildKind::ReindexConcurrently => "REINDEX CONCURRENTLY",
        }
    }

    fn is_concurrent(self) -> bool {
        matches!(self, BuildKind::CreateConcurrently | BuildKind::ReindexConcurrently)
    }
}

impl Server {
    /// What maintenance works with.
    pub(super) fn workshop(&self) -> Workshop<'_> {
        Workshop {
            catalog: &self.catalog,
            truth: &self.truth,
            buffers: &self.buffers,
            memory: self.tuning.maintenance_work_mem,
            workers: self.tuning.max_parallel_maintenance_workers,
        }
    }

    /// The steps of building `index`. `enter` puts it into the catalog (or its file in place): at the end for a plain
    /// build, before the first scan for a concurrent one.
    pub(super) fn build_steps(&self, kind: BuildKind, index: &Index, enter: Effect) -> VecDeque<Step> {
        let work = index_build(self.workshop(), index);
        let table = LockTag::Relation(index.table.0);
        let mut steps = VecDeque::new();
        let begin = Step::Effect(Effect::BeginBuild { table: index.table, command: kind.command() });
        if !kind.is_concurrent() {
            steps.push_back(Step::Lock(table, LockMode::Share));
            if kind == BuildKind::Reindex {
                steps.push_back(Step::Lock(LockTag::Relation(index.oid.0), LockMode::AccessExclusive));
            }
            steps.push_back(begin);
            first_scan(&mut steps, &work);
            steps.push_back(Step::Effect(enter));
            return steps;
        }
        steps.push_back(Step::Lock(table, LockMode::ShareUpdateExclusive));
        steps.push_back(begin);
        steps.push_back(Step::Effect(enter));
        wait(&mut steps, "waiting for writers before build", WaitFor::Writers(index.table));
        first_scan(&mut steps, &work);
        steps.push_back(Step::Effect(Effect::IndexReady));
        wait(&mut steps, "waiting for writers before validation", WaitFor::Writers(index.table));
        steps.push_back(Step::Phase("index validation: scanning index", work.index_pages as u64, 0));
        steps.push_back(Step::Work(work.validate_index));
        steps.push_back(Step::Phase("index validation: sorting tuples", 0, 0));
        steps.push_back(Step::Work(work.validate_sort));
        steps.push_back(Step::Phase("index validation: scanning table", work.pages as u64, 0));
        steps.push_back(Step::Work(work.validate_table));
        wait(&mut steps, "waiting for old snapshots", WaitFor::Snapshots);
        if kind == BuildKind::ReindexConcurrently {
            steps.push_back(Step::Effect(Effect::SwapIndexes));
            wait(&mut steps, "waiting for readers before marking dead", WaitFor::Users(index.table));
            wait(&mut steps, "waiting for readers before dropping", WaitFor::Users(index.table));
            steps.push_back(Step::Effect(Effect::DropReplaced));
        } else {
            steps.push_back(Step::Effect(Effect::IndexValid));
        }
        steps.push_back(Step::Unlock(table, LockMode::ShareUpdateExclusive));
        steps
    }

    /// Builds under way with their sessions' slots: `pg_stat_progress_create_index`.
    pub fn progress(&self) -> Vec<(u32, BuildProgress)> {
        let mut rows = Vec::new();
        for (slot, backend) in self.activity() {
            let Some(progress) = backend.conversation.as_ref().and_then(|c| c.progress.as_ref()) else {
                continue;
            };
            let share = backend.run.progress();
            let done = |total: u64| (total as f64 * share) as u64;
            rows.push((
                slot,
                BuildProgress {
                    blocks: (progress.blocks.0, done(progress.blocks.0)),
                    tuples: (progress.tuples.0, done(progress.tuples.0)),
                    ..progress.clone()
                },
            ));
        }
        rows
    }

    /// Brings cache and counters in line with the catalog after DDL: relations that came, went, or changed size.
    pub(super) fn adopt_changes(&mut self) {
        for index in self.catalog.indexes.values() {
            if self.buffers.pool(index.oid.0).is_none() {
                let working_set = super::working_set(&self.config, &index.name);
                self.buffers.add(index.oid.0, index.size.blocks, working_set);
            }
            self.counters.indexes.entry(index.oid).or_default();
        }
        for table in self.catalog.tables.values() {
            if self.buffers.pool(table.oid.0).is_none() {
                let working_set = super::working_set(&self.config, &table.name);
                self.buffers.add(table.oid.0, table.size.blocks, working_set);
            }
            self.counters.tables.entry(table.oid).or_default();
        }
        for (oid, table) in &self.catalog.tables {
            let known = self.truth.tables.entry(*oid).or_insert_with(|| table.clone());
            let columns = known.columns.len();
            known.columns.extend(table.columns.iter().skip(columns).cloned());
        }
        let known: Vec<u32> = self.buffers.residency().map(|r| r.oid).collect();
        for oid in known {
            let blocks = self.blocks_of(Oid(oid));
            match blocks {
                Some(blocks) => self.buffers.resize(oid, blocks),
                None => self.buffers.remove(oid),
            }
        }
        let catalog = &self.catalog;
        self.counters.indexes.retain(|oid, _| catalog.indexes.contains_key(oid));
        self.counters.tables.retain(|oid, _| catalog.tables.contains_key(oid));
    }

    fn blocks_of(&self, oid: Oid) -> Option<u64> {
        let table = self.catalog.tables.get(&oid).map(|t| t.size.blocks);
        table.or_else(|| self.catalog.indexes.get(&oid).map(|i| i.size.blocks))
    }
}

fn first_scan(steps: &mut VecDeque<Step>, work: &BuildWork) {
    let (pages, tuples) = (work.pages as u64, work.tuples as u64);
    steps.push_back(Step::Phase("building index: scanning table", pages, tuples));
    steps.push_back(Step::Work(work.scan.clone()));
    steps.push_back(Step::Phase("building index: sorting live tuples", 0, tuples));
    steps.push_back(Step::Work(work.sort.clone()));
    steps.push_back(Step::Phase("building index: loading tuples in tree", 0, tuples));
    steps.push_back(Step::Work(work.load.clone()));
}

fn wait(steps: &mut VecDeque<Step>, phase: &'static str, whom: WaitFor) {
    steps.push_back(Step::Phase(phase, 0, 0));
    steps.push_back(Step::WaitFor(whom));
}
