//! The `…_over_time` functions, and quantiles of plain values.

use super::eval::Window;
use super::range::Sum;

type Bounds = (i64, i64);

fn values<'w>(window: &'w Window<'_>) -> impl Iterator<Item = f64> + 'w {
    window.points.iter().map(|(_, value)| *value)
}

/// `sum_over_time()`
pub(super) fn sum(window: &Window<'_>, _: Bounds, _: &[f64]) -> Option<f64> {
    let mut sum = Sum::default();
    values(window).for_each(|value| sum.add(value));
    Some(sum.total())
}

/// `avg_over_time()`
pub(super) fn avg(window: &Window<'_>, bounds: Bounds, scalars: &[f64]) -> Option<f64> {
    sum(window, bounds, scalars).map(|sum| sum / window.points.len() as f64)
}

/// `max_over_time()`
pub(super) fn max(window: &Window<'_>, _: Bounds, _: &[f64]) -> Option<f64> {
    values(window).reduce(|most, value| if value > most || most.is_nan() { value } else { most })
}

/// `min_over_time()`
pub(super) fn min(window: &Window<'_>, _: Bounds, _: &[f64]) -> Option<f64> {
    values(window).reduce(|least, value| if value < least || least.is_nan() { value } else { least })
}

/// `stdvar_over_time()`: Welford's running variance.
pub(super) fn variance(window: &Window<'_>, _: Bounds, _: &[f64]) -> Option<f64> {
    Some(population_variance(values(window)))
}

/// The population's variance by Welford's method.
pub(super) fn population_variance(values: impl Iterator<Item = f64>) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        let distance = value - mean;
        mean += distance / count;
        squares += distance * (value - mean);
    }
    squares / count
}

/// `quantile_over_time()`
pub(super) fn quantile(window: &Window<'_>, _: Bounds, scalars: &[f64]) -> Option<f64> {
    Some(of_values(*scalars.first()?, values(window).collect()))
}

/// A quantile by linear interpolation between neighbours (`quantile` in `promql/quantile.go`).
pub(super) fn of_values(q: f64, mut values: Vec<f64>) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan())));
    let last = (values.len() - 1) as f64;
    let rank = q * last;
    let lower = rank.floor().max(0.0);
    let upper = (lower + 1.0).min(last);
    let weight = rank - rank.floor();
    values[lower as usize] * (1.0 - weight) + values[upper as usize] * weight
}
