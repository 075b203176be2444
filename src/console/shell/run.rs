//! Carries a [`List`] out, a tick at a time. A stack of frames rather than recursion, because any command may have to wait
//! for simulated time: a substitution, a loop, `xargs` and `watch` are frames above the command that asked for them.

use super::expand::{Expander, substitutions};
use super::glob;
use super::session::{Leave, MAX_NAMES, Session};
use super::syntax::{Command, Compound, Connector, List, Pipeline, Redirect, Word};
use crate::console::Context;
use crate::console::jobs::{INTERRUPTED, Interrupted, Job, Polled};
use crate::console::table::{Call, MAX_OUTPUT, Outcome, Output, Stream};
use crate::console::tools;
use crate::kernel::{SimTime, Span};
use std::collections::{BTreeMap, VecDeque};

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
    /// What decides which list runs next, in a compound command.
    control: Option<Control>,
    /// What to put back when it ends.
    restore: Restore,
    /// What it wrote, when its output isn't for the screen.
    captured: String,
}

/// A loop or condition under way.
#[derive(Clone)]
enum Control {
    For {
        name: String,
        words: VecDeque<String>,
        body: List,
    },
    While {
        condition: List,
        body: List,
        until: bool,
        testing: bool,
    },
    If {
        branches: VecDeque<(List, List)>,
        otherwise: Option<List>,
        body: Option<List>,
    },
    /// A function's body, which `return` leaves.
    Function,
}

/// What a compound command changed for its own time.
#[derive(Clone, Default)]
struct Restore {
    input: Option<Option<String>>,
    variables: Option<BTreeMap<String, String>>,
    positional: Option<Vec<String>>,
}

