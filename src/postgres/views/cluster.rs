//! The database and the server as a whole: `pg_database`, `pg_tablespace`, `pg_extension`, `pg_stat_database`,
//! `pg_stat_bgwriter`, `pg_stat_checkpointer`, `pg_stat_wal`, `pg_stat_io`, `pg_stat_archiver`, `pg_stat_slru`.

use super::shape::{count, oid, texts};
use super::{Provider, Shape};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::system::RELATIONS;
use crate::postgres::query::value::{Row, Value};
use crate::postgres::server::{BackendState, DATABASE_OID};

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("pg_database", pg_database),
    ("pg_tablespace", pg_tablespace),
    ("pg_extension", pg_extension),
    ("pg_available_extensions", pg_available_extensions),
    ("pg_stat_database", pg_stat_database),
    ("pg_stat_database_conflicts", conflicts),
    ("pg_stat_bgwriter", pg_stat_bgwriter),
    ("pg_stat_checkpointer", pg_stat_checkpointer),
    ("pg_stat_wal", pg_stat_wal),
    ("pg_stat_io", pg_stat_io),
    ("pg_stat_archiver", pg_stat_archiver),
    ("pg_stat_slru", pg_stat_slru),
];

/// Extensions that are installed: oid, name, version, schema.
const EXTENSIONS: &[(u32, &str, &str, u32)] = &[
    (13_500, "plpgsql", "1.0", 11),
    (16_382, "pg_stat_statements", "1.12", 2200),
    (16_383, "pg_buffercache", "1.6", 2200),
];

/// Bytes of each block.
const BLOCK: f64 = 8192.0;

/// Databases of the cluster: oid, name, template, allows connections.
fn databases(context: &Context<'_>) -> Vec<(u32, String, bool, bool)> {
    let list = [
        (5, "postgres".to_owned(), false, true),
        (DATABASE_OID, context.database_name().to_owned(), false, true),
        (1, "template1".to_owned(), true, true),
        (4, "template0".to_owned(), true, false),
    ];
    let own = context.database_name();
    list.into_iter().filter(|(oid, name, ..)| *oid == DATABASE_OID || name != own).collect()
}

fn pg_database(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |(oid_, name, template, connects): &(u32, String, bool, bool)| {
        let own = *oid_ == DATABASE_OID;
        let mut row = shape.row([
            ("oid", oid(*oid_)),
            ("datname", Value::text(name)),
            (
                "datdba",
                oid(if own {
                    super::roles::oid_of(context.catalog(), &context.catalog().owner).unwrap_or(10)
                } else {
                    10
                }),
            ),
            ("encoding", Value::Int(6)),
            ("datlocprovider", Value::text("i")),
            ("datistemplate", Value::Bool(*template)),
            ("datallowconn", Value::Bool(*connects)),
            ("datconnlimit", Value::Int(-1)),
            ("datfrozenxid", Value::Int(super::statistics::FROZEN)),
            ("datminmxid", Value::Int(1)),
            ("dattablespace", oid(1663)),
            ("datcollate", Value::text("en_US.UTF-8")),
            ("datctype", Value::text("en_US.UTF-8")),
            ("datlocale", Value::text("en-US")),
        ]);
        if *template {
            shape.set(&mut row, "datacl", texts(["=c/postgres", "postgres=CTc/postgres"]));
        }
        row
    };
    Ok(databases(context).iter().map(row).collect())
}

fn pg_tablespace(_: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |(oid_, name): (u32, &str)| {
        shape.row([("oid", oid(oid_)), ("spcname", Value::text(name)), ("spcowner", oid(10))])
    };
    Ok([(1663, "pg_default"), (1664, "pg_global")].into_iter().map(row).collect())
}

fn pg_extension(_: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |(oid_, name, version, schema): &(u32, &str, &str, u32)| {
        shape.row([
            ("oid", oid(*oid_)),
            ("extname", Value::text(name)),
            ("extowner", oid(10)),
            ("extnamespace", oid(*schema)),
            ("extrelocatable", Value::Bool(*name != "plpgsql")),
            ("extversion", Value::text(version)),
        ])
    };
    Ok(EXTENSIONS.iter().map(row).collect())
}

fn pg_available_extensions(_: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let table = crate::postgres::query::system::table("pg_available_extensions");
    let rows = table.map_or(&[][..], |table| table.rows.as_slice());
    let row = |fields: &Vec<&'static str>| {
        let installed =
            EXTENSIONS.iter().find(|(_, name, ..)| *name == fields[0]).map(|(_, _, version, _)| *version);
        shape.row([
            ("name", Value::text(fields[0])),
            ("default_version", Value::text(fields[1])),
            ("installed_version", Value::optional_text(installed)),
            ("comment", Value::text(fields[3])),
        ])
    };
    Ok(rows.iter().map(row).collect())
}

