//! A report for a terminal: plain lines, nothing wider than asked for but what must not be broken.

use super::document::{Bar, Block, Chart, Document, Section, Table};
use unicode_width::UnicodeWidthStr as _;

/// Width of a report that nobody asked to be narrower, in columns.
pub const WIDTH: usize = 100;
const BAR_WIDTH: usize = 30;
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The whole report.
pub fn render(document: &Document, width: usize) -> String {
    let mut lines = vec![document.title.clone(), "═".repeat(document.title.width())];
    for section in &document.sections {
        lines.push(String::new());
        lines.push(section.title.to_uppercase());
        lines.extend(section_lines(section, width));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// A table by itself, for command output.
pub fn table(table: &Table) -> String {
    table_lines(table).into_iter().map(|line| line + "\n").collect()
}

/// One section's lines, without its heading.
pub fn section_lines(section: &Section, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for block in &section.blocks {
        lines.push(String::new());
        match block {
            Block::Paragraph(text) => lines.extend(wrap(text, width, "")),
            Block::Heading(text) => lines.push(format!("── {text} ")),
            Block::Table(table) => lines.extend(table_lines(table)),
            Block::Code(code) => lines.extend(code.iter().map(|line| format!("    {line}"))),
            Block::List(items) => lines.extend(items.iter().flat_map(|item| wrap(item, width, "• "))),
            Block::Bars(bars) => lines.extend(bars.iter().map(bar_line)),
            Block::Chart(chart) => lines.extend(chart_lines(chart, width)),
        }
    }
    lines
}

/// Breaks text at blanks; `lead` stands before the first line and is indented for on the others.
fn wrap(text: &str, width: usize, lead: &str) -> Vec<String> {
    let indent = " ".repeat(lead.width());
    let mut lines = Vec::new();
    let mut line = lead.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.width() + 1 + word.width() > width {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    lines
}

fn table_lines(table: &Table) -> Vec<String> {
    let cells =
        |column: usize| table.rows.iter().filter_map(move |row| row.get(column)).map(|cell| cell.width());
    let widths: Vec<usize> = (0..table.columns.len())
        .map(|column| cells(column).chain([table.columns[column].width()]).max().unwrap_or(0))
        .collect();
    let line = |row: &[String]| {
        let padded: Vec<String> = row
            .iter()
            .zip(&widths)
            .zip(&table.figures)
            .map(|((cell, width), figure)| pad(cell, *width, *figure))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let head: Vec<String> = table.columns.iter().map(|name| (*name).to_owned()).collect();
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    [line(&head), line(&rule)].into_iter().chain(table.rows.iter().map(|row| line(row))).collect()
}

fn pad(cell: &str, width: usize, right: bool) -> String {
    let fill = " ".repeat(width.saturating_sub(cell.width()));
    if right { format!("{fill}{cell}") } else { format!("{cell}{fill}") }
}

fn bar_line(bar: &Bar) -> String {
    let filled = (bar.share.clamp(0.0, 1.0) * BAR_WIDTH as f64).round() as usize;
    let shape = format!("{}{}", "█".repeat(filled), "░".repeat(BAR_WIDTH - filled));
    format!("{} {shape} {}", pad(&bar.label, 14, false), bar.text)
}

fn chart_lines(chart: &Chart, width: usize) -> Vec<String> {
    let most = chart.values.iter().flatten().copied().fold(chart.limit.unwrap_or(0.0), f64::max);
    let step = chart.values.len().div_ceil(width.saturating_sub(2).max(1)).max(1);
    let groups = chart.values.chunks(step);
    let spark: String = groups
        .map(|group| {
            let highest = group.iter().flatten().copied().fold(f64::NAN, f64::max);
            if highest.is_nan() || most <= 0.0 {
                return ' ';
            }
            LEVELS[((highest / most * 7.0).round() as usize).min(LEVELS.len() - 1)]
        })
        .collect();
    let mut marks = vec![' '; spark.chars().count()];
    for mark in &chart.marks {
        if let Some(slot) = marks.get_mut(mark.step / step) {
            *slot = if mark.ghost { '◇' } else { '▲' };
        }
    }
    let axis = match (chart.times.first(), chart.times.last()) {
        (Some(first), Some(last)) => {
            let room = spark.chars().count().saturating_sub(first.width() + last.width());
            if room > 0 { format!("{first}{}{last}", " ".repeat(room)) } else { first.clone() }
        }
        _ => String::new(),
    };
    let limit = chart.limit.map_or(String::new(), |limit| format!(", limit {}", figure(limit)));
    vec![
        format!("{} (highest {}{limit}; ▲ you, ◇ {})", chart.title, figure(most), chart.ghost.name()),
        spark,
        marks.into_iter().collect::<String>().trim_end().to_owned(),
        axis,
    ]
}

/// Three significant digits, more or less.
fn figure(value: f64) -> String {
    if value >= 100.0 {
        crate::drill::thousands(value.round() as u64)
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
