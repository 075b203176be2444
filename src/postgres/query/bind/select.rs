//! Query expressions: WITH, SELECT, VALUES, set operations, ORDER BY and LIMIT.

use std::sync::Arc;

use sqlparser::ast::{self, GroupByExpr, LimitClause, OrderByKind, SelectItem, SetExpr, SetQuantifier};

use super::group::Targets;
use super::scope::{CteEntry, Scope, fold};
use super::{Binder, Bound, Place, join};
use crate::postgres::error::SqlError;
use crate::postgres::query::errors;
use crate::postgres::query::expr::Expr;
use crate::postgres::query::plan::{
    Body, Branch, Cte, CteKind, Distinct, OutColumn, Query, SetOperation, SortKey, Source,
};
use crate::postgres::query::resolve;
use crate::postgres::query::system::CastContext;
use crate::postgres::query::types::{self as t, Typed};

/// An ORDER BY item with its direction.
type Order<'q> = &'q [ast::OrderByExpr];

impl Binder<'_> {
    pub(super) fn query_inner(&mut self, query: &ast::Query) -> Result<Query, SqlError> {
        if !query.locks.is_empty() {
            return Err(errors::unsupported("FOR UPDATE and FOR SHARE"));
        }
        let scopes = self.scopes.len();
        let lowest = std::mem::replace(&mut self.lowest_scope, usize::MAX);
        let ctes = match &query.with {
            Some(with) => self.with(with)?,
            None => Vec::new(),
        };
        let order: Order<'_> = match query.order_by.as_ref().map(|order| &order.kind) {
            Some(OrderByKind::Expressions(keys)) => keys,
            Some(OrderByKind::All(_)) => return Err(errors::syntax("syntax error at or near \"ALL\"")),
            None => &[],
        };
        let mut bound = self.set_expr(&query.body, order)?;
        self.limits(query, &mut bound)?;
        if query.with.is_some() {
            self.ctes.pop();
            if bound.ctes.is_empty() {
                bound.ctes = ctes;
            } else {
                let columns = bound.columns.clone();
                let id = self.fresh_id();
                bound = plain_query(id, Body::Nested(Box::new(bound)), columns);
                bound.ctes = ctes;
            }
        }
        bound.correlated = self.lowest_scope < scopes;
        self.lowest_scope = self.lowest_scope.min(lowest);
        Ok(bound)
    }

    fn limits(&mut self, query: &ast::Query, bound: &mut Query) -> Result<(), SqlError> {
        let (limit, offset) = match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                (limit.as_ref(), offset.as_ref().map(|o| &o.value))
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => (Some(limit), Some(offset)),
            None => (None, None),
        };
        let fetch = query.fetch.as_ref();
        let limit = limit.or(fetch.and_then(|fetch| fetch.quantity.as_ref()));
        bound.with_ties = fetch.is_some_and(|fetch| fetch.with_ties);
        if limit.is_some() || offset.is_some() || fetch.is_some() {
            self.scopes.push(Scope::default());
            let one = |binder: &mut Self, expr: Option<&ast::Expr>, word: &str| match expr {
                Some(expr) => binder.limit_value(expr, word).map(Some),
                None => Ok(None),
            };
            bound.limit = one(self, limit, "LIMIT")?;
            bound.offset = one(self, offset, "OFFSET")?;
            if fetch.is_some() && bound.limit.is_none() {
                bound.limit = Some(Expr::Const(crate::postgres::query::value::Value::Int(1)));
            }
            self.scopes.pop();
        }
        Ok(())
    }

    fn limit_value(&mut self, expr: &ast::Expr, word: &str) -> Result<Expr, SqlError> {
        let bound = self.in_place(Place::Limit, |binder| binder.expr(expr))?;
        if matches!(bound.expr, Expr::Column { depth: 0, .. }) {
            return Err(errors::column_reference(format!("argument of {word} must not contain variables")));
        }
        Ok(self.coerce(bound, Typed::plain(t::INT8), CastContext::Implicit)?.expr)
    }

    fn with(&mut self, with: &ast::With) -> Result<Vec<Cte>, SqlError> {
        self.ctes.push(Vec::new());
        let mut ctes = Vec::new();
        for cte in &with.cte_tables {
            let name = fold(&cte.alias.name);
            if ctes.iter().any(|other: &Cte| other.name == name) {
                return Err(errors::duplicate_alias(&name));
            }
            let (kind, mut columns) =
                match recursive_parts(&cte.query).filter(|_| with.recursive && mentions(&cte.query, &name)) {
                    Some((left, right, all)) => self.recursive(cte, &name, left, right, all)?,
                    None => {
                        let query = self.query(&cte.query)?;
                        let columns = query.columns.clone();
                        (CteKind::Plain(Box::new(query)), columns)
                    }
                };
            rename(&mut columns, &cte.alias);
            let scopes = self.scopes.len();
            let list = self.ctes.last_mut().expect("pushed above");
            list.retain(|entry| entry.name != name);
            list.push(CteEntry { name: name.clone(), columns, recursive_now: false, scopes });
            ctes.push(Cte { name, kind });
        }
        Ok(ctes)
    }

    fn recursive(
        &mut self,
        cte: &ast::Cte,
        name: &str,
        left: &SetExpr,
        right: &SetExpr,
        all: bool,
    ) -> Result<(CteKind, Vec<OutColumn>), SqlError> {
        if cte.query.with.is_some() {
            return Err(errors::unsupported("WITH inside a recursive WITH query"));
        }
        let base = self.set_expr(left, &[])?;
        let mut columns = base.columns.clone();
        rename(&mut columns, &cte.alias);
        let scopes = self.scopes.len();
        let entry = CteEntry { name: name.to_owned(), columns: columns.clone(), recursive_now: true, scopes };
        self.ctes.last_mut().expect("inside WITH").push(entry);
        let step = self.set_expr(right, &[])?;
        self.ctes.last_mut().expect("inside WITH").pop();
        if step.columns.len() != base.columns.len() {
            return Err(errors::syntax("each UNION query must have the same number of columns"));
        }
        for (at, (base, step)) in base.columns.iter().zip(&step.columns).enumerate() {
            if base.ty.oid != step.ty.oid
                && !resolve::can_coerce(step.offered_type(), base.ty.oid, CastContext::Implicit)
            {
                return Err(errors::mismatch(format!(
                    "recursive query \"{name}\" column {} has type {} in non-recursive term but type {} overall",
                    at + 1,
                    t::name(base.ty.oid),
                    t::name(step.ty.oid)
                ))
                .hint("Cast the output of the non-recursive term to the correct type."));
            }
        }
        let types: Vec<Typed> = base.columns.iter().map(|column| column.ty).collect();
        let kind = CteKind::Recursive {
            base: Box::new(branch(base, &types)),
            step: Box::new(branch(step, &types)),
            distinct: !all,
        };
        Ok((kind, columns))
    }

    fn set_expr(&mut self, body: &SetExpr, order: Order<'_>) -> Result<Query, SqlError> {
        match body {
            SetExpr::Select(select) => self.select(select, order),
            SetExpr::Query(query) => {
                let inner = self.query(query)?;
                if order.is_empty() && inner.sort.is_empty() {
                    return Ok(inner);
                }
                let columns = inner.columns.clone();
                let id = self.fresh_id();
                let mut outer = plain_query(id, Body::Nested(Box::new(inner)), columns);
                outer.sort = self.output_order(&outer.columns, order)?;
                Ok(outer)
            }
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                self.set_operation(left, *op, *set_quantifier, right, order)
            }
            SetExpr::Values(values) => self.values(values, order),
            SetExpr::Table(table) => {
                let name = table.table_name.clone().unwrap_or_default();
                let name =
                    table.schema_name.as_ref().map_or(name.clone(), |schema| format!("{schema}.{name}"));
                let parsed = super::super::parse_query(&format!("SELECT * FROM {name}"))?;
                self.query(&parsed)
            }
            other => Err(errors::unsupported(format!("data-modifying statement in a query: {other}"))),
        }
    }

    fn set_operation(
        &mut self,
        left: &SetExpr,
        op: ast::SetOperator,
        quantifier: SetQuantifier,
        right: &SetExpr,
        order: Order<'_>,
    ) -> Result<Query, SqlError> {
        let (operation, word) = match op {
            ast::SetOperator::Union => (SetOperation::Union, "UNION"),
            ast::SetOperator::Intersect => (SetOperation::Intersect, "INTERSECT"),
            _ => (SetOperation::Except, "EXCEPT"),
        };
        let left = self.set_expr(left, &[])?;
        let right = self.set_expr(right, &[])?;
        if left.columns.len() != right.columns.len() {
            return Err(errors::syntax(format!("each {word} query must have the same number of columns")));
        }
        let mut columns = left.columns.clone();
        for (column, other) in columns.iter_mut().zip(&right.columns) {
            if column.ty != other.ty {
                let offered = [column.offered_type(), other.offered_type()];
                let common = resolve::common_type(&offered).ok_or_else(|| {
                    let (a, b) = (t::name(column.ty.oid), t::name(other.ty.oid));
                    errors::mismatch(format!("{word} types {a} and {b} cannot be matched"))
                })?;
                column.ty = Typed::plain(common);
            }
            column.literal = false;
        }
        let types: Vec<Typed> = columns.iter().map(|column| column.ty).collect();
        let body = Body::Set {
            operation,
            all: matches!(quantifier, SetQuantifier::All),
            left: Box::new(branch(left, &types)),
            right: Box::new(branch(right, &types)),
        };
        let id = self.fresh_id();
        let mut query = plain_query(id, body, columns);
        query.sort = self.output_order(&query.columns, order)?;
        Ok(query)
    }

    /// ORDER BY over a set operation: output columns by name or position only.
    fn output_order(&mut self, columns: &[OutColumn], order: Order<'_>) -> Result<Vec<SortKey>, SqlError> {
        let mut keys = Vec::new();
        for item in order {
            let column = match &item.expr {
                ast::Expr::Identifier(ident) => {
                    columns.iter().position(|column| *column.name == *fold(ident))
                }
                other => position_literal(other, columns.len(), "ORDER BY")?,
            };
            let Some(column) = column else {
                return Err(match &item.expr {
                    ast::Expr::Identifier(ident) => {
                        errors::undefined_column(&format!("\"{}\"", fold(ident))).at(self.at(ident.span))
                    }
                    _ => errors::new(
                        crate::postgres::error::SqlState::FEATURE_NOT_SUPPORTED,
                        "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                    )
                    .detail("Only result column names can be used, not expressions or functions.")
                    .hint(
                        "Add the expression/function to every SELECT, or move the UNION into a FROM clause.",
                    ),
                });
            };
            keys.push(sort_key(column, item, collates(columns[column].ty.oid))?);
        }
        Ok(keys)
    }

    fn values(&mut self, values: &ast::Values, order: Order<'_>) -> Result<Query, SqlError> {
        self.scopes.push(Scope::default());
        let mut rows: Vec<Vec<Bound>> = Vec::new();
        for row in &values.rows {
            let bound: Result<Vec<_>, _> = row
                .content
                .iter()
                .map(|item| self.in_place(Place::Values, |binder| binder.expr(item)))
                .collect();
            rows.push(bound?);
        }
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            return Err(errors::syntax("VALUES lists must all be the same length"));
        }
        let mut columns = Vec::new();
        for at in 0..width {
            let mut items: Vec<Bound> = rows.iter().map(|row| row[at].clone()).collect();
            let ty = self.unify(&mut items, "VALUES")?;
            for (row, item) in rows.iter_mut().zip(items) {
                row[at] = item;
            }
            columns.push(OutColumn::new(Arc::from(format!("column{}", at + 1).as_str()), Typed::plain(ty)));
        }
        self.scopes.pop();
        let rows = rows.into_iter().map(|row| row.into_iter().map(|bound| bound.expr).collect()).collect();
        let id = self.fresh_id();
        let mut query = plain_query(id, Body::Values(rows), columns);
        query.sort = self.output_order(&query.columns, order)?;
        Ok(query)
    }

    fn select(&mut self, select: &ast::Select, order: Order<'_>) -> Result<Query, SqlError> {
        refuse_foreign_syntax(select)?;
        self.scopes.push(Scope::default());
        self.named_windows.push(select.named_window.clone());
        let bound = self.select_in_scope(select, order);
        self.named_windows.pop();
        self.scopes.pop();
        bound
    }

    fn select_in_scope(&mut self, select: &ast::Select, order: Order<'_>) -> Result<Query, SqlError> {
        let source = self.in_place(Place::FromFunction, |binder| binder.from(&select.from))?;
        let mut targets = Targets::default();
        for item in &select.projection {
            self.target(item, &mut targets)?;
        }
        targets.visible = targets.items.len();
        let filter = match &select.selection {
            Some(condition) => Some(self.condition(condition, Place::Where, "WHERE")?),
            None => None,
        };
        let sets = self.group_by(&select.group_by, &mut targets)?;
        let having = match &select.having {
            Some(condition) => Some(self.condition(condition, Place::Having, "HAVING")?),
            None => None,
        };
        let mut on = Vec::new();
        let distinct = match &select.distinct {
            None | Some(ast::Distinct::All) => Distinct::All,
            Some(ast::Distinct::Distinct) => Distinct::Rows,
            Some(ast::Distinct::On(keys)) => {
                for key in keys {
                    on.push(self.sort_target(key, &mut targets, "SELECT DISTINCT ON")?.0);
                }
                Distinct::On(on)
            }
        };
        let sort = self.order_by(order, &mut targets, &distinct)?;
        let columns = targets.columns();
        let (source, rest) = place_conditions(source, filter);
        let width = self.scopes.last().map_or(0, |scope| scope.width);
        let select = self.assemble(source, rest, having, sets, targets, distinct, width)?;
        let id = self.fresh_id();
        let mut query = plain_query(id, Body::Select(Box::new(select)), columns);
        query.sort = sort;
        Ok(query)
    }

    fn condition(&mut self, condition: &ast::Expr, place: Place, word: &str) -> Result<Expr, SqlError> {
        self.in_place(place, |binder| {
            let bound = binder.expr(condition)?;
            binder.boolean(bound, word)
        })
    }

    fn target(&mut self, item: &SelectItem, targets: &mut Targets) -> Result<(), SqlError> {
        let (name, bound) = match item {
            SelectItem::UnnamedExpr(expr) => match self.expand_record(expr)? {
                Some(columns) => {
                    targets.items.extend(columns);
                    return Ok(());
                }
                None => (
                    Arc::from(super::calls::column_name(expr).as_str()),
                    self.in_place(Place::Targets, |b| b.expr(expr))?,
                ),
            },
            SelectItem::ExprWithAlias { expr, alias } => {
                (Arc::from(fold(alias).as_str()), self.in_place(Place::Targets, |binder| binder.expr(expr))?)
            }
            SelectItem::Wildcard(_) => {
                if self.scopes.last().is_some_and(|scope| scope.relations.is_empty()) {
                    return Err(errors::syntax("SELECT * with no tables specified is not valid"));
                }
                targets.items.extend(self.star(None)?);
                return Ok(());
            }
            SelectItem::QualifiedWildcard(ast::SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let ident = name.0.last().and_then(|part| part.as_ident());
                let (table, position) =
                    ident.map_or((String::new(), None), |ident| (fold(ident), self.at(ident.span)));
                targets.items.extend(self.star(Some((&table, position)))?);
                return Ok(());
            }
            SelectItem::QualifiedWildcard(ast::SelectItemQualifiedWildcardKind::Expr(expr), _) => {
                targets.items.extend(self.record_fields(expr)?);
                return Ok(());
            }
            SelectItem::ExprWithAliases { .. } => {
                return Err(errors::syntax("syntax error at or near \"(\""));
            }
        };
        targets.items.push((name, bound));
        Ok(())
    }

    fn group_by(
        &mut self,
        group_by: &GroupByExpr,
        targets: &mut Targets,
    ) -> Result<Option<Vec<Vec<usize>>>, SqlError> {
        let GroupByExpr::Expressions(items, modifiers) = group_by else {
            return Err(errors::syntax("syntax error at or near \"ALL\""));
        };
        if !modifiers.is_empty() {
            return Err(errors::syntax("syntax error at or near \"WITH\""));
        }
        if items.is_empty() {
            return Ok(None);
        }
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        for item in items {
            let choices = self.grouping_item(item, targets)?;
            sets = sets
                .iter()
                .flat_map(|set| choices.iter().map(|more| [set.clone(), more.clone()].concat()))
                .collect();
        }
        Ok(Some(sets))
    }

    fn grouping_item(
        &mut self,
        item: &ast::Expr,
        targets: &mut Targets,
    ) -> Result<Vec<Vec<usize>>, SqlError> {
        let mut lists = |lists: &[Vec<ast::Expr>], binder: &mut Self| -> Result<Vec<Vec<usize>>, SqlError> {
            let list = |list: &Vec<ast::Expr>, binder: &mut Self, targets: &mut Targets| {
                list.iter().map(|expr| binder.grouping_key(expr, targets)).collect::<Result<Vec<_>, _>>()
            };
            lists.iter().map(|keys| list(keys, binder, targets)).collect()
        };
        Ok(match item {
            ast::Expr::GroupingSets(sets) => lists(sets, self)?,
            ast::Expr::Rollup(items) => {
                let keys = lists(items, self)?;
                (0..=keys.len()).rev().map(|count| keys[..count].concat()).collect()
            }
            ast::Expr::Cube(items) => {
                let keys = lists(items, self)?;
                let chosen = |mask: usize| {
                    let count = keys.len();
                    let parts = keys.iter().enumerate().filter(|(at, _)| mask & (1 << (count - 1 - at)) != 0);
                    parts.flat_map(|(_, key)| key.clone()).collect()
                };
                (0..1usize << keys.len().min(12)).rev().map(chosen).collect()
            }
            ast::Expr::Tuple(items) if items.is_empty() => vec![Vec::new()],
            ast::Expr::Tuple(items) => {
                lists(&items.iter().map(|item| vec![item.clone()]).collect::<Vec<_>>(), self)?
                    .concat()
                    .into_iter()
                    .fold(vec![Vec::new()], |sets: Vec<Vec<usize>>, key| {
                        sets.into_iter()
                            .map(|mut set| {
                                set.push(key);
                                set
                            })
                            .collect()
                    })
            }
            other => vec![vec![self.grouping_key(other, targets)?]],
        })
    }

    /// A grouping expression's place among the keys: a position, an output name (input columns win), or an expression.
    fn grouping_key(&mut self, expr: &ast::Expr, targets: &mut Targets) -> Result<usize, SqlError> {
        let bound = match position_literal(expr, targets.visible, "GROUP BY")? {
            Some(at) => targets.items[at].1.clone(),
            None => match (self.in_place(Place::GroupBy, |binder| binder.expr(expr)), expr) {
                (Ok(bound), _) => bound,
                (Err(error), ast::Expr::Identifier(ident)) => {
                    let name = fold(ident);
                    let found = targets.items[..targets.visible].iter().find(|(target, _)| **target == *name);
                    found.map(|(_, bound)| bound.clone()).ok_or(error)?
                }
                (Err(error), _) => return Err(error),
            },
        };
        if crate::postgres::query::walk::contains(&bound.expr, |e| matches!(e, Expr::Aggregate(_))) {
            return Err(
                errors::grouping("aggregate functions are not allowed in GROUP BY").at(bound.position)
            );
        }
        let bound = self.known(bound)?;
        Ok(targets.key(bound))
    }

    fn order_by(
        &mut self,
        order: Order<'_>,
        targets: &mut Targets,
        distinct: &Distinct,
    ) -> Result<Vec<SortKey>, SqlError> {
        let mut keys = Vec::new();
        for item in order {
            let (column, collate) = self.sort_target(&item.expr, targets, "ORDER BY")?;
            if *distinct == Distinct::Rows && column >= targets.visible {
                return Err(errors::column_reference(
                    "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                )
                .at(self.position(&item.expr)));
            }
            keys.push(sort_key(column, item, collate)?);
        }
        if let Distinct::On(on) = distinct {
            let leading = keys.iter().take(on.len()).all(|key| on.contains(&key.column));
            if !keys.is_empty() && !leading {
                return Err(errors::column_reference(
                    "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
                ));
            }
        }
        Ok(keys)
    }

    /// A sort expression as a target: an output name or position, an equal target, or a hidden one.
    fn sort_target(
        &mut self,
        expr: &ast::Expr,
        targets: &mut Targets,
        word: &str,
    ) -> Result<(usize, bool), SqlError> {
        let at = match expr {
            ast::Expr::Identifier(ident) => {
                let name = fold(ident);
                let mut named = (0..targets.visible).filter(|at| *targets.items[*at].0 == *name);
                match (named.next(), named.next()) {
                    (Some(at), None) => Some(at),
                    (Some(at), Some(other)) if targets.items[at].1.expr == targets.items[other].1.expr => {
                        Some(at)
                    }
                    (Some(_), Some(_)) => {
                        return Err(errors::new(
                            crate::postgres::error::SqlState::AMBIGUOUS_COLUMN,
                            format!("{word} \"{name}\" is ambiguous"),
                        )
                        .at(self.at(ident.span)));
                    }
                    _ => None,
                }
            }
            other => position_literal(other, targets.visible, word)?,
        };
        let at = match at {
            Some(at) => at,
            None => {
                let bound = self.in_place(Place::OrderBy, |binder| binder.expr(expr))?;
                let bound = self.known(bound)?;
                match targets.items.iter().position(|(_, target)| {
                    target.expr == bound.expr && target.c_collation == bound.c_collation
                }) {
                    Some(at) => at,
                    None => {
                        targets.items.push((Arc::from("?column?"), bound));
                        targets.items.len() - 1
                    }
                }
            }
        };
        let target = &targets.items[at].1;
        Ok((at, collates(target.ty.oid) && !target.c_collation))
    }
}

