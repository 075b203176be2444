//! Sessions come and go: connection slots, cancelling and terminating, clients that vanish.

use super::Server;
use super::backend::{Backend, BackendState, BackendType, QueryText};
use super::horizon::Isolation;
use super::log::LogEvent;
use super::parameters::Limits;
use super::run::{Run, Stage};
use super::types::{BackendId, Failure, Login};
use crate::kernel::SimTime;
use crate::postgres::error::{SqlError, SqlState};

/// Ephemeral ports that clients come from.
const FIRST_CLIENT_PORT: u32 = 32_768;
/// How many.
const CLIENT_PORTS: u32 = 28_000;

impl Server {
    /// Opens a session.
    ///
    /// # Errors
    /// `53300` when only reserved slots are left and the role may not use them (`InitPostgres` in `postinit.c`);
    /// `28000` for a role that does not exist.
    pub fn connect(&mut self, now: SimTime, login: Login) -> Result<BackendId, SqlError> {
        self.see(now);
        let role = self.catalog.role_by_name(&login.role);
        let Some(role) = role else {
            let message = format!("role \"{}\" does not exist", login.role);
            return Err(self.refuse(now, SqlError::new(SqlState("28000"), message)));
        };
        let superuser = role.superuser;
        let may_use_reserved = role.member_of.iter().any(|r| r == "pg_use_reserved_connections");
        let free = self.config.max_connections.saturating_sub(self.clients);
        let for_superusers = self.config.superuser_reserved_connections;
        let reserved = for_superusers + self.config.reserved_connections;
        if free == 0 {
            return Err(self.refuse(now, too_many("sorry, too many clients already")));
        }
        if !superuser && free <= for_superusers {
            let message = "remaining connection slots are reserved for roles with the SUPERUSER attribute";
            return Err(self.refuse(now, too_many(message)));
        }
        if !superuser && !may_use_reserved && free <= reserved {
            let message = "remaining connection slots are reserved for roles with privileges of the \"pg_use_reserved_connections\" role";
            return Err(self.refuse(now, too_many(message)));
        }
        Ok(self.open(now, login, BackendType::Client))
    }

    fn refuse(&mut self, now: SimTime, error: SqlError) -> SqlError {
        let pid = self.take_pid();
        let event = LogEvent::Error {
            sqlstate: error.sqlstate.0,
            message: error.message.clone(),
            statement: None,
            detail: None,
        };
        self.log.push(now, pid, None, event);
        error
    }

    /// Takes a free slot. Client slots come first in the table, auxiliary ones after them.
    pub(super) fn open(&mut self, now: SimTime, login: Login, kind: BackendType) -> BackendId {
        let clients = self.config.max_connections as usize;
        let range = if kind == BackendType::Client { 0..clients } else { clients..self.backends.len() };
        let slot = range.clone().find(|&s| !self.backends[s].alive).unwrap_or(range.start);
        let pid = self.take_pid();
        if kind == BackendType::Client {
            self.clients += 1;
            self.counters.database.sessions += 1;
        }
        let port =
            if login.client_addr.is_some() { (FIRST_CLIENT_PORT + pid % CLIENT_PORTS) as i32 } else { -1 };
        let generation = self.backends[slot].generation + 1;
        self.backends[slot] = Backend {
            generation,
            alive: true,
            pid,
            kind,
            login,
            client_port: port,
            backend_start: now,
            state_change: now,
            sequence: self.backends[slot].sequence + 1,
            ..Backend::vacant()
        };
        self.resolve_limits(slot as u32);
        BackendId { slot: slot as u32, generation }
    }

    /// Applies what `SET`, the role and the server's file say of time-outs and isolation.
    pub(super) fn resolve_limits(&mut self, slot: u32) {
        let settings = self.settings_of(&self.backends[slot as usize]);
        let backend = &mut self.backends[slot as usize];
        backend.limits = Limits::of(&settings);
        backend.default_isolation = Isolation::by_default(&settings);
    }

    /// Closes a session as its client does in good order. A statement that runs is cancelled first.
    pub fn disconnect(&mut self, now: SimTime, id: BackendId) {
        self.see(now);
        if self.backend(id).is_none() {
            return;
        }
        if self.backends[id.slot as usize].is_active() {
            self.abort(now, id.slot, Failure::Cancelled);
        }
        self.close(now, id.slot);
        self.refresh_next();
    }

    /// The client went away without a word. An idle session ends; a running statement goes on to its end, as it does
    /// on a real server that only notices when it writes the result, and its completion is still reported.
    pub fn abandon(&mut self, now: SimTime, id: BackendId) {
        self.see(now);
        if self.backend(id).is_none() {
            return;
        }
        self.counters.database.sessions_abandoned += 1;
        if self.backends[id.slot as usize].is_active() {
            self.backends[id.slot as usize].abandoned = true;
        } else {
            self.close(now, id.slot);
        }
        self.refresh_next();
    }

    /// `pg_cancel_backend`: false when there is no such process.
    pub fn cancel(&mut self, now: SimTime, pid: u32) -> bool {
        self.see(now);
        let Some(slot) = self.slot_of(pid) else { return false };
        if self.backends[slot as usize].is_active() {
            self.abort(now, slot, Failure::Cancelled);
        }
        self.refresh_next();
        true
    }

    /// `pg_terminate_backend`: false when there is no such process.
    pub fn terminate(&mut self, now: SimTime, pid: u32) -> bool {
        self.see(now);
        let Some(slot) = self.slot_of(pid) else { return false };
        self.counters.database.sessions_killed += 1;
        self.end_session(now, slot, Failure::Terminated);
        self.refresh_next();
        true
    }

    /// Ends a session from the server's side, whatever it does.
    pub(super) fn end_session(&mut self, now: SimTime, slot: u32, why: Failure) {
        if self.backends[slot as usize].is_active() {
            self.abort(now, slot, why);
        } else {
            let backend = &self.backends[slot as usize];
            let event =
                LogEvent::Text { severity: super::Severity::Fatal, message: why.message().to_owned() };
            self.log.push(now, backend.pid, Some(slot), event);
        }
        self.close(now, slot);
    }

    /// Frees a slot: its transaction is rolled back, its locks go.
    pub(super) fn close(&mut self, now: SimTime, slot: u32) {
        if !self.backends[slot as usize].alive {
            return;
        }
        self.end_transaction(now, slot, false);
        let backend = &mut self.backends[slot as usize];
        backend.alive = false;
        backend.state = BackendState::Idle;
        backend.query = QueryText::None;
        debug_assert!(backend.run.stage != Stage::Lock, "a closed session waits for no lock");
        backend.run = Run::default();
        backend.conversation = None;
        backend.sequence += 1;
        if backend.kind == BackendType::Client {
            self.clients -= 1;
        }
    }

    /// The slot of a process id.
    pub fn slot_of(&self, pid: u32) -> Option<u32> {
        self.activity().find(|(_, b)| b.pid == pid).map(|(slot, _)| slot)
    }

    fn take_pid(&mut self) -> u32 {
        let pid = self.next_pid;
        // Pids of a busy host: not consecutive, and they wrap before they grow seven digits long.
        self.next_pid = 3_100 + (self.next_pid - 3_100 + 1 + pid % 3) % 4_000_000;
        pid
    }
}

fn too_many(message: &str) -> SqlError {
    SqlError::new(SqlState::TOO_MANY_CONNECTIONS, message)
}
