//! The responder's shell: words and pipes, the command table, completion, one file per tool.
//!
//! A [`Console`] takes lines and, tick by tick, carries them out against the stack; what it shows lands in a bounded
//! [`Transcript`]. It knows no screen, no wall clock and no journal: the drill hands lines and ticks in. Every figure it
//! prints is read from the [`World`], the database servers, telemetry or the scenario; no tool invents output.

pub mod completion;
pub mod history;
pub mod incident;
pub mod promql;
pub mod transcript;

mod filters;
mod jobs;
mod reference;
mod shell;
mod table;
mod text;
mod tools;

pub use completion::Completion;
pub use filters::{Filtered, filter};
pub use history::History;
pub use incident::Incident;
pub use reference::{CommandInfo, commands, reference};
pub use transcript::{Line, LineKind, Transcript};

use crate::scenario::{Scenario, Variant};
use crate::stack::World;
use shell::parse::parse;
use shell::run::{Runner, Sink};
use shell::session::{Private, Session, Spawned};
use std::collections::VecDeque;
use table::Stream;

/// Most lines typed ahead while a command runs; more are refused.
pub const MAX_TYPED_AHEAD: usize = 64;
/// Most commands in the background.
pub const MAX_BACKGROUND: usize = 16;

/// Widths that a screen may say it has, in columns.
const MIN_WIDTH: usize = 40;
/// See [`MIN_WIDTH`].
const MAX_WIDTH: usize = 500;
/// Exit status of a line that can't be read, as in bash.
const SYNTAX_ERROR: u8 = 2;
/// The prompt of the shell itself.
const PROMPT: &str = "oncall@bastion:~$ ";
/// The prompt while a quote is open.
const CONTINUATION_PROMPT: &str = "> ";

/// What the tools act on, lent for the length of one call.
pub struct Context<'a> {
    /// The shop.
    pub world: &'a mut World,
    /// The incident tool's record.
    pub incident: &'a mut Incident,
    /// The scenario played.
    pub scenario: &'a Scenario,
    /// What the seed drew; only `hint` reads it.
    pub variant: &'a Variant,
}

/// One responder's terminal.
#[derive(Clone)]
pub struct Console {
    session: Session,
    transcript: Transcript,
    foreground: Option<Foreground>,
    background: Vec<Background>,
    typed_ahead: VecDeque<String>,
    /// Lines of a command whose quotes aren't closed yet.
    unfinished: String,
}

#[derive(Clone)]
struct Foreground {
    runner: Runner,
    text: String,
    /// What it has of its own, when it was brought here from the background.
    private: Option<Private>,
}

#[derive(Clone)]
struct Background {
    number: usize,
    text: String,
    runner: Runner,
    private: Private,
    /// Whether nobody is told when it ends.
    quiet: bool,
}

impl Console {
    /// A terminal with a fresh login.
    pub fn new(scenario: &Scenario) -> Console {
        let mut session = Session::new();
        session.set("SCENARIO", scenario.id.clone());
        Console {
            session,
            transcript: Transcript::default(),
            foreground: None,
            background: Vec::new(),
            typed_ahead: VecDeque::new(),
            unfinished: String::new(),
        }
    }

    /// Takes a line: runs it, hands it to the program that asks for one, or keeps it until the program under way ends.
    pub fn submit(&mut self, context: &mut Context<'_>, line: &str) {
        let asked = self.foreground.as_ref().and_then(|foreground| foreground.runner.prompt());
        match (&mut self.foreground, asked) {
            (Some(foreground), Some(prompt)) => {
                self.transcript.push(context.world.now(), LineKind::Prompt, &format!("{prompt}{line}"));
                foreground.runner.input(Some(line));
                self.advance(context);
            }
            (Some(_), None) => {
                if self.typed_ahead.len() < MAX_TYPED_AHEAD {
                    self.typed_ahead.push_back(line.to_owned());
                }
            }
            (None, _) => self.run_line(context, line),
        }
        self.drain(context);
    }

    /// Runs a line of the shell's at once, whatever has the prompt; what doesn't end at once goes on in the background.
    pub fn aside(&mut self, context: &mut Context<'_>, line: &str) {
        let now = context.world.now();
        self.transcript.push(now, LineKind::Prompt, &format!("{PROMPT}{line}"));
        let list = match parse(line) {
            Ok(list) => list,
            Err(error) => return self.transcript.push(now, LineKind::Error, &error.to_string()),
        };
        let mut runner = Runner::new(list);
        let mut sink = Sink::new();
        let ended = runner.advance(&mut self.session, context, &mut sink).is_some();
        self.show(context, sink);
        if !ended && self.background.len() < MAX_BACKGROUND {
            self.session.jobs_started += 1;
            let number = self.session.jobs_started;
            let private = self.session.private();
            self.background.push(Background { number, text: line.to_owned(), runner, private, quiet: false });
            self.list_background();
        }
        self.spawn(context);
    }

