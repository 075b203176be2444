//! `to_char`, `to_number`, `to_timestamp(text, text)`: PostgreSQL's format patterns (`src/backend/utils/adt/formatting.c`).

use super::{Args, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::datetime::{
    DAY, Fields, HOUR, Interval, MINUTE, SECOND, civil_from_days, days_from_civil,
};
use crate::postgres::query::errors;
use crate::postgres::query::numeric::Numeric;
use crate::postgres::query::value::Value;

pub(super) const TABLE: Table = &[("to_char", to_char), ("to_number", to_number)];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Keywords, longest first among those that share a beginning.
const KEYWORDS: &[&str] = &[
    "HH24", "HH12", "HH", "MI", "SSSSS", "SSSS", "SS", "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6",
    "AM", "PM", "am", "pm", "A.M.", "P.M.", "a.m.", "p.m.", "YYYY", "YYY", "YY", "Y,YYY", "Y", "IYYY", "IW",
    "MONTH", "Month", "month", "MON", "Mon", "mon", "MM", "DAY", "Day", "day", "DY", "Dy", "dy", "DDD", "DD",
    "D", "ID", "IDDD", "WW", "W", "CC", "J", "Q", "TZH", "TZM", "TZ", "tz", "OF", "hh24", "hh12", "hh", "mi",
    "ssss", "ss", "ms", "us", "yyyy", "yyy", "yy", "y", "mm", "ddd", "dd", "d", "q", "ww", "w", "iw", "iyyy",
    "id", "j",
];

/// A piece of a pattern.
enum Piece {
    Keyword { word: &'static str, fill: bool, ordinal: Option<&'static str> },
    Literal(String),
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut list = Vec::new();
    let mut rest = pattern;
    let mut fill = true;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("FM").or_else(|| rest.strip_prefix("fm")) {
            fill = false;
            rest = after;
            continue;
        }
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"').unwrap_or(quoted.len());
            list.push(Piece::Literal(quoted[..end].to_owned()));
            rest = quoted.get(end + 1..).unwrap_or("");
            continue;
        }
        let found = KEYWORDS.iter().filter(|word| rest.starts_with(**word)).max_by_key(|word| word.len());
        if let Some(word) = found {
            rest = &rest[word.len()..];
            let ordinal = ["TH", "th"].into_iter().find(|suffix| rest.starts_with(suffix));
            list.push(Piece::Keyword { word, fill, ordinal });
            rest = ordinal.map_or(rest, |suffix| &rest[suffix.len()..]);
            fill = true;
            continue;
        }
        let c = rest.chars().next().unwrap_or(' ');
        list.push(Piece::Literal(c.to_string()));
        rest = &rest[c.len_utf8()..];
    }
    list
}

fn to_char(args: &Args<'_>) -> Result<Value, SqlError> {
    let pattern = args.str(1);
    if pattern.is_empty() {
        return Ok(Value::text(""));
    }
    Ok(match &args.values[0] {
        Value::Timestamp(i64::MAX | i64::MIN) => Value::Null,
        Value::Timestamp(at) => Value::text(of_timestamp(*at, pattern, args.type_of(0) == 1184)),
        Value::Date(day) => Value::text(of_timestamp(i64::from(*day) * DAY, pattern, false)),
        Value::Interval(interval) => Value::text(of_interval(interval, pattern)),
        Value::Int(_) | Value::Float(_) | Value::Numeric(_) => {
            Value::text(of_number(&args.values[0].to_numeric(), pattern)?)
        }
        _ => return Err(args.unsupported("to_char")),
    })
}

/// `Tue Jun 04 15:00:00.000000 2024 UTC`.
pub(super) fn timeofday(now: i64) -> String {
    of_timestamp(now, "Dy Mon DD HH24:MI:SS.US YYYY", true) + " UTC"
}

fn padded(value: i64, width: usize, fill: bool) -> String {
    if fill { format!("{value:0width$}") } else { value.to_string() }
}

fn ordinal_of(text: &str) -> &'static str {
    let number: i64 = text.trim().parse().unwrap_or(0);
    match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

fn cased(name: &str, word: &str, width: usize) -> String {
    let text = if word.chars().all(char::is_uppercase) {
        name.to_uppercase()
    } else if word.chars().all(char::is_lowercase) {
        name.to_lowercase()
    } else {
        name.to_owned()
    };
    format!("{text:<width$}")
}

fn of_timestamp(at: i64, pattern: &str, zoned: bool) -> String {
    let fields = Fields::of(at);
    let mut result = String::new();
    for piece in pieces(pattern) {
        match piece {
            Piece::Literal(text) => result.push_str(&text),
            Piece::Keyword { word, fill, ordinal } => {
                let text = keyword(word, fill, &fields, zoned);
                result.push_str(&text);
                if let Some(spelling) = ordinal {
                    let suffix = ordinal_of(&text);
                    result.push_str(&if spelling == "TH" {
                        suffix.to_uppercase()
                    } else {
                        suffix.to_owned()
                    });
                }
            }
        }
    }
    result
}

