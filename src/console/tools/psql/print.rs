//! Tables of texts in psql's formats: what the server's results and psql's own lists have in common. The layout itself is
//! [`crate::postgres::format`]'s.

use crate::postgres::format::{self, Layout as Format, Options};
use crate::postgres::query::types::aligns_right;
use crate::postgres::query::{ResultColumn, ResultSet};
use crate::postgres::types::TypeId;
use unicode_width::UnicodeWidthStr;

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
    pub(crate) footers: Option<Vec<String>>,
}

/// How to print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'a> {
    pub(crate) form: Form,
    pub(crate) expanded: Expanded,
    pub(crate) tuples_only: bool,
    pub(crate) separator: &'a str,
    pub(crate) null: &'a str,
    /// Columns of the screen, for [`Expanded::Auto`].
    pub(crate) width: usize,
    /// 0, 1 or 2.
    pub(crate) border: u8,
    /// The number of rows is told.
    pub(crate) footer: bool,
    /// Over every table that has no title of its own.
    pub(crate) title: Option<&'a str>,
}

impl Texts {
    /// A table of texts that all stand at the left.
    pub(crate) fn new<const N: usize>(columns: [&str; N]) -> Texts {
        Texts {
            columns: columns.iter().map(|name| ((*name).to_owned(), false)).collect(),
            ..Texts::default()
        }
    }

    /// A query's result.
    pub(crate) fn of(result: ResultSet) -> Texts {
        let columns =
            result.columns.into_iter().map(|column| (column.name, aligns_right(column.type_oid))).collect();
        Texts { columns, rows: result.rows, ..Texts::default() }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row.into_iter().map(Some).collect());
    }

    /// Adds a line below the table.
    pub(crate) fn footer(&mut self, line: impl Into<String>) {
        self.footers.get_or_insert_default().push(line.into());
    }

    /// Prints it.
    pub(crate) fn print(&self, layout: &Layout<'_>) -> String {
        let type_oid = |right: bool| if right { TypeId::INT8.0 } else { TypeId::TEXT.0 };
        let columns = self.columns.iter();
        let columns = columns
            .map(|(name, right)| ResultColumn { name: name.clone(), type_oid: type_oid(*right) })
            .collect();
        let result = ResultSet { columns, rows: self.rows.clone(), effects: Vec::new() };
        let options = Options {
            layout: match layout.form {
                Form::Aligned => Format::Aligned,
                Form::Unaligned => Format::Unaligned,
                Form::Csv => Format::Csv,
            },
            expanded: self.expands(layout),
            tuples_only: layout.tuples_only,
            null: layout.null.to_owned(),
            separator: layout.separator.to_owned(),
            title: self.title.clone().or(layout.title.map(str::to_owned)),
            footers: self.footers.clone().or_else(|| (!layout.footer).then(Vec::new)),
            border: layout.border,
        };
        format::print(&result, &options)
    }

    fn expands(&self, layout: &Layout<'_>) -> bool {
        match layout.expanded {
            Expanded::Off => false,
            Expanded::On => true,
            Expanded::Auto => {
                let widths = (0..self.columns.len()).map(|column| self.column_width(column, layout) + 3);
                widths.sum::<usize>() > layout.width + 1
            }
        }
    }

    /// The width of a column: of its name and of every line of its values.
    fn column_width(&self, column: usize, layout: &Layout<'_>) -> usize {
        let values = self.rows.iter().filter_map(|row| row.get(column));
        let lines = values.flat_map(|value| value.as_deref().unwrap_or(layout.null).split('\n'));
        lines.map(UnicodeWidthStr::width).chain([self.columns[column].0.width()]).max().unwrap_or(0)
    }
}
