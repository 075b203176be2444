//! `logs`: lines that pods, servers and the shop's other parts wrote.

use super::logql::Query;
use crate::console::Context;
use crate::console::filters::options;
use crate::console::jobs::{Job, Polled};
use crate::console::shell::options::{Flag, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::{duration, grouped, nearest, row, table};
use crate::kernel::{Calendar, SimTime, Span};
use crate::telemetry::{Level, LogLine, LogSelector, Logs};
use std::fmt::Write as _;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "logs",
    aliases: &["log"],
    group: Group::Observe,
    usage: "logs\nlogs SOURCE…|'{LABEL=\"VALUE\",…} |= \"TEXT\"'… [-f] [--since DURATION] [--until DURATION] [-n N] [--level LEVEL]",
    summary: "read logs",
    manual: "Alone, lists the kinds of sources and their sources. With SOURCE, a kind (web, postgres) or one source (a pod, a server), or all, prints its lines, \
             oldest first. On the screen the last 100 are printed; into a pipe, all that are kept.

  logs '{kind=\"web\", level=\"error\"} |= \"UpstreamError\" != \"payments\"' --since 10m

A query in LogQL picks sources by their labels kind and source, lines by level and by |= != (text) and |~ !~ (regular expression).",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('f', "follow", "", "follow: print new lines until Ctrl-C"),
    word('s', "since", "DURATION", "only the last DURATION: 10m, 1h; or from a clock time"),
    word('u', "until", "DURATION", "only lines older than DURATION"),
    flag('n', "tail", "N", "only the last N lines"),
    flag('n', "lines", "N", ""),
    word('l', "level", "LEVEL", "only lines at least as serious: debug, info, warn, error, fatal"),
    word('N', "no-source", "", "leave the source's name out"),
];

/// Lines printed on the screen when no number is given.
const ON_SCREEN: usize = 100;

/// How a line is printed.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// Time, source, level, text.
    Full,
    /// Time, level, text.
    WithoutSource,
    /// The text alone with its time, as `kubectl logs --timestamps` prints it.
    Stamped,
    /// The text alone.
    Bare,
    /// The text after its source, as `kubectl logs --prefix` prints it.
    Prefixed,
}

/// Logs followed until interrupted.
#[derive(Clone)]
pub(crate) struct Following {
    selectors: Vec<LogSelector>,
    form: Form,
    /// Lines up to here were printed.
    seen: SimTime,
}

impl Following {
    /// Follows what the selectors mean, from now on.
    pub(crate) fn new(selectors: Vec<LogSelector>, form: Form, now: SimTime) -> Following {
        Following { selectors, form, seen: now }
    }

    /// What came since.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Polled {
        let since = self.seen + Span::from_nanos(1);
        let calendar = context.scenario.calendar();
        let logs = &context.world.telemetry().logs;
        let newer =
            self.selectors.iter().map(|selector| LogSelector { since, last: None, ..selector.clone() });
        let lines = merged(logs, &newer.collect::<Vec<_>>());
        self.seen = context.world.now();
        Polled::Pending(Output::text(printed(&lines, &calendar, self.form)))
    }
}

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    match asking.before.last().map(String::as_str) {
        Some("--level" | "-l") => {
            words(&[("debug", ""), ("info", ""), ("warn", ""), ("error", ""), ("fatal", "")])
        }
        Some("--since" | "-s") => words(&[("5m", ""), ("15m", ""), ("1h", "")]),
        _ => sources(asking.context),
    }
}

/// Kinds and sources.
fn sources(context: &Context<'_>) -> Vec<Candidate> {
    let logs = &context.world.telemetry().logs;
    let mut found: Vec<Candidate> =
        logs.kinds().map(|(_, name)| (name.to_owned(), "all of this kind".to_owned())).collect();
    for (kind, name) in logs.kinds() {
        found.extend(
            logs.sources(kind)
                .filter(|(_, source)| *source != name)
                .map(|(_, source)| (source.to_owned(), name.to_owned())),
        );
    }
    found.push(("all".into(), "everything".into()));
    found
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    match logs(call, context) {
        Ok(outcome) => outcome,
        Err(output) => output.into(),
    }
}

