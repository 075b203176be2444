//! `read`, `mapfile` and `select`: input into variables.

use crate::console::Context;
use crate::console::shell::array::Array;
use crate::console::shell::options::{Flag, Parsed, flag, parse};
use crate::console::shell::parse::is_name;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// `read`'s row.
pub(super) const TOOL: Tool = Tool {
    name: "read",
    aliases: &[],
    group: Group::Shell,
    usage: "read [-r] [-a ARRAY] [NAME]…",
    summary: "read a line into variables",
    manual: "Reads a line of standard input and puts its words into the variables NAME, the rest of the line into the last one. Fails at the end of input, so that \
             `while read -r line` ends there. IFS holds the characters between words.",
    flags: READ_FLAGS,
    complete: nothing,
    run: Handler::Tool(read),
};

/// `mapfile`'s row.
pub(super) const MAPFILE: Tool = Tool {
    name: "mapfile",
    aliases: &["readarray"],
    group: Group::Shell,
    usage: "mapfile [-t] [ARRAY]",
    summary: "read lines into an array",
    manual: "Reads the lines of standard input into ARRAY (MAPFILE), one an element.",
    flags: MAPFILE_FLAGS,
    complete: nothing,
    run: Handler::Tool(mapfile),
};

/// The row of what `select` loops over.
pub(super) const SELECT: Tool = Tool {
    name: "select",
    aliases: &[],
    group: Group::Shell,
    usage: "select NAME in WORD…; do COMMAND…; done",
    summary: "ask for one of several words, again and again",
    manual: "Prints the WORDs with numbers, reads a number, sets NAME to the word (and REPLY to what was read) and runs the COMMANDs; until the input ends or break leaves.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(select),
};

const READ_FLAGS: &[Flag] = &[
    flag('r', "", "", "a backslash is a backslash"),
    flag('a', "", "ARRAY", "the words into an array"),
    flag('p', "", "PROMPT", "print PROMPT first"),
    flag('d', "", "C", "read up to the character C instead of the line's end"),
    flag('s', "", "", "accepted"),
    flag('t', "", "SECONDS", "accepted: nothing is waited for"),
    flag('n', "", "N", "accepted"),
    flag('u', "", "FD", "accepted"),
];
const MAPFILE_FLAGS: &[Flag] = &[
    flag('t', "", "", "without the lines' ends"),
    flag('n', "", "N", "at most N lines"),
    flag('d', "", "C", "accepted"),
];

/// The next line of what is read: the pipe's text, or what the compound command around reads.
fn next_line(call: &Call<'_>, session: &mut Session, end: char) -> Option<String> {
    if let Some(text) = call.stdin {
        return (!text.is_empty()).then(|| text.split(end).next().unwrap_or("").to_owned());
    }
    let input = session.input.as_mut()?;
    if input.is_empty() {
        return None;
    }
    let (line, rest) = match input.split_once(end) {
        Some((line, rest)) => (line.to_owned(), rest.to_owned()),
        None => (input.clone(), String::new()),
    };
    *input = rest;
    Some(line)
}

fn read(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let parsed = match parse(READ_FLAGS, call.arguments) {
        Ok(parsed) => parsed,
        Err(message) => return Output::failure_with(2, format!("bash: read: {message}")).into(),
    };
    let mut names: Vec<&str> = parsed.operands.iter().map(String::as_str).collect();
    let mut given = names.iter().copied().chain(parsed.value('a'));
    if let Some(bad) = given.find(|name| !is_name(name)) {
        return Output::failure(format!("bash: read: `{bad}': not a valid identifier")).into();
    }
    let end = parsed.value('d').map_or('\n', |text| text.chars().next().unwrap_or('\0'));
    let line = next_line(call, session, end);
    let ended = line.is_none();
    let line = unescaped(line.unwrap_or_default(), &parsed);
    let separators = session.variables.get("IFS").cloned().unwrap_or_else(|| " \t\n".to_owned());
    let mut output = Output { parts: Vec::new(), status: u8::from(ended) };
    if let Some(prompt) = parsed.value('p') {
        output.err(prompt.to_owned());
    }
    if let Some(name) = parsed.value('a') {
        session.arrays.insert(name.to_owned(), Array::default());
        let mut rest = line.as_str();
        let mut place = 0;
        while let Some(word) = take_word(&mut rest, &separators) {
            session.assign_element(name, &place.to_string(), &word, false);
            place += 1;
        }
        return output.into();
    }
    if names.is_empty() {
        session.set("REPLY", line);
        return output.into();
    }
    let whitespace = |c: char| separators.contains(c) && c.is_whitespace();
    let mut rest = line.trim_start_matches(whitespace);
    let last = names.pop().unwrap_or("REPLY");
    for name in names {
        let word = take_word(&mut rest, &separators).unwrap_or_default();
        session.assign(name, &word, false);
    }
    session.assign(last, rest.trim_matches(whitespace), false);
    output.into()
}

/// Without `-r`, a backslash takes the meaning from the character after it.
fn unescaped(line: String, parsed: &Parsed) -> String {
    if parsed.has('r') {
        return line;
    }
    let mut out = String::new();
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        if c == '\\' { out.extend(characters.next()) } else { out.push(c) }
    }
    out
}

/// Takes the first word off, and what separates it from the next.
fn take_word(rest: &mut &str, separators: &str) -> Option<String> {
    let blank = |c: char| separators.contains(c);
    let whitespace = |c: char| blank(c) && c.is_whitespace();
    let text = rest.trim_start_matches(whitespace);
    if text.is_empty() {
        return None;
    }
    let end = text.find(blank).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let after = after.trim_start_matches(whitespace);
    let skips = after.chars().next().filter(|c| blank(*c) && !c.is_whitespace());
    *rest = after[skips.map_or(0, char::len_utf8)..].trim_start_matches(whitespace);
    Some(word.to_owned())
}

fn mapfile(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let parsed = match parse(MAPFILE_FLAGS, call.arguments) {
        Ok(parsed) => parsed,
        Err(message) => return Output::failure_with(2, format!("bash: mapfile: {message}")).into(),
    };
    let name = parsed.operands.first().map_or("MAPFILE", String::as_str);
    if !is_name(name) {
        return Output::failure(format!("bash: mapfile: `{name}': not a valid identifier")).into();
    }
    let most =
        parsed.value('n').and_then(|text| text.parse().ok()).filter(|most| *most > 0).unwrap_or(usize::MAX);
    let text = match call.stdin {
        Some(text) => text.to_owned(),
        None => session.input.take().unwrap_or_default(),
    };
    session.variables.remove(name);
    session.arrays.insert(name.to_owned(), Array::default());
    for (place, line) in text.lines().take(most).enumerate() {
        let end = if parsed.has('t') { "" } else { "\n" };
        session.assign_element(name, &place.to_string(), &format!("{line}{end}"), false);
    }
    Output::default().into()
}

fn select(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let Some((name, words)) = call.arguments.split_first() else {
        return Output::failure_with(2, format!("usage: {}", SELECT.usage)).into();
    };
    let mut output = Output::default();
    for (place, word) in words.iter().enumerate() {
        output.err(format!("{}) {word}\n", place + 1));
    }
    output.err("#? ");
    let Some(line) = next_line(call, session, '\n') else {
        output.err("\n");
        output.status = 1;
        return output.into();
    };
    let chosen = line.trim().parse::<usize>().ok().and_then(|number| words.get(number.wrapping_sub(1)));
    session.set(name, chosen.cloned().unwrap_or_default());
    session.set("REPLY", line);
    output.into()
}
