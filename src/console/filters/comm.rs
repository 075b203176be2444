//! `comm`: which lines two sorted files share.

use super::{lines, options, two_sources};
use crate::console::shell::options::{Flag, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};
use std::cmp::Ordering;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "comm",
    aliases: &[],
    group: Group::Text,
    usage: "comm [-123] FILE1 FILE2",
    summary: "tell which lines two sorted files share",
    manual: "Prints in three columns the lines that only FILE1 has, that only FILE2 has, and that both have. Both must be sorted; - is standard input.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('1', "", "", "without the lines of FILE1 alone"),
    flag('2', "", "", "without the lines of FILE2 alone"),
    flag('3', "", "", "without the lines of both"),
    word('O', "output-delimiter", "TEXT", "TEXT between columns, a tab by default"),
    word('T', "total", "", "with a last line that counts"),
    word('N', "nocheck-order", "", "no complaint when a file isn't sorted"),
    word('C', "check-order", "", "accepted"),
];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    comm(call, session).unwrap_or_else(|output| output)
}

fn comm(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let [first, second] = two_sources(call, &parsed.operands, session)?;
    let mut output = Output::default();
    let (left, right) = (lines(&first.text), lines(&second.text));
    let delimiter = parsed.value('O').unwrap_or("\t");
    let hidden = [parsed.has('1'), parsed.has('2'), parsed.has('3')];
    let mut counts = [0_u64; 3];
    let mut out = String::new();
    let mut put = |column: usize, line: &str| {
        counts[column] += 1;
        if !hidden[column] {
            hidden[..column].iter().filter(|hidden| !**hidden).for_each(|_| out.push_str(delimiter));
            out.push_str(line);
            out.push('\n');
        }
    };
    let (mut a, mut b) = (0, 0);
    while a < left.len() || b < right.len() {
        let order = match (left.get(a), right.get(b)) {
            (Some(left), Some(right)) => left.as_bytes().cmp(right.as_bytes()),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        match order {
            Ordering::Less => put(0, left[a]),
            Ordering::Greater => put(1, right[b]),
            Ordering::Equal => put(2, left[a]),
        }
        a += usize::from(order != Ordering::Greater);
        b += usize::from(order != Ordering::Less);
    }
    if parsed.has('T') {
        let [one, two, both] = counts;
        out.push_str(&format!("{one}{delimiter}{two}{delimiter}{both}{delimiter}total\n"));
    }
    output.out(out);
    if !parsed.has('N') {
        for (place, lines) in [&left, &right].into_iter().enumerate() {
            if lines.windows(2).any(|pair| pair[0].as_bytes() > pair[1].as_bytes()) {
                output.err(format!("comm: file {} is not in sorted order\n", place + 1));
                output.status = 1;
            }
        }
        if output.status == 1 {
            output.err("comm: input is not in sorted order\n");
        }
    }
    Ok(output)
}
