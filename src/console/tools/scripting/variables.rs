//! `set`, `shift`, `local` and the shell's `declare`.

use crate::console::Context;
use crate::console::shell::array::Array;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::{MAX_NAMES, Session};
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// `set`'s row.
pub(super) const SET: Tool = Tool {
    name: "set",
    aliases: &["shopt"],
    group: Group::Shell,
    usage: "set [-euxo pipefail]\nset -- ARGUMENT…",
    summary: "set the shell's options or arguments",
    manual: "With --, sets $1, $2 and so on. At the prompt, -e ends the line that fails, not the shell: what a script does ends with the script.",
    flags: SET_FLAGS,
    complete: nothing,
    run: Handler::Tool(set),
};

/// `local`'s row.
pub(super) const LOCAL: Tool = Tool {
    name: "local",
    aliases: &[],
    group: Group::Shell,
    usage: "local [-aAir] NAME[=VALUE]…",
    summary: "make variables a function's own",
    manual: "Makes each variable NAME the function's own: what it held before is there again when the function ends.",
    flags: DECLARE_FLAGS,
    complete: nothing,
    run: Handler::Tool(|call, session, _| {
        if session.locals.is_empty() {
            return Output::failure("bash: local: can only be used in a function").into();
        }
        declare(call, session).into()
    }),
};

/// `shift`'s row.
pub(super) const SHIFT: Tool = Tool {
    name: "shift",
    aliases: &[],
    group: Group::Shell,
    usage: "shift [N]",
    summary: "take arguments off the front",
    manual: "Takes the first argument away, or the first N: what was $2 is $1. Fails when there are fewer.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|call, session, _| {
        let count: usize = call.arguments.first().and_then(|text| text.parse().ok()).unwrap_or(1);
        if count > session.positional.len() {
            return Output { parts: Vec::new(), status: 1 }.into();
        }
        session.positional.drain(..count);
        Output::default().into()
    }),
};

const SET_FLAGS: &[Flag] = &[
    flag('e', "", "", "a command that fails ends the script (-o errexit)"),
    flag('u', "", "", "a variable that isn't set is an error (-o nounset)"),
    flag('x', "", "", "print commands before they run (-o xtrace)"),
    flag('o', "", "OPTION", "pipefail: a pipeline fails when any of its commands does"),
    flag('f', "", "", "accepted"),
    flag('E', "", "", "accepted"),
    flag('T', "", "", "accepted"),
    flag('s', "", "", "accepted"),
];
const DECLARE_FLAGS: &[Flag] = &[
    flag('a', "", "", "an array"),
    flag('A', "", "", "an array with texts as keys"),
    flag('i', "", "", "accepted"),
    flag('r', "", "", "accepted: it may be set again"),
    flag('x', "", "", "accepted"),
    flag('g', "", "", "not the function's own"),
];

fn set(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    if call.name == "shopt" {
        return Output::default().into();
    }
    let mut arguments = call.arguments.iter();
    if call.arguments.is_empty() {
        let lines = session.variables.iter().map(|(name, value)| format!("{name}={value}\n"));
        return Output::text(lines.collect::<String>()).into();
    }
    while let Some(argument) = arguments.next() {
        let on = argument.starts_with('-');
        match argument.as_str() {
            "--" => {
                session.positional = arguments.cloned().collect();
                break;
            }
            letters if on || letters.starts_with('+') => {
                for letter in letters.chars().skip(1) {
                    match letter {
                        'e' => session.options.errexit = on,
                        'u' => session.options.nounset = on,
                        'x' => session.options.xtrace = on,
                        'o' => {
                            let Some(name) = arguments.next() else { continue };
                            match name.as_str() {
                                "errexit" => session.options.errexit = on,
                                "nounset" => session.options.nounset = on,
                                "xtrace" => session.options.xtrace = on,
                                "pipefail" => session.options.pipefail = on,
                                "vi" | "emacs" | "posix" | "noglob" | "errtrace" | "history" => {}
                                other => {
                                    let message = format!("bash: set: {other}: invalid option name");
                                    return Output::failure(message).into();
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
            _ => {
                session.positional = std::iter::once(argument).chain(arguments).cloned().collect();
                break;
            }
        }
    }
    Output::default().into()
}

/// `declare`, `local`, `typeset` with their options: NAME, NAME=VALUE. Elements in parentheses are the shell's to set.
pub(crate) fn declare(call: &Call<'_>, session: &mut Session) -> Output {
    let (options, names): (Vec<&String>, Vec<&String>) =
        call.arguments.iter().partition(|argument| argument.starts_with('-'));
    let has = |letter: char| options.iter().any(|option| option.contains(letter));
    if has('p') || (names.is_empty() && call.name != "local" && !has('A') && !has('a')) {
        let lines = session.variables.iter().map(|(name, value)| format!("declare -- {name}=\"{value}\"\n"));
        return Output::text(lines.collect::<String>());
    }
    for argument in names {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument.as_str(), None),
        };
        if !crate::console::shell::parse::is_name(name) {
            return Output::failure(format!("bash: {}: `{argument}': not a valid identifier", call.name));
        }
        if !has('g') {
            session.make_local(name);
        }
        if (has('a') || has('A')) && session.arrays.len() < MAX_NAMES && !session.arrays.contains_key(name) {
            session.arrays.insert(name.to_owned(), Array::new(has('A')));
        }
        if let Some(value) = value {
            session.assign(name, value, false);
        }
    }
    Output::default()
}
