//! Filters against the machine's own tools: `cases.txt` holds command lines, `input.txt` what they read, and `expected.txt`
//! what GNU's grep, sort and so on answered to each (`expect.sh` writes it).

use firedrill::console::filter;

const INPUT: &str = include_str!("input.txt");
const EXPECTED: &str = include_str!("expected.txt");

/// Command line, output and exit status of each case.
fn cases() -> Vec<(&'static str, String, u8)> {
    let mut cases = Vec::new();
    let mut rest = EXPECTED;
    while let Some(start) = rest.strip_prefix("$ ") {
        let (line, after) = start.split_once('\n').unwrap();
        let end = after.find("[exit ").unwrap();
        let (output, after) = after.split_at(end);
        let (status, after) = after["[exit ".len()..].split_once("]\n").unwrap();
        cases.push((line, output.to_owned(), status.parse().unwrap()));
        rest = after;
    }
    cases
}

#[test]
fn filters_answer_as_the_machines_own_tools_do() {
    let mut failures = Vec::new();
    let cases = cases();
    assert!(cases.len() > 200, "only {} cases were read", cases.len());
    for (line, expected, status) in &cases {
        let found = filter(line, INPUT);
        if found.output != *expected || found.status != *status {
            failures.push(format!(
                "$ {line}\n--- expected [exit {status}]\n{expected}--- found [exit {}]\n{}{}",
                found.status, found.output, found.errors
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn an_option_that_a_filter_has_not_is_refused_in_getopts_words() {
    let errors = |line| filter(line, "").errors;
    assert_eq!(errors("grep -k x"), "grep: invalid option -- 'k'\nTry 'man grep' for more information.\n");
    assert_eq!(
        errors("sort --nope"),
        "sort: unrecognized option '--nope'\nTry 'man sort' for more information.\n"
    );
    assert_eq!(errors("head -n x"), "head: invalid number of lines: 'x'\n");
    assert_eq!(
        errors("cut"),
        "cut: you must specify a list of bytes, characters, or fields\nTry 'man cut' for more information.\n"
    );
    assert_eq!(errors("awk '{print'"), "awk: syntax error at end of program\n");
    assert_eq!(errors("grep '('"), "");
    assert_eq!(errors("grep -E '('"), "grep: Unmatched ( or \\(\n");
    assert_eq!(errors("sed s/a"), "sed: -e expression #1, char 3: unterminated `s' command\n");
}

#[test]
fn an_awk_program_that_never_ends_is_stopped() {
    let found = filter("awk 'BEGIN {while (1) n++}'", "");
    assert_eq!(
        (found.errors.as_str(), found.status),
        ("awk: the program ran too long or printed too much\n", 2)
    );
}
