//! String functions, LIKE, `||`.

use super::{Args, Run, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::errors;
use crate::postgres::query::output;
use crate::postgres::query::types as t;
use crate::postgres::query::value::Value;
use crate::postgres::sql::quote_identifier;

/// The longest string that a function makes.
const MAX_LENGTH: usize = 1 << 20;

pub(super) const OPERATORS: &[(&str, Run)] = &[
    ("textcat", concatenate),
    ("anytextcat", concatenate),
    ("textanycat", concatenate),
    ("~~", |a| like(a, false)),
    ("!~~", |a| negated(like(a, false))),
    ("~~*", |a| like(a, true)),
    ("!~~*", |a| negated(like(a, true))),
    ("^@", |a| Ok(Value::Bool(a.str(0).starts_with(a.str(1))))),
];

pub(super) const TABLE: Table = &[
    ("gen_random_uuid", random_uuid),
    ("uuidv4", random_uuid),
    ("length", |a| super::bytea::length(a).map_or_else(|| count(a, |s| s.chars().count()), Ok)),
    ("char_length", |a| count(a, |s| s.chars().count())),
    ("character_length", |a| count(a, |s| s.chars().count())),
    ("octet_length", |a| super::bytea::length(a).map_or_else(|| count(a, str::len), Ok)),
    ("bit_length", |a| count(a, |s| s.len() * 8)),
    ("lower", |a| mapped(a, str::to_lowercase)),
    ("upper", |a| mapped(a, str::to_uppercase)),
    ("initcap", |a| mapped(a, initcap)),
    ("reverse", |a| mapped(a, |s| s.chars().rev().collect())),
    ("md5", |a| mapped(a, crate::postgres::query::functions::conversion::md5_hex)),
    ("concat", concat),
    ("concat_ws", concat_ws),
    ("left", left),
    ("right", right),
    ("substr", substring),
    ("substring", substring),
    ("overlay", overlay),
    ("position", |a| Ok(Value::Int(strpos(a.str(0), a.str(1))))),
    ("strpos", |a| Ok(Value::Int(strpos(a.str(0), a.str(1))))),
    ("replace", |a| {
        Ok(Value::text(if a.str(1).is_empty() {
            a.str(0).to_owned()
        } else {
            a.str(0).replace(a.str(1), a.str(2))
        }))
    }),
    ("translate", translate),
    ("repeat", repeat),
    ("lpad", |a| pad(a, true)),
    ("rpad", |a| pad(a, false)),
    ("btrim", |a| trim(a, true, true)),
    ("ltrim", |a| trim(a, true, false)),
    ("rtrim", |a| trim(a, false, true)),
    ("split_part", split_part),
    ("string_to_array", string_to_array),
    ("quote_ident", |a| mapped(a, quote_identifier)),
    ("quote_literal", |a| Ok(Value::text(quote_literal(&a.text(0).unwrap_or_default())))),
    ("quote_nullable", |a| {
        Ok(Value::text(a.text(0).map_or_else(|| "NULL".to_owned(), |s| quote_literal(&s))))
    }),
    ("starts_with", |a| Ok(Value::Bool(a.str(0).starts_with(a.str(1))))),
    ("ascii", |a| Ok(Value::Int(a.str(0).chars().next().map_or(0, |c| i64::from(u32::from(c)))))),
    ("chr", chr),
    ("format", format),
    ("like_escape", like_escape),
    ("parse_ident", parse_ident),
    ("to_hex", |a| {
        Ok(Value::text(if a.type_of(0) == t::INT4 {
            format!("{:x}", a.int(0) as u32)
        } else {
            format!("{:x}", a.int(0))
        }))
    }),
    ("bpcharlen", |a| count(a, |s| s.chars().count())),
    ("unistr", |a| mapped(a, str::to_owned)),
    ("normalize", |a| mapped(a, str::to_owned)),
];

fn negated(value: Result<Value, SqlError>) -> Result<Value, SqlError> {
    value.map(|value| Value::Bool(!value.is_true()))
}

fn count(args: &Args<'_>, rule: fn(&str) -> usize) -> Result<Value, SqlError> {
    match &args.values[0] {
        Value::Text(text) if args.type_of(0) == t::BPCHAR => {
            Ok(Value::Int(rule(text.trim_end_matches(' ')) as i64))
        }
        Value::Text(text) => Ok(Value::Int(rule(text) as i64)),
        _ => Err(args.unsupported("length")),
    }
}

fn mapped(args: &Args<'_>, rule: fn(&str) -> String) -> Result<Value, SqlError> {
    Ok(Value::text(rule(args.str(0))))
}

fn initcap(text: &str) -> String {
    let mut inside = false;
    let word = |c: char| {
        let mapped = if inside { c.to_lowercase().to_string() } else { c.to_uppercase().to_string() };
        inside = c.is_alphanumeric();
        mapped
    };
    text.chars().map(word).collect()
}

fn concatenate(args: &Args<'_>) -> Result<Value, SqlError> {
    let (a, b) = (args.text(0).unwrap_or_default(), args.text(1).unwrap_or_default());
    bounded(a.len() + b.len())?;
    Ok(Value::text(a + &b))
}

fn bounded(length: usize) -> Result<(), SqlError> {
    if length > MAX_LENGTH {
        Err(errors::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "requested length too large"))
    } else {
        Ok(())
    }
}

