//! The newest log lines of every source.

use super::super::{format, theme::Theme};
use super::{boxed, window};
use crate::drill::{LogRow, Snapshot};
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the lines that contain `filter`, scrolled `back` rows from the newest.
pub(crate) fn draw(
    snapshot: &Snapshot,
    filter: &str,
    back: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    let note = if filter.is_empty() {
        "/ filters · all of them: logs SOURCE".to_owned()
    } else {
        format!("only {filter}")
    };
    let inner = boxed("Logs", &note, false, area, buffer, theme);
    let fits = |line: &&LogRow| {
        filter.is_empty()
            || format!("{} {} {}", line.source, line.level, line.text).to_lowercase().contains(filter)
    };
    let lines: Vec<&LogRow> = snapshot.logs.iter().filter(fits).collect();
    if lines.is_empty() {
        buffer.set_stringn(
            inner.x + 1,
            inner.y,
            "No line of the newest ones.",
            inner.width as usize,
            theme.dim,
        );
    }
    for (row, i) in window(lines.len(), inner.height as usize, back).enumerate() {
        let (line, y) = (lines[i], inner.y + row as u16);
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
