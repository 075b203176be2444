//! FROM: tables, subqueries, functions, joins.

use sqlparser::ast;

use super::{Binder, fold, last_name, name_parts};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::sql::expr::Expr;
use crate::postgres::sql::operators;
use crate::postgres::sql::query::{FromItem, JoinKind, Query, RelId, RelationKind};
use crate::postgres::types::TypeId;

impl Binder<'_> {
    /// Binds FROM's list.
    pub(super) fn bind_from(&mut self, items: &[ast::TableWithJoins]) -> Result<Vec<FromItem>, SqlError> {
        items.iter().map(|item| self.table_with_joins(item)).collect()
    }

    fn table_with_joins(&mut self, item: &ast::TableWithJoins) -> Result<FromItem, SqlError> {
        let mut left = self.table_factor(&item.relation)?;
        for join in &item.joins {
            let first_right = self.scope().relations.len();
            let right = self.table_factor(&join.relation)?;
            let (kind, constraint) = join_kind(&join.join_operator)?;
            let on = self.join_condition(constraint, first_right, kind)?;
            left = FromItem::Join { kind, left: Box::new(left), right: Box::new(right), on };
        }
        Ok(left)
    }

    fn join_condition(
        &mut self,
        constraint: Option<&ast::JoinConstraint>,
        first_right: usize,
        kind: JoinKind,
    ) -> Result<Option<Expr>, SqlError> {
        match constraint {
            None | Some(ast::JoinConstraint::None) => Ok(None),
            Some(ast::JoinConstraint::On(expr)) => Ok(Some(self.boolean(expr, "JOIN/ON")?)),
            Some(ast::JoinConstraint::Using(names)) => {
                let names: Vec<String> = names.iter().map(last_name).collect();
                self.using(&names, first_right, kind).map(Some)
            }
            Some(ast::JoinConstraint::Natural) => Err(SqlError::unsupported("NATURAL JOIN")),
        }
    }

    /// `USING (…)`: equalities, and one merged column each.
    fn using(&mut self, names: &[String], first_right: usize, kind: JoinKind) -> Result<Expr, SqlError> {
        let mut clauses = Vec::new();
        for name in names {
            let scope = self.scope();
            let visible = std::mem::take(&mut scope.visible);
            let (left_side, right_side): (Vec<RelId>, Vec<RelId>) =
                visible.iter().partition(|r| usize::from(**r) < first_right);
            self.scope().visible = right_side;
            let merged = std::mem::take(&mut self.scope().merged);
            let right = self.resolve(name)?;
            self.scope().merged = merged;
            self.scope().visible = left_side;
            let left = self.resolve(name)?;
            let scope = self.scope();
            scope.visible = visible;
            for column in [&left, &right].into_iter().filter_map(|e| e.as_column()) {
                scope.hidden.push((column.relation, column.column));
            }
            scope.merged.retain(|(n, _)| n != name);
            let stands_for = if kind == JoinKind::Right { right.clone() } else { left.clone() };
            scope.merged.push((name.clone(), stands_for));
            clauses.push(operators::binary("=", left, right)?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Expr::And(clauses) })
    }

    fn table_factor(&mut self, factor: &ast::TableFactor) -> Result<FromItem, SqlError> {
        match factor {
            ast::TableFactor::Table { name, alias, args: None, .. } => {
                self.table(name, alias.as_ref()).map(FromItem::Relation)
            }
            ast::TableFactor::Table { name, alias, args: Some(args), .. } => {
                let call = self.call(&last_name(name), &args.args)?;
                Ok(FromItem::Relation(self.function_relation(call, &last_name(name), alias.as_ref())))
            }
            ast::TableFactor::Function { name, args, alias, .. } => {
                let call = self.call(&last_name(name), args)?;
                Ok(FromItem::Relation(self.function_relation(call, &last_name(name), alias.as_ref())))
            }
            ast::TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset: false,
                with_ordinality: false,
                ..
            } if array_exprs.len() == 1 => {
                let array = ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(array_exprs[0].clone()));
                let call = self.call("unnest", &[array])?;
                Ok(FromItem::Relation(self.function_relation(call, "unnest", alias.as_ref())))
            }
            ast::TableFactor::Derived { lateral, subquery, alias, .. } => {
                self.derived(*lateral, subquery, alias.as_ref())
            }
            ast::TableFactor::NestedJoin { table_with_joins, .. } => self.table_with_joins(table_with_joins),
            other => Err(SqlError::unsupported(other)),
        }
    }

    /// A table or a WITH query.
    pub(super) fn table(
        &mut self,
        name: &ast::ObjectName,
        alias: Option<&ast::TableAlias>,
    ) -> Result<RelId, SqlError> {
        let parts = name_parts(name);
        let bare = parts.last().cloned().unwrap_or_default();
        let alias_name = alias.map_or_else(|| bare.clone(), |a| fold(&a.name));
        if self.scope().by_alias(&alias_name).is_some() {
            let message = format!("table name \"{alias_name}\" specified more than once");
            return Err(SqlError::new(SqlState("42712"), message));
        }
        if parts.len() == 1
            && let Some((levels_up, index)) = self.common_table(&bare)
        {
            let depth = self.scopes.len() - 1 - usize::from(levels_up);
            let cte = &mut self.scopes[depth].common_tables[index];
            cte.references += 1;
            let columns = output_columns(&cte.query);
            let columns = renamed(columns, alias);
            return Ok(self.add_relation(
                RelationKind::CommonTable { index, levels_up },
                alias_name,
                columns,
                false,
            ));
        }
        let catalog = self.catalog;
        let table =
            catalog.table_by_name(&bare).filter(|t| parts.len() == 1 || parts[parts.len() - 2] == t.schema);
        let Some(table) = table else {
            let message = format!("relation \"{}\" does not exist", parts.join("."));
            return Err(SqlError::new(SqlState::UNDEFINED_TABLE, message));
        };
        // A dropped column keeps its place but can't be named.
        let columns = table
            .columns
            .iter()
            .map(|c| {
                (
                    if c.dropped {
                        format!("........pg.dropped.{}........", c.number)
                    } else {
                        c.name.clone()
                    },
                    c.type_id,
                )
            })
            .collect();
        Ok(self.add_relation(RelationKind::Table(table.oid), alias_name, renamed(columns, alias), false))
    }

    /// The WITH query of a name: how many levels out, and its position.
    fn common_table(&self, name: &str) -> Option<(u8, usize)> {
        self.scopes.iter().rev().enumerate().find_map(|(levels, scope)| {
            let index = scope.common_tables.iter().position(|c| c.name == name)?;
            Some((levels as u8, index))
        })
    }

    fn derived(
        &mut self,
        lateral: bool,
        subquery: &ast::Query,
        alias: Option<&ast::TableAlias>,
    ) -> Result<FromItem, SqlError> {
        let saved = if lateral { None } else { Some(std::mem::take(&mut self.scope().visible)) };
        let query = self.subquery(subquery)?;
        if let Some(visible) = saved {
            self.scope().visible = visible;
        }
        let name = alias.map_or_else(|| "unnamed_subquery".to_owned(), |a| fold(&a.name));
        let columns = renamed(output_columns(&query), alias);
        let id = self.add_relation(RelationKind::Subquery(Box::new(query)), name, columns, lateral);
        Ok(FromItem::Relation(id))
    }

    fn function_relation(&mut self, call: Expr, name: &str, alias: Option<&ast::TableAlias>) -> RelId {
        let alias_name = alias.map_or_else(|| name.to_owned(), |a| fold(&a.name));
        let columns = renamed(vec![(alias_name.clone(), call.type_id())], alias);
        self.add_relation(RelationKind::Function(call), alias_name, columns, false)
    }
}

