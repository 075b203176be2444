//! `pg_stat_progress_…`.

use super::shape::oid;
use super::{Provider, Shape};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::value::{Row, Value};
use crate::postgres::server::{BuildProgress, DATABASE_OID};

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("pg_stat_progress_create_index", create_index),
    ("pg_stat_progress_vacuum", |_, _| Ok(Vec::new())),
    ("pg_stat_progress_analyze", |_, _| Ok(Vec::new())),
];

fn create_index(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let server = context.server();
    let builds = server.progress();
    let row = |(slot, build): &(u32, BuildProgress)| {
        let (_, backend) = server.activity().find(|(known, _)| known == slot)?;
        let int = |value: u64| Value::Int(value as i64);
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
