//! psql's output formats for tables of texts (psql's `print.c`, border 1).

use unicode_width::UnicodeWidthStr;

use crate::postgres::query::ResultSet;
use crate::postgres::types::TypeId;

/// Types whose values stand at the right.
const RIGHT_ALIGNED: &[TypeId] = &[
    TypeId::INT2,
    TypeId::INT4,
    TypeId::INT8,
    TypeId::FLOAT4,
    TypeId::FLOAT8,
    TypeId::NUMERIC,
    TypeId::OID,
    TypeId::XID,
    TypeId::XID8,
    TypeId::CID,
    TypeId::MONEY,
];

/// How rows are laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// Columns lined up.
    #[default]
    Aligned,
    /// A separator between columns.
    Unaligned,
    /// Comma-separated values.
    Csv,
}

/// Whether each row becomes a block of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Expanded {
    /// Never.
    #[default]
    Off,
    /// Always.
    On,
    /// When a row is wider than the screen.
    Auto,
}

/// A table of texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    /// Printed above it.
    pub(crate) title: Option<String>,
    /// Column names, and whether values stand at the right.
    pub(crate) columns: Vec<(String, bool)>,
    /// Rows; nothing is NULL.
    pub(crate) rows: Vec<Vec<Option<String>>>,
    /// Printed below it instead of the number of rows.
    pub(crate) footers: Vec<String>,
}

/// How to print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'a> {
    pub(crate) form: Form,
    pub(crate) expanded: Expanded,
    pub(crate) tuples_only: bool,
    pub(crate) separator: &'a str,
    pub(crate) null: &'a str,
    pub(crate) width: usize,
}

impl Texts {
    /// A table of texts that all stand at the left.
    pub(crate) fn new<const N: usize>(columns: [&str; N]) -> Texts {
        Texts {
            columns: columns.iter().map(|name| ((*name).to_owned(), false)).collect(),
            ..Texts::default()
        }
    }

