//! Firedrill: incident-response drills in the terminal.
//!
//! A deterministic engine simulates a degrading e-commerce stack request by request; a trainee works on it with an
//! engineer's own tools; a scorer grades the response against the real incident's timeline. `docs/architecture.md` is the
//! map. A room imports only the rooms listed before it here.

pub mod kernel;
pub mod scenario;
pub mod postgres;
pub mod telemetry;
pub mod stack;
pub mod console;
pub mod drill;
pub mod debrief;
pub mod tui;
pub mod cli;
