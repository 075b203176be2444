//! `tac` and `rev`: lines in reverse order, lines with their characters in reverse order.

use super::{lines, sources};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// `rev`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "rev",
    aliases: &[],
    group: Group::Text,
    usage: "rev [FILE]…",
    summary: "reverse the characters of each line",
    manual: "Prints each line of FILE, or of standard input, with its characters in reverse order.",
    flags: &[],
    complete: files,
    run: Handler::Filter(rev),
};

/// `tac`'s row.
pub(crate) const TAC: Tool = Tool {
    name: "tac",
    aliases: &[],
    group: Group::Text,
    usage: "tac [FILE]…",
    summary: "print lines last to first",
    manual: "Prints the lines of FILE, or of standard input, last to first.",
    flags: &[],
    complete: files,
    run: Handler::Filter(tac),
};

fn tac(call: &Call<'_>, session: &mut Session) -> Output {
    let mut output = Output::default();
    for source in
        sources(call, call.arguments, session, ("failed to open '", "' for reading"), &mut output, 1)
    {
        let mut pieces: Vec<&str> = source.text.split_inclusive('\n').collect();
        pieces.reverse();
        let status = output.status;
        output.out(pieces.concat());
        output.status = status;
    }
    output
}

fn rev(call: &Call<'_>, session: &mut Session) -> Output {
    let change = |line: &&str| line.chars().rev().collect::<String>() + "\n";
    let mut output = Output::default();
    for source in sources(call, call.arguments, session, ("cannot open ", ""), &mut output, 1) {
        let status = output.status;
        output.out(lines(&source.text).iter().map(change).collect::<String>());
        output.status = status;
    }
    output
}
