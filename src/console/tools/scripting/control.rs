//! `break`, `continue`, `return` and `(( ))`.

use crate::console::shell::arithmetic;
use crate::console::shell::session::Leave;
use crate::console::table::{Group, Handler, Output, Tool, nothing};

/// `break`'s row.
pub(super) const BREAK: Tool = Tool {
    name: "break",
    aliases: &["continue"],
    group: Group::Shell,
    usage: "break [N]\ncontinue [N]",
    summary: "leave a loop, or go on with its next turn",
    manual: "Leaves the innermost loop, or the N innermost. continue goes on with the next turn.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|call, session, _| {
        let levels = call.arguments.first().and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
        session.leave =
            Some(if call.name == "continue" { Leave::Continue(levels) } else { Leave::Break(levels) });
        Output::default().into()
    }),
};

/// `return`'s row.
pub(super) const RETURN: Tool = Tool {
    name: "return",
    aliases: &[],
    group: Group::Shell,
    usage: "return [STATUS]",
    summary: "leave a function",
    manual: "Leaves the function under way with STATUS, or that of the last command.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|call, session, _| {
        let status = call.arguments.first().and_then(|text| text.parse().ok()).unwrap_or(session.status);
        session.leave = Some(Leave::Return(status));
        Output { parts: Vec::new(), status }.into()
    }),
};

/// `((`'s row.
pub(super) const ARITHMETIC: Tool = Tool {
    name: "((",
    aliases: &["let"],
    group: Group::Shell,
    usage: "((EXPRESSION))",
    summary: "calculate with whole numbers",
    manual: "Evaluates EXPRESSION and carries out its assignments (((n++)), ((total += size))). Succeeds when the value isn't 0. $((EXPRESSION)) gives the value.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(|call, session, _| match arithmetic::evaluate(&call.arguments.join(" "), session) {
        Ok(value) => Output { parts: Vec::new(), status: u8::from(value == 0) }.into(),
        Err(message) => Output::failure(message).into(),
    }),
};