/// Is text of this type ordered by the database's collation? (`name` is ordered by bytes.)
pub(crate) fn collates(oid: u32) -> bool {
    matches!(oid, t::TEXT | t::VARCHAR | t::BPCHAR | t::UNKNOWN | t::TEXT_ARRAY)
}

fn place_conditions(source: Source, filter: Option<Expr>) -> (Source, Option<Expr>) {
    let conjuncts = filter.map_or(Vec::new(), Expr::conjuncts);
    let (source, rest) = join::distribute(source, conjuncts);
    (source, rest.into_iter().reduce(Expr::and))
}

fn plain_query(id: usize, body: Body, columns: Vec<OutColumn>) -> Query {
    Query {
        id,
        ctes: Vec::new(),
        body,
        sort: Vec::new(),
        limit: None,
        offset: None,
        with_ties: false,
        columns,
        correlated: false,
    }
}

fn branch(query: Query, types: &[Typed]) -> Branch {
    let cast = |column: &OutColumn, ty: &Typed| (column.ty.oid != ty.oid).then_some((column.ty.oid, *ty));
    let casts = query.columns.iter().zip(types).map(|(column, ty)| cast(column, ty)).collect();
    Branch { query, casts }
}

fn rename(columns: &mut [OutColumn], alias: &ast::TableAlias) {
    for (column, renamed) in columns.iter_mut().zip(&alias.columns) {
        column.name = Arc::from(fold(&renamed.name).as_str());
    }
}