/// An argument as `concat` and `format` print it: booleans as `t` and `f`.
fn shown(args: &Args<'_>, at: usize) -> Option<String> {
    args.text(at)
}

fn concat(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(Value::text((0..args.values.len()).filter_map(|at| shown(args, at)).collect::<String>()))
}

fn concat_ws(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.values[0].is_null() {
        return Ok(Value::Null);
    }
    let parts: Vec<String> = (1..args.values.len()).filter_map(|at| shown(args, at)).collect();
    Ok(Value::text(parts.join(args.str(0))))
}

fn left(args: &Args<'_>) -> Result<Value, SqlError> {
    let (text, count) = (args.str(0), args.int(1));
    let length = text.chars().count() as i64;
    let keep = if count >= 0 { count } else { (length + count).max(0) };
    Ok(Value::text(text.chars().take(keep as usize).collect::<String>()))
}

fn right(args: &Args<'_>) -> Result<Value, SqlError> {
    let (text, count) = (args.str(0), args.int(1));
    let length = text.chars().count() as i64;
    let skip = if count >= 0 { (length - count).max(0) } else { -count };
    Ok(Value::text(text.chars().skip(skip as usize).collect::<String>()))
}

fn substring(args: &Args<'_>) -> Result<Value, SqlError> {
    if t::is_string(args.type_of(1)) {
        return super::regex::substring(args);
    }
    let start = args.int(1);
    let end = if args.values.len() > 2 {
        if args.int(2) < 0 {
            return Err(errors::new(SqlState("22011"), "negative substring length not allowed"));
        }
        start.saturating_add(args.int(2))
    } else {
        i64::MAX
    };
    let inside = |at: &(usize, char)| (at.0 as i64 + 1) >= start && (at.0 as i64 + 1) < end;
    Ok(Value::text(args.str(0).chars().enumerate().filter(inside).map(|(_, c)| c).collect::<String>()))
}

fn overlay(args: &Args<'_>) -> Result<Value, SqlError> {
    let (text, with) = (args.str(0), args.str(1));
    let start = (args.int(2) - 1).max(0) as usize;
    let length = if args.values.len() > 3 { args.int(3).max(0) as usize } else { with.chars().count() };
    let head: String = text.chars().take(start).collect();
    let tail: String = text.chars().skip(start + length).collect();
    Ok(Value::text(format!("{head}{with}{tail}")))
}

fn strpos(text: &str, wanted: &str) -> i64 {
    text.find(wanted).map_or(0, |at| text[..at].chars().count() as i64 + 1)
}

fn translate(args: &Args<'_>) -> Result<Value, SqlError> {
    let from: Vec<char> = args.str(1).chars().collect();
    let to: Vec<char> = args.str(2).chars().collect();
    let map = |c: char| match from.iter().position(|known| *known == c) {
        Some(at) => to.get(at).copied(),
        None => Some(c),
    };
    Ok(Value::text(args.str(0).chars().filter_map(map).collect::<String>()))
}

