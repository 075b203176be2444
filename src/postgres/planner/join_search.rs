//! Which relations are joined in which order: dynamic programming over sets (`joinrels.c`), join sizes (`costsize.c`).

use std::rc::Rc;

use super::init::JoinItem;
use super::root::{ClauseId, Path, RelIndex, Relids, Root, SpecialJoin, members, subset};
use crate::postgres::catalog::ConstraintKind;
use crate::postgres::selectivity::{Clauses, JoinSides, clamp_rows};
use crate::postgres::sql::{Expr, JoinKind};

/// How a pair of relations may be joined: the special join that this is, and whether the first relation is its right side.
struct Legal {
    join: Option<usize>,
    reversed: bool,
}

impl<'a> Root<'a> {
    /// Joins everything; answers the top relation.
    pub(super) fn join_all(&mut self, items: Vec<JoinItem>) -> RelIndex {
        let mut rels = Vec::new();
        for item in items {
            rels.push(match item {
                JoinItem::Relation(id) => id,
                JoinItem::List(inner) => self.join_all(inner),
            });
        }
        match rels.as_slice() {
            [] => 0,
            [only] => *only,
            _ => self.search(&rels),
        }
    }

    /// `reduce_unique_semijoins`: a semi join with a right side that is unique anyway is a plain join.
    pub(super) fn reduce_unique_semijoins(&mut self) {
        for at in (0..self.special_joins.len()).rev() {
            let join = &self.special_joins[at];
            let (left, right) = (join.min_left, join.min_right);
            let Some(inner) = Root::single(right).filter(|_| join.kind == JoinKind::Semi) else { continue };
            let mut clauses = self.join_equalities(left | right, left, right);
            let written = self.rels[inner].join_clauses.iter().copied();
            clauses.extend(written.filter(|c| subset(self.clause(*c).required, left | right)));
            if self.is_unique_for(inner, left, &clauses, false) {
                self.special_joins.remove(at);
            }
        }
    }

    /// `standard_join_search`
    fn search(&mut self, initial: &[RelIndex]) -> RelIndex {
        let mut levels: Vec<Vec<RelIndex>> = vec![Vec::new(), initial.to_vec()];
        for level in 2..=initial.len() {
            levels.push(Vec::new());
            self.search_level(level, &mut levels);
            for rel in levels[level].clone() {
                if self.rels[rel].relids != self.all {
                    self.gather_paths(rel, false);
                }
                self.rels[rel].set_cheapest();
            }
        }
        levels.last().and_then(|l| l.first()).copied().unwrap_or(initial[0])
    }

    /// `join_search_one_level`
    fn search_level(&mut self, level: usize, levels: &mut [Vec<RelIndex>]) {
        let previous = levels[level - 1].clone();
        for (i, &old) in previous.iter().enumerate() {
            let connected = !self.rels[old].join_clauses.is_empty()
                || self.rels[old].has_class_joins
                || self.order_forced(old);
            let others = if level == 2 { levels[1][i + 1..].to_vec() } else { levels[1].clone() };
            for other in others {
                if self.rels[old].relids & self.rels[other].relids != 0 {
                    continue;
                }
                if !connected || self.relevant(old, other) {
                    self.join_pair(old, other, level, levels);
                }
            }
        }
        for k in 2.. {
            let other_level = level - k;
            if k > other_level {
                break;
            }
            let olds = levels[k].clone();
            for (i, &old) in olds.iter().enumerate() {
                if self.rels[old].join_clauses.is_empty()
                    && !self.rels[old].has_class_joins
                    && !self.order_forced(old)
                {
                    continue;
                }
                let others =
                    if k == other_level { levels[k][i + 1..].to_vec() } else { levels[other_level].clone() };
                for other in others {
                    if self.rels[old].relids & self.rels[other].relids == 0 && self.relevant(old, other) {
                        self.join_pair(old, other, level, levels);
                    }
                }
            }
        }
        if levels[level].is_empty() {
            for &old in &previous {
                for other in levels[1].clone() {
                    if self.rels[old].relids & self.rels[other].relids == 0 {
                        self.join_pair(old, other, level, levels);
                    }
                }
            }
        }
    }

