//! Name and type resolution: a syntax tree and a catalog become a bound query.

use sqlparser::ast;

use super::expr::Expr;
use super::query::Query;
use crate::postgres::catalog::{Catalog, Table};
use crate::postgres::error::SqlError;

/// Binds a SELECT, INSERT, UPDATE or DELETE on the catalog's tables.
pub fn bind(_catalog: &Catalog, statement: &ast::Statement) -> Result<Query, SqlError> {
    Err(SqlError::unsupported(statement))
}

/// Binds an expression over one table, which is relation 0: index expressions and predicates.
pub fn bind_table_expression(_table: &Table, expression: &ast::Expr) -> Result<Expr, SqlError> {
    Err(SqlError::unsupported(expression))
}
