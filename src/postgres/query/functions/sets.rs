//! Set-returning functions.

use super::{Args, SetTable, json, regex};
use crate::postgres::error::SqlError;
use crate::postgres::query::datetime::{DAY, add_interval};
use crate::postgres::query::errors;
use crate::postgres::query::value::{Row, Value};
use crate::postgres::views;

/// The longest series.
const MAX_SERIES: usize = 1_000_000;

pub(super) const TABLE: SetTable = &[
    ("generate_series", generate_series),
    ("generate_subscripts", generate_subscripts),
    ("unnest", unnest),
    ("regexp_matches", regex::all_matches),
    ("regexp_split_to_table", |a| {
        Ok(regex::split(a)?.into_iter().map(|part| vec![Value::text(part)]).collect())
    }),
    ("string_to_table", string_to_table),
    ("json_array_elements", |a| json::elements(a, true)),
    ("jsonb_array_elements", |a| json::elements(a, true)),
    ("json_array_elements_text", |a| json::elements(a, false)),
    ("jsonb_array_elements_text", |a| json::elements(a, false)),
    ("json_each", |a| json::each(a, true)),
    ("jsonb_each", |a| json::each(a, true)),
    ("json_each_text", |a| json::each(a, false)),
    ("jsonb_each_text", |a| json::each(a, false)),
    ("json_object_keys", json::keys),
    ("jsonb_object_keys", json::keys),
    ("pg_options_to_table", options_to_table),
    ("_pg_expandarray", expand_array),
    ("aclexplode", aclexplode),
    ("pg_stat_get_activity", |a| relation(a, "pg_stat_get_activity")),
    ("pg_lock_status", |a| relation(a, "pg_locks")),
    ("pg_stat_statements", |a| relation(a, "pg_stat_statements")),
    ("pg_show_all_settings", |a| relation(a, "pg_settings")),
    ("pg_available_extensions", |a| relation(a, "pg_available_extensions")),
    ("pg_buffercache_pages", |a| relation(a, "pg_buffercache")),
    ("pg_buffercache_usage_counts", |a| views::buffers::usage_counts(a.context)),
    ("pg_get_wait_events", |a| relation(a, "pg_wait_events")),
    ("pg_snapshot_xip", |_| Ok(Vec::new())),
    ("pg_stat_get_wal_senders", wal_senders),
    ("pg_timezone_abbrevs", |_| Ok(Vec::new())),
    ("pg_prepared_xact", |_| Ok(Vec::new())),
    ("pg_get_publication_tables", |_| Ok(Vec::new())),
    ("pg_event_trigger_dropped_objects", |_| Ok(Vec::new())),
    ("pg_get_replication_slots", |a| relation(a, "pg_replication_slots")),
];

/// The columns of `pg_stat_replication` that come from the sending processes.
fn wal_senders(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    let rows = relation(args, "pg_stat_replication")?;
    Ok(rows.into_iter().map(|row| [&row[..1], &row[9..]].concat()).collect())
}

fn relation(args: &Args<'_>, name: &str) -> Result<Vec<Row>, SqlError> {
    views::rows_of(args.context, name).map(|rows| rows.to_vec())
}

fn series(mut next: impl FnMut(usize) -> Option<Value>) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    while let Some(value) = next(rows.len()) {
        if rows.len() >= MAX_SERIES {
            return Err(errors::limit_exceeded("query exceeds the console's limit of rows"));
        }
        rows.push(vec![value]);
    }
    Ok(rows)
}

