//! Tests of the `cli` room: the binary as a person or a script runs it.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the binary with a data directory of its own and no terminal.
fn firedrill(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_firedrill"))
        .args(arguments)
        .env("FIREDRILL_HOME", home)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Runs the binary and compares its exit status and standard error; nothing may stand on standard output.
fn check_failure(arguments: &[&str], status: i32, expected: &str) {
    let home = tempfile::tempdir().unwrap();
    let output = firedrill(home.path(), arguments);
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected, "{arguments:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
    assert_eq!(output.status.code(), Some(status), "{arguments:?}");
}

fn stdout(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let output = firedrill(home.path(), arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_scenario_that_does_not_exist_is_told_with_the_nearest_name() {
    check_failure(
        &["simulate", "jun-4"],
        1,
        "firedrill: there is no scenario `jun-4`; did you mean `june-4`?\n",
    );
    check_failure(&["exec", "jun-4"], 1, "firedrill: there is no scenario `jun-4`; did you mean `june-4`?\n");
    check_failure(&["plan", "jun-4"], 1, "firedrill: there is no scenario `jun-4`; did you mean `june-4`?\n");
    check_failure(&["play", "jun-4"], 1, "firedrill: there is no scenario `jun-4`; did you mean `june-4`?\n");
}

#[test]
fn a_responder_that_does_not_exist_is_told_with_the_nearest_name() {
    check_failure(
        &["simulate", "june-4", "--responder", "idael"],
        1,
        "firedrill: there is no responder or file `idael`; did you mean `ideal`?\n",
    );
}

#[test]
fn what_needs_a_terminal_says_so_without_one() {
    let sentence = "firedrill: this needs a terminal; `firedrill exec` runs a drill and `firedrill debrief` prints a report \
                    without one\n";
    check_failure(&[], 1, sentence);
    check_failure(&["play", "june-4"], 1, sentence);
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_status_2() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["simulate"][..],
        &["simulate", "june-4", "--seed", "minus-one"],
        &["play", "june-4", "--speed", "61"],
        &["play", "--mode", "nightmare"],
        &["play", "june-4", "--mode", "exam", "--speed", "2"],
        &["plan"],
        &["frobnicate"],
    ] {
        let output = firedrill(home.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?} said nothing");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_script_that_makes_no_sense_is_told_with_file_and_line() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("night.txt");
    std::fs::write(&script, "alerts\n15:61 alerts\n+never alerts\n").unwrap();
    let path = script.display();
    check_failure(
        &["exec", "june-4", "--script", script.to_str().unwrap()],
        1,
        &format!(
            "firedrill: {path}:2: `15:61` is not a time; expected `HH:MM:SS`\n\
             {path}:3: `+never` is not a time; expected `+90s`, `+5m` or `+1h30m`\n"
        ),
    );
}

#[test]
fn a_broken_scenario_is_told_with_file_line_column_and_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scenario.ron"), "(\n    id: \"x\",\n    titel: \"y\",\n)\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let output = firedrill(folder.path(), &["check", path]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(&format!("{path}/scenario.ron:3:")), "{text}");
    assert!(text.contains("titel") && text.contains("expected"), "{text}");
}

#[test]
fn a_check_of_a_folder_without_a_scenario_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    check_failure(
        &["check", path],
        1,
        &format!("firedrill: {path} holds no scenario.ron, and no folder with one\n"),
    );
}

#[test]
fn the_built_in_scenarios_are_in_order() {
    assert_eq!(stdout(&["check"]), "june-4: ok\ntour: ok\n");
}

#[test]
fn json_is_one_document_and_nothing_else() {
    let list: serde_json::Value = serde_json::from_str(&stdout(&["list", "--json"])).unwrap();
    assert_eq!(list[0]["id"], "june-4");
    assert_eq!(list[0]["date"], "2024-06-04");
    assert!(list[0]["best"].is_null());
    let history: serde_json::Value = serde_json::from_str(&stdout(&["history", "--json"])).unwrap();
    assert_eq!(history, serde_json::json!([]));
}

#[test]
fn an_empty_history_is_told_in_words() {
    assert_eq!(stdout(&["history"]), "No drill has been finished yet.\n");
}

#[test]
fn a_history_that_is_none_is_told_with_its_file_and_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    std::fs::write(&path, "these are not the pages of a database").unwrap();
    let output = firedrill(home.path(), &["history"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "firedrill: the history {}: file is not a database; move the file away to start a fresh history\n",
            path.display()
        )
    );
}

#[test]
fn a_history_of_a_later_version_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.sqlite");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    let output = firedrill(home.path(), &["history", "--json"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "firedrill: {} was written by a later version of firedrill (format 9, this one knows 1)\n",
            path.display()
        )
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn two_drills_of_one_scenario_stand_side_by_side() {
    let home = tempfile::tempdir().unwrap();
    let journal = |responder: &str| {
        let path = home.path().join(format!("{responder}.jsonl")).to_str().unwrap().to_owned();
        let arguments = [
            "simulate",
            "tour",
            "--responder",
            responder,
            "--no-counterfactuals",
            "--journal",
            &path,
            "--json",
        ];
        assert!(firedrill(home.path(), &arguments).status.success());
        path
    };
    let (ideal, real) = (journal("ideal"), journal("real"));
    let text = String::from_utf8(firedrill(home.path(), &["compare", &ideal, &real]).stdout).unwrap();
    for words in ["A: ", "B: ", "SCORE", "diagnosis", "MILESTONES", "mitigated", "HARM"] {
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }
    let output = firedrill(home.path(), &["compare", &ideal, &real, "--json"]);
    let both: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let score = |which: &str| both[which]["grade"]["score"].as_f64().unwrap();
    assert!(score("a") > score("b"), "the ideal response is better than the real one");
}

