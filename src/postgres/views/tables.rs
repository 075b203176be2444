//! Counters of tables and indexes: `pg_stat_…_tables`, `pg_stat_…_indexes`, `pg_statio_…`.

use super::shape::{count, oid};
use super::{Provider, Shape};
use crate::kernel::SimTime;
use crate::postgres::catalog::{Index, Table};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::system::{INDEXES, RELATIONS, SystemIndex, SystemRelation};
use crate::postgres::query::value::{Row, Value};

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("pg_stat_all_tables", |c, s| Ok([user_tables(c, s)?, system_tables(s)].concat())),
    ("pg_stat_user_tables", user_tables),
    ("pg_stat_sys_tables", |_, s| Ok(system_tables(s))),
    ("pg_statio_all_tables", |c, s| Ok([user_io(c, s)?, system_io(s)].concat())),
    ("pg_statio_user_tables", user_io),
    ("pg_statio_sys_tables", |_, s| Ok(system_io(s))),
    ("pg_stat_all_indexes", |c, s| Ok([user_indexes(c, s)?, system_indexes(s, false)].concat())),
    ("pg_stat_user_indexes", user_indexes),
    ("pg_stat_sys_indexes", |_, s| Ok(system_indexes(s, false))),
    ("pg_statio_all_indexes", |c, s| Ok([user_index_io(c, s)?, system_indexes(s, true)].concat())),
    ("pg_statio_user_indexes", user_index_io),
    ("pg_statio_sys_indexes", |_, s| Ok(system_indexes(s, true))),
    ("pg_stat_xact_user_tables", |c, s| Ok(blank_tables(c, s))),
    ("pg_stat_xact_all_tables", |c, s| Ok(blank_tables(c, s))),
];

fn names(table: &Table) -> [(&'static str, Value); 3] {
    [
        ("relid", oid(table.oid.0)),
        ("schemaname", Value::text(&table.schema)),
        ("relname", Value::text(&table.name)),
    ]
}

fn time(context: &Context<'_>, at: Option<SimTime>) -> Value {
    at.map_or(Value::Null, |at| Value::Timestamp(context.micros(at)))
}

fn user_tables(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    Ok(context.catalog().tables.values().map(|table| table_row(context, shape, table)).collect())
}

fn table_row(context: &Context<'_>, shape: &Shape, table: &Table) -> Row {
    let counters = context.server().counters().tables.get(&table.oid).cloned().unwrap_or_default();
    let when = |at: Option<SimTime>| time(context, at);
    let indexed = |value: Value| if table.indexes.is_empty() { Value::Null } else { value };
    let mut row = shape.row(names(table));
    let values = [
        ("seq_scan", count(counters.seq_scan)),
        ("last_seq_scan", when(counters.last_seq_scan)),
        ("seq_tup_read", count(counters.seq_tup_read)),
        ("idx_scan", indexed(count(counters.idx_scan))),
        ("last_idx_scan", when(counters.last_idx_scan)),
        ("idx_tup_fetch", indexed(count(counters.idx_tup_fetch))),
        ("n_tup_ins", count(counters.inserted)),
        ("n_tup_upd", count(counters.updated)),
        ("n_tup_del", count(counters.deleted)),
        ("n_tup_hot_upd", count(counters.hot_updated)),
        ("n_tup_newpage_upd", count((counters.updated - counters.hot_updated) * 0.5)),
        ("n_live_tup", count(counters.live)),
        ("n_dead_tup", count(counters.dead)),
        ("n_mod_since_analyze", count(counters.modified_since_analyze)),
        ("n_ins_since_vacuum", count(counters.inserted_since_vacuum)),
        ("last_vacuum", when(counters.last_vacuum)),
        ("last_autovacuum", when(counters.last_autovacuum)),
        ("last_analyze", when(counters.last_analyze)),
        ("last_autoanalyze", when(counters.last_autoanalyze)),
        ("vacuum_count", Value::Int(counters.vacuum_count as i64)),
        ("autovacuum_count", Value::Int(counters.autovacuum_count as i64)),
        ("analyze_count", Value::Int(counters.analyze_count as i64)),
        ("autoanalyze_count", Value::Int(counters.autoanalyze_count as i64)),
        ("total_vacuum_time", Value::Float(0.0)),
        ("total_autovacuum_time", Value::Float(0.0)),
        ("total_analyze_time", Value::Float(0.0)),
        ("total_autoanalyze_time", Value::Float(0.0)),
    ];
    for (name, value) in values {
        shape.set(&mut row, name, value);
    }
    row
}

/// What scans and changes are counted in.
const COUNTERS: [&str; 9] = [
    "seq_scan",
    "seq_tup_read",
    "idx_scan",
    "idx_tup_fetch",
    "n_tup_ins",
    "n_tup_upd",
    "n_tup_del",
    "n_tup_hot_upd",
    "n_tup_newpage_upd",
];

/// What vacuum and analyze count and go by.
const MAINTENANCE: [&str; 6] = [
    "n_dead_tup",
    "n_mod_since_analyze",
    "n_ins_since_vacuum",
    "vacuum_count",
    "autovacuum_count",
    "analyze_count",
];

/// The counters of this transaction: none, for a session that only reads catalogs.
fn blank_tables(context: &Context<'_>, shape: &Shape) -> Vec<Row> {
    let row = |table: &Table| {
        let mut row = shape.row(names(table));
        COUNTERS.iter().for_each(|name| shape.set(&mut row, name, Value::Int(0)));
        row
    };
    context.catalog().tables.values().map(row).collect()
}

fn catalogs() -> impl Iterator<Item = &'static SystemRelation> {
    RELATIONS.iter().filter(|relation| relation.kind == 'r')
}

