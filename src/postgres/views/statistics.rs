//! What ANALYZE stored: `pg_stats`, `pg_statistic`.

use std::sync::Arc;

use super::{Provider, Shape};
use crate::postgres::catalog::{Column, ColumnStatistics, Table};
use crate::postgres::datum::Datum;
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::datetime::{DAY, Interval, days_from_civil};
use crate::postgres::query::errors;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Array, Row, Value};

pub(super) const FAMILY: &[(&str, Provider)] = &[
    ("pg_stats", pg_stats),
    ("pg_statistic", |_, _| Err(errors::permission_denied("table", "pg_statistic"))),
];

/// `datfrozenxid`.
pub(super) const FROZEN: i64 = super::relations::FROZEN_XID;

fn pg_stats(context: &Context<'_>, shape: &Shape) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for table in context.catalog().tables.values() {
        let analysed = table.columns.iter().filter_map(|column| Some((column, column.statistics.as_ref()?)));
        rows.extend(analysed.map(|(column, statistics)| row(shape, table, column, statistics)));
    }
    Ok(rows)
}

fn row(shape: &Shape, table: &Table, column: &Column, s: &ColumnStatistics) -> Row {
    let element = column.type_id.0;
    let values = |list: Vec<Datum>| if list.is_empty() { Value::Null } else { datums(element, &list) };
    let floats = |list: Vec<f64>| {
        if list.is_empty() {
            Value::Null
        } else {
            Value::array(t::FLOAT4, list.into_iter().map(Value::Float).collect())
        }
    };
    shape.row([
        ("schemaname", Value::text(&table.schema)),
        ("tablename", Value::text(&table.name)),
        ("attname", Value::text(&column.name)),
        ("inherited", Value::Bool(false)),
        ("null_frac", Value::Float(s.null_fraction)),
        ("avg_width", Value::Int(i64::from(s.width))),
        ("n_distinct", Value::Float(s.distinct)),
        ("most_common_vals", values(s.most_common.iter().map(|(value, _)| value.clone()).collect())),
        ("most_common_freqs", floats(s.most_common.iter().map(|(_, share)| *share).collect())),
        ("histogram_bounds", values(s.histogram.clone())),
        ("correlation", s.correlation.map_or(Value::Null, Value::Float)),
    ])
}

fn datums(element: u32, list: &[Datum]) -> Value {
    let values = list.iter().map(|datum| value(element, datum)).collect();
    Value::Array(Arc::new(Array::of(element, values)))
}

/// A planner's datum as the console's value. Its dates count from 2000-01-01.
pub(crate) fn value(type_oid: u32, datum: &Datum) -> Value {
    let epoch_days = days_from_civil(2000, 1, 1);
    match datum {
        Datum::Null => Value::Null,
        Datum::Bool(flag) => Value::Bool(*flag),
        Datum::Int(number) => match type_oid {
            t::TIMESTAMP | t::TIMESTAMPTZ => Value::Timestamp(number + epoch_days * DAY),
            t::DATE => Value::Date((number + epoch_days) as i32),
            t::TIME => Value::Time(*number),
            _ => Value::Int(*number),
        },
        Datum::Float(number) => Value::Float(*number),
        Datum::Numeric(_, text) => Numeric::parse(text).map_or(Value::Null, Value::numeric),
        Datum::Text(text) => Value::Text(text.clone()),
        Datum::Uuid(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Value::text(format!(
                "{}-{}-{}-{}-{}",
                &hex[..8],
                &hex[8..12],
                &hex[12..16],
                &hex[16..20],
                &hex[20..]
            ))
        }
        Datum::Interval { months, days, micros } => {
            Value::Interval(Interval { months: *months, days: *days, micros: *micros })
        }
        Datum::Array(items) => datums(t::element_of(type_oid).unwrap_or(t::TEXT), items),
    }
}
