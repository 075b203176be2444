//! The action table: everything that a key, the palette or the mouse can do. The keymap, the footer, the help and the
//! palette are all read from these rows.

use crate::drill::Panel;

/// What a drill records as seen when a view is opened, by the view's number less one. Views behind these record nothing.
pub const PANELS: [Panel; 7] = [
    Panel::Overview,
    Panel::Topology,
    Panel::Database,
    Panel::Logs,
    Panel::Traces,
    Panel::Changes,
    Panel::Timeline,
];

/// Where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everywhere.
    Anywhere,
    /// The home screen.
    Home,
    /// The briefing.
    Briefing,
    /// A drill, whatever has the focus.
    Drill,
    /// A drill while the console has the focus: only keys that type nothing.
    Console,
    /// A drill while a view has the focus.
    View,
    /// The debrief.
    Debrief,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is a row of the table below, with its doc")]
pub enum Action {
    Quit,
    Help,
    Palette,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Start,
    Resume,
    NewSeed,
    ToggleMode,
    Begin,
    Back,
    Pause,
    Faster,
    Slower,
    View(u8),
    NextView,
    FocusConsole,
    FocusView,
    ConsoleSize,
    Interrupt,
    ScrollUp,
    ScrollDown,
    HistorySearch,
    Acknowledge,
    Reply,
    Find,
    Copy,
    EndDrill,
    Export,
    NextPart,
    PreviousPart,
    Part(u8),
    /// Show what was on screen at the cursor's minute.
    Moment,
    Earlier,
    Later,
    Filter,
    History,
    Settings,
    Guide,
    Tour,
    TypeSeed,
    Open,
    Pager,
}

/// One row of the table.
#[derive(Debug)]
pub struct Row {
    /// What it does.
    pub action: Action,
    /// Its name, as the palette and the footer show it.
    pub name: &'static str,
    /// One sentence for the help.
    pub doc: &'static str,
    /// Where it works.
    pub place: Place,
    /// Its keys, in the text form of [`super::keys`]; the first is shown in the footer.
    pub keys: &'static [&'static str],
    /// Whether the footer shows it.
    pub footer: bool,
}

const fn row(
    action: Action,
    name: &'static str,
    doc: &'static str,
    place: Place,
    keys: &'static [&'static str],
    footer: bool,
) -> Row {
    Row { action, name, doc, place, keys, footer }
}

impl Row {
    /// How the configuration names the row: `view/pause`.
    #[must_use]
    pub fn id(&self) -> String {
        let debug = format!("{:?}/{:?}", self.place, self.action);
        let mut id = String::new();
        let mut last = '/';
        for c in debug.chars().filter(|c| *c != ')') {
            if (c.is_uppercase() && last != '/') || c == '(' {
                id.push('-');
            }
            if c != '(' {
                id.push(c.to_ascii_lowercase());
            }
            last = c;
        }
        id
    }
}

/// Names of the drill's views, in the order of their digit keys.
pub const VIEWS: &[&str] =
    &["Overview", "Topology", "Database", "Logs", "Traces", "Changes", "Timeline", "Channel", "Notes"];

use Action as A;
use Place as P;

