//! SELECT: the select list, grouping, ordering, limits, set operations, WITH.

use sqlparser::ast;

use super::from::output_columns;
use super::scope::Scope;
use super::{Binder, fold, last_name};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::sql::casts;
use crate::postgres::sql::expr::Expr;
use crate::postgres::sql::query::{
    CommonTable, Distinct, FromItem, LockStrength, LockWait, Query, RelationKind, RowLock, SetOperation,
    SortKey, Target,
};
use crate::postgres::types::TypeId;

impl Binder<'_> {
    /// A subquery: one scope further in.
    pub(super) fn subquery(&mut self, query: &ast::Query) -> Result<Query, SqlError> {
        self.query(query)
    }

    /// Binds a whole query in a scope of its own.
    pub(super) fn query(&mut self, ast: &ast::Query) -> Result<Query, SqlError> {
        self.scopes.push(Scope::default());
        let bound = self.query_in_scope(ast);
        let scope = self.scopes.pop().unwrap_or_default();
        let mut query = bound?;
        query.relations = scope.relations;
        query.common_tables = scope.common_tables;
        Ok(query)
    }

    fn query_in_scope(&mut self, ast: &ast::Query) -> Result<Query, SqlError> {
        if let Some(with) = &ast.with {
            if with.recursive {
                return Err(SqlError::unsupported("WITH RECURSIVE over tables"));
            }
            for cte in &with.cte_tables {
                self.common_table_definition(cte)?;
            }
        }
        let mut query = self.set_expr(&ast.body, ast.order_by.as_ref())?;
        if let Some(ast::LimitClause::LimitOffset { limit, offset, .. }) = &ast.limit_clause {
            query.limit = limit.as_ref().map(|e| self.limit(e)).transpose()?;
            query.offset = offset.as_ref().map(|o| self.limit(&o.value)).transpose()?;
        }
        if let Some(ast::Fetch { quantity: Some(quantity), .. }) = &ast.fetch {
            query.limit = Some(self.limit(quantity)?);
        }
        for lock in &ast.locks {
            self.lock(lock, &mut query)?;
        }
        Ok(query)
    }

    fn common_table_definition(&mut self, cte: &ast::Cte) -> Result<(), SqlError> {
        let mut query = self.query(&cte.query)?;
        for (target, name) in query.targets.iter_mut().filter(|t| !t.junk).zip(&cte.alias.columns) {
            target.name = fold(&name.name);
        }
        let materialized =
            cte.materialized.as_ref().map(|m| matches!(m, ast::CteAsMaterialized::Materialized));
        let name = fold(&cte.alias.name);
        self.scope().common_tables.push(CommonTable { name, query, materialized, references: 0 });
        Ok(())
    }

    fn limit(&mut self, expr: &ast::Expr) -> Result<Expr, SqlError> {
        let bound = self.expr(expr)?;
        let bound = casts::coerce(bound, TypeId::INT8)?;
        self.note_parameters(&bound);
        Ok(bound)
    }

    fn lock(&mut self, lock: &ast::LockClause, query: &mut Query) -> Result<(), SqlError> {
        let strength = match lock.lock_type {
            ast::LockType::Share => LockStrength::Share,
            ast::LockType::Update => LockStrength::Update,
        };
        let wait = match lock.nonblock {
            None => LockWait::Wait,
            Some(ast::NonBlock::Nowait) => LockWait::NoWait,
            Some(ast::NonBlock::SkipLocked) => LockWait::SkipLocked,
        };
        let of = lock.of.as_ref().map(last_name);
        for relation in self.scope().visible.clone() {
            let entry = &self.scope().relations[usize::from(relation)];
            let named = of.as_ref().is_none_or(|name| entry.alias == *name);
            if named && matches!(entry.kind, RelationKind::Table(_)) {
                query.locks.push(RowLock { relation, strength, wait });
            }
        }
        Ok(())
    }

    fn set_expr(&mut self, body: &ast::SetExpr, order_by: Option<&ast::OrderBy>) -> Result<Query, SqlError> {
        match body {
            ast::SetExpr::Select(select) => self.select(select, order_by),
            ast::SetExpr::Query(inner) => {
                // Parentheses around a whole query: it becomes a subquery only where something is added outside.
                let query = self.query(inner)?;
                self.wrapped(query, order_by)
            }
            ast::SetExpr::Values(values) => {
                let rows: Result<Vec<Vec<Expr>>, SqlError> =
                    values.rows.iter().map(|row| row.iter().map(|e| self.expr(e)).collect()).collect();
                self.values(rows?, order_by)
            }
            ast::SetExpr::SetOperation { op, set_quantifier, left, right } => {
                let all = matches!(set_quantifier, ast::SetQuantifier::All);
                self.set_operation(*op, all, left, right, order_by)
            }
            other => Err(SqlError::unsupported(other)),
        }
    }

    /// A query as the only relation of another one, which adds ordering.
    fn wrapped(&mut self, inner: Query, order_by: Option<&ast::OrderBy>) -> Result<Query, SqlError> {
        let columns = output_columns(&inner);
        let id = self.add_relation(
            RelationKind::Subquery(Box::new(inner)),
            "unnamed_subquery".to_owned(),
            columns,
            false,
        );
        let mut query = Query { from: vec![FromItem::Relation(id)], ..Query::default() };
        query.targets = self.all_columns_of(id);
        self.order_by(&mut query, order_by)?;
        Ok(query)
    }

    /// A VALUES list as a query.
    pub(super) fn values(
        &mut self,
        rows: Vec<Vec<Expr>>,
        order_by: Option<&ast::OrderBy>,
    ) -> Result<Query, SqlError> {
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|r| r.len() != width) {
            return Err(SqlError::new(SqlState::SYNTAX_ERROR, "VALUES lists must all be the same length"));
        }
        let columns = (0..width)
            .map(|i| {
                let types = rows.iter().map(|r| r[i].type_id());
                let type_id =
                    types.reduce(|a, b| casts::common_type(a, b).unwrap_or(a)).unwrap_or(TypeId::TEXT);
                (format!("column{}", i + 1), if type_id == TypeId::UNKNOWN { TypeId::TEXT } else { type_id })
            })
            .collect();
        let id = self.add_relation(RelationKind::Values(rows), "*VALUES*".to_owned(), columns, false);
        let mut query = Query { from: vec![FromItem::Relation(id)], ..Query::default() };
        query.targets = self.all_columns_of(id);
        self.order_by(&mut query, order_by)?;
        Ok(query)
    }

    fn all_columns_of(&mut self, relation: u16) -> Vec<Target> {
        let columns = self.scope().relations[usize::from(relation)].columns.clone();
        columns
            .into_iter()
            .enumerate()
            .filter(|(_, (name, _))| !name.starts_with("........pg.dropped"))
            .map(|(i, (name, _))| Target { expr: self.column_of(relation, i), name, junk: false })
            .collect()
    }

    fn set_operation(
        &mut self,
        op: ast::SetOperator,
        all: bool,
        left: &ast::SetExpr,
        right: &ast::SetExpr,
        order_by: Option<&ast::OrderBy>,
    ) -> Result<Query, SqlError> {
        let name = match op {
            ast::SetOperator::Union => "Union",
            ast::SetOperator::Intersect => "Intersect",
            ast::SetOperator::Except | ast::SetOperator::Minus => "Except",
        };
        let mut branches = Vec::new();
        if name == "Union" {
            flatten_union(left, all, &mut branches);
            flatten_union(right, all, &mut branches);
        } else {
            branches.extend([left, right]);
        }
        let mut queries = Vec::new();
        for branch in branches {
            if let ast::SetExpr::Query(inner) = branch {
                queries.push(self.query(inner)?);
                continue;
            }
            self.scopes.push(Scope { operand: true, ..Scope::default() });
            let bound = self.set_expr(branch, None);
            let scope = self.scopes.pop().unwrap_or_default();
            let mut query = bound?;
            query.relations = scope.relations;
            queries.push(query);
        }
        let types = common_types(name, &mut queries)?;
        let mut operands = Vec::new();
        for query in queries {
            let columns = output_columns(&query);
            let alias = format!("*SELECT* {}", operands.len() + 1);
            operands.push(self.add_relation(RelationKind::Subquery(Box::new(query)), alias, columns, false));
        }
        let mut query = Query { targets: self.all_columns_of(operands[0]), ..Query::default() };
        for (target, type_id) in query.targets.iter_mut().zip(types) {
            if let Expr::Column(column) = &mut target.expr {
                column.type_id = type_id;
            }
        }
        query.set_operation = Some(Box::new(SetOperation { name, all, operands }));
        self.order_by(&mut query, order_by)?;
        Ok(query)
    }

    fn select(&mut self, select: &ast::Select, order_by: Option<&ast::OrderBy>) -> Result<Query, SqlError> {
        self.name_windows(&select.named_window)?;
        let mut query = Query { from: self.bind_from(&select.from)?, ..Query::default() };
        for item in &select.projection {
            self.select_item(item, &mut query.targets)?;
        }
        // What an untyped literal of a set operation's operand becomes depends on the other operands.
        if !self.scope().operand {
            for target in &mut query.targets {
                target.expr = settle(std::mem::replace(&mut target.expr, Expr::boolean(true)))?;
            }
        }
        query.filter = select.selection.as_ref().map(|e| self.boolean(e, "WHERE")).transpose()?;
        if let ast::GroupByExpr::Expressions(items, modifiers) = &select.group_by {
            if !modifiers.is_empty() {
                return Err(SqlError::unsupported("GROUP BY with modifiers over tables"));
            }
            for item in items {
                let target = self.sort_target(item, &mut query.targets, "GROUP BY")?;
                if query.targets[target].expr.contains_window() {
                    let message = "window functions are not allowed in GROUP BY";
                    return Err(SqlError::new(SqlState("42P20"), message));
                }
                if !query.group_by.targets.contains(&target) {
                    query.group_by.targets.push(target);
                }
            }
        }
        query.having = select.having.as_ref().map(|e| self.boolean(e, "HAVING")).transpose()?;
        self.order_by(&mut query, order_by)?;
        query.distinct = self.distinct(select.distinct.as_ref(), &mut query.targets)?;
        query.windows = self.windows(&mut query.targets)?;
        query.has_aggregates =
            query.having.is_some() || query.targets.iter().any(|t| t.expr.contains_aggregate());
        for target in &query.targets {
            self.note_parameters(&target.expr);
        }
        Ok(query)
    }

    fn distinct(
        &mut self,
        distinct: Option<&ast::Distinct>,
        targets: &mut Vec<Target>,
    ) -> Result<Distinct, SqlError> {
        Ok(match distinct {
            None | Some(ast::Distinct::All) => Distinct::All,
            Some(ast::Distinct::Distinct) => Distinct::Rows,
            Some(ast::Distinct::On(items)) => {
                let on: Result<Vec<usize>, SqlError> =
                    items.iter().map(|e| self.sort_target(e, targets, "DISTINCT ON")).collect();
                Distinct::On(on?)
            }
        })
    }

    /// One item of a select or RETURNING list.
    pub(super) fn select_item(
        &mut self,
        item: &ast::SelectItem,
        targets: &mut Vec<Target>,
    ) -> Result<(), SqlError> {
        match item {
            ast::SelectItem::UnnamedExpr(expr) => {
                let name = figure_name(expr);
                targets.push(Target { expr: self.expr(expr)?, name, junk: false });
            }
            ast::SelectItem::ExprWithAlias { expr, alias } => {
                targets.push(Target { expr: self.expr(expr)?, name: fold(alias), junk: false });
            }
            ast::SelectItem::Wildcard(_) => {
                for relation in self.scope().visible.clone() {
                    targets.extend(self.all_columns_of(relation));
                }
            }
            ast::SelectItem::QualifiedWildcard(ast::SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let alias = last_name(name);
                let relation = self.scope().by_alias(&alias).ok_or_else(|| {
                    let message = format!("missing FROM-clause entry for table \"{alias}\"");
                    SqlError::new(SqlState::UNDEFINED_TABLE, message)
                })?;
                targets.extend(self.all_columns_of(relation));
            }
            other => return Err(SqlError::unsupported(other)),
        }
        Ok(())
    }

    fn order_by(&mut self, query: &mut Query, order_by: Option<&ast::OrderBy>) -> Result<(), SqlError> {
        let Some(ast::OrderBy { kind: ast::OrderByKind::Expressions(items), .. }) = order_by else {
            return Ok(());
        };
        for item in items {
            let target = self.sort_target(&item.expr, &mut query.targets, "ORDER BY")?;
            let descending = matches!(item.options.sort, Some(ast::OrderBySort::Desc));
            if query.order_by.iter().all(|k| k.target != target) {
                query.order_by.push(SortKey::new(target, descending, item.options.nulls_first));
            }
        }
        Ok(())
    }

    /// The target that a sort or group expression means: an output name, a position, or an expression that is added as junk.
    fn sort_target(
        &mut self,
        expr: &ast::Expr,
        targets: &mut Vec<Target>,
        clause: &str,
    ) -> Result<usize, SqlError> {
        match expr {
            ast::Expr::Identifier(ident) => {
                let name = fold(ident);
                let as_column = self.resolve(&name);
                // GROUP BY prefers input columns to output names; ORDER BY the other way round.
                if clause == "GROUP BY" && as_column.is_ok() {
                    return Ok(add_target(as_column?, targets));
                }
                if let Some(at) = targets.iter().position(|t| !t.junk && t.name == name) {
                    return Ok(at);
                }
            }
            ast::Expr::Value(value) => {
                if let ast::Value::Number(text, _) = &value.value {
                    let position: usize = text.parse().unwrap_or(0);
                    if position == 0 || position > targets.iter().filter(|t| !t.junk).count() {
                        let message = format!("{clause} position {text} is not in select list");
                        return Err(SqlError::new(SqlState("42P10"), message));
                    }
                    return Ok(position - 1);
                }
            }
            _ => {}
        }
        self.target_of(expr, targets)
    }

    /// The target that computes an expression; a junk one is added where there is none.
    pub(super) fn target_of(
        &mut self,
        expr: &ast::Expr,
        targets: &mut Vec<Target>,
    ) -> Result<usize, SqlError> {
        let bound = settle(self.expr(expr)?)?;
        Ok(add_target(bound, targets))
    }
}