    /// A query's result. Numbers stand at the right (`column_type_alignment` of psql's `print.c`).
    pub(crate) fn of(result: ResultSet) -> Texts {
        let right = |type_oid: u32| RIGHT_ALIGNED.contains(&TypeId(type_oid));
        let columns =
            result.columns.into_iter().map(|column| (column.name, right(column.type_oid))).collect();
        Texts { columns, rows: result.rows, ..Texts::default() }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row.into_iter().map(Some).collect());
    }

    /// Prints it.
    pub(crate) fn print(&self, layout: &Layout<'_>) -> String {
        match layout.form {
            Form::Csv => self.csv(layout),
            _ if self.expands(layout) => self.blocks(layout),
            Form::Unaligned => self.unaligned(layout),
            Form::Aligned => self.aligned(layout),
        }
    }

    fn cell<'t>(&'t self, value: &'t Option<String>, layout: &Layout<'t>) -> &'t str {
        value.as_deref().unwrap_or(layout.null)
    }

    /// The width of each column: of its name and of every line of its values.
    fn widths(&self, layout: &Layout<'_>) -> Vec<usize> {
        let width = |column: usize| {
            let values = self.rows.iter().filter_map(|row| row.get(column));
            let lines =
                values.flat_map(|value| self.cell(value, layout).split('\n')).map(UnicodeWidthStr::width);
            lines.chain([self.columns[column].0.width()]).max().unwrap_or(0)
        };
        (0..self.columns.len()).map(width).collect()
    }

    fn expands(&self, layout: &Layout<'_>) -> bool {
        match layout.expanded {
            Expanded::Off => false,
            Expanded::On => true,
            Expanded::Auto => {
                let total: usize = self.widths(layout).iter().map(|width| width + 3).sum();
                total > layout.width + 1
            }
        }
    }

    fn aligned(&self, layout: &Layout<'_>) -> String {
        let widths = self.widths(layout);
        let last = widths.len().saturating_sub(1);
        let mut out = String::new();
        if !layout.tuples_only {
            if let Some(title) = &self.title {
                let total: usize = widths.iter().map(|width| width + 3).sum::<usize>().saturating_sub(1);
                let pad = total.saturating_sub(title.width()) / 2;
                out.push_str(&format!("{}{title}\n", " ".repeat(pad)));
            }
            let names: Vec<String> = self
                .columns
                .iter()
                .zip(&widths)
                .map(|((name, _), width)| {
                    let left = (width - name.width()) / 2;
                    format!(" {}{name}{} ", " ".repeat(left), " ".repeat(width - name.width() - left))
                })
                .collect();
            out.push_str(&format!("{}\n", names.join("|")));
            let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
            out.push_str(&format!("{}\n", dashes.join("+")));
        }
        for row in &self.rows {
            let cells: Vec<Vec<&str>> =
                row.iter().map(|value| self.cell(value, layout).split('\n').collect()).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1);
            for line in 0..height {
                for (column, width) in widths.iter().enumerate() {
                    let lines = &cells[column];
                    let text = lines.get(line).copied().unwrap_or("");
                    let pad = " ".repeat(width - text.width());
                    let continues = line + 1 < lines.len();
                    out.push_str(if column == 0 { " " } else { "| " });
                    let (before, after) =
                        if self.columns[column].1 { (pad.as_str(), "") } else { ("", pad.as_str()) };
                    out.push_str(before);
                    out.push_str(text);
                    if continues {
                        out.push_str(after);
                        out.push('+');
                    } else if column < last {
                        out.push_str(after);
                        out.push(' ');
                    }
                }
                out.push('\n');
            }
        }
        self.footer(layout, &mut out);
        out
    }

    fn footer(&self, layout: &Layout<'_>, out: &mut String) {
        if layout.tuples_only {
            return;
        }
        if self.footers.is_empty() {
            let count = self.rows.len();
            out.push_str(&format!("({count} {})\n\n", if count == 1 { "row" } else { "rows" }));
        } else {
            for footer in &self.footers {
                out.push_str(&format!("{footer}\n"));
            }
            out.push('\n');
        }
    }

    fn blocks(&self, layout: &Layout<'_>) -> String {
        if self.rows.is_empty() {
            return if layout.tuples_only { String::new() } else { "(0 rows)\n\n".into() };
        }
        let names = self.columns.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        let values = self
            .rows
            .iter()
            .flatten()
            .flat_map(|value| self.cell(value, layout).split('\n'))
            .map(UnicodeWidthStr::width)
            .max()
            .unwrap_or(0);
        let mut out = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            if layout.form == Form::Unaligned {
                if number > 0 {
                    out.push('\n');
                }
            } else if layout.tuples_only {
                if number > 0 {
                    out.push_str(&format!("{}+{}\n", "-".repeat(names + 1), "-".repeat(values + 1)));
                }
            } else {
                out.push_str(&heading(number + 1, names, values));
            }
            for ((name, _), value) in self.columns.iter().zip(row) {
                let text = self.cell(value, layout);
                if layout.form == Form::Unaligned {
                    out.push_str(&format!("{name}{}{text}\n", layout.separator));
                    continue;
                }
                let pad = " ".repeat(names - name.width());
                for (line, part) in text.split('\n').enumerate() {
                    let more = text.split('\n').nth(line + 1).is_some();
                    let name = if line == 0 { format!("{name}{pad}") } else { " ".repeat(names) };
                    let mark =
                        if more { format!("{}+", " ".repeat(values - part.width())) } else { String::new() };
                    out.push_str(&format!("{name} | {part}{mark}\n"));
                }
            }
        }
        if layout.form == Form::Aligned {
            out.push('\n');
        }
        out
    }

    fn unaligned(&self, layout: &Layout<'_>) -> String {
        let mut out = String::new();
        if !layout.tuples_only {
            let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
            out.push_str(&format!("{}\n", names.join(layout.separator)));
        }
        for row in &self.rows {
            let cells: Vec<&str> = row.iter().map(|value| self.cell(value, layout)).collect();
            out.push_str(&format!("{}\n", cells.join(layout.separator)));
        }
        if !layout.tuples_only {
            let count = self.rows.len();
            if self.footers.is_empty() {
                out.push_str(&format!("({count} {})\n", if count == 1 { "row" } else { "rows" }));
            }
            for footer in &self.footers {
                out.push_str(&format!("{footer}\n"));
            }
        }
        out
    }

    fn csv(&self, layout: &Layout<'_>) -> String {
        let field = |text: &str| {
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let mut out = String::new();
        if !layout.tuples_only {
            let names: Vec<String> = self.columns.iter().map(|(name, _)| field(name)).collect();
            out.push_str(&format!("{}\n", names.join(",")));
        }
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|value| field(self.cell(value, layout))).collect();
            out.push_str(&format!("{}\n", cells.join(",")));
        }
        out
    }
}

/// `-[ RECORD 1 ]+-----`.
fn heading(number: usize, names: usize, values: usize) -> String {
    let label = format!("-[ RECORD {number} ]");
    let mut line = label.clone();
    let total = names + values + 3;
    for at in label.len()..total.max(label.len()) {
        line.push(if at == names + 1 { '+' } else { '-' });
    }
    format!("{line}\n")
}
