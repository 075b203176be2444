//! Grades of whole drills, on a bookshop whose hour is simulated in seconds: the scripted responders in their order, and
//! what cheating comes to.

use firedrill::debrief::runs::{self, Ended, Game, Task};
use firedrill::debrief::validity::{self, Validity};
use firedrill::debrief::{Outcome, Report, Run, Yardstick, compose, html, layout, markdown, text};
use firedrill::drill::responders::{self, Making, Responder, Scripted};
use firedrill::drill::{Drill, Mode, script};
use firedrill::scenario::{self, Milestone, Scenario};
use std::sync::{Arc, Mutex, OnceLock};

fn book_shop() -> Arc<Scenario> {
    static SHOP: OnceLock<Arc<Scenario>> = OnceLock::new();
    let read = |name: &str| match name {
        "briefing.md" => Some(include_str!("book-shop/briefing.md").to_owned()),
        "scenario.ron" => Some(include_str!("book-shop/scenario.ron").to_owned()),
        "schema.sql" => Some(include_str!("book-shop/schema.sql").to_owned()),
        "statistics.sql" => Some(include_str!("book-shop/statistics.sql").to_owned()),
        _ => None,
    };
    let load = || {
        let loaded = scenario::load("tests/it/debrief/book-shop", read);
        Arc::new(loaded.scenario.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)))
    };
    Arc::clone(SHOP.get_or_init(load))
}

/// The runs to compare with, once for each seed.
fn yardsticks(seed: u64) -> Vec<Yardstick> {
    static KNOWN: Mutex<Vec<(u64, Vec<Yardstick>)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((_, yardsticks)) = known.iter().find(|(of, _)| *of == seed) {
        return yardsticks.clone();
    }
    let game = Game { scenario: book_shop(), seed, mode: Mode::Practice, entries: Vec::new() };
    let yardsticks = runs::all(&game, None, Run::YARDSTICKS.to_vec(), Vec::new()).unwrap().yardsticks;
    known.push((seed, yardsticks.clone()));
    yardsticks
}

/// Lets a responder play, and grades the drill with each of its actions weighed.
fn graded(responder: &mut dyn Responder, seed: u64) -> (Game, Report) {
    let scenario = book_shop();
    let mut drill = Drill::new(Arc::clone(&scenario), seed, Mode::Practice).unwrap();
    responders::play(&mut drill, responder, &mut |_| true);
    let game = Game {
        scenario: Arc::clone(&scenario),
        seed,
        mode: Mode::Practice,
        entries: drill.entries().to_vec(),
    };
    let own = game.all_runs().into_iter().filter(|run| run.responder().is_none()).collect();
    let runs = runs::all(&game, None, own, yardsticks(seed)).unwrap();
    let report = compose(&scenario, runs.trainee.as_ref().unwrap(), &runs);
    (game, report)
}

fn scripted(lines: &str, seed: u64) -> Report {
    let lines = script::parse(lines, &book_shop().calendar()).unwrap();
    graded(&mut Scripted::new(lines), seed).1
}

fn part(report: &Report, name: &str) -> f64 {
    report.grade.parts.iter().find(|part| part.name == name).unwrap().points.unwrap()
}

fn told(report: &Report) -> String {
    let parts: Vec<String> = report
        .grade
        .parts
        .iter()
        .map(|part| format!("{} {:?} {:?}", part.name, part.points, part.inputs))
        .collect();
    format!("{} {}\n{}\n{:?}", report.grade.score, report.sentence, parts.join("\n"), report.worth)
}

#[test]
fn scripted_responders_score_in_their_order() {
    let mut trials = Vec::new();
    for seed in [1, 2] {
        trials.extend(validity::play(&book_shop(), seed, true, &mut |_| true).unwrap().unwrap());
    }
    let validity = Validity::of("book-shop", true, trials).unwrap();
    for claim in &validity.order {
        assert!(claim.holds && claim.seeds == 2, "{claim:?}\n{:#?}", validity.trials);
    }
}

/// The shop's alert rules.
const ALERTS: [&str; 2] = ["DatabaseResponseTimeHigh", "ErrorsHigh"];

/// A cheat must not earn more than this.
const NEXT_TO_NOTHING: f64 = 25.0;

fn check_cheat(lines: &str) -> Report {
    let report = scripted(lines, 1);
    assert!(report.grade.score <= NEXT_TO_NOTHING, "{}", told(&report));
    report
}

