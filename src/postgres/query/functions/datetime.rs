//! Date and time functions.

use super::{Args, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::datetime::{
    self as dt, DAY, Fields, HOUR, Interval, MINUTE, SECOND, days_from_civil,
};
use crate::postgres::query::errors;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;

pub(super) const TABLE: Table = &[
    ("now", now),
    ("transaction_timestamp", now),
    ("statement_timestamp", now),
    ("clock_timestamp", now),
    ("timeofday", |a| Ok(Value::text(super::to_char::timeofday(a.context.db.now())))),
    ("age", age),
    ("date_trunc", truncate),
    ("date_part", |a| field(a).map(|value| value.map_or(Value::Null, |value| Value::Float(value.to_f64())))),
    ("extract", |a| field(a).map(|value| value.map_or(Value::Null, Value::numeric))),
    ("date_bin", bin),
    ("timezone", zone),
    ("make_interval", make_interval),
    ("make_date", make_date),
    ("make_time", make_time),
    ("make_timestamp", make_timestamp),
    ("make_timestamptz", make_timestamp),
    ("to_timestamp", to_timestamp),
    ("to_date", to_date),
    ("justify_hours", |a| interval(a, Interval::justify_hours)),
    ("justify_days", |a| interval(a, Interval::justify_days)),
    ("justify_interval", |a| interval(a, Interval::justify)),
    ("isfinite", |a| {
        Ok(Value::Bool(!matches!(
            a.values[0],
            Value::Timestamp(i64::MAX | i64::MIN) | Value::Date(i32::MAX | i32::MIN)
        )))
    }),
    ("overlaps", overlaps),
    ("date_add", |a| moved(a, 1)),
    ("date_subtract", |a| moved(a, -1)),
];

fn now(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(Value::Timestamp(args.context.db.now()))
}

/// A timestamp or date as microseconds.
fn micros(value: &Value) -> i64 {
    match value {
        Value::Timestamp(at) => *at,
        Value::Date(i32::MAX) => i64::MAX,
        Value::Date(i32::MIN) => i64::MIN,
        Value::Date(day) => i64::from(*day) * DAY,
        _ => 0,
    }
}

fn interval(args: &Args<'_>, rule: fn(&Interval) -> Interval) -> Result<Value, SqlError> {
    match &args.values[0] {
        Value::Interval(interval) => Ok(Value::Interval(rule(interval))),
        _ => Err(args.unsupported("justify_interval")),
    }
}

fn age(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.type_of(0) == t::XID {
        return Ok(Value::Int(args.context.transaction_age(args.int(0))));
    }
    let (later, earlier) = match args.values {
        [only] => (args.context.db.now().div_euclid(DAY) * DAY, micros(only)),
        [a, b] => (micros(a), micros(b)),
        _ => return Err(args.unsupported("age")),
    };
    Ok(Value::Interval(dt::age(later, earlier)))
}

fn moved(args: &Args<'_>, sign: i32) -> Result<Value, SqlError> {
    let Value::Interval(by) = &args.values[1] else { return Err(args.unsupported("date_add")) };
    let by = if sign < 0 { by.negate() } else { *by };
    Ok(Value::Timestamp(dt::add_interval(micros(&args.values[0]), &by)))
}

fn unit_error(unit: &str, args: &Args<'_>) -> SqlError {
    errors::invalid_parameter(format!("unit \"{unit}\" not recognized for type {}", t::name(args.type_of(1))))
}

/// Singular of a unit's name.
fn unit(text: &str) -> String {
    let lower = text.to_lowercase();
    match lower.as_str() {
        "millennia" => "millennium".to_owned(),
        "centuries" => "century".to_owned(),
        "us" | "usec" | "usecs" | "useconds" => "microseconds".to_owned(),
        "ms" | "msec" | "msecs" | "mseconds" => "milliseconds".to_owned(),
        "microsecond" => "microseconds".to_owned(),
        "millisecond" => "milliseconds".to_owned(),
        "microseconds" | "milliseconds" => lower,
        "min" | "mins" => "minute".to_owned(),
        "sec" | "secs" => "second".to_owned(),
        "hr" | "hrs" => "hour".to_owned(),
        "mon" | "mons" => "month".to_owned(),
        "yr" | "yrs" => "year".to_owned(),
        other => other.strip_suffix('s').unwrap_or(other).to_owned(),
    }
}

fn truncate(args: &Args<'_>) -> Result<Value, SqlError> {
    let name = unit(args.str(0));
    if let Value::Interval(interval) = &args.values[1] {
        return truncate_interval(&name, *interval)
            .map(Value::Interval)
            .ok_or_else(|| unit_error(args.str(0), args));
    }
    let at = micros(&args.values[1]);
    if at == i64::MAX || at == i64::MIN {
        return Ok(Value::Timestamp(at));
    }
    dt::truncated(&name, at).map(Value::Timestamp).ok_or_else(|| unit_error(args.str(0), args))
}

fn truncate_interval(unit: &str, interval: Interval) -> Option<Interval> {
    let Interval { months, days, micros } = interval;
    let time = |size: i64| Some(Interval { months, days, micros: micros / size * size });
    let whole = |size: i32| Some(Interval { months: months / size * size, days: 0, micros: 0 });
    match unit {
        "microseconds" => Some(interval),
        "milliseconds" => time(1000),
        "second" => time(SECOND),
        "minute" => time(MINUTE),
        "hour" => time(HOUR),
        "day" => Some(Interval { months, days, micros: 0 }),
        "month" => whole(1),
        "quarter" => whole(3),
        "year" => whole(12),
        "decade" => whole(120),
        _ => None,
    }
}

fn decimal(micros: i128, scale_digits: u32) -> Numeric {
    let unit = Numeric::from(10i128.pow(scale_digits));
    Numeric::from(micros).divide(&unit).map_or_else(Numeric::zero, |value| value.round(scale_digits as i32))
}

/// `extract` and `date_part`: the field as numeric; none for fields of infinities.
fn field(args: &Args<'_>) -> Result<Option<Numeric>, SqlError> {
    let name = unit(args.str(0));
    let int = |value: i64| Ok(Some(Numeric::from(value)));
    let error = || {
        let known = UNITS.contains(&name.as_str());
        let type_name = t::name(args.type_of(1));
        let word = if known { "supported" } else { "recognized" };
        let state = if known { SqlState::FEATURE_NOT_SUPPORTED } else { SqlState::INVALID_PARAMETER_VALUE };
        errors::new(state, format!("unit \"{}\" not {word} for type {type_name}", args.str(0)))
    };
    match &args.values[1] {
        Value::Interval(interval) => interval_field(&name, interval).map(Some).ok_or_else(error),
        Value::Time(time) => time_field(&name, *time)
            .or((name == "epoch").then(|| decimal(i128::from(*time), 6)))
            .map(Some)
            .ok_or_else(error),
        Value::Timestamp(i64::MAX) => Ok((name == "epoch").then_some(Numeric::Infinity)),
        Value::Timestamp(i64::MIN) => Ok((name == "epoch").then_some(Numeric::NegativeInfinity)),
        value => {
            let at = micros(value);
            let fields = Fields::of(at);
            let is_date = matches!(value, Value::Date(_));
            match name.as_str() {
                "epoch" if is_date => int(at / SECOND),
                "epoch" => Ok(Some(decimal(i128::from(at), 6))),
                "year" => int(if fields.year > 0 { fields.year } else { fields.year - 1 }),
                "month" => int(i64::from(fields.month)),
                "day" => int(i64::from(fields.day)),
                "quarter" => int(i64::from((fields.month - 1) / 3 + 1)),
                "week" => int(fields.iso_week().1),
                "isoyear" => int(fields.iso_week().0),
                "dow" => int(fields.iso_weekday() % 7),
                "isodow" => int(fields.iso_weekday()),
                "doy" => int(fields.day_of_year()),
                "decade" => int(fields.year.div_euclid(10)),
                "century" => int((fields.year - 1).div_euclid(100) + 1),
                "millennium" => int((fields.year - 1).div_euclid(1000) + 1),
                "julian" => int(at.div_euclid(DAY) + 2_440_588),
                "timezone" | "timezone_hour" | "timezone_minute" if args.type_of(1) == t::TIMESTAMPTZ => {
                    int(0)
                }
                other if !is_date => time_field(other, fields.micros).map(Some).ok_or_else(error),
                _ => Err(error()),
            }
        }
    }
}

const UNITS: &[&str] = &[
    "epoch",
    "year",
    "month",
    "day",
    "quarter",
    "week",
    "isoyear",
    "dow",
    "isodow",
    "doy",
    "decade",
    "century",
    "millennium",
    "julian",
    "hour",
    "minute",
    "second",
    "milliseconds",
    "microseconds",
    "timezone",
    "timezone_hour",
    "timezone_minute",
];

fn time_field(name: &str, micros: i64) -> Option<Numeric> {
    Some(match name {
        "hour" => Numeric::from(micros / HOUR),
        "minute" => Numeric::from(micros / MINUTE % 60),
        "second" => decimal(i128::from(micros % MINUTE), 6),
        "milliseconds" => decimal(i128::from(micros % MINUTE), 3),
        "microseconds" => Numeric::from(micros % MINUTE),
        _ => return None,
    })
}

fn interval_field(name: &str, interval: &Interval) -> Option<Numeric> {
    let years = i64::from(interval.months / 12);
    Some(match name {
        "epoch" => decimal(interval.epoch_micros(), 6),
        "year" => Numeric::from(years),
        "month" => Numeric::from(i64::from(interval.months % 12)),
        "quarter" => Numeric::from(i64::from(interval.months % 12 / 3 + 1)),
        "week" => Numeric::from(i64::from(interval.days / 7)),
        "day" => Numeric::from(i64::from(interval.days)),
        "decade" => Numeric::from(years / 10),
        "century" => Numeric::from(years / 100),
        "millennium" => Numeric::from(years / 1000),
        other => return time_field(other, interval.micros),
    })
}

fn bin(args: &Args<'_>) -> Result<Value, SqlError> {
    let Value::Interval(stride) = &args.values[0] else { return Err(args.unsupported("date_bin")) };
    if stride.months != 0 {
        return Err(errors::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "timestamps cannot be binned into intervals containing months or years",
        ));
    }
    let size = i64::from(stride.days) * DAY + stride.micros;
    if size <= 0 {
        return Err(errors::invalid_parameter("stride must be greater than zero"));
    }
    let (at, origin) = (micros(&args.values[1]), micros(&args.values[2]));
    Ok(Value::Timestamp(origin + (at - origin).div_euclid(size) * size))
}

