//! Functions over the running server: counters by oid, blocking sessions, log positions, transaction ids.

use super::{Args, Table};
use crate::kernel::SimTime;
use crate::postgres::catalog::Oid;
use crate::postgres::error::SqlError;
use crate::postgres::query::numeric::Numeric;
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
    ("pg_is_wal_replay_paused", |a| in_recovery(a, Value::Bool(false))),
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
    ("pg_walfile_name_offset", |a| {
        let lsn = a.int(0) as u64;
        Ok(crate::postgres::query::bind::record(
            &[("file_name", t::TEXT), ("file_offset", t::INT4)],
            vec![Value::text(wal_file(lsn)), Value::Int((lsn % SEGMENT_BYTES) as i64)],
        ))
    }),
    ("pg_current_snapshot", snapshot),
    ("txid_current_snapshot", snapshot),
    ("pg_sequence_last_value", |_| Ok(Value::Null)),
    ("current_query", |a| {
        Ok(Value::optional_text(own_backend(a).map(|b| a.context.server().query_text(b).to_owned())))
    }),
    ("pg_snapshot_xmin", |a| snapshot_part(a, 0)),
    ("pg_snapshot_xmax", |a| snapshot_part(a, 1)),
    ("txid_snapshot_xmin", |a| snapshot_part(a, 0)),
    ("txid_snapshot_xmax", |a| snapshot_part(a, 1)),
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
    ("pg_stat_get_db_numbackends", |a| of_database(a, "numbackends")),
    ("pg_stat_get_db_xact_commit", |a| of_database(a, "xact_commit")),
    ("pg_stat_get_db_xact_rollback", |a| of_database(a, "xact_rollback")),
    ("pg_stat_get_db_blocks_hit", |a| of_database(a, "blks_hit")),
    ("pg_stat_get_db_tuples_returned", |a| of_database(a, "tup_returned")),
    ("pg_stat_get_db_tuples_fetched", |a| of_database(a, "tup_fetched")),
    ("pg_stat_get_db_tuples_inserted", |a| of_database(a, "tup_inserted")),
    ("pg_stat_get_db_tuples_updated", |a| of_database(a, "tup_updated")),
    ("pg_stat_get_db_tuples_deleted", |a| of_database(a, "tup_deleted")),
    ("pg_stat_get_db_conflict_all", |a| of_database(a, "conflicts")),
    ("pg_stat_get_db_temp_files", |a| of_database(a, "temp_files")),
    ("pg_stat_get_db_temp_bytes", |a| of_database(a, "temp_bytes")),
    ("pg_stat_get_db_deadlocks", |a| of_database(a, "deadlocks")),
    ("pg_stat_get_db_blk_read_time", |a| of_database(a, "blk_read_time")),
    ("pg_stat_get_db_blk_write_time", |a| of_database(a, "blk_write_time")),
    ("pg_stat_get_db_session_time", |a| of_database(a, "session_time")),
    ("pg_stat_get_db_active_time", |a| of_database(a, "active_time")),
    ("pg_stat_get_db_idle_in_transaction_time", |a| of_database(a, "idle_in_transaction_time")),
    ("pg_stat_get_db_sessions", |a| of_database(a, "sessions")),
    ("pg_stat_get_db_sessions_abandoned", |a| of_database(a, "sessions_abandoned")),
    ("pg_stat_get_db_sessions_fatal", |a| of_database(a, "sessions_fatal")),
    ("pg_stat_get_db_sessions_killed", |a| of_database(a, "sessions_killed")),
    ("pg_stat_get_db_stat_reset_time", |a| of_database(a, "stats_reset")),
    ("pg_stat_get_snapshot_timestamp", |_| Ok(Value::Null)),
    ("pg_stat_clear_snapshot", |_| Ok(Value::Null)),
    ("pg_stat_get_backend_activity", |a| {
        Ok(Value::Null).map(|null| backend_text(a).map_or(null, Value::text))
    }),
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
    ("pg_get_wal_replay_pause_state", |a| in_recovery(a, Value::text("not paused"))),
    ("pg_jit_available", |_| Ok(Value::Bool(true))),
    ("pg_notification_queue_usage", |_| Ok(Value::Float(0.0))),
    ("pg_trigger_depth", |_| Ok(Value::Int(0))),
];

/// `xmin:xmax:running`: no transaction that has written is waited for.
fn snapshot(args: &Args<'_>) -> Result<Value, SqlError> {
    let next = args.context.next_xid();
    let running: Vec<i64> = args
        .context
        .server()
        .activity()
        .filter_map(|(_, backend)| backend.transaction.and_then(|transaction| transaction.xid))
        .map(|xid| xid as i64)
        .collect();
    let oldest = running.iter().copied().min().unwrap_or(next);
    let list = running.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    Ok(Value::text(format!("{oldest}:{next}:{list}")))
}

fn snapshot_part(args: &Args<'_>, at: usize) -> Result<Value, SqlError> {
    let part = args.str(0).split(':').nth(at).and_then(|part| part.parse().ok());
    Ok(part.map_or(Value::Null, Value::Int))
}

/// `pg_stat_get_db_…(oid)`: a column of that database's row.
fn of_database(args: &Args<'_>, column: &str) -> Result<Value, SqlError> {
    crate::postgres::views::database_statistic(args.context, args.oid(0), column)
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

/// A recovery control function's answer, which only a standby gives.
fn in_recovery(args: &Args<'_>, value: Value) -> Result<Value, SqlError> {
    if args.context.server().config().standby {
        return Ok(value);
    }
    Err(crate::postgres::query::errors::new(
        crate::postgres::error::SqlState("55000"),
        "recovery is not in progress",
    )
    .hint("Recovery control functions can only be executed during recovery."))
}

fn standby_lsn(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.context.server().config().standby {
        return Ok(Value::Int(args.context.server().wal().position().0 as i64));
    }
    Ok(Value::Null)
}

/// `pg_walfile_name`: time line, then the segment's number in two halves.
pub(super) fn wal_file(lsn: u64) -> String {
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
