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

/// Prints the manual page: the program, then each command with its options.
pub(crate) fn man() -> Result<(), Failure> {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        text.extend_from_slice(format!(".SH \"FIREDRILL {}\"\n", sub.get_name().to_uppercase()).as_bytes());
        let page = clap_mangen::Man::new(sub.clone());
        let mut section = Vec::new();
        page.render_synopsis_section(&mut section)?;
        page.render_description_section(&mut section)?;
        page.render_options_section(&mut section)?;
        // Within one page, what would be sections of a page of its own are parts of the command's section.
        text.extend_from_slice(String::from_utf8_lossy(&section).replace(".SH ", ".SS ").as_bytes());
    }
    super::print(&String::from_utf8_lossy(&text))
}