    /// Moves commands under way on to the world's present time. To be called at every tick of the drill.
    pub fn tick(&mut self, context: &mut Context<'_>) {
        self.advance_background(context);
        self.advance(context);
        self.drain(context);
    }

    /// Ctrl-C: interrupts the program under way, or drops a line begun.
    pub fn interrupt(&mut self, context: &mut Context<'_>) {
        self.typed_ahead.clear();
        self.unfinished.clear();
        self.session.input = None;
        self.session.positional.clear();
        self.session.locals.clear();
        self.session.leave = None;
        let Some(foreground) = &mut self.foreground else { return };
        let mut sink = Sink::new();
        self.transcript.push(context.world.now(), LineKind::Notice, "^C");
        if foreground.runner.interrupt(context, &mut sink) {
            self.foreground = None;
            self.session.status = jobs::INTERRUPTED;
        }
        self.show(context, sink);
    }

    /// Ctrl-D: the end of input for the program that asks for a line, or of a login; nothing at the bastion's prompt.
    pub fn end_input(&mut self, context: &mut Context<'_>) {
        let asks = self.foreground.as_ref().is_some_and(|foreground| foreground.runner.prompt().is_some());
        if let (Some(foreground), true) = (&mut self.foreground, asks) {
            foreground.runner.input(None);
            self.advance(context);
            self.drain(context);
        } else if self.foreground.is_none() && self.session.host.is_some() {
            self.run_line(context, "exit");
        }
    }

    /// Whether a command is under way that doesn't wait for a line.
    pub fn is_busy(&self) -> bool {
        self.foreground.as_ref().is_some_and(|foreground| foreground.runner.prompt().is_none())
    }

    /// The command under way in the foreground, as typed.
    pub fn running(&self) -> Option<&str> {
        self.foreground.as_ref().map(|foreground| foreground.text.as_str())
    }

    /// What stands before the line that is typed now.
    pub fn prompt(&self) -> String {
        match self.foreground.as_ref().and_then(|foreground| foreground.runner.prompt()) {
            Some(prompt) => prompt,
            None if !self.unfinished.is_empty() => CONTINUATION_PROMPT.to_owned(),
            None => match &self.session.host {
                Some(host) => format!("oncall@{host}:~$ "),
                None => PROMPT.to_owned(),
            },
        }
    }

    /// How many columns the screen that shows the transcript has; tools with wide output mind it.
    pub fn set_width(&mut self, columns: usize) {
        self.session.width = columns.clamp(MIN_WIDTH, MAX_WIDTH);
    }

    /// What was shown.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Lines typed.
    pub fn history(&self) -> &History {
        &self.session.history
    }

    /// The exit status of the last pipeline.
    pub fn status(&self) -> u8 {
        self.session.status
    }

    /// What may stand at the cursor (a byte index into the line), best first.
    pub fn complete(&self, context: &Context<'_>, line: &str, cursor: usize) -> Vec<Completion> {
        let job = self.foreground.as_ref().and_then(|foreground| foreground.runner.job());
        completion::complete(context, &self.session, job, line, cursor)
    }

    /// Runs what was typed ahead, as long as nothing is under way.
    fn drain(&mut self, context: &mut Context<'_>) {
        while !self.is_busy() {
            let Some(line) = self.typed_ahead.pop_front() else { return };
            let asked = self.foreground.as_ref().and_then(|foreground| foreground.runner.prompt());
            match (&mut self.foreground, asked) {
                (Some(foreground), Some(prompt)) => {
                    self.transcript.push(context.world.now(), LineKind::Prompt, &format!("{prompt}{line}"));
                    foreground.runner.input(Some(&line));
                    self.advance(context);
                }
                _ => self.run_line(context, &line),
            }
        }
    }

    /// Runs a line at the shell's own prompt.
    fn run_line(&mut self, context: &mut Context<'_>, line: &str) {
        let now = context.world.now();
        self.transcript.push(now, LineKind::Prompt, &format!("{}{line}", self.prompt()));
        // A script that is entered as a whole is no line at a prompt.
        let recalled =
            if line.contains('\n') { Ok(line.to_owned()) } else { self.session.history.expand(line) };
        let expanded = match recalled {
            Ok(expanded) => expanded,
            Err(message) => {
                self.transcript.push(now, LineKind::Error, &message);
                return;
            }
        };
        if expanded != line {
            self.transcript.push(now, LineKind::Output, &expanded);
        }
        self.unfinished.push_str(&expanded);
        match parse(&self.unfinished) {
            Err(_) if tools::takes_prose(&expanded) && self.unfinished == expanded => {
                // An apostrophe in a sentence is no open quote.
                let text = std::mem::take(&mut self.unfinished);
                self.session.history.push(&text);
                let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                self.start(context, shell::syntax::List::simple(&words), text);
            }
            Err(error) if error.wants_more() && self.unfinished.len() < shell::parse::MAX_LINE => {
                self.unfinished.push('\n');
            }
            Err(error) => {
                let text = std::mem::take(&mut self.unfinished);
                self.session.history.push(&text);
                self.session.status = SYNTAX_ERROR;
                self.transcript.push(now, LineKind::Error, &error.to_string());
            }
            Ok(list) => {
                let text = std::mem::take(&mut self.unfinished);
                self.session.history.push(&text);
                self.start(context, list, text);
            }
        }
    }