fn generate_series(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    let zero = || Err(errors::invalid_parameter("step size cannot equal zero"));
    match (&args.values[0], &args.values[1]) {
        (Value::Int(start), Value::Int(end)) => {
            let step = if args.values.len() > 2 { args.int(2) } else { 1 };
            if step == 0 {
                return zero();
            }
            series(|at| {
                let value = start.checked_add(step.checked_mul(at as i64)?)?;
                (if step > 0 { value <= *end } else { value >= *end }).then_some(Value::Int(value))
            })
        }
        (Value::Numeric(start), Value::Numeric(end)) => {
            let step = if args.values.len() > 2 { args.values[2].to_numeric() } else { 1i64.into() };
            if step.is_zero() {
                return zero();
            }
            let mut value = start.add(&step.subtract(&step));
            series(|at| {
                if at > 0 {
                    value = value.add(&step);
                }
                let inside =
                    if step.signum() > 0 { value.compare(end).is_le() } else { value.compare(end).is_ge() };
                inside.then(|| Value::numeric(value.clone()))
            })
        }
        (start, end) => {
            let micros = |value: &Value| match value {
                Value::Timestamp(at) => *at,
                Value::Date(day) => i64::from(*day) * DAY,
                _ => 0,
            };
            let Some(Value::Interval(step)) = args.values.get(2) else {
                return Err(args.unsupported("generate_series"));
            };
            let length = step.length();
            if length == 0 {
                return zero();
            }
            let (mut at, end) = (micros(start), micros(end));
            series(|count| {
                if count > 0 {
                    at = add_interval(at, step);
                }
                (if length > 0 { at <= end } else { at >= end }).then_some(Value::Timestamp(at))
            })
        }
    }
}

fn generate_subscripts(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    let Value::Array(array) = &args.values[0] else { return Ok(Vec::new()) };
    let dimension = (args.int(1) - 1).max(0) as usize;
    let length = array.dimensions.get(dimension).copied().unwrap_or(0) as i64;
    let lower = if dimension == 0 { array.lower } else { 1 };
    let mut rows: Vec<Row> = (lower..lower + length).map(|at| vec![Value::Int(at)]).collect();
    if args.flag(2) {
        rows.reverse();
    }
    Ok(rows)
}

fn unnest(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(match &args.values[0] {
        Value::Array(array) => array.values.iter().map(|value| vec![value.clone()]).collect(),
        _ => Vec::new(),
    })
}

fn expand_array(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(match &args.values[0] {
        Value::Array(array) => {
            let numbered = array.values.iter().enumerate();
            numbered.map(|(at, value)| vec![value.clone(), Value::Int(at as i64 + 1)]).collect()
        }
        _ => Vec::new(),
    })
}

fn string_to_table(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    let text = args.str(0);
    let separator = args.str(1);
    Ok(match (&args.values[1], text.is_empty()) {
        (_, true) => Vec::new(),
        (Value::Null, _) => text.chars().map(|c| vec![Value::text(c.to_string())]).collect(),
        _ if separator.is_empty() => vec![vec![Value::text(text)]],
        _ => text.split(separator).map(|part| vec![Value::text(part)]).collect(),
    })
}

fn options_to_table(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    let Value::Array(array) = &args.values[0] else { return Ok(Vec::new()) };
    let option = |value: &Value| {
        let text = value.str();
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        vec![Value::text(name), Value::text(value)]
    };
    Ok(array.values.iter().map(option).collect())
}

/// An ACL's entries: grantor, grantee, privilege, grantable.
fn aclexplode(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    const PRIVILEGES: &[(char, &str)] = &[
        ('a', "INSERT"),
        ('r', "SELECT"),
        ('w', "UPDATE"),
        ('d', "DELETE"),
        ('D', "TRUNCATE"),
        ('x', "REFERENCES"),
        ('t', "TRIGGER"),
        ('X', "EXECUTE"),
        ('U', "USAGE"),
        ('C', "CREATE"),
        ('c', "CONNECT"),
        ('T', "TEMPORARY"),
        ('m', "MAINTAIN"),
    ];
    let Value::Array(array) = &args.values[0] else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for entry in &array.values {
        let text = entry.str();
        let (grantee, rest) = text.split_once('=').unwrap_or((text, ""));
        let (letters, grantor) = rest.split_once('/').unwrap_or((rest, ""));
        let oid = |name: &str| Value::Int(i64::from(args.context.role_oid(name).unwrap_or(0)));
        for (letter, privilege) in PRIVILEGES.iter().filter(|(letter, _)| letters.contains(*letter)) {
            let grantable = letters.contains(&format!("{letter}*"));
            rows.push(vec![oid(grantor), oid(grantee), Value::text(privilege), Value::Bool(grantable)]);
        }
    }
    Ok(rows)
}
