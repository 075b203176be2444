//! Ways to join two relations (`joinpath.c`): nested loops with everything the inner side offers, merges, hashes, and their
//! parallel forms.

use std::rc::Rc;

use super::cost::Cost;
use super::join_cost::MatchFactors;
use super::root::{
    ClauseId, JoinPath, Parameterization, Path, PathKey, PathKind, RelIndex, Relids, Root, SpecialJoin,
    subset,
};
use crate::postgres::catalog::KeySource;
use crate::postgres::selectivity::clamp_rows;
use crate::postgres::sql::{Distinct, Expr, JoinKind, Query, RelationKind};

/// A side that is made unique first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uniqued {
    No,
    Outer,
    Inner,
}

/// What all paths of one pair share (`JoinPathExtraData`).
pub(super) struct Extra {
    pub(super) rel: RelIndex,
    pub(super) outer: RelIndex,
    pub(super) inner: RelIndex,
    pub(super) kind: JoinKind,
    pub(super) uniqued: Uniqued,
    pub(super) clauses: Vec<ClauseId>,
    pub(super) merge_clauses: Vec<ClauseId>,
    pub(super) hash_clauses: Vec<ClauseId>,
    pub(super) inner_unique: bool,
    pub(super) factors: Option<MatchFactors>,
}

impl<'a> Root<'a> {
    /// `populate_joinrel_with_paths`
    pub(super) fn populate(
        &mut self,
        rel: RelIndex,
        a: RelIndex,
        b: RelIndex,
        join: Option<&SpecialJoin>,
        clauses: &[ClauseId],
    ) {
        let Some(join) = join else {
            self.add_joins(rel, a, b, JoinKind::Inner, Uniqued::No, None, clauses);
            self.add_joins(rel, b, a, JoinKind::Inner, Uniqued::No, None, clauses);
            return;
        };
        let both = |root: &mut Self, first: JoinKind, second: JoinKind| {
            root.add_joins(rel, a, b, first, Uniqued::No, Some(join), clauses);
            root.add_joins(rel, b, a, second, Uniqued::No, Some(join), clauses);
        };
        match join.kind {
            JoinKind::Left => both(self, JoinKind::Left, JoinKind::Right),
            JoinKind::Full => both(self, JoinKind::Full, JoinKind::Full),
            JoinKind::Anti => both(self, JoinKind::Anti, JoinKind::RightAnti),
            JoinKind::Semi => {
                let (ra, rb) = (self.rels[a].relids, self.rels[b].relids);
                if subset(join.min_left, ra) && subset(join.min_right, rb) {
                    both(self, JoinKind::Semi, JoinKind::RightSemi);
                }
                if join.syntactic_right == rb && self.unique_path(b, join).is_some() {
                    self.add_joins(rel, a, b, JoinKind::Inner, Uniqued::Inner, Some(join), clauses);
                    self.add_joins(rel, b, a, JoinKind::Inner, Uniqued::Outer, Some(join), clauses);
                }
            }
            _ => both(self, JoinKind::Inner, JoinKind::Inner),
        }
    }

