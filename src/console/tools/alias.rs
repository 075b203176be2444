//! `alias` and `unalias`.

use crate::console::Context;
use crate::console::shell::session::{MAX_NAMES, Session};
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};

/// `alias`' row.
pub(crate) const TOOL: Tool = Tool {
    name: "alias",
    aliases: &[],
    group: Group::Shell,
    usage: "alias [NAME[=TEXT]]…",
    summary: "give a command another name",
    manual: "With NAME=TEXT, NAME stands for TEXT when it is typed as a command. With NAME, tells what it stands for. Alone, \
             lists all aliases.",
    flags: &[],
    complete: names,
    run: Handler::Tool(run),
};

/// `unalias`' row.
pub(crate) const UNALIAS: Tool = Tool {
    name: "unalias",
    aliases: &[],
    group: Group::Shell,
    usage: "unalias NAME…",
    summary: "forget aliases",
    manual: "Forgets each alias NAME.",
    flags: &[],
    complete: names,
    run: Handler::Tool(unalias),
};

fn names(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    asking.session.aliases.clone().into_iter().collect()
}

fn run(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let mut output = Output::default();
    let line = |name: &str, text: &str| format!("alias {name}='{text}'\n");
    if call.arguments.is_empty() {
        output.out(session.aliases.iter().map(|(name, text)| line(name, text)).collect::<String>());
    }
    for argument in call.arguments {
        match argument.split_once('=') {
            Some((name, text)) if session.aliases.len() < MAX_NAMES => {
                session.aliases.insert(name.to_owned(), text.to_owned());
            }
            Some(_) => output.append(Output::failure("bash: alias: too many aliases")),
            None => match session.aliases.get(argument) {
                Some(text) => output.out(line(argument, text)),
                None => output.append(Output::failure(format!("bash: alias: {argument}: not found"))),
            },
        }
    }
    output.into()
}

fn unalias(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let mut output = Output::default();
    for name in call.arguments {
        if session.aliases.remove(name).is_none() {
            output.append(Output::failure(format!("bash: unalias: {name}: not found")));
        }
    }
    output.into()
}
