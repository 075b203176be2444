//! Backends: the sessions of the server, what each is doing, and the lines in which their statement time-outs wait.

use std::net::IpAddr;

use super::horizon::{Isolation, Snapshots};
use super::parameters::{Limits, Parameters};
use super::run::Run;
use super::savepoints::Savepoint;
use super::session::Conversation;
use super::types::{BackendId, Login, QueryId};
use super::vacuum::{AnalyzeRun, VacuumRun};
use crate::kernel::{SimTime, Span, TimeoutLine};
use crate::postgres::catalog::Catalog;
use crate::postgres::locks::{LockMode, LockTag};

/// What `pg_stat_activity.state` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendState {
    /// Executing.
    Active,
    /// Waiting for the client.
    Idle,
    /// In a transaction block, waiting for the client.
    IdleInTransaction,
    /// In a transaction block that failed.
    IdleInTransactionAborted,
}

impl BackendState {
    /// The text in `pg_stat_activity.state`.
    pub fn name(self) -> &'static str {
        match self {
            BackendState::Active => "active",
            BackendState::Idle => "idle",
            BackendState::IdleInTransaction => "idle in transaction",
            BackendState::IdleInTransactionAborted => "idle in transaction (aborted)",
        }
    }
}

/// What a backend waits for: `wait_event_type` and `wait_event`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitEvent {
    /// The next command from the client.
    ClientRead,
    /// A table or index lock.
    LockRelation,
    /// Its turn to wait for a row.
    LockTuple,
    /// Another transaction's end, for a row.
    LockTransaction,
    /// A snapshot's end.
    LockVirtualXid,
    /// A page from disk.
    DataFileRead,
    /// A temporary file.
    BufFileWrite,
    /// The flush of its commit record.
    WalSync,
    /// Its parallel workers.
    ExecuteGather,
    /// `pg_sleep`.
    PgSleep,
    /// `VACUUM`'s cost-based delay.
    VacuumDelay,
}

impl WaitEvent {
    /// `wait_event_type` and `wait_event`, as documented in table 27.4 ff. of the manual.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            WaitEvent::ClientRead => ("Client", "ClientRead"),
            WaitEvent::LockRelation => ("Lock", "relation"),
            WaitEvent::LockTuple => ("Lock", "tuple"),
            WaitEvent::LockTransaction => ("Lock", "transactionid"),
            WaitEvent::LockVirtualXid => ("Lock", "virtualxid"),
            WaitEvent::DataFileRead => ("IO", "DataFileRead"),
            WaitEvent::BufFileWrite => ("IO", "BufFileWrite"),
            WaitEvent::WalSync => ("IO", "WalSync"),
            WaitEvent::ExecuteGather => ("IPC", "ExecuteGather"),
            WaitEvent::PgSleep => ("Timeout", "PgSleep"),
            WaitEvent::VacuumDelay => ("Timeout", "VacuumDelay"),
        }
    }
}

/// What `backend_type` a process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendType {
    /// A client's session.
    Client,
    /// An autovacuum worker.
    AutovacuumWorker,
}

impl BackendType {
    /// The text in `pg_stat_activity.backend_type`.
    pub fn name(self) -> &'static str {
        match self {
            BackendType::Client => "client backend",
            BackendType::AutovacuumWorker => "autovacuum worker",
        }
    }
}

/// The statement that a backend runs, or ran last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryText {
    /// Nothing yet.
    None,
    /// A registered statement of the workload.
    Registered(QueryId),
    /// What a person or tool typed.
    Typed(String),
}

/// An open transaction: a block, or the one statement that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transaction {
    /// When it began.
    pub start: SimTime,
    /// Local transaction number of the backend: the second half of its virtual transaction id.
    pub number: u64,
    /// Its transaction id, once it has written.
    pub xid: Option<u64>,
}

/// What VACUUM or ANALYZE is doing, for its progress view.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Maintenance {
    Vacuum(Box<VacuumRun>),
    Analyze(AnalyzeRun),
}

/// One server process that serves a session. What every statement reads and writes comes first, so that it lies together.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Backend {
    /// What it is doing.
    pub state: BackendState,
    /// What it waits for, `None` while it is on the CPU.
    pub wait: Option<WaitEvent>,
    /// False while the slot is free.
    pub alive: bool,
    /// The client is gone; the backend notices when it next writes to it.
    pub(crate) abandoned: bool,
    /// Inside BEGIN … COMMIT.
    pub(crate) in_block: bool,
    /// The block failed.
    pub(crate) aborted: bool,
    /// Has entries in the lock table proper.
    pub(crate) in_lock_table: bool,
    /// When snapshots are taken.
    pub(crate) snapshots: Snapshots,
    /// The block has had a query: too late for another isolation level.
    pub(crate) queried: bool,
    /// Raised each time that the slot is given away.
    pub generation: u32,
    /// Raised at each statement: stale timers are told by it.
    pub(crate) sequence: u32,
    pub(crate) tag: u64,
    /// The transaction id that was next when the snapshot was taken.
    pub(crate) snapshot: u64,
    /// When `state` last changed.
    pub state_change: SimTime,
    /// When the current or last statement began.
    pub query_start: Option<SimTime>,
    /// The current or last statement.
    pub query: QueryText,
    /// The open transaction.
    pub transaction: Option<Transaction>,
    pub(crate) last_transaction: u64,
    /// Time-outs in force.
    pub limits: Limits,
    pub(crate) conversation: Option<Box<Conversation>>,
    pub(crate) run: Run,
    /// Weak locks of earlier statements in the block.
    pub(crate) held: Vec<(LockTag, LockMode)>,
    /// Places in the block that it can be taken back to.
    pub(crate) savepoints: Vec<Savepoint>,
    /// The catalog before the block's first change of it.
    pub(crate) undo: Option<Box<Catalog>>,
    /// The open block's level.
    pub isolation: Isolation,
    /// The level of a block that names none: `default_transaction_isolation`.
    pub(crate) default_isolation: Isolation,
    /// What kind of process.
    pub kind: BackendType,
    /// Process id.
    pub pid: u32,
    /// The client's port, -1 for a Unix socket.
    pub client_port: i32,
    /// When it connected.
    pub backend_start: SimTime,
    /// Role, database, application, address.
    pub login: Login,
    /// What the session `SET`.
    pub parameters: Parameters,
}

