//! `handoff`: what the next one on call has to know, put together from the incident's record and the shop.

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::nearest;
use crate::stack::ChangeState;
use crate::telemetry::Phase;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "handoff",
    aliases: &["handover"],
    group: Group::Incident,
    usage: "handoff\nhandoff PERSON [MESSAGE]…",
    summary: "hand the incident over, or draft what to say",
    manual: "Puts together what the next one has to know: severity, alerts that fire, what was stated and taken back, the last notes. Alone, prints it; with PERSON, posts it \
             to the channel with MESSAGE.",
    flags: &[],
    complete: people,
    run: Handler::Tool(run),
};

/// Notes that are handed over.
const NOTES: usize = 3;

fn people(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if !asking.before.is_empty() {
        return Vec::new();
    }
    asking.context.scenario.people.iter().map(|person| (person.id.clone(), person.role.clone())).collect()
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let text = summary(context);
    let Some((whom, message)) = call.arguments.split_first() else { return Output::text(text).into() };
    let scenario = context.scenario;
    let word = whom.trim_start_matches('@');
    let Some(person) = scenario.people.iter().find(|person| person.id == word || person.name == word) else {
        let mut output =
            Output::failure(format!("handoff: nobody is called '{word}'; page lists whom there is"));
        if let Some(near) = nearest(word, scenario.people.iter().map(|person| person.id.as_str())) {
            output.err(format!("did you mean: {near}\n"));
        }
        return output.into();
    };
    let line = text.trim_end().replace('\n', "; ");
    let words = if message.is_empty() { String::new() } else { format!("{}. ", message.join(" ")) };
    let now = context.world.now();
    context.incident.say(
        now,
        "oncall",
        MessageKind::Trainee,
        &format!("@{} handing over: {words}{line}", person.id),
    );
    Output::text(format!(
        "Posted to the channel for {} at {}.\n",
        person.name,
        scenario.calendar().clock(now)
    ))
    .into()
}

fn summary(context: &Context<'_>) -> String {
    let calendar = context.scenario.calendar();
    let incident = &context.incident;
    let mut out = match incident.severity() {
        Some((severity, since)) => format!("{} since {}\n", severity.name(), calendar.clock(since)),
        None => "no severity declared\n".into(),
    };
    let firing: Vec<String> = context
        .world
        .telemetry()
        .alerts
        .all()
        .filter(|alert| alert.state.phase == Phase::Firing)
        .map(|alert| {
            let taken =
                if incident.is_acknowledged(&alert.rule.name) { "acknowledged" } else { "not acknowledged" };
            format!("{} ({taken})", alert.rule.name)
        })
        .collect();
    out.push_str(&format!(
        "firing: {}\n",
        if firing.is_empty() { "nothing".into() } else { firing.join(", ") }
    ));
    for cause in &incident.statements {
        out.push_str(&format!("stated: {} {} {}\n", cause.component, cause.object, cause.mechanism));
    }
    for change in context.world.changes() {
        let word = match change.state {
            ChangeState::RolledBack => "rolled back",
            ChangeState::RollingBack => "being rolled back",
            _ => continue,
        };
        out.push_str(&format!("{word}: {} {}\n", change.id, change.title));
    }
    for note in incident.notes.iter().rev().take(NOTES).rev() {
        out.push_str(&format!("note {}: {}\n", calendar.clock(note.at), note.text));
    }
    out
}
