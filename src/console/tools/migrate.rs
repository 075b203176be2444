//! `migrate`: the migrations of the release train and how far each is.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::shell::syntax::List;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::{row, table};
use crate::stack::ChangeKind;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "migrate",
    aliases: &[],
    group: Group::Change,
    usage: "migrate status\nmigrate down CHANGE",
    summary: "list migrations, or take one back",
    manual: "status lists the migrations of the release train; down runs one's way back, as rollback does.",
    flags: &[],
    complete,
    run: Handler::Tool(run),
};

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    match asking.before {
        [] => words(&[("status", "list migrations"), ("down", "take one back")]),
        _ => super::changes::ids(asking.context),
    }
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let arguments: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] | ["status"] => Output::text(status(context)).into(),
        ["down", rest @ ..] if !rest.is_empty() => {
            let mut command = vec!["rollback".to_owned()];
            command.extend(rest.iter().map(|id| (*id).to_owned()));
            Outcome::Run(List::simple(&command))
        }
        ["up", ..] => {
            Output::failure("migrate: nothing to run: what is on the release train has been deployed").into()
        }
        _ => Output::failure(format!("usage: {}", TOOL.usage)).into(),
    }
}

fn status(context: &Context<'_>) -> String {
    let calendar = context.scenario.calendar();
    let mut rows = vec![row(["STATUS", "MIGRATION", "STARTED", "FINISHED", "TITLE"])];
    for change in context.world.changes().iter().filter(|change| change.kind == ChangeKind::Migration) {
        let finished = change.finished_at.map_or("-".into(), |at| calendar.clock(at));
        rows.push(row([
            change.state.as_str(),
            &change.id,
            &calendar.clock(change.at),
            &finished,
            &change.title,
        ]));
    }
    table(&rows)
}
