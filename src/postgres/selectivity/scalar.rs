//! Comparisons of a variable with a value: `eqsel`, `scalarineqsel` and `ineq_histogram_selectivity`.

use std::cmp::Ordering;

use super::{DEFAULT_INEQUALITY, Estimator, Variable};
use crate::postgres::catalog::ColumnStatistics;
use crate::postgres::datum::{Collation, Datum, Value};
use crate::postgres::sql::{Operator, OperatorKind};
use crate::postgres::types::TypeId;

/// A probability.
pub(crate) fn clamp(p: f64) -> f64 {
    p.clamp(0.0, 1.0)
}

/// A value on the same scale as a statistics value of another type of the family: dates beside timestamps.
fn aligned(datum: &Datum, from: TypeId, to: TypeId) -> Datum {
    const DAY_MICROS: i64 = 86_400_000_000;
    let instant = |t: TypeId| matches!(t, TypeId::TIMESTAMP | TypeId::TIMESTAMPTZ);
    match datum {
        Datum::Int(days) if from == TypeId::DATE && instant(to) => {
            Datum::Int(days.saturating_mul(DAY_MICROS))
        }
        Datum::Int(micros) if instant(from) && to == TypeId::DATE => {
            Datum::Int(micros.div_euclid(DAY_MICROS))
        }
        other => other.clone(),
    }
}

impl<'a> Estimator<'a> {
    /// `var_eq_const`: the share of rows equal (or, negated, unequal) to a constant.
    pub(crate) fn equal_const(&self, variable: &Variable<'a>, value: &Value, negate: bool) -> f64 {
        if value.datum.is_null() {
            return 0.0;
        }
        let nulls = variable.statistics.map_or(0.0, |s| s.null_fraction);
        let tuples = variable.relation.map_or(0.0, |r| self.relations[r].tuples);
        let share = if variable.unique && tuples >= 1.0 {
            1.0 / tuples
        } else if let Some(statistics) = variable.statistics {
            let datum = aligned(&value.datum, value.type_id, variable.type_id);
            match statistics.most_common.iter().find(|(v, _)| v.compare(&datum, Collation::Default).is_eq()) {
                Some((_, frequency)) => *frequency,
                None => self.uncommon_share(variable, statistics),
            }
        } else {
            1.0 / self.distinct(variable).0
        };
        clamp(if negate { 1.0 - share - nulls } else { share })
    }

    /// The share of one value that is not among the most common ones.
    fn uncommon_share(&self, variable: &Variable<'a>, statistics: &ColumnStatistics) -> f64 {
        let common: f64 = statistics.most_common.iter().map(|(_, f)| f).sum();
        let mut share = clamp(1.0 - common - statistics.null_fraction);
        let others = self.distinct(variable).0 - statistics.most_common.len() as f64;
        if others > 1.0 {
            share /= others;
        }
        match statistics.most_common.last() {
            Some((_, least)) if share > *least => *least,
            _ => share,
        }
    }

    /// `var_eq_non_const`: equality with a value not known at plan time.
    pub(crate) fn equal_unknown(&self, variable: &Variable<'a>, negate: bool) -> f64 {
        let nulls = variable.statistics.map_or(0.0, |s| s.null_fraction);
        let tuples = variable.relation.map_or(0.0, |r| self.relations[r].tuples);
        let share = if variable.unique && tuples >= 1.0 {
            1.0 / tuples
        } else if let Some(statistics) = variable.statistics {
            let distinct = self.distinct(variable).0;
            let mut share = 1.0 - nulls;
            if distinct > 1.0 {
                share /= distinct;
            }
            match statistics.most_common.first() {
                Some((_, most)) if share > *most => *most,
                _ => share,
            }
        } else {
            1.0 / self.distinct(variable).0
        };
        clamp(if negate { 1.0 - share - nulls } else { share })
    }

    /// `scalarineqsel`: the share of rows for which `variable operator value`.
    pub(crate) fn inequality(
        &self,
        variable: &Variable<'a>,
        operator: Operator,
        value: &Value,
        collation: Collation,
    ) -> f64 {
        if value.datum.is_null() {
            return 0.0;
        }
        let Some(statistics) = variable.statistics else { return DEFAULT_INEQUALITY };
        let datum = aligned(&value.datum, value.type_id, variable.type_id);
        let order = operator.collation(collation);
        let (common, total) =
            most_common_share(statistics, &mut |v| satisfies(operator.kind, v.compare(&datum, order)));
        let mut share = 1.0 - statistics.null_fraction - total;
        share *= self.histogram_share(variable, statistics, operator, &datum, order).unwrap_or(0.5);
        clamp(share + common)
    }

