//! What the interface remembers between two frames. The drill itself is not here: a frame is drawn from its snapshot.

use super::{
    action::Place,
    editor::Editor,
    host::{Card, ReportView, Unfinished},
    pace::Pace,
    theme::Theme,
};
use crate::drill::{Mode, Snapshot};
use ratatui::layout::Rect;

/// Everything between two frames.
pub struct State {
    /// Which screen is shown.
    pub screen: Screen,
    /// What lies over it, topmost last.
    pub overlays: Vec<Overlay>,
    /// How it is painted.
    pub theme: Theme,
    /// One sentence at the bottom, until the next key.
    pub notice: Option<String>,
    /// Set when the program should end.
    pub quit: bool,
}

/// The screens.
pub enum Screen {
    /// The list of drills.
    Home(Home),
    /// What is known before the shift.
    Briefing(Briefing),
    /// The shop's morning is being simulated up to the start of the shift.
    Opening(Opening),
    /// On call.
    Drill(Box<DrillState>),
    /// The drill is over and being graded.
    Grading(f64, String),
    /// The grade and what it rests on.
    Debrief(Debrief),
}

/// The home screen.
#[derive(Default)]
pub struct Home {
    /// The drills.
    pub cards: Vec<Card>,
    /// The selected one.
    pub selected: usize,
    /// The seed to draw with.
    pub seed: u64,
    /// Practice or exam.
    pub mode: Mode,
    /// A drill that can go on.
    pub unfinished: Option<Unfinished>,
}

/// The briefing.
pub struct Briefing {
    /// Which drill.
    pub card: Card,
    /// Its seed.
    pub seed: u64,
    /// Its mode.
    pub mode: Mode,
    /// Lines scrolled down.
    pub scroll: usize,
}

/// The time before the shift.
pub struct Opening {
    /// What is being played.
    pub title: String,
    /// The clock so far.
    pub clock: String,
    /// From 0 to 1.
    pub share: f64,
}

/// The debrief.
pub struct Debrief {
    /// What is shown.
    pub report: ReportView,
    /// Which page.
    pub page: usize,
    /// Lines scrolled down.
    pub scroll: usize,
}

/// What has the keys in a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The console: keys type.
    Console,
    /// The view above it: keys choose.
    View,
}

/// How much of the screen the console takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleSize {
    /// Its share beside the view.
    Half,
    /// All of it.
    Full,
    /// One line.
    Line,
}

/// The drill screen.
pub struct DrillState {
    /// The snapshot that the frame shows.
    pub snapshot: Snapshot,
    /// How fast time runs.
    pub pace: Pace,
    /// The view shown, from 1.
    pub view: u8,
    /// Rows the view is scrolled.
    pub view_scroll: usize,
    /// Who has the keys.
    pub focus: Focus,
    /// How large the console is.
    pub size: ConsoleSize,
    /// The console's input.
    pub console: ConsoleInput,
    /// Messages in the channel when it was last whole on screen.
    pub channel_seen: usize,
    /// Areas of the last frame, for the mouse.
    pub areas: Areas,
}

/// Where the last frame put things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// The console, border included.
    pub console: Rect,
    /// The view above it.
    pub view: Rect,
    /// The footer's row.
    pub footer: Rect,
}

/// What is being typed at the console.
#[derive(Default)]
pub struct ConsoleInput {
    /// The line.
    pub editor: Editor,
    /// Rows scrolled back in the transcript.
    pub scroll: usize,
    /// Index into the history while the arrow keys walk it, and the line that was being typed.
    pub recall: Option<(usize, String)>,
    /// Reverse search under way.
    pub search: Option<Search>,
    /// Completions on offer.
    pub popup: Option<Popup>,
}

/// Reverse search through the history.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// What is looked for.
    pub needle: String,
    /// The line found, as an index into the history.
    pub found: Option<usize>,
}

/// Completions on offer.
#[derive(Clone, Debug, Default)]
pub struct Popup {
    /// Byte offset in the line that a completion replaces from.
    pub from: usize,
    /// What can stand there, with a short description.
    pub items: Vec<(String, String)>,
    /// The selected one.
    pub selected: usize,
}

/// What lies over a screen.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys that work here.
    Help {
        /// Rows scrolled down.
        scroll: usize,
    },
    /// Every action by name.
    Palette {
        /// What was typed.
        editor: Editor,
        /// The selected row.
        selected: usize,
    },
    /// Leave, keep or end the drill?
    Leave,
}

impl State {
    /// Where keys go now: the topmost overlay takes them before this.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.screen {
            Screen::Home(_) => Place::Home,
            Screen::Briefing(_) | Screen::Opening(_) => Place::Briefing,
            Screen::Drill(drill) if drill.focus == Focus::Console => Place::Console,
            Screen::Drill(_) => Place::View,
            Screen::Grading(..) | Screen::Debrief(_) => Place::Debrief,
        }
    }
}

impl DrillState {
    /// A drill that has just come on screen.
    #[must_use]
    pub fn new(snapshot: Snapshot, speed: f64) -> Self {
        Self {
            pace: Pace::new(snapshot.drill.mode, speed),
            channel_seen: 0,
            snapshot,
            view: 1,
            view_scroll: 0,
            focus: Focus::Console,
            size: ConsoleSize::Half,
            console: ConsoleInput::default(),
            areas: Areas::default(),
        }
    }

    /// Messages that came since the channel was last whole on screen.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.snapshot.channel.len().saturating_sub(self.channel_seen)
    }
}
