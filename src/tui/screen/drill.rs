//! The drill screen, laid out on purpose for 80×24, 120×36 and 200×60. The console is where the hands are: it keeps at
//! least eight lines unless the trainee asks for one.

use super::super::{
    format, guide,
    panel::{changes, channel, console, database, logs, notes, signals, status, timeline, topology, traces},
    state::{Areas, ConsoleSize, DrillState, Focus, Hit},
    theme::Theme,
};
use crate::drill::AlertLine;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
};

/// Fewest lines of the console, border included, at half size.
const CONSOLE_LEAST: u16 = 10;
/// Columns from which channel and stack stand beside the charts.
const WIDE: u16 = 100;
/// Rows of the guide.
const GUIDE_ROWS: u16 = 2;
/// Columns at the right of the console's border that are its own.
const NOTE_WIDTH: usize = 28;
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
    let news = drill.announcement().filter(|_| !seen || drill.snapshot.alerts.iter().any(waits));
    let cursor = console::draw(&drill.snapshot.console, &drill.console, focused, console_area, buffer, theme);
    if let Some(news) = news {
        announce(&news, console_area, buffer, theme);
    }
    (Areas { console: console_area, view, hits }, cursor)
}

fn waits(alert: &AlertLine) -> bool {
    alert.firing && alert.pages && !alert.acknowledged
}

/// What came in and was not looked at, in the console's border: it moves nothing and takes no keys.
fn announce(news: &str, console: Rect, buffer: &mut Buffer, theme: &Theme) {
    let x = console.x + 19;
    let room = (console.width as usize).saturating_sub(20 + NOTE_WIDTH);
    let mark = if theme.ascii { "!" } else { "▲" };
    if room >= 20 {
        buffer.set_stringn(
            x,
            console.y,
            format!(" {mark} {} ", format::cut(news, room - 4)),
            room,
            theme.warn,
        );
    }
}

/// The rows above the console that the guide takes, if there is one.
fn guide_strip(drill: &DrillState, view: Rect) -> (Rect, Rect) {
    let rows = if drill.guide.is_some() && view.height > GUIDE_ROWS + 6 { GUIDE_ROWS } else { 0 };
    let [view, strip] = Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(view);
    (view, strip)
}

fn draw_guide(drill: &DrillState, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let Some(step) = drill.guide.filter(|_| area.height > 0) else { return };
    buffer.set_style(area, theme.bar);
    let label = format!("{}/{}", (step + 1).min(guide::STEPS.len()), guide::STEPS.len());
    buffer.set_stringn(area.x + 1, area.y, format!("guide {label:>5}"), 11, theme.accent);
    let text = guide::STEPS.get(step).map_or("That was all: the rest is yours.", |step| step.text);
    let width = (area.width as usize).saturating_sub(16);
    for (line, y) in format::wrap(text, width).into_iter().zip(area.y..area.bottom()) {
        buffer.set_stringn(area.x + 14, y, line, width, theme.title);
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
        6 => changes::draw(snapshot, scroll, area, buffer, theme),
        7 => timeline::draw(snapshot, scroll, area, buffer, theme),
        8 => channel::draw(snapshot, scroll, 0, area, buffer, theme),
        9 => notes::draw(snapshot, area, buffer, theme),
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
    let database_rows = if area.height >= 18 { 6 } else { 5 };
    let [charts, base] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(database_rows)]).areas(left);
    signals::draw(snapshot, charts, buffer, theme);
    database::draw(snapshot, base, buffer, theme);
    if area.width >= VERY_WIDE {
        return topology::draw(snapshot, right, buffer, theme);
    }
    let stack_rows = (snapshot.topology.len() as u16 + 2).min(area.height / 2);
    let [talk, stack] = Layout::vertical([Constraint::Fill(1), Constraint::Length(stack_rows)]).areas(right);
    channel::draw(snapshot, drill.view_scroll, drill.unread(), talk, buffer, theme);
    topology::draw(snapshot, stack, buffer, theme);
}

/// Whether the channel is whole on screen, so that what came counts as read.
pub(crate) fn shows_channel(drill: &DrillState, width: u16) -> bool {
    drill.size != ConsoleSize::Full && (drill.view == 8 || (drill.view == 1 && width >= WIDE))
}
