//! Which conditions an index can answer (`match_clause_to_indexcol` of `indxpath.c`, `like_support.c`).

use std::rc::Rc;

use super::index_cost::moved;
use super::root::{ClauseId, IndexClause, IndexInfo, Root};
use crate::postgres::catalog::{AccessMethod, Index, IndexKey, KeySource, OperatorClass};
use crate::postgres::datum::{Collation, Datum, Value};
use crate::postgres::selectivity::{Prefix, like_prefix, relids, same_expression, successor};
use crate::postgres::sql::{BoolTestKind, Expr, Operator, OperatorKind, same_family};
use crate::postgres::types::TypeId;

/// Index clauses by key column.
pub(super) type ClauseSet = Vec<Vec<IndexClause>>;

impl<'a> Root<'a> {
    /// `match_clauses_to_index`
    pub(super) fn match_clauses(
        &self,
        rel: usize,
        info: &IndexInfo<'a>,
        clauses: &[ClauseId],
        into: &mut ClauseSet,
    ) {
        for id in clauses {
            self.match_clause(rel, info, *id, into);
        }
    }

    /// `match_clause_to_index`: the first key column that the clause fits takes it.
    pub(super) fn match_clause(&self, rel: usize, info: &IndexInfo<'a>, id: ClauseId, into: &mut ClauseSet) {
        if self.clause(id).pseudoconstant {
            return;
        }
        let expr = Rc::clone(&self.clause(id).expr);
        for (column, key) in info.index.keys.iter().enumerate() {
            if into[column].iter().any(|c| c.clause == id) {
                return;
            }
            let found = match expr.as_ref() {
                Expr::RowCompare { .. } => match_row(rel, info.index, column, &expr),
                _ => match_key(rel, info.index.method, key, &expr),
            };
            if let Some((quals, lossy)) = found {
                into[column].push(IndexClause { clause: id, quals: Rc::new(quals), lossy, column });
                return;
            }
        }
    }
}

/// True where the expression is the key itself.
pub(super) fn is_key(rel: usize, key: &IndexKey, expr: &Expr) -> bool {
    match &key.source {
        KeySource::Column(number) => {
            matches!(expr.stripped(), Expr::Column(c) if usize::from(c.relation) == rel && c.column == *number && c.levels_up == 0)
        }
        KeySource::Expression(own) => same_expression(own, expr, rel as u16),
    }
}

/// The index conditions that a clause gives on a key, and whether they are lossy.
pub(super) fn match_key(
    rel: usize,
    method: AccessMethod,
    key: &IndexKey,
    expr: &Expr,
) -> Option<(Vec<Expr>, bool)> {
    match expr {
        Expr::Operator(op, args) => match args.as_slice() {
            [left, right] => match_operator(rel, method, key, *op, left, right),
            _ => None,
        },
        Expr::ArrayCompare { operator, left, array, all: false } => {
            let free = relids(array) & (1 << rel) == 0;
            let fits =
                free && is_key(rel, key, left) && in_family(method, key, *operator, collation(left, array));
            fits.then(|| (vec![expr.clone()], false))
        }
        Expr::Or(arms) if searches_arrays(method) => {
            let array = or_as_array(rel, method, key, arms)?;
            Some((vec![array], false))
        }
        Expr::IsNull { operand, .. } => {
            let searches = matches!(method, AccessMethod::Btree | AccessMethod::Brin | AccessMethod::Gist);
            (searches && is_key(rel, key, operand)).then(|| (vec![expr.clone()], false))
        }
        // A boolean key: `flag`, `NOT flag`, `flag IS TRUE`.
        _ if key.type_id == TypeId::BOOL && matches!(method, AccessMethod::Btree | AccessMethod::Hash) => {
            let equals = |operand: &Expr, value: bool| {
                is_key(rel, key, operand).then(|| {
                    let op = Operator::comparison(OperatorKind::Eq, TypeId::BOOL);
                    (vec![Expr::Operator(op, vec![operand.clone(), Expr::boolean(value)])], false)
                })
            };
            match expr {
                Expr::Not(inner) => equals(inner, false),
                Expr::BoolTest(inner, BoolTestKind::IsTrue) => equals(inner, true),
                Expr::BoolTest(inner, BoolTestKind::IsFalse) => equals(inner, false),
                other => equals(other, true),
            }
        }
        _ => None,
    }
}