fn zone(args: &Args<'_>) -> Result<Value, SqlError> {
    let offset = match &args.values[0] {
        Value::Interval(interval) => interval.micros,
        zone => dt::parse_zone(zone.str()).ok_or_else(|| {
            errors::invalid_parameter(format!("time zone \"{}\" not recognized", zone.str()))
                .hint("The simulated server knows UTC and fixed offsets only.")
        })?,
    };
    let at = micros(args.values.get(1).unwrap_or(&Value::Null));
    Ok(Value::Timestamp(if args.type_of(1) == t::TIMESTAMPTZ { at + offset } else { at - offset }))
}

fn make_interval(args: &Args<'_>) -> Result<Value, SqlError> {
    let seconds = args.values.get(6).map_or(0.0, |value| value.float());
    Ok(Value::Interval(Interval {
        months: (args.int(0) * 12 + args.int(1)) as i32,
        days: (args.int(2) * 7 + args.int(3)) as i32,
        micros: args.int(4) * HOUR + args.int(5) * MINUTE + (seconds * SECOND as f64).round() as i64,
    }))
}

fn civil(args: &Args<'_>) -> Result<i64, SqlError> {
    let text = format!("{}-{:02}-{:02}", args.int(0), args.int(1), args.int(2));
    let valid = (1..=12).contains(&args.int(1))
        && (1..=i64::from(dt::days_in_month(args.int(0), args.int(1) as u32))).contains(&args.int(2));
    if !valid {
        return Err(errors::new(SqlState("22008"), format!("date field value out of range: {text}")));
    }
    Ok(days_from_civil(args.int(0), args.int(1) as u32, args.int(2) as u32))
}

