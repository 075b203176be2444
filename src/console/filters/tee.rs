//! `tee`: standard input to a scratch file and on.

use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "tee",
    aliases: &[],
    group: Group::Text,
    usage: "tee [-a] FILE…",
    summary: "copy standard input to files and on",
    manual: "Writes standard input to each scratch FILE and to standard output.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[flag('a', "append", "", "append")];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output,
    };
    let Some(text) = call.stdin else {
        return Output::failure("tee: nothing to read: pipe something into it");
    };
    let mut output = Output::text(text);
    for file in &parsed.operands {
        if let Err(message) = session.write(file, text, parsed.has('a')) {
            output.err(message.replacen("bash:", "tee:", 1));
            output.status = 1;
        }
    }
    output
}
