//! VACUUM and ANALYZE while they run and when they end: how far they have come, which dead rows they must leave, and what VERBOSE tells
//! (`vacuumlazy.c`, the manual's "VACUUM Progress Reporting").

use super::Server;
use super::backend::{Backend, Maintenance};
use crate::kernel::SimTime;
use crate::postgres::catalog::Oid;
use crate::postgres::work::Work;

/// Bytes that a dead row's place takes in memory while indexes are vacuumed: a `TidStore` entry, about.
const DEAD_ITEM_BYTES: f64 = 10.0;
/// The share of ANALYZE's work that reading the sample is.
const SAMPLING_SHARE: f64 = 0.9;

/// A VACUUM of one table under way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VacuumRun {
    pub(crate) table: Oid,
    pub(crate) verbose: bool,
    /// The oldest transaction id in use when it began, where one held anything back.
    pub(crate) horizon: Option<u64>,
    /// The next transaction id when it began.
    pub(crate) began_at: u64,
    pub(crate) since: SimTime,
    /// Pages of the table, and those of them that it reads.
    pub(crate) pages: u64,
    pub(crate) scanned: u64,
    pub(crate) visible_before: u64,
    /// Dead rows that can go, and those that somebody may still see.
    pub(crate) removable: f64,
    pub(crate) held: f64,
    pub(crate) indexes: u64,
    /// The share of the work that the table is; the rest is its indexes.
    pub(crate) heap_share: f64,
    /// Pieces that the work is cut into, and how many are done.
    pub(crate) pieces: (u32, u32),
}

/// An ANALYZE of one table under way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnalyzeRun {
    pub(crate) table: Oid,
    pub(crate) sample: u64,
}

/// A row of `pg_stat_progress_vacuum`.
#[derive(Debug, Clone, PartialEq)]
pub struct VacuumProgress {
    /// The table.
    pub table: u32,
    /// As the manual's table "VACUUM Phases" names it.
    pub phase: &'static str,
    /// Blocks of the table: all, scanned, vacuumed.
    pub blocks: (u64, u64, u64),
    /// Rounds over the indexes that are over.
    pub index_rounds: u64,
    /// Memory for dead rows' places, bytes: allowed and in use.
    pub memory: (u64, u64),
    /// Dead rows' places collected.
    pub dead: u64,
    /// Indexes: all and done in this round.
    pub indexes: (u64, u64),
}

/// A row of `pg_stat_progress_analyze`.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalyzeProgress {
    /// The table.
    pub table: u32,
    /// As the manual's table "ANALYZE Phases" names it.
    pub phase: &'static str,
    /// Blocks of the sample: all and read.
    pub blocks: (u64, u64),
}

impl Server {
    /// VACUUM has its lock: what it can remove is settled now.
    pub(super) fn begin_vacuum(
        &mut self,
        now: SimTime,
        slot: u32,
        table: Oid,
        verbose: bool,
        work: &Work,
        pieces: u32,
    ) {
        let horizon = self.horizon(now, Some(slot));
        let held = self.held_back(table, horizon);
        let dead = self.counters.tables.get(&table).map_or(0.0, |c| c.dead);
        let Some(known) = self.catalog.tables.get(&table) else { return };
        let of_table: f64 = work.accesses.iter().filter(|a| a.relation == table).map(|a| a.pages).sum();
        let run = VacuumRun {
            table,
            verbose,
            horizon,
            began_at: self.next_xid,
            since: now,
            pages: known.size.blocks,
            scanned: (of_table.round() as u64).min(known.size.blocks),
            visible_before: known.statistics.all_visible.max(0.0) as u64,
            removable: (dead - held).max(0.0),
            held,
            indexes: known.indexes.len() as u64,
            heap_share: if work.pages() > 0.0 { of_table / work.pages() } else { 1.0 },
            pieces: (pieces, 0),
        };
        let name = self.qualified_name(table);
        self.set_maintenance(slot, Some(Maintenance::Vacuum(Box::new(run))));
        if verbose {
            self.notice(slot, "INFO", format!("vacuuming \"{name}\""));
        }
    }

    pub(super) fn begin_analyze(&mut self, slot: u32, table: Oid, work: &Work) {
        let sample = work.pages().round() as u64;
        self.set_maintenance(slot, Some(Maintenance::Analyze(AnalyzeRun { table, sample })));
    }

