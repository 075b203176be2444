//! `promql`: queries over the shop's metrics, as Prometheus evaluates them; and `promtool query`, which prints the same as the
//! real one does.

use super::dash::sparkline;
use super::logs::instant;
use super::metrics::short;
use crate::console::Context;
use crate::console::filters::options;
use crate::console::promql::{
    AGGREGATIONS, Engine, Evaluated, Expr, FUNCTIONS, Kind, Labels, MetricsSource, RangeSeries, Sample, parse,
};
use crate::console::shell::options::{Flag, Parsed, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::{duration, row, table};
use crate::kernel::{Calendar, SimTime, Span};
use std::collections::BTreeSet;

/// `promql`'s row.
pub(crate) const TOOL: Tool = Tool {
    name: "promql",
    aliases: &[],
    group: Group::Observe,
    usage: "promql [-t TIME] 'QUERY'\npromql --since DURATION [--until DURATION] [--step DURATION] [--raw] 'QUERY'",
    summary: "query metrics in PromQL",
    manual: "Evaluates QUERY now, or at TIME, and prints a value for each series. With --since, evaluates it at every step of a stretch of time and charts each \
             series. Quote the query: it is full of signs that the shell would take. metrics lists what there is to ask for.

  promql 'sum by (code) (rate(http_requests_total[5m]))'
  promql 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))'
  promql --since 1h 'topk(3, avg_over_time(web_workers_busy[5m]))'

Samples are a second apart for the last 15 minutes, ten seconds (histograms: a minute) before that. What it evaluates is Prometheus 2.42's language: all operators \
and aggregations, subqueries, offset and @, and the functions for counters, gauges and classic histograms.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

/// `promtool`'s row.
pub(crate) const PROMTOOL: Tool = Tool {
    name: "promtool",
    aliases: &[],
    group: Group::Observe,
    usage: "promtool query instant [--time=TIME] SERVER 'QUERY'
promtool query range [--start=TIME] [--end=TIME] [--step=DURATION] SERVER 'QUERY'
promtool query series --match='SELECTOR' SERVER
promtool query labels SERVER LABEL",
    summary: "query the Prometheus server as its own tool does",
    manual: "Asks the Prometheus server and prints plain answers. There is one server; SERVER is read and not looked at: http://prometheus:9090. TIME is seconds \
             since 1970, RFC 3339, or a clock time of the day.",
    flags: PROMTOOL_FLAGS,
    complete: |asking| {
        if asking.before.is_empty() {
            return words(&[("query", "ask the server")]);
        }
        if asking.before.len() == 1 {
            return words(&[
                ("instant", "now"),
                ("range", "over time"),
                ("series", "names"),
                ("labels", "values"),
            ]);
        }
        complete(asking)
    },
    run: Handler::Tool(promtool),
};

const FLAGS: &[Flag] = &[
    flag('t', "time", "TIME", "at a clock time (15:05) or so long ago (10m)"),
    flag('t', "at", "TIME", ""),
    word('s', "since", "DURATION", "over the last DURATION, or from a clock time"),
    word('u', "until", "DURATION", "up to DURATION ago, or a clock time"),
    word('S', "step", "DURATION", "one point for each DURATION"),
    word('r', "raw", "", "series, time and value, one a line, for pipes"),
];

const PROMTOOL_FLAGS: &[Flag] = &[
    word('t', "time", "TIME", "evaluate at TIME"),
    word('s', "start", "TIME", "from TIME"),
    word('e', "end", "TIME", "to TIME"),
    word('S', "step", "DURATION", "one value for each DURATION"),
    word('m', "match", "SELECTOR", "only series that SELECTOR finds"),
    flag('o', "format", "FORMAT", "accepted: output is as for people"),
];

/// Points in a small chart.
const POINTS: u64 = 40;

