//! Equivalence classes and the clauses that follow from them (`equivclass.c`), and sort orders in terms of them (`pathkeys.c`).

use std::rc::Rc;

use super::path::common_prefix;
use super::root::{
    Class, ClassId, ClauseId, IndexInfo, Member, OUTPUT, PathKey, Relids, Root, members, subset,
};
use crate::postgres::catalog::{AccessMethod, KeySource, OperatorClass};
use crate::postgres::selectivity::{relids, same_expression};
use crate::postgres::sql::{ColumnRef, Expr, Operator, OperatorKind, SortKey, Target};

impl<'a> Root<'a> {
    /// `process_equivalence`: an equality joins its operands' classes. False where it says nothing (`x = x`).
    pub(super) fn add_to_class(&mut self, id: ClauseId) -> bool {
        let expr = Rc::clone(&self.clause(id).expr);
        let Expr::Operator(op, args) = expr.as_ref() else { return false };
        let (left, right) = (&args[0], &args[1]);
        if left == right || !super::super::sql::same_family(op.left, op.right) {
            return false;
        }
        let (found_left, found_right) = (self.find_member(left), self.find_member(right));
        let class = match (found_left, found_right) {
            (Some(a), Some(b)) if a == b => a,
            (Some(a), Some(b)) => self.merge(a, b),
            (Some(a), None) => {
                self.add_member(a, right);
                a
            }
            (None, Some(b)) => {
                self.add_member(b, left);
                b
            }
            (None, None) => {
                let class = self.new_class();
                self.add_member(class, left);
                self.add_member(class, right);
                class
            }
        };
        self.classes[class as usize].sources.push(id);
        let clause = &mut self.clauses[id as usize];
        (clause.left_class, clause.right_class) = (Some(class), Some(class));
        true
    }

    fn new_class(&mut self) -> ClassId {
        self.classes.push(Class::default());
        self.classes.len() as ClassId - 1
    }

    fn add_member(&mut self, class: ClassId, expr: &Expr) {
        let set = relids(expr);
        let is_const = set == 0;
        let class = &mut self.classes[class as usize];
        class.relids |= set;
        class.has_const |= is_const;
        class.members.push(Member { expr: Rc::new(expr.clone()), relids: set, is_const });
    }

    fn find_member(&self, expr: &Expr) -> Option<ClassId> {
        (0..self.classes.len() as ClassId).find(|id| {
            let class = &self.classes[*id as usize];
            class.merged.is_none() && !class.pattern && class.members.iter().any(|m| same(&m.expr, expr))
        })
    }

    fn merge(&mut self, into: ClassId, from: ClassId) -> ClassId {
        let taken = std::mem::take(&mut self.classes[from as usize]);
        self.classes[from as usize].merged = Some(into);
        let class = &mut self.classes[into as usize];
        class.members.extend(taken.members);
        class.sources.extend(taken.sources);
        class.relids |= taken.relids;
        class.has_const |= taken.has_const;
        into
    }

    /// `get_eclass_for_sort_expr`: the class of an expression; made where there is none and `create` is set.
    pub(super) fn class_for(&mut self, expr: &Expr, create: bool) -> Option<ClassId> {
        let stripped = expr.stripped();
        let found = self.find_member(stripped).or_else(|| self.find_member(expr));
        if found.is_some() || !create {
            return found;
        }
        let class = self.new_class();
        self.add_member(class, stripped);
        if self.classes[class as usize].has_const && computed_in_query(stripped) {
            // `count(*)` mentions no column and yet differs from row to row.
            let class = &mut self.classes[class as usize];
            class.has_const = false;
            class.members[0].is_const = false;
        }
        Some(class)
    }

    /// `initialize_mergeclause_eclasses`: classes for an equality that may not join them (an outer join's).
    pub(super) fn give_classes(&mut self, id: ClauseId) {
        let expr = Rc::clone(&self.clause(id).expr);
        let Expr::Operator(_, args) = expr.as_ref() else { return };
        let left = self.class_for(&args[0], true);
        let right = self.class_for(&args[1], true);
        let clause = &mut self.clauses[id as usize];
        (clause.left_class, clause.right_class) = (left, right);
    }

    /// `generate_base_implied_equalities`
    pub(super) fn base_equalities(&mut self) {
        for id in 0..self.classes.len() as ClassId {
            let class = &self.classes[id as usize];
            if class.merged.is_some() || class.members.len() < 2 {
                continue;
            }
            if class.has_const {
                self.const_equalities(id)
            } else {
                self.member_equalities(id)
            }
            let class = &self.classes[id as usize];
            // A class with a constant makes no join clause, but joining its relations early is worth a look.
            if class.relids.count_ones() > 1 {
                for rel in members(class.relids) {
                    self.rels[rel].has_class_joins = true;
                }
            }
        }
    }

