//! `post`: writes to the incident channel; alone, reads it.

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "post",
    aliases: &["say", "channel"],
    group: Group::Incident,
    usage: "post MESSAGE…\nchannel [N]",
    summary: "write to the incident channel, or read it",
    manual: "Writes MESSAGE to the incident channel. Who is there may answer; a MESSAGE that begins with @PERSON is for that person, as with ask. Without MESSAGE, prints the channel, or its last N messages.",
    flags: &[],
    complete: people,
    run: Handler::Tool(run),
};

/// Messages printed when no number is given.
const SHOWN: usize = 30;

fn people(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if !asking.current.starts_with('@') {
        return Vec::new();
    }
    asking
        .context
        .scenario
        .people
        .iter()
        .map(|person| (format!("@{}", person.id), person.role.clone()))
        .collect()
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let number = match call.arguments {
        [] => Some(SHOWN),
        [one] if call.name == "channel" => one.parse::<usize>().ok(),
        _ => None,
    };
    if let Some(number) = number {
        return Output::text(read(context, number)).into();
    }
    let now = context.world.now();
    context.incident.say(now, "oncall", MessageKind::Trainee, &call.arguments.join(" "));
    Output::default().into()
}

fn read(context: &Context<'_>, number: usize) -> String {
    let channel = &context.incident.channel;
    let calendar = context.scenario.calendar();
    let shown = &channel[channel.len().saturating_sub(number)..];
    let width = shown.iter().map(|message| message.author.chars().count()).max().unwrap_or(0);
    let line = |message: &crate::console::incident::Message| {
        format!("{}  {:width$}  {}\n", calendar.clock(message.at), message.author, message.text)
    };
    if shown.is_empty() { "The channel is empty.\n".into() } else { shown.iter().map(line).collect() }
}
