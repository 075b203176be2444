//! Regular expressions: PostgreSQL's advanced syntax over the `regex` crate's.
//!
//! The crate has no back references or look-around; patterns with them are refused. Classes, escapes and quantifiers that
//! engineers use are the same in both; `\m \M \y` become word boundaries.

use regex::{Regex, RegexBuilder};

use super::{Args, Run, Table};
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::query::errors;
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Row, Value};

/// The largest compiled pattern, in bytes.
const MAX_COMPILED: usize = 1 << 20;

pub(super) const OPERATORS: &[(&str, Run)] = &[
    ("~", |a| matches(a, false, false)),
    ("!~", |a| matches(a, false, true)),
    ("~*", |a| matches(a, true, false)),
    ("!~*", |a| matches(a, true, true)),
];

pub(super) const TABLE: Table = &[
    ("regexp_replace", replace),
    ("regexp_match", first_match),
    ("regexp_split_to_array", split_to_array),
    ("regexp_count", count),
    ("regexp_like", like),
    ("regexp_substr", substr),
    ("regexp_instr", instr),
    ("similar_to_escape", similar),
];

/// Compiles a pattern with flags (`i`, `g` ignored here, `n`, `s`, `x`, `q`).
pub(super) fn compile(pattern: &str, flags: &str) -> Result<Regex, SqlError> {
    let (pattern, embedded) = embedded_options(pattern);
    let flags = format!("{flags}{embedded}");
    if let Some(flag) = flags.chars().find(|flag| !"gincmpqstwxbe".contains(*flag)) {
        return Err(errors::invalid_parameter(format!("invalid regular expression option: \"{flag}\"")));
    }
    let source = if flags.contains('q') { regex::escape(pattern) } else { translate(pattern)? };
    let case = flags.rfind(['i', 'c']).is_some_and(|at| flags[at..].starts_with('i'));
    let newline = flags.contains(['n', 'm']);
    RegexBuilder::new(&source)
        .case_insensitive(case)
        .dot_matches_new_line(!newline && !flags.contains('p'))
        .multi_line(newline || flags.contains('w'))
        .ignore_whitespace(flags.contains('x'))
        .size_limit(MAX_COMPILED)
        .build()
        .map_err(|error| refused(pattern, &error))
}

fn refused(pattern: &str, error: &regex::Error) -> SqlError {
    let text = error.to_string();
    let known = [
        ("unclosed group", "parentheses () not balanced"),
        ("unopened group", "parentheses () not balanced"),
        ("unclosed character class", "brackets [] not balanced"),
        ("repetition operator missing", "quantifier operand invalid"),
        ("invalid character class range", "invalid character range"),
        ("unclosed counted repetition", "braces {} not balanced"),
    ];
    match known.iter().find(|(ours, _)| text.contains(ours)) {
        Some((_, theirs)) => errors::invalid_regex(theirs),
        None if text.contains("look-around") || text.contains("backreference") => {
            errors::unsupported(format!("look-around or back references in the pattern \"{pattern}\""))
        }
        None => errors::invalid_regex("invalid escape \\ sequence"),
    }
}

fn embedded_options(pattern: &str) -> (&str, String) {
    if let Some(literal) = pattern.strip_prefix("***=") {
        return (literal, "q".to_owned());
    }
    let pattern = pattern.strip_prefix("***:").unwrap_or(pattern);
    if let Some(inside) = pattern.strip_prefix("(?")
        && let Some((options, rest)) = inside.split_once(')')
        && !options.is_empty()
        && options.chars().all(|c| c.is_ascii_lowercase())
    {
        return (rest, options.to_owned());
    }
    (pattern, String::new())
}

/// PostgreSQL's escapes and brackets in the crate's syntax.
fn translate(pattern: &str) -> Result<String, SqlError> {
    let mut result = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                None => return Err(errors::invalid_regex("invalid escape \\ sequence")),
                Some('m' | 'M' | 'y') => result.push_str("\\b"),
                Some('Y') => result.push_str("\\B"),
                Some('Z') => result.push_str("\\z"),
                Some(digit @ '1'..='9') => {
                    return Err(errors::unsupported(format!(
                        "back reference \\{digit} in a regular expression"
                    )));
                }
                Some(other) if other.is_ascii_alphanumeric() || other.is_ascii_punctuation() => {
                    result.push('\\');
                    result.push(other);
                }
                Some(other) => result.push(other),
            },
            '[' => bracket(&mut chars, &mut result),
            other => result.push(other),
        }
    }
    Ok(result)
}

