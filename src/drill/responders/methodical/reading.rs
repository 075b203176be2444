//! Reading tools' output as a person does: a change's SQL, a table's description, a plan's cost, a status line.

use std::collections::BTreeMap;

/// An index as `CREATE INDEX` defines it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) table: String,
    method: String,
    /// Each key with its operator class, collation and order, in lower case.
    keys: Vec<String>,
    predicate: Option<String>,
}

/// A migration as `changes show` prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Migration {
    pub(super) id: String,
    /// Indexes that it made.
    made: Vec<Index>,
    /// Indexes that its way back makes again: those that it took away.
    pub(super) restored: Vec<Index>,
}

/// A table as psql's `\d` prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Its columns' types.
    types: BTreeMap<String, String>,
    /// Its indexes that are marked INVALID.
    pub(super) invalid: Vec<String>,
}

impl Migration {
    pub(super) fn read(id: &str, output: &[&str]) -> Migration {
        let mut migration = Migration { id: id.to_owned(), ..Migration::default() };
        let mut part = "";
        let (mut up, mut down) = (String::new(), String::new());
        for line in output {
            match *line {
                "-- up" => part = "up",
                "-- down" => part = "down",
                "# log" => part = "log",
                _ if part == "up" => up = format!("{up} {line}"),
                _ if part == "down" => down = format!("{down} {line}"),
                _ => {}
            }
        }
        migration.made = up.split(';').filter_map(Index::read).collect();
        migration.restored = down.split(';').filter_map(Index::read).collect();
        migration
    }

    /// What it put in an index's place: the index it made that starts most alike.
    pub(super) fn replacement(&self, lost: &Index) -> Option<&Index> {
        let same = |made: &&Index| made.table == lost.table;
        let alike = |made: &&Index| made.keys.iter().filter(|key| lost.mentions(column(key))).count();
        self.made.iter().filter(same).max_by_key(alike)
    }
}

impl Index {
    fn read(statement: &str) -> Option<Index> {
        let text = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        let lower = text.to_lowercase();
        if !lower.starts_with("create ") || !lower.contains("index ") {
            return None;
        }
        let (head, tail) = lower.split_once(" on ")?;
        let (target, rest) = tail.split_once('(')?;
        let mut words = target.split_whitespace();
        let table = words.next()?.to_owned();
        let method = words.nth(1).unwrap_or("btree").to_owned();
        let (keys, rest) = closed(rest)?;
        Some(Index {
            name: head.split_whitespace().last()?.to_owned(),
            table,
            method,
            keys: split_keys(keys),
            predicate: rest.split_once("where ").map(|(_, predicate)| predicate.trim().to_owned()),
        })
    }

    fn mentions(&self, column: &str) -> bool {
        self.keys.iter().any(|key| key.contains(column))
    }
}

/// The text up to the parenthesis that closes, and what follows it.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

fn split_keys(text: &str) -> Vec<String> {
    let mut keys = vec![String::new()];
    let mut depth = 0;
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        match keys.last_mut() {
            Some(key) if character != ',' || depth > 0 => key.push(character),
            _ => keys.push(String::new()),
        }
    }
    keys.iter().map(|key| key.trim().to_owned()).collect()
}

/// The key's column or expression, without operator class, collation and order.
fn column(key: &str) -> &str {
    let end = match key.rfind(')') {
        Some(at) => at + 1,
        None => key.find(' ').unwrap_or(key.len()),
    };
    &key[..end]
}

/// What stands behind the column: operator class, collation, order.
fn manner(key: &str) -> &str {
    key[column(key).len()..].trim()
}

impl Table {
    pub(super) fn read(output: &[&str]) -> Table {
        let mut table = Table::default();
        for line in output {
            let trimmed = line.trim();
            if trimmed.starts_with('"') {
                if trimmed.contains("INVALID") {
                    table.invalid.extend(trimmed.split('"').nth(1).map(str::to_lowercase));
                }
            } else if let Some((name, rest)) = trimmed.split_once('|') {
                let kind = rest.split('|').next().unwrap_or("").trim();
                table.types.insert(name.trim().to_owned(), kind.to_owned());
            }
        }
        table
    }
}

/// Whether a query asks for what the index gives: a condition on its first key, or its very order.
pub(super) fn serves(index: &Index, query: &str) -> bool {
    let query = squeeze(query);
    if !tables_of(&query).contains(&index.table) {
        return false;
    }
    let Some(first) = index.keys.first() else { return false };
    let wanted = column(first);
    let conditions = query.split_once(" where ").map_or(query.as_str(), |(_, rest)| rest);
    let conditions = if query.contains(" join ") { query.as_str() } else { conditions };
    let conditions = conditions.split(" order by ").next().unwrap_or("");
    const OPERATORS: [&str; 7] = [" =", " in ", " like ", " between ", " <", " >", " any"];
    if OPERATORS.iter().any(|operator| has_condition(conditions, wanted, operator)) {
        return predicate_holds(index, conditions);
    }
    query.split_once(" order by ").is_some_and(|(_, order)| {
        let order = order.split(" limit ").next().unwrap_or(order).split(',').next().unwrap_or("").trim();
        order == first.trim()
    })
}

