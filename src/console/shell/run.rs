//! Carries a [`List`] out, a tick at a time. A stack of frames rather than recursion, because any command may have to wait
//! for simulated time: a substitution, `xargs` and `watch` are frames above the command that asked for them.

use super::expand::{Expander, substitutions};
use super::session::Session;
use super::syntax::{Command, Connector, List, Pipeline, Redirect, Word};
use crate::console::Context;
use crate::console::jobs::{INTERRUPTED, Interrupted, Job, Polled};
use crate::console::table::{Call, MAX_OUTPUT, Outcome, Output, Stream};
use crate::console::tools;
use crate::kernel::{SimTime, Span};
use std::collections::VecDeque;

/// Deepest stack of frames (substitutions inside substitutions, `xargs` inside `xargs`).
const MAX_FRAMES: usize = 32;
/// Most commands that one line may start within one tick; a line that starts more goes on at the next.
const MAX_STARTS_PER_TICK: usize = 10_000;

/// Texts for the screen, in order.
pub(crate) type Sink = Vec<(Stream, String)>;

/// A line under way.
#[derive(Clone)]
pub(crate) struct Runner {
    frames: Vec<Frame>,
    status: u8,
}

/// A list under way.
#[derive(Clone)]
struct Frame {
    items: VecDeque<(Connector, Pipeline)>,
    status: u8,
    /// Whether any pipeline ran yet: the first one's connector doesn't matter.
    pipeline: Option<Running>,
    purpose: Purpose,
    /// What it wrote, when its output isn't for the screen.
    captured: String,
}

/// What a frame's output is for.
#[derive(Clone)]
enum Purpose {
    /// The screen.
    Screen,
    /// A substitution in the frame below.
    Substitution,
    /// The output of the command that asked for it, in the frame below.
    Stage,
    /// The screen, again and again.
    Repeat { list: List, every: Span, title: String, next: SimTime },
}

/// A pipeline under way.
#[derive(Clone)]
struct Running {
    commands: VecDeque<Command>,
    negated: bool,
    stdin: Option<String>,
    /// Outputs of the next command's substitutions so far.
    substituted: Vec<String>,
    job: Option<Job>,
    /// Redirections of the command under way.
    redirects: Vec<Target>,
    /// What the command under way wrote that has gone nowhere yet.
    held: Output,
}

/// A redirection with its word expanded.
#[derive(Clone)]
enum Target {
    Output(String, bool),
    Errors(String, bool),
    ErrorsToOutput,
    OutputToErrors,
}

impl Frame {
    fn new(list: List, purpose: Purpose) -> Frame {
        Frame { items: list.0.into(), status: 0, pipeline: None, purpose, captured: String::new() }
    }

    fn on_screen(&self) -> bool {
        matches!(self.purpose, Purpose::Screen)
    }
}

impl Runner {
    /// Starts a list whose output is for the screen.
    pub(crate) fn new(list: List) -> Runner {
        Runner { frames: vec![Frame::new(list, Purpose::Screen)], status: 0 }
    }

    /// Goes on until everything is done (its status) or something has to wait (nothing).
    pub(crate) fn advance(
        &mut self,
        session: &mut Session,
        context: &mut Context<'_>,
        sink: &mut Sink,
    ) -> Option<u8> {
        for _ in 0..MAX_STARTS_PER_TICK {
            let Some(frame) = self.frames.last_mut() else { return Some(self.status) };
            let Some(running) = &mut frame.pipeline else {
                if !self.next_pipeline(context.world.now(), session, sink) {
                    return None;
                }
                continue;
            };
            let Some(job) = &mut running.job else {
                self.start_command(session, context, sink);
                continue;
            };
            match job.poll(session, context) {
                Polled::Pending(output) => {
                    self.wrote_while_waiting(output, session, context, sink);
                    return None;
                }
                Polled::Done(output) => self.finish_command(output, session, sink),
            }
        }
        None
    }

