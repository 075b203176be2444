//! The pictures in `docs/screens/`: the program's own frames of a real June 4 drill, played by keys at fixed simulated
//! times. `docs/screens/make` draws them anew; a plain test run looks at what is committed and draws the one picture that
//! needs no simulation.

use crate::support::svg;
use firedrill::debrief::runs::{self, Game};
use firedrill::debrief::{Report, compose};
use firedrill::drill::{Drill, Mode, Session, milestones::harms};
use firedrill::scenario::{Scenario, embedded};
use firedrill::tui::{
    App, Launch,
    host::{Card, Grading, Host, Request, Unfinished},
    keys,
    settings::Settings,
    state::{Look, Screen},
    theme::{Depth, ThemeName},
    update::Message,
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::{fs, path::PathBuf, sync::Arc, time::Duration};

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

/// A host that keeps nothing on disk, and grades at once.
struct Studio {
    scenario: Arc<Scenario>,
    settings: Settings,
    report: Option<Report>,
}

impl Studio {
    fn new() -> Studio {
        let loaded = embedded::load_embedded("june-4").expect("the drill is in the program");
        let scenario = Arc::new(loaded.scenario.expect("the drill can be read"));
        Studio { scenario, settings: Settings::default(), report: None }
    }

    fn grade(&self, drill: Drill) -> Report {
        let game = Game {
            scenario: Arc::clone(&self.scenario),
            seed: drill.seed(),
            mode: drill.mode(),
            entries: drill.entries().to_vec(),
        };
        let runs = runs::all(&game, game.all_runs()).expect("the drill's stack can be built");
        compose(&self.scenario, runs.trainee.as_ref().expect("the drill was run"), &runs)
    }
}

impl Host for Studio {
    fn cards(&mut self) -> Vec<Card> {
        let scenario = &self.scenario;
        let paragraphs =
            scenario.briefing.split("\n\n").map(str::trim).filter(|p| !p.is_empty() && !p.starts_with('#'));
        vec![Card {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            company: scenario.company.clone(),
            date: scenario.date.clone(),
            difficulty: scenario.difficulty,
            minutes: u64::from(scenario.ends_at.seconds_after(scenario.shift_starts_at) / 60),
            about: paragraphs.take(2).collect::<Vec<_>>().join("\n\n"),
            trains: ["diagnosis against the clock", "reading plans", "safe rollbacks"]
                .map(str::to_owned)
                .to_vec(),
            provenance: format!("{} ({})", scenario.source.title, scenario.source.provenance.word()),
            best: None,
            attempts: 0,
            briefing: scenario.briefing.clone(),
        }]
    }

    fn unfinished(&mut self) -> Option<Unfinished> {
        None
    }

    fn fresh_seed(&mut self) -> u64 {
        SEED
    }

    fn start(&mut self, request: &Request) -> Result<Session, String> {
        let drill = Drill::new(Arc::clone(&self.scenario), request.seed, request.mode)
            .map_err(|findings| format!("{findings:?}"))?;
        Session::begin(drill, Box::new(std::io::sink())).map_err(|problem| problem.to_string())
    }

    fn resume(&mut self) -> Result<Session, String> {
        Err("nothing was interrupted".to_owned())
    }

    fn finish(&mut self, session: Session) {
        self.report = Some(self.grade(session.into_drill()));
    }

    fn grading(&mut self) -> Grading {
        match self.report.take() {
            Some(report) => Grading::Done(Box::new(report)),
            None => Grading::Failed("nothing was graded".to_owned()),
        }
    }

    fn export(&mut self) -> Result<String, String> {
        Err("a picture exports nothing".to_owned())
    }

    fn settings(&mut self) -> Result<Settings, String> {
        Ok(self.settings.clone())
    }
}

/// Types `text`, then enter.
fn enter(app: &mut App<'_>, text: &str) {
    for c in text.chars() {
        let name = if c == ' ' { "space".to_owned() } else { c.to_string() };
        press(app, &name);
    }
    press(app, "enter");
}

fn press(app: &mut App<'_>, key: &str) {
    app.handle(Message::Key(keys::parse(key).expect("a key"))).expect("the journal takes it");
}

/// Lets the drill's clock run to `clock`, a frame's worth at a time.
fn run_to(app: &mut App<'_>, clock: &str) {
    app.refresh();
    while matches!(&app.state.screen, Screen::Drill(drill) if drill.snapshot.clock.as_str() < clock) {
        app.work(Duration::from_millis(100), &mut || false).expect("the journal takes it");
        app.refresh();
    }
}

fn frame(app: &mut App<'_>, columns: u16, rows: u16) -> Buffer {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    let cursor = app.draw(area, &mut buffer);
    if let Some(cell) = cursor.and_then(|at| buffer.cell_mut(at)) {
        cell.modifier.insert(ratatui::style::Modifier::REVERSED);
    }
    buffer
}

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
    press(app, "4");
    keep("cause", &frame(app, 120, 36));
}

fn home(studio: &mut Studio) -> Buffer {
    let mut app = App::new(studio, 1.0, Look { depth: Depth::True, ascii: false });
    app.launch(&Launch::Home).expect("the home screen opens");
    frame(&mut app, 120, 36)
}

#[test]
fn the_pictures_of_the_screens_are_the_program_s_own_frames() {
    let mut studio = Studio::new();
    let home = home(&mut studio);
    if std::env::var_os("FIREDRILL_PICTURES").is_some() {
        keep("home", &home);
        play(&mut studio);
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