/// The system catalogs' own counters aren't modelled: they show what a server just started shows.
fn system_tables(shape: &Shape) -> Vec<Row> {
    let row = |relation: &SystemRelation| {
        let mut row = shape.row([
            ("relid", oid(relation.oid)),
            ("schemaname", Value::text(relation.schema)),
            ("relname", Value::text(relation.name)),
            ("n_live_tup", Value::Int(relation.tuples.max(0))),
            ("autoanalyze_count", Value::Int(0)),
            ("total_vacuum_time", Value::Float(0.0)),
            ("total_autovacuum_time", Value::Float(0.0)),
            ("total_analyze_time", Value::Float(0.0)),
            ("total_autoanalyze_time", Value::Float(0.0)),
        ]);
        let zero = COUNTERS.iter().chain(&MAINTENANCE);
        zero.for_each(|name| shape.set(&mut row, name, Value::Int(0)));
        row
    };
    catalogs().map(row).collect()
}

fn user_io(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let all = context.server().counters();
    let row = |table: &Table| {
        let heap = all.tables.get(&table.oid).cloned().unwrap_or_default();
        let (hit, read) = table
            .indexes
            .iter()
            .filter_map(|index| all.indexes.get(index))
            .fold((0.0, 0.0), |sum, index| (sum.0 + index.blocks_hit, sum.1 + index.blocks_read));
        let mut row = shape.row(names(table));
        shape.set(&mut row, "heap_blks_read", count(heap.heap_blocks_read));
        shape.set(&mut row, "heap_blks_hit", count(heap.heap_blocks_hit));
        if !table.indexes.is_empty() {
            shape.set(&mut row, "idx_blks_read", count(read));
            shape.set(&mut row, "idx_blks_hit", count(hit));
        }
        row
    };
    Ok(context.catalog().tables.values().map(row).collect())
}

fn system_io(shape: &Shape) -> Vec<Row> {
    let row = |relation: &SystemRelation| {
        shape.row([
            ("relid", oid(relation.oid)),
            ("schemaname", Value::text(relation.schema)),
            ("relname", Value::text(relation.name)),
            ("heap_blks_read", Value::Int(0)),
            ("heap_blks_hit", Value::Int(0)),
            ("idx_blks_read", Value::Int(0)),
            ("idx_blks_hit", Value::Int(0)),
        ])
    };
    catalogs().map(row).collect()
}

fn index_names(context: &Context<'_>, shape: &Shape, index: &Index) -> Row {
    let table = context.catalog().tables.get(&index.table);
    shape.row([
        ("relid", oid(index.table.0)),
        ("indexrelid", oid(index.oid.0)),
        ("schemaname", Value::text(table.map_or("public", |table| &table.schema))),
        ("relname", Value::text(table.map_or("", |table| &table.name))),
        ("indexrelname", Value::text(&index.name)),
    ])
}

/// Indexes table by table, as the join of the catalogs gives them.
fn by_table<'a>(context: &Context<'a>) -> Vec<&'a Index> {
    let catalog = context.catalog();
    catalog.tables.keys().flat_map(|table| catalog.indexes_of(*table)).collect()
}

fn user_indexes(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |index: &Index| {
        let counters = context.server().counters().indexes.get(&index.oid).cloned().unwrap_or_default();
        let mut row = index_names(context, shape, index);
        shape.set(&mut row, "idx_scan", count(counters.idx_scan));
        shape.set(&mut row, "last_idx_scan", time(context, counters.last_idx_scan));
        shape.set(&mut row, "idx_tup_read", count(counters.idx_tup_read));
        shape.set(&mut row, "idx_tup_fetch", count(counters.idx_tup_fetch));
        row
    };
    Ok(by_table(context).into_iter().map(row).collect())
}

fn user_index_io(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |index: &Index| {
        let counters = context.server().counters().indexes.get(&index.oid).cloned().unwrap_or_default();
        let mut row = index_names(context, shape, index);
        shape.set(&mut row, "idx_blks_read", count(counters.blocks_read));
        shape.set(&mut row, "idx_blks_hit", count(counters.blocks_hit));
        row
    };
    Ok(by_table(context).into_iter().map(row).collect())
}

fn system_indexes(shape: &Shape, io: bool) -> Vec<Row> {
    let counters: &[&str] =
        if io { &["idx_blks_read", "idx_blks_hit"] } else { &["idx_scan", "idx_tup_read", "idx_tup_fetch"] };
    let row = |index: &SystemIndex| {
        let table = RELATIONS.iter().find(|relation| relation.oid == index.table_oid);
        let mut row = shape.row([
            ("relid", oid(index.table_oid)),
            ("indexrelid", oid(index.oid)),
            ("schemaname", Value::text("pg_catalog")),
            ("relname", Value::text(table.map_or("", |table| table.name))),
            ("indexrelname", Value::text(index.name)),
        ]);
        counters.iter().for_each(|name| shape.set(&mut row, name, Value::Int(0)));
        row
    };
    INDEXES.iter().map(row).collect()
}
