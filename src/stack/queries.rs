//! Queries: a connection from the pool, an execution at the database server, and what the application does when either
//! fails.

use crate::kernel::Span;
use crate::postgres::server::{BackendId, Completion, Failure, Login, Outcome};

use super::blueprint::Op;
use super::event::{Event, source};
use super::pool::{Acquire, LOGIN_RETRY};
use super::request::{Mark, MarkKind, TraceTime, Waits};
use super::requests::status;
use super::slab::Id;
use super::world::World;

impl World {
    /// A request's query asks its pool for a connection.
    pub(super) fn ask_for_connection(&mut self, id: Id, query: u16) {
        let pool = self.blueprint.queries[usize::from(query)].pool;
        self.requests[id].waits = Waits::Pool(pool);
        let at = usize::from(pool);
        match self.pools[at].acquire(self.now, id) {
            Acquire::Queued => {
                if self.pools[at].waiting() == 1 {
                    self.sources.set(source::POOLS + at, self.pools[at].next_timeout());
                }
            }
            Acquire::Refused => {
                self.log_pool_refusal(id, pool);
                self.query_failed(id, false);
            }
            granted => self.run_query(id, pool, granted),
        }
    }

    /// A request has a connection (perhaps one that is yet to be opened): its query runs.
    fn run_query(&mut self, id: Id, pool: u8, granted: Acquire) {
        let at = usize::from(pool);
        let (slot, backend) = match granted {
            Acquire::Granted(slot) => (slot, self.pools[at].backend(slot)),
            Acquire::Open(slot) => (slot, self.open_connection(pool, slot)),
            Acquire::Queued | Acquire::Refused => return,
        };
        let Some(backend) = backend else {
            self.pools[at].close(slot);
            self.query_failed(id, true);
            return;
        };
        let request = &mut self.requests[id];
        let Op::Query(query) = self.blueprint.ops[usize::from(request.pc) - 1] else { return };
        request.waits = Waits::Query(pool, slot);
        if request.step_since < self.now {
            self.mark(id, MarkKind::PoolWait, u16::from(pool), false);
            self.requests[id].step_since = self.now;
        }
        let database = usize::from(self.blueprint.pools[at].database);
        let tag = u64::from(pool) << 32 | u64::from(slot);
        let statement = self.statements[usize::from(query)];
        self.databases[database].execute(self.now, backend, statement, tag);
        if self.stepping != source::DATABASES + database {
            self.refresh_database(database);
        }
    }

    #[cold]
    fn open_connection(&mut self, pool: u8, slot: u16) -> Option<BackendId> {
        let plan = &self.blueprint.pools[usize::from(pool)];
        let login = Login {
            role: plan.role.clone(),
            database: self.database_names[usize::from(plan.database)].clone(),
            application_name: plan.application_name.clone(),
            client_addr: Some(self.pooler_address),
        };
        let database = usize::from(plan.database);
        match self.databases[database].connect(self.now, login) {
            Ok(backend) => {
                self.pools[usize::from(pool)].opened(slot, backend);
                Some(backend)
            }
            Err(error) => {
                self.pools[usize::from(pool)].no_login_before = self.now + LOGIN_RETRY;
                self.log_login_failure(pool, &error.message);
                None
            }
        }
    }

    /// Something happens at a database server.
    pub(super) fn on_database(&mut self, database: usize) {
        let mut completions = std::mem::take(&mut self.completions);
        completions.clear();
        self.databases[database].step(self.now, &mut completions);
        self.stepping = source::DATABASES + database;
        for completion in &completions {
            self.query_done(completion);
        }
        self.stepping = source::NONE;
        self.completions = completions;
        self.refresh_database(database);
        if !self.tasks.is_empty() {
            self.poll_tasks();
        }
    }

    pub(super) fn refresh_database(&mut self, database: usize) {
        self.sources.set(source::DATABASES + database, self.databases[database].next_or_never());
    }

    fn query_done(&mut self, completion: &Completion) {
        let pool = (completion.tag >> 32) as u8;
        let slot = completion.tag as u16;
        let at = usize::from(pool);
        self.digest.write_u64(completion.tag ^ u64::from(completion.backend.generation) << 40);
        if self.pools[at].backend(slot) != Some(completion.backend) {
            return;
        }
        let user = self.pools[at].user(slot);
        let failure = match completion.outcome {
            Outcome::Done { .. } => None,
            Outcome::Failed(failure) => Some(failure),
        };
        if failure.is_some_and(Failure::closes_connection) {
            self.pools[at].close(slot);
        } else if let Some(backend) = self.pools[at].release(self.now, slot) {
            let database = usize::from(self.blueprint.pools[at].database);
            self.databases[database].disconnect(self.now, backend);
        }
        self.serve_pool(pool);
        if let Some(id) = user
            && self.requests.contains(id)
        {
            self.query_returned(id, completion, failure);
        }
    }

