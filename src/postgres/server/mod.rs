//! A running PostgreSQL server: sessions, shared CPU and disk, locks, caches, statistics, a log.
//!
//! It has no event loop. Time is handed in: [`Server::next_event`] says when something will happen, [`Server::step`]
//! makes it happen. Statements of the workload are registered once and executed by number ([`Server::execute`]): that
//! way allocates nothing. People and tools type SQL ([`Server::simple_query`]): slow to set up, and it competes for the
//! same CPU, disk and locks.
//!
//! What takes time takes it here: a statement waits for locks, reads what the cache misses from a disk of limited
//! operations a second, and shares the cores with all others that run. Nothing is drawn from a latency distribution.
//!
//! In reading order: [`types`] (what goes in and out), [`backend`], [`template`], `run` and `execute` (the hot path),
//! `locking`, `rows` and `savepoints`, `session` and `program` (typed SQL), `build` (index builds), `settle` (the books), [`log`], [`counters`].

pub mod types;
pub mod parameters;
pub mod backend;
pub mod template;
pub mod counters;
pub mod log;
mod run;
mod execute;
mod locking;
mod rows;
mod savepoints;
mod session;
mod utility;
mod compile;
mod program;
mod effects;
mod select;
mod refusals;
mod rights;
mod build;
mod explain;
mod plans;
mod settle;
mod background;
mod horizon;
mod vacuum;
mod prepared;
mod cursors;
mod sample;
mod normalise;
mod connect;

use std::collections::BTreeMap;

use super::buffers::{BufferCache, WorkingSet};
use super::catalog::{Catalog, Oid};
use super::error::SqlError;
use super::locks::LockManager;
use super::row_locks::RowLocks;
use super::settings::Settings;
use super::wal::Wal;
use crate::kernel::{Calendar, EventQueue, LittlesLaw, SharedProcessor, SimTime, Span, Stream, TimeoutRing};

pub use backend::{Backend, BackendState, BackendType, QueryText, WaitEvent};
pub use build::BuildProgress;
pub use counters::{Counters, StatementCounters};
pub use cursors::Cursor;
pub use horizon::Isolation;
pub use log::{LogEntry, LogEvent, ServerLog, Severity};
pub use parameters::Parameters;
pub use prepared::Prepared;
pub use session::Reply;
pub use template::Template;
pub use types::{BackendId, Completion, Failure, Login, Outcome, QueryId, RoleDefaults, ServerConfig};
pub use vacuum::{AnalyzeProgress, VacuumProgress};

use backend::DeadlineLines;
use background::Background;
use horizon::DeadRows;
use locking::DeadlockReport;
use parameters::Tuning;

/// Slots for processes beside client sessions: autovacuum workers.
const AUXILIARY_SLOTS: u32 = 8;
/// The most processes that one statement uses.
const MAX_PROCESSES: u32 = 9;
/// Sample points of the distribution of an execution's CPU time around its mean.
const FACTORS: usize = 1_024;
/// Spread (standard deviation of the logarithm) of an execution's CPU time: parameters differ, caches differ.
const FACTOR_SIGMA: f64 = 0.35;
/// The postmaster's process id.
const POSTMASTER_PID: u32 = 1;
/// The database's oid.
pub const DATABASE_OID: u32 = 16_384 - 2;
/// How often the books are brought up to date: cache, WAL, counters.
pub const SETTLE_EVERY: Span = Span::from_millis(250);

/// A timer of the server. Those of a backend carry its statement's number: a stale one is ignored.
#[derive(Debug, Clone, Copy)]
enum Timer {
    Settle,
    Checkpoint,
    CheckpointDone,
    Naptime,
    /// `pg_sleep` ends, or others' transactions are looked at again.
    Wake(u32, u32),
    LockTimeout(u32, u32),
    DeadlockCheck(u32, u32),
    IdleInTransaction(u32, u32),
}

