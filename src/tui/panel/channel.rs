//! The incident channel: pages, colleagues, tools, the real team, and the trainee, in one stream.
//!
//! ```text
//! ╭ #inc-0604 ─────────────────────────────────────────── 3 new ╮
//! │ 15:00 ▲ PAGE     database response time p95 > 500 ms        │
//! │ 15:06 ◆ support  checkout is spinning for EU too            │
//! │ 15:20 ◇ ghost    web servers fine, database team called     │
//! ╰─────────────────────────────────────────────────────────────╯
//! ```

use super::super::{format, theme::Theme};
use super::{boxed, window};
use crate::drill::{ChannelMessage, Snapshot, Voice};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// Columns of the clock, glyph and author before the text.
const AUTHOR: usize = 9;
const INDENT: usize = 6 + 2 + AUTHOR + 1;

/// Draws the panel, scrolled `back` rows from the newest; `unread` messages are announced in the title.
pub(crate) fn draw(
    snapshot: &Snapshot,
    back: usize,
    unread: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    let note = if unread > 0 { format!("{unread} new") } else { String::new() };
    let inner = boxed(&snapshot.drill.channel, &note, false, area, buffer, theme);
    let text_width = (inner.width as usize).saturating_sub(INDENT + 1).max(10);
    let height = inner.height as usize;
    let mut rows: Vec<(Option<&ChannelMessage>, String)> = Vec::new();
    let recent = snapshot.channel.len().saturating_sub(height + back);
    for message in &snapshot.channel[recent..] {
        for (i, line) in format::wrap(&message.text, text_width).into_iter().enumerate() {
            rows.push(((i == 0).then_some(message), line));
        }
    }
    if rows.is_empty() {
        buffer.set_stringn(
            inner.x + 1,
            inner.y,
            "Nobody has said anything yet.",
            inner.width as usize,
            theme.dim,
        );
        return;
    }
    for (y, row) in window(rows.len(), height, back).enumerate() {
        let (head, text) = &rows[row];
        draw_row(*head, text, Rect { y: inner.y + y as u16, height: 1, ..inner }, buffer, theme);
    }
}

fn draw_row(head: Option<&ChannelMessage>, text: &str, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let width = area.width as usize;
    let mut style = theme.text;
    if let Some(message) = head {
        let (glyph, voice) = voice(message.voice, theme);
        style = if message.voice == Voice::Ghost { theme.ghost } else { theme.text };
        buffer.set_stringn(area.x + 1, area.y, &message.clock, 5, theme.dim);
        buffer.set_stringn(area.x + 7, area.y, glyph, 1, voice);
        buffer.set_stringn(area.x + 9, area.y, format::cut(&message.author, AUTHOR), AUTHOR, voice);
    }
    buffer.set_stringn(area.x + INDENT as u16 + 1, area.y, text, width.saturating_sub(INDENT + 1), style);
}

fn voice(voice: Voice, theme: &Theme) -> (&'static str, Style) {
    match (voice, theme.ascii) {
        (Voice::Page, false) => ("▲", theme.bad),
        (Voice::Page, true) => ("!", theme.bad),
        (Voice::You, false) => ("●", theme.own),
        (Voice::You, true) => ("o", theme.own),
        (Voice::Person, false) => ("◆", theme.accent),
        (Voice::Person, true) => ("*", theme.accent),
        (Voice::Ghost, false) => ("◇", theme.ghost),
        (Voice::Ghost, true) => ("+", theme.ghost),
        (Voice::Tool, false) => ("▪", theme.dim),
        (Voice::Tool, true) => ("-", theme.dim),
    }
}