/// Every action, in the order in which the help lists them.
pub static ACTIONS: &[Row] = &[
    row(A::Start, "Start", "Read the selected drill's briefing", P::Home, &["enter"], true),
    row(A::Resume, "Resume", "Go on with the drill that was interrupted", P::Home, &["r"], true),
    row(
        A::ToggleMode,
        "Mode",
        "Practice (pause, speed, hints) or exam (real time, none of them)",
        P::Home,
        &["m"],
        true,
    ),
    row(A::NewSeed, "Seed", "Draw another seed: another variant of the incident", P::Home, &["s"], true),
    row(A::Filter, "Filter", "Show only the drills that contain what is typed", P::Home, &["/"], true),
    row(A::History, "History", "Drills that were played, and how the grades went", P::Home, &["h"], true),
    row(A::Settings, "Settings", "Theme, motion, bell, symbols", P::Home, &[","], true),
    row(A::Guide, "Guided", "Play with a guide that says what to look at next", P::Home, &["g"], true),
    row(
        A::Tour,
        "Tour",
        "Two minutes on call: a tiny incident that shows how a drill goes",
        P::Home,
        &["t"],
        true,
    ),
    row(
        A::TypeSeed,
        "Type seed",
        "Type a seed: the same seed is the same incident, for you and for others",
        P::Home,
        &["#"],
        false,
    ),
    row(A::Begin, "Begin", "Go on call", P::Briefing, &["enter", "space"], true),
    row(A::Back, "Back", "Return to the list of drills", P::Briefing, &["esc", "q"], true),
    row(A::View(1), "Overview", "Golden signals, database, channel and stack", P::View, &["1"], false),
    row(A::View(2), "Topology", "Every component with its health and load", P::View, &["2"], false),
    row(A::View(3), "Database", "Activity by wait event, top queries, index builds", P::View, &["3"], false),
    row(A::View(4), "Logs", "The newest log lines of every source", P::View, &["4"], false),
    row(A::View(5), "Traces", "Sampled slow and failed requests, span by span", P::View, &["5"], false),
    row(A::View(6), "Changes", "What was deployed, by whom and when", P::View, &["6"], false),
    row(A::View(7), "Timeline", "What was done in the incident, beside what you did", P::View, &["7"], false),
    row(A::View(8), "Channel", "The incident channel, whole", P::View, &["8"], false),
    row(A::View(9), "Notes", "Milestones beside the incident's own, and your notes", P::View, &["9"], false),
    row(A::NextView, "View", "The next view", P::Drill, &["alt-v", "f2"], false),
    row(
        A::FocusView,
        "Views",
        "Leave the console: single keys then choose views",
        P::Console,
        &["esc"],
        true,
    ),
    row(A::FocusConsole, "Console", "Back to the console", P::View, &["esc", "i", "tab"], true),
    row(
        A::Open,
        "Show",
        "Show the selected change or the top trace whole in the console",
        P::View,
        &["enter"],
        false,
    ),
    row(A::Pause, "Pause", "Stop the clock, or let it run on", P::View, &["space"], true),
    row(A::Pause, "Pause", "Stop the clock, or let it run on", P::Console, &["f5", "alt-p"], true),
    row(A::Faster, "Faster", "Let the clock run faster", P::View, &["+", "="], true),
    row(A::Slower, "Slower", "Let the clock run slower", P::View, &["-"], true),
    row(A::Faster, "Faster", "Let the clock run faster", P::Console, &["f7", "alt-="], false),
    row(A::Slower, "Slower", "Let the clock run slower", P::Console, &["f6", "alt--"], false),
    row(A::Acknowledge, "Ack", "Acknowledge the newest page", P::View, &["a"], true),
    row(A::Acknowledge, "Ack", "Acknowledge the newest page", P::Console, &["alt-a"], true),
    row(A::Reply, "Reply", "Answer in the incident channel", P::View, &["r"], true),
    row(A::Reply, "Reply", "Answer in the incident channel", P::Console, &["alt-r"], false),
    row(
        A::Find,
        "Find",
        "Search the console's transcript; in Logs and Traces, show only what matches",
        P::View,
        &["/"],
        true,
    ),
    row(
        A::Find,
        "Find",
        "Search the console's transcript backwards",
        P::Console,
        &["ctrl-s", "alt-/"],
        false,
    ),
    row(
        A::Pager,
        "Pager",
        "Read the last command's output in full; the clock runs on",
        P::View,
        &["l"],
        false,
    ),
    row(
        A::Pager,
        "Pager",
        "Read the last command's output in full; the clock runs on",
        P::Console,
        &["alt-l"],
        false,
    ),
    row(A::Copy, "Copy", "Copy the last command's output to the clipboard", P::View, &["y"], false),
    row(A::Copy, "Copy", "Copy the last command's output to the clipboard", P::Console, &["alt-c"], false),
    row(A::Settings, "Settings", "Theme, motion, bell, symbols", P::View, &[","], false),
    row(A::ConsoleSize, "Size", "Console: half, full screen, one line", P::Drill, &["ctrl-o"], false),
    row(
        A::Interrupt,
        "Interrupt",
        "Interrupt the running command, or clear the line",
        P::Drill,
        &["ctrl-c"],
        false,
    ),
    row(A::HistorySearch, "Search", "Search the console's history backwards", P::Console, &["ctrl-r"], true),
    row(A::ScrollUp, "Scroll", "Scroll the console back", P::Drill, &["pgup"], false),
    row(A::ScrollDown, "Scroll", "Scroll the console forward", P::Drill, &["pgdn"], false),
    row(
        A::EndDrill,
        "End drill",
        "Leave the drill: keep it for later, or end it and be graded",
        P::Drill,
        &["ctrl-x"],
        true,
    ),
    row(A::NextPart, "Next page", "The next page of the debrief", P::Debrief, &["tab", "n"], true),
    row(A::PreviousPart, "Previous page", "The page before", P::Debrief, &["backtab", "p"], false),
    row(A::Part(1), "Overview", "Both timelines, the signals, the score", P::Debrief, &["1"], false),
    row(A::Part(2), "Score", "How each part of the score came about", P::Debrief, &["2"], false),
    row(A::Part(3), "Evidence", "What was on screen, and what never was", P::Debrief, &["3"], false),
    row(A::Part(4), "Actions", "What each action was worth, and wrong turns", P::Debrief, &["4"], false),
    row(A::Part(5), "Cause", "What was broken, with plans before and after", P::Debrief, &["5"], false),
    row(A::Part(6), "Timeline", "Both timelines in words", P::Debrief, &["6"], false),
    row(
        A::Part(7),
        "Practise",
        "What to practise next, and questions for the review",
        P::Debrief,
        &["7"],
        false,
    ),
    row(
        A::Earlier,
        "Earlier",
        "The cursor a minute back; on Cause, the cause before",
        P::Debrief,
        &["left"],
        true,
    ),
    row(A::Later, "Later", "The cursor a minute on; on Cause, the next cause", P::Debrief, &["right"], true),
    row(
        A::Moment,
        "Screen",
        "What was on your screen at the cursor's minute",
        P::Debrief,
        &["enter", "s"],
        true,
    ),
    row(A::Export, "Export", "Write the report to a file", P::Debrief, &["e"], true),
    row(A::Back, "Home", "Return to the list of drills", P::Debrief, &["esc", "q", "h"], true),
    row(A::Up, "Up", "Up, or scroll up", P::Anywhere, &["up"], false),
    row(A::Down, "Down", "Down, or scroll down", P::Anywhere, &["down"], false),
    row(A::Top, "Top", "To the top", P::Anywhere, &["home"], false),
    row(A::Bottom, "Bottom", "To the bottom", P::Anywhere, &["end"], false),
    row(A::PageUp, "Page up", "A page up", P::Anywhere, &["pgup"], false),
    row(A::PageDown, "Page down", "A page down", P::Anywhere, &["pgdn"], false),
    row(A::Palette, "Palette", "Every action by name", P::Anywhere, &["ctrl-p"], true),
    row(A::Help, "Help", "The keys that work here", P::Anywhere, &["f1"], true),
    row(A::Help, "Help", "The keys that work here", P::View, &["?"], true),
    row(A::Help, "Help", "The keys that work here", P::Home, &["?"], true),
    row(A::Quit, "Quit", "Leave Firedrill", P::Home, &["q", "esc", "ctrl-c"], true),
    row(A::Quit, "Quit", "Leave Firedrill", P::Debrief, &["ctrl-c"], false),
    row(A::Quit, "Quit", "Leave Firedrill", P::Briefing, &["ctrl-c"], false),
];

/// Whether a row of `row_place` works while the keys go to `place`.
#[must_use]
pub fn works_in(row_place: Place, place: Place) -> bool {
    row_place == place
        || row_place == Place::Anywhere
        || (row_place == Place::Drill && matches!(place, Place::Console | Place::View))
}
