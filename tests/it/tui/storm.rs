//! Random keys, mouse events, pastes and resizes: nothing panics, and every screen can be drawn at any moment.

use super::{
    fixture,
    player::{Studio, settle},
};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use firedrill::kernel::Stream;
use firedrill::tui::{
    App, Launch,
    action::ACTIONS,
    keys,
    state::{Look, Screen, State},
    theme::Depth,
    update::{Message, update},
    view::view,
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::time::Duration;

/// Events in one run of the test; a longer run is `FIREDRILL_STORM=1000000 cargo test storm`.
const EVENTS: usize = 20_000;

fn random_key(random: &mut Stream) -> String {
    let named: Vec<&str> = ACTIONS.iter().flat_map(|row| row.keys).copied().collect();
    let pick = random.below(named.len() as u64 * 2) as usize;
    match named.get(pick) {
        Some(name) => (*name).to_owned(),
        None => [
            "a",
            "é",
            "space",
            "'",
            "backspace",
            "left",
            "ctrl-w",
            "ctrl-k",
            "ctrl-y",
            "delete",
            "k",
            "e",
            "日",
        ][random.below(13) as usize]
            .to_owned(),
    }
}

fn random_message(random: &mut Stream) -> Message {
    match random.below(20) {
        0 => Message::Mouse(MouseEvent {
            kind: [
                MouseEventKind::ScrollUp,
                MouseEventKind::ScrollDown,
                MouseEventKind::Down(MouseButton::Left),
                MouseEventKind::Moved,
            ][random.below(4) as usize],
            column: random.below(220) as u16,
            row: random.below(70) as u16,
            modifiers: KeyModifiers::NONE,
        }),
        1 => Message::Paste("select\n1; \u{7} 日本".to_owned()),
        2 => Message::Completions(
            0,
            vec![("select".to_owned(), "SQL".to_owned()), ("sessions".to_owned(), String::new())],
        ),
        3 => Message::Snapshot(Box::new(fixture::snapshot())),
        _ => Message::Key(keys::parse(&random_key(random)).expect("a key of the table")),
    }
}

/// The same against a real drill, with its simulation, its grading and its debrief between the keys.
#[test]
fn a_storm_of_input_on_a_running_drill_never_panics() {
    let mut random = Stream::named(4, "storm");
    let mut studio = Studio::new("tour");
    let mut app = App::new(&mut studio, 10.0, Look { depth: Depth::Sixteen, ascii: false });
    app.launch(&Launch::Home).expect("the home screen opens");
    let events = std::env::var("FIREDRILL_STORM").ok().and_then(|n| n.parse().ok()).unwrap_or(EVENTS / 4);
    for event in 0..events {
        match random_message(&mut random) {
            // Only the drill itself says what it shows.
            Message::Snapshot(_) | Message::Completions(..) => {
                app.work(Duration::from_millis(100), &mut || false).expect("the journal takes it");
                app.refresh();
            }
            message => app.handle(message).expect("the journal takes it"),
        }
        if matches!(app.state.screen, Screen::Opening(_)) {
            app.work(Duration::ZERO, &mut || false).expect("the journal takes it");
        }
        app.state.quit = false;
        if event % 20 == 0 {
            let area = Rect::new(0, 0, random.below(210) as u16, random.below(65) as u16);
            app.draw(area, &mut Buffer::empty(area));
        }
        // A debrief takes seconds to make: one of them in a storm is enough.
        if event > events / 2 && matches!(app.state.screen, Screen::Grading(..)) {
            settle(&mut app);
        }
    }
}

#[test]
fn a_storm_of_input_never_panics_and_every_state_can_be_drawn() {
    let events = std::env::var("FIREDRILL_STORM").ok().and_then(|n| n.parse().ok()).unwrap_or(EVENTS);
    for seed in 1..=3 {
        let mut random = Stream::named(seed, "storm");
        let mut state: State = fixture::state(fixture::drill(), Depth::True);
        for event in 0..events {
            update(&mut state, random_message(&mut random));
            if state.quit || (event % 997 == 0 && !matches!(state.screen, Screen::Drill(_))) {
                let screen = if random.chance(0.5) { fixture::home() } else { fixture::drill() };
                state = fixture::state(screen, Depth::True);
            }
            if event % 50 == 0 {
                let area = Rect::new(0, 0, random.below(210) as u16, random.below(65) as u16);
                view(&state, area, &mut Buffer::empty(area));
            }
        }
    }
}