/// The types of a set operation's columns; untyped constants of its operands take them (`transformSetOperationTree`).
fn common_types(name: &str, queries: &mut [Query]) -> Result<Vec<TypeId>, SqlError> {
    let visible = |query: &Query| -> Vec<usize> {
        (0..query.targets.len()).filter(|i| !query.targets[*i].junk).collect()
    };
    let columns: Vec<Vec<usize>> = queries.iter().map(visible).collect();
    let width = columns.first().map_or(0, Vec::len);
    let word = name.to_ascii_uppercase();
    if columns.iter().any(|c| c.len() != width) {
        let message = format!("each {word} query must have the same number of columns");
        return Err(SqlError::new(SqlState::SYNTAX_ERROR, message));
    }
    let mut types = Vec::new();
    for at in 0..width {
        let of = |i: usize, queries: &[Query]| queries[i].targets[columns[i][at]].expr.type_id();
        let mut common = of(0, queries);
        for i in 1..queries.len() {
            let other = of(i, queries);
            common = casts::common_type(common, other).ok_or_else(|| {
                let message = format!("{word} types {common} and {other} cannot be matched");
                SqlError::new(SqlState::DATATYPE_MISMATCH, message)
            })?;
        }
        if common == TypeId::UNKNOWN {
            common = TypeId::TEXT;
        }
        for (query, columns) in queries.iter_mut().zip(&columns) {
            let expr = &mut query.targets[columns[at]].expr;
            if expr.as_const().is_some() && expr.type_id() != common {
                *expr = casts::coerce(expr.clone(), common)?;
            }
        }
        types.push(common);
    }
    Ok(types)
}

