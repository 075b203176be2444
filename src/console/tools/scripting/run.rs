//! `bash`, `source`, `eval` and `trap`: scripts.

use crate::console::Context;
use crate::console::shell::options::{Flag, flag, parse_leading};
use crate::console::shell::parse::parse;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Script, Tool, files, nothing};

/// `bash`'s row.
pub(super) const BASH: Tool = Tool {
    name: "bash",
    aliases: &["sh"],
    group: Group::Shell,
    usage: "bash [-eux] FILE [ARGUMENT]…\nbash -c TEXT [NAME [ARGUMENT]…]",
    summary: "run a script",
    manual: "Runs the commands in the scratch file FILE, in TEXT, or on standard input, in a shell of its own: its variables, functions and options end with it, and exit ends it. \
             A script with a #! line that is given to firedrill exec runs like this as a whole.",
    flags: BASH_FLAGS,
    complete: files,
    run: Handler::Tool(bash),
};

/// `source`'s row.
pub(super) const SOURCE: Tool = Tool {
    name: "source",
    aliases: &["."],
    group: Group::Shell,
    usage: "source FILE [ARGUMENT]…",
    summary: "run a script in this shell",
    manual: "Runs the commands in the scratch file FILE as if they were typed: its variables and functions stay.",
    flags: &[],
    complete: files,
    run: Handler::Tool(source),
};

/// `eval`'s row.
pub(super) const EVAL: Tool = Tool {
    name: "eval",
    aliases: &[],
    group: Group::Shell,
    usage: "eval WORD…",
    summary: "run words as a command line",
    manual: "Joins its WORDs with blanks and runs them as a command line.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|call, _, _| script(&call.arguments.join(" "), false, None)),
};

/// `trap`'s row.
pub(super) const TRAP: Tool = Tool {
    name: "trap",
    aliases: &[],
    group: Group::Shell,
    usage: "trap [COMMAND] WHEN…\ntrap - WHEN…",
    summary: "run a command when a script ends",
    manual: "Runs COMMAND when the script or subshell ends, if WHEN is EXIT. Other words for WHEN (INT, TERM, ERR) are kept and never come about here: Ctrl-C ends a script at once. \
             - takes a trap back; alone, lists them.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(trap),
};

const BASH_FLAGS: &[Flag] = &[
    flag('c', "", "TEXT", "run TEXT"),
    flag('e', "", "", "as set -e"),
    flag('u', "", "", "as set -u"),
    flag('x', "", "", "as set -x"),
    flag('s', "", "", "accepted"),
    flag('l', "login", "", "accepted"),
    flag('i', "", "", "accepted"),
];

/// Runs a text as a script, or tells what is wrong with it.
fn script(text: &str, subshell: bool, arguments: Option<Vec<String>>) -> Outcome {
    match parse(text) {
        Ok(list) => Outcome::Script(Script { list, subshell, arguments }),
        Err(error) => Output::failure_with(2, error.to_string()).into(),
    }
}

fn bash(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let (parsed, rest) = match parse_leading(BASH_FLAGS, call.arguments) {
        Ok(taken) => taken,
        Err(message) => return Output::failure_with(2, format!("{}: {message}", call.name)).into(),
    };
    let set: String = parsed.options.iter().map(|(key, _)| *key).filter(|key| "eux".contains(*key)).collect();
    let set = if set.is_empty() { String::new() } else { format!("set -{set}\n") };
    if let Some(text) = parsed.value('c') {
        return script(&(set + text), true, Some(rest.get(1..).unwrap_or(&[]).to_vec()));
    }
    if let Some((file, arguments)) = rest.split_first() {
        let Some(text) = session.read(file) else {
            return Output::failure_with(127, format!("bash: {file}: No such file or directory")).into();
        };
        return script(&(set + text), true, Some(arguments.to_vec()));
    }
    match call.stdin {
        Some(text) => script(&(set + text), true, Some(Vec::new())),
        None => Output::failure("bash: you are in a shell; give it a script: bash FILE, bash -c TEXT").into(),
    }
}

fn source(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let Some((file, arguments)) = call.arguments.split_first() else {
        return Output::failure_with(2, "bash: source: filename argument required").into();
    };
    let Some(text) = session.read(file) else {
        return Output::failure(format!("bash: {file}: No such file or directory")).into();
    };
    script(text, false, (!arguments.is_empty()).then(|| arguments.to_vec()))
}

fn trap(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let arguments: Vec<&str> =
        call.arguments.iter().map(String::as_str).filter(|text| *text != "--").collect();
    let name = |text: &str| {
        let upper = text.to_uppercase();
        match upper.strip_prefix("SIG").unwrap_or(&upper) {
            "0" => "EXIT".to_owned(),
            other => other.to_owned(),
        }
    };
    match arguments.as_slice() {
        [] | ["-p", ..] => {
            let lines = session.traps.iter().map(|(when, text)| format!("trap -- '{text}' {when}\n"));
            return Output::text(lines.collect::<String>()).into();
        }
        [when] | ["-", when] => drop(session.traps.remove(&name(when))),
        ["-", whens @ ..] => whens.iter().for_each(|when| drop(session.traps.remove(&name(when)))),
        [text, whens @ ..] => {
            for when in whens {
                session.traps.insert(name(when), (*text).to_owned());
            }
        }
    }
    Output::default().into()
}
