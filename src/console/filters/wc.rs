//! `wc`: counts lines, words and bytes.

use super::{options, sources};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "wc",
    aliases: &[],
    group: Group::Text,
    usage: "wc [-lwcmL] [FILE]…",
    summary: "count lines, words and bytes",
    manual: "Counts lines, words and bytes of each FILE, or of standard input.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('l', "lines", "", "lines"),
    flag('w', "words", "", "words"),
    flag('c', "bytes", "", "bytes"),
    flag('m', "chars", "", "characters"),
    flag('L', "max-line-length", "", "the longest line's width"),
];

/// Width of a column when something that isn't a file is read (GNU wc's `compute_number_width`).
const PIPE_WIDTH: usize = 7;

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output,
    };
    let asked = |letter: char| parsed.has(letter);
    let default = parsed.options.is_empty();
    let columns: Vec<char> = ['l', 'w', 'm', 'c', 'L']
        .into_iter()
        .filter(|letter| asked(*letter) || (default && matches!(letter, 'l' | 'w' | 'c')))
        .collect();
    let mut output = Output::default();
    let found = sources(call, &parsed.operands, session, ("", ""), &mut output, 1);
    let status = output.status;
    let size: usize = found.iter().map(|source| source.text.len()).sum();
    let width = if columns.len() == 1 && parsed.operands.len() <= 1 {
        1
    } else if found.iter().any(|source| source.name.is_none()) {
        PIPE_WIDTH.max(size.to_string().len())
    } else {
        size.to_string().len()
    };
    let mut totals = vec![0_usize; columns.len()];
    for source in &found {
        let counts: Vec<usize> = columns.iter().map(|column| count(&source.text, *column)).collect();
        for ((total, count), column) in totals.iter_mut().zip(&counts).zip(&columns) {
            *total = if *column == 'L' { (*total).max(*count) } else { *total + count };
        }
        output.out(row(&counts, width, source.name.as_deref()));
    }
    if parsed.operands.len() > 1 {
        output.out(row(&totals, width, Some("total")));
    }
    output.status = status;
    output
}

fn count(text: &str, column: char) -> usize {
    match column {
        'l' => text.bytes().filter(|byte| *byte == b'\n').count(),
        'w' => text.split_ascii_whitespace().count(),
        'm' => text.chars().count(),
        'L' => text.lines().map(unicode_width::UnicodeWidthStr::width).max().unwrap_or(0),
        _ => text.len(),
    }
}

fn row(counts: &[usize], width: usize, name: Option<&str>) -> String {
    let mut columns: Vec<String> = counts.iter().map(|count| format!("{count:width$}")).collect();
    columns.extend(name.map(str::to_owned));
    columns.join(" ") + "\n"
}
