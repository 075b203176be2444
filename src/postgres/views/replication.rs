//! `pg_stat_replication`, `pg_replication_slots`, `pg_stat_wal_receiver`.

use super::shape::oid;
use super::{Provider, Shape};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::datetime::Interval;
use crate::postgres::query::value::{Row, Value};
use crate::postgres::wal::Standby;

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("pg_stat_replication", pg_stat_replication),
    ("pg_replication_slots", pg_replication_slots),
    ("pg_stat_replication_slots", |_, _| Ok(Vec::new())),
    ("pg_stat_wal_receiver", |_, _| Ok(Vec::new())),
];

fn pg_stat_replication(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let wal = context.server().wal();
    let (started, _) = context.server().times();
    let row = |standby: &Standby| {
        let lag = wal.replay_lag(context.session.now, standby);
        let replay_lag = match lag.as_secs_f64() {
            0.0 => Value::Null,
            seconds => Value::Interval(Interval::of_micros((seconds * 1e6) as i64)),
        };
        let behind = standby.sent < wal.position().0 as f64 - 64.0 * 1024.0 * 1024.0;
        shape.row([
            ("pid", Value::Int(i64::from(standby.pid))),
            (
                "usesysid",
                Value::optional_int(super::roles::oid_of(context.catalog(), "replicator").or(Some(10))),
            ),
            (
                "usename",
                Value::text(if context.catalog().role_by_name("replicator").is_some() {
                    "replicator"
                } else {
                    "postgres"
                }),
            ),
            ("application_name", Value::text(&standby.name)),
            ("client_addr", Value::optional_text(standby.client_addr.map(|address| address.to_string()))),
            ("client_port", Value::Int(50_412)),
            ("backend_start", Value::Timestamp(context.micros(started))),
            ("state", Value::text(if behind { "catchup" } else { "streaming" })),
            ("sent_lsn", Value::Int(standby.sent as i64)),
            ("write_lsn", Value::Int(standby.sent as i64)),
            ("flush_lsn", Value::Int(standby.sent as i64)),
            ("replay_lsn", Value::Int(standby.replayed as i64)),
            ("replay_lag", replay_lag),
            ("sync_priority", Value::Int(0)),
            ("sync_state", Value::text("async")),
            ("reply_time", Value::Timestamp(context.db.now())),
        ])
    };
    Ok(wal.standbys().iter().map(row).collect())
}

fn pg_replication_slots(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |standby: &Standby| {
        shape.row([
            ("slot_name", Value::text(standby.name.replace('-', "_"))),
            ("slot_type", Value::text("physical")),
            ("temporary", Value::Bool(false)),
            ("active", Value::Bool(true)),
            ("active_pid", oid(standby.pid)),
            ("restart_lsn", Value::Int(standby.sent as i64)),
            ("wal_status", Value::text("reserved")),
            ("two_phase", Value::Bool(false)),
            ("failover", Value::Bool(false)),
            ("synced", Value::Bool(false)),
        ])
    };
    Ok(context.server().wal().standbys().iter().map(row).collect())
}