    pub(super) fn set_maintenance(&mut self, slot: u32, maintenance: Option<Maintenance>) {
        if let Some(conversation) = &mut self.backends[slot as usize].conversation {
            conversation.maintenance = maintenance;
        }
    }

    /// One of an autovacuum's pieces is done.
    pub(super) fn vacuum_piece_done(&mut self, slot: u32) {
        let conversation = self.backends[slot as usize].conversation.as_mut();
        if let Some(Maintenance::Vacuum(run)) = conversation.and_then(|c| c.maintenance.as_mut()) {
            run.pieces.1 += 1;
        }
    }

    fn qualified_name(&self, table: Oid) -> String {
        let schema = self.catalog.tables.get(&table).map_or("public", |t| t.schema.as_str());
        format!("{}.{schema}.{}", self.catalog.database, self.table_name(table))
    }

    /// VACUUM ended: dead rows are gone but for those that somebody may still see, and pages without them are all visible.
    pub(super) fn vacuumed(&mut self, now: SimTime, slot: u32, table: Oid) {
        let run = match self.backends[slot as usize].conversation.as_mut().map(|c| c.maintenance.take()) {
            Some(Some(Maintenance::Vacuum(run))) => Some(run),
            _ => None,
        };
        let held = self.held_back(table, run.as_ref().and_then(|r| r.horizon));
        for catalog in [&mut self.catalog, &mut self.truth] {
            if let Some(table) = catalog.tables.get_mut(&table) {
                let pages = table.size.blocks as f64;
                table.statistics.pages = pages;
                table.statistics.all_visible = pages;
                if held > 0.0 {
                    // Dead rows lie anywhere: so many pages have none of them.
                    table.statistics.all_visible = (pages * libm::exp(-held / pages.max(1.0))).round();
                }
            }
        }
        self.catalog.touch();
        let counters = self.counters.tables.entry(table).or_default();
        counters.dead = held;
        counters.inserted_since_vacuum = 0.0;
        if self.backends[slot as usize].kind == super::BackendType::AutovacuumWorker {
            counters.last_autovacuum = Some(now);
            counters.autovacuum_count += 1;
        } else {
            counters.last_vacuum = Some(now);
            counters.vacuum_count += 1;
        }
        if let Some(run) = run.filter(|r| r.verbose) {
            let report = self.vacuum_report(now, slot, &run);
            self.notice(slot, "INFO", report);
        }
    }

    /// What VACUUM VERBOSE says when a table is done (`heap_vacuum_rel`).
    fn vacuum_report(&self, now: SimTime, slot: u32, run: &VacuumRun) -> String {
        let percent =
            |part: u64, whole: u64| if whole > 0 { 100.0 * part as f64 / whole as f64 } else { 100.0 };
        let removed = run.removable.round() as u64;
        let table = self.catalog.tables.get(&run.table);
        let live = self.truth.tables.get(&run.table).map_or(0.0, |t| t.statistics.tuples.max(0.0));
        let visible = table.map_or(0, |t| t.statistics.all_visible.max(0.0) as u64);
        let newly = visible.saturating_sub(run.visible_before);
        // As many pages have dead rows as chance has it.
        let pages = run.pages as f64;
        let touched = (pages * (1.0 - libm::exp(-run.removable / pages.max(1.0)))).round() as u64;
        let rounds = u64::from(removed > 0 && run.indexes > 0);
        let cutoff = run.horizon.unwrap_or(run.began_at);
        let mut lines = vec![
            format!("finished vacuuming \"{}\": index scans: {rounds}", self.qualified_name(run.table)),
            format!(
                "pages: 0 removed, {} remain, {} scanned ({:.2}% of total), 0 eagerly scanned",
                run.pages,
                run.scanned,
                percent(run.scanned, run.pages)
            ),
            format!(
                "tuples: {removed} removed, {} remain, {} are dead but not yet removable",
                (live + run.held).round() as u64,
                run.held.round() as u64
            ),
            format!(
                "removable cutoff: {cutoff}, which was {} XIDs old when operation ended",
                self.next_xid.saturating_sub(cutoff)
            ),
            "frozen: 0 pages from table (0.00% of total) had 0 tuples frozen".to_owned(),
            format!(
                "visibility map: {newly} pages set all-visible, 0 pages set all-frozen ({} were all-visible)",
                run.visible_before.min(visible)
            ),
        ];
        let (needed, dead) =
            if rounds > 0 { ("index scan needed", removed) } else { ("index scan not needed", 0) };
        let touched = if rounds > 0 { touched } else { 0 };
        lines.push(format!(
            "{needed}: {touched} pages from table ({:.2}% of total) had {dead} dead item identifiers removed",
            if run.pages > 0 { percent(touched, run.pages) } else { 0.0 }
        ));
        if rounds > 0 {
            for index in self.catalog.indexes_of(run.table) {
                lines.push(format!(
                    "index \"{}\": pages: {} in total, 0 newly deleted, 0 currently deleted, 0 reusable",
                    index.name, index.size.blocks
                ));
            }
        }
        let backend = &self.backends[slot as usize];
        let touched = backend.run.touched;
        let elapsed = (now - run.since).as_secs_f64();
        let rate = |pages: f64| if elapsed > 0.0 { pages * 8_192.0 / 1_048_576.0 / elapsed } else { 0.0 };
        let dirtied = run.removable.min(pages);
        lines.push(format!(
            "avg read rate: {:.3} MB/s, avg write rate: {:.3} MB/s",
            rate(touched.read()),
            rate(dirtied)
        ));
        lines.push(format!(
            "buffer usage: {} hits, {} reads, {} dirtied",
            touched.hit.round() as u64,
            touched.read().round() as u64,
            dirtied.round() as u64
        ));
        lines.push(format!("system usage: elapsed: {elapsed:.2} s"));
        lines.join("\n")
    }

