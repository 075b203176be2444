//! One drill: clock, participants, journal, replay; input in, snapshot out.
//!
//! A [`Drill`] is a value: it advances when told to, takes input that lands on its present tick, and gives a [`Snapshot`]
//! of what may be seen. It knows no wall clock, file or thread: pace, storage and drawing belong to whoever holds it, which
//! is usually a [`Session`] that writes each input to the journal before it takes effect.

pub mod actions;
pub mod evidence;
pub mod ghost;
pub mod journal;
pub mod milestones;
pub mod responders;
pub mod rollbacks;
pub mod script;
pub mod views;
mod database;
mod input;
mod observe;
mod people;
mod queries;
mod running;
mod session;
mod snapshot;
mod view;

pub use crate::kernel::thousands;
pub use input::{Input, Mode, Panel, Phase};
pub use running::{Drill, Found, TICK};
pub use session::{HEARTBEAT, Session};
pub use snapshot::*;

/// An amount of cents as a person writes it: `48,210`; whole units of the currency.
pub fn money(cents: u64) -> String {
    thousands(cents / 100)
}

/// A query of the workload with its parameters' example values in their places.
pub fn with_examples(sql: &str, examples: &[String]) -> String {
    let mut text = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    for (index, example) in examples.iter().enumerate().rev() {
        text = text.replace(&format!("${}", index + 1), example);
    }
    text
}