fn add_target(expr: Expr, targets: &mut Vec<Target>) -> usize {
    if let Some(at) = targets.iter().position(|t| t.expr == expr) {
        return at;
    }
    targets.push(Target { expr, name: "?column?".to_owned(), junk: true });
    targets.len() - 1
}

/// An untyped literal in an output column is text.
fn settle(expr: Expr) -> Result<Expr, SqlError> {
    if expr.type_id() == TypeId::UNKNOWN { casts::coerce(expr, TypeId::TEXT) } else { Ok(expr) }
}

/// The operands of nested unions of one kind; a UNION ALL within a UNION is as good as a UNION (`plan_union_children`).
fn flatten_union<'a>(expr: &'a ast::SetExpr, outer_all: bool, out: &mut Vec<&'a ast::SetExpr>) {
    match expr {
        ast::SetExpr::SetOperation { op: ast::SetOperator::Union, set_quantifier, left, right }
            if matches!(set_quantifier, ast::SetQuantifier::All) || !outer_all =>
        {
            flatten_union(left, outer_all, out);
            flatten_union(right, outer_all, out);
        }
        ast::SetExpr::Query(query)
            if query.with.is_none()
                && query.order_by.is_none()
                && query.limit_clause.is_none()
                && query.fetch.is_none()
                && query.locks.is_empty()
                && matches!(*query.body, ast::SetExpr::SetOperation { op: ast::SetOperator::Union, .. }) =>
        {
            flatten_union(&query.body, outer_all, out);
        }
        other => out.push(other),
    }
}

