//! `cut`: picked fields, characters or bytes of each line.

use super::{lines, options, sources};
use crate::console::shell::options::{Flag, Parsed, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "cut",
    aliases: &[],
    group: Group::Text,
    usage: "cut -f LIST [-d C] [-s] | -c LIST | -b LIST [--complement] [--output-delimiter=S] [FILE]…",
    summary: "print picked fields or characters of each line",
    manual: "Prints the picked parts of each line. LIST is N, N-M, N- or -M, several joined by commas.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('f', "fields", "LIST", "fields"),
    flag('d', "delimiter", "C", "the character between fields, a tab by default"),
    flag('c', "characters", "LIST", "characters"),
    flag('b', "bytes", "LIST", "bytes"),
    flag('s', "only-delimited", "", "leave out lines without the delimiter"),
    flag('n', "", "", "accepted, as in cut"),
    word('C', "complement", "", "everything but LIST"),
    word('O', "output-delimiter", "S", "S between the parts printed"),
];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    match cut(call, session) {
        Ok(output) | Err(output) => output,
    }
}

fn cut(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let fail = |text: &str| Output::failure(format!("cut: {text}\nTry 'man cut' for more information."));
    let lists: Vec<&(char, String)> =
        parsed.options.iter().filter(|(letter, _)| matches!(letter, 'f' | 'c' | 'b')).collect();
    let (kind, list) = match lists.as_slice() {
        [] => return Err(fail("you must specify a list of bytes, characters, or fields")),
        [one] => (one.0, one.1.as_str()),
        _ => return Err(fail("only one list may be specified")),
    };
    let ranges = ranges(list, kind).map_err(|message| fail(&message))?;
    let delimiter = match parsed.value('d') {
        None => '\t',
        Some(text) if text.chars().count() == 1 => text.chars().next().unwrap_or('\t'),
        Some(_) => return Err(fail("the delimiter must be a single character")),
    };
    if parsed.value('d').is_some() && kind != 'f' {
        return Err(fail("an input delimiter may be specified only when operating on fields"));
    }
    let mut output = Output::default();
    for source in sources(call, &parsed.operands, session, ("", ""), &mut output, 1) {
        let mut text = String::new();
        for line in lines(&source.text) {
            let picked = if kind == 'f' {
                fields(line, delimiter, &ranges, &parsed)
            } else {
                Some(bytes(line, &ranges, &parsed))
            };
            if let Some(picked) = picked {
                text.push_str(&picked);
                text.push('\n');
            }
        }
        let status = output.status;
        output.out(text);
        output.status = status;
    }
    Ok(output)
}

/// Closed ranges counted from 1, sorted and merged, so that output is in the line's order.
fn ranges(list: &str, kind: char) -> Result<Vec<(usize, usize)>, String> {
    let unit = if kind == 'f' { "field" } else { "byte/character" };
    let mut ranges = Vec::new();
    for part in list.split([',', ' ']) {
        let number = |text: &str| text.parse::<usize>().map_err(|_| format!("invalid {unit} value '{text}'"));
        let (from, to) = match part.split_once('-') {
            None => (number(part)?, number(part)?),
            Some(("", "")) => return Err("invalid range with no endpoint: -".into()),
            Some((from, "")) => (number(from)?, usize::MAX),
            Some(("", to)) => (1, number(to)?),
            Some((from, to)) => (number(from)?, number(to)?),
        };
        if from == 0 || to == 0 {
            return Err(if kind == 'f' {
                "fields are numbered from 1"
            } else {
                "byte/character positions are numbered from 1"
            }
            .into());
        }
        if from > to {
            return Err("invalid decreasing range".into());
        }
        ranges.push((from, to));
    }
    ranges.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (from, to) in ranges {
        match merged.last_mut() {
            // Ranges that only touch stay apart: an output delimiter goes between them.
            Some((_, last)) if from <= *last => *last = (*last).max(to),
            _ => merged.push((from, to)),
        }
    }
    Ok(merged)
}

fn within(position: usize, ranges: &[(usize, usize)], parsed: &Parsed) -> bool {
    ranges.iter().any(|(from, to)| (*from..=*to).contains(&position)) != parsed.has('C')
}

fn fields(line: &str, delimiter: char, ranges: &[(usize, usize)], parsed: &Parsed) -> Option<String> {
    if !line.contains(delimiter) {
        return if parsed.has('s') { None } else { Some(line.to_owned()) };
    }
    let own = delimiter.to_string();
    let between = parsed.value('O').unwrap_or(&own);
    let picked: Vec<&str> = line
        .split(delimiter)
        .enumerate()
        .filter(|(index, _)| within(index + 1, ranges, parsed))
        .map(|(_, field)| field)
        .collect();
    Some(picked.join(between))
}

fn bytes(line: &str, ranges: &[(usize, usize)], parsed: &Parsed) -> String {
    let mut picked: Vec<u8> = Vec::new();
    let mut last: Option<(usize, usize)> = None;
    for (index, byte) in line.bytes().enumerate() {
        let position = index + 1;
        if !within(position, ranges, parsed) {
            last = None;
            continue;
        }
        let range =
            ranges.iter().copied().find(|(from, to)| (*from..=*to).contains(&position)).unwrap_or((0, 0));
        if let (Some(delimiter), false) = (parsed.value('O'), picked.is_empty())
            && last != Some(range)
        {
            picked.extend(delimiter.bytes());
        }
        last = Some(range);
        picked.push(byte);
    }
    String::from_utf8_lossy(&picked).into_owned()
}
