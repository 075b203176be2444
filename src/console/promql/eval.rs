//! Evaluation at one instant after another (`promql/engine.go`).

use super::ast::{At, Expr, Kind, Selector, Shift};
use super::functions::{self, Argument};
use super::labels::Labels;
use super::{Error, LOOKBACK_MS, Series, Source, aggregate, binary};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Most points of a range query, as Prometheus' API has it.
const MAX_POINTS: i64 = 11_000;
/// Most samples that one query may touch.
const MAX_SAMPLES: u64 = 50_000_000;
/// Step of a subquery that names none, in milliseconds (Prometheus' global evaluation interval).
const SUBQUERY_STEP_MS: i64 = 60_000;

/// One series' value at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its labels.
    pub labels: Labels,
    /// The time of the sample in milliseconds since 1970.
    pub at: i64,
    /// The value.
    pub value: f64,
}

/// One series over a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeSeries {
    /// Its labels.
    pub labels: Labels,
    /// Times in milliseconds since 1970 and values.
    pub points: Vec<(i64, f64)>,
}

/// What an instant query gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluated {
    /// A number.
    Scalar(f64),
    /// A text.
    Text(String),
    /// One value for each series.
    Vector(Vec<Sample>),
    /// Samples of each series.
    Matrix(Vec<RangeSeries>),
}

/// A value inside the engine.
pub(super) enum Value<'a> {
    Scalar(f64),
    Text(String),
    Vector(Vec<Sample>),
    Matrix(Range<'a>),
}

/// A range vector with the window that it was cut to.
pub(super) struct Range<'a> {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) series: Vec<Window<'a>>,
}

/// One series of a range vector.
pub(super) struct Window<'a> {
    pub(super) labels: Cow<'a, Labels>,
    pub(super) points: Cow<'a, [(i64, f64)]>,
}

/// Evaluates queries over a source.
pub struct Engine<'a> {
    source: &'a dyn Source,
}

impl<'a> Engine<'a> {
    /// An engine over a source.
    pub fn new(source: &'a dyn Source) -> Engine<'a> {
        Engine { source }
    }

    /// The value at an instant.
    pub fn instant(&self, expr: &Expr, at_ms: i64) -> Result<Evaluated, Error> {
        let run = Run::new(self.source, expr, at_ms, at_ms);
        Ok(match run.eval(expr, at_ms)? {
            Value::Scalar(value) => Evaluated::Scalar(value),
            Value::Text(text) => Evaluated::Text(text),
            Value::Vector(mut vector) => {
                distinct(&vector)?;
                for sample in &mut vector {
                    sample.at = at_ms;
                }
                Evaluated::Vector(vector)
            }
            Value::Matrix(range) => Evaluated::Matrix(
                range
                    .series
                    .into_iter()
                    .map(|window| RangeSeries {
                        labels: window.labels.into_owned(),
                        points: window.points.into_owned(),
                    })
                    .collect(),
            ),
        })
    }

    /// The value at each step from a start to an end, both included.
    pub fn range(
        &self,
        expr: &Expr,
        from_ms: i64,
        to_ms: i64,
        step_ms: i64,
    ) -> Result<Vec<RangeSeries>, Error> {
        let fault = |what: &str| Err(Error(what.to_owned()));
        match expr.kind() {
            Kind::Scalar | Kind::Vector => {}
            other => {
                let name = if other == Kind::Text { "string" } else { "range vector" };
                return fault(&format!(
                    "invalid expression type \"{name}\" for range query, must be Scalar or instant Vector"
                ));
            }
        }
        if step_ms <= 0 {
            return fault(
                "zero or negative query resolution step widths are not accepted. Try a positive integer",
            );
        }
        if to_ms < from_ms {
            return fault("end timestamp must not be before start time");
        }
        if (to_ms - from_ms) / step_ms > MAX_POINTS {
            return fault(
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution \
                 (?step=XX)",
            );
        }
        let run = Run::new(self.source, expr, from_ms, to_ms);
        let mut found: BTreeMap<Labels, Vec<(i64, f64)>> = BTreeMap::new();
        let mut at = from_ms;
        while at <= to_ms {
            match run.eval(expr, at)? {
                Value::Scalar(value) => found.entry(Labels::default()).or_default().push((at, value)),
                Value::Vector(vector) => {
                    distinct(&vector)?;
                    for sample in vector {
                        found.entry(sample.labels).or_default().push((at, sample.value));
                    }
                }
                Value::Text(_) | Value::Matrix(_) => {}
            }
            at += step_ms;
        }
        Ok(found.into_iter().map(|(labels, points)| RangeSeries { labels, points }).collect())
    }
}

/// One query under way: its selectors' samples, read once.
pub(super) struct Run {
    start: i64,
    end: i64,
    stored: Vec<Vec<Series>>,
    touched: Cell<u64>,
}

impl Run {
    fn new(source: &dyn Source, expr: &Expr, start: i64, end: i64) -> Run {
        let mut run = Run { start, end, stored: Vec::new(), touched: Cell::new(0) };
        run.load(source, expr, start, end);
        run
    }

