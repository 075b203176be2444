//! The SQL console's engine: answers SELECTs over PostgreSQL's catalog and statistics views.
//!
//! Parse (`sqlparser`), bind ([`bind`], with PostgreSQL's own overload and coercion rules over its own catalog rows),
//! execute ([`exec`]), print ([`output`]). Not an embedded database: none has PostgreSQL's types, functions and catalog, and
//! rewriting onto one gave wrong figures. What isn't modelled is refused with PostgreSQL's kind of error, never guessed.
//!
//! In reading order: [`types`], [`value`], [`system`] (PostgreSQL's own tables), [`resolve`], [`bind`], [`plan`], [`exec`],
//! [`functions`]. The relations' rows come from [`crate::postgres::views`].

pub(crate) mod bind;
pub(crate) mod cast;
mod context;
pub mod datetime;
pub(crate) mod errors;
pub(crate) mod exec;
pub(crate) mod expr;
pub(crate) mod functions;
pub(crate) mod input;
pub mod names;
pub mod numeric;
pub(crate) mod output;
pub(crate) mod plan;
pub(crate) mod resolve;
pub(crate) mod system;
pub mod types;
pub mod value;
pub(crate) mod walk;

use sqlparser::ast;

pub(crate) use context::Context;
pub use context::{Effect, Session};

use crate::postgres::error::SqlError;

/// A result: columns with their types, rows as text (as PostgreSQL's wire protocol sends them).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ResultSet {
    /// The columns.
    pub columns: Vec<ResultColumn>,
    /// The rows; `None` is null.
    pub rows: Vec<Vec<Option<String>>>,
    /// What the query asks the server to do besides: cancel a backend, reset statistics.
    pub effects: Vec<Effect>,
}

/// A result's column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// Its type's oid.
    pub type_oid: u32,
}

/// Answers a query for a session. `sql` is the statement's text, for error positions.
pub fn select(session: &Session<'_>, sql: &str, query: &ast::Query) -> Result<ResultSet, SqlError> {
    let context = Context::new(session, sql);
    let plan = bind::Binder::new(&context, sql).query(query)?;
    let rows = exec::run(&context, &plan)?;
    let columns = plan.columns.iter();
    let columns: Vec<ResultColumn> = columns
        .map(|column| ResultColumn { name: column.name.to_string(), type_oid: column.ty.oid })
        .collect();
    let text = |row: value::Row| {
        row.iter()
            .zip(&columns)
            .map(|(value, column)| output::text(value, column.type_oid, &context))
            .collect()
    };
    let rows = rows.into_iter().map(text).collect();
    Ok(ResultSet { columns, rows, effects: context.take_effects() })
}

/// Parses and answers one SELECT given as text.
pub fn select_text(session: &Session<'_>, sql: &str) -> Result<ResultSet, SqlError> {
    let query = parse_query(sql)?;
    select(session, sql, &query)
}

/// Parses one query; a syntax error is PostgreSQL's kind.
pub(crate) fn parse_query(sql: &str) -> Result<ast::Query, SqlError> {
    let mut statements = crate::postgres::sql::parse(sql)?;
    match (statements.pop(), statements.is_empty()) {
        (Some(ast::Statement::Query(query)), true) => Ok(*query),
        (Some(other), true) => Err(errors::unsupported(format!("statement {other} as a query"))),
        _ => Err(errors::syntax("one query was expected")),
    }
}
