//! The loop: events in, simulated time in slices, frames out.

#![allow(
    clippy::disallowed_types,
    reason = "the interface is the rim: here the wall clock becomes simulated time"
)]

use super::{
    host::{Grading, Host, Request},
    state::{DrillState, Opening, Screen, State},
    terminal::Guard,
    theme::Theme,
    update::{Effect, Message, update},
    view::view,
};
use crate::drill::{Phase, Session};
use crate::kernel::Span;
use crossterm::event::{self, Event, KeyEventKind};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Longest wall time that the simulation may take before keys are looked at again.
const SLICE: Duration = Duration::from_millis(8);
/// Time between two frames when nothing is typed.
const FRAME: Duration = Duration::from_millis(100);
/// Longest wait for a key.
const WAIT: Duration = Duration::from_millis(15);
/// How far simulated time goes before the budget is looked at again.
const STEP: Span = Span::from_millis(100);

/// What to open with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Launch {
    /// The home screen.
    Home,
    /// Straight into a drill.
    Play(Request),
    /// The drill that was interrupted.
    Resume,
}

/// Runs the interface until the trainee leaves or a signal ends it; true when a signal did. The terminal is restored
/// either way.
///
/// # Errors
/// What the terminal says, or the one sentence of the host when the launch fails.
pub fn run(host: &mut dyn Host, launch: &Launch, speed: f64, theme: Theme) -> io::Result<bool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP, SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut app = App::new(host, speed, theme);
    match launch {
        Launch::Home => app.go_home(),
        Launch::Play(request) => app.start(request).map_err(io::Error::other)?,
        Launch::Resume => app.resume().map_err(io::Error::other)?,
    }
    let (_guard, mut terminal) = Guard::take()?;
    let mut drawn = Instant::now();
    let mut dirty = true;
    while !app.state.quit && !stop.load(Ordering::Relaxed) {
        if dirty || drawn.elapsed() >= FRAME {
            app.refresh();
            draw(&mut app.state, &mut terminal)?;
            drawn = Instant::now();
        }
        dirty = app.read_events(if app.is_working() { Duration::ZERO } else { WAIT })?;
        app.work()?;
    }
    Ok(stop.load(Ordering::Relaxed))
}

fn draw(
    state: &mut State,
    terminal: &mut ratatui::Terminal<ratatui::backend::CrosstermBackend<io::Stdout>>,
) -> io::Result<()> {
    let mut areas = None;
    terminal.draw(|frame| {
        let (used, cursor) = view(state, frame.area(), frame.buffer_mut());
        areas = Some((used, frame.area().width));
        if let Some(position) = cursor {
            frame.set_cursor_position(position);
        }
    })?;
    if let (Some((used, width)), Screen::Drill(drill)) = (areas, &mut state.screen) {
        drill.areas = used;
        if super::screen::drill::shows_channel(drill, width) && drill.view_scroll == 0 {
            drill.channel_seen = drill.snapshot.channel.len();
        }
    }
    Ok(())
}

/// What is being simulated.
enum Stage {
    Nothing,
    Opening(Session),
    Playing { session: Session, last: Instant, owed: f64 },
    Grading,
}

struct App<'a> {
    host: &'a mut dyn Host,
    state: State,
    stage: Stage,
    speed: f64,
}

impl<'a> App<'a> {
    fn new(host: &'a mut dyn Host, speed: f64, theme: Theme) -> Self {
        let screen = Screen::Home(super::state::Home::default());
        let state = State { screen, overlays: Vec::new(), theme, notice: None, quit: false };
        Self { host, state, stage: Stage::Nothing, speed }
    }

    fn go_home(&mut self) {
        self.stage = Stage::Nothing;
        let message = Message::Home(self.host.cards(), self.host.unfinished(), self.host.fresh_seed());
        update(&mut self.state, message);
    }

    fn start(&mut self, request: &Request) -> Result<(), String> {
        let session = self.host.start(request)?;
        self.enter(session);
        Ok(())
    }

    fn resume(&mut self) -> Result<(), String> {
        let session = self.host.resume()?;
        self.enter(session);
        Ok(())
    }

    /// Shows a session: the time before the shift first, where it has not passed yet.
    fn enter(&mut self, session: Session) {
        let snapshot = session.snapshot();
        if snapshot.phase == Phase::BeforeShift {
            let title = snapshot.drill.title.clone();
            self.state.screen = Screen::Opening(Opening { title, clock: snapshot.clock, share: 0.0 });
            self.stage = Stage::Opening(session);
        } else {
            self.play(session);
        }
    }

