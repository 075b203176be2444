//! Draws a state into a frame: the screen, the overlays over it, and the footer with the keys that work now. Returns the
//! layout that it used, so that the mouse works on what was shown.

use super::{
    action::{self, ACTIONS, Place},
    format,
    panel::boxed,
    screen::{briefing, debrief, drill, home, waiting},
    state::{Areas, Overlay, Screen, State},
    update::palette_rows,
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    widgets::{Clear, Widget},
};

/// The smallest terminal that is laid out; below it one sentence says so.
pub const SMALLEST: (u16, u16) = (60, 20);

/// Draws everything.
pub fn view(state: &State, area: Rect, buffer: &mut Buffer) -> (Areas, Option<Position>) {
    let theme = &state.theme;
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!(
            "Firedrill needs {}×{}; this terminal has {}×{}.",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        );
        for (line, y) in format::wrap(&text, area.width as usize).into_iter().zip(area.y..area.bottom()) {
            buffer.set_stringn(area.x, y, line, area.width as usize, theme.warn);
        }
        return (Areas::default(), None);
    }
    let body = Rect { height: area.height - 1, ..area };
    let footer = Rect { y: area.bottom() - 1, height: 1, ..area };
    let (mut areas, mut cursor) = (Areas::default(), None);
    match &state.screen {
        Screen::Home(h) => home::draw(h, body, buffer, theme),
        Screen::Briefing(b) => briefing::draw(b, body, buffer, theme),
        Screen::Opening(o) => {
            let doing = format!("the shop is open; it is {} and nobody has called you yet", o.clock);
            waiting::draw(&o.title, o.share, &doing, body, buffer, theme);
        }
        Screen::Drill(d) => (areas, cursor) = drill::draw(d, body, buffer, theme),
        Screen::Grading(share, doing) => {
            waiting::draw("Grading your response", *share, doing, body, buffer, theme)
        }
        Screen::Debrief(d) => debrief::draw(d, body, buffer, theme),
    }
    areas.footer = footer;
    draw_footer(state, footer, buffer);
    for overlay in &state.overlays {
        cursor = draw_overlay(overlay, state, body, buffer);
    }
    (areas, cursor)
}

fn draw_footer(state: &State, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let mut x = area.x + 1;
    if let Some(notice) = &state.notice {
        buffer.set_stringn(
            x,
            area.y,
            format::cut(notice, area.width as usize - 2),
            area.width as usize,
            theme.warn,
        );
        return;
    }
    let place = state.place();
    let room = |x: u16| area.right().saturating_sub(x) as usize;
    if let Screen::Drill(d) = &state.screen
        && place == Place::View
        && area.width >= 100
    {
        for (name, shown) in drill::view_names(d) {
            let style = if shown { theme.accent } else { theme.dim };
            x = buffer.set_stringn(x, area.y, &name, room(x), style).0 + 1;
        }
        x += 1;
    }
    for row in ACTIONS.iter().filter(|r| r.footer && action::works_in(r.place, place)) {
        let key = row.keys[0];
        if hidden(state, row.action) || room(x) < key.len() + row.name.len() + 3 {
            continue;
        }
        x = buffer.set_stringn(x, area.y, key, room(x), theme.accent).0 + 1;
        x = buffer.set_stringn(x, area.y, row.name, room(x), theme.dim).0 + 2;
    }
}

/// What cannot be done right now is not offered.
fn hidden(state: &State, action: action::Action) -> bool {
    match (&state.screen, action) {
        (Screen::Home(home), action::Action::Resume) => home.unfinished.is_none(),
        (Screen::Drill(d), action::Action::Pause | action::Action::Faster | action::Action::Slower) => {
            d.pace.locked().is_some()
        }
        (Screen::Drill(d), action::Action::Acknowledge) => {
            !d.snapshot.alerts.iter().any(|a| a.firing && a.pages && !a.acknowledged)
        }
        (Screen::Opening(_), action::Action::Begin) => true,
        _ => false,
    }
}

