//! Metrics, logs, traces and alert rules, as bounded stores.
//!
//! What a company's observability tools would hold about the shop: Prometheus' names and units for metrics,
//! OpenTelemetry's conventions for spans. Everything is registered once and written by number, so that
//! recording allocates nothing; everything has a bound, so that a simulated day fits in 150 MB. Nothing here
//! knows what is measured, and nothing is ever drawn: each figure was written by the model at the simulated
//! instant that it bears.

mod ring;
mod numbers;
mod latency;
mod metrics;
mod selector;
mod exposition;
mod samples;
mod expression;
mod alerts;
mod logs;
mod traces;
mod otlp;

pub use alerts::{Alert, AlertId, AlertRule, AlertState, AlertTransition, Alerts, Phase, Severity};
pub use expression::{Aggregate, AlertExpr, AlertValue, Comparison};
pub use latency::Summary;
pub use logs::{Level, LogLine, LogSelector, Logs, SourceId, SourceKindId, TemplateId};
pub use metrics::{Family, MetricId, MetricKind, Metrics, SeriesView};
pub use otlp::{Attribute, AttributeValue, document as otlp_document};
pub use samples::{BUCKET_BOUNDS_MS, BucketSample};
pub use selector::{LabelTest, Selector};
pub use traces::{
    ActiveTrace, KeptBecause, NameId, SpanIndex, SpanKind, Trace, TraceFilter, TraceOrder, TraceOutcome,
    TraceSpan, Traces,
};

/// All that is known about a run from the outside.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// Counters, gauges and latency histograms, with their history.
    pub metrics: Metrics,
    /// Log lines by source.
    pub logs: Logs,
    /// Sampled requests, with where their time went.
    pub traces: Traces,
    /// Alert rules and their states.
    pub alerts: Alerts,
}

impl Telemetry {
    /// Nothing registered yet.
    pub fn new() -> Telemetry {
        Telemetry::default()
    }

    /// Heap memory held by the three stores, in bytes.
    pub fn resident_bytes(&self) -> usize {
        self.metrics.resident_bytes() + self.logs.resident_bytes() + self.traces.resident_bytes()
    }
}