/// Proposes metrics, labels of the metric in whose braces the cursor stands, functions and aggregations.
fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if let Some("--since" | "--step" | "-t") = asking.before.last().map(String::as_str) {
        return words(&[("5m", ""), ("15m", ""), ("1h", "")]);
    }
    let at = asking.current.rfind(|c: char| !(c.is_ascii_alphanumeric() || "_:\"=".contains(c)));
    let (head, word) = asking.current.split_at(at.map_or(0, |at| at + 1));
    let metrics = &asking.context.world.telemetry().metrics;
    let source = source(asking.context);
    let inside = head.rfind('{').filter(|open| !head[*open..].contains('}'));
    let mut found: Vec<Candidate> = Vec::new();
    if let Some(open) = inside {
        let start =
            head[..open].rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
        let name = &head[start..open];
        let family = ["", "_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| metrics.family(name.strip_suffix(suffix)?));
        for id in family.map_or(&[][..], |family| &family.series) {
            let labels = metrics.labels(*id).iter();
            found.extend(
                labels.map(|(label, value)| (format!("{head}{label}=\"{value}\""), "label".to_owned())),
            );
        }
        found.sort();
        found.dedup();
        return found;
    }
    let groups = ["by (", "without (", "on (", "ignoring (", "group_left (", "by(", "without("];
    // A query in quotes is completed word by word: what opens the list may stand in a word before.
    let whole = format!("{} {head}", asking.before.join(" "));
    let grouping = groups.iter().filter_map(|word| whole.rfind(word)).max();
    if grouping.is_some_and(|at| !whole[at..].contains(')')) {
        let ids = metrics.families().iter().flat_map(|family| &family.series);
        let names = ids.flat_map(|id| metrics.labels(*id)).map(|(label, _)| label.clone());
        let mut names: Vec<String> = names.chain(["le".to_owned()]).collect();
        names.sort();
        names.dedup();
        names.retain(|name| name.starts_with(word));
        return names.into_iter().map(|name| (format!("{head}{name}"), "label".to_owned())).collect();
    }
    found.extend(source.names().into_iter().map(|name| (format!("{head}{name}"), "metric".to_owned())));
    found.extend(FUNCTIONS.iter().map(|f| (format!("{head}{}(", f.name), f.help.to_owned())));
    found.extend(AGGREGATIONS.iter().map(|(name, _, help)| (format!("{head}{name}"), (*help).to_owned())));
    found.retain(|(text, _)| text[head.len()..].starts_with(word));
    found
}

fn source<'a>(context: &'a Context<'_>) -> MetricsSource<'a> {
    MetricsSource::new(&context.world.telemetry().metrics, context.scenario.calendar())
}

fn milliseconds(calendar: &Calendar, at: SimTime) -> i64 {
    calendar.unix_seconds(at) * 1000
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    match query(call, context) {
        Ok(output) | Err(output) => output.into(),
    }
}

fn query(call: &Call<'_>, context: &Context<'_>) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let text = parsed.operands.join(" ");
    let expr = parse(&text).map_err(|error| Output::failure(format!("promql: {error}")))?;
    let fault = |error: crate::console::promql::Error| Output::failure(format!("promql: {error}"));
    let calendar = context.scenario.calendar();
    let source = source(context);
    let engine = Engine::new(&source);
    let now = context.world.now();
    if parsed.value('s').is_none() {
        let at = time_of(context, &parsed, 't')?.unwrap_or(now);
        let found = engine.instant(&expr, milliseconds(&calendar, at)).map_err(fault)?;
        return Ok(Output::text(shown(&expr, found, &calendar)));
    }
    let from = time_of(context, &parsed, 's')?.unwrap_or(now);
    let to = time_of(context, &parsed, 'u')?.unwrap_or(now);
    let step = match parsed.value('S') {
        None => Span::from_secs((to.since(from).as_secs() / POINTS).max(1)),
        Some(text) => duration(text)
            .filter(|step| step.as_millis() >= 1)
            .ok_or_else(|| Output::failure(format!("promql: '{text}' is no step")))?,
    };
    let (start, end) = (milliseconds(&calendar, from), milliseconds(&calendar, to));
    let found = engine.range(&expr, start, end, step.as_millis() as i64).map_err(fault)?;
    if parsed.has('r') {
        return Ok(Output::text(raw(&found, &calendar)));
    }
    let head = format!("{} to {}, every {step}\n", calendar.clock(from), calendar.clock(to));
    Ok(Output::text(if found.is_empty() {
        "no data\n".to_owned()
    } else {
        head + &charted(&found, (start, end), step)
    }))
}

fn time_of(context: &Context<'_>, parsed: &Parsed, letter: char) -> Result<Option<SimTime>, Output> {
    let Some(text) = parsed.value(letter) else { return Ok(None) };
    let found = instant(context, text);
    let complaint =
        || Output::failure(format!("promql: '{text}' is neither a duration (10m) nor a time (15:05)"));
    found.map(Some).ok_or_else(complaint)
}