    /// `ineq_histogram_selectivity`, of the rows that the histogram covers.
    pub(crate) fn histogram_share(
        &self,
        variable: &Variable<'a>,
        statistics: &ColumnStatistics,
        operator: Operator,
        datum: &Datum,
        order: Collation,
    ) -> Option<f64> {
        let bounds = &statistics.histogram;
        if bounds.len() < 2 {
            return None;
        }
        let resolution = 0.01 / (bounds.len() - 1) as f64;
        if order != Collation::Default && variable.type_id.is_string() {
            // Sorted another way than the operator wants: count the bounds that satisfy it.
            let matching =
                bounds.iter().filter(|b| satisfies(operator.kind, b.compare(datum, order))).count();
            return Some((matching as f64 / bounds.len() as f64).clamp(resolution, 1.0 - resolution));
        }
        let (greater, or_equal) = direction(operator.kind);
        let search = Search::run(bounds, variable.extremes, datum, greater, or_equal);
        let below = match search.position {
            0 => 0.0,
            at if at >= bounds.len() => 1.0,
            at => self.fraction_below(variable, statistics, &search, at, datum, greater == or_equal),
        };
        let share = if greater { 1.0 - below } else { below };
        Some(if search.probed_end { clamp(share) } else { share.clamp(resolution, 1.0 - resolution) })
    }

    /// The share of the histogram below a value that lies in the bucket ending at bound `at`.
    fn fraction_below(
        &self,
        variable: &Variable<'a>,
        statistics: &ColumnStatistics,
        search: &Search<'_>,
        at: usize,
        datum: &Datum,
        excludes_equal: bool,
    ) -> f64 {
        let mut equal_share = 0.0;
        if at == 1 || excludes_equal {
            let others = self.distinct(variable).0 - statistics.most_common.len() as f64;
            if others > 1.0 {
                equal_share = 1.0 / others;
            }
        }
        let within = within_bucket(datum, search.bound(at - 1), search.bound(at));
        let mut fraction = ((at - 1) as f64 + within) / (search.bounds.len() - 1) as f64;
        if at == 1 {
            fraction += equal_share * (1.0 - within);
        }
        if excludes_equal {
            fraction -= equal_share;
        }
        fraction
    }
}

/// (greater-than side, or-equal) of an inequality.
fn direction(kind: OperatorKind) -> (bool, bool) {
    match kind {
        OperatorKind::Gt | OperatorKind::PatternGt => (true, false),
        OperatorKind::Ge | OperatorKind::PatternGe => (true, true),
        OperatorKind::Le | OperatorKind::PatternLe => (false, true),
        _ => (false, false),
    }
}

/// Whether an operator holds, given how its operands compare.
pub(crate) fn satisfies(kind: OperatorKind, ordering: Ordering) -> bool {
    match kind {
        OperatorKind::Eq => ordering.is_eq(),
        OperatorKind::Ne => ordering.is_ne(),
        OperatorKind::Lt | OperatorKind::PatternLt => ordering.is_lt(),
        OperatorKind::Le | OperatorKind::PatternLe => ordering.is_le(),
        OperatorKind::Gt | OperatorKind::PatternGt => ordering.is_gt(),
        OperatorKind::Ge | OperatorKind::PatternGe => ordering.is_ge(),
        _ => false,
    }
}

/// `mcv_selectivity`: the share of most common values that pass, and the share of all of them.
pub(crate) fn most_common_share(
    statistics: &ColumnStatistics,
    passes: &mut dyn FnMut(&Datum) -> bool,
) -> (f64, f64) {
    let (mut passing, mut total) = (0.0, 0.0);
    for (value, frequency) in &statistics.most_common {
        total += frequency;
        if passes(value) {
            passing += frequency;
        }
    }
    (passing, total)
}

/// A binary search of a histogram that replaces an end bound by the table's real extreme when it comes to look at it.
struct Search<'a> {
    bounds: &'a [Datum],
    low: Option<&'a Datum>,
    high: Option<&'a Datum>,
    position: usize,
    probed_end: bool,
}

