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
            let total = widths.iter().map(|width| width + 3).sum::<usize>().saturating_sub(1);
            if width(title) >= total {
                out.push_str(&format!("{title}\n"));
            } else {
                out.push_str(&format!("{}{title}\n", " ".repeat((total - width(title)) / 2)));
            }
        }
        header(&headers, &widths, &mut out);
    }
    for row in &cells {
        lines(result, row, &widths, &mut out);
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

fn header(headers: &[Vec<&str>], widths: &[usize], out: &mut String) {
    let height = headers.iter().map(Vec::len).max().unwrap_or(1);
    for line in 0..height {
        let cell = |(header, width): (&Vec<&str>, &usize)| {
            let text = centred(header.get(line).copied().unwrap_or(""), *width);
            let mark = if line + 1 < header.len() { "+" } else { " " };
            format!(" {text}{mark}")
        };
        let cells: Vec<String> = headers.iter().zip(widths).map(cell).collect();
        out.push_str(&cells.join("|"));
        out.push('\n');
    }
    let rules: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    out.push_str(&rules.join("+"));
    out.push('\n');
}

/// One row: as many lines as its tallest cell, `+` where a cell goes on.
fn lines(result: &ResultSet, row: &[Vec<String>], widths: &[usize], out: &mut String) {
    let height = row.iter().map(Vec::len).max().unwrap_or(1);
    let last = row.len().saturating_sub(1);
    for line in 0..height {
        let mut cells = Vec::with_capacity(row.len());
        for (at, cell) in row.iter().enumerate() {
            let Some(text) = cell.get(line) else {
                cells.push(format!(" {}{}", " ".repeat(widths[at]), if at < last { " " } else { "" }));
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
            cells.push(format!(" {body}{mark}"));
        }
        out.push_str(&cells.join("|"));
        out.push('\n');
    }
}
