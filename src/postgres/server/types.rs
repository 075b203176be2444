//! The values that go in and out of a server: who connects, what is asked, how it ended.

use crate::kernel::{SimTime, Span};
use crate::postgres::buffers::WorkingSet;

/// A backend: its slot, and a generation so that a slot's next owner is not mistaken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackendId {
    /// Index into the table of backends; below `max_connections` plus the auxiliary processes.
    pub slot: u32,
    /// How often the slot was taken before.
    pub generation: u32,
}

/// A registered statement of the workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueryId(pub u32);

/// Who connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Role name; must exist in the catalog and may log in.
    pub role: String,
    /// Database name.
    pub database: String,
    /// `application_name`.
    pub application_name: String,
    /// `client_addr`; `None` for a Unix socket.
    pub client_addr: Option<std::net::IpAddr>,
}

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked; rows returned or changed.
    Done {
        /// Rows returned to the client or changed.
        rows: u64,
    },
    /// It ended with an error; a transaction block, if one was open, is aborted.
    Failed(Failure),
}

/// Why an execution of the workload failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// 57014, `canceling statement due to statement timeout`.
    StatementTimeout,
    /// 57014, `canceling statement due to user request`.
    Cancelled,
    /// 57P01, `terminating connection due to administrator command`: the connection is gone.
    Terminated,
    /// 55P03, `canceling statement due to lock timeout`.
    LockTimeout,
    /// 40P01, `deadlock detected`.
    Deadlock,
    /// 25P02, `current transaction is aborted, commands ignored until end of transaction block`.
    AbortedTransaction,
    /// 25P03, `terminating connection due to idle-in-transaction timeout`: the connection is gone.
    IdleTimeout,
    /// The statement no longer plans (a relation or column is gone).
    Error,
}

impl Failure {
    /// The SQLSTATE that the client sees.
    pub fn sqlstate(self) -> &'static str {
        match self {
            Failure::StatementTimeout | Failure::Cancelled => "57014",
            Failure::Terminated => "57P01",
            Failure::LockTimeout => "55P03",
            Failure::Deadlock => "40P01",
            Failure::AbortedTransaction => "25P02",
            Failure::IdleTimeout => "25P03",
            Failure::Error => "42P01",
        }
    }

    /// The message that the client sees.
    pub fn message(self) -> &'static str {
        match self {
            Failure::StatementTimeout => "canceling statement due to statement timeout",
            Failure::Cancelled => "canceling statement due to user request",
            Failure::Terminated => "terminating connection due to administrator command",
            Failure::LockTimeout => "canceling statement due to lock timeout",
            Failure::Deadlock => "deadlock detected",
            Failure::AbortedTransaction => {
                "current transaction is aborted, commands ignored until end of transaction block"
            }
            Failure::IdleTimeout => "terminating connection due to idle-in-transaction timeout",
            Failure::Error => "relation or column does not exist",
        }
    }

    /// Whether the connection is gone too.
    pub fn closes_connection(self) -> bool {
        matches!(self, Failure::Terminated | Failure::IdleTimeout)
    }
}

/// The end of one `execute`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// When it ended.
    pub at: SimTime,
    /// The backend, idle again unless the failure closed it.
    pub backend: BackendId,
    /// The caller's tag.
    pub tag: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Time spent waiting for locks.
    pub lock_wait: Span,
    /// Time spent waiting for disk reads and the commit's flush.
    pub disk: Span,
}

/// Time-outs and the like that `ALTER ROLE … SET` gives a role's sessions. `None`: the server's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleDefaults {
    /// The role.
    pub role: String,
    /// Parameter and value as in `ALTER ROLE … SET name = value`.
    pub parameters: Vec<(String, String)>,
}

/// The machine and the limits of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerConfig {
    /// CPU cores.
    pub cores: f64,
    /// Processes of others on the same machine that always want a core: a backup, a compiler, a noisy neighbour.
    pub neighbours: u32,
    /// Random reads a second that the volume serves at most.
    pub disk_iops: f64,
    /// How long one read takes when the volume is idle.
    pub disk_latency: Span,
    /// Sequential throughput, MB/s.
    pub disk_mb_s: f64,
    /// `shared_buffers` in 8 kB pages.
    pub shared_buffers_pages: u64,
    /// Memory left for the kernel's page cache, in 8 kB pages.
    pub os_cache_pages: u64,
    /// `max_connections`.
    pub max_connections: u32,
    /// `reserved_connections`: slots kept for members of `pg_use_reserved_connections`.
    pub reserved_connections: u32,
    /// `superuser_reserved_connections`.
    pub superuser_reserved_connections: u32,
    /// Parameters of `postgresql.conf` beside those above, by name.
    pub parameters: Vec<(String, String)>,
    /// `ALTER ROLE … SET`.
    pub role_defaults: Vec<RoleDefaults>,
    /// Relations whose working set is not the usual one, by name.
    pub working_sets: Vec<(String, WorkingSet)>,
    /// A hot standby: read-only, no autovacuum, no checkpoints of its own.
    pub standby: bool,
}

impl Default for ServerConfig {
    fn default() -> Self {
        ServerConfig {
            cores: 16.0,
            neighbours: 0,
            disk_iops: 8_000.0,
            disk_latency: Span::from_micros(600),
            disk_mb_s: 500.0,
            shared_buffers_pages: 2 << 20,
            os_cache_pages: 5 << 20,
            max_connections: 500,
            reserved_connections: 0,
            superuser_reserved_connections: 3,
            parameters: Vec::new(),
            role_defaults: Vec::new(),
            working_sets: Vec::new(),
            standby: false,
        }
    }
}