    /// Every member equals the constant.
    fn const_equalities(&mut self, id: ClassId) {
        let class = &self.classes[id as usize];
        if let ([_, _], [source]) = (class.members.as_slice(), class.sources.as_slice()) {
            let source = *source;
            let single = self.clause(source).required.count_ones() <= 1;
            if single {
                self.place(source);
                return;
            }
        }
        let class = self.classes[id as usize].clone();
        let constants = || class.members.iter().filter(|m| m.is_const);
        let Some(constant) =
            constants().find(|m| matches!(m.expr.as_ref(), Expr::Const(_))).or(constants().next())
        else {
            return;
        };
        for member in class.members.iter().filter(|m| !std::ptr::eq(*m, constant)) {
            let expr = equality(&member.expr, &constant.expr);
            // The clause as written is used where it says just this.
            let written = class.sources.iter().copied().find(|s| *self.clause(*s).expr == expr);
            let clause = match written {
                Some(source) => source,
                None => self.make_clause(expr, member.relids, true),
            };
            let clause_ref = &mut self.clauses[clause as usize];
            (clause_ref.left_class, clause_ref.right_class) = (Some(id), Some(id));
            clause_ref.parent_class = Some(id);
            clause_ref.required = clause_ref.relids;
            if clause_ref.relids != 0 {
                self.place(clause);
            }
        }
    }

    /// Members of the same relation equal each other; columns of all are needed where the class joins.
    fn member_equalities(&mut self, id: ClassId) {
        let class = self.classes[id as usize].clone();
        for (i, member) in class.members.iter().enumerate() {
            let Some(_) = Root::single(member.relids) else { continue };
            let earlier = class.members[..i].iter().rev().find(|m| m.relids == member.relids);
            if let Some(previous) = earlier {
                let clause = self.make_clause(equality(&previous.expr, &member.expr), member.relids, true);
                self.place(clause);
            }
        }
        for member in &class.members {
            self.need(&member.expr, class.relids);
        }
    }

    /// `generate_join_implied_equalities`: the clauses that classes give the join of `outer` and `inner`.
    pub(super) fn join_equalities(&mut self, join: Relids, outer: Relids, inner: Relids) -> Vec<ClauseId> {
        let mut out = Vec::new();
        for id in 0..self.classes.len() as ClassId {
            let class = &self.classes[id as usize];
            let useful = class.merged.is_none()
                && class.members.len() > 1
                && !class.has_const
                && class.relids & outer != 0
                && class.relids & inner != 0;
            if useful {
                self.class_join_clauses(id, join, outer, inner, &mut out);
            }
        }
        out
    }

    fn class_join_clauses(
        &mut self,
        id: ClassId,
        join: Relids,
        outer: Relids,
        inner: Relids,
        out: &mut Vec<ClauseId>,
    ) {
        let class = &self.classes[id as usize];
        let (mut outers, mut inners, mut news) = (Vec::new(), Vec::new(), Vec::new());
        for (i, member) in class.members.iter().enumerate() {
            if !subset(member.relids, join) {
                continue;
            }
            if subset(member.relids, outer) {
                outers.push(i);
            } else if subset(member.relids, inner) {
                inners.push(i);
            } else {
                news.push(i);
            }
        }
        let mut linked_outer = None;
        if let Some((o, i)) = self.best_pair(id, &outers, &inners) {
            out.push(self.derive(id, o, i));
            linked_outer = Some(o);
        }
        // A member of both sides together must equal the others too.
        let mut previous = linked_outer.or(inners.first().copied());
        for new in news {
            if let Some(p) = previous {
                out.push(self.derive(id, p, new));
            }
            previous = Some(new);
        }
    }

    /// Plain columns are preferred: they can be hashed and merged on without computing.
    fn best_pair(&self, id: ClassId, outers: &[usize], inners: &[usize]) -> Option<(usize, usize)> {
        let class = &self.classes[id as usize];
        let plain = |i: usize| i32::from(class.members[i].expr.as_column().is_some());
        let mut best: Option<((usize, usize), i32)> = None;
        for &o in outers {
            for &i in inners {
                let score = 1 + plain(o) + plain(i);
                if best.is_none_or(|(_, s)| score > s) {
                    best = Some(((o, i), score));
                }
                if score == 3 {
                    return Some((o, i));
                }
            }
        }
        best.map(|(pair, _)| pair)
    }