/// Methods that take `key = ANY (array)` in one scan (`amsearcharray`).
pub(super) fn searches_arrays(method: AccessMethod) -> bool {
    method == AccessMethod::Btree
}

/// `match_orclause_to_indexcol`: `key = a OR key = b` as `key = ANY ('{a,b}')`, where all arms have the same operator.
fn or_as_array(rel: usize, method: AccessMethod, key: &IndexKey, arms: &[Expr]) -> Option<Expr> {
    let mut first: Option<(Operator, Expr)> = None;
    let mut values = Vec::with_capacity(arms.len());
    for arm in arms {
        let (operator, operand, value) = or_arm(rel, method, key, arm)?;
        match &first {
            Some((known, _)) if *known != operator => return None,
            Some(_) => {}
            None => first = Some((operator, operand)),
        }
        values.push(value);
    }
    let (operator, operand) = first?;
    let array_type = operator.right.array()?;
    let constants: Option<Vec<Datum>> =
        values.iter().map(|v| v.as_const().map(|value| value.datum.clone())).collect();
    let array = match constants {
        Some(items) => Expr::constant(Datum::Array(items.into()), array_type),
        None => Expr::Array(values, array_type),
    };
    Some(Expr::ArrayCompare { operator, left: Box::new(operand), array: Box::new(array), all: false })
}

/// An arm of the form `key op value`, turned round if need be.
pub(super) fn or_arm(
    rel: usize,
    method: AccessMethod,
    key: &IndexKey,
    arm: &Expr,
) -> Option<(Operator, Expr, Expr)> {
    let Expr::Operator(operator, args) = arm else { return None };
    let [left, right] = args.as_slice() else { return None };
    let own = 1_u64 << rel;
    let order = collation(left, right);
    let (operator, operand, value) = if is_key(rel, key, left) {
        (*operator, left, right)
    } else if is_key(rel, key, right) {
        (operator.commutator()?, right, left)
    } else {
        return None;
    };
    let fits = relids(value) & own == 0
        && !super::pull_up::is_volatile(value)
        && in_family(method, key, operator, order);
    fits.then(|| (operator, operand.clone(), value.clone()))
}

/// `match_rowcompare_to_indexcol` and `expand_indexqual_rowcompare`: as many leading columns of a row comparison as the index has.
/// Where that is not all of them, the index is asked for the ends too and the comparison is checked again.
fn match_row(rel: usize, index: &Index, column: usize, expr: &Expr) -> Option<(Vec<Expr>, bool)> {
    let Expr::RowCompare { operators, left, right } = expr else { return None };
    let first = *operators.first()?;
    let free = |e: &Expr| relids(e) & (1 << rel) == 0 && !super::pull_up::is_volatile(e);
    let fits = |at: usize, key: &IndexKey| {
        is_key(rel, key, &left[at])
            && free(&right[at])
            && operators[at].kind == first.kind
            && in_family(index.method, key, operators[at], collation(&left[at], &right[at]))
    };
    if index.method != AccessMethod::Btree || !fits(0, &index.keys[column]) {
        return None;
    }
    let matching = 1 + (1..left.len()).take_while(|at| index.keys.iter().any(|k| fits(*at, k))).count();
    if matching == left.len() {
        return Some((vec![expr.clone()], false));
    }
    let with_end = |op: Operator| Operator {
        kind: match op.kind {
            OperatorKind::Lt => OperatorKind::Le,
            OperatorKind::Gt => OperatorKind::Ge,
            other => other,
        },
        ..op
    };
    let operators: Vec<Operator> = operators[..matching].iter().map(|op| with_end(*op)).collect();
    let qual = if matching == 1 {
        Expr::Operator(operators[0], vec![left[0].clone(), right[0].clone()])
    } else {
        Expr::RowCompare { operators, left: left[..matching].to_vec(), right: right[..matching].to_vec() }
    };
    Some((vec![qual], true))
}

