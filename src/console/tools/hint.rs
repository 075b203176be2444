//! `hint`: the scenario's hints, from general to specific, each at a price.

use crate::console::Context;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "hint",
    aliases: &[],
    group: Group::Incident,
    usage: "hint [-l]",
    summary: "take a hint, at a price",
    manual: "Gives the next hint. Each costs points and says how many. With -l, prints those taken so far, for nothing.",
    flags: FLAGS,
    complete: nothing,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[flag('l', "list", "", "print those taken so far, for nothing")];

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let calendar = context.scenario.calendar();
    if call.arguments.first().is_some_and(|argument| argument == "-l") {
        let taken = &context.incident.hints;
        let text: String = taken
            .iter()
            .map(|hint| format!("{}  {}. {}\n", calendar.clock(hint.at), hint.number, hint.text))
            .collect();
        return Output::text(if text.is_empty() { "No hints taken.\n".into() } else { text }).into();
    }
    let Some(hint) = context.scenario.hints.get(context.incident.hints.len()) else {
        return Output::failure("hint: there are no more hints").into();
    };
    let text = context.variant.fill(&hint.text);
    let number = context.incident.take_hint(context.world.now(), &text);
    Output::text(format!(
        "Hint {number} of {} (−{} points): {text}\n",
        context.scenario.hints.len(),
        hint.cost
    ))
    .into()
}
