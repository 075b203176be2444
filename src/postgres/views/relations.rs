//! Namespaces, relations, columns, indexes: `pg_namespace`, `pg_class`, `pg_attribute`, `pg_attrdef`, `pg_index`,
//! `pg_description`.

use super::shape::{oid, texts};
use super::{Provider, Shape};
use crate::postgres::catalog::{
    AccessMethod, Catalog, Column, ConstraintKind, Index, KeySource, Oid, OperatorClass, Table,
    index_predicate,
};
use crate::postgres::datum::Collation;
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::input::int_vector;
use crate::postgres::query::system::{INDEXES, RELATIONS, SystemIndex, SystemRelation, TYPES};
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Row, Value};

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("pg_namespace", pg_namespace),
    ("pg_class", pg_class),
    ("pg_attribute", pg_attribute),
    ("pg_attrdef", pg_attrdef),
    ("pg_index", pg_index),
    ("pg_description", pg_description),
];

const NAMESPACES: &[(u32, &str, u32)] = &[
    (99, "pg_toast", 10),
    (11, "pg_catalog", 10),
    (2200, "public", 6171),
    (13_243, "information_schema", 10),
];

/// The catalog whose descriptions concern relations.
const CLASS_RELATION: i64 = 1259;

/// A schema's oid.
pub(crate) fn namespace_oid(name: &str) -> Option<u32> {
    NAMESPACES.iter().find(|(_, known, _)| *known == name).map(|(oid, ..)| *oid)
}

/// A schema's name.
pub(crate) fn namespace_name(oid: u32) -> Option<&'static str> {
    NAMESPACES.iter().find(|(known, ..)| *known == oid).map(|(_, name, _)| *name)
}

fn pg_namespace(_: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let acl = |name: &str| match name {
        "pg_catalog" | "information_schema" => texts(["postgres=UC/postgres", "=U/postgres"]),
        "public" => texts(["pg_database_owner=UC/pg_database_owner", "=U/pg_database_owner"]),
        _ => Value::Null,
    };
    let row = |(oid_, name, owner): &(u32, &str, u32)| {
        shape.row([
            ("oid", oid(*oid_)),
            ("nspname", Value::text(name)),
            ("nspowner", oid(*owner)),
            ("nspacl", acl(name)),
        ])
    };
    Ok(NAMESPACES.iter().map(row).collect())
}

fn pg_class(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let catalog = context.catalog();
    let mut rows: Vec<Row> = catalog.tables.values().map(|table| table_row(catalog, table, shape)).collect();
    rows.extend(catalog.indexes.values().map(|index| index_row(catalog, index, shape)));
    rows.extend(RELATIONS.iter().map(|relation| system_row(relation, shape)));
    rows.extend(INDEXES.iter().map(|index| system_index_row(index, shape)));
    Ok(rows)
}

/// The oid of a table's owner.
pub(super) fn owner(catalog: &Catalog) -> u32 {
    catalog.role_by_name(&catalog.owner).map_or(10, |role| role.oid.0)
}

fn table_row(catalog: &Catalog, table: &Table, shape: &Shape) -> Row {
    let statistics = &table.statistics;
    let referenced = catalog.references_to(table.oid).next().is_some();
    let references =
        catalog.constraints_of(table.oid).any(|c| matches!(c.kind, ConstraintKind::ForeignKey { .. }));
    let checks =
        catalog.constraints_of(table.oid).filter(|c| matches!(c.kind, ConstraintKind::Check { .. })).count();
    shape.row([
        ("oid", oid(table.oid.0)),
        ("relname", Value::text(&table.name)),
        ("relnamespace", oid(namespace_oid(&table.schema).unwrap_or(2200))),
        ("reltype", oid(table.oid.0 + 2)),
        ("relowner", oid(owner(catalog))),
        ("relam", oid(2)),
        ("relfilenode", oid(table.filenode)),
        ("relpages", Value::Int(statistics.pages as i64)),
        ("reltuples", Value::Float(f64::from(statistics.tuples as f32))),
        ("relallvisible", Value::Int(statistics.all_visible as i64)),
        ("relallfrozen", Value::Int(statistics.all_frozen as i64)),
        ("relhasindex", Value::Bool(!table.indexes.is_empty())),
        ("relpersistence", Value::text("p")),
        ("relkind", Value::text("r")),
        ("relnatts", Value::Int(table.columns.len() as i64)),
        ("relchecks", Value::Int(checks as i64)),
        ("relhastriggers", Value::Bool(referenced || references)),
        ("relispopulated", Value::Bool(true)),
        ("relreplident", Value::text("d")),
        ("relfrozenxid", Value::Int(FROZEN_XID)),
        ("relminmxid", Value::Int(1)),
    ])
}

