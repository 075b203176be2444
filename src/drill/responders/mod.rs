//! Scripted responders: who sits at the console when nobody does.
//!
//! A responder is asked at each tick for the next line and sees what a trainee sees. They hold the scoring honest: over
//! seeds, ideal ≥ methodical > real > rollback-all > random ≥ none.

mod ideal;
mod methodical;
mod random;
mod rollback_all;
mod scripted;

pub use scripted::Scripted;

use super::Drill;
use crate::console::incident::{Incident, Message, MessageKind};
use crate::console::transcript::Transcript;
use crate::kernel::{SimTime, Span};
use crate::scenario::{Scenario, Variant};

/// What a responder goes by when asked for the next line.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// The instant.
    pub now: SimTime,
    /// When the shift started.
    pub opens: SimTime,
    /// Whether a command is still running.
    pub busy: bool,
    /// Everything the console has printed.
    pub transcript: &'a Transcript,
    /// The incident's record: channel, acknowledgements, own statements.
    pub incident: &'a Incident,
    /// Alerts that fire now and page somebody.
    pub pages: &'a [String],
    /// Since when the objective has been met, if it is and was missed before.
    pub healthy_since: Option<SimTime>,
}

impl Sight<'_> {
    /// Whether a colleague asked something in the channel, at least so long ago, and nothing was posted since.
    fn is_asked(&self, since: Span) -> bool {
        let last = |kind, question: bool| {
            let messages = self.incident.channel.iter().rev();
            let of_kind =
                |message: &&Message| message.kind == kind && (!question || message.text.contains('?'));
            messages.into_iter().find(of_kind).map(|message| message.at)
        };
        let asked = last(MessageKind::Person, true).filter(|at| *at + since <= self.now);
        asked.is_some_and(|asked| last(MessageKind::Trainee, false).is_none_or(|posted| posted < asked))
    }
}

/// Somebody who types.
pub trait Responder {
    /// The next line to enter, if it is time for one. Asked once a tick.
    fn next(&mut self, sight: &Sight<'_>) -> Option<String>;
}

/// What a responder is made from.
#[derive(Clone, Copy)]
pub struct Making<'a> {
    /// What is played.
    pub scenario: &'a Scenario,
    /// The truth; only `real`, whose script names changes, and `ideal` look at it.
    pub variant: &'a Variant,
    /// The drill's seed.
    pub seed: u64,
}

/// A row of [`RESPONDERS`].
pub struct Row {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    make: fn(Making<'_>) -> Box<dyn Responder>,
}

/// Every scripted responder.
pub const RESPONDERS: &[Row] = &[
    Row { name: "none", summary: "does nothing", make: |_| Box::new(Nobody) },
    Row {
        name: "real",
        summary: "does what the real team did, at its times",
        make: |making| Box::new(scripted::real(making)),
    },
    Row {
        name: "ideal",
        summary: "knows the truth, names it and takes back what is harmful",
        make: |making| Box::new(ideal::Ideal::new(making)),
    },
    Row {
        name: "methodical",
        summary: "reads only what the tools print, and works by the book",
        make: |_| Box::new(methodical::Methodical::new()),
    },
    Row {
        name: "rollback-all",
        summary: "takes back every change, newest first, without looking",
        make: |_| Box::new(rollback_all::RollbackAll::new()),
    },
    Row {
        name: "random",
        summary: "enters commands at random",
        make: |making| Box::new(random::Random::new(making)),
    },
];

/// Makes the responder of this name.
pub fn by_name(name: &str, making: Making<'_>) -> Option<Box<dyn Responder>> {
    RESPONDERS.iter().find(|row| row.name == name).map(|row| (row.make)(making))
}

/// Lets a responder play a drill on to its end, or until `watch`, called every simulated minute, returns false.
pub fn play(drill: &mut Drill, responder: &mut dyn Responder, watch: &mut dyn FnMut(&Drill) -> bool) {
    drill.open();
    while !drill.finished() {
        if let Some(line) = responder.next(&drill.sight()) {
            drill.input(super::Input::Line(line));
        }
        drill.advance_to(drill.now() + super::TICK);
        if drill.now().0.is_multiple_of(Span::MINUTE.0) && !watch(drill) {
            return;
        }
    }
}

struct Nobody;

impl Responder for Nobody {
    fn next(&mut self, _: &Sight<'_>) -> Option<String> {
        None
    }
}
