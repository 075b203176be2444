//! `status`: the incident and the shop at a glance.

use super::alerts::word;
use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};
use crate::console::text::{age, grouped, row, table};
use crate::kernel::Span;
use crate::stack::{Health, SignalKind};
use crate::telemetry::Phase;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "status",
    aliases: &[],
    group: Group::Incident,
    usage: "status",
    summary: "show the incident and the shop at a glance",
    manual: "Shows the clock, the severity, the last minute's traffic, errors and page times, the components' health, and how many alerts fire.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(run),
};

/// The window that figures are averaged over.
const WINDOW: Span = Span::MINUTE;

fn run(_: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let now = context.world.now();
    let calendar = context.scenario.calendar();
    let severity = match context.incident.severity() {
        Some((severity, since)) => {
            format!("{} since {} ({})", severity.name(), calendar.clock(since), age(now.since(since)))
        }
        None => "not declared".into(),
    };
    let last = |kind| mean(context, kind);
    let seconds = |kind| last(kind).map_or("-".into(), |value| Span::from_secs_f64(value).to_string());
    let share = |kind| last(kind).map_or("-".into(), |value| format!("{:.1} %", value * 100.0));
    let plain = |kind| last(kind).map_or("-".into(), |value| format!("{value:.0}"));
    let firing: Vec<String> = context
        .world
        .telemetry()
        .alerts
        .active()
        .filter(|alert| alert.state.phase == Phase::Firing)
        .map(|alert| format!("{} ({})", alert.rule.name, word(&alert)))
        .collect();
    let impact = context.world.impact();
    let rows = vec![
        row(["Time:", &format!("{} {} UTC", calendar.date(now), calendar.clock(now))]),
        row(["Incident:", &severity]),
        row(["Alerts:", &if firing.is_empty() { "none firing".into() } else { firing.join(", ") }]),
        row(["Requests:", &format!("{}/s", plain(SignalKind::Rps))]),
        row(["Errors:", &share(SignalKind::ErrorRatio)]),
        row([
            "Page time:",
            &format!(
                "p50 {}  p95 {}  p99 {}",
                seconds(SignalKind::P50),
                seconds(SignalKind::P95),
                seconds(SignalKind::P99)
            ),
        ]),
        row(["Bad pages:", &share(SignalKind::AffectedRatio)]),
        row([
            "Database:",
            &format!(
                "cpu {}  active {}  waiting for a connection {}",
                share(SignalKind::DbCpu),
                plain(SignalKind::DbActive),
                plain(SignalKind::PoolWaiting)
            ),
        ]),
        row(["Orders lost:", &grouped(impact.lost_orders)]),
    ];
    let mut out = table(&rows);
    out.push('\n');
    let mut components = vec![row(["COMPONENT", "HEALTH", "DETAIL"])];
    for node in context.world.topology() {
        components.push(row([&node.name, health(node.health), &node.detail]));
    }
    out.push_str(&table(&components));
    Output::text(out).into()
}

/// The mean of a signal over the last minute.
fn mean(context: &Context<'_>, kind: SignalKind) -> Option<f64> {
    let now = context.world.now();
    let series = context.world.series(kind, now.back(WINDOW), now, Span::SECOND);
    let known: Vec<f64> = series.values.into_iter().filter(|value| value.is_finite()).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// A health in a word.
fn health(health: Health) -> &'static str {
    match health {
        Health::Healthy => "healthy",
        Health::Degraded => "degraded",
        Health::Down => "down",
    }
}
