//! The drill screen, laid out on purpose for 80×24, 120×36 and 200×60. The console is where the hands are: it keeps at
//! least eight lines unless the trainee asks for one.

use super::super::{
    format,
    panel::{changes, channel, console, database, logs, notes, signals, status, timeline, topology, traces},
    state::{Areas, ConsoleSize, DrillState, Focus, Hit},
    theme::Theme,
};
use crate::drill::{AlertLine, Signal, Snapshot};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
};

/// Fewest lines of the console, border included, at half size.
const CONSOLE_LEAST: u16 = 10;
/// Fewest rows of the channel beside the charts, border included.
const CHANNEL_LEAST: u16 = 7;
/// Columns from which channel and stack stand beside the charts.
const WIDE: u16 = 100;
/// Rows of the guide: three where a line is short.
const GUIDE_ROWS: u16 = 2;
/// Columns of the guide's own labels, before its text.
const GUIDE_TEXT: u16 = 10;
/// Columns at the right of the console's border that are its own.
const NOTE_WIDTH: usize = 32;
/// Columns from which the console shares its row with the channel.
const VERY_WIDE: u16 = 170;

/// Draws the screen above the footer; returns where things are, and the cursor if there is one.
pub(crate) fn draw(
    drill: &DrillState,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) -> (Areas, Option<Position>) {
    let [bar, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    status::draw(&drill.snapshot, &drill.pace, bar, buffer, theme);
    let mut hits = Vec::new();
    let (view, console_area) = split(drill.size, body);
    let (view, strip) = guide_strip(drill, view);
    if view.height > 2 {
        draw_view(drill, view, buffer, theme, &mut hits);
    }
    draw_guide(drill, strip, buffer, theme);
    let focused = drill.focus == Focus::Console;
    let very_wide = area.width >= VERY_WIDE && drill.view == 1 && drill.size == ConsoleSize::Half;
    let console_area = if very_wide {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(62), Constraint::Fill(1)]).areas(console_area);
        channel::draw(&drill.snapshot, drill.view_scroll, drill.unread(), right, buffer, theme);
        left
    } else {
        console_area
    };
    let seen = shows_channel(drill, area.width);
    let paged = drill.snapshot.alerts.iter().any(waits);
    let news = drill.announcement().filter(|_| !seen || paged);
    let cursor = console::draw(&drill.snapshot.console, &drill.console, focused, console_area, buffer, theme);
    if let Some(news) = news {
        let key = match (paged, focused) {
            (true, true) => "alt-a acknowledges",
            (true, false) => "a acknowledges",
            (false, true) => "alt-r answers",
            (false, false) => "r answers",
        };
        announce(&news, key, paged, console_area, buffer, theme);
    }
    (Areas { console: console_area, view, hits }, cursor)
}

fn waits(alert: &AlertLine) -> bool {
    alert.firing && alert.pages && !alert.acknowledged
}

/// What came in and was not looked at, in the console's border: it moves nothing and takes no keys.
fn announce(news: &str, key: &str, paged: bool, console: Rect, buffer: &mut Buffer, theme: &Theme) {
    let x = console.x + 19;
    let room = (console.width as usize).saturating_sub(20 + NOTE_WIDTH);
    let mark = match (paged, theme.ascii) {
        (_, true) => "!",
        (true, false) => "▲",
        (false, false) => "◆",
    };
    let style = if paged { theme.bad } else { theme.warn };
    // The mark, the key and the blanks around them.
    let Some(room_for_text) = room.checked_sub(key.len() + 5) else { return };
    let text = format::cut_words(news, room_for_text);
    let gap = if text.is_empty() { "" } else { " " };
    let x = buffer.set_stringn(x, console.y, format!(" {mark} {text}{gap}"), room, style).0;
    buffer.set_stringn(x, console.y, format!("{key} "), key.len() + 1, theme.accent);
}

/// The rows above the console that the guide takes, if there is one.
fn guide_strip(drill: &DrillState, view: Rect) -> (Rect, Rect) {
    let wanted = if view.width < WIDE { GUIDE_ROWS + 1 } else { GUIDE_ROWS };
    let rows = if drill.guide.is_some() && view.height > wanted + 4 { wanted } else { 0 };
    let [view, strip] = Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(view);
    (view, strip)
}

