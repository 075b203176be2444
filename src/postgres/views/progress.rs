//! `pg_stat_progress_…`.

use super::shape::oid;
use super::{Provider, Shape};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::value::{Row, Value};
use crate::postgres::server::{AnalyzeProgress, BuildProgress, DATABASE_OID, VacuumProgress};

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("pg_stat_progress_create_index", create_index),
    ("pg_stat_progress_vacuum", vacuum),
    ("pg_stat_progress_analyze", analyze),
];

fn create_index(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let server = context.server();
    let builds = server.progress();
    let row = |(slot, build): &(u32, BuildProgress)| {
        let (_, backend) = server.activity().find(|(known, _)| known == slot)?;
        Some(shape.row([
            ("pid", Value::Int(i64::from(backend.pid))),
            ("datid", oid(DATABASE_OID)),
            ("datname", Value::text(&backend.login.database)),
            ("relid", oid(build.table)),
            ("index_relid", oid(build.index)),
            ("command", Value::text(build.command)),
            ("phase", Value::text(build.phase)),
            ("lockers_total", int(build.lockers.0)),
            ("lockers_done", int(build.lockers.1)),
            ("current_locker_pid", Value::Int(i64::from(build.locker_pid))),
            ("blocks_total", int(build.blocks.0)),
            ("blocks_done", int(build.blocks.1)),
            ("tuples_total", int(build.tuples.0)),
            ("tuples_done", int(build.tuples.1)),
            ("partitions_total", int(0)),
            ("partitions_done", int(0)),
        ]))
    };
    Ok(builds.iter().filter_map(row).collect())
}

fn int(value: u64) -> Value {
    Value::Int(value as i64)
}

fn vacuum(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let server = context.server();
    let row = |(slot, run): &(u32, VacuumProgress)| {
        let (_, backend) = server.activity().find(|(known, _)| known == slot)?;
        Some(shape.row([
            ("pid", Value::Int(i64::from(backend.pid))),
            ("datid", oid(DATABASE_OID)),
            ("datname", Value::text(&backend.login.database)),
            ("relid", oid(run.table)),
            ("phase", Value::text(run.phase)),
            ("heap_blks_total", int(run.blocks.0)),
            ("heap_blks_scanned", int(run.blocks.1)),
            ("heap_blks_vacuumed", int(run.blocks.2)),
            ("index_vacuum_count", int(run.index_rounds)),
            ("max_dead_tuple_bytes", int(run.memory.0)),
            ("dead_tuple_bytes", int(run.memory.1)),
            ("num_dead_item_ids", int(run.dead)),
            ("indexes_total", int(run.indexes.0)),
            ("indexes_processed", int(run.indexes.1)),
            // Counted only with `track_cost_delay_timing`, which is off by default.
            ("delay_time", Value::Float(0.0)),
        ]))
    };
    Ok(server.vacuum_progress().iter().filter_map(row).collect())
}

fn analyze(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let server = context.server();
    let row = |(slot, run): &(u32, AnalyzeProgress)| {
        let (_, backend) = server.activity().find(|(known, _)| known == slot)?;
        Some(shape.row([
            ("pid", Value::Int(i64::from(backend.pid))),
            ("datid", oid(DATABASE_OID)),
            ("datname", Value::text(&backend.login.database)),
            ("relid", oid(run.table)),
            ("phase", Value::text(run.phase)),
            ("sample_blks_total", int(run.blocks.0)),
            ("sample_blks_scanned", int(run.blocks.1)),
            ("ext_stats_total", int(0)),
            ("ext_stats_computed", int(0)),
            ("child_tables_total", int(0)),
            ("child_tables_done", int(0)),
            ("current_child_table_relid", oid(0)),
            ("delay_time", Value::Float(0.0)),
        ]))
    };
    Ok(server.analyze_progress().iter().filter_map(row).collect())
}
