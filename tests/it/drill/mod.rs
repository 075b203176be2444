//! Tests of the `drill` room.

mod digests;
mod journal;
mod playing;
mod script;
mod walkthrough;
