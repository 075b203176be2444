//! The home screen: drills in plain rows on the left, the selected one's card on the right. Nothing moves unless asked.

use super::super::{
    chart::sparkline,
    format,
    overlay::history,
    panel::boxed,
    state::{Hit, Home},
    theme::Theme,
};
use super::markdown;
use crate::drill::Mode;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Widget,
};

/// Rows of what was played so far.
const PROGRESS_ROWS: u16 = 8;

/// Draws the screen into everything above the footer; returns the cursor while the filter is typed.
pub(crate) fn draw(
    home: &Home,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    hits: &mut Vec<(Rect, Hit)>,
) -> Option<Position> {
    let [head, body] = Layout::vertical([Constraint::Length(2), Constraint::Fill(1)]).areas(area);
    header(head, buffer, theme);
    let list_width = if area.width >= 110 { Constraint::Percentage(48) } else { Constraint::Length(38) };
    let [left, right] = Layout::horizontal([list_width, Constraint::Fill(1)]).areas(body);
    let progress = if left.height >= home.cards.len() as u16 * 2 + 14 { PROGRESS_ROWS } else { 0 };
    let [left, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(progress)]).areas(left);
    let cursor = list(home, left, buffer, theme, hits);
    if below.height > 2 {
        your_drills(home, below, buffer, theme);
    }
    card(home, right, buffer, theme);
    cursor
}

/// What was played so far, in a few rows: the way a person's grades go is what brings them back.
fn your_drills(home: &Home, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let note = if home.past.is_empty() { "" } else { "h shows all" };
    let inner = boxed("Your drills", note, false, area, buffer, theme);
    let width = inner.width.saturating_sub(2) as usize;
    let Some(last) = home.past.last() else {
        let rows = [
            "No drill finished yet.",
            "",
            "t    a first page, with a guide",
            "g    this drill with a guide",
            "?    every key that works here",
        ];
        for (row, y) in rows.iter().zip(inner.y..inner.bottom()) {
            buffer.set_stringn(inner.x + 1, y, format::cut(row, width), width, theme.dim);
        }
        return;
    };
    let scores: Vec<Option<f64>> = home.past.iter().map(|drill| Some(drill.score)).collect();
    let shown = scores.len().min(width.saturating_sub(16)).min(40);
    let streak = history::streak(&home.past);
    let best = home.past.iter().map(|drill| drill.score).fold(0.0, f64::max);
    let weeks = if streak == 1 { "week" } else { "weeks" };
    let rows = [
        ("grades", sparkline(&scores, shown, 100.0, theme.ascii), theme.accent),
        ("best", format!("{best:.0} of 100 in {} drills", scores.len()), theme.text),
        ("last", format!("{} {:.0}  {} on {}", last.letter, last.score, last.scenario, last.day), theme.text),
        ("streak", format!("{streak} {weeks} with a drill, up to the last one"), theme.text),
    ];
    for ((name, value, style), y) in rows.into_iter().zip(inner.y..inner.bottom()) {
        buffer.set_stringn(inner.x + 1, y, format!("{name:<12}"), 12, theme.dim);
        let room = width.saturating_sub(13);
        buffer.set_stringn(inner.x + 14, y, format::cut(&value, room), room, style);
    }
}

fn header(area: Rect, buffer: &mut Buffer, theme: &Theme) {
    buffer.set_stringn(area.x + 1, area.y, "FIREDRILL", 9, theme.accent);
    let motto = "live through an incident before it happens to you";
    buffer.set_stringn(area.x + 12, area.y, motto, area.width.saturating_sub(13) as usize, theme.dim);
}

