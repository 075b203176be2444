//! Aggregations (`aggregation` in `promql/engine.go`).

use super::Error;
use super::ast::Aggregate;
use super::eval::Sample;
use super::functions::Argument;
use super::labels::Labels;
use super::over_time::{of_values, population_variance};
use std::collections::BTreeMap;

/// Aggregates a vector.
pub(super) fn apply(
    aggregation: &Aggregate,
    parameter: &Argument,
    vector: Vec<Sample>,
    at: i64,
) -> Result<Vec<Sample>, Error> {
    if let ("topk" | "bottomk", Argument::Scalar(k)) = (aggregation.op, parameter) {
        return picked(aggregation, *k, vector);
    }
    if let ("count_values", Argument::Text(label)) = (aggregation.op, parameter) {
        return Ok(counted(aggregation, label, vector, at));
    }
    let q = if let Argument::Scalar(q) = parameter { *q } else { f64::NAN };
    let mut groups: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
    for sample in vector {
        groups.entry(key(aggregation, &sample.labels)).or_default().push(sample.value);
    }
    let found = groups.into_iter().map(|(labels, values)| {
        let value = match aggregation.op {
            "sum" => values.iter().sum(),
            "avg" => mean(&values),
            "min" => extreme(&values, |value, least| value < least),
            "max" => extreme(&values, |value, most| value > most),
            "count" => values.len() as f64,
            "group" => 1.0,
            "stdvar" => population_variance(values.into_iter()),
            "stddev" => population_variance(values.into_iter()).sqrt(),
            _ => of_values(q, values),
        };
        Sample { labels, at, value }
    });
    Ok(found.collect())
}

/// The labels that name a series' group.
fn key(aggregation: &Aggregate, labels: &Labels) -> Labels {
    if aggregation.without { labels.without(&aggregation.labels) } else { labels.only(&aggregation.labels) }
}

/// The mean by steps, so that large values don't overflow.
fn mean(values: &[f64]) -> f64 {
    let mut mean = 0.0;
    for (place, value) in values.iter().enumerate() {
        let count = (place + 1) as f64;
        if f64::is_infinite(mean)
            && (value.is_infinite() && (mean > 0.0) == (*value > 0.0) || value.is_finite())
        {
            continue;
        }
        mean += value / count - mean / count;
    }
    mean
}

/// The most extreme value; what is no number counts only when nothing else is there.
fn extreme(values: &[f64], beats: impl Fn(f64, f64) -> bool) -> f64 {
    let better = |best: f64, value: f64| if beats(value, best) || best.is_nan() { value } else { best };
    values.iter().copied().reduce(better).unwrap_or(f64::NAN)
}

/// `topk` and `bottomk`: series as they are, the best first in each group.
fn picked(aggregation: &Aggregate, k: f64, vector: Vec<Sample>) -> Result<Vec<Sample>, Error> {
    if k.is_nan() || k > 1e9 {
        return Err(Error(format!("Scalar value {k} overflows int64")));
    }
    let count = k.max(0.0) as usize;
    let mut groups: BTreeMap<Labels, Vec<Sample>> = BTreeMap::new();
    for sample in vector {
        groups.entry(key(aggregation, &sample.labels)).or_default().push(sample);
    }
    let mut found = Vec::new();
    for mut samples in groups.into_values() {
        samples.sort_by(|a, b| {
            let order = if aggregation.op == "topk" {
                b.value.partial_cmp(&a.value)
            } else {
                a.value.partial_cmp(&b.value)
            };
            order.unwrap_or_else(|| a.value.is_nan().cmp(&b.value.is_nan()))
        });
        samples.truncate(count);
        found.append(&mut samples);
    }
    Ok(found)
}

fn counted(aggregation: &Aggregate, label: &str, vector: Vec<Sample>, at: i64) -> Vec<Sample> {
    let mut groups: BTreeMap<Labels, f64> = BTreeMap::new();
    for sample in vector {
        let mut labels = key(aggregation, &sample.labels);
        labels.set(label, &written(sample.value));
        *groups.entry(labels).or_default() += 1.0;
    }
    groups.into_iter().map(|(labels, value)| Sample { labels, at, value }).collect()
}

/// A value as Go's `FormatFloat(v, 'f', -1, 64)` has it.
fn written(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".into(),
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        _ => format!("{value}"),
    }
}
