//! Data definition for indexes and constraints.

use std::collections::BTreeMap;

use sqlparser::ast;

use super::ddl::{DdlEffect, undefined_table};
use super::definition::keeps_order;
use super::{
    AccessMethod, Catalog, Constraint, ConstraintKind, Index, IndexKey, KeySource, Oid, OperatorClass,
    ReferentialAction, RelationSize, RelationStatistics, Table,
};
use crate::postgres::datum::Collation;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::sql::{Expr, bind_table_expression, identifier, name_parts};
use crate::postgres::types::TypeId;

/// `NAMEDATALEN - 1`: bytes in a name.
const NAME_BYTES: usize = 63;

impl Catalog {
    pub(super) fn create_index(&mut self, create: &ast::CreateIndex) -> Result<DdlEffect, SqlError> {
        let table_oid = self.table_named(&create.table_name)?;
        let table = self.tables.get(&table_oid).ok_or_else(|| undefined_table("?"))?;
        let method = match &create.using {
            None => AccessMethod::Btree,
            Some(using) => {
                let name = using.to_string().to_ascii_lowercase();
                AccessMethod::by_name(&name).ok_or_else(|| {
                    SqlError::new(
                        SqlState::UNDEFINED_OBJECT,
                        format!("access method \"{name}\" does not exist"),
                    )
                })?
            }
        };
        let keys: Vec<IndexKey> =
            create.columns.iter().map(|c| index_key(table, method, c)).collect::<Result<_, _>>()?;
        let include: Vec<u16> =
            create.include.iter().map(|c| column_number(table, &identifier(c))).collect::<Result<_, _>>()?;
        let predicate = match &create.predicate {
            Some(predicate) => bind_table_expression(table, predicate)?.conjuncts(),
            None => Vec::new(),
        };
        let name = match &create.name {
            Some(name) => name_parts(name).pop().unwrap_or_default(),
            None => default_name(self, table, &keys, "idx"),
        };
        if self.index_by_name(&name).is_some() || self.table_by_name(&name).is_some() {
            let message = format!("relation \"{name}\" already exists");
            if create.if_not_exists {
                let notices = vec![format!("{message}, skipping")];
                return Ok(DdlEffect { notices, ..DdlEffect::tagged("CREATE INDEX") });
            }
            return Err(SqlError::new(SqlState::DUPLICATE_TABLE, message));
        }
        let index = Index {
            unique: create.unique,
            nulls_not_distinct: create.nulls_distinct == Some(false),
            options: options(&create.with),
            predicate,
            include,
            ..self.blank_index(table_oid, name, method, keys)
        };
        let oid = self.add_index(index);
        Ok(DdlEffect { created_indexes: vec![oid], ..DdlEffect::tagged("CREATE INDEX") })
    }

    fn blank_index(&self, table: Oid, name: String, method: AccessMethod, keys: Vec<IndexKey>) -> Index {
        Index {
            oid: Oid(0),
            filenode: 0,
            name,
            table,
            method,
            keys,
            include: Vec::new(),
            predicate: Vec::new(),
            unique: false,
            nulls_not_distinct: false,
            primary: false,
            valid: true,
            ready: true,
            options: BTreeMap::new(),
            statistics: RelationStatistics::default(),
            size: RelationSize::default(),
            gin: None,
            comment: None,
        }
    }

    fn add_index(&mut self, mut index: Index) -> Oid {
        let oid = self.allocate_oid();
        index.oid = oid;
        index.filenode = oid.0;
        if let Some(table) = self.tables.get_mut(&index.table) {
            table.indexes.push(oid);
        }
        self.indexes.insert(oid, index);
        self.size_new_index(oid);
        oid
    }

