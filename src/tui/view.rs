//! Draws a state into a frame: the screen, the overlays over it, and the footer with the keys that work now. Returns the
//! layout that it used, so that the mouse works on what was shown.

use super::{
    action::{self, ACTIONS, Action},
    format, overlay,
    screen::{briefing, debrief, drill, home, waiting},
    state::{Areas, Focus, Hit, Overlay, Screen, State},
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Color, Modifier, Style},
};
use unicode_width::UnicodeWidthStr;

/// The smallest terminal that is laid out; below it one sentence says so.
pub const SMALLEST: (u16, u16) = (60, 20);
/// Columns from which the footer names the drill's views.
const NAMED_VIEWS: u16 = 120;

/// Draws everything.
pub fn view(state: &State, area: Rect, buffer: &mut Buffer) -> (Areas, Option<Position>) {
    let drawn = draw(state, area, buffer);
    paint_ground(buffer, area, state.theme.ground);
    drawn
}

/// Cells that nothing was painted on take the theme's own text and background, so that a theme looks the same everywhere.
fn paint_ground(buffer: &mut Buffer, area: Rect, ground: Style) {
    let (fg, bg) = (ground.fg.unwrap_or(Color::Reset), ground.bg.unwrap_or(Color::Reset));
    if (fg, bg) == (Color::Reset, Color::Reset) {
        return;
    }
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let Some(cell) = buffer.cell_mut((x, y)) else { continue };
            if cell.bg == Color::Reset {
                cell.bg = bg;
            }
            if cell.fg == Color::Reset {
                cell.fg = fg;
            }
        }
    }
}

fn draw(state: &State, area: Rect, buffer: &mut Buffer) -> (Areas, Option<Position>) {
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
        Screen::Home(h) => cursor = home::draw(h, body, buffer, theme, &mut areas.hits),
        Screen::Briefing(b) => briefing::draw(b, body, buffer, theme),
        Screen::Opening(o) => {
            let doing = format!("the shop is open; it is {} and nobody has called you yet", o.clock);
            waiting::draw(&o.title, o.share, &doing, body, buffer, theme);
        }
        Screen::Drill(d) => (areas, cursor) = drill::draw(d, body, buffer, theme),
        Screen::Grading(share, doing) => {
            waiting::draw("Grading your response", *share, doing, body, buffer, theme)
        }
        Screen::Debrief(d) => debrief::draw(d, body, buffer, theme, &mut areas.hits),
    }
    // A past minute's screen takes the whole terminal, with keys of its own.
    let over_all = matches!(state.overlays.last(), Some(Overlay::Moment { .. }));
    if !over_all {
        draw_footer(state, footer, buffer, &mut areas.hits);
    }
    if state.overlays.iter().any(is_in_the_middle) {
        // What lies below steps back; its words can still be read.
        let back = Style::new().fg(theme.dim.fg.unwrap_or(Color::Reset)).remove_modifier(Modifier::BOLD);
        buffer.set_style(body, back);
    }
    for overlay in &state.overlays {
        cursor = overlay::draw(overlay, state, if over_all { area } else { body }, buffer);
    }
    (areas, cursor)
}

/// Prompts at an edge leave the screen as it is: what is typed there is about what is seen.
fn is_in_the_middle(overlay: &Overlay) -> bool {
    !matches!(overlay, Overlay::Find { .. } | Overlay::Reply { .. })
}

