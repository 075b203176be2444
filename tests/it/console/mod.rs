//! Tests of the `console` room.

mod filters;
mod reference;
mod shell;
