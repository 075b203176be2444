//! INSERT, UPDATE, DELETE.

use sqlparser::ast;

use super::scope::Scope;
use super::{Binder, last_name};
use crate::postgres::catalog::Table;
use crate::postgres::datum::Datum;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::sql::casts;
use crate::postgres::sql::expr::Expr;
use crate::postgres::sql::query::{Command, FromItem, Query, RelId, RelationKind, Target};
use crate::postgres::types::TypeId;

impl<'a> Binder<'a> {
    /// Binds an INSERT. `targets` has one entry for each column of the table, as after `expand_targetlist`.
    pub(super) fn insert(&mut self, insert: &ast::Insert) -> Result<Query, SqlError> {
        self.scopes.push(Scope::default());
        let bound = self.insert_in_scope(insert);
        self.close(bound)
    }

    fn insert_in_scope(&mut self, insert: &ast::Insert) -> Result<Query, SqlError> {
        let ast::TableObject::TableName(name) = &insert.table else {
            return Err(SqlError::unsupported(insert));
        };
        let target = self.table(name, None)?;
        let table = self.target_table(target)?;
        let columns: Vec<usize> = if insert.columns.is_empty() {
            table.columns.iter().enumerate().filter(|(_, c)| !c.dropped).map(|(i, _)| i).collect()
        } else {
            insert.columns.iter().map(|c| column_index(table, &last_name(c))).collect::<Result<_, _>>()?
        };
        // The source can't see the target's columns.
        self.scope().visible.clear();
        let mut query = Query { command: Command::Insert, target_relation: Some(target), ..Query::default() };
        let values = self.insert_source(insert, &mut query)?;
        if values.len() > columns.len() {
            return Err(SqlError::new(
                SqlState::SYNTAX_ERROR,
                "INSERT has more expressions than target columns",
            ));
        }
        for (index, column) in table.columns.iter().enumerate() {
            let given = columns.iter().position(|c| *c == index).and_then(|at| values.get(at));
            let expr = match given {
                Some(expr) => casts::coerce(expr.clone(), column.type_id)?,
                None => Expr::constant(Datum::Null, column.type_id),
            };
            self.note_parameters(&expr);
            query.targets.push(Target { expr, name: column.name.clone(), junk: false });
        }
        query.on_conflict = match &insert.on {
            Some(ast::OnInsert::OnConflict(conflict)) => {
                Some(matches!(conflict.action, ast::OnConflictAction::DoUpdate(_)))
            }
            _ => None,
        };
        self.returning(insert.returning.as_deref(), target, &mut query)?;
        Ok(query)
    }

    /// The rows to insert: bare expressions for one VALUES row, columns of a subquery or VALUES relation else.
    fn insert_source(&mut self, insert: &ast::Insert, query: &mut Query) -> Result<Vec<Expr>, SqlError> {
        let Some(source) = &insert.source else { return Ok(Vec::new()) };
        if let ast::SetExpr::Values(values) = source.body.as_ref()
            && let [row] = values.rows.as_slice()
        {
            return row.iter().map(|e| self.expr(e)).collect();
        }
        let bound = self.subquery(source)?;
        let columns: Vec<(String, TypeId)> = super::from::output_columns(&bound);
        let count = columns.len();
        let is_values = matches!(bound.relations.first().map(|r| &r.kind), Some(RelationKind::Values(_)));
        let alias = if is_values { "*VALUES*" } else { "*SELECT*" };
        let id = self.add_relation(RelationKind::Subquery(Box::new(bound)), alias.to_owned(), columns, false);
        query.from.push(FromItem::Relation(id));
        Ok((0..count).map(|i| self.column_of(id, i)).collect())
    }

    /// Binds an UPDATE. `targets` has the assigned columns only.
    pub(super) fn update(&mut self, update: &ast::Update) -> Result<Query, SqlError> {
        self.scopes.push(Scope::default());
        let bound = self.update_in_scope(update);
        self.close(bound)
    }

