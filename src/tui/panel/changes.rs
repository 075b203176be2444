//! What was deployed, newest first, and what the selected change contains: beside the list where there is room, below it
//! otherwise. What is on screen of a change counts as seen, so the contents always are while the view is open.
//!
//! ```text
//! ╭ Changes ──────────────────────────────────────── 12 ╮╭ CHG-1051 ──────────────── migration ╮
//! │ 14:55 ▲ CHG-1051  migration  applied      mkowalski ││ + DROP INDEX orders_customer_idx;    │
//! │ 14:50 ▲ CHG-1050  deploy     applied      lfischer  ││ taken back by                        │
//! ╰─────────────────────────────────────────────────────╯╰──────────────────────────────────────╯
//! ```

use super::super::{format, state::Hit, theme::Theme};
use super::{boxed, console::highlight, mark_glyph};
use crate::drill::{ChangeLine, MarkKind, Snapshot};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Widget,
};

/// Columns from which the contents stand beside the list.
const WIDE: u16 = 110;
/// Columns from which the list names the author too; the contents always do.
const AUTHOR_FROM: u16 = 76;
/// Rows that the contents take below the list, the border included.
const BELOW: u16 = 7;

/// Draws the list with `selected` in sight, and the contents of the selected one.
pub(crate) fn draw(
    snapshot: &Snapshot,
    selected: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    hits: &mut Vec<(Rect, Hit)>,
) {
    let changes = &snapshot.changes;
    let [list, contents] = if area.width >= WIDE {
        Layout::horizontal([Constraint::Percentage(58), Constraint::Fill(1)]).areas(area)
    } else {
        let below = if changes.is_empty() { 0 } else { BELOW.min(area.height / 2) };
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area)
    };
    draw_list(changes, selected, list, buffer, theme, hits);
    match changes.get(selected) {
        Some(change) => draw_contents(change, contents, buffer, theme),
        // Beside an empty list stands an empty frame, not a hole.
        None if contents.height > 0 => drop(boxed("", "", false, contents, buffer, theme)),
        None => {}
    }
}

fn draw_list(
    changes: &[ChangeLine],
    selected: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    hits: &mut Vec<(Rect, Hit)>,
) {
    let note = if area.width >= 70 {
        format!("{} · up and down select · enter tells all", changes.len())
    } else {
        changes.len().to_string()
    };
    let inner = boxed("Changes", &note, false, area, buffer, theme);
    let author = if inner.width >= AUTHOR_FROM { format!("{:<12}", "author") } else { String::new() };
    let head = format!("{:<5}   {:<10}{:<10}{:<13}{author}title", "time", "change", "kind", "state");
    buffer.set_stringn(inner.x + 1, inner.y, head, inner.width as usize - 1, theme.dim);
    let height = inner.height.saturating_sub(1) as usize;
    let first = selected.saturating_sub(height.saturating_sub(1)).min(changes.len().saturating_sub(height));
    for (row, change) in changes.iter().enumerate().skip(first).take(height) {
        let line = Rect { y: inner.y + 1 + (row - first) as u16, height: 1, ..inner };
        if row == selected {
            buffer.set_style(line, theme.selected);
        }
        draw_row(change, line, buffer, theme);
        hits.push((line, Hit::Row(row)));
    }
    if changes.is_empty() {
        buffer.set_stringn(
            inner.x + 1,
            inner.y + 1,
            "Nothing was deployed.",
            inner.width as usize,
            theme.dim,
        );
    }
}

fn draw_row(change: &ChangeLine, line: Rect, buffer: &mut Buffer, theme: &Theme) {
    let (glyph, mark) = mark_glyph(MarkKind::Change, theme);
    let y = line.y;
    buffer.set_stringn(line.x + 1, y, &change.clock, 5, theme.dim);
    buffer.set_stringn(line.x + 7, y, glyph.to_string(), 1, mark);
    let state = match change.state.as_str() {
        "applied" => theme.text,
        "failed" => theme.bad,
        _ => theme.warn,
    };
    let x = buffer.set_stringn(line.x + 9, y, format!("{:<10}", change.id), 10, theme.accent).0;
    let x = buffer.set_stringn(x, y, format!("{:<10}", change.kind), 10, theme.dim).0;
    let x = buffer.set_stringn(x, y, format!("{:<13}", change.state), 13, state).0;
    let x = if line.width >= AUTHOR_FROM {
        buffer.set_stringn(x, y, format!("{:<12}", format::cut(&change.author, 11)), 12, theme.dim).0
    } else {
        x
    };
    let room = line.right().saturating_sub(x + 1) as usize;
    buffer.set_stringn(x, y, format::cut_words(&change.title, room), room, theme.text);
}

/// What the change does, what takes it back, and what its author wrote.
fn draw_contents(change: &ChangeLine, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    if area.height < 3 {
        return;
    }
    let inner =
        boxed(&change.id, &format!("{} by {}", change.kind, change.author), false, area, buffer, theme);
    let width = (inner.width as usize).saturating_sub(2);
    let mut lines = contents(change, width, theme);
    let rows = inner.height as usize;
    if rows > BELOW as usize {
        // There is room for the whole title, which the list may have cut.
        let title =
            format::wrap(&change.title, width).into_iter().map(|line| Line::styled(line, theme.title));
        lines = title.chain([Line::default()]).chain(lines).collect();
    }
    let whole = lines.len() <= rows;
    for (index, (line, y)) in lines.into_iter().zip(inner.y..inner.bottom()).enumerate() {
        let cut = !whole && index + 1 == rows;
        let line = if cut { Line::styled("… enter shows the rest", theme.dim) } else { line };
        line.render(Rect { x: inner.x + 1, y, width: width as u16, height: 1 }, buffer);
    }
}

fn contents(change: &ChangeLine, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = patch("+", theme.good, &change.up, width, theme);
    if !change.down.trim().is_empty() {
        lines.push(Line::styled("taken back by", theme.dim));
        lines.extend(patch("-", theme.warn, &change.down, width, theme));
    }
    if !change.description.trim().is_empty() {
        lines.push(Line::default());
        let text = change.description.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.extend(format::wrap(&text, width).into_iter().map(|line| Line::styled(line, theme.dim)));
    }
    lines
}

/// A text's lines behind a sign each, wrapped, with SQL in its colours.
fn patch(sign: &'static str, style: Style, text: &str, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for line in text.trim().lines() {
        for (index, piece) in format::wrap(line, width.saturating_sub(2).max(1)).into_iter().enumerate() {
            let sign = if index == 0 { sign } else { " " };
            let mut spans = vec![Span::styled(format!("{sign} "), style)];
            spans.extend(
                highlight(&piece, theme).into_iter().map(|(c, style)| Span::styled(c.to_string(), style)),
            );
            lines.push(Line::from(spans));
        }
    }
    lines
}
