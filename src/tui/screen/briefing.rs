//! The briefing: what an on-call engineer knows when the shift begins, and below it the way through a drill.

use super::super::{panel::boxed, state::Briefing, theme::Theme};
use super::markdown;
use crate::drill::Mode;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

/// Widest line that reads well.
const MEASURE: u16 = 92;

/// The way through a drill: its part, what to do, with which keys.
const WAY: [(&str, &str); 4] = [
    ("page", "alt-a acknowledges, declare sev1 says how bad it is, alt-r tells the channel"),
    ("look", "alt-1 to alt-9 change the view; psql, kubectl, logs, metrics; help lists the tools"),
    ("act", "diagnose says what you believe, rollback ID takes a change back"),
    ("resolve", "resolve ends the incident once the objective holds; then comes the debrief"),
];

/// Draws the screen into everything above the footer.
pub(crate) fn draw(briefing: &Briefing, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let width = area.width.min(MEASURE);
    let note = format!("{} · seed {} · {}", briefing.card.date, briefing.seed, briefing.mode.name());
    let mut lines = markdown::render(&briefing.card.briefing, width.saturating_sub(6) as usize, theme);
    lines.push(Line::default());
    let way = WAY
        .iter()
        .flat_map(|(part, text)| markdown::hanging(part, text, width.saturating_sub(6) as usize, theme));
    lines.extend(way);
    lines.push(Line::default());
    let pace = match briefing.mode {
        Mode::Practice => "f5 stops the clock, f6 and f7 change its speed, hint helps for a few points.",
        Mode::Exam => "The clock runs in real time and does not stop; there are no hints.",
    };
    lines.push(Line::from(Span::styled(pace, theme.dim)));
    let height = (lines.len() as u16 + 4).min(area.height);
    let area =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    let inner = boxed(&briefing.card.title, &note, true, area, buffer, theme);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(4),
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
    };
    let skip = briefing.scroll.min(lines.len().saturating_sub(inner.height as usize));
    for (line, y) in lines.into_iter().skip(skip).zip(inner.y..inner.bottom()) {
        line.render(Rect { y, height: 1, ..inner }, buffer);
    }
}
