//! `uniq`: neighbouring lines that are equal become one.

use super::{lines, options, sources};
use crate::console::shell::options::{Flag, Parsed, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "uniq",
    aliases: &[],
    group: Group::Text,
    usage: "uniq [-cdui] [-f N] [-s N] [-w N] [FILE]",
    summary: "merge equal neighbouring lines",
    manual: "Prints one of each run of equal lines. Sort first to merge all equal lines.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('c', "count", "", "with the number of lines merged"),
    flag('d', "repeated", "", "only lines that were repeated"),
    flag('u', "unique", "", "only lines that were not"),
    flag('i', "ignore-case", "", "ignore case"),
    flag('f', "skip-fields", "N", "skip N fields"),
    flag('s', "skip-chars", "N", "skip N characters"),
    flag('w', "check-chars", "N", "compare at most N characters"),
];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    match uniq(call, session) {
        Ok(output) | Err(output) => output,
    }
}

fn uniq(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let number = |letter: char, what: &str, otherwise: usize| match parsed.value(letter) {
        None => Ok(otherwise),
        Some(text) => {
            text.parse().map_err(|_| Output::failure(format!("uniq: {text}: invalid number of {what}")))
        }
    };
    let fields = number('f', "fields to skip", 0)?;
    let skipped = number('s', "bytes to skip", 0)?;
    let compared = number('w', "bytes to compare", usize::MAX)?;
    let mut output = Output::default();
    let operands = &parsed.operands[..parsed.operands.len().min(1)];
    for source in sources(call, operands, session, ("", ""), &mut output, 1) {
        let mut text = String::new();
        let mut group: Option<(&str, String, usize)> = None;
        for line in lines(&source.text) {
            let mut key: String = after_fields(line, fields).chars().skip(skipped).take(compared).collect();
            if parsed.has('i') {
                key.make_ascii_lowercase();
            }
            match &mut group {
                Some((_, known, count)) if *known == key => *count += 1,
                _ => {
                    if let Some((first, _, count)) = group.replace((line, key, 1)) {
                        emit(first, count, &parsed, &mut text);
                    }
                }
            }
        }
        if let Some((first, _, count)) = group {
            emit(first, count, &parsed, &mut text);
        }
        output.out(text);
    }
    Ok(output)
}

fn emit(line: &str, count: usize, parsed: &Parsed, out: &mut String) {
    if (parsed.has('d') && count == 1) || (parsed.has('u') && count > 1) {
        return;
    }
    if parsed.has('c') {
        out.push_str(&format!("{count:7} "));
    }
    out.push_str(line);
    out.push('\n');
}

/// The line without its first `count` fields (blanks, then non-blanks).
fn after_fields(line: &str, count: usize) -> &str {
    let blank = [' ', '\t'];
    (0..count)
        .fold(line, |rest, _| rest.trim_start_matches(blank).trim_start_matches(|c| !blank.contains(&c)))
}
