//! A pool of server connections as PgBouncer keeps it in transaction mode: a query holds a connection while it runs, others
//! wait in line, and who waits longer than `query_wait_timeout` is turned away.
//!
//! All waiters have the same time-out and stand in the order in which they came, so the next one due is always the first in
//! line: the queue is its own time-out ring.

use crate::kernel::{SimTime, Span, WaitingLine};
use crate::postgres::server::BackendId;

use super::slab::Id;

/// How long the pooler leaves the server alone after a login that failed: PgBouncer's `server_login_retry`.
pub(crate) const LOGIN_RETRY: Span = Span::from_secs(15);

/// What became of a client that asked for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acquire {
    /// This connection is its own until released.
    Granted(u16),
    /// This connection is its own, but has to be opened first.
    Open(u16),
    /// It waits in line.
    Queued,
    /// Too many wait already.
    Refused,
}

/// A server connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    backend: Option<BackendId>,
    user: Option<Id>,
    /// Since when its user has it.
    taken: SimTime,
}

/// A pool.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    connections: Vec<Connection>,
    /// Idle connections, the one used last on top: those at the bottom stay unused.
    idle: Vec<u16>,
    /// Places of connections that aren't open.
    closed: Vec<u16>,
    waiting: WaitingLine<Id>,
    size: usize,
    pub(crate) max_waiting: usize,
    pub(crate) wait_timeout: Span,
    /// After a failed login: not before then.
    pub(crate) no_login_before: SimTime,
    pub(crate) timeouts: u64,
    pub(crate) refused: u64,
    /// Queries that gave their connection back.
    pub(crate) queries: u64,
    /// How long they had it, together.
    pub(crate) query_time: Span,
    /// How long clients waited before they had one, together.
    pub(crate) wait_time: Span,
}

impl Pool {
    pub(crate) fn new(size: u32, wait_timeout: Span, max_waiting: u32) -> Pool {
        let mut pool = Pool {
            connections: Vec::new(),
            idle: Vec::new(),
            closed: Vec::new(),
            waiting: WaitingLine::new(),
            size: 0,
            max_waiting: max_waiting as usize,
            wait_timeout,
            no_login_before: SimTime::ZERO,
            timeouts: 0,
            refused: 0,
            queries: 0,
            query_time: Span::ZERO,
            wait_time: Span::ZERO,
        };
        pool.resize(size);
        pool
    }

    /// Changes how many connections it may open. Fewer takes effect as connections come back.
    pub(crate) fn resize(&mut self, size: u32) {
        self.size = size as usize;
        while self.connections.len() < self.size {
            self.closed.push(self.connections.len() as u16);
            self.connections.push(Connection { backend: None, user: None, taken: SimTime::ZERO });
        }
        self.closed.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// A client asks for a connection.
    #[inline]
    pub(crate) fn acquire(&mut self, now: SimTime, user: Id) -> Acquire {
        if self.waiting.is_empty()
            && let Some(taken) = self.take(now, user)
        {
            return taken;
        }
        if self.waiting.len() < self.max_waiting {
            self.waiting.push(now, user);
            Acquire::Queued
        } else {
            self.refused += 1;
            Acquire::Refused
        }
    }

    #[inline]
    fn take(&mut self, now: SimTime, user: Id) -> Option<Acquire> {
        if let Some(slot) = self.idle.pop() {
            self.hand_out(now, slot, user);
            return Some(Acquire::Granted(slot));
        }
        if self.open() >= self.size || now < self.no_login_before {
            return None;
        }
        let slot = self.closed.pop()?;
        self.hand_out(now, slot, user);
        Some(Acquire::Open(slot))
    }

    #[inline]
    fn hand_out(&mut self, now: SimTime, slot: u16, user: Id) {
        let connection = &mut self.connections[usize::from(slot)];
        connection.user = Some(user);
        connection.taken = now;
    }

    /// The first in line, if a connection can be had for them now, with the time since when they waited.
    pub(crate) fn serve_next(&mut self, now: SimTime) -> Option<(Id, SimTime, Acquire)> {
        let (since, user) = self.waiting.first()?;
        let taken = self.take(now, user)?;
        self.waiting.pop(now);
        self.wait_time += now.since(since);
        Some((user, since, taken))
    }

    /// Notes the backend of a connection that was opened.
    pub(crate) fn opened(&mut self, slot: u16, backend: BackendId) {
        self.connections[usize::from(slot)].backend = Some(backend);
    }

    /// A connection comes back; beyond the size it is closed, and its backend returned to be disconnected.
    #[inline]
    pub(crate) fn release(&mut self, now: SimTime, slot: u16) -> Option<BackendId> {
        let connection = &mut self.connections[usize::from(slot)];
        connection.user = None;
        self.queries += 1;
        self.query_time += now.since(connection.taken);
        if usize::from(slot) >= self.size {
            return self.close(slot);
        }
        self.idle.push(slot);
        None
    }

    /// A connection is gone (or is to go: its backend is returned).
    pub(crate) fn close(&mut self, slot: u16) -> Option<BackendId> {
        let connection = &mut self.connections[usize::from(slot)];
        let backend = connection.backend.take();
        connection.user = None;
        self.idle.retain(|idle| *idle != slot);
        self.closed.push(slot);
        backend
    }

    #[inline]
    pub(crate) fn backend(&self, slot: u16) -> Option<BackendId> {
        self.connections[usize::from(slot)].backend
    }

    #[inline]
    pub(crate) fn user(&self, slot: u16) -> Option<Id> {
        self.connections[usize::from(slot)].user
    }

    /// Backends of all idle connections.
    pub(crate) fn idle_backends(&self) -> impl Iterator<Item = (u16, BackendId)> + '_ {
        self.idle.iter().filter_map(|&slot| Some((slot, self.connections[usize::from(slot)].backend?)))
    }

    /// When the first in line will have waited too long.
    #[inline]
    pub(crate) fn next_timeout(&self) -> SimTime {
        self.waiting.first().map_or(SimTime::MAX, |(since, _)| since + self.wait_timeout)
    }

    /// Takes one that has waited too long.
    pub(crate) fn pop_timeout(&mut self, now: SimTime) -> Option<(Id, SimTime)> {
        let (since, user) = self.waiting.first()?;
        if since + self.wait_timeout > now {
            return None;
        }
        self.waiting.pop(now);
        self.timeouts += 1;
        Some((user, since))
    }

    /// Takes a client out of the line.
    pub(crate) fn forget(&mut self, now: SimTime, user: Id) {
        self.waiting.withdraw(now, |waiting| waiting == user);
    }

    /// Who has a connection, with its backend and since when.
    pub(crate) fn users(&self) -> impl Iterator<Item = (Id, Option<BackendId>, SimTime)> + '_ {
        let taken = |connection: &Connection| Some((connection.user?, connection.backend, connection.taken));
        self.connections.iter().filter_map(taken)
    }

    /// Who waits, first in line first, and since when.
    pub(crate) fn line(&self) -> impl Iterator<Item = (Id, SimTime)> + '_ {
        self.waiting.iter().map(|(since, user)| (user, since))
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn longest_wait(&self, now: SimTime) -> Span {
        self.waiting.first().map_or(Span::ZERO, |(since, _)| now.since(since))
    }

    /// Connections that are open.
    #[inline]
    pub(crate) fn open(&self) -> usize {
        self.connections.len() - self.closed.len()
    }

    /// Connections in use.
    pub(crate) fn active(&self) -> usize {
        self.open() - self.idle.len()
    }

    pub(crate) fn idle(&self) -> usize {
        self.idle.len()
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }
}
