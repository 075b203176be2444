//! The history of one latency histogram, kept so that the percentiles of any window can be asked for.
//!
//! Percentiles cannot be averaged, so the buckets themselves are kept: those that were hit, as (bucket,
//! count) pairs of 4 bytes, for each second of the last 15 min and each minute of the last 12 h. Beside them
//! stands a summary for each 10 s of the last 4 h, for charts. A busy series takes some 400 kB, an idle one
//! 30 kB.

use std::collections::VecDeque;

use super::numbers::{SECONDS_KEPT, TENS_KEPT};
use super::ring::Ring;
use crate::kernel::{BUCKETS, Histogram, SimTime, Span};

/// Minutes whose buckets are kept: half as many hours as a counter's, since each takes some 500 bytes.
const MINUTES_KEPT: usize = 12 * 60;

/// What is kept of 10 s of latencies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Number of observations.
    pub count: u64,
    /// Their sum in nanoseconds.
    pub sum_ns: u64,
    /// Median; zero when there was no observation, as are the others.
    pub p50: Span,
    /// 95th percentile.
    pub p95: Span,
    /// 99th percentile.
    pub p99: Span,
}

/// A latency histogram up to the last scrape, and its history.
#[derive(Clone, Debug)]
pub(super) struct LatencySeries {
    /// Everything observed up to the last scrape.
    total: Histogram,
    seconds: CellRing,
    tens: Ring<Summary>,
    minutes: CellRing,
}

/// Observations that are written down before they are counted: as many as fit the line.
const NOTES: usize = 25;

const _: () = assert!(std::mem::offset_of!(Fresh, hit) == 64);

/// What was observed since the last scrape. An observation touches one line of the processor's cache, the first: the buckets
/// of the latest are written down there, and counted when that is full.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Fresh {
    sum_ns: u64,
    count: u32,
    noted: u16,
    notes: [u16; NOTES],
    /// A bit for each bucket that is not empty.
    hit: [u64; BUCKETS.div_ceil(64)],
    counts: [u32; BUCKETS],
}

impl Fresh {
    pub(super) const NOTHING: Fresh = Fresh {
        sum_ns: 0,
        count: 0,
        noted: 0,
        notes: [0; NOTES],
        hit: [0; BUCKETS.div_ceil(64)],
        counts: [0; BUCKETS],
    };

    /// Number of observations since the last scrape.
    pub(super) fn count(&self) -> u64 {
        u64::from(self.count)
    }

    #[inline]
    pub(super) fn observe(&mut self, value: Span) {
        self.sum_ns += value.0;
        self.count += 1;
        self.notes[usize::from(self.noted)] = Histogram::bucket(value) as u16;
        self.noted += 1;
        if usize::from(self.noted) == NOTES {
            self.count_notes();
        }
    }

    fn count_notes(&mut self) {
        for &bucket in &self.notes[..usize::from(std::mem::take(&mut self.noted))] {
            let bucket = usize::from(bucket);
            self.hit[bucket / 64] |= 1 << (bucket % 64);
            self.counts[bucket] += 1;
        }
    }

    /// Empties it: the buckets that were not empty, with their counts, in ascending order.
    fn drain(&mut self) -> impl Iterator<Item = (usize, u64)> {
        self.count_notes();
        let words = if self.count == 0 { 0 } else { self.hit.len() };
        (self.sum_ns, self.count) = (0, 0);
        let counts = &mut self.counts;
        self.hit[..words]
            .iter_mut()
            .enumerate()
            .flat_map(move |(word, bits)| {
                let mut left = std::mem::take(bits);
                std::iter::from_fn(move || {
                    let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                    left &= left - 1;
                    Some(word * 64 + bit)
                })
            })
            .map(move |bucket| (bucket, u64::from(std::mem::take(&mut counts[bucket]))))
    }
}

