//! A drill as it is played: ticks, inputs, snapshots, replay. The shift starts 20 seconds after the scenario does, so that
//! each test simulates less than a minute of `june-4`.

use firedrill::drill::journal::Journal;
use firedrill::drill::{Drill, Input, Mode, Phase, Session, TICK};
use firedrill::kernel::Span;
use firedrill::scenario::embedded::load_embedded;
use firedrill::scenario::{Clock, Scenario};
use std::io::Write;
use std::sync::{Arc, Mutex};

fn scenario() -> Arc<Scenario> {
    let mut scenario = load_embedded("june-4").unwrap().scenario.unwrap();
    scenario.shift_starts_at = Clock(scenario.starts_at.0 + 20);
    Arc::new(scenario)
}

fn fresh(seed: u64) -> Drill {
    Drill::new(scenario(), seed, Mode::Practice).unwrap()
}

/// A journal in memory that can be read while it is written.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Tape {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn how_often_somebody_looks_changes_nothing() {
    let mut coarse = fresh(3);
    let mut fine = fresh(3);
    let to = firedrill::kernel::SimTime::from_secs(30);
    coarse.advance_to(to);
    while fine.now() < to {
        fine.advance_to(fine.now() + Span::from_millis(137));
        let _ = fine.snapshot();
        fine.advance_to(fine.now() + TICK);
    }
    assert_eq!(coarse.world().digest(), fine.world().digest());
    assert_eq!(coarse.snapshot(), fine.snapshot());
}

#[test]
fn nothing_can_be_typed_before_the_shift() {
    let mut drill = fresh(3);
    drill.input(Input::Line("alerts".to_owned()));
    assert_eq!(drill.phase(), Phase::BeforeShift);
    assert!(drill.entries().is_empty());
    assert_eq!(drill.transcript().total(), 0);
}

#[test]
fn a_killed_drill_goes_on_at_the_same_instant_with_nothing_lost() {
    let tape = Tape::default();
    let mut session = Session::begin(fresh(5), Box::new(tape.clone())).unwrap();
    session.open();
    for line in ["alerts", "changes list", "post 'looking'", "note 'first note'"] {
        session.input(Input::Line(line.to_owned())).unwrap();
        session.advance_to(session.drill().now() + Span::from_secs(4)).unwrap();
    }
    // The process is gone here; what was written is all there is. The last instant written is at most a heartbeat old.
    let mut bytes = tape.bytes();
    bytes.extend_from_slice(b"{\"t\":9");
    let journal = Journal::read(&bytes).unwrap();
    assert!(journal.dropped.is_some());
    let mut resumed = Session::resume(fresh(5), &journal, Box::new(Tape::default()));
    assert!(session.drill().now() - resumed.drill().now() <= firedrill::drill::HEARTBEAT);
    resumed.advance_to(session.drill().now()).unwrap();
    assert_eq!(resumed.snapshot(), session.snapshot());
    assert_eq!(resumed.drill().world().digest(), session.drill().world().digest());
}

#[test]
fn an_input_is_in_the_journal_before_it_takes_effect() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if bytes.starts_with(b"{\"firedrill\"") {
                Ok(bytes.len())
            } else {
                Err(std::io::Error::other("full"))
            }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut session = Session::begin(fresh(5), Box::new(Broken)).unwrap();
    session.open();
    let before = session.drill().transcript().total();
    assert!(session.input(Input::Line("alerts".to_owned())).is_err());
    assert_eq!(session.drill().transcript().total(), before);
    assert!(session.drill().entries().is_empty());
}

#[test]
fn a_replay_shows_what_was_played_and_takes_no_input() {
    let tape = Tape::default();
    let mut session = Session::begin(fresh(5), Box::new(tape.clone())).unwrap();
    session.open();
    session.input(Input::Line("changes list".to_owned())).unwrap();
    session.advance_to(session.drill().now() + Span::from_secs(12)).unwrap();
    let journal = Journal::read(&tape.bytes()).unwrap();
    let mut replay = Session::replay(fresh(5), &journal);
    replay.open();
    replay.input(Input::Line("status".to_owned())).unwrap();
    replay.advance_to(session.drill().now()).unwrap();
    assert_eq!(replay.snapshot(), session.snapshot());
}

#[test]
fn leaving_ends_the_drill() {
    let mut drill = fresh(5);
    drill.open();
    assert_eq!(drill.phase(), Phase::Running);
    drill.input(Input::Leave);
    assert!(drill.finished());
}

#[test]
fn a_clone_goes_on_as_the_drill_itself_would() {
    let mut drill = fresh(5);
    drill.open();
    drill.input(Input::Line("psql -c 'select count(*) from pg_stat_activity'".to_owned()));
    let mut other = drill.clone();
    let to = drill.now() + Span::from_secs(10);
    drill.advance_to(to);
    let untouched = drill.world().digest();
    other.input(Input::Line("alerts".to_owned()));
    other.advance_to(to);
    assert_eq!(other.world().digest(), untouched);
    assert_eq!(drill.entries().len() + 1, other.entries().len());
}
