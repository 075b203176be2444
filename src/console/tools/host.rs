//! Facts about the bastion host and who is logged in: `whoami`, `hostname`, `pwd`.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// `whoami`'s row.
pub(crate) const WHOAMI: Tool = Tool {
    name: "whoami",
    aliases: &["id"],
    group: Group::Shell,
    usage: "whoami",
    summary: "tell who you are",
    manual: "Tells the user name of the on-call role.",
    complete: nothing,
    run: Handler::Tool(whoami),
};

/// `hostname`'s row.
pub(crate) const HOSTNAME: Tool = Tool {
    name: "hostname",
    aliases: &[],
    group: Group::Shell,
    usage: "hostname",
    summary: "tell the name of this host",
    manual: "Tells the name of the host that this shell runs on: the bastion, or where ssh went.",
    complete: nothing,
    run: Handler::Tool(|_, session, _| {
        Output::text(format!("{}\n", session.host.as_deref().unwrap_or("bastion"))).into()
    }),
};

/// `pwd`'s row.
pub(crate) const PWD: Tool = Tool {
    name: "pwd",
    aliases: &[],
    group: Group::Shell,
    usage: "pwd",
    summary: "tell the scratch directory's name",
    manual: "Tells the name of the scratch directory, the only one there is.",
    complete: nothing,
    run: Handler::Tool(|_, _, _| Output::text("/home/oncall\n").into()),
};

fn whoami(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    let text = if call.name == "id" {
        "uid=1000(oncall) gid=1000(oncall) groups=1000(oncall),4(adm)\n"
    } else {
        "oncall\n"
    };
    Output::text(text).into()
}
