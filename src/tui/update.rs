//! State transitions: a message comes in, the state changes, and effects for the rim come out. Nothing is drawn here.

use super::{
    action::{self, ACTIONS, Action, Place, Row},
    editor::Editor,
    host::{Card, Grading, Request, Unfinished},
    keys,
    panel::console::suggestion,
    state::{Briefing, ConsoleSize, Debrief, DrillState, Focus, Home, Overlay, Popup, Screen, Search, State},
};
use crate::drill::{Input, Mode, Panel, Phase, Snapshot};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// What can happen to the interface.
pub enum Message {
    /// A key.
    Key(KeyEvent),
    /// Pasted text.
    Paste(String),
    /// The mouse.
    Mouse(MouseEvent),
    /// The drill moved on.
    Snapshot(Box<Snapshot>),
    /// The home screen's data.
    Home(Vec<Card>, Option<Unfinished>, u64),
    /// Completions of the line.
    Completions(usize, Vec<(String, String)>),
    /// How grading stands.
    Grading(Grading),
    /// Something to tell the trainee.
    Notice(String),
}

/// What the rim shall do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Start a drill.
    Start(Request),
    /// Take up the interrupted one.
    Resume,
    /// Hand an input to the drill.
    Input(Input),
    /// Ask for completions of a line at a cursor.
    Complete(String, usize),
    /// End the drill and grade it.
    Finish,
    /// Leave the drill as it is, to be resumed, and go home.
    Keep,
    /// Load the home screen's data.
    Home,
    /// A new seed for the home screen.
    FreshSeed,
    /// Write the report out.
    Export,
}

/// Applies a message.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => on_key(state, &key),
        Message::Paste(text) => {
            if let Screen::Drill(drill) = &mut state.screen {
                drill.console.editor.insert(text.lines().collect::<Vec<_>>().join(" ").as_str());
            }
            Vec::new()
        }
        Message::Mouse(mouse) => on_mouse(state, mouse),
        Message::Snapshot(snapshot) => on_snapshot(state, *snapshot),
        Message::Home(cards, unfinished, seed) => {
            let selected = 0;
            state.screen = Screen::Home(Home { cards, selected, seed, mode: Mode::Practice, unfinished });
            state.overlays.clear();
            Vec::new()
        }
        Message::Completions(from, items) => {
            on_completions(state, from, items);
            Vec::new()
        }
        Message::Grading(grading) => {
            on_grading(state, grading);
            Vec::new()
        }
        Message::Notice(text) => {
            state.notice = Some(text);
            Vec::new()
        }
    }
}

fn on_key(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    state.notice = None;
    if !state.overlays.is_empty() {
        return overlay_key(state, key);
    }
    if let Screen::Drill(drill) = &mut state.screen
        && drill.focus == Focus::Console
        && let Some(effects) = console_key(drill, key)
    {
        return effects;
    }
    match action::lookup(key, state.place()) {
        Some(action) => act(state, action),
        None => type_into_console(state, key),
    }
}

/// A letter typed while a view has the keys goes to nobody; say so instead of being silent.
fn type_into_console(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    if state.place() == Place::View && matches!(key.code, KeyCode::Char(_)) {
        state.notice =
            Some(format!("{} does nothing here: enter or i goes back to the console", keys::name(key)));
    }
    Vec::new()
}

/// Carries an action out.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Help => state.overlays.push(Overlay::Help { scroll: 0 }),
        Action::Palette => {
            state.overlays.push(Overlay::Palette { editor: Editor::default(), selected: 0 });
        }
        Action::Quit => state.quit = true,
        _ => return act_on_screen(state, action),
    }
    Vec::new()
}

fn act_on_screen(state: &mut State, action: Action) -> Vec<Effect> {
    let State { screen, overlays, notice, .. } = state;
    match screen {
        Screen::Home(home) => {
            if action == Action::Start
                && let Some(card) = home.cards.get(home.selected)
            {
                let (card, seed, mode) = (card.clone(), home.seed, home.mode);
                *screen = Screen::Briefing(Briefing { card, seed, mode, scroll: 0 });
                return Vec::new();
            }
            home_action(home, action)
        }
        Screen::Briefing(briefing) => briefing_action(briefing, action),
        Screen::Drill(drill) => drill_action(drill, overlays, notice, action),
        Screen::Debrief(debrief) => debrief_action(debrief, action),
        Screen::Opening(_) | Screen::Grading(..) => {
            if action == Action::Back {
                vec![Effect::Home]
            } else {
                Vec::new()
            }
        }
    }
}