/// A bracket expression: `]` first is literal, `[` inside needs an escape in the crate, `&&`, `--` and `~~` too.
fn bracket(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, result: &mut String) {
    result.push('[');
    if chars.next_if_eq(&'^').is_some() {
        result.push('^');
    }
    if chars.next_if_eq(&']').is_some() {
        result.push_str("\\]");
    }
    while let Some(c) = chars.next() {
        match c {
            ']' => {
                result.push(']');
                return;
            }
            '[' if chars.peek() == Some(&':') => {
                result.push('[');
                for inner in chars.by_ref() {
                    result.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            '[' | '&' | '~' => {
                result.push('\\');
                result.push(c);
            }
            '\\' => {
                result.push('\\');
                result.extend(chars.next());
            }
            other => result.push(other),
        }
    }
}

fn matches(args: &Args<'_>, fold: bool, negate: bool) -> Result<Value, SqlError> {
    let text = args.text(0).unwrap_or_default();
    args.context.step(4 + (text.len() / 16) as u64)?;
    let regex = args.context.regex(args.str(1), if fold { "i" } else { "" })?;
    Ok(Value::Bool(regex.is_match(&text) != negate))
}

fn flags<'a>(args: &'a Args<'_>, at: usize) -> &'a str {
    args.values.get(at).map_or("", |value| value.str())
}

/// `regexp_replace(string, pattern, replacement [, start [, n]] [, flags])`.
fn replace(args: &Args<'_>) -> Result<Value, SqlError> {
    let mut options = "";
    let (mut start, mut nth) = (1, None);
    for (at, _) in args.values.iter().enumerate().skip(3) {
        match (t::is_string(args.type_of(at)), at) {
            (true, _) => options = args.str(at),
            (false, 3) => start = args.int(at).max(1),
            (false, _) => nth = Some(args.int(at)),
        }
    }
    let regex = args.context.regex(args.str(1), options)?;
    let replacement = replacement(args.str(2));
    let text = args.str(0);
    let from = text.char_indices().nth(start as usize - 1).map_or(text.len(), |(at, _)| at);
    let (head, tail) = text.split_at(from);
    let replaced = match nth {
        Some(0) => regex.replace_all(tail, replacement.as_str()).into_owned(),
        Some(n) => nth_replaced(&regex, tail, &replacement, n as usize),
        None if options.contains('g') => regex.replace_all(tail, replacement.as_str()).into_owned(),
        None => regex.replace(tail, replacement.as_str()).into_owned(),
    };
    Ok(Value::text(format!("{head}{replaced}")))
}

fn nth_replaced(regex: &Regex, text: &str, replacement: &str, n: usize) -> String {
    let Some(found) = regex.captures_iter(text).nth(n.saturating_sub(1)) else { return text.to_owned() };
    let Some(whole) = found.get(0) else { return text.to_owned() };
    let mut expanded = String::new();
    found.expand(replacement, &mut expanded);
    format!("{}{expanded}{}", &text[..whole.start()], &text[whole.end()..])
}

/// `\1` and `\&` as the crate writes them.
fn replacement(text: &str) -> String {
    let mut result = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '$' => result.push_str("$$"),
            '\\' => match chars.next() {
                Some(digit @ '0'..='9') => result.push_str(&format!("${{{digit}}}")),
                Some('&') => result.push_str("${0}"),
                Some(other) => result.push(other),
                None => result.push('\\'),
            },
            other => result.push(other),
        }
    }
    result
}

fn captured(found: &regex::Captures<'_>) -> Value {
    let group = |at: usize| found.get(at).map_or(Value::Null, |m| Value::text(m.as_str()));
    let groups = if found.len() > 1 { (1..found.len()).map(group).collect() } else { vec![group(0)] };
    Value::array(t::TEXT, groups)
}

