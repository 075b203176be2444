//! A bar in the middle of the screen while simulated hours go by: before the shift, and while the drill is graded.

use super::super::{chart::bar, format, theme::Theme};
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws `title`, a bar at `share`, and what is being done.
pub(crate) fn draw(title: &str, share: f64, doing: &str, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let width = area.width.saturating_sub(8).min(60);
    let x = area.x + (area.width - width) / 2;
    let y = area.y + area.height / 2;
    buffer.set_stringn(
        x,
        y.saturating_sub(2),
        format::cut(title, width as usize),
        width as usize,
        theme.title,
    );
    let (filled, rest) = bar(share, width as usize, theme.ascii);
    let end = buffer.set_stringn(x, y, &filled, width as usize, theme.accent).0;
    let rest = if theme.ascii { rest } else { "░".repeat(rest.chars().count()) };
    buffer.set_stringn(end, y, rest, width as usize, theme.border);
    buffer.set_stringn(x, y + 2, format::cut(doing, width as usize), width as usize, theme.dim);
}
