//! `declare`: says that this is an incident, and how bad.

use crate::console::Context;
use crate::console::incident::{MessageKind, Severity};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "declare",
    aliases: &["severity"],
    group: Group::Incident,
    usage: "declare SEVERITY [TITLE]…",
    summary: "declare an incident, or change its severity",
    manual: "Declares an incident. Declaring again changes the severity. With an option (declare -A NAME) it is the shell's: it makes a variable, an array with -a or -A.

  sev1  the business is down or losing money by the minute
  sev2  a major feature is broken or many users are slow
  sev3  some users notice; there is a workaround
  sev4  nobody notices yet",
    flags: &[],
    complete,
    run: Handler::Tool(run),
};

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if !asking.before.is_empty() {
        return Vec::new();
    }
    words(&[
        ("sev1", "the business is down"),
        ("sev2", "a major feature is broken"),
        ("sev3", "some users notice"),
        ("sev4", "nobody notices yet"),
    ])
}

fn run(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    if call.arguments.first().is_some_and(|first| first.starts_with('-')) {
        // The shell's own declare, as scripts use it.
        return super::scripting::declare(call, session).into();
    }
    let Some((word, title)) = call.arguments.split_first() else {
        return Output::failure("declare: which severity? declare sev1 | sev2 | sev3 | sev4 [TITLE]").into();
    };
    let Some(severity) = Severity::parse(word) else {
        return Output::failure(format!("declare: '{word}' is not a severity: sev1, sev2, sev3 or sev4"))
            .into();
    };
    let now = context.world.now();
    let title = title.join(" ");
    let before = context.incident.severity().map(|(severity, _)| severity);
    context.incident.declare(now, severity, &title);
    let colon = if title.is_empty() { String::new() } else { format!(": {title}") };
    let text = match before {
        None => format!("{} declared{colon}", severity.name()),
        Some(before) if before == severity => format!("still {}{colon}", severity.name()),
        Some(before) => format!("{} changed to {}{colon}", before.name(), severity.name()),
    };
    context.incident.say(now, "incident", MessageKind::Tool, &text);
    Output::text(format!("{text} ({})\n", context.scenario.calendar().clock(now))).into()
}
