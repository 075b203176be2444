//! What a screen may show of a drill: plain owned data, taken at one instant.
//!
//! A view reads only this, so freezing, replaying and spectating are the same thing: another snapshot. Nothing in here
//! tells what the trainee could not see with the tools at hand; the hidden truth is the debrief's.

use super::{Mode, Phase};
use crate::kernel::SimTime;
use crate::scenario::Ghost;

/// One drill at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// What is being played.
    pub drill: DrillCard,
    /// Simulated time of this snapshot.
    pub now: SimTime,
    /// The incident's wall clock, `15:04:30`.
    pub clock: String,
    /// Where the drill stands.
    pub phase: Phase,
    /// The declared severity, if any.
    pub severity: Option<SeverityView>,
    /// The harm so far.
    pub impact: ImpactView,
    /// The real responders, running beside the trainee.
    pub ghost: GhostView,
    /// The charts, each with its samples, oldest first.
    pub signals: Vec<SignalView>,
    /// What happened when: for the time axis of every chart, in order of time.
    pub marks: Vec<Mark>,
    /// The primary database at a glance.
    pub database: DatabaseSummary,
    /// The incident channel, oldest first.
    pub channel: Vec<ChannelMessage>,
    /// Alerts that are pending or firing, pages first.
    pub alerts: Vec<AlertLine>,
    /// The stack's components with their health, in the direction of a request.
    pub topology: Vec<ComponentView>,
    /// The trainee's shell.
    pub console: ConsoleView,
    /// What was deployed lately, newest first.
    pub changes: Vec<ChangeLine>,
    /// The newest log lines, oldest first.
    pub logs: Vec<LogRow>,
    /// The newest traces of slow or failed requests, newest first.
    pub traces: Vec<TraceRow>,
    /// What the trainee did and what the real team did, in order of time.
    pub timeline: Vec<TimelineRow>,
    /// The milestones, in the order of an incident.
    pub milestones: Vec<MilestoneRow>,
    /// Hints used so far.
    pub hints_used: u32,
    /// The trainee's notes, oldest first.
    pub notes: Vec<NoteLine>,
}

/// One of the trainee's notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteLine {
    /// The wall clock, `15:20`.
    pub clock: String,
    /// Its text.
    pub text: String,
}

/// What is being played.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrillCard {
    /// The scenario's name on the command line, `june-4`.
    pub scenario: String,
    /// The scenario's title.
    pub title: String,
    /// The company, as the scenario names it.
    pub company: String,
    /// The seed that drew the variant.
    pub seed: u64,
    /// Practice or exam.
    pub mode: Mode,
    /// When the simulation starts.
    pub starts: SimTime,
    /// When the trainee's shift starts.
    pub opens: SimTime,
    /// When the drill ends by itself.
    pub ends: SimTime,
    /// The incident's date, `2024-06-04`.
    pub date: String,
    /// The channel's name, `#inc-0604`.
    pub channel: String,
    /// What the trainee reads before the shift, Markdown.
    pub briefing: String,
}

/// A declared severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeverityView {
    /// 1 is the worst.
    pub level: u8,
    /// When it was declared.
    pub since: SimTime,
}

/// The harm so far, since the shift started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ImpactView {
    /// Visitors who came.
    pub visitors: u64,
    /// Visitors who saw a page fail or be too slow.
    pub affected: u64,
    /// `affected` of `visitors`, 0–100.
    pub affected_pct: f64,
    /// Requests served or failed.
    pub requests: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Orders that a healthy shop would have taken and this one did not.
    pub lost_orders: u64,
    /// Their value, in cents.
    pub lost_cents: u64,
    /// Whether the last minute met the service-level objective.
    pub slo_met: bool,
}

/// The real responders beside the trainee.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GhostView {
    /// Who they are.
    pub who: Ghost,
    /// What the real team was doing at this minute, `15:20 web tier cleared, database team called`; empty before the first.
    pub now: String,
    /// Their time-line up to the end, for the chart axes; a screen shows only those up to `now`.
    pub marks: Vec<Mark>,
}

/// One thing on the time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: SimTime,
    /// The wall clock, `15:20`.
    pub clock: String,
    /// Whose.
    pub kind: MarkKind,
    /// A few words.
    pub text: String,
}

/// Whose mark it is; each kind has one shape everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// A change that was deployed.
    Change,
    /// Something the trainee did.
    Trainee,
    /// Something the real team did.
    Ghost,
}

