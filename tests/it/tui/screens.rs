//! Screens as text, at the sizes they are laid out for.

use super::fixture;
use firedrill::tui::{
    state::{Overlay, Screen, State},
    theme::Depth,
    view::view,
};
use ratatui::{buffer::Buffer, layout::Rect};

fn draw(state: &State, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    view(state, area, &mut buffer);
    buffer
}

fn text(buffer: &Buffer) -> String {
    let width = buffer.area.width as usize;
    let rows = buffer.content().chunks(width);
    let rows = rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>());
    rows.map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn check(name: &str, screen: fn() -> Screen, change: impl Fn(&mut State)) {
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        let mut state = fixture::state(screen(), Depth::True);
        change(&mut state);
        let text = text(&draw(&state, width, height));
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), text);
    }
}

fn view_number(state: &mut State, n: u8) {
    let Screen::Drill(drill) = &mut state.screen else { panic!("not a drill") };
    drill.view = n;
}

#[test]
fn home_shows_the_drills_and_the_selected_card() {
    check("home", fixture::home, |_| {});
}

#[test]
fn the_overview_answers_how_bad_it_is_at_every_size() {
    check("overview", fixture::drill, |_| {});
}

#[test]
fn each_view_fits_every_size() {
    for n in 2..=9 {
        check(&format!("view{n}"), fixture::drill, |state| view_number(state, n));
    }
}

#[test]
fn overlays_fit_every_size() {
    check("help", fixture::drill, |state| state.overlays.push(Overlay::Help { scroll: 0 }));
    check("leave", fixture::drill, |state| state.overlays.push(Overlay::Leave));
}

#[test]
fn ascii_mode_paints_nothing_beyond_ascii_but_what_it_was_given() {
    let mut state = fixture::state(fixture::drill(), Depth::None);
    state.theme.ascii = true;
    let text = text(&draw(&state, 120, 36));
    let foreign: Vec<char> = text.chars().filter(|c| !c.is_ascii() && !"…–−·×".contains(*c)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn a_terminal_that_is_too_small_is_told_so_and_nothing_panics() {
    for (width, height) in [(1, 1), (20, 5), (59, 20), (60, 19)] {
        let state = fixture::state(fixture::drill(), Depth::True);
        let text = text(&draw(&state, width, height)).replace('\n', " ");
        assert!(width < 20 || text.contains("Firedrill needs 60×20"), "{text}");
    }
}
