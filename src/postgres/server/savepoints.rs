//! Blocks that can be taken back: savepoints, and DDL that ROLLBACK undoes.
//!
//! A block's DDL changes the catalog at once and holds strong locks on the tables concerned, so nobody else meets what is not
//! committed; taking it back restores those tables, their indexes and constraints as they were (`xact.c`,
//! `AbortSubTransaction`).

use super::Server;
use super::session::Reply;
use crate::kernel::SimTime;
use crate::postgres::catalog::{Catalog, Oid};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::locks::{LockMode, LockTag};

/// Savepoints of one block.
const MAX_SAVEPOINTS: usize = 64;

/// A place in a block that it can be taken back to.
#[derive(Clone, Debug)]
pub(crate) struct Savepoint {
    name: String,
    /// How many weak locks, and how many row locks, the block had.
    held: usize,
    rows: usize,
    /// What it had in the lock table.
    locks: Vec<(LockTag, LockMode)>,
    catalog: Box<Catalog>,
}

impl Server {
    pub(super) fn savepoint(&mut self, slot: u32, name: String) -> Result<(), SqlError> {
        if self.backends[slot as usize].savepoints.len() == MAX_SAVEPOINTS {
            let message = format!("more than {MAX_SAVEPOINTS} savepoints in a transaction are not supported");
            return Err(SqlError::new(SqlState::PROGRAM_LIMIT_EXCEEDED, message));
        }
        let savepoint = Savepoint {
            name,
            held: self.backends[slot as usize].held.len(),
            rows: self.row_locks.count(slot),
            locks: self.granted_to(slot),
            catalog: Box::new(self.catalog.clone()),
        };
        self.backends[slot as usize].savepoints.push(savepoint);
        self.reply(slot, Reply::Command("SAVEPOINT".to_owned()));
        Ok(())
    }

    pub(super) fn rollback_to(&mut self, now: SimTime, slot: u32, name: &str) -> Result<(), SqlError> {
        let at = self.savepoint_named(slot, name)?;
        self.backends[slot as usize].savepoints.truncate(at + 1);
        self.backends[slot as usize].aborted = false;
        self.take_back(now, slot);
        self.reply(slot, Reply::Command("ROLLBACK".to_owned()));
        Ok(())
    }

    pub(super) fn release_savepoint(&mut self, slot: u32, name: &str) -> Result<(), SqlError> {
        let at = self.savepoint_named(slot, name)?;
        self.backends[slot as usize].savepoints.truncate(at);
        self.reply(slot, Reply::Command("RELEASE".to_owned()));
        Ok(())
    }

    fn savepoint_named(&self, slot: u32, name: &str) -> Result<usize, SqlError> {
        let found = self.backends[slot as usize].savepoints.iter().rposition(|s| s.name == name);
        let message = format!("savepoint \"{name}\" does not exist");
        found.ok_or_else(|| SqlError::new(SqlState::INVALID_SAVEPOINT, message))
    }

    /// Undoes and unlocks what came since the last savepoint, or since the block began.
    pub(super) fn take_back(&mut self, now: SimTime, slot: u32) {
        let Some(savepoint) = self.backends[slot as usize].savepoints.pop() else {
            self.backends[slot as usize].held.clear();
            self.undo_ddl(slot);
            return self.let_go(now, slot);
        };
        if self.backends[slot as usize].undo.is_some() {
            self.restore(slot, &savepoint.catalog);
        }
        self.backends[slot as usize].held.truncate(savepoint.held);
        self.row_locks.release_after(slot, savepoint.rows);
        for (tag, mode) in self.granted_to(slot) {
            if !savepoint.locks.contains(&(tag, mode)) && !self.is_own_transaction(slot, tag) {
                self.release_lock(now, slot, tag, mode);
            }
        }
        self.backends[slot as usize].savepoints.push(savepoint);
    }

    fn is_own_transaction(&self, slot: u32, tag: LockTag) -> bool {
        let own = self.backends[slot as usize].transaction.and_then(|t| t.xid);
        own.is_some_and(|xid| tag == LockTag::Transaction(xid))
    }

    fn granted_to(&self, slot: u32) -> Vec<(LockTag, LockMode)> {
        let own = self.locks.entries().filter(|e| e.granted && e.holder == slot);
        own.map(|e| (e.tag, e.mode)).collect()
    }

    /// Keeps the catalog as it is before a block's first change of it.
    pub(super) fn remember_catalog(&mut self, slot: u32) {
        let backend = &mut self.backends[slot as usize];
        if backend.in_block && backend.undo.is_none() {
            backend.undo = Some(Box::new(self.catalog.clone()));
        }
    }

    /// Tables that came with a block's DDL are its own until it commits.
    pub(super) fn lock_created(&mut self, now: SimTime, slot: u32, newest_before: Option<Oid>) {
        if !self.backends[slot as usize].in_block {
            return;
        }
        let created: Vec<Oid> =
            self.catalog.tables.keys().copied().filter(|oid| Some(*oid) > newest_before).collect();
        for table in created {
            self.lock(now, slot, LockTag::Relation(table.0), LockMode::AccessExclusive);
        }
    }

    /// Takes back the DDL of a transaction that ends without COMMIT.
    #[inline]
    pub(super) fn undo_ddl(&mut self, slot: u32) {
        if let Some(before) = self.backends[slot as usize].undo.take() {
            self.restore(slot, &before);
        }
    }

    /// Gives the tables that a transaction has locked strongly their definitions of before.
    fn restore(&mut self, slot: u32, before: &Catalog) {
        let strong = |(tag, mode): (LockTag, LockMode)| match tag {
            LockTag::Relation(oid) if mode >= LockMode::ShareUpdateExclusive => Some(Oid(oid)),
            _ => None,
        };
        for table in self.granted_to(slot).into_iter().filter_map(strong) {
            self.catalog.restore_table(before, table);
        }
        self.adopt_changes();
    }
}