/// One server.
#[derive(Clone, Debug)]
pub struct Server {
    config: ServerConfig,
    calendar: Calendar,
    catalog: Catalog,
    /// The data as it is: the catalog as loaded, whose statistics are taken for exact.
    truth: Catalog,
    file: Parameters,
    settings: Settings,
    role_parameters: BTreeMap<String, Parameters>,
    tuning: Tuning,
    now: SimTime,
    started: SimTime,
    backends: Vec<Backend>,
    clients: u32,
    active: u32,
    next_pid: u32,
    next_xid: u64,
    templates: Vec<Template>,
    statements: Vec<StatementCounters>,
    cpu: SharedProcessor,
    disk: SharedProcessor,
    stream: SharedProcessor,
    flushes: TimeoutRing<(u32, u32)>,
    timers: EventQueue<Timer>,
    deadlines: DeadlineLines,
    locks: LockManager,
    /// Of those who wait for locks.
    lock_waits: LittlesLaw,
    row_locks: RowLocks,
    /// What the processes of the deadlock just found were doing, for the log.
    deadlock: Option<DeadlockReport>,
    woken: Vec<u32>,
    buffers: BufferCache,
    counters: Counters,
    wal: Wal,
    background: Background,
    dead_rows: DeadRows,
    log: ServerLog,
    ready: Vec<Completion>,
    noise: Stream,
    factors: Vec<f64>,
    cold_ns: Vec<f64>,
    parallel_workers: u32,
    /// Instant and source of what happens next: see [`execute`].
    next: u64,
}

impl Server {
    /// A server that has run for days: its catalog loaded, its cache warm, nobody connected.
    ///
    /// `catalog` is what the planner believes and, as loaded, also the truth about the data; `seed` draws how
    /// executions of one statement differ.
    pub fn new(config: ServerConfig, catalog: Catalog, calendar: Calendar, seed: u64) -> Server {
        let slots = config.max_connections + AUXILIARY_SLOTS;
        let file = Parameters::from_pairs(&config.parameters);
        let mut settings = Settings::default();
        let (applied, sized) = (file.apply(&mut settings), apply_sizes(&config, &mut settings));
        let mut role_parameters = BTreeMap::new();
        for defaults in &config.role_defaults {
            role_parameters.insert(defaults.role.clone(), Parameters::from_pairs(&defaults.parameters));
        }
        let noise = Stream::named(seed, "postgres.execution");
        let mut server = Server {
            truth: catalog.clone(),
            tuning: Tuning::of(&settings),
            settings,
            file,
            role_parameters,
            now: SimTime::ZERO,
            started: SimTime::ZERO,
            backends: (0..slots).map(|_| Backend::vacant()).collect(),
            clients: 0,
            active: 0,
            next_pid: 3_100,
            next_xid: 48_151_623,
            templates: Vec::new(),
            statements: Vec::new(),
            cpu: SharedProcessor::new(config.cores),
            disk: SharedProcessor::new(config.disk_iops * config.disk_latency.as_secs_f64()),
            stream: SharedProcessor::new(1.0),
            flushes: TimeoutRing::new(),
            timers: EventQueue::new(),
            deadlines: DeadlineLines::new(),
            locks: LockManager::default(),
            lock_waits: LittlesLaw::default(),
            row_locks: RowLocks::default(),
            deadlock: None,
            woken: Vec::new(),
            buffers: BufferCache::new(config.shared_buffers_pages, config.os_cache_pages),
            counters: Counters::default(),
            wal: Wal::default(),
            background: Background::default(),
            dead_rows: DeadRows::default(),
            log: ServerLog::default(),
            ready: Vec::new(),
            factors: factors(&noise),
            noise,
            cold_ns: cold_caches(slots, config.cores),
            parallel_workers: 0,
            next: u64::MAX,
            config,
            calendar,
            catalog,
        };
        for problem in [applied.err(), sized.err()].into_iter().flatten() {
            let event = LogEvent::Text { severity: Severity::Warning, message: problem.message };
            server.log.push(SimTime::ZERO, POSTMASTER_PID, None, event);
        }
        server.adopt_relations();
        server.admit_neighbours();
        server.timers.push(SimTime::ZERO + SETTLE_EVERY, Timer::Settle);
        server.start_background();
        server.refresh_next();
        server
    }

