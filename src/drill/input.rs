//! What a participant can do to a drill, as it stands in the journal.

use serde::{Deserialize, Serialize};

/// How strict the drill is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Pause, speed and hints are allowed.
    #[default]
    Practice,
    /// The clock runs at one second a second and does not stop.
    Exam,
}

impl Mode {
    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Practice => "practice",
            Mode::Exam => "exam",
        }
    }
}

/// Where a drill stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Before the trainee's shift: the stack is warming up and nobody is at the keyboard.
    #[default]
    BeforeShift,
    /// The trainee is on call.
    Running,
    /// Resolved, or out of time.
    Finished,
}

/// One input of a participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A line entered at the console's prompt.
    Line(String),
    /// A line run by the shell beside whatever has the prompt: what a key of the screen does (`ack`, `post`).
    Aside(String),
    /// Control-C: stop the running command.
    Interrupt,
    /// Control-D: the end of input for an interactive program.
    EndOfInput,
    /// The console's width in columns, which tools that fill a line go by.
    Width(u16),
    /// A panel was opened: what it shows counts as seen.
    Panel(Panel),
    /// A change was selected in the open list of changes: what it contains counts as seen.
    Change(String),
    /// The participant ends the drill.
    Leave,
}

/// What a screen can show beside the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Panel {
    /// Charts, channel, console.
    Overview,
    /// Components and their health.
    Topology,
    /// The database's activity.
    Database,
    /// Log lines.
    Logs,
    /// Traces.
    Traces,
    /// What was deployed.
    Changes,
    /// What happened when.
    Timeline,
}
