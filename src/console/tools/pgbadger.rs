//! `pgbadger`: a summary of the servers' slow-query logs, statement by statement.

use super::logs::instant;
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::{row, table};
use crate::kernel::{SimTime, Span};
use crate::telemetry::LogSelector;
use std::collections::BTreeMap;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "pgbadger",
    aliases: &[],
    group: Group::Data,
    usage: "pgbadger [SERVER] [--since DURATION] [-n N]",
    summary: "summarise the slow-query log",
    manual: "Groups the lines of a database server's log that tell a statement's duration (those over log_min_duration_statement), constants left out, by total time.",
    flags: FLAGS,
    complete: |asking: &Asking<'_, '_>| -> Vec<Candidate> {
        asking
            .context
            .scenario
            .components
            .databases
            .iter()
            .map(|d| (d.name.clone(), "database server".to_owned()))
            .collect()
    },
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    word('s', "since", "DURATION", "only the last DURATION"),
    flag('n', "top", "N", "at most N statements (15)"),
];

/// Statements shown when no number is given.
const SHOWN: usize = 15;
/// Characters of a statement shown.
const STATEMENT_WIDTH: usize = 90;

#[derive(Default)]
struct Sums {
    count: u64,
    total_ms: f64,
    most_ms: f64,
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    match badger(call, context) {
        Ok(output) | Err(output) => output.into(),
    }
}

fn badger(call: &Call<'_>, context: &Context<'_>) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let since = match parsed.value('s') {
        None => SimTime::ZERO,
        Some(text) => instant(context, text)
            .ok_or_else(|| Output::failure(format!("pgbadger: '{text}' is no duration")))?,
    };
    let most = match parsed.value('n') {
        None => SHOWN,
        Some(text) => {
            text.parse().map_err(|_| Output::failure(format!("pgbadger: invalid number '{text}'")))?
        }
    };
    let logs = &context.world.telemetry().logs;
    let mut statements: BTreeMap<String, Sums> = BTreeMap::new();
    for database in &context.scenario.components.databases {
        if parsed.operands.first().is_some_and(|wanted| *wanted != database.name) {
            continue;
        }
        let Some(source) = logs.find_source(&database.name) else { continue };
        for line in logs.read(&LogSelector { source: Some(source), since, ..LogSelector::default() }) {
            if let Some((ms, statement)) = slow(&line.text) {
                let sums = statements.entry(normalised(statement)).or_default();
                sums.count += 1;
                sums.total_ms += ms;
                sums.most_ms = sums.most_ms.max(ms);
            }
        }
    }
    if statements.is_empty() {
        return Ok(Output::text("No slow statements in the log.\n"));
    }
    let mut sorted: Vec<(String, Sums)> = statements.into_iter().collect();
    sorted.sort_by(|a, b| b.1.total_ms.total_cmp(&a.1.total_ms));
    let duration = |ms: f64| Span::from_millis_f64(ms).to_string();
    let mut rows = vec![row(["TOTAL", "TIMES", "MEAN", "MAX", "STATEMENT"])];
    for (statement, sums) in sorted.iter().take(most) {
        let shown: String = statement.chars().take(STATEMENT_WIDTH).collect();
        rows.push(row([
            &duration(sums.total_ms),
            &sums.count.to_string(),
            &duration(sums.total_ms / sums.count as f64),
            &duration(sums.most_ms),
            &shown,
        ]));
    }
    Ok(Output::text(table(&rows)))
}

/// Duration and statement of `duration: 812.345 ms  execute <unnamed>: SELECT …` or `… statement: SELECT …`.
fn slow(text: &str) -> Option<(f64, &str)> {
    let (_, rest) = text.split_once("duration: ")?;
    let (ms, rest) = rest.split_once(" ms")?;
    let (_, statement) = rest.split_once(": ")?;
    Some((ms.parse().ok()?, statement))
}

/// A statement with numbers and texts replaced by `?`, and blanks squeezed.
fn normalised(statement: &str) -> String {
    let mut out = String::new();
    let mut characters = statement.chars().peekable();
    while let Some(c) = characters.next() {
        let after_word =
            out.chars().last().is_some_and(|last| last.is_alphanumeric() || last == '_' || last == '$');
        match c {
            '\'' => {
                while characters.next_if(|inside| *inside != '\'').is_some() {}
                characters.next();
                out.push('?');
            }
            digit if digit.is_ascii_digit() && !after_word => {
                while characters.next_if(|next| next.is_ascii_digit() || *next == '.').is_some() {}
                out.push('?');
            }
            blank if blank.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            other => out.push(other),
        }
    }
    out.trim().to_owned()
}
