//! Data definition: what CREATE, ALTER and DROP do to the catalog.

use sqlparser::ast;

use super::{Catalog, Column, Oid, RelationSize, RelationStatistics, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::sql::{data_type, identifier, name_parts};
use crate::postgres::types::TypeId;

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

impl DdlEffect {
    pub(super) fn tagged(tag: &'static str) -> DdlEffect {
        DdlEffect { tag, ..DdlEffect::default() }
    }
}

impl Catalog {
    /// Applies a CREATE TABLE, CREATE INDEX, DROP INDEX, DROP TABLE, ALTER TABLE, ALTER INDEX or COMMENT at once and in whole.
    /// Time, locks and the intermediate states of CONCURRENTLY are the caller's.
    pub fn apply_ddl(&mut self, statement: &ast::Statement) -> Result<DdlEffect, SqlError> {
        let effect = match statement {
            ast::Statement::CreateTable(create) => self.create_table(create),
            ast::Statement::CreateIndex(create) => self.create_index(create),
            ast::Statement::AlterTable(alter) => self.alter_table(alter),
            ast::Statement::AlterIndex { name, operation } => self.alter_index(name, operation),
            ast::Statement::Drop { object_type, if_exists, names, cascade, .. } => {
                self.drop_objects(object_type, *if_exists, names, *cascade)
            }
            ast::Statement::Comment { object_type, object_name, comment, .. } => {
                self.comment(object_type, object_name, comment.as_deref())
            }
            other => {
                Err(SqlError::unsupported(other.to_string().split_whitespace().next().unwrap_or_default()))
            }
        }?;
        self.touch();
        Ok(effect)
    }

    fn create_table(&mut self, create: &ast::CreateTable) -> Result<DdlEffect, SqlError> {
        let parts = name_parts(&create.name);
        let name = parts.last().cloned().unwrap_or_default();
        if self.table_by_name(&name).is_some() {
            let message = format!("relation \"{name}\" already exists");
            if create.if_not_exists {
                let notices = vec![format!("{message}, skipping")];
                return Ok(DdlEffect { notices, ..DdlEffect::tagged("CREATE TABLE") });
            }
            return Err(SqlError::new(SqlState::DUPLICATE_TABLE, message));
        }
        let oid = self.allocate_oid();
        let schema = if parts.len() > 1 { parts[parts.len() - 2].clone() } else { "public".to_owned() };
        let mut table = Table {
            oid,
            filenode: oid.0,
            schema,
            name,
            columns: Vec::new(),
            indexes: Vec::new(),
            statistics: RelationStatistics::default(),
            size: RelationSize::default(),
            comment: None,
        };
        for definition in &create.columns {
            table.columns.push(column(definition, table.columns.len() as u16 + 1)?);
        }
        // The row type, its array type, and the toast table with its index take oids too.
        let toasted = table.columns.iter().any(|c| c.type_id.info().length < 0);
        for _ in 0..if toasted { 4 } else { 2 } {
            self.allocate_oid();
        }
        self.tables.insert(oid, table);
        for definition in &create.columns {
            self.column_constraints(oid, definition)?;
        }
        for constraint in &create.constraints {
            self.add_constraint(oid, constraint, true)?;
        }
        Ok(DdlEffect::tagged("CREATE TABLE"))
    }

    fn alter_table(&mut self, alter: &ast::AlterTable) -> Result<DdlEffect, SqlError> {
        let oid = match self.table_named(&alter.name) {
            Ok(oid) => oid,
            Err(error) if alter.if_exists => {
                let notices = vec![format!("{}, skipping", error.message)];
                return Ok(DdlEffect { notices, ..DdlEffect::tagged("ALTER TABLE") });
            }
            Err(error) => return Err(error),
        };
        let mut effect = DdlEffect::tagged("ALTER TABLE");
        for operation in &alter.operations {
            self.alter_operation(oid, operation, &mut effect)?;
        }
        Ok(effect)
    }

    fn alter_operation(
        &mut self,
        oid: Oid,
        operation: &ast::AlterTableOperation,
        effect: &mut DdlEffect,
    ) -> Result<(), SqlError> {
        use ast::AlterTableOperation as Op;
        match operation {
            Op::AddConstraint { constraint, not_valid } => {
                effect.created_indexes.extend(self.add_constraint(oid, constraint, !not_valid)?);
            }
            Op::DropConstraint { if_exists, name, .. } => {
                self.drop_constraint(oid, &identifier(name), *if_exists, effect)?;
            }
            Op::AddColumn { column_def, if_not_exists, .. } => {
                let table = self.table_mut(oid)?;
                let name = identifier(&column_def.name);
                if table.column(&name).is_some() {
                    let message = format!("column \"{name}\" of relation \"{}\" already exists", table.name);
                    if *if_not_exists {
                        effect.notices.push(format!("{message}, skipping"));
                        return Ok(());
                    }
                    return Err(SqlError::new(SqlState::DUPLICATE_COLUMN, message));
                }
                let added = column(column_def, table.columns.len() as u16 + 1)?;
                table.columns.push(added);
                self.column_constraints(oid, column_def)?;
            }
            Op::DropColumn { column_names, if_exists, .. } => {
                for name in column_names {
                    self.drop_column(oid, &identifier(name), *if_exists, effect)?;
                }
            }
            Op::AlterColumn { column_name, op } => {
                self.alter_column(oid, &identifier(column_name), op, effect)?
            }
            Op::RenameColumn { old_column_name, new_column_name } => {
                let new = identifier(new_column_name);
                self.column_mut(oid, &identifier(old_column_name))?.name = new;
            }
            Op::RenameTable {
                table_name: ast::RenameTableNameKind::To(name) | ast::RenameTableNameKind::As(name),
            } => {
                let name = name_parts(name).pop().unwrap_or_default();
                self.table_mut(oid)?.name = name;
            }
            Op::RenameConstraint { old_name, new_name } => {
                let (old, new) = (identifier(old_name), identifier(new_name));
                for constraint in self.constraints.values_mut().filter(|c| c.table == oid && c.name == old) {
                    constraint.name.clone_from(&new);
                }
                for index in self.indexes.values_mut().filter(|i| i.table == oid && i.name == old) {
                    index.name.clone_from(&new);
                }
            }
            Op::ValidateConstraint { name } => {
                let name = identifier(name);
                for constraint in self.constraints.values_mut().filter(|c| c.table == oid && c.name == name) {
                    constraint.validated = true;
                }
            }
            // Ownership, storage parameters, triggers and row security change no plan here.
            _ => {}
        }
        Ok(())
    }

    fn alter_column(
        &mut self,
        oid: Oid,
        name: &str,
        operation: &ast::AlterColumnOperation,
        effect: &mut DdlEffect,
    ) -> Result<(), SqlError> {
        use ast::AlterColumnOperation as Op;
        match operation {
            Op::SetNotNull => self.column_mut(oid, name)?.not_null = true,
            Op::DropNotNull => self.column_mut(oid, name)?.not_null = false,
            Op::SetDefault { value } => self.column_mut(oid, name)?.default = Some(value.to_string()),
            Op::DropDefault => self.column_mut(oid, name)?.default = None,
            Op::SetDataType { data_type: target, .. } => {
                let (type_id, type_modifier) = data_type(target)?;
                self.change_type(oid, name, type_id, type_modifier, effect)?;
            }
            Op::AddGenerated { .. } => {}
        }
        Ok(())
    }

    /// ALTER COLUMN … TYPE: the table is rewritten unless the old values are good as they are; the column's statistics go.
    fn change_type(
        &mut self,
        oid: Oid,
        name: &str,
        type_id: TypeId,
        type_modifier: i32,
        effect: &mut DdlEffect,
    ) -> Result<(), SqlError> {
        let column = self.column_mut(oid, name)?;
        let strings = [TypeId::TEXT, TypeId::VARCHAR];
        let longer = type_modifier < 0 || (column.type_modifier > 0 && type_modifier >= column.type_modifier);
        let free = strings.contains(&column.type_id) && strings.contains(&type_id) && longer;
        column.type_id = type_id;
        column.type_modifier = type_modifier;
        column.statistics = None;
        column.extremes = None;
        let number = column.number;
        if !free {
            let filenode = self.allocate_oid().0;
            self.table_mut(oid)?.filenode = filenode;
            effect.rewritten.push(oid);
        }
        self.retype_indexes(oid, number, type_id);
        Ok(())
    }

    fn drop_column(
        &mut self,
        oid: Oid,
        name: &str,
        if_exists: bool,
        effect: &mut DdlEffect,
    ) -> Result<(), SqlError> {
        let number = match self.column_mut(oid, name) {
            Ok(column) => {
                column.dropped = true;
                column.statistics = None;
                column.number
            }
            Err(error) if if_exists => {
                effect.notices.push(format!("{}, skipping", error.message));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.drop_column_dependents(oid, number);
        Ok(())
    }

    fn comment(
        &mut self,
        object: &ast::CommentObject,
        name: &ast::ObjectName,
        comment: Option<&str>,
    ) -> Result<DdlEffect, SqlError> {
        let comment = comment.map(str::to_owned);
        let parts = name_parts(name);
        let last = parts.last().cloned().unwrap_or_default();
        match object {
            ast::CommentObject::Table => {
                let oid = self.table_named(name)?;
                self.table_mut(oid)?.comment = comment;
            }
            ast::CommentObject::Column => {
                let table = parts.len().checked_sub(2).map(|i| parts[i].clone()).unwrap_or_default();
                let oid = self.table_by_name(&table).map(|t| t.oid).ok_or_else(|| undefined_table(&table))?;
                self.column_mut(oid, &last)?.comment = comment;
            }
            ast::CommentObject::Index => {
                if let Some(index) = self.indexes.values_mut().find(|i| i.name == last) {
                    index.comment = comment;
                }
            }
            _ => {}
        }
        Ok(DdlEffect::tagged("COMMENT"))
    }

    /// The table of a name.
    pub(super) fn table_named(&self, name: &ast::ObjectName) -> Result<Oid, SqlError> {
        let parts = name_parts(name);
        let bare = parts.last().cloned().unwrap_or_default();
        self.table_by_name(&bare).map(|t| t.oid).ok_or_else(|| undefined_table(&parts.join(".")))
    }

    pub(super) fn table_mut(&mut self, oid: Oid) -> Result<&mut Table, SqlError> {
        self.tables.get_mut(&oid).ok_or_else(|| undefined_table("?"))
    }

    pub(super) fn column_mut(&mut self, oid: Oid, name: &str) -> Result<&mut Column, SqlError> {
        let table = self.table_mut(oid)?;
        let message = format!("column \"{name}\" of relation \"{}\" does not exist", table.name);
        let column = table.columns.iter_mut().find(|c| c.name == name && !c.dropped);
        column.ok_or_else(|| SqlError::new(SqlState::UNDEFINED_COLUMN, message))
    }
}

pub(super) fn undefined_table(name: &str) -> SqlError {
    SqlError::new(SqlState::UNDEFINED_TABLE, format!("relation \"{name}\" does not exist"))
}

fn column(definition: &ast::ColumnDef, number: u16) -> Result<Column, SqlError> {
    let (type_id, type_modifier) = data_type(&definition.data_type)?;
    let has = |test: fn(&ast::ColumnOption) -> bool| definition.options.iter().any(|o| test(&o.option));
    let serial = definition.data_type.to_string().to_ascii_lowercase().contains("serial");
    let default = definition.options.iter().find_map(|o| match &o.option {
        ast::ColumnOption::Default(expr) => Some(expr.to_string()),
        _ => None,
    });
    let primary = has(|o| matches!(o, ast::ColumnOption::PrimaryKey(_)));
    let generated = has(|o| matches!(o, ast::ColumnOption::Generated { generation_expr: None, .. }));
    let not_null = has(|o| matches!(o, ast::ColumnOption::NotNull));
    Ok(Column {
        number,
        name: identifier(&definition.name),
        type_id,
        type_modifier,
        not_null: not_null || primary || serial || generated,
        default,
        dropped: false,
        statistics: None,
        extremes: None,
        comment: None,
    })
}