/// One chart.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalView {
    /// Which.
    pub kind: Signal,
    /// Samples, oldest first, evenly spaced.
    pub points: Vec<(SimTime, f64)>,
    /// The newest sample.
    pub latest: f64,
    /// The line that should not be crossed, in the signal's own unit.
    pub limit: Option<f64>,
}

/// The signals that every screen and report shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Requests a second.
    Requests,
    /// Share of failed requests, 0–1.
    Errors,
    /// Median response time, milliseconds.
    P50,
    /// 95th percentile of the response time, milliseconds.
    P95,
    /// 99th percentile of the response time, milliseconds.
    P99,
    /// Share of page views that failed or were too slow, 0–1.
    Affected,
    /// Database processor use, 0–1.
    DatabaseCpu,
    /// Database backends at work.
    DatabaseActive,
    /// Requests waiting for a database connection.
    PoolWaiting,
}

impl Signal {
    /// All, in reading order.
    pub const ALL: [Signal; 9] = [
        Signal::Requests,
        Signal::Errors,
        Signal::P50,
        Signal::P95,
        Signal::P99,
        Signal::Affected,
        Signal::DatabaseCpu,
        Signal::DatabaseActive,
        Signal::PoolWaiting,
    ];

    /// The name a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Signal::Requests => "req/s",
            Signal::Errors => "errors",
            Signal::P50 => "p50",
            Signal::P95 => "p95",
            Signal::P99 => "p99",
            Signal::Affected => "slow or failed",
            Signal::DatabaseCpu => "db cpu",
            Signal::DatabaseActive => "db active",
            Signal::PoolWaiting => "pool waiting",
        }
    }
}

/// The primary database at a glance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatabaseSummary {
    /// Backends running a statement.
    pub active: u32,
    /// Connections open.
    pub connections: u32,
    /// `max_connections`.
    pub max_connections: u32,
    /// Requests that wait for a pooled connection.
    pub pool_waiting: u32,
    /// Processor use, 0–1.
    pub cpu: f64,
    /// Disk use, 0–1.
    pub disk: f64,
    /// Share of page accesses found in the buffer cache, 0–1.
    pub cache_hit: f64,
    /// Backends that wait for a lock.
    pub lock_waits: u32,
    /// Replication lag of the replica, milliseconds.
    pub replica_lag_ms: f64,
    /// Queries by their share of the database's time in the last minute, largest first.
    pub top: Vec<TopQuery>,
    /// Rollbacks and the like under way, `rollback CHG-1042 41 %`.
    pub operations: Vec<String>,
    /// Active backends by what they wait for, most first.
    pub waits: Vec<WaitLine>,
    /// Who holds a lock that others wait for, each followed by those it blocks.
    pub locks: Vec<LockLine>,
    /// Index builds under way.
    pub builds: Vec<BuildLine>,
}

/// Active backends that wait for one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitLine {
    /// `wait_event_type`, or `CPU`.
    pub kind: String,
    /// `wait_event`, or `running`.
    pub event: String,
    /// How many.
    pub backends: u32,
}

/// One backend of the lock tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockLine {
    /// 0 for one that waits for nobody.
    pub depth: u16,
    /// Its process id.
    pub pid: u32,
    /// `pg_stat_activity.state`.
    pub state: String,
    /// The lock it waits for, `AccessExclusiveLock on orders`.
    pub wants: Option<String>,
    /// How old its transaction is.
    pub age: crate::kernel::Span,
    /// The start of its statement.
    pub query: String,
}

/// One row of `pg_stat_progress_create_index`.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildLine {
    /// Its process id.
    pub pid: u32,
    /// The index; empty before it has an entry in the catalog.
    pub index: String,
    /// The table.
    pub table: String,
    /// The phase.
    pub phase: String,
    /// Share of this phase that is done, 0–1, where it can be known.
    pub done: Option<f64>,
}

/// A query and its share of the database's time.
#[derive(Clone, Debug, PartialEq)]
pub struct TopQuery {
    /// The query's name in the application, or the start of its text.
    pub name: String,
    /// Its share of all execution time, 0–1.
    pub share: f64,
    /// Mean time of one call, milliseconds.
    pub mean_ms: f64,
    /// Calls a second.
    pub calls_per_s: f64,
}

/// One message in the incident channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMessage {
    /// When.
    pub at: SimTime,
    /// The wall clock, `15:12`.
    pub clock: String,
    /// Who: a person's handle, `you`, or a tool.
    pub author: String,
    /// What kind of voice it is.
    pub voice: Voice,
    /// The words.
    pub text: String,
}

