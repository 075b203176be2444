//! The FROM clause: tables, functions, derived tables, WITH queries and joins.

use std::sync::Arc;

use sqlparser::ast::{self, JoinConstraint, JoinOperator, TableAlias, TableFactor, TableWithJoins};

use super::scope::{Relation, Visible, fold};
use super::{Binder, Bound, Place};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::expr::{Expr, SetCall};
use crate::postgres::query::plan::{Join, JoinKind, OutColumn, Source};
use crate::postgres::query::system::{RELATION_NAMES, RELATIONS, SystemRelation};
use crate::postgres::query::types::{self as t, Typed};
use crate::postgres::views;

/// Catalogs from which PUBLIC's right to read is taken back (`system_views.sql`, `pg_authid.dat`).
const SUPERUSERS_ONLY: &[&str] = &[
    "pg_authid",
    "pg_shadow",
    "pg_statistic",
    "pg_statistic_ext_data",
    "pg_user_mapping",
    "pg_subscription",
    "pg_file_settings",
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_config",
    "pg_replication_origin_status",
    "pg_largeobject",
];

impl Binder<'_> {
    /// Binds FROM into the innermost scope.
    pub(super) fn from(&mut self, items: &[TableWithJoins]) -> Result<Source, SqlError> {
        let mut source = None;
        for item in items {
            let right = self.table_with_joins(item)?;
            source = Some(match source {
                None => right,
                Some(left) => join_of(JoinKind::Inner, left, right, None, false),
            });
        }
        Ok(source.unwrap_or(Source::Nothing))
    }

    fn table_with_joins(&mut self, item: &TableWithJoins) -> Result<Source, SqlError> {
        let first = self.scope().relations.len();
        let mut left = self.factor(&item.relation)?;
        for join in &item.joins {
            left = self.join(left, first, join)?;
        }
        Ok(left)
    }

    fn scope(&mut self) -> &mut super::scope::Scope {
        self.scopes.last_mut().expect("FROM is bound with its level's scope on the stack")
    }

    fn join(&mut self, left: Source, first: usize, join: &ast::Join) -> Result<Source, SqlError> {
        use JoinOperator as J;
        let (kind, constraint) = match &join.join_operator {
            J::Join(c) | J::Inner(c) => (JoinKind::Inner, c),
            J::Left(c) | J::LeftOuter(c) => (JoinKind::Left, c),
            J::Right(c) | J::RightOuter(c) => (JoinKind::Right, c),
            J::FullOuter(c) => (JoinKind::Full, c),
            J::CrossJoin(c) => (JoinKind::Inner, c),
            other => return Err(errors::syntax(format!("syntax error at or near \"{other:?}\""))),
        };
        let visible_before = self.scope().visible.len();
        let right_first = self.scope().relations.len();
        let right = self.factor(&join.relation)?;
        let condition = match constraint {
            JoinConstraint::On(condition) => Some(self.join_condition(first, condition)?),
            JoinConstraint::Using(names) => {
                let names: Vec<String> =
                    names.iter().filter_map(|name| name.0.last()?.as_ident().map(fold)).collect();
                self.merge(kind, first, right_first, visible_before, &names)?
            }
            JoinConstraint::Natural => {
                let scope = self.scope();
                let (before, after) = scope.visible.split_at(visible_before);
                let shared =
                    before.iter().filter(|l| l.relation >= first && after.iter().any(|r| r.name == l.name));
                let names: Vec<String> = shared.map(|visible| visible.name.to_string()).collect();
                self.merge(kind, first, right_first, visible_before, &names)?
            }
            JoinConstraint::None => None,
        };
        let lateral = is_lateral(&right);
        Ok(join_of(kind, left, right, condition, lateral))
    }

    fn join_condition(&mut self, first: usize, condition: &ast::Expr) -> Result<Expr, SqlError> {
        let before = std::mem::replace(&mut self.scope().first_visible, first);
        let bound = self.in_place(Place::JoinOn, |binder| {
            let bound = binder.expr(condition)?;
            binder.boolean(bound, "JOIN/ON")
        });
        self.scope().first_visible = before;
        bound
    }

    /// USING and NATURAL: equal columns, shown once and first.
    fn merge(
        &mut self,
        kind: JoinKind,
        first: usize,
        right_first: usize,
        visible_before: usize,
        names: &[String],
    ) -> Result<Option<Expr>, SqlError> {
        let mut condition: Option<Expr> = None;
        let mut merged = Vec::new();
        for name in names {
            let scope = self.scope();
            let find = |range: &[Visible], from: usize| {
                range.iter().find(|v| *v.name == **name && v.relation >= from).cloned()
            };
            let left = find(&scope.visible[..visible_before], first);
            let right = find(&scope.visible[visible_before..], right_first);
            let (Some(left), Some(right)) = (&left, &right) else {
                let side = if left.is_none() { "left" } else { "right" };
                return Err(errors::new(
                    crate::postgres::error::SqlState::UNDEFINED_COLUMN,
                    format!("column \"{name}\" specified in USING clause does not exist in {side} table"),
                ));
            };
            let bound =
                |v: &Visible| Bound { expr: v.expr.clone(), ty: v.ty, position: None, c_collation: false };
            let equal = self.operate("=", bound(left), bound(right), None)?.expr;
            condition = Some(condition.map_or(equal.clone(), |before| before.and(equal)));
            let expr = match kind {
                JoinKind::Right => right.expr.clone(),
                JoinKind::Full => Expr::Coalesce(vec![left.expr.clone(), right.expr.clone()]),
                _ => left.expr.clone(),
            };
            merged.push(Visible { expr, ..left.clone() });
        }
        let scope = self.scope();
        let mut at = 0;
        scope.visible.retain(|visible| {
            let of_join = visible.relation >= first;
            at += 1;
            !(of_join && names.iter().any(|name| **name == *visible.name))
        });
        let start =
            scope.visible.iter().position(|visible| visible.relation >= first).unwrap_or(scope.visible.len());
        scope.visible.splice(start..start, merged);
        Ok(condition)
    }

    fn factor(&mut self, factor: &TableFactor) -> Result<Source, SqlError> {
        match factor {
            TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => self.functions(
                std::slice::from_ref(&(name, args.args.as_slice())),
                *with_ordinality,
                alias.as_ref(),
            ),
            TableFactor::Table { sample: Some(_), .. } => Err(errors::unsupported("TABLESAMPLE")),
            TableFactor::Table { name, alias, .. } => self.table(name, alias.as_ref()),
            TableFactor::Function { name, args, with_ordinality, alias, .. } => {
                self.functions(&[(name, args.as_slice())], *with_ordinality, alias.as_ref())
            }
            TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } => {
                self.unnest(array_exprs, *with_ordinality, alias.as_ref())
            }
            TableFactor::TableFunction { expr: ast::Expr::Function(call), alias } => {
                let args = match &call.args {
                    ast::FunctionArguments::List(list) => list.args.as_slice(),
                    _ => &[],
                };
                self.functions(&[(&call.name, args)], false, alias.as_ref())
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                self.derived(*lateral, subquery, alias.as_ref())
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.table_with_joins(table_with_joins)
            }
            other => Err(errors::unsupported(format!("FROM item {other}"))),
        }
    }

    fn table(&mut self, name: &ast::ObjectName, alias: Option<&TableAlias>) -> Result<Source, SqlError> {
        let parts: Vec<&ast::Ident> = name.0.iter().filter_map(|part| part.as_ident()).collect();
        let names: Vec<String> = parts.iter().map(|ident| fold(ident)).collect();
        let position = parts.first().and_then(|ident| self.at(ident.span));
        if let [only] = names.as_slice()
            && let Some((level, index, entry)) = self.find_cte(only)
        {
            let (columns, lowest) = (entry.columns.clone(), entry.recursive_now.then_some(entry.scopes));
            if let Some(lowest) = lowest {
                self.lowest_scope = self.lowest_scope.min(lowest);
            }
            let (offset, width) = self.add_relation(alias, only, None, columns, Vec::new(), position)?;
            return Ok(Source::Cte { level, index, offset, width, filter: None });
        }
        let at = self.find_relation(&names).map_err(|error| match error.sqlstate {
            crate::postgres::error::SqlState::INSUFFICIENT_PRIVILEGE => error,
            _ => error.at(position),
        })?;
        let relation: &'static SystemRelation = &RELATIONS[at];
        if let Some(sql) = views::definition(relation.schema, relation.name) {
            return self.view(relation, sql, alias, position);
        }
        let (columns, key) = (relation_columns(relation), primary_key(relation));
        let (offset, width) =
            self.add_relation(alias, relation.name, Some(relation.schema), columns, key, position)?;
        Ok(Source::Relation { relation: at, offset, width, filter: None })
    }

    fn find_relation(&self, names: &[String]) -> Result<usize, SqlError> {
        let missing = || errors::undefined_relation(&names.join("."));
        let (schema, name) = match names {
            [name] => (None, name.as_str()),
            [schema, name] => (Some(schema.as_str()), name.as_str()),
            [database, schema, name] if *database == self.context.database_name() => {
                (Some(schema.as_str()), name.as_str())
            }
            [_, _, _] => {
                let name = names.join(".");
                return Err(errors::unsupported(format!("cross-database references: \"{name}\"")));
            }
            _ => return Err(missing()),
        };
        let schemas = schema.map_or(vec!["pg_catalog", "public"], |schema| vec![schema]);
        for schema in &schemas {
            if let Some(at) = RELATION_NAMES.get(&(*schema, name)) {
                if SUPERUSERS_ONLY.contains(&name) && !self.context.is_superuser() {
                    let kind = if RELATIONS[*at].kind == 'v' { "view" } else { "table" };
                    return Err(errors::permission_denied(kind, name));
                }
                return Ok(*at);
            }
        }
        if let Some(kind) = self.context.user_relation(schema, name) {
            return Err(errors::permission_denied(kind, name));
        }
        Err(missing())
    }

    fn view(
        &mut self,
        relation: &'static SystemRelation,
        sql: &'static str,
        alias: Option<&TableAlias>,
        position: Option<u32>,
    ) -> Result<Source, SqlError> {
        let parsed = super::super::parse_query(sql)?;
        let hidden = std::mem::replace(&mut self.scope().hidden, true);
        let lines = std::mem::take(&mut self.lines);
        let ctes = std::mem::take(&mut self.ctes);
        let bound = self.query(&parsed);
        self.lines = lines;
        self.ctes = ctes;
        self.scope().hidden = hidden;
        let mut query = bound?;
        let columns = relation_columns(relation);
        for (out, declared) in query.columns.iter_mut().zip(&columns) {
            out.name = declared.name.clone();
        }
        let columns = query.columns.clone();
        let (offset, width) =
            self.add_relation(alias, relation.name, Some(relation.schema), columns, Vec::new(), position)?;
        Ok(Source::Subquery { query: Box::new(query), offset, width, filter: None })
    }

    fn derived(
        &mut self,
        lateral: bool,
        query: &ast::Query,
        alias: Option<&TableAlias>,
    ) -> Result<Source, SqlError> {
        let before = self.scope().hidden;
        self.scope().hidden = before || !lateral;
        let bound = self.query(query);
        self.scope().hidden = before;
        let query = bound?;
        let columns = query.columns.clone();
        let (offset, width) = self.add_relation(alias, "", None, columns, Vec::new(), None)?;
        Ok(Source::Subquery { query: Box::new(query), offset, width, filter: None })
    }

    fn unnest(
        &mut self,
        arrays: &[ast::Expr],
        ordinality: bool,
        alias: Option<&TableAlias>,
    ) -> Result<Source, SqlError> {
        let mut calls = Vec::new();
        for array in arrays {
            let bound = self.in_place(Place::FromFunction, |binder| binder.expr(array))?;
            calls.push(self.set_call("unnest", vec![bound])?);
        }
        self.function_source(calls, "unnest", ordinality, alias)
    }

    fn functions(
        &mut self,
        calls: &[(&ast::ObjectName, &[ast::FunctionArg])],
        ordinality: bool,
        alias: Option<&TableAlias>,
    ) -> Result<Source, SqlError> {
        let mut bound = Vec::new();
        let mut name = String::new();
        for (object, args) in calls {
            let call = self.in_place(Place::FromFunction, |binder| binder.function_in_from(object, args))?;
            name = object.0.last().and_then(|part| part.as_ident()).map(fold).unwrap_or_default();
            bound.push(call);
        }
        self.function_source(bound, &name, ordinality, alias)
    }

    fn function_source(
        &mut self,
        mut calls: Vec<SetCall>,
        name: &str,
        ordinality: bool,
        alias: Option<&TableAlias>,
    ) -> Result<Source, SqlError> {
        let typed: Vec<(String, u32)> = match alias {
            Some(alias) if alias.columns.iter().any(|column| column.data_type.is_some()) => {
                let typed = alias.columns.iter().filter_map(|c| Some((fold(&c.name), c.data_type.as_ref()?)));
                typed.map(|(name, ty)| Ok((name, t::of_ast(ty)?.oid))).collect::<Result<_, SqlError>>()?
            }
            _ => Vec::new(),
        };
        if !typed.is_empty() && calls.len() == 1 {
            calls[0].columns = typed.iter().map(|(name, oid)| (Arc::from(name.as_str()), *oid)).collect();
        }
        let mut columns: Vec<OutColumn> = calls
            .iter()
            .flat_map(|call| &call.columns)
            .map(|(name, oid)| OutColumn::new(name.clone(), Typed::plain(*oid)))
            .collect();
        let scalar = columns.len() == 1 && !ordinality;
        let single = columns.len() == 1;
        if ordinality {
            columns.push(OutColumn::new(Arc::from("ordinality"), Typed::plain(t::INT8)));
        }
        let named_column =
            calls.len() == 1 && calls[0].columns[0].0.as_ref() != name && !calls[0].function.scalar;
        if single
            && !named_column
            && let Some(alias) = alias.filter(|alias| alias.columns.is_empty())
        {
            columns[0].name = Arc::from(fold(&alias.name).as_str());
        }
        let (offset, width) = self.add_relation(alias, name, None, columns, Vec::new(), None)?;
        if let Some(relation) = self.scope().relations.last_mut() {
            relation.scalar = scalar;
        }
        Ok(Source::Functions { calls, ordinality, offset, width, filter: None })
    }

    /// Adds a FROM item to the scope under its alias; its offset and width.
    fn add_relation(
        &mut self,
        alias: Option<&TableAlias>,
        name: &str,
        schema: Option<&str>,
        mut columns: Vec<OutColumn>,
        key: Vec<usize>,
        position: Option<u32>,
    ) -> Result<(usize, usize), SqlError> {
        let shown = alias.map_or_else(|| name.to_owned(), |alias| fold(&alias.name));
        if let Some(alias) = alias {
            if alias.columns.len() > columns.len() {
                return Err(errors::column_reference(format!(
                    "table \"{shown}\" has {} columns available but {} columns specified",
                    columns.len(),
                    alias.columns.len()
                )));
            }
            for (column, renamed) in columns.iter_mut().zip(&alias.columns) {
                column.name = Arc::from(fold(&renamed.name).as_str());
            }
        }
        let scope = self.scopes.last_mut().expect("FROM is bound with its level's scope on the stack");
        if !shown.is_empty() && scope.relations.iter().any(|relation| relation.name == shown) {
            return Err(errors::duplicate_alias(&shown).at(position));
        }
        let (offset, width, relation) = (scope.width, columns.len(), scope.relations.len());
        for (at, column) in columns.iter().enumerate() {
            let expr = Expr::Column { depth: 0, index: offset + at };
            scope.visible.push(Visible { name: column.name.clone(), relation, expr, ty: column.ty });
        }
        let schema = schema.filter(|_| alias.is_none()).or(alias.map(|_| name)).map(str::to_owned);
        scope.relations.push(Relation { name: shown, schema, columns, offset, key, scalar: false });
        scope.width += width;
        Ok((offset, width))
    }
}

