//! Tests of the `console` room.

mod filters;
mod reference;
