//! Carries a [`List`] out, a tick at a time. A stack of frames rather than recursion, because any command may have to wait
//! for simulated time: a substitution, a loop, `xargs` and `watch` are frames above the command that asked for them.

use super::expand::{Expander, substitutions};
use super::frame::{Control, Frame, Memory, Purpose, Running};
use super::glob;
use super::parse::parse;
use super::prepare::prepare;
use super::redirect::{Target, redirect};
use super::session::{Leave, MAX_NAMES, Session, ShellOptions, Spawned};
use super::syntax::{Command, Compound, Connector, List, Pipeline};
use crate::console::Context;
use crate::console::jobs::{INTERRUPTED, Interrupted, Job, Polled};
use crate::console::table::{Call, MAX_OUTPUT, Outcome, Output, Stream};
use crate::console::tools;
use crate::kernel::SimTime;

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
            if runs && pipeline.background {
                let text = pipeline.text.clone();
                let pipeline = Pipeline { background: false, ..pipeline };
                session.jobs_started += 1;
                let number = session.jobs_started;
                session.last_background = Some(number);
                session.background.push((number, text.clone()));
                let list = List(vec![(Connector::Always, pipeline)]);
                let private = session.private();
                let quiet = session.shells > 0;
                session.spawned.push(Spawned { number, list, text, private, quiet });
                frame.status = 0;
                continue;
            }
            if runs {
                frame.pipeline = Some(Running {
                    commands: pipeline.commands.into(),
                    negated: pipeline.negated,
                    stdin: None,
                    substituted: Vec::new(),
                    job: None,
                    borrowed: Vec::new(),
                    opened: Vec::new(),
                    failed: 0,
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
            let text = joined(std::mem::take(&mut frame.captured));
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
        if frame.restore.memory.is_some()
            && let Some(text) = session.traps.remove("EXIT")
            && let Ok(list) = parse(&text)
        {
            frame.status_at_exit.get_or_insert(frame.status);
            frame.items = list.0.into();
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
            Leave::Exit(status) => {
                frame.status = status;
                if matches!(frame.control.take(), Some(Control::Shell)) {
                    session.leave = None;
                }
            }
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
        let Some(mut frame) = self.frames.pop() else { return };
        frame.status = frame.status_at_exit.unwrap_or(frame.status);
        self.status = frame.status;
        if let Some(input) = frame.restore.input {
            session.input = input;
        }
        if let Some(memory) = frame.restore.memory {
            memory.put_back(session);
            session.shells = session.shells.saturating_sub(1);
        }
        if frame.restore.locals {
            session.end_locals();
        }
        if let Some(positional) = frame.restore.positional {
            session.positional = positional;
        }
        match frame.purpose {
            Purpose::Screen | Purpose::Repeat { .. } => {}
            Purpose::Substitution => {
                if let Some(running) = self.frames.last_mut().and_then(|below| below.pipeline.as_mut()) {
                    running.substituted.push(joined(frame.captured));
                }
            }
            Purpose::Stage { .. } => {
                let output = Output { parts: frame.captured, status: frame.status };
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
            Err(message) => {
                // A word that can't be expanded ends the shell; a file that isn't there is only this command's trouble.
                if !message.ends_with("No such file or directory") {
                    session.leave = Some(Leave::Exit(1));
                }
                return self.finish_command(Output::failure(message), session, sink);
            }
        };
        stdin = prepared.stdin.or(stdin);
        running.redirects = prepared.redirects;
        running.borrowed = prepared.borrowed;
        running.opened = prepared.opened;
        let catches_errors = running.redirects.iter().any(Target::takes_errors);
        if session.options.xtrace && compound.is_none() && !prepared.arguments.is_empty() {
            sink.push((Stream::Err, format!("+ {}\n", prepared.arguments.join(" "))));
        }
        let on_screen = on_screen && last && running.redirects.is_empty();
        if let Some(compound) = compound {
            if deep {
                return self.finish_command(Output::failure("bash: too many nested commands"), session, sink);
            }
            let place = (stdin, on_screen, catches_errors);
            return self.start_compound(*compound, prepared.arguments, place, session, sink);
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
            frame.restore.locals = true;
            frame.catches_errors = catches_errors;
            session.locals.push(Vec::new());
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
        let place = (deep, on_screen, catches_errors);
        self.take_outcome(outcome, place, context.world.now(), session, sink);
    }

    /// Puts a frame in place for a compound command.
    fn start_compound(
        &mut self,
        compound: Compound,
        words: Vec<String>,
        (stdin, shown, catches_errors): (Option<String>, bool, bool),
        session: &mut Session,
        sink: &mut Sink,
    ) {
        let mut memory = None;
        let (list, control) = match compound {
            Compound::For { name, body } => {
                (List::default(), Some(Control::For { name, words: words.into(), body }))
            }
            Compound::While { condition, body, until, again } => {
                let testing = false;
                let turns = Control::While { condition, body, until, testing, again, started: false };
                (List::default(), Some(turns))
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
                memory = Some(Memory::of(session));
                session.traps.clear();
                session.shells += 1;
                (list, Some(Control::Shell))
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
        frame.restore.memory = memory;
        frame.catches_errors = catches_errors;
        if stdin.is_some() {
            frame.restore.input = Some(std::mem::replace(&mut session.input, stdin));
        }
        self.frames.push(frame);
    }

    fn take_outcome(
        &mut self,
        outcome: Outcome,
        (deep, on_screen, catches_errors): (bool, bool, bool),
        now: SimTime,
        session: &mut Session,
        sink: &mut Sink,
    ) {
        match outcome {
            Outcome::Done(output) => self.finish_command(output, session, sink),
            Outcome::Run(_) | Outcome::Repeat { .. } | Outcome::Script(_) if deep => {
                self.finish_command(Output::failure("bash: too many nested commands"), session, sink);
            }
            Outcome::Run(list) => {
                let mut frame = Frame::new(list, Purpose::Stage { shown: on_screen });
                frame.catches_errors = catches_errors;
                self.frames.push(frame);
            }
            Outcome::Script(script) => {
                let mut frame = Frame::new(script.list, Purpose::Stage { shown: on_screen });
                frame.catches_errors = catches_errors;
                if script.subshell {
                    frame.control = Some(Control::Shell);
                    frame.restore.memory = Some(Memory::of(session));
                    session.options = ShellOptions::default();
                    session.traps.clear();
                    session.shells += 1;
                }
                if let Some(arguments) = script.arguments {
                    frame.restore.positional = Some(std::mem::replace(&mut session.positional, arguments));
                }
                self.frames.push(frame);
            }
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
        let suppressed = self.failure_is_minded();
        let catcher = self.frames.iter().rposition(|frame| frame.catches_errors);
        let Some(frame) = self.frames.last_mut() else { return };
        let on_screen = frame.on_screen();
        let Some(running) = &mut frame.pipeline else { return };
        running.job = None;
        for (name, before) in running.borrowed.drain(..) {
            match before {
                Some(value) => session.set(&name, value),
                None => drop(session.variables.remove(&name)),
            }
        }
        for name in running.opened.drain(..) {
            session.files.remove(&name);
        }
        let mut whole = std::mem::take(&mut running.held);
        whole.append(output);
        let status = whole.status;
        let parts = redirect(whole.parts, &std::mem::take(&mut running.redirects), session);
        let last = running.commands.is_empty();
        let mut text = String::new();
        let mut kept = Sink::new();
        let mut errors = Sink::new();
        for (stream, part) in parts {
            match stream {
                Stream::Err if catcher.is_some() => errors.push((stream, part)),
                Stream::Err => sink.push((stream, part)),
                Stream::Out if last && on_screen => sink.push((stream, part)),
                Stream::Out if last => kept.push((stream, part)),
                Stream::Out => text.push_str(&part),
            }
        }
        text.truncate(text.floor_char_boundary(MAX_OUTPUT));
        if status != 0 {
            running.failed = status;
        }
        if last {
            frame.captured.extend(kept);
            bound(&mut frame.captured);
            let status = if session.options.pipefail { running.failed } else { status };
            let negated = running.negated;
            frame.status = if negated { u8::from(status == 0) } else { status };
            session.status = frame.status;
            frame.pipeline = None;
            if session.options.errexit && status != 0 && !negated && !suppressed && session.leave.is_none() {
                session.leave = Some(Leave::Exit(status));
            }
        } else {
            running.stdin = Some(text);
        }
        if let Some(frame) = catcher.and_then(|place| self.frames.get_mut(place)) {
            frame.captured.extend(errors);
            bound(&mut frame.captured);
        }
    }

    /// Whether something looks at the status of the command under way, so that `set -e` doesn't: a condition, `&&`, `||`, `!`.
    fn failure_is_minded(&self) -> bool {
        self.frames.iter().rev().take_while(|frame| !matches!(frame.purpose, Purpose::Substitution)).any(
            |frame| {
                let tests = match &frame.control {
                    Some(Control::While { testing, .. }) => *testing,
                    Some(Control::If { .. }) => true,
                    _ => false,
                };
                let joined = matches!(frame.items.front(), Some((Connector::And | Connector::Or, _)));
                let negated = frame.pipeline.as_ref().is_some_and(|running| running.negated);
                tests || joined || negated
            },
        ) || self.frames.iter().any(|frame| matches!(frame.purpose, Purpose::Substitution))
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

/// The standard output among texts, as one.
fn joined(parts: Sink) -> String {
    parts.into_iter().filter(|(stream, _)| *stream == Stream::Out).map(|(_, text)| text).collect()
}

/// Cuts what is more than a command may hand on.
fn bound(parts: &mut Sink) {
    let mut left = MAX_OUTPUT;
    for (_, text) in parts.iter_mut() {
        text.truncate(text.floor_char_boundary(left));
        left -= text.len();
    }
    parts.retain(|(_, text)| !text.is_empty());
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
