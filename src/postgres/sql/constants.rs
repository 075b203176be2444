//! Input and output functions of the types: text to value and back, as PostgreSQL prints them (time zone UTC).

use std::sync::Arc;

use crate::postgres::datum::Datum;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::types::TypeId;

/// Microseconds in a day.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

/// Parses a value's text as the type's input function does.
pub fn parse_datum(text: &str, type_id: TypeId) -> Result<Datum, SqlError> {
    let trimmed = text.trim();
    let invalid = || {
        let message = format!("invalid input syntax for type {type_id}: \"{text}\"");
        let state = match type_id {
            TypeId::DATE | TypeId::TIMESTAMP | TypeId::TIMESTAMPTZ | TypeId::INTERVAL | TypeId::TIME => {
                SqlState::INVALID_DATETIME_FORMAT
            }
            _ => SqlState::INVALID_TEXT_REPRESENTATION,
        };
        SqlError::new(state, message)
    };
    if let Some(element) = type_id.element() {
        let items = array_items(trimmed).ok_or_else(|| malformed_array(text))?;
        let datums: Result<Vec<Datum>, SqlError> = items
            .into_iter()
            .map(|item| item.map_or(Ok(Datum::Null), |text| parse_datum(&text, element)))
            .collect();
        return Ok(Datum::Array(Arc::from(datums?)));
    }
    match type_id {
        TypeId::BOOL => boolean(trimmed).map(Datum::Bool).ok_or_else(invalid),
        TypeId::INT2 | TypeId::INT4 | TypeId::INT8 | TypeId::OID => {
            let value: i128 = trimmed.parse().map_err(|_| invalid())?;
            in_range(value, type_id).ok_or_else(|| {
                let message = format!("value \"{text}\" is out of range for type {type_id}");
                SqlError::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, message)
            })
        }
        TypeId::FLOAT4 => trimmed.parse::<f32>().map(|f| Datum::Float(f64::from(f))).map_err(|_| invalid()),
        TypeId::FLOAT8 => trimmed.parse().map(Datum::Float).map_err(|_| invalid()),
        TypeId::NUMERIC => {
            let value: f64 = trimmed.parse().map_err(|_| invalid())?;
            Ok(Datum::Numeric(value, Arc::from(trimmed)))
        }
        TypeId::DATE => {
            parse_timestamp(trimmed).map(|t| Datum::Int(t.div_euclid(DAY_MICROS))).ok_or_else(invalid)
        }
        TypeId::TIMESTAMP | TypeId::TIMESTAMPTZ => {
            parse_timestamp(trimmed).map(Datum::Int).ok_or_else(invalid)
        }
        TypeId::TIME => time_of_day(trimmed).map(Datum::Int).ok_or_else(invalid),
        TypeId::INTERVAL => parse_interval(trimmed).ok_or_else(invalid),
        TypeId::UUID => parse_uuid(trimmed).map(Datum::Uuid).ok_or_else(invalid),
        _ => Ok(Datum::text(text)),
    }
}

fn malformed_array(text: &str) -> SqlError {
    SqlError::new(SqlState::INVALID_TEXT_REPRESENTATION, format!("malformed array literal: \"{text}\""))
        .detail("Array value must start with \"{\" or dimension information.")
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn in_range(value: i128, type_id: TypeId) -> Option<Datum> {
    let (low, high) = match type_id {
        TypeId::INT2 => (i128::from(i16::MIN), i128::from(i16::MAX)),
        TypeId::INT4 => (i128::from(i32::MIN), i128::from(i32::MAX)),
        TypeId::OID => (0, i128::from(u32::MAX)),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    (low..=high).contains(&value).then_some(Datum::Int(value as i64))
}

/// The items of an array's text; `None` items are NULL.
fn array_items(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut items = Vec::new();
    let mut chars = inner.chars().peekable();
    while chars.peek().is_some() {
        let mut item = String::new();
        let quoted = chars.next_if_eq(&'"').is_some();
        loop {
            match chars.next() {
                Some('\\') => item.extend(chars.next()),
                Some('"') if quoted => {
                    chars.next_if_eq(&',');
                    break;
                }
                Some(',') if !quoted => break,
                Some(c) => item.push(c),
                None if quoted => return None,
                None => break,
            }
        }
        let null = !quoted && item.eq_ignore_ascii_case("null");
        items.push((!null).then_some(item));
    }
    Some(items)
}

/// Days from 2000-01-01 to a civil date (Howard Hinnant's `days_from_civil`).
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468 - 10_957
}

/// Year, month, day of a day count from 2000-01-01.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 10_957 + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// `YYYY-MM-DD[ HH:MM[:SS[.ffffff]]][±HH[:MM]|Z]`, in microseconds since 2000-01-01 UTC.
fn parse_timestamp(text: &str) -> Option<i64> {
    match text {
        "infinity" => return Some(i64::MAX),
        "-infinity" => return Some(i64::MIN),
        _ => {}
    }
    let (date, time) = match text.find([' ', 'T']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        // A zone may follow the date at once; the date's own hyphens come before its day.
        None => match text.get(8..).and_then(|tail| tail.find(['+', '-', 'Z'])) {
            Some(at) => text.split_at(at + 8),
            None => (text, ""),
        },
    };
    let mut parts = date.splitn(3, '-');
    let year: i64 = parts.next()?.parse().ok()?;
    let month: i64 = parts.next()?.parse().ok()?;
    let day: i64 = parts.next()?.parse().ok()?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (clock, zone) = match time.find(['+', '-', 'Z']) {
        Some(at) => (time[..at].trim(), &time[at..]),
        None => (time, ""),
    };
    let clock = if clock.is_empty() { 0 } else { time_of_day(clock)? };
    Some(days_from_civil(year, month, day) * DAY_MICROS + clock - zone_offset(zone)?)
}

fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().unwrap_or("0").parse().ok()?;
    (hours <= 24 && minutes < 60 && seconds < 61.0)
        .then_some((hours * 3_600 + minutes * 60) * 1_000_000 + libm::rint(seconds * 1e6) as i64)
}

