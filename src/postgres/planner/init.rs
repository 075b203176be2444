//! The start of planning a level: relations' facts, and conditions handed to the places where they are checked (`initsplan.c`,
//! `plancat.c`).

use std::rc::Rc;

use super::cost::expr_cost;
use super::root::{Clause, ClauseId, IndexInfo, OUTPUT, Rel, Relids, Root, SpecialJoin, members, subset};
use crate::postgres::catalog::{AccessMethod, Oid, Table};
use crate::postgres::selectivity::{RelationStats, relids, table_tuples};
use crate::postgres::sql::{ColumnRef, Expr, FromItem, JoinKind, OperatorKind};
use crate::postgres::types::TypeId;

impl<'a> Root<'a> {
    /// The facts of a table (`get_relation_info`).
    pub(super) fn table_rel(&mut self, id: usize, oid: Oid) {
        let Some(table) = self.catalog.tables.get(&oid) else { return };
        let (pages, tuples) = table_tuples(table);
        let all_visible = if table.statistics.all_visible >= pages && pages > 0.0 {
            1.0
        } else if pages <= 0.0 {
            0.0
        } else {
            table.statistics.all_visible / pages
        };
        let mut indexes = Vec::with_capacity(table.indexes.len());
        for oid in table.indexes.iter().rev() {
            let Some(index) = self.catalog.indexes.get(oid).filter(|i| i.valid) else { continue };
            let index_pages = index.size.blocks as f64;
            let index_tuples = if index.predicate.is_empty() { tuples } else { partial_tuples(index, table) };
            indexes.push(IndexInfo {
                index,
                pages: index_pages,
                tuples: index_tuples.min(tuples),
                tree_height: if index.method == AccessMethod::Btree {
                    f64::from(index.size.tree_level)
                } else {
                    -1.0
                },
                predicate_ok: false,
                restrict: Vec::new(),
            });
        }
        let usable = indexes.iter().map(|i| i.index).collect::<Vec<_>>();
        let count = usable.len();
        self.estimator.relations[id] = RelationStats {
            table: Some(table),
            indexes: usable,
            implied: vec![false; count],
            tuples,
            rows: tuples,
            outputs: Vec::new(),
            is_values: false,
        };
        let rel = &mut self.rels[id];
        (rel.pages, rel.tuples, rel.all_visible, rel.indexes) = (pages, tuples, all_visible, indexes);
    }

    /// Notes that the columns of an expression are needed by `where_needed` (`add_vars_to_targetlist`).
    pub(super) fn need(&mut self, expr: &Expr, where_needed: Relids) {
        let mut found = Vec::new();
        columns(expr, &mut found);
        for c in found {
            let key = (c.relation, c.column);
            match self.needed.iter_mut().find(|(k, _)| *k == key) {
                Some((_, set)) => *set |= where_needed,
                None => self.needed.push((key, where_needed)),
            }
        }
    }

    /// Notes the columns of removed joins' conditions.
    pub(super) fn fetch_still(&mut self, conditions: &[Expr]) {
        for condition in conditions {
            self.need(condition, 0);
            let mut found = Vec::new();
            columns(condition, &mut found);
            self.fetched.extend(found.iter().map(|c| (c.relation, c.column)));
        }
    }

    /// `deconstruct_jointree`: conditions of FROM and WHERE become clauses of relations, joins and classes; answers the join list.
    pub(super) fn deconstruct(&mut self) -> Vec<JoinItem> {
        let from = std::mem::take(&mut self.query.from);
        let filter = self.query.filter.take();
        let mut items = Vec::new();
        let mut all = 0;
        let mut nonnullable = Vec::new();
        if let Some(filter) = &filter {
            nonnullable_relids(filter, &mut nonnullable);
        }
        let strict: Relids = nonnullable.iter().fold(0, |s, r| s | r);
        for item in &from {
            all |= self.walk(item, strict, &mut items);
        }
        self.all |= all;
        if let Some(filter) = &filter {
            for clause in filter.clone().conjuncts() {
                self.distribute(clause, all, None);
            }
        }
        self.query.from = from;
        self.query.filter = filter;
        self.reconsider_left_joins();
        items
    }

