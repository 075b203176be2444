//! Command lines as engineers type them, each with everything that it prints. `corpus.txt` is one long session in a small
//! shop: a line that starts with `$ ` is typed (further lines of it start with `> `), the rest is what came back, `! ` before
//! what went to standard error. `UPDATE_CORPUS=1 cargo test --test it console::corpus` writes it anew.

use firedrill::console::transcript::LineKind;
use firedrill::drill::{Drill, Input, Mode, TICK};
use firedrill::kernel::SimTime;
use std::path::Path;
use std::sync::Arc;

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/scenarios/corner-shop");
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/console/corpus/corpus.txt");
/// When the session begins: the index is gone and the release is out.
const STARTS_S: u64 = 20 * 60;
/// Longest that one command may take, in ticks of the drill.
const LONGEST: usize = 20 * 60 * 10;

/// One case: a heading or comment to keep, the lines typed, and what is expected.
struct Case {
    before: Vec<String>,
    typed: Vec<String>,
    expected: Vec<String>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut before = Vec::new();
    let mut typing = false;
    for line in text.lines() {
        if let Some(typed) = line.strip_prefix("$ ") {
            cases.push(Case {
                before: std::mem::take(&mut before),
                typed: vec![typed.to_owned()],
                expected: Vec::new(),
            });
            typing = true;
        } else if let (true, Some(typed), Some(case)) = (typing, line.strip_prefix("> "), cases.last_mut()) {
            case.typed.push(typed.to_owned());
        } else if line.starts_with("## ") {
            before.push(line.to_owned());
            typing = false;
        } else if let Some(case) = cases.last_mut() {
            case.expected.push(line.to_owned());
            typing = false;
        }
    }
    cases
}

/// The drill at the session's start.
pub(super) fn opened() -> Drill {
    let read = |name: &str| std::fs::read_to_string(Path::new(SCENARIO).join(name)).ok();
    let loaded = firedrill::scenario::load("corner-shop", read);
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    let scenario = loaded.scenario.unwrap();
    let mut drill = Drill::new(Arc::new(scenario), 1, Mode::Practice).unwrap();
    drill.open();
    drill.advance_to(SimTime::from_secs(STARTS_S));
    drill
}

/// Types a command and gives what it printed.
pub(super) fn answer(drill: &mut Drill, typed: &[String]) -> Vec<String> {
    let seen = drill.transcript().total();
    for line in typed {
        drill.input(Input::Line(line.clone()));
    }
    for _ in 0..LONGEST {
        if !drill.is_busy() {
            break;
        }
        drill.advance_to(drill.now() + TICK);
    }
    if drill.is_busy() {
        drill.input(Input::Interrupt);
    }
    let shown = drill.transcript().since(seen).filter(|line| line.kind != LineKind::Prompt);
    let shown = shown.map(|line| match line.kind {
        LineKind::Error => format!("! {}", line.text),
        _ => line.text.clone(),
    });
    shown.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn every_line_of_the_corpus_prints_what_it_did() {
    let text = std::fs::read_to_string(CORPUS).unwrap();
    let cases = cases(&text);
    let mut drill = opened();
    let mut written = String::new();
    let mut failures = Vec::new();
    for case in &cases {
        let found = answer(&mut drill, &case.typed);
        for heading in &case.before {
            written.push_str(&format!("{heading}\n"));
        }
        for (place, typed) in case.typed.iter().enumerate() {
            written.push_str(&format!("{} {typed}\n", if place == 0 { '$' } else { '>' }));
        }
        found.iter().for_each(|line| written.push_str(&format!("{line}\n")));
        if found != case.expected {
            let line = case.typed.join("\n> ");
            let (found, expected) = (found.join("\n"), case.expected.join("\n"));
            failures.push(format!("$ {line}\n--- expected\n{expected}\n--- found\n{found}\n"));
        }
    }
    if std::env::var_os("UPDATE_CORPUS").is_some() {
        std::fs::write(CORPUS, written).unwrap();
        return;
    }
    assert!(cases.len() >= 600, "only {} command lines", cases.len());
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// The heading under which programs stand that aren't there, for what is said instead.
const ELSEWHERE: &str = "## Programs that aren't here";

#[test]
fn no_line_of_the_corpus_is_answered_with_command_not_found() {
    let text = std::fs::read_to_string(CORPUS).unwrap();
    let mut heading = String::new();
    let mut missing = Vec::new();
    for case in cases(&text) {
        if let Some(last) = case.before.last() {
            heading.clone_from(last);
        }
        let unknown = case.expected.iter().any(|line| line.contains("command not found"));
        if heading == ELSEWHERE {
            let says = case.expected.iter().filter(|line| !line.contains("command not found")).count();
            assert!(unknown && says > 0, "{}: what serves instead isn't said", case.typed.join(" "));
        } else if unknown {
            missing.push(case.typed.join(" "));
        }
    }
    // Those that are there for their hints.
    assert_eq!(missing, ["foo | bar", "vim /etc/hosts", "kubeclt get pods"]);
}
