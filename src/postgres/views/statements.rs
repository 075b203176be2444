//! `pg_stat_statements` and `pg_stat_statements_info`.

use super::shape::{count, oid};
use super::{Provider, Shape};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::system::RELATIONS;
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Row, Value};
use crate::postgres::server::DATABASE_OID;
use crate::postgres::server::counters::StatementCounters;

pub(super) const FAMILY: &[(&str, Provider)] =
    &[("pg_stat_statements", pg_stat_statements), ("pg_stat_statements_info", info)];

fn pg_stat_statements(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let executed = context.server().statement_statistics().iter().filter(|statement| statement.calls > 0);
    Ok(executed.map(|statement| row(context, shape, statement)).collect())
}

fn row(context: &Context<'_>, shape: &Shape, s: &StatementCounters) -> Row {
    let mut row = zeros(shape);
    let milliseconds = Value::Float;
    let values = [
        ("userid", oid(super::roles::oid_of(context.catalog(), &s.role).unwrap_or(10))),
        ("dbid", oid(DATABASE_OID)),
        ("toplevel", Value::Bool(true)),
        ("queryid", Value::Int(s.query_id)),
        ("query", Value::text(&s.query)),
        ("calls", Value::Int(s.calls as i64)),
        ("total_exec_time", milliseconds(s.total_ms)),
        ("min_exec_time", milliseconds(s.min_ms)),
        ("max_exec_time", milliseconds(s.max_ms)),
        ("mean_exec_time", milliseconds(s.mean_ms())),
        ("stddev_exec_time", milliseconds(s.stddev_ms())),
        ("rows", Value::Int(s.rows as i64)),
        ("shared_blks_hit", count(s.blocks_hit)),
        ("shared_blks_read", count(s.blocks_read)),
        ("shared_blks_dirtied", count(s.blocks_dirtied)),
        ("temp_blks_read", count(s.temp_blocks)),
        ("temp_blks_written", count(s.temp_blocks)),
        ("wal_bytes", Value::numeric(Numeric::from(s.wal_bytes as i64))),
        ("stats_since", Value::Timestamp(context.micros(s.since))),
        ("minmax_stats_since", Value::Timestamp(context.micros(s.since))),
    ];
    values.into_iter().for_each(|(name, value)| shape.set(&mut row, name, value));
    row
}

/// Counters that aren't kept are zero, as with planning and JIT not tracked.
fn zeros(shape: &Shape) -> Row {
    let mut row = shape.row([]);
    let columns = RELATIONS
        .iter()
        .find(|relation| relation.name == "pg_stat_statements")
        .map(|relation| &relation.columns);
    for column in columns.into_iter().flatten() {
        match column.type_oid {
            t::INT8 => shape.set(&mut row, column.name, Value::Int(0)),
            t::FLOAT8 => shape.set(&mut row, column.name, Value::Float(0.0)),
            _ => {}
        }
    }
    row
}

fn info(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let since = context.server().statement_statistics().iter().map(|statement| statement.since).min();
    let since = since.unwrap_or(context.server().times().0);
    Ok(vec![
        shape.row([("dealloc", Value::Int(0)), ("stats_reset", Value::Timestamp(context.micros(since)))]),
    ])
}
