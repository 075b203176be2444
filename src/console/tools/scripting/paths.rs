//! `basename`, `dirname` and `mktemp`: names of files.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// `basename`'s row.
pub(super) const BASENAME: Tool = Tool {
    name: "basename",
    aliases: &["dirname", "realpath"],
    group: Group::Shell,
    usage: "basename PATH [SUFFIX]\ndirname PATH",
    summary: "take a path apart",
    manual: "Prints the last part of PATH, without SUFFIX; dirname prints what stands before it.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(basename),
};

/// `mktemp`'s row.
pub(super) const MKTEMP: Tool = Tool {
    name: "mktemp",
    aliases: &[],
    group: Group::Shell,
    usage: "mktemp",
    summary: "make an empty scratch file",
    manual: "Makes an empty scratch file under a name that no other has, and prints the name.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(mktemp),
};

fn basename(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    let Some(path) = call.arguments.iter().find(|argument| !argument.starts_with('-')) else {
        return Output::failure(format!("{}: missing operand", call.name)).into();
    };
    let trimmed = path.trim_end_matches('/');
    let text = match (call.name, trimmed.rsplit_once('/')) {
        ("realpath", _) if path.starts_with('/') => path.clone(),
        ("realpath", _) => format!("/home/oncall/{path}"),
        ("dirname", Some(("", _))) => "/".to_owned(),
        ("dirname", Some((head, _))) => head.to_owned(),
        ("dirname", None) => ".".to_owned(),
        (_, found) => {
            let name = found.map_or(trimmed, |(_, name)| name);
            let suffix = call.arguments.get(1).map_or("", String::as_str);
            name.strip_suffix(suffix).filter(|head| !head.is_empty()).unwrap_or(name).to_owned()
        }
    };
    Output::text(text + "\n").into()
}

fn mktemp(_: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let number =
        (1..).find(|number| !session.files.contains_key(&format!("/tmp/tmp.{number:06}"))).unwrap_or(1);
    let name = format!("/tmp/tmp.{number:06}");
    match session.write(&name, "", false) {
        Ok(()) => Output::text(format!("{name}\n")).into(),
        Err(message) => Output::failure(message).into(),
    }
}
