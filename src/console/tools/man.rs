//! `man` and `apropos`: manual pages from the command table.

use super::{all, find, help};
use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::console::text::{nearest, wrap};

/// `man`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "man",
    aliases: &["tldr"],
    group: Group::Shell,
    usage: "man COMMAND",
    summary: "show a command's manual page",
    manual: "Shows the manual page of COMMAND: usage, options, what it does and what it costs.",
    complete: help::commands,
    run: Handler::Tool(run),
};

/// `apropos`' row.
pub(crate) const APROPOS: Tool = Tool {
    name: "apropos",
    aliases: &[],
    group: Group::Shell,
    usage: "apropos WORD",
    summary: "find commands whose page mentions a word",
    manual: "Lists the commands whose name, summary or manual page contains WORD.",
    complete: nothing,
    run: Handler::Tool(apropos),
};

/// Columns that a page is wrapped to.
const WIDTH: usize = 96;

fn run(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    // `man 1 grep` is as good as `man grep`.
    let name = call.arguments.iter().find(|argument| argument.parse::<u8>().is_err());
    let Some(name) = name else { return Output::failure("What manual page do you want?").into() };
    match find(name) {
        Some(tool) => Output::text(page(tool)).into(),
        None => {
            let mut output = Output::failure_with(16, format!("No manual entry for {name}"));
            if let Some(near) = nearest(name, all().map(|tool| tool.name)) {
                output.err(format!("did you mean: {near}\n"));
            }
            output.into()
        }
    }
}

fn page(tool: &Tool) -> String {
    let mut names = vec![tool.name];
    names.extend(tool.aliases);
    let mut out = format!("NAME\n       {} - {}\n\nSYNOPSIS\n", names.join(", "), tool.summary);
    for form in tool.usage.lines() {
        out.push_str(&format!("       {form}\n"));
    }
    out.push_str("\nDESCRIPTION\n");
    out.push_str(&wrap(tool.manual, WIDTH, "       "));
    out
}

/// Usage and summary: what `help COMMAND` and `COMMAND --help` print.
pub(crate) fn short(tool: &Tool) -> String {
    let mut out = String::new();
    for (index, form) in tool.usage.lines().enumerate() {
        out.push_str(&format!("{} {form}\n", if index == 0 { "usage:" } else { "      " }));
    }
    out.push_str(&format!("{}.\nman {} tells more.\n", tool.summary, tool.name));
    out
}

fn apropos(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    let Some(word) = call.arguments.first() else { return Output::failure("apropos what?").into() };
    let needle = word.to_lowercase();
    let mentions = |tool: &&Tool| {
        [tool.name, tool.summary, tool.manual].iter().any(|text| text.to_lowercase().contains(&needle))
    };
    let found: String =
        all().filter(mentions).map(|tool| format!("{:<12} - {}\n", tool.name, tool.summary)).collect();
    if found.is_empty() {
        return Output::failure_with(16, format!("{word}: nothing appropriate.")).into();
    }
    Output::text(found).into()
}
