//! What outsiders see of the shop: plain values, copied out of the [`World`](super::World) when asked for.
//!
//! The console's tools, the drill's snapshot and the terminal interface read only these. None of them holds a reference
//! into the simulation, so a view taken at one instant stays what it was.

use crate::kernel::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// How well a component serves, as its own health check or its neighbours would say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Health {
    /// Serves within its limits.
    #[default]
    Healthy,
    /// Serves, but slowly or with part of its capacity.
    Degraded,
    /// Serves nothing, or next to nothing.
    Down,
}

/// The kind of a component in the topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComponentKind {
    /// People with browsers.
    Visitors,
    /// The load balancer at the edge.
    LoadBalancer,
    /// The web deployment: see [`NodeView::instances`] for its pods.
    Web,
    /// The product cache.
    Cache,
    /// A connection pooler in front of a database server.
    ConnectionPool,
    /// A database server that takes writes.
    Primary,
    /// A database server that follows the primary.
    Replica,
    /// The payment provider, outside the company.
    Payment,
    /// Background workers.
    Jobs,
}

/// One component of the topology, with what it calls.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeView {
    /// The component's name as tools spell it: `lb`, `web`, `redis`, `pgbouncer`, `pg-1`, `pg-2`, `payments`, `worker`.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// How it does.
    pub health: Health,
    /// One short phrase with the figure that matters most: `96/100 active · cpu 100%`.
    pub detail: String,
    /// Health of each instance, for a component that has several (the web pods, in the order of their names).
    pub instances: Vec<Health>,
    /// Names of the components that this one calls.
    pub edges: Vec<String>,
}

/// The life of a pod as `kubectl get pods` names it in its STATUS column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodPhase {
    /// Accepted, not yet started.
    Pending,
    /// The container starts: image, boot, warm-up.
    ContainerCreating,
    /// Runs (ready or not).
    Running,
    /// Told to stop; it finishes what it has, then ends.
    Terminating,
}

impl PodPhase {
    /// The word in the STATUS column of `kubectl get pods`.
    pub fn as_str(self) -> &'static str {
        match self {
            PodPhase::Pending => "Pending",
            PodPhase::ContainerCreating => "ContainerCreating",
            PodPhase::Running => "Running",
            PodPhase::Terminating => "Terminating",
        }
    }
}

/// One pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodView {
    /// `web-6f7c9d8b5-x2k4q`.
    pub name: String,
    /// The deployment that owns it.
    pub deployment: String,
    /// The replica set's hash: pods of one revision share it.
    pub template_hash: String,
    /// The rollout revision that it runs.
    pub revision: u32,
    /// The container image with its tag.
    pub image: String,
    /// The Kubernetes node that it runs on.
    pub node: String,
    /// The pod's address.
    pub ip: String,
    /// Where it is in its life.
    pub phase: PodPhase,
    /// Whether its readiness probe passes, so that the load balancer sends it requests.
    pub ready: bool,
    /// How often its container was restarted.
    pub restarts: u32,
    /// When it was made. Pods older than the drill carry a negative start as [`PodView::age`] only.
    pub age: Span,
    /// When its container last started or restarted, if that was during the simulation.
    pub started_at: Option<SimTime>,
    /// Cores used over the last minute, in thousandths of a core.
    pub cpu_millicores: u32,
    /// Limit of the container's CPU, in thousandths of a core.
    pub cpu_limit_millicores: u32,
    /// Resident memory in MiB.
    pub memory_mib: u32,
    /// Limit of the container's memory in MiB.
    pub memory_limit_mib: u32,
    /// Workers that are serving a request now.
    pub busy_workers: u32,
    /// Workers in all.
    pub workers: u32,
    /// Requests in the accept queue.
    pub accept_queue: u32,
    /// Length at which the accept queue refuses.
    pub accept_queue_limit: u32,
    /// Requests per second over the last minute.
    pub requests_per_s: f64,
    /// Share of those that ended in a 5xx.
    pub error_ratio: f64,
    /// Readiness probes that failed one after the other.
    pub failed_probes: u32,
    /// Environment, in the order in which it was set.
    pub env: Vec<(String, String)>,
}

