//! Tests of the `tui` room.

mod editor;
mod fixture;
mod keymap;
mod pictures;
mod screens;
mod storm;
mod terminal;
mod themes;