    /// Neighbours' processes share the cores from the start, under keys behind those of the backends' processes.
    fn admit_neighbours(&mut self) {
        let first = self.backends.len() as u32 * MAX_PROCESSES;
        for neighbour in 0..self.config.neighbours {
            self.cpu.submit(SimTime::ZERO, first + neighbour, Span(u64::MAX));
        }
    }

    fn adopt_relations(&mut self) {
        let tables = self.catalog.tables.values().map(|t| (t.oid, t.name.as_str(), t.size.blocks));
        let indexes = self.catalog.indexes.values().map(|i| (i.oid, i.name.as_str(), i.size.blocks));
        for (oid, name, blocks) in tables.chain(indexes) {
            let working_set = working_set(&self.config, name);
            self.buffers.add(oid.0, blocks, working_set);
        }
        for table in self.catalog.tables.values() {
            let counters = self.counters.tables.entry(table.oid).or_default();
            counters.live = table.statistics.tuples.max(0.0);
        }
        for oid in self.catalog.indexes.keys() {
            self.counters.indexes.entry(*oid).or_default();
        }
        self.buffers.warm();
    }

    /// Replays what changed in the primary's catalog since the last call: physical replication carries DDL too.
    pub fn follow(&mut self, primary: &Server) {
        if self.catalog.version == primary.catalog.version {
            return;
        }
        self.catalog = primary.catalog.clone();
        self.adopt_changes();
    }

    /// Sizes, limits and the machine.
    pub fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// The civil time of simulated time.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The system catalog: what the planner believes.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The true statistics of the data.
    pub fn truth(&self) -> &Catalog {
        &self.truth
    }

    /// When the server was started, and the latest time that it has seen.
    pub fn times(&self) -> (SimTime, SimTime) {
        (self.started, self.now)
    }

    /// The server's settings, before any role's or session's own.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What `postgresql.conf` and `ALTER SYSTEM` set.
    pub fn parameters(&self) -> &Parameters {
        &self.file
    }

    /// The settings in force for a backend: the server's, its role's, its own.
    pub fn settings_of(&self, backend: &Backend) -> Settings {
        let mut settings = self.settings.clone();
        for layer in self.role_parameters.get(&backend.login.role).into_iter().chain([&backend.parameters]) {
            // Values were checked when they were set; a role's bad default is ignored as the server ignores it.
            let _ = layer.apply(&mut settings);
        }
        let level = if backend.in_block { backend.isolation } else { Isolation::by_default(&settings) };
        let _ = settings.set("transaction_isolation", level.name());
        settings
    }

    /// `ALTER ROLE … SET`, by role.
    pub fn role_parameters(&self, role: &str) -> Option<&Parameters> {
        self.role_parameters.get(role)
    }

    /// Every live backend with its slot: the rows of `pg_stat_activity`.
    pub fn activity(&self) -> impl Iterator<Item = (u32, &Backend)> {
        (0..).zip(&self.backends).filter(|(_, b)| b.alive)
    }

    /// One backend, if the id is still current.
    pub fn backend(&self, id: BackendId) -> Option<&Backend> {
        self.backends.get(id.slot as usize).filter(|b| b.alive && b.generation == id.generation)
    }

    /// The text of the statement that a backend runs, or ran last.
    pub fn query_text<'a>(&'a self, backend: &'a Backend) -> &'a str {
        match &backend.query {
            QueryText::None => "",
            QueryText::Registered(id) => self.query_sql(*id),
            QueryText::Typed(text) => text,
        }
    }

    /// The text of a registered statement.
    pub fn query_sql(&self, id: QueryId) -> &str {
        self.templates.get(id.0 as usize).map_or("", |t| t.sql.as_str())
    }

    /// Registered statements by number.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// The rows of `pg_stat_statements`; those never executed included.
    pub fn statement_statistics(&self) -> &[StatementCounters] {
        &self.statements
    }

    /// `pg_stat_statements_reset()`.
    pub fn reset_statement_statistics(&mut self) {
        let now = self.now;
        self.statements.iter_mut().for_each(|s| s.reset(now));
    }

