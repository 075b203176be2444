//! `ack`: takes an alert.

use super::alerts::{names, unknown};
use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::telemetry::Phase;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "ack",
    aliases: &["acknowledge"],
    group: Group::Incident,
    usage: "ack [ALERT]…\nack all",
    summary: "acknowledge alerts: you have them",
    manual: "Tells everybody that you have the alert, so that nobody else is woken. Alone, acknowledges the page that fires; with all, every \
             alert that fires.",
    flags: &[],
    complete,
    run: Handler::Tool(run),
};

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> =
        names(asking).into_iter().filter(|(_, state)| state == "firing").collect();
    found.push(("all".into(), "every alert that fires".into()));
    found
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let firing: Vec<(String, bool)> = context
        .world
        .telemetry()
        .alerts
        .all()
        .filter(|alert| alert.state.phase == Phase::Firing)
        .map(|alert| (alert.rule.name.clone(), alert.rule.severity == crate::telemetry::Severity::Page))
        .collect();
    let all = call.arguments.iter().any(|argument| matches!(argument.as_str(), "all" | "-a" | "--all"));
    let wanted: Vec<String> = if all {
        firing.iter().map(|(name, _)| name.clone()).collect()
    } else if call.arguments.is_empty() {
        firing.iter().filter(|(_, page)| *page).map(|(name, _)| name.clone()).collect()
    } else {
        call.arguments.to_vec()
    };
    if wanted.is_empty() {
        return Output::failure("ack: nothing fires that could be acknowledged").into();
    }
    let mut output = Output::default();
    for name in wanted {
        output.append(acknowledge(context, &name));
    }
    output.into()
}

fn acknowledge(context: &mut Context<'_>, name: &str) -> Output {
    let now = context.world.now();
    let alerts = &context.world.telemetry().alerts;
    let Some(alert) = alerts.all().find(|alert| alert.rule.name.eq_ignore_ascii_case(name)) else {
        return unknown("ack", name, context);
    };
    let name = alert.rule.name.clone();
    if alert.state.phase != Phase::Firing {
        return Output::failure(format!("ack: {name} is not firing"));
    }
    if !context.incident.acknowledge(now, &name) {
        return Output::text(format!("{name} was acknowledged already\n"));
    }
    context.incident.say(now, "incident", MessageKind::Tool, &format!("{name} acknowledged by oncall"));
    Output::text(format!("{name} acknowledged at {}\n", context.scenario.calendar().clock(now)))
}