fn repeat(args: &Args<'_>) -> Result<Value, SqlError> {
    let count = args.int(1).max(0) as usize;
    bounded(args.str(0).len().saturating_mul(count))?;
    Ok(Value::text(args.str(0).repeat(count)))
}

fn pad(args: &Args<'_>, at_left: bool) -> Result<Value, SqlError> {
    let (text, width) = (args.str(0), args.int(1).max(0) as usize);
    bounded(width)?;
    let fill = if args.values.len() > 2 { args.str(2) } else { " " };
    let length = text.chars().count();
    if length >= width || fill.is_empty() {
        return Ok(Value::text(text.chars().take(width).collect::<String>()));
    }
    let padding: String = fill.chars().cycle().take(width - length).collect();
    Ok(Value::text(if at_left { padding + text } else { text.to_owned() + &padding }))
}

fn trim(args: &Args<'_>, start: bool, end: bool) -> Result<Value, SqlError> {
    let set = if args.values.len() > 1 { args.str(1) } else { " " };
    let inside = |c: char| set.contains(c);
    let mut text = args.str(0);
    if start {
        text = text.trim_start_matches(inside);
    }
    if end {
        text = text.trim_end_matches(inside);
    }
    Ok(Value::text(text))
}

fn split_part(args: &Args<'_>) -> Result<Value, SqlError> {
    let (text, separator, field) = (args.str(0), args.str(1), args.int(2));
    if field == 0 {
        return Err(errors::invalid_parameter("field position must not be zero"));
    }
    if separator.is_empty() {
        return Ok(Value::text(if field.abs() == 1 { text } else { "" }));
    }
    let parts: Vec<&str> = text.split(separator).collect();
    let at = if field > 0 { field - 1 } else { parts.len() as i64 + field };
    Ok(Value::text(usize::try_from(at).ok().and_then(|at| parts.get(at)).copied().unwrap_or("")))
}

fn string_to_array(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.values[0].is_null() {
        return Ok(Value::Null);
    }
    let null = (args.values.len() > 2 && !args.values[2].is_null()).then(|| args.str(2));
    let text = args.str(0);
    let parts: Vec<String> = match &args.values[1] {
        _ if text.is_empty() => Vec::new(),
        Value::Null => text.chars().map(String::from).collect(),
        separator if separator.str().is_empty() => vec![text.to_owned()],
        separator => text.split(separator.str()).map(str::to_owned).collect(),
    };
    let value = |part: String| if null == Some(part.as_str()) { Value::Null } else { Value::text(part) };
    Ok(Value::array(t::TEXT, parts.into_iter().map(value).collect()))
}

/// A string as an SQL literal.
pub(super) fn quote_literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    let escape = if escape.is_empty() { "" } else { " E" }.trim_start();
    format!("{escape}'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn chr(args: &Args<'_>) -> Result<Value, SqlError> {
    match u32::try_from(args.int(0)).ok().filter(|code| *code > 0).and_then(char::from_u32) {
        Some(c) => Ok(Value::text(c.to_string())),
        None if args.int(0) == 0 => {
            Err(errors::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "null character not permitted"))
        }
        None => Err(errors::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            format!("requested character too large for encoding: {}", args.int(0)),
        )),
    }
}

fn parse_ident(args: &Args<'_>) -> Result<Value, SqlError> {
    let parts = crate::postgres::query::names::split_name(args.str(0)).ok_or_else(|| {
        errors::invalid_parameter(format!("string is not a valid identifier: \"{}\"", args.str(0)))
    })?;
    Ok(Value::array(t::TEXT, parts.into_iter().map(Value::text).collect()))
}

