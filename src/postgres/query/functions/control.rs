//! What PostgreSQL reads from its data directory: the control file, and the directories that monitoring may list.
//!
//! The log goes to the system's own directory, not to the collector: `pg_current_logfile()` is null and there is no `log`
//! directory, as on Debian's packages.

use super::{Args, Fields, SetTable, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::errors;
use crate::postgres::query::input;
use crate::postgres::query::system::{PROC_NAMES, PROCS, ProcRow};
use crate::postgres::query::value::{Row, Value};
use crate::postgres::wal::SEGMENT_BYTES;

pub(super) const TABLE: Table = &[
    ("pg_control_system", |a| Ok(record("pg_control_system", a, system))),
    ("pg_control_checkpoint", |a| Ok(record("pg_control_checkpoint", a, checkpoint))),
    ("pg_control_recovery", |a| Ok(record("pg_control_recovery", a, recovery))),
    ("pg_control_init", |a| Ok(record("pg_control_init", a, init))),
    ("pg_current_logfile", |_| Ok(Value::Null)),
    ("pg_last_committed_xact", |_| Err(no_commit_timestamps())),
    ("pg_xact_commit_timestamp", |_| Err(no_commit_timestamps())),
    ("pg_read_file", |a| denied(a, "pg_read_file")),
    ("pg_stat_file", |a| denied(a, "pg_stat_file")),
];

pub(super) const SETS: SetTable = &[
    ("pg_ls_waldir", wal_directory),
    ("pg_ls_archive_statusdir", |_| Ok(Vec::new())),
    ("pg_ls_tmpdir", |_| Ok(Vec::new())),
    ("pg_ls_logicalmapdir", |_| Ok(Vec::new())),
    ("pg_ls_logicalsnapdir", |_| Ok(Vec::new())),
    ("pg_ls_logdir", |_| {
        Err(errors::new(SqlState("58P01"), "could not open directory \"log\": No such file or directory"))
    }),
    ("pg_ls_dir", |a| denied(a, "pg_ls_dir").map(|_| Vec::new())),
];

fn denied(args: &Args<'_>, name: &str) -> Result<Value, SqlError> {
    if args.context.is_superuser() {
        return Err(args.unsupported(name));
    }
    Err(errors::permission_denied("function", name))
}

fn no_commit_timestamps() -> SqlError {
    errors::new(SqlState("55000"), "could not get commit timestamp data")
        .hint("Make sure the configuration parameter \"track_commit_timestamp\" is set.")
}

fn row_of(name: &str) -> Option<&'static ProcRow> {
    PROC_NAMES.get(name).map(|rows| &PROCS[rows[0]])
}

/// The fields of functions that return one row.
pub(super) fn fields_of(name: &str) -> Option<fn() -> Fields> {
    fn fields(name: &str) -> Fields {
        let columns = row_of(name).map_or(&[][..], |row| row.out_columns.as_slice());
        columns.iter().map(|(name, oid)| ((*name).into(), *oid)).collect()
    }
    match name {
        "pg_control_system" => Some(|| fields("pg_control_system")),
        "pg_control_checkpoint" => Some(|| fields("pg_control_checkpoint")),
        "pg_control_recovery" => Some(|| fields("pg_control_recovery")),
        "pg_control_init" => Some(|| fields("pg_control_init")),
        "pg_last_committed_xact" => Some(|| fields("pg_last_committed_xact")),
        "pg_stat_file" => Some(|| fields("pg_stat_file")),
        _ => None,
    }
}

/// A row of a function's columns; those that `value` doesn't know are zero.
fn record(name: &str, args: &Args<'_>, value: fn(&Args<'_>, &str) -> Option<Value>) -> Value {
    let Some(row) = row_of(name) else { return Value::Null };
    let field = |(name, oid): &(&str, u32)| {
        value(args, name).unwrap_or_else(|| input::parse("0", *oid, args.context).unwrap_or(Value::Null))
    };
    let values = row.out_columns.iter().map(field).collect();
    crate::postgres::query::bind::record(&row.out_columns, values)
}

/// The cluster's identifier as `initdb` draws it: its second of birth in the upper half (`BootStrapXLOG`).
fn system(args: &Args<'_>, column: &str) -> Option<Value> {
    let (started, _) = args.context.server().times();
    let born = args.context.micros(started) / 1_000_000;
    Some(match column {
        "pg_control_version" => Value::Int(1800),
        "catalog_version_no" => Value::Int(202_506_291),
        "system_identifier" => Value::Int(born << 32),
        "pg_control_last_modified" => Value::Timestamp(args.context.db.now()),
        _ => return None,
    })
}

/// The last checkpoint as the control file has it.
fn checkpoint(args: &Args<'_>, column: &str) -> Option<Value> {
    let position = args.context.server().wal().position().0;
    Some(match column {
        "checkpoint_lsn" | "redo_lsn" => Value::Int(position as i64),
        "redo_wal_file" => Value::text(super::statistics::wal_file(position)),
        "timeline_id" | "prev_timeline_id" => Value::Int(1),
        "full_page_writes" => Value::Bool(true),
        "next_xid" => Value::text(format!("0:{}", args.context.next_xid())),
        "checkpoint_time" => Value::Timestamp(args.context.db.now()),
        _ => return None,
    })
}

fn recovery(args: &Args<'_>, column: &str) -> Option<Value> {
    let standby = args.context.server().config().standby;
    Some(match column {
        "min_recovery_end_lsn" if standby => Value::Int(args.context.server().wal().position().0 as i64),
        "min_recovery_end_timeline" => Value::Int(i64::from(standby)),
        "min_recovery_end_lsn" | "backup_start_lsn" | "backup_end_lsn" => Value::Int(0),
        "end_of_backup_record_required" => Value::Bool(false),
        _ => return None,
    })
}

fn init(_: &Args<'_>, column: &str) -> Option<Value> {
    Some(match column {
        "max_data_alignment" => Value::Int(8),
        "database_block_size" | "wal_block_size" => Value::Int(8192),
        "blocks_per_segment" => Value::Int(131_072),
        "bytes_per_wal_segment" => Value::Int(SEGMENT_BYTES as i64),
        "max_identifier_length" => Value::Int(64),
        "max_index_columns" => Value::Int(32),
        "max_toast_chunk_size" => Value::Int(1996),
        "large_object_chunk_size" => Value::Int(2048),
        "float8_pass_by_value" | "default_char_signedness" => Value::Bool(true),
        "data_page_checksum_version" => Value::Int(1),
        _ => return None,
    })
}

/// The log's segments: the one that is written, and recycled ones ahead of it up to `min_wal_size`
/// (`RemoveOldXlogFiles` keeps them).
fn wal_directory(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    let position = args.context.server().wal().position().0;
    let kept =
        args.context.session.settings.integer("min_wal_size").max(32) as u64 * (1 << 20) / SEGMENT_BYTES;
    let row = |segment: u64| {
        vec![
            Value::text(super::statistics::wal_file(position + segment * SEGMENT_BYTES)),
            Value::Int(SEGMENT_BYTES as i64),
            Value::Timestamp(args.context.db.now()),
        ]
    };
    Ok((0..kept).map(row).collect())
}
