//! The bind pass: names become columns, overloads are chosen, every expression gets its type. What PostgreSQL's parse
//! analysis does (`src/backend/parser/analyze.c`), over `sqlparser`'s syntax tree.

mod calls;
mod coercion;
mod comparisons;
mod expressions;
mod from;
mod group;
mod join;
mod operators;
mod scope;
mod select;
mod windows;

pub(crate) use expressions::record;

use sqlparser::ast::{self, Spanned};
use sqlparser::tokenizer::{Location, Span};

use super::Context;
use super::expr::Expr;
use super::plan::Query;
use super::types::{self as t, Typed};
use super::value::Value;
use crate::postgres::error::SqlError;
use scope::{CteEntry, Scope};

/// Subqueries, expressions and views may nest so deep.
const MAX_DEPTH: usize = 120;

/// A bound expression with its type, and where it stands in the statement.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) expr: Expr,
    pub(crate) ty: Typed,
    /// One-based character position.
    pub(crate) position: Option<u32>,
    /// COLLATE "C" was asked for.
    pub(crate) c_collation: bool,
}

impl Bound {
    fn new(expr: Expr, oid: u32, position: Option<u32>) -> Self {
        Self { expr, ty: Typed::plain(oid), position, c_collation: false }
    }

    fn is_unknown_literal(&self) -> bool {
        self.ty.oid == t::UNKNOWN && matches!(self.expr, Expr::Const(_))
    }
}

/// Where an expression stands: what may appear in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Targets,
    Where,
    JoinOn,
    GroupBy,
    Having,
    OrderBy,
    FromFunction,
    AggregateArgument,
    WindowArgument,
    Values,
    Limit,
}

/// The binder of one statement.
pub(crate) struct Binder<'a> {
    pub(crate) context: &'a Context<'a>,
    /// Character offset at which each line of the statement begins.
    lines: Vec<u32>,
    scopes: Vec<Scope>,
    ctes: Vec<Vec<CteEntry>>,
    place: Place,
    depth: usize,
    next_query: usize,
    /// How far out the expressions bound so far reach: the number of scopes that must stay for them to make sense.
    lowest_scope: usize,
    named_windows: Vec<Vec<ast::NamedWindowDefinition>>,
    /// Column references bound so far: scope, index in its row, position. For errors found only after grouping.
    references: Vec<(usize, usize, Option<u32>)>,
}

impl<'a> Binder<'a> {
    /// A binder for a statement's text (for error positions).
    pub(crate) fn new(context: &'a Context<'a>, sql: &str) -> Self {
        let mut lines = vec![0];
        let mut offset = 0;
        for c in sql.chars() {
            offset += 1;
            if c == '\n' {
                lines.push(offset);
            }
        }
        Self {
            context,
            lines,
            scopes: Vec::new(),
            ctes: Vec::new(),
            place: Place::Targets,
            depth: 0,
            next_query: 0,
            lowest_scope: usize::MAX,
            named_windows: Vec::new(),
            references: Vec::new(),
        }
    }

    /// Binds a whole query.
    pub(crate) fn query(&mut self, query: &ast::Query) -> Result<Query, SqlError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(super::errors::limit_exceeded("stack depth limit exceeded"));
        }
        let bound = self.query_inner(query);
        self.depth -= 1;
        bound
    }

    fn fresh_id(&mut self) -> usize {
        self.next_query += 1;
        self.next_query
    }

    fn position_of(&self, location: Location) -> Option<u32> {
        let line = usize::try_from(location.line).ok()?.checked_sub(1)?;
        let start = self.lines.get(line)?;
        Some(start + location.column as u32)
    }

    fn at(&self, span: Span) -> Option<u32> {
        if span == Span::empty() { None } else { self.position_of(span.start) }
    }

    fn position(&self, expr: &ast::Expr) -> Option<u32> {
        self.at(expr.span())
    }

    /// Binds an expression in a given place.
    fn in_place<T>(
        &mut self,
        place: Place,
        body: impl FnOnce(&mut Self) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let before = std::mem::replace(&mut self.place, place);
        let result = body(self);
        self.place = before;
        result
    }
}

/// A null constant.
fn null() -> Expr {
    Expr::Const(Value::Null)
}
