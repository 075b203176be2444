//! Shell completions and the manual page, from the same definitions as the command line itself.

use super::args::{Cli, CompletionsArgs};
use super::failure::Failure;
use clap::CommandFactory as _;

/// Prints completions for a shell.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "firedrill", &mut text);
    super::print(&String::from_utf8_lossy(&text))
}

/// Prints the manual page.
pub(crate) fn man() -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    super::print(&String::from_utf8_lossy(&text))
}
