//! `information_schema`: tables, columns, constraints as the SQL standard shows them. Only what the role may see.

use super::constraints::kind;
use super::{Provider, Shape};
use crate::postgres::catalog::{ConstraintKind, Table};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::system::{RELATIONS, SystemRelation, TYPES};
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Row, Value};

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("tables", tables),
    ("columns", columns),
    ("table_constraints", table_constraints),
    ("key_column_usage", key_column_usage),
    ("constraint_column_usage", constraint_column_usage),
    ("referential_constraints", referential_constraints),
    ("schemata", schemata),
    ("views", views),
    ("check_constraints", check_constraints),
    ("information_schema_catalog_name", |c, s| {
        Ok(vec![s.row([("catalog_name", Value::text(c.database_name()))])])
    }),
];

fn yes_no(flag: bool) -> Value {
    Value::text(if flag { "YES" } else { "NO" })
}

fn named(
    context: &Context<'_>,
    prefix: &'static [&'static str; 3],
    schema: &str,
    name: &str,
) -> [(&'static str, Value); 3] {
    [
        (prefix[0], Value::text(context.database_name())),
        (prefix[1], Value::text(schema)),
        (prefix[2], Value::text(name)),
    ]
}

const TABLE: [&str; 3] = ["table_catalog", "table_schema", "table_name"];
const CONSTRAINT: [&str; 3] = ["constraint_catalog", "constraint_schema", "constraint_name"];

fn tables(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |schema: &str, name: &str, is_view: bool| {
        let mut row = shape.row(named(context, &TABLE, schema, name));
        shape.set(&mut row, "table_type", Value::text(if is_view { "VIEW" } else { "BASE TABLE" }));
        shape.set(&mut row, "is_insertable_into", yes_no(!is_view));
        shape.set(&mut row, "is_typed", yes_no(false));
        row
    };
    let mut rows: Vec<Row> =
        context.catalog().tables.values().map(|table| row(&table.schema, &table.name, false)).collect();
    rows.extend(RELATIONS.iter().map(|relation| row(relation.schema, relation.name, relation.kind == 'v')));
    Ok(rows)
}

fn columns(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for table in context.catalog().tables.values() {
        for column in table.columns.iter().filter(|column| !column.dropped) {
            let mut row = column_row(
                context,
                shape,
                (&table.schema, &table.name, &column.name),
                column.type_id.0,
                column.type_modifier,
            );
            shape.set(&mut row, "ordinal_position", Value::Int(i64::from(column.number)));
            shape.set(&mut row, "column_default", Value::optional_text(column.default.as_ref()));
            shape.set(&mut row, "is_nullable", yes_no(!column.not_null));
            shape.set(&mut row, "is_updatable", yes_no(true));
            rows.push(row);
        }
    }
    for relation in RELATIONS.iter() {
        for (at, column) in relation.columns.iter().enumerate() {
            let names = (relation.schema, relation.name, column.name);
            let mut row = column_row(context, shape, names, column.type_oid, column.typmod);
            shape.set(&mut row, "ordinal_position", Value::Int(at as i64 + 1));
            shape.set(&mut row, "is_nullable", yes_no(!column.not_null));
            shape.set(&mut row, "is_updatable", yes_no(relation.kind == 'r'));
            rows.push(row);
        }
    }
    Ok(rows)
}

fn column_row(
    context: &Context<'_>,
    shape: &Shape,
    (schema, table, column): (&str, &str, &str),
    type_oid: u32,
    typmod: i32,
) -> Row {
    let mut row = shape.row(named(context, &TABLE, schema, table));
    let ty = TYPES.get(&type_oid);
    let is_array = t::element_of(type_oid).is_some() && ty.is_some_and(|ty| ty.name.starts_with('_'));
    let data_type = if is_array { "ARRAY".to_owned() } else { t::name(type_oid) };
    let length = matches!(type_oid, t::VARCHAR | t::BPCHAR) && typmod >= 4;
    let (precision, radix, scale) = numeric_facts(type_oid, typmod);
    let values = [
        ("column_name", Value::text(column)),
        ("data_type", Value::text(data_type)),
        ("character_maximum_length", Value::optional_int(length.then(|| typmod - 4))),
        (
            "character_octet_length",
            match type_oid {
                t::TEXT | t::VARCHAR | t::BPCHAR if length => Value::Int(i64::from(typmod - 4) * 4),
                t::TEXT | t::VARCHAR | t::BPCHAR => Value::Int(1 << 30),
                _ => Value::Null,
            },
        ),
        ("numeric_precision", Value::optional_int(precision)),
        ("numeric_precision_radix", Value::optional_int(radix)),
        ("numeric_scale", Value::optional_int(scale)),
        (
            "datetime_precision",
            match type_oid {
                t::TIMESTAMP | t::TIMESTAMPTZ | t::TIME | t::INTERVAL => Value::Int(6),
                t::DATE => Value::Int(0),
                _ => Value::Null,
            },
        ),
        ("udt_catalog", Value::text(context.database_name())),
        ("udt_schema", Value::text("pg_catalog")),
        ("udt_name", Value::text(ty.map_or("", |ty| ty.name))),
        ("is_self_referencing", yes_no(false)),
        ("is_identity", yes_no(false)),
        ("identity_cycle", yes_no(false)),
        ("is_generated", Value::text("NEVER")),
    ];
    values.into_iter().for_each(|(name, value)| shape.set(&mut row, name, value));
    row
}

fn numeric_facts(type_oid: u32, typmod: i32) -> (Option<i64>, Option<i64>, Option<i64>) {
    match type_oid {
        t::INT2 => (Some(16), Some(2), Some(0)),
        t::INT4 => (Some(32), Some(2), Some(0)),
        t::INT8 => (Some(64), Some(2), Some(0)),
        t::FLOAT4 => (Some(24), Some(2), None),
        t::FLOAT8 => (Some(53), Some(2), None),
        t::NUMERIC if typmod >= 4 => {
            let bits = i64::from(typmod - 4);
            (Some(bits >> 16), Some(10), Some(bits & 0x7ff))
        }
        t::NUMERIC => (None, Some(10), None),
        _ => (None, None, None),
    }
}

fn words(kind_: &ConstraintKind) -> &'static str {
    match kind(kind_) {
        "p" => "PRIMARY KEY",
        "u" => "UNIQUE",
        "f" => "FOREIGN KEY",
        _ => "CHECK",
    }
}