#[test]
fn the_order_of_responders_is_checked_over_seeds_and_the_exit_status_tells() {
    let run = |jobs: &str| {
        let home = tempfile::tempdir().unwrap();
        let shop = "tests/it/debrief/book-shop";
        firedrill(home.path(), &["validity", shop, "--seeds", "1..2", "--jobs", jobs, "--format", "json"])
    };
    let (one, two) = (run("1"), run("2"));
    assert_eq!(one.stdout, two.stdout, "the number of cores changes nothing");
    let validity: serde_json::Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(validity["trials"].as_array().unwrap().len(), 12);
    let holds = validity["order"].as_array().unwrap().iter().all(|claim| claim["holds"] == true);
    assert_eq!(one.status.success(), holds);
    check_failure(
        &["validity", "june-4", "--seeds", "9..1"],
        2,
        "error: invalid value '9..1' for '--seeds <A..B>': 9 is above 1\n\nFor more information, try '--help'.\n",
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_firedrill"))
        .args(["completions", "zsh"])
        .env("FIREDRILL_HOME", home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_journal_that_cannot_be_used_is_refused_in_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("drill.jsonl");
    let name = path.to_str().unwrap();
    check_failure(
        &["debrief", "nothing-here"],
        1,
        "firedrill: there is no journal nothing-here; `firedrill history` lists them\n",
    );
    std::fs::write(&path, "").unwrap();
    check_failure(&["debrief", name], 1, &format!("firedrill: {name}: the journal is empty\n"));
    let header = "{\"firedrill\":\"journal\",\"format\":1,\"scenario\":\"june-4\",\"content\":\"00\",\"seed\":1,\
                  \"mode\":\"practice\",\"version\":\"0.0.9\"}\n";
    std::fs::write(&path, header).unwrap();
    let output = firedrill(home.path(), &["debrief", name]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("another version of june-4 (content 00, written by firedrill 0.0.9;"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_drill_of_a_scenario_in_a_folder_is_debriefed_with_the_folder_named() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("drill.jsonl");
    let (shop, name) = ("tests/it/debrief/book-shop", path.to_str().unwrap());
    let responder = ["--responder", "ideal", "--no-counterfactuals", "--journal", name];
    let played = firedrill(home.path(), &[&["simulate", shop, "--json"], &responder[..]].concat());
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    let id = serde_json::from_slice::<serde_json::Value>(&played.stdout).unwrap()["scenario"].clone();
    let id = id.as_str().unwrap();
    for command in [&["debrief", name][..], &["replay", name], &["compare", name, name]] {
        check_failure(
            command,
            1,
            &format!(
                "firedrill: {name}: a drill of {id}, which is not built in; name its folder with --scenario\n"
            ),
        );
    }
    check_failure(
        &["debrief", name, "--scenario", "src"],
        1,
        "firedrill: src: there is no scenario.ron in this folder\n",
    );
    let refused = firedrill(home.path(), &["debrief", name, "--scenario", "scenarios/tour"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(id) && said.lines().count() == 1, "{said}");
    let report = firedrill(home.path(), &["debrief", name, "--scenario", shop, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    assert!(report["grade"]["score"].as_f64().unwrap() > 50.0);
    let both = firedrill(home.path(), &["compare", name, name, "--scenario", shop]);
    assert!(both.status.success(), "{}", String::from_utf8_lossy(&both.stderr));
}

#[test]
fn the_committed_manual_page_and_completions_are_those_of_the_program() {
    let committed = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
    };
    let regenerate = "run assets/regenerate";
    assert!(stdout(&["man"]) == committed("firedrill.1"), "firedrill.1 is out of date: {regenerate}");
    for (shell, name) in [("bash", "firedrill.bash"), ("zsh", "_firedrill"), ("fish", "firedrill.fish")] {
        assert!(stdout(&["completions", shell]) == committed(name), "{name} is out of date: {regenerate}");
    }
}

#[test]
fn a_scenarios_statements_are_planned_with_its_servers_settings() {
    let folder = tempfile::tempdir().unwrap();
    let sql = folder.path().join("query.sql");
    std::fs::write(&sql, "SELECT id, total_cents FROM orders WHERE id = 31234567").unwrap();
    let sql = sql.to_str().unwrap();
    // One page of the index and one of the table: 2 × 1.1 with the server's random_page_cost, 2 × 4 by default.
    let scan = |cost: &str| {
        format!(
            "Index Scan using orders_pkey on orders  (cost=0.56..{cost} rows=1 width=12)\n  Index Cond: (id = 31234567)\n"
        )
    };
    assert_eq!(stdout(&["plan", "june-4", "--sql", sql]), scan("2.78"));
    assert_eq!(stdout(&["plan", "june-4", "--sql", sql, "--set", "random_page_cost=4"]), scan("8.58"));
}