fn pg_stat_database(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    const COUNTS: &[&str] = &[
        "xact_commit",
        "xact_rollback",
        "blks_read",
        "blks_hit",
        "tup_returned",
        "tup_fetched",
        "tup_inserted",
        "tup_updated",
        "tup_deleted",
        "conflicts",
        "temp_files",
        "temp_bytes",
        "deadlocks",
        "sessions",
        "sessions_abandoned",
        "sessions_fatal",
        "sessions_killed",
        "parallel_workers_to_launch",
        "parallel_workers_launched",
    ];
    const TIMES: &[&str] =
        &["blk_read_time", "blk_write_time", "session_time", "active_time", "idle_in_transaction_time"];
    let blank = |oid_: u32, name: Value| {
        let mut row = shape.row([("datid", oid(oid_)), ("datname", name)]);
        COUNTS.iter().for_each(|name| shape.set(&mut row, name, Value::Int(0)));
        TIMES.iter().for_each(|name| shape.set(&mut row, name, Value::Float(0.0)));
        if oid_ != 0 {
            shape.set(&mut row, "numbackends", Value::Int(0));
        }
        row
    };
    let mut rows = vec![blank(0, Value::Null)];
    for (oid_, name, ..) in databases(context) {
        let mut row = blank(oid_, Value::text(name));
        if oid_ == DATABASE_OID {
            fill_database(context, shape, &mut row);
        }
        rows.push(row);
    }
    Ok(rows)
}

/// A column of `pg_stat_database` for one database; null for an unknown one.
pub(crate) fn database_statistic(
    context: &Context<'_>,
    database: u32,
    column: &str,
) -> Result<Value, SqlError> {
    let rows = super::rows_of(context, "pg_stat_database")?;
    let relation = RELATIONS.iter().find(|relation| relation.name == "pg_stat_database");
    let at = relation.and_then(|relation| relation.columns.iter().position(|known| known.name == column));
    let row = rows.iter().find(|row| row.first() == Some(&Value::Int(i64::from(database))));
    Ok(row.zip(at).and_then(|(row, at)| row.get(at).cloned()).unwrap_or(Value::Null))
}

fn fill_database(context: &Context<'_>, shape: &Shape, row: &mut Row) {
    let server = context.server();
    let c = &server.counters().database;
    let in_state = |wanted: fn(BackendState) -> bool| {
        let now = context.session.now;
        let since = server
            .activity()
            .filter(|(_, b)| wanted(b.state))
            .map(|(_, b)| (now - b.state_change).as_millis_f64());
        since.sum::<f64>()
    };
    let sessions: f64 =
        server.activity().map(|(_, b)| (context.session.now - b.backend_start).as_millis_f64()).sum();
    let executed: f64 = server.statement_statistics().iter().map(|statement| statement.total_ms).sum();
    let values = [
        ("numbackends", Value::Int(server.activity().count() as i64)),
        ("xact_commit", Value::Int(c.commits as i64)),
        ("xact_rollback", Value::Int(c.rollbacks as i64)),
        ("blks_read", count(c.blocks_read)),
        ("blks_hit", count(c.blocks_hit)),
        ("tup_returned", count(c.tup_returned)),
        ("tup_fetched", count(c.tup_fetched)),
        ("tup_inserted", count(c.tup_inserted)),
        ("tup_updated", count(c.tup_updated)),
        ("tup_deleted", count(c.tup_deleted)),
        ("temp_files", count(c.temp_files)),
        ("temp_bytes", count(c.temp_bytes)),
        ("deadlocks", Value::Int(c.deadlocks as i64)),
        ("blk_read_time", Value::Float(c.read_ms)),
        ("session_time", Value::Float(sessions)),
        ("active_time", Value::Float(executed + in_state(|state| state == BackendState::Active))),
        (
            "idle_in_transaction_time",
            Value::Float(in_state(|state| {
                matches!(state, BackendState::IdleInTransaction | BackendState::IdleInTransactionAborted)
            })),
        ),
        ("sessions", Value::Int(c.sessions as i64)),
        ("sessions_abandoned", Value::Int(c.sessions_abandoned as i64)),
        ("sessions_killed", Value::Int(c.sessions_killed as i64)),
        ("stats_reset", Value::Timestamp(context.micros(c.since))),
    ];
    for (name, value) in values {
        shape.set(row, name, value);
    }
}

fn conflicts(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    const COUNTS: &[&str] = &[
        "confl_tablespace",
        "confl_lock",
        "confl_snapshot",
        "confl_bufferpin",
        "confl_deadlock",
        "confl_active_logicalslot",
    ];
    let row = |(oid_, name, ..): &(u32, String, bool, bool)| {
        let mut row = shape.row([("datid", oid(*oid_)), ("datname", Value::text(name))]);
        COUNTS.iter().for_each(|name| shape.set(&mut row, name, Value::Int(0)));
        row
    };
    Ok(databases(context).iter().map(row).collect())
}

