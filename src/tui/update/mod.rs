//! State transitions: a message comes in, the state changes, and effects for the rim come out. Nothing is drawn here.

mod console;
mod mouse;
mod overlay;

pub(crate) use overlay::filters;
pub use overlay::palette_rows;

use super::{
    action::{self, Action, PANELS, Place},
    editor::Editor,
    format, guide,
    host::{Card, Grading, Request},
    keys,
    panel::traces::shown as traces_shown,
    screen::debrief::{PAGES, first_minute},
    state::{Briefing, ConsoleSize, Debrief, DrillState, Focus, Home, Overlay, Pager, Screen, Search, State},
};
use crate::drill::{Input, LineStyle, Mode, Panel, Phase, Snapshot, Voice};
use crossterm::event::{KeyCode, KeyEvent, MouseEvent};

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
    /// The home screen with its data.
    Home(Box<Home>),
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
    /// The next drill has a guide.
    Guide,
    /// Show the drills that were played.
    History,
    /// Keep the settings as they are now.
    KeepSettings,
    /// Put this on the terminal's clipboard.
    Copy(String),
}

/// Applies a message.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => on_key(state, &key),
        Message::Paste(text) => {
            paste(state, &text.lines().collect::<Vec<_>>().join(" "));
            Vec::new()
        }
        Message::Mouse(mouse) => mouse::on_mouse(state, mouse),
        Message::Snapshot(snapshot) => on_snapshot(state, *snapshot),
        Message::Home(home) => {
            // Whoever has played, or was asked before, is not asked again.
            let greet = !state.settings.toured && home.past.is_empty() && home.cards.iter().any(is_tour);
            state.screen = Screen::Home(*home);
            state.overlays = if greet { vec![Overlay::Welcome] } else { Vec::new() };
            Vec::new()
        }
        Message::Completions(from, items) => {
            console::on_completions(state, from, items);
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

/// Pasted text goes where typed text would.
fn paste(state: &mut State, text: &str) {
    let State { screen, overlays, .. } = state;
    match (overlays.last_mut(), screen) {
        (
            Some(
                Overlay::Palette { editor, .. }
                | Overlay::Reply { editor, .. }
                | Overlay::Find { editor }
                | Overlay::Seed { editor },
            ),
            _,
        ) => {
            editor.insert(text);
        }
        (None, Screen::Drill(drill)) => drill.console.editor.insert(text),
        (None, Screen::Home(home)) if home.filtering => home.filter.insert(text),
        _ => {}
    }
}

fn on_key(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    state.notice = None;
    if !state.overlays.is_empty() {
        return overlay::overlay_key(state, key);
    }
    let taken = match &mut state.screen {
        Screen::Drill(drill) if drill.focus == Focus::Console => {
            console::console_key(drill, &state.keymap, key)
        }
        Screen::Home(home) if home.filtering => filter_key(home, key),
        _ => None,
    };
    if let Some(effects) = taken {
        return effects;
    }
    match state.keymap.lookup(key, state.place()) {
        Some(action) => act(state, action),
        None => type_into_console(state, key),
    }
}

/// A letter typed while a view has the keys goes to nobody; say so instead of being silent.
fn type_into_console(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    if state.place() == Place::View && matches!(key.code, KeyCode::Char(_)) {
        state.notice =
            Some(format!("{} does nothing here; enter or i goes back to the console", keys::name(key)));
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
        Action::Settings => state.overlays.push(Overlay::Settings { selected: 0 }),
        Action::Quit => state.quit = true,
        _ => return act_on_screen(state, action),
    }
    Vec::new()
}

fn act_on_screen(state: &mut State, action: Action) -> Vec<Effect> {
    let State { screen, overlays, notice, .. } = state;
    match screen {
        Screen::Home(home) => {
            if action == Action::Tour && !select_tour(home) {
                *notice = Some("the tour is not among the drills".to_owned());
                return Vec::new();
            }
            if matches!(action, Action::Start | Action::Guide | Action::Tour) {
                return open_briefing(screen, action != Action::Start);
            }
            if action == Action::TypeSeed {
                overlays.push(Overlay::Seed { editor: Editor::default() });
            }
            home_action(home, action)
        }
        Screen::Briefing(briefing) => briefing_action(briefing, action),
        Screen::Drill(drill) => drill_action(drill, overlays, notice, action),
        Screen::Debrief(debrief) => {
            if action == Action::Moment && debrief.page == 0 {
                match debrief.still() {
                    Some(_) => overlays.push(Overlay::Moment { view: None }),
                    None => {
                        *notice = Some("the screens come with the replay, which is still running".to_owned())
                    }
                }
            }
            debrief_action(debrief, action)
        }
        Screen::Opening(_) | Screen::Grading(..) => {
            if action == Action::Back {
                vec![Effect::Home]
            } else {
                Vec::new()
            }
        }
    }
}

fn is_tour(card: &Card) -> bool {
    card.id == guide::TOUR
}

/// Selects the tour; false where there is none.
fn select_tour(home: &mut Home) -> bool {
    home.filter.set("");
    home.filtering = false;
    let at = home.cards.iter().position(is_tour);
    home.selected = at.unwrap_or(home.selected);
    at.is_some()
}

fn open_briefing(screen: &mut Screen, guided: bool) -> Vec<Effect> {
    let Screen::Home(home) = screen else { return Vec::new() };
    let Some(card) = home.shown().nth(home.selected).cloned() else { return Vec::new() };
    let (seed, mode) = (home.seed, if guided { Mode::Practice } else { home.mode });
    *screen = Screen::Briefing(Briefing { card, seed, mode, scroll: 0 });
    if guided { vec![Effect::Guide] } else { Vec::new() }
}

/// Letters narrow the list; keys that type nothing keep their meaning.
fn filter_key(home: &mut Home, key: &KeyEvent) -> Option<Vec<Effect>> {
    match key.code {
        KeyCode::Esc if home.filter.text().is_empty() => home.filtering = false,
        KeyCode::Esc => home.filter.set(""),
        KeyCode::Backspace if home.filter.text().is_empty() => home.filtering = false,
        KeyCode::Home | KeyCode::End => return None,
        _ if home.filter.key(key) => home.selected = 0,
        _ => return None,
    }
    Some(Vec::new())
}

fn home_action(home: &mut Home, action: Action) -> Vec<Effect> {
    let last = home.shown().count().saturating_sub(1);
    match action {
        Action::Up => home.selected = home.selected.saturating_sub(1),
        Action::Down => home.selected = (home.selected + 1).min(last),
        Action::Top => home.selected = 0,
        Action::Bottom => home.selected = last,
        Action::ToggleMode => {
            home.mode = if home.mode == Mode::Practice { Mode::Exam } else { Mode::Practice };
        }
        Action::Filter => home.filtering = true,
        Action::History => return vec![Effect::History],
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
    let pages = PAGES.len();
    let to = match action {
        Action::NextPart => (debrief.page + 1) % pages,
        Action::PreviousPart => (debrief.page + pages - 1) % pages,
        Action::Part(n) => (usize::from(n) - 1).min(pages - 1),
        _ => debrief.page,
    };
    if to != debrief.page {
        (debrief.page, debrief.scroll) = (to, 0);
    }
    match action {
        Action::Earlier => step(debrief, -1),
        Action::Later => step(debrief, 1),
        Action::Export => return vec![Effect::Export],
        Action::Back => return vec![Effect::Home],
        _ => {}
    }
    Vec::new()
}

/// Moves what the arrow keys move on this page: the cause that is shown, or the cursor over the minutes.
fn step(debrief: &mut Debrief, by: isize) {
    if PAGES[debrief.page] == "Cause" {
        let last = debrief.report.causes.len().saturating_sub(1);
        debrief.cause = debrief.cause.saturating_add_signed(by).min(last);
        debrief.scroll = 0;
    } else {
        let last = debrief.report.series.len().saturating_sub(1);
        let first = first_minute(&debrief.report).min(last);
        debrief.cursor = debrief.cursor.saturating_add_signed(by).clamp(first, last);
    }
}

/// Rows that one page key scrolls.
pub(super) const PAGE: usize = 10;

pub(super) fn scroll(rows: &mut usize, action: Action) {
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
        Action::Acknowledge => return vec![Effect::Input(Input::Aside("ack".to_owned()))],
        Action::Reply => overlays.push(Overlay::Reply { editor: Editor::default(), to: last_speaker(drill) }),
        Action::Find => overlays.push(Overlay::Find { editor: Editor::default() }),
        Action::Copy => return copy(drill, notice),
        Action::Pager => match last_output(drill) {
            Some(pager) => overlays.push(Overlay::Pager(pager)),
            None => *notice = Some("there is no output to read".to_owned()),
        },
        Action::Open => return open_selected(drill),
        Action::EndDrill => overlays.push(Overlay::Leave),
        Action::ScrollUp | Action::PageUp if drill.focus == Focus::Console => drill.console.scroll += PAGE,
        Action::ScrollDown | Action::PageDown if drill.focus == Focus::Console => {
            drill.console.scroll = drill.console.scroll.saturating_sub(PAGE);
        }
        Action::ScrollUp => drill.view_scroll += PAGE,
        Action::ScrollDown => drill.view_scroll = drill.view_scroll.saturating_sub(PAGE),
        Action::HistorySearch => drill.console.search = Some(Search::default()),
        Action::Up if drill.view == 2 => drill.component = drill.component.saturating_sub(1),
        Action::Down if drill.view == 2 => {
            let last = drill.snapshot.topology.len().saturating_sub(1);
            drill.component = (drill.component + 1).min(last);
        }
        Action::Up if drill.view == 6 => return select_change(drill, drill.change.saturating_sub(1)),
        Action::Down if drill.view == 6 => return select_change(drill, drill.change + 1),
        // Traces are read from the top, everything else from its newest line at the bottom.
        Action::Up if drill.view == 5 => drill.view_scroll = drill.view_scroll.saturating_sub(1),
        Action::Down if drill.view == 5 => drill.view_scroll += 1,
        Action::Up => drill.view_scroll += 1,
        Action::Down => drill.view_scroll = drill.view_scroll.saturating_sub(1),
        _ => {}
    }
    Vec::new()
}

/// Selects a change of the list, whose contents are on screen from then on.
pub(super) fn select_change(drill: &mut DrillState, row: usize) -> Vec<Effect> {
    let before =
        std::mem::replace(&mut drill.change, row.min(drill.snapshot.changes.len().saturating_sub(1)));
    if drill.change == before { Vec::new() } else { selected_change(drill) }
}

/// Tells the drill which change's contents are on screen.
fn selected_change(drill: &DrillState) -> Vec<Effect> {
    let selected = drill.snapshot.changes.get(drill.change);
    selected.map(|change| Effect::Input(Input::Change(change.id.clone()))).into_iter().collect()
}

/// Whom an answer in the channel is for.
fn last_speaker(drill: &DrillState) -> String {
    let person = drill.snapshot.channel.iter().rev().find(|message| message.voice == Voice::Person);
    person.map_or(String::new(), |message| message.author.clone())
}

/// The newest command that printed something, with what it printed.
fn last_output(drill: &DrillState) -> Option<Pager> {
    let lines = &drill.snapshot.console.lines;
    let end = lines.iter().rposition(|line| line.style != LineStyle::Prompt)? + 1;
    let asked = lines[..end].iter().rposition(|line| line.style == LineStyle::Prompt);
    let title = asked.map_or(String::new(), |at| lines[at].text.clone());
    let from = asked.map_or(0, |at| at + 1);
    let lines = lines[from..end].iter().map(|line| line.text.clone()).collect();
    Some(Pager { title, lines, ..Pager::default() })
}

/// The newest command's output, without its prompt.
fn copy(drill: &DrillState, notice: &mut Option<String>) -> Vec<Effect> {
    let Some(output) = last_output(drill) else {
        *notice = Some("there is no output to copy".to_owned());
        return Vec::new();
    };
    *notice = Some(copied(output.lines.len()));
    vec![Effect::Copy(output.lines.join("\n"))]
}

/// What is said when lines went to the clipboard: nobody can know whether they arrived.
pub(super) fn copied(lines: usize) -> String {
    let s = if lines == 1 { "" } else { "s" };
    format!("{lines} line{s} copied, if the terminal allows it")
}

/// Shows what is selected whole, by the tool that a person would type; where nothing can be, goes to the console.
fn open_selected(drill: &mut DrillState) -> Vec<Effect> {
    let snapshot = &drill.snapshot;
    let line = match drill.view {
        6 => snapshot.changes.get(drill.change).map(|change| format!("changes show {}", change.id)),
        5 => traces_shown(snapshot, &drill.filter)
            .nth(drill.view_scroll)
            .map(|trace| format!("traces show {}", format::short_id(&trace.id))),
        _ => None,
    };
    drill.console.scroll = 0;
    match line {
        Some(line) => vec![Effect::Input(Input::Aside(line))],
        None => {
            drill.focus = Focus::Console;
            Vec::new()
        }
    }
}

pub(super) fn show_view(drill: &mut DrillState, n: u8) -> Vec<Effect> {
    drill.view = n;
    drill.view_scroll = 0;
    drill.filter.clear();
    drill.change = 0;
    if drill.size == ConsoleSize::Full {
        drill.size = ConsoleSize::Half;
    }
    let panel = usize::from(n).checked_sub(1).and_then(|place| PANELS.get(place)).copied();
    let mut effects: Vec<Effect> = panel.map(|p| Effect::Input(Input::Panel(p))).into_iter().collect();
    if panel == Some(Panel::Changes) {
        effects.extend(selected_change(drill));
    }
    effects
}

fn on_snapshot(state: &mut State, snapshot: Snapshot) -> Vec<Effect> {
    let Screen::Drill(drill) = &mut state.screen else { return Vec::new() };
    if drill.snapshot.drill.scenario.is_empty() {
        drill.channel_seen = 0;
    }
    let over = snapshot.phase == Phase::Finished;
    drill.guide = drill.guide.map(|guide| guide.advance(drill, &snapshot));
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
        Grading::Running { first: Some(report), .. } => {
            state.overlays.clear();
            state.screen = Screen::Debrief(Debrief::new(*report));
        }
        Grading::Running { share, doing, first: None } => match &mut state.screen {
            Screen::Debrief(debrief) => debrief.report.pending = Some((share, doing)),
            Screen::Drill(_) | Screen::Grading(..) => state.screen = Screen::Grading(share, doing),
            // Whoever has left the debrief is not called back.
            _ => {}
        },
        Grading::Done { report, unrecorded } => {
            match &mut state.screen {
                // What is being read stays where it is.
                Screen::Debrief(debrief) => {
                    debrief.cursor = debrief.cursor.min(report.series.len().saturating_sub(1));
                    debrief.report = *report;
                }
                Screen::Drill(_) | Screen::Grading(..) => {
                    state.overlays.clear();
                    state.screen = Screen::Debrief(Debrief::new(*report));
                }
                _ => {}
            }
            if let Some(why) = unrecorded {
                state.notice = Some(why);
            }
        }
        Grading::Failed(why) => match &mut state.screen {
            Screen::Debrief(debrief) => debrief.report.pending = Some((1.0, format!("not graded: {why}"))),
            _ => state.screen = Screen::Grading(1.0, format!("not graded: {why}")),
        },
    }
}
