//! A relation's columns, and rows built by column name.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use crate::postgres::query::input;
use crate::postgres::query::names::NoNames;
use crate::postgres::query::system::{self, PROC_NAMES, PROCS, SystemRelation};
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Row, Value};

/// A system relation's columns.
pub(crate) struct Shape {
    relation: &'static SystemRelation,
    blank: Row,
}

impl Shape {
    /// The shape of a relation.
    pub(crate) fn of(relation: &'static SystemRelation) -> Self {
        let blank = relation.columns.iter().map(|column| default(column.type_oid, column.not_null)).collect();
        Self { relation, blank }
    }

    /// A row with the given columns; others are null, or zero, false or empty where null isn't allowed.
    pub(crate) fn row<const N: usize>(&self, values: [(&str, Value); N]) -> Row {
        let mut row = self.blank.clone();
        for (name, value) in values {
            self.set(&mut row, name, value);
        }
        row
    }

    /// Sets a column by name. Naming one that the relation doesn't have is a bug.
    pub(crate) fn set(&self, row: &mut Row, name: &str, value: Value) {
        let at = self.relation.columns.iter().position(|column| column.name == name);
        debug_assert!(at.is_some(), "{} has no column {name}", self.relation.name);
        if let Some(at) = at {
            row[at] = value;
        }
    }
}

fn default(type_oid: u32, not_null: bool) -> Value {
    if !not_null {
        return Value::Null;
    }
    match type_oid {
        t::BOOL => Value::Bool(false),
        t::FLOAT4 | t::FLOAT8 => Value::Float(0.0),
        t::INT2VECTOR => input::int_vector(t::INT2, Vec::new()),
        t::OIDVECTOR => input::int_vector(t::OID, Vec::new()),
        t::TEXT | t::NAME | t::CHAR | t::PG_NODE_TREE => Value::text(""),
        _ => Value::Int(0),
    }
}

static PARSED: LazyLock<Mutex<BTreeMap<&'static str, Arc<Vec<Row>>>>> =
    LazyLock::new(|| Mutex::new(BTreeMap::new()));

/// The rows of a data file, parsed once: constants, not state.
pub(super) fn static_rows(name: &'static str, shape: &Shape) -> Arc<Vec<Row>> {
    let mut parsed = PARSED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    parsed.entry(name).or_insert_with(|| Arc::new(parse(name, shape))).clone()
}

fn parse(name: &str, shape: &Shape) -> Vec<Row> {
    let Some(table) = system::table(name) else { return Vec::new() };
    let row = |fields: &Vec<&'static str>| {
        let mut row = shape.blank.clone();
        fill_constants(name, shape, &mut row);
        for (column, text) in table.header.iter().zip(fields) {
            let known = shape.relation.columns.iter().position(|known| known.name == *column);
            if let Some(at) = known {
                row[at] = field(text, shape.relation.columns[at].type_oid);
            }
        }
        row
    };
    table.rows.iter().map(row).collect()
}

fn field(text: &str, type_oid: u32) -> Value {
    if text == "\\N" {
        return Value::Null;
    }
    if type_oid == t::REGPROC && text.parse::<u32>().is_err() {
        let found = PROC_NAMES.get(text).and_then(|rows| rows.first()).map(|at| PROCS[*at].oid);
        return Value::Int(found.map_or(0, i64::from));
    }
    input::parse(text, type_oid, &NoNames).unwrap_or(Value::Null)
}

/// Columns that are the same in all rows of a file and therefore not in it.
fn fill_constants(name: &str, shape: &Shape, row: &mut Row) {
    let constants: &[(&str, &str)] = match name {
        "pg_proc" => &[("proowner", "10"), ("procost", "1"), ("prosecdef", "f")],
        "pg_type" => &[("typowner", "10"), ("typisdefined", "t"), ("typtypmod", "-1")],
        "pg_operator" => &[("oprowner", "10")],
        _ => &[],
    };
    for (column, text) in constants {
        if let Some(at) = shape.relation.columns.iter().position(|known| known.name == *column) {
            row[at] = field(text, shape.relation.columns[at].type_oid);
        }
    }
}

/// An oid.
pub(crate) fn oid(oid: u32) -> Value {
    Value::Int(i64::from(oid))
}

/// A count that the model keeps as a float.
pub(crate) fn count(value: f64) -> Value {
    Value::Int(value.max(0.0) as i64)
}

/// An array of `smallint`.
pub(crate) fn smallints(numbers: impl IntoIterator<Item = i64>) -> Value {
    Value::array(t::INT2, numbers.into_iter().map(Value::Int).collect())
}

/// An array of text.
pub(crate) fn texts<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> Value {
    Value::array(t::TEXT, words.into_iter().map(Value::text).collect())
}
