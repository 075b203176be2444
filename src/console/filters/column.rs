//! `column`: lines side by side, or with aligned columns, as util-linux prints them.

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
    usage: "column -t [-s CHARS] [-o TEXT] [-N NAMES] [-R COLUMNS] [FILE]…\ncolumn [-x] [-c WIDTH] [FILE]…",
    summary: "align columns, or fill columns with lines",
    manual: "With -t prints the lines of FILE, or of standard input, with their columns aligned; without it puts the lines side by side, column by column. Blank lines are left out.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('t', "table", "", "as a table"),
    flag('s', "separator", "CHARS", "any of CHARS separates columns, instead of blanks"),
    flag('o', "output-separator", "TEXT", "TEXT between columns, two blanks by default"),
    flag('N', "table-columns", "NAMES", "with a first line of NAMES, joined by commas"),
    flag('R', "table-right", "COLUMNS", "these columns, by name or number, to the right"),
    flag('c', "output-width", "WIDTH", "without -t: lines of at most WIDTH columns (80)"),
    flag('x', "fillrows", "", "without -t: row by row"),
];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output,
    };
    let mut output = Output::default();
    let found = sources(call, &parsed.operands, session, ("cannot open ", ""), &mut output, 1);
    let text: String = found.iter().map(|source| source.text.as_str()).collect();
    let written: Vec<&str> = lines(&text).into_iter().filter(|line| !line.trim().is_empty()).collect();
    if !parsed.has('t') {
        let width = parsed.value('c').map_or(Ok(WIDTH), str::parse);
        let Ok(width) = width else { return super::misused("column", "invalid columns argument", 1) };
        output.out(side_by_side(&written, width, parsed.has('x')));
        return output;
    }
    let names: Vec<&str> = parsed.value('N').map_or_else(Vec::new, |names| names.split(',').collect());
    let mut rows: Vec<Vec<&str>> = Vec::new();
    if !names.is_empty() {
        rows.push(names.clone());
    }
    rows.extend(written.into_iter().map(|line| cells(line, parsed.value('s'))));
    let right = |column: usize| {
        let asked = parsed.value('R').unwrap_or_default();
        let number = (column + 1).to_string();
        asked.split(',').any(|one| one == number || names.get(column).is_some_and(|name| *name == one))
    };
    output.out(table(&rows, parsed.value('o').unwrap_or("  "), &right));
    output
}

/// Columns of a line where nobody says how many.
const WIDTH: usize = 80;
/// Columns start at multiples of this.
const TAB: usize = 8;

/// Lines beside each other, with tabs between them (`columnate_fillcols` and `columnate_fillrows`).
fn side_by_side(lines: &[&str], width: usize, by_rows: bool) -> String {
    let longest = lines.iter().map(|line| line.width()).max().unwrap_or(0);
    let column = longest / TAB * TAB + TAB;
    let columns = (width / column).max(1);
    let rows = lines.len().div_ceil(columns);
    let mut out = String::new();
    for row in 0..rows {
        let place = |column: usize| if by_rows { row * columns + column } else { column * rows + row };
        let cells: Vec<&str> = (0..columns).map_while(|column| lines.get(place(column)).copied()).collect();
        for (at, cell) in cells.iter().enumerate() {
            out.push_str(cell);
            if at + 1 < cells.len() {
                out.push_str(&"\t".repeat((column - cell.width()).div_ceil(TAB)));
            }
        }
        out.push('\n');
    }
    out
}

fn cells<'l>(line: &'l str, separators: Option<&str>) -> Vec<&'l str> {
    match separators {
        None => line.split([' ', '\t']).filter(|cell| !cell.is_empty()).collect(),
        // As in util-linux, separators given with -s are not greedy.
        Some(separators) => line.split(|c| separators.contains(c)).collect(),
    }
}

/// Aligned rows; the last cell of a full row isn't padded, missing cells are.
fn table(rows: &[Vec<&str>], between: &str, right: &dyn Fn(usize) -> bool) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        for (column, width) in widths.iter().enumerate() {
            let cell = row.get(column).copied().unwrap_or("");
            let blanks = " ".repeat(width - cell.width());
            if right(column) {
                out.push_str(&blanks);
            }
            out.push_str(cell);
            if column + 1 < columns {
                if !right(column) {
                    out.push_str(&blanks);
                }
                out.push_str(between);
            }
        }
        out.push('\n');
    }
    out
}
