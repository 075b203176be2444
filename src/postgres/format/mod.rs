//! Results as `psql` prints them (`src/fe_utils/print.c`, ASCII lines): aligned, expanded, unaligned, CSV.

mod aligned;
mod expanded;
mod plain;

use unicode_width::UnicodeWidthStr;

use super::query::ResultSet;
use super::query::types::aligns_right;

/// How rows are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// A table with headers (`\pset format aligned`).
    #[default]
    Aligned,
    /// Fields with a separator (`-A`).
    Unaligned,
    /// Comma-separated values (`--csv`).
    Csv,
}

/// What `\pset`, `\x`, `\t` and `\a` set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The layout.
    pub layout: Layout,
    /// One line a column (`\x`).
    pub expanded: bool,
    /// No headers, titles or footers (`\t`).
    pub tuples_only: bool,
    /// What null prints as (`\pset null`).
    pub null: String,
    /// Between unaligned fields (`-F`).
    pub separator: String,
    /// Over the table.
    pub title: Option<String>,
    /// Under it, in place of the count of rows.
    pub footers: Option<Vec<String>>,
    /// Lines between (1) and around (2) columns, or none (0), as `\pset border` sets.
    pub border: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            layout: Layout::Aligned,
            expanded: false,
            tuples_only: false,
            null: String::new(),
            separator: "|".to_owned(),
            title: None,
            footers: None,
            border: 1,
        }
    }
}

/// A result's text, as `psql` would print it, the blank line behind it included.
pub fn print(result: &ResultSet, options: &Options) -> String {
    match (options.layout, options.expanded) {
        (Layout::Csv, _) => plain::csv(result, options),
        (Layout::Unaligned, false) => plain::unaligned(result, options),
        (Layout::Unaligned, true) => plain::unaligned_expanded(result, options),
        (Layout::Aligned, false) => aligned::print(result, options),
        (Layout::Aligned, true) => expanded::print(result, options),
    }
}

/// A field's text: control characters as psql shows them, null as asked.
fn shown<'a>(field: &'a Option<String>, options: &'a Options) -> std::borrow::Cow<'a, str> {
    let text = field.as_deref().unwrap_or(&options.null);
    if text.contains(['\t', '\r']) {
        text.replace('\t', "        ").replace('\r', "\\r").into()
    } else {
        text.into()
    }
}

/// Columns of a terminal that a line takes.
fn width(line: &str) -> usize {
    UnicodeWidthStr::width(line)
}

/// `(3 rows)`, or the footers given instead.
fn footer(result: &ResultSet, options: &Options) -> Vec<String> {
    match &options.footers {
        Some(lines) => lines.clone(),
        None if result.rows.len() == 1 => vec!["(1 row)".to_owned()],
        None => vec![format!("({} rows)", result.rows.len())],
    }
}

/// Does the column stand to the right?
fn right(result: &ResultSet, column: usize) -> bool {
    result.columns.get(column).is_some_and(|column| aligns_right(column.type_oid))
}

/// Text in the middle of a width, the odd blank behind it.
fn centred(text: &str, total: usize) -> String {
    let blanks = total.saturating_sub(width(text));
    format!("{}{text}{}", " ".repeat(blanks / 2), " ".repeat(blanks - blanks / 2))
}
