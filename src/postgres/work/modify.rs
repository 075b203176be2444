//! Writes: rows, index entries, foreign keys, WAL; and the locks that a plan takes.
//!
//! The planner charges nothing for keeping indexes up to date; a server pays for each
//! (`collapse.json`, "insert": 5 → 17 indexes, 0.081 → 0.143 ms of CPU and 516 → 1,565 bytes of WAL).

use super::measure::{Extent, Meter};
use super::{RowChange, rates};
use crate::postgres::buffers::Spread;
use crate::postgres::catalog::{ConstraintKind, KeySource, Oid, ReferentialAction, Table};
use crate::postgres::locks::{LockMode, LockTag};
use crate::postgres::plan::{NodeKind, PlanNode};
use crate::postgres::sql::{Command, RelId};

impl Meter<'_> {
    /// INSERT, UPDATE or DELETE of the rows that come from below.
    pub(crate) fn modify(&mut self, node: &PlanNode, operation: Command, relation: RelId, extent: Extent) {
        let rows = node.children.iter().map(|c| self.rows(c)).sum::<f64>().max(0.0) * extent.loops;
        for child in &node.children {
            self.run(child, Extent { fraction: 1.0, ..extent });
        }
        self.count(node, rows, 1.0, Extent { loops: 1.0, ..extent });
        let catalog = self.catalog;
        let Some(table) = self.table_of(relation).and_then(|oid| catalog.tables.get(&oid)) else { return };
        let entries = match operation {
            Command::Insert => self.entries_of_insert(table),
            Command::Update => self.entries_of_update(node, table),
            _ => 0.0,
        };
        let row_ns = if operation == Command::Insert { rates::INSERT_ROW } else { rates::MODIFY_ROW };
        self.cpu(node, rows * (row_ns + entries * rates::INSERT_ENTRY));
        self.touch_indexes(node, table, rows, entries);
        match operation {
            Command::Insert => self.check_references(node, table, rows),
            Command::Delete => self.check_referrers(node, table, rows),
            _ => {}
        }
        let width = table_width(table);
        let bytes = rates::WAL_ROW_BYTES
            + entries * rates::WAL_ENTRY_BYTES
            + if operation == Command::Delete { 0.0 } else { width };
        let only = |which: Command| if operation == which { rows } else { 0.0 };
        self.work.changes.push(RowChange {
            table: table.oid,
            inserted: only(Command::Insert),
            updated: only(Command::Update),
            deleted: only(Command::Delete),
            index_entries: entries,
            wal_bytes: rows * bytes,
        });
    }

    /// Rows changed, when the statement changes rows.
    pub(crate) fn changed_rows(&self) -> Option<f64> {
        let rows = self.work.changes.iter().map(|c| c.inserted + c.updated + c.deleted).sum();
        self.work.writes().then_some(rows)
    }

    /// Index entries of one inserted row; a partial index gets its share.
    fn entries_of_insert(&self, table: &Table) -> f64 {
        let catalog = self.catalog;
        let ready = catalog.indexes_of(table.oid).filter(|i| i.ready);
        ready
            .map(
                |i| {
                    if i.predicate.is_empty() { 1.0 } else { self.table_selectivity(table.oid, &i.predicate) }
                },
            )
            .sum()
    }

    /// Index entries of one updated row: none when no indexed column is assigned (a HOT update), else one for each
    /// index.
    fn entries_of_update(&self, node: &PlanNode, table: &Table) -> f64 {
        let assigned: Vec<u16> = node
            .children
            .iter()
            .flat_map(|c| &c.targets)
            .filter(|t| !t.junk)
            .filter_map(|t| table.column(&t.name).map(|c| c.number))
            .collect();
        let catalog = self.catalog;
        let touched = catalog.indexes_of(table.oid).filter(|i| i.ready).any(|i| {
            i.keys.iter().any(|k| match &k.source {
                KeySource::Column(number) => assigned.contains(number),
                KeySource::Expression(expr) => {
                    expr.any(&mut |e| e.as_column().is_some_and(|c| assigned.contains(&c.column)))
                }
            })
        });
        if touched { self.entries_of_insert(table) } else { 0.0 }
    }

    /// Leaf pages that new entries go to, beyond those at an ever-growing end.
    fn touch_indexes(&mut self, node: &PlanNode, table: &Table, rows: f64, entries: f64) {
        self.sure_hits(node, rows * (1.0 + 2.0 * entries));
        if entries <= 0.0 {
            return;
        }
        let catalog = self.catalog;
        for index in catalog.indexes_of(table.oid).filter(|i| i.ready) {
            let share = if index.predicate.is_empty() {
                1.0
            } else {
                self.table_selectivity(table.oid, &index.predicate)
            };
            if self.correlation(index).abs() < ASCENDING {
                self.access(node, index.oid, Spread::Popular, rows * share);
            }
        }
    }

    /// Each inserted row's foreign keys are looked up and locked (`RI_FKey_check`).
    fn check_references(&mut self, node: &PlanNode, table: &Table, rows: f64) {
        let catalog = self.catalog;
        for constraint in catalog.constraints_of(table.oid) {
            let ConstraintKind::ForeignKey { references, .. } = &constraint.kind else { continue };
            self.cpu(node, rows * (rates::FOREIGN_KEY + rates::LOCK_ROW));
            if let Some(index) = catalog.indexes_of(*references).find(|i| i.primary) {
                self.access(node, index.oid, Spread::Popular, rows);
                self.sure_hits(node, rows * f64::from(index.size.tree_level));
            }
            self.access(node, *references, Spread::Popular, rows);
        }
    }

    /// Each deleted row is looked for in the tables that refer to it: by an index that begins with the foreign key,
    /// or by reading the whole table (`RI_FKey_noaction_del`, `RI_FKey_cascade_del`).
    fn check_referrers(&mut self, node: &PlanNode, table: &Table, rows: f64) {
        let catalog = self.catalog;
        for constraint in catalog.references_to(table.oid) {
            let ConstraintKind::ForeignKey { columns, on_delete, .. } = &constraint.kind else { continue };
            let referrer = constraint.table;
            let leading = columns.first().copied().unwrap_or(0);
            let serves = |k: Option<&KeySource>| k == Some(&KeySource::Column(leading));
            let index = catalog
                .indexes_of(referrer)
                .find(|i| i.valid && i.predicate.is_empty() && serves(i.keys.first().map(|k| &k.source)));
            self.cpu(node, rows * rates::FOREIGN_KEY);
            let (tuples, pages) = self.table_size(referrer);
            match index {
                Some(index) => {
                    let levels = f64::from(index.size.tree_level) + 1.0;
                    self.cpu(node, rows * levels * rates::DESCENT);
                    self.access(node, index.oid, Spread::Popular, rows);
                    self.sure_hits(node, rows * (levels - 1.0));
                }
                None => {
                    let scan = tuples * (rates::SEQ_TUPLE + rates::COMPARE) + pages * rates::PAGE;
                    self.cpu(node, rows * scan);
                    self.access(node, referrer, Spread::Sequential, rows * pages);
                }
            }
            if *on_delete == ReferentialAction::Cascade {
                self.cpu(node, rows * rates::MODIFY_ROW);
                self.access(node, referrer, Spread::Popular, rows);
            }
        }
    }

    /// The weak locks of the plan: on each table by what is done to it, and on all its indexes.
    pub(crate) fn take_locks(&mut self) {
        let mut modes: Vec<(Oid, LockMode)> =
            self.plan.relations.iter().filter_map(|r| r.table).map(|t| (t, LockMode::AccessShare)).collect();
        let mut locks_rows = false;
        let mut changed = None;
        self.plan.root.walk(&mut |node| match &node.kind {
            NodeKind::LockRows => locks_rows = true,
            NodeKind::ModifyTable { relation, .. } => changed = Some(*relation),
            _ => {}
        });
        let changed = changed.and_then(|relation| self.table_of(relation));
        for (table, mode) in &mut modes {
            if changed == Some(*table) {
                *mode = LockMode::RowExclusive;
            } else if locks_rows {
                *mode = LockMode::RowShare;
            }
        }
        modes.sort_unstable();
        modes.dedup_by_key(|m| m.0);
        for (table, mode) in modes {
            self.work.locks.push((LockTag::Relation(table.0), mode));
            let on_index = if mode == LockMode::RowExclusive { mode } else { LockMode::AccessShare };
            let catalog = self.catalog;
            for index in catalog.indexes_of(table) {
                self.work.locks.push((LockTag::Relation(index.oid.0), on_index));
            }
        }
    }
}

/// Correlation from which on new keys are taken to go to the index's end.
const ASCENDING: f64 = 0.95;

/// A row's width by the statistics.
fn table_width(table: &Table) -> f64 {
    let width = |c: &crate::postgres::catalog::Column| c.statistics.as_ref().map_or(8, |s| s.width);
    table.columns.iter().filter(|c| !c.dropped).map(|c| f64::from(width(c))).sum::<f64>() + 28.0
}