/// `format('%s %I %L', …)` with positions, `-` and widths.
fn format(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.values[0].is_null() {
        return Ok(Value::Null);
    }
    let mut result = String::new();
    let mut chars = args.str(0).chars().peekable();
    let mut next = 1;
    while let Some(c) = chars.next() {
        if c != '%' {
            result.push(c);
            continue;
        }
        if chars.next_if_eq(&'%').is_some() {
            result.push('%');
            continue;
        }
        let mut number = String::new();
        let (mut minus, mut width) = (false, 0usize);
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            number.push(digit);
        }
        if chars.next_if_eq(&'$').is_some() {
            next = number.parse().unwrap_or(1);
            number.clear();
        }
        if chars.next_if_eq(&'-').is_some() {
            minus = true;
        }
        if chars.next_if_eq(&'*').is_some() {
            let value = args.int(next);
            minus |= value < 0;
            width = value.unsigned_abs() as usize;
            next += 1;
        }
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            number.push(digit);
        }
        if !number.is_empty() {
            width = number.parse().unwrap_or(0);
        }
        let Some(kind) = chars.next() else {
            return Err(errors::invalid_parameter("unterminated format() type specifier")
                .hint("For a single \"%\" use \"%%\"."));
        };
        let piece = format_piece(args, kind, next)?;
        next += 1;
        bounded(width)?;
        let fill = " ".repeat(width.saturating_sub(piece.chars().count()));
        result.push_str(&if minus { piece + &fill } else { fill + &piece });
    }
    Ok(Value::text(result))
}

fn format_piece(args: &Args<'_>, kind: char, at: usize) -> Result<String, SqlError> {
    if !matches!(kind, 's' | 'I' | 'L') {
        return Err(errors::invalid_parameter(format!("unrecognized format() type specifier \"{kind}\""))
            .hint("For a single \"%\" use \"%%\"."));
    }
    if at >= args.values.len() {
        return Err(errors::invalid_parameter("too few arguments for format()"));
    }
    let text = output::text(&args.values[at], args.type_of(at), args.context);
    match (kind, text) {
        ('s', text) => Ok(text.unwrap_or_default()),
        ('I', Some(text)) => Ok(quote_identifier(&text)),
        ('I', None) => {
            Err(errors::new(SqlState("22004"), "null values cannot be formatted as an SQL identifier"))
        }
        (_, Some(text)) => Ok(quote_literal(&text)),
        (_, None) => Ok("NULL".to_owned()),
    }
}

fn like(args: &Args<'_>, fold: bool) -> Result<Value, SqlError> {
    let (text, pattern) = (args.text(0).unwrap_or_default(), args.text(1).unwrap_or_default());
    args.context.step((text.len() / 16) as u64)?;
    let prepare = |s: &str| -> Vec<char> {
        if fold { s.to_lowercase().chars().collect() } else { s.chars().collect() }
    };
    match_like(&prepare(&text), &prepare(&pattern)).map(Value::Bool)
}

/// `%` any run, `_` any character, `\` escapes; iterative with one point of return, so linear in practice.
fn match_like(text: &[char], pattern: &[char]) -> Result<bool, SqlError> {
    let (mut t, mut p) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        let (literal, width) = match pattern.get(p) {
            Some('\\') => match pattern.get(p + 1) {
                Some(escaped) => (Some(*escaped), 2),
                None => {
                    return Err(errors::new(
                        SqlState("22025"),
                        "LIKE pattern must not end with escape character",
                    ));
                }
            },
            Some('%') => {
                back = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some('_') => (None, 1),
            Some(c) => (Some(*c), 1),
            None => (Some('\0'), 0),
        };
        if width > 0 && literal.is_none_or(|c| c == text[t]) {
            p += width;
            t += 1;
        } else if let Some((after, from)) = back {
            back = Some((after, from + 1));
            (p, t) = (after, from + 1);
        } else {
            return Ok(false);
        }
    }
    Ok(pattern[p..].iter().all(|c| *c == '%'))
}

/// Rewrites a pattern with another escape character to one with backslashes.
fn like_escape(args: &Args<'_>) -> Result<Value, SqlError> {
    let escape = args.str(1).chars().next();
    let mut result = String::new();
    let mut chars = args.str(0).chars();
    while let Some(c) = chars.next() {
        if Some(c) == escape {
            result.push('\\');
            result.extend(chars.next());
        } else if c == '\\' {
            result.push_str("\\\\");
        } else {
            result.push(c);
        }
    }
    Ok(Value::text(result))
}

/// A version 4 UUID (RFC 9562) from the statement's own random numbers.
fn random_uuid(args: &Args<'_>) -> Result<Value, SqlError> {
    let half = || (args.context.draw() * (1u64 << 32) as f64) as u128;
    let bits = half() << 96 | half() << 64 | half() << 32 | half();
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    Ok(Value::text(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])))
}