fn keyword(word: &str, fill: bool, fields: &Fields, zoned: bool) -> String {
    let hour = fields.micros / HOUR;
    let micros = fields.micros % SECOND;
    match word {
        "MONTH" | "Month" | "month" => {
            cased(MONTHS[fields.month as usize - 1], word, if fill { 9 } else { 0 })
        }
        "MON" | "Mon" | "mon" => cased(&MONTHS[fields.month as usize - 1][..3], word, 0),
        "DAY" | "Day" | "day" => {
            cased(DAYS[fields.iso_weekday() as usize - 1], word, if fill { 9 } else { 0 })
        }
        "DY" | "Dy" | "dy" => cased(&DAYS[fields.iso_weekday() as usize - 1][..3], word, 0),
        "AM" | "PM" => if hour < 12 { "AM" } else { "PM" }.to_owned(),
        "am" | "pm" => if hour < 12 { "am" } else { "pm" }.to_owned(),
        "A.M." | "P.M." => if hour < 12 { "A.M." } else { "P.M." }.to_owned(),
        "a.m." | "p.m." => if hour < 12 { "a.m." } else { "p.m." }.to_owned(),
        "TZ" => if zoned { "UTC" } else { "" }.to_owned(),
        "tz" => if zoned { "utc" } else { "" }.to_owned(),
        "Y,YYY" => format!("{},{:03}", fields.year / 1000, fields.year % 1000),
        _ => match word.to_uppercase().as_str() {
            "HH24" => padded(hour, 2, fill),
            "HH12" | "HH" => padded(if hour % 12 == 0 { 12 } else { hour % 12 }, 2, fill),
            "MI" => padded(fields.micros / MINUTE % 60, 2, fill),
            "SS" => padded(fields.micros / SECOND % 60, 2, fill),
            "SSSS" | "SSSSS" => padded(fields.micros / SECOND, 1, false),
            "MS" | "FF3" => padded(micros / 1000, 3, fill),
            "US" | "FF6" => padded(micros, 6, fill),
            "FF1" => padded(micros / 100_000, 1, fill),
            "FF2" => padded(micros / 10_000, 2, fill),
            "FF4" => padded(micros / 100, 4, fill),
            "FF5" => padded(micros / 10, 5, fill),
            "YYYY" => padded(fields.year, 4, fill),
            "YYY" => padded(fields.year % 1000, 3, fill),
            "YY" => padded(fields.year % 100, 2, fill),
            "Y" => padded(fields.year % 10, 1, fill),
            "IYYY" => padded(fields.iso_week().0, 4, fill),
            "IW" => padded(fields.iso_week().1, 2, fill),
            "MM" => padded(i64::from(fields.month), 2, fill),
            "DDD" => padded(fields.day_of_year(), 3, fill),
            "DD" => padded(i64::from(fields.day), 2, fill),
            "D" => (fields.iso_weekday() % 7 + 1).to_string(),
            "ID" => fields.iso_weekday().to_string(),
            "WW" => padded((fields.day_of_year() - 1) / 7 + 1, 2, fill),
            "W" => ((fields.day - 1) / 7 + 1).to_string(),
            "Q" => ((fields.month - 1) / 3 + 1).to_string(),
            "CC" => padded((fields.year - 1).div_euclid(100) + 1, 2, fill),
            "J" => (days_from_civil(fields.year, fields.month, fields.day) + 2_440_588).to_string(),
            "TZH" | "OF" => "+00".to_owned(),
            "TZM" => "00".to_owned(),
            other => other.to_owned(),
        },
    }
}

fn of_interval(interval: &Interval, pattern: &str) -> String {
    let mut result = String::new();
    let (hours, micros) = (interval.micros / HOUR, interval.micros % SECOND);
    for piece in pieces(pattern) {
        match piece {
            Piece::Literal(text) => result.push_str(&text),
            Piece::Keyword { word, fill, .. } => {
                let width = usize::from(fill) * 2;
                let text = match word.to_uppercase().as_str() {
                    "HH24" => padded(hours, width, fill),
                    "HH12" | "HH" => padded(if hours % 12 == 0 { 12 } else { hours % 12 }, width, fill),
                    "MI" => padded(interval.micros / MINUTE % 60, width, fill),
                    "SS" => padded(interval.micros / SECOND % 60, width, fill),
                    "MS" => padded(micros / 1000, 3, fill),
                    "US" => padded(micros, 6, fill),
                    "DD" => padded(i64::from(interval.days), width, fill),
                    "DDD" => padded(i64::from(interval.months) * 30 + i64::from(interval.days), 3, fill),
                    "MM" => padded(i64::from(interval.months % 12), width, fill),
                    "YYYY" => padded(i64::from(interval.months / 12), 4, fill),
                    "YY" => padded(i64::from(interval.months / 12 % 100), width, fill),
                    _ => String::new(),
                };
                result.push_str(&text);
            }
        }
    }
    result
}

