//! `head`: the first lines. What `head` and `tail` share (counts, headers) lives here.

use super::{Source, options, sources};
use crate::console::shell::options::{Flag, Parsed, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "head",
    aliases: &[],
    group: Group::Text,
    usage: "head [-n N | -c N] [-qv] [FILE]…",
    summary: "print the first lines",
    manual: "Prints the first 10 lines of each FILE, or of standard input.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('n', "lines", "N", "the first N lines; -n -N all but the last N; -N is short for -n N"),
    flag('c', "bytes", "N", "the first N bytes; -c -N all but the last N"),
    flag('q', "quiet", "", "never print file names"),
    flag('q', "silent", "", ""),
    flag('v', "verbose", "", "always print file names"),
];

/// Lines or bytes, how many, and whether counted from the other end (`-n -5` of head, `-n +5` of tail).
pub(crate) struct Amount {
    /// Bytes rather than lines.
    pub(crate) bytes: bool,
    /// How many.
    pub(crate) count: usize,
    /// The sign that turns the meaning round was given.
    pub(crate) turned: bool,
}

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    each(call, session, ('-', FLAGS), |text, amount| {
        let cut = if amount.bytes {
            let at = if amount.turned { text.len().saturating_sub(amount.count) } else { amount.count };
            text.floor_char_boundary(at)
        } else {
            let ends: Vec<usize> = line_ends(text);
            let lines = if amount.turned {
                ends.len().saturating_sub(amount.count)
            } else {
                amount.count.min(ends.len())
            };
            if lines == 0 { 0 } else { ends[lines - 1] }
        };
        &text[..cut.min(text.len())]
    })
}

/// Where each line ends: the index after its line feed, or the text's end.
pub(crate) fn line_ends(text: &str) -> Vec<usize> {
    let mut ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    if !text.is_empty() && !text.ends_with('\n') {
        ends.push(text.len());
    }
    ends
}

/// Runs `head` or `tail`: `part` picks what is printed of each text.
pub(crate) fn each(
    call: &Call<'_>,
    session: &Session,
    (turning_sign, flags): (char, &[Flag]),
    part: impl for<'t> Fn(&'t str, &Amount) -> &'t str,
) -> Output {
    let arguments = modern(call.arguments);
    let stripped = Call { arguments: &arguments, ..*call };
    let parsed = match options(&stripped, flags, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output,
    };
    let amount = match amount(call.name, &parsed, turning_sign) {
        Ok(amount) => amount,
        Err(output) => return output,
    };
    let mut output = Output::default();
    let found = sources(call, &parsed.operands, session, ("cannot open '", "' for reading"), &mut output, 1);
    let headers = (parsed.operands.len() > 1 || parsed.has('v')) && !parsed.has('q');
    for (index, Source { name, text }) in found.iter().enumerate() {
        if headers {
            let gap = if index > 0 { "\n" } else { "" };
            output.out(format!("{gap}==> {} <==\n", name.as_deref().unwrap_or("standard input")));
        }
        let status = output.status;
        output.out(part(text, &amount));
        output.status = status;
    }
    output
}

/// `-20` as `-n 20`, `+20` (tail) as `-n +20`.
fn modern(arguments: &[String]) -> Vec<String> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut value_follows = false;
    arguments
        .iter()
        .flat_map(|argument| {
            let is_value =
                std::mem::replace(&mut value_follows, matches!(argument.as_str(), "-n" | "-c" | "-s"));
            match argument.strip_prefix('-') {
                Some(number) if !is_value && digits(number) => vec!["-n".to_owned(), number.to_owned()],
                _ => vec![argument.clone()],
            }
        })
        .collect()
}

fn amount(tool: &str, parsed: &Parsed, turning_sign: char) -> Result<Amount, Output> {
    let given = parsed.options.iter().rev().find(|(letter, _)| matches!(letter, 'n' | 'c'));
    let Some((letter, text)) = given else { return Ok(Amount { bytes: false, count: 10, turned: false }) };
    let turned = text.starts_with(turning_sign);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, unit) = match digits.trim_end_matches(char::is_alphabetic) {
        number if number.len() == digits.len() => (number, 1),
        number => match &digits[number.len()..] {
            "b" => (number, 512),
            "K" | "k" | "KiB" => (number, 1024),
            "M" | "MiB" => (number, 1024 * 1024),
            _ => ("", 1),
        },
    };
    let what = if *letter == 'c' { "bytes" } else { "lines" };
    let count: usize =
        number.parse().map_err(|_| Output::failure(format!("{tool}: invalid number of {what}: '{text}'")))?;
    Ok(Amount { bytes: *letter == 'c', count: count.saturating_mul(unit), turned })
}