    /// `have_relevant_joinclause` or an order restriction between the two.
    fn relevant(&self, a: RelIndex, b: RelIndex) -> bool {
        let (ra, rb) = (self.rels[a].relids, self.rels[b].relids);
        self.rels[a].join_clauses.iter().any(|c| self.clause(*c).required & rb != 0)
            || self.classes_join(ra, rb)
            || self.rels[a].lateral & rb != 0
            || self.rels[b].lateral & ra != 0
            || self.special_joins.iter().any(|j| {
                (subset(j.min_right, ra) && subset(j.min_left, rb))
                    || (subset(j.min_right, rb) && subset(j.min_left, ra))
            })
    }

    /// `has_join_restriction`
    fn order_forced(&self, rel: RelIndex) -> bool {
        let relids = self.rels[rel].relids;
        let lateral = self.rels[rel].lateral != 0
            || self.rels[..self.query.relations.len()].iter().any(|r| r.lateral & relids != 0);
        lateral
            || self.special_joins.iter().any(|j| {
                j.kind != JoinKind::Full
                    && !(subset(j.min_left, relids) && subset(j.min_right, relids))
                    && (j.min_left & relids != 0 || j.min_right & relids != 0)
            })
    }

    /// `make_join_rel`
    fn join_pair(&mut self, a: RelIndex, b: RelIndex, level: usize, levels: &mut [Vec<RelIndex>]) {
        let relids = self.rels[a].relids | self.rels[b].relids;
        let Some(legal) = self.legal(a, b, relids) else { return };
        let (a, b) = if legal.reversed { (b, a) } else { (a, b) };
        let join = legal.join.map(|i| self.special_joins[i].clone());
        let clauses = self.restrict_list(relids, a, b);
        let existing = (self.query.relations.len()..self.rels.len()).find(|r| self.rels[*r].relids == relids);
        let rel = match existing {
            Some(rel) => rel,
            None => {
                let rel = self.new_join_rel(relids, a, b, join.as_ref(), &clauses);
                levels[level].push(rel);
                rel
            }
        };
        self.populate(rel, a, b, join.as_ref(), &clauses);
    }

    /// `join_is_legal`
    fn legal(&mut self, a: RelIndex, b: RelIndex, relids: Relids) -> Option<Legal> {
        let (ra, rb) = (self.rels[a].relids, self.rels[b].relids);
        let mut found: Option<Legal> = None;
        let mut must_be_left = false;
        for i in 0..self.special_joins.len() {
            let join = self.special_joins[i].clone();
            if join.min_right & relids == 0 || subset(relids, join.min_right) {
                continue;
            }
            let both_in = |r: Relids| subset(join.min_left, r) && subset(join.min_right, r);
            if both_in(ra) || both_in(rb) {
                continue;
            }
            if join.kind == JoinKind::Semi {
                let joined = |r: Relids| subset(join.syntactic_right, r) && join.syntactic_right != r;
                if joined(ra) || joined(rb) {
                    continue;
                }
            }
            let reversed = if subset(join.min_left, ra) && subset(join.min_right, rb) {
                Some(false)
            } else if subset(join.min_left, rb) && subset(join.min_right, ra) {
                Some(true)
            } else if join.kind == JoinKind::Semi
                && join.syntactic_right == rb
                && self.unique_path(b, &join).is_some()
            {
                Some(false)
            } else if join.kind == JoinKind::Semi
                && join.syntactic_right == ra
                && self.unique_path(a, &join).is_some()
            {
                Some(true)
            } else {
                None
            };
            match reversed {
                Some(reversed) if found.is_none() => found = Some(Legal { join: Some(i), reversed }),
                Some(_) => return None,
                None => {
                    if ra & join.min_right != 0 && rb & join.min_right != 0 {
                        continue;
                    }
                    if join.kind != JoinKind::Left || relids & join.min_left != 0 {
                        return None;
                    }
                    must_be_left = true;
                }
            }
        }
        if must_be_left {
            let ok = found.as_ref().and_then(|l| l.join).is_some_and(|i| {
                self.special_joins[i].kind == JoinKind::Left && self.special_joins[i].left_strict
            });
            if !ok {
                return None;
            }
        }
        let found = found.unwrap_or(Legal { join: None, reversed: false });
        // What takes values from the other side can only be its inner side.
        let (forward, backward) = (self.rels[b].lateral & ra != 0, self.rels[a].lateral & rb != 0);
        let kind = found.join.map(|i| self.special_joins[i].kind);
        let wrong_side = kind.is_some() && ((forward && found.reversed) || (backward && !found.reversed));
        if (forward && backward) || ((forward || backward) && (wrong_side || kind == Some(JoinKind::Full))) {
            return None;
        }
        Some(found)
    }