/// `relfrozenxid` of every table: the oldest transaction id that may still be unfrozen.
pub(crate) const FROZEN_XID: i64 = 26_843_521;

fn index_row(catalog: &Catalog, index: &Index, shape: &Shape) -> Row {
    let options: Vec<String> = index.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
    shape.row([
        ("oid", oid(index.oid.0)),
        ("relname", Value::text(&index.name)),
        ("relnamespace", oid(2200)),
        ("relowner", oid(owner(catalog))),
        ("relam", oid(index.method.oid().0)),
        ("relfilenode", oid(index.filenode)),
        ("relpages", Value::Int(index.statistics.pages as i64)),
        ("reltuples", Value::Float(f64::from(index.statistics.tuples as f32))),
        ("relpersistence", Value::text("p")),
        ("relkind", Value::text("i")),
        ("relnatts", Value::Int((index.keys.len() + index.include.len()) as i64)),
        ("relispopulated", Value::Bool(true)),
        ("relreplident", Value::text("n")),
        ("reloptions", if options.is_empty() { Value::Null } else { texts(options) }),
    ])
}

fn system_row(relation: &SystemRelation, shape: &Shape) -> Row {
    let is_table = relation.kind == 'r';
    shape.row([
        ("oid", oid(relation.oid)),
        ("relname", Value::text(relation.name)),
        ("relnamespace", oid(namespace_oid(relation.schema).unwrap_or(11))),
        ("relowner", oid(10)),
        ("relam", oid(if is_table { 2 } else { 0 })),
        ("relfilenode", oid(if is_table { relation.oid } else { 0 })),
        ("reltablespace", oid(if relation.shared { 1664 } else { 0 })),
        ("relpages", Value::Int(relation.pages)),
        ("reltuples", Value::Float(relation.tuples as f64)),
        ("relallvisible", Value::Int(relation.pages)),
        ("relhasindex", Value::Bool(is_table && relation.schema == "pg_catalog")),
        ("relisshared", Value::Bool(relation.shared)),
        ("relpersistence", Value::text("p")),
        ("relkind", Value::text(relation.kind.to_string())),
        ("relnatts", Value::Int(relation.columns.len() as i64)),
        ("relhasrules", Value::Bool(!is_table)),
        ("relispopulated", Value::Bool(true)),
        ("relreplident", Value::text("n")),
        ("relfrozenxid", Value::Int(if is_table { FROZEN_XID } else { 0 })),
        ("relminmxid", Value::Int(i64::from(is_table))),
        (
            "relacl",
            if relation.schema == "public" {
                texts(["postgres=arwdDxtm/postgres", "=r/postgres"])
            } else {
                Value::Null
            },
        ),
    ])
}

fn system_index_row(index: &SystemIndex, shape: &Shape) -> Row {
    shape.row([
        ("oid", oid(index.oid)),
        ("relname", Value::text(index.name)),
        ("relnamespace", oid(11)),
        ("relowner", oid(10)),
        ("relam", oid(403)),
        ("relfilenode", oid(index.oid)),
        ("reltablespace", oid(if index.shared { 1664 } else { 0 })),
        ("relpages", Value::Int(index.pages)),
        ("relisshared", Value::Bool(index.shared)),
        ("relpersistence", Value::text("p")),
        ("relkind", Value::text("i")),
        ("relnatts", Value::Int(index.key.split(' ').count() as i64)),
        ("relispopulated", Value::Bool(true)),
        ("relreplident", Value::text("n")),
    ])
}

fn pg_attribute(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let catalog = context.catalog();
    let mut rows = Vec::new();
    for table in catalog.tables.values() {
        rows.extend(table.columns.iter().map(|column| {
            let mut row = attribute(
                shape,
                table.oid.0,
                &column.name,
                i64::from(column.number),
                column.type_id.0,
                column.type_modifier,
            );
            describe_column(shape, &mut row, column);
            row
        }));
    }
    for index in catalog.indexes.values() {
        rows.extend(index_attributes(catalog, index, shape));
    }
    for relation in RELATIONS.iter() {
        rows.extend(relation.columns.iter().enumerate().map(|(at, column)| {
            let mut row =
                attribute(shape, relation.oid, column.name, at as i64 + 1, column.type_oid, column.typmod);
            shape.set(&mut row, "attnotnull", Value::Bool(column.not_null));
            row
        }));
    }
    Ok(rows)
}

