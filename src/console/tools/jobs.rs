//! Job control: `jobs`, `fg`, `kill %N`.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, nothing};

/// `jobs`' row.
pub(crate) const TOOL: Tool = Tool {
    name: "jobs",
    aliases: &[],
    group: Group::Shell,
    usage: "jobs",
    summary: "list commands in the background",
    manual: "Lists the commands that were started with & and still run.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(run),
};

/// `fg`'s row.
pub(crate) const FG: Tool = Tool {
    name: "fg",
    aliases: &[],
    group: Group::Shell,
    usage: "fg [%N]",
    summary: "bring a background command to the foreground",
    manual: "Brings background command N, or the last one started, to the foreground.",
    flags: &[],
    complete: numbers,
    run: Handler::Tool(fg),
};

/// `kill`'s row.
pub(crate) const KILL: Tool = Tool {
    name: "kill",
    aliases: &[],
    group: Group::Shell,
    usage: "kill %N",
    summary: "end a background command",
    manual: "Ends background command N. To end a database session use SELECT pg_terminate_backend(PID) in psql; to end a pod, \
             kubectl delete pod.",
    flags: &[],
    complete: numbers,
    run: Handler::Tool(kill),
};

fn numbers(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    asking.session.background.iter().map(|(number, text)| (format!("%{number}"), text.clone())).collect()
}

fn run(_: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let last = session.background.len();
    let line = |(index, (number, text)): (usize, &(usize, String))| {
        let mark = if index + 1 == last { '+' } else { ' ' };
        format!("[{number}]{mark}  {:<22}  {text} &\n", "Running")
    };
    Output::text(session.background.iter().enumerate().map(line).collect::<String>()).into()
}

/// The job that `%N`, `N` or nothing means.
fn wanted(call: &Call<'_>, session: &Session) -> Option<usize> {
    match call.arguments.first() {
        None => session.background.last().map(|(number, _)| *number),
        Some(text) => {
            let number = text.trim_start_matches('%').parse().ok()?;
            session.background.iter().any(|(known, _)| *known == number).then_some(number)
        }
    }
}

fn fg(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    match wanted(call, session) {
        Some(number) => {
            session.foreground_request = Some(number);
            Output::default().into()
        }
        None => Output::failure(format!(
            "bash: fg: {}: no such job",
            call.arguments.first().map_or("current", |t| t)
        ))
        .into(),
    }
}

fn kill(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let Some(target) = call.arguments.iter().find(|argument| !argument.starts_with('-')) else {
        return Output::failure_with(2, "kill: usage: kill %JOB").into();
    };
    if !target.starts_with('%') {
        return Output::failure(format!("bash: kill: ({target}) - No such process")).into();
    }
    let target = std::slice::from_ref(target);
    match wanted(&Call { arguments: target, ..*call }, session) {
        Some(number) => {
            session.kill_request = Some(number);
            Output::default().into()
        }
        None => Output::failure(format!("bash: kill: {}: no such job", target[0])).into(),
    }
}
