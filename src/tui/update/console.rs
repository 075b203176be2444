//! The keys of the console: editing, history, reverse search, completion.

use super::{Effect, show_view};
use crate::drill::Input;
use crate::tui::{
    action::Place,
    keymap::Keymap,
    panel::console::suggestion,
    state::{DrillState, Popup, Screen, State},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Keys that the console takes before the keymap; `None` where it leaves them to it.
pub(super) fn console_key(drill: &mut DrillState, keymap: &Keymap, key: &KeyEvent) -> Option<Vec<Effect>> {
    if drill.console.search.is_some() {
        return Some(search_key(drill, key));
    }
    if drill.console.popup.is_some()
        && let Some(done) = popup_key(drill, key)
    {
        return Some(done);
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if key.modifiers.contains(KeyModifiers::ALT)
        && let KeyCode::Char(digit @ '1'..='9') = key.code
    {
        return Some(show_view(drill, digit as u8 - b'0'));
    }
    let remapped = (control || key.modifiers.contains(KeyModifiers::ALT))
        .then(|| keymap.lookup(key, Place::Console))
        .flatten();
    if remapped.is_some() {
        return None;
    }
    match key.code {
        KeyCode::Enter => Some(submit(drill)),
        KeyCode::Tab => {
            let editor = &drill.console.editor;
            Some(vec![Effect::Complete(editor.text().to_owned(), editor.cursor())])
        }
        KeyCode::Up => Some(recall(drill, -1)),
        KeyCode::Down => Some(recall(drill, 1)),
        KeyCode::Right | KeyCode::End if accept_suggestion(drill) => Some(Vec::new()),
        KeyCode::Char('e' | 'f') if control && accept_suggestion(drill) => Some(Vec::new()),
        KeyCode::Char('l') if control => {
            drill.console.scroll = 0;
            Some(vec![Effect::Input(Input::Line("clear".to_owned()))])
        }
        KeyCode::Char('d') if control => {
            let empty = drill.console.editor.text().is_empty();
            Some(if empty { vec![Effect::Input(Input::EndOfInput)] } else { Vec::new() })
        }
        _ if drill.console.editor.key(key) => {
            drill.console.popup = None;
            drill.console.scroll = 0;
            Some(Vec::new())
        }
        _ => None,
    }
}

fn submit(drill: &mut DrillState) -> Vec<Effect> {
    let line = drill.console.editor.take();
    drill.console.recall = None;
    drill.console.popup = None;
    drill.console.scroll = 0;
    drill.console.find = None;
    vec![Effect::Input(Input::Line(line))]
}

fn accept_suggestion(drill: &mut DrillState) -> bool {
    let Some(rest) = suggestion(&drill.snapshot.console, &drill.console).map(str::to_owned) else {
        return false;
    };
    drill.console.editor.insert(&rest);
    true
}

fn recall(drill: &mut DrillState, by: isize) -> Vec<Effect> {
    let history = &drill.snapshot.console.history;
    let console = &mut drill.console;
    let (at, typed) = match console.recall.take() {
        Some((at, typed)) => (at.min(history.len()), typed),
        None => (history.len(), console.editor.text().to_owned()),
    };
    let to = at.saturating_add_signed(by).min(history.len());
    match history.get(to) {
        Some(line) => {
            console.editor.set(line);
            console.recall = Some((to, typed));
        }
        None => console.editor.set(&typed),
    }
    Vec::new()
}

fn search_key(drill: &mut DrillState, key: &KeyEvent) -> Vec<Effect> {
    let history = &drill.snapshot.console.history;
    let Some(mut search) = drill.console.search.take() else { return Vec::new() };
    let find = |needle: &str, before: usize| {
        history[..before.min(history.len())].iter().rposition(|l| !needle.is_empty() && l.contains(needle))
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('r') if control => {
            search.found = find(&search.needle, search.found.unwrap_or(history.len())).or(search.found);
        }
        KeyCode::Char('c' | 'g') if control => return Vec::new(),
        KeyCode::Esc => return Vec::new(),
        KeyCode::Char(c) if !control => {
            search.needle.push(c);
            search.found = find(&search.needle, search.found.map_or(history.len(), |i| i + 1));
        }
        KeyCode::Backspace => {
            search.needle.pop();
            search.found = find(&search.needle, history.len());
        }
        _ => {
            if let Some(line) = search.found.and_then(|i| history.get(i)) {
                drill.console.editor.set(&line.clone());
            }
            return if key.code == KeyCode::Enter { submit(drill) } else { Vec::new() };
        }
    }
    drill.console.search = Some(search);
    Vec::new()
}

fn popup_key(drill: &mut DrillState, key: &KeyEvent) -> Option<Vec<Effect>> {
    let popup = drill.console.popup.as_mut()?;
    let count = popup.items.len();
    match key.code {
        KeyCode::Tab | KeyCode::Down => popup.selected = (popup.selected + 1) % count,
        KeyCode::BackTab | KeyCode::Up => popup.selected = (popup.selected + count - 1) % count,
        KeyCode::Esc => drill.console.popup = None,
        KeyCode::Enter => {
            let text = popup.items[popup.selected].0.clone();
            let from = popup.from;
            drill.console.popup = None;
            drill.console.editor.replace_from(from, &text);
        }
        _ => return None,
    }
    Some(Vec::new())
}

pub(super) fn on_completions(state: &mut State, from: usize, items: Vec<(String, String)>) {
    let Screen::Drill(drill) = &mut state.screen else { return };
    let console = &mut drill.console;
    if from > console.editor.cursor() || !console.editor.text().is_char_boundary(from) {
        return;
    }
    match items.as_slice() {
        [] => state.notice = Some("nothing completes this".to_owned()),
        [(only, _)] => {
            let spaced = if only.ends_with(['/', '.', ' ']) { only.clone() } else { format!("{only} ") };
            console.editor.replace_from(from, &spaced);
        }
        _ => {
            let typed = &console.editor.text()[from..console.editor.cursor()];
            let common = common_prefix(&items);
            if common.len() > typed.len() && common.starts_with(typed) {
                console.editor.replace_from(from, &common);
            }
            console.popup = Some(Popup { from, items, selected: 0 });
        }
    }
}

fn common_prefix(items: &[(String, String)]) -> String {
    let Some((first, _)) = items.first() else { return String::new() };
    let mut end = first.len();
    for (text, _) in items {
        let same = first.char_indices().zip(text.chars()).take_while(|((_, a), b)| a == b);
        end = end.min(same.last().map_or(0, |((i, a), _)| i + a.len_utf8()));
    }
    first[..end].to_owned()
}
