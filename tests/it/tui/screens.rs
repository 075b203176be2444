//! Screens as text, at the sizes they are laid out for.

use super::{
    fixture,
    paper::{coloured, text},
};
use firedrill::tui::{
    editor::Editor,
    guide::Guide,
    state::{ConsoleSize, DrillState, Overlay, Pager, Popup, Screen, Search, State},
    theme::{Depth, ThemeName},
    view::view,
};
use ratatui::{buffer::Buffer, layout::Rect};

fn draw(state: &State, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    view(state, area, &mut buffer);
    buffer
}

fn check(name: &str, screen: fn() -> Screen, change: impl Fn(&mut State)) {
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        let mut state = fixture::state(screen(), Depth::True);
        change(&mut state);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), text(&draw(&state, width, height)));
    }
    let mut state = fixture::state(screen(), Depth::None);
    change(&mut state);
    state.theme.ascii = true;
    insta::assert_snapshot!(format!("{name}_ascii"), text(&draw(&state, 80, 24)));
}

/// The same screen in two themes, with its colours.
fn check_colours(name: &str, screen: fn() -> Screen, change: impl Fn(&mut State)) {
    for (theme, word) in [(ThemeName::Dark, "dark"), (ThemeName::Light, "light")] {
        let mut state = fixture::state(screen(), Depth::True);
        state.settings.theme = theme;
        state.restyle();
        change(&mut state);
        insta::assert_snapshot!(format!("{name}_{word}"), coloured(&draw(&state, 120, 36)));
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

fn typed(text: &str) -> Editor {
    let mut editor = Editor::default();
    editor.set(text);
    editor
}

fn over(overlay: Overlay) -> impl Fn(&mut State) {
    move |state| state.overlays.push(overlay.clone())
}

#[test]
fn overlays_fit_every_size() {
    check("help", fixture::drill, over(Overlay::Help { scroll: 0 }));
    check("leave", fixture::drill, over(Overlay::Leave));
    check("palette", fixture::drill, over(Overlay::Palette { editor: typed("view"), selected: 1 }));
    check("reply", fixture::drill, over(Overlay::Reply { editor: typed("on it"), to: "dba".to_owned() }));
    check("find", fixture::drill, over(Overlay::Find { editor: typed("web-") }));
    check("settings", fixture::home, over(Overlay::Settings { selected: 1 }));
    check("welcome", fixture::home, over(Overlay::Welcome));
    check("seed", fixture::home, over(Overlay::Seed { editor: typed("4711") }));
    check("history", fixture::home, over(Overlay::History { past: fixture::past(), scroll: 0 }));
    check("history_empty", fixture::home, over(Overlay::History { past: Vec::new(), scroll: 0 }));
    let lines = (1..=90).map(|n| format!("{n:>3}  public | orders_{n} | table")).collect();
    let pager =
        Pager { title: r"shop=> \dt".to_owned(), lines, scroll: 12, find: typed("_20"), ..Pager::default() };
    check("pager", fixture::drill, over(Overlay::Pager(pager)));
}

#[test]
fn the_console_shows_what_it_offers_and_takes_the_size_it_is_given() {
    let console = |change: fn(&mut DrillState)| {
        move |state: &mut State| {
            let Screen::Drill(drill) = &mut state.screen else { panic!("not a drill") };
            change(drill);
        }
    };
    check(
        "completions",
        fixture::drill,
        console(|drill| {
            drill.console.editor.set("select * from pg_stat_");
            let items =
                [("pg_stat_activity", "one row a backend"), ("pg_stat_user_tables", "one row a table")];
            let items = items.map(|(name, about)| (name.to_owned(), about.to_owned())).to_vec();
            drill.console.popup = Some(Popup { from: 14, items, selected: 1 });
        }),
    );
    check(
        "history_search",
        fixture::drill,
        console(|drill| {
            drill.console.search = Some(Search { needle: "get".to_owned(), found: Some(0) });
        }),
    );
    check("console_full", fixture::drill, console(|drill| drill.size = ConsoleSize::Full));
    check("console_line", fixture::drill, console(|drill| drill.size = ConsoleSize::Line));
    check("guide", fixture::drill, console(|drill| drill.guide = Some(Guide::of("june-4"))));
}

#[test]
fn colours_tell_the_same_in_a_dark_and_in_a_light_theme() {
    check_colours("home", fixture::home, |_| {});
    check_colours("overview", fixture::drill, |_| {});
    for n in 2..=9 {
        check_colours(&format!("view{n}"), fixture::drill, |state| view_number(state, n));
    }
    check_colours("palette", fixture::drill, over(Overlay::Palette { editor: typed("view"), selected: 1 }));
}

#[test]
fn ascii_mode_paints_nothing_beyond_ascii_but_what_it_was_given() {
    for (n, (width, height)) in (1..=9).flat_map(|n| [(n, (80, 24)), (n, (120, 36)), (n, (200, 60))]) {
        let mut state = fixture::state(fixture::drill(), Depth::None);
        state.theme.ascii = true;
        view_number(&mut state, n);
        let text = text(&draw(&state, width, height));
        let foreign: Vec<char> = text.chars().filter(|c| !c.is_ascii() && !"…–−·×".contains(*c)).collect();
        assert!(foreign.is_empty(), "view {n} at {width}×{height}: {foreign:?}");
    }
}

#[test]
fn a_terminal_that_is_too_small_is_told_so_and_nothing_panics() {
    for (width, height) in [(1, 1), (20, 5), (59, 20), (60, 19)] {
        let state = fixture::state(fixture::drill(), Depth::True);
        let text = text(&draw(&state, width, height)).replace('\n', " ");
        assert!(width < 20 || text.contains("Firedrill needs 60×20"), "{text}");
    }
}
