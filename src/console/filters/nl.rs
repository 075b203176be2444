//! `nl`: numbers lines.

use super::{lines, options, sources};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "nl",
    aliases: &[],
    group: Group::Text,
    usage: "nl [-b a|t] [FILE]…",
    summary: "number lines",
    manual: "Prints the lines of FILE, or of standard input, with numbers before those that aren't empty.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[flag('b', "body-numbering", "a", "number empty lines too")];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output,
    };
    let all = parsed.value('b') == Some("a");
    let mut output = Output::default();
    let mut number = 0;
    for source in sources(call, &parsed.operands, session, ("", ""), &mut output, 1) {
        let status = output.status;
        for line in lines(&source.text) {
            if line.is_empty() && !all {
                output.out("       \n");
            } else {
                number += 1;
                output.out(format!("{number:6}\t{line}\n"));
            }
        }
        output.status = status;
    }
    output
}
