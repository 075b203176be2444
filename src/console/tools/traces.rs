//! `traces`: where the time of single requests went.

use super::logs::instant;
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, Parsed, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::{duration, row, table};
use crate::kernel::{SimTime, Span};
use crate::telemetry::{
    SpanIndex, SpanKind, Trace, TraceFilter, TraceOrder, TraceOutcome, TraceSpan, Traces, otlp_document,
};
use std::collections::BTreeMap;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "traces",
    aliases: &["trace"],
    group: Group::Observe,
    usage: "traces [--slow DURATION] [--failed] [--route NAME] [--since DURATION] [-n N] [--sort new|slow]\ntraces ID [--json]\ntraces summary [--since DURATION]",
    summary: "search request traces, or show one",
    manual: "Lists kept traces, newest first, with where most of the time went. With ID (its first digits are enough), draws one as a waterfall; --json prints it as OpenTelemetry's \
             protocol has it, with the attributes of its spans. summary adds up, route by \
             route, where the time of the kept traces went.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    word('l', "slow", "DURATION", "only requests at least this long"),
    word('f', "failed", "", "only requests that failed or timed out"),
    word('r', "route", "NAME", "only requests whose name contains NAME"),
    word('s', "since", "DURATION", "only the last DURATION"),
    flag('n', "limit", "N", "at most N (20)"),
    word('o', "sort", "new", "slow: longest first"),
    word('j', "json", "", "with ID: the trace as OTLP's JSON, with the attributes of its spans"),
];

/// Traces listed when no number is given.
const LISTED: usize = 20;
/// Traces that a search looks at.
const SEARCHED: usize = 4_500;
/// Columns of a waterfall's bars.
const BAR: usize = 50;

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let traces = &asking.context.world.telemetry().traces;
    let newest = traces.search(&TraceFilter { limit: Some(200), ..TraceFilter::default() });
    match asking.before.last().map(String::as_str) {
        Some("--route" | "-r") => {
            let names: BTreeMap<&str, ()> =
                newest.iter().map(|trace| (traces.text(trace.name()), ())).collect();
            names.into_keys().map(|name| (name.to_owned(), "route".to_owned())).collect()
        }
        None => {
            let mut found = vec![("summary".to_owned(), "where the time went, by route".to_owned())];
            found.extend(
                newest
                    .iter()
                    .take(LISTED)
                    .map(|trace| (short_id(trace), traces.text(trace.name()).to_owned())),
            );
            found
        }
        _ => Vec::new(),
    }
}

/// The last digits, which tell traces apart.
fn short_id(trace: &Trace) -> String {
    trace.hex_id()
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    match traces(call, context) {
        Ok(output) | Err(output) => output.into(),
    }
}

fn traces(call: &Call<'_>, context: &Context<'_>) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let traces = &context.world.telemetry().traces;
    match parsed.operands.first().map(String::as_str) {
        Some("summary") => Ok(Output::text(summary(traces, &search(context, &parsed, SEARCHED)?))),
        None | Some("list" | "search") => {
            let most = match parsed.value('n') {
                None => LISTED,
                Some(text) => {
                    text.parse().map_err(|_| Output::failure(format!("traces: invalid number '{text}'")))?
                }
            };
            Ok(Output::text(list(context, &search(context, &parsed, most)?)))
        }
        Some("show") if parsed.operands.len() > 1 => show(context, &parsed, &parsed.operands[1]),
        Some(id) => show(context, &parsed, id),
    }
}

fn search<'c>(context: &'c Context<'_>, parsed: &Parsed, most: usize) -> Result<Vec<&'c Trace>, Output> {
    let traces = &context.world.telemetry().traces;
    let at_least = match parsed.value('l') {
        None => Span::ZERO,
        Some(text) => {
            duration(text).ok_or_else(|| Output::failure(format!("traces: '{text}' is no duration")))?
        }
    };
    let since = match parsed.value('s') {
        None => SimTime::ZERO,
        Some(text) => instant(context, text)
            .ok_or_else(|| Output::failure(format!("traces: '{text}' is no duration")))?,
    };
    let order = match parsed.value('o') {
        Some(text) if text.starts_with("slow") => TraceOrder::SlowestFirst,
        _ => TraceOrder::NewestFirst,
    };
    let filter = TraceFilter { at_least, since, order, ..TraceFilter::default() };
    let mut found = traces.search(&filter);
    if parsed.has('f') {
        found.retain(|trace| trace.outcome != TraceOutcome::Ok);
    }
    if let Some(route) = parsed.value('r') {
        found.retain(|trace| traces.text(trace.name()).contains(route));
    }
    found.truncate(most);
    Ok(found)
}

fn outcome(outcome: TraceOutcome) -> &'static str {
    match outcome {
        TraceOutcome::Ok => "ok",
        TraceOutcome::Failed => "failed",
        TraceOutcome::TimedOut => "timed out",
    }
}

