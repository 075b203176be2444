//! `resolve`: declares the incident over.

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "resolve",
    aliases: &[],
    group: Group::Incident,
    usage: "resolve [TEXT]…",
    summary: "declare the incident over",
    manual: "Declares the incident over, with TEXT as the closing words. Verify first: an incident that is resolved while the objective is missed goes on, \
             and the grade remembers.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(run),
};

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let now = context.world.now();
    let text = call.arguments.join(" ");
    if !context.incident.resolve(now, &text) {
        return Output::failure("resolve: the incident is resolved already").into();
    }
    let colon = if text.is_empty() { String::new() } else { format!(": {text}") };
    context.incident.say(now, "incident", MessageKind::Tool, &format!("incident resolved by oncall{colon}"));
    Output::text(format!("Incident resolved at {}.\n", context.scenario.calendar().clock(now))).into()
}
