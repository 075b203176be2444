//! `audit`: what you changed in production, and how it went.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::console::text::{row, table};
use crate::stack::OperationState;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "audit",
    aliases: &[],
    group: Group::Change,
    usage: "audit",
    summary: "list what you changed in production",
    manual: "Lists every change that was made from this console, with its time: rollbacks, SQL that changes something, pods, settings; and the operations that take time, with how \
             long each took and how it ended.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(run),
};

fn run(_: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let calendar = context.scenario.calendar();
    let mut rows = vec![row(["TIME", "WHO", "ACTION"])];
    for entry in &context.incident.audit {
        rows.push(row([&calendar.clock(entry.at), "oncall", &entry.text]));
    }
    let mut operations = vec![row(["STARTED", "TOOK", "STATE", "OPERATION"])];
    for operation in context.world.operations() {
        let until = operation.finished_at.unwrap_or(context.world.now());
        let state = match &operation.state {
            OperationState::Running => format!("running, {:.0} %", operation.progress * 100.0),
            OperationState::Done => "done".to_owned(),
            OperationState::Failed(reason) => format!("failed: {reason}"),
        };
        let took = format!("{:.0}s", until.since(operation.started_at).as_secs_f64());
        operations.push(row([&calendar.clock(operation.started_at), &took, &state, &operation.text]));
    }
    let mut out = if rows.len() == 1 { "Nothing was changed from here.\n".to_owned() } else { table(&rows) };
    if operations.len() > 1 {
        out.push_str(&format!("\n{}", table(&operations)));
    }
    Output::text(out).into()
}
