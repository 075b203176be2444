//! The parts of the stack and their sizes.

use serde::Deserialize;

use super::{time::Interval, workload::Varying};

/// The whole stack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Components {
    /// In front of everything.
    pub load_balancer: LoadBalancer,
    /// The web tier.
    pub web: Web,
    /// The product cache.
    pub cache: Cache,
    /// The connection pooler.
    pub pooler: Pooler,
    /// Database servers: exactly one primary.
    pub databases: Vec<Database>,
    /// Services of others.
    pub externals: Vec<External>,
}

impl Components {
    /// Every component's name, in the order in which a request meets them.
    pub fn names(&self) -> Vec<&str> {
        let mut names = vec![
            self.load_balancer.name.as_str(),
            self.web.name.as_str(),
            self.cache.name.as_str(),
            self.pooler.name.as_str(),
        ];
        names.extend(self.databases.iter().map(|database| database.name.as_str()));
        names.extend(self.externals.iter().map(|external| external.name.as_str()));
        names
    }

    /// The pool called `name`.
    pub fn pool(&self, name: &str) -> Option<&Pool> {
        self.pooler.pools.iter().find(|pool| pool.name == name)
    }
}

/// The load balancer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    /// Its name.
    pub name: String,
    /// A response that takes longer becomes a 504.
    pub upstream_timeout: Interval,
    /// A pod that does not accept within this time counts as failed (502).
    pub connect_timeout: Interval,
    /// Network and its own work, there and back.
    pub overhead: Interval,
    /// The certificate that it shows.
    #[serde(default)]
    pub certificate: Certificate,
}

/// A server certificate. It is there to be looked at: visitors' browsers don't check it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Certificate {
    /// Who issued it, as a distinguished name.
    pub issuer: String,
    /// Days between its first day and the drill's, 0 or more.
    pub issued_days_before: u32,
    /// Days that it holds.
    pub valid_days: u32,
}

impl Default for Certificate {
    fn default() -> Certificate {
        Certificate {
            issuer: "C=US, O=Let's Encrypt, CN=R11".to_owned(),
            issued_days_before: 30,
            valid_days: 90,
        }
    }
}

/// The web deployment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// The deployment's name.
    pub name: String,
    /// Its Kubernetes namespace.
    pub namespace: String,
    /// The image, without its tag.
    pub image: String,
    /// The tag that runs when the simulation starts.
    pub tag: String,
    /// Replicas.
    pub pods: u32,
    /// Kubernetes nodes that they are spread over.
    pub nodes: u32,
    /// Requests that one pod works on at a time.
    pub workers: u32,
    /// Requests that wait in front of the workers; one more is refused.
    pub accept_queue: u32,
    /// CPU cores of one pod.
    pub cores: f64,
    /// Memory of one pod, in MiB.
    pub memory_mib: u32,
    /// From being created to ready.
    pub startup: Varying,
    /// The readiness probe.
    pub readiness: Probe,
    /// How often a request tries a query again that failed.
    #[serde(default)]
    pub query_retries: QueryRetries,
    /// Environment variables of the deployment.
    #[serde(default)]
    pub env: Vec<(String, String)>,
}

/// What the application does about a query that failed. The default never tries again.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryRetries {
    /// Further tries after a connection that broke, a deadlock, or a login that failed.
    #[serde(default)]
    pub broken_connection: u8,
    /// Further tries after a time-out: of the statement, or of the wait for a connection.
    #[serde(default)]
    pub timed_out: u8,
    /// The mean pause before the first further try; it doubles at each one after that.
    #[serde(default)]
    pub backoff: Interval,
}

/// A probe: an HTTP request that a worker has to answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Its path.
    pub path: String,
    /// Time between two.
    pub period: Interval,
    /// One that takes longer has failed.
    pub timeout: Interval,
    /// Failures in a row that make a pod unready.
    pub failures: u32,
    /// Successes in a row that make it ready again.
    pub successes: u32,
}

/// The cache.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Its name.
    pub name: String,
    /// A lookup's time.
    pub latency: Varying,
    /// Entries that fit.
    pub max_entries: u64,
    /// Kinds of keys.
    pub spaces: Vec<KeySpace>,
}

/// A kind of keys in the cache.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySpace {
    /// Its name.
    pub name: String,
    /// How many there are.
    pub keys: u64,
    /// The exponent of their popularity (Zipf); 0 is all alike.
    pub skew: f64,
    /// How long an entry lives.
    pub ttl: Interval,
}

/// The connection pooler (transaction pooling: a query holds a connection while it runs).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pooler {
    /// Its name.
    pub name: String,
    /// Its pools.
    pub pools: Vec<Pool>,
}

/// A pool of connections to one database server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// The database server, by name.
    pub database: String,
    /// The role that it logs in as.
    pub role: String,
    /// The `application_name` of its connections.
    pub application_name: String,
    /// Connections.
    pub size: u32,
    /// Waiting longer for one is an error (PgBouncer's `query_wait_timeout`).
    pub wait_timeout: Interval,
    /// Requests that may wait; one more is refused.
    pub max_waiting: u32,
}

/// A database server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Primary or replica.
    pub role: DatabaseRole,
    /// The database's name.
    pub dbname: String,
    /// CPU cores.
    pub cores: u32,
    /// Memory, in GiB; what is not shared buffers is the operating system's cache.
    pub memory_gib: u32,
    /// `shared_buffers`, in GiB.
    pub shared_buffers_gib: u32,
    /// Random reads that the disk serves a second.
    pub disk_iops: u32,
    /// MiB that it streams a second.
    pub disk_mib_s: u32,
    /// `max_connections`.
    pub max_connections: u32,
    /// `superuser_reserved_connections`.
    pub reserved_connections: u32,
    /// `statement_timeout` of the application's role; zero is none.
    pub statement_timeout: Interval,
    /// `log_min_duration_statement`.
    pub log_min_duration: Interval,
    /// Other settings, as in `postgresql.conf`.
    #[serde(default)]
    pub settings: Vec<(String, String)>,
    /// A replica's usual delay.
    #[serde(default)]
    pub replay_lag: Interval,
}

/// What a database server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum DatabaseRole {
    /// Takes writes.
    Primary,
    /// Follows the primary, answers reads.
    Replica,
}

/// A service of others, reached over the network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct External {
    /// Its name.
    pub name: String,
    /// How long a call takes.
    pub latency: Varying,
    /// The share of calls that fail by themselves.
    pub failure_ratio: f64,
    /// After how long the caller gives up.
    pub timeout: Interval,
}
