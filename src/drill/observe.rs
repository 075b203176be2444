//! The part of a snapshot that is read from the stack: signals, database, alerts, topology, changes, logs, traces.

use super::running::Drill;
use super::snapshot::*;
use crate::kernel::{SimTime, Span};
use crate::stack::{self, ChangeKind, ComponentKind, SignalKind, Which};
use crate::telemetry::{self, LogSelector, TraceFilter, TraceOrder};

/// How much of the past a chart shows.
const CHART_SPAN: Span = Span::from_mins(40);
/// Seconds between two samples of a chart.
const CHART_STEP: Span = Span::from_secs(10);
/// Most log lines in one snapshot.
const MAX_LOGS: usize = 200;
/// Most traces in one snapshot.
const MAX_TRACES: usize = 30;

impl Drill {
    pub(super) fn impact_view(&self) -> ImpactView {
        let impact = self.world.impact();
        ImpactView {
            visitors: impact.visitors,
            affected: impact.affected,
            affected_pct: impact.affected_ratio() * 100.0,
            requests: impact.requests,
            failed: impact.failed,
            lost_orders: impact.lost_orders,
            lost_cents: impact.lost_revenue_cents,
            slo_met: self.tracker.slo_met(),
        }
    }

    pub(super) fn signals(&self) -> Vec<SignalView> {
        let to = self.now().floor(CHART_STEP);
        let from = to.back(CHART_SPAN);
        Signal::ALL.into_iter().map(|signal| self.signal(signal, from, to)).collect()
    }

    fn signal(&self, signal: Signal, from: SimTime, to: SimTime) -> SignalView {
        let (kind, scale) = source(signal);
        let series = self.world.series(kind, from, to, CHART_STEP);
        let points: Vec<(SimTime, f64)> = series
            .values
            .iter()
            .enumerate()
            .filter(|(_, value)| value.is_finite())
            .map(|(step, value)| (series.from + series.step * step as u64, value * scale))
            .collect();
        let threshold = self.scenario.slo.page_threshold.as_millis_f64();
        let limit = matches!(signal, Signal::P50 | Signal::P95 | Signal::P99).then_some(threshold);
        SignalView { kind: signal, latest: points.last().map_or(0.0, |(_, value)| *value), points, limit }
    }

    pub(super) fn marks(&self) -> Vec<Mark> {
        let calendar = self.scenario.calendar();
        let mark = |at: SimTime, kind, text: String| Mark { at, clock: calendar.minute(at), kind, text };
        let mut marks: Vec<Mark> = self
            .world
            .changes()
            .into_iter()
            .filter(|change| change.at <= self.now())
            .map(|change| {
                mark(change.at, MarkKind::Change, format!("{} {}", change.id, change.kind.as_str()))
            })
            .collect();
        for action in super::actions::of(&self.entries) {
            marks.push(mark(action.at, MarkKind::Trainee, action.line));
        }
        marks.sort_by_key(|mark| mark.at);
        marks
    }

    pub(super) fn database_summary(&self) -> DatabaseSummary {
        let server = self.world.database(Which::Primary);
        let (connections, active) = server.connections();
        let pools = self.world.pools();
        let hits = server.counters().database.blocks_hit;
        DatabaseSummary {
            active,
            connections,
            max_connections: server.config().max_connections,
            pool_waiting: pools.iter().map(|pool| pool.clients_waiting).sum(),
            cpu: self.latest(SignalKind::DbCpu),
            disk: self.gauge("node_disk_io_busy_ratio"),
            cache_hit: hits / (hits + server.counters().database.blocks_read).max(1.0),
            lock_waits: server.lock_entries().iter().filter(|entry| !entry.granted).count() as u32,
            replica_lag_ms: self.gauge("pg_replication_lag_seconds") * 1_000.0,
            top: self.samples.top(),
            operations: self.operations(),
            waits: self.waits(),
            locks: self.lock_tree(),
            builds: self.builds(),
        }
    }

    /// The largest value now of a gauge over its series: the primary's disk, the replica's delay.
    fn gauge(&self, name: &str) -> f64 {
        let metrics = &self.world.telemetry().metrics;
        metrics.series(name).map(|series| metrics.latest(series.id)).fold(0.0, f64::max)
    }

    fn latest(&self, kind: SignalKind) -> f64 {
        let to = self.now().floor(Span::SECOND);
        let series = self.world.series(kind, to.back(Span::from_secs(5)), to, Span::SECOND);
        series.values.into_iter().rev().find(|value| value.is_finite()).unwrap_or(0.0)
    }

    fn operations(&self) -> Vec<String> {
        let running = self.world.operations().into_iter().filter(|operation| !operation.is_finished());
        running.map(|operation| format!("{} {:.0} %", operation.text, operation.progress * 100.0)).collect()
    }

