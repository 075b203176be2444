//! The briefing: what an on-call engineer knows when the shift begins.

use super::super::{panel::boxed, state::Briefing, theme::Theme};
use super::markdown;
use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

/// Widest line that reads well.
const MEASURE: u16 = 92;

/// Draws the screen into everything above the footer.
pub(crate) fn draw(briefing: &Briefing, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let width = area.width.min(MEASURE);
    let area = Rect { x: area.x + (area.width - width) / 2, width, ..area };
    let note = format!("{} · seed {:x} · {}", briefing.card.date, briefing.seed, briefing.mode.name());
    let inner = boxed(&briefing.card.title, &note, true, area, buffer, theme);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(4),
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
    };
    let lines = markdown::render(&briefing.card.briefing, inner.width as usize, theme);
    let skip = briefing.scroll.min(lines.len().saturating_sub(inner.height as usize));
    for (line, y) in lines.into_iter().skip(skip).zip(inner.y..inner.bottom()) {
        line.render(Rect { y, height: 1, ..inner }, buffer);
    }
}