    /// `build_joinrel_restrictlist`: clauses that this join is the first to be able to check.
    fn restrict_list(&mut self, relids: Relids, a: RelIndex, b: RelIndex) -> Vec<ClauseId> {
        let mut out: Vec<ClauseId> = Vec::new();
        for side in [a, b] {
            for id in self.rels[side].join_clauses.clone() {
                if subset(self.clause(id).required, relids) && !out.contains(&id) {
                    out.push(id);
                }
            }
        }
        let (ra, rb) = (self.rels[a].relids, self.rels[b].relids);
        for id in self.join_equalities(relids, ra, rb) {
            if !out.contains(&id) {
                out.push(id);
            }
        }
        out
    }

    fn new_join_rel(
        &mut self,
        relids: Relids,
        a: RelIndex,
        b: RelIndex,
        join: Option<&SpecialJoin>,
        clauses: &[ClauseId],
    ) -> RelIndex {
        let mut rel = self.blank_rel(relids);
        rel.consider_parallel = self.rels[a].consider_parallel && self.rels[b].consider_parallel;
        for side in [a, b] {
            for id in &self.rels[side].join_clauses {
                if !subset(self.clause(*id).required, relids) && !rel.join_clauses.contains(id) {
                    rel.join_clauses.push(*id);
                }
            }
        }
        rel.lateral = (self.rels[a].lateral | self.rels[b].lateral) & !relids;
        rel.has_class_joins = self.classes_join(relids, self.all & !relids);
        rel.rows = self.join_rows(a, b, self.rels[a].rows, self.rels[b].rows, join, clauses);
        self.rels.push(rel);
        let index = self.rels.len() - 1;
        self.set_columns(index);
        index
    }

    /// `calc_joinrel_size_estimate`
    pub(super) fn join_rows(
        &mut self,
        outer: RelIndex,
        inner: RelIndex,
        outer_rows: f64,
        inner_rows: f64,
        join: Option<&SpecialJoin>,
        clauses: &[ClauseId],
    ) -> f64 {
        let kind = join.map_or(JoinKind::Inner, |j| j.kind);
        let (left, right) = (self.rels[outer].relids, self.rels[inner].relids);
        let mut clauses = clauses.to_vec();
        let by_keys = self.foreign_key_share(left, right, kind, &mut clauses);
        let sides = JoinSides { kind, left, left_rows: outer_rows, right_rows: inner_rows };
        let outer_join = matches!(kind, JoinKind::Left | JoinKind::Full | JoinKind::Anti);
        let (own, pushed): (Vec<ClauseId>, Vec<ClauseId>) = if outer_join {
            clauses.iter().partition(|c| !self.clause(**c).pushed_down)
        } else {
            (clauses, Vec::new())
        };
        let share = by_keys * self.clauses_selectivity(&own, Some(Clauses::Join(sides)));
        let above = self.clauses_selectivity(&pushed, Some(Clauses::Join(sides)));
        let product = outer_rows * inner_rows * share;
        clamp_rows(match kind {
            JoinKind::Left => product.max(outer_rows) * above,
            JoinKind::Full => product.max(outer_rows).max(inner_rows) * above,
            JoinKind::Semi => outer_rows * share,
            JoinKind::Anti => outer_rows * (1.0 - share) * above,
            _ => product,
        })
    }

    /// `get_foreign_key_join_selectivity`: each row of the referencing side has its one partner. The clauses that say so leave the list.
    fn foreign_key_share(
        &self,
        left: Relids,
        right: Relids,
        kind: JoinKind,
        clauses: &mut Vec<ClauseId>,
    ) -> f64 {
        let mut share = 1.0;
        let tables: Vec<usize> =
            members(left | right).filter(|r| self.estimator.relations[*r].table.is_some()).collect();
        for &referencing in &tables {
            for &referenced in &tables {
                let across = (left >> referencing & 1) != (left >> referenced & 1);
                if referencing == referenced || !across {
                    continue;
                }
                share *= self.one_key_pair(referencing, referenced, right, kind, clauses);
            }
        }
        share
    }