#[test]
fn naming_everything_earns_next_to_nothing() {
    let objects = [
        "books_stock_idx",
        "books_price_idx",
        "orders_customer_idx",
        "orders_created_idx",
        "reviews_book_idx",
        "reviews_created_idx",
        "reviews_book_brin",
        "books_pkey",
        "orders_pkey",
        "reviews_pkey",
    ];
    let mechanisms = ["index-dropped", "wrong-access-method", "invalid-index", "stale-statistics"];
    let lines: Vec<String> = objects
        .iter()
        .flat_map(|object| mechanisms.map(|mechanism| format!("diagnose pg-1 {object} {mechanism}")))
        .collect();
    let report = check_cheat(&format!("12:07:00 ack all\n{}", lines.join("\n")));
    assert!(report.milestones.iter().any(|pair| pair.name == "diagnosed" && pair.at.is_some()));
    assert_eq!(part(&report, "precision"), 0.0);
}

#[test]
fn scaling_to_zero_earns_next_to_nothing_and_does_not_count_as_mitigation() {
    let report = check_cheat("12:07:00 ack all\nkubectl scale deployment/web --replicas=0");
    assert!(report.milestones.iter().any(|pair| pair.name == "mitigated" && pair.at.is_none()));
    assert_eq!(part(&report, "impact"), 0.0);
    assert_ne!(report.worth[0].verdict, "useful");
}

#[test]
fn deleting_the_pods_earns_next_to_nothing() {
    let report = check_cheat("12:07:00 kubectl delete pod -l app=web\n+60s kubectl delete pod -l app=web");
    assert!(part(&report, "impact") < 1.0, "{}", told(&report));
}

#[test]
fn taking_every_page_and_doing_nothing_earns_next_to_nothing() {
    let report = check_cheat("12:06:00 ack all\n+60s ack all\n+60s ack all\n+60s resolve 'no alert is open'");
    assert!(report.milestones.iter().any(|pair| pair.name == "resolved" && pair.at.is_none()));
}

#[test]
fn silencing_the_alerts_earns_next_to_nothing_and_resolves_nothing() {
    // Once they have paged, and before the first of them does.
    for from in ["12:07:00", "12:01:00"] {
        let silences: Vec<String> =
            ALERTS.iter().map(|alert| format!("{from} silence {alert} 3h noise")).collect();
        let report = check_cheat(&format!("{}\n12:20:00 resolve 'no alert pages'", silences.join("\n")));
        assert!(
            report.milestones.iter().any(|pair| pair.name == "resolved" && pair.at.is_none()),
            "from {from}: {}",
            told(&report)
        );
        assert!(part(&report, "impact") < 1.0, "from {from}: {}", told(&report));
    }
}

#[test]
fn blocking_all_traffic_earns_next_to_nothing_and_does_not_count_as_mitigation() {
    let report =
        check_cheat("12:07:00 ack all\nconfig set lb.rate_limit 1\n12:20:00 resolve 'alerts are gone'");
    assert!(
        report.milestones.iter().any(|pair| pair.name == "mitigated" && pair.at.is_none()),
        "{}",
        told(&report)
    );
    assert!(part(&report, "impact") < 1.0, "{}", told(&report));
}

#[test]
fn resolving_at_once_earns_next_to_nothing() {
    let report = check_cheat("12:06:30 ack all\nresolve 'false alarm'");
    assert!(report.wrong_turns.iter().any(|turn| turn.what == "it is over"));
    assert!(report.milestones.iter().any(|pair| pair.name == "resolved" && pair.at.is_none()));
}

#[test]
fn restarting_in_a_loop_earns_next_to_nothing() {
    let restarts: Vec<String> = (8..30)
        .step_by(3)
        .map(|minute| format!("12:{minute:02}:00 kubectl rollout restart deployment/web"))
        .collect();
    let report = check_cheat(&restarts.join("\n"));
    assert!(part(&report, "impact") < 2.0, "{}", told(&report));
}

#[test]
fn an_action_is_worth_the_difference_to_the_drill_without_it() {
    let scenario = book_shop();
    let causes = scenario.variant(1).harmful;
    let script = format!(
        "12:07:00 ack all\n12:07:30 rollback CHG-999\n12:08:00 rollback {}\n+5s kubectl rollout restart deployment/web\n12:12:00 rollback {}",
        causes[0], causes[1]
    );
    let report = scripted(&script, 1);
    let worth = |start: &str| report.worth.iter().find(|worth| worth.line.starts_with(start)).unwrap();
    // There is no such change: the drill without the line is the same, event for event.
    assert_eq!(worth("rollback CHG-999").verdict, "without effect");
    let first = worth(&format!("rollback {}", causes[0]));
    assert_eq!((first.verdict, first.decisive), ("useful", true), "{}", told(&report));
    assert!(first.visitors > 0 && first.cents > 0, "{first:?}");
    // The second cause alone would not have kept the shop down: to take it back is right all the same, and costs nothing.
    assert_eq!(part(&report, "precision"), 15.0 - 4.0, "{}", told(&report));
    assert_ne!(worth("kubectl").verdict, "useful", "{}", told(&report));
    let page = markdown::render(&layout::document(&report));
    assert!(page.contains("Visitors and money are counted between 12:04 and 12:55."), "{page}");
}

