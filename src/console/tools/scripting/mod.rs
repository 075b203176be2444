//! What scripts are made of: tests, loops' ways out, reading input, variables of all kinds, and scripts themselves.

mod control;
mod paths;
mod read;
mod run;
mod test;
mod variables;
mod which;

use super::super::table::Tool;

pub(super) use variables::declare;

/// Every row.
pub(crate) const TOOLS: &[&Tool] = &[
    &test::TOOL,
    &read::TOOL,
    &read::MAPFILE,
    &read::SELECT,
    &variables::SET,
    &variables::LOCAL,
    &variables::SHIFT,
    &control::BREAK,
    &control::RETURN,
    &control::ARITHMETIC,
    &run::TRAP,
    &run::BASH,
    &run::SOURCE,
    &run::EVAL,
    &which::WHICH,
    &which::COMMAND,
    &paths::BASENAME,
    &paths::MKTEMP,
];
