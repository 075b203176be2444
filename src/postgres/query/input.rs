//! Text as values: each type's input function.

use std::sync::Arc;

use super::datetime::{DAY, parse_interval, parse_time, parse_timestamp};
use super::errors;
use super::names::Names;
use super::numeric::Numeric;
use super::types as t;
use super::value::{Array, Value};
use crate::postgres::error::SqlError;

/// Reads text as a value of the given type; names in `reg…` types are resolved.
pub(crate) fn parse(text: &str, type_oid: u32, names: &dyn Names) -> Result<Value, SqlError> {
    let invalid = || errors::invalid_input(&t::name(type_oid), text);
    Ok(match type_oid {
        t::BOOL => Value::Bool(boolean(text).ok_or_else(invalid)?),
        t::INT2 => integer(text, type_oid, i64::from(i16::MIN), i64::from(i16::MAX))?,
        t::INT4 => integer(text, type_oid, i64::from(i32::MIN), i64::from(i32::MAX))?,
        t::INT8 | t::XID8 => integer(text, type_oid, i64::MIN, i64::MAX)?,
        t::OID | t::XID | t::CID => integer(text, type_oid, i64::from(i32::MIN), i64::from(u32::MAX))?,
        t::REGTYPE => Value::Int(i64::from(regtype(text)?)),
        _ if t::is_oid_like(type_oid) => reg_object(text, type_oid, names)?,
        t::FLOAT4 | t::FLOAT8 => Value::Float(float(text).ok_or_else(invalid)?),
        t::NUMERIC => Value::numeric(Numeric::parse(text).ok_or_else(invalid)?),
        t::TIMESTAMP | t::TIMESTAMPTZ => Value::Timestamp(timestamp(text, type_oid, names)?),
        t::DATE => Value::Date(match timestamp(text, type_oid, names)? {
            i64::MAX => i32::MAX,
            i64::MIN => i32::MIN,
            micros => micros.div_euclid(DAY) as i32,
        }),
        t::TIME | t::TIMETZ => Value::Time(parse_time(text.trim()).ok_or_else(invalid)?),
        t::INTERVAL => Value::Interval(parse_interval(text, None).ok_or_else(invalid)?),
        t::PG_LSN => Value::Int(lsn(text).ok_or_else(invalid)?),
        t::JSONB => Value::Json(Arc::new(canonical_json(json(text, type_oid)?))),
        t::JSON => {
            json(text, type_oid)?;
            Value::text(text)
        }
        t::BYTEA => super::functions::bytea::parse(text).ok_or_else(invalid)?,
        t::UUID => Value::text(uuid(text).ok_or_else(invalid)?),
        t::INET | t::CIDR => Value::text(inet(text).ok_or_else(invalid)?),
        t::CHAR => Value::text(text.chars().next().map(String::from).unwrap_or_default()),
        t::NAME => Value::text(clip(text, 63)),
        t::INT2VECTOR | t::OIDVECTOR => vector(text, type_oid, names)?,
        t::RECORD => return Err(errors::unsupported("input of anonymous composite types")),
        _ => match t::element_of(type_oid) {
            Some(element) => array(text, element, names)?,
            None => Value::text(text),
        },
    })
}

