//! The functions of PromQL as a table (`promql/functions.go`).

use super::ast::{Expr, Kind};
use super::eval::{Range, Run, Sample, Value, Window, distinct};
use super::labels::{Labels, MatchOp, NAME, whole};
use super::{Error, histogram, over_time, range};

/// One function.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub(crate) name: &'static str,
    /// Types of its arguments.
    arguments: &'static [Kind],
    /// How many of the last arguments may be left out; [`ANY`] when the last may be repeated instead.
    optional: usize,
    /// The type of its value.
    pub(super) returns: Kind,
    /// One line of what it does.
    pub(crate) help: &'static str,
    apply: Apply,
}

/// The last argument may be given any number of times.
const ANY: usize = usize::MAX;

/// How a function works.
#[derive(Debug, Clone, Copy)]
enum Apply {
    /// On each value alone, with the scalar arguments.
    Each(fn(f64, &[f64]) -> f64),
    /// On each series of a range vector, with the scalar arguments; nothing where there are too few samples.
    Range(fn(&Window<'_>, (i64, i64), &[f64]) -> Option<f64>),
    /// On the civil time that each value, or the evaluation's time, is.
    Date(fn(&jiff::civil::DateTime) -> f64),
    /// In a way of its own.
    Own(fn(Vec<Value<'_>>, &[Expr], i64) -> Result<Value<'static>, Error>),
}

/// A parameter's value.
pub(super) enum Argument {
    None,
    Scalar(f64),
    Text(String),
}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        self.name == other.name
    }
}

impl Function {
    /// Fewest and most arguments.
    pub(super) fn arity(&self) -> (usize, usize) {
        match self.optional {
            ANY => (self.arguments.len() - 1, ANY),
            optional => (self.arguments.len() - optional, self.arguments.len()),
        }
    }