    /// `add_paths_to_joinrel`
    #[allow(clippy::too_many_arguments)]
    fn add_joins(
        &mut self,
        rel: RelIndex,
        outer: RelIndex,
        inner: RelIndex,
        kind: JoinKind,
        uniqued: Uniqued,
        join: Option<&SpecialJoin>,
        clauses: &[ClauseId],
    ) {
        let outer_join = !matches!(kind, JoinKind::Inner | JoinKind::Semi | JoinKind::RightSemi);
        let inner_unique = match (kind, uniqued) {
            (JoinKind::Semi | JoinKind::Anti, _) => false,
            (_, Uniqued::Inner) => join.is_some_and(|j| subset(j.min_left, self.rels[outer].relids)),
            _ => self.is_unique_for(inner, self.rels[outer].relids, clauses, outer_join),
        };
        let needs_factors = inner_unique || matches!(kind, JoinKind::Semi | JoinKind::Anti);
        let factors = needs_factors.then(|| {
            let side = |rel: RelIndex| (self.rels[rel].relids, self.rels[rel].rows);
            let (left, right) = match join {
                Some(join) if subset(join.min_left, self.rels[inner].relids) => (side(inner), side(outer)),
                _ => (side(outer), side(inner)),
            };
            let inner_rows = self.rels[inner].rows;
            // The clauses count as the special join's own kind has it, also where a unique inner side asks for the factors: for plain
            // and left joins that is the share of the product, as PostgreSQL takes it.
            let estimated_as = join.map_or(JoinKind::Inner, |j| j.kind);
            self.match_factors(estimated_as, clauses, (left.0, left.1, right.1), inner_rows, outer_join)
        });
        let joinable: Vec<ClauseId> = clauses
            .iter()
            .copied()
            .filter(|c| {
                let clause = self.clause(*c);
                let (ro, ri) = (self.rels[outer].relids, self.rels[inner].relids);
                let sided = (subset(clause.left, ro) && subset(clause.right, ri))
                    || (subset(clause.left, ri) && subset(clause.right, ro));
                clause.joinable
                    && clause.left != 0
                    && clause.right != 0
                    && sided
                    && !(outer_join && clause.pushed_down)
            })
            .collect();
        let s = self.settings;
        let full = kind == JoinKind::Full;
        let merge_clauses = if s.enable_mergejoin || full { joinable.clone() } else { Vec::new() };
        let hash_clauses = if s.enable_hashjoin || full { joinable } else { Vec::new() };
        let extra = Extra {
            rel,
            outer,
            inner,
            kind,
            uniqued,
            clauses: clauses.to_vec(),
            merge_clauses,
            hash_clauses,
            inner_unique,
            factors,
        };
        self.sort_both(&extra, join);
        self.walk_outer(&extra, join);
        self.hash_joins(&extra, join);
    }

    /// `innerrel_is_unique`: at most one inner row for each outer row, by a unique index on equalities with the outer side, or a subquery's
    /// DISTINCT or GROUP BY.
    pub(super) fn is_unique_for(
        &self,
        inner: RelIndex,
        ro: Relids,
        clauses: &[ClauseId],
        outer_join: bool,
    ) -> bool {
        if self.rels[inner].relids.count_ones() != 1 {
            return false;
        }
        let ri = self.rels[inner].relids;
        let mut fixed: Vec<Rc<Expr>> = Vec::new();
        for id in clauses {
            let clause = self.clause(*id);
            if !clause.joinable || (outer_join && clause.pushed_down) {
                continue;
            }
            let Expr::Operator(_, args) = clause.expr.as_ref() else { continue };
            if subset(clause.left, ri) && clause.left != 0 && subset(clause.right, ro) {
                fixed.push(Rc::new(args[0].clone()));
            } else if subset(clause.right, ri) && clause.right != 0 && subset(clause.left, ro) {
                fixed.push(Rc::new(args[1].clone()));
            }
        }
        !fixed.is_empty() && self.is_distinct_on(inner, fixed)
    }

    /// True where a base relation has each combination of these expressions once at most (`rel_is_distinct_for`).
    pub(super) fn is_distinct_on(&self, inner: RelIndex, mut fixed: Vec<Rc<Expr>>) -> bool {
        let Some(rel) = Root::single(self.rels[inner].relids) else { return false };
        for id in &self.rels[inner].restrict {
            let clause = self.clause(*id);
            if let (true, Expr::Operator(_, args)) = (clause.joinable, clause.expr.as_ref()) {
                if clause.left == 0 {
                    fixed.push(Rc::new(args[1].clone()));
                } else if clause.right == 0 {
                    fixed.push(Rc::new(args[0].clone()));
                }
            }
        }
        if let RelationKind::Subquery(query) = &self.query.relations[rel].kind {
            return subquery_is_distinct(query, &fixed);
        }
        self.rels[inner].indexes.iter().any(|info| {
            let whole = !info.index.is_partial() || info.predicate_ok;
            info.index.unique
                && whole
                && info.index.keys.iter().all(|k| {
                    fixed.iter().any(|e| match &k.source {
                        KeySource::Column(column) => {
                            matches!(e.stripped(), Expr::Column(c) if usize::from(c.relation) == rel && c.column == *column)
                        }
                        KeySource::Expression(own) => crate::postgres::selectivity::same_expression(own, e, rel as u16),
                    })
                })
        })
    }

