//! Subqueries in expressions: InitPlans where they depend on nothing outside, else SubPlans (`SS_process_sublinks`).

use super::cost::{Cost, MINIMAL_HEADER, aligned};
use super::level::{Context, Demand, plan_level};
use super::pull_up::refers_outside;
use super::root::{PathKind, Root, Subplan};
use crate::postgres::error::SqlError;
use crate::postgres::sql::{ColumnRef, Distinct, Expr, FromItem, Query, SubLink, SubLinkKind};
use std::rc::Rc;

impl<'a> Root<'a> {
    /// Plans the subqueries left in expressions: InitPlans where they depend on nothing outside, else SubPlans.
    pub(super) fn plan_sublinks(&mut self, context: &mut Context<'a>) -> Result<(), SqlError> {
        let mut query = std::mem::take(&mut self.query);
        let mut failed = None;
        let mut visit = |root: &mut Self, expr: &mut Expr| {
            expr.rewrite(&mut |e| match e {
                Expr::SubLink(link) => match root.plan_sublink(link, context) {
                    Ok(new) => Some(new),
                    Err(error) => {
                        failed.get_or_insert(error);
                        None
                    }
                },
                _ => None,
            });
        };
        for target in &mut query.targets {
            visit(self, &mut target.expr);
        }
        for expr in
            [&mut query.filter, &mut query.having, &mut query.limit, &mut query.offset].into_iter().flatten()
        {
            visit(self, expr);
        }
        for item in &mut query.from {
            visit_from(item, &mut |expr| visit(self, expr));
        }
        self.query = query;
        failed.map_or(Ok(()), Err)
    }

    /// `build_subplan` and `cost_subplan`
    fn plan_sublink(&mut self, link: &SubLink, context: &mut Context<'a>) -> Result<Expr, SqlError> {
        let mut query = link.query.clone();
        let fraction = match link.kind {
            SubLinkKind::Exists => 1.0,
            SubLinkKind::Any | SubLinkKind::All => 0.5,
            SubLinkKind::Scalar | SubLinkKind::Array => 0.0,
        };
        if link.kind == SubLinkKind::Exists {
            simplify_exists(&mut query);
        }
        let correlated = refers_outside(&query);
        let outer_columns = outer_references(&query);
        let outer = self.enclosing();
        let type_id = link.type_id();
        let uncorrelated_any = !correlated && matches!(link.kind, SubLinkKind::Any);
        let planned = Rc::new(plan_level(
            self.catalog,
            self.settings,
            query,
            context,
            &outer,
            Demand::part(if uncorrelated_any { 0.0 } else { fraction }),
        )?);
        context.subplans += 1;
        let number = context.subplans;
        let path = &planned.path;
        let run = path.total - path.startup;
        let s = self.settings;
        let test = link.test.as_ref();
        let init = !correlated && test.is_none();
        let fits = path.rows * (aligned(f64::from(path.width)) + MINIMAL_HEADER) <= self.hash_memory();
        let hashed = uncorrelated_any && fits;
        let mut cost = Cost::default();
        if hashed {
            cost.startup = path.total + s.cpu_operator_cost * path.rows;
            cost.total = s.cpu_operator_cost;
        } else {
            cost.total = match link.kind {
                SubLinkKind::Exists => run / path.rows.max(1.0),
                SubLinkKind::Any | SubLinkKind::All => 0.5 * run + 0.5 * path.rows * s.cpu_operator_cost,
                SubLinkKind::Scalar | SubLinkKind::Array => run,
            };
            let materializes =
                !correlated && matches!(path.kind, PathKind::Sort { .. } | PathKind::Material { .. });
            if materializes { cost.startup += path.startup } else { cost.total += path.startup }
        }
        self.subplans.push(Subplan {
            number,
            init,
            kind: link.kind,
            cost: cost.startup + cost.total,
            planned: Rc::clone(&planned),
            common_table: None,
        });
        if init {
            return Ok(Expr::InitPlanOutput { number, type_id });
        }
        let mut arguments: Vec<Expr> = test.iter().map(|(_, left)| left.clone()).collect();
        arguments.extend(outer_columns);
        Ok(Expr::SubPlan {
            number,
            kind: link.kind,
            arguments,
            hashed,
            type_id,
            cost: (cost.startup, cost.total),
        })
    }
}

fn visit_from(item: &mut FromItem, visit: &mut dyn FnMut(&mut Expr)) {
    match item {
        FromItem::Relation(_) => {}
        FromItem::List { items, filter } => {
            items.iter_mut().for_each(|i| visit_from(i, visit));
            filter.iter_mut().for_each(visit);
        }
        FromItem::Join { left, right, on, .. } => {
            visit_from(left, visit);
            visit_from(right, visit);
            on.iter_mut().for_each(visit);
        }
    }
}

/// `simplify_EXISTS_query`: nobody looks at what an EXISTS subquery returns.
fn simplify_exists(query: &mut Query) {
    let computes = query.has_aggregates
        || query.having.is_some()
        || !query.windows.is_empty()
        || query.offset.is_some()
        || query.set_operation.is_some();
    if computes {
        return;
    }
    query.targets.clear();
    query.order_by.clear();
    query.distinct = Distinct::All;
    query.limit = None;
}

/// Columns of the enclosing level that a subquery uses.
pub(super) fn outer_references(query: &Query) -> Vec<Expr> {
    let mut out = Vec::new();
    let mut copy = query.clone();
    copy.visit_expressions(0, &mut |expr, depth| {
        expr.any(&mut |e| {
            if let Expr::Column(c) = e
                && c.levels_up == depth + 1
            {
                let own = Expr::Column(ColumnRef { levels_up: 0, ..*c });
                if !out.contains(&own) {
                    out.push(own);
                }
            }
            false
        });
    });
    out
}