fn has_condition(conditions: &str, wanted: &str, operator: &str) -> bool {
    conditions.match_indices(&format!("{wanted}{operator}")).any(|(at, _)| {
        let before = conditions[..at].chars().next_back();
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Whether the query repeats the index's predicate, by its words; a null test is implied by any comparison.
fn predicate_holds(index: &Index, conditions: &str) -> bool {
    match &index.predicate {
        None => true,
        Some(predicate) => predicate.ends_with("is not null") || conditions.contains(predicate.as_str()),
    }
}

/// The mechanism by which the loss of an index hurts, from what was put in its place.
pub(super) fn mechanism(lost: &Index, new: Option<&Index>, invalid: bool) -> &'static str {
    let Some(new) = new else { return "index-dropped" };
    let first = |index: &Index| index.keys.first().cloned().unwrap_or_default();
    let (old_key, new_key) = (first(lost), first(new));
    let (old_manner, new_manner) = (manner(&old_key).to_owned(), manner(&new_key).to_owned());
    if invalid {
        "invalid-index"
    } else if new.method != lost.method {
        "wrong-access-method"
    } else if column(&old_key) != column(&new_key) {
        if column(&old_key).contains('(') { "expression-mismatch" } else { "wrong-column-order" }
    } else if new.predicate.is_some() && new.predicate != lost.predicate {
        "predicate-mismatch"
    } else if new_manner.contains("collate") != old_manner.contains("collate") {
        "collation-mismatch"
    } else if new_manner.contains("_ops") != old_manner.contains("_ops") {
        "opclass-mismatch"
    } else if new_manner != old_manner {
        "sort-order-mismatch"
    } else {
        "index-dropped"
    }
}

/// The tables of a statement: the words behind FROM, JOIN, UPDATE and INTO.
pub(super) fn tables_of(query: &str) -> Vec<String> {
    let words: Vec<String> = squeeze(query).split(' ').map(str::to_owned).collect();
    let opens = |word: &str| matches!(word, "from" | "join" | "update" | "into");
    words
        .windows(2)
        .filter(|pair| opens(&pair[0]))
        .map(|pair| pair[1].trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_').to_owned())
        .filter(|table| !table.is_empty() && table != "select")
        .collect()
}

/// A statement with plausible values for its parameters: of the type of the column that each is compared with.
pub(super) fn with_values(query: &str, tables: &BTreeMap<String, Table>) -> String {
    let mut text = query.to_owned();
    for number in (1..=9).rev() {
        let parameter = format!("${number}");
        let Some(at) = text.find(&parameter) else { continue };
        let before: Vec<&str> = text[..at].split_whitespace().collect();
        let column = before.iter().rev().nth(1).copied().unwrap_or("");
        let column = column
            .rsplit('.')
            .next()
            .unwrap_or(column)
            .trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let kind = tables.values().find_map(|table| table.types.get(column)).map_or("text", String::as_str);
        text = text.replace(&parameter, value(kind));
    }
    text
}

fn value(kind: &str) -> &'static str {
    match kind {
        "uuid" => "'4f9a3c10-77aa-4b1e-9d21-0c5d8e7f6a5b'",
        "bigint" | "integer" | "smallint" => "4815",
        _ if kind.starts_with("timestamp") || kind == "date" => "'2024-06-04 12:00:00+00'",
        _ if kind.starts_with("numeric") => "10",
        _ => "'4815162'",
    }
}

/// The total cost of a plan's root.
pub(super) fn cost(output: &[&str]) -> Option<f64> {
    let line = output.iter().find(|line| line.contains("cost="))?;
    let range = line.split("cost=").nth(1)?.split_whitespace().next()?;
    range.split("..").nth(1)?.parse().ok()
}

/// `12|SELECT …` of an unaligned psql table.
pub(super) fn counted(line: &str) -> Option<(u64, &str)> {
    let (count, query) = line.split_once('|')?;
    Some((count.trim().parse().ok()?, query))
}

/// The share of bad page views that `status` prints, in per cent.
pub(super) fn bad_pages(output: &[&str]) -> Option<f64> {
    let line = output.iter().find(|line| line.trim_start().starts_with("Bad pages:"))?;
    line.split_whitespace().nth(2)?.parse().ok()
}

/// The database whose line in `status` shows the most processor use.
pub(super) fn busiest_database(output: &[&str]) -> Option<String> {
    let busy = |line: &&str| -> Option<(u32, String)> {
        let percent = line.split("cpu ").nth(1)?.split('%').next()?.trim().parse::<f64>().ok()?;
        let name = line.split_whitespace().next()?;
        let is_component = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        (is_component && name.starts_with("pg")).then(|| (percent as u32, name.to_owned()))
    };
    output.iter().filter_map(busy).max_by_key(|(percent, _)| *percent).map(|(_, name)| name)
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(definition: &str) -> Index {
        Index::read(definition).unwrap()
    }

    #[test]
    fn each_kind_of_replacement_is_told_by_its_definition() {
        let check = |old: &str, new: &str, expected: &str| {
            assert_eq!(mechanism(&index(old), Some(&index(new)), false), expected, "{old} -> {new}");
        };
        check("CREATE INDEX a ON t (x, y DESC)", "CREATE INDEX b ON t (y, x)", "wrong-column-order");
        check(
            "CREATE INDEX a ON t (x) WHERE s = 'a'",
            "CREATE INDEX b ON t (x) WHERE s = 'o'",
            "predicate-mismatch",
        );
        check("CREATE INDEX a ON t (lower(x))", "CREATE INDEX b ON t (x)", "expression-mismatch");
        check(
            "CREATE INDEX a ON t (lower(x) text_pattern_ops)",
            "CREATE INDEX b ON t (lower(x))",
            "opclass-mismatch",
        );
        check("CREATE INDEX a ON t (x)", "CREATE INDEX b ON t (x COLLATE \"C\")", "collation-mismatch");
        check(
            "CREATE INDEX a ON t (x DESC NULLS LAST)",
            "CREATE INDEX b ON t (x DESC)",
            "sort-order-mismatch",
        );
        check("CREATE INDEX a ON t (x)", "CREATE INDEX b ON t USING brin (x)", "wrong-access-method");
        assert_eq!(mechanism(&index("CREATE INDEX a ON t (x)"), None, false), "index-dropped");
    }

    #[test]
    fn an_index_serves_a_condition_on_its_first_key_or_its_very_order() {
        let serves = |definition: &str, query: &str| serves(&index(definition), query);
        assert!(serves(
            "CREATE INDEX a ON orders (customer_id, created_at)",
            "SELECT id FROM orders WHERE customer_id = $1"
        ));
        assert!(!serves(
            "CREATE INDEX a ON orders (created_at, customer_id)",
            "SELECT id FROM orders WHERE customer_id = $1"
        ));
        assert!(serves(
            "CREATE INDEX a ON customers (lower(email))",
            "SELECT id FROM customers WHERE lower(email) = $1"
        ));
        assert!(!serves(
            "CREATE INDEX a ON orders (created_at)",
            "SELECT id FROM orders ORDER BY created_at DESC NULLS LAST LIMIT 12"
        ));
        assert!(serves(
            "CREATE INDEX a ON orders (created_at DESC NULLS LAST)",
            "SELECT id FROM orders ORDER BY created_at DESC NULLS LAST LIMIT 12"
        ));
        assert!(serves(
            "CREATE INDEX a ON order_items (order_id)",
            "SELECT o.id FROM orders o JOIN order_items oi ON oi.order_id = o.id WHERE o.id = $1"
        ));
        assert!(!serves(
            "CREATE INDEX a ON carts (session_id) WHERE status = 'open'",
            "SELECT id FROM carts WHERE session_id = $1 AND status = 'active'"
        ));
    }

    #[test]
    fn parameters_get_values_of_their_columns_types() {
        let describe = [
            "   Column   |  Type  | Collation",
            " session_id | uuid   |",
            " updated_at | timestamp with time zone |",
        ];
        let tables = BTreeMap::from([("carts".to_owned(), Table::read(&describe))]);
        assert_eq!(
            with_values("SELECT 1 FROM carts WHERE session_id = $1 AND updated_at > $2", &tables),
            "SELECT 1 FROM carts WHERE session_id = '4f9a3c10-77aa-4b1e-9d21-0c5d8e7f6a5b' AND updated_at > '2024-06-04 12:00:00+00'"
        );
    }

    #[test]
    fn figures_are_read_where_they_stand() {
        assert_eq!(
            cost(&["        QUERY PLAN", " Seq Scan on orders  (cost=0.00..1234.50 rows=1 width=8)"]),
            Some(1234.5)
        );
        assert_eq!(bad_pages(&["Errors:     1.0 %", "Bad pages:  87.5 %"]), Some(87.5));
        assert_eq!(counted("12|SELECT 1"), Some((12, "SELECT 1")));
        let status = [
            "Database: cpu 99 %",
            "pg-1  degraded  96/400 active, cpu 100%",
            "pg-2  healthy  3/150 active, cpu 4%",
        ];
        assert_eq!(busiest_database(&status), Some("pg-1".to_owned()));
    }
}
