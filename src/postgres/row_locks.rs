//! Row locks: who has locked which rows, and how strongly.
//!
//! A real server writes a row's lock into the row itself; the model has no rows, so it keeps what an open transaction has
//! locked as a short list. A row is known by the values of a unique key that a statement names it with (`id = 42`); a statement that
//! names rows otherwise locks the set of rows with its conditions, and one without conditions locks them all. Two sets with
//! different conditions are taken to have no row in common.
//!
//! Conflicts: `heapam.c`, `tupleLockExtraInfo`, and the manual's table "Conflicting Row-Level Locks". Waiting is the lock
//! manager's: a waiter queues for the row (`LockTag::Tuple`), then for the holder's transaction (`LockTag::Transaction`).

use super::catalog::Oid;
use super::locks::{Holder, LockMode};
use super::sql::LockStrength;

/// Row locks remembered; a transaction that locks more rows one by one keeps the newest.
const MAX_HELD: usize = 4_096;

/// Rows of a table, as far as a statement names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Every row.
    All,
    /// The row with a unique key's values: a hash of them.
    Key(u64),
    /// The rows with some conditions: a hash of them.
    Matching(u64),
}

/// What is locked, and how strongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowTarget {
    /// The table.
    pub table: Oid,
    /// Which of its rows.
    pub rows: Rows,
    /// `FOR KEY SHARE` … `FOR UPDATE`; UPDATE and DELETE take the two strongest.
    pub strength: LockStrength,
}

impl RowTarget {
    /// Whether two transactions cannot hold these at once.
    pub fn conflicts_with(&self, other: &RowTarget) -> bool {
        let meet = self.rows == Rows::All || other.rows == Rows::All || self.rows == other.rows;
        self.table == other.table && meet && conflict(self.strength, other.strength)
    }

    /// The mode of the tuple lock that a waiter queues with.
    pub fn heavy_mode(&self) -> LockMode {
        match self.strength {
            LockStrength::KeyShare => LockMode::AccessShare,
            LockStrength::Share => LockMode::RowShare,
            LockStrength::NoKeyUpdate => LockMode::Exclusive,
            LockStrength::Update => LockMode::AccessExclusive,
        }
    }
}

/// Whether two strengths on one row conflict.
pub fn conflict(one: LockStrength, other: LockStrength) -> bool {
    use LockStrength::{KeyShare, NoKeyUpdate, Share};
    let (weaker, stronger) = if one <= other { (one, other) } else { (other, one) };
    match (weaker, stronger) {
        (KeyShare, KeyShare | Share | NoKeyUpdate) | (Share, Share) => false,
        (Share | NoKeyUpdate | KeyShare | LockStrength::Update, _) => true,
    }
}

/// The row locks of all open transactions.
#[derive(Clone, Debug, Default)]
pub struct RowLocks {
    held: Vec<(Holder, RowTarget)>,
}

impl RowLocks {
    /// Whether nobody has locked a row: nothing need be looked up then.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Another transaction that stands in the way, the earliest first.
    pub fn conflict(&self, asking: Holder, target: &RowTarget) -> Option<Holder> {
        let other = self.held.iter().find(|(holder, held)| *holder != asking && held.conflicts_with(target));
        other.map(|(holder, _)| *holder)
    }

    /// Another transaction that has locked every row of the target's table.
    pub fn conflict_with_all(&self, asking: Holder, target: &RowTarget) -> Option<Holder> {
        let all = |held: &RowTarget| held.rows == Rows::All && held.conflicts_with(target);
        self.held.iter().find(|(holder, held)| *holder != asking && all(held)).map(|(holder, _)| *holder)
    }

    /// Records a lock.
    pub fn take(&mut self, holder: Holder, target: RowTarget) {
        if self.held.contains(&(holder, target)) {
            return;
        }
        if self.held.len() == MAX_HELD {
            self.held.remove(0);
        }
        self.held.push((holder, target));
    }

    /// How many locks a transaction holds.
    pub fn count(&self, holder: Holder) -> usize {
        self.held.iter().filter(|(h, _)| *h == holder).count()
    }

    /// Drops a transaction's locks but for its first `kept`: what it had at a savepoint.
    pub fn release_after(&mut self, holder: Holder, kept: usize) {
        let mut seen = 0;
        self.held.retain(|(h, _)| {
            seen += usize::from(*h == holder);
            *h != holder || seen <= kept
        });
    }
}
