//! Row locks of statements: which rows a plan locks, and waiting for those of others as PostgreSQL waits.
//!
//! A waiter takes the row's tuple lock and then waits for the holder's transaction; who comes later waits for the tuple lock
//! (`heap_acquire_tuplock`, `XactLockTableWait`). Statements of the workload name another row at each execution, among millions,
//! and so meet only a transaction that has locked every row of their table.

use sqlparser::ast;

use super::Server;
use super::types::QueryId;
use crate::kernel::SimTime;
use crate::postgres::catalog::{Catalog, KeySource, Oid};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::locks::{Grant, LockMode, LockTag};
use crate::postgres::plan::{NodeKind, Plan, PlanNode};
use crate::postgres::row_locks::{RowTarget, Rows};
use crate::postgres::sql::{self, ColumnRef, Command, Expr, LockStrength, LockWait, OperatorKind};

/// Rows that one statement locks by name, as `id IN (1, 2, 3)` does; with more of them, the list counts as one condition.
const MAX_NAMED: usize = 64;
/// Rows on a page, for the place that `pg_locks` shows.
const ROWS_PER_PAGE: u64 = 60;

/// How asking for a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowGrant {
    Taken,
    Waiting,
    /// SKIP LOCKED passes the row over.
    Skipped,
}

impl Server {
    /// The rows that a planned statement locks, in the order in which it comes to them, and what it does about locked ones.
    pub(super) fn row_targets(
        &self,
        text: &str,
        statement: &ast::Statement,
        plan: &Plan,
    ) -> Result<Vec<(RowTarget, LockWait)>, SqlError> {
        let mut targets = Vec::new();
        for (table, strength, wait) in self.locked_tables(text, statement, plan)? {
            for rows in named_rows(&self.catalog, plan, table) {
                targets.push((RowTarget { table, rows, strength }, wait));
            }
        }
        Ok(targets)
    }

    fn locked_tables(
        &self,
        text: &str,
        statement: &ast::Statement,
        plan: &Plan,
    ) -> Result<Vec<(Oid, LockStrength, LockWait)>, SqlError> {
        if let Some((table, strength)) = changed_rows(&self.catalog, plan) {
            return Ok(vec![(table, strength, LockWait::Wait)]);
        }
        let ast::Statement::Query(query) = statement else { return Ok(Vec::new()) };
        if query.locks.is_empty() {
            return Ok(Vec::new());
        }
        let bound = sql::bind(&self.catalog, statement)?;
        let words = text.to_ascii_uppercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let locks = bound.locks.iter().filter_map(|lock| {
            let table = match &bound.relations.get(usize::from(lock.relation))?.kind {
                sql::RelationKind::Table(oid) => *oid,
                _ => return None,
            };
            // The parser does not know KEY and NO KEY.
            let strength = match lock.strength {
                LockStrength::Share if words.contains("FOR KEY SHARE") => LockStrength::KeyShare,
                LockStrength::Update if words.contains("FOR NO KEY UPDATE") => LockStrength::NoKeyUpdate,
                strength => strength,
            };
            Some((table, strength, lock.wait))
        });
        Ok(locks.collect())
    }

    /// Locks rows for a typed statement. While it has to wait, the step is to be tried again when a lock is granted.
    ///
    /// # Errors
    /// `55P03` for NOWAIT on a row that another transaction has locked.
    pub(super) fn lock_rows(
        &mut self,
        now: SimTime,
        slot: u32,
        target: RowTarget,
        wait: LockWait,
    ) -> Result<RowGrant, SqlError> {
        self.forget_awaited(now, slot);
        let (tuple, mode) = (self.tuple_tag(&target), target.heavy_mode());
        if let Some(holder) = self.row_holder(slot, &target) {
            match wait {
                LockWait::NoWait => {
                    let table = self.table_name(target.table);
                    let message = format!("could not obtain lock on row in relation \"{table}\"");
                    return Err(SqlError::new(SqlState::LOCK_NOT_AVAILABLE, message));
                }
                // Of rows that it chooses by other conditions, it takes those that are left.
                LockWait::SkipLocked if matches!(target.rows, Rows::Matching(_)) => {}
                LockWait::SkipLocked => return Ok(RowGrant::Skipped),
                LockWait::Wait => {}
            }
            if wait == LockWait::Wait {
                let queued = self.lock(now, slot, tuple, mode) == Grant::Waiting;
                if queued || self.await_transaction(now, slot, holder) {
                    return Ok(RowGrant::Waiting);
                }
            }
        }
        self.assign_transaction_id(slot);
        self.row_locks.take(slot, target);
        if self.locks.has(tuple) {
            self.release_lock(now, slot, tuple, mode);
        }
        Ok(RowGrant::Taken)
    }

