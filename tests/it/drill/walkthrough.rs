//! `docs/walkthrough.md` is played: each line that it shows at a prompt is entered at its time, and what the console answers
//! must be what the page shows.

use firedrill::console::transcript::LineKind;
use firedrill::drill::responders::{Scripted, play};
use firedrill::drill::{Drill, Mode, script};
use firedrill::scenario::{Milestone, embedded};
use std::{path::Path, sync::Arc};

const SEED: u64 = 1;
const PROMPT: &str = "oncall@bastion:~$ ";
const BOX: &str = "```text\n";
const BOX_END: &str = "```\n";

#[test]
fn the_walkthrough_finds_the_causes_and_shows_what_the_tools_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/walkthrough.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (drill, answers) = played(&page);
    let wanted = filled(&page, &answers);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        pretty_assert(&page, &wanted);
    }
    let milestones = drill.milestones();
    for milestone in [Milestone::Diagnosed, Milestone::Mitigated, Milestone::Resolved] {
        assert!(milestones.at(milestone).is_some(), "{milestone:?} was not reached");
    }
}

/// The first line that differs says more than two whole pages.
fn pretty_assert(page: &str, wanted: &str) {
    for (number, (found, wanted)) in page.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(found, wanted, "docs/walkthrough.md:{}: UPDATE_DOCS=1 writes it anew", number + 1);
    }
    assert_eq!(page.lines().count(), wanted.lines().count(), "docs/walkthrough.md is shorter or longer");
}

/// The lines at the page's prompts as a script.
fn script_of(page: &str) -> String {
    let entered = page.lines().filter_map(|line| line.strip_prefix('[')?.split_once("] "));
    entered.filter_map(|(at, line)| Some(format!("{at} {}\n", line.strip_prefix(PROMPT)?))).collect()
}

/// The drill, and the answer to each line: the prompt with it and all output up to the next.
fn played(page: &str) -> (Drill, Vec<String>) {
    let scenario = Arc::new(embedded::load_embedded("june-4").unwrap().scenario.unwrap());
    let lines = script::parse(&script_of(page), &scenario.calendar()).unwrap();
    let mut drill = Drill::new(Arc::clone(&scenario), SEED, Mode::Practice).unwrap();
    let mut script = Scripted::new(lines);
    play(&mut drill, &mut script, &mut |_| true);
    let calendar = scenario.calendar();
    let mut answers: Vec<String> = Vec::new();
    for line in drill.transcript().since(0) {
        match (line.kind, answers.last_mut()) {
            (LineKind::Prompt, _) => answers.push(format!("[{}] {}\n", calendar.clock(line.at), line.text)),
            (_, Some(answer)) => *answer += &format!("{}\n", line.text),
            (_, None) => {}
        }
    }
    (drill, answers)
}

/// The page with its boxes filled in.
fn filled(page: &str, answers: &[String]) -> String {
    let mut answers = answers.iter();
    let mut out = String::new();
    for (index, part) in page.split(BOX).enumerate() {
        if index == 0 {
            out += part;
            continue;
        }
        let (shown, prose) = part.split_once(BOX_END).unwrap();
        let prompts = shown.lines().filter(|line| line.starts_with('[') && line.contains(PROMPT)).count();
        let real: String = answers.by_ref().take(prompts).map(String::as_str).collect();
        out += BOX;
        out += real.trim_end_matches('\n');
        out += "\n";
        out += BOX_END;
        out += prose;
    }
    out
}
