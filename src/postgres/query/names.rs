//! Names of objects by oid and back: what the `reg…` types print and read.

use super::types as t;
use crate::postgres::error::SqlError;

/// Resolves object names; the executor's context implements it over the catalog.
pub(crate) trait Names {
    /// What a `reg…` type prints for an oid: the name, or the number where there is no such object.
    fn oid_name(&self, type_oid: u32, oid: u32) -> String;
    /// The oid that a name means to a `reg…` type, or PostgreSQL's error that there is none.
    fn name_oid(&self, type_oid: u32, name: &str) -> Result<u32, SqlError>;
    /// The time that the words `now` and `today` mean, microseconds since 1970.
    fn now(&self) -> i64;
}

/// No catalog at hand: numbers stay numbers.
#[derive(Debug)]
pub(crate) struct NoNames;

impl Names for NoNames {
    fn oid_name(&self, type_oid: u32, oid: u32) -> String {
        if type_oid == t::REGTYPE { t::format_type(oid, -1) } else { oid.to_string() }
    }

    fn name_oid(&self, _: u32, name: &str) -> Result<u32, SqlError> {
        name.parse().map_err(|_| super::errors::undefined_relation(name))
    }

    fn now(&self) -> i64 {
        0
    }
}

/// Takes `a.b` or `"A".b` apart, folding unquoted parts to lower case; `None` when the quotes don't close.
pub(crate) fn split_name(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut current = String::new();
    let mut chars = text.trim().chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                current.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut current)),
            c if quoted => current.push(c),
            c => current.extend(c.to_lowercase()),
        }
    }
    parts.push(current);
    (!quoted && parts.iter().all(|part| !part.is_empty())).then_some(parts)
}
