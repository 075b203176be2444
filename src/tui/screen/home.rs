//! The home screen: drills in plain rows on the left, the selected one's card on the right. Nothing moves unless asked.

use super::super::{format, panel::boxed, state::Home, theme::Theme};
use super::markdown;
use crate::drill::Mode;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Widget,
};

/// Draws the screen into everything above the footer.
pub(crate) fn draw(home: &Home, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let [head, body] = Layout::vertical([Constraint::Length(2), Constraint::Fill(1)]).areas(area);
    header(head, buffer, theme);
    let list_width = if area.width >= 110 { Constraint::Percentage(48) } else { Constraint::Length(38) };
    let [left, right] = Layout::horizontal([list_width, Constraint::Fill(1)]).areas(body);
    list(home, left, buffer, theme);
    card(home, right, buffer, theme);
}

fn header(area: Rect, buffer: &mut Buffer, theme: &Theme) {
    buffer.set_stringn(area.x + 1, area.y, "FIREDRILL", 9, theme.accent);
    let motto = "live through an incident before it happens to you";
    buffer.set_stringn(area.x + 12, area.y, motto, area.width.saturating_sub(13) as usize, theme.dim);
}

fn list(home: &Home, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = boxed("Drills", &home.cards.len().to_string(), true, area, buffer, theme);
    for (i, card) in home.cards.iter().enumerate().take((inner.height / 2) as usize) {
        let y = inner.y + 2 * i as u16;
        let row = Rect { y, height: 2, ..inner };
        if i == home.selected {
            buffer.set_style(row, theme.selected);
        }
        let best = card.best.as_ref().map_or("not played".to_owned(), |(l, s)| format!("{l} {s:.0}"));
        let room = (inner.width as usize).saturating_sub(best.len() + 4);
        buffer.set_stringn(inner.x + 1, y, format::cut(&card.title, room), room, theme.title);
        let x = inner.right().saturating_sub(best.len() as u16 + 1);
        let style = if card.best.is_some() { theme.good } else { theme.dim };
        buffer.set_stringn(x, y, &best, best.len(), style);
        let dots = difficulty(card.difficulty, theme.ascii);
        let year = card.date.get(..4).unwrap_or("");
        let line = format!("{dots}  {} min  {} · {year}", card.minutes, card.company);
        buffer.set_stringn(
            inner.x + 1,
            y + 1,
            format::cut(&line, inner.width as usize - 2),
            inner.width as usize,
            theme.dim,
        );
    }
    if let Some(unfinished) = &home.unfinished {
        let y = inner.bottom().saturating_sub(1);
        let text = format!("r  go on with {} at {}", unfinished.scenario, unfinished.clock);
        buffer.set_stringn(
            inner.x + 1,
            y,
            format::cut(&text, inner.width as usize - 2),
            inner.width as usize,
            theme.warn,
        );
    }
}

/// Difficulty as dots of five.
pub(crate) fn difficulty(level: u8, ascii: bool) -> String {
    let level = usize::from(level.min(5));
    let (full, empty) = if ascii { ("*", ".") } else { ("●", "○") };
    full.repeat(level) + &empty.repeat(5 - level)
}

fn card(home: &Home, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let Some(card) = home.cards.get(home.selected) else {
        let inner = boxed("No drills", "", false, area, buffer, theme);
        buffer.set_stringn(inner.x + 1, inner.y, "No scenario was found.", inner.width as usize, theme.warn);
        return;
    };
    let inner = boxed(&card.title, &card.date, false, area, buffer, theme);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut lines = markdown::render(&card.about, inner.width as usize, theme);
    lines.push(Line::default());
    let mut fact = |name: &str, value: String| {
        for (i, part) in
            format::wrap(&value, (inner.width as usize).saturating_sub(13)).into_iter().enumerate()
        {
            let label = if i == 0 { format!("{name:<12} ") } else { " ".repeat(13) };
            lines.push(Line::from(vec![Span::styled(label, theme.dim), Span::styled(part, theme.text)]));
        }
    };
    fact("difficulty", difficulty(card.difficulty, theme.ascii));
    fact("length", format!("{} minutes of incident time", card.minutes));
    if !card.trains.is_empty() {
        fact("trains", card.trains.join(", "));
    }
    fact("source", card.provenance.clone());
    let best =
        card.best.as_ref().map_or("–".to_owned(), |(letter, score)| format!("{letter}, {score:.0} of 100"));
    fact("best grade", format!("{best}  ({} played)", card.attempts));
    lines.push(Line::default());
    let mode = match home.mode {
        Mode::Practice => "practice: pause, speed and hints are yours",
        Mode::Exam => "exam: real time, no pause, no hints",
    };
    lines.push(Line::from(vec![Span::styled("mode         ", theme.dim), Span::styled(mode, theme.accent)]));
    let seed = format!("{:x}", home.seed);
    lines.push(Line::from(vec![Span::styled("seed         ", theme.dim), Span::styled(seed, theme.accent)]));
    for (line, y) in lines.into_iter().zip(inner.y..inner.bottom()) {
        line.render(Rect { y, height: 1, ..inner }, buffer);
    }
}