/// A numeric pattern's parts.
#[derive(Default)]
struct NumberFormat {
    fill: bool,
    before: Vec<char>,
    after: Vec<char>,
    point: bool,
    minus_behind: bool,
    sign_plain: bool,
    sign_angle: bool,
    plus_sign: bool,
    prefix: String,
    suffix: String,
    exponent: bool,
    shift: i32,
}

fn number_format(pattern: &str) -> NumberFormat {
    let mut format = NumberFormat { fill: true, ..NumberFormat::default() };
    let mut rest = pattern;
    let mut shifted = false;
    while let Some(c) = rest.chars().next() {
        let upper = rest.to_uppercase();
        let (width, _) = if upper.starts_with("FM") {
            format.fill = false;
            (2, ())
        } else if upper.starts_with("MI") {
            format.minus_behind = true;
            (2, ())
        } else if upper.starts_with("PR") {
            format.sign_angle = true;
            (2, ())
        } else if upper.starts_with("PL") || upper.starts_with("SG") {
            format.plus_sign = true;
            (2, ())
        } else if upper.starts_with("EEEE") {
            format.exponent = true;
            (4, ())
        } else {
            match c {
                '9' | '0' | ',' | 'G' | 'g' => {
                    let mark = if matches!(c, 'G' | 'g') { ',' } else { c };
                    if shifted && mark != ',' {
                        format.shift += 1;
                    }
                    if format.point { format.after.push(mark) } else { format.before.push(mark) }
                }
                '.' | 'D' | 'd' => format.point = true,
                'S' | 's' => {
                    format.sign_plain = true;
                    format.minus_behind = !format.before.is_empty();
                }
                'V' | 'v' => shifted = true,
                '"' => {
                    let end = rest[1..].find('"').map_or(rest.len(), |end| end + 1);
                    literal(&mut format, &rest[1..end]);
                    rest = &rest[(end + 1).min(rest.len())..];
                    continue;
                }
                other => literal(&mut format, &other.to_string()),
            }
            (c.len_utf8(), ())
        };
        rest = &rest[width.min(rest.len())..];
    }
    format
}

fn literal(format: &mut NumberFormat, text: &str) {
    if format.before.is_empty() && format.after.is_empty() {
        format.prefix.push_str(text)
    } else {
        format.suffix.push_str(text)
    }
}

fn of_number(number: &Numeric, pattern: &str) -> Result<String, SqlError> {
    let format = number_format(pattern);
    if format.exponent {
        let places = format.after.iter().filter(|c| **c != ',').count();
        let text = format!("{:.places$e}", number.to_f64());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let sign = if number.signum() < 0 { "" } else { " " };
        return Ok(format!("{sign}{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
    }
    let scaled = Numeric::from(10i64)
        .power(i64::from(format.shift))
        .map_or_else(|| number.clone(), |by| number.multiply(&by));
    let places = format.after.iter().filter(|c| **c != ',').count();
    let rounded = scaled.round(places as i32);
    let negative = rounded.signum() < 0;
    let text = rounded.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = if whole == "0" && places > 0 && !format.before.contains(&'0') { "" } else { whole };
    let slots = format.before.iter().filter(|c| **c != ',').count();
    let overflow = whole.len() > slots;
    let body = place_digits(&format, whole, overflow);
    let mut fraction: String = if overflow { "#".repeat(places) } else { fraction.to_owned() };
    if !format.fill {
        let least = format
            .after
            .iter()
            .filter(|c| **c != ',')
            .enumerate()
            .filter(|(_, c)| **c == '0')
            .last()
            .map_or(0, |(at, _)| at + 1);
        while fraction.len() > least && fraction.ends_with('0') {
            fraction.pop();
        }
    }
    let point = if format.point { "." } else { "" };
    Ok(signed(&format, &body, &format!("{point}{fraction}"), negative))
}

/// The digits before the point: blanks for unused 9s, zeros from the first 0 on, commas between digits.
fn place_digits(format: &NumberFormat, whole: &str, overflow: bool) -> String {
    let slots = format.before.iter().filter(|c| **c != ',').count();
    let first_zero = format.before.iter().filter(|c| **c != ',').position(|c| *c == '0').unwrap_or(slots);
    let digits: Vec<char> = whole.chars().collect();
    let mut result = String::new();
    let (mut slot, mut started) = (0, false);
    for mark in &format.before {
        if *mark == ',' {
            if started {
                result.push(',');
            } else if format.fill {
                result.push(' ');
            }
            continue;
        }
        let from_right = slots - slot;
        if overflow {
            result.push('#');
            started = true;
        } else if digits.len() >= from_right {
            result.push(digits[digits.len() - from_right]);
            started = true;
        } else if slot >= first_zero {
            result.push('0');
            started = true;
        } else if format.fill {
            result.push(' ');
        }
        slot += 1;
    }
    result
}

fn signed(format: &NumberFormat, body: &str, fraction: &str, negative: bool) -> String {
    let digits = body.trim_start();
    let blanks = &body[..body.len() - digits.len()];
    let (prefix, suffix) = (&format.prefix, &format.suffix);
    let text = if format.sign_angle {
        if negative { format!("{blanks}<{digits}{fraction}>") } else { format!(" {body}{fraction} ") }
    } else if format.minus_behind {
        let sign = match (negative, format.sign_plain) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) if format.fill => " ",
            _ => "",
        };
        format!("{body}{fraction}{sign}")
    } else if format.sign_plain || format.plus_sign {
        format!("{blanks}{}{digits}{fraction}", if negative { "-" } else { "+" })
    } else {
        let sign = if negative {
            "-"
        } else if format.fill {
            " "
        } else {
            ""
        };
        format!("{blanks}{sign}{digits}{fraction}")
    };
    let text = if format.fill || !format.sign_angle { text } else { text.trim().to_owned() };
    format!("{prefix}{text}{suffix}")
}

