//! One drill: clock, participants, journal, replay; input in, snapshot out.
//!
//! A drill is a value: it advances when told to, takes input that lands on its next tick, and gives a [`Snapshot`] of
//! what may be seen. It knows no wall clock, file or thread: pace, storage and drawing belong to whoever holds it, which is
//! usually a session that writes each input to the journal before it takes effect.

pub mod journal;
pub mod script;
mod input;
mod snapshot;

pub use input::{Input, Mode, Panel, Phase};
pub use snapshot::*;