/// Columns of a system relation as a FROM item has them.
pub(crate) fn relation_columns(relation: &SystemRelation) -> Vec<OutColumn> {
    let column = |column: &super::super::system::SystemColumn| {
        OutColumn::new(Arc::from(column.name), Typed { oid: column.type_oid, typmod: column.typmod })
    };
    relation.columns.iter().map(column).collect()
}

fn primary_key(relation: &SystemRelation) -> Vec<usize> {
    if relation.kind != 'r' {
        return Vec::new();
    }
    relation.columns.iter().position(|column| column.name == "oid").into_iter().collect()
}

fn join_of(kind: JoinKind, left: Source, right: Source, condition: Option<Expr>, lateral: bool) -> Source {
    let lateral = lateral || is_lateral(&right);
    let ((offset, middle), (_, end)) = (left.range(), right.range());
    Source::Join(Box::new(Join {
        kind,
        left,
        right,
        lateral,
        keys: Vec::new(),
        condition,
        offset,
        middle,
        end,
    }))
}

/// Does a source read columns to its left? Functions with column arguments and LATERAL subqueries do.
fn is_lateral(source: &Source) -> bool {
    use crate::postgres::query::walk::{self, Walk};
    let mut source_copy = source.clone();
    let mut reads_level = false;
    let own = source.range();
    let mut visit = |e: &mut Expr, depth: usize| {
        if let Expr::Column { depth: up, index } = e {
            reads_level |= *up == depth && !(own.0..own.1).contains(index);
        }
        Ok(Walk::Into)
    };
    let walked = match &mut source_copy {
        Source::Functions { calls, .. } => {
            calls.iter_mut().try_for_each(|call| walk::set(call, 0, &mut visit))
        }
        Source::Subquery { query, .. } => walk::query(query, 0, &mut visit),
        Source::Join(join) => return is_lateral_join(join),
        _ => Ok(()),
    };
    debug_assert!(walked.is_ok(), "the visitor above never fails");
    reads_level
}

fn is_lateral_join(join: &Join) -> bool {
    let outside = |source: &Source| {
        use crate::postgres::query::walk::{self, Walk};
        let mut found = false;
        let mut visit = |e: &mut Expr, depth: usize| {
            if let Expr::Column { depth: up, index } = e {
                found |= *up == depth && *index < join.offset;
            }
            Ok(Walk::Into)
        };
        let walked = match &mut source.clone() {
            Source::Functions { calls, .. } => {
                calls.iter_mut().try_for_each(|call| walk::set(call, 0, &mut visit))
            }
            Source::Subquery { query, .. } => walk::query(query, 0, &mut visit),
            Source::Join(inner) => return is_lateral_join(inner),
            _ => Ok(()),
        };
        debug_assert!(walked.is_ok(), "the visitor above never fails");
        found
    };
    outside(&join.left) || outside(&join.right)
}
