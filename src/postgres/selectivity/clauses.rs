//! Conditions and lists of them: `clausesel.c` (`clause_selectivity`, `clauselist_selectivity`).

use super::scalar::clamp;
use super::variable::relids;
use super::{DEFAULT_INEQUALITY, DEFAULT_RANGE, DEFAULT_UNKNOWN, Estimator};
use crate::postgres::datum::{Collation, Datum, Value};
use crate::postgres::sql::{BoolTestKind, Expr, JoinKind, Operator, OperatorKind};
use crate::postgres::types::TypeId;

/// The sides of a join, for conditions that compare them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct JoinSides {
    /// Kind of join.
    pub(crate) kind: JoinKind,
    /// Relations of the left side.
    pub(crate) left: u64,
    /// Rows of the left side.
    pub(crate) left_rows: f64,
    /// Rows of the right side.
    pub(crate) right_rows: f64,
}

/// What a condition is estimated for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Clauses {
    /// As a join of two sides.
    Join(JoinSides),
    /// As a filter of one relation, the others' columns taken as values not known (`varRelid`).
    Within(usize),
}

/// A pair of bounds on one expression.
struct RangePair<'e> {
    expr: &'e Expr,
    low: Option<f64>,
    high: Option<f64>,
}

impl Estimator<'_> {
    /// `clauselist_selectivity`: all clauses hold, range bounds on one expression taken together.
    pub(crate) fn conjunction(&self, clauses: &[&Expr], context: Option<Clauses>) -> f64 {
        if let [only] = clauses {
            return self.clause(only, context);
        }
        let mut total = 1.0;
        let mut pairs: Vec<RangePair<'_>> = Vec::new();
        for clause in clauses {
            let share = self.clause(clause, context);
            match range_bound(clause, context) {
                Some((expr, is_low)) => add_bound(&mut pairs, expr, is_low, share),
                None => total *= share,
            }
        }
        for pair in pairs {
            total *= match (pair.low, pair.high) {
                (Some(low), Some(high)) => self.range(pair.expr, low, high),
                (low, high) => low.or(high).unwrap_or(1.0),
            };
        }
        total
    }

    fn range(&self, expr: &Expr, low: f64, high: f64) -> f64 {
        if low == DEFAULT_INEQUALITY || high == DEFAULT_INEQUALITY {
            return DEFAULT_RANGE;
        }
        let share = high + low - 1.0 + self.null_test(expr, false);
        if share > 0.0 {
            share
        } else if share < -0.01 {
            DEFAULT_RANGE
        } else {
            1.0e-10
        }
    }

    /// `clause_selectivity`.
    pub(crate) fn clause(&self, clause: &Expr, context: Option<Clauses>) -> f64 {
        match clause {
            Expr::Const(Value { datum: Datum::Bool(true), .. }) => 1.0,
            Expr::Const(_) => 0.0,
            Expr::And(args) => self.conjunction(&args.iter().collect::<Vec<_>>(), context),
            Expr::Or(args) => args.iter().fold(0.0, |total, arg| {
                let share = self.clause(arg, context);
                total + share - total * share
            }),
            Expr::Not(inner) => 1.0 - self.clause(inner, context),
            Expr::Operator(op, args) => match args.as_slice() {
                [left, right] => self.operator(*op, left, right, context),
                _ => 0.5,
            },
            Expr::ArrayCompare { operator, left, array, all } => {
                self.array_compare(*operator, left, array, *all, context)
            }
            Expr::RowCompare { operators, left, right } => {
                match (operators.first(), left.first(), right.first()) {
                    (Some(op), Some(l), Some(r)) => self.operator(*op, l, r, context),
                    _ => 0.5,
                }
            }
            Expr::IsNull { operand, negated } => self.null_test(operand, *negated),
            Expr::BoolTest(operand, kind) => self.bool_test(operand, *kind, context),
            Expr::Relabel { operand, .. } | Expr::Collate(operand, _) => self.clause(operand, context),
            Expr::Function(..) => 0.333_333_3,
            other => self.boolean_variable(other),
        }
    }

    /// `boolvarsel`: a bare boolean expression.
    fn boolean_variable(&self, expr: &Expr) -> f64 {
        let variable = self.examine(expr);
        if variable.statistics.is_none() {
            return 0.5;
        }
        self.equal_const(&variable, &Value { datum: Datum::Bool(true), type_id: TypeId::BOOL }, false)
    }

    /// `nulltestsel`.
    pub(crate) fn null_test(&self, operand: &Expr, negated: bool) -> f64 {
        let nulls = match self.examine(operand).statistics {
            Some(statistics) => statistics.null_fraction,
            None => DEFAULT_UNKNOWN,
        };
        clamp(if negated { 1.0 - nulls } else { nulls })
    }

    /// `booltestsel`.
    fn bool_test(&self, operand: &Expr, kind: BoolTestKind, context: Option<Clauses>) -> f64 {
        let nulls = self.examine(operand).statistics.map(|s| s.null_fraction);
        let truth = self.clause(operand, context);
        let unknown = nulls.unwrap_or(DEFAULT_UNKNOWN);
        let falsehood = (1.0 - truth - nulls.unwrap_or(0.0)).max(0.0);
        clamp(match kind {
            BoolTestKind::IsTrue => truth,
            BoolTestKind::IsNotTrue => 1.0 - truth,
            BoolTestKind::IsFalse => falsehood,
            BoolTestKind::IsNotFalse => 1.0 - falsehood,
            BoolTestKind::IsUnknown => unknown,
            BoolTestKind::IsNotUnknown => 1.0 - unknown,
        })
    }

    /// A binary operator: joins compare two sides, anything else a variable and a value (`get_restriction_variable`).
    pub(crate) fn operator(&self, op: Operator, left: &Expr, right: &Expr, context: Option<Clauses>) -> f64 {
        if let Some(Clauses::Join(sides)) = context {
            let (l, r) = (relids(left), relids(right));
            if l != 0 && r != 0 && l & r == 0 {
                return self.join_operator(op, left, right, sides);
            }
        }
        let only = match context {
            Some(Clauses::Within(relation)) => 1 << relation,
            _ => u64::MAX,
        };
        let (l, r) = (relids(left) & only, relids(right) & only);
        match (l != 0, r != 0) {
            (true, false) => self.compare(op, left, right, collation_of(left, right)),
            (false, true) => match op.commutator() {
                Some(op) => self.compare(op, right, left, collation_of(left, right)),
                None => default_share(op),
            },
            // Both sides are of one relation, or neither is of any.
            (true, true) if op.kind == OperatorKind::Eq && l.count_ones() == 1 && l == r => {
                self.same_relation_equality(left, right)
            }
            _ => default_share(op),
        }
    }

    /// `eqsel` of two expressions of one relation: neither is a constant.
    fn same_relation_equality(&self, _left: &Expr, _right: &Expr) -> f64 {
        DEFAULT_RANGE
    }

    fn compare(&self, op: Operator, variable: &Expr, value: &Expr, collation: Collation) -> f64 {
        use OperatorKind as K;
        let facts = self.examine(variable);
        let known = crate::postgres::sql::estimated(value, self.time);
        let constant = known.as_deref();
        match op.kind {
            K::Eq | K::Ne => {
                let negate = op.kind == K::Ne;
                constant.map_or_else(
                    || self.equal_unknown(&facts, negate),
                    |c| self.equal_const(&facts, c, negate),
                )
            }
            K::Lt | K::Le | K::Gt | K::Ge | K::PatternLt | K::PatternLe | K::PatternGt | K::PatternGe => {
                constant.map_or(DEFAULT_INEQUALITY, |c| self.inequality(&facts, op, c, collation))
            }
            K::Like
            | K::NotLike
            | K::ILike
            | K::NotILike
            | K::Regex
            | K::NotRegex
            | K::IRegex
            | K::NotIRegex => self.pattern(&facts, op.kind, constant),
            K::TextSearch => self.text_search(&facts, constant),
            _ => default_share(op),
        }
    }
}