/// What stands in the footer, from the left: keys with their names, each of which can be clicked.
fn draw_footer(state: &State, area: Rect, buffer: &mut Buffer, hits: &mut Vec<(Rect, Hit)>) {
    let theme = &state.theme;
    if let Some(notice) = &state.notice {
        let room = area.width as usize - 2;
        buffer.set_stringn(area.x + 1, area.y, format::cut(notice, room), room, theme.warn);
        return;
    }
    let place = state.place();
    let mut shown: Vec<Action> = Vec::new();
    let named = area.width >= NAMED_VIEWS;
    // Help and the palette lead to everything else: they stand at the right edge whatever else there is room for.
    let mut area = area;
    for action in [Action::Help, Action::Palette] {
        let mut found = ACTIONS
            .iter()
            .enumerate()
            .filter(|(_, r)| r.action == action && action::works_in(r.place, place));
        let Some((i, row)) = found.next_back() else { continue };
        let Some(key) = state.keymap.keys(i).first() else { continue };
        let width = (key.width() + row.name.width() + 3) as u16;
        if hidden(state, action) || area.width < width + 1 {
            continue;
        }
        area.width -= width;
        let x = buffer.set_stringn(area.right() + 1, area.y, key, width as usize, theme.accent).0 + 1;
        buffer.set_stringn(x, area.y, row.name, width as usize, theme.dim);
        hits.push((Rect::new(area.right() + 1, area.y, width - 1, 1), Hit::Action(action)));
        shown.push(action);
    }
    let mut x = area.x + 1;
    if let Screen::Drill(drill) = &state.screen {
        x = draw_views(drill, named, area, x, buffer, theme, hits);
    }
    for (i, row) in ACTIONS.iter().enumerate().filter(|(_, r)| r.footer && action::works_in(r.place, place)) {
        let Some(key) = state.keymap.keys(i).first() else { continue };
        let room = area.right().saturating_sub(x) as usize;
        if shown.contains(&row.action)
            || hidden(state, row.action)
            || room < key.width() + row.name.width() + 2
        {
            continue;
        }
        shown.push(row.action);
        let start = x;
        x = buffer.set_stringn(x, area.y, key, room, theme.accent).0 + 1;
        x = buffer.set_stringn(x, area.y, row.name, room, theme.dim).0;
        hits.push((Rect::new(start, area.y, x - start, 1), Hit::Action(row.action)));
        x += 2;
    }
}

/// The drill's views by digit; while the console has the keys, the digits want `alt`.
fn draw_views(
    drill: &super::state::DrillState,
    named: bool,
    area: Rect,
    mut x: u16,
    buffer: &mut Buffer,
    theme: &super::theme::Theme,
    hits: &mut Vec<(Rect, Hit)>,
) -> u16 {
    if drill.focus == Focus::Console {
        x = buffer.set_stringn(x, area.y, "alt", 3, theme.accent).0 + 1;
    }
    for (i, name) in action::VIEWS.iter().enumerate() {
        let shown = usize::from(drill.view) == i + 1;
        let start = x;
        let digit = if shown { theme.accent } else { theme.dim };
        x = buffer.set_stringn(x, area.y, (i + 1).to_string(), 1, digit).0;
        if named || shown {
            let style = if shown { theme.title } else { theme.dim };
            x = buffer.set_stringn(x + 1, area.y, name, area.right().saturating_sub(x) as usize, style).0;
        }
        hits.push((Rect::new(start, area.y, x - start, 1), Hit::Action(Action::View(i as u8 + 1))));
        x += 1;
    }
    x + 1
}

/// What cannot be done right now is not offered.
fn hidden(state: &State, action: Action) -> bool {
    match (&state.screen, action) {
        (Screen::Home(home), Action::Resume) => home.unfinished.is_none(),
        (Screen::Home(home), Action::Filter) => home.cards.len() < 2,
        (Screen::Drill(d), Action::Pause | Action::Faster | Action::Slower) => d.pace.locked().is_some(),
        (Screen::Drill(d), Action::Acknowledge) => {
            !d.snapshot.alerts.iter().any(|a| a.firing && a.pages && !a.acknowledged)
        }
        (Screen::Opening(_), Action::Begin) => true,
        (Screen::Debrief(d), Action::Earlier | Action::Later) => {
            !matches!(debrief::PAGES.get(d.page), Some(&"Overview" | &"Cause"))
        }
        (Screen::Debrief(d), Action::Moment) => d.page != 0 || d.report.stills.is_empty(),
        (Screen::Grading(..), action) => action != Action::Back,
        _ => false,
    }
}
