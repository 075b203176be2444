//! The expanded layout (`print_aligned_vertical`):
//!
//! ```text
//! -[ RECORD 1 ]
//! name  | a
//! count | 1
//! ```

use super::{Options, footer, shown, width};
use crate::postgres::query::ResultSet;

pub(super) fn print(result: &ResultSet, options: &Options) -> String {
    let mut out = String::new();
    if result.rows.is_empty() {
        if !options.tuples_only {
            out.push_str(&format!("{}\n\n", footer(result, options).join("\n")));
        }
        return out;
    }
    if let (Some(title), false) = (&options.title, options.tuples_only) {
        out.push_str(&format!("{title}\n"));
    }
    let names = result.columns.iter().map(|column| width(&column.name)).max().unwrap_or(0);
    let data = result.rows.iter().flatten();
    let data = data
        .flat_map(|field| shown(field, options).split('\n').map(width).collect::<Vec<_>>())
        .max()
        .unwrap_or(0);
    for (number, row) in result.rows.iter().enumerate() {
        if options.border == 0 && !options.tuples_only {
            out.push_str(&format!("{:<1$}\n", format!("* Record {}", number + 1), names + data + 1));
        } else if options.tuples_only {
            if number > 0 {
                out.push_str(&rule("", names, data));
            }
        } else {
            out.push_str(&rule(&format!("[ RECORD {} ]", number + 1), names, data));
        }
        for (column, field) in result.columns.iter().zip(row) {
            record_line(&column.name, &shown(field, options), (names, data), options.border, &mut out);
        }
    }
    if let (Some(lines), false) = (&options.footers, options.tuples_only) {
        lines.iter().for_each(|line| out.push_str(&format!("{line}\n")));
    }
    out.push('\n');
    out
}

fn record_line(name: &str, value: &str, (names, data): (usize, usize), border: u8, out: &mut String) {
    let between = if border == 0 { " " } else { " | " };
    let mut lines = value.split('\n').peekable();
    let mut label = name;
    while let Some(line) = lines.next() {
        let blanks = " ".repeat(names.saturating_sub(width(label)));
        out.push_str(&format!("{label}{blanks}{between}{line}"));
        if lines.peek().is_some() {
            out.push_str(&format!("{}+", " ".repeat(data.saturating_sub(width(line)))));
        }
        out.push('\n');
        label = "";
    }
}

/// `-[ RECORD 1 ]---+-----`: the rule is as long as the widest line, the label covers what it needs
/// (`print_aligned_vertical_line`).
fn rule(label: &str, names: usize, data: usize) -> String {
    let mut line = format!("-{label}");
    let mut used = line.len() as i64;
    for _ in used..names as i64 {
        line.push('-');
    }
    used -= names as i64;
    for mark in ['-', '+', '-'] {
        if used <= 0 {
            line.push(mark);
        }
        used -= 1;
    }
    for _ in used.max(0)..data as i64 {
        line.push('-');
    }
    line.push('\n');
    line
}
