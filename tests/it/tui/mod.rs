//! Tests of the `tui` room.

mod drills;
mod editor;
mod fixture;
mod keymap;
mod paper;
mod pictures;
mod player;
mod screens;
mod storm;
mod terminal;
mod themes;
