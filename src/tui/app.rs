//! The interface as a value: messages and wall time come in, frames come out. The loop around it owns the terminal.

use super::{
    guide::{self, Guide},
    host::{Grading, Host, Request},
    screen::drill::shows_channel,
    settings::Settings,
    state::{DrillState, Home, Look, Opening, Overlay, Screen, State},
    update::{Effect, Message, update},
    view::view,
};
use crate::drill::{Phase, Session, TICK, Voice};
use crate::kernel::Span;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use std::{io, time::Duration};

/// How far simulated time goes before the slice is looked at again, while the shift has not begun.
const OPENING_STEP: Span = Span::from_secs(2);
/// Most ticks carried over to the next slice.
const MOST_TICKS_OWED: f64 = 4.0;

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

/// What is being simulated.
enum Stage {
    Nothing,
    Opening(Session),
    Playing { session: Session, owed: f64 },
    Grading,
}

/// The whole interface without its terminal: messages and wall time in, frames out.
pub struct App<'a> {
    host: &'a mut dyn Host,
    /// What is on screen.
    pub state: State,
    stage: Stage,
    speed: f64,
    /// Whether the drill that starts next has a guide.
    guided: bool,
    /// Pages in the channel when the bell was last thought of.
    paged: usize,
    /// What shall go to the terminal's clipboard.
    clipboard: Option<String>,
    /// The newest word of the grading that was shown.
    told: Option<Grading>,
}

impl<'a> App<'a> {
    /// An interface that shows nothing yet: follow with [`App::launch`].
    pub fn new(host: &'a mut dyn Host, speed: f64, look: Look) -> Self {
        let screen = Screen::Home(Home::default());
        let (settings, complaint) = match host.settings() {
            Ok(settings) => (settings, None),
            Err(why) => (Settings::default(), Some(why)),
        };
        let mut state = State::new(screen, look, settings);
        state.notice = complaint;
        Self {
            host,
            state,
            stage: Stage::Nothing,
            speed,
            guided: false,
            paged: 0,
            clipboard: None,
            told: None,
        }
    }

    /// Opens the first screen.
    ///
    /// # Errors
    /// The host's one sentence.
    pub fn launch(&mut self, launch: &Launch) -> Result<(), String> {
        match launch {
            Launch::Home => self.go_home(),
            Launch::Play(request) => self.start(request)?,
            Launch::Resume => self.resume()?,
        }
        Ok(())
    }

    fn go_home(&mut self) {
        // A drill that is being graded is graded to its end, so that it stands in the history.
        if !matches!(self.stage, Stage::Grading) {
            self.stage = Stage::Nothing;
        }
        let past = self.host.history();
        let home = Home {
            cards: self.host.cards(),
            unfinished: self.host.unfinished(),
            seed: self.host.fresh_seed(),
            past: past.clone().unwrap_or_default(),
            ..Home::default()
        };
        update(&mut self.state, Message::Home(Box::new(home)));
        self.tell(past.map(|_| ()));
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
        let mut drill = DrillState::new(session.snapshot(), self.speed);
        let scenario = &drill.snapshot.drill.scenario;
        let guided = std::mem::take(&mut self.guided) || scenario == guide::TOUR;
        drill.guide = guided.then(|| Guide::of(scenario));
        self.paged = pages(&drill);
        self.state.screen = Screen::Drill(Box::new(drill));
        self.stage = Stage::Playing { session, owed: 0.0 };
    }

    /// Whether the simulation has more to do than wall time asks for, so that waiting for a key would waste it.
    #[must_use]
    pub fn is_working(&self) -> bool {
        matches!(self.stage, Stage::Opening(_))
    }

    /// Applies a message and carries out what follows from it.
    ///
    /// # Errors
    /// What the journal says when it cannot be written.
    pub fn handle(&mut self, message: Message) -> io::Result<()> {
        for effect in update(&mut self.state, message) {
            self.perform(effect)?;
        }
        Ok(())
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
            Effect::Guide => self.guided = true,
            Effect::Copy(text) => self.clipboard = Some(text),
            Effect::History => match self.host.history() {
                Ok(past) => self.state.overlays.push(Overlay::History { past, scroll: 0 }),
                Err(why) => self.tell(Err(why)),
            },
            Effect::KeepSettings => {
                let kept = self.host.keep_settings(&self.state.settings);
                self.tell(kept);
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
            self.told = None;
            self.stage = Stage::Grading;
        }
    }