fn draw_overlay(overlay: &Overlay, state: &State, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    match overlay {
        Overlay::Help { scroll } => {
            help(state, *scroll, area, buffer);
            None
        }
        Overlay::Palette { editor, selected } => Some(palette(state, editor, *selected, area, buffer)),
        Overlay::Leave => {
            leave(state, area, buffer);
            None
        }
    }
}

fn centred(width: u16, height: u16, area: Rect) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height)
}

fn help(state: &State, scroll: usize, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let place = state.place();
    let rows: Vec<(String, &str, Style)> = ACTIONS
        .iter()
        .filter(|r| action::works_in(r.place, place) || (place == Place::Console && r.place == Place::View))
        .map(|r| {
            (r.keys.join(" "), r.doc, if action::works_in(r.place, place) { theme.text } else { theme.dim })
        })
        .collect();
    let area = centred(88, rows.len() as u16 + 2, area);
    Clear.render(area, buffer);
    let note = if place == Place::Console { "dim: after esc" } else { "esc closes" };
    let inner = boxed("Keys that work here", note, true, area, buffer, theme);
    let skip = scroll.min(rows.len().saturating_sub(inner.height as usize));
    for ((keys, doc, style), y) in rows.into_iter().skip(skip).zip(inner.y..inner.bottom()) {
        buffer.set_stringn(inner.x + 1, y, format!("{keys:>18}"), 18, theme.accent);
        let room = inner.width.saturating_sub(22) as usize;
        buffer.set_stringn(inner.x + 21, y, format::cut(doc, room), room, style);
    }
}

fn palette(
    state: &State,
    editor: &super::editor::Editor,
    selected: usize,
    area: Rect,
    buffer: &mut Buffer,
) -> Position {
    let theme = &state.theme;
    let rows = palette_rows(state.place(), editor.text());
    let area = centred(76, 18, area);
    Clear.render(area, buffer);
    let inner = boxed("Palette", "enter does it · esc closes", true, area, buffer, theme);
    let width = inner.width as usize;
    let x = buffer.set_stringn(inner.x + 1, inner.y, "> ", 2, theme.accent).0;
    buffer.set_stringn(x, inner.y, editor.text(), width.saturating_sub(4), theme.text);
    let list = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    let first = selected.saturating_sub((list.height as usize).saturating_sub(1));
    for ((i, row), y) in rows.iter().enumerate().skip(first).zip(list.y..list.bottom()) {
        if i == selected {
            buffer.set_style(Rect { y, height: 1, ..list }, theme.selected);
        }
        buffer.set_stringn(list.x + 1, y, row.name, 14, theme.accent);
        buffer.set_stringn(
            list.x + 15,
            y,
            format::cut(row.doc, width.saturating_sub(30)),
            width.saturating_sub(30),
            theme.text,
        );
        super::panel::right(&format!("{} ", row.keys[0]), theme.dim, list, y, buffer);
    }
    if rows.is_empty() {
        buffer.set_stringn(list.x + 1, list.y, "No action has that name.", width - 2, theme.dim);
    }
    Position::new(x + editor.column() as u16, inner.y)
}

fn leave(state: &State, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let area = centred(58, 8, area);
    Clear.render(area, buffer);
    let inner = boxed("Leave the drill?", "esc stays", true, area, buffer, theme);
    let rows = [
        ("e", "End it now and be graded on what you did"),
        ("k", "Keep it: go home, and go on later where it stands"),
        ("q", "Quit Firedrill; the drill is kept"),
    ];
    for ((key, text), y) in rows.iter().zip(inner.y + 1..) {
        buffer.set_stringn(inner.x + 3, y, key, 1, theme.accent);
        buffer.set_stringn(inner.x + 6, y, text, inner.width as usize - 7, theme.text);
    }
}
