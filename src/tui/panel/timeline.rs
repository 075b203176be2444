//! Two timelines on one axis: the real team's on the left of it, the trainee's on the right.
//!
//! ```text
//! ╭ Timeline ──────────────────────────────────── real team · you ╮
//! │   alert: database response times 15:00 ◇                      │
//! │         looks at the web servers 15:05 ◇                      │
//! │                                        ┊ 11 min               │
//! │                                        ● 15:16 acknowledged … │
//! ╰───────────────────────────────────────────────────────────────╯
//! ```

use super::super::{format, theme::Theme};
use super::{boxed, mark_glyph, window};
use crate::drill::{MarkKind, Snapshot, TimelineRow};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

/// A pause of at least so many minutes is shown as one.
const PAUSE_MIN: u64 = 10;
/// Columns of a clock and the blanks around it.
const CLOCK: usize = 7;

/// One row of the screen.
enum Line<'s> {
    /// The first row of an entry.
    Entry(&'s TimelineRow, String),
    /// What more there is to say.
    More(MarkKind, String),
    /// So many minutes in which nothing happened.
    Pause(u64),
}

/// Draws the rows, scrolled `back` from the newest; what the real team did later is not shown before its time.
pub(crate) fn draw(snapshot: &Snapshot, back: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let sides = format!("{} · you", snapshot.ghost.who.label());
    let inner = boxed("Timeline", &sides, false, area, buffer, theme);
    let axis = inner.x + inner.width / 2;
    let left = usize::from(axis - inner.x).saturating_sub(CLOCK + 1);
    let right = usize::from(inner.right() - axis).saturating_sub(CLOCK + 2);
    let lines = lines(snapshot, left, right);
    if lines.is_empty() {
        buffer.set_stringn(inner.x + 1, inner.y, "Nothing happened yet.", inner.width as usize, theme.dim);
    }
    for (y, place) in window(lines.len(), inner.height as usize, back).enumerate() {
        draw_line(&lines[place], Rect { y: inner.y + y as u16, height: 1, ..inner }, axis, buffer, theme);
    }
}

/// All rows, texts broken to the room on their side of the axis.
fn lines(snapshot: &Snapshot, left: usize, right: usize) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut before = None;
    for row in snapshot.timeline.iter().filter(|row| row.at <= snapshot.now) {
        let pause = before.map_or(0, |before| row.at.since(before).as_secs() / 60);
        if pause >= PAUSE_MIN {
            lines.push(Line::Pause(pause));
        }
        before = Some(row.at);
        let room = if is_left(row.kind) { left } else { right };
        let mut text = format::wrap(&row.text, room).into_iter();
        lines.push(Line::Entry(row, text.next().unwrap_or_default()));
        lines.extend(text.map(|more| Line::More(row.kind, more)));
    }
    lines
}

fn is_left(kind: MarkKind) -> bool {
    kind != MarkKind::Trainee
}

fn draw_line(line: &Line<'_>, row: Rect, axis: u16, buffer: &mut Buffer, theme: &Theme) {
    let (spine, gap) = if theme.ascii { ("|", ":") } else { ("│", "┊") };
    let mut write = |kind: MarkKind, clock: &str, text: &str| {
        let style = if kind == MarkKind::Ghost { theme.ghost } else { theme.text };
        if is_left(kind) {
            let x = axis.saturating_sub(CLOCK as u16 + text.width() as u16).max(row.x + 1);
            buffer.set_stringn(x, row.y, text, usize::from(axis - x), style);
            buffer.set_stringn(axis - CLOCK as u16 + 1, row.y, clock, CLOCK - 1, theme.dim);
        } else {
            buffer.set_stringn(axis + 2, row.y, clock, CLOCK - 1, theme.dim);
            let x = axis + CLOCK as u16 + 1;
            buffer.set_stringn(x, row.y, text, usize::from(row.right().saturating_sub(x)), style);
        }
    };
    match line {
        Line::Entry(entry, text) => {
            write(entry.kind, &entry.clock, text);
            let (glyph, style) = mark_glyph(entry.kind, theme);
            buffer.set_stringn(axis, row.y, glyph.to_string(), 1, style);
        }
        Line::More(kind, text) => {
            write(*kind, "", text);
            buffer.set_stringn(axis, row.y, spine, 1, theme.dim);
        }
        Line::Pause(minutes) => {
            buffer.set_stringn(axis, row.y, gap, 1, theme.dim);
            buffer.set_stringn(axis + 2, row.y, format!("{minutes} min"), 12, theme.dim);
        }
    }
}