fn to_number(args: &Args<'_>) -> Result<Value, SqlError> {
    let digits: String =
        args.str(0).chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-')).collect();
    let number = Numeric::parse(&digits).ok_or_else(|| errors::invalid_input("numeric", args.str(0)))?;
    Ok(Value::numeric(number))
}

/// `to_timestamp(text, format)`: the patterns that log lines and file names have.
pub(super) fn parse(text: &str, pattern: &str) -> Result<i64, SqlError> {
    let mut rest = text;
    let (mut year, mut month, mut day, mut micros) = (1i64, 1i64, 1i64, 0i64);
    let (mut pm, mut hour12) = (None, false);
    for piece in pieces(pattern) {
        let Piece::Keyword { word, .. } = piece else {
            rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or("");
            continue;
        };
        let upper = word.to_uppercase();
        rest = rest.trim_start();
        if matches!(upper.as_str(), "MON" | "MONTH") {
            let at =
                MONTHS.iter().position(|name| rest.to_lowercase().starts_with(&name[..3].to_lowercase()));
            let at = at.ok_or_else(|| invalid(rest, &upper))?;
            let full = rest.to_lowercase().starts_with(&MONTHS[at].to_lowercase());
            rest = &rest[if full { MONTHS[at].len() } else { 3 }..];
            month = at as i64 + 1;
            continue;
        }
        if matches!(upper.as_str(), "AM" | "PM") {
            pm = Some(rest.to_lowercase().starts_with('p'));
            rest = rest.get(2..).unwrap_or("");
            continue;
        }
        let width = match upper.as_str() {
            "YYYY" => 4,
            "MS" => 3,
            "US" => 6,
            _ => 2,
        };
        let digits: String = rest.chars().take(width).take_while(char::is_ascii_digit).collect();
        let value: i64 = digits.parse().map_err(|_| invalid(rest, &upper))?;
        rest = &rest[digits.len()..];
        match upper.as_str() {
            "YYYY" => year = value,
            "YY" => year = if value < 70 { 2000 + value } else { 1900 + value },
            "MM" => month = value,
            "DD" => day = value,
            "HH24" => micros += value * HOUR,
            "HH" | "HH12" => {
                hour12 = true;
                micros += value % 12 * HOUR;
            }
            "MI" => micros += value * MINUTE,
            "SS" => micros += value * SECOND,
            "MS" => micros += value * 10i64.pow(6 - digits.len() as u32),
            "US" => micros += value * 10i64.pow(6 - digits.len() as u32),
            other => return Err(errors::unsupported(format!("to_timestamp pattern {other}"))),
        }
    }
    if hour12 && pm == Some(true) {
        micros += 12 * HOUR;
    }
    let days = days_from_civil(year, month as u32, day as u32);
    if civil_from_days(days) != (year, month as u32, day as u32) {
        return Err(errors::field_overflow(text));
    }
    Ok(days * DAY + micros)
}

fn invalid(rest: &str, word: &str) -> SqlError {
    let shown: String = rest.chars().take(word.len()).collect();
    errors::new(SqlState("22007"), format!("invalid value \"{shown}\" for \"{word}\""))
        .detail("Value must be an integer.")
}