fn make_date(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(Value::Date(civil(args)? as i32))
}

fn clock(args: &Args<'_>, at: usize) -> i64 {
    let seconds = (args.values[at + 2].float() * SECOND as f64).round() as i64;
    args.int(at) * HOUR + args.int(at + 1) * MINUTE + seconds
}

fn make_time(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(Value::Time(clock(args, 0)))
}

fn make_timestamp(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(Value::Timestamp(civil(args)? * DAY + clock(args, 3)))
}

fn to_timestamp(args: &Args<'_>) -> Result<Value, SqlError> {
    match &args.values[0] {
        Value::Float(seconds) if seconds.is_infinite() => {
            Ok(Value::Timestamp(if *seconds > 0.0 { i64::MAX } else { i64::MIN }))
        }
        Value::Float(seconds) => Ok(Value::Timestamp((seconds * SECOND as f64).round_ties_even() as i64)),
        Value::Text(text) => super::to_char::parse(text, args.str(1)).map(Value::Timestamp),
        _ => Err(args.unsupported("to_timestamp")),
    }
}

fn to_date(args: &Args<'_>) -> Result<Value, SqlError> {
    super::to_char::parse(args.str(0), args.str(1)).map(|at| Value::Date(at.div_euclid(DAY) as i32))
}

fn overlaps(args: &Args<'_>) -> Result<Value, SqlError> {
    let end = |start: i64, value: &Value| match value {
        Value::Interval(interval) => dt::add_interval(start, interval),
        other => micros(other),
    };
    let (a, c) = (micros(&args.values[0]), micros(&args.values[2]));
    let (b, d) = (end(a, &args.values[1]), end(c, &args.values[3]));
    let ((a, b), (c, d)) = ((a.min(b), a.max(b)), (c.min(d), c.max(d)));
    Ok(Value::Bool(a == c || a < d && c < b))
}
