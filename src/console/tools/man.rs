//! `man` and `apropos`: manual pages from the command table.

use super::{all, find, help};
use crate::console::Context;
use crate::console::shell::options::listed;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::console::text::{nearest, wrap};

/// `man`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "man",
    aliases: &[],
    group: Group::Shell,
    usage: "man COMMAND",
    summary: "show a command's manual page",
    manual: "Shows the manual page of COMMAND: usage, options, what it does and what it costs.",
    flags: &[],
    complete: help::commands,
    run: Handler::Tool(run),
};

/// `tldr`'s row.
pub(crate) const TLDR: Tool = Tool {
    name: "tldr",
    aliases: &["cheat"],
    group: Group::Shell,
    usage: "tldr COMMAND",
    summary: "show how a command is most used",
    manual: "Shows what COMMAND does and the lines that one types most: its examples where its page has some, its forms otherwise.",
    flags: &[],
    complete: help::commands,
    run: Handler::Tool(tldr),
};

/// `apropos`' row.
pub(crate) const APROPOS: Tool = Tool {
    name: "apropos",
    aliases: &[],
    group: Group::Shell,
    usage: "apropos WORD",
    summary: "find commands whose page mentions a word",
    manual: "Lists the commands whose name, summary or manual page contains WORD.",
    flags: &[],
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

fn tldr(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    let Some(name) = call.arguments.first() else { return Output::failure("tldr which command?").into() };
    let Some(tool) = find(name) else {
        return Output::failure(format!("Page not found: {name}. man -k is apropos here.")).into();
    };
    let example = |line: &&str| line.strip_prefix("  ").is_some_and(|line| line.starts_with(tool.name));
    let examples: Vec<&str> = tool.manual.lines().filter(example).map(str::trim).collect();
    let lines = if examples.is_empty() { tool.usage.lines().collect() } else { examples };
    let mut out = format!("{}: {}\n\n", tool.name, tool.summary);
    out.extend(lines.iter().map(|line| format!("  {line}\n")));
    out.push_str(&format!("\nman {} tells more.\n", tool.name));
    Output::text(out).into()
}

/// A manual page.
pub(super) fn page(tool: &Tool) -> String {
    let mut names = vec![tool.name];
    names.extend(tool.aliases);
    let mut out = format!("NAME\n       {} - {}\n\nSYNOPSIS\n", names.join(", "), tool.summary);
    for form in tool.usage.lines() {
        out.push_str(&format!("       {form}\n"));
    }
    out.push_str("\nDESCRIPTION\n");
    out.push_str(&wrap(tool.manual, WIDTH, "       "));
    let options = listed(tool.flags);
    if !options.is_empty() {
        out.push_str("\nOPTIONS\n");
        out.push_str(&wrap(&options, WIDTH, "     "));
    }
    out
}

/// Usage and summary: what `help COMMAND` and `COMMAND --help` print.
pub(crate) fn short(tool: &Tool) -> String {
    let mut out = String::new();
    for (index, form) in tool.usage.lines().enumerate() {
        out.push_str(&format!("{} {form}\n", if index == 0 { "usage:" } else { "      " }));
    }
    out.push_str(&format!("{}.\n", tool.summary));
    let options = listed(tool.flags);
    if !options.is_empty() {
        out.push_str(&format!("\n{}\n", wrap(&options, WIDTH, "").trim_end_matches('\n')));
    }
    out.push_str(&format!("man {} tells more.\n", tool.name));
    out
}

fn apropos(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    let Some(word) = call.arguments.first() else { return Output::failure("apropos what?").into() };
    let needle = word.to_lowercase();
    let mentions = |tool: &&Tool| {
        [tool.name, tool.summary, tool.usage, tool.manual]
            .iter()
            .any(|text| text.to_lowercase().contains(&needle))
    };
    let found: String =
        all().filter(mentions).map(|tool| format!("{:<12} - {}\n", tool.name, tool.summary)).collect();
    if found.is_empty() {
        return Output::failure_with(16, format!("{word}: nothing appropriate.")).into();
    }
    Output::text(found).into()
}
