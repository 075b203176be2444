//! Tests of the `tui` room.

mod editor;
mod fixture;
mod keymap;
mod screens;
mod storm;
mod themes;
