//! The shop's metrics, by Prometheus' names and units, and the alert rules over them.

use crate::kernel::Span;
use crate::scenario::{self, Condition, Signal};
use crate::telemetry::{
    Aggregate, AlertExpr, AlertRule, AlertValue, Comparison, LabelTest, MetricId, Metrics, Selector,
    Severity, Telemetry,
};

use super::blueprint::Blueprint;
use super::requests::status;

/// The window of the alert rules' rates and percentiles.
const WINDOW: Span = Span::MINUTE;

/// Numbers of all metrics that are written while the shop runs.
#[derive(Clone, Debug)]
pub(crate) struct Meters {
    /// By endpoint, then by place in [`status::ALL`].
    requests: Vec<[MetricId; status::ALL.len()]>,
    /// By endpoint.
    durations: Vec<MetricId>,
    pub(crate) page_duration: MetricId,
    pub(crate) orders: MetricId,
    pub(crate) revenue_cents: MetricId,
    /// By query.
    pub(crate) queries: Vec<MetricId>,
    /// By query.
    pub(crate) query_errors: Vec<MetricId>,
    pub(crate) pools: Vec<PoolMeters>,
    pub(crate) databases: Vec<DatabaseMeters>,
    pub(crate) cache: CacheMeters,
    pub(crate) web: WebMeters,
    pub(crate) pods: Vec<PodMeters>,
    pub(crate) jobs: Vec<JobMeters>,
    pub(crate) visitors: MetricId,
}

/// Of one pool.
#[derive(Clone, Debug)]
pub(crate) struct PoolMeters {
    pub(crate) active: MetricId,
    pub(crate) idle: MetricId,
    pub(crate) waiting: MetricId,
    pub(crate) max_wait: MetricId,
    pub(crate) timeouts: MetricId,
}

/// Of one database server.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseMeters {
    pub(crate) active: MetricId,
    pub(crate) idle: MetricId,
    pub(crate) cpu: MetricId,
    pub(crate) cores: MetricId,
    pub(crate) load: MetricId,
    pub(crate) disk: MetricId,
    pub(crate) commits: MetricId,
    pub(crate) rollbacks: MetricId,
    pub(crate) lag: MetricId,
}

/// Of the cache.
#[derive(Clone, Debug)]
pub(crate) struct CacheMeters {
    pub(crate) hits: MetricId,
    pub(crate) misses: MetricId,
    pub(crate) keys: MetricId,
}

/// Of the web deployment as a whole.
#[derive(Clone, Debug)]
pub(crate) struct WebMeters {
    pub(crate) ready: MetricId,
    pub(crate) not_ready: MetricId,
    pub(crate) cpu: MetricId,
    pub(crate) cores: MetricId,
}

/// Of one pod.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PodMeters {
    pub(crate) cpu: MetricId,
    pub(crate) busy: MetricId,
    pub(crate) queue: MetricId,
    pub(crate) ready: MetricId,
}

/// Of one kind of job.
#[derive(Clone, Debug)]
pub(crate) struct JobMeters {
    pub(crate) waiting: MetricId,
    pub(crate) running: MetricId,
    pub(crate) done: MetricId,
    pub(crate) failed: MetricId,
}

impl Meters {
    /// Registers everything that is known from the start.
    pub(crate) fn new(blueprint: &Blueprint, database_names: &[String], telemetry: &mut Telemetry) -> Meters {
        let metrics = &mut telemetry.metrics;
        Meters {
            requests: blueprint.endpoints.iter().map(|endpoint| request_counters(metrics, &endpoint.name)).collect(),
            durations: blueprint.endpoints.iter().map(|endpoint| duration(metrics, &endpoint.name)).collect(),
            page_duration: metrics.histogram(
                "page_duration_seconds",
                "Time until a page and everything that it asks for was there, as visitors' browsers report it.",
                &[],
            ),
            orders: metrics.counter("shop_orders_total", "Orders paid.", &[]),
            revenue_cents: metrics.counter("shop_revenue_cents_total", "Worth of the orders paid, in cents.", &[]),
            queries: named(blueprint, database_names, |labels| {
                metrics.histogram("db_query_duration_seconds", "Query time, pool wait included.", labels)
            }),
            query_errors: named(blueprint, database_names, |labels| {
                metrics.counter("db_query_errors_total", "Queries that failed.", labels)
            }),
            pools: blueprint.pools.iter().map(|pool| pool_meters(metrics, &pool.name)).collect(),
            databases: database_names.iter().map(|name| database_meters(metrics, name)).collect(),
            cache: CacheMeters {
                hits: metrics.counter("redis_keyspace_hits_total", "Lookups that found their key.", &[]),
                misses: metrics.counter("redis_keyspace_misses_total", "Lookups that did not.", &[]),
                keys: metrics.gauge("redis_db_keys", "Keys held.", &[]),
            },
            web: WebMeters {
                ready: metrics.gauge("kube_deployment_status_replicas_ready", "Pods that are ready.", &[]),
                not_ready: metrics.gauge("kube_deployment_status_replicas_unavailable", "Pods that are not.", &[]),
                cpu: metrics.gauge("web_cpu_cores_used", "Cores that the web pods use together.", &[]),
                cores: metrics.gauge("web_cpu_cores_limit", "Cores that the web pods may use together.", &[]),
            },
            pods: Vec::new(),
            jobs: blueprint.jobs.iter().map(|job| job_meters(metrics, &job.name)).collect(),
            visitors: metrics.gauge("shop_visitors", "Visitors in the shop.", &[]),
        }
    }

