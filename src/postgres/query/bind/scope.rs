//! What names mean: the FROM items of each query level, and the WITH queries in reach.

use std::sync::Arc;

use sqlparser::ast::Ident;

use super::{Binder, Bound};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::expr::Expr;
use crate::postgres::query::plan::OutColumn;
use crate::postgres::query::types::{self as t, Typed};

/// Edits within which a misspelt column is guessed (`MAX_FUZZY_DISTANCE` of `parse_relation.c`).
const MAX_FUZZY_DISTANCE: usize = 3;

/// A query level's names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) relations: Vec<Relation>,
    /// What unqualified names and `*` mean, in `*`'s order.
    pub(crate) visible: Vec<Visible>,
    pub(crate) width: usize,
    /// FROM items before this one can't be seen from here (a join's ON sees only its two sides).
    pub(crate) first_visible: usize,
    /// A derived table that isn't LATERAL is being bound: nothing of this level is in reach.
    pub(crate) hidden: bool,
}

/// A FROM item.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
    pub(crate) columns: Vec<OutColumn>,
    pub(crate) offset: usize,
    /// Its columns that make a primary key: grouping by them determines the others.
    pub(crate) key: Vec<usize>,
    /// A function with one scalar column: the alias alone names the column.
    pub(crate) scalar: bool,
}

/// A column as unqualified names see it.
#[derive(Clone, Debug)]
pub(crate) struct Visible {
    pub(crate) name: Arc<str>,
    pub(crate) relation: usize,
    pub(crate) expr: Expr,
    pub(crate) ty: Typed,
}

/// A WITH query in reach.
#[derive(Clone, Debug)]
pub(crate) struct CteEntry {
    pub(crate) name: String,
    pub(crate) columns: Vec<OutColumn>,
    /// Being defined: a reference reads the working table.
    pub(crate) recursive_now: bool,
    /// Number of scopes at its definition.
    pub(crate) scopes: usize,
}

