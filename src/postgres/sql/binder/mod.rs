//! Name and type resolution: a syntax tree and a catalog become a bound query (PostgreSQL's parse analysis, `analyze.c`).

mod expression;
mod from;
mod modify;
mod scope;
mod select;
mod windows;

use sqlparser::ast;

pub use self::expression::data_type;
use self::scope::Scope;
use super::expr::Expr;
use super::query::{Query, RelationKind};
use crate::postgres::catalog::{Catalog, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::types::TypeId;

/// Binds a SELECT, INSERT, UPDATE or DELETE on the catalog's tables.
pub fn bind(catalog: &Catalog, statement: &ast::Statement) -> Result<Query, SqlError> {
    let mut binder = Binder { catalog, scopes: Vec::new(), parameters: Vec::new() };
    let mut query = match statement {
        ast::Statement::Query(query) => binder.query(query)?,
        ast::Statement::Insert(insert) => binder.insert(insert)?,
        ast::Statement::Update(update) => binder.update(update)?,
        ast::Statement::Delete(delete) => binder.delete(delete)?,
        other => return Err(SqlError::unsupported(first_word(other))),
    };
    query.parameter_types = binder.parameters;
    Ok(query)
}

/// Binds an expression over one table, which is relation 0: index expressions and predicates.
pub fn bind_table_expression(table: &Table, expression: &ast::Expr) -> Result<Expr, SqlError> {
    let nothing = Catalog::new("");
    let mut binder = Binder { catalog: &nothing, scopes: vec![Scope::default()], parameters: Vec::new() };
    let columns = table.columns.iter().map(|c| (c.name.clone(), c.type_id)).collect();
    binder.add_relation(RelationKind::Table(table.oid), table.name.clone(), columns, false);
    binder.expr(expression)
}

fn first_word(statement: &ast::Statement) -> String {
    statement.to_string().split_whitespace().next().unwrap_or_default().to_owned()
}

/// The state of one statement's binding.
pub(super) struct Binder<'a> {
    catalog: &'a Catalog,
    /// The query being bound and those around it, outermost first.
    scopes: Vec<Scope>,
    /// Types of `$1…` found so far.
    parameters: Vec<TypeId>,
}

impl Binder<'_> {
    fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    /// Remembers what type a parameter has, the first time it gets one.
    fn note_parameters(&mut self, expr: &Expr) {
        let parameters = &mut self.parameters;
        expr.any(&mut |e| {
            if let Expr::Parameter { number, type_id } = e {
                let at = usize::from(*number).saturating_sub(1);
                if parameters.len() <= at {
                    parameters.resize(at + 1, TypeId::UNKNOWN);
                }
                if parameters[at] == TypeId::UNKNOWN {
                    parameters[at] = *type_id;
                }
            }
            false
        });
    }
}

/// An identifier as PostgreSQL folds it: lower case unless quoted.
pub fn identifier(ident: &ast::Ident) -> String {
    fold(ident)
}

fn fold(ident: &ast::Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() }
}

/// The parts of a possibly qualified name.
pub fn name_parts(name: &ast::ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|p| p.as_ident()).map(fold).collect()
}

/// The last part of a possibly qualified name.
fn last_name(name: &ast::ObjectName) -> String {
    name_parts(name).pop().unwrap_or_default()
}

/// Where a node starts in the statement: (line, column), if the parser knows it.
fn undefined_column(name: &str) -> SqlError {
    SqlError::new(SqlState::UNDEFINED_COLUMN, format!("column \"{name}\" does not exist"))
}
