//! Integration tests: one binary, a module for each room.

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