/// The trainee's run of a game to its end, and as it ends where it meets the ideal response.
fn whole_and_joined(responder: &str, seed: u64) -> [Outcome; 2] {
    let scenario = book_shop();
    let variant = scenario.variant(seed);
    let mut responder =
        responders::by_name(responder, Making { scenario: &scenario, variant: &variant, seed }).unwrap();
    let (game, _) = graded(&mut *responder, seed);
    [Vec::new(), yardsticks(seed)]
        .map(|known| runs::all(&game, None, vec![Run::Trainee], known).unwrap().trainee.unwrap())
}

#[test]
fn a_drill_that_goes_on_as_the_ideal_one_comes_to_what_it_would_have_come_to() {
    // The ideal response itself: nothing is different but that less was simulated.
    let [whole, joined] = whole_and_joined("ideal", 2);
    assert!(joined.events < whole.events, "{} of {} events", joined.events, whole.events);
    assert_eq!((joined.impact, joined.ended, &joined.series), (whole.impact, whole.ended, &whole.series));
    assert_eq!(joined.milestones, whole.milestones);
    // Somebody else: the rest is another healthy shop's, which differs by chance.
    let [whole, joined] = whole_and_joined("methodical", 3);
    assert!(joined.events < whole.events, "{} of {} events", joined.events, whole.events);
    assert_eq!((joined.ended, joined.series.len()), (whole.ended, whole.series.len()));
    assert_eq!(joined.milestones, whole.milestones);
    assert_eq!(joined.impact.visitors, whole.impact.visitors, "the same visitors come");
    let (affected, of) = (joined.impact.affected.abs_diff(whole.impact.affected), whole.impact.visitors);
    assert!(affected * 500 <= of, "{affected} of {of} visitors");
}

#[test]
fn a_replay_that_waits_for_the_ideal_run_can_be_given_up() {
    let scenario = book_shop();
    let variant = scenario.variant(2);
    let making = Making { scenario: &scenario, variant: &variant, seed: 2 };
    let (game, _) = graded(&mut *responders::by_name("ideal", making).unwrap(), 2);
    let perform = |task: Task, going: bool| {
        let mut emitted = Vec::new();
        let ended = task.perform(&game, &mut |task| emitted.push(task), &mut |_| going).unwrap();
        (ended, emitted)
    };
    let (_, opened) = perform(Task::first(None, vec![Run::Trainee, Run::Ideal], &[]), true);
    let own = opened.into_iter().find(|task| task.run() == Some(Run::Trainee)).unwrap();
    let (Ended::Later(own), _) = perform(own, true) else {
        panic!("the ideal run is not there to be joined")
    };
    let (Ended::Later(own), _) = perform(own, true) else { panic!("nor is it now") };
    assert!(matches!(perform(own, false), (Ended::Nothing, _)));
}

#[test]
fn a_report_is_made_from_a_journal_alone_in_the_same_bytes() {
    let scenario = book_shop();
    let variant = scenario.variant(2);
    let making = Making { scenario: &scenario, variant: &variant, seed: 2 };
    let (game, first) = graded(&mut *responders::by_name("ideal", making).unwrap(), 2);
    let runs = runs::all(&game, None, game.all_runs(), Vec::new()).unwrap();
    let second = compose(&scenario, runs.trainee.as_ref().unwrap(), &runs);
    let documents = [&first, &second].map(layout::document);
    assert_eq!(html::render(&documents[0]), html::render(&documents[1]));
    assert_eq!(markdown::render(&documents[0]), markdown::render(&documents[1]));
    assert_eq!(text::render(&documents[0], 100), text::render(&documents[1], 100));
    assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&second).unwrap());
    for milestone in Milestone::ALL {
        assert!(
            first.milestones.iter().any(|pair| pair.name == milestone.word() && pair.at.is_some()),
            "{milestone:?}"
        );
    }
}
