//! `pg_buffercache`'s functions.

use super::{Args, Fields, Table};
use crate::postgres::error::SqlError;
use crate::postgres::query::bind::record;
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;

pub(super) const TABLE: Table = &[("pg_buffercache_summary", summary)];

const SUMMARY: [(&str, u32); 5] = [
    ("buffers_used", t::INT4),
    ("buffers_unused", t::INT4),
    ("buffers_dirty", t::INT4),
    ("buffers_pinned", t::INT4),
    ("usagecount_avg", t::FLOAT8),
];

pub(super) fn fields_of(name: &str) -> Option<fn() -> Fields> {
    (name == "pg_buffercache_summary")
        .then_some(|| SUMMARY.iter().map(|(name, oid)| ((*name).into(), *oid)).collect())
}

/// The average usage count is the one of `pg_buffercache_usage_counts`, which spreads the used buffers evenly over 1 to 5.
fn summary(args: &Args<'_>) -> Result<Value, SqlError> {
    let server = args.context.server();
    let used: f64 = server.buffers().residency().map(|residency| residency.shared).sum();
    let total = server.config().shared_buffers_pages as f64;
    let used = used.min(total).floor();
    let values = vec![
        Value::Int(used as i64),
        Value::Int((total - used) as i64),
        Value::Int(0),
        Value::Int(0),
        if used > 0.0 { Value::Float(3.0) } else { Value::Null },
    ];
    Ok(record(&SUMMARY, values))
}
