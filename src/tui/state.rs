//! What the interface remembers between two frames. The drill itself is not here: a frame is drawn from its snapshot.

use super::{
    action::{Action, Place},
    editor::Editor,
    guide::Guide,
    host::{Card, Past, Unfinished},
    keymap::Keymap,
    pace::Pace,
    settings::Settings,
    theme::{Depth, Theme},
};
use crate::debrief::Report;
use crate::drill::{Mode, Snapshot, Voice};
use ratatui::layout::{Position, Rect};

/// Everything between two frames.
pub struct State {
    /// Which screen is shown.
    pub screen: Screen,
    /// What lies over it, topmost last.
    pub overlays: Vec<Overlay>,
    /// How it is painted: follows from the settings and the terminal.
    pub theme: Theme,
    /// What the person chose.
    pub settings: Settings,
    /// What the terminal can show.
    pub look: Look,
    /// Which key does what.
    pub keymap: Keymap,
    /// Where the last frame put things, for the mouse.
    pub areas: Areas,
    /// One sentence at the bottom, until the next key.
    pub notice: Option<String>,
    /// Set when the program should end.
    pub quit: bool,
}

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// How many colours.
    pub depth: Depth,
    /// Whether it asks for ASCII.
    pub ascii: bool,
}

/// The screens.
#[allow(clippy::large_enum_variant, reason = "there is one screen at a time")]
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
    /// The selected one, counted among those that the filter shows.
    pub selected: usize,
    /// Only drills that contain this are shown.
    pub filter: Editor,
    /// Whether letters go into the filter.
    pub filtering: bool,
    /// The seed to draw with.
    pub seed: u64,
    /// Practice or exam.
    pub mode: Mode,
    /// A drill that can go on.
    pub unfinished: Option<Unfinished>,
    /// Drills that were played, oldest first.
    pub past: Vec<Past>,
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
    pub report: Report,
    /// Which page.
    pub page: usize,
    /// Lines scrolled down.
    pub scroll: usize,
    /// The minute under the cursor, as an index into the report's series.
    pub cursor: usize,
    /// Which cause is shown.
    pub cause: usize,
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
    /// The selected component of the topology.
    pub component: usize,
    /// Logs and traces are shown only where they contain this.
    pub filter: String,
    /// The selected change.
    pub change: usize,
    /// The guide, if there is one.
    pub guide: Option<Guide>,
}

/// Where the last frame put things.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Areas {
    /// The console, border included.
    pub console: Rect,
    /// The view above it.
    pub view: Rect,
    /// What a click does where.
    pub hits: Vec<(Rect, Hit)>,
}

/// What a click does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// As if its key had been pressed.
    Action(Action),
    /// Selects a row: a drill, a component.
    Row(usize),
}

impl Areas {
    /// What lies under a position.
    #[must_use]
    pub fn hit(&self, at: Position) -> Option<Hit> {
        self.hits.iter().find(|(area, _)| area.contains(at)).map(|(_, hit)| *hit)
    }
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
    /// What is looked for in the transcript; matches stand out.
    pub find: Option<String>,
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
    /// An answer in the channel.
    Reply {
        /// What was typed.
        editor: Editor,
        /// To whom.
        to: String,
    },
    /// What is looked for in the transcript, or shown of logs and traces.
    Find {
        /// What was typed.
        editor: Editor,
    },
    /// The drills that were played.
    History {
        /// Oldest first.
        past: Vec<Past>,
        /// Rows scrolled down.
        scroll: usize,
    },
    /// A first visitor is asked whether to be shown around.
    Welcome,
    /// A seed is typed.
    Seed {
        /// What was typed.
        editor: Editor,
    },
    /// A command's output, whole.
    Pager(Pager),
    /// The screen as it was at the minute under the debrief's cursor.
    Moment {
        /// The view shown, from 1; none is the one that was open.
        view: Option<u8>,
    },
    /// What can be chosen about the interface.
    Settings {
        /// The selected row.
        selected: usize,
    },
}

/// Output read in full while the clock runs on.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// The command.
    pub title: String,
    /// Its output.
    pub lines: Vec<String>,
    /// Lines scrolled down.
    pub scroll: usize,
    /// Columns scrolled right.
    pub aside: usize,
    /// What is looked for, while it is typed and after.
    pub find: Editor,
    /// Whether letters go into the search.
    pub finding: bool,
}

impl State {
    /// A state that shows `screen` on a terminal that can show `look`.
    #[must_use]
    pub fn new(screen: Screen, look: Look, settings: Settings) -> Self {
        let keymap = Keymap::with(&settings.keys).unwrap_or_default();
        let (overlays, areas) = (Vec::new(), Areas::default());
        let theme = Theme::named(settings.theme, look.depth);
        let mut state =
            Self { screen, overlays, theme, settings, look, keymap, areas, notice: None, quit: false };
        state.restyle();
        state
    }

    /// Paints as the settings say from now on.
    pub fn restyle(&mut self) {
        self.theme = Theme::named(self.settings.theme, self.look.depth);
        self.theme.ascii = self.look.ascii || self.settings.ascii;
        self.theme.calm = self.settings.reduced_motion;
    }

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
            component: 0,
            change: 0,
            filter: String::new(),
            guide: None,
            snapshot,
            view: 1,
            view_scroll: 0,
            focus: Focus::Console,
            size: ConsoleSize::Half,
            console: ConsoleInput::default(),
        }
    }

    /// Messages that came since the channel was last whole on screen.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.snapshot.channel.len().saturating_sub(self.channel_seen)
    }

    /// The newest page that nobody has acknowledged, else the newest message of another that was not yet on screen.
    #[must_use]
    pub fn announcement(&self) -> Option<String> {
        let waiting = self.snapshot.alerts.iter().any(|a| a.firing && a.pages && !a.acknowledged);
        let page = self.snapshot.channel.iter().rev().find(|m| m.voice == Voice::Page);
        if let Some(page) = page.filter(|_| waiting) {
            return Some(format!("{} {}", page.clock, page.text));
        }
        let unread = &self.snapshot.channel[self.channel_seen.min(self.snapshot.channel.len())..];
        let other = unread.iter().rev().find(|m| m.voice == Voice::Person || m.voice == Voice::Page)?;
        Some(format!("{} {}: {}", other.clock, other.author, other.text))
    }
}

impl Home {
    /// The drills that the filter shows.
    pub fn shown(&self) -> impl Iterator<Item = &Card> {
        let words: Vec<String> = self.filter.text().split_whitespace().map(str::to_lowercase).collect();
        self.cards.iter().filter(move |card| {
            let text = format!(
                "{} {} {} {} {}",
                card.id,
                card.title,
                card.company,
                card.date,
                card.trains.join(" ")
            );
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        })
    }
}
