//! `runbook`: the company's runbooks, some of them out of date, as at work.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::{nearest, row, table};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "runbook",
    aliases: &["runbooks"],
    group: Group::Incident,
    usage: "runbook [list]\nrunbook NAME",
    summary: "list runbooks, or read one",
    manual: "Lists the runbooks with when each was last changed, or prints one. A runbook may be out of date.",
    flags: &[],
    complete,
    run: Handler::Tool(run),
};

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if !asking.before.is_empty() {
        return Vec::new();
    }
    asking
        .context
        .scenario
        .runbooks
        .iter()
        .map(|runbook| (runbook.id.clone(), runbook.title.clone()))
        .collect()
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let name = match call.arguments.first().map(String::as_str) {
        None | Some("list" | "ls") => return Output::text(list(context)).into(),
        Some("show") => call.arguments.get(1).map_or("", String::as_str),
        Some(name) => name,
    };
    let name = name.trim_end_matches(".md");
    match context.scenario.runbooks.iter().find(|runbook| runbook.id.eq_ignore_ascii_case(name)) {
        Some(runbook) => {
            let heading = format!("{} (last changed {})\n\n", runbook.title, runbook.updated);
            Output::text(format!("{heading}{}\n", runbook.text.trim_end())).into()
        }
        None => {
            let mut output = Output::failure(format!("runbook: there is none called '{name}'"));
            let names = context.scenario.runbooks.iter().map(|runbook| runbook.id.as_str());
            if let Some(near) = nearest(name, names) {
                output.err(format!("did you mean: {near}\n"));
            }
            output.into()
        }
    }
}

fn list(context: &Context<'_>) -> String {
    let mut rows = vec![row(["NAME", "UPDATED", "TITLE"])];
    for runbook in &context.scenario.runbooks {
        rows.push(row([&runbook.id, &runbook.updated, &runbook.title]));
    }
    table(&rows)
}