fn list(
    home: &Home,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    hits: &mut Vec<(Rect, Hit)>,
) -> Option<Position> {
    let shown: Vec<_> = home.shown().collect();
    let note = if shown.len() == home.cards.len() {
        shown.len().to_string()
    } else {
        format!("{} of {}", shown.len(), home.cards.len())
    };
    let mut inner = boxed("Drills", &note, true, area, buffer, theme);
    let mut cursor = None;
    if home.filtering || !home.filter.text().is_empty() {
        let x = buffer.set_stringn(inner.x + 1, inner.y, "/ ", 2, theme.accent).0;
        let room = inner.width.saturating_sub(4) as usize;
        buffer.set_stringn(x, inner.y, home.filter.text(), room, theme.text);
        let end = (x + home.filter.column() as u16).min(inner.right() - 1);
        cursor = home.filtering.then_some(Position::new(end, inner.y));
        inner = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    }
    let rows = (inner.height.saturating_sub(u16::from(home.unfinished.is_some())) / 2) as usize;
    let first = home.selected.saturating_sub(rows.saturating_sub(1));
    for (i, card) in shown.into_iter().enumerate().skip(first).take(rows) {
        let y = inner.y + 2 * (i - first) as u16;
        hits.push((Rect { y, height: 2, ..inner }, Hit::Row(i)));
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
        let text = format!(
            "r  go on with {}, seed {}, at {}",
            unfinished.scenario, unfinished.seed, unfinished.clock
        );
        buffer.set_stringn(
            inner.x + 1,
            y,
            format::cut(&text, inner.width as usize - 2),
            inner.width as usize,
            theme.warn,
        );
    }
    cursor
}

/// Difficulty as dots of five.
pub(crate) fn difficulty(level: u8, ascii: bool) -> String {
    let level = usize::from(level.min(5));
    let (full, empty) = if ascii { ("*", ".") } else { ("●", "○") };
    full.repeat(level) + &empty.repeat(5 - level)
}

fn card(home: &Home, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let Some(card) = home.shown().nth(home.selected) else {
        let inner = boxed("No drill", "", false, area, buffer, theme);
        let text = if home.cards.is_empty() { "No scenario was found." } else { "No drill contains that." };
        buffer.set_stringn(inner.x + 1, inner.y, text, inner.width as usize, theme.warn);
        return;
    };
    let inner = boxed(&card.title, &card.date, false, area, buffer, theme);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let about = markdown::render(&card.about, inner.width as usize, theme);
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String, style: Style| {
        for (i, part) in
            format::wrap(&value, (inner.width as usize).saturating_sub(13)).into_iter().enumerate()
        {
            let label = if i == 0 { format!("{name:<12} ") } else { " ".repeat(13) };
            facts.push(Line::from(vec![Span::styled(label, theme.dim), Span::styled(part, style)]));
        }
    };
    fact("difficulty", difficulty(card.difficulty, theme.ascii), theme.text);
    fact("length", format!("{} minutes of incident time", card.minutes), theme.text);
    if !card.trains.is_empty() {
        fact("trains", card.trains.join(", "), theme.text);
    }
    fact("source", card.provenance.clone(), theme.text);
    let best =
        card.best.as_ref().map_or("–".to_owned(), |(letter, score)| format!("{letter}, {score:.0} of 100"));
    fact("best grade", format!("{best}  ({} played)", card.attempts), theme.text);
    let mode = match home.mode {
        Mode::Practice => "practice: pause, speed and hints are yours",
        Mode::Exam => "exam: real time, no pause, no hints",
    };
    fact("mode", mode.to_owned(), theme.accent);
    fact("seed", format!("{}  (s draws another, # types one)", home.seed), theme.accent);
    // Where there is no room for both, the facts come first: the briefing tells the rest again.
    let roomy = about.len() + 1 + facts.len() <= inner.height as usize;
    let (first, second) = if roomy { (about, facts) } else { (facts, about) };
    let lines = first.into_iter().chain([Line::default()]).chain(second);
    for (line, y) in lines.zip(inner.y..inner.bottom()) {
        line.render(Rect { y, height: 1, ..inner }, buffer);
    }
}