/// What a frame's output is for.
#[derive(Clone)]
enum Purpose {
    /// The screen.
    Screen,
    /// A substitution in the frame below.
    Substitution,
    /// The output of the command that asked for it, in the frame below; straight to the screen where that one's would go
    /// there.
    Stage {
        /// To the screen.
        shown: bool,
    },
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
        Frame {
            items: list.0.into(),
            status: 0,
            pipeline: None,
            purpose,
            control: None,
            restore: Restore::default(),
            captured: String::new(),
        }
    }

    fn on_screen(&self) -> bool {
        matches!(self.purpose, Purpose::Screen | Purpose::Stage { shown: true })
    }

    /// Puts the list in place that the loop or condition runs next; false when it is over.
    fn turn(&mut self, session: &mut Session) -> bool {
        let status = self.status;
        let (items, over) = match &mut self.control {
            None | Some(Control::Function) => return false,
            Some(Control::For { name, words, body }) => {
                let Some(word) = words.pop_front() else { return false };
                session.set(name, word);
                (body.0.clone(), false)
            }
            Some(Control::While { condition, body, until, testing }) => {
                *testing = !*testing;
                if *testing {
                    (condition.0.clone(), false)
                } else if (status == 0) != *until {
                    (body.0.clone(), false)
                } else {
                    self.status = 0;
                    return false;
                }
            }
            Some(Control::If { branches, otherwise, body }) => match body.take() {
                Some(chosen) if status == 0 => (chosen.0, true),
                _ => match (branches.pop_front(), otherwise.take()) {
                    (Some((condition, then)), rest) => {
                        *otherwise = rest;
                        *body = Some(then);
                        (condition.0, false)
                    }
                    (None, Some(rest)) => (rest.0, true),
                    (None, None) => {
                        self.status = 0;
                        return false;
                    }
                },
            },
        };
        if over {
            self.control = None;
        }
        self.items = items.into();
        true
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
            self.leave(session);
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
        if frame.turn(session) {
            return true;
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

    /// Carries out a `break`, `continue` or `return`.
    fn leave(&mut self, session: &mut Session) {
        let Some(leave) = session.leave else { return };
        let Some(frame) = self.frames.last_mut() else {
            session.leave = None;
            return;
        };
        frame.items.clear();
        frame.pipeline = None;
        let is_loop = matches!(frame.control, Some(Control::For { .. } | Control::While { .. }));
        match leave {
            Leave::Return(status) => {
                frame.status = status;
                if matches!(frame.control.take(), Some(Control::Function)) {
                    session.leave = None;
                }
            }
            Leave::Continue(1) if is_loop => {
                if let Some(Control::While { testing, .. }) = &mut frame.control {
                    *testing = false;
                }
                session.leave = None;
            }
            Leave::Break(1) if is_loop => {
                frame.control = None;
                session.leave = None;
            }
            Leave::Break(levels) | Leave::Continue(levels) => {
                frame.control = None;
                if is_loop {
                    session.leave = Some(match leave {
                        Leave::Break(_) => Leave::Break(levels - 1),
                        _ => Leave::Continue(levels - 1),
                    });
                }
            }
        }
        // There is nothing to leave at the prompt, nor out of a substitution.
        if matches!(frame.purpose, Purpose::Screen | Purpose::Substitution | Purpose::Repeat { .. }) {
            session.leave = None;
        }
    }

    fn end_frame(&mut self, session: &mut Session, sink: &mut Sink) {
        let Some(frame) = self.frames.pop() else { return };
        self.status = frame.status;
        if let Some(input) = frame.restore.input {
            session.input = input;
        }
        if let Some(variables) = frame.restore.variables {
            session.variables = variables;
        }
        if let Some(positional) = frame.restore.positional {
            session.positional = positional;
        }
        match frame.purpose {
            Purpose::Screen | Purpose::Repeat { .. } => {}
            Purpose::Substitution => {
                if let Some(running) = self.frames.last_mut().and_then(|below| below.pipeline.as_mut()) {
                    running.substituted.push(frame.captured);
                }
            }
            Purpose::Stage { .. } => {
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
        let compound = command.compound.clone();
        let prepared = prepare(command, std::mem::take(&mut running.substituted), session);
        let mut stdin = running.stdin.take();
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(message) => return self.finish_command(Output::failure(message), session, sink),
        };
        stdin = prepared.stdin.or(stdin);
        running.redirects = prepared.redirects;
        let on_screen = on_screen && last && running.redirects.is_empty();
        if let Some(compound) = compound {
            if deep {
                return self.finish_command(Output::failure("bash: too many nested commands"), session, sink);
            }
            return self.start_compound(*compound, prepared.arguments, (stdin, on_screen), session, sink);
        }
        let function = prepared.arguments.first().and_then(|name| session.functions.get(name).cloned());
        if let Some(body) = function {
            if deep {
                return self.finish_command(Output::failure("bash: too many nested commands"), session, sink);
            }
            let mut frame = Frame::new(body, Purpose::Stage { shown: on_screen });
            let arguments = prepared.arguments.get(1..).unwrap_or(&[]).to_vec();
            frame.control = Some(Control::Function);
            frame.restore.positional = Some(std::mem::replace(&mut session.positional, arguments));
            if stdin.is_some() {
                frame.restore.input = Some(std::mem::replace(&mut session.input, stdin));
            }
            self.frames.push(frame);
            return;
        }
        let outcome = match prepared.arguments.split_first() {
            None => {
                // An assignment alone has the status of its substitution.
                Outcome::Done(Output {
                    parts: Vec::new(),
                    status: if prepared.substituted { self.status } else { 0 },
                })
            }
            Some((name, arguments)) => {
                let call = Call { name, arguments, stdin: stdin.as_deref(), on_screen };
                tools::call(&call, session, context)
            }
        };
        self.take_outcome(outcome, (deep, on_screen), context.world.now(), session, sink);
    }

    /// Puts a frame in place for a compound command.
    fn start_compound(
        &mut self,
        compound: Compound,
        words: Vec<String>,
        (stdin, shown): (Option<String>, bool),
        session: &mut Session,
        sink: &mut Sink,
    ) {
        let mut variables = None;
        let (list, control) = match compound {
            Compound::For { name, body } => {
                (List::default(), Some(Control::For { name, words: words.into(), body }))
            }
            Compound::While { condition, body, until } => {
                (List::default(), Some(Control::While { condition, body, until, testing: false }))
            }
            Compound::If { branches, otherwise } => {
                (List::default(), Some(Control::If { branches: branches.into(), otherwise, body: None }))
            }
            Compound::Case { arms } => {
                let subject = words.into_iter().next().unwrap_or_default();
                let mut expander = Expander::new(session, std::iter::empty());
                let chosen = arms.into_iter().find(|(patterns, _)| {
                    patterns.iter().any(|pattern| glob::matches(&expander.pattern(pattern), &subject))
                });
                (chosen.map(|(_, body)| body).unwrap_or_default(), None)
            }
            Compound::Group(list) => (list, None),
            Compound::Subshell(list) => {
                variables = Some(session.variables.clone());
                (list, None)
            }
            Compound::Function { name, body } => {
                if session.functions.len() < MAX_NAMES {
                    session.functions.insert(name, body);
                }
                return self.finish_command(Output::default(), session, sink);
            }
        };
        let mut frame = Frame::new(list, Purpose::Stage { shown });
        frame.control = control;
        frame.restore.variables = variables;
        if stdin.is_some() {
            frame.restore.input = Some(std::mem::replace(&mut session.input, stdin));
        }
        self.frames.push(frame);
    }

    fn take_outcome(
        &mut self,
        outcome: Outcome,
        (deep, on_screen): (bool, bool),
        now: SimTime,
        session: &mut Session,
        sink: &mut Sink,
    ) {
        match outcome {
            Outcome::Done(output) => self.finish_command(output, session, sink),
            Outcome::Run(_) | Outcome::Repeat { .. } if deep => {
                self.finish_command(Output::failure("bash: too many nested commands"), session, sink);
            }
            Outcome::Run(list) => self.frames.push(Frame::new(list, Purpose::Stage { shown: on_screen })),
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
        let on_screen = frame.on_screen();
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
                Stream::Out if last && on_screen => sink.push((stream, part)),
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
    /// Whether the output of a list stands in it.
    substituted: bool,
}

/// Expands a command, carries out its assignments and opens its redirections; the error is bash's.
fn prepare(command: Command, substituted: Vec<String>, session: &mut Session) -> Result<Prepared, String> {
    let has_output = !substituted.is_empty();
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
            Redirect::Text { word, process } => {
                let text = expander.single(word);
                let empty = *process && text.is_empty();
                stdin_source = Some(Ok(if empty { text } else { text + "\n" }));
            }
            Redirect::Document { word } => stdin_source = Some(Ok(expander.single(word))),
        }
    }
    if let Some(message) = expander.error {
        return Err(message);
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
    let arguments =
        if command.compound.is_some() { arguments } else { unalias(arguments, &command.words, session) };
    Ok(Prepared { arguments, stdin, redirects, substituted: has_output })
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
    if command.compound.is_some() {
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
