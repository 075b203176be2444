//! Tests of the `console` room.

mod corpus;
mod filters;
mod promql;
mod reference;
mod shell;