fn zone_offset(text: &str) -> Option<i64> {
    let sign = match text.chars().next() {
        None | Some('Z') => return Some(0),
        Some('-') => -1,
        _ => 1,
    };
    let mut parts = text[1..].split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next().unwrap_or("0").parse().ok()?;
    Some(sign * (hours * 3_600 + minutes * 60) * 1_000_000)
}

/// `1 day`, `2 hours 30 minutes`, `01:30:00`, `7d`, mixes of them.
fn parse_interval(text: &str) -> Option<Datum> {
    let (mut months, mut days, mut micros) = (0f64, 0f64, 0f64);
    let mut words = text.split_whitespace().filter(|w| *w != "ago").peekable();
    while let Some(word) = words.next() {
        if word.contains(':') {
            micros += time_of_day(word.trim_start_matches('-'))? as f64
                * if word.starts_with('-') { -1.0 } else { 1.0 };
            continue;
        }
        let split = word.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(word.len());
        let number: f64 = word[..split].parse().ok()?;
        let unit = if split < word.len() { &word[split..] } else { words.next().unwrap_or("seconds") };
        match unit.trim_end_matches('s') {
            "year" | "yr" | "y" => months += number * 12.0,
            "month" | "mon" => months += number,
            "week" | "w" => days += number * 7.0,
            "day" | "d" => days += number,
            "hour" | "hr" | "h" => micros += number * 3.6e9,
            "minute" | "min" | "m" => micros += number * 6e7,
            "second" | "sec" | "" => micros += number * 1e6,
            "millisecond" | "m\u{73}" => micros += number * 1e3,
            _ => return None,
        }
    }
    Some(Datum::Interval { months: months as i32, days: days as i32, micros: libm::rint(micros) as i64 })
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | '{' | '}')).collect();
    if digits.len() != 32 || !digits.is_ascii() {
        return None;
    }
    let mut out = [0; 16];
    for (byte, pair) in out.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

/// A value's text as the type's output function writes it (time zone UTC). NULL gives an empty text.
pub fn format_datum(datum: &Datum, type_id: TypeId) -> String {
    match datum {
        Datum::Null => String::new(),
        Datum::Bool(b) => if *b { "t" } else { "f" }.to_owned(),
        Datum::Int(value) => match type_id {
            TypeId::DATE => format_date(*value),
            TypeId::TIMESTAMP => format_timestamp(*value),
            TypeId::TIMESTAMPTZ => format!("{}+00", format_timestamp(*value)),
            TypeId::TIME => format_time(*value),
            _ => value.to_string(),
        },
        Datum::Float(value) if type_id == TypeId::FLOAT4 => format!("{}", *value as f32),
        Datum::Float(value) => format!("{value}"),
        Datum::Numeric(_, text) | Datum::Text(text) => text.to_string(),
        Datum::Uuid(bytes) => format_uuid(bytes),
        Datum::Interval { months, days, micros } => format_interval(*months, *days, *micros),
        Datum::Array(items) => {
            let element = type_id.element().unwrap_or(TypeId::TEXT);
            let texts: Vec<String> = items.iter().map(|d| format_item(d, element)).collect();
            format!("{{{}}}", texts.join(","))
        }
    }
}

fn format_item(datum: &Datum, element: TypeId) -> String {
    if datum.is_null() {
        return "NULL".to_owned();
    }
    let text = format_datum(datum, element);
    let plain = !text.is_empty()
        && !text.eq_ignore_ascii_case("null")
        && !text.contains(|c: char| c.is_whitespace() || "{}\",\\".contains(c));
    if plain { text } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

fn format_date(days: i64) -> String {
    let (year, month, day) = civil_from_days(days);
    format!("{year:04}-{month:02}-{day:02}")
}

fn format_time(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let fraction = micros % 1_000_000;
    let text = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 {
        return text;
    }
    format!("{text}.{}", format!("{fraction:06}").trim_end_matches('0'))
}

fn format_timestamp(micros: i64) -> String {
    match micros {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        _ => format!(
            "{} {}",
            format_date(micros.div_euclid(DAY_MICROS)),
            format_time(micros.rem_euclid(DAY_MICROS))
        ),
    }
}

fn format_uuid(bytes: &[u8; 16]) -> String {
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn format_interval(months: i32, days: i32, micros: i64) -> String {
    let mut parts = Vec::new();
    let mut unit = |n: i32, name: &str| {
        if n != 0 {
            parts.push(format!("{n} {name}{}", if n == 1 { "" } else { "s" }));
        }
    };
    unit(months / 12, "year");
    unit(months % 12, "mon");
    unit(days, "day");
    if micros != 0 || parts.is_empty() {
        let sign = if micros < 0 { "-" } else { "" };
        parts.push(format!("{sign}{}", format_time(micros.abs())));
    }
    parts.join(" ")
}
