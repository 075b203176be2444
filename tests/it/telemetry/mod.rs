//! Tests of the `telemetry` room.

mod alerts;
mod bounds;
mod logs;
mod metrics;
mod traces;