    /// Whether a workload statement may go on to its rows; else it waits for who has locked them all.
    pub(super) fn take_row_locks(&mut self, now: SimTime, slot: u32, query: QueryId) -> bool {
        if self.row_locks.is_empty() {
            return true;
        }
        self.forget_awaited(now, slot);
        let Some(plan) = self.templates[query.0 as usize].plan.clone() else { return true };
        let Some((table, strength)) = changed_rows(&self.catalog, &plan) else { return true };
        let target = RowTarget { table, rows: Rows::Key(0), strength };
        match self.row_locks.conflict_with_all(slot, &target) {
            Some(holder) => !self.await_transaction(now, slot, holder),
            None => true,
        }
    }

    /// Waits for a transaction's end; false when it is over already.
    fn await_transaction(&mut self, now: SimTime, slot: u32, holder: u32) -> bool {
        let tag = LockTag::Transaction(self.assign_transaction_id(holder));
        self.locks.hold(holder, tag, LockMode::Exclusive);
        self.backends[holder as usize].in_lock_table = true;
        self.lock(now, slot, tag, LockMode::Share) == Grant::Waiting
    }

    /// Lets go of the transactions that were waited for: their ends were all that was wanted.
    fn forget_awaited(&mut self, now: SimTime, slot: u32) {
        let awaited = |e: &crate::postgres::locks::LockEntry| {
            e.holder == slot
                && e.granted
                && e.mode == LockMode::Share
                && matches!(e.tag, LockTag::Transaction(_))
        };
        let over: Vec<LockTag> = self.locks.entries().filter(awaited).map(|e| e.tag).collect();
        for tag in over {
            self.release_lock(now, slot, tag, LockMode::Share);
        }
    }

    /// Who has locked a row of the target; for all rows of a table, also whoever has changed any of them.
    fn row_holder(&self, slot: u32, target: &RowTarget) -> Option<u32> {
        let known = self.row_locks.conflict(slot, target);
        if known.is_some() || target.rows != Rows::All {
            return known;
        }
        let writes = |other: u32| self.holds_on(other, target.table, LockMode::RowExclusive);
        let mut others = self.activity().filter(|(other, backend)| {
            let changed = backend.transaction.is_some_and(|t| t.xid.is_some());
            *other != slot && changed && backend.conversation.is_none() && writes(*other)
        });
        others.next().map(|(other, _)| other)
    }

    /// The transaction id of a backend's open transaction, given now if it had none.
    pub(super) fn assign_transaction_id(&mut self, slot: u32) -> u64 {
        let next = self.next_xid;
        let Some(transaction) = &mut self.backends[slot as usize].transaction else { return next };
        let xid = *transaction.xid.get_or_insert(next);
        self.next_xid += u64::from(xid == next);
        xid
    }

    /// The place that a row is taken to have.
    fn tuple_tag(&self, target: &RowTarget) -> LockTag {
        let (Rows::Key(hash) | Rows::Matching(hash)) = target.rows else {
            return LockTag::Tuple(target.table.0, 0, 1);
        };
        let pages = self.catalog.tables.get(&target.table).map_or(1, |t| t.size.blocks.max(1));
        LockTag::Tuple(target.table.0, (hash % pages) as u32, (hash / pages % ROWS_PER_PAGE + 1) as u16)
    }
}

/// The table whose rows a plan updates or deletes, and how strongly it locks them: an UPDATE that leaves every unique key alone
/// takes the weaker lock (`HeapDetermineColumnsInfo`).
fn changed_rows(catalog: &Catalog, plan: &Plan) -> Option<(Oid, LockStrength)> {
    let mut changed = None;
    plan.root.walk(&mut |node| {
        if let NodeKind::ModifyTable { operation, relation } = &node.kind {
            changed = Some((node, *operation, *relation));
        }
    });
    let (node, operation, relation) = changed?;
    let table = plan.relations.get(usize::from(relation))?.table?;
    match operation {
        Command::Update if assigns_key(catalog, node, table) => Some((table, LockStrength::Update)),
        Command::Update => Some((table, LockStrength::NoKeyUpdate)),
        Command::Delete => Some((table, LockStrength::Update)),
        _ => None,
    }
}

