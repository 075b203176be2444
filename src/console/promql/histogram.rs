//! `histogram_quantile` over classic buckets (`bucketQuantile` in `promql/quantile.go`).

use super::Error;
use super::ast::Expr;
use super::eval::{Sample, Value};
use super::functions::{scalars, vector};
use super::labels::{Labels, NAME};
use std::collections::BTreeMap;

/// `histogram_quantile(q, buckets)`
pub(super) fn quantile(values: Vec<Value<'_>>, _: &[Expr], at: i64) -> Result<Value<'static>, Error> {
    let q = scalars(&values).first().copied().unwrap_or(f64::NAN);
    let mut groups: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    let apart = ["le".to_owned(), NAME.to_owned()];
    for sample in vector(values) {
        // Series without a readable bound are no buckets.
        if let Ok(bound) = sample.labels.get("le").trim_start_matches('+').parse::<f64>() {
            groups.entry(sample.labels.without(&apart)).or_default().push((bound, sample.value));
        }
    }
    let found = groups
        .into_iter()
        .map(|(labels, buckets)| Sample { labels, at, value: of_buckets(q, buckets) })
        .collect();
    Ok(Value::Vector(found))
}

/// The quantile of cumulative buckets: upper bound and count of each.
fn of_buckets(q: f64, mut buckets: Vec<(f64, f64)>) -> f64 {
    if q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    if buckets.last().is_none_or(|(bound, _)| *bound != f64::INFINITY) {
        return f64::NAN;
    }
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (bound, count) in buckets {
        match merged.last_mut() {
            Some(last) if last.0 == bound => last.1 += count,
            _ => merged.push((bound, count)),
        }
    }
    // Counts read at slightly different times may fall; they never do in truth.
    for place in 1..merged.len() {
        merged[place].1 = merged[place].1.max(merged[place - 1].1);
    }
    let [.., before_last, last] = &merged[..] else { return f64::NAN };
    if last.1 == 0.0 || last.1.is_nan() {
        return f64::NAN;
    }
    let mut rank = q * last.1;
    let finite = &merged[..merged.len() - 1];
    let Some(place) = finite.iter().position(|(_, count)| *count >= rank) else { return before_last.0 };
    let (end, mut count) = finite[place];
    if place == 0 && end <= 0.0 {
        return end;
    }
    let mut start = 0.0;
    if let Some((bound, below)) = place.checked_sub(1).map(|before| finite[before]) {
        start = bound;
        count -= below;
        rank -= below;
    }
    start + (end - start) * (rank / count)
}
