//! `metrics`: what the shop measures, as tables with a small chart for each series.

use super::dash::sparkline;
use super::logs::instant;
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::{duration, nearest, row, table};
use crate::kernel::{SimTime, Span};
use crate::telemetry::{LabelTest, Selector};
use crate::telemetry::{MetricId, MetricKind, Metrics};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "metrics",
    aliases: &["metric"],
    group: Group::Observe,
    usage: "metrics [WORD]\nmetrics NAME[{LABEL=\"VALUE\",…}] [--since DURATION] [--step DURATION] [--sum] [--raw]",
    summary: "show what the shop measures",
    manual: "Alone, lists all metrics, or those whose name contains WORD. With NAME, shows each series over the last 15 minutes: the rate of a counter, the value of a \
             gauge, rate and percentiles of a latency histogram, with a chart. Label tests: = != =~ (alternatives with |, or prefix.*). promql asks in PromQL.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    word('s', "since", "DURATION", "over the last DURATION"),
    word('S', "step", "DURATION", "one point for each DURATION"),
    word('u', "sum", "", "all series as one"),
    word('r', "raw", "", "time and value, one a line, for pipes"),
];

/// Points in a small chart.
const POINTS: u64 = 40;

/// The window and step asked for.
struct Window {
    from: SimTime,
    to: SimTime,
    step: Span,
}

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if let Some("--since" | "--step") = asking.before.last().map(String::as_str) {
        return words(&[("5m", ""), ("15m", ""), ("1h", "")]);
    }
    let metrics = &asking.context.world.telemetry().metrics;
    if let Some((name, inside)) = asking.current.split_once('{') {
        let done = inside.rfind(',').map_or("", |at| &inside[..=at]);
        let mut found = Vec::new();
        for view in metrics.series(name) {
            for (label, value) in view.labels {
                found.push((format!("{name}{{{done}{label}=\"{value}\""), "label".to_owned()));
            }
        }
        found.sort();
        found.dedup();
        return found;
    }
    metrics.families().iter().map(|family| (family.name.clone(), family.help.clone())).collect()
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    match metrics(call, context) {
        Ok(output) | Err(output) => output.into(),
    }
}

fn metrics(call: &Call<'_>, context: &Context<'_>) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let metrics = &context.world.telemetry().metrics;
    let text = parsed.operands.join(" ");
    let name = text.split('{').next().unwrap_or("").trim();
    let Some(family) = metrics.family(name) else { return list(metrics, &text) };
    let selector = selector(&text).ok_or_else(|| {
        Output::failure(format!("metrics: can't read '{text}': NAME{{label=\"value\",other=~\"a|b\"}}"))
    })?;
    let ids = metrics.select(&selector);
    if ids.is_empty() {
        return Err(Output::failure(format!("metrics: no series of {name} has these labels")));
    }
    let now = context.world.now();
    let from = match parsed.value('s') {
        None => now.back(Span::from_mins(15)),
        Some(text) => instant(context, text)
            .ok_or_else(|| Output::failure(format!("metrics: '{text}' is no duration")))?,
    };
    let span = now.since(from);
    let step = match parsed.value('S') {
        None => Span::from_secs((span.as_secs() / POINTS).max(1)),
        Some(text) => duration(text)
            .filter(|step| step.as_secs() >= 1)
            .ok_or_else(|| Output::failure(format!("metrics: '{text}' is no step of at least a second")))?,
    };
    let window = Window { from, to: now, step };
    let groups: Vec<(String, Vec<MetricId>)> = if parsed.has('u') {
        vec![(format!("sum({selector})"), ids)]
    } else {
        ids.iter().map(|id| (labels(metrics, *id), vec![*id])).collect()
    };
    if parsed.has('r') {
        return Ok(Output::text(raw(context, &groups, &window)));
    }
    let mut out = format!("# {}\n", family.help);
    out.push_str(&match family.kind {
        MetricKind::Histogram => latencies(metrics, &groups, &window),
        kind => numbers(metrics, &groups, &window, kind),
    });
    Ok(Output::text(out))
}

fn list(metrics: &Metrics, word: &str) -> Result<Output, Output> {
    let mut rows = vec![row(["METRIC", "KIND", "SERIES", "WHAT IT IS"])];
    for family in metrics.families().iter().filter(|family| family.name.contains(word)) {
        let kind = format!("{:?}", family.kind).to_lowercase();
        rows.push(row([&family.name, &kind, &family.series.len().to_string(), &family.help]));
    }
    if rows.len() > 1 {
        return Ok(Output::text(table(&rows)));
    }
    let mut output =
        Output::failure(format!("metrics: no metric's name contains '{word}'; metrics alone lists them"));
    if let Some(near) = nearest(word, metrics.families().iter().map(|family| family.name.as_str())) {
        output.err(format!("did you mean: {near}\n"));
    }
    Err(output)
}

