//! `\d` and its family. As in psql, each command is a query over the catalogs and a layout: what it shows is what the
//! console's own `SELECT` would show (psql's `describe.c` of version 18).

mod function;
mod lists;
mod pattern;
mod relation;

use super::print::{Layout, Texts};
use crate::postgres::query::{self, Session};

/// Runs one of the commands; the error is psql's.
pub(super) fn run(
    session: &Session<'_>,
    command: &str,
    pattern: Option<&str>,
    layout: &Layout<'_>,
) -> Result<String, String> {
    let asked = Asked::of(command);
    let letters = asked.letters.as_str();
    match (letters, pattern) {
        ("sf", _) => function::source(session, pattern.unwrap_or_default(), asked.verbose),
        ("d", Some(pattern)) => relation::describe(session, &asked, pattern, layout),
        ("d", None) => lists::relations(session, &Asked { letters: "dtvmsE".into(), ..asked }, None, layout),
        _ if is_relation_list(letters) => lists::relations(session, &asked, pattern, layout),
        _ => match lists::LISTS.iter().find(|list| list.names.contains(&letters)) {
            Some(list) => list.print(session, &asked, pattern, layout),
            None => Err(format!("invalid command \\{}\nTry \\? for help.", command.trim_start_matches('\\'))),
        },
    }
}

/// Any of `t`, `i`, `m`, `s`, `v`, `E` behind `\d`.
fn is_relation_list(letters: &str) -> bool {
    letters
        .strip_prefix('d')
        .is_some_and(|kinds| !kinds.is_empty() && kinds.chars().all(|c| "timsvE".contains(c)))
}

/// What a command's letters ask for.
#[derive(Debug, Clone)]
struct Asked {
    /// The command without its backslash and modifiers.
    letters: String,
    /// `+`
    verbose: bool,
    /// `S`
    system: bool,
}

impl Asked {
    fn of(command: &str) -> Asked {
        let name = command.trim_start_matches('\\');
        let modified = name.trim_end_matches(['+', 'S']);
        let modifiers = &name[modified.len()..];
        Asked {
            letters: modified.to_owned(),
            verbose: modifiers.contains('+'),
            system: modifiers.contains('S'),
        }
    }
}

/// Rows of one of psql's own queries, null as nothing.
fn rows(session: &Session<'_>, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    query::select_text(session, sql).map(|result| result.rows).map_err(|error| report(&error, sql))
}

/// A query's result under a title.
fn table(session: &Session<'_>, sql: &str, title: &str) -> Result<Texts, String> {
    let result = query::select_text(session, sql).map_err(|error| report(&error, sql))?;
    Ok(Texts { title: Some(title.to_owned()), ..Texts::of(result) })
}

fn report(error: &crate::postgres::error::SqlError, sql: &str) -> String {
    error.report(sql).trim_end().to_owned()
}

/// A field's text, nothing for null.
fn text(row: &[Option<String>], at: usize) -> &str {
    row.get(at).and_then(|field| field.as_deref()).unwrap_or("")
}

/// A field's truth.
fn flag(row: &[Option<String>], at: usize) -> bool {
    text(row, at) == "t"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_modifiers_are_told_apart() {
        let check = |command: &str, letters: &str, verbose: bool, system: bool| {
            let asked = Asked::of(command);
            assert_eq!(
                (asked.letters.as_str(), asked.verbose, asked.system),
                (letters, verbose, system),
                "{command}"
            );
        };
        check("\\d", "d", false, false);
        check("\\d+", "d", true, false);
        check("\\dtS+", "dt", true, true);
        check("\\di+", "di", true, false);
        check("\\dx+", "dx", true, false);
    }
}