    fn walk(&mut self, item: &FromItem, strict: Relids, out: &mut Vec<JoinItem>) -> Relids {
        match item {
            FromItem::Relation(id) => {
                out.push(JoinItem::Relation(usize::from(*id)));
                1 << *id
            }
            FromItem::List { items, filter } => {
                let mut strict = strict;
                if let Some(filter) = filter {
                    let mut found = Vec::new();
                    nonnullable_relids(filter, &mut found);
                    strict |= found.iter().fold(0, |s, r| s | r);
                }
                let set = items.iter().fold(0, |set, item| set | self.walk(item, strict, out));
                for clause in filter.iter().cloned().flat_map(Expr::conjuncts) {
                    self.distribute(clause, set, None);
                }
                set
            }
            FromItem::Join { kind, left, right, on } => {
                self.walk_join(*kind, left, right, on.as_ref(), strict, out)
            }
        }
    }

    fn walk_join(
        &mut self,
        kind: JoinKind,
        left: &FromItem,
        right: &FromItem,
        on: Option<&Expr>,
        strict: Relids,
        out: &mut Vec<JoinItem>,
    ) -> Relids {
        // A condition above that fails on NULLs turns an outer join into an inner one (`reduce_outer_joins`).
        let (left_set, right_set) = (item_relids(left), item_relids(right));
        let kind = match kind {
            JoinKind::Left if strict & right_set != 0 => JoinKind::Inner,
            JoinKind::Right if strict & left_set != 0 => JoinKind::Inner,
            JoinKind::Full if strict & left_set != 0 && strict & right_set != 0 => JoinKind::Inner,
            JoinKind::Full if strict & left_set != 0 => JoinKind::Left,
            JoinKind::Full if strict & right_set != 0 => JoinKind::Right,
            other => other,
        };
        let (kind, left, right) =
            if kind == JoinKind::Right { (JoinKind::Left, right, left) } else { (kind, left, right) };
        let mut on_strict = Vec::new();
        if let Some(on) = on {
            nonnullable_relids(on, &mut on_strict);
        }
        let on_strict = on_strict.iter().fold(0, |s, r| s | r);
        let (pass_left, pass_right) = match kind {
            JoinKind::Inner | JoinKind::Semi => (strict | on_strict, strict | on_strict),
            JoinKind::Full => (0, 0),
            _ => (strict, on_strict),
        };
        let mut left_items = Vec::new();
        let mut right_items = Vec::new();
        let left_set = self.walk(left, pass_left, &mut left_items);
        let right_set = self.walk(right, pass_right, &mut right_items);
        let both = left_set | right_set;
        let clauses: Vec<Expr> = on.cloned().map(Expr::conjuncts).unwrap_or_default();
        if kind == JoinKind::Inner {
            out.append(&mut left_items);
            out.append(&mut right_items);
            for clause in clauses {
                self.distribute(clause, both, None);
            }
            return both;
        }
        let join = self.special_join(kind, left_set, right_set, &clauses);
        let scope = join.min_left | join.min_right;
        self.special_joins.push(join);
        if kind == JoinKind::Full {
            out.push(JoinItem::List(left_items));
            out.push(JoinItem::List(right_items));
        } else {
            out.append(&mut left_items);
            out.append(&mut right_items);
        }
        let nonnullable = if kind == JoinKind::Full { 0 } else { left_set };
        for clause in clauses {
            self.distribute(clause, both, Some((kind, scope, nonnullable)));
        }
        both
    }