    /// Starts a list in the foreground.
    fn start(&mut self, context: &mut Context<'_>, list: shell::syntax::List, text: String) {
        if !list.0.is_empty() {
            self.foreground = Some(Foreground { runner: Runner::new(list), text, private: None });
            self.advance(context);
        }
    }

    /// Starts what the shell put into the background.
    fn spawn(&mut self, context: &mut Context<'_>) {
        let spawned = std::mem::take(&mut self.session.spawned);
        if spawned.is_empty() {
            return;
        }
        for Spawned { number, list, text, private, quiet } in spawned {
            if self.background.len() >= MAX_BACKGROUND {
                self.transcript.push(context.world.now(), LineKind::Error, "bash: too many background jobs");
                continue;
            }
            if !quiet {
                self.transcript.push(context.world.now(), LineKind::Notice, &format!("[{number}] {text}"));
            }
            self.background.push(Background { number, text, runner: Runner::new(list), private, quiet });
        }
        self.list_background();
    }

    fn advance(&mut self, context: &mut Context<'_>) {
        let Some(foreground) = &mut self.foreground else { return };
        let mut sink = Sink::new();
        if let Some(private) = &mut foreground.private {
            self.session.swap(private);
        }
        let status = foreground.runner.advance(&mut self.session, context, &mut sink);
        if let Some(private) = &mut foreground.private {
            self.session.swap(private);
        }
        if let Some(status) = status {
            self.session.status = status;
            self.foreground = None;
        }
        self.show(context, sink);
        self.spawn(context);
        self.shell_requests(context);
    }

    fn advance_background(&mut self, context: &mut Context<'_>) {
        let mut sink = Sink::new();
        let mut ended = Vec::new();
        for job in &mut self.background {
            // A program that asks for a line has to be brought to the foreground first.
            if job.runner.prompt().is_some() {
                continue;
            }
            self.session.swap(&mut job.private);
            let status = job.runner.advance(&mut self.session, context, &mut sink);
            self.session.swap(&mut job.private);
            if let Some(status) = status {
                ended.push((job.number, status, job.text.clone(), job.quiet));
            }
        }
        self.background.retain(|job| ended.iter().all(|(number, ..)| *number != job.number));
        self.show(context, sink);
        self.spawn(context);
        for (number, status, text, _) in ended.into_iter().filter(|(.., quiet)| !quiet) {
            let word = if status == 0 { "Done".to_owned() } else { format!("Exit {status}") };
            let line = format!("[{number}]+  {word:<22}  {text}");
            self.transcript.push(context.world.now(), LineKind::Notice, &line);
        }
        self.list_background();
    }

    fn list_background(&mut self) {
        self.session.background = self.background.iter().map(|job| (job.number, job.text.clone())).collect();
    }

    /// What built-in commands asked the shell itself to do.
    fn shell_requests(&mut self, context: &mut Context<'_>) {
        if std::mem::take(&mut self.session.clear) {
            self.transcript.clear();
        }
        if let Some(number) = self.session.kill_request.take()
            && let Some(at) = self.background.iter().position(|job| job.number == number)
        {
            let mut job = self.background.remove(at);
            let mut sink = Sink::new();
            job.runner.interrupt(context, &mut sink);
            job.runner.end(context);
            let line = format!("[{number}]+  {:<22}  {}", "Terminated", job.text);
            self.transcript.push(context.world.now(), LineKind::Notice, &line);
        }
        if let Some(number) = self.session.foreground_request.take()
            && self.foreground.is_none()
            && let Some(at) = self.background.iter().position(|job| job.number == number)
        {
            let job = self.background.remove(at);
            self.transcript.push(context.world.now(), LineKind::Output, &job.text);
            let private = Some(job.private);
            self.foreground = Some(Foreground { runner: job.runner, text: job.text, private });
        }
        self.list_background();
    }

    fn show(&mut self, context: &Context<'_>, sink: Sink) {
        let mut whole: Sink = Vec::new();
        for (stream, text) in sink {
            match whole.last_mut() {
                // A line that one command began and another ended is one line.
                Some((last, before)) if *last == stream && !before.ends_with('\n') => before.push_str(&text),
                _ => whole.push((stream, text)),
            }
        }
        for (stream, text) in whole {
            let kind = match stream {
                Stream::Out => LineKind::Output,
                Stream::Err => LineKind::Error,
            };
            self.transcript.push_text(context.world.now(), kind, &text);
        }
    }
}
