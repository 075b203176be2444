//! Scripts of console lines: what `exec` runs, what a responder in a file is, and how the real team's actions are told.
//!
//! One command a line. `15:04:30 alerts` is entered at that time of the incident's day, `+90s alerts` that long after the
//! line before it, and a bare `alerts` as soon as the command before it has finished. `#` starts a comment line.
//!
//! A text that begins with `#!` is a shell script: it is entered as a whole, so that its functions, here-documents, `set -e`
//! and `exit` mean what they mean in a file.

use crate::kernel::{Calendar, SimTime, Span};

/// Most lines in a script.
pub const MAX_SCRIPT_LINES: usize = 10_000;

/// When a line is entered. A line never overtakes the one before it, and waits until the console is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At this instant.
    At(SimTime),
    /// This long after the line before it was entered (or after the shift began).
    After(Span),
    /// As soon as the console is free.
    Next,
}

/// One command of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptLine {
    /// Its line number in the script, from 1.
    pub number: usize,
    /// When it is entered.
    pub when: When,
    /// What is entered.
    pub command: String,
}

/// A line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptProblem {
    /// Its line number, from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub message: String,
}

/// Reads a script; times of day are those of `calendar`.
///
/// # Errors
/// Every line whose time cannot be read, and every time earlier than one before it.
pub fn parse(text: &str, calendar: &Calendar) -> Result<Vec<ScriptLine>, Vec<ScriptProblem>> {
    if text.starts_with("#!") {
        let command = whole(text);
        return Ok(vec![ScriptLine { number: 1, when: When::Next, command }]);
    }
    let mut lines = Vec::new();
    let mut problems = Vec::new();
    let mut latest = SimTime::ZERO;
    for (index, raw) in text.lines().enumerate() {
        let number = index + 1;
        let trimmed = raw.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if lines.len() >= MAX_SCRIPT_LINES {
            let message = format!("a script has at most {MAX_SCRIPT_LINES} commands");
            problems.push(ScriptProblem { line: number, message });
            break;
        }
        match parse_line(trimmed, calendar) {
            Ok((When::At(at), _)) if at < latest => {
                let message = format!("{} is earlier than a line before it", calendar.clock(at));
                problems.push(ScriptProblem { line: number, message });
            }
            Ok((when, command)) => {
                if let When::At(at) = when {
                    latest = at;
                }
                lines.push(ScriptLine { number, when, command: command.to_owned() });
            }
            Err(message) => problems.push(ScriptProblem { line: number, message }),
        }
    }
    if problems.is_empty() { Ok(lines) } else { Err(problems) }
}

/// A shell script as one command: a here-document for `bash`, with a delimiter that no line of it is.
fn whole(text: &str) -> String {
    let mut delimiter = String::from("END_OF_SCRIPT");
    while text.lines().any(|line| line == delimiter) {
        delimiter.push('_');
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("bash <<'{delimiter}'\n{text}{end}{delimiter}\n")
}

fn parse_line<'a>(line: &'a str, calendar: &Calendar) -> Result<(When, &'a str), String> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let timed = |when: Option<When>, expected: &str| match (when, rest.trim()) {
        (None, _) => Err(format!("`{word}` is not a time; expected {expected}")),
        (Some(_), "") => Err(format!("`{word}` has no command behind it")),
        (Some(when), command) => Ok((when, command)),
    };
    // What goes on from a line before it, as a query's `+ 1` does, is no time.
    if let Some(span) = word.strip_prefix('+').filter(|span| span.starts_with(char::is_alphanumeric)) {
        return timed(parse_span(span).map(When::After), "`+90s`, `+5m` or `+1h30m`");
    }
    if looks_like_a_clock(word) {
        return timed(calendar.at(word).map(When::At), "`HH:MM:SS`");
    }
    Ok((When::Next, line))
}

fn looks_like_a_clock(word: &str) -> bool {
    word.contains(':') && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}

/// Reads `90s`, `5m`, `1h30m`, `2.5s`; a bare number is seconds.
pub fn parse_span(text: &str) -> Option<Span> {
    let mut total = Span::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let value: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let seconds = match &rest[..letters] {
            "ms" => 0.001,
            "" | "s" | "sec" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3_600.0,
            _ => return None,
        };
        rest = &rest[letters..];
        total += Span::from_secs_f64(value * seconds);
    }
    (!text.is_empty()).then_some(total)
}