fn attribute(shape: &Shape, relation: u32, name: &str, number: i64, type_oid: u32, typmod: i32) -> Row {
    let ty = TYPES.get(&type_oid);
    shape.row([
        ("attrelid", oid(relation)),
        ("attname", Value::text(name)),
        ("atttypid", oid(type_oid)),
        ("attlen", Value::Int(ty.map_or(-1, |ty| ty.length))),
        ("attnum", Value::Int(number)),
        ("atttypmod", Value::Int(i64::from(typmod))),
        ("attndims", Value::Int(i64::from(ty.is_some_and(|ty| ty.category == 'A')))),
        ("attbyval", Value::Bool(ty.is_some_and(|ty| (1..=8).contains(&ty.length) && ty.oid != t::TID))),
        ("attalign", Value::text(ty.map_or("i", |ty| ty.align))),
        ("attstorage", Value::text(ty.map_or("x", |ty| ty.storage))),
        ("attislocal", Value::Bool(true)),
        ("attcollation", oid(ty.map_or(0, |ty| ty.collation))),
    ])
}

fn describe_column(shape: &Shape, row: &mut Row, column: &Column) {
    shape.set(row, "attnotnull", Value::Bool(column.not_null));
    shape.set(row, "atthasdef", Value::Bool(column.default.is_some()));
    shape.set(row, "attisdropped", Value::Bool(column.dropped));
}

fn index_attributes(catalog: &Catalog, index: &Index, shape: &Shape) -> Vec<Row> {
    let table = catalog.tables.get(&index.table);
    let column = |number: u16| table.and_then(|table| table.column_by_number(number));
    let mut rows = Vec::new();
    for (at, key) in index.keys.iter().enumerate() {
        let (name, typmod) = match &key.source {
            KeySource::Column(number) => {
                column(*number).map_or(("?", -1), |column| (column.name.as_str(), column.type_modifier))
            }
            KeySource::Expression(expr) => (expression_name(expr), -1),
        };
        rows.push(attribute(shape, index.oid.0, name, at as i64 + 1, key.type_id.0, typmod));
    }
    for (at, number) in index.include.iter().enumerate() {
        if let Some(column) = column(*number) {
            let place = (index.keys.len() + at) as i64 + 1;
            rows.push(attribute(
                shape,
                index.oid.0,
                &column.name,
                place,
                column.type_id.0,
                column.type_modifier,
            ));
        }
    }
    rows
}

/// The column name that an index gives to an expression: its function's name (`ChooseIndexColumnNames`).
fn expression_name(expr: &crate::postgres::sql::Expr) -> &'static str {
    match expr {
        crate::postgres::sql::Expr::Function(function, ..) => function.name,
        _ => "expr",
    }
}

fn pg_attrdef(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for table in context.catalog().tables.values() {
        for column in &table.columns {
            if let Some(default) = &column.default {
                rows.push(shape.row([
                    ("oid", Value::Int(i64::from(table.oid.0) * 1000 + i64::from(column.number))),
                    ("adrelid", oid(table.oid.0)),
                    ("adnum", Value::Int(i64::from(column.number))),
                    ("adbin", Value::text(default)),
                ]));
            }
        }
    }
    Ok(rows)
}

fn pg_index(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let catalog = context.catalog();
    let mut rows: Vec<Row> =
        catalog.indexes.values().map(|index| pg_index_row(catalog, index, shape)).collect();
    rows.extend(INDEXES.iter().map(|index| system_pg_index_row(index, shape)));
    Ok(rows)
}

fn vector(element: u32, numbers: Vec<i64>) -> Value {
    int_vector(element, numbers.into_iter().map(Value::Int).collect())
}

