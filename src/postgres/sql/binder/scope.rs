//! The names that are visible at a place in a query.

use super::windows::WindowDefinition;
use super::{Binder, undefined_column};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::sql::expr::{ColumnRef, Expr};
use crate::postgres::sql::query::{CommonTable, RelId, Relation, RelationKind};
use crate::postgres::types::TypeId;

/// One query's names.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The range table so far.
    pub(super) relations: Vec<Relation>,
    /// Relations whose columns can be named.
    pub(super) visible: Vec<RelId>,
    /// Columns merged by USING: name and what it stands for.
    pub(super) merged: Vec<(String, Expr)>,
    /// Right-hand columns that USING hid: (relation, column).
    pub(super) hidden: Vec<(RelId, u16)>,
    /// WITH queries.
    pub(super) common_tables: Vec<CommonTable>,
    /// The query is an operand of a set operation.
    pub(super) operand: bool,
    /// Windows so far.
    pub(super) windows: Vec<WindowDefinition>,
}

impl Binder<'_> {
    /// Adds a relation to the query's range table, and its names to what is visible.
    pub(super) fn add_relation(
        &mut self,
        kind: RelationKind,
        alias: String,
        columns: Vec<(String, TypeId)>,
        lateral: bool,
    ) -> RelId {
        let scope = self.scope();
        let id = scope.relations.len() as RelId;
        scope.relations.push(Relation { kind, alias, columns, lateral });
        scope.visible.push(id);
        id
    }

    /// A column of one relation as an expression.
    pub(super) fn column_of(&self, relation: RelId, index: usize) -> Expr {
        let type_id = self
            .scopes
            .last()
            .map_or(TypeId::UNKNOWN, |s| s.relations[usize::from(relation)].columns[index].1);
        Expr::Column(ColumnRef { relation, column: index as u16 + 1, type_id, levels_up: 0 })
    }

    /// Resolves `name`.
    pub(super) fn resolve(&self, name: &str) -> Result<Expr, SqlError> {
        for (levels_up, scope) in self.scopes.iter().rev().enumerate() {
            if let Some((_, merged)) = scope.merged.iter().find(|(n, _)| n == name) {
                return Ok(raise(merged, levels_up as u8));
            }
            let mut found = None;
            for &relation in &scope.visible {
                let Some(column) = scope.find(relation, name) else { continue };
                if found.replace(column).is_some() {
                    let message = format!("column reference \"{name}\" is ambiguous");
                    return Err(SqlError::new(SqlState::AMBIGUOUS_COLUMN, message));
                }
            }
            if let Some(column) = found {
                return Ok(Expr::Column(ColumnRef { levels_up: levels_up as u8, ..column }));
            }
        }
        Err(undefined_column(name))
    }

    /// Resolves `qualifier.name`.
    pub(super) fn resolve_qualified(&self, qualifier: &str, name: &str) -> Result<Expr, SqlError> {
        for (levels_up, scope) in self.scopes.iter().rev().enumerate() {
            let Some(relation) = scope.by_alias(qualifier) else { continue };
            return match scope.position(relation, name) {
                Some(column) => Ok(Expr::Column(ColumnRef { levels_up: levels_up as u8, ..column })),
                None => Err(SqlError::new(
                    SqlState::UNDEFINED_COLUMN,
                    format!("column {qualifier}.{name} does not exist"),
                )),
            };
        }
        let message = format!("missing FROM-clause entry for table \"{qualifier}\"");
        Err(SqlError::new(SqlState::UNDEFINED_TABLE, message))
    }
}

impl Scope {
    /// The visible relation of an alias.
    pub(super) fn by_alias(&self, alias: &str) -> Option<RelId> {
        self.visible.iter().copied().find(|r| self.relations[usize::from(*r)].alias == alias)
    }

    fn position(&self, relation: RelId, name: &str) -> Option<ColumnRef> {
        let columns = &self.relations[usize::from(relation)].columns;
        let index = columns.iter().position(|(n, _)| n == name)?;
        Some(ColumnRef { relation, column: index as u16 + 1, type_id: columns[index].1, levels_up: 0 })
    }

    /// As [`Scope::position`], without what USING hid.
    fn find(&self, relation: RelId, name: &str) -> Option<ColumnRef> {
        let column = self.position(relation, name)?;
        (!self.hidden.contains(&(relation, column.column))).then_some(column)
    }
}

fn raise(expr: &Expr, levels: u8) -> Expr {
    match expr {
        Expr::Column(c) => Expr::Column(ColumnRef { levels_up: c.levels_up + levels, ..*c }),
        other => other.map_children(&mut |e| raise(e, levels)),
    }
}