    /// The type of the argument at a place.
    pub(super) fn argument(&self, place: usize) -> Kind {
        self.arguments.get(place).or(self.arguments.last()).copied().unwrap_or(Kind::Scalar)
    }
}

/// The function of this name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

use Kind::{Matrix, Scalar, Text, Vector};

const fn single(name: &'static str, help: &'static str, apply: fn(f64, &[f64]) -> f64) -> Function {
    Function { name, arguments: &[Vector], optional: 0, returns: Vector, help, apply: Apply::Each(apply) }
}

const fn over(
    name: &'static str,
    help: &'static str,
    apply: fn(&Window<'_>, (i64, i64), &[f64]) -> Option<f64>,
) -> Function {
    Function { name, arguments: &[Matrix], optional: 0, returns: Vector, help, apply: Apply::Range(apply) }
}

const fn date(name: &'static str, help: &'static str, apply: fn(&jiff::civil::DateTime) -> f64) -> Function {
    Function { name, arguments: &[Vector], optional: 1, returns: Vector, help, apply: Apply::Date(apply) }
}

const fn own(
    name: &'static str,
    arguments: &'static [Kind],
    optional: usize,
    returns: Kind,
    help: &'static str,
    apply: fn(Vec<Value<'_>>, &[Expr], i64) -> Result<Value<'static>, Error>,
) -> Function {
    Function { name, arguments, optional, returns, help, apply: Apply::Own(apply) }
}

/// Every function, by name.
pub(crate) const FUNCTIONS: &[Function] = &[
    single("abs", "absolute value", |v, _| v.abs()),
    own("absent", &[Vector], 0, Vector, "1 when there is no series", absent),
    own("absent_over_time", &[Matrix], 0, Vector, "1 when there was no series", absent),
    over("avg_over_time", "mean over the range", over_time::avg),
    single("ceil", "rounded up", |v, _| v.ceil()),
    over("changes", "how often the value changed", range::changes),
    own("clamp", &[Vector, Scalar, Scalar], 0, Vector, "kept between two bounds", clamp),
    Function {
        arguments: &[Vector, Scalar],
        ..single("clamp_max", "kept at or below a bound", |v, a| least(a[0], v))
    },
    Function {
        arguments: &[Vector, Scalar],
        ..single("clamp_min", "kept at or above a bound", |v, a| most(a[0], v))
    },
    over("count_over_time", "number of samples in the range", |w, _, _| Some(w.points.len() as f64)),
    date("day_of_month", "day of the month, UTC", |d| f64::from(d.day())),
    date("day_of_week", "day of the week, 0 for Sunday", |d| f64::from(d.weekday().to_sunday_zero_offset())),
    date("day_of_year", "day of the year", |d| f64::from(d.day_of_year())),
    date("days_in_month", "days that the month has", |d| f64::from(d.date().days_in_month())),
    single("deg", "radians as degrees", |v, _| v * 180.0 / std::f64::consts::PI),
    over("delta", "difference over the range, of a gauge", range::delta),
    over("deriv", "slope each second by linear regression", range::deriv),
    single("exp", "e to the power", |v, _| libm::exp(v)),
    single("floor", "rounded down", |v, _| v.floor()),
    own(
        "histogram_quantile",
        &[Scalar, Vector],
        0,
        Vector,
        "quantile of a histogram's buckets",
        histogram::quantile,
    ),
    Function {
        arguments: &[Matrix, Scalar, Scalar],
        ..over("holt_winters", "smoothed value of the range", range::holt_winters)
    },
    date("hour", "hour of the day, UTC", |d| f64::from(d.hour())),
    over("idelta", "difference of the last two samples", range::idelta),
    over("increase", "how much a counter grew over the range", range::increase),
    over("irate", "rate each second from the last two samples", range::irate),
    own("label_join", &[Vector, Text, Text, Text], ANY, Vector, "labels joined into one", label_join),
    own(
        "label_replace",
        &[Vector, Text, Text, Text, Text],
        0,
        Vector,
        "a label made from another",
        label_replace,
    ),
    over("last_over_time", "newest sample of the range", |w, _, _| w.points.last().map(|(_, v)| *v)),
    single("ln", "natural logarithm", |v, _| libm::log(v)),
    single("log10", "decimal logarithm", |v, _| libm::log10(v)),
    single("log2", "binary logarithm", |v, _| libm::log2(v)),
    over("max_over_time", "largest sample of the range", over_time::max),
    over("min_over_time", "smallest sample of the range", over_time::min),
    date("minute", "minute of the hour", |d| f64::from(d.minute())),
    date("month", "month of the year", |d| f64::from(d.month())),
    own("pi", &[], 0, Scalar, "3.14159…", |_, _, _| Ok(Value::Scalar(std::f64::consts::PI))),
    Function {
        arguments: &[Matrix, Scalar],
        ..over("predict_linear", "value in so many seconds by linear regression", range::predict_linear)
    },
    over("present_over_time", "1 for each series with a sample in the range", |_, _, _| Some(1.0)),
    Function {
        arguments: &[Scalar, Matrix],
        ..over("quantile_over_time", "quantile of the range's samples", over_time::quantile)
    },
    single("rad", "degrees as radians", |v, _| v * std::f64::consts::PI / 180.0),
    over("rate", "a counter's rate each second", range::rate),
    over("resets", "how often a counter fell", range::resets),
    Function {
        arguments: &[Vector, Scalar],
        optional: 1,
        ..single("round", "rounded to a multiple", |v, a| {
            let inverse = 1.0 / a.first().copied().unwrap_or(1.0);
            (v * inverse + 0.5).floor() / inverse
        })
    },
    own("scalar", &[Vector], 0, Scalar, "the only series' value", |values, _, _| {
        Ok(Value::Scalar(match vector(values).as_slice() {
            [only] => only.value,
            _ => f64::NAN,
        }))
    }),
    single("sgn", "the value's sign", |v, _| {
        if v > 0.0 {
            1.0
        } else if v < 0.0 {
            -1.0
        } else {
            v
        }
    }),
    own("sort", &[Vector], 0, Vector, "smallest first", |values, _, _| {
        Ok(Value::Vector(sorted(values, false)))
    }),
    own("sort_desc", &[Vector], 0, Vector, "largest first", |values, _, _| {
        Ok(Value::Vector(sorted(values, true)))
    }),
    single("sqrt", "square root", |v, _| v.sqrt()),
    over("stddev_over_time", "standard deviation of the range", |w, t, a| {
        over_time::variance(w, t, a).map(f64::sqrt)
    }),
    over("stdvar_over_time", "variance of the range", over_time::variance),
    over("sum_over_time", "sum of the range's samples", over_time::sum),
    own("time", &[], 0, Scalar, "the evaluation's time in seconds since 1970", |_, _, at| {
        Ok(Value::Scalar(at as f64 / 1000.0))
    }),
    own("timestamp", &[Vector], 0, Vector, "the time of each sample", timestamp),
    own("vector", &[Scalar], 0, Vector, "a scalar as a vector without labels", |values, _, at| {
        let value = scalars(&values).first().copied().unwrap_or(f64::NAN);
        Ok(Value::Vector(vec![Sample { labels: Labels::default(), at, value }]))
    }),
    date("year", "the year", |d| f64::from(d.year())),
];

/// Calls a function.
pub(super) fn call(
    run: &Run,
    function: &Function,
    arguments: &[Expr],
    at: i64,
) -> Result<Value<'static>, Error> {
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        values.push(run.eval(argument, at)?);
    }
    match function.apply {
        Apply::Own(apply) => apply(values, arguments, at),
        Apply::Each(apply) => {
            let scalars = scalars(&values);
            each(vector(values), |value| apply(value, &scalars)).map(Value::Vector)
        }
        Apply::Date(apply) => {
            let samples = if values.is_empty() {
                vec![Sample { labels: Labels::default(), at, value: at as f64 / 1000.0 }]
            } else {
                vector(values)
            };
            each(samples, |value| {
                jiff::Timestamp::from_second(value as i64)
                    .map_or(f64::NAN, |time| apply(&jiff::tz::TimeZone::UTC.to_datetime(time)))
            })
            .map(Value::Vector)
        }
        Apply::Range(apply) => {
            let mut scalars = scalars(&values);
            if function.name == "predict_linear" {
                scalars.push(at as f64 / 1000.0);
            }
            let Some(range) = matrix(values) else { return Ok(Value::Vector(Vec::new())) };
            let named = function.name == "last_over_time";
            let mut out = Vec::with_capacity(range.series.len());
            for window in &range.series {
                if let Some(value) = apply(window, (range.from, range.to), &scalars) {
                    let labels =
                        if named { window.labels.clone().into_owned() } else { window.labels.nameless() };
                    out.push(Sample { labels, at, value });
                }
            }
            distinct(&out)?;
            Ok(Value::Vector(out))
        }
    }
}

/// A vector with each value changed and the metric's name gone.
pub(super) fn each(mut vector: Vec<Sample>, change: impl Fn(f64) -> f64) -> Result<Vec<Sample>, Error> {
    for sample in &mut vector {
        sample.value = change(sample.value);
        if !sample.labels.name().is_empty() {
            sample.labels = sample.labels.nameless();
        }
    }
    distinct(&vector)?;
    Ok(vector)
}

/// The vector among the arguments.
pub(super) fn vector(values: Vec<Value<'_>>) -> Vec<Sample> {
    let found = values.into_iter().find_map(|value| match value {
        Value::Vector(vector) => Some(vector),
        _ => None,
    });
    found.unwrap_or_default()
}

fn matrix(values: Vec<Value<'_>>) -> Option<Range<'_>> {
    values.into_iter().find_map(|value| match value {
        Value::Matrix(range) => Some(range),
        _ => None,
    })
}

/// The scalars among the arguments, in order.
pub(super) fn scalars(values: &[Value<'_>]) -> Vec<f64> {
    let found = values.iter().filter_map(|value| match value {
        Value::Scalar(value) => Some(*value),
        _ => None,
    });
    found.collect()
}

fn texts(values: &[Value<'_>]) -> Vec<String> {
    let found = values.iter().filter_map(|value| match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    });
    found.collect()
}

/// Go's `math.Min`: not a number when either is none.
fn least(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

/// Go's `math.Max`.
fn most(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

fn clamp(values: Vec<Value<'_>>, _: &[Expr], _: i64) -> Result<Value<'static>, Error> {
    let bounds = scalars(&values);
    let [low, high] = bounds[..] else { return Ok(Value::Vector(Vec::new())) };
    if high < low {
        return Ok(Value::Vector(Vec::new()));
    }
    each(vector(values), |value| most(low, least(high, value))).map(Value::Vector)
}

/// The labels of the answer are those that the selector's equalities name.
fn absent(values: Vec<Value<'_>>, arguments: &[Expr], at: i64) -> Result<Value<'static>, Error> {
    let empty = match values.first() {
        Some(Value::Vector(vector)) => vector.is_empty(),
        Some(Value::Matrix(range)) => range.series.is_empty(),
        _ => true,
    };
    if !empty {
        return Ok(Value::Vector(Vec::new()));
    }
    let mut labels = Labels::default();
    if let Some(Expr::Selector(selector)) = arguments.first().map(Expr::bare) {
        let mut repeated = Vec::new();
        for matcher in selector.matchers.iter().filter(|matcher| matcher.label != NAME) {
            let equal = matches!(matcher.op, MatchOp::Equal);
            if equal && labels.get(&matcher.label).is_empty() && !repeated.contains(&matcher.label) {
                labels.set(&matcher.label, &matcher.value);
            } else {
                repeated.push(matcher.label.clone());
            }
        }
        for label in repeated {
            labels.set(&label, "");
        }
    }
    Ok(Value::Vector(vec![Sample { labels, at, value: 1.0 }]))
}

fn sorted(values: Vec<Value<'_>>, falling: bool) -> Vec<Sample> {
    let mut vector = vector(values);
    vector.sort_by(|a, b| {
        let order = if falling { b.value.partial_cmp(&a.value) } else { a.value.partial_cmp(&b.value) };
        // What is no number comes last either way.
        order.unwrap_or_else(|| a.value.is_nan().cmp(&b.value.is_nan()))
    });
    vector
}

fn timestamp(values: Vec<Value<'_>>, _: &[Expr], _: i64) -> Result<Value<'static>, Error> {
    let mut vector = vector(values);
    for sample in &mut vector {
        sample.value = sample.at as f64 / 1000.0;
        sample.labels = sample.labels.nameless();
    }
    distinct(&vector)?;
    Ok(Value::Vector(vector))
}

fn is_label(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn label_replace(values: Vec<Value<'_>>, _: &[Expr], _: i64) -> Result<Value<'static>, Error> {
    let texts = texts(&values);
    let [target, replacement, source, pattern] = &texts[..] else { return Ok(Value::Vector(Vec::new())) };
    let regex = whole(pattern)
        .map_err(|_| Error(format!("invalid regular expression in label_replace(): {pattern}")))?;
    if !is_label(target) {
        return Err(Error(format!("invalid destination label name in label_replace(): {target}")));
    }
    let mut vector = vector(values);
    for sample in &mut vector {
        let value = sample.labels.get(source).to_owned();
        if let Some(captures) = regex.captures(&value) {
            let mut text = String::new();
            captures.expand(replacement, &mut text);
            sample.labels.set(target, &text);
        }
    }
    distinct(&vector)?;
    Ok(Value::Vector(vector))
}

fn label_join(values: Vec<Value<'_>>, _: &[Expr], _: i64) -> Result<Value<'static>, Error> {
    let texts = texts(&values);
    let [target, separator, sources @ ..] = &texts[..] else { return Ok(Value::Vector(Vec::new())) };
    if !is_label(target) {
        return Err(Error(format!("invalid destination label name in label_join(): {target}")));
    }
    let mut vector = vector(values);
    for sample in &mut vector {
        let joined: Vec<&str> = sources.iter().map(|source| sample.labels.get(source)).collect();
        let joined = joined.join(separator);
        sample.labels.set(target, &joined);
    }
    distinct(&vector)?;
    Ok(Value::Vector(vector))
}