fn sort_key(column: usize, item: &ast::OrderByExpr, collate: bool) -> Result<SortKey, SqlError> {
    let descending = match &item.options.sort {
        Some(ast::OrderBySort::Desc) => true,
        Some(ast::OrderBySort::Using(operator)) => match operator.to_string().as_str() {
            ">" => true,
            "<" => false,
            other => return Err(errors::unsupported(format!("ORDER BY USING {other}"))),
        },
        _ => false,
    };
    Ok(SortKey { column, descending, nulls_first: item.options.nulls_first.unwrap_or(descending), collate })
}

/// An integer constant as a position in the select list.
fn position_literal(expr: &ast::Expr, count: usize, word: &str) -> Result<Option<usize>, SqlError> {
    let ast::Expr::Value(value) = expr else { return Ok(None) };
    match &value.value {
        ast::Value::Number(digits, _) => match digits.parse::<usize>() {
            Ok(at) if (1..=count).contains(&at) => Ok(Some(at - 1)),
            Ok(at) => Err(errors::column_reference(format!("{word} position {at} is not in select list"))),
            Err(_) => Err(errors::syntax(format!("non-integer constant in {word}"))),
        },
        ast::Value::SingleQuotedString(_) => Err(errors::syntax(format!("non-integer constant in {word}"))),
        _ => Ok(None),
    }
}