    /// Adds a table constraint; the indexes made for it are returned.
    pub(super) fn add_constraint(
        &mut self,
        table: Oid,
        constraint: &ast::TableConstraint,
        validated: bool,
    ) -> Result<Option<Oid>, SqlError> {
        match constraint {
            ast::TableConstraint::PrimaryKey(key) => {
                let columns = self.constraint_columns(table, &key.columns)?;
                self.key_constraint(table, key.name.as_ref().map(identifier), columns, true).map(Some)
            }
            ast::TableConstraint::Unique(key) => {
                let columns = self.constraint_columns(table, &key.columns)?;
                self.key_constraint(table, key.name.as_ref().map(identifier), columns, false).map(Some)
            }
            ast::TableConstraint::ForeignKey(key) => {
                self.foreign_key(table, key, None, validated)?;
                Ok(None)
            }
            ast::TableConstraint::Check(check) => {
                let table_name = self.tables.get(&table).map(|t| t.name.clone()).unwrap_or_default();
                let name = check.name.as_ref().map_or_else(|| format!("{table_name}_check"), identifier);
                let kind = ConstraintKind::Check { expression: check.expr.to_string() };
                self.insert_constraint(table, name, kind, validated);
                Ok(None)
            }
            ast::TableConstraint::PrimaryKeyUsingIndex(using)
            | ast::TableConstraint::UniqueUsingIndex(using) => {
                let primary = matches!(constraint, ast::TableConstraint::PrimaryKeyUsingIndex(_));
                self.constraint_using_index(table, using, primary)?;
                Ok(None)
            }
            other => Err(SqlError::unsupported(other)),
        }
    }

