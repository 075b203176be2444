//! The shell's language, history and records: what holds for any input.

use firedrill::console::incident::{Incident, MAX_ENTRIES, MessageKind, Severity};
use firedrill::console::transcript::{LineKind, MAX_LINES, Transcript};
use firedrill::console::{History, filter};
use firedrill::kernel::SimTime;
use proptest::prelude::*;

/// A text inside single quotes.
fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text inside double quotes.
fn double_quoted(text: &str) -> String {
    let escaped: String =
        text.chars().flat_map(|c| if "$`\"\\".contains(c) { vec!['\\', c] } else { vec![c] }).collect();
    format!("\"{escaped}\"")
}

proptest! {
    #[test]
    fn any_line_is_answered_without_a_panic(line in "[ a-z0-9'\"$(){}|;&<>\\\\!#`=~*\n-]{0,60}") {
        let _ = filter(&line, "one\ntwo\n");
    }

    #[test]
    fn reserved_words_in_any_order_are_answered_without_a_panic(words in prop::collection::vec(prop::sample::select(vec![
        "for", "x", "in", "do", "done", "while", "until", "if", "then", "elif", "else", "fi", "case", "esac", ";", ";;", "&&",
        "|", "(", ")", "{", "}", "[[", "]]", "$((", "))", "((", "<<E", "E", "\n", "${x#", "${x:-", "$(", "`", "'", "\"", "!",
        "f()", "function", "< <(", "2>&1", ">", "echo", "=", "*",
    ]), 0..16)) {
        let _ = filter(&words.join(" "), "one\ntwo\n");
        let _ = filter(&words.concat(), "");
    }

    #[test]
    fn a_text_in_single_quotes_reaches_the_command_unchanged(text in "[^\0]{1,40}") {
        prop_assume!(!text.starts_with('-'));
        prop_assert_eq!(filter(&format!("echo {}", single_quoted(&text)), "").output, format!("{text}\n"));
    }

    #[test]
    fn a_text_in_double_quotes_reaches_the_command_unchanged(text in "[^\0]{1,40}") {
        prop_assume!(!text.starts_with('-'));
        prop_assert_eq!(filter(&format!("echo {}", double_quoted(&text)), "").output, format!("{text}\n"));
    }

    #[test]
    fn sorting_keeps_every_line_and_sort_u_is_sort_and_uniq(lines in prop::collection::vec("[a-c0-3 ]{0,4}", 0..30)) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let sorted = filter("sort", &text).output;
        let mut expected: Vec<&String> = lines.iter().collect();
        expected.sort();
        prop_assert_eq!(&sorted, &expected.iter().map(|line| format!("{line}\n")).collect::<String>());
        prop_assert_eq!(filter("sort -u", &text).output, filter("sort | uniq", &text).output);
        prop_assert_eq!(filter("sort -r", &text).output, filter("sort | tac", &text).output);
    }

    #[test]
    fn head_and_tail_part_a_text_without_loss(lines in prop::collection::vec("[a-z]{0,3}", 0..20), at in 0_usize..25) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let head = filter(&format!("head -n {at}"), &text).output;
        let tail = filter(&format!("tail -n +{}", at + 1), &text).output;
        prop_assert_eq!(head + &tail, text);
    }

    #[test]
    fn grep_and_its_inverse_part_the_lines(lines in prop::collection::vec("[ab]{0,4}", 0..20)) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let with = filter("grep -c a", &text).output.trim().parse::<usize>().unwrap();
        let without = filter("grep -vc a", &text).output.trim().parse::<usize>().unwrap();
        prop_assert_eq!(with + without, lines.len());
    }
}

#[test]
fn a_line_that_cannot_be_read_is_refused_in_bashs_words() {
    let errors = |line| filter(line, "").errors;
    assert_eq!(errors("| grep"), "bash: syntax error near unexpected token `|'\n");
    assert_eq!(errors("echo a &&"), "bash: syntax error near unexpected token `newline'\n");
    assert_eq!(errors("echo 'a"), "bash: unexpected EOF while looking for matching `''\n");
    assert_eq!(errors("echo )"), "bash: syntax error near unexpected token `)'\n");
    assert_eq!(errors("for x in a"), "bash: syntax error: unexpected end of file\n");
    assert_eq!(errors("done"), "bash: syntax error near unexpected token `done'\n");
    assert_eq!(errors("echo ${x@Q}"), "bash: this parameter expansion is not available in this shell\n");
}

#[test]
fn history_expands_events_and_finds_older_lines() {
    let mut history = History::default();
    for line in ["alerts", "kubectl get pods", "kubectl get pods", " secret", "psql -c 'SELECT 1'"] {
        history.push(line);
    }
    assert_eq!(history.lines(), ["alerts", "kubectl get pods", "psql -c 'SELECT 1'"]);
    assert_eq!(history.expand("!k | wc").unwrap(), "kubectl get pods | wc");
    assert_eq!(history.expand("!!").unwrap(), "psql -c 'SELECT 1'");
    assert_eq!(history.expand("!1; !-2").unwrap(), "alerts; kubectl get pods");
    assert_eq!(history.expand("echo '!k' wow! !").unwrap(), "echo '!k' wow! !");
    assert_eq!(history.expand("!nothing").unwrap_err(), "bash: !nothing: event not found");
    assert_eq!(history.search_back("get", 3), Some(1));
    assert_eq!(history.search_back("get", 1), None);
}

#[test]
fn the_transcript_is_bounded_and_numbers_its_lines_for_ever() {
    let mut transcript = Transcript::default();
    for number in 0..MAX_LINES + 5 {
        transcript.push(SimTime::ZERO, LineKind::Output, &number.to_string());
    }
    assert_eq!(transcript.lines().len(), MAX_LINES);
    assert_eq!(transcript.total(), MAX_LINES as u64 + 5);
    let last: Vec<&str> = transcript.since(MAX_LINES as u64 + 3).map(|line| line.text.as_str()).collect();
    assert_eq!(last, [(MAX_LINES + 3).to_string(), (MAX_LINES + 4).to_string()]);
    assert_eq!(transcript.since(0).count(), MAX_LINES);
}

#[test]
fn the_incidents_record_is_bounded_and_takes_each_statement_once() {
    let mut incident = Incident::new();
    for number in 0..MAX_ENTRIES + 10 {
        incident.note(SimTime::ZERO, &number.to_string());
    }
    assert_eq!(incident.notes.len(), MAX_ENTRIES);
    assert!(incident.diagnose(SimTime::ZERO, "pg-1", "idx", "index-dropped"));
    assert!(!incident.diagnose(SimTime::from_secs(1), "pg-1", "idx", "index-dropped"));
    assert!(incident.acknowledge(SimTime::ZERO, "A") && !incident.acknowledge(SimTime::ZERO, "A"));
    incident.say(SimTime::ZERO, "oncall", MessageKind::Trainee, "hello");
    assert_eq!((incident.channel.len(), incident.messages_total), (1, 1));
    assert_eq!(Severity::parse("SEV-2"), Some(Severity::Sev2));
    assert_eq!(Severity::parse("5"), None);
}
