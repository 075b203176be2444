//! `paste`: lines of several files side by side, or all lines of one in a row.

use super::{lines, options, sources};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "paste",
    aliases: &[],
    group: Group::Text,
    usage: "paste [-s] [-d CHARS] [FILE]…",
    summary: "put lines side by side",
    manual: "Prints the lines of each FILE, or of standard input (also named -), side by side.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('s', "serial", "", "all lines of a file in a row instead"),
    flag(
        'd',
        "delimiters",
        "CHARS",
        "what stands between them, one character after the other; a tab by default",
    ),
];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output,
    };
    let delimiters = parsed.value('d').unwrap_or("\t").replace("\\t", "\t").replace("\\n", "\n");
    let delimiters: Vec<char> = delimiters.chars().collect();
    let between = |place: usize| match delimiters.len() {
        0 => String::new(),
        count => delimiters[place % count].to_string(),
    };
    let mut output = Output::default();
    let sources = sources(call, &parsed.operands, session, ("", ""), &mut output, 1);
    if sources.len() < parsed.operands.len() {
        return output;
    }
    let columns: Vec<Vec<&str>> = sources.iter().map(|source| lines(&source.text)).collect();
    let join = |cells: Vec<&str>| {
        let mut row = String::new();
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                row.push_str(&between(place - 1));
            }
            row.push_str(cell);
        }
        row + "\n"
    };
    if parsed.has('s') {
        output.out(columns.into_iter().map(join).collect::<String>());
        return output;
    }
    // `paste - -`: standard input, so many lines a row.
    let stdins = parsed.operands.iter().filter(|operand| *operand == "-").count();
    if stdins > 1 && stdins == parsed.operands.len() {
        let rows = columns.first().map_or(&[][..], Vec::as_slice).chunks(stdins);
        let filled = |row: &[&'_ str]| {
            (0..stdins)
                .map(|place| row.get(place).map_or(String::new(), |cell| (*cell).to_owned()))
                .collect::<Vec<_>>()
        };
        for row in rows {
            let row = filled(row);
            output.out(join(row.iter().map(String::as_str).collect()));
        }
        return output;
    }
    let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..longest {
        output.out(join(columns.iter().map(|column| column.get(line).copied().unwrap_or("")).collect()));
    }
    output
}
