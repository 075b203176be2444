//! Loading a database from `schema.sql`, `statistics.sql` and, where known, physical sizes.
//!
//! Statements are parsed one by one, so that a bad one is named with its line and the rest still loads into the diagnosis.

use std::sync::Arc;

use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::{Catalog, ColumnStatistics, ElementStatistics, KeySource, Oid};
use crate::postgres::datum::Datum;
use crate::postgres::error::SqlError;
use crate::postgres::sql::{parse, parse_datum};
use crate::postgres::types::TypeId;

/// A problem in one of the loaded files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlProblem {
    /// Which text: `schema`, `statistics` or `sizes`.
    pub source: &'static str,
    /// One-based line.
    pub line: u32,
    /// One-based column.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

impl Catalog {
    /// Loads `schema` (CREATE TABLE, CREATE INDEX, ALTER TABLE … as `pg_dump --schema-only` writes; statements of other kinds
    /// are passed over), `statistics` (`pg_restore_relation_stats` and `pg_restore_attribute_stats` calls as
    /// `pg_dump --statistics-only` writes), and `sizes` (tab-separated `relation`, `blocks`, `btree_root_level`, one header line).
    /// A relation without a stated size is as large as its statistics say.
    pub fn load(schema: &str, statistics: &str, sizes: Option<&str>) -> Result<Catalog, Vec<SqlProblem>> {
        let mut catalog = Catalog::new("postgres");
        let mut problems = catalog.load_schema(schema);
        problems.extend(catalog.load_statistics(statistics));
        if let Some(sizes) = sizes {
            problems.extend(catalog.load_sizes(sizes));
        }
        if problems.is_empty() { Ok(catalog) } else { Err(problems) }
    }

    /// Applies every statement of a schema file.
    pub fn load_schema(&mut self, text: &str) -> Vec<SqlProblem> {
        let mut problems = Vec::new();
        for (line, statement) in statements(text) {
            let problem = |error: SqlError| located("schema", line, &statement, &error);
            match parse(&statement) {
                Ok(parsed) => {
                    for one in parsed.iter().filter(|s| is_definition(s)) {
                        problems.extend(self.apply_ddl(one).err().map(problem));
                    }
                }
                Err(error) if looks_relevant(&statement) => problems.push(problem(error)),
                Err(_) => {}
            }
        }
        problems
    }

    /// Applies the restore calls of a statistics file.
    pub fn load_statistics(&mut self, text: &str) -> Vec<SqlProblem> {
        let mut problems = Vec::new();
        for call in restore_calls(text) {
            if let Err(message) = self.restore(&call) {
                problems.push(SqlProblem { source: "statistics", line: call.line, column: 1, message });
            }
        }
        self.touch();
        problems
    }

    fn load_sizes(&mut self, text: &str) -> Vec<SqlProblem> {
        let mut problems = Vec::new();
        for (number, line) in text.lines().enumerate().skip(1).filter(|(_, l)| !l.trim().is_empty()) {
            let mut fields = line.split('\t');
            let name = fields.next().unwrap_or_default();
            let blocks = fields.next().and_then(|b| b.trim().parse().ok());
            let level = fields.next().and_then(|l| l.trim().parse().ok()).unwrap_or(0);
            let problem = match blocks {
                Some(blocks) if self.set_size(name, blocks, level) => None,
                Some(_) => Some(format!("relation \"{name}\" does not exist")),
                None => Some("expected: relation, blocks, btree_root_level".to_owned()),
            };
            let line = number as u32 + 1;
            problems.extend(problem.map(|message| SqlProblem { source: "sizes", line, column: 1, message }));
        }
        problems
    }

    /// Sets a relation's physical size; false if there is none of that name.
    pub fn set_size(&mut self, name: &str, blocks: u64, tree_level: u32) -> bool {
        let size = super::RelationSize { blocks, tree_level };
        self.touch();
        match self.relation_oid(name) {
            Some(RelationOid::Table(oid)) => self.tables.get_mut(&oid).map(|t| t.size = size).is_some(),
            Some(RelationOid::Index(oid)) => self.indexes.get_mut(&oid).map(|i| i.size = size).is_some(),
            None => false,
        }
    }

    fn relation_oid(&self, name: &str) -> Option<RelationOid> {
        let table = self.table_by_name(name).map(|t| RelationOid::Table(t.oid));
        table.or_else(|| self.index_by_name(name).map(|i| RelationOid::Index(i.oid)))
    }

