//! Tests of the `console` room.

mod completion;
mod corpus;
mod filters;
mod promql;
mod reference;
mod scripts;
mod shell;
