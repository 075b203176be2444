//! `pg_get_functiondef`: the CREATE FUNCTION that would make a function anew (`ruleutils.c`).
//!
//! `system/pg_proc_more.tsv` has what few functions have beside `pg_proc.tsv`: leakproofness, support functions, costs, rows, and the bodies of
//! SQL functions as PostgreSQL 15 prints them.

use super::Args;
use super::catalog::arguments;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::system::{PROCS, ProcRow, table};
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;
use crate::postgres::sql::quote_identifier;

/// `pg_language`'s oid of C.
const C: &str = "13";
/// … and of SQL.
const SQL: &str = "14";

pub(super) fn definition(args: &Args<'_>) -> Result<Value, SqlError> {
    let Some(function) = PROCS.iter().find(|row| row.oid == args.oid(0)) else { return Ok(Value::Null) };
    if function.kind == 'a' {
        let message = format!("\"{}\" is an aggregate function", function.name);
        return Err(SqlError::new(SqlState::WRONG_OBJECT_TYPE, message));
    }
    let oid = function.oid.to_string();
    let fields = |name: &str| {
        let rows = table(name).map_or(&[][..], |table| &table.rows);
        rows.iter().find(|row| row[0] == oid).map(Vec::as_slice)
    };
    let Some(row) = fields("pg_proc") else { return Ok(Value::Null) };
    let more = fields("pg_proc_more").unwrap_or(&["", "f", "", "1", "0", ""]);
    let body = more[5].replace("\\n", "\n");
    // Defaults of arguments, and bodies that came after PostgreSQL 15, are not on file.
    if function.defaults > 0 || (row[3] == SQL && body.is_empty()) {
        return Err(args.unsupported("pg_get_functiondef of this function"));
    }
    let mut out = format!(
        "CREATE OR REPLACE FUNCTION pg_catalog.{}({})\n RETURNS {}{}\n LANGUAGE {}\n",
        quote_identifier(function.name),
        arguments(function),
        if function.returns_set { "SETOF " } else { "" },
        t::name(function.result),
        match row[3] {
            C => "c",
            SQL => "sql",
            _ => "internal",
        }
    );
    let options = options(function, row, more);
    if !options.is_empty() {
        out.push_str(&format!("{options}\n"));
    }
    if body.is_empty() {
        let delimiter = if row[16].contains("$function$") { "$functionx$" } else { "$function$" };
        out.push_str(&format!("AS {delimiter}{}{delimiter}\n", row[16]));
    } else {
        out.push_str(&body);
    }
    Ok(Value::text(&out))
}

/// The line of what differs from the defaults.
fn options(function: &ProcRow, row: &[&str], more: &[&str]) -> String {
    let mut out = String::new();
    let mut say = |applies: bool, words: &str| {
        if applies {
            out.push(' ');
            out.push_str(words);
        }
    };
    say(function.kind == 'w', "WINDOW");
    say(row[7] == "i", "IMMUTABLE");
    say(row[7] == "s", "STABLE");
    say(row[8] == "s", "PARALLEL SAFE");
    say(row[8] == "r", "PARALLEL RESTRICTED");
    say(function.strict, "STRICT");
    say(more[1] == "t", "LEAKPROOF");
    let usual = if row[3] == SQL { "100" } else { "1" };
    say(more[3] != usual, &format!("COST {}", more[3]));
    let rows = more[4];
    say(function.returns_set && rows != "0" && rows != "1000", &format!("ROWS {rows}"));
    say(!more[2].is_empty(), &format!("SUPPORT {}", more[2]));
    out
}
