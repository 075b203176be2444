//! `which`, `type` and `command`: what a name stands for.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::shell::syntax::List;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::tools::{find, names};

/// `which`'s row.
pub(super) const WHICH: Tool = Tool {
    name: "which",
    aliases: &["type", "whereis", "hash"],
    group: Group::Shell,
    usage: "which NAME…\ntype NAME…",
    summary: "tell what a command's name stands for",
    manual: "Tells what each NAME stands for: an alias, a function of the shell, or a command. Fails when it is none.",
    flags: &[],
    complete,
    run: Handler::Tool(which),
};

/// `command`'s row.
pub(super) const COMMAND: Tool = Tool {
    name: "command",
    aliases: &["builtin", "exec", "nohup", "nice", "timeout", "stdbuf"],
    group: Group::Shell,
    usage: "command [-v] NAME [ARGUMENT]…\ntimeout DURATION NAME [ARGUMENT]…",
    summary: "run a command, or tell whether there is one",
    manual: "Runs the command NAME, whatever alias or function has its name. With -v, tells what NAME is, and fails when it is nothing. nohup, nice, stdbuf and timeout run NAME as well: \
             nothing is cut off by a closed terminal here, and a command that takes too long is ended with Ctrl-C.",
    flags: &[],
    complete,
    run: Handler::Tool(command),
};

/// Words that the shell itself understands.
const KEYWORDS: [&str; 14] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function",
    "select",
];

/// Commands that the shell itself carries out.
const BUILTINS: [&str; 36] = [
    "cd",
    "pwd",
    "echo",
    "printf",
    "export",
    "unset",
    "set",
    "shopt",
    "alias",
    "unalias",
    "read",
    "mapfile",
    "readarray",
    "test",
    "[",
    "jobs",
    "fg",
    "kill",
    "wait",
    "history",
    "type",
    "command",
    "builtin",
    "exec",
    "trap",
    "eval",
    "source",
    ".",
    "shift",
    "local",
    "return",
    "break",
    "continue",
    "true",
    "false",
    ":",
];

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    names(asking.session)
}

fn which(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let mut output = Output::default();
    let tells = call.name == "type";
    let short = call.arguments.iter().any(|argument| argument == "-t");
    for name in call.arguments.iter().filter(|argument| !argument.starts_with('-')) {
        let (kind, sentence) = if let Some(text) = session.aliases.get(name) {
            ("alias", format!("{name} is aliased to `{text}'"))
        } else if KEYWORDS.contains(&name.as_str()) {
            ("keyword", format!("{name} is a shell keyword"))
        } else if session.functions.contains_key(name) {
            ("function", format!("{name} is a function"))
        } else if BUILTINS.contains(&name.as_str()) {
            ("builtin", format!("{name} is a shell builtin"))
        } else if find(name).is_some() {
            ("file", format!("{name} is /usr/bin/{name}"))
        } else {
            if tells && !short {
                output.err(format!("bash: type: {name}: not found\n"));
            }
            output.status = 1;
            continue;
        };
        output.out(match (short, tells) {
            (true, _) => format!("{kind}\n"),
            (false, true) => format!("{sentence}\n"),
            (false, false) if kind == "file" => format!("/usr/bin/{name}\n"),
            (false, false) => format!("{sentence}\n"),
        });
    }
    output.into()
}

fn command(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let mut rest = call.arguments;
    while let Some((option, after)) = rest.split_first().filter(|(option, _)| option.starts_with('-')) {
        if option == "-v" || option == "-V" {
            return after
                .first()
                .map_or_else(Output::default, |name| {
                    let known = session.functions.contains_key(name) || find(name).is_some();
                    if known {
                        Output::text(format!("{name}\n"))
                    } else {
                        Output { parts: Vec::new(), status: 1 }
                    }
                })
                .into();
        }
        let takes =
            matches!(option.as_str(), "-n" | "-k" | "-s" | "-o" | "-e" | "-i") && call.name != "command";
        rest = if takes { after.get(1..).unwrap_or(&[]) } else { after };
    }
    if call.name == "timeout" {
        rest = rest.get(1..).unwrap_or(&[]);
    }
    if rest.is_empty() {
        return Output::default().into();
    }
    Outcome::Run(List::simple(rest))
}