fn clip(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Any unambiguous prefix of true, false, yes, no, on, off; 1 and 0 (`parse_bool_with_len`).
pub(crate) fn boolean(text: &str) -> Option<bool> {
    let word = text.trim().to_ascii_lowercase();
    let prefix = |full: &str, least: usize| word.len() >= least && full.starts_with(&word);
    if prefix("true", 1) || prefix("yes", 1) || word == "on" || word == "1" {
        Some(true)
    } else if prefix("false", 1) || prefix("no", 1) || prefix("off", 2) || word == "0" {
        Some(false)
    } else {
        None
    }
}

fn integer(text: &str, type_oid: u32, low: i64, high: i64) -> Result<Value, SqlError> {
    let name = t::name(type_oid);
    let digits = text.trim();
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let value = match digits.to_ascii_lowercase().split_at_checked(2) {
        Some(("0x", hex)) => i128::from_str_radix(&hex.replace('_', ""), 16).ok(),
        Some(("0o", octal)) => i128::from_str_radix(&octal.replace('_', ""), 8).ok(),
        Some(("0b", binary)) => i128::from_str_radix(&binary.replace('_', ""), 2).ok(),
        _ => digits.parse::<i128>().ok(),
    };
    let value = value.ok_or_else(|| errors::invalid_input(&name, text))?;
    if value < i128::from(low) || value > i128::from(high) {
        return Err(errors::out_of_range(format!("value \"{text}\" is out of range for type {name}")));
    }
    let value = value as i64;
    Ok(Value::Int(if type_oid == t::OID && value < 0 { i64::from(value as u32) } else { value }))
}

fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "infinity" | "+infinity" | "inf" => Some(f64::INFINITY),
        "-infinity" | "-inf" => Some(f64::NEG_INFINITY),
        "nan" => Some(f64::NAN),
        lower if lower.ends_with(|c: char| c.is_ascii_digit() || c == '.') => text.parse().ok(),
        _ => None,
    }
}

fn timestamp(text: &str, type_oid: u32, names: &dyn Names) -> Result<i64, SqlError> {
    parse_timestamp(text, names.now()).ok_or_else(|| {
        let looks_like_a_date =
            text.trim().split(['-', ' ', 'T', ':', '.', '+', '/']).all(|part| part.parse::<u32>().is_ok());
        if looks_like_a_date && text.contains('-') {
            errors::field_overflow(text)
        } else {
            errors::invalid_input(&t::name(type_oid), text)
        }
    })
}

fn lsn(text: &str) -> Option<i64> {
    let (high, low) = text.trim().split_once('/')?;
    let half = |part: &str| u32::from_str_radix(part, 16).ok().map(u64::from);
    Some(((half(high)? << 32) | half(low)?) as i64)
}

fn json(text: &str, type_oid: u32) -> Result<serde_json::Value, SqlError> {
    serde_json::from_str(text).map_err(|_| {
        let name = t::name(type_oid);
        let token: String = text.trim().chars().take_while(|c| c.is_alphanumeric()).collect();
        let error = errors::new(
            crate::postgres::error::SqlState::INVALID_TEXT_REPRESENTATION,
            format!("invalid input syntax for type {}", if name == "jsonb" { "json" } else { &name }),
        );
        if token.is_empty() {
            error.detail("The input string ended unexpectedly.")
        } else {
            error.detail(format!("Token \"{token}\" is invalid."))
        }
    })
}

/// jsonb keeps object keys by length, then by bytes (`jsonb_util.c`, lengthCompareJsonbStringValue).
pub(crate) fn canonical_json(json: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as J;
    match json {
        J::Array(items) => J::Array(items.into_iter().map(canonical_json).collect()),
        J::Object(fields) => {
            let mut fields: Vec<_> =
                fields.into_iter().map(|(key, value)| (key, canonical_json(value))).collect();
            fields.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
            J::Object(fields.into_iter().collect())
        }
        other => other,
    }
}

fn uuid(text: &str) -> Option<String> {
    let digits: String = text.trim().trim_matches(['{', '}']).chars().filter(|c| *c != '-').collect();
    let valid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lower = digits.to_ascii_lowercase();
    valid.then(|| {
        format!("{}-{}-{}-{}-{}", &lower[..8], &lower[8..12], &lower[12..16], &lower[16..20], &lower[20..])
    })
}

fn inet(text: &str) -> Option<String> {
    let text = text.trim();
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: std::net::IpAddr = address.parse().ok()?;
    let full = if address.is_ipv4() { 32 } else { 128 };
    match bits {
        None => Some(address.to_string()),
        Some(bits) => {
            let bits: u32 = bits.parse().ok().filter(|bits| *bits <= full)?;
            Some(if bits == full { address.to_string() } else { format!("{address}/{bits}") })
        }
    }
}

