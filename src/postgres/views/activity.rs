//! Sessions and their locks: `pg_stat_activity`, `pg_locks`, `pg_stat_ssl`.

use super::roles::{is_member, oid_of};
use super::shape::oid;
use super::{Provider, Shape};
use crate::postgres::error::SqlError;
use crate::postgres::locks::{LockEntry, LockTag};
use crate::postgres::query::Context;
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Row, Value};
use crate::postgres::server::counters::query_id;
use crate::postgres::server::{Backend, BackendType, Cursor, DATABASE_OID, Prepared};
use crate::postgres::types::TypeId;

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("pg_stat_activity", pg_stat_activity),
    ("pg_locks", pg_locks),
    ("pg_stat_ssl", pg_stat_ssl),
    ("pg_prepared_statements", pg_prepared_statements),
    ("pg_cursors", pg_cursors),
];

/// The server's own processes: type, wait event, and the place of their pid behind the postmaster's.
const PROCESSES: &[(&str, &str, &str, u32)] = &[
    ("checkpointer", "Activity", "CheckpointerMain", 26),
    ("background writer", "Activity", "BgwriterHibernate", 27),
    ("walwriter", "Activity", "WalWriterMain", 29),
    ("autovacuum launcher", "Activity", "AutovacuumMain", 30),
    ("logical replication launcher", "Activity", "LogicalLauncherMain", 31),
];

/// Characters of a query that are shown (`track_activity_query_size`).
const QUERY_SIZE: usize = 1024;

fn pg_stat_activity(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let server = context.server();
    let sees_all = is_member(context.catalog(), context.role(), "pg_read_all_stats")
        || is_member(context.catalog(), context.role(), "pg_monitor");
    let mut rows: Vec<Row> = PROCESSES
        .iter()
        .filter(|(kind, ..)| !server.config().standby || *kind != "autovacuum launcher")
        .map(|process| process_row(context, shape, process))
        .collect();
    for (_, backend) in server.activity() {
        rows.push(backend_row(context, shape, backend, sees_all));
    }
    for standby in server.wal().standbys() {
        let mut row = process_row(context, shape, &("walsender", "Activity", "WalSenderMain", standby.pid));
        shape.set(&mut row, "application_name", Value::text(&standby.name));
        shape.set(
            &mut row,
            "client_addr",
            Value::optional_text(standby.client_addr.map(|address| address.to_string())),
        );
        shape.set(&mut row, "state", Value::text("active"));
        shape.set(&mut row, "query", Value::text("START_REPLICATION"));
        rows.push(row);
    }
    Ok(rows)
}

fn process_row(
    context: &Context<'_>,
    shape: &Shape,
    (kind, wait_type, wait, pid): &(&str, &str, &str, u32),
) -> Row {
    let (started, _) = context.server().times();
    shape.row([
        ("pid", Value::Int(i64::from(*pid))),
        ("application_name", Value::text("")),
        ("backend_start", Value::Timestamp(context.micros(started))),
        ("wait_event_type", Value::text(wait_type)),
        ("wait_event", Value::text(wait)),
        ("query", Value::text("")),
        ("backend_type", Value::text(kind)),
    ])
}

fn backend_row(context: &Context<'_>, shape: &Shape, backend: &Backend, sees_all: bool) -> Row {
    let server = context.server();
    let own = backend.login.role == context.role();
    let is_client = backend.kind == BackendType::Client;
    let mut row = shape.row([
        ("datid", oid(DATABASE_OID)),
        ("datname", Value::text(&backend.login.database)),
        ("pid", Value::Int(i64::from(backend.pid))),
        (
            "usesysid",
            Value::optional_int(oid_of(context.catalog(), &backend.login.role).filter(|_| is_client)),
        ),
        ("usename", if is_client { Value::text(&backend.login.role) } else { Value::Null }),
        ("application_name", Value::text(&backend.login.application_name)),
    ]);
    if !(sees_all || own) {
        shape.set(&mut row, "query", Value::text("<insufficient privilege>"));
        return row;
    }
    let time = |at| Value::Timestamp(context.micros(at));
    let text: String = server.query_text(backend).chars().take(QUERY_SIZE - 1).collect();
    let wait = backend.shown_wait().map(|wait| wait.names());
    let values = [
        ("client_addr", Value::optional_text(backend.login.client_addr.map(|address| address.to_string()))),
        ("client_port", if is_client { Value::Int(i64::from(backend.client_port)) } else { Value::Null }),
        ("backend_start", time(backend.backend_start)),
        ("xact_start", backend.transaction.map_or(Value::Null, |transaction| time(transaction.start))),
        ("query_start", backend.query_start.map_or(Value::Null, time)),
        ("state_change", time(backend.state_change)),
        ("wait_event_type", Value::optional_text(wait.map(|(kind, _)| kind))),
        ("wait_event", Value::optional_text(wait.map(|(_, event)| event))),
        ("state", Value::text(backend.state.name())),
        ("backend_xid", Value::optional_int(backend.transaction_id().map(|xid| xid as i64))),
        ("backend_xmin", Value::optional_int(server.xmin_of(backend).map(|xid| xid as i64))),
        ("query_id", if text.is_empty() { Value::Null } else { Value::Int(query_id(&text)) }),
        ("query", Value::text(&text)),
        ("backend_type", Value::text(backend.kind.name())),
    ];
    for (name, value) in values {
        shape.set(&mut row, name, value);
    }
    row
}

