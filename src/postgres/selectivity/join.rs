//! Join clauses: `eqjoinsel`, its semi-join form, and the shares of merge-join inputs that are read.

use super::clauses::JoinSides;
use super::scalar::clamp;
use super::variable::relids;
use super::{DEFAULT_INEQUALITY, Estimator, Variable};
use crate::postgres::datum::{Collation, Datum, Value};
use crate::postgres::sql::{Expr, JoinKind, Operator, OperatorKind};

impl<'a> Estimator<'a> {
    /// A join clause's selectivity over the product of both sides (for semi and anti joins: the share of left rows).
    pub(crate) fn join_operator(&self, op: Operator, left: &Expr, right: &Expr, sides: JoinSides) -> f64 {
        match op.kind {
            OperatorKind::Eq => self.equality_join(left, right, sides),
            OperatorKind::Ne => 1.0 - self.equality_join(left, right, sides),
            OperatorKind::Lt | OperatorKind::Le | OperatorKind::Gt | OperatorKind::Ge => DEFAULT_INEQUALITY,
            _ => super::DEFAULT_MATCH,
        }
    }

    fn equality_join(&self, left: &Expr, right: &Expr, sides: JoinSides) -> f64 {
        // The left variable is the one of the join's left side, however the clause is written.
        let reversed = relids(left) & sides.left == 0;
        let (left, right) = if reversed { (right, left) } else { (left, right) };
        let (outer, inner) = (self.examine(left), self.examine(right));
        let both = self.inner_equality(&outer, &inner);
        match sides.kind {
            JoinKind::Semi | JoinKind::Anti => {
                let share = self.semi_equality(&outer, &inner, sides.right_rows);
                clamp(share.min(sides.right_rows * both))
            }
            _ => clamp(both),
        }
    }

    /// `eqjoinsel_inner`.
    fn inner_equality(&self, left: &Variable<'a>, right: &Variable<'a>) -> f64 {
        let (nd1, nd2) = (self.distinct(left).0, self.distinct(right).0);
        let most_common =
            |v: &Variable<'a>| v.statistics.map(|s| s.most_common.as_slice()).filter(|m| !m.is_empty());
        let nulls = |v: &Variable<'a>| v.statistics.map_or(0.0, |s| s.null_fraction);
        let (nulls1, nulls2) = (nulls(left), nulls(right));
        let (Some(common1), Some(common2)) = (most_common(left), most_common(right)) else {
            return (1.0 - nulls1) * (1.0 - nulls2) / nd1.max(nd2);
        };
        let matched = match_common(common1, common2);
        let other1 = clamp(1.0 - nulls1 - matched.share1 - matched.unmatched1);
        let other2 = clamp(1.0 - nulls2 - matched.share2 - matched.unmatched2);
        let (n1, n2, count) = (common1.len() as f64, common2.len() as f64, matched.count as f64);
        let side = |unmatched: f64, other: f64, other_there: f64, unmatched_there: f64, nd: f64, n: f64| {
            let mut total = matched.product;
            if nd > n {
                total += unmatched * other_there / (nd - n);
            }
            if nd > count {
                total += other * (other_there + unmatched_there) / (nd - count);
            }
            total
        };
        let by_left = side(matched.unmatched1, other1, other2, matched.unmatched2, nd2, n2);
        let by_right = side(matched.unmatched2, other2, other1, matched.unmatched1, nd1, n1);
        by_left.min(by_right)
    }

    /// `eqjoinsel_semi`: the share of left rows with a partner.
    fn semi_equality(&self, left: &Variable<'a>, right: &Variable<'a>, right_rows: f64) -> f64 {
        let (nd1, guess1) = self.distinct(left);
        let (mut nd2, mut guess2) = self.distinct(right);
        let own_rows = right.relation.map(|r| self.relations[r].rows);
        for rows in [own_rows, Some(right_rows)].into_iter().flatten() {
            if nd2 >= rows {
                nd2 = rows;
                guess2 = false;
            }
        }
        let nulls1 = left.statistics.map_or(0.0, |s| s.null_fraction);
        let most_common =
            |v: &Variable<'a>| v.statistics.map(|s| s.most_common.as_slice()).filter(|m| !m.is_empty());
        let (matched_share, taken) = match (most_common(left), most_common(right)) {
            (Some(common1), Some(common2)) => {
                let limit = (nd2 as usize).min(common2.len());
                let matched = match_common(common1, &common2[..limit]);
                (matched.share1, matched.count as f64)
            }
            _ => (0.0, 0.0),
        };
        let uncertain = if guess1 || guess2 {
            0.5
        } else {
            let (rest1, rest2) = (nd1 - taken, nd2 - taken);
            if rest1 <= rest2 || rest2 < 0.0 { 1.0 } else { rest2 / rest1 }
        };
        clamp(matched_share + uncertain * clamp(1.0 - matched_share - nulls1))
    }

