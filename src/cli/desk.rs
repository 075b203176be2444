//! The desk behind the screen: hands the terminal interface its scenarios and sessions, keeps journals, and grades
//! finished drills on threads of its own.

use super::archive::Finished;
use super::config;
use super::failure::Failure;
use super::grading;
use super::kept::Kept;
use super::library;
use super::progress::Stop;
use super::state::State;
use crate::debrief::runs::Game;
use crate::debrief::{Outcome, Report, Run, Runs, compose, html, layout};
use crate::drill::journal::Journal;
use crate::drill::{Drill, Session};
use crate::scenario::Scenario;
use crate::tui::host::{Card, Grading, Host, Past, Request, Unfinished};
use crate::tui::settings::Settings;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What the terminal interface asks for things.
pub(crate) struct Desk {
    state: State,
    /// The journal of the drill on screen.
    journal: Option<PathBuf>,
    /// The journal of the drill that is graded.
    graded: Option<PathBuf>,
    news: Option<Receiver<News>>,
    latest: Grading,
    report: Option<Report>,
    stop: Stop,
}

/// What the grading thread tells.
enum News {
    /// What can be said before anything is run again.
    First(Box<Report>),
    Progress(f64, String),
    Done {
        report: Box<Report>,
        unrecorded: Option<String>,
    },
    Failed(String),
}

impl Desk {
    /// A desk over this data directory.
    pub(crate) fn new(state: State) -> Desk {
        let latest = Grading::Running { share: 0.0, doing: String::new(), first: None };
        Desk { state, journal: None, graded: None, news: None, latest, report: None, stop: Stop::silent() }
    }

    fn begin(&mut self, request: &Request) -> Result<Session, Failure> {
        let scenario = library::find(&request.scenario)?;
        let drill = Drill::new(Arc::clone(&scenario), request.seed, request.mode)
            .map_err(|diagnostics| library::broken(&diagnostics))?;
        let (path, file) = self.state.create_journal(&scenario.id, request.seed)?;
        let session = Session::begin(drill, Box::new(file))
            .map_err(|problem| Failure::file(&path, "write", &problem))?;
        self.journal = Some(path);
        self.prepare(&scenario, request);
        Ok(session)
    }

    /// Runs what the drill will be compared with while it is played, on one core, where there is one to spare.
    fn prepare(&self, scenario: &Arc<Scenario>, request: &Request) {
        if thread::available_parallelism().map_or(1, usize::from) < 2 {
            return;
        }
        let game = Game {
            scenario: Arc::clone(scenario),
            seed: request.seed,
            mode: request.mode,
            entries: Vec::new(),
        };
        let (kept, stop) = (Kept::of(&self.state), self.stop.clone());
        thread::spawn(move || {
            // Whatever goes wrong here goes wrong again, and is told, when the drill is graded.
            let _ = grading::perform_on(1, &game, None, &Run::YARDSTICKS, &kept, &stop, &|_, _| {});
        });
    }

    fn go_on(&mut self) -> Result<Session, Failure> {
        let (path, journal) =
            self.state.unfinished().ok_or_else(|| Failure::wrong("no drill was interrupted"))?;
        let scenario = library::of_journal(&path, &journal, None)?;
        let drill = fresh_drill(&scenario, &journal)?;
        let file = State::continue_journal(&path, &journal)?;
        self.journal = Some(path);
        Ok(Session::resume(drill, &journal, Box::new(file)))
    }

    fn hear(&mut self, news: News) {
        self.latest = match news {
            News::First(report) => Grading::Running { share: 0.0, doing: String::new(), first: Some(report) },
            News::Progress(share, doing) => Grading::Running { share, doing, first: None },
            News::Failed(why) => Grading::Failed(why),
            News::Done { report, unrecorded } => {
                self.report = Some((*report).clone());
                Grading::Done { report, unrecorded }
            }
        };
    }
}

/// A drill as the journal's header names it, before its first tick.
pub(crate) fn fresh_drill(scenario: &Arc<Scenario>, journal: &Journal) -> Result<Drill, Failure> {
    Drill::new(Arc::clone(scenario), journal.header.seed, journal.header.mode)
        .map_err(|diagnostics| library::broken(&diagnostics))
}

impl Host for Desk {
    fn cards(&mut self) -> Vec<Card> {
        library::all().iter().map(|scenario| card(scenario, &self.state)).collect()
    }

    fn unfinished(&mut self) -> Option<Unfinished> {
        let (path, journal) = self.state.unfinished()?;
        let scenario = library::of_journal(&path, &journal, None).ok()?;
        let at = journal.last_instant().max(scenario.instant(scenario.shift_starts_at));
        Some(Unfinished {
            clock: scenario.calendar().clock(at),
            scenario: journal.header.scenario,
            seed: journal.header.seed,
        })
    }

    fn fresh_seed(&mut self) -> u64 {
        fresh_seed()
    }

    fn start(&mut self, request: &Request) -> Result<Session, String> {
        self.begin(request).map_err(|failure| failure.sentence())
    }

    fn resume(&mut self) -> Result<Session, String> {
        self.go_on().map_err(|failure| failure.sentence())
    }

    fn finish(&mut self, session: Session) {
        let (tell, news) = mpsc::channel();
        let stop = self.stop.clone();
        self.latest = Grading::Running { share: 0.0, doing: Run::Trainee.label(), first: None };
        self.news = Some(news);
        self.report = None;
        self.graded.clone_from(&self.journal);
        let (state, journal) = (self.state.clone(), self.journal.clone());
        thread::spawn(move || grade(session, &state, journal.as_deref(), &stop, &tell));
    }

