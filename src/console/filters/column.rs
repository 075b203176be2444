//! `column -t`: lines with aligned columns, as util-linux prints them.

use super::{lines, options, sources};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};
use unicode_width::UnicodeWidthStr;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "column",
    aliases: &[],
    group: Group::Text,
    usage: "column -t [-s CHARS] [-o TEXT] [FILE]…",
    summary: "align columns",
    manual: "Prints the lines of FILE, or of standard input, with their columns aligned. Blank lines are left out.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('t', "table", "", "as a table (the only form here)"),
    flag('s', "separator", "CHARS", "any of CHARS separates columns, instead of blanks"),
    flag('o', "output-separator", "TEXT", "TEXT between columns, two blanks by default"),
];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output,
    };
    let mut output = Output::default();
    let found = sources(call, &parsed.operands, session, ("cannot open ", ""), &mut output, 1);
    let text: String = found.iter().map(|source| source.text.as_str()).collect();
    let rows: Vec<Vec<&str>> = lines(&text)
        .into_iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| cells(line, parsed.value('s')))
        .collect();
    let status = output.status;
    if parsed.has('t') {
        output.out(table(&rows, parsed.value('o').unwrap_or("  ")));
    } else {
        output.out(text);
    }
    output.status = status;
    output
}

fn cells<'l>(line: &'l str, separators: Option<&str>) -> Vec<&'l str> {
    match separators {
        None => line.split([' ', '\t']).filter(|cell| !cell.is_empty()).collect(),
        // As in util-linux, separators given with -s are not greedy.
        Some(separators) => line.split(|c| separators.contains(c)).collect(),
    }
}

/// Aligned rows; the last cell of a full row isn't padded, missing cells are.
fn table(rows: &[Vec<&str>], between: &str) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        for (column, width) in widths.iter().enumerate() {
            let cell = row.get(column).copied().unwrap_or("");
            out.push_str(cell);
            if column + 1 < columns {
                out.push_str(&" ".repeat(width - cell.width()));
                out.push_str(between);
            }
        }
        out.push('\n');
    }
    out
}
