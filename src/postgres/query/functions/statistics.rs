//! Functions over the running server: counters by oid, blocking sessions, log positions, transaction ids.

use super::{Args, Fields, Table};
use crate::kernel::SimTime;
use crate::postgres::catalog::Oid;
use crate::postgres::error::SqlError;
use crate::postgres::query::input;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::system::PROC_NAMES;
use crate::postgres::query::system::PROCS;
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;
use crate::postgres::server::counters::{IndexCounters, TableCounters};
use crate::postgres::views::activity;
use crate::postgres::wal::SEGMENT_BYTES;

pub(super) const TABLE: Table = &[
    ("pg_backend_pid", |a| Ok(Value::Int(i64::from(a.context.session.pid)))),
    ("pg_blocking_pids", |a| Ok(activity::blocking_pids(a.context, a.int(0) as u32))),
    ("pg_safe_snapshot_blocking_pids", |_| Ok(Value::array(t::INT4, Vec::new()))),
    ("pg_postmaster_start_time", |a| Ok(Value::Timestamp(a.context.micros(a.context.server().times().0)))),
    ("pg_conf_load_time", |a| Ok(Value::Timestamp(a.context.micros(a.context.server().times().0)))),
    ("pg_is_in_recovery", |a| Ok(Value::Bool(a.context.server().config().standby))),
    ("pg_is_wal_replay_paused", |_| Ok(Value::Bool(false))),
    ("pg_current_wal_lsn", |a| lsn(a)),
    ("pg_current_wal_insert_lsn", |a| lsn(a)),
    ("pg_current_wal_flush_lsn", |a| lsn(a)),
    ("pg_last_wal_receive_lsn", |a| standby_lsn(a)),
    ("pg_last_wal_replay_lsn", |a| standby_lsn(a)),
    ("pg_last_xact_replay_timestamp", |a| {
        Ok(if a.context.server().config().standby {
            Value::Timestamp(a.context.db.now())
        } else {
            Value::Null
        })
    }),
    ("pg_wal_lsn_diff", |a| {
        Ok(Value::numeric(Numeric::from(i128::from(a.int(0) as u64) - i128::from(a.int(1) as u64))))
    }),
    ("pg_walfile_name", |a| Ok(Value::text(wal_file(a.int(0) as u64)))),
    ("txid_current", |a| Ok(Value::Int(a.context.next_xid()))),
    ("pg_current_xact_id", |a| Ok(Value::Int(a.context.next_xid()))),
    ("txid_current_if_assigned", |_| Ok(Value::Null)),
    ("pg_current_xact_id_if_assigned", |_| Ok(Value::Null)),
    ("mxid_age", |_| Ok(Value::Int(0))),
    ("pg_stat_get_numscans", |a| Ok(scans(a))),
    ("pg_stat_get_live_tuples", |a| Ok(of_table(a, |c| c.live))),
    ("pg_stat_get_dead_tuples", |a| Ok(of_table(a, |c| c.dead))),
    ("pg_stat_get_tuples_inserted", |a| Ok(of_table(a, |c| c.inserted))),
    ("pg_stat_get_tuples_updated", |a| Ok(of_table(a, |c| c.updated))),
    ("pg_stat_get_tuples_deleted", |a| Ok(of_table(a, |c| c.deleted))),
    ("pg_stat_get_tuples_hot_updated", |a| Ok(of_table(a, |c| c.hot_updated))),
    ("pg_stat_get_mod_since_analyze", |a| Ok(of_table(a, |c| c.modified_since_analyze))),
    ("pg_stat_get_ins_since_vacuum", |a| Ok(of_table(a, |c| c.inserted_since_vacuum))),
    ("pg_stat_get_tuples_returned", |a| Ok(tuples(a, |c| c.seq_tup_read, |c| c.idx_tup_read))),
    ("pg_stat_get_tuples_fetched", |a| Ok(tuples(a, |c| c.idx_tup_fetch, |c| c.idx_tup_fetch))),
    ("pg_stat_get_blocks_fetched", |a| {
        Ok(tuples(a, |c| c.heap_blocks_hit + c.heap_blocks_read, |c| c.blocks_hit + c.blocks_read))
    }),
    ("pg_stat_get_blocks_hit", |a| Ok(tuples(a, |c| c.heap_blocks_hit, |c| c.blocks_hit))),
    ("pg_stat_get_last_vacuum_time", |a| Ok(moment(a, |c| c.last_vacuum))),
    ("pg_stat_get_last_autovacuum_time", |a| Ok(moment(a, |c| c.last_autovacuum))),
    ("pg_stat_get_last_analyze_time", |a| Ok(moment(a, |c| c.last_analyze))),
    ("pg_stat_get_last_autoanalyze_time", |a| Ok(moment(a, |c| c.last_autoanalyze))),
    ("pg_stat_get_db_numbackends", |a| {
        Ok(Value::Int(if a.oid(0) == crate::postgres::server::DATABASE_OID {
            a.context.server().activity().count() as i64
        } else {
            0
        }))
    }),
    ("pg_stat_get_snapshot_timestamp", |_| Ok(Value::Null)),
    ("pg_stat_clear_snapshot", |_| Ok(Value::Null)),
    ("pg_stat_get_backend_activity", |a| {
        Ok(Value::Null).map(|null| backend_text(a).map_or(null, Value::text))
    }),
    ("pg_control_checkpoint", checkpoint),
    ("inet_client_addr", |a| {
        Ok(Value::optional_text(
            own_backend(a).and_then(|backend| backend.login.client_addr).map(|address| address.to_string()),
        ))
    }),
    ("inet_client_port", |a| {
        Ok(own_backend(a)
            .filter(|backend| backend.client_port > 0)
            .map_or(Value::Null, |backend| Value::Int(i64::from(backend.client_port))))
    }),
    ("inet_server_addr", |_| Ok(Value::Null)),
    ("inet_server_port", |_| Ok(Value::Int(5432))),
    ("pg_get_wal_replay_pause_state", |_| Ok(Value::text("not paused"))),
    ("pg_jit_available", |_| Ok(Value::Bool(true))),
    ("pg_notification_queue_usage", |_| Ok(Value::Float(0.0))),
    ("pg_trigger_depth", |_| Ok(Value::Int(0))),
];