fn pg_locks(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let server = context.server();
    let mut rows = Vec::new();
    for (slot, backend) in server.activity() {
        let Some(transaction) = backend.transaction else { continue };
        let virtual_id = format!("{slot}/{}", transaction.number);
        let lock = |kind: &str| {
            shape.row([
                ("locktype", Value::text(kind)),
                ("virtualtransaction", Value::text(&virtual_id)),
                ("pid", Value::Int(i64::from(backend.pid))),
                ("mode", Value::text("ExclusiveLock")),
                ("granted", Value::Bool(true)),
                ("fastpath", Value::Bool(kind == "virtualxid")),
            ])
        };
        let mut row = lock("virtualxid");
        shape.set(&mut row, "virtualxid", Value::text(&virtual_id));
        rows.push(row);
        if let Some(xid) = transaction.xid {
            let mut row = lock("transactionid");
            shape.set(&mut row, "transactionid", Value::Int(xid as i64));
            rows.push(row);
        }
    }
    for entry in server.lock_entries() {
        rows.extend(lock_row(context, shape, &entry));
    }
    Ok(rows)
}

fn lock_row(context: &Context<'_>, shape: &Shape, entry: &LockEntry) -> Option<Row> {
    let (_, backend) = context.server().activity().find(|(slot, _)| *slot == entry.holder)?;
    let number = backend.transaction.map_or(0, |transaction| transaction.number);
    let mut row = shape.row([
        ("virtualtransaction", Value::text(format!("{}/{number}", entry.holder))),
        ("pid", Value::Int(i64::from(backend.pid))),
        ("mode", Value::text(entry.mode.name())),
        ("granted", Value::Bool(entry.granted)),
        ("fastpath", Value::Bool(entry.fast_path)),
        ("waitstart", entry.wait_start.map_or(Value::Null, |at| Value::Timestamp(context.micros(at)))),
    ]);
    match entry.tag {
        LockTag::Relation(relation) => {
            shape.set(&mut row, "locktype", Value::text("relation"));
            shape.set(&mut row, "database", oid(DATABASE_OID));
            shape.set(&mut row, "relation", oid(relation));
        }
        LockTag::Tuple(relation, page, row_number) => {
            shape.set(&mut row, "locktype", Value::text("tuple"));
            shape.set(&mut row, "database", oid(DATABASE_OID));
            shape.set(&mut row, "relation", oid(relation));
            shape.set(&mut row, "page", Value::Int(i64::from(page)));
            shape.set(&mut row, "tuple", Value::Int(i64::from(row_number)));
        }
        LockTag::Transaction(xid) => {
            if entry.granted {
                return None;
            }
            shape.set(&mut row, "locktype", Value::text("transactionid"));
            shape.set(&mut row, "transactionid", Value::Int(xid as i64));
            shape.set(&mut row, "mode", Value::text("ShareLock"));
        }
        LockTag::VirtualTransaction(slot, number) => {
            if entry.granted {
                return None;
            }
            shape.set(&mut row, "locktype", Value::text("virtualxid"));
            shape.set(&mut row, "virtualxid", Value::text(format!("{slot}/{number}")));
        }
    }
    Some(row)
}

fn pg_stat_ssl(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |backend: &Backend| {
        shape.row([("pid", Value::Int(i64::from(backend.pid))), ("ssl", Value::Bool(false))])
    };
    Ok(context.server().activity().map(|(_, backend)| row(backend)).collect())
}

/// The session's own, as the simple protocol's clients send them: with their semicolon.
fn pg_prepared_statements(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let types = |prepared: &Prepared| {
        let named = |t: &Option<TypeId>| oid(t.unwrap_or(TypeId::TEXT).0);
        Value::array(t::REGTYPE, prepared.types.iter().map(named).collect())
    };
    let row = |(name, prepared): (&String, &Prepared)| {
        shape.row([
            ("name", Value::text(name)),
            ("statement", Value::text(format!("{};", prepared.text))),
            ("prepare_time", Value::Timestamp(context.micros(prepared.since))),
            ("parameter_types", types(prepared)),
            ("from_sql", Value::Bool(true)),
            ("generic_plans", Value::Int(prepared.plans.0 as i64)),
            ("custom_plans", Value::Int(prepared.plans.1 as i64)),
        ])
    };
    Ok(context.server().prepared(context.session.pid).map(row).collect())
}

fn pg_cursors(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let row = |(name, cursor): (&String, &Cursor)| {
        shape.row([
            ("name", Value::text(name)),
            ("statement", Value::text(format!("{};", cursor.text))),
            ("is_holdable", Value::Bool(cursor.hold)),
            ("is_binary", Value::Bool(cursor.binary)),
            ("is_scrollable", Value::Bool(cursor.scroll)),
            ("creation_time", Value::Timestamp(context.micros(cursor.since))),
        ])
    };
    Ok(context.server().cursors(context.session.pid).map(row).collect())
}

/// `pg_blocking_pids(pid)`.
pub(crate) fn blocking_pids(context: &Context<'_>, pid: u32) -> Value {
    let pids = context.server().blocking_pids(pid);
    Value::array(t::INT4, pids.into_iter().map(|pid| Value::Int(i64::from(pid))).collect())
}
