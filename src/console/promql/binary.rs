//! Binary operations and how the series of two vectors find each other (`VectorBinop` in `promql/engine.go`).

use super::Error;
use super::ast::{Binary, Group, Matching, Op};
use super::eval::{Sample, Value, distinct};
use super::labels::{Labels, NAME};
use std::collections::{BTreeMap, BTreeSet};

/// Applies an operation to its evaluated sides.
pub(super) fn apply<'a>(
    operation: &Binary,
    left: Value<'a>,
    right: Value<'a>,
    at: i64,
) -> Result<Value<'a>, Error> {
    match (left, right) {
        (Value::Scalar(a), Value::Scalar(b)) => Ok(Value::Scalar(scalar(operation.op, a, b))),
        (Value::Vector(vector), Value::Scalar(b)) => {
            with_scalar(operation, vector, b, false).map(Value::Vector)
        }
        (Value::Scalar(a), Value::Vector(vector)) => {
            with_scalar(operation, vector, a, true).map(Value::Vector)
        }
        (Value::Vector(left), Value::Vector(right)) => {
            if operation.op.is_set() {
                return Ok(Value::Vector(set(operation, left, right)));
            }
            vectors(operation, left, right, at).map(Value::Vector)
        }
        _ => Err(Error("binary expression must contain only scalar and instant vector types".into())),
    }
}

fn number(truth: bool) -> f64 {
    if truth { 1.0 } else { 0.0 }
}

/// What an operator makes of two numbers; a comparison gives 0 or 1.
fn scalar(op: Op, a: f64, b: f64) -> f64 {
    match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div => a / b,
        Op::Mod => libm::fmod(a, b),
        Op::Pow => libm::pow(a, b),
        Op::Atan2 => libm::atan2(a, b),
        Op::Equal => number(a == b),
        Op::NotEqual => number(a != b),
        Op::Greater => number(a > b),
        Op::Less => number(a < b),
        Op::GreaterEqual => number(a >= b),
        Op::LessEqual => number(a <= b),
        Op::And | Op::Or | Op::Unless => f64::NAN,
    }
}

fn with_scalar(
    operation: &Binary,
    vector: Vec<Sample>,
    number: f64,
    swapped: bool,
) -> Result<Vec<Sample>, Error> {
    let filters = operation.op.compares() && !operation.returns_bool;
    let mut found = Vec::with_capacity(vector.len());
    for mut sample in vector {
        let (a, b) = if swapped { (number, sample.value) } else { (sample.value, number) };
        let value = scalar(operation.op, a, b);
        if filters {
            if value != 0.0 {
                found.push(sample);
            }
            continue;
        }
        sample.value = value;
        sample.labels = sample.labels.nameless();
        found.push(sample);
    }
    if !filters {
        distinct(&found)?;
    }
    Ok(found)
}

/// The labels by which a series finds its partner.
fn signature(matching: &Matching, labels: &Labels) -> Labels {
    if matching.on { labels.only(&matching.labels) } else { labels.without(&matching.labels) }
}

fn set(operation: &Binary, left: Vec<Sample>, mut right: Vec<Sample>) -> Vec<Sample> {
    let key = |sample: &Sample| signature(&operation.matching, &sample.labels);
    let known: BTreeSet<Labels> = match operation.op {
        Op::Or => left.iter().map(key).collect(),
        _ => right.iter().map(key).collect(),
    };
    match operation.op {
        Op::And => left.into_iter().filter(|sample| known.contains(&key(sample))).collect(),
        Op::Unless => left.into_iter().filter(|sample| !known.contains(&key(sample))).collect(),
        _ => {
            let mut found = left;
            right.retain(|sample| !known.contains(&key(sample)));
            found.append(&mut right);
            found
        }
    }
}

fn vectors(operation: &Binary, left: Vec<Sample>, right: Vec<Sample>, at: i64) -> Result<Vec<Sample>, Error> {
    let matching = &operation.matching;
    // The "one" side is on the right unless group_right says otherwise.
    let swapped = matching.group == Group::Right;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let mut partners: BTreeMap<Labels, Sample> = BTreeMap::new();
    for sample in one {
        let key = signature(matching, &sample.labels);
        if let Some(other) = partners.insert(key.clone(), sample.clone()) {
            let side = if swapped { "left" } else { "right" };
            return Err(Error(format!(
                "found duplicate series for the match group {key} on the {side} hand-side of the operation: [{}, \
                 {}];many-to-many matching not allowed: matching labels must be unique on one side",
                sample.labels, other.labels
            )));
        }
    }
    let mut found = Vec::new();
    let mut taken: BTreeSet<(Labels, Labels)> = BTreeSet::new();
    for sample in many {
        let key = signature(matching, &sample.labels);
        let Some(partner) = partners.get(&key) else { continue };
        let (a, b) = if swapped { (partner.value, sample.value) } else { (sample.value, partner.value) };
        let result = scalar(operation.op, a, b);
        let filters = operation.op.compares() && !operation.returns_bool;
        if filters && result == 0.0 {
            continue;
        }
        let labels = result_labels(operation, &sample.labels, &partner.labels);
        let group = if matching.group == Group::One { Labels::default() } else { labels.clone() };
        if !taken.insert((key, group)) {
            return Err(Error(if matching.group == Group::One {
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                    .into()
            } else {
                "multiple matches for labels: grouping labels must ensure unique matches".into()
            }));
        }
        // A comparison that filters keeps the left side's value.
        found.push(Sample { labels, at, value: if filters { a } else { result } });
    }
    Ok(found)
}

/// The labels of a matched pair's result (`resultMetric`).
fn result_labels(operation: &Binary, many: &Labels, one: &Labels) -> Labels {
    let matching = &operation.matching;
    let keeps_name = operation.op.compares() && !operation.returns_bool;
    let mut labels = if keeps_name { many.clone() } else { many.nameless() };
    if matching.group == Group::One {
        let name = labels.name().to_owned();
        labels = if matching.on {
            labels.only(&matching.labels)
        } else {
            let mut kept = labels.without(&matching.labels);
            if keeps_name && !matching.labels.contains(&NAME.to_owned()) {
                kept.set(NAME, &name);
            }
            kept
        };
    }
    for label in &matching.include {
        labels.set(label, one.get(label));
    }
    labels
}
