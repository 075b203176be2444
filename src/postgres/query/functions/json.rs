//! JSON functions and operators.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Args, Run, Table};
use crate::postgres::error::SqlError;
use crate::postgres::query::Context;
use crate::postgres::query::errors;
use crate::postgres::query::input::canonical_json;
use crate::postgres::query::output;
use crate::postgres::query::types as t;
use crate::postgres::query::value::{Row, Value};

pub(super) const OPERATORS: &[(&str, Run)] = &[
    ("->", |a| Ok(get(a).map_or(Value::Null, |json| wrapped(json, a.result)))),
    ("->>", |a| Ok(get(a).map_or(Value::Null, as_text))),
    ("#>", |a| Ok(path(a).map_or(Value::Null, |json| wrapped(json, a.result)))),
    ("#>>", |a| Ok(path(a).map_or(Value::Null, as_text))),
    ("?", |a| Ok(Value::Bool(has_key(&parsed(&a.values[0]), a.str(1))))),
    ("?|", |a| Ok(Value::Bool(keys_of(&a.values[1]).iter().any(|key| has_key(&parsed(&a.values[0]), key))))),
    ("?&", |a| Ok(Value::Bool(keys_of(&a.values[1]).iter().all(|key| has_key(&parsed(&a.values[0]), key))))),
    ("jsonb_contains", |a| Ok(Value::Bool(contains(&parsed(&a.values[0]), &parsed(&a.values[1]))))),
    ("jsonb_contained", |a| Ok(Value::Bool(contains(&parsed(&a.values[1]), &parsed(&a.values[0]))))),
    ("jsonb_concat", concat),
];

pub(super) const TABLE: Table = &[
    ("to_json", |a| Ok(wrapped(to_json(&a.values[0], a.type_of(0), a.context), t::JSON))),
    ("to_jsonb", |a| Ok(wrapped(to_json(&a.values[0], a.type_of(0), a.context), t::JSONB))),
    ("row_to_json", |a| Ok(wrapped(to_json(&a.values[0], a.type_of(0), a.context), t::JSON))),
    ("array_to_json", |a| Ok(wrapped(to_json(&a.values[0], a.type_of(0), a.context), t::JSON))),
    ("json_build_object", build_object),
    ("jsonb_build_object", build_object),
    ("json_build_array", build_array),
    ("jsonb_build_array", build_array),
    ("json_typeof", |a| Ok(Value::text(kind(&parsed(&a.values[0]))))),
    ("jsonb_typeof", |a| Ok(Value::text(kind(&parsed(&a.values[0]))))),
    ("json_array_length", length),
    ("jsonb_array_length", length),
    ("json_extract_path", |a| Ok(path_args(a).map_or(Value::Null, |json| wrapped(json, t::JSON)))),
    ("jsonb_extract_path", |a| Ok(path_args(a).map_or(Value::Null, |json| wrapped(json, t::JSONB)))),
    ("json_extract_path_text", |a| Ok(path_args(a).map_or(Value::Null, as_text))),
    ("jsonb_extract_path_text", |a| Ok(path_args(a).map_or(Value::Null, as_text))),
    ("jsonb_pretty", |a| Ok(Value::text(pretty(&parsed(&a.values[0]), 0)))),
    ("jsonb_strip_nulls", |a| Ok(wrapped(strip_nulls(parsed(&a.values[0])), t::JSONB))),
    ("json_strip_nulls", |a| Ok(wrapped(strip_nulls(parsed(&a.values[0])), t::JSON))),
];

/// A value as JSON.
pub(crate) fn to_json(value: &Value, type_oid: u32, context: &Context<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) if !t::is_oid_like(type_oid) || type_oid == t::OID => Json::from(*number),
        Value::Float(number) if number.is_finite() => number_json(&output::float8(*number)),
        Value::Numeric(number) => number_json(&number.to_string()),
        Value::Json(json) => (**json).clone(),
        Value::Text(text) if type_oid == t::JSON => serde_json::from_str(text).unwrap_or(Json::Null),
        Value::Array(array) => {
            let element = if array.element == 0 { t::TEXT } else { array.element };
            nest(&array.dimensions, &mut array.values.iter().map(|value| to_json(value, element, context)))
        }
        Value::Record(record) => {
            let fields = record.fields.iter().zip(&record.values);
            Json::Object(
                fields
                    .map(|((name, oid), value)| (name.to_string(), to_json(value, *oid, context)))
                    .collect(),
            )
        }
        Value::Timestamp(_) => {
            let text = output::text(value, type_oid, context).unwrap_or_default();
            Json::from(text.replacen(' ', "T", 1).replace("+00", "+00:00"))
        }
        other => Json::from(output::text(other, type_oid, context).unwrap_or_default()),
    }
}