fn draw_guide(drill: &DrillState, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let Some(guide) = drill.guide.filter(|_| area.height > 0) else { return };
    buffer.set_style(area, theme.bar);
    let (at, of) = guide.place();
    let step = guide.step();
    let part = step.map_or("done", |step| step.part);
    buffer.set_stringn(area.x + 1, area.y, part.to_uppercase(), GUIDE_TEXT as usize, theme.accent);
    if area.height > 1 {
        buffer.set_stringn(area.x + 1, area.y + 1, format!("{at} of {of}"), GUIDE_TEXT as usize, theme.dim);
    }
    let text = step.map_or("That was all: the rest is yours.", |step| step.text);
    let width = area.width.saturating_sub(GUIDE_TEXT + 1) as usize;
    for (line, y) in format::wrap(text, width).into_iter().zip(area.y..area.bottom()) {
        buffer.set_stringn(area.x + GUIDE_TEXT, y, line, width, theme.title);
    }
}

fn split(size: ConsoleSize, body: Rect) -> (Rect, Rect) {
    let console = match size {
        ConsoleSize::Full => body.height,
        ConsoleSize::Line => 3,
        ConsoleSize::Half => (body.height * 45 / 100).max(CONSOLE_LEAST).min(body.height),
    };
    let [view, console] = Layout::vertical([Constraint::Fill(1), Constraint::Length(console)]).areas(body);
    (view, console)
}

fn draw_view(
    drill: &DrillState,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    hits: &mut Vec<(Rect, Hit)>,
) {
    let (snapshot, scroll) = (&drill.snapshot, drill.view_scroll);
    match drill.view {
        2 => topology::view(snapshot, drill.component, area, buffer, theme, hits),
        3 => database::view(snapshot, area, buffer, theme),
        4 => logs::draw(snapshot, &drill.filter, scroll, area, buffer, theme),
        5 => traces::draw(snapshot, &drill.filter, scroll, area, buffer, theme),
        6 => changes::draw(snapshot, drill.change, area, buffer, theme, hits),
        7 => timeline::draw(snapshot, scroll, area, buffer, theme),
        8 => channel::draw(snapshot, scroll, 0, area, buffer, theme),
        9 => notes::draw(snapshot, scroll, area, buffer, theme),
        _ => overview(drill, area, buffer, theme),
    }
}

fn overview(drill: &DrillState, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let snapshot = &drill.snapshot;
    if area.width < WIDE {
        return signals::draw(snapshot, area, buffer, theme);
    }
    let right = if area.width >= VERY_WIDE { Constraint::Percentage(34) } else { Constraint::Percentage(42) };
    let [left, right] = Layout::horizontal([Constraint::Fill(1), right]).areas(area);
    let database_rows = match area.height {
        0..18 => 5,
        18..26 => 6,
        _ => 8,
    };
    let [charts, base] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(database_rows)]).areas(left);
    signals::draw(snapshot, charts, buffer, theme);
    database::draw(snapshot, base, buffer, theme);
    let stack_rows = snapshot.topology.len() as u16 + 2;
    if area.width >= VERY_WIDE {
        return grid(snapshot, stack_rows, right, buffer, theme);
    }
    let stack_rows = stack_rows.min(area.height.saturating_sub(CHANNEL_LEAST));
    let [talk, stack] = Layout::vertical([Constraint::Fill(1), Constraint::Length(stack_rows)]).areas(right);
    channel::draw(snapshot, drill.view_scroll, drill.unread(), talk, buffer, theme);
    topology::draw(snapshot, stack, buffer, theme);
}

/// Beside the charts where there is room for all: the stack, who suffers, and what the database bears, over the same minutes.
fn grid(snapshot: &Snapshot, stack_rows: u16, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let charts = if area.height >= stack_rows + 18 { 2 } else { 1 };
    let stack_rows = if area.height >= stack_rows + 8 { stack_rows } else { area.height };
    let [stack, below] = Layout::vertical([Constraint::Length(stack_rows), Constraint::Fill(1)]).areas(area);
    topology::draw(snapshot, stack, buffer, theme);
    if below.height < 8 {
        return;
    }
    let kinds = [Signal::Affected, Signal::DatabaseActive];
    let rows = Layout::vertical(vec![Constraint::Fill(1); charts]).split(below);
    for (kind, area) in kinds.into_iter().zip(rows.iter()) {
        signals::chart(snapshot, kind, *area, buffer, theme);
    }
}

/// Whether the channel is whole on screen, so that what came counts as read.
pub(crate) fn shows_channel(drill: &DrillState, width: u16) -> bool {
    drill.size != ConsoleSize::Full && (drill.view == 8 || (drill.view == 1 && width >= WIDE))
}
