//! The scratch directory: `ls` and `rm`.

use crate::console::Context;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, files};

/// `ls`' row.
pub(crate) const LS: Tool = Tool {
    name: "ls",
    aliases: &["ll"],
    group: Group::Shell,
    usage: "ls [-l]",
    summary: "list scratch files",
    manual: "Lists the files written with > FILE. With -l, their sizes in bytes too.",
    flags: LS_FLAGS,
    complete: files,
    run: Handler::Tool(ls),
};

/// `rm`'s row.
pub(crate) const RM: Tool = Tool {
    name: "rm",
    aliases: &[],
    group: Group::Shell,
    usage: "rm [-f] FILE…",
    summary: "remove scratch files",
    manual: "Removes scratch files. With -f, without complaint about those that aren't there.",
    flags: RM_FLAGS,
    complete: files,
    run: Handler::Tool(rm),
};

const LS_FLAGS: &[Flag] = &[
    flag('l', "", "", "with sizes in bytes"),
    flag('a', "all", "", "accepted: no file is hidden"),
    flag('h', "human-readable", "", "accepted"),
    flag('t', "", "", "accepted: by name"),
    flag('r', "", "", "accepted"),
    flag('1', "", "", "accepted: one a line anyway"),
];

const RM_FLAGS: &[Flag] = &[
    flag('f', "force", "", "no complaint about those that aren't there"),
    flag('r', "recursive", "", "accepted"),
];

fn ls(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let long = call.name == "ll"
        || call.arguments.iter().any(|argument| argument.starts_with('-') && argument.contains('l'));
    let wanted: Vec<&String> =
        call.arguments.iter().filter(|argument| !argument.starts_with('-') && *argument != ".").collect();
    let mut output = Output::default();
    for name in &wanted {
        if session.read(name).is_none() {
            output.append(Output::failure_with(
                2,
                format!("ls: cannot access '{name}': No such file or directory"),
            ));
        }
    }
    let status = output.status;
    for (name, text) in session.files.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name)) {
        output.out(if long {
            format!("-rw-r--r-- 1 oncall oncall {:8} {name}\n", text.len())
        } else {
            format!("{name}\n")
        });
    }
    output.status = status;
    output.into()
}

fn rm(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let force = call.arguments.iter().any(|argument| argument.starts_with('-') && argument.contains('f'));
    let mut output = Output::default();
    for name in call.arguments.iter().filter(|argument| !argument.starts_with('-')) {
        if session.files.remove(name).is_none() && !force {
            output.append(Output::failure(format!("rm: cannot remove '{name}': No such file or directory")));
        }
    }
    output.into()
}