    fn grading(&mut self) -> Grading {
        while let Some(news) = self.news.as_ref().and_then(|news| news.try_recv().ok()) {
            self.hear(news);
            // The first report is told once, whatever has come behind it.
            if let Grading::Running { first: Some(_), .. } = &self.latest {
                break;
            }
        }
        let told = self.latest.clone();
        if let Grading::Running { first, .. } = &mut self.latest {
            *first = None;
        }
        told
    }

    fn export(&mut self) -> Result<String, String> {
        let (Some(report), Some(journal)) = (&self.report, &self.graded) else {
            return Err("there is no report yet".to_owned());
        };
        let path = State::report_path(journal);
        fs::write(&path, html::render(&layout::document(report)))
            .map_err(|problem| format!("cannot write {}: {problem}", path.display()))?;
        Ok(format!("written to {}", path.display()))
    }

    fn settings(&mut self) -> Result<Settings, String> {
        config::read()
    }

    fn keep_settings(&mut self, settings: &Settings) -> Result<(), String> {
        config::write(settings)
    }

    fn history(&mut self) -> Result<Vec<Past>, String> {
        let all = self.state.archive().all().map_err(|failure| failure.sentence())?;
        Ok(all.into_iter().map(past).collect())
    }
}

/// What the interface keeps of a finished drill.
fn past(finished: Finished) -> Past {
    let of = |name: &str| {
        let found = finished.milestones.iter().find(|(milestone, _)| milestone == name);
        found.and_then(|(_, at)| at.clone())
    };
    let minutes = |clock: Option<String>| {
        clock.and_then(|clock| {
            let parts: Option<Vec<u64>> = clock.split(':').map(|part| part.parse().ok()).collect();
            parts.filter(|parts| parts.len() >= 2).map(|parts| parts[0] * 60 + parts[1])
        })
    };
    let to_diagnosis_min = minutes(of("diagnosed"))
        .zip(minutes(of("detected")))
        .and_then(|(named, paged)| named.checked_sub(paged));
    Past {
        to_diagnosis_min,
        day: finished.played.get(..10).unwrap_or_default().to_owned(),
        diagnosed: of("diagnosed"),
        mitigated: of("mitigated"),
        letter: finished.letter,
        score: finished.score,
        seed: finished.seed,
        scenario: finished.scenario,
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.raise();
    }
}

/// Runs the drill again with all of its counterfactuals on every core; tells how far it is, and the report, which is put
/// into the history here: whoever has begun another drill meanwhile has this one's grade all the same.
fn grade(session: Session, state: &State, journal: Option<&Path>, stop: &Stop, tell: &Sender<News>) {
    let drill = session.into_drill();
    let scenario = Arc::clone(drill.scenario());
    // What can be said at once, before anything is run again.
    let own = Outcome::of(&drill, drill.now());
    let first = compose(&scenario, &own, &Runs::default());
    // Nobody listens any more when the interface has been left.
    let _ = tell.send(News::First(Box::new(first)));
    let game = Game { seed: drill.seed(), mode: drill.mode(), entries: drill.entries().to_vec(), scenario };
    drop(drill);
    let teller = Mutex::new(tell.clone());
    let kept = Kept::of(state);
    let runs = grading::perform(&game, &game.all_runs(), &kept, stop, &|share, doing| {
        let teller = teller.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = teller.send(News::Progress(share, doing.to_owned()));
    });
    let news = match runs {
        Ok(runs) => match &runs.trainee {
            Some(trainee) => graded(compose(&game.scenario, trainee, &runs), state, journal),
            None => News::Failed("the drill could not be run again".to_owned()),
        },
        Err(failure) => News::Failed(failure.sentence()),
    };
    let _ = tell.send(news);
}

/// Puts a report into the history. One that cannot be put there is told all the same.
fn graded(report: Report, state: &State, journal: Option<&Path>) -> News {
    let recorded = journal.map(|journal| state.archive().record(&Finished::of(&report, journal)));
    let unrecorded =
        recorded.and_then(Result::err).map(|failure| format!("not in the history: {}", failure.sentence()));
    News::Done { report: Box::new(report), unrecorded }
}

/// A seed from the wall clock: small enough to be read out to a colleague.
pub(crate) fn fresh_seed() -> u64 {
    let nanoseconds = jiff::Timestamp::now().as_nanosecond();
    let mut stream = crate::kernel::Stream::named(nanoseconds as u64, "fresh seed");
    stream.below(10_000)
}

fn card(scenario: &Scenario, state: &State) -> Card {
    // A history that cannot be read is told where it is asked for.
    let (best, attempts) = state.archive().best(&scenario.id).unwrap_or_default();
    let paragraphs: Vec<&str> = scenario
        .briefing
        .split("\n\n")
        .map(str::trim)
        .filter(|text| !text.is_empty() && !text.starts_with('#'))
        .collect();
    let minutes = scenario.ends_at.seconds_after(scenario.shift_starts_at) / 60;
    Card {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        company: scenario.company.clone(),
        date: scenario.date.clone(),
        difficulty: scenario.difficulty,
        minutes: u64::from(minutes),
        about: paragraphs.into_iter().take(2).collect::<Vec<_>>().join("\n\n"),
        trains: TRAINS.iter().map(|skill| (*skill).to_owned()).collect(),
        provenance: format!("{} ({})", scenario.source.title, scenario.source.provenance.word()),
        best,
        attempts,
        briefing: scenario.briefing.clone(),
    }
}

/// What every drill trains, in the words of its grade.
const TRAINS: [&str; 4] =
    ["diagnosis against the clock", "reading plans", "safe rollbacks", "incident communication"];