fn recursive_parts(query: &ast::Query) -> Option<(&SetExpr, &SetExpr, bool)> {
    match query.body.as_ref() {
        SetExpr::SetOperation { left, op: ast::SetOperator::Union, set_quantifier, right } => {
            Some((left, right, matches!(set_quantifier, SetQuantifier::All)))
        }
        _ => None,
    }
}

/// Does the query's text use the name as a relation?
fn mentions(query: &ast::Query, name: &str) -> bool {
    use std::ops::ControlFlow;
    let found =
        ast::visit_relations(query, |relation| match relation.0.last().and_then(|part| part.as_ident()) {
            Some(ident) if relation.0.len() == 1 && fold(ident) == name => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
    found.is_break()
}

fn refuse_foreign_syntax(select: &ast::Select) -> Result<(), SqlError> {
    let near = |word: &str| Err(errors::syntax(format!("syntax error at or near \"{word}\"")));
    if select.into.is_some() {
        return Err(errors::unsupported("SELECT INTO"));
    }
    if select.top.is_some() {
        return near("TOP");
    }
    if select.qualify.is_some() {
        return near("QUALIFY");
    }
    if !select.lateral_views.is_empty() || select.prewhere.is_some() || !select.sort_by.is_empty() {
        return near("VIEW");
    }
    Ok(())
}
