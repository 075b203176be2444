//! Tests of the `console` room.

mod filters;
mod promql;
mod reference;
mod shell;