    /// Reads what each selector will need, in the order of their numbers.
    fn load(&mut self, source: &dyn Source, expr: &Expr, from: i64, to: i64) {
        match expr {
            Expr::Number(_) | Expr::Text(_) => {}
            Expr::Selector(selector) => {
                let (from, to) = (self.shifted(&selector.shift, from), self.shifted(&selector.shift, to));
                let series = source.select(
                    &selector.matchers,
                    from.saturating_sub(selector.range.unwrap_or(LOOKBACK_MS)),
                    to,
                );
                debug_assert_eq!(
                    self.stored.len(),
                    selector.index,
                    "selectors are numbered in reading order"
                );
                self.stored.push(series);
            }
            Expr::Subquery { expr, range, shift, .. } => {
                let (from, to) = (self.shifted(shift, from), self.shifted(shift, to));
                self.load(source, expr, from.saturating_sub(*range), to);
            }
            Expr::Negated(inner) | Expr::Parens(inner) => self.load(source, inner, from, to),
            Expr::Binary(binary) => {
                self.load(source, &binary.left, from, to);
                self.load(source, &binary.right, from, to);
            }
            Expr::Aggregate(aggregate) => {
                if let Some(parameter) = &aggregate.parameter {
                    self.load(source, parameter, from, to);
                }
                self.load(source, &aggregate.expr, from, to);
            }
            Expr::Call { arguments, .. } => {
                for argument in arguments {
                    self.load(source, argument, from, to);
                }
            }
        }
    }

    fn shifted(&self, shift: &Shift, at: i64) -> i64 {
        let base = match shift.at {
            None => at,
            Some(At::Time(time)) => time,
            Some(At::Start) => self.start,
            Some(At::End) => self.end,
        };
        base.saturating_sub(shift.offset)
    }