fn logs(call: &Call<'_>, context: &Context<'_>) -> Result<Outcome, Output> {
    let parsed = options(call, FLAGS, 1)?;
    if parsed.operands.is_empty() && !parsed.has('f') {
        return Ok(Output::text(list(context)).into());
    }
    let now = context.world.now();
    let back = |letter: char| match parsed.value(letter).map(|text| (text, instant(context, text))) {
        None => Ok(None),
        Some((_, Some(at))) => Ok(Some(at)),
        Some((text, None)) => {
            Err(Output::failure(format!("logs: '{text}' is neither a duration (10m) nor a time (15:05)")))
        }
    };
    let at_least = match parsed.value('l') {
        None => None,
        Some(text) => {
            Some(level(text).ok_or_else(|| Output::failure(format!("logs: '{text}' is not a level")))?)
        }
    };
    let last = match parsed.value('n') {
        None => None,
        Some("all" | "-1") => Some(usize::MAX),
        Some(text) => Some(
            text.parse().map_err(|_| Output::failure(format!("logs: invalid number of lines '{text}'")))?,
        ),
    };
    let since = back('s')?.unwrap_or(SimTime::ZERO);
    let template = LogSelector { at_least, since, until: back('u')?, ..LogSelector::default() };
    let text = parsed.operands.join(" ");
    let query = if text.starts_with('{') {
        Some(Query::parse(&text).map_err(|message| Output::failure(format!("logs: {message}")))?)
    } else {
        None
    };
    let selectors = match &query {
        None => selectors(context, &parsed.operands, &template)?,
        Some(query) => query.selectors(&context.world.telemetry().logs, &template),
    };
    if selectors.is_empty() {
        return Err(Output::failure(
            "logs: no source has these labels; they are kind and source, and level for lines",
        ));
    }
    if parsed.has('f') && query.as_ref().is_some_and(Query::tests_lines) {
        return Err(Output::failure(
            "logs: only a selector can be followed; pipe it into grep: logs -f '{kind=\"web\"}' | grep …",
        ));
    }
    let form = if parsed.has('N') { Form::WithoutSource } else { Form::Full };
    // What is left out need not be written first, unless it is counted or looks decide.
    let limit = last.filter(|_| !query.as_ref().is_some_and(Query::tests_lines));
    let limited: Vec<LogSelector> =
        selectors.iter().map(|selector| LogSelector { last: limit, ..selector.clone() }).collect();
    let mut lines = merged(&context.world.telemetry().logs, &limited);
    if let Some(query) = &query {
        lines.retain(|line| query.accepts(line));
    }
    let most = last.unwrap_or(if parsed.has('f') {
        10
    } else if call.on_screen {
        ON_SCREEN
    } else {
        usize::MAX
    });
    let left_out = lines.len().saturating_sub(most);
    lines.drain(..left_out);
    let mut output = Output::text(printed(&lines, &context.scenario.calendar(), form));
    if parsed.has('f') {
        let following = Following::new(selectors, form, now);
        return Ok(Outcome::Job(Job::Follow { first: Some(output), following }));
    }
    if left_out > 0 && last.is_none() {
        output.err(format!(
            "({} earlier lines left out; a pipe, --since or -n N shows them)\n",
            grouped(left_out as u64)
        ));
    }
    Ok(output.into())
}

/// A duration back from now, or a clock time of the day.
pub(crate) fn instant(context: &Context<'_>, text: &str) -> Option<SimTime> {
    if text.contains(':') {
        return context.scenario.calendar().at(text);
    }
    duration(text.trim_start_matches('-')).map(|span| context.world.now().back(span))
}

fn level(text: &str) -> Option<Level> {
    let wanted = text.to_ascii_uppercase();
    let wanted = if wanted == "WARNING" { "WARN" } else { &wanted };
    Level::ALL.into_iter().find(|level| level.name() == wanted)
}

/// One selector for each name; the error names the nearest.
pub(crate) fn selectors(
    context: &Context<'_>,
    names: &[String],
    template: &LogSelector,
) -> Result<Vec<LogSelector>, Output> {
    let logs = &context.world.telemetry().logs;
    let mut found = Vec::new();
    for name in names {
        let kind = logs.kinds().find(|(_, kind)| kind == name).map(|(kind, _)| kind);
        if name == "all" {
            found.push(template.clone());
        } else if kind.is_some() {
            found.push(LogSelector { kind, ..template.clone() });
        } else if let Some(source) = logs.find_source(name) {
            found.push(LogSelector { source: Some(source), ..template.clone() });
        } else {
            let mut output =
                Output::failure(format!("logs: no source is called '{name}'; logs alone lists them"));
            let known = sources(context);
            if let Some(near) = nearest(name, known.iter().map(|(known, _)| known.as_str())) {
                output.err(format!("did you mean: {near}\n"));
            }
            return Err(output);
        }
    }
    if found.is_empty() {
        found.push(template.clone());
    }
    Ok(found)
}

/// The lines of several selectors in order of time.
pub(crate) fn merged(logs: &Logs, selectors: &[LogSelector]) -> Vec<LogLine> {
    let mut lines: Vec<LogLine> = selectors.iter().flat_map(|selector| logs.read(selector)).collect();
    if selectors.len() > 1 {
        lines.sort_by_key(|line| line.time);
    }
    lines
}

/// Room for most lines.
const LINE_BYTES: usize = 128;

/// Lines as text.
pub(crate) fn printed(lines: &[LogLine], calendar: &Calendar, form: Form) -> String {
    let mut out = String::with_capacity(lines.len() * LINE_BYTES);
    for line in lines {
        let LogLine { source, level, .. } = line;
        let (stamp, text) = (calendar.stamp(line.time), line.text.trim_end());
        // Writing to a text cannot fail.
        let _ = match form {
            Form::Full => writeln!(out, "{stamp} {source} {} {text}", level.name()),
            Form::WithoutSource => writeln!(out, "{stamp} {} {text}", level.name()),
            Form::Stamped => writeln!(out, "{}Z {text}", stamp.replacen(' ', "T", 1)),
            Form::Bare => writeln!(out, "{text}"),
            Form::Prefixed => {
                let container = source.split('-').next().unwrap_or("web");
                writeln!(out, "[pod/{source}/{container}] {text}")
            }
        };
    }
    out
}

fn list(context: &Context<'_>) -> String {
    let logs = &context.world.telemetry().logs;
    let mut rows = vec![row(["KIND", "SOURCES", "DROPPED", "NAMES"])];
    for (kind, name) in logs.kinds() {
        let names: Vec<&str> = logs.sources(kind).map(|(_, source)| source).collect();
        let (routine, notable) = logs.dropped(kind);
        let shown = names.iter().rev().take(3).rev().copied().collect::<Vec<_>>().join(", ");
        let more = if names.len() > 3 { "…, " } else { "" };
        rows.push(row([
            name,
            &names.len().to_string(),
            &grouped(routine + notable),
            &format!("{more}{shown}"),
        ]));
    }
    table(&rows)
}
