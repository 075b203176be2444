//! `tail`: the last lines. `-f` on a scratch file has nothing to wait for; `logs -f` follows logs.

use super::head::{each, line_ends};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "tail",
    aliases: &[],
    group: Group::Text,
    usage: "tail [-n N | -c N] [-qv] [FILE]…",
    summary: "print the last lines",
    manual: "Prints the last 10 lines of each FILE, or of standard input.

To follow a log, use logs -f SOURCE.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('n', "lines", "N", "the last N lines; -n +N from line N on; -N is short for -n N"),
    flag('c', "bytes", "N", "the last N bytes; -c +N from byte N on"),
    flag('q', "quiet", "", "never print file names"),
    flag('q', "silent", "", ""),
    flag('v', "verbose", "", "always print file names"),
    flag('f', "follow", "", "accepted: what is read here doesn't grow"),
    flag('F', "retry", "", "accepted, as -f"),
    flag('s', "sleep-interval", "N", "accepted, as -f"),
];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    each(call, session, ('+', FLAGS), |text, amount| {
        let from = if amount.bytes {
            let at = if amount.turned {
                amount.count.saturating_sub(1).min(text.len())
            } else {
                text.len().saturating_sub(amount.count)
            };
            text.floor_char_boundary(at)
        } else {
            let ends = line_ends(text);
            let skipped = if amount.turned {
                amount.count.saturating_sub(1).min(ends.len())
            } else {
                ends.len().saturating_sub(amount.count)
            };
            if skipped == 0 { 0 } else { ends[skipped - 1] }
        };
        &text[from..]
    })
}
