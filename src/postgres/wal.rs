//! The write-ahead log: positions, what was written why, and how far standbys have come.
//!
//! Bytes come from what statements change and from index builds; a standby receives them at the network's rate and
//! replays them in one process, so that a burst (an index of gigabytes) shows up as replica lag.

use std::collections::VecDeque;
use std::net::IpAddr;

use crate::kernel::{SimTime, Span};

/// Bytes of one WAL segment.
pub const SEGMENT_BYTES: u64 = 16 << 20;
/// Where a server's log stands when the simulation begins.
const FIRST_LSN: u64 = 0x2F4_1000_0028;
/// What a 10 Gbit/s network leaves for one stream.
const NETWORK_BYTES_PER_SECOND: f64 = 400e6;
/// What the startup process applies: one process, mostly waiting for pages.
const REPLAY_BYTES_PER_SECOND: f64 = 60e6;
/// How many (position, time) pairs are kept for telling lag as time.
const MARKS: usize = 4_096;

/// A position in the log, as `pg_lsn`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lsn(pub u64);

impl std::fmt::Display for Lsn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

/// A standby as the primary sees it (`pg_stat_replication`).
#[derive(Debug, Clone, PartialEq)]
pub struct Standby {
    /// `application_name` of its walreceiver.
    pub name: String,
    /// Its address.
    pub client_addr: Option<IpAddr>,
    /// Process id of its walsender.
    pub pid: u32,
    /// Bytes a second that the network carries.
    pub network: f64,
    /// Bytes a second that replay applies.
    pub replay: f64,
    /// How late it is at best: the network's way and the next record's arrival.
    pub delay: Span,
    /// How far was sent (and, the network's delay aside, written and flushed there).
    pub sent: f64,
    /// How far was replayed.
    pub replayed: f64,
}

/// Counters of `pg_stat_wal`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WalCounters {
    /// Records.
    pub records: f64,
    /// Full page images.
    pub full_page_images: f64,
    /// Bytes.
    pub bytes: f64,
}

/// The log of one server.
#[derive(Debug, Clone)]
pub struct Wal {
    position: f64,
    counters: WalCounters,
    standbys: Vec<Standby>,
    marks: VecDeque<(f64, SimTime)>,
    settled: SimTime,
}

impl Default for Wal {
    fn default() -> Self {
        Wal {
            position: FIRST_LSN as f64,
            counters: WalCounters::default(),
            standbys: Vec::new(),
            marks: VecDeque::new(),
            settled: SimTime::ZERO,
        }
    }
}

impl Wal {
    /// Attaches a standby that is up to date. `delay` is its usual lag.
    pub fn attach(&mut self, name: &str, client_addr: Option<IpAddr>, pid: u32, delay: Span) {
        self.standbys.push(Standby {
            name: name.to_owned(),
            client_addr,
            pid,
            network: NETWORK_BYTES_PER_SECOND,
            replay: REPLAY_BYTES_PER_SECOND,
            delay,
            sent: self.position,
            replayed: self.position,
        });
    }

    /// Writes records.
    pub fn append(&mut self, records: f64, bytes: f64, full_page_images: f64) {
        self.position += bytes;
        self.counters.records += records;
        self.counters.bytes += bytes;
        self.counters.full_page_images += full_page_images;
    }

    /// Lets standbys receive and replay up to `now`. Call a few times a second.
    pub fn settle(&mut self, now: SimTime) {
        let seconds = (now - self.settled).as_secs_f64();
        self.settled = now;
        let position = self.position;
        for standby in &mut self.standbys {
            standby.sent = (standby.sent + standby.network * seconds).min(position);
            standby.replayed = (standby.replayed + standby.replay * seconds).min(standby.sent);
        }
        if self.marks.back().is_none_or(|m| m.0 < position) {
            self.marks.push_back((position, now));
        }
        let behind = self.standbys.iter().map(|s| s.replayed).fold(position, f64::min);
        while self.marks.len() > MARKS || self.marks.front().is_some_and(|m| m.0 < behind) {
            self.marks.pop_front();
        }
    }

    /// `pg_current_wal_lsn()`.
    pub fn position(&self) -> Lsn {
        Lsn(self.position as u64)
    }

    /// `pg_stat_wal`.
    pub fn counters(&self) -> WalCounters {
        self.counters
    }

    /// The standbys attached.
    pub fn standbys(&self) -> &[Standby] {
        &self.standbys
    }

    /// The standbys, to change one's network or replay rate.
    pub fn standbys_mut(&mut self) -> &mut [Standby] {
        &mut self.standbys
    }

    /// How long ago what `standby` has just replayed was written: its usual delay when it has replayed all.
    pub fn replay_lag(&self, now: SimTime, standby: &Standby) -> Span {
        if standby.replayed >= self.position {
            return standby.delay;
        }
        self.marks
            .iter()
            .find(|m| m.0 >= standby.replayed)
            .map_or(standby.delay, |m| now - m.1 + standby.delay)
    }
}
