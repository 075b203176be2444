//! Base relations: their size and the ways to scan them (`allpaths.c`, `relnode.c`).

use std::rc::Rc;

use super::root::{ClauseId, EvalCost, Parameterization, Path, PathKind, Relids, Root, members, subset};
use crate::postgres::selectivity::{Clauses, clamp_rows};
use crate::postgres::sql::{Expr, RelationKind};

impl<'a> Root<'a> {
    /// `set_baserel_size_estimates`
    pub(super) fn size_rel(&mut self, rel: usize) {
        let clauses = self.rels[rel].restrict.clone();
        let share = self.clauses_selectivity(&clauses, None);
        let rows = clamp_rows(self.rels[rel].tuples * share);
        self.rels[rel].rows = rows;
        self.estimator.relations[rel].rows = rows;
        self.set_columns(rel);
    }

    /// Selectivity of clauses together, pseudoconstants left aside.
    pub(super) fn clauses_selectivity(&mut self, ids: &[ClauseId], context: Option<Clauses>) -> f64 {
        let exprs: Vec<Rc<Expr>> = ids.iter().map(|id| Rc::clone(&self.clause(*id).expr)).collect();
        let list: Vec<&Expr> = ids
            .iter()
            .zip(&exprs)
            .filter(|(id, e)| !self.clause(**id).pseudoconstant || matches!(e.as_ref(), Expr::Const(_)))
            .map(|(_, e)| e.as_ref())
            .collect();
        if list.is_empty() { 1.0 } else { self.estimator.conjunction(&list, context) }
    }

    /// `set_rel_pathlist`
    pub(super) fn scan_paths(&mut self, rel: usize) {
        match &self.query.relations[rel].kind {
            RelationKind::Table(_) => self.table_paths(rel),
            RelationKind::Subquery(_) => self.subquery_paths(rel, rel),
            RelationKind::Values(_) => self.simple_path(rel, PathKind::Values),
            RelationKind::Function(_) => self.simple_path(rel, PathKind::Function),
            RelationKind::Append(members) => {
                let members = members.clone();
                self.append_paths(rel, &members);
            }
            RelationKind::CommonTable { .. } => {
                let name = self.common_names.iter().find(|(id, _)| *id == rel);
                let name = name.map_or_else(String::new, |(_, name)| name.clone());
                self.simple_path(rel, PathKind::CommonTable { name });
            }
        }
        if self.all.count_ones() > 1 {
            // The topmost scan's Gather waits for the final target list.
            self.gather_paths(rel, false);
        }
        self.rels[rel].set_cheapest();
    }

    fn table_paths(&mut self, rel: usize) {
        let base = &self.rels[rel];
        let false_clause = base.restrict.iter().any(|c| {
            matches!(self.clause(*c).expr.as_ref(), Expr::Const(v) if v.datum != crate::postgres::datum::Datum::Bool(true))
        });
        if false_clause {
            let path = self.empty_path(rel);
            self.rels[rel].dummy = true;
            self.rels[rel].add_path(path);
            return;
        }
        let path = self.seq_path(rel, 0);
        self.rels[rel].add_path(path);
        if self.rels[rel].consider_parallel {
            let workers = self.parallel_workers(self.rels[rel].pages, -1.0);
            if workers > 0 {
                let path = self.seq_path(rel, workers);
                self.rels[rel].add_partial_path(path);
            }
        }
        self.index_paths(rel);
    }

