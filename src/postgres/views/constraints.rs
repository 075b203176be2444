//! `pg_constraint`, and constraints' definitions.

use super::shape::{oid, smallints};
use super::{Provider, Shape};
use crate::postgres::catalog::{Catalog, Constraint, ConstraintKind, Oid, ReferentialAction, Table};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::value::{Row, Value};
use crate::postgres::sql::quote_identifier;

pub(super) const FAMILY: &[(&str, Provider)] = &[("pg_constraint", pg_constraint)];

/// NOT NULL constraints have rows since PostgreSQL 18; their oids lie beyond the catalog's own.
const NOT_NULL_OIDS: i64 = 1_000_000;

fn action(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::NoAction => "a",
        ReferentialAction::Restrict => "r",
        ReferentialAction::Cascade => "c",
        ReferentialAction::SetNull => "n",
        ReferentialAction::SetDefault => "d",
    }
}

fn numbers(columns: &[u16]) -> Value {
    smallints(columns.iter().map(|number| i64::from(*number)))
}

fn pg_constraint(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let catalog = context.catalog();
    let mut rows = Vec::new();
    for table in catalog.tables.values() {
        for column in table.columns.iter().filter(|column| column.not_null && !column.dropped) {
            let number = i64::from(column.number);
            let mut row =
                base(shape, &format!("{}_{}_not_null", table.name, column.name), "n", table.oid, true);
            shape.set(&mut row, "oid", Value::Int(NOT_NULL_OIDS + i64::from(table.oid.0) * 100 + number));
            shape.set(&mut row, "conkey", smallints([number]));
            rows.push(row);
        }
    }
    rows.extend(catalog.constraints.values().map(|constraint| row(catalog, constraint, shape)));
    Ok(rows)
}

fn base(shape: &Shape, name: &str, kind: &str, table: Oid, validated: bool) -> Row {
    shape.row([
        ("conname", Value::text(name)),
        ("connamespace", oid(2200)),
        ("contype", Value::text(kind)),
        ("conenforced", Value::Bool(true)),
        ("convalidated", Value::Bool(validated)),
        ("conrelid", oid(table.0)),
        ("conislocal", Value::Bool(true)),
        ("confupdtype", Value::text(" ")),
        ("confdeltype", Value::text(" ")),
        ("confmatchtype", Value::text(" ")),
    ])
}

fn row(catalog: &Catalog, constraint: &Constraint, shape: &Shape) -> Row {
    let mut row =
        base(shape, &constraint.name, kind(&constraint.kind), constraint.table, constraint.validated);
    shape.set(&mut row, "oid", oid(constraint.oid.0));
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns, index } | ConstraintKind::Unique { columns, index } => {
            shape.set(&mut row, "conkey", numbers(columns));
            shape.set(&mut row, "conindid", oid(index.0));
            shape.set(&mut row, "connoinherit", Value::Bool(true));
        }
        ConstraintKind::ForeignKey { columns, references, referenced_columns, on_delete, on_update } => {
            shape.set(&mut row, "conkey", numbers(columns));
            shape.set(&mut row, "confkey", numbers(referenced_columns));
            shape.set(&mut row, "confrelid", oid(references.0));
            shape.set(&mut row, "conindid", oid(referenced_index(catalog, *references)));
            shape.set(&mut row, "confupdtype", Value::text(action(*on_update)));
            shape.set(&mut row, "confdeltype", Value::text(action(*on_delete)));
            shape.set(&mut row, "confmatchtype", Value::text("s"));
            shape.set(&mut row, "connoinherit", Value::Bool(true));
        }
        ConstraintKind::Check { expression } => shape.set(&mut row, "conbin", Value::text(expression)),
    }
    row
}

/// `pg_constraint.contype`.
pub(super) fn kind(kind: &ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::PrimaryKey { .. } => "p",
        ConstraintKind::Unique { .. } => "u",
        ConstraintKind::ForeignKey { .. } => "f",
        ConstraintKind::Check { .. } => "c",
    }
}

fn referenced_index(catalog: &Catalog, table: Oid) -> u32 {
    catalog.indexes_of(table).find(|index| index.primary).map_or(0, |index| index.oid.0)
}

/// Names of a table's columns by number, quoted where they must be.
pub(super) fn column_list(table: &Table, columns: &[u16]) -> String {
    let names = columns.iter().filter_map(|number| table.column_by_number(*number));
    names.map(|column| quote_identifier(&column.name)).collect::<Vec<_>>().join(", ")
}

/// `pg_get_constraintdef(oid)`; `None` where there is no such constraint.
pub(crate) fn constraint_definition(catalog: &Catalog, wanted: u32) -> Option<String> {
    if i64::from(wanted) >= NOT_NULL_OIDS {
        let (table, column) =
            ((i64::from(wanted) - NOT_NULL_OIDS) / 100, (i64::from(wanted) - NOT_NULL_OIDS) % 100);
        let table = catalog.tables.get(&Oid(table as u32))?;
        return Some(format!("NOT NULL {}", quote_identifier(&table.column_by_number(column as u16)?.name)));
    }
    let constraint = catalog.constraints.get(&Oid(wanted))?;
    let table = catalog.tables.get(&constraint.table)?;
    let mut text = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns, index } => {
            format!("PRIMARY KEY ({}){}", column_list(table, columns), include(catalog, table, *index))
        }
        ConstraintKind::Unique { columns, index } => {
            format!("UNIQUE ({}){}", column_list(table, columns), include(catalog, table, *index))
        }
        ConstraintKind::ForeignKey { columns, references, referenced_columns, on_delete, on_update } => {
            let other = catalog.tables.get(references)?;
            let mut text = format!(
                "FOREIGN KEY ({}) REFERENCES {}({})",
                column_list(table, columns),
                quote_identifier(&other.name),
                column_list(other, referenced_columns)
            );
            for (word, action) in [("UPDATE", on_update), ("DELETE", on_delete)] {
                let words = match action {
                    ReferentialAction::NoAction => continue,
                    ReferentialAction::Restrict => "RESTRICT",
                    ReferentialAction::Cascade => "CASCADE",
                    ReferentialAction::SetNull => "SET NULL",
                    ReferentialAction::SetDefault => "SET DEFAULT",
                };
                text.push_str(&format!(" ON {word} {words}"));
            }
            text
        }
        ConstraintKind::Check { expression } => {
            let inner = expression.trim();
            if inner.starts_with('(') { format!("CHECK ({inner})") } else { format!("CHECK (({inner}))") }
        }
    };
    if !constraint.validated {
        text.push_str(" NOT VALID");
    }
    Some(text)
}

fn include(catalog: &Catalog, table: &Table, index: Oid) -> String {
    match catalog.indexes.get(&index) {
        Some(index) if !index.include.is_empty() => {
            format!(" INCLUDE ({})", column_list(table, &index.include))
        }
        _ => String::new(),
    }
}