    /// Takes the next pipeline, or ends the frame when there is none. False when nothing can happen before a later tick.
    fn next_pipeline(&mut self, now: SimTime, session: &mut Session, sink: &mut Sink) -> bool {
        let Some(frame) = self.frames.last_mut() else { return true };
        while let Some((connector, pipeline)) = frame.items.pop_front() {
            let runs = match connector {
                Connector::Always => true,
                Connector::And => frame.status == 0,
                Connector::Or => frame.status != 0,
            };
            if runs {
                frame.pipeline = Some(Running {
                    commands: pipeline.commands.into(),
                    negated: pipeline.negated,
                    stdin: None,
                    substituted: Vec::new(),
                    job: None,
                    redirects: Vec::new(),
                    held: Output::default(),
                });
                return true;
            }
        }
        if let Purpose::Repeat { list, every, title, next } = &mut frame.purpose {
            let text = std::mem::take(&mut frame.captured);
            if !text.is_empty() {
                sink.push((Stream::Out, format!("{title}\n\n{text}")));
            }
            if now < *next {
                return false;
            }
            *next = now + *every;
            frame.items = list.0.clone().into();
            return true;
        }
        self.end_frame(session, sink);
        true
    }

    fn end_frame(&mut self, session: &mut Session, sink: &mut Sink) {
        let Some(frame) = self.frames.pop() else { return };
        self.status = frame.status;
        match frame.purpose {
            Purpose::Screen | Purpose::Repeat { .. } => {}
            Purpose::Substitution => {
                if let Some(running) = self.frames.last_mut().and_then(|below| below.pipeline.as_mut()) {
                    running.substituted.push(frame.captured);
                }
            }
            Purpose::Stage => {
                let mut output = Output::text(frame.captured);
                output.status = frame.status;
                self.finish_command(output, session, sink);
            }
        }
    }