/// Names and types of a query's visible output columns.
pub(super) fn output_columns(query: &Query) -> Vec<(String, TypeId)> {
    query.targets.iter().filter(|t| !t.junk).map(|t| (t.name.clone(), t.expr.type_id())).collect()
}

fn renamed(mut columns: Vec<(String, TypeId)>, alias: Option<&ast::TableAlias>) -> Vec<(String, TypeId)> {
    if let Some(alias) = alias {
        for (column, name) in columns.iter_mut().zip(&alias.columns) {
            column.0 = fold(&name.name);
        }
    }
    columns
}

fn join_kind(operator: &ast::JoinOperator) -> Result<(JoinKind, Option<&ast::JoinConstraint>), SqlError> {
    use ast::JoinOperator as J;
    Ok(match operator {
        J::Join(c) | J::Inner(c) => (JoinKind::Inner, Some(c)),
        J::Left(c) | J::LeftOuter(c) => (JoinKind::Left, Some(c)),
        J::Right(c) | J::RightOuter(c) => (JoinKind::Right, Some(c)),
        J::FullOuter(c) => (JoinKind::Full, Some(c)),
        J::CrossJoin(_) => (JoinKind::Inner, None),
        other => return Err(SqlError::unsupported(format!("{other:?}"))),
    })
}