/// The name of an output column without an alias (`FigureColname`).
fn figure_name(expr: &ast::Expr) -> String {
    match expr {
        ast::Expr::Identifier(ident) => fold(ident),
        ast::Expr::CompoundIdentifier(parts) => parts.last().map(fold).unwrap_or_default(),
        ast::Expr::Function(function) => last_name(&function.name),
        ast::Expr::Cast { expr, data_type, .. } => match figure_name(expr).as_str() {
            "?column?" => super::expression::data_type(data_type)
                .map_or("?column?".to_owned(), |(t, _)| t.info().name.to_owned()),
            name => name.to_owned(),
        },
        ast::Expr::Nested(inner) => figure_name(inner),
        ast::Expr::Case { .. } => "case".to_owned(),
        ast::Expr::Exists { .. } => "exists".to_owned(),
        ast::Expr::Array(_) => "array".to_owned(),
        ast::Expr::Extract { .. } => "extract".to_owned(),
        ast::Expr::Substring { .. } => "substring".to_owned(),
        ast::Expr::Trim { .. } => "btrim".to_owned(),
        ast::Expr::Subquery(query) => match query.body.as_ref() {
            ast::SetExpr::Select(select) => match select.projection.first() {
                Some(ast::SelectItem::UnnamedExpr(e)) => figure_name(e),
                Some(ast::SelectItem::ExprWithAlias { alias, .. }) => fold(alias),
                _ => "?column?".to_owned(),
            },
            _ => "?column?".to_owned(),
        },
        _ => "?column?".to_owned(),
    }
}
