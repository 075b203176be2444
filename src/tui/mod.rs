//! The terminal interface: actions, keymap, state, panels, overlays, theme.
//!
//! [`update::update`] takes a message and returns effects; [`view::view`] draws a state from the drill's snapshot; [`App`]
//! holds the two together and is a value that tests drive. The loop in [`run()`] is the only place that knows the wall clock
//! and the terminal: it lets simulated time pass in slices short enough that a key is echoed within a frame, whatever the
//! speed.

pub mod action;
mod app;
pub mod chart;
pub mod editor;
pub mod format;
pub mod guide;
pub mod host;
pub mod keymap;
pub mod keys;
pub mod pace;
mod overlay;
mod panel;
mod run;
mod screen;
pub mod settings;
pub mod state;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;

pub use app::{App, Launch};
pub use run::run;
