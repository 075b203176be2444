//! What a command is: one static row per command, from which running, `help`, `man`, completion and `docs/commands.md` all
//! derive, and the values that pass between the shell and a command's handler.

use super::Context;
use super::jobs::Job;
use super::shell::options::Flag;
use super::shell::session::Session;
use super::shell::syntax::List;
use crate::kernel::Span;

/// Most bytes of output that one command may hand on; the rest is cut.
pub(crate) const MAX_OUTPUT: usize = 4 << 20;

/// Where a command stands in `help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// The incident tool: alerts, channel, diagnosis.
    Incident,
    /// Metrics, logs, traces, probes.
    Observe,
    /// Databases and caches.
    Data,
    /// Pods, nodes, rollouts.
    Cluster,
    /// The machines of database servers.
    Hosts,
    /// What was deployed, and taking it back.
    Change,
    /// Filters for pipes.
    Text,
    /// The shell itself.
    Shell,
}

impl Group {
    /// Every group in the order `help` shows them.
    pub(crate) const ALL: [Group; 8] = [
        Group::Incident,
        Group::Observe,
        Group::Data,
        Group::Cluster,
        Group::Hosts,
        Group::Change,
        Group::Text,
        Group::Shell,
    ];

    /// Its heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Group::Incident => "Incident",
            Group::Observe => "Observe",
            Group::Data => "Databases",
            Group::Cluster => "Cluster",
            Group::Hosts => "Hosts",
            Group::Change => "Changes",
            Group::Text => "Text filters",
            Group::Shell => "Shell",
        }
    }
}

/// One command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    /// What is typed.
    pub(crate) name: &'static str,
    /// Other names for the same command.
    pub(crate) aliases: &'static [&'static str],
    /// Where `help` lists it.
    pub(crate) group: Group,
    /// Its synopsis, one form a line.
    pub(crate) usage: &'static str,
    /// One line of what it does.
    pub(crate) summary: &'static str,
    /// The body of its manual page: paragraphs, and lines that start with a blank kept as they are.
    pub(crate) manual: &'static str,
    /// Its options.
    pub(crate) flags: &'static [Flag],
    /// What may stand where the cursor is.
    pub(crate) complete: Completer,
    /// What it does.
    pub(crate) run: Handler,
}

/// A command's code.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    /// Works on text alone and answers at once.
    Filter(fn(&Call<'_>, &mut Session) -> Output),
    /// May read or change the stack and the incident, and may take simulated time.
    Tool(fn(&Call<'_>, &mut Session, &mut Context<'_>) -> Outcome),
}

/// Proposes what may stand where the cursor is.
pub(crate) type Completer = fn(&Asking<'_, '_>) -> Vec<Candidate>;

/// A command as called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The name it was called by.
    pub(crate) name: &'a str,
    /// Its arguments.
    pub(crate) arguments: &'a [String],
    /// What the command before it in the pipe wrote, or a file redirected into it.
    pub(crate) stdin: Option<&'a str>,
    /// Whether its output goes to the screen rather than into a pipe, file or substitution.
    pub(crate) on_screen: bool,
}

/// What a completer is asked.
pub(crate) struct Asking<'a, 'c> {
    /// The stack as it is.
    pub(crate) context: &'a Context<'c>,
    /// The shell's memory.
    pub(crate) session: &'a Session,
    /// The arguments before the one under the cursor.
    pub(crate) before: &'a [String],
    /// The argument under the cursor, up to the cursor.
    pub(crate) current: &'a str,
}

/// One proposal: its text and a short description.
pub(crate) type Candidate = (String, String);

/// A completer for commands that take nothing worth proposing.
pub(crate) fn nothing(_: &Asking<'_, '_>) -> Vec<Candidate> {
    Vec::new()
}

/// A completer that proposes scratch files.
pub(crate) fn files(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    asking.session.files.keys().map(|name| (name.clone(), "file".to_owned())).collect()
}

/// Candidates from a fixed list of words and descriptions.
pub(crate) fn words(list: &[(&str, &str)]) -> Vec<Candidate> {
    list.iter().map(|(word, description)| ((*word).to_owned(), (*description).to_owned())).collect()
}

/// Which of a command's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What a command wrote, in order, and its exit status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Output {
    /// Texts in the order written.
    pub(crate) parts: Vec<(Stream, String)>,
    /// Exit status.
    pub(crate) status: u8,
}

impl Output {
    /// Success with this standard output.
    pub(crate) fn text(text: impl Into<String>) -> Output {
        let mut output = Output::default();
        output.out(text);
        output
    }

    /// Failure with this line on standard error and status 1.
    pub(crate) fn failure(line: impl Into<String>) -> Output {
        Output::failure_with(1, line)
    }

    /// Failure with this line on standard error and the status given.
    pub(crate) fn failure_with(status: u8, line: impl Into<String>) -> Output {
        let mut output = Output { parts: Vec::new(), status };
        let mut line = line.into();
        if !line.ends_with('\n') {
            line.push('\n');
        }
        output.err(line);
        output
    }

    /// Adds to standard output.
    pub(crate) fn out(&mut self, text: impl Into<String>) {
        self.push(Stream::Out, text.into());
    }

    /// Adds to standard error.
    pub(crate) fn err(&mut self, text: impl Into<String>) {
        self.push(Stream::Err, text.into());
    }

    /// Adds everything another output has, and takes its status.
    pub(crate) fn append(&mut self, other: Output) {
        self.status = other.status;
        for (stream, text) in other.parts {
            self.push(stream, text);
        }
    }

    fn push(&mut self, stream: Stream, text: String) {
        if text.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some((last, before)) if *last == stream => {
                let room = MAX_OUTPUT.saturating_sub(before.len()).min(text.len());
                before.push_str(&text[..text.floor_char_boundary(room)]);
            }
            _ => self.parts.push((stream, text)),
        }
    }
}

/// How a handler answers.
pub(crate) enum Outcome {
    /// At once.
    Done(Output),
    /// After simulated time: polled at every tick.
    Job(Job),
    /// By running other commands, whose output becomes its own (`xargs`, `time`).
    Run(List),
    /// By running a script.
    Script(Script),
    /// By running other commands over and over until interrupted (`watch`).
    Repeat {
        /// What runs.
        list: List,
        /// Simulated time from one start to the next.
        every: Span,
        /// Shown above each run's output.
        title: String,
    },
}

/// A script to run.
pub(crate) struct Script {
    /// What runs.
    pub(crate) list: List,
    /// Whether it is a shell of its own, whose variables are forgotten after and which `exit` leaves.
    pub(crate) subshell: bool,
    /// `$1`, `$2` and so on, unless they stay as they are.
    pub(crate) arguments: Option<Vec<String>>,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Outcome {
        Outcome::Done(output)
    }
}
