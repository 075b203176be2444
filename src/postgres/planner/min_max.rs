//! `min(x)` and `max(x)` read from one end of an index (`planagg.c`).

use super::cost::collect_aggregates;
use super::level::{Context, new_root};
use super::path::{by_fraction, cheapest_sorted};
use super::root::{Path, PathKind, Planned, Root, Subplan};
use crate::postgres::datum::Datum;
use crate::postgres::error::SqlError;
use crate::postgres::sql::{Distinct, Expr, SortKey, SubLinkKind, Target};
use crate::postgres::types::TypeId;
use std::rc::Rc;

impl<'a> Root<'a> {
    /// `preprocess_minmax_aggregates`: `max(x)` as the first row of `x`'s order, where a path has that order by itself.
    pub(super) fn min_max_path(&mut self, context: &mut Context<'a>) -> Result<Option<Path<'a>>, SqlError> {
        let query = &self.query;
        let simple = query.has_aggregates
            && query.group_by.targets.is_empty()
            && query.windows.is_empty()
            && query.common_tables.is_empty()
            && query.relations.len() == 1
            && query.set_operation.is_none();
        if !simple {
            return Ok(None);
        }
        let exprs: Vec<Expr> =
            query.targets.iter().map(|t| t.expr.clone()).chain(query.having.clone()).collect();
        let mut calls = Vec::new();
        for expr in &exprs {
            collect_aggregates(expr, &mut calls);
        }
        let mut found = Vec::new();
        for call in &calls {
            let Expr::Aggregate(call) = call else { return Ok(None) };
            let (Some(max), [argument]) = (call.info.extreme, call.arguments.as_slice()) else {
                return Ok(None);
            };
            if call.filter.is_some() || argument.as_column().is_none() {
                return Ok(None);
            }
            let Some(planned) = self.extreme_level(argument, max, context)? else { return Ok(None) };
            found.push((Expr::Aggregate(call.clone()), Rc::new(planned)));
        }
        Ok(Some(self.min_max_result(found, context)))
    }

    fn extreme_level(
        &self,
        argument: &Expr,
        max: bool,
        context: &mut Context<'a>,
    ) -> Result<Option<Planned<'a>>, SqlError> {
        let mut query = self.query.clone();
        query.has_aggregates = false;
        query.having = None;
        query.targets = vec![Target { expr: argument.clone(), name: "extreme".to_owned(), junk: false }];
        let not_null = Expr::IsNull { operand: Box::new(argument.clone()), negated: true };
        query.filter = Some(match query.filter.take() {
            Some(filter) => {
                let mut all = filter.conjuncts();
                all.push(not_null);
                Expr::And(all)
            }
            None => not_null,
        });
        query.order_by = vec![SortKey::new(0, max, None)];
        query.limit = Some(Expr::constant(Datum::Int(1), TypeId::INT8));
        query.offset = None;
        query.distinct = Distinct::All;
        let relations = context.relations.len();
        let offset = context.add_relations(self.catalog, &query.relations);
        let mut root = new_root(self.catalog, self.settings, query, offset, &self.outer_offsets, 1.0);
        root.estimator.time = context.time;
        let limits = root.limits();
        root.relation_facts(context)?;
        let top = root.scan_and_join(context)?;
        let keys = root.query_pathkeys.clone();
        let rows = root.rels[top].cheapest_total.as_ref().map_or(1.0, |p| p.rows);
        let fraction = if rows > 1.0 { 1.0 / rows } else { 1.0 };
        let best =
            cheapest_sorted(&root.rels[top].paths, &keys, 0, false, &|a, b| by_fraction(a, b, fraction));
        let Some(best) = best.filter(|_| !keys.is_empty()) else {
            context.relations.truncate(relations);
            return Ok(None);
        };
        let target = Rc::new(root.path_target(root.query.targets.clone()));
        let best = Rc::new(root.project(&best, &target));
        let path = Rc::new(root.limit(&best, limits));
        let paths = vec![Rc::clone(&path)];
        Ok(Some(Planned { root, path, paths, partial: Vec::new() }))
    }

    /// `create_minmaxagg_path`: a Result over InitPlans.
    fn min_max_result(&mut self, found: Vec<(Expr, Rc<Planned<'a>>)>, context: &mut Context<'a>) -> Path<'a> {
        let mut targets = self.query.targets.clone();
        let mut init_cost = 0.0;
        let mut disabled = 0;
        for (call, planned) in found {
            disabled += planned.path.disabled;
            context.subplans += 1;
            let number = context.subplans;
            let type_id = call.type_id();
            init_cost += planned.path.total;
            for target in &mut targets {
                target
                    .expr
                    .rewrite(&mut |e| (*e == call).then_some(Expr::InitPlanOutput { number, type_id }));
            }
            self.min_max_subplans.push(Subplan {
                number,
                init: true,
                kind: SubLinkKind::Scalar,
                cost: 0.0,
                planned,
                common_table: None,
            });
        }
        let target = Rc::new(self.path_target(targets));
        let mut path = self.empty_path(0);
        path.kind = PathKind::Result { filter: Vec::new() };
        path.relids = 0;
        path.rows = 1.0;
        path.disabled = disabled;
        path.startup = init_cost + target.cost.startup;
        path.total = path.startup + target.cost.per_tuple + self.settings.cpu_tuple_cost;
        path.width = target.width;
        path.targets = Some(target);
        path
    }
}
