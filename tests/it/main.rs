//! Integration tests: one binary, a module for each room.

#![allow(
    clippy::unwrap_used,
    reason = "a test that finds nothing to unwrap fails there, which is what it is for"
)]

mod support;

mod kernel;
mod scenario;
mod postgres;
mod telemetry;
mod stack;
mod console;
mod drill;
mod debrief;
mod tui;
mod cli;
