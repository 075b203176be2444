//! What window functions read, keep and let through.

use super::measure::{Extent, Meter};
use super::rates;
use crate::postgres::datum::Datum;
use crate::postgres::plan::{NodeKind, PlanNode};
use crate::postgres::sql::{Expr, FrameBound, FrameMode, OperatorKind};

impl Meter<'_> {
    /// A window: rows of a partition are kept as long as calls may look back at them.
    pub(super) fn window(&mut self, node: &PlanNode, extent: Extent) {
        let NodeKind::WindowAgg { partition, order, frame, run_condition, .. } = &node.kind else { return };
        let Some(child) = node.children.first() else { return };
        let input = self.rows(child);
        // Without partitions, the first row that the run condition refuses ends it all.
        let last = stops_after(run_condition).filter(|_| partition.is_empty() && input > 0.0);
        let read = last.map_or(1.0, |last| ((last + 1.0) / input).min(1.0)) * extent.fraction;
        self.run(child, Extent { fraction: read, ..extent });
        let rows = input * read;
        let partitions =
            if partition.is_empty() { 1.0 } else { self.groups(node, partition, input).max(1.0) };
        let kept = if frame.mode == FrameMode::Rows && frame.end == FrameBound::CurrentRow {
            1.0
        } else {
            input / partitions
        };
        self.hold(node, kept, child.width, self.settings.work_mem);
        let calls = node.targets.iter().filter(|t| t.expr.contains_window()).count() as f64;
        let compared = (partition.len() + order.len()) as f64 * rates::COMPARE;
        let ns = rows * (rates::SORT_ROW + compared + calls * rates::AGGREGATE);
        self.cpu(node, ns * extent.runs(node));
        let out = self.rows(node);
        self.count(node, out, extent.fraction, extent);
    }

    pub(super) fn window_rows(&self, node: &PlanNode, input: f64) -> f64 {
        let NodeKind::WindowAgg { partition, run_condition, .. } = &node.kind else { return input };
        let partitions = if partition.is_empty() { 1.0 } else { self.groups(node, partition, input) };
        let kept = stops_after(run_condition).map_or(input, |last| (last * partitions).min(input));
        kept * self.selectivity_or_one(&node.filter)
    }
}

/// Rows of a partition that pass a run condition: `row_number() <= 3` lets three pass.
fn stops_after(run_condition: &[Expr]) -> Option<f64> {
    let last = |condition: &Expr| {
        let Expr::Operator(operator, operands) = condition else { return None };
        let (limit, called) = match operands.as_slice() {
            [Expr::Window(call), limit] | [limit, Expr::Window(call)] => (limit, call),
            _ => return None,
        };
        let strict = matches!(operator.kind, OperatorKind::Lt | OperatorKind::Gt);
        match limit.as_const().map(|v| &v.datum) {
            // Few rows share a rank.
            Some(Datum::Int(n)) if called.name != "count" => Some((*n - i64::from(strict)).max(0) as f64),
            _ => None,
        }
    };
    run_condition.iter().filter_map(last).reduce(f64::min)
}

/// The share of rows that equalities with a window function's value let through (each value up to where the window stopped is
/// as frequent), and the other conditions.
pub(super) fn window_share(node: &PlanNode) -> (f64, Vec<Expr>) {
    let called = |e: &Expr| {
        let column = e.as_column()?;
        let target = node.children.first()?.targets.get(usize::from(column.column).checked_sub(1)?)?;
        matches!(target.expr, Expr::Window(_)).then_some(())
    };
    let stopped = match node.children.first().map(|c| &c.kind) {
        Some(NodeKind::WindowAgg { run_condition, .. }) => stops_after(run_condition),
        _ => None,
    };
    let (mut share, mut rest) = (1.0, Vec::new());
    for condition in &node.filter {
        match (condition, stopped) {
            (Expr::Operator(operator, operands), Some(last))
                if operator.kind == OperatorKind::Eq && operands.iter().any(|e| called(e).is_some()) =>
            {
                share /= last.max(1.0);
            }
            _ => rest.push(condition.clone()),
        }
    }
    (share, rest)
}
