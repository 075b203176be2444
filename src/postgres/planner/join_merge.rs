//! Merge joins (`sort_inner_and_outer`, `generate_mergejoin_paths` of `joinpath.c`): which orders are worth sorting for, and which
//! inner paths bring theirs along.

use std::rc::Rc;

use super::join_paths::{Extra, Uniqued};
use super::path::{by_startup, by_total, cheapest_sorted, common_prefix, contained};
use super::root::{ClauseId, JoinPath, Path, PathKey, PathKind, Root, SpecialJoin, subset};
use crate::postgres::sql::JoinKind;

impl<'a> Root<'a> {
    /// `sort_inner_and_outer`
    pub(super) fn sort_both(&mut self, extra: &Extra, join: Option<&SpecialJoin>) {
        if extra.merge_clauses.is_empty() || extra.kind == JoinKind::RightSemi {
            return;
        }
        let Some((outer, inner)) = self.inputs(extra, join) else { return };
        if outer.outer() & inner.relids != 0 || inner.outer() & outer.relids != 0 {
            return;
        }
        let keys = self.outer_merge_keys(extra);
        for front in 0..keys.len() {
            let mut order = vec![keys[front]];
            order.extend(keys.iter().enumerate().filter(|(i, _)| *i != front).map(|(_, k)| *k));
            let clauses = self.clauses_for_keys(extra, &order);
            if clauses.is_empty() {
                continue;
            }
            let inner_keys = self.inner_merge_keys(extra, &clauses, &order);
            self.try_merge(extra, &outer, &inner, &clauses, order.clone(), inner_keys.clone(), false);
            self.partial_sorted_merge(extra, &inner, &clauses, &order, &inner_keys);
        }
    }

    fn partial_sorted_merge(
        &mut self,
        extra: &Extra,
        inner: &Rc<Path<'a>>,
        clauses: &[ClauseId],
        order: &[PathKey],
        inner_keys: &[PathKey],
    ) {
        let allowed = !matches!(extra.kind, JoinKind::Full | JoinKind::Right | JoinKind::RightAnti)
            && extra.uniqued != Uniqued::Outer
            && self.rels[extra.rel].consider_parallel;
        let Some(outer) = self.rels[extra.outer].partial_paths.first().cloned() else { return };
        if !allowed {
            return;
        }
        let inner = if inner.parallel_safe {
            Some(Rc::clone(inner))
        } else if extra.uniqued == Uniqued::Inner {
            None
        } else {
            self.rels[extra.inner].paths.iter().find(|p| p.parallel_safe && p.param.is_none()).cloned()
        };
        if let Some(inner) = inner {
            self.try_merge(extra, &outer, &inner, clauses, order.to_vec(), inner_keys.to_vec(), true);
        }
    }

    /// The outer side's classes of the merge clauses, as ascending keys, those of the query's own order first
    /// (`select_outer_pathkeys_for_merge`).
    fn outer_merge_keys(&self, extra: &Extra) -> Vec<PathKey> {
        let mut classes = Vec::new();
        for id in &extra.merge_clauses {
            if let Some(class) = self.outer_class(extra, *id)
                && !classes.contains(&class)
            {
                classes.push(class);
            }
        }
        let mut out: Vec<PathKey> = Vec::new();
        let wanted = &self.query_pathkeys;
        if !wanted.is_empty() && wanted.iter().all(|k| classes.contains(&k.class)) {
            out.extend(wanted.iter().copied());
        }
        let score = |class: u32| {
            let class = &self.classes[class as usize];
            class.members.iter().filter(|m| m.relids & !self.rels[extra.rel].relids != 0).count()
        };
        let mut rest: Vec<u32> = classes.into_iter().filter(|c| out.iter().all(|k| k.class != *c)).collect();
        rest.sort_by_key(|c| std::cmp::Reverse(score(*c)));
        out.extend(rest.into_iter().map(|class| PathKey { class, descending: false, nulls_first: false }));
        out
    }

    fn outer_class(&self, extra: &Extra, id: ClauseId) -> Option<u32> {
        let clause = self.clause(id);
        let left_is_outer = subset(clause.left, self.rels[extra.outer].relids);
        let class = if left_is_outer { clause.left_class } else { clause.right_class };
        class.map(|c| self.class_of(c))
    }

    fn inner_class(&self, extra: &Extra, id: ClauseId) -> Option<u32> {
        let clause = self.clause(id);
        let left_is_outer = subset(clause.left, self.rels[extra.outer].relids);
        let class = if left_is_outer { clause.right_class } else { clause.left_class };
        class.map(|c| self.class_of(c))
    }

    /// `find_mergeclauses_for_outer_pathkeys`
    fn clauses_for_keys(&self, extra: &Extra, keys: &[PathKey]) -> Vec<ClauseId> {
        let mut out = Vec::new();
        for key in keys {
            let matching: Vec<ClauseId> = extra
                .merge_clauses
                .iter()
                .copied()
                .filter(|c| self.outer_class(extra, *c) == Some(self.class_of(key.class)) && !out.contains(c))
                .collect();
            if matching.is_empty() {
                break;
            }
            out.extend(matching);
        }
        out
    }