fn nest(dimensions: &[usize], items: &mut dyn Iterator<Item = Json>) -> Json {
    match dimensions {
        [] => Json::Array(Vec::new()),
        [count] => Json::Array(items.take(*count).collect()),
        [count, rest @ ..] => Json::Array((0..*count).map(|_| nest(rest, items)).collect()),
    }
}

fn number_json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| Json::from(text))
}

fn wrapped(json: Json, type_oid: u32) -> Value {
    if type_oid == t::JSONB {
        Value::Json(Arc::new(canonical_json(json)))
    } else {
        Value::text(json.to_string())
    }
}

/// The JSON of a `json` or `jsonb` value.
pub(super) fn parsed(value: &Value) -> Json {
    match value {
        Value::Json(json) => (**json).clone(),
        Value::Text(text) => serde_json::from_str(text).unwrap_or(Json::Null),
        _ => Json::Null,
    }
}

fn as_text(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) => Value::text(text),
        other => Value::text(output::jsonb(&other)),
    }
}

fn step(json: &Json, key: &str) -> Option<Json> {
    match json {
        Json::Object(fields) => fields.get(key).cloned(),
        Json::Array(items) => index(items, key.parse().ok()?),
        _ => None,
    }
}

fn index(items: &[Json], at: i64) -> Option<Json> {
    let at = if at < 0 { items.len() as i64 + at } else { at };
    items.get(usize::try_from(at).ok()?).cloned()
}

fn get(args: &Args<'_>) -> Option<Json> {
    match (&parsed(&args.values[0]), &args.values[1]) {
        (Json::Array(items), Value::Int(at)) => index(items, *at),
        (Json::Object(fields), Value::Text(key)) => fields.get(&**key).cloned(),
        _ => None,
    }
}

fn keys_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(array) => array.values.iter().map(|value| value.str().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn path(args: &Args<'_>) -> Option<Json> {
    keys_of(&args.values[1]).iter().try_fold(parsed(&args.values[0]), |json, key| step(&json, key))
}

fn path_args(args: &Args<'_>) -> Option<Json> {
    args.values[1..].iter().try_fold(parsed(&args.values[0]), |json, key| step(&json, key.str()))
}

fn has_key(json: &Json, key: &str) -> bool {
    match json {
        Json::Object(fields) => fields.contains_key(key),
        Json::Array(items) => items.iter().any(|item| item.as_str() == Some(key)),
        Json::String(text) => text == key,
        _ => false,
    }
}

fn contains(whole: &Json, part: &Json) -> bool {
    match (whole, part) {
        (Json::Object(a), Json::Object(b)) => {
            b.iter().all(|(key, value)| a.get(key).is_some_and(|found| contains(found, value)))
        }
        (Json::Array(a), Json::Array(b)) => {
            b.iter().all(|value| a.iter().any(|found| contains(found, value)))
        }
        (Json::Array(a), scalar) => a.contains(scalar),
        (a, b) => a == b,
    }
}

fn concat(args: &Args<'_>) -> Result<Value, SqlError> {
    let json = match (parsed(&args.values[0]), parsed(&args.values[1])) {
        (Json::Object(mut a), Json::Object(b)) => {
            a.extend(b);
            Json::Object(a)
        }
        (a, b) => {
            let list = |json: Json| match json {
                Json::Array(items) => items,
                other => vec![other],
            };
            Json::Array([list(a), list(b)].concat())
        }
    };
    Ok(wrapped(json, t::JSONB))
}

/// `jsonb - key`, `jsonb - index`, `jsonb - keys`.
pub(super) fn remove(args: &Args<'_>) -> Result<Value, SqlError> {
    let keys = match &args.values[1] {
        Value::Text(key) => vec![key.to_string()],
        Value::Array(_) => keys_of(&args.values[1]),
        _ => Vec::new(),
    };
    let json = match parsed(&args.values[0]) {
        Json::Object(fields) => {
            Json::Object(fields.into_iter().filter(|(key, _)| !keys.contains(key)).collect())
        }
        Json::Array(mut items) => {
            if let Value::Int(at) = args.values[1] {
                let at = if at < 0 { items.len() as i64 + at } else { at };
                if (0..items.len() as i64).contains(&at) {
                    items.remove(at as usize);
                }
            }
            items.retain(|item| !item.as_str().is_some_and(|text| keys.iter().any(|key| key == text)));
            Json::Array(items)
        }
        _ => return Err(errors::invalid_parameter("cannot delete from scalar")),
    };
    Ok(wrapped(json, t::JSONB))
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn length(args: &Args<'_>) -> Result<Value, SqlError> {
    match parsed(&args.values[0]) {
        Json::Array(items) => Ok(Value::Int(items.len() as i64)),
        Json::Object(_) => Err(errors::invalid_parameter("cannot get array length of a non-array")),
        _ => Err(errors::invalid_parameter("cannot get array length of a scalar")),
    }
}

fn build_object(args: &Args<'_>) -> Result<Value, SqlError> {
    if !args.values.len().is_multiple_of(2) {
        return Err(errors::invalid_parameter("argument list must have even number of elements")
            .hint("The arguments of json_build_object() must consist of alternating keys and values."));
    }
    let mut pairs = Vec::new();
    for at in (0..args.values.len()).step_by(2) {
        let key = args
            .text(at)
            .ok_or_else(|| errors::invalid_parameter("null value not allowed for object key"))?;
        pairs.push((key, to_json(&args.values[at + 1], args.type_of(at + 1), args.context)));
    }
    if args.result == t::JSONB {
        return Ok(wrapped(Json::Object(pairs.into_iter().collect()), t::JSONB));
    }
    let fields = pairs.iter().map(|(key, value)| format!("{} : {value}", Json::from(key.as_str())));
    Ok(Value::text(format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))))
}

