//! `seq`: numbers in a row.

use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "seq",
    aliases: &[],
    group: Group::Text,
    usage: "seq [FIRST [STEP]] LAST",
    summary: "print a row of whole numbers",
    manual: "Prints whole numbers from FIRST (1) to LAST in steps of STEP (1), one a line.",
    complete: nothing,
    run: Handler::Filter(run),
};

/// Most numbers printed.
const MAX_NUMBERS: usize = 100_000;

fn run(call: &Call<'_>, _: &mut Session) -> Output {
    let mut numbers = Vec::new();
    for argument in call.arguments {
        match argument.parse::<i64>() {
            Ok(number) => numbers.push(number),
            Err(_) => return Output::failure(format!("seq: invalid whole number argument: '{argument}'")),
        }
    }
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] => (*first, *step, *last),
        _ => return Output::failure("seq: give it LAST, FIRST LAST or FIRST STEP LAST"),
    };
    if step == 0 {
        return Output::failure("seq: invalid Zero increment value: '0'");
    }
    let row = std::iter::successors(Some(first), |number| number.checked_add(step));
    let text: String = row
        .take_while(|number| if step > 0 { *number <= last } else { *number >= last })
        .take(MAX_NUMBERS)
        .map(|number| format!("{number}\n"))
        .collect();
    Output::text(text)
}
