//! Data definition: what CREATE, ALTER and DROP do to the catalog.

use sqlparser::ast;

use super::{Catalog, Oid};
use crate::postgres::error::SqlError;

/// What a piece of DDL is about: the caller takes locks and time for it before it is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DdlTarget {
    /// Tables that are locked.
    pub tables: Vec<Oid>,
    /// CONCURRENTLY.
    pub concurrently: bool,
}

/// What applying a piece of DDL did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DdlEffect {
    /// Command tag, such as `CREATE INDEX`.
    pub tag: &'static str,
    /// Indexes made.
    pub created_indexes: Vec<Oid>,
    /// Tables that were rewritten.
    pub rewritten: Vec<Oid>,
    /// NOTICE messages.
    pub notices: Vec<String>,
}

impl Catalog {
    /// Applies a CREATE TABLE, CREATE INDEX, DROP INDEX, DROP TABLE, ALTER TABLE, ALTER INDEX or COMMENT at once and in whole.
    /// Time, locks and the intermediate states of CONCURRENTLY are the caller's.
    pub fn apply_ddl(&mut self, statement: &ast::Statement) -> Result<DdlEffect, SqlError> {
        Err(SqlError::unsupported(statement))
    }
}