fn pg_index_row(catalog: &Catalog, index: &Index, shape: &Shape) -> Row {
    let number = |source: &KeySource| match source {
        KeySource::Column(number) => i64::from(*number),
        KeySource::Expression(_) => 0,
    };
    let mut key: Vec<i64> = index.keys.iter().map(|key| number(&key.source)).collect();
    key.extend(index.include.iter().map(|number| i64::from(*number)));
    let option = |key: &crate::postgres::catalog::IndexKey| {
        i64::from(key.descending) | i64::from(key.nulls_first) << 1
    };
    let collation =
        |key: &crate::postgres::catalog::IndexKey| match (t::category(key.type_id.0), key.collation) {
            ('S', Collation::C) => 950,
            ('S', _) => 100,
            _ => 0,
        };
    let expressions: Vec<String> = (0..index.keys.len())
        .filter(|at| matches!(index.keys[*at].source, KeySource::Expression(_)))
        .filter_map(|at| crate::postgres::catalog::index_key_text(catalog, index, at))
        .collect();
    shape.row([
        ("indexrelid", oid(index.oid.0)),
        ("indrelid", oid(index.table.0)),
        ("indnatts", Value::Int(key.len() as i64)),
        ("indnkeyatts", Value::Int(index.keys.len() as i64)),
        ("indisunique", Value::Bool(index.unique)),
        ("indnullsnotdistinct", Value::Bool(index.nulls_not_distinct)),
        ("indisprimary", Value::Bool(index.primary)),
        ("indimmediate", Value::Bool(true)),
        ("indisvalid", Value::Bool(index.valid)),
        ("indisready", Value::Bool(index.ready)),
        ("indislive", Value::Bool(true)),
        ("indkey", vector(t::INT2, key)),
        ("indcollation", vector(t::OID, index.keys.iter().map(collation).collect())),
        (
            "indclass",
            vector(
                t::OID,
                index.keys.iter().map(|key| opclass(index.method, key.type_id.0, key.opclass)).collect(),
            ),
        ),
        ("indoption", vector(t::INT2, index.keys.iter().map(option).collect())),
        ("indexprs", if expressions.is_empty() { Value::Null } else { Value::text(expressions.join(", ")) }),
        ("indpred", Value::optional_text(index_predicate(catalog, index))),
    ])
}

/// The operator class's oid in `pg_opclass`.
fn opclass(method: AccessMethod, type_oid: u32, class: OperatorClass) -> i64 {
    let Some(table) = crate::postgres::query::system::table("pg_opclass") else { return 0 };
    let (method, wanted) =
        (method.oid().0.to_string(), if type_oid == t::VARCHAR { t::TEXT } else { type_oid });
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    let rows = table.rows.iter().filter(|row| row[1] == method);
    let found = match class {
        OperatorClass::Default => {
            let mut defaults = rows.filter(|row| row[7] == "t");
            defaults.find(|row| number(row[6]) == i64::from(wanted)).map(|row| number(row[0]))
        }
        OperatorClass::Pattern => {
            rows.filter(|row| row[2] == "text_pattern_ops").map(|row| number(row[0])).next()
        }
        OperatorClass::JsonbPath => {
            rows.filter(|row| row[2] == "jsonb_path_ops").map(|row| number(row[0])).next()
        }
        OperatorClass::Trigram => None,
    };
    found.unwrap_or(0)
}

fn system_pg_index_row(index: &SystemIndex, shape: &Shape) -> Row {
    let numbers = |text: &str| text.split(' ').filter_map(|word| word.parse().ok()).collect::<Vec<i64>>();
    let key = numbers(index.key);
    let zeros = vec![0; key.len()];
    shape.row([
        ("indexrelid", oid(index.oid)),
        ("indrelid", oid(index.table_oid)),
        ("indnatts", Value::Int(key.len() as i64)),
        ("indnkeyatts", Value::Int(key.len() as i64)),
        ("indisunique", Value::Bool(index.unique)),
        ("indisprimary", Value::Bool(index.primary)),
        ("indimmediate", Value::Bool(true)),
        ("indisvalid", Value::Bool(true)),
        ("indisready", Value::Bool(true)),
        ("indislive", Value::Bool(true)),
        ("indkey", vector(t::INT2, key)),
        ("indcollation", vector(t::OID, zeros.clone())),
        ("indclass", vector(t::OID, numbers(index.opclass))),
        ("indoption", vector(t::INT2, zeros)),
    ])
}

fn pg_description(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |object: Oid, column: i64, text: &str| {
        shape.row([
            ("objoid", oid(object.0)),
            ("classoid", Value::Int(CLASS_RELATION)),
            ("objsubid", Value::Int(column)),
            ("description", Value::text(text)),
        ])
    };
    let catalog = context.catalog();
    let mut rows = Vec::new();
    for table in catalog.tables.values() {
        rows.extend(table.comment.iter().map(|text| row(table.oid, 0, text)));
        let columns =
            table.columns.iter().filter_map(|column| Some((column.number, column.comment.as_ref()?)));
        rows.extend(columns.map(|(number, text)| row(table.oid, i64::from(number), text)));
    }
    rows.extend(
        catalog.indexes.values().filter_map(|index| Some(row(index.oid, 0, index.comment.as_ref()?))),
    );
    Ok(rows)
}
