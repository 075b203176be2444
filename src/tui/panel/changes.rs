//! What was deployed, newest first.
//!
//! ```text
//! ╭ Changes ────────────────────────────────────────────────────────────────────────╮
//! │ 14:55 ▲ CHG-1051  migration  deployed     mkowalski  Drop index unused since May│
//! ╰─────────────────────────────────────────────────────────────────────────────────╯
//! ```

use super::super::{format, theme::Theme};
use super::{boxed, mark_glyph};
use crate::drill::{MarkKind, Snapshot};
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the list, `skip` rows down.
pub(crate) fn draw(snapshot: &Snapshot, skip: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let note = format!("{} · details: changes show ID", snapshot.changes.len());
    let inner = boxed("Changes", &note, false, area, buffer, theme);
    let (glyph, mark) = mark_glyph(MarkKind::Change, theme);
    let height = inner.height as usize;
    let skip = skip.min(snapshot.changes.len().saturating_sub(height));
    for (row, change) in snapshot.changes.iter().skip(skip).take(height).enumerate() {
        let y = inner.y + row as u16;
        buffer.set_stringn(inner.x + 1, y, &change.clock, 5, theme.dim);
        buffer.set_stringn(inner.x + 7, y, glyph.to_string(), 1, mark);
        let state = match change.state.as_str() {
            "deployed" => theme.text,
            "failed" => theme.bad,
            _ => theme.warn,
        };
        let x = buffer.set_stringn(inner.x + 9, y, format!("{:<10}", change.id), 10, theme.accent).0;
        let x = buffer.set_stringn(x, y, format!("{:<10}", change.kind), 10, theme.dim).0;
        let x = buffer.set_stringn(x, y, format!("{:<13}", change.state), 13, state).0;
        let x = buffer.set_stringn(x, y, format!("{:<12}", format::cut(&change.author, 11)), 12, theme.dim).0;
        let room = inner.right().saturating_sub(x) as usize;
        buffer.set_stringn(x, y, format::cut(&change.title, room), room, theme.text);
    }
}
