//! What is under way: a list with what decides which list comes next, and the pipeline of it that runs.

use super::array::Array;
use super::redirect::Target;
use super::run::Sink;
use super::session::{Session, ShellOptions};
use super::syntax::{Command, Connector, List, Pipeline};
use crate::console::jobs::Job;
use crate::console::table::Output;
use crate::kernel::{SimTime, Span};
use std::collections::{BTreeMap, VecDeque};

/// A list under way.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) items: VecDeque<(Connector, Pipeline)>,
    pub(super) status: u8,
    /// Whether any pipeline ran yet: the first one's connector doesn't matter.
    pub(super) pipeline: Option<Running>,
    pub(super) purpose: Purpose,
    /// What decides which list runs next, in a compound command.
    pub(super) control: Option<Control>,
    /// What to put back when it ends.
    pub(super) restore: Restore,
    /// What it wrote, when its output isn't for the screen.
    pub(super) captured: Sink,
    /// Whether what it writes to standard error is kept with its output, because the command that it is has that redirected.
    pub(super) catches_errors: bool,
    /// What a shell ended with, while its EXIT trap runs.
    pub(super) status_at_exit: Option<u8>,
}

/// A loop or condition under way.
#[derive(Clone)]
pub(super) enum Control {
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
        again: Option<List>,
        started: bool,
    },
    If {
        branches: VecDeque<(List, List)>,
        otherwise: Option<List>,
        body: Option<List>,
    },
    /// A function's body, which `return` leaves.
    Function,
    /// A script or subshell, which `exit` leaves.
    Shell,
}

/// What a compound command changed for its own time.
#[derive(Clone, Default)]
pub(super) struct Restore {
    pub(super) input: Option<Option<String>>,
    pub(super) memory: Option<Box<Memory>>,
    pub(super) positional: Option<Vec<String>>,
    /// Names of the function's own.
    pub(super) locals: bool,
}

/// What a subshell may change without the shell around it noticing.
#[derive(Clone)]
pub(super) struct Memory {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) arrays: BTreeMap<String, Array>,
    pub(super) functions: BTreeMap<String, List>,
    pub(super) options: ShellOptions,
    pub(super) traps: BTreeMap<String, String>,
}

impl Memory {
    pub(super) fn of(session: &Session) -> Box<Memory> {
        Box::new(Memory {
            variables: session.variables.clone(),
            arrays: session.arrays.clone(),
            functions: session.functions.clone(),
            options: session.options,
            traps: session.traps.clone(),
        })
    }

    pub(super) fn put_back(self, session: &mut Session) {
        session.variables = self.variables;
        session.arrays = self.arrays;
        session.functions = self.functions;
        session.options = self.options;
        session.traps = self.traps;
    }
}

/// What a frame's output is for.
#[derive(Clone)]
pub(super) enum Purpose {
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
pub(super) struct Running {
    pub(super) commands: VecDeque<Command>,
    pub(super) negated: bool,
    pub(super) stdin: Option<String>,
    /// Outputs of the next command's substitutions so far.
    pub(super) substituted: Vec<String>,
    pub(super) job: Option<Job>,
    /// Variables set for the command under way alone, with what they held before.
    pub(super) borrowed: Vec<(String, Option<String>)>,
    /// Files of `<(list)` that the command under way reads.
    pub(super) opened: Vec<String>,
    /// The last status of its commands that wasn't 0.
    pub(super) failed: u8,
    /// Redirections of the command under way.
    pub(super) redirects: Vec<Target>,
    /// What the command under way wrote that has gone nowhere yet.
    pub(super) held: Output,
}

impl Frame {
    pub(super) fn new(list: List, purpose: Purpose) -> Frame {
        Frame {
            items: list.0.into(),
            status: 0,
            pipeline: None,
            purpose,
            control: None,
            restore: Restore::default(),
            captured: Sink::new(),
            catches_errors: false,
            status_at_exit: None,
        }
    }

    pub(super) fn on_screen(&self) -> bool {
        matches!(self.purpose, Purpose::Screen | Purpose::Stage { shown: true })
    }

    /// Puts the list in place that the loop or condition runs next; false when it is over.
    pub(super) fn turn(&mut self, session: &mut Session) -> bool {
        let status = self.status;
        let (items, over) = match &mut self.control {
            None | Some(Control::Function | Control::Shell) => return false,
            Some(Control::For { name, words, body }) => {
                let Some(word) = words.pop_front() else { return false };
                session.set(name, word);
                (body.0.clone(), false)
            }
            Some(Control::While { condition, body, until, testing, again, started }) => {
                *testing = !*testing;
                if *testing {
                    let again = again.as_ref().filter(|_| std::mem::replace(started, true));
                    let step = again.map_or_else(Vec::new, |again| again.0.clone());
                    (step.into_iter().chain(condition.0.iter().cloned()).collect(), false)
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