    fn play(&mut self, session: Session) {
        let drill = DrillState::new(session.snapshot(), self.speed);
        self.state.screen = Screen::Drill(Box::new(drill));
        self.stage = Stage::Playing { session, last: Instant::now(), owed: 0.0 };
    }

    /// Whether the simulation has more to do than a slice at a time.
    fn is_working(&self) -> bool {
        matches!(self.stage, Stage::Opening(_))
    }

    /// Reads what was typed; true when something was.
    fn read_events(&mut self, wait: Duration) -> io::Result<bool> {
        let mut any = false;
        let mut wait = wait;
        while event::poll(wait)? {
            wait = Duration::ZERO;
            any = true;
            let message = match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => Message::Key(key),
                Event::Mouse(mouse) => Message::Mouse(mouse),
                Event::Paste(text) => Message::Paste(text),
                _ => continue,
            };
            for effect in update(&mut self.state, message) {
                self.perform(effect)?;
            }
        }
        Ok(any)
    }

    fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Start(request) => {
                let started = self.start(&request);
                self.tell(started);
            }
            Effect::Resume => {
                let resumed = self.resume();
                self.tell(resumed);
            }
            Effect::Input(input) => {
                if let Stage::Playing { session, .. } = &mut self.stage {
                    session.input(input)?;
                }
            }
            Effect::Complete(line, cursor) => {
                if let Stage::Playing { session, .. } = &mut self.stage {
                    let (from, items) = session.complete(&line, cursor);
                    update(&mut self.state, Message::Completions(from, items));
                }
            }
            Effect::Finish => self.finish(),
            Effect::Keep | Effect::Home => self.go_home(),
            Effect::FreshSeed => {
                let seed = self.host.fresh_seed();
                if let Screen::Home(home) = &mut self.state.screen {
                    home.seed = seed;
                }
            }
            Effect::Export => {
                let told = self.host.export().unwrap_or_else(|why| why);
                update(&mut self.state, Message::Notice(told));
            }
        }
        Ok(())
    }

    fn tell(&mut self, outcome: Result<(), String>) {
        if let Err(why) = outcome {
            update(&mut self.state, Message::Notice(why));
        }
    }

    fn finish(&mut self) {
        if let Stage::Playing { session, .. } = std::mem::replace(&mut self.stage, Stage::Nothing) {
            self.host.finish(session);
            self.stage = Stage::Grading;
        }
    }

    /// Lets simulated time pass for one slice.
    fn work(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.stage, Stage::Nothing) {
            Stage::Nothing => {}
            Stage::Opening(session) => self.open(session)?,
            Stage::Playing { session, last, owed } => self.advance(session, last, owed)?,
            Stage::Grading => {
                let grading = self.host.grading();
                if matches!(grading, Grading::Running { .. }) {
                    self.stage = Stage::Grading;
                }
                update(&mut self.state, Message::Grading(grading));
            }
        }
        Ok(())
    }

    fn open(&mut self, mut session: Session) -> io::Result<()> {
        let begun = Instant::now();
        let opens = session.drill().opens();
        while session.drill().now() < opens && begun.elapsed() < SLICE * 4 {
            let to = (session.drill().now() + STEP * 20).min(opens);
            session.advance_to(to)?;
        }
        if session.drill().now() >= opens {
            self.play(session);
        } else {
            if let Screen::Opening(opening) = &mut self.state.screen {
                opening.share = session.drill().now().0 as f64 / opens.0.max(1) as f64;
                opening.clock = session.snapshot().clock;
            }
            self.stage = Stage::Opening(session);
        }
        Ok(())
    }

    fn advance(&mut self, mut session: Session, last: Instant, owed: f64) -> io::Result<()> {
        let Screen::Drill(drill) = &self.state.screen else { return Ok(()) };
        let begun = Instant::now();
        let mut owed = owed + last.elapsed().as_secs_f64() * drill.pace.speed();
        let step = STEP.as_secs_f64();
        while owed >= step && begun.elapsed() < SLICE {
            let to = session.drill().now() + STEP;
            session.advance_to(to)?;
            owed -= step;
        }
        // A machine too slow for the chosen speed runs slower; it does not fall ever further behind.
        let owed = owed.min(step * 4.0);
        self.stage = Stage::Playing { session, last: begun, owed };
        Ok(())
    }

    /// Takes a snapshot for the next frame.
    fn refresh(&mut self) {
        if let Stage::Playing { session, .. } = &self.stage {
            let snapshot = Box::new(session.snapshot());
            for effect in update(&mut self.state, Message::Snapshot(snapshot)) {
                if effect == Effect::Finish {
                    self.finish();
                }
            }
        }
    }
}