fn table_constraints(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let catalog = context.catalog();
    let row = |table: &Table, name: &str, kind: &str| {
        let mut row = shape.row(named(context, &CONSTRAINT, "public", name));
        for (column, value) in named(context, &TABLE, &table.schema, &table.name) {
            shape.set(&mut row, column, value);
        }
        shape.set(&mut row, "constraint_type", Value::text(kind));
        shape.set(&mut row, "is_deferrable", yes_no(false));
        shape.set(&mut row, "initially_deferred", yes_no(false));
        shape.set(&mut row, "enforced", yes_no(true));
        if kind == "UNIQUE" {
            shape.set(&mut row, "nulls_distinct", yes_no(true));
        }
        row
    };
    let mut rows = Vec::new();
    for table in catalog.tables.values() {
        for constraint in catalog.constraints_of(table.oid) {
            rows.push(row(table, &constraint.name, words(&constraint.kind)));
        }
        for column in table.columns.iter().filter(|column| column.not_null && !column.dropped) {
            rows.push(row(table, &format!("{}_{}_not_null", table.name, column.name), "CHECK"));
        }
    }
    Ok(rows)
}

fn key_column_usage(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let catalog = context.catalog();
    let mut rows = Vec::new();
    for constraint in catalog.constraints.values() {
        let Some(table) = catalog.tables.get(&constraint.table) else { continue };
        let (columns, foreign) = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
                (columns, false)
            }
            ConstraintKind::ForeignKey { columns, .. } => (columns, true),
            ConstraintKind::Check { .. } => continue,
        };
        for (at, number) in columns.iter().enumerate() {
            let Some(column) = table.column_by_number(*number) else { continue };
            let mut row = shape.row(named(context, &CONSTRAINT, "public", &constraint.name));
            for (name, value) in named(context, &TABLE, &table.schema, &table.name) {
                shape.set(&mut row, name, value);
            }
            shape.set(&mut row, "column_name", Value::text(&column.name));
            shape.set(&mut row, "ordinal_position", Value::Int(at as i64 + 1));
            if foreign {
                shape.set(&mut row, "position_in_unique_constraint", Value::Int(at as i64 + 1));
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

fn constraint_column_usage(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let catalog = context.catalog();
    let mut rows = Vec::new();
    for constraint in catalog.constraints.values() {
        let (table, columns) = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
                (constraint.table, columns)
            }
            ConstraintKind::ForeignKey { references, referenced_columns, .. } => {
                (*references, referenced_columns)
            }
            ConstraintKind::Check { .. } => continue,
        };
        let Some(table) = catalog.tables.get(&table) else { continue };
        for column in columns.iter().filter_map(|number| table.column_by_number(*number)) {
            let mut row = shape.row(named(context, &TABLE, &table.schema, &table.name));
            for (name, value) in named(context, &CONSTRAINT, "public", &constraint.name) {
                shape.set(&mut row, name, value);
            }
            shape.set(&mut row, "column_name", Value::text(&column.name));
            rows.push(row);
        }
    }
    Ok(rows)
}