    /// Counts an answer.
    #[inline]
    pub(crate) fn answer(&self, metrics: &mut Metrics, endpoint: usize, code: u16, took: Span) {
        let place = status::ALL.iter().position(|known| *known == code).unwrap_or(0);
        metrics.add(self.requests[endpoint][place], 1);
        metrics.observe(self.durations[endpoint], took);
    }

    /// Registers a pod's metrics at its place.
    pub(crate) fn add_pod(&mut self, telemetry: &mut Telemetry, place: usize, name: &str) {
        let metrics = &mut telemetry.metrics;
        if metrics.len() + 8 > Metrics::MAX_SERIES {
            return self.repeat_pod(place);
        }
        let labels = [("pod", name)];
        let meters = PodMeters {
            cpu: metrics.gauge("container_cpu_cores_used", "Cores that a pod uses.", &labels),
            busy: metrics.gauge("web_workers_busy", "Workers of a pod that serve a request.", &labels),
            queue: metrics.gauge("web_accept_queue", "Requests that wait for a worker of a pod.", &labels),
            ready: metrics.gauge("kube_pod_status_ready", "1 while a pod is ready.", &labels),
        };
        if place < self.pods.len() { self.pods[place] = meters } else { self.pods.push(meters) }
    }

    /// No room for more series: a pod is counted under the name of the one that had its place before.
    fn repeat_pod(&mut self, place: usize) {
        if place >= self.pods.len()
            && let Some(last) = self.pods.last().copied()
        {
            self.pods.push(last);
        }
    }
}

fn request_counters(metrics: &mut Metrics, endpoint: &str) -> [MetricId; status::ALL.len()] {
    status::ALL.map(|code| {
        let code = code.to_string();
        let labels = [("endpoint", endpoint), ("status", code.as_str())];
        metrics.counter("http_requests_total", "Requests answered by the load balancer.", &labels)
    })
}

fn duration(metrics: &mut Metrics, endpoint: &str) -> MetricId {
    let labels = [("endpoint", endpoint)];
    metrics.histogram("http_request_duration_seconds", "Time until the load balancer's answer.", &labels)
}

fn named(
    blueprint: &Blueprint,
    database_names: &[String],
    mut register: impl FnMut(&[(&str, &str)]) -> MetricId,
) -> Vec<MetricId> {
    let database = |pool: u8| &database_names[usize::from(blueprint.pools[usize::from(pool)].database)];
    blueprint
        .queries
        .iter()
        .map(|query| register(&[("query", &query.name), ("server", database(query.pool))]))
        .collect()
}

fn pool_meters(metrics: &mut Metrics, name: &str) -> PoolMeters {
    let labels = [("pool", name)];
    PoolMeters {
        active: metrics.gauge("pgbouncer_pools_server_active", "Server connections in use.", &labels),
        idle: metrics.gauge("pgbouncer_pools_server_idle", "Server connections idle.", &labels),
        waiting: metrics.gauge(
            "pgbouncer_pools_client_waiting",
            "Clients that wait for a connection.",
            &labels,
        ),
        max_wait: metrics.gauge(
            "pgbouncer_pools_client_maxwait_seconds",
            "How long the first in line has waited.",
            &labels,
        ),
        timeouts: metrics.counter(
            "pgbouncer_query_wait_timeouts_total",
            "Clients turned away after waiting.",
            &labels,
        ),
    }
}