fn build_array(args: &Args<'_>) -> Result<Value, SqlError> {
    let items: Vec<Json> =
        (0..args.values.len()).map(|at| to_json(&args.values[at], args.type_of(at), args.context)).collect();
    if args.result == t::JSONB {
        return Ok(wrapped(Json::Array(items), t::JSONB));
    }
    Ok(Value::text(format!("[{}]", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))))
}

fn pretty(json: &Json, depth: usize) -> String {
    let (inner, outer) = (" ".repeat(4 * (depth + 1)), " ".repeat(4 * depth));
    match json {
        Json::Array(items) if !items.is_empty() => {
            let items = items.iter().map(|item| format!("{inner}{}", pretty(item, depth + 1)));
            format!("[\n{}\n{outer}]", items.collect::<Vec<_>>().join(",\n"))
        }
        Json::Object(fields) if !fields.is_empty() => {
            let field = |(key, value): (&String, &Json)| {
                format!("{inner}{}: {}", Json::from(key.as_str()), pretty(value, depth + 1))
            };
            format!("{{\n{}\n{outer}}}", fields.iter().map(field).collect::<Vec<_>>().join(",\n"))
        }
        other => output::jsonb(other),
    }
}

fn strip_nulls(json: Json) -> Json {
    match json {
        Json::Object(fields) => Json::Object(
            fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, strip_nulls(v))).collect(),
        ),
        Json::Array(items) => Json::Array(items.into_iter().map(strip_nulls).collect()),
        other => other,
    }
}

/// `json_array_elements`, as JSON or text.
pub(super) fn elements(args: &Args<'_>, as_json: bool) -> Result<Vec<Row>, SqlError> {
    let Json::Array(items) = parsed(&args.values[0]) else {
        return Err(errors::invalid_parameter("cannot call json_array_elements on a non-array"));
    };
    let type_oid = args.type_of(0);
    Ok(items
        .into_iter()
        .map(|item| vec![if as_json { wrapped(item, type_oid) } else { as_text(item) }])
        .collect())
}

/// `json_each`, with values as JSON or text.
pub(super) fn each(args: &Args<'_>, as_json: bool) -> Result<Vec<Row>, SqlError> {
    let Json::Object(fields) = parsed(&args.values[0]) else {
        return Err(errors::invalid_parameter("cannot call json_each on a non-object"));
    };
    let type_oid = args.type_of(0);
    let row = |(key, value): (String, Json)| {
        vec![Value::text(key), if as_json { wrapped(value, type_oid) } else { as_text(value) }]
    };
    Ok(fields.into_iter().map(row).collect())
}

/// `json_object_keys`.
pub(super) fn keys(args: &Args<'_>) -> Result<Vec<Row>, SqlError> {
    let Json::Object(fields) = parsed(&args.values[0]) else {
        return Err(errors::invalid_parameter("cannot call json_object_keys on a scalar"));
    };
    Ok(fields.into_iter().map(|(key, _)| vec![Value::text(key)]).collect())
}
