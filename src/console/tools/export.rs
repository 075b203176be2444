//! `export` and `unset`: shell variables.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};

/// `export`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "export",
    aliases: &["env", "local", "readonly", "typeset"],
    group: Group::Shell,
    usage: "export [NAME=VALUE]…\nenv",
    summary: "set shell variables, or list them",
    manual: "Sets each variable NAME, as NAME=VALUE alone does. Without arguments, lists all variables.",
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
    complete: variables,
    run: Handler::Tool(|call, session, _| {
        for name in call.arguments {
            session.variables.remove(name);
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
    if call.arguments.is_empty() {
        let list: String =
            session.variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        return Output::text(list).into();
    }
    for (name, value) in assignments {
        session.set(name, value.to_owned());
    }
    Output::default().into()
}
