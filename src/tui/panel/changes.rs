//! What was deployed, newest first; enter shows the selected one whole in the console, with its SQL and its log.
//!
//! ```text
//! ╭ Changes ───────────────────────────────────────────────────────────────── 12 ╮
//! │ 14:55 ▲ CHG-1051  migration  applied      mkowalski  Drop index unused since │
//! ╰──────────────────────────────────────────────────────────────────────────────╯
//! ```

use super::super::{format, state::Hit, theme::Theme};
use super::{boxed, mark_glyph};
use crate::drill::{ChangeLine, MarkKind, Snapshot};
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the list with `selected` in sight.
pub(crate) fn draw(
    snapshot: &Snapshot,
    selected: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    hits: &mut Vec<(Rect, Hit)>,
) {
    let changes = &snapshot.changes;
    let note = format!("{} · up and down select · enter shows its SQL and log", changes.len());
    let inner = boxed("Changes", &note, false, area, buffer, theme);
    let head =
        format!("{:<5}   {:<10}{:<10}{:<13}{:<12}{}", "time", "change", "kind", "state", "author", "title");
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
    let x = buffer.set_stringn(x, y, format!("{:<12}", format::cut(&change.author, 11)), 12, theme.dim).0;
    let room = line.right().saturating_sub(x + 1) as usize;
    buffer.set_stringn(x, y, format::cut_words(&change.title, room), room, theme.text);
}