    fn seq_path(&mut self, rel: usize, workers: u32) -> Path<'a> {
        let base = &self.rels[rel];
        let (cost, rows) = self.seq_scan_cost(base, base.rows, base.restrict_cost, workers);
        Path {
            kind: PathKind::Seq,
            relids: base.relids,
            rows,
            startup: cost.startup,
            total: cost.total,
            disabled: u32::from(!self.settings.enable_seqscan),
            pathkeys: Vec::new(),
            param: None,
            parallel_aware: workers > 0,
            parallel_safe: base.consider_parallel,
            workers,
            width: base.width,
            targets: None,
        }
    }

    /// `compute_parallel_worker`; a negative number of pages does not count.
    pub(super) fn parallel_workers(&self, heap_pages: f64, index_pages: f64) -> u32 {
        let s = self.settings;
        let (heap_least, index_least) = (s.min_parallel_table_scan_size, s.min_parallel_index_scan_size);
        if (heap_pages >= 0.0 && heap_pages < heap_least) || (index_pages >= 0.0 && index_pages < index_least)
        {
            return 0;
        }
        let steps = |pages: f64, least: f64| {
            let (mut workers, mut threshold) = (1, least.max(1.0));
            while pages >= threshold * 3.0 {
                workers += 1;
                threshold *= 3.0;
            }
            workers
        };
        let mut workers = 0;
        if heap_pages >= 0.0 {
            workers = steps(heap_pages, heap_least);
        }
        if index_pages >= 0.0 {
            let by_index = steps(index_pages, index_least);
            workers = if workers > 0 { workers.min(by_index) } else { by_index };
        }
        workers.min(s.max_parallel_workers_per_gather)
    }

    /// A scan of VALUES, a function or a WITH query: its rows once, the conditions on each.
    fn simple_path(&mut self, rel: usize, kind: PathKind<'a>) {
        let s = self.settings;
        let base = &self.rels[rel];
        let mut startup = base.restrict_cost.startup;
        let mut per_tuple = s.cpu_tuple_cost + base.restrict_cost.per_tuple;
        match (&kind, &self.query.relations[rel].kind) {
            (PathKind::Function, RelationKind::Function(call)) => {
                let cost = super::cost::expr_cost(call, s);
                startup += cost.startup + cost.per_tuple;
            }
            (PathKind::Values, _) => per_tuple += s.cpu_operator_cost,
            _ => per_tuple += s.cpu_tuple_cost,
        }
        let (lateral, relids, width, tuples) = (base.lateral, base.relids, base.width, base.tuples);
        let (all_rows, parallel_safe) = (base.rows, base.consider_parallel);
        let param = self.parameterization(rel, lateral);
        if let Some(param) = &param {
            let checked = self.clauses_cost(&param.clauses);
            startup += checked.startup;
            per_tuple += checked.per_tuple;
        }
        let path = Path {
            relids,
            rows: param.as_ref().map_or(all_rows, |p| p.rows),
            startup,
            total: startup + per_tuple * tuples,
            disabled: 0,
            pathkeys: Vec::new(),
            param,
            parallel_aware: false,
            parallel_safe,
            workers: 0,
            width,
            targets: None,
            kind,
        };
        self.rels[rel].add_path(path);
    }

    /// `get_baserel_parampathinfo`: what a scan with values from `outer` can check, and how many rows that leaves.
    pub(super) fn parameterization(&mut self, rel: usize, outer: Relids) -> Option<Rc<Parameterization>> {
        if outer == 0 {
            return None;
        }
        if let Some(known) = self.rels[rel].parameterizations.iter().find(|p| p.outer == outer) {
            return Some(Rc::clone(known));
        }
        let own = 1_u64 << rel;
        let mut clauses: Vec<ClauseId> = self.rels[rel]
            .join_clauses
            .clone()
            .into_iter()
            .filter(|c| subset(self.clause(*c).relids, own | outer) && self.movable(*c, rel))
            .collect();
        for id in self.join_equalities(own | outer, outer, own) {
            if !clauses.contains(&id) {
                clauses.push(id);
            }
        }
        let mut all = clauses.clone();
        all.extend(self.rels[rel].restrict.iter().copied());
        let share = self.clauses_selectivity(&all, Some(Clauses::Within(rel)));
        let rows = clamp_rows(self.rels[rel].tuples * share).min(self.rels[rel].rows);
        let made = Rc::new(Parameterization { outer, rows, clauses });
        self.rels[rel].parameterizations.push(Rc::clone(&made));
        Some(made)
    }

    /// Total pages of all tables in the query, for the cache's share.
    pub(super) fn count_pages(&mut self) {
        self.total_pages =
            members(self.all).filter(|r| *r < self.rels.len()).map(|r| self.rels[r].pages).sum();
    }

    /// Cost of clauses together.
    pub(super) fn clauses_cost(&self, ids: &[ClauseId]) -> EvalCost {
        let mut cost = EvalCost::default();
        ids.iter().for_each(|id| cost.add(self.clause(*id).cost));
        cost
    }
}
