//! `changes`: everything that was deployed, newest first.

use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::{duration, nearest, row, table};
use crate::stack::{ChangeKind, ChangeState, ChangeView};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "changes",
    aliases: &["change", "deploys"],
    group: Group::Change,
    usage: "changes [list] [--since DURATION] [--kind KIND]\nchanges show CHANGE",
    summary: "list what was deployed, or show one change",
    manual: "Lists migrations, deploys, configuration and flag changes, newest first; show prints one with its author's words, what it did, what takes it \
             back, how long that takes at least and what it locks, and its log.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    word('s', "since", "DURATION", "only changes of the last DURATION"),
    word('k', "kind", "KIND", "only migration, deploy, config or flag"),
];

/// Proposes changes' ids.
pub(crate) fn ids(context: &Context<'_>) -> Vec<Candidate> {
    context.world.changes().into_iter().map(|change| (change.id, change.title)).collect()
}

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    match asking.before {
        [] => words(&[
            ("list", "all changes"),
            ("show", "one change"),
            ("--since", "only recent ones"),
            ("--kind", "only one kind"),
        ]),
        [.., last] if last == "--kind" => {
            words(&[("migration", ""), ("deploy", ""), ("config", ""), ("flag", "")])
        }
        [first, ..] if first == "show" => ids(asking.context),
        _ => Vec::new(),
    }
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output.into(),
    };
    let mut operands = parsed.operands.iter().map(String::as_str);
    match operands.next() {
        None | Some("list" | "ls" | "log") => {
            let since = match parsed.value('s').map(duration) {
                Some(None) => return Output::failure("changes: --since wants a duration such as 2h").into(),
                Some(Some(span)) => context.world.now().back(span),
                None => crate::kernel::SimTime::ZERO,
            };
            let wanted = |change: &ChangeView| {
                change.at >= since && parsed.value('k').is_none_or(|kind| kind == change.kind.as_str())
            };
            Output::text(list(context, wanted)).into()
        }
        Some("show") => match operands.next() {
            Some(id) => show(context, id).into(),
            None => Output::failure("changes: show which change?").into(),
        },
        Some(id) => show(context, id).into(),
    }
}

fn list(context: &Context<'_>, wanted: impl Fn(&ChangeView) -> bool) -> String {
    let calendar = context.scenario.calendar();
    let mut changes: Vec<ChangeView> = context.world.changes().into_iter().filter(wanted).collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.at));
    let mut rows = vec![row(["CHANGE", "TIME", "KIND", "STATE", "AUTHOR", "TITLE"])];
    for change in &changes {
        rows.push(row([
            &change.id,
            &calendar.clock(change.at),
            change.kind.as_str(),
            change.state.as_str(),
            &change.author,
            &change.title,
        ]));
    }
    if rows.len() == 1 { "No changes.\n".into() } else { table(&rows) }
}

/// The change called `id`, or the complaint that there is none.
pub(crate) fn find(context: &Context<'_>, tool: &str, id: &str) -> Result<ChangeView, Output> {
    let changes = context.world.changes();
    let wanted =
        if id.bytes().all(|byte| byte.is_ascii_digit()) { format!("CHG-{id}") } else { id.to_owned() };
    if let Some(change) = changes.iter().find(|change| change.id.eq_ignore_ascii_case(&wanted)) {
        return Ok(change.clone());
    }
    let mut output = Output::failure(format!("{tool}: there is no change '{id}'; changes list shows them"));
    if let Some(near) = nearest(id, changes.iter().map(|change| change.id.as_str())) {
        output.err(format!("did you mean: {near}\n"));
    }
    Err(output)
}

fn show(context: &Context<'_>, id: &str) -> Output {
    let change = match find(context, "changes", id) {
        Ok(change) => change,
        Err(output) => return output,
    };
    let calendar = context.scenario.calendar();
    let finished = change.finished_at.map_or("-".into(), |at| calendar.clock(at));
    let mut rows = vec![
        row(["Change:", &change.id]),
        row(["Title:", &change.title]),
        row(["Kind:", change.kind.as_str()]),
        row(["State:", change.state.as_str()]),
        row(["Author:", &change.author]),
        row(["Started:", &format!("{} {}", calendar.date(change.at), calendar.clock(change.at))]),
        row(["Finished:", &finished]),
    ];
    if let Some(written) = context.scenario.change(&change.id) {
        rows.insert(5, row(["Reviewer:", &written.reviewer]));
    }
    let mut out = table(&rows);
    out.push_str(&format!("\n{}\n", indented(change.description.trim(), "    ")));
    let (up, down) = match change.kind {
        ChangeKind::Migration => ("-- up", "-- down"),
        _ => ("# change", "# back"),
    };
    out.push_str(&format!("\n{up}\n{}\n\n{down}\n{}\n", change.up.trim(), change.down.trim()));
    if matches!(change.state, ChangeState::Applied | ChangeState::Failed) {
        out.push_str("\n# what taking it back does\n");
        out.extend(super::effects::of_rollback(&change, context).iter().map(|line| format!("{line}\n")));
    }
    if !change.log.is_empty() {
        out.push_str(&format!("\n# log\n{}\n", change.log.join("\n")));
    }
    Output::text(out)
}

fn indented(text: &str, indent: &str) -> String {
    text.lines().map(|line| format!("{indent}{line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