fn regtype(text: &str) -> Result<u32, SqlError> {
    if let Ok(oid) = text.parse() {
        return Ok(oid);
    }
    t::by_sql_name(text).ok_or_else(|| errors::undefined_type(text))
}

fn reg_object(text: &str, type_oid: u32, names: &dyn Names) -> Result<Value, SqlError> {
    if text == "-" {
        return Ok(Value::Int(0));
    }
    if let Ok(oid) = text.parse::<u32>() {
        return Ok(Value::Int(i64::from(oid)));
    }
    names.name_oid(type_oid, text).map(|oid| Value::Int(i64::from(oid)))
}

fn vector(text: &str, type_oid: u32, names: &dyn Names) -> Result<Value, SqlError> {
    let element = t::element_of(type_oid).unwrap_or(t::INT2);
    let values: Result<Vec<_>, _> = text.split_whitespace().map(|word| parse(word, element, names)).collect();
    Ok(int_vector(element, values?))
}

/// An `int2vector` or `oidvector`: an array whose first subscript is 0.
pub(crate) fn int_vector(element: u32, values: Vec<Value>) -> Value {
    Value::Array(Arc::new(Array { element, dimensions: vec![values.len()], lower: 0, values }))
}

fn array(text: &str, element: u32, names: &dyn Names) -> Result<Value, SqlError> {
    let malformed = |detail: &str| {
        errors::new(
            crate::postgres::error::SqlState::INVALID_TEXT_REPRESENTATION,
            format!("malformed array literal: \"{text}\""),
        )
        .detail(detail)
    };
    let trimmed = text.trim();
    if !trimmed.starts_with('{') {
        return Err(malformed("Array value must start with \"{\" or dimension information."));
    }
    let mut reader = ArrayReader {
        chars: trimmed.chars().peekable(),
        element,
        names,
        values: Vec::new(),
        dimensions: Vec::new(),
    };
    if !reader.level(0)? || reader.chars.next().is_some() {
        return Err(malformed("Unexpected end of input."));
    }
    let dimensions = if reader.values.is_empty() { Vec::new() } else { reader.dimensions };
    Ok(Value::Array(Arc::new(Array { element, dimensions, lower: 1, values: reader.values })))
}

struct ArrayReader<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    element: u32,
    names: &'a dyn Names,
    values: Vec<Value>,
    dimensions: Vec<usize>,
}

impl ArrayReader<'_> {
    /// Reads from `{` to its `}`; false when the braces don't match.
    fn level(&mut self, depth: usize) -> Result<bool, SqlError> {
        self.chars.next();
        let mut count = 0;
        loop {
            while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
            match self.chars.peek() {
                None => return Ok(false),
                Some('}') => {
                    self.chars.next();
                    break;
                }
                Some(',') => {
                    self.chars.next();
                }
                Some('{') => {
                    count += 1;
                    if !self.level(depth + 1)? {
                        return Ok(false);
                    }
                }
                Some(_) => {
                    count += 1;
                    self.element()?;
                }
            }
        }
        if self.dimensions.len() <= depth {
            self.dimensions.resize(depth + 1, count);
        }
        self.dimensions[depth] = count;
        Ok(true)
    }

    fn element(&mut self) -> Result<(), SqlError> {
        let mut text = String::new();
        let mut quoted = false;
        if self.chars.next_if_eq(&'"').is_some() {
            quoted = true;
            while let Some(c) = self.chars.next() {
                match c {
                    '"' => break,
                    '\\' => text.extend(self.chars.next()),
                    c => text.push(c),
                }
            }
        } else {
            while let Some(c) = self.chars.next_if(|c| !matches!(c, ',' | '}')) {
                if c == '\\' { text.extend(self.chars.next()) } else { text.push(c) }
            }
        }
        let value = if !quoted && text.trim().eq_ignore_ascii_case("null") {
            Value::Null
        } else {
            parse(if quoted { &text } else { text.trim() }, self.element, self.names)?
        };
        self.values.push(value);
        Ok(())
    }
}