impl LatencySeries {
    pub(super) fn new() -> LatencySeries {
        LatencySeries {
            total: Histogram::new(),
            seconds: CellRing::new(SECONDS_KEPT),
            tens: Ring::new(TENS_KEPT),
            minutes: CellRing::new(MINUTES_KEPT),
        }
    }

    pub(super) fn total(&self) -> &Histogram {
        &self.total
    }

    /// The history by the second and by the minute.
    pub(super) fn rings(&self) -> (&CellRing, &CellRing) {
        (&self.seconds, &self.minutes)
    }

    /// Moves what was observed since the last scrape into second `tick`. `scratch` is an empty histogram, and
    /// is left empty.
    pub(super) fn scrape(&mut self, tick: u64, fresh: &mut Fresh, scratch: &mut Histogram) {
        let head = SlotHead { cells: 0, count: fresh.count(), sum_ns: fresh.sum_ns };
        let (total, seconds) = (&mut self.total, &mut self.seconds);
        let before = seconds.cells.len();
        total.add_buckets(fresh.drain().inspect(|&(bucket, count)| seconds.put(bucket as u16, count)));
        seconds.close(tick, head, before);
        self.total.add_totals(head.count, head.sum_ns);
        if tick.is_multiple_of(10) {
            self.summarise(tick, scratch);
        }
        if tick.is_multiple_of(60) {
            self.close_minute(tick, scratch);
        }
    }

    /// Heap memory held, in bytes.
    pub(super) fn resident_bytes(&self) -> usize {
        let dense = size_of::<LatencySeries>() + size_of::<Fresh>() + BUCKETS * size_of::<u64>();
        dense + self.seconds.resident_bytes() + self.tens.resident_bytes() + self.minutes.resident_bytes()
    }

    fn summarise(&mut self, tick: u64, scratch: &mut Histogram) {
        self.seconds.collect(tick.saturating_sub(10), tick, scratch);
        let at = |q| scratch.percentile(q).unwrap_or(Span::ZERO);
        let summary = Summary {
            count: scratch.count(),
            sum_ns: scratch.sum_ns() as u64,
            p50: at(0.50),
            p95: at(0.95),
            p99: at(0.99),
        };
        self.tens.push(tick / 10, summary);
        if scratch.count() > 0 {
            scratch.clear();
        }
    }

    fn close_minute(&mut self, tick: u64, scratch: &mut Histogram) {
        self.seconds.collect(tick.saturating_sub(60), tick, scratch);
        let head = SlotHead { cells: 0, count: scratch.count(), sum_ns: scratch.sum_ns() as u64 };
        let before = self.minutes.cells.len();
        scratch.buckets().for_each(|(bucket, count)| self.minutes.put(bucket as u16, count));
        self.minutes.close(tick / 60, head, before);
        if scratch.count() > 0 {
            scratch.clear();
        }
    }

    /// Adds the observations of (from, to] to a histogram: by the second in the last 15 min, by the minute
    /// before that.
    pub(super) fn collect(&self, from: SimTime, to: SimTime, into: &mut Histogram) {
        let (after, until) = (from.as_secs(), to.as_secs());
        let fine = self.seconds.first().map_or(after, |first| first.saturating_sub(1).max(after));
        if fine > after && self.minutes.first().is_some() {
            let boundary = (fine.div_ceil(60) * 60).min(until.div_ceil(60) * 60);
            self.minutes.collect(after / 60, boundary / 60, into);
            self.seconds.collect(boundary, until, into);
        } else {
            self.seconds.collect(fine, until, into);
        }
    }

    /// Observations in (from, to]: number and sum in nanoseconds.
    pub(super) fn totals(&self, from: SimTime, to: SimTime) -> (u64, u64) {
        let (after, until) = (from.as_secs(), to.as_secs());
        let fine = self.seconds.first().map_or(after, |first| first.saturating_sub(1).max(after));
        if fine > after && self.minutes.first().is_some() {
            let boundary = (fine.div_ceil(60) * 60).min(until.div_ceil(60) * 60);
            let old = self.minutes.totals(after / 60, boundary / 60);
            let recent = self.seconds.totals(boundary, until);
            (old.0 + recent.0, old.1 + recent.1)
        } else {
            self.seconds.totals(fine, until)
        }
    }

