//! What a backend's statement is going through right now: a few words in its slot, nothing allocated.

use std::sync::Arc;

use crate::kernel::{SimTime, Span};
use crate::postgres::buffers::Touch;
use crate::postgres::work::Work;

/// The most pieces that one execution is cut into. Pieces let long work meet the cache as it is at the time.
pub(crate) const MAX_CHUNKS: u32 = 400;
/// CPU time of one piece of long work, nanoseconds.
pub(crate) const CHUNK_CPU_NS: f64 = 50e6;
/// Pages of one piece of long work.
pub(crate) const CHUNK_PAGES: f64 = 8_192.0;
/// Work below both of these limits runs as one piece, with its misses drawn from the cache's current state.
pub(crate) const SHORT_CPU_NS: f64 = 5e6;
/// See [`SHORT_CPU_NS`].
pub(crate) const SHORT_PAGES: f64 = 400.0;

/// Where an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stage {
    /// Nothing runs.
    #[default]
    None,
    /// In a lock's queue.
    Lock,
    /// Reading single pages.
    Disk,
    /// On the CPU, or reading ahead, or both.
    Busy,
    /// Flushing its commit record.
    Flush,
    /// In `pg_sleep`, or polling for others' transactions to end.
    Timer,
}

/// One execution under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    pub(crate) stage: Stage,
    /// When the stage began.
    pub(crate) since: SimTime,
    /// Long work; `None` for short executions, which need only the figures below.
    pub(crate) work: Option<Arc<Work>>,
    pub(crate) chunk: u32,
    pub(crate) chunks: u32,
    /// Parallel workers that were free.
    pub(crate) workers: u32,
    /// Stations that still work on the current piece.
    pub(crate) parts: u32,
    /// This execution's CPU time relative to the average.
    pub(crate) factor: f64,
    /// CPU time of long work, average, with the workers that it got.
    pub(crate) cpu_ns: f64,
    /// CPU of the next piece, waiting for its reads.
    pub(crate) cpu: Span,
    /// Sequential reading of the next piece, waiting for its random reads.
    pub(crate) stream: Span,
    pub(crate) rows: u64,
    /// Rows that SKIP LOCKED passed over.
    pub(crate) skipped: u64,
    pub(crate) writes: bool,
    pub(crate) lock_wait: Span,
    pub(crate) disk: Span,
    /// The next lock to take.
    pub(crate) next_lock: usize,
    /// Pages so far.
    pub(crate) touched: Touch,
    /// Fractions of reads carried from piece to piece.
    pub(crate) carry: f64,
}

impl Run {
    /// A fresh execution.
    #[inline]
    pub(crate) fn begin(&mut self, now: SimTime) {
        *self = Run { since: now, factor: 1.0, ..Run::default() };
    }

    /// Share of the work that is done, by pieces, 0 to 1.
    pub(crate) fn progress(&self) -> f64 {
        if self.chunks == 0 { 0.0 } else { f64::from(self.chunk) / f64::from(self.chunks) }
    }
}