    /// VACUUMs under way with their sessions' slots.
    pub fn vacuum_progress(&self) -> Vec<(u32, VacuumProgress)> {
        let row = |(slot, backend): (u32, &Backend)| match maintenance_of(backend)? {
            Maintenance::Vacuum(run) => Some((slot, self.progress_of(run, backend))),
            Maintenance::Analyze(_) => None,
        };
        self.activity().filter_map(row).collect()
    }

    fn progress_of(&self, run: &VacuumRun, backend: &Backend) -> VacuumProgress {
        let (pieces, done) = run.pieces;
        let working = if backend.run.work.is_some() { backend.run.progress() } else { 0.0 };
        let share = ((f64::from(done) + working) / f64::from(pieces.max(1))).min(1.0);
        let heap = if run.heap_share > 0.0 { (share / run.heap_share).min(1.0) } else { 1.0 };
        let left = 1.0 - run.heap_share;
        let on_indexes = if left > 0.0 { ((share - run.heap_share) / left).clamp(0.0, 1.0) } else { 0.0 };
        let phase = match () {
            () if heap < 1.0 => "scanning heap",
            () if share < 1.0 => "vacuuming indexes",
            () => "performing final cleanup",
        };
        let dead = run.removable * heap;
        let allowed = self.workshop().memory.max(0.0) as u64;
        VacuumProgress {
            table: run.table.0,
            phase,
            blocks: (run.pages, (run.pages as f64 * heap) as u64, 0),
            index_rounds: 0,
            memory: (allowed, (dead * DEAD_ITEM_BYTES) as u64),
            dead: dead as u64,
            indexes: (run.indexes, (run.indexes as f64 * on_indexes) as u64),
        }
    }

    /// ANALYZEs under way with their sessions' slots.
    pub fn analyze_progress(&self) -> Vec<(u32, AnalyzeProgress)> {
        let row = |(slot, backend): (u32, &Backend)| {
            let Maintenance::Analyze(run) = maintenance_of(backend)? else { return None };
            let share = backend.run.progress();
            let read = (share / SAMPLING_SHARE).min(1.0);
            let phase = if read < 1.0 { "acquiring sample rows" } else { "computing statistics" };
            let blocks = (run.sample, (run.sample as f64 * read) as u64);
            Some((slot, AnalyzeProgress { table: run.table.0, phase, blocks }))
        };
        self.activity().filter_map(row).collect()
    }
}

fn maintenance_of(backend: &Backend) -> Option<&Maintenance> {
    backend.conversation.as_ref().and_then(|c| c.maintenance.as_ref())
}
