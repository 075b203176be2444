//! The newest log lines of every source.

use super::super::{format, theme::Theme};
use super::{boxed, window};
use crate::drill::Snapshot;
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the lines, scrolled `back` rows from the newest.
pub(crate) fn draw(snapshot: &Snapshot, back: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = boxed("Logs", "more: logs SOURCE | grep …", false, area, buffer, theme);
    if snapshot.logs.is_empty() {
        buffer.set_stringn(inner.x + 1, inner.y, "Nothing was logged yet.", inner.width as usize, theme.dim);
    }
    for (row, i) in window(snapshot.logs.len(), inner.height as usize, back).enumerate() {
        let (line, y) = (&snapshot.logs[i], inner.y + row as u16);
        let level = match line.level.as_str() {
            "ERROR" | "FATAL" | "PANIC" => theme.bad,
            "WARN" | "WARNING" => theme.warn,
            _ => theme.dim,
        };
        let width = inner.width as usize;
        let x = buffer.set_stringn(inner.x + 1, y, &line.clock, 12, theme.dim).0 + 1;
        let x =
            buffer.set_stringn(x, y, format!("{:<12}", format::cut(&line.source, 12)), 12, theme.accent).0
                + 1;
        let x = buffer.set_stringn(x, y, format!("{:<5}", format::cut(&line.level, 5)), 5, level).0 + 1;
        let room = inner.right().saturating_sub(x) as usize;
        buffer.set_stringn(x, y, format::cut(&line.text, room.min(width)), room, theme.text);
    }
}