fn home_action(home: &mut Home, action: Action) -> Vec<Effect> {
    let last = home.cards.len().saturating_sub(1);
    match action {
        Action::Up => home.selected = home.selected.saturating_sub(1),
        Action::Down => home.selected = (home.selected + 1).min(last),
        Action::Top => home.selected = 0,
        Action::Bottom => home.selected = last,
        Action::ToggleMode => {
            home.mode = if home.mode == Mode::Practice { Mode::Exam } else { Mode::Practice };
        }
        Action::NewSeed => return vec![Effect::FreshSeed],
        Action::Resume if home.unfinished.is_some() => return vec![Effect::Resume],
        _ => {}
    }
    Vec::new()
}

fn briefing_action(briefing: &mut Briefing, action: Action) -> Vec<Effect> {
    scroll(&mut briefing.scroll, action);
    match action {
        Action::Begin => vec![Effect::Start(Request {
            scenario: briefing.card.id.clone(),
            seed: briefing.seed,
            mode: briefing.mode,
        })],
        Action::Back => vec![Effect::Home],
        _ => Vec::new(),
    }
}

fn debrief_action(debrief: &mut Debrief, action: Action) -> Vec<Effect> {
    scroll(&mut debrief.scroll, action);
    let pages = debrief.report.pages.len().max(1);
    match action {
        Action::NextPart => (debrief.page, debrief.scroll) = ((debrief.page + 1) % pages, 0),
        Action::PreviousPart => (debrief.page, debrief.scroll) = ((debrief.page + pages - 1) % pages, 0),
        Action::Export => return vec![Effect::Export],
        Action::Back => return vec![Effect::Home],
        _ => {}
    }
    Vec::new()
}

/// Rows that one page key scrolls.
const PAGE: usize = 10;

fn scroll(rows: &mut usize, action: Action) {
    match action {
        Action::Up => *rows = rows.saturating_sub(1),
        Action::Down => *rows += 1,
        Action::PageUp => *rows = rows.saturating_sub(PAGE),
        Action::PageDown => *rows += PAGE,
        Action::Top => *rows = 0,
        _ => {}
    }
}

fn drill_action(
    drill: &mut DrillState,
    overlays: &mut Vec<Overlay>,
    notice: &mut Option<String>,
    action: Action,
) -> Vec<Effect> {
    match action {
        Action::Pause | Action::Faster | Action::Slower => {
            *notice = drill.pace.locked().map(str::to_owned);
            match action {
                Action::Pause => drill.pace.toggle(),
                Action::Faster => drill.pace.shift(1),
                _ => drill.pace.shift(-1),
            }
        }
        Action::View(n) => return show_view(drill, n),
        Action::NextView => {
            let next = drill.view % action::VIEWS.len() as u8 + 1;
            return show_view(drill, next);
        }
        Action::FocusConsole => drill.focus = Focus::Console,
        Action::FocusView => drill.focus = Focus::View,
        Action::ConsoleSize => {
            drill.size = match drill.size {
                ConsoleSize::Half => ConsoleSize::Full,
                ConsoleSize::Full => ConsoleSize::Line,
                ConsoleSize::Line => ConsoleSize::Half,
            };
        }
        Action::Interrupt => {
            let had_text = !drill.console.editor.take().is_empty();
            if drill.snapshot.console.busy || !had_text {
                return vec![Effect::Input(Input::Interrupt)];
            }
        }
        Action::Acknowledge => return vec![Effect::Input(Input::Line("ack".to_owned()))],
        Action::EndDrill => overlays.push(Overlay::Leave),
        Action::ScrollUp | Action::PageUp if drill.focus == Focus::Console => drill.console.scroll += PAGE,
        Action::ScrollDown | Action::PageDown if drill.focus == Focus::Console => {
            drill.console.scroll = drill.console.scroll.saturating_sub(PAGE);
        }
        Action::ScrollUp => drill.view_scroll += PAGE,
        Action::ScrollDown => drill.view_scroll = drill.view_scroll.saturating_sub(PAGE),
        Action::HistorySearch => drill.console.search = Some(Search::default()),
        Action::Up => drill.view_scroll += 1,
        Action::Down => drill.view_scroll = drill.view_scroll.saturating_sub(1),
        _ => {}
    }
    Vec::new()
}

fn show_view(drill: &mut DrillState, n: u8) -> Vec<Effect> {
    drill.view = n;
    drill.view_scroll = 0;
    if drill.size == ConsoleSize::Full {
        drill.size = ConsoleSize::Half;
    }
    let panel = match n {
        1 => Some(Panel::Overview),
        2 => Some(Panel::Topology),
        3 => Some(Panel::Database),
        4 => Some(Panel::Logs),
        5 => Some(Panel::Traces),
        6 => Some(Panel::Changes),
        7 => Some(Panel::Timeline),
        _ => None,
    };
    panel.map(|p| Effect::Input(Input::Panel(p))).into_iter().collect()
}