fn since(context: &Context<'_>) -> Value {
    Value::Timestamp(context.micros(context.server().counters().database.since))
}

fn pg_stat_bgwriter(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let c = &context.server().counters().checkpoints;
    Ok(vec![shape.row([
        ("buffers_clean", count(c.cleaned)),
        ("maxwritten_clean", Value::Int(0)),
        // A page that is read needs a buffer.
        ("buffers_alloc", count(context.server().counters().database.blocks_read)),
        ("stats_reset", since(context)),
    ])])
}

fn pg_stat_checkpointer(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let c = &context.server().counters().checkpoints;
    let int = |value: u64| Value::Int(value as i64);
    Ok(vec![shape.row([
        ("num_timed", int(c.timed)),
        ("num_requested", int(c.requested)),
        ("num_done", int(c.done)),
        ("restartpoints_timed", int(0)),
        ("restartpoints_req", int(0)),
        ("restartpoints_done", int(0)),
        ("write_time", Value::Float(c.write_ms)),
        ("sync_time", Value::Float(c.sync_ms)),
        ("buffers_written", count(c.buffers_written)),
        ("slru_written", int(0)),
        ("stats_reset", since(context)),
    ])])
}

fn pg_stat_wal(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let c = context.server().wal().counters();
    Ok(vec![shape.row([
        ("wal_records", count(c.records)),
        ("wal_fpi", count(c.full_page_images)),
        ("wal_bytes", Value::numeric(Numeric::from(c.bytes as i64))),
        ("wal_buffers_full", Value::Int(0)),
        ("stats_reset", since(context)),
    ])])
}

/// Who reads and writes relations here: clients (reads, hits, extends), the background writer and the checkpointer (writes).
fn pg_stat_io(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let counters = context.server().counters();
    let (d, c) = (&counters.database, &counters.checkpoints);
    let bytes = |blocks: f64| Value::numeric(Numeric::from((blocks * BLOCK) as i64));
    let row = |backend: &str, context_name: &str| {
        shape.row([
            ("backend_type", Value::text(backend)),
            ("object", Value::text("relation")),
            ("context", Value::text(context_name)),
            ("stats_reset", since(context)),
        ])
    };
    let mut rows = Vec::new();
    for (backend, context_name) in [
        ("client backend", "bulkread"),
        ("client backend", "bulkwrite"),
        ("client backend", "normal"),
        ("client backend", "vacuum"),
        ("autovacuum worker", "normal"),
        ("autovacuum worker", "vacuum"),
    ] {
        let own = backend == "client backend" && context_name == "normal";
        let (read, hit) = if own { (d.blocks_read, d.blocks_hit) } else { (0.0, 0.0) };
        let mut row = row(backend, context_name);
        let values = [
            ("reads", count(read)),
            ("read_bytes", bytes(read)),
            ("read_time", Value::Float(if own { d.read_ms } else { 0.0 })),
            ("writes", Value::Int(0)),
            ("write_bytes", bytes(0.0)),
            ("write_time", Value::Float(0.0)),
            ("hits", count(hit)),
            ("evictions", count(if own { context.server().buffers().evicted() } else { 0.0 })),
        ];
        values.into_iter().for_each(|(name, value)| shape.set(&mut row, name, value));
        rows.push(row);
    }
    for (backend, written, time) in
        [("background writer", c.cleaned, 0.0), ("checkpointer", c.buffers_written, c.write_ms)]
    {
        let mut row = row(backend, "normal");
        shape.set(&mut row, "writes", count(written));
        shape.set(&mut row, "write_bytes", bytes(written));
        shape.set(&mut row, "write_time", Value::Float(time));
        shape.set(&mut row, "fsyncs", Value::Int(0));
        rows.push(row);
    }
    Ok(rows)
}

fn pg_stat_archiver(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    Ok(vec![shape.row([
        ("archived_count", Value::Int(0)),
        ("failed_count", Value::Int(0)),
        ("stats_reset", since(context)),
    ])])
}

fn pg_stat_slru(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    const NAMES: [&str; 8] = [
        "commit_timestamp",
        "multixact_member",
        "multixact_offset",
        "notify",
        "serializable",
        "subtransaction",
        "transaction",
        "other",
    ];
    const COUNTS: [&str; 7] =
        ["blks_zeroed", "blks_hit", "blks_read", "blks_written", "blks_exists", "flushes", "truncates"];
    let row = |name: &str| {
        let mut row = shape.row([("name", Value::text(name)), ("stats_reset", since(context))]);
        COUNTS.iter().for_each(|name| shape.set(&mut row, name, Value::Int(0)));
        row
    };
    Ok(NAMES.iter().map(|name| row(name)).collect())
}