    /// `make_outerjoininfo`, with its reordering rules for the cases where joins commute.
    fn special_join(&mut self, kind: JoinKind, left: Relids, right: Relids, clauses: &[Expr]) -> SpecialJoin {
        let clause_relids = clauses.iter().fold(0, |s, c| s | relids(c));
        let mut strict_sets = Vec::new();
        for clause in clauses {
            nonnullable_relids(clause, &mut strict_sets);
        }
        let strict = strict_sets.iter().fold(0, |s, r| s | r);
        let left_strict = strict & left != 0;
        let mut min_left = clause_relids & left;
        let mut min_right = clause_relids & right;
        if kind == JoinKind::Full {
            (min_left, min_right) = (left, right);
        }
        for other in &self.special_joins {
            let other_scope = other.min_left | other.min_right;
            // A lower outer join on our left stays below, unless it and we may commute.
            if other.syntactic_right & left != 0
                && clause_relids & other.syntactic_right != 0
                && (kind != JoinKind::Left || strict & other.min_right == 0)
            {
                min_left |= other_scope;
            }
            if other.syntactic_right & right != 0 && other.kind != JoinKind::Semi {
                let must_stay = clause_relids & other.syntactic_right != 0
                    || clause_relids & other.min_left == 0
                    || kind != JoinKind::Left
                    || !other.left_strict;
                if must_stay {
                    min_right |= other.syntactic_left | other.syntactic_right;
                }
            }
        }
        if min_left == 0 {
            min_left = left;
        }
        if min_right == 0 {
            min_right = right;
        }
        let semi_exprs = if kind == JoinKind::Semi { semi_join_exprs(clauses, right) } else { Vec::new() };
        SpecialJoin {
            kind,
            min_left,
            min_right,
            syntactic_left: left,
            syntactic_right: right,
            semi_exprs,
            left_strict,
        }
    }

    /// `distribute_qual_to_rels`: `outer` is the outer join whose ON clause this is: (kind, scope, non-nullable side).
    fn distribute(&mut self, clause: Expr, scope: Relids, outer: Option<(JoinKind, Relids, Relids)>) {
        if matches!(&clause, Expr::Const(v) if v.datum == crate::postgres::datum::Datum::Bool(true)) {
            return;
        }
        let mentioned = relids(&clause);
        let mut required = mentioned;
        let mut pushed_down = true;
        let mut may_be_class = true;
        match outer {
            Some((kind, join_scope, nonnullable)) => {
                pushed_down = false;
                match kind {
                    JoinKind::Semi => {
                        // A semi join's clauses may form classes below it as an inner join's do.
                        pushed_down = false;
                        if mentioned.count_ones() > 1 {
                            required |= join_scope;
                        }
                        may_be_class = true;
                    }
                    _ if mentioned & nonnullable != 0 || kind == JoinKind::Full => {
                        required = join_scope | mentioned;
                        may_be_class = false;
                    }
                    // Only the nullable side: it may sink below the join.
                    _ => pushed_down = true,
                }
            }
            None => {
                // A condition above an outer join on its nullable side waits for the join.
                for join in &self.special_joins {
                    let nullable = match join.kind {
                        JoinKind::Left | JoinKind::Anti => join.syntactic_right,
                        JoinKind::Full => join.syntactic_left | join.syntactic_right,
                        _ => 0,
                    };
                    if mentioned & nullable != 0
                        && subset(join.syntactic_right, scope)
                        && !subset(scope, join.syntactic_right)
                    {
                        required |= join.min_left | join.min_right;
                        may_be_class = false;
                    }
                }
            }
        }
        if mentioned == 0 {
            required = if outer.is_some() { scope } else { scope & self.lowest(scope) };
        }
        if mentioned.count_ones() > 1 || required.count_ones() > 1 {
            let mut set = required;
            if set.count_ones() <= 1 {
                set = mentioned;
            }
            self.need(&clause, set);
        }
        let id = self.make_clause(clause, required, pushed_down);
        self.clauses[id as usize].nulled = self.nulled_below(scope, outer.is_some());
        if self.clause(id).joinable && may_be_class && self.add_to_class(id) {
            return;
        }
        if self.clause(id).joinable {
            self.give_classes(id);
            if let Some((JoinKind::Left | JoinKind::Anti, _, nonnullable)) = outer {
                let Clause { left, right, .. } = self.clauses[id as usize];
                let across = |a: Relids, b: Relids| a != 0 && subset(a, nonnullable) && b & nonnullable == 0;
                if across(left, right) || across(right, left) {
                    self.left_join_clauses.push((id, across(left, right)));
                    return;
                }
            }
        }
        self.place(id);
    }

