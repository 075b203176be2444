//! A report's blocks as lines on the screen.

use super::super::super::{chart::bar, format, theme::Theme};
use super::super::markdown;
use super::judged;
use crate::debrief::document::{Bar, Block, Table};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// Blank columns between two columns of a table.
const GAP: usize = 2;
/// Narrowest column that still holds text.
const NARROWEST: usize = 12;

/// The lines of a block, no wider than `width`.
pub(super) fn lines(block: &Block, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    match block {
        Block::Paragraph(text) => markdown::render(text, width, theme),
        Block::Heading(text) => {
            format::wrap(text, width).into_iter().map(|part| Line::styled(part, theme.title)).collect()
        }
        Block::Table(table) => table_lines(table, width, theme),
        Block::Code(code) => code
            .iter()
            .map(|line| Line::styled(format::cut(&format!("  {line}"), width), theme.accent))
            .collect(),
        Block::List(items) => {
            let text: Vec<String> = items.iter().map(|item| format!("- {item}")).collect();
            markdown::render(&text.join("\n"), width, theme)
        }
        Block::Bars(bars) => bars.iter().map(|bar| bar_line(bar, width, theme)).collect(),
        Block::Chart(_) => Vec::new(),
    }
}

/// One part of a score: name, bar, points.
pub(super) fn bar_line(part: &Bar, width: usize, theme: &Theme) -> Line<'static> {
    let figures = 12;
    let room = width.saturating_sub(15 + figures + 2).clamp(4, 60);
    let (filled, rest) = bar(part.share, room, theme.ascii);
    let rest = if theme.ascii { rest } else { "░".repeat(rest.chars().count()) };
    Line::from(vec![
        Span::styled(format!("{:<15}", format::cut(&part.label, 14)), theme.text),
        Span::styled(filled, judged(part.share, theme)),
        Span::styled(rest, theme.border),
        Span::styled(format!("  {:>figures$}", part.text), theme.text),
    ])
}

fn table_lines(table: &Table, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let widths = column_widths(table, width);
    let mut lines = vec![row(&table.columns, &table.figures, &widths, theme, true)];
    for cells in &table.rows {
        let wrapped: Vec<Vec<String>> = cells
            .iter()
            .zip(&widths)
            .map(
                |(cell, width)| {
                    if cell.width() <= *width { vec![cell.clone()] } else { format::wrap(cell, *width) }
                },
            )
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        for i in 0..height {
            let part: Vec<&str> = wrapped.iter().map(|cell| cell.get(i).map_or("", String::as_str)).collect();
            lines.push(row(&part, &table.figures, &widths, theme, false));
        }
    }
    lines
}

/// Every column as wide as its widest cell; what doesn't fit is taken from the widest text column.
fn column_widths(table: &Table, width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = table.columns.iter().map(|name| name.width()).collect();
    for cells in &table.rows {
        for (column, cell) in cells.iter().enumerate().take(widths.len()) {
            widths[column] = widths[column].max(cell.width());
        }
    }
    let all = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    let texts = (0..widths.len()).filter(|column| !table.figures.get(*column).copied().unwrap_or(false));
    if let Some(widest) = texts.max_by_key(|column| widths[*column]).filter(|_| all > width) {
        widths[widest] = widths[widest].saturating_sub(all - width).max(NARROWEST);
    }
    widths
}

fn row(cells: &[&str], figures: &[bool], widths: &[usize], theme: &Theme, head: bool) -> Line<'static> {
    let mut line = Line::default();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let blank = width.saturating_sub(cell.width());
        let figure = figures.get(column).copied().unwrap_or(false);
        let text = if figure { " ".repeat(blank) + cell } else { format!("{cell}{}", " ".repeat(blank)) };
        let style = match (head, *cell) {
            (true, _) | (false, "real team" | "colleague" | "useless") => theme.dim,
            (false, "you") => theme.own,
            (false, "useful") => theme.good,
            (false, "harmful") => theme.bad,
            _ => theme.text,
        };
        line.push_span(Span::styled(text, style));
        line.push_span(Span::raw(" ".repeat(GAP)));
    }
    line
}
