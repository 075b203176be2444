//! Tests of the `drill` room.

mod journal;
mod playing;
mod script;
mod walkthrough;