impl<'a> Search<'a> {
    fn run(
        bounds: &'a [Datum],
        extremes: Option<&'a (Datum, Datum)>,
        datum: &Datum,
        greater: bool,
        or_equal: bool,
    ) -> Search<'a> {
        let mut search = Search { bounds, low: None, high: None, position: 0, probed_end: false };
        let count = bounds.len();
        if count == 2 {
            search.probe(extremes, true, true);
        }
        let (mut low, mut high) = (0, count);
        while low < high {
            let probe = (low + high) / 2;
            if count > 2 && probe == 0 {
                search.probe(extremes, true, false);
            } else if count > 2 && probe == count - 1 {
                search.probe(extremes, false, true);
            }
            let ordering = search.bound(probe).compare(datum, Collation::Default);
            // The operator applied to the bound; for the greater-than side its negation is what grows.
            let kind = match (greater, or_equal) {
                (false, false) | (true, true) => OperatorKind::Lt,
                (false, true) | (true, false) => OperatorKind::Le,
            };
            if satisfies(kind, ordering) {
                low = probe + 1;
            } else {
                high = probe;
            }
        }
        search.position = low;
        search
    }

    fn probe(&mut self, extremes: Option<&'a (Datum, Datum)>, low: bool, high: bool) {
        let Some((least, most)) = extremes else { return };
        self.probed_end = true;
        if low {
            self.low = Some(least);
        }
        if high {
            self.high = Some(most);
        }
    }

    fn bound(&self, at: usize) -> &'a Datum {
        let replaced = if at == 0 {
            self.low
        } else if at + 1 == self.bounds.len() {
            self.high
        } else {
            None
        };
        replaced.unwrap_or(&self.bounds[at])
    }
}

/// How far into a bucket a value lies, 0–1 (`convert_to_scalar` and the interpolation after it).
fn within_bucket(value: &Datum, low: &Datum, high: &Datum) -> f64 {
    let Some((value, low, high)) = scalars(value, low, high) else { return 0.5 };
    if high <= low {
        0.5
    } else if value <= low {
        0.0
    } else if value >= high {
        1.0
    } else {
        let fraction = (value - low) / (high - low);
        if (0.0..=1.0).contains(&fraction) { fraction } else { 0.5 }
    }
}

fn scalars(value: &Datum, low: &Datum, high: &Datum) -> Option<(f64, f64, f64)> {
    match (value, low, high) {
        (Datum::Text(v), Datum::Text(l), Datum::Text(h)) => {
            Some(string_scalars(&sort_key(v), &sort_key(l), &sort_key(h)))
        }
        (Datum::Uuid(v), Datum::Uuid(l), Datum::Uuid(h)) => Some(bytes_scalars(v, l, h)),
        _ => Some((value.as_f64()?, low.as_f64()?, high.as_f64()?)),
    }
}

/// The bytes that strings are compared by under the default collation, as far as they decide an interpolation.
fn sort_key(text: &str) -> Vec<u8> {
    text.chars().map(|c| crate::postgres::collation::primary_weight(c).min(255) as u8).collect()
}

/// `convert_bytea_to_scalar`: bytes as digits of base 256 after the common prefix. A `uuid` is not converted by PostgreSQL, whose
/// interpolation then takes the middle of the bucket.
fn bytes_scalars(_value: &[u8; 16], _low: &[u8; 16], _high: &[u8; 16]) -> (f64, f64, f64) {
    (0.5, 0.0, 1.0)
}

/// `convert_string_to_scalar`: the strings after their common prefix, as digits of a base that spans the bytes in use.
fn string_scalars(value: &[u8], low: &[u8], high: &[u8]) -> (f64, f64, f64) {
    let all = || low.iter().chain(high).copied();
    let mut least = all().min().unwrap_or(b' ');
    let mut most = all().max().unwrap_or(b'~');
    for (from, to) in [(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')] {
        if least <= to && most >= from {
            least = least.min(from);
            most = most.max(to);
        }
    }
    if most - least < 9 {
        least = b' ';
        most = 127;
    }
    let common = value.iter().zip(low).zip(high).take_while(|((v, l), h)| v == l && l == h).count();
    let scalar = |bytes: &[u8]| one_string(&bytes[common.min(bytes.len())..], least, most);
    (scalar(value), scalar(low), scalar(high))
}

fn one_string(bytes: &[u8], least: u8, most: u8) -> f64 {
    /// More digits than a double holds.
    const DIGITS: usize = 12;
    let base = f64::from(most) - f64::from(least) + 1.0;
    let mut denominator = base;
    let mut scalar = 0.0;
    for byte in bytes.iter().take(DIGITS) {
        let digit = if *byte < least {
            -1.0
        } else if *byte > most {
            base
        } else {
            f64::from(*byte - least)
        };
        scalar += digit / denominator;
        denominator *= base;
    }
    scalar
}