fn collation(left: &Expr, right: &Expr) -> Collation {
    let explicit = |e: &Expr| e.any(&mut |e| matches!(e, Expr::Collate(_, Collation::C)));
    if explicit(left) || explicit(right) { Collation::C } else { Collation::Default }
}

fn match_operator(
    rel: usize,
    method: AccessMethod,
    key: &IndexKey,
    op: Operator,
    left: &Expr,
    right: &Expr,
) -> Option<(Vec<Expr>, bool)> {
    let own = 1_u64 << rel;
    let order = collation(left, right);
    let free = |value: &Expr| relids(value) & own == 0 && !super::pull_up::is_volatile(value);
    if is_key(rel, key, left) && free(right) {
        if in_family(method, key, op, order) {
            return Some((vec![Expr::Operator(op, vec![left.clone(), right.clone()])], false));
        }
        return pattern_bounds(method, key, op, left, right, order);
    }
    if is_key(rel, key, right) && free(left) {
        let op = op.commutator()?;
        if in_family(method, key, op, order) {
            return Some((vec![Expr::Operator(op, vec![right.clone(), left.clone()])], false));
        }
    }
    None
}

/// True where the operator belongs to the key's operator family, under the key's collation.
fn in_family(method: AccessMethod, key: &IndexKey, op: Operator, order: Collation) -> bool {
    use OperatorKind as K;
    let ordering = matches!(op.kind, K::Lt | K::Le | K::Gt | K::Ge);
    let pattern = matches!(op.kind, K::PatternLt | K::PatternLe | K::PatternGt | K::PatternGe);
    let collation_fits = !key.type_id.info().collatable || key.collation == order;
    let types_fit = same_family(key.type_id, op.left) || (key.type_id.is_string() && op.left == TypeId::TEXT);
    let types_fit = types_fit && (same_family(op.left, op.right));
    match method {
        AccessMethod::Btree => {
            let kind_fits = op.kind == K::Eq
                || (ordering && key.opclass == OperatorClass::Default)
                || (pattern && key.opclass == OperatorClass::Pattern);
            kind_fits && collation_fits && types_fit
        }
        AccessMethod::Hash => op.kind == K::Eq && collation_fits && types_fit,
        AccessMethod::Brin => (op.kind == K::Eq || ordering) && collation_fits && types_fit,
        AccessMethod::Gin => match (key.type_id, key.opclass) {
            (TypeId::TSVECTOR, _) => op.kind == K::TextSearch,
            (TypeId::JSONB, OperatorClass::JsonbPath) => op.kind == K::Contains,
            (TypeId::JSONB, _) => matches!(op.kind, K::Contains | K::JsonExists),
            (_, OperatorClass::Trigram) => matches!(op.kind, K::Like | K::ILike | K::Regex | K::IRegex),
            _ => matches!(op.kind, K::Contains | K::ContainedBy | K::Overlaps | K::Eq),
        },
        AccessMethod::Gist => match key.type_id {
            TypeId::TSVECTOR => op.kind == K::TextSearch,
            _ => matches!(op.kind, K::Contains | K::ContainedBy | K::Overlaps),
        },
        AccessMethod::Spgist => op.kind == K::Eq || ordering,
    }
}

