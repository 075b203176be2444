//! `ssh` and `exit`: to a database server's machine and back.

use super::{find, names};
use crate::console::Context;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::parse::parse;
use crate::console::shell::session::{Leave, Session};
use crate::console::shell::syntax::{Piece, Word};
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, nothing};
use crate::console::text::nearest;
use crate::console::tools;

/// `ssh`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "ssh",
    aliases: &["mosh"],
    group: Group::Hosts,
    usage: "ssh HOST\nssh HOST COMMAND…",
    summary: "log in to a database server's machine",
    manual: "Logs in to HOST: top, ps, vmstat and their like then tell of that machine; exit comes back. With COMMAND, runs it there and stays here; quote a \
             pipe that is to run there. Pods are reached with kubectl; their nodes are managed by the cloud and take no logins.",
    flags: SSH_FLAGS,
    complete,
    run: Handler::Tool(run),
};

/// `exit`'s row.
pub(crate) const EXIT: Tool = Tool {
    name: "exit",
    aliases: &["logout"],
    group: Group::Hosts,
    usage: "exit [STATUS]",
    summary: "come back from a machine, or end a script",
    manual: "Logs out of the machine that ssh logged in to. In a script, ends it with STATUS. At the bastion's prompt there is nothing to leave: the drill goes on.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(exit),
};

const SSH_FLAGS: &[Flag] = &[
    flag('l', "", "USER", "accepted: you log in as oncall"),
    flag('p', "", "PORT", "accepted"),
    flag('i', "", "FILE", "accepted"),
    flag('o', "", "OPTION", "accepted"),
    flag('F', "", "FILE", "accepted"),
    flag('J', "", "HOST", "accepted"),
    flag('t', "", "", "accepted"),
    flag('q', "", "", "accepted"),
    flag('v', "", "", "accepted"),
    flag('T', "", "", "accepted"),
    flag('A', "", "", "accepted"),
    flag('n', "", "", "accepted"),
];

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    match asking.before {
        [] => names(asking.context).into_iter().map(|name| (name, "database server".to_owned())).collect(),
        [_] => {
            super::TOOLS.iter().skip(2).map(|tool| (tool.name.to_owned(), tool.summary.to_owned())).collect()
        }
        [_, name, rest @ ..] => tools::find(name)
            .map_or_else(Vec::new, |tool| (tool.complete)(&Asking { before: rest, ..*asking })),
    }
}

fn run(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let mut rest = call.arguments;
    while let Some((option, after)) = rest.split_first().filter(|(option, _)| option.starts_with('-')) {
        // Options that take a value and change nothing here.
        let takes = matches!(option.as_str(), "-l" | "-p" | "-i" | "-o" | "-F" | "-J");
        rest = if takes { after.get(1..).unwrap_or(&[]) } else { after };
    }
    let Some((target, command)) = rest.split_first() else {
        return Output::failure_with(255, format!("usage: {}", TOOL.usage.replace('\n', "\n       "))).into();
    };
    let name = target.rsplit('@').next().unwrap_or(target);
    if let Err(output) = reachable(name, context) {
        return output.into();
    }
    if command.is_empty() {
        session.host = Some(name.to_owned());
        return Output::default().into();
    }
    remote(name, &command.join(" "), call, session, context)
}

fn reachable(name: &str, context: &Context<'_>) -> Result<(), Output> {
    if find(context, name).is_some() {
        return Ok(());
    }
    if context.world.nodes().iter().any(|node| node.name == name) {
        let text = format!(
            "{name}: Permission denied (publickey).\nNodes are the cloud's: kubectl describe node {name}"
        );
        return Err(Output::failure_with(255, text));
    }
    if context.world.pods().iter().any(|pod| pod.name == name) {
        let text = format!(
            "ssh: Could not resolve hostname {name}: Name or service not known\nA pod is no host: kubectl exec {name} -- COMMAND"
        );
        return Err(Output::failure_with(255, text));
    }
    let mut output = Output::failure_with(
        255,
        format!("ssh: Could not resolve hostname {name}: Name or service not known"),
    );
    let known = names(context);
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => output.err(format!("did you mean: {near}\n")),
        None => output.err(format!("hosts: {}\n", known.join(", "))),
    }
    Err(output)
}

/// Runs a command line on a machine: one command at once; in anything longer, each command that isn't a filter is sent
/// there by an `ssh` of its own.
fn remote(
    name: &str,
    line: &str,
    call: &Call<'_>,
    session: &mut Session,
    context: &mut Context<'_>,
) -> Outcome {
    let mut list = match parse(line) {
        Ok(list) => list,
        Err(error) => return Output::failure_with(2, error.to_string()).into(),
    };
    let words: Option<Vec<String>> = match list.commands().as_slice() {
        [only] if only.redirects.is_empty() && only.assignments.is_empty() => {
            only.words.iter().map(Word::plain).collect()
        }
        _ => None,
    };
    if let Some((command, arguments)) = words.as_deref().and_then(<[String]>::split_first) {
        let before = session.host.replace(name.to_owned());
        let inner = Call { name: command, arguments, stdin: call.stdin, on_screen: call.on_screen };
        let outcome = tools::call(&inner, session, context);
        session.host = before;
        return outcome;
    }
    for command in list.commands_mut() {
        let tool = command.words.first().and_then(Word::plain);
        let is_filter = tool
            .and_then(|tool| tools::find(&tool))
            .is_some_and(|tool| matches!(tool.run, Handler::Filter(_)));
        if !is_filter {
            let prefix =
                ["ssh", name].map(|word| Word(vec![Piece::Literal { text: word.to_owned(), quoted: true }]));
            command.words.splice(0..0, prefix);
        }
    }
    Outcome::Run(list)
}

fn exit(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let status = call.arguments.first().and_then(|text| text.parse().ok()).unwrap_or(session.status);
    if session.shells > 0 {
        session.leave = Some(Leave::Exit(status));
        return Output { parts: Vec::new(), status }.into();
    }
    match session.host.take() {
        Some(name) => Output::text(format!("logout\nConnection to {name} closed.\n")),
        None => Output::failure("exit: this is the bastion; to leave the drill use the screen's own keys"),
    }
    .into()
}