    fn update_in_scope(&mut self, update: &ast::Update) -> Result<Query, SqlError> {
        let mut from = self.bind_from(std::slice::from_ref(&update.table))?;
        let Some(FromItem::Relation(target)) = from.first().cloned() else {
            return Err(SqlError::unsupported(update));
        };
        let table = self.target_table(target)?;
        if let Some(ast::UpdateTableFromKind::BeforeSet(items) | ast::UpdateTableFromKind::AfterSet(items)) =
            &update.from
        {
            from.extend(self.bind_from(items)?);
        }
        let mut query =
            Query { command: Command::Update, target_relation: Some(target), from, ..Query::default() };
        for assignment in &update.assignments {
            let ast::AssignmentTarget::ColumnName(name) = &assignment.target else {
                return Err(SqlError::unsupported("assignment to a row"));
            };
            let column = &table.columns[column_index(table, &last_name(name))?];
            let value = self.expr(&assignment.value)?;
            let expr = casts::coerce(value, column.type_id)?;
            self.note_parameters(&expr);
            query.targets.push(Target { expr, name: column.name.clone(), junk: false });
        }
        query.filter = update.selection.as_ref().map(|e| self.boolean(e, "WHERE")).transpose()?;
        self.returning(update.returning.as_deref(), target, &mut query)?;
        Ok(query)
    }

    /// Binds a DELETE.
    pub(super) fn delete(&mut self, delete: &ast::Delete) -> Result<Query, SqlError> {
        self.scopes.push(Scope::default());
        let bound = self.delete_in_scope(delete);
        self.close(bound)
    }

    fn delete_in_scope(&mut self, delete: &ast::Delete) -> Result<Query, SqlError> {
        let (ast::FromTable::WithFromKeyword(items) | ast::FromTable::WithoutKeyword(items)) = &delete.from;
        let mut from = self.bind_from(items)?;
        let Some(FromItem::Relation(target)) = from.first().cloned() else {
            return Err(SqlError::unsupported(delete));
        };
        self.target_table(target)?;
        if let Some(using) = &delete.using {
            from.extend(self.bind_from(using)?);
        }
        let mut query =
            Query { command: Command::Delete, target_relation: Some(target), from, ..Query::default() };
        query.filter = delete.selection.as_ref().map(|e| self.boolean(e, "WHERE")).transpose()?;
        self.returning(delete.returning.as_deref(), target, &mut query)?;
        Ok(query)
    }

    fn returning(
        &mut self,
        items: Option<&[ast::SelectItem]>,
        target: RelId,
        query: &mut Query,
    ) -> Result<(), SqlError> {
        if !self.scope().visible.contains(&target) {
            self.scope().visible.push(target);
        }
        for item in items.unwrap_or_default() {
            self.select_item(item, &mut query.returning)?;
        }
        Ok(())
    }

    fn target_table(&self, target: RelId) -> Result<&'a Table, SqlError> {
        let relation = self.scopes.last().map(|s| &s.relations[usize::from(target)]);
        match relation.map(|r| &r.kind) {
            Some(RelationKind::Table(oid)) => self.catalog.tables.get(oid),
            _ => None,
        }
        .ok_or_else(|| SqlError::new(SqlState::WRONG_OBJECT_TYPE, "the target of a change must be a table"))
    }

    fn close(&mut self, bound: Result<Query, SqlError>) -> Result<Query, SqlError> {
        let scope = self.scopes.pop().unwrap_or_default();
        let mut query = bound?;
        query.relations = scope.relations;
        query.common_tables = scope.common_tables;
        Ok(query)
    }
}

fn column_index(table: &Table, name: &str) -> Result<usize, SqlError> {
    let message = || {
        SqlError::new(
            SqlState::UNDEFINED_COLUMN,
            format!("column \"{name}\" of relation \"{}\" does not exist", table.name),
        )
    };
    table.columns.iter().position(|c| c.name == name && !c.dropped).ok_or_else(message)
}
