//! Unaligned fields and comma-separated values (`print_unaligned_text`, `print_csv_text`).

use super::{Options, footer};
use crate::postgres::query::ResultSet;

pub(super) fn unaligned(result: &ResultSet, options: &Options) -> String {
    let mut lines = Vec::new();
    if !options.tuples_only {
        lines.extend(options.title.clone());
        lines.push(
            result
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect::<Vec<_>>()
                .join(&options.separator),
        );
    }
    for row in &result.rows {
        let fields: Vec<&str> = row.iter().map(|field| field.as_deref().unwrap_or(&options.null)).collect();
        lines.push(fields.join(&options.separator));
    }
    if !options.tuples_only {
        lines.extend(footer(result, options));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

pub(super) fn unaligned_expanded(result: &ResultSet, options: &Options) -> String {
    let mut out = String::new();
    for (number, row) in result.rows.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        for (column, field) in result.columns.iter().zip(row) {
            let value = field.as_deref().unwrap_or(&options.null);
            out.push_str(&format!("{}{}{value}\n", column.name, options.separator));
        }
    }
    out
}

pub(super) fn csv(result: &ResultSet, options: &Options) -> String {
    let mut out = String::new();
    if !options.tuples_only {
        out.push_str(&line(result.columns.iter().map(|column| column.name.as_str())));
    }
    for row in &result.rows {
        out.push_str(&line(row.iter().map(|field| field.as_deref().unwrap_or(&options.null))));
    }
    out
}

fn line<'a>(fields: impl Iterator<Item = &'a str>) -> String {
    let quote = |field: &str| {
        if field.contains([',', '"', '\n', '\r']) || field == "\\." {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    };
    format!("{}\n", fields.map(quote).collect::<Vec<_>>().join(","))
}