/// Whether an expression's order is part of its answer.
fn is_ordered(expr: &Expr) -> bool {
    match expr.bare() {
        Expr::Aggregate(aggregate) => matches!(aggregate.op, "topk" | "bottomk"),
        Expr::Call { function, .. } => function.name.starts_with("sort"),
        _ => false,
    }
}

fn shown(expr: &Expr, found: Evaluated, calendar: &Calendar) -> String {
    match found {
        Evaluated::Scalar(value) => format!("{}\n", number(value)),
        Evaluated::Text(text) => format!("{text}\n"),
        Evaluated::Vector(vector) if vector.is_empty() => "no data\n".into(),
        Evaluated::Vector(mut vector) => {
            if !is_ordered(expr) {
                vector.sort_by(|a, b| a.labels.cmp(&b.labels));
            }
            listed(&vector)
        }
        Evaluated::Matrix(series) => raw(&series, calendar),
    }
}

/// A table with a column for each label, when every series has the same ones; else one column of series.
fn listed(vector: &[Sample]) -> String {
    let names: BTreeSet<&str> =
        vector.iter().flat_map(|sample| sample.labels.pairs()).map(|(name, _)| name.as_str()).collect();
    let plain: Vec<&str> = names.iter().copied().filter(|name| *name != "__name__").collect();
    let one_name = vector.windows(2).all(|two| two[0].labels.name() == two[1].labels.name());
    let mut rows = Vec::new();
    if plain.is_empty() || !one_name {
        rows.push(row(["SERIES", "VALUE"]));
        rows.extend(vector.iter().map(|sample| vec![sample.labels.to_string(), number(sample.value)]));
        return table(&rows);
    }
    let mut heading: Vec<String> = plain.iter().map(|name| name.to_uppercase()).collect();
    heading.push("VALUE".into());
    rows.push(heading);
    for sample in vector {
        let mut line: Vec<String> = plain.iter().map(|name| dashed(sample.labels.get(name))).collect();
        line.push(number(sample.value));
        rows.push(line);
    }
    let name = vector.first().map_or("", |sample| sample.labels.name());
    if name.is_empty() { table(&rows) } else { format!("# {name}\n{}", table(&rows)) }
}

fn dashed(value: &str) -> String {
    if value.is_empty() { "-".into() } else { value.to_owned() }
}

fn charted(found: &[RangeSeries], (from, to): (i64, i64), step: Span) -> String {
    let step = (step.as_millis() as i64).max(1);
    let mut rows = vec![row(["SERIES", "LAST", "MIN", "MAX", "CHART"])];
    for series in found {
        let known = || series.points.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
        let mut values = vec![f64::NAN; ((to - from) / step + 1) as usize];
        for (at, value) in &series.points {
            if let Some(place) = values.get_mut(((at - from) / step) as usize) {
                *place = *value;
            }
        }
        rows.push(vec![
            series.labels.to_string(),
            series.points.last().map_or("-".into(), |(_, value)| short(*value)),
            short(known().fold(f64::INFINITY, f64::min)),
            short(known().fold(f64::NEG_INFINITY, f64::max)),
            sparkline(&thinned(values)),
        ]);
    }
    table(&rows)
}

/// At most as many values as a small chart has columns: the largest of each stretch.
fn thinned(values: Vec<f64>) -> Vec<f64> {
    let each = values.len().div_ceil(POINTS as usize + 1).max(1);
    values.chunks(each).map(|chunk| chunk.iter().copied().fold(f64::NAN, f64::max)).collect()
}

fn raw(series: &[RangeSeries], calendar: &Calendar) -> String {
    let mut out = String::new();
    for one in series {
        for (at, value) in &one.points {
            let second = at.div_euclid(1000) - calendar.unix_seconds(SimTime::ZERO);
            let clock = calendar.clock(SimTime::from_secs(second.max(0).unsigned_abs()));
            out.push_str(&format!("{clock} {} {}\n", number(*value), one.labels));
        }
    }
    out
}

/// A value as Prometheus' API writes it (Go's `FormatFloat(v, 'f', -1, 64)`).
fn number(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".into(),
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        0.0 => "0".into(),
        _ => format!("{value}"),
    }
}