/// The fields of functions that return one row.
pub(super) fn fields_of(name: &str) -> Option<fn() -> Fields> {
    fn checkpoint_fields() -> Fields {
        let row = PROC_NAMES.get("pg_control_checkpoint").map(|rows| &PROCS[rows[0]]);
        row.map(|row| row.out_columns.iter().map(|(name, oid)| ((*name).into(), *oid)).collect())
            .unwrap_or_else(|| Vec::new().into())
    }
    (name == "pg_control_checkpoint").then_some(checkpoint_fields as fn() -> Fields)
}

fn own_backend<'a>(args: &'a Args<'_>) -> Option<&'a crate::postgres::server::Backend> {
    args.context
        .server()
        .activity()
        .find(|(_, backend)| backend.pid == args.context.session.pid)
        .map(|(_, backend)| backend)
}

fn backend_text(args: &Args<'_>) -> Option<String> {
    let server = args.context.server();
    let slot = args.int(0) as u32;
    server
        .activity()
        .find(|(known, _)| *known == slot)
        .map(|(_, backend)| server.query_text(backend).to_owned())
}

fn lsn(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.context.server().config().standby {
        return Err(crate::postgres::query::errors::new(
            crate::postgres::error::SqlState("55000"),
            "recovery is in progress",
        )
        .hint("WAL control functions cannot be executed during recovery."));
    }
    Ok(Value::Int(args.context.server().wal().position().0 as i64))
}

fn standby_lsn(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.context.server().config().standby {
        return Ok(Value::Int(args.context.server().wal().position().0 as i64));
    }
    Ok(Value::Null)
}

/// `pg_walfile_name`: time line, then the segment's number in two halves.
fn wal_file(lsn: u64) -> String {
    let segment = lsn.saturating_sub(1) / SEGMENT_BYTES;
    let per_id = (1u64 << 32) / SEGMENT_BYTES;
    format!("{:08X}{:08X}{:08X}", 1, segment / per_id, segment % per_id)
}

fn table_counters<'a>(args: &'a Args<'_>) -> Option<&'a TableCounters> {
    args.context.server().counters().tables.get(&Oid(args.oid(0)))
}

fn index_counters<'a>(args: &'a Args<'_>) -> Option<&'a IndexCounters> {
    args.context.server().counters().indexes.get(&Oid(args.oid(0)))
}

fn of_table(args: &Args<'_>, pick: fn(&TableCounters) -> f64) -> Value {
    Value::Int(table_counters(args).map_or(0, |counters| pick(counters) as i64))
}

fn tuples(args: &Args<'_>, table: fn(&TableCounters) -> f64, index: fn(&IndexCounters) -> f64) -> Value {
    let value = table_counters(args).map(table).or_else(|| index_counters(args).map(index));
    Value::Int(value.unwrap_or(0.0) as i64)
}

fn scans(args: &Args<'_>) -> Value {
    tuples(args, |c| c.seq_scan, |c| c.idx_scan)
}

fn moment(args: &Args<'_>, pick: fn(&TableCounters) -> Option<SimTime>) -> Value {
    table_counters(args).and_then(pick).map_or(Value::Null, |at| Value::Timestamp(args.context.micros(at)))
}

/// The last checkpoint as the control file has it.
fn checkpoint(args: &Args<'_>) -> Result<Value, SqlError> {
    let row = PROC_NAMES.get("pg_control_checkpoint").map(|rows| &PROCS[rows[0]]);
    let Some(row) = row else { return Ok(Value::Null) };
    let position = args.context.server().wal().position().0 as i64;
    let value = |(name, oid): &(&str, u32)| match *name {
        "checkpoint_lsn" | "redo_lsn" => Value::Int(position),
        "redo_wal_file" => Value::text(wal_file(position as u64)),
        "timeline_id" | "prev_timeline_id" => Value::Int(1),
        "full_page_writes" => Value::Bool(true),
        "next_xid" => Value::text(format!("0:{}", args.context.next_xid())),
        "checkpoint_time" => Value::Timestamp(args.context.db.now()),
        _ => input::parse("0", *oid, args.context).unwrap_or(Value::Null),
    };
    let fields: Vec<(&str, u32)> = row.out_columns.clone();
    let values = row.out_columns.iter().map(value).collect();
    Ok(crate::postgres::query::bind::record(&fields, values))
}