    /// `reconsider_outer_join_clauses`: where the left operand of a left join's equality is known to be a constant, the right side can
    /// be searched for that constant, and the join has nothing left to compare.
    fn reconsider_left_joins(&mut self) {
        let mut waiting = std::mem::take(&mut self.left_join_clauses);
        let mut found = true;
        while found {
            found = false;
            let mut kept = Vec::new();
            for (id, left_first) in waiting {
                if self.fix_right_side(id, left_first) {
                    found = true;
                    let required = self.clause(id).required;
                    let always = self.make_clause(Expr::boolean(true), required, false);
                    self.place(always);
                } else {
                    kept.push((id, left_first));
                }
            }
            waiting = kept;
        }
        for (id, _) in waiting {
            self.place(id);
        }
    }

    /// Gives the right operand the constants that the left one equals; false where there is none.
    fn fix_right_side(&mut self, id: ClauseId, left_first: bool) -> bool {
        let expr = Rc::clone(&self.clause(id).expr);
        let Expr::Operator(_, args) = expr.as_ref() else { return false };
        let (left, right) = if left_first { (&args[0], &args[1]) } else { (&args[1], &args[0]) };
        let Some(class) = self.class_for(left, false).map(|c| self.class_of(c)) else { return false };
        let class = &self.classes[class as usize];
        if !class.has_const {
            return false;
        }
        let constants: Vec<Rc<Expr>> =
            class.members.iter().filter(|m| m.is_const).map(|m| Rc::clone(&m.expr)).collect();
        for constant in constants {
            let clause =
                self.make_clause(super::equivalence::equality(right, &constant), relids(right), true);
            self.add_to_class(clause);
        }
        true
    }

    /// Relations on the nullable side of outer joins within a scope; for an ON clause its own join is left aside.
    fn nulled_below(&self, scope: Relids, on_clause: bool) -> Relids {
        let nullable = |j: &SpecialJoin| match j.kind {
            JoinKind::Left | JoinKind::Anti => j.syntactic_right,
            JoinKind::Full => j.syntactic_left | j.syntactic_right,
            _ => 0,
        };
        self.special_joins
            .iter()
            .filter(|j| {
                let own = on_clause && j.syntactic_left | j.syntactic_right == scope;
                !own && subset(j.syntactic_left | j.syntactic_right, scope)
            })
            .fold(0, |set, j| set | nullable(j))
    }

    fn lowest(&self, scope: Relids) -> Relids {
        scope & scope.wrapping_neg()
    }

    /// `make_restrictinfo`
    pub(super) fn make_clause(&mut self, expr: Expr, required: Relids, pushed_down: bool) -> ClauseId {
        let mentioned = relids(&expr);
        let (mut left, mut right, mut joinable) = (0, 0, false);
        if let Expr::Operator(op, args) = &expr
            && let [l, r] = args.as_slice()
        {
            (left, right) = (relids(l), relids(r));
            joinable =
                op.kind == OperatorKind::Eq && sortable(op.left) && !super::pull_up::is_volatile(&expr);
        }
        let cost = expr_cost(&expr, self.settings);
        let id = self.clauses.len() as ClauseId;
        self.clauses.push(Clause {
            nulled: 0,
            relids: mentioned,
            required: if required == 0 { mentioned } else { required | mentioned },
            pushed_down,
            left,
            right,
            joinable,
            left_class: None,
            right_class: None,
            parent_class: None,
            cost,
            pseudoconstant: mentioned == 0 && !super::pull_up::is_volatile(&expr),
            is_or: matches!(expr, Expr::Or(_)),
            expr: Rc::new(expr),
        });
        id
    }

    /// `distribute_restrictinfo_to_rels`
    pub(super) fn place(&mut self, id: ClauseId) {
        let required = self.clause(id).required;
        match Root::single(required) {
            Some(rel) => {
                if self.always_true(id) {
                    return;
                }
                let cost = self.clause(id).cost;
                self.rels[rel].restrict.push(id);
                self.rels[rel].restrict_cost.add(cost);
            }
            None => {
                for rel in members(required) {
                    self.rels[rel].join_clauses.push(id);
                }
            }
        }
    }

    /// `restriction_is_always_true`: IS NOT NULL of a column declared so.
    fn always_true(&self, id: ClauseId) -> bool {
        let clause = self.clause(id);
        let Expr::IsNull { operand, negated: true } = clause.expr.as_ref() else { return false };
        let Some(c) = operand.as_column() else { return false };
        let table = self.estimator.relations[usize::from(c.relation)].table;
        let nullable = self
            .special_joins
            .iter()
            .any(|j| j.kind != JoinKind::Semi && j.syntactic_right & (1 << c.relation) != 0);
        !nullable && table.and_then(|t| t.column_by_number(c.column)).is_some_and(|c| c.not_null)
    }