/// One deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentView {
    /// `web`, `worker`.
    pub name: String,
    /// Pods asked for.
    pub desired: u32,
    /// Pods that exist and do not terminate.
    pub current: u32,
    /// Pods that are ready.
    pub ready: u32,
    /// Pods that run the newest revision.
    pub up_to_date: u32,
    /// Age.
    pub age: Span,
    /// The newest revision's image.
    pub image: String,
    /// The newest revision's number.
    pub revision: u32,
    /// Environment of the newest revision.
    pub env: Vec<(String, String)>,
    /// Whether a rollout is under way.
    pub rolling_out: bool,
    /// `app=web`.
    pub selector: String,
}

/// One revision in a deployment's rollout history.
#[derive(Clone, Debug, PartialEq)]
pub struct RevisionView {
    /// Number, counted up by each rollout.
    pub revision: u32,
    /// The container image with its tag.
    pub image: String,
    /// The `kubernetes.io/change-cause` annotation.
    pub change_cause: String,
}

/// One machine of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct KubeNodeView {
    /// `ip-10-0-12-41.eu-west-1.compute.internal`-like name.
    pub name: String,
    /// Whether the kubelet reports it ready.
    pub ready: bool,
    /// Whether it takes no new pods (`kubectl cordon`).
    pub unschedulable: bool,
    /// Age.
    pub age: Span,
    /// Cores that it has, in thousandths.
    pub cpu_capacity_millicores: u32,
    /// Cores used over the last minute, in thousandths.
    pub cpu_millicores: u32,
    /// Memory in MiB.
    pub memory_capacity_mib: u32,
    /// Memory in use in MiB.
    pub memory_mib: u32,
    /// Names of the pods on it.
    pub pods: Vec<String>,
}

/// `Normal` or `Warning`, as Kubernetes types its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Something expected happened.
    Normal,
    /// Something that a person may want to know.
    Warning,
}

impl EventKind {
    /// The word in the TYPE column of `kubectl get events`.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Normal => "Normal",
            EventKind::Warning => "Warning",
        }
    }
}

/// One Kubernetes event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventView {
    /// When it was last seen.
    pub at: SimTime,
    /// How often it was seen.
    pub count: u32,
    /// Normal or warning.
    pub kind: EventKind,
    /// `Unhealthy`, `Scheduled`, `Pulled`, `Killing`, `ScalingReplicaSet`…
    pub reason: &'static str,
    /// `pod/web-…` or `deployment/web`.
    pub object: String,
    /// The sentence.
    pub message: String,
}

/// What kind of change it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// DDL that the release train ran at the database.
    Migration,
    /// A new image of a deployment.
    Deploy,
    /// A configuration value.
    Config,
    /// A feature flag.
    Flag,
}

impl ChangeKind {
    /// The word that the change log prints.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Migration => "migration",
            ChangeKind::Deploy => "deploy",
            ChangeKind::Config => "config",
            ChangeKind::Flag => "flag",
        }
    }
}

/// Where a change is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeState {
    /// On the calendar, not begun.
    Scheduled,
    /// Being put into effect.
    Applying,
    /// In effect.
    Applied,
    /// Ended in an error; what it had done until then may have stayed.
    Failed,
    /// Being taken back.
    RollingBack,
    /// Taken back.
    RolledBack,
}

impl ChangeState {
    /// The word that the change log prints.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeState::Scheduled => "scheduled",
            ChangeState::Applying => "applying",
            ChangeState::Applied => "applied",
            ChangeState::Failed => "failed",
            ChangeState::RollingBack => "rolling back",
            ChangeState::RolledBack => "rolled back",
        }
    }
}

/// One entry of the change log: everything deployed, whether it matters or not. Nothing here tells which.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeView {
    /// `CHG-1042`.
    pub id: String,
    /// What kind.
    pub kind: ChangeKind,
    /// One line.
    pub title: String,
    /// A paragraph.
    pub description: String,
    /// Who.
    pub author: String,
    /// When it began, or will.
    pub at: SimTime,
    /// When it was done.
    pub finished_at: Option<SimTime>,
    /// Where it is in its life.
    pub state: ChangeState,
    /// What was done: SQL of a migration, image of a deploy, name and value of a configuration or flag.
    pub up: String,
    /// What takes it back, in the same language.
    pub down: String,
    /// What running it printed.
    pub log: Vec<String>,
}

/// Number of an operation: something that takes simulated time and that a tool follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationId(pub u32);

/// How an operation ended, or that it has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationState {
    /// Still at it.
    Running,
    /// Done as asked.
    Done,
    /// Ended in an error, told in words.
    Failed(String),
}

