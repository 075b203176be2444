//! Functions of a counter's or gauge's course over a range: rates, slopes, changes.

use super::eval::Window;

/// How far beyond the first and last sample a rate reaches, in mean distances between samples
/// (`extrapolatedRate` in `promql/functions.go`).
const REACH: f64 = 1.1;

type Bounds = (i64, i64);

/// `rate()`
pub(super) fn rate(window: &Window<'_>, bounds: Bounds, _: &[f64]) -> Option<f64> {
    extrapolated(&window.points, bounds, true).map(|grown| grown / seconds(bounds.1 - bounds.0))
}

/// `increase()`
pub(super) fn increase(window: &Window<'_>, bounds: Bounds, _: &[f64]) -> Option<f64> {
    extrapolated(&window.points, bounds, true)
}

/// `delta()`
pub(super) fn delta(window: &Window<'_>, bounds: Bounds, _: &[f64]) -> Option<f64> {
    extrapolated(&window.points, bounds, false)
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

fn extrapolated(points: &[(i64, f64)], (from, to): Bounds, counter: bool) -> Option<f64> {
    let [first, .., last] = points else { return None };
    let mut grown = last.1 - first.1;
    if counter {
        grown += points.windows(2).filter(|two| two[1].1 < two[0].1).map(|two| two[0].1).sum::<f64>();
    }
    let sampled = seconds(last.0 - first.0);
    let mean_distance = sampled / (points.len() - 1) as f64;
    let mut to_start = seconds(first.0 - from);
    let to_end = seconds(to - last.0);
    if counter && grown > 0.0 && first.1 >= 0.0 {
        // A counter can't have been below zero.
        to_start = to_start.min(sampled * (first.1 / grown));
    }
    let reach = |distance: f64| if distance < mean_distance * REACH { distance } else { mean_distance / 2.0 };
    Some(grown * ((sampled + reach(to_start) + reach(to_end)) / sampled))
}

/// `irate()`
pub(super) fn irate(window: &Window<'_>, _: Bounds, _: &[f64]) -> Option<f64> {
    let [.., before, last] = &window.points[..] else { return None };
    let grown = if last.1 < before.1 { last.1 } else { last.1 - before.1 };
    (last.0 > before.0).then(|| grown / seconds(last.0 - before.0))
}

/// `idelta()`
pub(super) fn idelta(window: &Window<'_>, _: Bounds, _: &[f64]) -> Option<f64> {
    let [.., before, last] = &window.points[..] else { return None };
    (last.0 > before.0).then_some(last.1 - before.1)
}

/// `changes()`
pub(super) fn changes(window: &Window<'_>, _: Bounds, _: &[f64]) -> Option<f64> {
    let changed = |two: &&[(i64, f64)]| two[0].1 != two[1].1 && !(two[0].1.is_nan() && two[1].1.is_nan());
    Some(window.points.windows(2).filter(changed).count() as f64)
}

/// `resets()`
pub(super) fn resets(window: &Window<'_>, _: Bounds, _: &[f64]) -> Option<f64> {
    Some(window.points.windows(2).filter(|two| two[1].1 < two[0].1).count() as f64)
}

/// `deriv()`
pub(super) fn deriv(window: &Window<'_>, _: Bounds, _: &[f64]) -> Option<f64> {
    let first = window.points.first()?.0;
    (window.points.len() >= 2).then(|| regression(&window.points, first).0)
}

/// `predict_linear()`: the seconds ahead, then the evaluation's time.
pub(super) fn predict_linear(window: &Window<'_>, _: Bounds, scalars: &[f64]) -> Option<f64> {
    let [ahead, now] = scalars else { return None };
    let (slope, intercept) =
        (window.points.len() >= 2).then(|| regression(&window.points, (*now * 1000.0).round() as i64))?;
    Some(slope * ahead + intercept)
}

/// Slope and value at `zero` by least squares (`linearRegression`).
fn regression(points: &[(i64, f64)], zero: i64) -> (f64, f64) {
    let first = points.first().map_or(0.0, |(_, value)| *value);
    if points.iter().all(|(_, value)| *value == first) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let count = points.len() as f64;
    let (mut x_sum, mut y_sum, mut xy_sum, mut xx_sum) =
        (Sum::default(), Sum::default(), Sum::default(), Sum::default());
    for (time, value) in points {
        let x = seconds(time - zero);
        x_sum.add(x);
        y_sum.add(*value);
        xy_sum.add(x * value);
        xx_sum.add(x * x);
    }
    let (x, y) = (x_sum.total(), y_sum.total());
    let covariance = xy_sum.total() - x * y / count;
    let variance = xx_sum.total() - x * x / count;
    let slope = covariance / variance;
    (slope, y / count - slope * x / count)
}

/// `holt_winters()`: double exponential smoothing.
pub(super) fn holt_winters(window: &Window<'_>, _: Bounds, scalars: &[f64]) -> Option<f64> {
    let [smoothing, trend] = scalars else { return None };
    let inside = |factor: f64| factor > 0.0 && factor < 1.0;
    let points = &window.points;
    if points.len() < 2 || !inside(*smoothing) || !inside(*trend) {
        return None;
    }
    let mut slope = points[1].1 - points[0].1;
    let mut level = points[0].1;
    let mut before = 0.0;
    for (place, (_, value)) in points.iter().enumerate().skip(1) {
        if place > 1 {
            slope = trend * (level - before) + (1.0 - trend) * slope;
        }
        let next = smoothing * value + (1.0 - smoothing) * (level + slope);
        before = std::mem::replace(&mut level, next);
    }
    Some(level)
}

/// A sum that keeps what rounding would lose (Neumaier's variant of Kahan's; `kahanSumInc`).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    pub(super) fn add(&mut self, value: f64) {
        let total = self.sum + value;
        if total.is_infinite() {
            self.lost = 0.0;
        } else if self.sum.abs() >= value.abs() {
            self.lost += (self.sum - total) + value;
        } else {
            self.lost += (value - total) + self.sum;
        }
        self.sum = total;
    }

    pub(super) fn total(self) -> f64 {
        self.sum + self.lost
    }
}
