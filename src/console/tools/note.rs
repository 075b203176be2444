//! `note`: the trainee's own notes, which the post-mortem draws on.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "note",
    aliases: &["notes"],
    group: Group::Incident,
    usage: "note TEXT…\nnotes",
    summary: "write a note for the post-mortem, or read them",
    manual: "Writes TEXT down with the time. Without TEXT, prints all notes.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(run),
};

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let calendar = context.scenario.calendar();
    if call.arguments.is_empty() {
        let notes = &context.incident.notes;
        let text: String =
            notes.iter().map(|note| format!("{}  {}\n", calendar.clock(note.at), note.text)).collect();
        return Output::text(if text.is_empty() { "No notes yet.\n".into() } else { text }).into();
    }
    let now = context.world.now();
    context.incident.note(now, &call.arguments.join(" "));
    Output::text(format!("noted at {}\n", calendar.clock(now))).into()
}
