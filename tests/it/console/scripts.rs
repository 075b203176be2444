//! Shell scripts as people keep them, each run whole, as `firedrill exec` runs it, in the corpus's shop at a fixed time. Beside
//! `scripts/NAME.sh` stands `NAME.out`: everything that it printed (`! ` before what went to standard error) and its exit
//! status. `UPDATE_CORPUS=1 cargo test --test it console::scripts` writes the latter anew; `shellcheck` finds nothing to say of
//! the former.

use super::corpus::{answer, opened};
use firedrill::drill::script;
use std::path::{Path, PathBuf};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/console/scripts");

fn scripts() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "sh")).collect();
    found.sort();
    found
}

/// What a script prints, and its exit status.
fn run(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let mut drill = opened();
    let lines = script::parse(&text, &drill.scenario().calendar()).unwrap();
    assert_eq!(lines.len(), 1, "a script is entered as a whole");
    let mut printed = answer(&mut drill, &[lines[0].command.clone()]);
    printed.extend(answer(&mut drill, &["echo \"[exit $?]\"".to_owned()]));
    printed.join("\n") + "\n"
}

#[test]
fn scripts_run_unchanged() {
    let scripts = scripts();
    assert!(scripts.len() >= 8, "only {} scripts", scripts.len());
    let mut failures = Vec::new();
    for path in &scripts {
        let found = run(path);
        let beside = path.with_extension("out");
        if std::env::var_os("UPDATE_CORPUS").is_some() {
            std::fs::write(&beside, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if found != expected {
            failures.push(format!("{}\n--- expected\n{expected}--- found\n{found}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn scripts_are_about_twenty_lines_of_shell() {
    for path in scripts() {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!((20..=45).contains(&lines), "{}: {lines} lines", path.display());
    }
}