    /// What a relation hands upwards, and how wide that is.
    pub(super) fn set_columns(&mut self, index: usize) {
        let relids = self.rels[index].relids;
        let mut list = Vec::new();
        let mut width = 0;
        for ((relation, column), needed) in &self.needed {
            let fetched = relids.count_ones() == 1 && self.fetched.contains(&(*relation, *column));
            if relids & (1 << relation) != 0 && (needed & !relids != 0 || fetched) {
                list.push((*relation, *column));
                width += self.column_width(*relation, *column);
            }
        }
        let rel = &mut self.rels[index];
        rel.columns = list;
        rel.width = width;
    }

    /// Width of a column in bytes: its statistics', else its type's.
    pub(super) fn column_width(&self, relation: u16, column: u16) -> i32 {
        /// A row as a value has a tuple's header.
        const HEADER: i32 = 24;
        let stats = &self.estimator.relations[usize::from(relation)];
        match stats.table {
            Some(_) if column == super::level::CTID => TypeId::TID.default_width(),
            Some(table) if column > 0 => table.column_by_number(column).map_or(0, column_width_of),
            Some(table) => {
                HEADER + table.columns.iter().filter(|c| !c.dropped).map(column_width_of).sum::<i32>()
            }
            None if column == 0 => {
                let count = self.query.relations[usize::from(relation)].columns.len();
                HEADER + (1..=count).map(|c| self.output_width(usize::from(relation), c)).sum::<i32>()
            }
            None => self.output_width(usize::from(relation), usize::from(column)),
        }
    }

    fn output_width(&self, relation: usize, column: usize) -> i32 {
        let planned = self.rels[relation].subquery.as_ref();
        let target = planned.and_then(|p| p.root.query.targets.get(column.wrapping_sub(1)).map(|t| (p, t)));
        match target {
            Some((planned, target)) => planned.root.expr_width(&target.expr),
            None => {
                let columns = &self.query.relations[relation].columns;
                columns.get(column.wrapping_sub(1)).map_or(8, |(_, t)| t.default_width())
            }
        }
    }

    /// Width of an expression's value.
    pub(super) fn expr_width(&self, expr: &Expr) -> i32 {
        match expr.stripped() {
            Expr::Column(c) if c.levels_up == 0 => self.column_width(c.relation, c.column),
            other => other.type_id().default_width(),
        }
    }

    /// Marks the columns of the final output as needed at the top.
    pub(super) fn need_output(&mut self) {
        let exprs: Vec<Expr> =
            self.query.targets.iter().map(|t| t.expr.clone()).chain(self.query.having.clone()).collect();
        for expr in &exprs {
            self.need(expr, OUTPUT);
        }
        let returning: Vec<Expr> = self.query.returning.iter().map(|t| t.expr.clone()).collect();
        for expr in &returning {
            self.need(expr, OUTPUT);
        }
    }

    /// A base relation's starting state.
    pub(super) fn blank_rel(&self, relids: Relids) -> Rel<'a> {
        Rel {
            relids,
            consider_startup: self.tuple_fraction > 0.0,
            rows: 1.0,
            consider_parallel: self.parallel_ok,
            ..Rel::default()
        }
    }
}

fn column_width_of(column: &crate::postgres::catalog::Column) -> i32 {
    let known = column.statistics.as_ref().map(|s| s.width).filter(|w| *w > 0);
    known.unwrap_or_else(|| {
        // get_typavgwidth: short declared strings are taken as full, longer ones as half.
        match column.type_id {
            TypeId::VARCHAR if column.type_modifier > 4 => {
                let most = column.type_modifier - 4;
                if most <= 32 {
                    most
                } else if most < 1000 {
                    32 + (most - 32) / 2
                } else {
                    32 + (1000 - 32) / 2
                }
            }
            TypeId::BPCHAR if column.type_modifier > 4 => column.type_modifier - 4 + 4,
            other => other.default_width(),
        }
    })
}

