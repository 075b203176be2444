//! A trace as OpenTelemetry's protocol writes it in JSON (OTLP 1, `opentelemetry/proto/trace/v1/trace.proto`).
//!
//! Spans carry numbers while the shop runs; what is known of a name is said once, when it is registered, and becomes the
//! attributes of its spans here.

use super::traces::{SpanIndex, SpanKind, Trace, Traces};
use crate::kernel::{Calendar, SimTime};
use serde_json::{Value, json};

/// Something known of a span, by its name in OpenTelemetry's semantic conventions (1.30 and later).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Such as `db.system.name`.
    pub key: &'static str,
    /// What it is.
    pub value: AttributeValue,
}

/// What an attribute can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// Text.
    Text(Box<str>),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
}

impl Attribute {
    /// A text.
    pub fn text(key: &'static str, value: &str) -> Attribute {
        Attribute { key, value: AttributeValue::Text(value.into()) }
    }

    /// A whole number.
    pub fn int(key: &'static str, value: i64) -> Attribute {
        Attribute { key, value: AttributeValue::Int(value) }
    }

    /// Yes or no.
    pub fn bool(key: &'static str, value: bool) -> Attribute {
        Attribute { key, value: AttributeValue::Bool(value) }
    }

    fn json(&self) -> Value {
        let value = match &self.value {
            AttributeValue::Text(text) => json!({ "stringValue": text }),
            // Whole numbers of 64 bits are strings in JSON.
            AttributeValue::Int(number) => json!({ "intValue": number.to_string() }),
            AttributeValue::Bool(yes) => json!({ "boolValue": yes }),
        };
        json!({ "key": self.key, "value": value })
    }
}

/// `SpanKind` of the protocol.
fn kind(kind: SpanKind) -> u8 {
    const INTERNAL: u8 = 1;
    const SERVER: u8 = 2;
    const CLIENT: u8 = 3;
    match kind {
        SpanKind::Server => SERVER,
        SpanKind::Query | SpanKind::External | SpanKind::Cache => CLIENT,
        SpanKind::Queue
        | SpanKind::PoolWait
        | SpanKind::LockWait
        | SpanKind::Cpu
        | SpanKind::Disk
        | SpanKind::Backoff => INTERNAL,
    }
}

/// One trace as a request to export it would hold it.
pub fn document(traces: &Traces, trace: &Trace, calendar: &Calendar) -> Value {
    let root = &trace.spans[0];
    let mut resource: Vec<Value> = traces.resource().iter().map(Attribute::json).collect();
    resource.extend(root.note.iter().flat_map(|note| traces.attributes(*note)).map(Attribute::json));
    let spans: Vec<Value> =
        (0..trace.spans.len()).map(|place| span(traces, trace, place, calendar)).collect();
    let scope = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
    json!({
        "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{ "scope": scope, "spans": spans }],
        }],
    })
}

fn span(traces: &Traces, trace: &Trace, place: usize, calendar: &Calendar) -> Value {
    let span = &trace.spans[place];
    let mut attributes: Vec<Value> = traces.attributes(span.name).iter().map(Attribute::json).collect();
    if span.status != 0 {
        attributes.push(Attribute::int("http.response.status_code", i64::from(span.status)).json());
    }
    if span.failed {
        let class = if span.status == 0 { "_OTHER".to_owned() } else { span.status.to_string() };
        attributes.push(Attribute::text("error.type", &class).json());
    }
    let mut written = json!({
        "traceId": trace.hex_id(),
        "spanId": span_id(trace, place),
        "parentSpanId": "",
        "name": traces.text(span.name),
        "kind": kind(span.kind),
        "startTimeUnixNano": unix_ns(calendar, span.start).to_string(),
        "endTimeUnixNano": unix_ns(calendar, span.end).to_string(),
        "attributes": attributes,
    });
    if place > 0 {
        let parent = if span.parent == SpanIndex::NONE { 0 } else { span.parent.index() };
        written["parentSpanId"] = span_id(trace, parent).into();
    }
    if place == 0 && trace.spans_dropped > 0 {
        written["attributes"].as_array_mut().into_iter().for_each(|attributes| {
            attributes.push(Attribute::int("firedrill.spans_dropped", i64::from(trace.spans_dropped)).json());
        });
    }
    if span.failed {
        const ERROR: u8 = 2;
        written["status"] = json!({ "code": ERROR });
    }
    written
}

/// 16 hexadecimal digits.
fn span_id(trace: &Trace, place: usize) -> String {
    format!("{:016x}", trace.id << 8 | (place as u64 + 1))
}

fn unix_ns(calendar: &Calendar, at: SimTime) -> i64 {
    calendar.unix_seconds(at) * 1_000_000_000 + (at.0 % 1_000_000_000) as i64
}