    /// `create_join_clause`
    fn derive(&mut self, id: ClassId, left: usize, right: usize) -> ClauseId {
        let class = &self.classes[id as usize];
        let known =
            class.derived.iter().find(|(l, r, _)| (*l, *r) == (left, right) || (*r, *l) == (left, right));
        if let Some((_, _, clause)) = known {
            return *clause;
        }
        let (a, b) = (Rc::clone(&class.members[left].expr), Rc::clone(&class.members[right].expr));
        let sources = class.sources.clone();
        let written = sources.into_iter().find(|s| match self.clause(*s).expr.as_ref() {
            Expr::Operator(_, args) => (args[0] == *a && args[1] == *b) || (args[0] == *b && args[1] == *a),
            _ => false,
        });
        let clause = match written {
            Some(clause) => clause,
            None => self.make_clause(equality(&a, &b), relids(&a) | relids(&b), true),
        };
        let clause_ref = &mut self.clauses[clause as usize];
        (clause_ref.left_class, clause_ref.right_class) = (Some(id), Some(id));
        clause_ref.parent_class = Some(id);
        self.classes[id as usize].derived.push((left, right, clause));
        clause
    }

    /// `generate_implied_equalities_for_column`: for an index column, the equalities that classes give it with other relations.
    pub(super) fn column_equalities(&mut self, rel: usize, matches: &dyn Fn(&Expr) -> bool) -> Vec<ClauseId> {
        let own = 1_u64 << rel;
        let mut out = Vec::new();
        for id in 0..self.classes.len() as ClassId {
            let class = &self.classes[id as usize];
            if class.merged.is_some() || class.has_const || class.members.len() < 2 || class.relids & own == 0
            {
                continue;
            }
            let Some(at) = class.members.iter().position(|m| m.relids == own && matches(&m.expr)) else {
                continue;
            };
            let others: Vec<usize> = (0..class.members.len())
                .filter(|i| *i != at && class.members[*i].relids & own == 0 && class.members[*i].relids != 0)
                .collect();
            for other in others {
                if self.allowed_parameter(rel, self.classes[id as usize].members[other].relids) {
                    out.push(self.derive(id, at, other));
                }
            }
        }
        out
    }

    /// True where a scan of `rel` may take values of `outer`: not across an outer join's barrier.
    fn allowed_parameter(&self, rel: usize, outer: Relids) -> bool {
        let _ = rel;
        outer & self.all == outer
    }

    /// `have_relevant_eclass_joinclause`
    pub(super) fn classes_join(&self, a: Relids, b: Relids) -> bool {
        self.classes
            .iter()
            .any(|c| c.merged.is_none() && c.members.len() > 1 && c.relids & a != 0 && c.relids & b != 0)
    }

    /// `make_pathkeys_for_sortclauses`
    pub(super) fn keys_for(&mut self, keys: &[SortKey], targets: &[Target]) -> Vec<PathKey> {
        self.needed_keys(keys, targets).0
    }

    /// As [`Self::keys_for`], with the targets that are not redundant: neither fixed by a constant nor equal to an earlier one.
    pub(super) fn needed_keys(&mut self, keys: &[SortKey], targets: &[Target]) -> (Vec<PathKey>, Vec<usize>) {
        let mut out = Vec::new();
        let mut kept = Vec::new();
        for key in keys {
            let Some(target) = targets.get(key.target) else { continue };
            let Some(class) = self.class_for(&target.expr, true) else { continue };
            let order = PathKey { class, descending: key.descending, nulls_first: key.nulls_first };
            if !self.redundant(order, &out) {
                out.push(order);
                kept.push(key.target);
            }
        }
        (out, kept)
    }

    /// `pathkey_is_redundant`
    pub(super) fn redundant(&self, key: PathKey, before: &[PathKey]) -> bool {
        self.classes[key.class as usize].has_const || before.iter().any(|k| k.class == key.class)
    }

    /// `build_index_pathkeys`
    pub(super) fn index_keys(&mut self, rel: usize, info: &IndexInfo<'a>, backward: bool) -> Vec<PathKey> {
        let mut out = Vec::new();
        if info.index.method != AccessMethod::Btree {
            return out;
        }
        for key in &info.index.keys {
            // Another order than the default operators' is not what the query's ORDER BY means.
            if key.opclass != OperatorClass::Default
                || key.collation != crate::postgres::datum::Collation::Default
            {
                break;
            }
            let class = match &key.source {
                KeySource::Column(column) => self.column_class(rel, *column),
                KeySource::Expression(own) => self.expression_class(rel, own),
            };
            let Some(class) = class else { break };
            let path_key = PathKey {
                class,
                descending: key.descending != backward,
                nulls_first: key.nulls_first != backward,
            };
            if !self.redundant(path_key, &out) {
                out.push(path_key);
            }
        }
        out
    }