fn database_meters(metrics: &mut Metrics, name: &str) -> DatabaseMeters {
    let labels = [("server", name)];
    let with_state = |state| [("server", name), ("state", state)];
    let activity = "Sessions by state.";
    DatabaseMeters {
        active: metrics.gauge("pg_stat_activity_count", activity, &with_state("active")),
        idle: metrics.gauge("pg_stat_activity_count", activity, &with_state("idle")),
        cpu: metrics.gauge("node_cpu_cores_busy", "Cores of the server's machine that are busy.", &labels),
        cores: metrics.gauge("node_cpu_cores", "Cores of the server's machine.", &labels),
        load: metrics.gauge("node_load", "Processes that run or wait for a core.", &labels),
        disk: metrics.gauge("node_disk_io_busy_ratio", "Share of the disk's random reads in use.", &labels),
        commits: metrics.counter("pg_stat_database_xact_commit", "Transactions committed.", &labels),
        rollbacks: metrics.counter("pg_stat_database_xact_rollback", "Transactions rolled back.", &labels),
        lag: metrics.gauge(
            "pg_replication_lag_seconds",
            "How far the server is behind its primary.",
            &labels,
        ),
    }
}

fn job_meters(metrics: &mut Metrics, name: &str) -> JobMeters {
    let labels = [("job", name)];
    JobMeters {
        waiting: metrics.gauge("jobs_waiting", "Runs that wait for a worker.", &labels),
        running: metrics.gauge("jobs_running", "Runs under way.", &labels),
        done: metrics.counter("jobs_done_total", "Runs done.", &labels),
        failed: metrics.counter("jobs_failed_total", "Runs that failed.", &labels),
    }
}

/// A scenario's alert rule over the shop's metrics. `primary` and `replica` are the servers' names.
pub(crate) fn alert_rule(rule: &scenario::AlertRule, primary: &str, replica: Option<&str>) -> AlertRule {
    let (signal, is, threshold) = match &rule.when {
        Condition::Above(signal, value) => (signal, Comparison::Above, *value),
        Condition::Below(signal, value) => (signal, Comparison::Below, *value),
    };
    let (value, per_unit) = value_of(signal, primary, replica);
    AlertRule {
        name: rule.name.clone(),
        severity: match rule.severity {
            scenario::Severity::Page => Severity::Page,
            scenario::Severity::Ticket => Severity::Ticket,
        },
        expr: AlertExpr { value, is, threshold: threshold * per_unit },
        hold: rule.hold.0,
        keep_firing: Span::ZERO,
        summary: rule.summary.clone(),
    }
}

/// What a scenario's signal is among the metrics, and how many of the metric's units one of the signal's is.
fn value_of(signal: &Signal, primary: &str, replica: Option<&str>) -> (AlertValue, f64) {
    let p95 = |of: Selector| AlertValue::Percentile { of, q: 0.95, window: WINDOW };
    let gauge = |of: Selector, by| AlertValue::Gauge { of, by, window: WINDOW };
    let requests = || Selector::new("http_requests_total");
    match signal {
        Signal::DatabaseResponseP95Ms => {
            (p95(Selector::new("db_query_duration_seconds").with("server", primary)), 1e-3)
        }
        Signal::ResponseP95Ms => (p95(Selector::new("http_request_duration_seconds")), 1e-3),
        Signal::ErrorRatio => {
            let failed = requests().test("status", LabelTest::OneOf(failed_statuses()));
            (AlertValue::Ratio { of: failed, to: requests(), window: WINDOW }, 1.0)
        }
        Signal::RequestsPerSecond => (AlertValue::Rate { of: requests(), window: WINDOW }, 1.0),
        Signal::PoolWaiting => (gauge(Selector::new("pgbouncer_pools_client_waiting"), Aggregate::Sum), 1.0),
        Signal::DatabaseCpuRatio => {
            let of = Selector::new("node_cpu_cores_busy").with("server", primary);
            let to = Selector::new("node_cpu_cores").with("server", primary);
            (AlertValue::Share { of, to, window: WINDOW }, 1.0)
        }
        Signal::WebCpuRatio => {
            let (of, to) = (Selector::new("web_cpu_cores_used"), Selector::new("web_cpu_cores_limit"));
            (AlertValue::Share { of, to, window: WINDOW }, 1.0)
        }
        Signal::PodsNotReady => {
            (gauge(Selector::new("kube_deployment_status_replicas_unavailable"), Aggregate::Sum), 1.0)
        }
        Signal::ReplicaLagSeconds => {
            let of = Selector::new("pg_replication_lag_seconds").with("server", replica.unwrap_or(primary));
            (gauge(of, Aggregate::Max), 1.0)
        }
        Signal::OrdersPerMinute => {
            (AlertValue::Rate { of: Selector::new("shop_orders_total"), window: WINDOW }, 1.0 / 60.0)
        }
        Signal::Export(name) => (gauge(Selector::new(name), Aggregate::Max), 1.0),
    }
}

/// Statuses of requests that failed their client.
fn failed_statuses() -> Vec<String> {
    status::ALL.iter().filter(|code| **code >= status::CLIENT_GONE).map(u16::to_string).collect()
}
