//! Scripts of console lines.

use firedrill::drill::script::{ScriptLine, When, parse, parse_span};
use firedrill::kernel::{Calendar, SimTime, Span};

/// 2024-06-04 14:30:00.
fn calendar() -> Calendar {
    Calendar::from_civil(2024, 6, 4, 14, 30, 0)
}

fn check(script: &str, expected: &str) {
    let text = match parse(script, &calendar()) {
        Ok(lines) => lines.iter().map(show).collect::<String>(),
        Err(problems) => problems.iter().map(|p| format!("{}: {}\n", p.line, p.message)).collect(),
    };
    assert_eq!(text, expected);
}

fn show(line: &ScriptLine) -> String {
    let when = match line.when {
        When::At(at) => calendar().clock(at),
        When::After(span) => format!("+{}s", span.as_secs_f64()),
        When::Next => "next".to_owned(),
    };
    format!("{} {when} | {}\n", line.number, line.command)
}

#[test]
fn each_form_of_a_line_is_read() {
    check(
        "# a comment\n\n15:00:05 alerts\n15:01 ack all\n+90s status\n+1h30m wait 5m\npsql -c 'select 1 # no comment'\n",
        "3 15:00:05 | alerts\n4 15:01:00 | ack all\n5 +90s | status\n6 +5400s | wait 5m\n7 next | psql -c 'select 1 # no comment'\n",
    );
}

#[test]
fn what_makes_no_sense_is_told_with_its_line() {
    check(
        "25:00 alerts\n+soon alerts\n15:10\n15:20 alerts\n15:19 alerts\n",
        "1: `25:00` is not a time; expected `HH:MM:SS`\n\
         2: `+soon` is not a time; expected `+90s`, `+5m` or `+1h30m`\n\
         3: `15:10` has no command behind it\n\
         5: 15:19:00 is earlier than a line before it\n",
    );
}

#[test]
fn spans_take_several_units() {
    assert_eq!(parse_span("90s"), Some(Span::from_secs(90)));
    assert_eq!(parse_span("1h30m"), Some(Span::from_mins(90)));
    assert_eq!(parse_span("2.5s"), Some(Span::from_millis(2_500)));
    assert_eq!(parse_span("250ms"), Some(Span::from_millis(250)));
    assert_eq!(parse_span("7"), Some(Span::from_secs(7)));
    assert_eq!(parse_span(""), None);
    assert_eq!(parse_span("5 m"), None);
    assert_eq!(parse_span("m5"), None);
    assert_eq!(parse_span("5y"), None);
}

#[test]
fn a_time_of_day_counts_from_the_scenarios_start() {
    let lines = parse("14:30:10 alerts", &calendar()).unwrap();
    assert_eq!(lines[0].when, When::At(SimTime::from_secs(10)));
}
