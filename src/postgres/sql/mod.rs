//! From SQL text to a bound query: `sqlparser` parses, [`bind`] looks up names and types in the catalog.
//!
//! The console's own `SELECT`s over catalog views run on another engine (`postgres::query`) and don't come through here:
//! this is the way of statements on the database's own tables, whose rows are never read but whose plans are made.

mod adapt;
mod binder;
mod casts;
mod concurrently;
mod constants;
mod deparse;
mod evaluate;
mod expr;
mod functions;
mod identifier;
mod operators;
mod query;
mod walk;

pub(crate) use adapt::COLLATE_OPERATOR;
pub use binder::{bind, bind_table_expression, data_type, identifier, name_parts};
pub(crate) use casts::convert_constant;
pub use concurrently::drops_concurrently;
pub use constants::{format_datum, parse_datum};
pub use deparse::{DeparseContext, deparse, quote_literal};
pub use evaluate::StatementTime;
pub(crate) use evaluate::{estimated, operator_value};
pub use expr::{Aggregate, BoolTestKind, ColumnRef, Expr, SubLink, SubLinkKind, WindowCall};
pub use functions::{AggregateInfo, FunctionInfo, ResultType, StateSize, Volatility, WindowFunctionInfo};
pub use identifier::quote_identifier;
pub(crate) use operators::same_family;
pub use operators::{Operator, OperatorKind};
pub use query::{
    Command, CommonTable, Distinct, Frame, FrameBound, FrameMode, FromItem, GroupClause, JoinKind,
    LockStrength, LockWait, Query, RelId, Relation, RelationKind, RowLock, SetOperation, SortKey, Target,
    Window,
};

use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Tokenizer;

use super::error::{SqlError, SqlState};

/// Parses a text into statements, with PostgreSQL's wording of syntax errors.
pub fn parse(text: &str) -> Result<Vec<ast::Statement>, SqlError> {
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, text).tokenize_with_location();
    let tokens = tokens.map_err(|e| syntax_error(text, &e.to_string()))?;
    let mut parser =
        Parser::new(&dialect).with_tokens_with_locations(concurrently::moved(adapt::adapted(tokens)));
    parser.parse_statements().map_err(|e| syntax_error(text, &e.to_string()))
}

/// What a statement does, as its first word, and the table that it does it to when that is one alone: what OpenTelemetry's
/// conventions call `db.operation.name` and `db.collection.name`.
pub fn operation_and_table(text: &str) -> (String, Option<String>) {
    let operation = text.split_whitespace().next().unwrap_or_default().to_uppercase();
    let mut tables: Vec<String> = Vec::new();
    if let Ok(statement) = parse_one(text) {
        let _ = ast::visit_relations(&statement, |name| {
            tables.extend(name_parts(name).pop());
            std::ops::ControlFlow::<()>::Continue(())
        });
    }
    tables.dedup();
    let single = tables.len() == 1;
    (operation, tables.pop().filter(|_| single))
}

/// Parses a text that must hold exactly one statement.
pub fn parse_one(text: &str) -> Result<ast::Statement, SqlError> {
    let mut statements = parse(text)?;
    match statements.len() {
        1 => Ok(statements.remove(0)),
        0 => Err(SqlError::new(SqlState::SYNTAX_ERROR, "syntax error at end of input")),
        _ => Err(SqlError::new(
            SqlState::SYNTAX_ERROR,
            "cannot insert multiple commands into a prepared statement",
        )),
    }
}

/// `sqlparser` says "… Expected: X, found: TOKEN at Line: 1, Column: 7"; PostgreSQL says `syntax error at or near "TOKEN"`.
fn syntax_error(text: &str, message: &str) -> SqlError {
    let found = message.split("found: ").nth(1);
    let token = found.map(|f| f.split(" at Line").next().unwrap_or(f).trim());
    let position = location(message).and_then(|(line, column)| character_position(text, line, column));
    match token {
        Some("EOF") => SqlError::new(SqlState::SYNTAX_ERROR, "syntax error at end of input")
            .at(Some(text.chars().count() as u32 + 1)),
        Some(token) => {
            SqlError::new(SqlState::SYNTAX_ERROR, format!("syntax error at or near \"{token}\"")).at(position)
        }
        None => SqlError::new(SqlState::SYNTAX_ERROR, format!("syntax error: {message}")).at(position),
    }
}

/// The "Line: l, Column: c" at the end of a parser message.
fn location(message: &str) -> Option<(usize, usize)> {
    let rest = message.rsplit("Line: ").next()?;
    let (line, column) = rest.split_once(", Column: ")?;
    let digits: String = column.chars().take_while(char::is_ascii_digit).collect();
    Some((line.trim().parse().ok()?, digits.parse().ok()?))
}

/// The one-based character position of a one-based line and column.
pub(crate) fn character_position(text: &str, line: usize, column: usize) -> Option<u32> {
    let before: usize = text.split('\n').take(line.checked_sub(1)?).map(|l| l.chars().count() + 1).sum();
    Some((before + column) as u32)
}