/// Keys that the console takes before the keymap; `None` where it leaves them to it.
fn console_key(drill: &mut DrillState, key: &KeyEvent) -> Option<Vec<Effect>> {
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

fn on_completions(state: &mut State, from: usize, items: Vec<(String, String)>) {
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

fn overlay_key(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    let place = state.place();
    let Some(overlay) = state.overlays.last_mut() else { return Vec::new() };
    if key.code == KeyCode::Esc || keys::name(key) == "ctrl-c" {
        state.overlays.pop();
        return Vec::new();
    }
    match overlay {
        Overlay::Help { scroll: rows } => {
            match action::lookup(key, Place::Anywhere) {
                Some(Action::Help) | None => drop(state.overlays.pop()),
                Some(action) => scroll(rows, action),
            }
            Vec::new()
        }
        Overlay::Palette { editor, selected } => {
            let rows = palette_rows(place, editor.text());
            match key.code {
                KeyCode::Up => *selected = selected.saturating_sub(1),
                KeyCode::Down => *selected = (*selected + 1).min(rows.len().saturating_sub(1)),
                KeyCode::Enter => {
                    let chosen = rows.get(*selected).map(|row| row.action);
                    state.overlays.pop();
                    return chosen.map_or_else(Vec::new, |action| act(state, action));
                }
                _ => {
                    editor.key(key);
                    *selected = 0;
                }
            }
            Vec::new()
        }
        Overlay::Leave => match key.code {
            KeyCode::Char('k') => {
                state.overlays.clear();
                vec![Effect::Keep]
            }
            KeyCode::Char('e') => {
                state.overlays.clear();
                vec![Effect::Input(Input::Leave), Effect::Finish]
            }
            KeyCode::Char('q') => {
                state.quit = true;
                Vec::new()
            }
            _ => Vec::new(),
        },
    }
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

fn on_mouse(state: &mut State, mouse: MouseEvent) -> Vec<Effect> {
    let at = Position::new(mouse.column, mouse.row);
    if let Some(Overlay::Help { scroll: rows }) = state.overlays.last_mut() {
        match mouse.kind {
            MouseEventKind::ScrollDown => *rows += 1,
            MouseEventKind::ScrollUp => *rows = rows.saturating_sub(1),
            _ => {}
        }
        return Vec::new();
    }
    match (&mut state.screen, mouse.kind) {
        (Screen::Drill(drill), MouseEventKind::Down(MouseButton::Left)) => {
            if drill.areas.console.contains(at) {
                drill.focus = Focus::Console;
            } else if drill.areas.view.contains(at) {
                drill.focus = Focus::View;
            }
        }
        (Screen::Drill(drill), MouseEventKind::ScrollUp) => wheel(drill, at, 3),
        (Screen::Drill(drill), MouseEventKind::ScrollDown) => wheel(drill, at, -3),
        (Screen::Debrief(debrief), MouseEventKind::ScrollDown) => debrief.scroll += 3,
        (Screen::Debrief(debrief), MouseEventKind::ScrollUp) => {
            debrief.scroll = debrief.scroll.saturating_sub(3);
        }
        (Screen::Home(home), MouseEventKind::ScrollDown) => return home_action(home, Action::Down),
        (Screen::Home(home), MouseEventKind::ScrollUp) => return home_action(home, Action::Up),
        _ => {}
    }
    Vec::new()
}

fn wheel(drill: &mut DrillState, at: Position, by: isize) {
    if drill.areas.console.contains(at) {
        drill.console.scroll = drill.console.scroll.saturating_add_signed(by);
    } else {
        drill.view_scroll = drill.view_scroll.saturating_add_signed(by);
    }
}

fn on_snapshot(state: &mut State, snapshot: Snapshot) -> Vec<Effect> {
    let Screen::Drill(drill) = &mut state.screen else { return Vec::new() };
    if drill.snapshot.drill.scenario.is_empty() {
        drill.channel_seen = 0;
    }
    let over = snapshot.phase == Phase::Finished;
    let rows = snapshot.console.lines.len();
    if drill.console.scroll > 0 {
        // What is being read stays where it is while new lines come in below.
        drill.console.scroll += rows.saturating_sub(drill.snapshot.console.lines.len());
    }
    drill.snapshot = snapshot;
    if over { vec![Effect::Finish] } else { Vec::new() }
}

fn on_grading(state: &mut State, grading: Grading) {
    match grading {
        Grading::Running { share, doing } => state.screen = Screen::Grading(share, doing),
        Grading::Done(report) => {
            state.overlays.clear();
            state.screen = Screen::Debrief(Debrief { report: *report, page: 0, scroll: 0 });
        }
        Grading::Failed(why) => state.notice = Some(why),
    }
}