    /// Ends and summaries of the 10 s steps that end in (from, to], oldest first.
    pub(super) fn summaries(
        &self,
        from: SimTime,
        to: SimTime,
    ) -> impl Iterator<Item = (SimTime, Summary)> + '_ {
        self.tens
            .between(from.as_secs() / 10, to.as_secs() / 10)
            .map(|(tick, summary)| (SimTime::from_secs(tick * 10), *summary))
    }
}

/// A ring of sparse histograms, their cells in one deque.
#[derive(Clone, Debug)]
pub(super) struct CellRing {
    heads: Ring<SlotHead>,
    cells: VecDeque<(u16, u16)>,
}

#[derive(Clone, Copy, Debug)]
struct SlotHead {
    cells: u32,
    count: u64,
    sum_ns: u64,
}

impl CellRing {
    fn new(limit: usize) -> CellRing {
        CellRing { heads: Ring::new(limit), cells: VecDeque::new() }
    }

    pub(super) fn first(&self) -> Option<u64> {
        self.heads.first()
    }

    fn resident_bytes(&self) -> usize {
        self.heads.resident_bytes() + self.cells.capacity() * size_of::<(u16, u16)>()
    }

    /// Adds to the slot that is closed next.
    #[inline]
    fn put(&mut self, bucket: u16, mut count: u64) {
        while count > 0 {
            let part = count.min(u64::from(u16::MAX));
            self.cells.push_back((bucket, part as u16));
            count -= part;
        }
    }

    /// Closes the slot of `tick`, whose cells begin after the first `before`.
    fn close(&mut self, tick: u64, mut head: SlotHead, before: usize) {
        head.cells = (self.cells.len() - before) as u32;
        if let Some(dropped) = self.heads.push(tick, head) {
            self.cells.drain(..dropped.cells as usize);
        }
    }

    /// Adds the slots with `after < tick <= until`.
    fn collect(&self, after: u64, until: u64, into: &mut Histogram) {
        let Some(first) = self.heads.first() else { return };
        let start = self.cells.len() - self.cells_from(after.max(first.saturating_sub(1)));
        let mut end = start;
        for (_, head) in self.heads.between(after, until) {
            into.add_totals(head.count, head.sum_ns);
            end += head.cells as usize;
        }
        let cells = self.cells.range(start..end);
        into.add_buckets(cells.map(|&(bucket, count)| (usize::from(bucket), u64::from(count))));
    }

    /// Hands each slot's tick, sum in nanoseconds and cells (bucket, count) to `visit`, newest first, until it returns
    /// false.
    pub(super) fn newest_first(
        &self,
        mut visit: impl FnMut(u64, u64, &mut dyn Iterator<Item = (u16, u16)>) -> bool,
    ) {
        let mut end = self.cells.len();
        for (tick, head) in self.heads.newest_first() {
            let start = end - head.cells as usize;
            if !visit(tick, head.sum_ns, &mut self.cells.range(start..end).copied()) {
                return;
            }
            end = start;
        }
    }

    /// Number of cells in the slots after a tick. Counted from the end, since most questions are about the
    /// last minutes.
    fn cells_from(&self, after: u64) -> usize {
        self.heads
            .newest_first()
            .take_while(|&(tick, _)| tick > after)
            .map(|(_, head)| head.cells as usize)
            .sum()
    }

    fn totals(&self, after: u64, until: u64) -> (u64, u64) {
        self.heads
            .between(after, until)
            .fold((0, 0), |(count, sum), (_, head)| (count + head.count, sum + head.sum_ns))
    }
}
