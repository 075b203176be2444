//! psql's patterns: `*` and `?`, a dot between schema and name, quotes that keep case, otherwise a regular expression
//! (`processSQLNamePattern`).

use crate::postgres::sql::quote_literal;

/// The parts of a dotted pattern as regular expressions, the last one the name's.
fn parts(pattern: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in pattern.chars() {
        let part = parts.last_mut().expect("begins with one");
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            '*' if !quoted => part.push_str(".*"),
            '?' if !quoted => part.push('.'),
            '$' => part.push_str("\\$"),
            c if quoted && "|*+?()[]{}.^\\".contains(c) => part.extend(['\\', c]),
            c if quoted => part.push(c),
            c => part.extend(c.to_lowercase()),
        }
    }
    parts
}

/// Conditions on a name and, where the pattern has one, a schema; on visibility where it has none.
pub(super) fn conditions(pattern: Option<&str>, name: &str, schema: &str, visible: &str) -> String {
    let Some(pattern) = pattern else {
        return if visible.is_empty() { String::new() } else { format!("  AND {visible}\n") };
    };
    let parts = parts(pattern);
    let (schema_part, name_part) = match parts.as_slice() {
        [.., schema, name] => (Some(schema), name),
        [name] => (None, name),
        [] => return String::new(),
    };
    let mut sql = String::new();
    if name_part != ".*" {
        sql.push_str(&matching(name, name_part));
    }
    match schema_part {
        Some(part) if part != ".*" && !schema.is_empty() => sql.push_str(&matching(schema, part)),
        None if !visible.is_empty() => sql.push_str(&format!("  AND {visible}\n")),
        _ => {}
    }
    sql
}

fn matching(column: &str, regex: &str) -> String {
    let literal = quote_literal(&format!("^({regex})$"));
    format!("  AND {column} OPERATOR(pg_catalog.~) {literal} COLLATE pg_catalog.default\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_become_regular_expressions() {
        let check = |pattern: &str, expected: &[&str]| assert_eq!(parts(pattern), expected, "{pattern}");
        check("orders", &["orders"]);
        check("ORD*", &["ord.*"]);
        check("public.order?", &["public", "order."]);
        check("\"Odd.Name\"", &["Odd\\.Name"]);
        check("(a|b)_idx", &["(a|b)_idx"]);
    }
}
