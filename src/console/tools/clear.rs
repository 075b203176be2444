//! `clear`: an empty transcript.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "clear",
    aliases: &["reset"],
    group: Group::Shell,
    usage: "clear",
    summary: "empty the screen",
    manual: "Empties the console's transcript. History and scratch files stay.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(run),
};

fn run(_: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    session.clear = true;
    Output::default().into()
}
