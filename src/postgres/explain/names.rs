//! How a plan's expressions print: columns by relation, and what a lower node computed in parentheses.

use crate::postgres::plan::{Plan, PlanNode};
use crate::postgres::sql::{ColumnRef, DeparseContext, Expr, deparse, quote_identifier};

/// The expressions of one node.
pub(super) struct NodeNames<'p> {
    pub(super) plan: &'p Plan,
    /// Names columns with their relation.
    pub(super) qualified: bool,
    /// The inputs, whose computed outputs print in parentheses.
    pub(super) inputs: &'p [PlanNode],
}

impl NodeNames<'_> {
    /// The same names where nothing was computed before.
    fn bare(&self) -> NodeNames<'_> {
        NodeNames { plan: self.plan, qualified: self.qualified, inputs: &[] }
    }

    pub(super) fn text(&self, expr: &Expr) -> String {
        deparse(expr, self)
    }

    /// Several conditions as one text (`show_qual`).
    pub(super) fn conjunction(&self, exprs: &[Expr]) -> Option<String> {
        match exprs {
            [] => None,
            [one] => Some(parenthesized(self.text(one), one)),
            many => Some(deparse(&Expr::And(many.to_vec()), self)),
        }
    }
}

/// A condition that prints without parentheses of its own gets them.
fn parenthesized(text: String, expr: &Expr) -> String {
    match expr {
        Expr::Column(_) | Expr::Const(_) | Expr::InitPlanOutput { .. } | Expr::SubPlan { .. } => text,
        _ if text.starts_with('(') => text,
        Expr::Function(..) => text,
        _ => text,
    }
}

impl DeparseContext for NodeNames<'_> {
    fn column(&self, column: &ColumnRef) -> String {
        // A relation without a node: what is beneath, in parentheses where it is computed there (`get_special_variable`).
        match self.plan.elided.get(&(column.relation, column.column)) {
            Some(Expr::Column(beneath)) => return self.column(beneath),
            Some(beneath) => return format!("({})", deparse(beneath, &self.bare())),
            None => {}
        }
        let Some(relation) = self.plan.relations.get(usize::from(column.relation)) else {
            return "?".to_owned();
        };
        let name = match column.column {
            0 => String::new(),
            n => relation
                .columns
                .get(usize::from(n) - 1)
                .map_or_else(|| "ctid".to_owned(), |c| quote_identifier(c)),
        };
        let alias = quote_identifier(&relation.alias);
        if column.column == 0 {
            return format!("{alias}.*");
        }
        if self.qualified { format!("{alias}.{name}") } else { name }
    }

    fn replacement(&self, expr: &Expr) -> Option<String> {
        if matches!(expr, Expr::Column(_) | Expr::Const(_) | Expr::Parameter { .. }) {
            return None;
        }
        let computed = self.inputs.iter().any(|n| n.targets.iter().any(|t| t.expr == *expr));
        if !computed {
            return None;
        }
        Some(format!("({})", deparse(expr, &self.bare())))
    }
}