    /// The constraints written beside a column.
    pub(super) fn column_constraints(
        &mut self,
        table: Oid,
        definition: &ast::ColumnDef,
    ) -> Result<(), SqlError> {
        let column = identifier(&definition.name);
        for option in &definition.options {
            let name = option.name.as_ref().map(identifier);
            let number = |catalog: &Catalog| {
                catalog
                    .tables
                    .get(&table)
                    .ok_or_else(|| undefined_table("?"))
                    .and_then(|t| column_number(t, &column))
            };
            match &option.option {
                ast::ColumnOption::PrimaryKey(_) => {
                    let columns = vec![number(self)?];
                    self.key_constraint(table, name, columns, true)?;
                }
                ast::ColumnOption::Unique(_) => {
                    let columns = vec![number(self)?];
                    self.key_constraint(table, name, columns, false)?;
                }
                ast::ColumnOption::ForeignKey(key) => {
                    let number = number(self)?;
                    self.foreign_key(table, key, Some((name, number)), true)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn constraint_columns(&self, table: Oid, columns: &[ast::IndexColumn]) -> Result<Vec<u16>, SqlError> {
        let table = self.tables.get(&table).ok_or_else(|| undefined_table("?"))?;
        columns
            .iter()
            .map(|c| match &c.column.expr {
                ast::Expr::Identifier(ident) => column_number(table, &identifier(ident)),
                other => Err(SqlError::unsupported(other)),
            })
            .collect()
    }

    fn key_constraint(
        &mut self,
        table_oid: Oid,
        name: Option<String>,
        columns: Vec<u16>,
        primary: bool,
    ) -> Result<Oid, SqlError> {
        let table = self.tables.get(&table_oid).ok_or_else(|| undefined_table("?"))?;
        let existing =
            self.constraints_of(table_oid).any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
        if primary && existing {
            let message = format!("multiple primary keys for table \"{}\" are not allowed", table.name);
            return Err(SqlError::new(SqlState::INVALID_TABLE_DEFINITION, message));
        }
        let keys: Vec<IndexKey> = columns.iter().map(|n| plain_key(table, *n)).collect();
        let default = || {
            if primary {
                truncated(&format!("{}_pkey", table.name))
            } else {
                default_name(self, table, &keys, "key")
            }
        };
        let name = name.unwrap_or_else(default);
        if self.index_by_name(&name).is_some() {
            let message = format!("relation \"{name}\" already exists");
            return Err(SqlError::new(SqlState::DUPLICATE_TABLE, message));
        }
        let index = Index {
            unique: true,
            primary,
            ..self.blank_index(table_oid, name.clone(), AccessMethod::Btree, keys)
        };
        if primary {
            for column in &mut self.table_mut(table_oid)?.columns {
                column.not_null |= columns.contains(&column.number);
            }
        }
        let index = self.add_index(index);
        let kind = if primary {
            ConstraintKind::PrimaryKey { columns, index }
        } else {
            ConstraintKind::Unique { columns, index }
        };
        self.insert_constraint(table_oid, name, kind, true);
        Ok(index)
    }

    fn constraint_using_index(
        &mut self,
        table: Oid,
        using: &ast::ConstraintUsingIndex,
        primary: bool,
    ) -> Result<(), SqlError> {
        let index_name = identifier(&using.index_name);
        let index = self.indexes.values_mut().find(|i| i.name == index_name && i.table == table).ok_or_else(
            || SqlError::new(SqlState::UNDEFINED_OBJECT, format!("index \"{index_name}\" does not exist")),
        )?;
        if !index.unique || !index.valid {
            let what = if index.unique { "valid" } else { "a unique index" };
            let message = format!("\"{index_name}\" is not {what}");
            return Err(SqlError::new(SqlState::WRONG_OBJECT_TYPE, message));
        }
        let name = using.name.as_ref().map_or(index_name, identifier);
        index.name.clone_from(&name);
        index.primary = primary;
        let oid = index.oid;
        let columns: Vec<u16> = index
            .keys
            .iter()
            .filter_map(|k| match k.source {
                KeySource::Column(number) => Some(number),
                KeySource::Expression(_) => None,
            })
            .collect();
        let kind = if primary {
            ConstraintKind::PrimaryKey { columns, index: oid }
        } else {
            ConstraintKind::Unique { columns, index: oid }
        };
        self.insert_constraint(table, name, kind, true);
        Ok(())
    }

    fn foreign_key(
        &mut self,
        table_oid: Oid,
        key: &ast::ForeignKeyConstraint,
        own: Option<(Option<String>, u16)>,
        validated: bool,
    ) -> Result<(), SqlError> {
        let references = self.table_named(&key.foreign_table)?;
        let table = self.tables.get(&table_oid).ok_or_else(|| undefined_table("?"))?;
        let target = self.tables.get(&references).ok_or_else(|| undefined_table("?"))?;
        let (given_name, columns) = match own {
            Some((name, number)) => (name, vec![number]),
            None => (
                key.name.as_ref().map(identifier),
                key.columns.iter().map(|c| column_number(table, &identifier(c))).collect::<Result<_, _>>()?,
            ),
        };
        let referenced_columns: Vec<u16> = if key.referred_columns.is_empty() {
            let primary = self.constraints_of(references).find_map(|c| match &c.kind {
                ConstraintKind::PrimaryKey { columns, .. } => Some(columns.clone()),
                _ => None,
            });
            primary.ok_or_else(|| {
                let message = format!("there is no primary key for referenced table \"{}\"", target.name);
                SqlError::new(SqlState::UNDEFINED_OBJECT, message)
            })?
        } else {
            key.referred_columns
                .iter()
                .map(|c| column_number(target, &identifier(c)))
                .collect::<Result<_, _>>()?
        };
        let column_names: Vec<&str> =
            columns.iter().filter_map(|n| table.column_by_number(*n)).map(|c| c.name.as_str()).collect();
        let name = given_name
            .unwrap_or_else(|| truncated(&format!("{}_{}_fkey", table.name, column_names.join("_"))));
        let kind = ConstraintKind::ForeignKey {
            columns,
            references,
            referenced_columns,
            on_delete: action(key.on_delete),
            on_update: action(key.on_update),
        };
        self.insert_constraint(table_oid, name, kind, validated);
        Ok(())
    }

    fn insert_constraint(&mut self, table: Oid, name: String, kind: ConstraintKind, validated: bool) {
        let oid = self.allocate_oid();
        self.constraints.insert(oid, Constraint { oid, name, table, kind, validated });
    }

    pub(super) fn drop_constraint(
        &mut self,
        table: Oid,
        name: &str,
        if_exists: bool,
        effect: &mut DdlEffect,
    ) -> Result<(), SqlError> {
        let Some(oid) = self.constraints_of(table).find(|c| c.name == name).map(|c| c.oid) else {
            let table_name = self.tables.get(&table).map(|t| t.name.clone()).unwrap_or_default();
            let message = format!("constraint \"{name}\" of relation \"{table_name}\" does not exist");
            if if_exists {
                effect.notices.push(format!("{message}, skipping"));
                return Ok(());
            }
            return Err(SqlError::new(SqlState::UNDEFINED_OBJECT, message));
        };
        let removed = self.constraints.remove(&oid);
        if let Some(ConstraintKind::PrimaryKey { index, .. } | ConstraintKind::Unique { index, .. }) =
            removed.map(|c| c.kind)
        {
            self.remove_index(index);
        }
        Ok(())
    }

    pub(super) fn drop_objects(
        &mut self,
        object_type: &ast::ObjectType,
        if_exists: bool,
        names: &[ast::ObjectName],
        cascade: bool,
    ) -> Result<DdlEffect, SqlError> {
        let (word, tag) = match object_type {
            ast::ObjectType::Index => ("index", "DROP INDEX"),
            ast::ObjectType::Table => ("table", "DROP TABLE"),
            other => return Err(SqlError::unsupported(format!("DROP {other}"))),
        };
        let mut effect = DdlEffect::tagged(tag);
        for name in names {
            let bare = name_parts(name).pop().unwrap_or_default();
            let found = match word {
                "index" => self.index_by_name(&bare).map(|i| i.oid),
                _ => self.table_by_name(&bare).map(|t| t.oid),
            };
            match found {
                Some(oid) if word == "index" => self.drop_index(oid, &bare)?,
                Some(oid) => self.drop_table(oid, cascade)?,
                None if if_exists => {
                    effect.notices.push(format!("{word} \"{bare}\" does not exist, skipping"))
                }
                None => {
                    let state =
                        if word == "index" { SqlState::UNDEFINED_OBJECT } else { SqlState::UNDEFINED_TABLE };
                    return Err(SqlError::new(state, format!("{word} \"{bare}\" does not exist")));
                }
            }
        }
        Ok(effect)
    }

    fn drop_index(&mut self, oid: Oid, name: &str) -> Result<(), SqlError> {
        let owner = self.constraints.values().find(|c| match &c.kind {
            ConstraintKind::PrimaryKey { index, .. } | ConstraintKind::Unique { index, .. } => *index == oid,
            _ => false,
        });
        if let Some(constraint) = owner {
            let table = self.tables.get(&constraint.table).map(|t| t.name.clone()).unwrap_or_default();
            let message = format!(
                "cannot drop index {name} because constraint {} on table {table} requires it",
                constraint.name
            );
            let hint = format!("You can drop constraint {} on table {table} instead.", constraint.name);
            return Err(SqlError::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, message).hint(hint));
        }
        self.remove_index(oid);
        Ok(())
    }

    fn drop_table(&mut self, oid: Oid, cascade: bool) -> Result<(), SqlError> {
        let referencing: Vec<Oid> =
            self.references_to(oid).filter(|c| c.table != oid).map(|c| c.oid).collect();
        if !referencing.is_empty() && !cascade {
            let name = self.tables.get(&oid).map(|t| t.name.clone()).unwrap_or_default();
            let message = format!("cannot drop table {name} because other objects depend on it");
            return Err(SqlError::new(SqlState::DEPENDENT_OBJECTS_STILL_EXIST, message)
                .hint("Use DROP ... CASCADE to drop the dependent objects too."));
        }
        self.constraints.retain(|constraint, c| c.table != oid && !referencing.contains(constraint));
        self.indexes.retain(|_, i| i.table != oid);
        self.tables.remove(&oid);
        Ok(())
    }

    pub(super) fn remove_index(&mut self, oid: Oid) {
        if let Some(index) = self.indexes.remove(&oid)
            && let Some(table) = self.tables.get_mut(&index.table)
        {
            table.indexes.retain(|i| *i != oid);
        }
    }

    /// Drops what a dropped column takes with it: indexes and constraints on it.
    pub(super) fn drop_column_dependents(&mut self, table: Oid, number: u16) {
        let uses = |expr: &Expr| expr.any(&mut |e| matches!(e, Expr::Column(c) if c.column == number));
        let doomed: Vec<Oid> = self
            .indexes_of(table)
            .filter(|i| {
                let in_keys = i.keys.iter().any(|k| match &k.source {
                    KeySource::Column(n) => *n == number,
                    KeySource::Expression(e) => uses(e),
                });
                in_keys || i.include.contains(&number) || i.predicate.iter().any(uses)
            })
            .map(|i| i.oid)
            .collect();
        for oid in &doomed {
            self.remove_index(*oid);
        }
        self.constraints.retain(|_, c| match &c.kind {
            _ if c.table != table => {
                !matches!(&c.kind, ConstraintKind::ForeignKey { references, referenced_columns, .. }
                if *references == table && referenced_columns.contains(&number))
            }
            ConstraintKind::PrimaryKey { index, .. } | ConstraintKind::Unique { index, .. } => {
                !doomed.contains(index)
            }
            ConstraintKind::ForeignKey { columns, .. } => !columns.contains(&number),
            ConstraintKind::Check { .. } => true,
        });
    }

    /// Indexes on a column whose type changed are rebuilt with the new type.
    pub(super) fn retype_indexes(&mut self, table: Oid, number: u16, type_id: TypeId) {
        let oids: Vec<Oid> = self.indexes_of(table).map(|i| i.oid).collect();
        for oid in oids {
            let Some(index) = self.indexes.get_mut(&oid) else { continue };
            let mut touched = false;
            for key in &mut index.keys {
                if key.source == KeySource::Column(number) {
                    key.type_id = type_id;
                    touched = true;
                }
            }
            if touched {
                self.size_new_index(oid);
            }
        }
    }

    pub(super) fn alter_index(
        &mut self,
        name: &ast::ObjectName,
        operation: &ast::AlterIndexOperation,
    ) -> Result<DdlEffect, SqlError> {
        let bare = name_parts(name).pop().unwrap_or_default();
        let ast::AlterIndexOperation::RenameIndex { index_name } = operation;
        let new = name_parts(index_name).pop().unwrap_or_default();
        let index = self.indexes.values_mut().find(|i| i.name == bare);
        match index {
            Some(index) => index.name = new,
            None => {
                let message = format!("relation \"{bare}\" does not exist");
                return Err(SqlError::new(SqlState::UNDEFINED_TABLE, message));
            }
        }
        Ok(DdlEffect::tagged("ALTER INDEX"))
    }
}

fn column_number(table: &Table, name: &str) -> Result<u16, SqlError> {
    table
        .column(name)
        .map(|c| c.number)
        .ok_or_else(|| SqlError::new(SqlState::UNDEFINED_COLUMN, format!("column \"{name}\" does not exist")))
}

fn plain_key(table: &Table, number: u16) -> IndexKey {
    IndexKey {
        source: KeySource::Column(number),
        type_id: table.column_by_number(number).map_or(TypeId::TEXT, |c| c.type_id),
        opclass: OperatorClass::Default,
        collation: Collation::Default,
        descending: false,
        nulls_first: false,
        statistics: None,
        extremes: None,
    }
}

fn index_key(table: &Table, method: AccessMethod, column: &ast::IndexColumn) -> Result<IndexKey, SqlError> {
    let mut bound = bind_table_expression(table, &column.column.expr)?;
    let mut collation = Collation::Default;
    if let Expr::Collate(inner, wanted) = bound {
        collation = wanted;
        bound = *inner;
    }
    let type_id = bound.type_id();
    let source = match &bound {
        Expr::Column(c) => KeySource::Column(c.column),
        _ => KeySource::Expression(bound),
    };
    let descending =
        matches!(column.column.options.sort, Some(ast::OrderBySort::Desc)) && keeps_order(method);
    let opclass = match &column.operator_class {
        None => OperatorClass::Default,
        Some(name) => operator_class(&name_parts(name).pop().unwrap_or_default(), method)?,
    };
    let needs_class = method == AccessMethod::Gin
        && opclass == OperatorClass::Default
        && !(matches!(type_id, TypeId::TSVECTOR | TypeId::JSONB) || type_id.element().is_some());
    if needs_class {
        let message = format!("data type {type_id} has no default operator class for access method \"gin\"");
        return Err(SqlError::new(SqlState::UNDEFINED_OBJECT, message)
            .hint("You must specify an operator class for the index or define a default operator class for the data type."));
    }
    Ok(IndexKey {
        source,
        type_id,
        opclass,
        collation,
        descending,
        nulls_first: column.column.options.nulls_first.unwrap_or(descending),
        statistics: None,
        extremes: None,
    })
}

fn operator_class(name: &str, method: AccessMethod) -> Result<OperatorClass, SqlError> {
    Ok(match name {
        "text_pattern_ops" | "varchar_pattern_ops" | "bpchar_pattern_ops" => OperatorClass::Pattern,
        "gin_trgm_ops" | "gist_trgm_ops" => OperatorClass::Trigram,
        "jsonb_path_ops" => OperatorClass::JsonbPath,
        _ if name.ends_with("_ops") => OperatorClass::Default,
        _ => {
            let message =
                format!("operator class \"{name}\" does not exist for access method \"{}\"", method.name());
            return Err(SqlError::new(SqlState::UNDEFINED_OBJECT, message));
        }
    })
}

fn options(with: &[ast::Expr]) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for option in with {
        if let ast::Expr::BinaryOp { left, right, .. } = option {
            out.insert(
                left.to_string().to_ascii_lowercase(),
                right.to_string().trim_matches('\'').to_owned(),
            );
        }
    }
    out
}

/// `table_column…_idx`, with a number where that is taken (`ChooseIndexName`).
fn default_name(catalog: &Catalog, table: &Table, keys: &[IndexKey], suffix: &str) -> String {
    let parts: Vec<&str> = keys
        .iter()
        .map(|k| match &k.source {
            KeySource::Column(n) => table.column_by_number(*n).map_or("expr", |c| c.name.as_str()),
            KeySource::Expression(Expr::Function(info, _)) => info.name,
            KeySource::Expression(_) => "expr",
        })
        .collect();
    let base = truncated(&format!("{}_{}_{suffix}", table.name, parts.join("_")));
    let free = |name: &str| catalog.index_by_name(name).is_none();
    let numbered = (1..).map(|n| format!("{base}{n}"));
    std::iter::once(base.clone()).chain(numbered).find(|n| free(n)).unwrap_or(base)
}

fn truncated(name: &str) -> String {
    name.chars().take(NAME_BYTES).collect()
}

fn action(action: Option<ast::ReferentialAction>) -> ReferentialAction {
    match action {
        Some(ast::ReferentialAction::Cascade) => ReferentialAction::Cascade,
        Some(ast::ReferentialAction::Restrict) => ReferentialAction::Restrict,
        Some(ast::ReferentialAction::SetNull) => ReferentialAction::SetNull,
        Some(ast::ReferentialAction::SetDefault) => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}
