//! A whole drill by keys at fixed simulated times: the tour's own incident, from the first page to the debrief. What is
//! checked is what a person would look for, and the frames at the sizes that screens are laid out for.

use super::{
    paper::{coloured, text},
    player::{Studio, frame, play, run_to, settle},
};
use firedrill::drill::Mode;
use firedrill::tui::{
    App, Launch,
    host::Request,
    settings::Settings,
    state::{Look, Screen},
    theme::{Depth, ThemeName},
};

/// Keeps a moment at each size.
fn keep(app: &mut App<'_>, moment: &str) {
    for (columns, rows) in [(80, 24), (120, 36), (200, 60)] {
        insta::assert_snapshot!(format!("tour_{moment}_{columns}x{rows}"), text(&frame(app, columns, rows)));
    }
}

/// Keeps a moment with its colours, in a dark and in a light theme, and in ASCII.
fn keep_colours(app: &mut App<'_>, moment: &str) {
    let before = (app.state.settings.clone(), app.state.theme.clone());
    for (theme, word) in [(ThemeName::Dark, "dark"), (ThemeName::Light, "light")] {
        app.state.settings.theme = theme;
        app.state.restyle();
        insta::assert_snapshot!(format!("tour_{moment}_{word}"), coloured(&frame(app, 120, 36)));
    }
    (app.state.settings, app.state.theme) = before;
    let unicode = std::mem::replace(&mut app.state.theme.ascii, true);
    insta::assert_snapshot!(format!("tour_{moment}_ascii"), text(&frame(app, 80, 24)));
    app.state.theme.ascii = unicode;
}

/// Plays up to `clock`, types, and says whether a frame then shows all of `words`.
fn step(app: &mut App<'_>, clock: &str, keys: &str, words: &[&str]) {
    run_to(app, clock);
    play(app, keys);
    app.refresh();
    let shown = text(&frame(app, 120, 36));
    for word in words {
        assert!(shown.contains(word), "at {clock} after {keys}, no {word:?} on:\n{shown}");
    }
}

#[test]
fn the_tour_leads_from_the_page_to_an_a_and_every_step_is_on_screen() {
    let mut studio = Studio { settings: Settings::default(), ..Studio::new("tour") };
    let mut app = App::new(&mut studio, 1.0, Look { depth: Depth::True, ascii: false });
    app.launch(&Launch::Home).expect("the home screen opens");
    assert!(text(&frame(&mut app, 120, 36)).contains("First time here?"));
    play(&mut app, "t");
    keep(&mut app, "briefing");
    keep_colours(&mut app, "briefing");
    play(&mut app, "<enter>");
    settle(&mut app);
    step(&mut app, "12:00:02", "", &["PAGE", "1 of 8", "Watch the chart"]);
    step(&mut app, "12:00:45", "", &["2 of 8", "PAGE ShopSlow", "alt-a acknowledges"]);
    keep(&mut app, "page");
    step(&mut app, "12:00:50", "<alt-a>", &["3 of 8"]);
    step(&mut app, "12:00:55", "<alt-3>", &["4 of 8", "orders_of"]);
    keep(&mut app, "database");
    step(&mut app, "12:01:00", "changes show CHG-1<enter>", &["5 of 8", "DROP INDEX CONCURRENTLY"]);
    step(&mut app, "12:01:05", "diagnose db orders_customer_idx index-dropped<enter>", &["6 of 8"]);
    step(&mut app, "12:01:10", "rollback CHG-1<enter>", &["7 of 8", "rolling back CHG-1"]);
    step(&mut app, "12:02:00", "<alt-1>", &["CREATE INDEX"]);
    keep(&mut app, "act");
    step(&mut app, "12:03:50", "", &["8 of 8"]);
    play(&mut app, "resolve<enter>");
    app.refresh();
    settle(&mut app);
    let Screen::Debrief(debrief) = &app.state.screen else { panic!("no debrief") };
    assert_eq!(debrief.report.grade.letter, 'A', "{:?}", debrief.report.grade);
    keep(&mut app, "debrief");
    keep_colours(&mut app, "debrief");
    // What was on screen when the last cause was named, and another view two minutes before.
    play(&mut app, "<enter>");
    keep(&mut app, "moment");
    play(&mut app, "<left><left>3");
    let shown = text(&frame(&mut app, 120, 36));
    assert!(shown.contains("on your screen") && shown.contains("Locks and index builds"), "{shown}");
    play(&mut app, "<esc>");
    for (page, words) in [
        ("2", "diagnosis"),
        ("3", "its effect"),
        ("4", "rollback CHG-1"),
        ("5", "Seq Scan on orders"),
        ("6", "A colleague would have looked"),
        ("7", "Practise"),
    ] {
        play(&mut app, page);
        let shown = text(&frame(&mut app, 120, 36));
        assert!(shown.contains(words), "page {page} has no {words:?}:\n{shown}");
    }
}

#[test]
fn notices_never_take_the_keys_and_a_person_is_answered_with_one() {
    let mut studio = Studio::new("tour");
    let mut app = App::new(&mut studio, 1.0, Look { depth: Depth::True, ascii: false });
    let request = Request { scenario: "tour".to_owned(), seed: 1, mode: Mode::Practice };
    app.launch(&Launch::Play(request)).expect("the drill starts");
    settle(&mut app);
    step(&mut app, "12:00:20", "<alt-2>echo half a li", &["half a li"]);
    step(&mut app, "12:00:58", "ne", &["echo half a line", "PAGE ShopSlow"]);
    step(&mut app, "12:01:00", "<alt-a>", &["kim: Customers say", "alt-r answers", "echo half a line"]);
    step(&mut app, "12:01:02", "<alt-r>on it<enter>", &["post '@kim on it'"]);
    step(&mut app, "12:01:04", "<enter>", &["half a line\u{20}"]);
}
