//! `slo`: the objective, how much of it is met, and how fast the error budget burns (Google's SRE Workbook, chapter 5: the
//! burn rate is the share of bad events over the share that the objective allows).

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::console::text::{age, row, table};
use crate::kernel::Span;
use crate::stack::SignalKind;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "slo",
    aliases: &[],
    group: Group::Observe,
    usage: "slo",
    summary: "show the objective and how fast the error budget burns",
    manual: "Shows the service level objective and, for several windows, the share of bad page views (failed or too slow) and the burn rate: 1 spends the budget exactly over \
             its period, 14.4 spends a month's in two days.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(run),
};

/// Windows shown, in minutes.
const WINDOWS_MIN: [u64; 5] = [1, 5, 15, 30, 60];

fn run(_: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let slo = &context.scenario.slo;
    let now = context.world.now();
    let budget = (1.0 - slo.objective).max(f64::EPSILON);
    let mut out = format!(
        "Objective: {:.2} % of page views within {} and without error\n\n",
        slo.objective * 100.0,
        slo.page_threshold.span()
    );
    let mut rows = vec![row(["WINDOW", "BAD PAGES", "BURN RATE", "OBJECTIVE"])];
    for minutes in WINDOWS_MIN {
        let window = Span::from_mins(minutes);
        let series =
            context.world.series(SignalKind::AffectedRatio, now.back(window), now, Span::from_secs(10));
        let known: Vec<f64> = series.values.into_iter().filter(|value| value.is_finite()).collect();
        if known.is_empty() {
            continue;
        }
        let bad = known.iter().sum::<f64>() / known.len() as f64;
        rows.push(row([
            &age(window),
            &format!("{:.2} %", bad * 100.0),
            &format!("{:.1}", bad / budget),
            if bad <= budget { "met" } else { "missed" },
        ]));
    }
    out.push_str(&table(&rows));
    Output::text(out).into()
}