    /// The input paths of a pair, one side made unique where that is asked.
    pub(super) fn inputs(
        &mut self,
        extra: &Extra,
        join: Option<&SpecialJoin>,
    ) -> Option<(Rc<Path<'a>>, Rc<Path<'a>>)> {
        let outer = match (extra.uniqued, join) {
            (Uniqued::Outer, Some(join)) => self.unique_path(extra.outer, join)?,
            _ => self.rels[extra.outer].cheapest_total.clone()?,
        };
        let inner = match (extra.uniqued, join) {
            (Uniqued::Inner, Some(join)) => self.unique_path(extra.inner, join)?,
            _ => self.rels[extra.inner].cheapest_total.clone()?,
        };
        Some((outer, inner))
    }

    /// `build_join_pathkeys`
    pub(super) fn join_keys(&self, extra: &Extra, outer: &[PathKey]) -> Vec<PathKey> {
        if matches!(extra.kind, JoinKind::Full | JoinKind::Right | JoinKind::RightAnti | JoinKind::RightSemi)
        {
            return Vec::new();
        }
        self.useful_keys(self.rels[extra.rel].relids, outer)
    }

    /// `match_unsorted_outer`
    fn walk_outer(&mut self, extra: &Extra, join: Option<&SpecialJoin>) {
        if extra.kind == JoinKind::RightSemi {
            return;
        }
        let loops_ok = !matches!(extra.kind, JoinKind::Right | JoinKind::RightAnti | JoinKind::Full);
        let all_clauses = !loops_ok;
        let outer_relids = self.rels[extra.outer].relids;
        let mut inner_cheapest =
            self.rels[extra.inner].cheapest_total.clone().filter(|p| p.outer() & outer_relids == 0);
        let mut material = None;
        if let (Uniqued::Inner, Some(join)) = (extra.uniqued, join) {
            inner_cheapest = self.unique_path(extra.inner, join);
        } else if loops_ok
            && self.settings.enable_material
            && let Some(inner) = &inner_cheapest
            && !materializes(inner)
        {
            material = Some(Rc::new(self.material(inner)));
        }
        for outer in self.rels[extra.outer].paths.clone() {
            if outer.outer() & self.rels[extra.inner].relids != 0 {
                continue;
            }
            let outer = match (extra.uniqued, join) {
                (Uniqued::Outer, Some(join)) => {
                    let is_cheapest =
                        self.rels[extra.outer].cheapest_total.as_ref().is_some_and(|c| Rc::ptr_eq(c, &outer));
                    match self.unique_path(extra.outer, join).filter(|_| is_cheapest) {
                        Some(path) => path,
                        None => continue,
                    }
                }
                _ => outer,
            };
            if extra.uniqued == Uniqued::Inner {
                if let Some(inner) = &inner_cheapest {
                    self.try_nested(extra, &outer, &Rc::clone(inner), false);
                }
            } else if loops_ok {
                for inner in self.rels[extra.inner].cheapest_parameterized.clone() {
                    self.try_nested(extra, &outer, &inner, false);
                    if let Some(memoize) = self.memoize(extra, &outer, &inner) {
                        self.try_nested(extra, &outer, &Rc::new(memoize), false);
                    }
                }
                if let Some(material) = &material {
                    self.try_nested(extra, &outer, &Rc::clone(material), false);
                }
            }
            if extra.uniqued == Uniqued::Outer {
                continue;
            }
            if let Some(inner) = &inner_cheapest {
                self.merges_of(extra, &outer, &Rc::clone(inner), all_clauses, false);
            }
        }
        self.partial_outer(extra, loops_ok, inner_cheapest.as_ref());
    }

