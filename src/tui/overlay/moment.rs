//! What was on the trainee's screen at the minute under the debrief's cursor: the drill's own screen, once more.
//!
//! ```text
//!  FIREDRILL  June 4 · seed 4f2a      15:23:00 …
//! ╭ Storefront ───────────────────────────────────────╮
//! ╭ oncall@bastion ───────────────────────────────────╮
//!  15:23 on your screen · left and right: a minute · 1–9: another view · esc: back
//! ```

use super::super::{
    action::PANELS,
    format,
    screen::drill,
    state::{DrillState, Focus, Screen, State},
};
use crate::debrief::still::Still;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    widgets::{Clear, Widget},
};

/// Draws the screen of that minute over the debrief.
pub(super) fn draw(state: &State, view: Option<u8>, area: Rect, buffer: &mut Buffer) {
    let Screen::Debrief(debrief) = &state.screen else { return };
    let Some(still) = debrief.still() else { return };
    Clear.render(area, buffer);
    let [body, foot] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    let mut shown = DrillState::new(still.snapshot.clone(), 1.0);
    shown.view = view.unwrap_or_else(|| opened(still));
    shown.focus = Focus::View;
    shown.channel_seen = usize::MAX;
    drill::draw(&shown, body, buffer, &state.theme);
    let clock = still.snapshot.clock.get(..5).unwrap_or_default();
    let text = format!("{clock} on your screen · left and right: a minute · 1–9: another view · esc: back");
    let width = area.width as usize - 2;
    buffer.set_style(foot, state.theme.bar);
    buffer.set_stringn(foot.x + 1, foot.y, format::cut(&text, width), width, state.theme.accent);
}

/// The number of the view that was open.
fn opened(still: &Still) -> u8 {
    let place = PANELS.iter().position(|panel| Some(*panel) == still.panel).unwrap_or(0);
    place as u8 + 1
}
