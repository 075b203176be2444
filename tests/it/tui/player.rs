//! A drill played by keys without a terminal: the host keeps nothing on disk, the clock is stepped by hand.

use firedrill::debrief::runs::{self, Game};
use firedrill::debrief::{Report, compose};
use firedrill::drill::{Drill, Session};
use firedrill::scenario::{Scenario, embedded};
use firedrill::tui::{
    App,
    host::{Card, Grading, Host, Past, Request, Unfinished},
    keys,
    settings::Settings,
    state::Screen,
    update::Message,
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::{sync::Arc, time::Duration};

/// A host that keeps nothing on disk, and grades at once.
pub(crate) struct Studio {
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) settings: Settings,
    pub(crate) past: Vec<Past>,
    pub(crate) seed: u64,
    pub(crate) report: Option<Report>,
}

impl Studio {
    /// A studio for one of the program's own scenarios, whose trainee has been shown around before.
    pub(crate) fn new(id: &str) -> Studio {
        let loaded = embedded::load_embedded(id).expect("the drill is in the program");
        let scenario = Arc::new(loaded.scenario.expect("the drill can be read"));
        let settings = Settings { toured: true, ..Settings::default() };
        Studio { scenario, settings, past: Vec::new(), seed: 1, report: None }
    }

    fn grade(&self, drill: Drill) -> Report {
        let game = Game {
            scenario: Arc::clone(&self.scenario),
            seed: drill.seed(),
            mode: drill.mode(),
            entries: drill.entries().to_vec(),
        };
        let runs =
            runs::all(&game, None, game.all_runs(), Vec::new()).expect("the drill's stack can be built");
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
        self.seed
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
            Some(report) => Grading::Done { report: Box::new(report), unrecorded: None },
            None => Grading::Failed("nothing was graded".to_owned()),
        }
    }

    fn export(&mut self) -> Result<String, String> {
        Err("a picture exports nothing".to_owned())
    }

    fn settings(&mut self) -> Result<Settings, String> {
        Ok(self.settings.clone())
    }

    fn history(&mut self) -> Result<Vec<Past>, String> {
        Ok(self.past.clone())
    }
}

/// Types `text`, then enter.
pub(crate) fn enter(app: &mut App<'_>, text: &str) {
    for c in text.chars() {
        let name = if c == ' ' { "space".to_owned() } else { c.to_string() };
        press(app, &name);
    }
    press(app, "enter");
}

pub(crate) fn press(app: &mut App<'_>, key: &str) {
    app.handle(Message::Key(keys::parse(key).expect("a key"))).expect("the journal takes it");
}

/// Lets the drill's clock run to `clock`, a frame's worth at a time.
pub(crate) fn run_to(app: &mut App<'_>, clock: &str) {
    app.refresh();
    while matches!(&app.state.screen, Screen::Drill(drill) if drill.snapshot.clock.as_str() < clock) {
        app.work(Duration::from_millis(100), &mut || false).expect("the journal takes it");
        app.refresh();
    }
}

/// Types keys as they are written: characters, and names in angle brackets: `ack<enter>`, `<alt-3>`.
pub(crate) fn play(app: &mut App<'_>, keys: &str) {
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|tail| tail.split_once('>'));
        let (name, left) = match named {
            Some((name, left)) => (name.to_owned(), left),
            None => {
                let name = if first == ' ' { "space".to_owned() } else { first.to_string() };
                (name, &rest[first.len_utf8()..])
            }
        };
        press(app, &name);
        rest = left;
    }
}

/// Lets everything before the shift pass, or everything that grading takes.
pub(crate) fn settle(app: &mut App<'_>) {
    loop {
        app.work(Duration::ZERO, &mut || false).expect("the journal takes it");
        if !matches!(app.state.screen, Screen::Opening(_) | Screen::Grading(..)) {
            return;
        }
    }
}

/// One frame, with the cursor shown as a reversed cell.
pub(crate) fn frame(app: &mut App<'_>, columns: u16, rows: u16) -> Buffer {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    let cursor = app.draw(area, &mut buffer);
    if let Some(cell) = cursor.and_then(|at| buffer.cell_mut(at)) {
        cell.modifier.insert(ratatui::style::Modifier::REVERSED);
    }
    buffer
}