fn first_match(args: &Args<'_>) -> Result<Value, SqlError> {
    let options = flags(args, 2);
    if options.contains('g') {
        return Err(errors::invalid_parameter("regexp_match() does not support the \"global\" option")
            .hint("Use the regexp_matches function instead."));
    }
    let regex = args.context.regex(args.str(1), options)?;
    Ok(regex.captures(args.str(0)).map_or(Value::Null, |found| captured(&found)))
}

/// `regexp_matches` as a set.
pub(super) fn all_matches(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    let options = flags(args, 2);
    let regex = args.context.regex(args.str(1), options)?;
    let count = if options.contains('g') { usize::MAX } else { 1 };
    Ok(regex.captures_iter(args.str(0)).take(count).map(|found| vec![captured(&found)]).collect())
}

pub(super) fn split(args: &Args<'_>) -> Result<Vec<String>, SqlError> {
    let regex = args.context.regex(args.str(1), flags(args, 2))?;
    Ok(regex.split(args.str(0)).map(str::to_owned).collect())
}

fn split_to_array(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(Value::array(t::TEXT, split(args)?.into_iter().map(Value::text).collect()))
}

fn count(args: &Args<'_>) -> Result<Value, SqlError> {
    let regex = args.context.regex(args.str(1), flags(args, 3))?;
    let text: String = args.str(0).chars().skip((args.int(2) - 1).max(0) as usize).collect();
    Ok(Value::Int(regex.find_iter(&text).count() as i64))
}

fn like(args: &Args<'_>) -> Result<Value, SqlError> {
    Ok(Value::Bool(args.context.regex(args.str(1), flags(args, 2))?.is_match(args.str(0))))
}

fn substr(args: &Args<'_>) -> Result<Value, SqlError> {
    let regex = args.context.regex(args.str(1), flags(args, 4))?;
    let nth = args.int(3).max(1) as usize - 1;
    Ok(Value::optional_text(regex.find_iter(args.str(0)).nth(nth).map(|found| found.as_str())))
}

fn instr(args: &Args<'_>) -> Result<Value, SqlError> {
    let regex = args.context.regex(args.str(1), "")?;
    let text = args.str(0);
    Ok(Value::Int(regex.find(text).map_or(0, |found| text[..found.start()].chars().count() as i64 + 1)))
}

/// `substring(string from pattern)`: the first group, or the whole match.
pub(super) fn substring(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.values.len() > 2 {
        return Err(args.unsupported("substring"));
    }
    let regex = args.context.regex(args.str(1), "")?;
    let found = regex.captures(args.str(0));
    let group = found.as_ref().and_then(|found| found.get(if found.len() > 1 { 1 } else { 0 }));
    Ok(Value::optional_text(group.map(|group| group.as_str())))
}

/// SIMILAR TO's pattern as a regular expression (`similar_escape_internal`).
fn similar(args: &Args<'_>) -> Result<Value, SqlError> {
    if args.values[0].is_null() {
        return Ok(Value::Null);
    }
    let escape = if args.values.len() > 1 { args.str(1).chars().next() } else { Some('\\') };
    if args.values.len() > 1 && args.str(1).chars().count() > 1 {
        return Err(errors::new(SqlState("22019"), "invalid escape string")
            .hint("Escape string must be empty or one character."));
    }
    let mut result = String::from("^(?:");
    let mut in_brackets = false;
    let mut chars = args.str(0).chars();
    while let Some(c) = chars.next() {
        if Some(c) == escape {
            result.push('\\');
            result.extend(chars.next());
            continue;
        }
        match c {
            '[' | ']' => {
                in_brackets = c == '[';
                result.push(c);
            }
            _ if in_brackets => result.push(c),
            '%' => result.push_str(".*"),
            '_' => result.push('.'),
            '(' => result.push_str("(?:"),
            '\\' | '.' | '^' | '$' => {
                result.push('\\');
                result.push(c);
            }
            other => result.push(other),
        }
    }
    result.push_str(")$");
    Ok(Value::text(result))
}
