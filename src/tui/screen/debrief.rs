//! The debrief: the grade and the one sentence that matters on top, then the report's pages.

use super::super::{format, panel::boxed, state::Debrief, theme::Theme};
use super::markdown;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    widgets::Widget,
};

/// Draws the screen into everything above the footer.
pub(crate) fn draw(debrief: &Debrief, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let [head, tabs, body] =
        Layout::vertical([Constraint::Length(4), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    grade(debrief, head, buffer, theme);
    let mut x = tabs.x + 2;
    for (i, page) in debrief.report.pages.iter().enumerate() {
        let style = if i == debrief.page { theme.selected.patch(theme.accent) } else { theme.dim };
        x = buffer
            .set_stringn(
                x,
                tabs.y,
                format!(" {} ", page.title),
                tabs.right().saturating_sub(x) as usize,
                style,
            )
            .0
            + 1;
    }
    let Some(page) = debrief.report.pages.get(debrief.page) else { return };
    let note = format!("{}/{}", debrief.page + 1, debrief.report.pages.len());
    let inner = boxed(&page.title, &note, true, body, buffer, theme);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let lines = markdown::render(&page.lines.join("\n"), inner.width as usize, theme);
    let skip = debrief.scroll.min(lines.len().saturating_sub(inner.height as usize));
    for (line, y) in lines.into_iter().skip(skip).zip(inner.y..inner.bottom()) {
        line.render(Rect { y, height: 1, ..inner }, buffer);
    }
}

fn grade(debrief: &Debrief, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let report = &debrief.report;
    let style = if report.score >= 70.0 {
        theme.good
    } else if report.score >= 40.0 {
        theme.warn
    } else {
        theme.bad
    };
    buffer.set_stringn(area.x + 2, area.y + 1, format!("{:<3}", report.letter), 3, style);
    buffer.set_stringn(area.x + 2, area.y + 2, format!("{:.0}", report.score), 3, style);
    let room = area.width.saturating_sub(12) as usize;
    for (line, y) in format::wrap(&report.sentence, room).into_iter().zip(area.y + 1..area.bottom()) {
        buffer.set_stringn(area.x + 9, y, line, room, theme.title);
    }
}
