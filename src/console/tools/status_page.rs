//! `status-page`: what customers are told.

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, words};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "status-page",
    aliases: &["statuspage"],
    group: Group::Incident,
    usage: "status-page\nstatus-page investigating|identified|monitoring|resolved MESSAGE…",
    summary: "tell customers, or show what they were told",
    manual: "Publishes MESSAGE on the public status page under one of the four words that such pages use. The channel sees that it was published. Alone, shows the \
             page.",
    flags: &[],
    complete: |asking| {
        if !asking.before.is_empty() {
            return Vec::new();
        }
        words(&[
            ("investigating", "something is wrong"),
            ("identified", "the cause is known"),
            ("monitoring", "a fix is in"),
            ("resolved", "it is over"),
        ])
    },
    run: Handler::Tool(run),
};

/// The words of a status page.
const STATES: [&str; 4] = ["investigating", "identified", "monitoring", "resolved"];
/// Who the channel's messages of the page come from.
const AUTHOR: &str = "status-page";

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let calendar = context.scenario.calendar();
    match call.arguments {
        [] => {
            let published = context.incident.channel.iter().filter(|message| message.author == AUTHOR);
            let lines: Vec<String> = published
                .map(|message| format!("{}  {}\n", calendar.clock(message.at), message.text))
                .collect();
            Output::text(if lines.is_empty() { "All systems operational.\n".into() } else { lines.concat() })
        }
        [state, message @ ..] if STATES.contains(&state.as_str()) && !message.is_empty() => {
            let now = context.world.now();
            let mut title = state.clone();
            title[..1].make_ascii_uppercase();
            context.incident.say(now, AUTHOR, MessageKind::Tool, &format!("{title}: {}", message.join(" ")));
            Output::text(format!("published at {}\n", calendar.clock(now)))
        }
        _ => Output::failure(format!("usage: {}", TOOL.usage)),
    }
    .into()
}