fn assigns_key(catalog: &Catalog, modify: &PlanNode, table: Oid) -> bool {
    let Some(definition) = catalog.tables.get(&table) else { return false };
    let targets = modify.children.iter().flat_map(|c| &c.targets).filter(|t| !t.junk);
    let assigned: Vec<u16> = targets.filter_map(|t| definition.column(&t.name).map(|c| c.number)).collect();
    let keys = catalog.indexes_of(table).filter(|i| i.unique).flat_map(|i| &i.keys);
    keys.into_iter().any(|k| matches!(k.source, KeySource::Column(number) if assigned.contains(&number)))
}

/// The rows of a table that a plan comes to, by the conditions on its scan.
fn named_rows(catalog: &Catalog, plan: &Plan, table: Oid) -> Vec<Rows> {
    let mut conditions: Vec<&Expr> = Vec::new();
    let is_table =
        |relation: u16| plan.relations.get(usize::from(relation)).and_then(|r| r.table) == Some(table);
    plan.root.walk(&mut |node| {
        let (relation, own): (_, &[Expr]) = match &node.kind {
            NodeKind::SeqScan { relation } => (relation, &[]),
            NodeKind::IndexScan { relation, conditions, .. } => (relation, conditions),
            NodeKind::BitmapHeapScan { relation, recheck } => (relation, recheck),
            _ => return,
        };
        if is_table(*relation) {
            conditions.extend(own.iter().chain(&node.filter));
        }
    });
    if conditions.is_empty() {
        return vec![Rows::All];
    }
    let keys = catalog.indexes_of(table).filter(|i| i.unique && i.valid && i.predicate.is_empty());
    for index in keys {
        let values: Option<Vec<Vec<String>>> =
            index.keys.iter().map(|key| values_of(&conditions, &key.source)).collect();
        match values.as_deref() {
            Some([only]) if only.len() <= MAX_NAMED => {
                return only.iter().map(|v| Rows::Key(hash(&[&index.name, v]))).collect();
            }
            Some(several) if several.iter().all(|v| v.len() == 1) => {
                let values: Vec<&str> = several.iter().map(|v| v[0].as_str()).collect();
                return vec![Rows::Key(hash(&[&[index.name.as_str()], &values[..]].concat()))];
            }
            _ => {}
        }
    }
    let mut texts: Vec<String> = conditions.iter().map(|c| format!("{c:?}")).collect();
    texts.sort_unstable();
    texts.dedup();
    vec![Rows::Matching(hash(&texts.iter().map(String::as_str).collect::<Vec<_>>()))]
}

/// The constants that a column must equal, when the conditions say so.
fn values_of(conditions: &[&Expr], key: &KeySource) -> Option<Vec<String>> {
    let KeySource::Column(number) = key else { return None };
    let is_key =
        |e: &Expr| e.as_column().is_some_and(|c: &ColumnRef| c.column == *number && c.levels_up == 0);
    let constant = |e: &Expr| e.as_const().map(|v| format!("{:?}", v.datum));
    conditions.iter().find_map(|condition| match condition {
        Expr::Operator(operator, args) if operator.kind == OperatorKind::Eq => match &args[..] {
            [left, right] if is_key(left) => constant(right.stripped()).map(|v| vec![v]),
            [left, right] if is_key(right) => constant(left.stripped()).map(|v| vec![v]),
            _ => None,
        },
        Expr::ArrayCompare { operator, left, array, all: false }
            if operator.kind == OperatorKind::Eq && is_key(left) =>
        {
            match array.stripped() {
                Expr::Array(items, _) => items.iter().map(|i| constant(i.stripped())).collect(),
                Expr::Const(value) => match &value.datum {
                    crate::postgres::datum::Datum::Array(items) => {
                        Some(items.iter().map(|item| format!("{item:?}")).collect())
                    }
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    })
}

/// FNV-1a, 64 bits, over texts and their ends.
fn hash(texts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in texts.iter().flat_map(|text| text.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}