    fn one_key_pair(
        &self,
        referencing: usize,
        referenced: usize,
        right: Relids,
        kind: JoinKind,
        clauses: &mut Vec<ClauseId>,
    ) -> f64 {
        let (Some(from), Some(to)) =
            (self.estimator.relations[referencing].table, self.estimator.relations[referenced].table)
        else {
            return 1.0;
        };
        let mut share = 1.0;
        for constraint in self.catalog.constraints_of(from.oid) {
            let ConstraintKind::ForeignKey { columns, references, referenced_columns, .. } = &constraint.kind
            else {
                continue;
            };
            if *references != to.oid {
                continue;
            }
            let inner_is_referenced = right >> referenced & 1 == 1;
            if matches!(kind, JoinKind::Semi | JoinKind::Anti)
                && (!inner_is_referenced || right.count_ones() != 1)
            {
                continue;
            }
            let matched: Vec<Option<ClauseId>> = columns
                .iter()
                .zip(referenced_columns)
                .map(|(c, r)| {
                    clauses.iter().copied().find(|id| self.links(*id, (referencing, *c), (referenced, *r)))
                })
                .collect();
            if matched.iter().any(Option::is_none) {
                continue;
            }
            clauses.retain(|c| !matched.contains(&Some(*c)));
            let target = &self.rels[referenced];
            share *= match kind {
                JoinKind::Semi | JoinKind::Anti => target.rows / target.tuples.max(1.0),
                _ => 1.0 / target.tuples.max(1.0),
            };
        }
        share
    }

    /// True where the clause is `a = b` of these two columns, as written or through its class.
    fn links(&self, id: ClauseId, a: (usize, u16), b: (usize, u16)) -> bool {
        let is = |e: &Expr, (rel, column): (usize, u16)| {
            e.as_column().is_some_and(|c| usize::from(c.relation) == rel && c.column == column)
        };
        let clause = self.clause(id);
        if !clause.joinable {
            return false;
        }
        let direct = match clause.expr.as_ref() {
            Expr::Operator(_, args) => {
                (is(&args[0], a) && is(&args[1], b)) || (is(&args[0], b) && is(&args[1], a))
            }
            _ => false,
        };
        let by_class = || {
            clause.parent_class.is_some_and(|class| {
                let members = &self.classes[self.class_of(class) as usize].members;
                members.iter().any(|m| is(&m.expr, a)) && members.iter().any(|m| is(&m.expr, b))
            })
        };
        direct || by_class()
    }

    /// `create_unique_path`: a semi join's right side with each value once, by hashing or sorting, whichever is cheaper.
    pub(super) fn unique_path(&mut self, rel: RelIndex, join: &SpecialJoin) -> Option<Rc<Path<'a>>> {
        if let Some(known) = &self.rels[rel].cheapest_unique {
            return known.clone();
        }
        let made = self.make_unique(rel, join);
        self.rels[rel].cheapest_unique = Some(made.clone());
        made
    }

    fn make_unique(&mut self, rel: RelIndex, join: &SpecialJoin) -> Option<Rc<Path<'a>>> {
        if join.semi_exprs.is_empty() {
            return None;
        }
        let source = self.rels[rel].cheapest_total.clone()?;
        if source.param.is_some() {
            return None;
        }
        let exprs: Vec<Rc<Expr>> = join.semi_exprs.iter().cloned().map(Rc::new).collect();
        if self.is_distinct_on(rel, exprs) {
            // Each value is there once already.
            let mut path = (*source).clone();
            path.rows = self.rels[rel].rows;
            return Some(Rc::new(path));
        }
        let rows = self.estimator.groups(&join.semi_exprs, self.rels[rel].rows);
        let columns = join.semi_exprs.len() as f64;
        let hashed = self.hashed_unique(&source, &join.semi_exprs, rows);
        let mut keys = Vec::new();
        for expr in &join.semi_exprs {
            let class = self.class_for(expr, true)?;
            keys.push(super::root::PathKey { class, descending: false, nulls_first: false });
        }
        let sorted = Rc::new(self.sort(&source, keys, -1.0));
        let total = sorted.total + self.settings.cpu_operator_cost * self.rels[rel].rows * columns;
        let kind =
            super::root::PathKind::Unique { source: Rc::clone(&sorted), keys: join.semi_exprs.clone() };
        let mut unique = self.above(&sorted, kind, super::cost::Cost { startup: sorted.startup, total });
        unique.rows = rows;
        unique.pathkeys = Vec::new();
        let hash_wins = (hashed.disabled, hashed.total) < (unique.disabled, unique.total);
        Some(Rc::new(if hash_wins { hashed } else { unique }))
    }
}
