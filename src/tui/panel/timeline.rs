//! Two timelines on one axis: the real team's on the left, the trainee's on the right.
//!
//! ```text
//! ╭ Timeline ─────────────────────────────────────────────────────╮
//! │ detected ◇15:00 ●15:00   localised ◇15:20 ●15:09   …          │
//! │ 15:05 ◇ looks at the web tier                                 │
//! │ 15:06                            ● psql: explain select …     │
//! ╰───────────────────────────────────────────────────────────────╯
//! ```

use super::super::{format, theme::Theme};
use super::{boxed, mark_glyph, window};
use crate::drill::{MarkKind, Snapshot};
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the rows, scrolled `back` from the newest; what the real team did later is not shown before its time.
pub(crate) fn draw(snapshot: &Snapshot, back: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = boxed("Timeline", "real team · you", false, area, buffer, theme);
    let rows: Vec<_> = snapshot.timeline.iter().filter(|r| r.at <= snapshot.now).collect();
    let half = inner.width / 2;
    for (y, i) in window(rows.len(), inner.height as usize, back).enumerate() {
        let (row, y) = (rows[i], inner.y + y as u16);
        let (glyph, style) = mark_glyph(row.kind, theme);
        buffer.set_stringn(inner.x + 1, y, &row.clock, 5, theme.dim);
        let left = if row.kind == MarkKind::Trainee { inner.x + half } else { inner.x + 7 };
        let room = if row.kind == MarkKind::Trainee { inner.right() - left } else { half.saturating_sub(8) };
        let room = (room as usize).saturating_sub(2);
        let x = buffer.set_stringn(left, y, glyph.to_string(), 1, style).0 + 1;
        let text = if row.kind == MarkKind::Ghost { theme.ghost } else { theme.text };
        buffer.set_stringn(x, y, format::cut(&row.text, room), room, text);
    }
    if rows.is_empty() {
        buffer.set_stringn(inner.x + 1, inner.y, "Nothing happened yet.", inner.width as usize, theme.dim);
    }
}
