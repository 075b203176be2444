//! `\\sf`: a function's definition, with line numbers for `\\sf+` (`exec_command_sf_sv` of psql's `command.c`).

use crate::postgres::query::{self, Session};
use crate::postgres::sql::quote_literal;

/// Prints the definition of the function that `name` means.
pub(super) fn source(session: &Session<'_>, name: &str, numbered: bool) -> Result<String, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("function name is required".to_owned());
    }
    let kind = if name.contains('(') { "regprocedure" } else { "regproc" };
    let text = format!(
        "SELECT pg_catalog.pg_get_functiondef({}::pg_catalog.{kind}::pg_catalog.oid)",
        quote_literal(name)
    );
    let result = query::select_text(session, &text).map_err(|error| format!("ERROR:  {}", error.message))?;
    let definition = result.rows.first().and_then(|row| row.first().cloned().flatten()).unwrap_or_default();
    if !numbered {
        return Ok(definition);
    }
    Ok(numbers(&definition))
}

/// Lines are counted from the body on; those of the header stand beneath blanks.
fn numbers(definition: &str) -> String {
    let mut out = String::new();
    let mut number = 0;
    for line in definition.lines() {
        let body = ["AS ", "BEGIN ", "RETURN "].iter().any(|start| line.starts_with(start));
        if body || number > 0 {
            number += 1;
        }
        let margin = if number == 0 { " ".repeat(8) } else { format!("{number:<7} ") };
        out.push_str(&format!("{margin}{line}\n"));
    }
    out
}