    /// `mergejoinscansel`: of each input of a merge join on `left = right`, the share passed before the first match and the share
    /// read when it ends: (left start, left end, right start, right end).
    pub(crate) fn merge_scan(&self, left: &Expr, right: &Expr, descending: bool) -> (f64, f64, f64, f64) {
        let (l, r) = (self.examine(left), self.examine(right));
        let (Some((left_min, left_max)), Some((right_min, right_max))) = (bounds(&l), bounds(&r)) else {
            return (0.0, 1.0, 0.0, 1.0);
        };
        let value = |d: &Datum, v: &Variable<'a>| Value { datum: d.clone(), type_id: v.type_id };
        let share = |v: &Variable<'a>, kind: OperatorKind, d: Value| {
            self.inequality(
                v,
                Operator {
                    kind,
                    left: v.type_id,
                    right: d.type_id,
                    result: crate::postgres::types::TypeId::BOOL,
                },
                &d,
                Collation::Default,
            )
        };
        use OperatorKind::{Ge, Gt, Le, Lt};
        let (end, start) = if descending { (Ge, Gt) } else { (Le, Lt) };
        let (left_first, left_last) =
            if descending { (&left_max, &left_min) } else { (&left_min, &left_max) };
        let (right_first, right_last) =
            if descending { (&right_max, &right_min) } else { (&right_min, &right_max) };
        let mut left_end = share(&l, end, value(right_last, &r));
        let mut right_end = share(&r, end, value(left_last, &l));
        // Only one side can end first; where neither is certain both are read to the end.
        if left_end > right_end {
            left_end = 1.0;
        } else if left_end < right_end {
            right_end = 1.0;
        } else {
            (left_end, right_end) = (1.0, 1.0);
        }
        let mut left_start = share(&l, start, value(right_first, &r));
        let mut right_start = share(&r, start, value(left_first, &l));
        if left_start < right_start {
            left_start = 0.0;
        } else if left_start > right_start {
            right_start = 0.0;
        } else {
            (left_start, right_start) = (0.0, 0.0);
        }
        if left_start >= left_end {
            (left_start, left_end) = (0.0, 1.0);
        }
        if right_start >= right_end {
            (right_start, right_end) = (0.0, 1.0);
        }
        (left_start, left_end, right_start, right_end)
    }
}

/// `get_variable_range`: the least and greatest value, from an index's ends, the histogram or the most common values.
fn bounds(variable: &Variable<'_>) -> Option<(Datum, Datum)> {
    if let Some(extremes) = variable.extremes {
        return Some(extremes.clone());
    }
    let statistics = variable.statistics?;
    let mut range = match statistics.histogram.as_slice() {
        [first, .., last] => Some((first.clone(), last.clone())),
        _ => None,
    };
    for (value, _) in &statistics.most_common {
        range = Some(match range {
            None => (value.clone(), value.clone()),
            Some((low, high)) => (
                if value.compare(&low, Collation::Default).is_lt() { value.clone() } else { low },
                if value.compare(&high, Collation::Default).is_gt() { value.clone() } else { high },
            ),
        });
    }
    range
}

/// How two lists of most common values meet.
struct Matched {
    product: f64,
    count: usize,
    share1: f64,
    share2: f64,
    unmatched1: f64,
    unmatched2: f64,
}

fn match_common(left: &[(Datum, f64)], right: &[(Datum, f64)]) -> Matched {
    let mut taken = vec![false; right.len()];
    let mut out =
        Matched { product: 0.0, count: 0, share1: 0.0, share2: 0.0, unmatched1: 0.0, unmatched2: 0.0 };
    for (value, frequency) in left {
        let partner =
            (0..right.len()).find(|i| !taken[*i] && right[*i].0.compare(value, Collation::Default).is_eq());
        match partner {
            Some(i) => {
                taken[i] = true;
                out.product += frequency * right[i].1;
                out.count += 1;
                out.share1 += frequency;
            }
            None => out.unmatched1 += frequency,
        }
    }
    for (i, (_, frequency)) in right.iter().enumerate() {
        if taken[i] { out.share2 += frequency } else { out.unmatched2 += frequency }
    }
    out.share1 = clamp(out.share1);
    out.unmatched1 = clamp(out.unmatched1);
    out.share2 = clamp(out.share2);
    out.unmatched2 = clamp(out.unmatched2);
    out
}
