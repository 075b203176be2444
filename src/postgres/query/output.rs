//! Values as text: each type's output function.

use super::datetime::{date_text, interval_text, time_text, timestamp_text};
use super::names::Names;
use super::types as t;
use super::value::{Array, Value};

/// The text of a value of the given type; `None` for null. `names` resolves oids for the `reg…` types.
pub(crate) fn text(value: &Value, type_oid: u32, names: &dyn Names) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(true) => "t".to_owned(),
        Value::Bool(false) => "f".to_owned(),
        Value::Int(number) => integer(*number, type_oid, names),
        Value::Float(number) if type_oid == t::FLOAT4 => float4(*number as f32),
        Value::Float(number) => float8(*number),
        Value::Numeric(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Timestamp(at) => timestamp_text(*at, type_oid != t::TIMESTAMP),
        Value::Date(day) => date_text(*day),
        Value::Time(micros) => time_text(*micros),
        Value::Interval(interval) => interval_text(interval),
        Value::Array(array) => array_text(array, type_oid, names),
        Value::Record(record) => {
            let fields = record.values.iter().zip(record.fields.iter());
            let fields: Vec<String> =
                fields.map(|(value, (_, oid))| record_field(text(value, *oid, names))).collect();
            format!("({})", fields.join(","))
        }
        Value::Json(json) => jsonb(json),
    })
}

fn integer(number: i64, type_oid: u32, names: &dyn Names) -> String {
    match type_oid {
        t::PG_LSN => format!("{:X}/{:X}", (number as u64) >> 32, number as u64 & 0xffff_ffff),
        t::OID => (number as u32).to_string(),
        _ if t::is_oid_like(type_oid) => names.oid_name(type_oid, number as u32),
        _ => number.to_string(),
    }
}

/// Shortest digits that read back the same; exponent form outside 10⁻⁵…10¹⁵ (`float8out` with `extra_float_digits` 1).
pub(crate) fn float8(number: f64) -> String {
    float(number, format!("{number:e}"), 15)
}

fn float4(number: f32) -> String {
    float(f64::from(number), format!("{number:e}"), 6)
}

fn float(number: f64, scientific: String, digits: i32) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..digits).contains(&exponent) {
        return fixed(mantissa, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn fixed(mantissa: &str, exponent: i32) -> String {
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = digits.chars().filter(|c| *c != '.').collect();
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat((-exponent - 1) as usize));
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{sign}{digits:0<whole$}");
    }
    format!("{sign}{}.{}", &digits[..whole], &digits[whole..])
}

fn array_text(array: &Array, type_oid: u32, names: &dyn Names) -> String {
    if matches!(type_oid, t::INT2VECTOR | t::OIDVECTOR) {
        return array.values.iter().map(|value| value.int().to_string()).collect::<Vec<_>>().join(" ");
    }
    if array.values.is_empty() {
        return "{}".to_owned();
    }
    let element = if array.element == 0 { t::element_of(type_oid).unwrap_or(t::TEXT) } else { array.element };
    let mut elements = array.values.iter().map(|value| match text(value, element, names) {
        None => "NULL".to_owned(),
        Some(text) => quote_element(&text),
    });
    let body = nest(&array.dimensions, &mut elements);
    if array.lower == 1 {
        body
    } else {
        format!("[{}:{}]={body}", array.lower, array.lower + array.values.len() as i64 - 1)
    }
}

fn nest(dimensions: &[usize], elements: &mut dyn Iterator<Item = String>) -> String {
    let (count, rest) = dimensions.split_first().map_or((0, dimensions), |(count, rest)| (*count, rest));
    let parts: Vec<String> = (0..count)
        .map(|_| if rest.is_empty() { elements.next().unwrap_or_default() } else { nest(rest, elements) })
        .collect();
    format!("{{{}}}", parts.join(","))
}

fn quote_element(text: &str) -> String {
    let special = |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_ascii_whitespace();
    if text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text.to_owned()
    }
}

fn record_field(text: Option<String>) -> String {
    let Some(text) = text else { return String::new() };
    let special = |c: char| matches!(c, '(' | ')' | ',' | '"' | '\\') || c.is_ascii_whitespace();
    if text.is_empty() || text.contains(special) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\""))
    } else {
        text
    }
}

/// `jsonb`'s text: a space after colons and commas.
pub(crate) fn jsonb(json: &serde_json::Value) -> String {
    use serde_json::Value as J;
    match json {
        J::Array(items) => format!("[{}]", items.iter().map(jsonb).collect::<Vec<_>>().join(", ")),
        J::Object(fields) => {
            let fields =
                fields.iter().map(|(key, value)| format!("{}: {}", J::from(key.as_str()), jsonb(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