    /// Lets simulated time pass for `wall` of real time; `busy` says when the slice is used up and keys must be read.
    ///
    /// # Errors
    /// What the journal says when it cannot be written.
    pub fn work(&mut self, wall: Duration, busy: &mut dyn FnMut() -> bool) -> io::Result<()> {
        match std::mem::replace(&mut self.stage, Stage::Nothing) {
            Stage::Nothing => {}
            Stage::Opening(session) => self.open(session, busy)?,
            Stage::Playing { session, owed } => self.advance(session, owed, wall, busy)?,
            Stage::Grading => {
                let grading = self.host.grading();
                if matches!(grading, Grading::Running { .. }) {
                    self.stage = Stage::Grading;
                }
                self.graded(grading);
            }
        }
        Ok(())
    }

    /// Shows how grading stands, or, to somebody who has gone home meanwhile, only that it is done.
    fn graded(&mut self, grading: Grading) {
        if matches!(self.state.screen, Screen::Grading(..) | Screen::Debrief(_) | Screen::Drill(_)) {
            // The same news again would only build the same screen.
            if self.told.as_ref() != Some(&grading) {
                self.told = Some(grading.clone());
                update(&mut self.state, Message::Grading(grading));
            }
            return;
        }
        let notice = match grading {
            Grading::Running { .. } => return,
            Grading::Done { report, unrecorded } => {
                let grade = &report.grade;
                let then = unrecorded.as_deref().unwrap_or("h shows the history");
                format!("{} is graded: {} {:.0}; {then}", report.title, grade.letter, grade.score)
            }
            Grading::Failed(why) => format!("not graded: {why}"),
        };
        if matches!(self.state.screen, Screen::Home(_)) && self.state.overlays.is_empty() {
            self.go_home();
        }
        update(&mut self.state, Message::Notice(notice));
    }

    fn open(&mut self, mut session: Session, busy: &mut dyn FnMut() -> bool) -> io::Result<()> {
        let opens = session.drill().opens();
        while session.drill().now() < opens && !busy() {
            let to = (session.drill().now() + OPENING_STEP).min(opens);
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

    fn advance(
        &mut self,
        mut session: Session,
        owed: f64,
        wall: Duration,
        busy: &mut dyn FnMut() -> bool,
    ) -> io::Result<()> {
        let speed = match &self.state.screen {
            Screen::Drill(drill) => drill.pace.speed(),
            _ => 0.0,
        };
        let mut owed = owed + wall.as_secs_f64() * speed;
        let step = TICK.as_secs_f64();
        while owed >= step && !busy() {
            let to = session.drill().now() + TICK;
            session.advance_to(to)?;
            owed -= step;
        }
        // A machine too slow for the chosen speed runs slower; it does not fall ever further behind.
        self.stage = Stage::Playing { session, owed: owed.min(step * MOST_TICKS_OWED) };
        Ok(())
    }

    /// Takes a snapshot for the next frame.
    pub fn refresh(&mut self) {
        if let Stage::Playing { session, .. } = &self.stage {
            let snapshot = Box::new(session.snapshot());
            for effect in update(&mut self.state, Message::Snapshot(snapshot)) {
                if effect == Effect::Finish {
                    self.finish();
                }
            }
        }
    }

    /// Draws the state and remembers where things are, for the mouse and for what counts as read.
    pub fn draw(&mut self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let (areas, cursor) = view(&self.state, area, buffer);
        self.state.areas = areas;
        if let Screen::Drill(drill) = &mut self.state.screen
            && shows_channel(drill, area.width)
            && drill.view_scroll == 0
        {
            drill.channel_seen = drill.snapshot.channel.len();
        }
        cursor
    }

    /// Whether the bell shall ring: a page has come since this was last asked, and the person wants to hear it.
    pub fn rings(&mut self) -> bool {
        let Screen::Drill(drill) = &self.state.screen else { return false };
        let pages = pages(drill);
        let more = pages > self.paged;
        self.paged = pages;
        more && self.state.settings.bell
    }

    /// What shall go to the terminal's clipboard, once.
    pub fn clipboard(&mut self) -> Option<String> {
        self.clipboard.take()
    }
}

fn pages(drill: &DrillState) -> usize {
    drill.snapshot.channel.iter().filter(|message| message.voice == Voice::Page).count()
}
