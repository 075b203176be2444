//! The question to somebody who is here for the first time.
//!
//! ```text
//! ╭ First time here? ───────────────────────────────── asked once ╮
//! │  t      Two minutes on call: a tiny incident that shows the    │
//! │         way: page, look, act, resolve                          │
//! │  esc    Choose a drill by yourself; t starts the tour later    │
//! ╰────────────────────────────────────────────────────────────────╯
//! ```

use super::super::{format, theme::Theme};
use super::window;
use ratatui::{buffer::Buffer, layout::Rect};

/// The answers.
const ROWS: [(&str, &str); 2] = [
    (
        "t",
        "Two minutes on call: a tiny incident of its own that shows the way, from the page to the end of it",
    ),
    ("esc", "Choose a drill by yourself; t starts the tour at any time"),
];

/// Draws the question.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = window("First time here?", "asked once", (66, 8), area, buffer, theme);
    let width = inner.width.saturating_sub(10) as usize;
    let mut y = inner.y + 1;
    for (key, text) in ROWS {
        buffer.set_stringn(inner.x + 3, y, key, 4, theme.accent);
        for part in format::wrap(text, width).into_iter().take(inner.bottom().saturating_sub(y) as usize) {
            buffer.set_stringn(inner.x + 8, y, part, width, theme.text);
            y += 1;
        }
        y += 1;
    }
}
