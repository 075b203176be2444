//! How many groups: `estimate_num_groups` and `estimate_hash_bucket_stats`.

use super::{Estimator, Variable, clamp_rows};
use crate::postgres::sql::Expr;
use crate::postgres::types::TypeId;

/// A variable that groups, with its distinct values.
struct Grouping<'a> {
    variable: Variable<'a>,
    expr: Expr,
    distinct: f64,
}

impl<'a> Estimator<'a> {
    /// `estimate_num_groups`: distinct combinations of expressions among `input_rows` rows.
    pub(crate) fn groups(&self, exprs: &[Expr], input_rows: f64) -> f64 {
        let input_rows = clamp_rows(input_rows);
        if exprs.is_empty() {
            return 1.0;
        }
        let mut total: f64 = 1.0;
        let mut list: Vec<Grouping<'a>> = Vec::new();
        for expr in exprs {
            if expr.type_id() == TypeId::BOOL {
                total *= 2.0;
                continue;
            }
            let variable = self.examine(expr);
            if variable.statistics.is_some() || variable.unique {
                self.add_grouping(&mut list, expr.clone(), variable);
                continue;
            }
            let mut columns = Vec::new();
            columns_of(expr, &mut columns);
            for column in columns {
                let variable = self.examine(&column);
                self.add_grouping(&mut list, column, variable);
            }
        }
        if list.is_empty() {
            return clamp_rows(total.min(input_rows));
        }
        while let Some(first) = list.first() {
            let relation = first.variable.relation;
            let (own, rest): (Vec<_>, Vec<_>) =
                list.into_iter().partition(|g| g.variable.relation == relation);
            total *= self.relation_groups(relation, &own);
            list = rest;
        }
        clamp_rows(libm::ceil(total).min(input_rows))
    }

    fn add_grouping(&self, list: &mut Vec<Grouping<'a>>, expr: Expr, variable: Variable<'a>) {
        if list.iter().any(|g| g.expr == expr) {
            return;
        }
        let distinct = self.distinct(&variable).0;
        list.push(Grouping { variable, expr, distinct });
    }

    /// Groups of one relation's variables, reduced to the rows that its conditions leave (Yao's approximation).
    fn relation_groups(&self, relation: Option<usize>, own: &[Grouping<'a>]) -> f64 {
        let mut product: f64 = own.iter().map(|g| g.distinct).product();
        let largest = own.iter().map(|g| g.distinct).fold(0.0, f64::max);
        let Some(stats) = relation.and_then(|r| self.relations.get(r)) else { return product };
        if stats.tuples > 0.0 {
            let mut limit = stats.tuples;
            if own.len() > 1 {
                limit = (limit * 0.1).max(largest).min(stats.tuples);
            }
            product = product.min(limit);
            if product > 0.0 && stats.rows < stats.tuples {
                let kept = libm::pow((stats.tuples - stats.rows) / stats.tuples, stats.tuples / product);
                product *= 1.0 - kept;
            }
            product = clamp_rows(product);
        }
        product
    }

    /// `estimate_hash_bucket_stats`: the most common value's share, and the average bucket's share of a hash table on `key` with
    /// `buckets` buckets.
    pub(crate) fn bucket_share(&self, key: &Expr, buckets: f64) -> (f64, f64) {
        let variable = self.examine(key);
        let common = variable.statistics.and_then(|s| s.most_common.first()).map_or(0.0, |(_, f)| *f);
        let (mut distinct, guess) = self.distinct(&variable);
        if guess {
            return (common, 0.1_f64.max(common));
        }
        let nulls = variable.statistics.map_or(0.0, |s| s.null_fraction);
        let average = (1.0 - nulls) / distinct;
        if let Some(stats) = variable.relation.and_then(|r| self.relations.get(r))
            && stats.tuples > 0.0
        {
            distinct = clamp_rows(distinct * stats.rows / stats.tuples);
        }
        let mut share = if distinct > buckets { 1.0 / buckets } else { 1.0 / distinct };
        if average > 0.0 && common > average {
            share *= common / average;
        }
        (common, share.clamp(1.0e-6, 1.0))
    }
}

fn columns_of(expr: &Expr, out: &mut Vec<Expr>) {
    match expr {
        Expr::Column(_) => out.push(expr.clone()),
        other => other.for_each_child(&mut |child| columns_of(child, out)),
    }
}