    fn restore(&mut self, call: &RestoreCall) -> Result<(), String> {
        let name = call.text("relname").ok_or("relname is missing")?;
        let relation =
            self.relation_oid(name).ok_or_else(|| format!("relation \"{name}\" does not exist"))?;
        if call.attribute {
            return self.restore_attribute(relation, call);
        }
        let number = |key: &str| call.text(key).and_then(|t| t.parse::<f64>().ok());
        let statistics = match relation {
            RelationOid::Table(oid) => self.tables.get_mut(&oid).map(|t| (&mut t.statistics, &mut t.size)),
            RelationOid::Index(oid) => self.indexes.get_mut(&oid).map(|i| (&mut i.statistics, &mut i.size)),
        };
        let Some((statistics, size)) = statistics else { return Ok(()) };
        statistics.pages = number("relpages").unwrap_or(statistics.pages);
        statistics.tuples = number("reltuples").map_or(statistics.tuples, as_real);
        statistics.all_visible = number("relallvisible").unwrap_or(statistics.all_visible);
        statistics.all_frozen = number("relallfrozen").unwrap_or(statistics.all_frozen);
        size.blocks = statistics.pages as u64;
        if let RelationOid::Index(oid) = relation {
            self.guess_tree_level(oid);
        }
        Ok(())
    }

    fn restore_attribute(&mut self, relation: RelationOid, call: &RestoreCall) -> Result<(), String> {
        match relation {
            RelationOid::Table(oid) => {
                let table = self.tables.get_mut(&oid).ok_or("no such table")?;
                let by_number = call.text("attnum").and_then(|n| n.parse::<usize>().ok());
                let column = match (call.text("attname"), by_number) {
                    (Some(name), _) => table.columns.iter_mut().find(|c| c.name == name && !c.dropped),
                    (None, Some(number)) => table.columns.get_mut(number.wrapping_sub(1)),
                    (None, None) => None,
                };
                let column = column.ok_or_else(|| {
                    format!("column \"{}\" does not exist", call.text("attname").unwrap_or("?"))
                })?;
                column.statistics = Some(Arc::new(call.column_statistics(column.type_id)?));
            }
            RelationOid::Index(oid) => {
                let index = self.indexes.get_mut(&oid).ok_or("no such index")?;
                let number = call.text("attnum").and_then(|n| n.parse::<usize>().ok()).unwrap_or(1);
                let key = index.keys.get_mut(number.wrapping_sub(1)).ok_or("no such index column")?;
                if matches!(key.source, KeySource::Expression(_)) {
                    key.statistics = Some(Arc::new(call.column_statistics(key.type_id)?));
                }
            }
        }
        Ok(())
    }
}

enum RelationOid {
    Table(Oid),
    Index(Oid),
}

/// `real` as the double it converts to.
fn as_real(value: f64) -> f64 {
    f64::from(value as f32)
}

/// One restore call: its arguments by name.
struct RestoreCall {
    line: u32,
    attribute: bool,
    arguments: Vec<(String, String)>,
}

impl RestoreCall {
    fn text(&self, key: &str) -> Option<&str> {
        self.arguments.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    fn real(&self, key: &str) -> Option<f64> {
        self.text(key)?.parse::<f64>().ok().map(as_real)
    }

    fn datums(&self, key: &str, type_id: TypeId) -> Result<Vec<Datum>, String> {
        let Some(text) = self.text(key) else { return Ok(Vec::new()) };
        let array = type_id.array().ok_or_else(|| format!("{key}: type {type_id} has no arrays"))?;
        match parse_datum(text, array).map_err(|e| format!("{key}: {}", e.message))? {
            Datum::Array(items) => Ok(items.to_vec()),
            _ => Ok(Vec::new()),
        }
    }

    fn frequencies(&self, key: &str) -> Result<Vec<f64>, String> {
        Ok(self.datums(key, TypeId::FLOAT4)?.iter().filter_map(Datum::as_f64).collect())
    }

    fn column_statistics(&self, type_id: TypeId) -> Result<ColumnStatistics, String> {
        let values = self.datums("most_common_vals", type_id)?;
        let frequencies = self.frequencies("most_common_freqs")?;
        let element_type = type_id.element().unwrap_or(TypeId::TEXT);
        let elements = self.datums("most_common_elems", element_type)?;
        let element_frequencies = self.frequencies("most_common_elem_freqs")?;
        let count = elements.len();
        let elements = (!elements.is_empty()).then(|| ElementStatistics {
            most_common: elements.into_iter().zip(element_frequencies.iter().copied()).collect(),
            min_frequency: element_frequencies.get(count).copied().unwrap_or(0.0),
            max_frequency: element_frequencies.get(count + 1).copied().unwrap_or(1.0),
        });
        Ok(ColumnStatistics {
            null_fraction: self.real("null_frac").unwrap_or(0.0),
            width: self.text("avg_width").and_then(|w| w.parse().ok()).unwrap_or(0),
            distinct: self.real("n_distinct").unwrap_or(0.0),
            most_common: values.into_iter().zip(frequencies).collect(),
            histogram: self.datums("histogram_bounds", type_id)?,
            correlation: self.real("correlation"),
            elements,
        })
    }
}

/// Statements with the line each starts on, split at semicolons outside quotes.
fn statements(text: &str) -> Vec<(u32, String)> {
    let mut out = Vec::new();
    let Ok(tokens) =
        Tokenizer::new(&PostgreSqlDialect {}, text).with_unescape(false).tokenize_with_location()
    else {
        return vec![(1, text.to_owned())];
    };
    let mut current = String::new();
    let mut first_line = None;
    for token in tokens {
        match &token.token {
            Token::SemiColon => {
                if let Some(line) = first_line.take() {
                    out.push((line, std::mem::take(&mut current)));
                }
                current.clear();
            }
            Token::EOF => {}
            Token::Whitespace(_) if first_line.is_none() => {}
            other => {
                first_line.get_or_insert(token.span.start.line as u32);
                current.push_str(&other.to_string());
            }
        }
    }
    out.extend(first_line.map(|line| (line, current)));
    out
}

fn is_definition(statement: &ast::Statement) -> bool {
    matches!(
        statement,
        ast::Statement::CreateTable(_)
            | ast::Statement::CreateIndex(_)
            | ast::Statement::AlterTable(_)
            | ast::Statement::Drop { .. }
            | ast::Statement::Comment { .. }
    )
}

/// A statement that must parse: the others (functions, owners, settings…) may be in any dialect.
fn looks_relevant(statement: &str) -> bool {
    let upper: String = statement.chars().take(60).collect::<String>().to_ascii_uppercase();
    (upper.starts_with("CREATE TABLE")
        || upper.starts_with("CREATE INDEX")
        || upper.starts_with("CREATE UNIQUE INDEX"))
        || (upper.starts_with("ALTER TABLE") && statement.to_ascii_uppercase().contains("ADD CONSTRAINT"))
}

fn located(source: &'static str, first_line: u32, statement: &str, error: &SqlError) -> SqlProblem {
    let before: String = statement.chars().take(error.position.unwrap_or(1) as usize - 1).collect();
    let line = first_line + before.matches('\n').count() as u32;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) as u32 + 1;
    SqlProblem { source, line, column, message: error.message.clone() }
}