/// Who is speaking in the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The pager.
    Page,
    /// The trainee.
    You,
    /// A colleague.
    Person,
    /// The real team, at this minute of the real incident.
    Ghost,
    /// A tool that posts by itself.
    Tool,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertLine {
    /// Its name.
    pub name: String,
    /// Whether it pages somebody (or only files a ticket).
    pub pages: bool,
    /// Whether it fires (or is only pending).
    pub firing: bool,
    /// Since when.
    pub since: SimTime,
    /// Whether somebody has acknowledged it.
    pub acknowledged: bool,
    /// What it says.
    pub summary: String,
}

/// One component of the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentView {
    /// Its name, `web`, `pg-primary`.
    pub name: String,
    /// What it is: `load balancer`, `deployment`, `database`…
    pub kind: String,
    /// How it is, as its own health checks say.
    pub health: Health,
    /// Replicas: one entry each, or none when it has none.
    pub replicas: Vec<Health>,
    /// A few words: `11/12 ready`, `lag 2 s`.
    pub detail: String,
    /// The names of those it calls.
    pub calls: Vec<String>,
}

/// What a health check says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    #[default]
    Healthy,
    /// Some of it is not.
    Degraded,
    /// It does not serve.
    Down,
}

/// The trainee's shell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsoleView {
    /// The transcript, oldest first.
    pub lines: Vec<ConsoleLine>,
    /// The prompt, `oncall@bastion:~$ ` or `shop=> `.
    pub prompt: String,
    /// Whether a command is running (input then waits; an interrupt stops it).
    pub busy: bool,
    /// Lines entered before, oldest first.
    pub history: Vec<String>,
}

/// One line of the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLine {
    /// When it appeared.
    pub at: SimTime,
    /// What it is.
    pub style: LineStyle,
    /// Its text, without a line break.
    pub text: String,
}

/// What a transcript line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineStyle {
    /// Prompt and what was typed.
    Prompt,
    /// A tool's output.
    Output,
    /// A tool's complaint.
    Error,
    /// Something the drill says.
    Notice,
}

/// One deployed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// Its identifier, `CHG-1042`.
    pub id: String,
    /// What kind: `migration`, `deploy`, `config`, `flag`.
    pub kind: String,
    /// When it was deployed.
    pub at: SimTime,
    /// The wall clock, `14:40`.
    pub clock: String,
    /// Who deployed it.
    pub author: String,
    /// Its title.
    pub title: String,
    /// `deployed`, `rolling back`, `rolled back`, `failed`.
    pub state: String,
    /// What its author wrote about it.
    pub description: String,
    /// What was done: SQL of a migration, image of a deploy, name and value of a configuration or flag.
    pub up: String,
    /// What takes it back, in the same language.
    pub down: String,
}

/// One log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// The wall clock, `15:04:30.120`.
    pub clock: String,
    /// Where it comes from, `web-7`.
    pub source: String,
    /// `INFO`, `WARN`, `ERROR`.
    pub level: String,
    /// Its text.
    pub text: String,
}

/// One trace.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceRow {
    /// Its identifier, as `traces show` takes it.
    pub id: String,
    /// The wall clock it started at.
    pub clock: String,
    /// The endpoint.
    pub endpoint: String,
    /// Milliseconds from start to end.
    pub duration_ms: f64,
    /// The HTTP status.
    pub status: u16,
    /// Its spans, depth first.
    pub spans: Vec<SpanRow>,
}

/// One span of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanRow {
    /// Nesting, 0 at the root.
    pub depth: u16,
    /// What it did.
    pub name: String,
    /// Milliseconds after the trace's start.
    pub start_ms: f64,
    /// Milliseconds it took.
    pub duration_ms: f64,
    /// What else there is to say.
    pub note: String,
}

/// One line of the two time-lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineRow {
    /// When.
    pub at: SimTime,
    /// The wall clock, `15:20`.
    pub clock: String,
    /// Whose.
    pub kind: MarkKind,
    /// What.
    pub text: String,
}

/// One milestone, the trainee's beside the real team's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MilestoneRow {
    /// Its name, `diagnosed`.
    pub name: String,
    /// When the trainee reached it.
    pub at: Option<SimTime>,
    /// When the real team did.
    pub real: Option<SimTime>,
}