/// `match_pattern_prefix`: `x LIKE 'abc%'` bounds an index in byte order by `x ~>=~ 'abc'` and `x ~<~ 'abd'`.
fn pattern_bounds(
    method: AccessMethod,
    key: &IndexKey,
    op: Operator,
    left: &Expr,
    right: &Expr,
    order: Collation,
) -> Option<(Vec<Expr>, bool)> {
    let ignore_case = match op.kind {
        OperatorKind::Like => false,
        OperatorKind::ILike => true,
        _ => return None,
    };
    let Value { datum: Datum::Text(text), .. } = right.as_const()? else { return None };
    let (prefix, _) = like_prefix(text, ignore_case);
    if !matches!(method, AccessMethod::Btree | AccessMethod::Hash) {
        return None;
    }
    let bytewise = key.opclass == OperatorClass::Pattern || key.collation == Collation::C;
    // The comparison is the index's own, under its collation.
    let compare = |kind: OperatorKind, value: &str| {
        let op = Operator::comparison(kind, TypeId::TEXT);
        let mut value = Expr::constant(Datum::text(value), TypeId::TEXT);
        if key.collation != order {
            value = Expr::Collate(Box::new(value), key.collation);
        }
        Expr::Operator(op, vec![left.clone(), value])
    };
    match prefix {
        Prefix::Exact(exact) => {
            let collation_fits = key.collation == order;
            collation_fits.then(|| (vec![compare(OperatorKind::Eq, &exact)], true))
        }
        Prefix::Partial(prefix) if bytewise && method == AccessMethod::Btree => {
            let pattern = key.opclass == OperatorClass::Pattern;
            let (at_least, below) = if pattern {
                (OperatorKind::PatternGe, OperatorKind::PatternLt)
            } else {
                (OperatorKind::Ge, OperatorKind::Lt)
            };
            let mut quals = vec![compare(at_least, &prefix)];
            quals.extend(successor(&prefix).map(|above| compare(below, &above)));
            Some((quals, true))
        }
        _ => None,
    }
}

impl<'a> Root<'a> {
    /// `check_index_predicates`: which partial indexes can be used, and what their predicates leave to be checked.
    pub(super) fn check_predicates(&mut self, rel: usize, keeps_all: bool) {
        let restrict = self.rels[rel].restrict.clone();
        let mut known: Vec<ClauseId> = restrict.clone();
        known.extend(self.rels[rel].join_clauses.iter().copied().filter(|c| self.movable(*c, rel)));
        if self.rels[rel].indexes.iter().any(|i| i.index.is_partial()) {
            let own = 1_u64 << rel;
            known.extend(self.join_equalities(self.all, self.all & !own, own));
        }
        let conditions: Vec<Rc<Expr>> = known.iter().map(|c| Rc::clone(&self.clause(*c).expr)).collect();
        let conditions: Vec<&Expr> = conditions.iter().map(AsRef::as_ref).collect();
        for at in 0..self.rels[rel].indexes.len() {
            let index = self.rels[rel].indexes[at].index;
            let predicates: Vec<Expr> = index.predicate.iter().map(|p| moved(p, rel)).collect();
            let ok = !predicates.is_empty()
                && predicates.iter().all(|p| super::predicate::implied(p, &conditions));
            let left = if ok && !keeps_all {
                let by: Vec<&Expr> = predicates.iter().collect();
                restrict
                    .iter()
                    .copied()
                    .filter(|c| !super::predicate::implied(&self.clause(*c).expr, &by))
                    .collect()
            } else {
                restrict.clone()
            };
            let info = &mut self.rels[rel].indexes[at];
            info.predicate_ok = ok;
            info.restrict = left;
            self.estimator.relations[rel].implied[at] = ok;
        }
    }

    /// `join_clause_is_movable_to`: a parameterised scan of the relation may check it.
    pub(super) fn movable(&self, id: ClauseId, rel: usize) -> bool {
        let clause = self.clause(id);
        let own = 1_u64 << rel;
        if clause.relids & own == 0 || clause.nulled & own != 0 {
            return false;
        }
        // An outer join's clause may go down on its nullable side only.
        self.special_joins.iter().all(|j| {
            j.kind == crate::postgres::sql::JoinKind::Semi
                || j.syntactic_left & own == 0
                || clause.relids & j.syntactic_right == 0
                || clause.pushed_down
        })
    }
}