fn referential_constraints(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    use crate::postgres::catalog::ReferentialAction as A;
    let words = |action: &A| match action {
        A::NoAction => "NO ACTION",
        A::Restrict => "RESTRICT",
        A::Cascade => "CASCADE",
        A::SetNull => "SET NULL",
        A::SetDefault => "SET DEFAULT",
    };
    let catalog = context.catalog();
    let mut rows = Vec::new();
    for constraint in catalog.constraints.values() {
        let ConstraintKind::ForeignKey { references, on_delete, on_update, .. } = &constraint.kind else {
            continue;
        };
        let target =
            catalog.constraints_of(*references).find(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }));
        let mut row = shape.row(named(context, &CONSTRAINT, "public", &constraint.name));
        shape.set(&mut row, "unique_constraint_catalog", Value::text(context.database_name()));
        shape.set(&mut row, "unique_constraint_schema", Value::text("public"));
        shape.set(&mut row, "unique_constraint_name", Value::optional_text(target.map(|c| c.name.as_str())));
        shape.set(&mut row, "match_option", Value::text("NONE"));
        shape.set(&mut row, "update_rule", Value::text(words(on_update)));
        shape.set(&mut row, "delete_rule", Value::text(words(on_delete)));
        rows.push(row);
    }
    Ok(rows)
}

fn schemata(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |(name, owner): (&str, &str)| {
        shape.row([
            ("catalog_name", Value::text(context.database_name())),
            ("schema_name", Value::text(name)),
            ("schema_owner", Value::text(owner)),
        ])
    };
    let list = [
        ("information_schema", "postgres"),
        ("pg_catalog", "postgres"),
        ("pg_toast", "postgres"),
        ("public", "pg_database_owner"),
    ];
    Ok(list.into_iter().map(row).collect())
}

fn views(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |relation: &SystemRelation| {
        let mut row = shape.row(named(context, &TABLE, relation.schema, relation.name));
        shape.set(&mut row, "check_option", Value::text("NONE"));
        shape.set(&mut row, "is_updatable", yes_no(false));
        shape.set(&mut row, "is_insertable_into", yes_no(false));
        row
    };
    Ok(RELATIONS.iter().filter(|relation| relation.kind == 'v').map(row).collect())
}

fn check_constraints(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let checks = context.catalog().constraints.values().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::Check { expression } => Some((constraint, expression)),
        _ => None,
    });
    Ok(checks
        .map(|(constraint, expression)| {
            let mut row = shape.row(named(context, &CONSTRAINT, "public", &constraint.name));
            shape.set(&mut row, "check_clause", Value::text(expression));
            row
        })
        .collect())
}
