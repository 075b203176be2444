//! The functions and operators that the console can compute, by PostgreSQL's names; one file a family.
//!
//! Which overload is meant was settled when binding; an implementation serves all overloads of its name and looks at the
//! argument types where they matter. What has no row here is refused as not modelled.

mod admin;
mod arithmetic;
mod arrays;
mod buffers;
pub(crate) mod bytea;
mod catalog;
mod control;
mod conversion;
mod datetime;
mod definition;
pub(crate) mod json;
mod math;
mod regex;
mod sets;
mod statistics;
mod text;
mod to_char;

use std::sync::Arc;

use super::Context;
use super::system::{OperatorRow, ProcRow};
use super::value::{Row, Value};
use crate::postgres::error::SqlError;

/// A call's arguments and surroundings.
pub(crate) struct Args<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) values: &'a [Value],
    pub(crate) types: &'a [u32],
    pub(crate) result: u32,
    pub(crate) columns: &'a [(Arc<str>, u32)],
}

/// A scalar function's code.
pub(crate) type Run = fn(&Args<'_>) -> Result<Value, SqlError>;
/// A set-returning function's code.
pub(crate) type RunSet = fn(&Args<'_>) -> Result<Vec<Row>, SqlError>;

/// Names and types of a record's fields.
pub(crate) type Fields = Arc<[(Arc<str>, u32)]>;

/// A function that yields one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
    /// For functions that return a row: its fields.
    pub(crate) fields: Option<fn() -> Fields>,
}

/// A function that yields rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SetBuiltin {
    pub(crate) name: &'static str,
    pub(crate) run: RunSet,
    /// One unnamed column: in FROM it takes the alias's name.
    pub(crate) scalar: bool,
}

impl PartialEq for SetBuiltin {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Args<'_> {
    /// An argument's integer.
    pub(crate) fn int(&self, at: usize) -> i64 {
        self.values.get(at).map_or(0, Value::int)
    }

    /// An argument's text.
    pub(crate) fn str(&self, at: usize) -> &str {
        self.values.get(at).map_or("", |value| value.str())
    }

    /// An argument's oid.
    pub(crate) fn oid(&self, at: usize) -> u32 {
        self.int(at) as u32
    }

    /// An argument's truth.
    pub(crate) fn flag(&self, at: usize) -> bool {
        self.values.get(at).is_some_and(Value::is_true)
    }

    /// An argument as its type prints it.
    pub(crate) fn text(&self, at: usize) -> Option<String> {
        super::output::text(self.values.get(at)?, self.types.get(at).copied().unwrap_or(0), self.context)
    }

    /// An argument's type.
    pub(crate) fn type_of(&self, at: usize) -> u32 {
        self.types.get(at).copied().unwrap_or(0)
    }

    /// The refusal of an overload that isn't modelled.
    pub(crate) fn unsupported(&self, name: &str) -> SqlError {
        let types = self.types.iter().map(|oid| super::types::name(*oid)).collect::<Vec<_>>().join(", ");
        super::errors::unsupported(format!("{name}({types})"))
    }
}

/// Rows of a table of functions.
pub(crate) type Table = &'static [(&'static str, Run)];

/// Rows of a table of set-returning functions.
pub(crate) type SetTable = &'static [(&'static str, RunSet)];

const TABLES: &[Table] = &[
    math::TABLE,
    text::TABLE,
    regex::TABLE,
    datetime::TABLE,
    to_char::TABLE,
    conversion::TABLE,
    bytea::TABLE,
    arrays::TABLE,
    json::TABLE,
    catalog::TABLE,
    statistics::TABLE,
    control::TABLE,
    buffers::TABLE,
    admin::TABLE,
];

/// The code of a scalar function.
pub(crate) fn scalar(row: &'static ProcRow) -> Option<Builtin> {
    let listed = TABLES.iter().flat_map(|table| table.iter()).find(|(name, _)| *name == row.name);
    let (name, run) = match listed {
        Some((name, run)) => (*name, *run),
        None => (row.name, conversion::of_text_form(row)?),
    };
    Some(Builtin { name, run, fields: control::fields_of(row.name).or(buffers::fields_of(row.name)) })
}

/// The code of an operator that isn't a comparison.
pub(crate) fn operator(row: &'static OperatorRow) -> Option<Builtin> {
    if is_foreign(row) || row.left == 0 && row.name == "~" {
        return None;
    }
    let tables =
        [arithmetic::OPERATORS, text::OPERATORS, regex::OPERATORS, arrays::OPERATORS, json::OPERATORS];
    let find = |key: &str| tables.iter().flat_map(|table| table.iter()).find(|(name, _)| *name == key);
    find(row.code).or_else(|| find(row.name)).map(|(_, run)| Builtin {
        name: row.code,
        run: *run,
        fields: None,
    })
}

/// Operators on types that never occur here share names with those that do.
fn is_foreign(row: &OperatorRow) -> bool {
    use super::types as t;
    let known = |oid: u32| {
        oid == 0
            || oid < 600
            || (700..=701).contains(&oid)
            || oid > 1000 && oid < 1560
            || t::element_of(oid).is_some()
    };
    let listed = |oid: u32| {
        matches!(
            oid,
            t::NUMERIC
                | t::UUID
                | t::PG_LSN
                | t::JSONB
                | t::XID8
                | t::ANYARRAY
                | t::ANYELEMENT
                | t::ANYNONARRAY
                | t::INET
                | t::CIDR
                | t::ANYCOMPATIBLE
                | t::ANYCOMPATIBLEARRAY
                | t::ANYCOMPATIBLENONARRAY
                | t::RECORD
                | t::REGCLASS
                | t::REGTYPE
        )
    };
    ![row.left, row.right].into_iter().all(|oid| known(oid) || listed(oid))
}

/// Compiles a regular expression of PostgreSQL's kind.
pub(crate) fn compile_regex(pattern: &str, flags: &str) -> Result<::regex::Regex, SqlError> {
    regex::compile(pattern, flags)
}

/// The code of a set-returning function.
pub(crate) fn set_returning(row: &'static ProcRow) -> Option<SetBuiltin> {
    let tables = [sets::TABLE, control::SETS];
    let (name, run) = tables.iter().flat_map(|table| table.iter()).find(|(name, _)| *name == row.name)?;
    Some(SetBuiltin { name, run: *run, scalar: row.out_columns.is_empty() })
}

/// Is the aggregate computed here?
pub(crate) fn is_aggregate(name: &str) -> bool {
    super::exec::aggregate::KNOWN.contains(&name)
}

/// `GROUPING(…)` after grouping: the mask of left-out keys, and the places asked for.
pub(crate) const GROUPING: Builtin = Builtin { name: "grouping", run: grouping, fields: None };

fn grouping(args: &Args<'_>) -> Result<Value, SqlError> {
    let mask = args.int(0);
    let bits = args.values[1..].iter().fold(0, |bits, place| bits << 1 | (mask >> place.int() & 1));
    Ok(Value::Int(bits))
}

/// A scalar function in FROM: one row; a record's fields are its columns.
pub(crate) const ONCE: SetBuiltin = SetBuiltin { name: "once", run: once, scalar: true };

fn once(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    Ok(match &args.values[0] {
        Value::Record(record) if args.columns.len() == record.values.len() => vec![record.values.clone()],
        value => vec![vec![value.clone()]],
    })
}
