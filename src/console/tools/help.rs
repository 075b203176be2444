//! `help`: every command by group, from the table.

use super::{all, man};
use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "help",
    aliases: &[],
    group: Group::Shell,
    usage: "help [COMMAND]",
    summary: "list commands, or tell one command's usage",
    manual: "Without COMMAND, lists all commands by group. With one, tells its usage; man COMMAND tells more.",
    flags: &[],
    complete: commands,
    run: Handler::Tool(run),
};

/// Proposes commands' names.
pub(crate) fn commands(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if asking.before.is_empty() {
        all().map(|tool| (tool.name.to_owned(), tool.summary.to_owned())).collect()
    } else {
        Vec::new()
    }
}

fn run(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    match call.arguments.first() {
        None => Output::text(overview()).into(),
        Some(name) => match super::find(name) {
            Some(tool) => Output::text(man::short(tool)).into(),
            None => Output::failure(format!("help: no help topic matches '{name}'. Try help alone.")).into(),
        },
    }
}

fn overview() -> String {
    let width = all().map(|tool| tool.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for group in Group::ALL {
        out.push_str(&format!("{}\n", group.title().to_uppercase()));
        for tool in all().filter(|tool| tool.group == group) {
            out.push_str(&format!("  {:width$}  {}\n", tool.name, tool.summary));
        }
        out.push('\n');
    }
    out.push_str(
        "man COMMAND tells more; Tab completes. Pipes, &&, ||, ;, $(…), > file and & work as in bash.\n\
         First steps: alerts, ack ALERT, declare sev1, dash, then find out what changed: changes list.\n",
    );
    out
}
