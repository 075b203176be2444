//! `alerts`: what fires.

use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::{age, nearest, row, table};
use crate::telemetry::{Alert, AlertExpr, AlertValue, Comparison, Phase, Severity};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "alerts",
    aliases: &["alert"],
    group: Group::Incident,
    usage: "alerts [-a]\nalerts ALERT",
    summary: "list alerts that fire or are about to",
    manual: "Lists alerts that are pending or firing, with when that began, the figure and who took them. With ALERT, tells the \
             rule: its condition, how long it must hold, its runbook.",
    flags: FLAGS,
    complete: names,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[flag('a', "all", "", "all rules, quiet ones too")];

/// Proposes alerts' names.
pub(crate) fn names(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let alerts = asking.context.world.telemetry().alerts.all();
    alerts.map(|alert| (alert.rule.name.clone(), word(&alert).to_owned())).collect()
}

/// The phase in a word.
pub(crate) fn word(alert: &Alert<'_>) -> &'static str {
    match alert.state.phase {
        Phase::Inactive => "inactive",
        Phase::Pending => "pending",
        Phase::Firing => "firing",
        Phase::Resolved => "resolved",
    }
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    match options(call, FLAGS, 1) {
        Err(output) => output.into(),
        Ok(parsed) => match parsed.operands.first() {
            None => Output::text(list(context, parsed.has('a'))).into(),
            Some(name) => one(context, name).into(),
        },
    }
}

fn list(context: &Context<'_>, all: bool) -> String {
    let calendar = context.scenario.calendar();
    let now = context.world.now();
    let mut rows = vec![row(["ALERT", "SEVERITY", "STATE", "SINCE", "FOR", "VALUE", "ACK", "SUMMARY"])];
    let mut found: Vec<Alert<'_>> = context
        .world
        .telemetry()
        .alerts
        .all()
        .filter(|alert| all || matches!(alert.state.phase, Phase::Pending | Phase::Firing))
        .collect();
    found.sort_by_key(|alert| (std::cmp::Reverse(alert.rule.severity), alert.state.since));
    for alert in &found {
        let quiet = alert.state.phase == Phase::Inactive;
        let acknowledged = context.incident.is_acknowledged(&alert.rule.name);
        rows.push(vec![
            alert.rule.name.clone(),
            severity(alert.rule.severity).to_owned(),
            match context.incident.silenced_until(&alert.rule.name, now) {
                Some(until) => format!("{}, silenced to {}", word(alert), calendar.minute(until)),
                None => word(alert).to_owned(),
            },
            if quiet { "-".into() } else { calendar.clock(alert.state.since) },
            if quiet { "-".into() } else { age(now.since(alert.state.since)) },
            alert.state.value.map_or("-".into(), |value| figure(&alert.rule.expr, value)),
            if acknowledged { "yes".into() } else { "no".into() },
            summary(alert),
        ]);
    }
    if rows.len() == 1 { "No alerts are firing.\n".into() } else { self::table(&rows) }
}

/// The rule's summary with the figure filled in.
fn summary(alert: &Alert<'_>) -> String {
    let value = alert.state.value.map_or("no value".into(), |value| figure(&alert.rule.expr, value));
    alert.rule.summary.replace("{value}", &value)
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Page => "page",
        Severity::Ticket => "ticket",
    }
}

/// A figure in the unit of what was measured.
fn figure(expr: &AlertExpr, value: f64) -> String {
    match &expr.value {
        AlertValue::Percentile { .. } if value < 1.0 => format!("{:.0} ms", value * 1e3),
        AlertValue::Percentile { .. } => format!("{value:.2} s"),
        AlertValue::Ratio { .. } | AlertValue::Share { .. } => format!("{:.1} %", value * 100.0),
        AlertValue::Rate { .. } => format!("{value:.1}/s"),
        AlertValue::Gauge { .. } => format!("{value:.1}"),
    }
}

/// The condition as one would write it in PromQL.
fn condition(expr: &AlertExpr) -> String {
    let left = match &expr.value {
        AlertValue::Rate { of, window } => format!("sum(rate({of}[{}]))", age(*window)),
        AlertValue::Ratio { of, to, window } => {
            let window = age(*window);
            format!("sum(rate({of}[{window}])) / sum(rate({to}[{window}]))")
        }
        AlertValue::Percentile { of, q, window } => {
            format!("histogram_quantile({q}, sum by (le) (rate({of}[{}])))", age(*window))
        }
        AlertValue::Gauge { of, by, window } => {
            let by = format!("{by:?}").to_lowercase().replace("mean", "avg");
            format!("{by}(avg_over_time({of}[{}]))", age(*window))
        }
        AlertValue::Share { of, to, window } => {
            let window = age(*window);
            format!("sum(avg_over_time({of}[{window}])) / sum(avg_over_time({to}[{window}]))")
        }
    };
    let sign = match expr.is {
        Comparison::Above => '>',
        Comparison::Below => '<',
    };
    format!("{left} {sign} {}", expr.threshold)
}

fn one(context: &Context<'_>, name: &str) -> Output {
    let alerts = &context.world.telemetry().alerts;
    let Some(alert) = alerts.all().find(|alert| alert.rule.name.eq_ignore_ascii_case(name)) else {
        return unknown("alerts", name, context);
    };
    let calendar = context.scenario.calendar();
    let mut rows = vec![
        row(["Alert:", &alert.rule.name]),
        row(["Severity:", severity(alert.rule.severity)]),
        row(["State:", word(&alert)]),
        row(["Condition:", &condition(&alert.rule.expr)]),
        row(["For:", &age(alert.rule.hold)]),
        row(["Summary:", &summary(&alert)]),
    ];
    if let Some(rule) = context.scenario.alerts.iter().find(|rule| rule.name == alert.rule.name)
        && let Some(runbook) = &rule.runbook
    {
        rows.push(row(["Runbook:", &format!("runbook {runbook}")]));
    }
    let taken = context.incident.acknowledgements.iter().find(|taken| taken.alert == alert.rule.name);
    rows.push(row(["Acknowledged:", &taken.map_or("no".into(), |taken| calendar.clock(taken.at))]));
    let mut out = table(&rows);
    let history: Vec<_> = alerts.history().filter(|change| change.alert == alert.id).collect();
    if !history.is_empty() {
        out.push_str("History:\n");
    }
    for change in history {
        let to = format!("{:?}", change.to).to_lowercase();
        out.push_str(&format!("   {}  {to}\n", calendar.clock(change.at)));
    }
    Output::text(out)
}

/// The complaint about an alert that isn't there, with the nearest name.
pub(crate) fn unknown(tool: &str, name: &str, context: &Context<'_>) -> Output {
    let mut output = Output::failure(format!("{tool}: no alert rule is called '{name}'"));
    let names = context.world.telemetry().alerts.all().map(|alert| alert.rule.name.as_str());
    if let Some(near) = nearest(name, names) {
        output.err(format!("did you mean: {near}\n"));
    }
    output
}
