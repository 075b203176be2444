//! `fold` and `yes`: long lines cut, and one line over and over.

use super::{options, sources};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files, nothing};

/// `fold`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "fold",
    aliases: &["fmt"],
    group: Group::Text,
    usage: "fold [-s] [-w N] [FILE]…",
    summary: "cut long lines",
    manual: "Cuts the lines of FILE, or of standard input, at 80 columns or at N.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

/// `yes`' row.
pub(crate) const YES: Tool = Tool {
    name: "yes",
    aliases: &[],
    group: Group::Text,
    usage: "yes [WORD]…",
    summary: "print one line over and over",
    manual: "Prints y, or its WORDs, again and again: as often as a pipe could want it, 10,000 times.",
    flags: &[],
    complete: nothing,
    run: Handler::Filter(|call, _| {
        let line = if call.arguments.is_empty() { "y".to_owned() } else { call.arguments.join(" ") };
        Output::text(format!("{line}\n").repeat(YES_LINES))
    }),
};

const FLAGS: &[Flag] = &[
    flag('w', "width", "N", "at N columns"),
    flag('s', "spaces", "", "after a blank where there is one"),
    flag('b', "bytes", "", "accepted"),
];

/// How often `yes` prints.
const YES_LINES: usize = 10_000;
/// Columns when no number is given.
const WIDTH: usize = 80;

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    fold(call, session).unwrap_or_else(|output| output)
}

fn fold(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let width = match parsed.value('w') {
        None => WIDTH,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|width| *width > 0)
            .ok_or_else(|| Output::failure(format!("fold: invalid number of columns: '{text}'")))?,
    };
    let mut output = Output::default();
    let found = sources(call, &parsed.operands, session, ("", ""), &mut output, 1);
    let status = output.status;
    for source in &found {
        let mut out = String::new();
        for line in source.text.split_inclusive('\n') {
            let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
            let mut rest: Vec<char> = text.chars().collect();
            while rest.len() > width {
                let blank =
                    rest[..width].iter().rposition(|c| matches!(c, ' ' | '\t')).filter(|_| parsed.has('s'));
                let cut = blank.map_or(width, |place| place + 1);
                out.extend(rest.drain(..cut));
                out.push('\n');
            }
            out.extend(rest);
            out.push_str(end);
        }
        output.out(out);
    }
    output.status = status;
    Ok(output)
}