/// Finds every `pg_restore_…_stats(…)` call and reads its arguments. Hand-written because these files are long lists of numbers.
fn restore_calls(text: &str) -> Vec<RestoreCall> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut line = 1;
    while let Some(found) = text[at..].find("pg_restore_") {
        let start = at + found;
        line += text[at..start].matches('\n').count() as u32;
        let attribute = text[start..].starts_with("pg_restore_attribute_stats");
        let Some(open) = text[start..].find('(') else { break };
        let (arguments, end) = arguments(&text[start + open + 1..]);
        out.push(RestoreCall { line, attribute, arguments });
        at = start + open + 1 + end;
        line += text[start..at].matches('\n').count() as u32;
    }
    out
}

/// `'key', value::type, …` up to the closing parenthesis, with the length read.
fn arguments(text: &str) -> (Vec<(String, String)>, usize) {
    let bytes = text.as_bytes();
    let mut items = Vec::new();
    let mut i = 0;
    while i < bytes.len() && bytes[i] != b')' {
        match bytes[i] {
            b'\'' => {
                let (item, length) = quoted(&text[i..]);
                items.push(item);
                i += length;
            }
            b':' => {
                // A cast: skipped up to the next separator, brackets included.
                while i < bytes.len() && bytes[i] != b',' && bytes[i] != b')' {
                    i += 1;
                }
            }
            c if c.is_ascii_alphanumeric() || c == b'-' || c == b'.' => {
                let end = text[i..].find([',', ':', ')', ' ', '\n']).map_or(text.len(), |e| i + e);
                let word = &text[i..end];
                // E'…' strings carry their escapes in the value.
                if word.starts_with("E'") {
                    let (item, length) = quoted(&text[i + 1..]);
                    items.push(item.replace("\\\\", "\\"));
                    i += length + 1;
                } else {
                    items.push(word.to_owned());
                    i = end;
                }
            }
            _ => i += 1,
        }
    }
    let mut pairs = Vec::with_capacity(items.len() / 2);
    let mut iter = items.into_iter();
    while let (Some(key), Some(value)) = (iter.next(), iter.next()) {
        pairs.push((key, value));
    }
    (pairs, i)
}

/// A single-quoted string at the start of a text: its value, and the length with quotes.
fn quoted(text: &str) -> (String, usize) {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut from = 1;
    let mut i = 1;
    while i < bytes.len() {
        if bytes[i] == b'\'' {
            out.push_str(&text[from..i]);
            if bytes.get(i + 1) != Some(&b'\'') {
                return (out, i + 1);
            }
            out.push('\'');
            i += 2;
            from = i;
        } else {
            i += 1;
        }
    }
    (out, text.len())
}