/// Entries of a partial index: its own density times its file's size.
fn partial_tuples(index: &crate::postgres::catalog::Index, table: &Table) -> f64 {
    let pages = index.size.blocks as f64;
    let stored = index.statistics;
    if stored.tuples >= 0.0 && stored.pages > 0.0 {
        // The metapage holds no entries (`estimate_rel_size`).
        let (pages, known) = (pages - 1.0, stored.pages - 1.0);
        if known <= 0.0 { stored.tuples } else { libm::rint(stored.tuples / known * pages.max(0.0)) }
    } else {
        table_tuples(table).1
    }
}

/// A part of the join problem.
#[derive(Debug, Clone)]
pub(super) enum JoinItem {
    Relation(usize),
    /// Joined on its own before it meets the rest.
    List(Vec<JoinItem>),
}

/// Types whose equality belongs to a btree and a hash operator class.
fn sortable(type_id: TypeId) -> bool {
    !matches!(type_id, TypeId::JSON | TypeId::TSQUERY | TypeId::XML)
}

fn columns(expr: &Expr, out: &mut Vec<ColumnRef>) {
    match expr {
        Expr::Column(c) if c.levels_up == 0 => out.push(*c),
        Expr::SubLink(link) => {
            let mut query = link.query.clone();
            query.visit_expressions(1, &mut |inner, depth| {
                inner.any(&mut |e| {
                    if let Expr::Column(c) = e
                        && c.levels_up == depth
                    {
                        out.push(ColumnRef { levels_up: 0, ..*c });
                    }
                    false
                });
            });
            link.test.iter().for_each(|(_, e)| columns(e, out));
        }
        other => other.for_each_child(&mut |child| columns(child, out)),
    }
}

fn item_relids(item: &FromItem) -> Relids {
    match item {
        FromItem::Relation(id) => 1 << *id,
        FromItem::List { items, .. } => items.iter().fold(0, |s, i| s | item_relids(i)),
        FromItem::Join { left, right, .. } => item_relids(left) | item_relids(right),
    }
}

/// `find_nonnullable_rels`: relations for which a condition can't be true when their columns are all NULL.
fn nonnullable_relids(expr: &Expr, out: &mut Vec<Relids>) {
    match expr {
        Expr::And(args) => args.iter().for_each(|e| nonnullable_relids(e, out)),
        Expr::Or(args) => {
            let mut common = u64::MAX;
            for arg in args {
                let mut found = Vec::new();
                nonnullable_relids(arg, &mut found);
                common &= found.iter().fold(0, |s, r| s | r);
            }
            out.push(common);
        }
        Expr::Operator(..) | Expr::ArrayCompare { .. } => out.push(strict_relids(expr)),
        Expr::IsNull { operand, negated: true } => out.push(strict_relids(operand)),
        _ => {}
    }
}

/// Relations whose NULLs make the expression NULL.
fn strict_relids(expr: &Expr) -> Relids {
    match expr {
        Expr::Column(_) => relids(expr),
        Expr::Operator(_, args) | Expr::Function(_, args) => args.iter().fold(0, |s, a| s | strict_relids(a)),
        Expr::Cast { operand, .. } | Expr::Relabel { operand, .. } | Expr::Collate(operand, _) => {
            strict_relids(operand)
        }
        Expr::ArrayCompare { left, .. } => strict_relids(left),
        _ => 0,
    }
}

/// `compute_semijoin_info`: the right-hand expressions, where every clause is an equality of both sides.
fn semi_join_exprs(clauses: &[Expr], right: Relids) -> Vec<Expr> {
    let mut out = Vec::new();
    for clause in clauses {
        let Expr::Operator(op, args) = clause else { return Vec::new() };
        let [a, b] = args.as_slice() else { return Vec::new() };
        if op.kind != OperatorKind::Eq {
            return Vec::new();
        }
        let (ra, rb) = (relids(a), relids(b));
        if ra & right == 0 && subset(rb, right) && rb != 0 {
            out.push(b.clone());
        } else if rb & right == 0 && subset(ra, right) && ra != 0 {
            out.push(a.clone());
        } else {
            return Vec::new();
        }
    }
    out
}
