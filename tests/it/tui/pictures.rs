//! The pictures in `docs/screens/`: the program's own frames of a real June 4 drill, played by keys at fixed simulated
//! times. `docs/screens/make` draws them anew; a plain test run looks at what is committed and draws the one picture that
//! needs no simulation.

use super::player::{Studio, enter, frame, press, run_to};
use crate::support::svg;
use firedrill::drill::{Mode, milestones::harms};
use firedrill::scenario::Scenario;
use firedrill::tui::{
    App, Launch,
    host::Request,
    state::{Look, Screen},
    theme::{Depth, ThemeName},
};
use ratatui::buffer::Buffer;
use std::{fs, path::PathBuf, time::Duration};

/// The seed of the drill in the pictures.
const SEED: u64 = 0x4f2;
/// The pictures, with words that must be on each.
const PICTURES: &[(&str, &[&str])] = &[
    ("home", &["FIREDRILL", "wrong index", "difficulty"]),
    ("drill", &["15:24:", "Storefront", "#inc-0604", "explain"]),
    ("drill-80x24", &["15:24:", "Storefront"]),
    ("database", &["Waits", "Locks and index builds"]),
    ("topology", &["Topology", "pgbouncer"]),
    ("debrief", &["Both timelines", "real team", "Score"]),
    ("cause", &["What was broken", "with it"]),
    ("light", &["Storefront"]),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/screens")
}

fn keep(name: &str, buffer: &Buffer) {
    fs::create_dir_all(folder()).expect("the folder can be made");
    fs::write(folder().join(format!("{name}.svg")), svg::picture(buffer))
        .expect("the picture can be written");
}

/// What the trainee in the pictures does, minute by minute: looks in the right place, and once acts too early.
fn script(scenario: &Scenario) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = [
        ("15:01:10", "ack"),
        ("15:03:00", "declare sev1"),
        ("15:04:20", "post 'on it: pages are slow everywhere, looking at the web tier first'"),
        ("15:06:00", "kubectl get pods | head -5"),
        ("15:09:30", "kubectl rollout undo deployment/web"),
        ("15:14:00", "post 'web is fine, the database is at its limit; rollback of the web deploy changed nothing'"),
        ("15:17:00", "psql"),
        ("15:17:30", "select wait_event_type, wait_event, count(*) from pg_stat_activity where state = 'active' group by 1, 2 order by 3 desc;"),
        ("15:20:00", "select pid, now() - query_start as age, left(query, 64) as query from pg_stat_activity where state = 'active' order by 2 desc limit 4;"),
    ]
    .iter()
    .map(|(at, line)| ((*at).to_owned(), (*line).to_owned()))
    .collect();
    let variant = scenario.variant(SEED);
    for (i, (change, harm)) in harms(scenario, &variant).enumerate() {
        let minute = 27 + 6 * i;
        lines.push((format!("15:{minute}:00"), "\\q".to_owned()));
        lines.push((format!("15:{minute}:20"), format!("changes show {}", change.id)));
        lines.push((
            format!("15:{:02}:00", minute + 1),
            format!("diagnose {} {} {}", harm.component, harm.object, harm.mechanism),
        ));
        lines.push((format!("15:{:02}:30", minute + 1), format!("rollback {}", change.id)));
    }
    lines.push(("16:05:00".to_owned(), "post 'all bad changes are taken back, watching'".to_owned()));
    lines.push(("16:25:00".to_owned(), "resolve 'indexes restored, objective met'".to_owned()));
    lines
}

/// Plays the drill and draws every picture of it.
fn play(studio: &mut Studio) {
    let lines = script(&studio.scenario);
    let request = Request { scenario: "june-4".to_owned(), seed: SEED, mode: Mode::Practice };
    let mut app = App::new(studio, 10.0, Look { depth: Depth::True, ascii: false });
    app.launch(&Launch::Play(request)).expect("the drill starts");
    while app.is_working() {
        app.work(Duration::ZERO, &mut || false).expect("the journal takes it");
    }
    frame(&mut app, 120, 36);
    let noon = lines.iter().position(|(at, _)| at.as_str() > "15:24:10").unwrap_or(lines.len());
    for (at, line) in &lines[..noon] {
        run_to(&mut app, at);
        enter(&mut app, line);
        frame(&mut app, 120, 36);
    }
    run_to(&mut app, "15:24:10");
    for c in "explain select id, created_at, status from orders".chars() {
        press(&mut app, &if c == ' ' { "space".to_owned() } else { c.to_string() });
    }
    keep("drill", &frame(&mut app, 120, 36));
    keep("drill-80x24", &frame(&mut app, 80, 24));
    app.state.settings.theme = ThemeName::Light;
    app.state.restyle();
    keep("light", &frame(&mut app, 120, 36));
    app.state.settings.theme = ThemeName::Dark;
    app.state.restyle();
    for (view, name) in [("alt-3", "database"), ("alt-2", "topology")] {
        press(&mut app, view);
        run_to(&mut app, "15:24:12");
        keep(name, &frame(&mut app, 120, 36));
    }
    press(&mut app, "alt-1");
    press(&mut app, "ctrl-c");
    for (at, line) in &lines[noon..] {
        run_to(&mut app, at);
        enter(&mut app, line);
    }
    debrief(&mut app);
}

fn debrief(app: &mut App<'_>) {
    run_to(app, "16:40:00");
    if matches!(app.state.screen, Screen::Drill(_)) {
        press(app, "ctrl-x");
        press(app, "e");
    }
    while !matches!(app.state.screen, Screen::Debrief(_)) {
        app.work(Duration::ZERO, &mut || false).expect("it is graded");
    }
    keep("debrief", &frame(app, 120, 36));
    press(app, "5");
    keep("cause", &frame(app, 120, 36));
}

fn home(studio: &mut Studio) -> Buffer {
    let mut app = App::new(studio, 1.0, Look { depth: Depth::True, ascii: false });
    app.launch(&Launch::Home).expect("the home screen opens");
    frame(&mut app, 120, 36)
}

#[test]
fn the_pictures_of_the_screens_are_the_program_s_own_frames() {
    let mut studio = Studio { seed: SEED, ..Studio::new("june-4") };
    let home = home(&mut studio);
    if let Some(which) = std::env::var_os("FIREDRILL_PICTURES") {
        keep("home", &home);
        if which != "home" {
            play(&mut studio);
        }
    }
    for (name, words) in PICTURES {
        let drawn = (*name == "home").then(|| svg::picture(&home));
        let kept = fs::read_to_string(folder().join(format!("{name}.svg"))).ok();
        if let (Some(drawn), Some(kept)) = (&drawn, &kept) {
            assert_eq!(kept, drawn, "draw the pictures anew: docs/screens/make");
        }
        let Some(text) = kept.or(drawn) else { continue };
        assert!(text.starts_with("<svg") && text.ends_with("</svg>\n"), "{name} is whole");
        for word in *words {
            assert!(text.contains(word), "{name} shows {word}");
        }
    }
}
