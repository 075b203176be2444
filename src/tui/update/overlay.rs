//! The keys of what lies over a screen: help, palette, leaving, answers, search, history, settings.

use super::{Effect, act, scroll};
use crate::drill::{ConsoleLine, Input};
use crate::tui::{
    action::{self, ACTIONS, Action, Place, Row},
    editor::Editor,
    keys,
    settings::CHOICES,
    state::{DrillState, Overlay, Pager, Screen, State},
};
use crossterm::event::{KeyCode, KeyEvent};

/// A key while something lies over the screen.
pub(super) fn overlay_key(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    let Some(mut overlay) = state.overlays.pop() else { return Vec::new() };
    if matches!(overlay, Overlay::Welcome) {
        return welcome_key(state, key);
    }
    if let Overlay::Pager(pager) = &mut overlay
        && pager.finding
        && key.code == KeyCode::Esc
    {
        pager.finding = false;
        state.overlays.push(overlay);
        return Vec::new();
    }
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
        Overlay::Moment { view } => moment_key(state, view, key),
        Overlay::Welcome => (false, Vec::new()),
        Overlay::Seed { editor } => seed_key(state, editor, key),
        Overlay::Pager(pager) => pager_key(state, pager, key),
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

/// Whatever is answered, the question is asked once.
fn welcome_key(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    state.settings.toured = true;
    let mut effects = vec![Effect::KeepSettings];
    match key.code {
        KeyCode::Char('t') | KeyCode::Enter => effects.extend(act(state, Action::Tour)),
        _ if keys::name(key) == "ctrl-c" => state.quit = true,
        _ => {}
    }
    effects
}

fn seed_key(state: &mut State, editor: &mut Editor, key: &KeyEvent) -> (bool, Vec<Effect>) {
    if key.code != KeyCode::Enter {
        editor.key(key);
        return (true, Vec::new());
    }
    match (editor.text().trim().parse(), &mut state.screen) {
        (Ok(seed), Screen::Home(home)) => home.seed = seed,
        _ if editor.text().trim().is_empty() => return (false, vec![Effect::FreshSeed]),
        _ => {
            state.notice = Some(format!("a seed is a number from 0 to {}", u64::MAX));
            return (true, Vec::new());
        }
    }
    (false, Vec::new())
}

/// A minute back or on, or another view of the same minute.
fn moment_key(state: &mut State, view: &mut Option<u8>, key: &KeyEvent) -> (bool, Vec<Effect>) {
    let action = state.keymap.lookup(key, Place::Debrief);
    match (key.code, action, &mut state.screen) {
        (_, Some(Action::Earlier), Screen::Debrief(debrief)) => super::step(debrief, -1),
        (_, Some(Action::Later), Screen::Debrief(debrief)) => super::step(debrief, 1),
        (KeyCode::Char(digit @ '1'..='9'), ..) => *view = digit.to_digit(10).map(|digit| digit as u8),
        (_, Some(Action::Moment | Action::Back), _) => return (false, Vec::new()),
        _ => {}
    }
    (true, Vec::new())
}

/// Keys that `less` has: arrows and pages, `/` and `n`, `q`.
fn pager_key(state: &mut State, pager: &mut Pager, key: &KeyEvent) -> (bool, Vec<Effect>) {
    if pager.finding {
        match key.code {
            KeyCode::Enter => pager.finding = false,
            _ => {
                pager.find.key(key);
            }
        }
        pager.seek(pager.scroll, 1);
        return (true, Vec::new());
    }
    let last = pager.lines.len().saturating_sub(1);
    match key.code {
        KeyCode::Char('q') => return (false, Vec::new()),
        KeyCode::Char('/') => {
            pager.finding = true;
            pager.find.set("");
        }
        KeyCode::Char('n') => pager.seek(pager.scroll + 1, 1),
        KeyCode::Char('N') => pager.seek(pager.scroll, -1),
        KeyCode::Char('g') => pager.scroll = 0,
        KeyCode::Char('G') | KeyCode::End => pager.scroll = last,
        KeyCode::Char('j') | KeyCode::Enter => pager.scroll += 1,
        KeyCode::Char('k') => pager.scroll = pager.scroll.saturating_sub(1),
        KeyCode::Char(' ') => pager.scroll += super::PAGE,
        KeyCode::Left => pager.aside = pager.aside.saturating_sub(super::PAGE),
        KeyCode::Right => pager.aside += super::PAGE,
        KeyCode::Char('y') => {
            state.notice = Some(super::copied(pager.lines.len()));
            return (true, vec![Effect::Copy(pager.lines.join("\n"))]);
        }
        _ => {
            if let Some(action) = state.keymap.lookup(key, Place::Anywhere) {
                scroll(&mut pager.scroll, action);
            }
        }
    }
    pager.scroll = pager.scroll.min(last);
    (true, Vec::new())
}

impl Pager {
    /// Scrolls to the next line from `from` on (1), or the one before it (−1), that contains what is looked for.
    fn seek(&mut self, from: usize, by: isize) {
        let needle = self.find.text().to_lowercase();
        if needle.is_empty() {
            return;
        }
        let fits = |line: &String| line.to_lowercase().contains(&needle);
        let found = if by > 0 {
            self.lines.iter().enumerate().skip(from).find(|(_, line)| fits(line)).map(|(at, _)| at)
        } else {
            self.lines[..from.min(self.lines.len())].iter().rposition(fits)
        };
        self.scroll = found.unwrap_or(self.scroll);
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