/// The share assumed for `@>` on `jsonb` and `&&` on arrays (`DEFAULT_MATCHING_SEL`, `DEFAULT_OVERLAP_SEL`).
const DEFAULT_JSON_MATCH: f64 = 0.010;

/// The share assumed for an operator without any estimate of its own.
fn default_share(op: Operator) -> f64 {
    use OperatorKind as K;
    match op.kind {
        // matchingsel
        K::Contains | K::ContainedBy | K::JsonExists if op.left == TypeId::JSONB => DEFAULT_JSON_MATCH,
        // arraycontsel
        K::Contains | K::ContainedBy if op.left.element().is_some() => DEFAULT_RANGE,
        K::Overlaps if op.left.element().is_some() => DEFAULT_JSON_MATCH,
        K::Eq => DEFAULT_RANGE,
        K::Ne => 1.0 - DEFAULT_RANGE,
        K::Lt | K::Le | K::Gt | K::Ge => DEFAULT_INEQUALITY,
        K::Like | K::ILike | K::Regex | K::IRegex => super::DEFAULT_MATCH,
        K::NotLike | K::NotILike | K::NotRegex | K::NotIRegex => 1.0 - super::DEFAULT_MATCH,
        K::TextSearch | K::Overlaps => DEFAULT_RANGE,
        K::Contains | K::ContainedBy => 0.001,
        K::JsonExists => 0.01,
        _ => 0.5,
    }
}

/// The collation that an operator's operands have: an explicit COLLATE wins.
pub(crate) fn collation_of(left: &Expr, right: &Expr) -> Collation {
    let explicit = |e: &Expr| e.any(&mut |e| matches!(e, Expr::Collate(_, Collation::C)));
    if explicit(left) || explicit(right) { Collation::C } else { Collation::Default }
}

/// A clause that bounds an expression from one side: the expression, and whether from below.
fn range_bound(clause: &Expr, context: Option<Clauses>) -> Option<(&Expr, bool)> {
    let Expr::Operator(op, args) = clause else { return None };
    let [left, right] = args.as_slice() else { return None };
    use OperatorKind as K;
    let less = match op.kind {
        K::Lt | K::Le | K::PatternLt | K::PatternLe => true,
        K::Gt | K::Ge | K::PatternGt | K::PatternGe => false,
        _ => return None,
    };
    let only = match context {
        Some(Clauses::Within(relation)) => 1 << relation,
        _ => u64::MAX,
    };
    let (all_left, all_right) = (relids(left), relids(right));
    if context.is_none() && (all_left | all_right).count_ones() != 1 {
        return None;
    }
    match (all_left & only != 0, all_right & only != 0) {
        (true, false) => Some((left, !less)),
        (false, true) => Some((right, less)),
        _ => None,
    }
}

fn add_bound<'e>(pairs: &mut Vec<RangePair<'e>>, expr: &'e Expr, is_low: bool, share: f64) {
    let at = match pairs.iter().position(|p| p.expr == expr) {
        Some(at) => at,
        None => {
            pairs.push(RangePair { expr, low: None, high: None });
            pairs.len() - 1
        }
    };
    let slot = if is_low { &mut pairs[at].low } else { &mut pairs[at].high };
    *slot = Some(slot.map_or(share, |s| s.min(share)));
}