/// Something that takes simulated time: a rollback, a rollout, a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationView {
    /// Its number.
    pub id: OperationId,
    /// What it does: `rollback CHG-1042`.
    pub text: String,
    /// When it began.
    pub started_at: SimTime,
    /// When it ended.
    pub finished_at: Option<SimTime>,
    /// Share done, in 0..=1, as far as it can be known.
    pub progress: f64,
    /// How it stands.
    pub state: OperationState,
    /// What it printed so far, oldest first.
    pub log: Vec<String>,
}

impl OperationView {
    /// Whether it has ended, well or not.
    pub fn is_finished(&self) -> bool {
        self.state != OperationState::Running
    }
}

/// What the incident cost, counted request by request and visitor by visitor.
///
/// Lost orders are those of visitors who came to buy and left without; a visitor's intent is drawn before the first page,
/// so the same visitors in a healthy twin run would have bought exactly these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// Different visitors who looked at a page.
    pub visitors: u64,
    /// Those of them for whom a page failed or took longer than the SLO's threshold.
    pub affected: u64,
    /// Requests that reached the load balancer.
    pub requests: u64,
    /// Those answered with a 5xx, or not before the client went away.
    pub failed: u64,
    /// Orders paid.
    pub orders: u64,
    /// Orders that visitors came for and left without.
    pub lost_orders: u64,
    /// Worth of the lost orders, in cents.
    pub lost_revenue_cents: u64,
    /// Worth of the orders paid, in cents.
    pub revenue_cents: u64,
}

impl Impact {
    /// Share of visitors affected, in 0..=1; 0 when nobody came.
    pub fn affected_ratio(&self) -> f64 {
        if self.visitors == 0 { 0.0 } else { self.affected as f64 / self.visitors as f64 }
    }

    /// The harm of two stretches of time together.
    #[must_use]
    pub fn plus(&self, other: &Impact) -> Impact {
        self.with(other, |a, b| a + b)
    }

    /// What has come since an earlier state of the same run.
    #[must_use]
    pub fn since(&self, earlier: &Impact) -> Impact {
        self.with(earlier, u64::saturating_sub)
    }

    fn with(&self, other: &Impact, count: fn(u64, u64) -> u64) -> Impact {
        Impact {
            visitors: count(self.visitors, other.visitors),
            affected: count(self.affected, other.affected),
            requests: count(self.requests, other.requests),
            failed: count(self.failed, other.failed),
            orders: count(self.orders, other.orders),
            lost_orders: count(self.lost_orders, other.lost_orders),
            lost_revenue_cents: count(self.lost_revenue_cents, other.lost_revenue_cents),
            revenue_cents: count(self.revenue_cents, other.revenue_cents),
        }
    }
}

/// What those who arrived came for. It depends on the seed alone: neither the shop's state nor an operator changes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intents {
    /// Visitors who arrived, those who were in the shop at the start included.
    pub visitors: u64,
    /// Those of them who came to buy.
    pub orders: u64,
    /// Worth of what they came for, in cents.
    pub revenue_cents: u64,
}

/// The golden signals, kept for every second since the scenario's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignalKind {
    /// Requests per second at the load balancer.
    Rps,
    /// Share of answered requests that were 5xx, in 0..=1.
    ErrorRatio,
    /// Median page time in seconds.
    P50,
    /// 95th percentile of page time in seconds.
    P95,
    /// 99th percentile of page time in seconds.
    P99,
    /// Share of page views that failed or took longer than the SLO's threshold, in 0..=1.
    AffectedRatio,
    /// CPU use of the primary database server, in 0..=1.
    DbCpu,
    /// Backends of the primary that run a statement.
    DbActive,
    /// Clients that wait for a server connection at the pooler.
    PoolWaiting,
}

impl SignalKind {
    /// All kinds, in the order in which a screen shows them.
    pub const ALL: [SignalKind; 9] = [
        SignalKind::Rps,
        SignalKind::ErrorRatio,
        SignalKind::P50,
        SignalKind::P95,
        SignalKind::P99,
        SignalKind::AffectedRatio,
        SignalKind::DbCpu,
        SignalKind::DbActive,
        SignalKind::PoolWaiting,
    ];
}

/// One signal over a stretch of time, in equal steps.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalSeries {
    /// Which.
    pub kind: SignalKind,
    /// Start of the first step.
    pub from: SimTime,
    /// Length of a step.
    pub step: Span,
    /// A value for each step; `NaN` where nothing was measured (no page ended in that step, or it has not happened yet).
    pub values: Vec<f64>,
}

