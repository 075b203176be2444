//! `pg_buffercache`: which relations' pages are in shared buffers.

use super::shape::oid;
use super::{Provider, Shape};
use crate::postgres::catalog::Oid;
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::value::{Row, Value};
use crate::postgres::server::DATABASE_OID;

pub(super) const FAMILY: &[(&str, Provider)] = &[("pg_buffercache", pg_buffercache)];

/// Rows that the view makes at most: the model knows how many pages of a relation are cached, a real server lists every
/// buffer. A cache larger than this is shown by a sample, each row then standing for several buffers.
const MAX_ROWS: u64 = 65_536;

fn filenode(context: &Context<'_>, relation: u32) -> u32 {
    let catalog = context.catalog();
    let table = catalog.tables.get(&Oid(relation)).map(|table| table.filenode);
    table.or_else(|| catalog.indexes.get(&Oid(relation)).map(|index| index.filenode)).unwrap_or(relation)
}

fn pg_buffercache(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let total = context.server().config().shared_buffers_pages;
    let scale = total.div_ceil(MAX_ROWS).max(1) as f64;
    let mut rows = Vec::new();
    for residency in context.server().buffers().residency() {
        let buffers = (residency.shared / scale) as i64;
        let node = filenode(context, residency.oid);
        for block in 0..buffers {
            let number = rows.len() as i64 + 1;
            rows.push(shape.row([
                ("bufferid", Value::Int(number)),
                ("relfilenode", oid(node)),
                ("reltablespace", oid(1663)),
                ("reldatabase", oid(DATABASE_OID)),
                ("relforknumber", Value::Int(0)),
                ("relblocknumber", Value::Int(block)),
                ("isdirty", Value::Bool(false)),
                ("usagecount", Value::Int(1 + (block * 7 + i64::from(node)) % 5)),
                ("pinning_backends", Value::Int(0)),
            ]));
        }
    }
    Ok(rows)
}

/// `pg_buffercache_usage_counts()`: how many buffers have each usage count.
pub(crate) fn usage_counts(context: &Context<'_>) -> Result<Vec<Row>, SqlError> {
    let used: f64 = context.server().buffers().residency().map(|residency| residency.shared).sum();
    let total = context.server().config().shared_buffers_pages as f64;
    let row = |(count, buffers): (i64, f64)| {
        vec![Value::Int(count), Value::Int(buffers as i64), Value::Int(0), Value::Int(0)]
    };
    let shares = (1..=5).map(|count| (count, used / 5.0));
    Ok(std::iter::once((0, total - used)).chain(shares).map(row).collect())
}
