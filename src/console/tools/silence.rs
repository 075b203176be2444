//! `silence`: an alert that everybody knows of is to notify nobody for a while (Alertmanager's silences).

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::{duration, nearest, row, table};
use crate::kernel::Span;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "silence",
    aliases: &["silences"],
    group: Group::Incident,
    usage: "silence\nsilence ALERT [DURATION] [COMMENT]…\nsilence -d ALERT",
    summary: "mark an alert as known for a while",
    manual: "Marks ALERT as known for DURATION (1h): it pages nobody until then, in the channel or on the screen. The rule goes on being evaluated, alerts shows both, and one that still fires when the silence ends pages then. The channel sees it. Alone, lists \
             silences in force; -d ends one. To take an alert is ack, which silences nothing.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[flag('d', "expire", "", "end a silence")];

/// How long a silence lasts when nothing is said.
const USUAL: Span = Span::from_hours(1);

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if asking.before.iter().any(|word| !word.starts_with('-')) {
        return Vec::new();
    }
    let alerts = &asking.context.world.telemetry().alerts;
    alerts.all().map(|alert| (alert.rule.name.clone(), alert.rule.summary.clone())).collect()
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let words: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
    let (name, rest, ends) = match words.as_slice() {
        [] => return Output::text(list(context)).into(),
        ["-d" | "--expire" | "expire", name, ..] => (*name, &[][..], true),
        [name, rest @ ..] => (*name, rest, false),
    };
    let names: Vec<String> =
        context.world.telemetry().alerts.all().map(|alert| alert.rule.name.clone()).collect();
    if !names.iter().any(|known| known == name) {
        let mut output =
            Output::failure(format!("silence: no alert is called '{name}'; alerts -a lists them"));
        if let Some(near) = nearest(name, names.iter().map(String::as_str)) {
            output.err(format!("did you mean: {near}\n"));
        }
        return output.into();
    }
    let now = context.world.now();
    let calendar = context.scenario.calendar();
    if ends {
        context.incident.silence(now, name, now, "");
        return Output::text(format!("{name}: silence ended\n")).into();
    }
    let (span, comment) = match rest.split_first() {
        Some((first, after)) => match duration(first) {
            Some(span) => (span, after.join(" ")),
            None => (USUAL, rest.join(" ")),
        },
        None => (USUAL, String::new()),
    };
    let until = now + span;
    context.incident.silence(now, name, until, &comment);
    let why = if comment.is_empty() { String::new() } else { format!(": {comment}") };
    let text = format!("oncall silenced {name} until {}{why}", calendar.clock(until));
    context.incident.say(now, "incident", MessageKind::Tool, &text);
    Output::text(format!("{name} silenced until {}\n", calendar.clock(until))).into()
}

fn list(context: &Context<'_>) -> String {
    let calendar = context.scenario.calendar();
    let now = context.world.now();
    let mut rows = vec![row(["ALERT", "SINCE", "UNTIL", "COMMENT"])];
    for silence in &context.incident.silences {
        // A later silence of the same alert stands in for this one.
        if context.incident.silenced_until(&silence.alert, now) == Some(silence.until) {
            rows.push(vec![
                silence.alert.clone(),
                calendar.clock(silence.at),
                calendar.clock(silence.until),
                silence.comment.clone(),
            ]);
        }
    }
    if rows.len() == 1 { "No silences.\n".into() } else { table(&rows) }
}