    pub(super) fn alerts(&self) -> Vec<AlertLine> {
        let line = |alert: telemetry::Alert<'_>| AlertLine {
            name: alert.rule.name.clone(),
            pages: alert.rule.severity == telemetry::Severity::Page
                && self.incident.silenced_until(&alert.rule.name, self.now()).is_none(),
            firing: alert.state.phase == telemetry::Phase::Firing,
            since: alert.state.since,
            acknowledged: self.incident.is_acknowledged(&alert.rule.name),
            summary: alert.rule.summary.clone(),
        };
        let mut alerts: Vec<AlertLine> = self.world.telemetry().alerts.active().map(line).collect();
        alerts.sort_by_key(|alert| (!alert.pages, !alert.firing, alert.since));
        alerts
    }

    pub(super) fn topology(&self) -> Vec<ComponentView> {
        let view = |node: stack::NodeView| ComponentView {
            kind: kind_word(node.kind).to_owned(),
            health: health(node.health),
            replicas: node.instances.into_iter().map(health).collect(),
            name: node.name,
            detail: node.detail,
            calls: node.edges,
        };
        self.world.topology().into_iter().map(view).collect()
    }

    pub(super) fn changes(&self) -> Vec<ChangeLine> {
        let calendar = self.scenario.calendar();
        let line = |change: stack::ChangeView| ChangeLine {
            kind: change_word(change.kind).to_owned(),
            clock: calendar.minute(change.at),
            state: change.state.as_str().to_owned(),
            at: change.at,
            id: change.id,
            author: change.author,
            title: change.title,
            description: change.description,
            up: change.up,
            down: change.down,
        };
        let known = self.world.changes().into_iter().filter(|change| change.at <= self.now());
        let mut changes: Vec<ChangeLine> = known.map(line).collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.at));
        changes
    }

    pub(super) fn logs(&self) -> Vec<LogRow> {
        let calendar = self.scenario.calendar();
        let selector = LogSelector { last: Some(MAX_LOGS), ..LogSelector::default() };
        let rows = self.world.telemetry().logs.read(&selector).into_iter().map(|line| LogRow {
            clock: calendar.clock(line.time),
            source: line.source,
            level: line.level.name().to_owned(),
            text: line.text,
        });
        rows.collect()
    }

    pub(super) fn traces(&self) -> Vec<TraceRow> {
        let traces = &self.world.telemetry().traces;
        let filter =
            TraceFilter { limit: Some(MAX_TRACES), order: TraceOrder::NewestFirst, ..TraceFilter::default() };
        traces.search(&filter).into_iter().map(|trace| self.trace(trace)).collect()
    }

    fn trace(&self, trace: &telemetry::Trace) -> TraceRow {
        let traces = &self.world.telemetry().traces;
        let spans = trace.spans.iter().map(|span| SpanRow {
            depth: depth(trace, span),
            name: traces.text(span.name).to_owned(),
            start_ms: span.start.since(trace.start()).as_millis_f64(),
            duration_ms: span.duration().as_millis_f64(),
            note: traces.remark(span),
        });
        TraceRow {
            id: trace.hex_id(),
            clock: self.scenario.calendar().clock(trace.start()),
            endpoint: traces.text(trace.name()).to_owned(),
            duration_ms: trace.duration().as_millis_f64(),
            status: trace.spans[0].status,
            spans: spans.collect(),
        }
    }
}

/// How many ancestors a span has.
fn depth(trace: &telemetry::Trace, span: &telemetry::TraceSpan) -> u16 {
    let mut depth = 0;
    let mut parent = span.parent;
    // Parents stand before their children, so this ends.
    while let Some(above) = trace.spans.get(parent.index()) {
        depth += 1;
        parent = above.parent;
    }
    depth
}

/// Where a signal is read, and the factor from the stack's unit to the screen's.
fn source(signal: Signal) -> (SignalKind, f64) {
    match signal {
        Signal::Requests => (SignalKind::Rps, 1.0),
        Signal::Errors => (SignalKind::ErrorRatio, 1.0),
        Signal::P50 => (SignalKind::P50, 1_000.0),
        Signal::P95 => (SignalKind::P95, 1_000.0),
        Signal::P99 => (SignalKind::P99, 1_000.0),
        Signal::Affected => (SignalKind::AffectedRatio, 1.0),
        Signal::DatabaseCpu => (SignalKind::DbCpu, 1.0),
        Signal::DatabaseActive => (SignalKind::DbActive, 1.0),
        Signal::PoolWaiting => (SignalKind::PoolWaiting, 1.0),
    }
}

fn health(health: stack::Health) -> Health {
    match health {
        stack::Health::Healthy => Health::Healthy,
        stack::Health::Degraded => Health::Degraded,
        stack::Health::Down => Health::Down,
    }
}

fn kind_word(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Visitors => "visitors",
        ComponentKind::LoadBalancer => "load balancer",
        ComponentKind::Web => "deployment",
        ComponentKind::Cache => "cache",
        ComponentKind::ConnectionPool => "connection pool",
        ComponentKind::Primary => "database",
        ComponentKind::Replica => "replica",
        ComponentKind::Payment => "payment provider",
        ComponentKind::Jobs => "jobs",
    }
}

fn change_word(kind: ChangeKind) -> &'static str {
    kind.as_str()
}
