//! A drill in somebody's hands: played with a journal, or watched again from one.
//!
//! When it is played, each input is written and flushed before it takes effect, and the clock leaves heartbeats. When it is
//! watched, the journal's inputs come at their times and nobody else's do.

use super::journal::{Entry, Journal, write_line};
use super::{Drill, Input, Snapshot};
use crate::kernel::{SimTime, Span};
use std::collections::VecDeque;
use std::io::{self, Write};

/// How often the clock is written down when nothing is typed.
pub const HEARTBEAT: Span = Span::from_secs(10);

/// A running drill and where its inputs go to or come from.
pub struct Session {
    drill: Drill,
    tape: Tape,
}

enum Tape {
    /// Inputs are written here.
    Recording { journal: Box<dyn Write + Send>, heartbeat_due: SimTime },
    /// Inputs come from here.
    Playing(VecDeque<(SimTime, Input)>),
}

impl Session {
    /// Starts a journal for a drill that begins: writes the header.
    ///
    /// # Errors
    /// What the writer says.
    pub fn begin(drill: Drill, mut journal: Box<dyn Write + Send>) -> io::Result<Session> {
        write_line(&mut *journal, &drill.header())?;
        Ok(Session::recording(drill, journal))
    }

    /// Brings a fresh drill to the journal's last instant, and goes on writing behind it. `journal` writes at its end.
    pub fn resume(mut drill: Drill, read: &Journal, journal: Box<dyn Write + Send>) -> Session {
        drill.replay(read);
        Session::recording(drill, journal)
    }

    /// Watches a journal again with a fresh drill.
    pub fn replay(drill: Drill, read: &Journal) -> Session {
        let inputs = read.inputs().map(|(at, input)| (at, input.clone())).collect();
        Session { drill, tape: Tape::Playing(inputs) }
    }

    fn recording(drill: Drill, journal: Box<dyn Write + Send>) -> Session {
        let heartbeat_due = drill.now() + HEARTBEAT;
        Session { drill, tape: Tape::Recording { journal, heartbeat_due } }
    }

    /// Whether inputs come from a journal, so that nobody can type.
    pub fn is_replay(&self) -> bool {
        matches!(self.tape, Tape::Playing(_))
    }

    /// Brings the drill to the start of the shift; seconds of work when the stack has yet to warm up.
    pub fn open(&mut self) {
        self.drill.open();
    }

    /// Writes an input down, then lets it take effect at the drill's present instant. Ignored in a replay.
    ///
    /// # Errors
    /// What the writer says; the input has then not taken effect.
    pub fn input(&mut self, input: Input) -> io::Result<()> {
        let Tape::Recording { journal, heartbeat_due } = &mut self.tape else {
            return Ok(());
        };
        let now = self.drill.now();
        write_line(&mut **journal, &Entry::input(now, input.clone()))?;
        *heartbeat_due = now + HEARTBEAT;
        self.drill.input(input);
        Ok(())
    }

    /// Lets time pass, up to the drill's last tick at or before `to`.
    ///
    /// # Errors
    /// What the writer says of a heartbeat.
    pub fn advance_to(&mut self, to: SimTime) -> io::Result<()> {
        match &mut self.tape {
            Tape::Recording { journal, heartbeat_due } => {
                self.drill.advance_to(to);
                let now = self.drill.now();
                if now >= *heartbeat_due {
                    write_line(&mut **journal, &Entry::heartbeat(now))?;
                    *heartbeat_due = now + HEARTBEAT;
                }
            }
            Tape::Playing(inputs) => {
                while let Some((at, input)) = inputs.pop_front_if(|(at, _)| *at <= to) {
                    self.drill.advance_to(at);
                    self.drill.input(input);
                }
                self.drill.advance_to(to);
            }
        }
        Ok(())
    }

    /// The drill itself, to read.
    pub fn drill(&self) -> &Drill {
        &self.drill
    }

    /// The drill itself, its journal closed.
    pub fn into_drill(self) -> Drill {
        self.drill
    }

    /// What could stand at byte `cursor` of `line`: where the word begins, and each candidate with a short description.
    pub fn complete(&mut self, line: &str, cursor: usize) -> (usize, Vec<(String, String)>) {
        let found = self.drill.complete(line, cursor);
        let from = found.first().map_or(cursor, |completion| completion.start);
        let same_word = found.into_iter().filter(|completion| completion.start == from);
        (from, same_word.map(|completion| (completion.text, completion.description)).collect())
    }

    /// What may be seen now.
    pub fn snapshot(&self) -> Snapshot {
        self.drill.snapshot()
    }
}
