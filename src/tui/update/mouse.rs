//! The mouse: clicks land on what the last frame put under them.

use super::{Effect, act, act_on_screen};
use crate::tui::{
    action::Action,
    state::{DrillState, Focus, Hit, Overlay, Pager, Screen, State},
};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// Rows that one notch of the wheel scrolls.
const NOTCH: isize = 3;

/// A click or a turn of the wheel.
pub(super) fn on_mouse(state: &mut State, mouse: MouseEvent) -> Vec<Effect> {
    let at = Position::new(mouse.column, mouse.row);
    let by = match mouse.kind {
        MouseEventKind::ScrollUp => -1,
        MouseEventKind::ScrollDown => 1,
        MouseEventKind::Down(MouseButton::Left) if state.overlays.is_empty() => return click(state, at),
        _ => return Vec::new(),
    };
    if let Some(overlay) = state.overlays.last_mut() {
        if let Overlay::Help { scroll }
        | Overlay::History { scroll, .. }
        | Overlay::Pager(Pager { scroll, .. }) = overlay
        {
            *scroll = scroll.saturating_add_signed(by);
        }
        return Vec::new();
    }
    let console = state.areas.console.contains(at);
    match &mut state.screen {
        Screen::Drill(drill) => wheel(drill, console, -by * NOTCH),
        Screen::Debrief(debrief) => debrief.scroll = debrief.scroll.saturating_add_signed(by * NOTCH),
        Screen::Briefing(briefing) => briefing.scroll = briefing.scroll.saturating_add_signed(by * NOTCH),
        Screen::Home(_) => {
            return act_on_screen(state, if by < 0 { Action::Up } else { Action::Down });
        }
        _ => {}
    }
    Vec::new()
}

fn click(state: &mut State, at: Position) -> Vec<Effect> {
    match (state.areas.hit(at), &mut state.screen) {
        (Some(Hit::Action(action)), _) => return act(state, action),
        (Some(Hit::Row(row)), Screen::Home(home)) => home.selected = row,
        (Some(Hit::Row(row)), Screen::Drill(drill)) => {
            drill.focus = Focus::View;
            match drill.view {
                6 => return super::select_change(drill, row),
                _ => drill.component = row,
            }
        }
        (_, Screen::Drill(drill)) => {
            if state.areas.console.contains(at) {
                drill.focus = Focus::Console;
            } else if state.areas.view.contains(at) {
                drill.focus = Focus::View;
            }
        }
        _ => {}
    }
    Vec::new()
}

fn wheel(drill: &mut DrillState, console: bool, by: isize) {
    let rows = if console { &mut drill.console.scroll } else { &mut drill.view_scroll };
    *rows = rows.saturating_add_signed(by);
}