    /// Counters of tables, indexes, the database, checkpoints.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The buffer cache.
    pub fn buffers(&self) -> &BufferCache {
        &self.buffers
    }

    /// The write-ahead log and its standbys.
    pub fn wal(&self) -> &Wal {
        &self.wal
    }

    /// The write-ahead log, to attach or slow standbys.
    pub fn wal_mut(&mut self) -> &mut Wal {
        &mut self.wal
    }

    /// The server's log.
    pub fn log(&self) -> &ServerLog {
        &self.log
    }

    /// The server's log, to be drained.
    pub fn log_mut(&mut self) -> &mut ServerLog {
        &mut self.log
    }

    /// The transaction id that the next writer will get.
    pub fn next_transaction_id(&self) -> u64 {
        self.next_xid
    }

    /// Sessions of clients, and how many of all sessions execute a statement.
    pub fn connections(&self) -> (u32, u32) {
        (self.clients, self.active)
    }

    /// Core time used since the start by the whole machine, neighbours included, nanoseconds: 2 cores busy for 1 s are 2e9.
    pub fn cpu_busy_ns(&self, now: SimTime) -> u64 {
        self.cpu.busy_core_ns(now)
    }

    /// Processes on or waiting for the CPU, and outstanding single-page reads' owners.
    pub fn load(&self) -> (usize, usize) {
        (self.cpu.load(), self.disk.load())
    }

    /// Disk use since the start: nanoseconds of queue-depth time used by random reads, and of streaming.
    pub fn disk_busy_ns(&self, now: SimTime) -> (u64, u64) {
        (self.disk.busy_core_ns(now), self.stream.busy_core_ns(now))
    }

    /// When something will next happen by itself.
    #[inline]
    pub fn next_event(&self) -> Option<SimTime> {
        let at = self.next_or_never();
        (at < SimTime::MAX).then_some(at)
    }

    /// The same as an instant: [`SimTime::MAX`] when nothing will.
    #[inline]
    pub fn next_or_never(&self) -> SimTime {
        execute::instant(self.next)
    }

    fn table_name(&self, oid: Oid) -> &str {
        self.catalog.tables.get(&oid).map_or("", |t| t.name.as_str())
    }
}

/// Multipliers with mean one, log-normally distributed, to be picked at random.
fn factors(noise: &Stream) -> Vec<f64> {
    let mut draws = noise.fork("factors");
    let raw: Vec<f64> = (0..FACTORS).map(|_| libm::exp(FACTOR_SIGMA * draws.normal())).collect();
    let mean = raw.iter().sum::<f64>() / FACTORS as f64;
    raw.into_iter().map(|f| f / mean).collect()
}

/// CPU added to a statement by the number of sessions that are active, per [`rates::COLD`](super::work::rates::COLD).
fn cold_caches(slots: u32, cores: f64) -> Vec<f64> {
    use super::work::rates::{COLD, COLD_SESSIONS, WARM_SESSIONS};
    let cold = |active: u32| (f64::from(active) / cores - WARM_SESSIONS) / (COLD_SESSIONS - WARM_SESSIONS);
    (0..=slots).map(|active| COLD * cold(active).clamp(0.0, 1.0)).collect()
}

/// What the configuration's own fields say under their parameter names.
fn apply_sizes(config: &ServerConfig, settings: &mut Settings) -> Result<(), SqlError> {
    for (name, value) in [
        ("max_connections", u64::from(config.max_connections)),
        ("reserved_connections", u64::from(config.reserved_connections)),
        ("superuser_reserved_connections", u64::from(config.superuser_reserved_connections)),
        ("shared_buffers", config.shared_buffers_pages),
    ] {
        settings.set(name, &value.to_string())?;
    }
    Ok(())
}

fn working_set(config: &ServerConfig, name: &str) -> WorkingSet {
    let named = config.working_sets.iter().find(|(n, _)| n == name);
    named.map_or(WorkingSet::USUAL, |(_, set)| *set)
}
