//! The responder's shell: words and pipes, the command table, completion, one file per tool.

pub mod history;
pub mod incident;
pub mod transcript;