/// A name folded as PostgreSQL folds it: lower case unless quoted.
pub(crate) fn fold(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

impl Binder<'_> {
    /// An unqualified column.
    pub(super) fn column(&mut self, ident: &Ident) -> Result<Bound, SqlError> {
        let name = fold(ident);
        let position = self.at(ident.span);
        for (depth, at) in (0..self.scopes.len()).rev().enumerate() {
            let scope = &self.scopes[at];
            if scope.hidden {
                continue;
            }
            let matches =
                |visible: &&Visible| *visible.name == *name && visible.relation >= scope.first_visible;
            let mut found = scope.visible.iter().filter(matches);
            if let Some(visible) = found.next() {
                if found.next().is_some() {
                    return Err(errors::ambiguous_column(&name).at(position));
                }
                let (expr, ty) = (deepen(visible.expr.clone(), depth), visible.ty);
                return Ok(self.reached(at, expr, ty, position));
            }
            if let Some(relation) = scope.relations.iter().find(|relation| relation.name == name) {
                let (expr, ty) = whole_row(relation, depth);
                return Ok(self.reached(at, expr, ty, position));
            }
        }
        if matches!(name.as_str(), "current_schema" | "system_user") && ident.quote_style.is_none() {
            return self.call_named(&name, Vec::new(), position);
        }
        Err(self.no_column(&name, None, position))
    }

    /// `table.column`.
    pub(super) fn qualified_column(
        &mut self,
        schema: Option<&str>,
        table: &Ident,
        ident: &Ident,
    ) -> Result<Bound, SqlError> {
        let (table_name, name) = (fold(table), fold(ident));
        let position = self.at(table.span);
        let Some((at, depth, relation)) = self.relation(schema, &table_name) else {
            return Err(self.no_relation(&table_name).at(position));
        };
        let Some(column) = relation.columns.iter().position(|column| *column.name == *name) else {
            return Err(self.no_column(&name, Some(&table_name), position));
        };
        let (index, ty) = (relation.offset + column, relation.columns[column].ty);
        Ok(self.reached(at, Expr::Column { depth, index }, ty, position))
    }

    /// A FROM item by name: its scope, how far out that is, and the item.
    pub(super) fn relation(&self, schema: Option<&str>, name: &str) -> Option<(usize, usize, Relation)> {
        for (depth, at) in (0..self.scopes.len()).rev().enumerate() {
            let scope = &self.scopes[at];
            if scope.hidden {
                continue;
            }
            let named = |relation: &&Relation| {
                relation.name == name && (schema.is_none() || relation.schema.as_deref() == schema)
            };
            if let Some(relation) = scope.relations.iter().skip(scope.first_visible).find(named) {
                return Some((at, depth, relation.clone()));
            }
        }
        None
    }

    fn reached(&mut self, scope: usize, expr: Expr, ty: Typed, position: Option<u32>) -> Bound {
        self.lowest_scope = self.lowest_scope.min(scope);
        if let Expr::Column { index, .. } = &expr {
            self.references.push((scope, *index, position));
        }
        Bound { expr, ty, position, c_collation: false }
    }

    fn no_relation(&self, name: &str) -> SqlError {
        let hidden =
            self.scopes.iter().flat_map(|scope| &scope.relations).any(|relation| relation.name == name);
        if hidden {
            return errors::new(
                crate::postgres::error::SqlState::UNDEFINED_TABLE,
                format!("invalid reference to FROM-clause entry for table \"{name}\""),
            )
            .detail(format!(
                "There is an entry for table \"{name}\", but it cannot be referenced from this part of the query."
            ));
        }
        let by_real_name =
            |relation: &&Relation| relation.schema.as_deref().is_some_and(|schema| schema == name);
        match self.scopes.iter().rev().flat_map(|scope| &scope.relations).find(by_real_name) {
            Some(relation) => errors::missing_from(name)
                .hint(format!("Perhaps you meant the table alias \"{}\".", relation.name)),
            None => errors::missing_from(name),
        }
    }

    fn no_column(&self, name: &str, table: Option<&str>, position: Option<u32>) -> SqlError {
        let shown = table.map_or(format!("\"{name}\""), |table| format!("{table}.{name}"));
        let error = errors::undefined_column(&shown).at(position);
        match self.nearest_columns(name, table).as_slice() {
            [] => error,
            [one] => error.hint(format!("Perhaps you meant to reference the column \"{one}\".")),
            [one, two, ..] => error.hint(format!(
                "Perhaps you meant to reference the column \"{one}\" or the column \"{two}\"."
            )),
        }
    }

    /// Up to two columns of the smallest edit distance, none when more than half the name is off, or when three are as near
    /// (`searchRangeTableForCol`, `updateFuzzyAttrMatchState`).
    fn nearest_columns(&self, name: &str, table: Option<&str>) -> Vec<String> {
        let mut best = MAX_FUZZY_DISTANCE + 1;
        let mut found: Vec<String> = Vec::new();
        for relation in self.scopes.iter().rev().flat_map(|scope| &scope.relations) {
            let penalty = match table {
                Some(table) => strsim::levenshtein(table, &relation.name),
                None => 0,
            };
            for column in &relation.columns {
                let distance = penalty + strsim::levenshtein(name, &column.name);
                if distance > name.chars().count() / 2 || distance > best {
                    continue;
                }
                let full = format!("{}.{}", relation.name, column.name);
                if distance < best {
                    best = distance;
                    found = vec![full];
                } else if found.len() == 1 {
                    found.push(full);
                } else {
                    found.clear();
                }
            }
        }
        found
    }

    /// `*`, or `table.*`.
    pub(super) fn star(
        &mut self,
        table: Option<(&str, Option<u32>)>,
    ) -> Result<Vec<(Arc<str>, Bound)>, SqlError> {
        if let Some((name, position)) = table {
            let Some((at, depth, relation)) = self.relation(None, name) else {
                return Err(self.no_relation(name).at(position));
            };
            let columns = relation.columns.iter().enumerate().map(|(index, column)| {
                let expr = Expr::Column { depth, index: relation.offset + index };
                (column.name.clone(), Bound { expr, ty: column.ty, position, c_collation: false })
            });
            self.lowest_scope = self.lowest_scope.min(at);
            return Ok(columns.collect());
        }
        let at = self.scopes.len() - 1;
        self.lowest_scope = self.lowest_scope.min(at);
        let visible = self.scopes[at].visible.iter();
        Ok(visible
            .map(|v| {
                (v.name.clone(), Bound { expr: v.expr.clone(), ty: v.ty, position: None, c_collation: false })
            })
            .collect())
    }

    /// The WITH query of a name: how many WITH lists out, and its place there.
    pub(super) fn find_cte(&self, name: &str) -> Option<(usize, usize, &CteEntry)> {
        self.ctes.iter().rev().enumerate().find_map(|(level, list)| {
            list.iter().position(|entry| entry.name == name).map(|index| (level, index, &list[index]))
        })
    }
}

/// The same expression seen from `depth` levels further in.
fn deepen(mut expr: Expr, depth: usize) -> Expr {
    use crate::postgres::query::walk::{self, Walk};
    if depth > 0 {
        let walked = walk::expr(&mut expr, 0, &mut |e, below| {
            if let Expr::Column { depth: up, .. } = e
                && *up >= below
            {
                *up += depth;
            }
            Ok(Walk::Into)
        });
        debug_assert!(walked.is_ok(), "the visitor above never fails");
    }
    expr
}

fn whole_row(relation: &Relation, depth: usize) -> (Expr, Typed) {
    if relation.scalar {
        return (Expr::Column { depth, index: relation.offset }, relation.columns[0].ty);
    }
    let fields = relation.columns.iter().map(|column| (column.name.clone(), column.ty.oid)).collect();
    let items =
        (0..relation.columns.len()).map(|index| Expr::Column { depth, index: relation.offset + index });
    (Expr::Row { fields, items: items.collect() }, Typed::plain(t::RECORD))
}
