//! Nodes of subqueries, of the parts of a UNION and of windows (`setrefs.c`, `createplan.c`).

use std::rc::Rc;

use super::create::Maker;
use super::path::{common_prefix, contained};
use super::root::{Path, PathKey, Planned};
use crate::postgres::plan::{Elided, NodeKind, PlanNode};
use crate::postgres::sql::{Expr, Target};

impl<'a> Maker<'_, 'a> {
    pub(super) fn subquery_node(
        &self,
        path: &Path<'a>,
        planned: &Rc<Planned<'a>>,
        source: &Rc<Path<'a>>,
        loose: bool,
    ) -> PlanNode {
        let mut child = self.inside(planned, source);
        let filter = if path.relids.count_ones() == 1 { self.scan_quals(path, &[]) } else { Vec::new() };
        let mut node = self.blank(path, NodeKind::SubqueryScan { relation: self.relation(path) });
        // `trivial_subqueryscan`: it checks nothing and hands on the same columns.
        let outputs = planned.root.query.targets.len();
        let own = self.relation(path);
        let same_columns = path.targets.is_none()
            && path.relids.count_ones() == 1
            && node.targets.is_empty()
            && outputs == 0;
        let passed = node.targets.len() == outputs
            && node.targets.iter().enumerate().all(|(i, t)| {
                matches!(&t.expr, Expr::Column(c) if c.relation == own && usize::from(c.column) == i + 1)
            });
        let plain_member =
            self.root.rels.get(usize::from(own) - self.root.offset).is_some_and(|r| r.plain_member);
        // It may hand on all columns, if rows as wholes are not asked for (`use_physical_tlist`).
        let whole = node.targets.iter().any(|t| matches!(&t.expr, Expr::Column(c) if c.column == 0));
        let loose = loose && !whole;
        if filter.is_empty() && (passed || same_columns || plain_member || loose) {
            let mut elided = self.elided.borrow_mut();
            for (i, target) in child.targets.iter().enumerate() {
                elided.insert((own, i as u16 + 1), target.expr.clone());
            }
            if passed || plain_member {
                child.parallel_aware = child.parallel_aware || path.parallel_aware;
            }
            if plain_member {
                // What the whole doesn't need, a table would not have handed on.
                child.width = path.width;
                child.targets = node.targets.iter().map(|t| seen(t, &elided)).collect();
            }
            return child;
        }
        node.filter = filter;
        node.children = vec![child];
        node
    }

    /// The parts of a UNION, sorted where they are merged. What the whole's columns are is said of the first part's.
    pub(super) fn append_node(
        &self,
        path: &Path<'a>,
        sources: &[Rc<Path<'a>>],
        merged: Option<&Vec<PathKey>>,
    ) -> PlanNode {
        let whole = self.root.rels.iter().find(|r| r.relids == path.relids && r.relids.count_ones() == 1);
        let positions = whole.map(|r| r.columns.iter().map(|(_, c)| *c).collect::<Vec<u16>>());
        let mut children = Vec::new();
        for source in sources {
            let child = self.node(source);
            children.push(match merged {
                Some(keys) => self.merged_child(child, source, keys, path, positions.as_deref()),
                None => child,
            });
        }
        let Some(first) = children.first() else { return self.blank(path, NodeKind::Append) };
        if let (Some(whole), Some(positions)) = (whole, &positions) {
            let own = (whole.relids.trailing_zeros() as usize + self.root.offset) as u16;
            let mut elided = self.elided.borrow_mut();
            for (column, target) in positions.iter().zip(&first.targets) {
                elided.insert((own, *column), target.expr.clone());
            }
        }
        if children.len() == 1 {
            // `set_append_references`: a single part needs no Append.
            return children.remove(0);
        }
        let kind = match merged {
            Some(keys) => NodeKind::MergeAppend { keys: self.sort_keys(keys, path, &[]) },
            None => NodeKind::Append,
        };
        let mut node = self.blank(path, kind);
        node.children = children;
        node
    }

    /// An input of a merge with the sort that it needs: by the part's own columns.
    fn merged_child(
        &self,
        child: PlanNode,
        source: &Rc<Path<'a>>,
        keys: &[PathKey],
        whole: &Path<'a>,
        positions: Option<&[u16]>,
    ) -> PlanNode {
        if contained(keys, &source.pathkeys) {
            return child;
        }
        let cost = self.root.merged_input_cost(source, keys);
        let presorted = common_prefix(keys, &source.pathkeys);
        let mut plan_keys = self.sort_keys(keys, whole, &[]);
        for key in &mut plan_keys {
            let Expr::Column(c) = &key.expr else { continue };
            let at = match positions {
                Some(positions) => positions.iter().position(|p| *p == c.column),
                None => usize::from(c.column).checked_sub(1),
            };
            if let Some(target) = at.and_then(|at| child.targets.get(at)) {
                key.expr = target.expr.clone();
            }
        }
        let limit = Some(self.root.scan_limit()).filter(|l| *l > 0.0);
        let kind = if presorted > 0 && self.root.settings.enable_incremental_sort {
            NodeKind::IncrementalSort { keys: plan_keys, presorted, limit }
        } else {
            NodeKind::Sort { keys: plan_keys, limit }
        };
        let mut node = self.blank(source, kind);
        (node.startup_cost, node.total_cost) = (cost.startup, cost.total);
        node.targets.clone_from(&child.targets);
        node.parallel_aware = false;
        node.children = vec![child];
        node
    }

    pub(super) fn window_node(
        &self,
        path: &Path<'a>,
        source: &Rc<Path<'a>>,
        at: usize,
        filter: &[Expr],
    ) -> PlanNode {
        let window = &self.root.windows[at];
        let query = &self.root.query;
        let exprs = |targets: &[usize]| -> Vec<Expr> {
            targets.iter().map(|i| self.global(&query.targets[*i].expr)).collect()
        };
        let kind = NodeKind::WindowAgg {
            name: window.name.clone(),
            partition: exprs(&window.partition),
            order: exprs(&window.order),
            frame: window.frame.clone(),
            run_condition: query.windows[window.window]
                .run_conditions
                .iter()
                .map(|e| self.global(e))
                .collect(),
        };
        let mut node = self.blank(path, kind);
        node.filter = filter.iter().map(|e| self.global(e)).collect();
        node.children = vec![self.input(source)];
        node
    }
}

/// A target as the relations with nodes have it.
fn seen(target: &Target, elided: &Elided) -> Target {
    let mut out = target.clone();
    out.expr.rewrite(&mut |e| match e {
        Expr::Column(c) => elided.get(&(c.relation, c.column)).cloned(),
        _ => None,
    });
    out
}