    /// Gives connections that are free to those who wait.
    pub(super) fn serve_pool(&mut self, pool: u8) {
        let at = usize::from(pool);
        if self.pools[at].waiting() == 0 && !self.sources.is_set(source::POOLS + at) {
            return;
        }
        while let Some((id, since, granted)) = self.pools[at].serve_next(self.now) {
            debug_assert!(self.requests.contains(id), "who waits for a connection is alive");
            self.requests[id].step_since = since;
            self.run_query(id, pool, granted);
        }
        self.sources.set(source::POOLS + at, self.pools[at].next_timeout());
    }

    fn query_returned(&mut self, id: Id, completion: &Completion, failure: Option<Failure>) {
        let Op::Query(query) = self.blueprint.ops[usize::from(self.requests[id].pc) - 1] else { return };
        self.mark(id, MarkKind::Query, query, failure.is_some());
        if completion.lock_wait + completion.disk > Span::ZERO {
            self.mark_query_waits(id, completion);
        }
        self.observe_query(query, self.now.since(self.requests[id].query_since), failure.is_some());
        match failure {
            None => self.advance(id),
            Some(failure) => {
                self.log_query_failure(id, query, failure);
                let again = matches!(failure, Failure::Terminated | Failure::Deadlock | Failure::IdleTimeout);
                self.query_failed(id, again);
            }
        }
    }

    fn mark_query_waits(&mut self, id: Id, completion: &Completion) {
        let marks = &mut self.requests[id].marks;
        if let Some(mark) = self.marks[id.slot as usize].get_mut(usize::from(*marks)) {
            let (start, end) = (TraceTime::of(completion.lock_wait), TraceTime::of(completion.disk));
            *mark = Mark { kind: MarkKind::QueryWaits, failed: false, detail: 0, start, end };
            *marks += 1;
        }
    }

    /// Clients that waited too long for a connection are turned away.
    pub(super) fn on_pool_timeout(&mut self, pool: usize) {
        while let Some((id, since)) = self.pools[pool].pop_timeout(self.now) {
            if !self.requests.contains(id) {
                continue;
            }
            self.requests[id].step_since = since;
            self.mark(id, MarkKind::PoolWait, pool as u16, true);
            if let Op::Query(query) = self.blueprint.ops[usize::from(self.requests[id].pc) - 1] {
                self.observe_query(query, self.now.since(self.requests[id].query_since), true);
            }
            self.log_pool_timeout(id, pool as u8);
            self.query_failed(id, false);
        }
        self.sources.set(source::POOLS + pool, self.pools[pool].next_timeout());
    }

    /// A query did not succeed: another try after a pause if that makes sense, else the request fails.
    fn query_failed(&mut self, id: Id, worth_another_try: bool) {
        let request = &mut self.requests[id];
        let limit = if worth_another_try { self.retries.broken_connection } else { self.retries.timed_out };
        if request.tries >= limit {
            self.finish(id, status::INTERNAL);
            return;
        }
        request.tries += 1;
        request.waits = Waits::Backoff;
        request.step_since = self.now;
        let factor = 1 << u32::from(request.tries - 1).min(6);
        let pause = self.service.exponential(self.retries.backoff * factor);
        self.schedule(self.now + pause, Event::QueryAgain(id));
    }

    /// The pause before another try is over.
    pub(super) fn on_query_again(&mut self, id: Id) {
        let Some(request) = self.requests.get(id) else { return };
        let Op::Query(query) = self.blueprint.ops[usize::from(request.pc) - 1] else { return };
        self.mark(id, MarkKind::Backoff, 0, false);
        self.requests[id].step_since = self.now;
        self.ask_for_connection(id, query);
    }

    /// The host of a request died while its query ran: the pooler closes the server connection, the server notices late.
    pub(super) fn abandon_query(&mut self, pool: u8, slot: u16) {
        let at = usize::from(pool);
        let database = usize::from(self.blueprint.pools[at].database);
        if let Some(backend) = self.pools[at].close(slot) {
            self.databases[database].abandon(self.now, backend);
        }
        self.refresh_database(database);
        self.serve_pool(pool);
    }

    /// Idle connections whose backend an administrator ended are dropped from the pools.
    pub(super) fn drop_dead_connections(&mut self) {
        for pool in 0..self.pools.len() {
            let database = usize::from(self.blueprint.pools[pool].database);
            let dead: Vec<u16> = self.pools[pool]
                .idle_backends()
                .filter(|(_, backend)| self.databases[database].backend(*backend).is_none())
                .map(|(slot, _)| slot)
                .collect();
            for slot in dead {
                self.pools[pool].close(slot);
            }
        }
    }
}

/// How often the application tries a query again, and after which pause.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retries {
    /// After a connection that broke or could not be opened.
    pub(crate) broken_connection: u8,
    /// After a time-out, of the statement or of the wait for a connection.
    pub(crate) timed_out: u8,
    /// Mean of the first pause; doubled at each further one.
    pub(crate) backoff: Span,
}