fn list(context: &Context<'_>, found: &[&Trace]) -> String {
    let traces = &context.world.telemetry().traces;
    let calendar = context.scenario.calendar();
    let mut rows = vec![row(["TRACE", "TIME", "DURATION", "STATUS", "NAME", "WHERE THE TIME WENT"])];
    for trace in found {
        rows.push(row([
            &short_id(trace),
            &calendar.clock(trace.start()),
            &trace.duration().to_string(),
            outcome(trace.outcome),
            traces.text(trace.name()),
            &shares(&trace.breakdown(), trace.duration()),
        ]));
    }
    if rows.len() == 1 { "No traces match.\n".into() } else { table(&rows) }
}

/// The three largest parts in percent, as far as they are half a percent at least.
fn shares(parts: &[(SpanKind, Span)], whole: Span) -> String {
    let share = |span: Span| span.as_secs_f64() / whole.as_secs_f64().max(1e-9) * 100.0;
    let parts = parts.iter().map(|&(kind, span)| (kind, share(span))).filter(|(_, share)| *share >= 0.5);
    parts.take(3).map(|(kind, share)| format!("{} {share:.0} %", kind.name())).collect::<Vec<_>>().join(", ")
}

fn summary(traces: &Traces, found: &[&Trace]) -> String {
    type Sums = (usize, usize, Span, BTreeMap<SpanKind, Span>);
    let mut routes: BTreeMap<&str, Sums> = BTreeMap::new();
    for trace in found {
        let entry = routes.entry(traces.text(trace.name())).or_default();
        entry.0 += 1;
        entry.1 += usize::from(trace.outcome != TraceOutcome::Ok);
        entry.2 += trace.duration();
        for (kind, span) in trace.breakdown() {
            *entry.3.entry(kind).or_default() += span;
        }
    }
    let mut rows = vec![row(["ROUTE", "TRACES", "FAILED", "MEAN", "WHERE THE TIME WENT"])];
    let mut sorted: Vec<_> = routes.into_iter().collect();
    sorted.sort_by_key(|(_, (_, _, total, _))| std::cmp::Reverse(*total));
    for (route, (count, failed, total, kinds)) in sorted {
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, span)| std::cmp::Reverse(*span));
        let mean = total / count.max(1) as u64;
        rows.push(row([
            route,
            &count.to_string(),
            &failed.to_string(),
            &mean.to_string(),
            &shares(&kinds, total),
        ]));
    }
    table(&rows)
}

fn show(context: &Context<'_>, parsed: &Parsed, id: &str) -> Result<Output, Output> {
    let traces = &context.world.telemetry().traces;
    let trace = traces.find(id).ok_or_else(|| {
        Output::failure(format!("traces: no kept trace is called '{id}'; traces lists some"))
    })?;
    let calendar = context.scenario.calendar();
    if parsed.has('j') {
        let document = otlp_document(traces, trace, &calendar);
        let text =
            serde_json::to_string_pretty(&document).map_err(|e| Output::failure(format!("traces: {e}")))?;
        return Ok(Output::text(format!("{text}\n")));
    }
    let mut out = format!(
        "Trace {}  {}  {}  {}  {}\n{}\n\n",
        trace.hex_id(),
        calendar.stamp(trace.start()),
        traces.text(trace.name()),
        trace.duration(),
        outcome(trace.outcome),
        shares(&trace.breakdown(), trace.duration()),
    );
    let mut rows = Vec::new();
    for (span, depth) in tree(trace) {
        let name = format!("{}{}", "  ".repeat(depth), traces.text(span.name));
        let bar = bar(trace, &span);
        let took = span.duration().to_string();
        rows.push(row([&name, span.kind.name(), &bar, &took, &traces.remark(&span)]));
    }
    out.push_str(&table(&rows));
    if trace.spans_dropped > 0 {
        out.push_str(&format!("({} more spans were not recorded)\n", trace.spans_dropped));
    }
    Ok(Output::text(out))
}

/// Spans with their depth, each after its parent, in the order in which they began.
fn tree(trace: &Trace) -> Vec<(TraceSpan, usize)> {
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, span) in trace.spans.iter().enumerate().skip(1) {
        let parent = if span.parent == SpanIndex::NONE { 0 } else { span.parent.index() };
        children.entry(parent).or_default().push(index);
    }
    let mut found = Vec::new();
    let mut stack = vec![(0, 0)];
    while let Some((index, depth)) = stack.pop() {
        found.push((trace.spans[index], depth));
        let inner = children.get(&index).map_or(&[][..], Vec::as_slice);
        stack.extend(inner.iter().rev().map(|child| (*child, depth + 1)));
    }
    found
}

fn bar(trace: &Trace, span: &TraceSpan) -> String {
    let whole = trace.duration().as_secs_f64().max(1e-9);
    let place = |at: SimTime| (at.since(trace.start()).as_secs_f64() / whole * BAR as f64).round() as usize;
    let from = place(span.start).min(BAR - 1);
    let to = place(span.end).clamp(from + 1, BAR);
    format!("{}{}{}", "·".repeat(from), "█".repeat(to - from), "·".repeat(BAR - to))
}