    /// Starts the next command of the pipeline under way, or a substitution that it needs first.
    fn start_command(&mut self, session: &mut Session, context: &mut Context<'_>, sink: &mut Sink) {
        let deep = self.frames.len() >= MAX_FRAMES;
        let Some(frame) = self.frames.last_mut() else { return };
        let on_screen = frame.on_screen();
        let Some(running) = &mut frame.pipeline else { return };
        let Some(command) = running.commands.front() else {
            frame.pipeline = None;
            return;
        };
        let wanted = substitutions(command).get(running.substituted.len()).map(|list| (*list).clone());
        if let Some(list) = wanted {
            if deep {
                running.substituted.push(String::new());
            } else {
                self.frames.push(Frame::new(list, Purpose::Substitution));
            }
            return;
        }
        let Some(command) = running.commands.pop_front() else { return };
        let last = running.commands.is_empty();
        let prepared = prepare(command, std::mem::take(&mut running.substituted), session);
        let mut stdin = running.stdin.take();
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(message) => return self.finish_command(Output::failure(message), session, sink),
        };
        stdin = prepared.stdin.or(stdin);
        running.redirects = prepared.redirects;
        let on_screen = on_screen && last && running.redirects.is_empty();
        let outcome = match prepared.arguments.split_first() {
            None => Outcome::Done(Output::default()),
            Some((name, arguments)) => {
                let call = Call { name, arguments, stdin: stdin.as_deref(), on_screen };
                tools::call(&call, session, context)
            }
        };
        self.take_outcome(outcome, deep, context.world.now(), session, sink);
    }

    fn take_outcome(
        &mut self,
        outcome: Outcome,
        deep: bool,
        now: SimTime,
        session: &mut Session,
        sink: &mut Sink,
    ) {
        match outcome {
            Outcome::Done(output) => self.finish_command(output, session, sink),
            Outcome::Run(_) | Outcome::Repeat { .. } if deep => {
                self.finish_command(Output::failure("bash: too many nested commands"), session, sink);
            }
            Outcome::Run(list) => self.frames.push(Frame::new(list, Purpose::Stage)),
            Outcome::Repeat { list, every, title } => {
                let purpose = Purpose::Repeat { list: list.clone(), every, title, next: now + every };
                self.frames.push(Frame::new(list, purpose));
            }
            Outcome::Job(job) => {
                if let Some(running) = self.frames.last_mut().and_then(|frame| frame.pipeline.as_mut()) {
                    running.job = Some(job);
                }
            }
        }
    }

    /// Output of a job that goes on: shown at once when it is for the screen, held for the next command otherwise, and
    /// passed through the rest of the pipe piece by piece when the job never ends by itself.
    fn wrote_while_waiting(
        &mut self,
        output: Output,
        session: &mut Session,
        context: &mut Context<'_>,
        sink: &mut Sink,
    ) {
        let Some(frame) = self.frames.last_mut() else { return };
        let on_screen = frame.on_screen();
        let Some(running) = &mut frame.pipeline else { return };
        let streams = running.job.as_ref().is_some_and(Job::streams);
        if !streams && !running.commands.is_empty() || !running.redirects.is_empty() || !on_screen {
            running.held.append(output);
            return;
        }
        let rest: Vec<Command> = running.commands.iter().cloned().collect();
        let mut parts = output.parts;
        for command in rest {
            parts = filter_piece(parts, command, session, context, sink);
        }
        sink.extend(parts);
    }

    /// A command ended: its output goes where it was redirected, into the next command, or out of the frame.
    fn finish_command(&mut self, output: Output, session: &mut Session, sink: &mut Sink) {
        let Some(frame) = self.frames.last_mut() else { return };
        let Some(running) = &mut frame.pipeline else { return };
        running.job = None;
        let mut whole = std::mem::take(&mut running.held);
        whole.append(output);
        let status = whole.status;
        let parts = redirect(whole.parts, &std::mem::take(&mut running.redirects), session);
        let last = running.commands.is_empty();
        let mut text = String::new();
        for (stream, part) in parts {
            match stream {
                Stream::Err => sink.push((stream, part)),
                Stream::Out if last && matches!(frame.purpose, Purpose::Screen) => sink.push((stream, part)),
                Stream::Out => text.push_str(&part),
            }
        }
        text.truncate(text.floor_char_boundary(MAX_OUTPUT));
        if !last {
            running.stdin = Some(text);
            return;
        }
        frame.captured.push_str(&text);
        frame.captured.truncate(frame.captured.floor_char_boundary(MAX_OUTPUT));
        frame.status = if running.negated { u8::from(status == 0) } else { status };
        session.status = frame.status;
        frame.pipeline = None;
    }

    /// Ctrl-C: true when the line is over.
    pub(crate) fn interrupt(&mut self, context: &mut Context<'_>, sink: &mut Sink) -> bool {
        let job = self.frames.last_mut().and_then(|frame| frame.pipeline.as_mut()?.job.as_mut());
        let interrupted = match job {
            Some(job) => job.interrupt(context),
            None => Interrupted::Ended(Output::default()),
        };
        match interrupted {
            Interrupted::Ended(output) => {
                sink.extend(output.parts);
                self.frames.clear();
                self.status = INTERRUPTED;
                true
            }
            Interrupted::Continues(output) => {
                sink.extend(output.parts);
                false
            }
        }
    }

    /// Ends everything under way, as when a terminal is closed.
    pub(crate) fn end(&mut self, context: &mut Context<'_>) {
        for frame in &mut self.frames {
            if let Some(job) = frame.pipeline.as_mut().and_then(|pipeline| pipeline.job.as_mut()) {
                job.end(context);
            }
        }
        self.frames.clear();
    }

    /// The prompt of the program under way, when it waits for a line.
    pub(crate) fn prompt(&self) -> Option<String> {
        self.frames.last()?.pipeline.as_ref()?.job.as_ref()?.prompt()
    }

    /// The program under way.
    pub(crate) fn job(&self) -> Option<&Job> {
        self.frames.last()?.pipeline.as_ref()?.job.as_ref()
    }

    /// Hands a line to the program under way.
    pub(crate) fn input(&mut self, line: Option<&str>) {
        if let Some(job) = self.frames.last_mut().and_then(|frame| frame.pipeline.as_mut()?.job.as_mut()) {
            job.input(line);
        }
    }
}

/// A command ready to call.
struct Prepared {
    arguments: Vec<String>,
    stdin: Option<String>,
    redirects: Vec<Target>,
}

