//! `dash`: the golden signals as text charts.

use super::logs::instant;
use super::metrics::short;
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::{nearest, row, table};
use crate::kernel::{SimTime, Span};
use crate::stack::SignalKind;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "dash",
    aliases: &["dashboard"],
    group: Group::Observe,
    usage: "dash [--since DURATION]\ndash SIGNAL… [--since DURATION]\ndash web|db [--since DURATION]",
    summary: "chart the golden signals",
    manual: "Shows each signal's present value, range and a small chart of the last 30 minutes. With SIGNAL (rps, errors, p50, p95, p99, affected, db_cpu, db_active, \
             pool_waiting), or with web or db for the signals of that tier, a large chart.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] =
    &[word('s', "since", "DURATION", "over the last DURATION, or from a clock time: --since 14:30")];

/// A signal's name here, its unit, its tier and what it is.
const SIGNALS: [(&str, SignalKind, Unit, &str, &str); 9] = [
    ("rps", SignalKind::Rps, Unit::PerSecond, "web", "requests per second at the load balancer"),
    ("errors", SignalKind::ErrorRatio, Unit::Share, "web", "share of answers that were 5xx"),
    ("p50", SignalKind::P50, Unit::Seconds, "web", "median page time"),
    ("p95", SignalKind::P95, Unit::Seconds, "web", "95th percentile of page time"),
    ("p99", SignalKind::P99, Unit::Seconds, "web", "99th percentile of page time"),
    (
        "affected",
        SignalKind::AffectedRatio,
        Unit::Share,
        "web",
        "share of page views that failed or were too slow",
    ),
    ("db_cpu", SignalKind::DbCpu, Unit::Share, "db", "CPU use of the primary database"),
    ("db_active", SignalKind::DbActive, Unit::Count, "db", "backends of the primary that run a statement"),
    ("pool_waiting", SignalKind::PoolWaiting, Unit::Count, "db", "clients waiting for a database connection"),
];

#[derive(Clone, Copy)]
enum Unit {
    PerSecond,
    Share,
    Seconds,
    Count,
}

/// Points in a small chart and columns of a large one.
const SMALL: u64 = 45;
const LARGE: u64 = 80;
/// Rows of a large chart.
const HEIGHT: usize = 8;

fn complete(_: &Asking<'_, '_>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> =
        SIGNALS.iter().map(|(name, _, _, _, what)| ((*name).to_owned(), (*what).to_owned())).collect();
    found.push(("web".into(), "the web tier's signals".into()));
    found.push(("db".into(), "the database's signals".into()));
    found
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let parsed = match options(call, FLAGS, 1) {
        Ok(parsed) => parsed,
        Err(output) => return output.into(),
    };
    let now = context.world.now();
    let from = match parsed.value('s') {
        None => now.back(Span::from_mins(30)),
        Some(text) => match instant(context, text) {
            Some(from) => from,
            None => {
                return Output::failure(format!("dash: '{text}' is neither a duration nor a time")).into();
            }
        },
    };
    if parsed.operands.is_empty() {
        return Output::text(board(context, from)).into();
    }
    let mut output = Output::default();
    for word in &parsed.operands {
        let wanted: Vec<_> =
            SIGNALS.iter().filter(|(name, _, _, tier, _)| name == word || tier == word).collect();
        for (name, kind, unit, _, what) in &wanted {
            output.out(chart(context, (name, what), *kind, *unit, from));
        }
        if wanted.is_empty() {
            output.err(format!("dash: no signal is called '{word}'\n"));
            if let Some(near) = nearest(word, SIGNALS.iter().map(|(name, ..)| *name)) {
                output.err(format!("did you mean: {near}\n"));
            }
            output.status = 1;
        }
    }
    output.into()
}

fn values(context: &Context<'_>, kind: SignalKind, from: SimTime, points: u64) -> Vec<f64> {
    let now = context.world.now();
    let step = Span::from_secs((now.since(from).as_secs() / points).max(1));
    context.world.series(kind, from, now, step).values
}

fn board(context: &Context<'_>, from: SimTime) -> String {
    let calendar = context.scenario.calendar();
    let mut rows = vec![row(["SIGNAL", "NOW", "MIN", "MAX", "", "WHAT"])];
    for (name, kind, unit, _, what) in SIGNALS {
        let values = values(context, kind, from, SMALL);
        let known = || values.iter().copied().filter(|value| value.is_finite());
        let last = known().next_back().unwrap_or(f64::NAN);
        let least = known().fold(f64::INFINITY, f64::min);
        let most = known().fold(f64::NEG_INFINITY, f64::max);
        let chart = sparkline(&values);
        rows.push(row([name, &figure(last, unit), &figure(least, unit), &figure(most, unit), &chart, what]));
    }
    format!("{} to {}\n{}", calendar.clock(from), calendar.clock(context.world.now()), table(&rows))
}

fn figure(value: f64, unit: Unit) -> String {
    match unit {
        _ if !value.is_finite() => "-".into(),
        Unit::PerSecond => format!("{value:.0}/s"),
        Unit::Share => format!("{:.1} %", value * 100.0),
        Unit::Seconds => Span::from_secs_f64(value).to_string(),
        Unit::Count => short(value),
    }
}

/// Eight heights of block characters; what is unknown is a blank.
pub(crate) fn sparkline(values: &[f64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let block = |value: &f64| match value {
        value if !value.is_finite() => ' ',
        _ if most <= 0.0 => BLOCKS[0],
        value => BLOCKS[((value / most * 7.0 + 0.5) as usize).min(7)],
    };
    values.iter().map(block).collect()
}

/// A chart of blocks with a value axis and the first, middle and last time under it.
fn chart(
    context: &Context<'_>,
    (name, what): (&str, &str),
    kind: SignalKind,
    unit: Unit,
    from: SimTime,
) -> String {
    const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values = values(context, kind, from, LARGE);
    let most = values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let last = values.iter().rev().copied().find(|value| value.is_finite()).unwrap_or(f64::NAN);
    let mut out = format!("{name}: {what}, now {}\n", figure(last, unit));
    for line in (0..HEIGHT).rev() {
        let label = if line + 1 == HEIGHT {
            figure(most, unit)
        } else if line == 0 {
            figure(0.0, unit)
        } else {
            String::new()
        };
        out.push_str(&format!("{label:>10} │"));
        for value in &values {
            let eighths =
                if value.is_finite() && most > 0.0 { value / most * (HEIGHT * 8) as f64 } else { 0.0 };
            let here = (eighths - (line * 8) as f64).clamp(0.0, 8.0);
            out.push(EIGHTHS[(here + 0.5) as usize]);
        }
        out.push('\n');
    }
    let calendar = context.scenario.calendar();
    let now = context.world.now();
    let middle = from + now.since(from) / 2;
    let width = values.len().max(24);
    let (first, centre, end) = (calendar.minute(from), calendar.minute(middle), calendar.minute(now));
    let gap = width.saturating_sub(first.len() + centre.len() + end.len());
    out.push_str(&format!("{:>10} └{}\n", "", "─".repeat(width)));
    out.push_str(&format!(
        "{:>12}{first}{}{centre}{}{end}\n\n",
        "",
        " ".repeat(gap / 2),
        " ".repeat(gap - gap / 2)
    ));
    out
}