fn labels(metrics: &Metrics, id: MetricId) -> String {
    let labels: Vec<String> =
        metrics.labels(id).iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
    format!("{{{}}}", labels.join(","))
}

/// Values summed over series, step by step.
fn points(metrics: &Metrics, ids: &[MetricId], window: &Window) -> Vec<(SimTime, f64)> {
    let mut sum: std::collections::BTreeMap<SimTime, f64> = std::collections::BTreeMap::new();
    for id in ids {
        for (at, value) in metrics.range(*id, window.from, window.to, window.step) {
            *sum.entry(at).or_default() += value;
        }
    }
    sum.into_iter().collect()
}

fn numbers(
    metrics: &Metrics,
    groups: &[(String, Vec<MetricId>)],
    window: &Window,
    kind: MetricKind,
) -> String {
    let counter = kind == MetricKind::Counter;
    let heading = if counter {
        ["SERIES", "TOTAL", "RATE/s", "MIN", "MAX", "CHART"]
    } else {
        ["SERIES", "NOW", "MEAN", "MIN", "MAX", "CHART"]
    };
    let mut rows = vec![row(heading)];
    for (name, ids) in groups {
        let latest: f64 = ids.iter().map(|id| metrics.latest(*id)).sum();
        let values: Vec<f64> = points(metrics, ids, window).into_iter().map(|(_, value)| value).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        rows.push(vec![
            name.clone(),
            short(latest),
            short(mean),
            short(least),
            short(most),
            sparkline(&values),
        ]);
    }
    table(&rows)
}

fn latencies(metrics: &Metrics, groups: &[(String, Vec<MetricId>)], window: &Window) -> String {
    let mut rows = vec![row(["SERIES", "RATE/s", "MEAN", "P50", "P95", "P99", "P95 CHART"])];
    for (name, ids) in groups {
        let rate: f64 = ids.iter().map(|id| metrics.rate(*id, window.from, window.to)).sum();
        let all = metrics.latencies(ids, window.from, window.to);
        let quantile = |q| all.percentile(q).map_or("-".to_owned(), |span: Span| span.to_string());
        let mean = all.mean().map_or("-".to_owned(), |span: Span| span.to_string());
        let mut chart = Vec::new();
        let mut start = window.from;
        while start < window.to {
            let end = (start + window.step).min(window.to);
            let p95 = metrics.latencies(ids, start, end).percentile(0.95);
            chart.push(p95.map_or(f64::NAN, |span: Span| span.as_secs_f64()));
            start = end;
        }
        rows.push(vec![
            name.clone(),
            short(rate),
            mean,
            quantile(0.5),
            quantile(0.95),
            quantile(0.99),
            sparkline(&chart),
        ]);
    }
    table(&rows)
}

fn raw(context: &Context<'_>, groups: &[(String, Vec<MetricId>)], window: &Window) -> String {
    let calendar = context.scenario.calendar();
    let metrics = &context.world.telemetry().metrics;
    let mut out = String::new();
    for (name, ids) in groups {
        for (at, value) in points(metrics, ids, window) {
            out.push_str(&format!("{} {} {name}\n", calendar.clock(at), short(value)));
        }
    }
    out
}

/// A figure with as many digits as help.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => "-".into(),
        0.0 => "0".into(),
        size if size >= 1e6 => format!("{:.2}M", value / 1e6),
        size if size >= 1e3 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.01 => format!("{value:.3}"),
        _ => format!("{value:.2e}"),
    }
}

/// Reads `name{label="value",…}`.
fn selector(text: &str) -> Option<Selector> {
    let Some((name, rest)) = text.split_once('{') else { return Some(Selector::new(text.trim())) };
    let inside = rest.trim().strip_suffix('}')?;
    let mut selector = Selector::new(name.trim());
    let mut rest = inside.trim();
    while !rest.is_empty() {
        let at = rest.find(['=', '!'])?;
        let label = rest[..at].trim();
        let operator = ["=~", "!=", "="].into_iter().find(|operator| rest[at..].starts_with(operator))?;
        let quoted = rest[at + operator.len()..].trim_start();
        // Without quotes (a shell took them away) the value ends at the next comma.
        let (value, after) = match quoted.strip_prefix('"') {
            Some(open) => open.split_once('"')?,
            None => quoted.split_at(quoted.find(',').unwrap_or(quoted.len())),
        };
        let test = match operator {
            "=" => LabelTest::Is(value.to_owned()),
            "!=" => LabelTest::Not(value.to_owned()),
            _ => match value.strip_suffix(".*") {
                Some(prefix) => LabelTest::StartsWith(prefix.to_owned()),
                None => LabelTest::OneOf(value.split('|').map(str::to_owned).collect()),
            },
        };
        selector = selector.test(label, test);
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    Some(selector)
}