impl Backend {
    /// A backend for a free slot.
    pub(crate) fn vacant() -> Backend {
        Backend {
            generation: 0,
            alive: false,
            pid: 0,
            kind: BackendType::Client,
            login: Login {
                role: String::new(),
                database: String::new(),
                application_name: String::new(),
                client_addr: None::<IpAddr>,
            },
            client_port: -1,
            backend_start: SimTime::ZERO,
            query_start: None,
            state_change: SimTime::ZERO,
            state: BackendState::Idle,
            wait: None,
            query: QueryText::None,
            transaction: None,
            limits: Limits::default(),
            parameters: Parameters::default(),
            last_transaction: 0,
            in_block: false,
            aborted: false,
            held: Vec::new(),
            snapshot: 0,
            isolation: Isolation::default(),
            default_isolation: Isolation::default(),
            snapshots: Snapshots::Statement,
            queried: false,
            savepoints: Vec::new(),
            undo: None,
            in_lock_table: false,
            sequence: 0,
            tag: 0,
            run: Run::default(),
            conversation: None,
            abandoned: false,
        }
    }

    /// Whether there is no trace of a transaction block.
    pub(crate) fn keeps_nothing(&self) -> bool {
        let block = self.in_block || self.aborted || self.undo.is_some();
        let kept = self.held.len() + self.savepoints.len();
        !block
            && kept == 0
            && !self.queried
            && self.isolation == Isolation::default()
            && self.snapshots == Snapshots::Statement
    }

    /// The id that callers hold.
    pub(crate) fn id(&self, slot: u32) -> BackendId {
        BackendId { slot, generation: self.generation }
    }

    /// The transaction id in use: a transaction that failed has given it up.
    pub fn transaction_id(&self) -> Option<u64> {
        self.transaction.and_then(|t| t.xid).filter(|_| !self.aborted)
    }

    /// Whether an open cursor keeps a snapshot.
    pub(crate) fn holds_cursor(&self) -> bool {
        self.conversation.as_ref().is_some_and(|c| c.cursors.values().any(|cursor| !cursor.hold))
    }

    /// Whether a statement runs.
    pub fn is_active(&self) -> bool {
        self.alive && self.state == BackendState::Active
    }

    /// The wait that `pg_stat_activity` shows: a backend that is not active waits for its client.
    pub fn shown_wait(&self) -> Option<WaitEvent> {
        if self.state == BackendState::Active { self.wait } else { Some(WaitEvent::ClientRead) }
    }
}

/// Statement time-outs that fall due: one line for each distinct time-out.
#[derive(Clone, Debug)]
pub(crate) struct DeadlineLines {
    lines: Vec<(Span, TimeoutLine)>,
    /// The earliest of all.
    next: SimTime,
}

impl DeadlineLines {
    /// No time-outs.
    pub(crate) fn new() -> DeadlineLines {
        DeadlineLines { lines: Vec::new(), next: SimTime::MAX }
    }

    /// The earliest deadline of all; [`SimTime::MAX`] while nobody is in a line.
    #[inline]
    pub(crate) fn next(&self) -> SimTime {
        self.next
    }

    /// Who is due at `now`.
    pub(crate) fn due(&self, now: SimTime) -> Option<u32> {
        self.lines.iter().find_map(|(_, line)| line.due(now))
    }

    /// A statement with this time-out begins on `slot`.
    #[inline]
    pub(crate) fn enter(&mut self, slot: u32, now: SimTime, timeout: Span) {
        let deadline = now + timeout;
        self.next = self.next.min(deadline);
        match self.lines.iter_mut().find(|(other, _)| *other == timeout) {
            Some((_, line)) => line.set(slot, deadline),
            None => self.open_line(slot, deadline, timeout),
        }
    }

    #[cold]
    fn open_line(&mut self, slot: u32, deadline: SimTime, timeout: Span) {
        let mut line = TimeoutLine::new();
        line.set(slot, deadline);
        self.lines.push((timeout, line));
    }

    /// The statement on `slot` ended, in whatever way.
    #[inline]
    pub(crate) fn leave(&mut self, slot: u32) {
        self.next = SimTime::MAX;
        for (_, line) in &mut self.lines {
            line.cancel(slot);
            self.next = self.next.min(line.next_or_never());
        }
    }
}
