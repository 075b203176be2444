//! The books: what statements did since last time goes into the cache, the counters and the log of changes.
//!
//! Short executions leave only a count in their template; four times a second the counts are multiplied out. So an
//! execution costs a handful of additions, and the views lag by at most a quarter of a second (PostgreSQL's own lag
//! by up to one).

use std::sync::Arc;

use super::types::QueryId;
use super::{SETTLE_EVERY, Server, Timer};
use crate::kernel::SimTime;
use crate::postgres::buffers::{Spread, Touch};
use crate::postgres::work::{Work, rates};

impl Server {
    /// Brings the books up to `now` and sets the next time.
    pub(super) fn settle(&mut self, now: SimTime) {
        for query in 0..self.templates.len() {
            let begun = std::mem::take(&mut self.templates[query].begun);
            if begun > 0 && self.templates[query].hot.short {
                let work = Arc::clone(&self.templates[query].work);
                self.touch_pages(&work, f64::from(begun), query);
                self.count_scans(now, &work, f64::from(begun));
                self.count_changes(&work, f64::from(begun), query);
            }
        }
        self.buffers.settle(now);
        self.wal.settle(now);
        self.tend_background(now);
        for query in 0..self.templates.len() {
            self.refresh_misses(query);
        }
        self.timers.push(now + SETTLE_EVERY, Timer::Settle);
    }

    /// How likely a short statement is to miss the cache, as it is now.
    pub(super) fn refresh_misses(&mut self, query: usize) {
        let template = &mut self.templates[query];
        if !template.hot.short {
            return;
        }
        let mut expected = Touch::default();
        for access in &template.work.accesses {
            let chances = self.buffers.chances(access.pool, access.spread);
            expected = expected.plus(chances.times(access.pages));
        }
        if template.hot.reads != expected.disk {
            template.hot.reads = expected.disk;
            template.hot.no_reads = libm::exp(-expected.disk);
        }
        template.hot.cpu_ns = template.work.cpu_ns + expected.read() * rates::PAGE_COPY;
    }

    fn touch_pages(&mut self, work: &Work, executions: f64, query: usize) {
        let mut touched = Touch { hit: work.sure_hits * executions, ..Touch::default() };
        for access in &work.accesses {
            let pages = access.pages * executions;
            let touch = if access.spread == Spread::Sequential {
                self.buffers.scan(access.pool, pages)
            } else {
                let chances = self.buffers.chances(access.pool, access.spread);
                self.buffers.touch(access.pool, access.spread, pages);
                chances.times(pages)
            };
            self.count_pages(access.relation, touch);
            touched = touched.plus(touch);
        }
        let statement = &mut self.statements[self.templates[query].statement];
        statement.blocks_hit += touched.hit;
        statement.blocks_read += touched.read();
        self.count_database_pages(touched);
    }

    fn count_database_pages(&mut self, touched: Touch) {
        let database = &mut self.counters.database;
        database.blocks_hit += touched.hit;
        database.blocks_read += touched.read();
        database.read_ms += touched.disk * self.config.disk_latency.as_millis_f64();
    }

    fn count_pages(&mut self, relation: crate::postgres::catalog::Oid, touch: Touch) {
        if let Some(table) = self.counters.tables.get_mut(&relation) {
            table.heap_blocks_hit += touch.hit;
            table.heap_blocks_read += touch.read();
        } else if let Some(index) = self.counters.indexes.get_mut(&relation) {
            index.blocks_hit += touch.hit;
            index.blocks_read += touch.read();
        }
    }

    fn count_scans(&mut self, now: SimTime, work: &Work, executions: f64) {
        for scan in &work.scans {
            let (scans, read, fetched) =
                (scan.scans * executions, scan.read * executions, scan.fetched * executions);
            let table = self.counters.tables.entry(scan.table).or_default();
            let database = &mut self.counters.database;
            database.tup_returned += read;
            let Some(index) = scan.index else {
                table.seq_scan += scans;
                table.seq_tup_read += read;
                table.last_seq_scan = Some(now);
                continue;
            };
            table.idx_scan += scans;
            table.idx_tup_fetch += fetched;
            table.last_idx_scan = Some(now);
            database.tup_fetched += fetched;
            let index = self.counters.indexes.entry(index).or_default();
            index.idx_scan += scans;
            index.idx_tup_read += read;
            index.idx_tup_fetch += fetched;
            index.last_idx_scan = Some(now);
        }
    }

    fn count_changes(&mut self, work: &Work, executions: f64, query: usize) {
        let row = self.templates.get(query).map_or(usize::MAX, |t| t.statement);
        for change in &work.changes {
            let (inserted, updated, deleted) =
                (change.inserted * executions, change.updated * executions, change.deleted * executions);
            let table = self.counters.tables.entry(change.table).or_default();
            table.inserted += inserted;
            table.updated += updated;
            table.deleted += deleted;
            table.live += inserted - deleted;
            table.dead += updated + deleted;
            table.modified_since_analyze += inserted + updated + deleted;
            table.inserted_since_vacuum += inserted;
            let database = &mut self.counters.database;
            database.tup_inserted += inserted;
            database.tup_updated += updated;
            database.tup_deleted += deleted;
            let bytes = change.wal_bytes * executions;
            let records = (inserted + updated + deleted) * (1.0 + change.index_entries);
            self.wal.append(records, bytes, 0.0);
            self.dirty_pages((inserted + updated + deleted) * (1.0 + change.index_entries * 0.5));
            if let Some(statement) = self.statements.get_mut(row) {
                statement.wal_bytes += bytes;
                statement.blocks_dirtied += inserted + updated + deleted;
            }
        }
    }

    /// Counts one long execution that ended well.
    pub(super) fn count_work(&mut self, now: SimTime, work: &Work, query: Option<QueryId>, slot: u32) {
        let touched = self.backends[slot as usize].run.touched;
        self.count_database_pages(touched);
        self.count_long_pages(work, 1.0);
        self.count_scans(now, work, 1.0);
        let query = query.map_or(usize::MAX, |q| q.0 as usize);
        self.count_changes(work, 1.0, query);
        if work.temp_pages > 0.0 {
            self.counters.database.temp_files += 1.0;
            self.counters.database.temp_bytes += work.temp_pages * 8_192.0;
        }
        let row = self.templates.get(query).map_or(usize::MAX, |t| t.statement);
        if let Some(statement) = self.statements.get_mut(row) {
            statement.blocks_hit += touched.hit;
            statement.blocks_read += touched.read();
            statement.temp_blocks += work.temp_pages;
        }
    }

    /// Counts the pages and rows that a cancelled execution had already seen.
    pub(super) fn count_aborted(&mut self, work: &Work, part: f64, slot: u32) {
        let touched = self.backends[slot as usize].run.touched;
        self.count_database_pages(touched);
        self.count_long_pages(work, part);
        let now = self.now;
        for scan in &work.scans {
            let seen = Work { scans: vec![*scan], ..Work::default() };
            self.count_scans(now, &seen, part);
        }
    }

    /// Divides a long execution's pages between hit and read as the cache is now.
    fn count_long_pages(&mut self, work: &Work, part: f64) {
        for access in &work.accesses {
            let touch = self.buffers.chances(access.pool, access.spread).times(access.pages * part);
            self.count_pages(access.relation, touch);
        }
    }
}
