//! `history`: lines typed before.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "history",
    aliases: &[],
    group: Group::Shell,
    usage: "history [N]",
    summary: "list lines typed before",
    manual: "Lists the lines typed, or the last N. !N, !!, !prefix and !$ bring them back; Ctrl-R searches.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(run),
};

fn run(call: &Call<'_>, session: &mut Session, _: &mut Context<'_>) -> Outcome {
    let lines = session.history.lines();
    let wanted = match call.arguments.first().map(|text| text.parse::<usize>()) {
        None => lines.len(),
        Some(Ok(number)) => number.min(lines.len()),
        Some(Err(_)) => {
            return Output::failure(format!(
                "bash: history: {}: numeric argument required",
                call.arguments[0]
            ))
            .into();
        }
    };
    let skipped = lines.len() - wanted;
    let first = session.history.first_number() + skipped;
    let text: String = lines[skipped..]
        .iter()
        .enumerate()
        .map(|(index, line)| format!("{:5}  {line}\n", first + index))
        .collect();
    Output::text(text).into()
}