/// State of a connection pooler, as `SHOW POOLS` tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolView {
    /// `pgbouncer`, `pgbouncer-ro`.
    pub name: String,
    /// Database server behind it.
    pub server: String,
    /// Clients that hold a server connection.
    pub clients_active: u32,
    /// Clients that wait for one.
    pub clients_waiting: u32,
    /// Server connections in use.
    pub servers_active: u32,
    /// Server connections idle.
    pub servers_idle: u32,
    /// Most server connections that it opens.
    pub pool_size: u32,
    /// How long the client at the head of the queue has waited.
    pub longest_wait: Span,
    /// How long a client waits before it is turned away.
    pub wait_timeout: Span,
    /// Clients turned away since the start.
    pub timeouts: u64,
    /// Queries done since the start.
    pub queries: u64,
    /// How long those had a server connection, together.
    pub query_time: Span,
    /// How long clients waited for one, together.
    pub wait_time: Span,
}

/// One client of the pooler that has a server connection or waits for one, as `SHOW CLIENTS` tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolClientView {
    /// The pool.
    pub pool: String,
    /// The address of the pod that it runs in; none for a background job.
    pub address: Option<String>,
    /// Process id of the server connection that it has; none while it waits.
    pub server_pid: Option<u32>,
    /// Whether it waits for a connection.
    pub waits: bool,
    /// How long it has had the connection, or waited.
    pub since: Span,
}

/// A name that resolves, and what listens there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressView {
    /// The name.
    pub name: String,
    /// Its address.
    pub address: std::net::Ipv4Addr,
    /// TCP ports that are listened on.
    pub ports: Vec<u16>,
}

/// State of the product cache, as `redis-cli info` tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheView {
    /// `redis`.
    pub name: String,
    /// Keys held, estimated from what was put in and what expired.
    pub keys: u64,
    /// Most keys that fit.
    pub capacity_keys: u64,
    /// Hits since the start.
    pub hits: u64,
    /// Misses since the start.
    pub misses: u64,
    /// Share of hits over the last minute, in 0..=1.
    pub hit_ratio: f64,
    /// How long a key lives.
    pub ttl: Span,
    /// How long one look-up takes.
    pub latency: Span,
    /// Keys put in since the start.
    pub fills: u64,
    /// Keys that went for space since the start.
    pub evictions: u64,
}

/// One queue of background work.
#[derive(Clone, Debug, PartialEq)]
pub struct JobQueueView {
    /// `order-emails`, `inventory-sync`…
    pub name: String,
    /// Jobs that wait.
    pub waiting: u64,
    /// Jobs that run.
    pub running: u32,
    /// Workers that serve it.
    pub workers: u32,
    /// Jobs done since the start.
    pub done: u64,
    /// Jobs that failed and were put back.
    pub failed: u64,
    /// Age of the oldest job that waits.
    pub oldest: Span,
}

/// What `curl` got. Times are cumulative from the start, as `curl -w` has them.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpProbe {
    /// The method asked with.
    pub method: String,
    /// The address asked for.
    pub url: String,
    /// `None` while it is under way; then the status, or why there is none.
    pub outcome: Option<HttpOutcome>,
    /// When it was sent.
    pub started_at: SimTime,
    /// Seconds from sending to the last byte, when it has ended.
    pub total: Option<Span>,
}

/// How a probe request ended.
#[derive(Clone, Debug, PartialEq)]
pub enum HttpOutcome {
    /// An answer came.
    Answered {
        /// HTTP status.
        status: u16,
        /// Header lines, without the status line.
        headers: Vec<(String, String)>,
        /// Body, shortened as a page would be by a reader.
        body: String,
    },
    /// No answer: `curl: (28) Operation timed out…`, `curl: (6) Could not resolve host…`.
    NoAnswer {
        /// curl's exit status.
        code: u8,
        /// curl's words.
        message: String,
    },
}

/// Number of a probe request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProbeId(pub u32);

/// Which database server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// The one that takes writes.
    Primary,
    /// The one that follows it.
    Replica,
}

/// A value of configuration or a feature flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingView {
    /// Its name: `lb.upstream_timeout`, `pgbouncer.pool_size`, `flag.new_recommendations`.
    pub name: String,
    /// Its value as text.
    pub value: String,
    /// What it does, with its unit.
    pub help: &'static str,
    /// Whether it is a feature flag.
    pub flag: bool,
}
