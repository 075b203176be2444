//! What a frame costs: the tour's incident at its height, drawn at each size, and a key from its event to the finished
//! frame. `cargo bench --bench screen` prints both; what a terminal sees of it is `cargo bench --bench echo`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use divan::{Bencher, black_box};
use firedrill::drill::{Drill, Mode, Session};
use firedrill::kernel::Span;
use firedrill::scenario::embedded;
use firedrill::tui::{
    App, Launch,
    host::{Card, Grading, Host, Request, Unfinished},
    state::{Look, Screen},
    theme::Depth,
    update::Message,
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::{sync::Arc, time::Duration};

/// The sizes that screens are laid out for.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];
/// Simulated time after the shift's start at which frames are drawn.
const HEIGHT: Span = Span::from_secs(70);

fn main() {
    divan::main();
}

/// A host of one drill that keeps nothing.
struct OneDrill;

impl Host for OneDrill {
    fn cards(&mut self) -> Vec<Card> {
        Vec::new()
    }

    fn unfinished(&mut self) -> Option<Unfinished> {
        None
    }

    fn fresh_seed(&mut self) -> u64 {
        1
    }

    fn start(&mut self, request: &Request) -> Result<Session, String> {
        let scenario = embedded::load_embedded(&request.scenario)
            .and_then(|loaded| loaded.scenario)
            .ok_or("no scenario")?;
        let mut drill = Drill::new(Arc::new(scenario), request.seed, request.mode)
            .map_err(|findings| format!("{findings:?}"))?;
        drill.open();
        let to = drill.now() + HEIGHT;
        drill.advance_to(to);
        Session::begin(drill, Box::new(std::io::sink())).map_err(|problem| problem.to_string())
    }

    fn resume(&mut self) -> Result<Session, String> {
        Err("there is none".to_owned())
    }

    fn finish(&mut self, _: Session) {}

    fn grading(&mut self) -> Grading {
        Grading::Failed("nothing is graded".to_owned())
    }

    fn export(&mut self) -> Result<String, String> {
        Err("nothing is exported".to_owned())
    }
}

fn with_app(run: impl FnOnce(&mut App<'_>)) {
    let mut host = OneDrill;
    let mut app = App::new(&mut host, 60.0, Look { depth: Depth::True, ascii: false });
    let request = Request { scenario: "tour".to_owned(), seed: 1, mode: Mode::Practice };
    app.launch(&Launch::Play(request)).expect("the drill starts");
    app.refresh();
    assert!(matches!(app.state.screen, Screen::Drill(_)));
    run(&mut app);
}

/// The overview, from the state to a finished buffer.
#[divan::bench(args = SIZES)]
fn frame(bencher: Bencher<'_, '_>, (columns, rows): (u16, u16)) {
    with_app(|app| {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        bencher.bench_local(|| {
            buffer.reset();
            app.draw(black_box(area), &mut buffer)
        });
    });
}

/// What may be seen, copied out of the drill.
#[divan::bench]
fn snapshot(bencher: Bencher<'_, '_>) {
    with_app(|app| bencher.bench_local(|| app.refresh()));
}

/// A letter: its event, a fresh snapshot, the frame.
#[divan::bench(args = SIZES)]
fn key_to_frame(bencher: Bencher<'_, '_>, (columns, rows): (u16, u16)) {
    with_app(|app| {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        let mut letters = ['a', 'b'].into_iter().cycle();
        bencher.bench_local(|| {
            let code = letters.next().map_or(KeyCode::Backspace, KeyCode::Char);
            app.handle(Message::Key(KeyEvent::new(code, KeyModifiers::NONE))).expect("nothing is written");
            app.handle(Message::Key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE)))
                .expect("nothing is written");
            app.refresh();
            buffer.reset();
            app.draw(area, &mut buffer)
        });
    });
}

/// A tenth of a second of wall time at 60×: six simulated seconds, in one piece.
#[divan::bench]
fn tenth_of_a_second_at_60x(bencher: Bencher<'_, '_>) {
    with_app(|app| {
        bencher
            .bench_local(|| app.work(Duration::from_millis(100), &mut || false).expect("nothing is written"));
    });
}
