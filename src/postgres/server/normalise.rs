//! Statements as `pg_stat_statements` groups them: constants become `$1`, `$2`…

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::counters::StatementCounters;
use super::{Server, backend::QueryText};
use crate::kernel::Span;

/// `pg_stat_statements.max`
pub(crate) const MAX_STATEMENTS: usize = 5_000;

/// A statement's text with its constants replaced (`generate_normalized_query`). Utility statements stay as they are.
pub(crate) fn normalise(text: &str) -> String {
    let planned = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "MERGE", "VALUES"];
    let first = text.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
    if !planned.contains(&first.as_str()) {
        return text.to_owned();
    }
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize() else { return text.to_owned() };
    let mut number = 0;
    let mut out = String::with_capacity(text.len());
    for token in tokens {
        match token {
            Token::Number(..) | Token::SingleQuotedString(_) | Token::EscapedStringLiteral(_) => {
                number += 1;
                out.push_str(&format!("${number}"));
            }
            Token::Whitespace(_) if out.ends_with(' ') => {}
            Token::Whitespace(_) => out.push(' '),
            other => out.push_str(&other.to_string()),
        }
    }
    out.trim().to_owned()
}

impl Server {
    /// Counts a typed statement under its normalised text.
    pub(super) fn record_typed(&mut self, slot: u32, elapsed: Span, rows: u64) {
        let backend = &self.backends[slot as usize];
        let QueryText::Typed(text) = &backend.query else { return };
        let text = normalise(text);
        let role = backend.login.role.clone();
        let known = self.statements.iter().position(|s| s.query == text && s.role == role);
        let at = match known {
            Some(at) => at,
            None if self.statements.len() < MAX_STATEMENTS => {
                self.statements.push(StatementCounters::new(text, &role, self.now));
                self.statements.len() - 1
            }
            None => return,
        };
        let touched = backend.run.touched;
        let statement = &mut self.statements[at];
        statement.record(elapsed, rows);
        statement.blocks_hit += touched.hit;
        statement.blocks_read += touched.read();
    }
}
