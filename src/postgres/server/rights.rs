//! Who may do what: ownership, superusers, rights on tables, read-only servers, transaction blocks.

use super::Server;
use super::program::aborted_transaction;
use crate::postgres::catalog::{Oid, Role, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::plan::Plan;
use sqlparser::ast;

impl Server {
    fn role_of(&self, slot: u32) -> Option<&Role> {
        self.catalog.role_by_name(&self.backends[slot as usize].login.role)
    }

    /// Whether a session's role has the rights of another, by being it or a member of it.
    fn acts_as(&self, slot: u32, role: &str) -> bool {
        self.role_of(slot)
            .is_some_and(|r| r.superuser || r.name == role || r.member_of.iter().any(|m| m == role))
    }

    pub(super) fn need_superuser(&self, slot: u32, message: &str) -> Result<(), SqlError> {
        if self.role_of(slot).is_some_and(|r| r.superuser) {
            return Ok(());
        }
        Err(SqlError::new(SqlState::INSUFFICIENT_PRIVILEGE, message))
    }

    /// DDL is for a table's owner.
    pub(super) fn need_ownership(&self, slot: u32, table: Oid) -> Result<(), SqlError> {
        if self.acts_as(slot, &self.catalog.owner) {
            return Ok(());
        }
        let message = format!("must be owner of table {}", self.table_name(table));
        Err(SqlError::new(SqlState::INSUFFICIENT_PRIVILEGE, message))
    }

    /// Rows are for the application and its owner. Whoever is on call reads statistics, not customers: membership in
    /// the owning role gives them its DDL, and no more (`pg_monitor` is what tells them).
    pub(super) fn need_rights(&self, slot: u32, plan: &Plan) -> Result<(), SqlError> {
        let monitors = self.role_of(slot).is_some_and(|r| r.member_of.iter().any(|m| m == "pg_monitor"));
        let superuser = self.role_of(slot).is_some_and(|r| r.superuser);
        if superuser || !monitors {
            return Ok(());
        }
        let table = plan.relations.iter().find_map(|r| r.table);
        let Some(table) = table else { return Ok(()) };
        let message = format!("permission denied for table {}", self.table_name(table));
        Err(SqlError::new(SqlState::INSUFFICIENT_PRIVILEGE, message))
    }

    /// LOCK TABLE is for the table's owner, and for the application, which may change its rows.
    pub(super) fn need_lock_right(&self, slot: u32, table: Oid) -> Result<(), SqlError> {
        let monitors = self.role_of(slot).is_some_and(|r| r.member_of.iter().any(|m| m == "pg_monitor"));
        if !monitors || self.need_ownership(slot, table).is_ok() {
            return Ok(());
        }
        let message = format!("permission denied for table {}", self.table_name(table));
        Err(SqlError::new(SqlState::INSUFFICIENT_PRIVILEGE, message))
    }

    pub(super) fn need_block(&self, slot: u32, what: &str) -> Result<(), SqlError> {
        if self.backends[slot as usize].in_block {
            return Ok(());
        }
        let message = format!("{what} can only be used in transaction blocks");
        Err(SqlError::new(SqlState::NO_ACTIVE_SQL_TRANSACTION, message))
    }

    pub(super) fn refuse_in_block(&self, slot: u32, what: &str) -> Result<(), SqlError> {
        if !self.backends[slot as usize].in_block {
            return Ok(());
        }
        let message = format!("{what} cannot run inside a transaction block");
        Err(SqlError::new(SqlState::ACTIVE_SQL_TRANSACTION, message))
    }

    pub(super) fn refuse_if_aborted(&self, slot: u32, ends_block: bool) -> Result<(), SqlError> {
        if self.backends[slot as usize].aborted && !ends_block { Err(aborted_transaction()) } else { Ok(()) }
    }

    pub(super) fn refuse_on_standby(&self, statement: &ast::Statement) -> Result<(), SqlError> {
        let text = statement.to_string();
        let words: Vec<&str> = text.split_whitespace().take(2).collect();
        let dml = ["INSERT", "UPDATE", "DELETE"].contains(words.first().unwrap_or(&""));
        self.refuse_standby_command(&if dml { words[0].to_owned() } else { words.join(" ") })
    }

    pub(super) fn refuse_standby_command(&self, command: &str) -> Result<(), SqlError> {
        if !self.config.standby {
            return Ok(());
        }
        let maintenance = ["VACUUM", "ANALYZE", "REINDEX", "LOCK TABLE"].contains(&command);
        let message = if maintenance {
            format!("cannot execute {command} during recovery")
        } else {
            format!("cannot execute {command} in a read-only transaction")
        };
        Err(SqlError::new(SqlState::READ_ONLY_SQL_TRANSACTION, message))
    }

    pub(super) fn table(&self, name: &str) -> Result<&Table, SqlError> {
        self.catalog.table_by_name(name).ok_or_else(|| {
            SqlError::new(SqlState::UNDEFINED_TABLE, format!("relation \"{name}\" does not exist"))
        })
    }

    pub(super) fn index_oid(&self, name: &str) -> Result<Oid, SqlError> {
        if let Some(index) = self.catalog.index_by_name(name) {
            return Ok(index.oid);
        }
        if self.catalog.table_by_name(name).is_some() {
            let message = format!("\"{name}\" is not an index");
            return Err(SqlError::new(SqlState::WRONG_OBJECT_TYPE, message));
        }
        Err(SqlError::new(SqlState::UNDEFINED_OBJECT, format!("index \"{name}\" does not exist")))
    }
}