/// Expands a command, carries out its assignments and opens its redirections; the error is bash's.
fn prepare(command: Command, substituted: Vec<String>, session: &mut Session) -> Result<Prepared, String> {
    let mut expander = Expander::new(session, substituted.into_iter());
    let assigned: Vec<(String, String)> =
        command.assignments.iter().map(|(name, word)| (name.clone(), expander.single(word))).collect();
    let arguments = expander.fields(&command.words);
    let mut stdin_source = None;
    let mut redirects = Vec::new();
    for redirect in &command.redirects {
        match redirect {
            Redirect::Output { file, append } => {
                redirects.push(Target::Output(expander.single(file), *append))
            }
            Redirect::Errors { file, append } => {
                redirects.push(Target::Errors(expander.single(file), *append))
            }
            Redirect::Both { file } => {
                redirects.push(Target::ErrorsToOutput);
                redirects.insert(0, Target::Output(expander.single(file), false));
            }
            Redirect::ErrorsToOutput => redirects.push(Target::ErrorsToOutput),
            Redirect::OutputToErrors => redirects.push(Target::OutputToErrors),
            Redirect::Input { file } => stdin_source = Some(Err(expander.single(file))),
            Redirect::Text { word } => stdin_source = Some(Ok(format!("{}\n", expander.single(word)))),
        }
    }
    let stdin = match stdin_source {
        None => None,
        Some(Ok(text)) => Some(text),
        Some(Err(file)) => Some(
            session
                .read(&file)
                .map(str::to_owned)
                .ok_or_else(|| format!("bash: {file}: No such file or directory"))?,
        ),
    };
    for (name, value) in assigned {
        session.set(&name, value);
    }
    let arguments = unalias(arguments, &command.words, session);
    Ok(Prepared { arguments, stdin, redirects })
}

/// Replaces an alias in the command's place by its words.
fn unalias(mut arguments: Vec<String>, words: &[Word], session: &Session) -> Vec<String> {
    use super::syntax::Piece;
    let plain =
        matches!(words.first().map(|word| word.0.as_slice()), Some([Piece::Literal { quoted: false, .. }]));
    let Some(text) = arguments.first().and_then(|name| session.aliases.get(name)).filter(|_| plain) else {
        return arguments;
    };
    let Ok(list) = super::parse::parse(text) else { return arguments };
    let Some(command) = list.0.first().and_then(|(_, pipeline)| pipeline.commands.first()) else {
        return arguments;
    };
    let mut replaced = Expander::new(session, std::iter::empty()).fields(&command.words);
    replaced.extend(arguments.drain(1..));
    replaced
}

/// Applies redirections; what remains is for the pipe or the screen.
fn redirect(
    parts: Vec<(Stream, String)>,
    targets: &[Target],
    session: &mut Session,
) -> Vec<(Stream, String)> {
    let errors_joined = targets.iter().any(|target| matches!(target, Target::ErrorsToOutput));
    let output_to_errors = targets.iter().any(|target| matches!(target, Target::OutputToErrors));
    let mut remaining = Vec::new();
    for target in targets {
        let (Target::Output(name, append) | Target::Errors(name, append)) = target else { continue };
        if let Err(message) = session.write(name, "", *append) {
            remaining.push((Stream::Err, message));
        }
    }
    for (stream, text) in parts {
        let stream = match stream {
            Stream::Err if errors_joined => Stream::Out,
            Stream::Out if output_to_errors => Stream::Err,
            same => same,
        };
        let file = targets.iter().rev().find_map(|target| match (target, stream) {
            (Target::Output(name, _), Stream::Out) | (Target::Errors(name, _), Stream::Err) => Some(name),
            _ => None,
        });
        match file {
            // A file that can't be opened was reported above.
            Some(name) => drop(session.write(name, &text, true)),
            None => remaining.push((stream, text)),
        }
    }
    remaining
}

/// Runs one filter of a streaming pipe on a piece of text.
fn filter_piece(
    parts: Vec<(Stream, String)>,
    command: Command,
    session: &mut Session,
    context: &mut Context<'_>,
    sink: &mut Sink,
) -> Sink {
    let mut text = String::new();
    for (stream, part) in parts {
        match stream {
            Stream::Err => sink.push((stream, part)),
            Stream::Out => text.push_str(&part),
        }
    }
    if text.is_empty() {
        return Vec::new();
    }
    let Ok(prepared) = prepare(command, Vec::new(), session) else { return Vec::new() };
    let Some((name, arguments)) = prepared.arguments.split_first() else { return Vec::new() };
    let call = Call { name, arguments, stdin: Some(&text), on_screen: false };
    match tools::call(&call, session, context) {
        Outcome::Done(output) => output.parts,
        _ => Vec::new(),
    }
}