    pub(super) fn eval(&self, expr: &Expr, at: i64) -> Result<Value<'_>, Error> {
        match expr {
            Expr::Number(number) => Ok(Value::Scalar(*number)),
            Expr::Text(text) => Ok(Value::Text(text.clone())),
            Expr::Parens(inner) => self.eval(inner, at),
            Expr::Negated(inner) => Ok(match self.eval(inner, at)? {
                Value::Scalar(value) => Value::Scalar(-value),
                Value::Vector(vector) => Value::Vector(functions::each(vector, |value| -value)?),
                other => other,
            }),
            Expr::Selector(selector) => match selector.range {
                Some(range) => Ok(Value::Matrix(self.window(selector, range, at)?)),
                None => self.latest(selector, at).map(Value::Vector),
            },
            Expr::Subquery { expr, range, step, shift } => {
                self.subquery(expr, *range, step.unwrap_or(SUBQUERY_STEP_MS), self.shifted(shift, at))
            }
            Expr::Binary(operation) => {
                let left = self.eval(&operation.left, at)?;
                let right = self.eval(&operation.right, at)?;
                binary::apply(operation, left, right, at)
            }
            Expr::Aggregate(aggregation) => {
                let parameter = match &aggregation.parameter {
                    None => Argument::None,
                    Some(parameter) => match self.eval(parameter, at)? {
                        Value::Scalar(value) => Argument::Scalar(value),
                        Value::Text(text) => Argument::Text(text),
                        Value::Vector(_) | Value::Matrix(_) => Argument::None,
                    },
                };
                match self.eval(&aggregation.expr, at)? {
                    Value::Vector(vector) => {
                        aggregate::apply(aggregation, &parameter, vector, at).map(Value::Vector)
                    }
                    other => Ok(other),
                }
            }
            Expr::Call { function, arguments } => functions::call(self, function, arguments, at),
        }
    }

    /// An instant selector: each series' newest sample that isn't too old.
    fn latest(&self, selector: &Selector, at: i64) -> Result<Vec<Sample>, Error> {
        let wanted = self.shifted(&selector.shift, at);
        let stored = &self.stored[selector.index];
        self.touch(stored.len())?;
        let found = stored.iter().filter_map(|series| {
            let after = series.samples.partition_point(|(time, _)| *time <= wanted);
            let (time, value) = *series.samples.get(after.checked_sub(1)?)?;
            let fresh = time >= wanted.saturating_sub(LOOKBACK_MS);
            fresh.then(|| Sample { labels: series.labels.clone(), at: time, value })
        });
        Ok(found.collect())
    }

    fn window(&self, selector: &Selector, range: i64, at: i64) -> Result<Range<'_>, Error> {
        let to = self.shifted(&selector.shift, at);
        let from = to.saturating_sub(range);
        let mut series = Vec::new();
        for stored in &self.stored[selector.index] {
            let first = stored.samples.partition_point(|(time, _)| *time < from);
            let after = stored.samples.partition_point(|(time, _)| *time <= to);
            let points = stored.samples.get(first..after).unwrap_or(&[]);
            self.touch(points.len())?;
            if !points.is_empty() {
                series.push(Window { labels: Cow::Borrowed(&stored.labels), points: Cow::Borrowed(points) });
            }
        }
        Ok(Range { from, to, series })
    }

    fn subquery(&self, expr: &Expr, range: i64, step: i64, to: i64) -> Result<Value<'_>, Error> {
        if step <= 0 {
            return Err(Error("subquery step must be greater than 0".into()));
        }
        let from = to.saturating_sub(range);
        let mut at = step * (from / step);
        if at < from {
            at += step;
        }
        let mut found: BTreeMap<Labels, Vec<(i64, f64)>> = BTreeMap::new();
        while at <= to {
            if let Value::Vector(vector) = self.eval(expr, at)? {
                self.touch(vector.len() + 1)?;
                for sample in vector {
                    found.entry(sample.labels).or_default().push((at, sample.value));
                }
            }
            at += step;
        }
        let series = found
            .into_iter()
            .map(|(labels, points)| Window { labels: Cow::Owned(labels), points: Cow::Owned(points) })
            .collect();
        Ok(Value::Matrix(Range { from, to, series }))
    }

    fn touch(&self, samples: usize) -> Result<(), Error> {
        self.touched.set(self.touched.get() + samples as u64);
        if self.touched.get() > MAX_SAMPLES {
            return Err(Error(
                "query processing would load too many samples into memory in query execution".into(),
            ));
        }
        Ok(())
    }
}

/// Refuses a vector in which two series have the same labels.
pub(super) fn distinct(vector: &[Sample]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    if vector.iter().all(|sample| seen.insert(&sample.labels)) {
        Ok(())
    } else {
        Err(Error("vector cannot contain metrics with the same labelset".into()))
    }
}