    /// Partial outer paths: `consider_parallel_nestloop`, `consider_parallel_mergejoin`.
    fn partial_outer(&mut self, extra: &Extra, loops_ok: bool, inner_cheapest: Option<&Rc<Path<'a>>>) {
        let partials = self.rels[extra.outer].partial_paths.clone();
        if !self.rels[extra.rel].consider_parallel
            || partials.is_empty()
            || extra.uniqued == Uniqued::Outer
            || matches!(extra.kind, JoinKind::Full | JoinKind::Right | JoinKind::RightAnti)
        {
            return;
        }
        if loops_ok {
            let inners: Vec<Rc<Path<'a>>> = match extra.uniqued {
                Uniqued::Inner => inner_cheapest.into_iter().cloned().collect(),
                _ => self.rels[extra.inner].cheapest_parameterized.clone(),
            };
            let material = (extra.uniqued != Uniqued::Inner && self.settings.enable_material)
                .then(|| {
                    inner_cheapest
                        .filter(|i| i.parallel_safe && !materializes(i))
                        .map(|i| Rc::new(self.material(i)))
                })
                .flatten();
            for outer in &partials {
                for inner in inners.iter().filter(|i| i.parallel_safe) {
                    self.try_nested(extra, outer, inner, true);
                    if extra.uniqued == Uniqued::Inner {
                        continue;
                    }
                    if let Some(memoize) = self.memoize(extra, outer, inner) {
                        self.try_nested(extra, outer, &Rc::new(memoize), true);
                    }
                }
                if let Some(material) = &material {
                    self.try_nested(extra, outer, material, true);
                }
            }
        }
        let safe = match inner_cheapest {
            Some(inner) if inner.parallel_safe => Some(Rc::clone(inner)),
            _ if extra.uniqued == Uniqued::Inner => None,
            _ => self.rels[extra.inner].paths.iter().find(|p| p.parallel_safe && p.param.is_none()).cloned(),
        };
        if let Some(inner) = safe {
            for outer in &partials {
                self.merges_of(extra, outer, &inner, false, true);
            }
        }
    }

    /// `try_nestloop_path` and `create_nestloop_path`
    fn try_nested(&mut self, extra: &Extra, outer: &Rc<Path<'a>>, inner: &Rc<Path<'a>>, partial: bool) {
        let (ro, ri) = (self.rels[extra.outer].relids, self.rels[extra.inner].relids);
        let required = (outer.outer() | inner.outer()) & !(ro | ri);
        if outer.outer() & ri != 0 {
            return;
        }
        if partial && (required != 0 || !subset(inner.outer(), ro)) {
            return;
        }
        // A path that needs values from further out is of use only where it takes some from here too.
        if required != 0 && !self.useful_parameter(extra, required, inner, outer) {
            return;
        }
        let clauses: Vec<ClauseId> = if inner.outer() & ro != 0 {
            let checked = inner.param.as_ref().map_or(&[][..], |p| &p.clauses);
            let classes: Vec<u32> = checked.iter().filter_map(|c| self.clause(*c).parent_class).collect();
            extra
                .clauses
                .iter()
                .copied()
                .filter(|c| {
                    let by_class = self.clause(*c).parent_class.is_some_and(|p| classes.contains(&p));
                    !checked.contains(c) && !(by_class && subset(self.clause(*c).relids, ri | inner.outer()))
                })
                .collect()
        } else {
            extra.clauses.clone()
        };
        let join = JoinPath {
            kind: extra.kind,
            outer: Rc::clone(outer),
            inner: Rc::clone(inner),
            clauses,
            inner_unique: extra.inner_unique,
        };
        let indexed = self.indexed_quals(&join);
        let cost = self.nested_cost(&join, extra.factors, indexed);
        let keys = self.join_keys(extra, &outer.pathkeys);
        let mut path = self.join_path(extra, PathKind::Nested(join), outer, inner, cost, keys, required);
        path.disabled += u32::from(!self.settings.enable_nestloop);
        self.offer(extra, path, partial, outer);
    }

    /// Parameterised joins are kept only where every outer relation is needed by an index below them.
    fn useful_parameter(&self, extra: &Extra, required: Relids, inner: &Path<'a>, outer: &Path<'a>) -> bool {
        let (ro, _) = (self.rels[extra.outer].relids, ());
        let star = inner.outer() & ro != 0 && inner.outer() & !ro != 0;
        let _ = outer;
        let lateral = required & self.rels[extra.rel].lateral != 0;
        let source = self.special_joins.iter().any(|j| {
            j.kind != JoinKind::Full
                && self.rels[extra.rel].relids & j.min_right != 0
                && self.rels[extra.rel].relids & j.min_left == 0
        });
        star || source || lateral
    }

    /// `has_indexed_join_quals`
    fn indexed_quals(&self, join: &JoinPath<'a>) -> bool {
        if !join.clauses.is_empty() {
            return false;
        }
        let inner = &join.inner;
        let Some(param) = &inner.param else { return false };
        let answered: Vec<ClauseId> = match &inner.kind {
            PathKind::Index { clauses, .. } => clauses.iter().map(|c| c.clause).collect(),
            PathKind::BitmapHeap { source } => match &source.kind {
                PathKind::Index { clauses, .. } => clauses.iter().map(|c| c.clause).collect(),
                _ => return false,
            },
            _ => return false,
        };
        let classes: Vec<u32> = answered.iter().filter_map(|c| self.clause(*c).parent_class).collect();
        !param.clauses.is_empty()
            && param.clauses.iter().all(|c| {
                answered.contains(c) || self.clause(*c).parent_class.is_some_and(|p| classes.contains(&p))
            })
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn join_path(
        &mut self,
        extra: &Extra,
        kind: PathKind<'a>,
        outer: &Path<'a>,
        inner: &Path<'a>,
        cost: Cost,
        pathkeys: Vec<PathKey>,
        required: Relids,
    ) -> Path<'a> {
        let param = self.join_parameterization(extra, required);
        let rel = &self.rels[extra.rel];
        let rows = param.as_ref().map_or(rel.rows, |p| p.rows);
        let rows =
            if outer.workers > 0 { clamp_rows(rows / self.parallel_divisor(outer.workers)) } else { rows };
        Path {
            kind,
            relids: rel.relids,
            rows,
            startup: cost.startup,
            total: cost.total,
            disabled: outer.disabled + inner.disabled,
            pathkeys,
            param,
            parallel_aware: false,
            parallel_safe: rel.consider_parallel && outer.parallel_safe && inner.parallel_safe,
            workers: outer.workers,
            width: rel.width,
            targets: None,
        }
    }

    /// `get_joinrel_parampathinfo`
    fn join_parameterization(&mut self, extra: &Extra, required: Relids) -> Option<Rc<Parameterization>> {
        if required == 0 {
            return None;
        }
        if let Some(known) = self.rels[extra.rel].parameterizations.iter().find(|p| p.outer == required) {
            return Some(Rc::clone(known));
        }
        let relids = self.rels[extra.rel].relids;
        let clauses = self.join_equalities(relids | required, required, relids);
        let share = self.clauses_selectivity(&clauses, None);
        let rows = clamp_rows(self.rels[extra.rel].rows * share);
        let made = Rc::new(Parameterization { outer: required, rows, clauses });
        self.rels[extra.rel].parameterizations.push(Rc::clone(&made));
        Some(made)
    }

    pub(super) fn offer(&mut self, extra: &Extra, path: Path<'a>, partial: bool, outer: &Path<'a>) {
        if partial {
            if outer.workers > 0 {
                self.rels[extra.rel].add_partial_path(path);
            }
        } else {
            let mut path = path;
            path.workers = 0;
            self.rels[extra.rel].add_path(path);
        }
    }

    /// `create_material_path`
    fn material(&self, source: &Rc<Path<'a>>) -> Path<'a> {
        let s = self.settings;
        let mut run = source.total - source.startup + 2.0 * s.cpu_operator_cost * source.rows;
        let bytes = super::cost::relation_bytes(source.rows, source.width);
        if bytes > s.work_mem * 1024.0 {
            run += s.seq_page_cost * (bytes / 8192.0).ceil();
        }
        let cost = Cost { startup: source.startup, total: source.startup + run };
        self.above(source, PathKind::Material { source: Rc::clone(source) }, cost)
    }

    /// `get_memoize_path`
    fn memoize(&self, extra: &Extra, outer: &Path<'a>, inner: &Rc<Path<'a>>) -> Option<Path<'a>> {
        let s = self.settings;
        let outer_rel = &self.rels[extra.outer];
        if !s.enable_memoize || outer_rel.rows < 2.0 {
            return None;
        }
        let param = inner.param.as_ref()?;
        if !extra.inner_unique && matches!(extra.kind, JoinKind::Semi | JoinKind::Anti) {
            return None;
        }
        if extra.inner_unique && param.clauses.len() < extra.clauses.len() {
            return None;
        }
        let mut keys: Vec<Expr> = Vec::new();
        let mut binary = false;
        for id in &param.clauses {
            let clause = self.clause(*id);
            let Expr::Operator(_, args) = clause.expr.as_ref() else { return None };
            if !clause.joinable {
                binary = true;
            }
            let inner_is_left = subset(clause.left, self.rels[extra.inner].relids) && clause.left != 0;
            let key = if inner_is_left { &args[1] } else { &args[0] };
            if super::pull_up::is_volatile(key) {
                return None;
            }
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        let outer_relids = outer_rel.relids;
        for column in &self.rels[extra.inner].lateral_columns {
            let key = Expr::Column(*column);
            if outer_relids & (1 << column.relation) != 0 && !keys.contains(&key) {
                keys.push(key);
                binary = true;
            }
        }
        if keys.is_empty() {
            return None;
        }
        let calls = outer.rows.max(1.0);
        let entries = self.memoize_rescan(inner, &keys, calls).1;
        let kind = PathKind::Memoize {
            source: Rc::clone(inner),
            keys,
            single_row: extra.inner_unique,
            calls,
            entries,
            binary,
        };
        let cost = Cost { startup: inner.startup + s.cpu_tuple_cost, total: inner.total + s.cpu_tuple_cost };
        Some(self.above(inner, kind, cost))
    }

    /// `hash_inner_and_outer`
    fn hash_joins(&mut self, extra: &Extra, join: Option<&SpecialJoin>) {
        if extra.hash_clauses.is_empty() {
            return;
        }
        match extra.uniqued {
            Uniqued::No => {
                let startup = self.rels[extra.outer].cheapest_startup.clone();
                let inner_total = self.rels[extra.inner].cheapest_total.clone();
                let crossed = |p: &Path<'a>, r: Relids| p.outer() & r != 0;
                let (ro, ri) = (self.rels[extra.outer].relids, self.rels[extra.inner].relids);
                if let (Some(outer), Some(inner)) = (&startup, &inner_total)
                    && !crossed(outer, ri)
                    && !crossed(inner, ro)
                {
                    self.try_hash(extra, outer, inner, false, false);
                }
                for outer in self.rels[extra.outer].cheapest_parameterized.clone() {
                    if crossed(&outer, ri) {
                        continue;
                    }
                    for inner in self.rels[extra.inner].cheapest_parameterized.clone() {
                        let done = startup.as_ref().is_some_and(|s| Rc::ptr_eq(s, &outer))
                            && inner_total.as_ref().is_some_and(|t| Rc::ptr_eq(t, &inner));
                        if crossed(&inner, ro) || done {
                            continue;
                        }
                        self.try_hash(extra, &outer, &inner, false, false);
                    }
                }
            }
            Uniqued::Outer | Uniqued::Inner => {
                if let Some((outer, inner)) = self.inputs(extra, join) {
                    self.try_hash(extra, &outer, &inner, false, false);
                    let startup = self.rels[extra.outer].cheapest_startup.clone();
                    if extra.uniqued == Uniqued::Inner
                        && let Some(startup) = startup.filter(|s| !Rc::ptr_eq(s, &outer))
                    {
                        self.try_hash(extra, &startup, &inner, false, false);
                    }
                }
            }
        }
        self.partial_hashes(extra, join);
    }

    fn partial_hashes(&mut self, extra: &Extra, join: Option<&SpecialJoin>) {
        if !self.rels[extra.rel].consider_parallel || extra.uniqued == Uniqued::Outer {
            return;
        }
        let Some(outer) = self.rels[extra.outer].partial_paths.first().cloned() else { return };
        let full_like = matches!(extra.kind, JoinKind::Full | JoinKind::Right | JoinKind::RightAnti);
        if self.settings.enable_parallel_hash
            && extra.uniqued != Uniqued::Inner
            && extra.kind != JoinKind::RightSemi
            && let Some(inner) = self.rels[extra.inner].partial_paths.first().cloned()
        {
            self.try_hash(extra, &outer, &inner, true, true);
        }
        if full_like || extra.kind == JoinKind::RightSemi {
            return;
        }
        let inner = match (extra.uniqued, join) {
            (Uniqued::Inner, Some(join)) => self.unique_path(extra.inner, join).filter(|p| p.parallel_safe),
            _ => {
                let total = self.rels[extra.inner]
                    .cheapest_total
                    .clone()
                    .filter(|p| p.parallel_safe && p.param.is_none());
                total.or_else(|| {
                    self.rels[extra.inner]
                        .paths
                        .iter()
                        .find(|p| p.parallel_safe && p.param.is_none())
                        .cloned()
                })
            }
        };
        if let Some(inner) = inner {
            self.try_hash(extra, &outer, &inner, true, false);
        }
    }

    /// `try_hashjoin_path` and its partial form
    fn try_hash(
        &mut self,
        extra: &Extra,
        outer: &Rc<Path<'a>>,
        inner: &Rc<Path<'a>>,
        partial: bool,
        parallel_hash: bool,
    ) {
        let (ro, ri) = (self.rels[extra.outer].relids, self.rels[extra.inner].relids);
        let required = (outer.outer() | inner.outer()) & !(ro | ri);
        if required != 0 {
            return;
        }
        let join = JoinPath {
            kind: extra.kind,
            outer: Rc::clone(outer),
            inner: Rc::clone(inner),
            clauses: extra.clauses.clone(),
            inner_unique: extra.inner_unique,
        };
        let unique_inner = extra.uniqued == Uniqued::Inner;
        let (cost, batches) =
            self.hash_cost(&join, &extra.hash_clauses, extra.factors, parallel_hash, unique_inner);
        let kind = PathKind::Hash { join, hash_clauses: extra.hash_clauses.clone(), batches, parallel_hash };
        let mut path = self.join_path(extra, kind, outer, inner, cost, Vec::new(), 0);
        path.parallel_aware = parallel_hash;
        self.offer(extra, path, partial, outer);
    }
}

/// `ExecMaterializesOutput`
fn materializes(path: &Path<'_>) -> bool {
    matches!(
        path.kind,
        PathKind::Material { .. } | PathKind::Sort { .. } | PathKind::CommonTable { .. } | PathKind::Function
    )
}

/// `query_is_distinct_for`: the subquery's output has no two rows equal in these columns.
fn subquery_is_distinct(query: &Query, fixed: &[Rc<Expr>]) -> bool {
    let columns: Vec<usize> =
        fixed.iter().filter_map(|e| e.as_column()).map(|c| usize::from(c.column).wrapping_sub(1)).collect();
    let covers = |needed: &[usize]| needed.iter().all(|n| columns.contains(n));
    let all = || (0..query.targets.len()).filter(|i| !query.targets[*i].junk).collect::<Vec<usize>>();
    if query.set_operation.as_ref().is_some_and(|o| !o.all) {
        return covers(&all());
    }
    match &query.distinct {
        Distinct::Rows => return covers(&all()),
        Distinct::On(on) => return covers(on),
        Distinct::All => {}
    }
    if !query.group_by.targets.is_empty() {
        return covers(&query.group_by.targets);
    }
    query.has_aggregates
}
