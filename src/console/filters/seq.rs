//! `seq`: a row of numbers. Decimals are counted in whole steps of the last place, so that no rounding adds up.

use super::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, nothing};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "seq",
    aliases: &[],
    group: Group::Text,
    usage: "seq [-w] [-s TEXT] [FIRST [STEP]] LAST",
    summary: "print a row of numbers",
    manual: "Prints numbers from FIRST (1) to LAST in steps of STEP (1), one a line.",
    flags: FLAGS,
    complete: nothing,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('s', "separator", "TEXT", "TEXT between numbers, a line end by default"),
    flag('w', "equal-width", "", "with leading zeros, all of one width"),
];

/// Most numbers printed.
const MAX_NUMBERS: usize = 100_000;

/// A number with its decimals.
#[derive(Clone, Copy)]
struct Number {
    value: f64,
    decimals: usize,
}

fn number(text: &str) -> Result<Number, Output> {
    let invalid = || {
        Output::failure(format!(
            "seq: invalid floating point argument: '{text}'\nTry 'man seq' for more information."
        ))
    };
    let value: f64 = text.parse().map_err(|_| invalid())?;
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if value.is_finite() && decimals <= 9 && value.abs() < 1e15 {
        Ok(Number { value, decimals })
    } else {
        Err(invalid())
    }
}

fn run(call: &Call<'_>, _: &mut Session) -> Output {
    seq(call).unwrap_or_else(|output| output)
}

fn seq(call: &Call<'_>) -> Result<Output, Output> {
    // `seq 5 -1 1`: a negative number is no option.
    let is_number = |text: &String| text.parse::<f64>().is_ok();
    let (numbers, rest): (Vec<String>, Vec<String>) = call.arguments.iter().cloned().partition(is_number);
    let parsed = options(&Call { arguments: &rest, ..*call }, FLAGS, 1)?;
    if let Some(word) = parsed.operands.first() {
        number(word)?;
    }
    let numbers: Vec<Number> = numbers.iter().map(|text| number(text)).collect::<Result<_, _>>()?;
    let one = Number { value: 1.0, decimals: 0 };
    let (first, step, last) = match numbers.as_slice() {
        [last] => (one, one, *last),
        [first, last] => (*first, one, *last),
        [first, step, last] => (*first, *step, *last),
        [] => return Err(super::misused("seq", "missing operand", 1)),
        [_, _, _, extra, ..] => {
            return Err(super::misused("seq", &format!("extra operand '{}'", extra.value), 1));
        }
    };
    if step.value == 0.0 {
        return Err(super::misused("seq", "invalid Zero increment value: '0'", 1));
    }
    let decimals = first.decimals.max(step.decimals);
    let scale = (0..decimals.max(last.decimals)).fold(1.0, |scale, _| scale * 10.0);
    let whole = |number: Number| (number.value * scale).round() as i64;
    let (mut at, step, last) = (whole(first), whole(step), whole(last));
    let mut texts: Vec<String> = Vec::new();
    while texts.len() < MAX_NUMBERS && if step > 0 { at <= last } else { at >= last } {
        texts.push(format!("{:.decimals$}", at as f64 / scale));
        at += step;
    }
    if parsed.has('w') {
        let width = texts.iter().map(String::len).max().unwrap_or(0);
        for text in &mut texts {
            let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
            *text = format!("{sign}{}{digits}", "0".repeat(width - text.len()));
        }
    }
    let separator = parsed.value('s').unwrap_or("\n");
    let end = if texts.is_empty() { "" } else { "\n" };
    Ok(Output::text(texts.join(separator) + end))
}