fn promtool(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    match promtool_query(call, context) {
        Ok(output) | Err(output) => output.into(),
    }
}

fn promtool_query(call: &Call<'_>, context: &Context<'_>) -> Result<Output, Output> {
    let parsed = options(call, PROMTOOL_FLAGS, 1)?;
    let operands: Vec<&str> = parsed.operands.iter().map(String::as_str).collect();
    let fault = |error: crate::console::promql::Error| Output::failure(format!("query error: {error}"));
    let calendar = context.scenario.calendar();
    let source = source(context);
    let engine = Engine::new(&source);
    let now = milliseconds(&calendar, context.world.now());
    let at = |letter: char, otherwise: i64| match parsed.value(letter) {
        None => Ok(otherwise),
        Some(text) => {
            stamp(context, text).ok_or_else(|| Output::failure(format!("error parsing time '{text}'")))
        }
    };
    match operands.as_slice() {
        ["query", "instant", _, query] => {
            let at = at('t', now)?;
            match engine.instant(&parse(query).map_err(fault)?, at).map_err(fault)? {
                Evaluated::Vector(mut vector) => {
                    vector.sort_by(|a, b| a.labels.cmp(&b.labels));
                    let line =
                        |s: &Sample| format!("{} => {} @[{}]\n", s.labels, number(s.value), seconds(s.at));
                    Ok(Output::text(vector.iter().map(line).collect::<String>()))
                }
                Evaluated::Scalar(value) => {
                    Ok(Output::text(format!("scalar: {} @[{}]\n", number(value), seconds(at))))
                }
                Evaluated::Text(text) => Ok(Output::text(format!("{text}\n"))),
                Evaluated::Matrix(series) => Ok(Output::text(matrix(&series))),
            }
        }
        ["query", "range", _, query] => {
            let expr = parse(query).map_err(fault)?;
            let (start, end) = (at('s', now - 300_000)?, at('e', now)?);
            let step = parsed.value('S').and_then(duration).unwrap_or(Span::from_secs(1));
            let found = engine.range(&expr, start, end, step.as_millis() as i64).map_err(fault)?;
            Ok(Output::text(matrix(&found)))
        }
        ["query", "series", _] if parsed.value('m').is_some() => {
            let expr = parse(parsed.value('m').unwrap_or("")).map_err(fault)?;
            if expr.kind() != Kind::Vector {
                return Err(Output::failure("promtool: --match takes a selector"));
            }
            Ok(match engine.instant(&expr, now).map_err(fault)? {
                Evaluated::Vector(mut vector) => {
                    vector.sort_by(|a, b| a.labels.cmp(&b.labels));
                    Output::text(
                        vector.iter().map(|sample| format!("{}\n", sample.labels)).collect::<String>(),
                    )
                }
                _ => Output::default(),
            })
        }
        ["query", "labels", _, label] => {
            let everything = parse("{__name__!=\"\"}").map_err(fault)?;
            let Evaluated::Vector(vector) = engine.instant(&everything, now).map_err(fault)? else {
                return Ok(Output::default());
            };
            let values: BTreeSet<&str> = vector.iter().map(|sample| sample.labels.get(label)).collect();
            Ok(Output::text(
                values.iter().filter(|v| !v.is_empty()).map(|v| format!("{v}\n")).collect::<String>(),
            ))
        }
        _ => Err(Output::failure(format!("usage: {}", PROMTOOL.usage))),
    }
}

fn seconds(at_ms: i64) -> String {
    if at_ms % 1000 == 0 { (at_ms / 1000).to_string() } else { format!("{:.3}", at_ms as f64 / 1000.0) }
}

fn matrix(series: &[RangeSeries]) -> String {
    let mut out = String::new();
    for one in series {
        let labels: &Labels = &one.labels;
        out.push_str(&format!("{labels} =>\n"));
        for (at, value) in &one.points {
            out.push_str(&format!("{} @[{}]\n", number(*value), seconds(*at)));
        }
    }
    out
}

/// Milliseconds since 1970 from seconds, RFC 3339 or a clock time.
fn stamp(context: &Context<'_>, text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Some((seconds * 1000.0) as i64);
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_millisecond());
    }
    instant(context, text).map(|at| milliseconds(&context.scenario.calendar(), at))
}
