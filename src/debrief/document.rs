//! A report as blocks, from which text, Markdown, HTML and the screen's pages are all made: one order, one wording.

use crate::scenario::Ghost;

/// A whole report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// Its sections, in reading order.
    pub sections: Vec<Section>,
}

/// A part with a heading; a page on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// What it holds.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Running text.
    Paragraph(String),
    /// A smaller heading.
    Heading(String),
    /// A table: its columns' names and sides, and its rows.
    Table(Table),
    /// Preformatted lines: a plan, SQL.
    Code(Vec<String>),
    /// Points, one a line.
    List(Vec<String>),
    /// Shares of something, each with a bar.
    Bars(Vec<Bar>),
    /// Lines over time.
    Chart(Chart),
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns' names.
    pub columns: Vec<&'static str>,
    /// Which columns hold figures, and stand at the right.
    pub figures: Vec<bool>,
    /// The rows' cells.
    pub rows: Vec<Vec<String>>,
}

/// A share with a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it is.
    pub label: String,
    /// From 0 to 1.
    pub share: f64,
    /// The figure behind it.
    pub text: String,
}

/// A line over time, with marks, and what to compare it with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What it shows, with its unit.
    pub title: String,
    /// The time at each step, `15:04`.
    pub times: Vec<String>,
    /// Values at each step; missing ones break the line.
    pub values: Vec<Option<f64>>,
    /// The line that should not be crossed.
    pub limit: Option<f64>,
    /// Whose the marks are that are not the trainee's.
    pub ghost: Ghost,
    /// Marks: the step, whose it is, and a few words.
    pub marks: Vec<ChartMark>,
    /// The same in other runs: whose, and the values at each step.
    pub others: Vec<(&'static str, Vec<Option<f64>>)>,
    /// Stretches below the time axis.
    pub lanes: Vec<Lane>,
}

/// Stretches of time in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Whose.
    pub name: &'static str,
    /// The stretches, in order of time.
    pub stretches: Vec<Stretch>,
}

/// One stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From this second of the chart on.
    pub from_s: u64,
    /// Up to this one.
    pub to_s: u64,
    /// Whether what it says was true.
    pub right: bool,
    /// What it says.
    pub text: String,
}

/// A mark on a chart's time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartMark {
    /// The step it stands at.
    pub step: usize,
    /// Whether it is the other team's (or the trainee's).
    pub ghost: bool,
    /// A few words.
    pub text: String,
}

impl Table {
    /// A table without rows; a column whose name starts with `#` holds figures (the mark is taken off).
    pub fn new(columns: &[&'static str]) -> Table {
        Table {
            columns: columns.iter().map(|name| name.trim_start_matches('#')).collect(),
            figures: columns.iter().map(|name| name.starts_with('#')).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl Section {
    /// A section without blocks.
    pub fn new(title: &str) -> Section {
        Section { title: title.to_owned(), blocks: Vec::new() }
    }

    /// Adds a paragraph, unless it is empty.
    pub fn say(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.blocks.push(Block::Paragraph(text));
        }
    }

    /// Adds a block.
    pub fn add(&mut self, block: Block) {
        self.blocks.push(block);
    }
}
