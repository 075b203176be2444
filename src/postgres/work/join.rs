//! Joins: how often the inner side runs, how many pairs are looked at, by the true rows of both sides.

use super::expression::{conjunction_ns, expression_ns};
use super::measure::{Extent, Meter, rows_of_join};
use super::rates;
use crate::postgres::plan::{NodeKind, PlanNode};
use crate::postgres::sql::{Expr, JoinKind};

impl Meter<'_> {
    /// Rows of a join by the truth. In a nested loop over an inner index scan the inner rows are already those that
    /// match one outer row; elsewhere the conditions pick pairs from the product.
    pub(crate) fn joined_rows(
        &mut self,
        node: &PlanNode,
        join: JoinKind,
        join_filter: &[Expr],
        conditions: &[Expr],
    ) -> f64 {
        let [outer_node, inner_node] = node.children.as_slice() else { return node.rows };
        let (outer, inner) = (self.rows(outer_node), self.rows(inner_node));
        let all: Vec<Expr> = conditions.iter().chain(join_filter).cloned().collect();
        let pairs = outer * inner * self.selectivity(&all);
        rows_of_join(join, outer, inner, pairs) * self.selectivity(&node.filter)
    }

    /// A join's work and that of its inputs.
    pub(crate) fn join(&mut self, node: &PlanNode, extent: Extent) {
        match &node.kind {
            NodeKind::NestedLoop { join, inner_unique, join_filter } => {
                self.nested_loop(node, *join, *inner_unique, join_filter, extent);
            }
            NodeKind::HashJoin { conditions, join_filter, .. } => {
                self.two_sided(node, conditions, join_filter, rates::HASH_PROBE, true, extent);
            }
            NodeKind::MergeJoin { conditions, join_filter, .. } => {
                self.two_sided(node, conditions, join_filter, rates::COMPARE, false, extent);
            }
            _ => {}
        }
    }

    fn nested_loop(
        &mut self,
        node: &PlanNode,
        join: JoinKind,
        inner_unique: bool,
        join_filter: &[Expr],
        extent: Extent,
    ) {
        let [outer_node, inner_node] = node.children.as_slice() else { return };
        self.run(outer_node, extent);
        let (outer, inner) = (self.rows(outer_node), self.rows(inner_node));
        let per_process = extent.runs(outer_node);
        let outer_runs = outer * extent.fraction * per_process;
        let stops_early = inner_unique || matches!(join, JoinKind::Semi | JoinKind::Anti);
        let inner_part = if stops_early && inner > 1.0 { (1.0 / inner).max(0.5) } else { 1.0 };
        self.run(inner_node, Extent { loops: outer_runs, fraction: inner_part, ..extent });
        let pairs = outer_runs * inner * inner_part;
        let pair_ns = rates::JOIN_PAIR + conjunction_ns(join_filter);
        self.cpu(node, outer_runs * rates::RESCAN + pairs * pair_ns);
        self.finish_join(node, pairs, extent, per_process);
    }

    /// Hash and merge joins: both sides once. A hash table is built whole; a merge needs only part of either side.
    fn two_sided(
        &mut self,
        node: &PlanNode,
        conditions: &[Expr],
        join_filter: &[Expr],
        row_ns: f64,
        hashed: bool,
        extent: Extent,
    ) {
        let [outer_node, inner_node] = node.children.as_slice() else { return };
        let inner_part = if hashed { 1.0 } else { extent.fraction };
        self.run(inner_node, Extent { fraction: inner_part, ..extent });
        self.run(outer_node, extent);
        let per_process = extent.runs(outer_node);
        let outer = self.rows(outer_node) * extent.fraction * per_process;
        let inner = if hashed { 0.0 } else { self.rows(inner_node) * inner_part * per_process };
        let all: Vec<Expr> = conditions.to_vec();
        let pairs = self.rows(outer_node) * self.rows(inner_node) * self.selectivity(&all) * per_process;
        let keys: f64 = conditions.iter().map(expression_ns).sum();
        let pair_ns = rates::ROW + conjunction_ns(join_filter);
        self.cpu(node, (outer + inner) * (row_ns + keys) + pairs * extent.fraction * pair_ns);
        self.finish_join(node, pairs * extent.fraction, extent, per_process);
    }

    fn finish_join(&mut self, node: &PlanNode, pairs: f64, extent: Extent, per_process: f64) {
        let out = self.rows(node);
        let work = self.node(node);
        work.rows += out * extent.fraction * per_process;
        work.loops += extent.loops;
        work.removed_by_join_filter += (pairs - out * extent.fraction * per_process).max(0.0);
    }
}
