//! `firedrill replay`: a drill watched again on the screen, fed from its journal.

use super::args::ReplayArgs;
use super::desk::fresh_drill;
use super::failure::Failure;
use super::library;
use super::play;
use super::state::State;
use crate::drill::Session;
use crate::tui::Launch;
use crate::tui::host::{Card, Grading, Host, Request, Unfinished};

/// Watches a journal.
pub(crate) fn run(args: &ReplayArgs) -> Result<(), Failure> {
    let (path, journal) = State::locate()?.open_journal(&args.journal)?;
    let scenario = library::of_journal(&path, &journal, args.scenario.as_deref())?;
    let session = Session::replay(fresh_drill(&scenario, &journal)?, &journal);
    let mut projector = Projector { session: Some(session) };
    play::show(&mut projector, &Launch::Resume, args.speed.unwrap_or(1.0))
}

/// A host with one session to show, which keeps nothing.
struct Projector {
    session: Option<Session>,
}

const ONLY_ONE: &str = "this is a replay: `firedrill play` starts a drill";

impl Host for Projector {
    fn cards(&mut self) -> Vec<Card> {
        Vec::new()
    }

    fn unfinished(&mut self) -> Option<Unfinished> {
        None
    }

    fn fresh_seed(&mut self) -> u64 {
        0
    }

    fn start(&mut self, _: &Request) -> Result<Session, String> {
        Err(ONLY_ONE.to_owned())
    }

    fn resume(&mut self) -> Result<Session, String> {
        self.session.take().ok_or_else(|| ONLY_ONE.to_owned())
    }

    fn finish(&mut self, _: Session) {}

    fn grading(&mut self) -> Grading {
        Grading::Failed("the replay is over; `firedrill debrief` prints its report".to_owned())
    }

    fn export(&mut self) -> Result<String, String> {
        Err("a replay has no report of its own; `firedrill debrief` prints it".to_owned())
    }
}
