//! `export` and `unset`: shell variables.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};

/// `export`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "export",
    aliases: &["env", "printenv", "readonly", "typeset"],
    group: Group::Shell,
    usage: "export [NAME=VALUE]…\nenv\nprintenv [NAME]",
    summary: "set shell variables, or list them",
    manual: "Sets each variable NAME, as NAME=VALUE alone does. Without arguments, lists all variables.",
    flags: &[],
    complete: variables,
    run: Handler::Tool(run),
};

/// `unset`'s row.
pub(crate) const UNSET: Tool = Tool {
    name: "unset",
    aliases: &[],
    group: Group::Shell,
    usage: "unset NAME…",
    summary: "forget shell variables",
    manual: "Forgets each variable NAME.",
    flags: &[],
    complete: variables,
    run: Handler::Tool(|call, session, _| {
        for name in call.arguments {
            match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
                Some((name, key)) => {
                    session
                        .arrays
                        .get_mut(name)
                        .into_iter()
                        .for_each(|array| array.remove(key.trim_matches('"')));
                }
                None => {
                    session.variables.remove(name);
                    session.arrays.remove(name);
                    session.functions.remove(name);
                }
            }
        }
        Output::default().into()
    }),
};

fn variables(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    asking.session.variables.clone().into_iter().collect()
}

fn run(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let assignments: Vec<(&str, &str)> =
        call.arguments.iter().filter_map(|argument| argument.split_once('=')).collect();
    if call.name == "printenv"
        && let Some(name) = call.arguments.first()
    {
        return match session.variables.get(name) {
            Some(value) => Output::text(format!("{value}\n")),
            None => Output { parts: Vec::new(), status: 1 },
        }
        .into();
    }
    if call.name == "typeset" {
        return super::scripting::declare(call, session).into();
    }
    if call.arguments.is_empty() || call.arguments.iter().all(|argument| argument == "-p") {
        let list: String =
            session.variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        return Output::text(list).into();
    }
    for (name, value) in assignments {
        session.assign(name, value, false);
    }
    Output::default().into()
}
