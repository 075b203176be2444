//! The aligned layout (`print_aligned_text`):
//!
//! ```text
//!  name | count
//! ------+-------
//!  a    |     1
//! (1 row)
//! ```

use super::{Options, centred, footer, right, shown, width};
use crate::postgres::query::ResultSet;

pub(super) fn print(result: &ResultSet, options: &Options) -> String {
    let cells: Vec<Vec<Vec<String>>> = result
        .rows
        .iter()
        .map(|row| {
            row.iter().map(|field| shown(field, options).split('\n').map(str::to_owned).collect()).collect()
        })
        .collect();
    let headers: Vec<Vec<&str>> =
        result.columns.iter().map(|column| column.name.split('\n').collect()).collect();
    let widths = widths(&headers, &cells);
    let mut out = String::new();
    if !options.tuples_only {
        if let Some(title) = &options.title {
            let between = match options.border {
                0 => widths.len(),
                1 => (widths.len() * 3).saturating_sub(1),
                _ => widths.len() * 3 + 1,
            };
            let total = widths.iter().sum::<usize>() + between;
            if width(title) >= total {
                out.push_str(&format!("{title}\n"));
            } else {
                out.push_str(&format!("{}{title}\n", " ".repeat((total - width(title)) / 2)));
            }
        }
        header(&headers, &widths, options.border, &mut out);
    }
    for row in &cells {
        lines(result, row, &widths, options.border, &mut out);
    }
    if options.border == 2 {
        rule(&widths, 2, &mut out);
    }
    if !options.tuples_only {
        footer(result, options).iter().for_each(|line| out.push_str(&format!("{line}\n")));
    }
    out.push('\n');
    out
}

fn widths(headers: &[Vec<&str>], cells: &[Vec<Vec<String>>]) -> Vec<usize> {
    let widest = |lines: &mut dyn Iterator<Item = usize>| lines.max().unwrap_or(0);
    headers
        .iter()
        .enumerate()
        .map(|(at, header)| {
            let own = widest(&mut header.iter().map(|line| width(line)));
            let data = widest(&mut cells.iter().flat_map(|row| row[at].iter()).map(|line| width(line)));
            own.max(data)
        })
        .collect()
}

fn header(headers: &[Vec<&str>], widths: &[usize], border: u8, out: &mut String) {
    if border == 2 {
        rule(widths, border, out);
    }
    let height = headers.iter().map(Vec::len).max().unwrap_or(1);
    for line in 0..height {
        let cell = |(header, width): (&Vec<&str>, &usize)| {
            let text = centred(header.get(line).copied().unwrap_or(""), *width);
            let mark = if line + 1 < header.len() { "+" } else { " " };
            format!("{}{text}{mark}", if border == 0 { "" } else { " " })
        };
        let cells: Vec<String> = headers.iter().zip(widths).map(cell).collect();
        framed(&cells, border, out);
    }
    rule(widths, border, out);
}

/// Cells with the lines between and around them.
fn framed(cells: &[String], border: u8, out: &mut String) {
    match border {
        0 => out.push_str(&cells.concat()),
        1 => out.push_str(&cells.join("|")),
        _ => out.push_str(&format!("|{}|", cells.join("|"))),
    }
    out.push('\n');
}

fn rule(widths: &[usize], border: u8, out: &mut String) {
    let dashes = |more: usize| widths.iter().map(|width| "-".repeat(width + more)).collect::<Vec<_>>();
    match border {
        0 => out.push_str(&dashes(0).join(" ")),
        1 => out.push_str(&dashes(2).join("+")),
        _ => out.push_str(&format!("+{}+", dashes(2).join("+"))),
    }
    out.push('\n');
}

/// One row: as many lines as its tallest cell, `+` where a cell goes on.
fn lines(result: &ResultSet, row: &[Vec<String>], widths: &[usize], border: u8, out: &mut String) {
    let before = if border == 0 { "" } else { " " };
    let height = row.iter().map(Vec::len).max().unwrap_or(1);
    // The last column is filled up only where a line stands behind it.
    let last = if border == 2 { row.len() } else { row.len().saturating_sub(1) };
    for line in 0..height {
        let mut cells = Vec::with_capacity(row.len());
        for (at, cell) in row.iter().enumerate() {
            let Some(text) = cell.get(line) else {
                cells.push(format!("{before}{}{}", " ".repeat(widths[at]), if at < last { " " } else { "" }));
                continue;
            };
            let blanks = " ".repeat(widths[at].saturating_sub(width(text)));
            let more = line + 1 < cell.len();
            let body = if right(result, at) {
                format!("{blanks}{text}")
            } else if at < last || more {
                format!("{text}{blanks}")
            } else {
                text.clone()
            };
            let mark = if more {
                "+"
            } else if at < last {
                " "
            } else {
                ""
            };
            cells.push(format!("{before}{body}{mark}"));
        }
        framed(&cells, border, out);
    }
}
