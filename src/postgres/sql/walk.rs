//! Walking every expression of a query, subqueries included.

use super::expr::{ColumnRef, Expr};
use super::query::{FrameBound, FromItem, Query, RelationKind};

impl Query {
    /// Calls `visit` on each expression of the query and of every query inside it, with the depth of that query (0 for this one).
    /// `visit` is called on whole expressions, not on their parts; what it leaves is searched for subqueries.
    pub(crate) fn visit_expressions(&mut self, depth: u8, visit: &mut dyn FnMut(&mut Expr, u8)) {
        self.visit_own(&mut |expr| {
            visit(expr, depth);
            for_each_sublink(expr, &mut |query| query.visit_expressions(depth + 1, visit));
        });
        for relation in &mut self.relations {
            if let RelationKind::Subquery(query) = &mut relation.kind {
                query.visit_expressions(depth + 1, visit);
            }
        }
        for common in &mut self.common_tables {
            common.query.visit_expressions(depth + 1, visit);
        }
    }

    /// Calls `visit` on this query and on every query inside it (in FROM, in WITH, in expressions) with its depth.
    pub(crate) fn visit_queries(&mut self, depth: u8, visit: &mut dyn FnMut(&mut Query, u8)) {
        visit(self, depth);
        self.visit_own(&mut |expr| {
            for_each_sublink(expr, &mut |query| query.visit_queries(depth + 1, visit));
        });
        for relation in &mut self.relations {
            if let RelationKind::Subquery(query) = &mut relation.kind {
                query.visit_queries(depth + 1, visit);
            }
        }
        for common in &mut self.common_tables {
            common.query.visit_queries(depth + 1, visit);
        }
    }

    /// Calls `visit` on each expression of this query itself.
    fn visit_own(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        for target in self.targets.iter_mut().chain(&mut self.returning) {
            visit(&mut target.expr);
        }
        for expr in
            [&mut self.filter, &mut self.having, &mut self.limit, &mut self.offset].into_iter().flatten()
        {
            visit(expr);
        }
        for bound in self.windows.iter_mut().flat_map(|w| [&mut w.frame.start, &mut w.frame.end]) {
            if let FrameBound::Preceding(expr) | FrameBound::Following(expr) = bound {
                visit(expr);
            }
        }
        for item in &mut self.from {
            visit_from(item, visit);
        }
        for relation in &mut self.relations {
            match &mut relation.kind {
                RelationKind::Values(rows) => rows.iter_mut().flatten().for_each(&mut *visit),
                RelationKind::Function(call) => visit(call),
                RelationKind::Table(_)
                | RelationKind::Subquery(_)
                | RelationKind::Append(_)
                | RelationKind::CommonTable { .. } => {}
            }
        }
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

/// Calls `visit` on the subqueries of an expression, not on those within them.
fn for_each_sublink(expr: &mut Expr, visit: &mut dyn FnMut(&mut Query)) {
    if let Expr::SubLink(link) = expr {
        visit(&mut link.query);
    }
    expr.for_each_child_mut(&mut |child| for_each_sublink(child, visit));
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
