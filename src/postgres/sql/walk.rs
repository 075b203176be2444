//! Walking every expression of a query, subqueries included.

use super::expr::{ColumnRef, Expr};
use super::query::{FromItem, Query, RelationKind};

impl Query {
    /// Calls `visit` on each expression of the query and of every query inside it, with the depth of that query (0 for this one).
    /// `visit` is called on whole expressions, not on their parts; what it leaves is searched for subqueries.
    pub(crate) fn visit_expressions(&mut self, depth: u8, visit: &mut dyn FnMut(&mut Expr, u8)) {
        for target in self.targets.iter_mut().chain(&mut self.returning) {
            visit_one(&mut target.expr, depth, visit);
        }
        for expr in
            [&mut self.filter, &mut self.having, &mut self.limit, &mut self.offset].into_iter().flatten()
        {
            visit_one(expr, depth, visit);
        }
        for item in &mut self.from {
            visit_from(item, depth, visit);
        }
        for relation in &mut self.relations {
            match &mut relation.kind {
                RelationKind::Subquery(query) => query.visit_expressions(depth + 1, visit),
                RelationKind::Values(rows) => {
                    rows.iter_mut().flatten().for_each(|e| visit_one(e, depth, visit))
                }
                RelationKind::Function(call) => visit_one(call, depth, visit),
                RelationKind::Table(_) | RelationKind::CommonTable { .. } => {}
            }
        }
        for common in &mut self.common_tables {
            common.query.visit_expressions(depth + 1, visit);
        }
    }
}

fn visit_from(item: &mut FromItem, depth: u8, visit: &mut dyn FnMut(&mut Expr, u8)) {
    match item {
        FromItem::Relation(_) => {}
        FromItem::List { items, filter } => {
            items.iter_mut().for_each(|i| visit_from(i, depth, visit));
            filter.iter_mut().for_each(|e| visit_one(e, depth, visit));
        }
        FromItem::Join { left, right, on, .. } => {
            visit_from(left, depth, visit);
            visit_from(right, depth, visit);
            on.iter_mut().for_each(|e| visit_one(e, depth, visit));
        }
    }
}

fn visit_one(expr: &mut Expr, depth: u8, visit: &mut dyn FnMut(&mut Expr, u8)) {
    visit(expr, depth);
    visit_sublinks(expr, depth, visit);
}

fn visit_sublinks(expr: &mut Expr, depth: u8, visit: &mut dyn FnMut(&mut Expr, u8)) {
    if let Expr::SubLink(link) = expr {
        link.query.visit_expressions(depth + 1, visit);
    }
    expr.for_each_child_mut(&mut |child| visit_sublinks(child, depth, visit));
}

impl Expr {
    /// Replaces bottom-up: `replace` gives the new form of a node whose operands are done, or `None` to keep it.
    pub(crate) fn rewrite(&mut self, replace: &mut dyn FnMut(&Expr) -> Option<Expr>) {
        self.for_each_child_mut(&mut |child| child.rewrite(replace));
        if let Some(new) = replace(self) {
            *self = new;
        }
    }
}

impl Query {
    /// As [`Expr::rewrite_columns`] for the whole query: only references to this query's own relations are passed.
    pub(crate) fn rewrite_columns(&mut self, change: &mut dyn FnMut(&ColumnRef) -> Option<Expr>) {
        self.visit_expressions(0, &mut |expr, depth| {
            expr.rewrite(&mut |e| changed(e, depth, change));
        });
    }
}

fn changed(expr: &Expr, depth: u8, change: &mut dyn FnMut(&ColumnRef) -> Option<Expr>) -> Option<Expr> {
    let Expr::Column(column) = expr else { return None };
    if column.levels_up != depth {
        return None;
    }
    let mut new = change(&ColumnRef { levels_up: 0, ..*column })?;
    if depth > 0 {
        new.rewrite(&mut |e| match e {
            Expr::Column(c) => Some(Expr::Column(ColumnRef { levels_up: c.levels_up + depth, ..*c })),
            _ => None,
        });
    }
    Some(new)
}