    /// `make_inner_pathkeys_for_merge`
    fn inner_merge_keys(&self, extra: &Extra, clauses: &[ClauseId], outer_keys: &[PathKey]) -> Vec<PathKey> {
        let mut out: Vec<PathKey> = Vec::new();
        for id in clauses {
            let Some(outer_class) = self.outer_class(extra, *id) else { continue };
            let Some(key) = outer_keys.iter().find(|k| self.class_of(k.class) == outer_class) else {
                continue;
            };
            let Some(class) = self.inner_class(extra, *id) else { continue };
            let key = PathKey { class, ..*key };
            if !self.redundant(key, &out) {
                out.push(key);
            }
        }
        out
    }

    /// `generate_mergejoin_paths` for one outer path.
    pub(super) fn merges_of(
        &mut self,
        extra: &Extra,
        outer: &Rc<Path<'a>>,
        inner: &Rc<Path<'a>>,
        all_clauses: bool,
        partial: bool,
    ) {
        let clauses = self.clauses_for_keys(extra, &outer.pathkeys);
        if clauses.is_empty() || (all_clauses && clauses.len() != extra.merge_clauses.len()) {
            return;
        }
        let inner_keys = self.inner_merge_keys(extra, &clauses, &outer.pathkeys);
        self.try_merge(extra, outer, inner, &clauses, Vec::new(), inner_keys.clone(), partial);
        if extra.uniqued == Uniqued::Inner {
            return;
        }
        let (mut best_startup, mut best_total): (Option<Rc<Path<'a>>>, Option<Rc<Path<'a>>>) = (None, None);
        if inner.pathkeys.is_empty() {
            // The cheapest inner path, sorted, was tried just now.
        } else if contained(&inner_keys, &inner.pathkeys) {
            best_startup = Some(Rc::clone(inner));
            best_total = Some(Rc::clone(inner));
        }
        for length in (1..=inner_keys.len()).rev() {
            let keys = &inner_keys[..length];
            let used = if length < inner_keys.len() {
                if all_clauses {
                    break;
                }
                let classes: Vec<u32> = keys.iter().map(|k| k.class).collect();
                clauses
                    .iter()
                    .copied()
                    .filter(|c| self.inner_class(extra, *c).is_some_and(|k| classes.contains(&k)))
                    .collect()
            } else {
                clauses.clone()
            };
            let paths = self.rels[extra.inner].paths.clone();
            let total = cheapest_sorted(&paths, keys, 0, partial, &by_total);
            if let Some(path) = total
                && best_total.as_ref().is_none_or(|b| by_total(&path, b).is_lt())
            {
                self.try_merge(extra, outer, &path, &used, Vec::new(), Vec::new(), partial);
                best_total = Some(path);
            }
            let startup = cheapest_sorted(&paths, keys, 0, partial, &by_startup);
            if let Some(path) = startup
                && best_startup.as_ref().is_none_or(|b| by_startup(&path, b).is_lt())
            {
                if best_total.as_ref().is_none_or(|t| !Rc::ptr_eq(t, &path)) {
                    self.try_merge(extra, outer, &path, &used, Vec::new(), Vec::new(), partial);
                }
                best_startup = Some(path);
            }
        }
    }

    /// `try_mergejoin_path`: sorts that the inputs' own order makes needless are left out.
    #[allow(clippy::too_many_arguments)]
    fn try_merge(
        &mut self,
        extra: &Extra,
        outer: &Rc<Path<'a>>,
        inner: &Rc<Path<'a>>,
        clauses: &[ClauseId],
        outer_sort: Vec<PathKey>,
        inner_sort: Vec<PathKey>,
        partial: bool,
    ) {
        let (ro, ri) = (self.rels[extra.outer].relids, self.rels[extra.inner].relids);
        let required = (outer.outer() | inner.outer()) & !(ro | ri);
        if required != 0 || outer.outer() & ri != 0 || inner.outer() & ro != 0 {
            return;
        }
        let keys_source = if outer_sort.is_empty() { outer.pathkeys.clone() } else { outer_sort.clone() };
        let presorted = common_prefix(&outer_sort, &outer.pathkeys);
        let outer_sort = if contained(&outer_sort, &outer.pathkeys) { Vec::new() } else { outer_sort };
        let inner_sort = if contained(&inner_sort, &inner.pathkeys) { Vec::new() } else { inner_sort };
        let join = JoinPath {
            kind: extra.kind,
            outer: Rc::clone(outer),
            inner: Rc::clone(inner),
            clauses: extra.clauses.clone(),
            inner_unique: extra.inner_unique,
        };
        let (cost, materialize, _) = self.merge_cost(&join, clauses, &outer_sort, &inner_sort, presorted);
        let keys = self.join_keys(extra, &keys_source);
        let sorts = u32::from(!outer_sort.is_empty() && !self.settings.enable_sort && presorted == 0)
            + u32::from(!inner_sort.is_empty() && !self.settings.enable_sort);
        let kind = PathKind::Merge {
            join,
            merge_clauses: clauses.to_vec(),
            outer_sort,
            inner_sort,
            outer_presorted: presorted,
            materialize,
        };
        let mut path = self.join_path(extra, kind, outer, inner, cost, keys, 0);
        path.disabled += sorts;
        self.offer(extra, path, partial, outer);
    }
}
