//! Tests of the `telemetry` room.

mod alerts;
mod logs;
mod metrics;
mod traces;