    fn column_class(&self, rel: usize, column: u16) -> Option<ClassId> {
        (0..self.classes.len() as ClassId).find(|id| {
            let class = &self.classes[*id as usize];
            class.merged.is_none() && class.members.iter().any(|m| {
                matches!(m.expr.stripped(), Expr::Column(ColumnRef { relation, column: c, levels_up: 0, .. })
                        if usize::from(*relation) == rel && *c == column)
            })
        })
    }

    fn expression_class(&self, rel: usize, own: &Expr) -> Option<ClassId> {
        (0..self.classes.len() as ClassId).find(|id| {
            let class = &self.classes[*id as usize];
            class.merged.is_none() && class.members.iter().any(|m| same_expression(own, &m.expr, rel as u16))
        })
    }

    /// `truncate_useless_pathkeys`: as much of an order as merging, sorting or grouping above can use.
    pub(super) fn useful_keys(&self, relids: Relids, keys: &[PathKey]) -> Vec<PathKey> {
        if keys.is_empty() {
            return Vec::new();
        }
        let merging = self.useful_for_merging(relids, keys);
        let ordering = common_prefix(&self.query_pathkeys, keys);
        let in_set = |set: &[PathKey]| keys.iter().take_while(|k| set.contains(k)).count();
        let grouping = in_set(&self.group_pathkeys);
        let distinct = in_set(&self.distinct_pathkeys);
        let wanted = common_prefix(&self.wanted_pathkeys, keys);
        keys[..merging.max(ordering).max(grouping).max(distinct).max(wanted)].to_vec()
    }

    fn useful_for_merging(&self, relids: Relids, keys: &[PathKey]) -> usize {
        let mut useful = 0;
        for key in keys {
            if !self.right_merge_direction(*key) {
                break;
            }
            let class = &self.classes[key.class as usize];
            let by_class = !class.has_const
                && class.members.len() > 1
                && class.relids & !relids != 0
                && class.relids & relids != 0;
            let by_clause = || {
                members(relids).any(|r| {
                    self.rels[r].join_clauses.iter().any(|c| {
                        let clause = self.clause(*c);
                        clause.joinable
                            && ((clause.left_class == Some(key.class) && clause.relids & !relids != 0)
                                || (clause.right_class == Some(key.class) && clause.relids & !relids != 0))
                    })
                })
            };
            if by_class || by_clause() {
                useful += 1;
            } else {
                break;
            }
        }
        useful
    }

    /// `right_merge_direction`: the query's own direction where it sorts by the class, else ascending.
    fn right_merge_direction(&self, key: PathKey) -> bool {
        match self.query_pathkeys.iter().find(|k| k.class == key.class) {
            Some(wanted) => wanted.descending == key.descending,
            None => !key.descending,
        }
    }

    /// `has_useful_pathkeys`
    pub(super) fn order_matters(&self, rel: usize) -> bool {
        let rel = &self.rels[rel];
        !rel.join_clauses.is_empty()
            || rel.has_class_joins
            || !self.group_pathkeys.is_empty()
            || !self.query_pathkeys.is_empty()
    }

    /// An expression of a class that can be computed from these relations.
    pub(super) fn member_for(&self, class: ClassId, relids: Relids) -> Option<Rc<Expr>> {
        let class = &self.classes[self.class_of(class) as usize];
        let usable = || class.members.iter().filter(|m| !m.is_const && subset(m.relids, relids));
        usable().next().or_else(|| class.members.first()).map(|m| Rc::clone(&m.expr))
    }

    /// True where every column of a class member is an output of the relations.
    pub(super) fn computable(&self, class: ClassId, relids: Relids) -> bool {
        let class = &self.classes[self.class_of(class) as usize];
        class.members.iter().any(|m| m.relids != 0 && subset(m.relids, relids & !OUTPUT))
    }
}

/// True where an expression without columns is still no constant: aggregates, window functions, volatile calls.
fn computed_in_query(expr: &Expr) -> bool {
    expr.any(&mut |e| matches!(e, Expr::Aggregate(_) | Expr::Window(_))) || super::pull_up::is_volatile(expr)
}

fn same(a: &Expr, b: &Expr) -> bool {
    a == b || (a.stripped() == b.stripped() && a.stripped().type_id() == b.stripped().type_id())
}

/// `left = right` over two expressions of one family.
pub(super) fn equality(left: &Expr, right: &Expr) -> Expr {
    let op = Operator {
        kind: OperatorKind::Eq,
        left: left.type_id(),
        right: right.type_id(),
        result: crate::postgres::types::TypeId::BOOL,
    };
    Expr::Operator(op, vec![left.clone(), right.clone()])
}
