//! `cat`, and the pagers, which have nothing to page here: the transcript scrolls.

use super::{lines, options, sources};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "cat",
    aliases: &["less", "more"],
    group: Group::Text,
    usage: "cat [-nbsE] [FILE]…\nless [FILE]",
    summary: "print files or standard input",
    manual: "Prints each FILE, or standard input. The console's transcript scrolls, so less and more just print.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('n', "number", "", "number all lines"),
    flag('b', "number-nonblank", "", "number lines that aren't blank"),
    flag('s', "squeeze-blank", "", "squeeze blank lines"),
    flag('E', "show-ends", "", "$ at each line's end"),
    flag('A', "show-all", "", "as -E"),
    flag('R', "", "", "accepted, as less takes it"),
    flag('S', "", "", "accepted, as less takes it"),
    flag('X', "", "", "accepted, as less takes it"),
    flag('F', "", "", "accepted, as less takes it"),
    flag('i', "", "", "accepted, as less takes it"),
    flag('r', "", "", "accepted, as less takes it"),
];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output,
    };
    let mut output = Output::default();
    let found = sources(call, &parsed.operands, session, ("", ""), &mut output, 1);
    let text: String = found.iter().map(|source| source.text.as_str()).collect();
    let status = output.status;
    let pager = call.name != "cat";
    let edits = !pager && ['n', 'b', 's', 'E'].into_iter().any(|letter| parsed.has(letter));
    output.out(if edits {
        numbered(&text, parsed.has('n'), parsed.has('b'), parsed.has('s'), parsed.has('E'))
    } else {
        text
    });
    output.status = status;
    output
}

fn numbered(text: &str, all: bool, filled: bool, squeeze: bool, ends: bool) -> String {
    let mut out = String::new();
    let mut number = 0;
    let mut blank_before = false;
    let all_lines = lines(text);
    for (index, line) in all_lines.iter().enumerate() {
        if squeeze && line.is_empty() && blank_before {
            continue;
        }
        blank_before = line.is_empty();
        if (filled && !line.is_empty()) || (all && !filled) {
            number += 1;
            out.push_str(&format!("{number:6}\t"));
        }
        out.push_str(line);
        if index + 1 < all_lines.len() || text.ends_with('\n') {
            out.push_str(if ends { "$\n" } else { "\n" });
        }
    }
    out
}
