//! Waiting in line: `c` servers, one bounded first-come-first-served queue. Web workers with their accept
//! backlog, a connection pool, a lock.
//!
//! The station keeps who waits and since when; how long the service takes is the owner's business, which
//! releases a server when it is done. Every wait is measured, and in debug builds held against Little's law:
//! the sum of all waits is exactly the integral of the queue's length.

use super::occupancy::Occupancy;
use super::ring::Ring;
use super::time::{SimTime, Span};

/// A first-come-first-served station of `c` servers with a bounded queue.
#[derive(Clone, Debug)]
pub struct Station<T: Copy> {
    servers: u32,
    backlog: usize,
    waiting: Ring<(SimTime, T)>,
    in_service: Occupancy,
    queue: Occupancy,
    waited_ns: u128,
    started: u64,
    refused: u64,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A server was free: service starts at once.
    Started,
    /// It waits in line.
    Queued,
    /// The queue was full.
    Refused,
}

impl<T: Copy> Station<T> {
    /// An idle station. `backlog` is the largest number that may wait.
    pub fn new(servers: u32, backlog: usize) -> Self {
        Station {
            servers,
            backlog,
            waiting: Ring::new(),
            in_service: Occupancy::default(),
            queue: Occupancy::default(),
            waited_ns: 0,
            started: 0,
            refused: 0,
        }
    }

    /// Someone arrives.
    #[inline(always)]
    pub fn arrive(&mut self, now: SimTime, item: T) -> Admission {
        if self.waiting.is_empty() && self.has_free_server() {
            self.in_service.enter(now);
            self.started += 1;
            Admission::Started
        } else if self.waiting.len() < self.backlog {
            self.queue.enter(now);
            self.waiting.push((now, item));
            Admission::Queued
        } else {
            self.refused += 1;
            Admission::Refused
        }
    }

    /// A service ends. If someone waits, the server goes to them: they are returned with the time that they
    /// waited.
    #[inline(always)]
    pub fn release(&mut self, now: SimTime) -> Option<(T, Span)> {
        if self.in_service.count() <= u64::from(self.servers)
            && let Some((since, item)) = self.waiting.pop()
        {
            // As many are in service as before.
            self.leave_queue(now, since);
            self.started += 1;
            return Some((item, now - since));
        }
        self.in_service.leave(now);
        None
    }

    /// Starts the first who waits, if a server is free: for use after [`Self::set_servers`]. Call until
    /// `None`.
    pub fn start_next(&mut self, now: SimTime) -> Option<(T, Span)> {
        if !self.has_free_server() {
            return None;
        }
        let (since, item) = self.waiting.pop()?;
        self.leave_queue(now, since);
        self.in_service.enter(now);
        self.started += 1;
        Some((item, now - since))
    }

    fn leave_queue(&mut self, now: SimTime, since: SimTime) {
        self.queue.leave(now);
        self.waited_ns += u128::from((now - since).0);
        debug_assert!(
            !self.waiting.is_empty() || self.queue.area_ns(now) == self.waited_ns,
            "Little's law broken: the queue's integral is not the sum of the waits"
        );
    }

    /// Changes the number of servers. Services under way go on; with more servers call [`Self::start_next`].
    pub fn set_servers(&mut self, servers: u32) {
        self.servers = servers;
    }

    /// Number of servers.
    pub fn servers(&self) -> u32 {
        self.servers
    }

    /// True when an arrival would start at once (if nobody waits).
    #[inline]
    pub fn has_free_server(&self) -> bool {
        self.in_service.count() < u64::from(self.servers)
    }

    /// Number in service.
    pub fn busy(&self) -> usize {
        self.in_service.count() as usize
    }

    /// Number waiting.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Number of services started.
    pub fn started(&self) -> u64 {
        self.started
    }

    /// Number of arrivals turned away because the queue was full.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The integral of the number in service until `now`: server time used.
    pub fn busy_ns(&self, now: SimTime) -> u128 {
        self.in_service.area_ns(now)
    }

    /// The integral of the queue's length until `now`.
    pub fn queue_area_ns(&self, now: SimTime) -> u128 {
        self.queue.area_ns(now)
    }

    /// All waits added up: those ended, and those under way until `now`. By Little's law equal to
    /// [`Self::queue_area_ns`].
    pub fn waited_ns(&self, now: SimTime) -> u128 {
        self.waited_ns + self.waiting.iter().map(|(since, _)| u128::from(now.since(since).0)).sum::<u128>()
    }
}
