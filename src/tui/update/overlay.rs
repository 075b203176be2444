//! The keys of what lies over a screen: help, palette, leaving, answers, search, history, settings.

use super::{Effect, act, scroll};
use crate::drill::{ConsoleLine, Input};
use crate::tui::{
    action::{self, ACTIONS, Action, Place, Row},
    editor::Editor,
    keys,
    settings::CHOICES,
    state::{DrillState, Overlay, Screen, State},
};
use crossterm::event::{KeyCode, KeyEvent};

/// A key while something lies over the screen.
pub(super) fn overlay_key(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    let Some(mut overlay) = state.overlays.pop() else { return Vec::new() };
    if key.code == KeyCode::Esc || keys::name(key) == "ctrl-c" {
        closed(state, &overlay);
        return Vec::new();
    }
    let (stays, effects) = match &mut overlay {
        Overlay::Help { scroll: rows } | Overlay::History { scroll: rows, .. } => list_key(state, rows, key),
        Overlay::Palette { editor, selected } => return palette_key(state, editor.clone(), *selected, key),
        Overlay::Leave => leave_key(state, key),
        Overlay::Reply { editor, to } => reply_key(editor, to, key),
        Overlay::Find { editor } => find_key(state, editor, key),
        Overlay::Settings { selected } => settings_key(state, selected, key),
    };
    if stays {
        state.overlays.push(overlay);
    }
    effects
}

/// What is left behind when an overlay is closed without an answer.
fn closed(state: &mut State, overlay: &Overlay) {
    if let (Overlay::Find { .. }, Screen::Drill(drill)) = (overlay, &mut state.screen) {
        drill.console.find = None;
        drill.console.scroll = 0;
        drill.filter.clear();
    }
}

fn list_key(state: &State, rows: &mut usize, key: &KeyEvent) -> (bool, Vec<Effect>) {
    match state.keymap.lookup(key, Place::Anywhere) {
        Some(Action::Help) | None => (false, Vec::new()),
        Some(action) => {
            scroll(rows, action);
            (true, Vec::new())
        }
    }
}

fn palette_key(state: &mut State, mut editor: Editor, mut selected: usize, key: &KeyEvent) -> Vec<Effect> {
    let rows = palette_rows(state.place(), editor.text());
    match key.code {
        KeyCode::Up => selected = selected.saturating_sub(1),
        KeyCode::Down => selected = (selected + 1).min(rows.len().saturating_sub(1)),
        KeyCode::Enter => {
            let chosen = rows.get(selected).map(|row| row.action);
            return chosen.map_or_else(Vec::new, |action| act(state, action));
        }
        _ => {
            editor.key(key);
            selected = 0;
        }
    }
    state.overlays.push(Overlay::Palette { editor, selected });
    Vec::new()
}

fn leave_key(state: &mut State, key: &KeyEvent) -> (bool, Vec<Effect>) {
    match key.code {
        KeyCode::Char('k') => (false, vec![Effect::Keep]),
        KeyCode::Char('e') => (false, vec![Effect::Input(Input::Leave), Effect::Finish]),
        KeyCode::Char('q') => {
            state.quit = true;
            (false, Vec::new())
        }
        _ => (true, Vec::new()),
    }
}

fn reply_key(editor: &mut Editor, to: &str, key: &KeyEvent) -> (bool, Vec<Effect>) {
    if key.code != KeyCode::Enter {
        editor.key(key);
        return (true, Vec::new());
    }
    let text = editor.take();
    if text.trim().is_empty() {
        return (false, Vec::new());
    }
    let text = if to.is_empty() { text } else { format!("@{to} {text}") };
    let quoted = text.replace('\'', "'\\''");
    (false, vec![Effect::Input(Input::Aside(format!("post '{quoted}'")))])
}

fn find_key(state: &mut State, editor: &mut Editor, key: &KeyEvent) -> (bool, Vec<Effect>) {
    let Screen::Drill(drill) = &mut state.screen else { return (false, Vec::new()) };
    if filters(drill) {
        if key.code == KeyCode::Enter {
            return (false, Vec::new());
        }
        editor.key(key);
        drill.filter = editor.text().to_lowercase();
        drill.view_scroll = 0;
        return (true, Vec::new());
    }
    match key.code {
        KeyCode::Enter | KeyCode::Up => jump(drill, editor.text(), 1),
        KeyCode::Down => jump(drill, editor.text(), -1),
        _ => {
            editor.key(key);
            drill.console.scroll = 0;
            jump(drill, editor.text(), 1);
        }
    }
    drill.console.find = Some(editor.text().to_owned());
    (true, Vec::new())
}

/// Whether the shown view is one that a search narrows, rather than the console's transcript.
#[must_use]
pub(crate) fn filters(drill: &DrillState) -> bool {
    drill.focus == crate::tui::state::Focus::View && matches!(drill.view, 4 | 5)
}

/// Scrolls to the next line above (1) or below (−1) that contains `needle`.
fn jump(drill: &mut DrillState, needle: &str, by: isize) {
    let needle = needle.to_lowercase();
    let lines = &drill.snapshot.console.lines;
    if needle.is_empty() || lines.is_empty() {
        return;
    }
    let fits = |line: &ConsoleLine| line.text.to_lowercase().contains(&needle);
    let here = lines.len() - 1 - drill.console.scroll.min(lines.len() - 1);
    let found = if by > 0 {
        let end = if drill.console.scroll == 0 { lines.len() } else { here };
        lines[..end].iter().rposition(fits)
    } else {
        lines.iter().enumerate().skip(here + 1).find(|(_, line)| fits(line)).map(|(at, _)| at)
    };
    if let Some(at) = found {
        drill.console.scroll = lines.len() - 1 - at;
    }
}

fn settings_key(state: &mut State, selected: &mut usize, key: &KeyEvent) -> (bool, Vec<Effect>) {
    let by = match key.code {
        KeyCode::Up => {
            *selected = selected.saturating_sub(1);
            return (true, Vec::new());
        }
        KeyCode::Down => {
            *selected = (*selected + 1).min(CHOICES.len() - 1);
            return (true, Vec::new());
        }
        KeyCode::Left => -1,
        KeyCode::Right | KeyCode::Enter | KeyCode::Char(' ') => 1,
        _ => return (false, Vec::new()),
    };
    state.settings.turn(CHOICES[*selected].0, by);
    state.restyle();
    (true, vec![Effect::KeepSettings])
}

/// The palette's rows at `place` that contain every word of `needle`.
#[must_use]
pub fn palette_rows(place: Place, needle: &str) -> Vec<&'static Row> {
    let words: Vec<String> = needle.split_whitespace().map(str::to_lowercase).collect();
    let mut seen: Vec<Action> = Vec::new();
    ACTIONS
        .iter()
        .filter(|row| {
            let here = action::works_in(row.place, place)
                || (row.place == Place::View && place == Place::Console)
                || (row.place == Place::Console && place == Place::View);
            let text = format!("{} {}", row.name, row.doc).to_lowercase();
            here && row.action != Action::Palette && words.iter().all(|w| text.contains(w.as_str()))
        })
        .filter(|row| {
            let fresh = !seen.contains(&row.action);
            seen.push(row.action);
            fresh
        })
        .collect()
}
