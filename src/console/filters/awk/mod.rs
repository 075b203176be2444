//! `awk`: the language as POSIX describes it, without user functions, `getline` and output to files. A small tree-walking
//! interpreter with a bound on steps. Arrays are walked in the order of their keys, where real awks have no order to rely on.

mod lex;
mod parse;
mod run;
mod value;

use super::{Source, options, sources};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};
use crate::console::tools::unescape;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "awk",
    aliases: &["gawk", "mawk"],
    group: Group::Text,
    usage: "awk [-F SEPARATOR] [-v NAME=VALUE]… 'PROGRAM' [FILE]…",
    summary: "pick columns, filter, count and sum",
    manual: "Runs PROGRAM for each line of FILE, or of standard input. $1 is the first field, $0 the line, NF the number of fields, NR the line's number.

  awk '{print $1, $NF}'                       first and last column
  awk '$3 > 100 && /GET/ {n++} END {print n}' count
  awk '{s += $2} END {print s / NR}'          mean
  awk -F, '{c[$1]++} END {for (k in c) print c[k], k}'  count by key

It has patterns, BEGIN and END, if, while, for, arrays, delete, next, exit, print, printf, and the functions length substr index split sub gsub match tolower \
             toupper sprintf int sqrt exp log. It has no functions of your own, no getline, and no output to files.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('F', "field-separator", "SEPARATOR", "what separates fields: a character or a regular expression"),
    flag('v', "assign", "NAME=VALUE", "set a variable first"),
];

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    match awk(call, session) {
        Ok(output) | Err(output) => output,
    }
}

pub(super) fn awk(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    // What follows the program are operands, even `-1`: only what stands before it is read as options.
    let (own, rest) = split(call.arguments);
    let parsed = options(&Call { arguments: own, ..*call }, FLAGS, 2)?;
    let Some((text, operands)) = rest.split_first() else {
        return Err(Output::failure_with(2, "usage: awk [-F fs][-v var=value][prog][file ...]"));
    };
    let program = parse::parse(text).map_err(|message| Output::failure_with(2, format!("awk: {message}")))?;
    let mut machine = run::Machine::new();
    if let Some(separator) = parsed.value('F') {
        let separator = if separator == "t" { "\t".to_owned() } else { unescape(separator) };
        machine.set("FS", value::Value::text(separator));
    }
    for (_, assignment) in parsed.options.iter().filter(|(letter, _)| *letter == 'v') {
        let (name, value) = assignment
            .split_once('=')
            .ok_or_else(|| Output::failure_with(2, format!("awk: improper assignment: -v {assignment}")))?;
        machine.set(name, value::Value::input(&unescape(value)));
    }
    let mut output = Output::default();
    let needs_input = program.needs_input();
    let found: Vec<Source> = if needs_input {
        sources(call, operands, session, ("cannot open \"", "\""), &mut output, 2)
    } else {
        Vec::new()
    };
    let status = output.status;
    let (text, result) = machine.run(&program, &found);
    output.out(text);
    output.status = status;
    match result {
        Ok(code) if code != 0 => output.status = code,
        Ok(_) => {}
        Err(message) => output.append(Output::failure_with(2, format!("awk: {message}"))),
    }
    Ok(output)
}

/// awk's own options, and the program with what follows it.
fn split(arguments: &[String]) -> (&[String], &[String]) {
    let mut at = 0;
    while let Some(argument) =
        arguments.get(at).filter(|argument| argument.len() > 1 && argument.starts_with('-'))
    {
        if argument == "--" {
            return (&arguments[..at], &arguments[at + 1..]);
        }
        at += if matches!(argument.as_str(), "-F" | "-v") { 2 } else { 1 };
    }
    arguments.split_at(at.min(arguments.len()))
}
