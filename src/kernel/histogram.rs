//! Latencies as a log-linear histogram: percentiles of known error from a fixed array, with two instructions
//! for each record.
//!
//! Every octave is split into 32 equal buckets, so a bucket is at most 1/32 of its values wide, and its
//! middle is within 1/64 = 1.6 % of any of them (the scheme of HdrHistogram and of Prometheus' native
//! histograms with schema 5). Values below 64 ns are exact.

use std::ops::Range;

use super::time::Span;

/// Number of buckets: up to 2^42 ns (73 min); longer ones count in the last bucket.
pub const BUCKETS: usize = ((MAX_BITS - SUB_BITS + 1) as usize) << SUB_BITS;

/// Buckets in an octave, as a shift.
const SUB_BITS: u32 = 5;
const MAX_BITS: u32 = 42;

/// A histogram of spans with a relative error of at most 1.6 % for percentiles; count and mean are exact.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Box<[u64]>,
    /// The buckets that may hold something: all outside are empty.
    used: Range<usize>,
    count: u64,
    sum_ns: u128,
}

/// No bucket, and neutral where ranges are joined.
const NOTHING: Range<usize> = Range { start: BUCKETS, end: 0 };

impl Default for Histogram {
    fn default() -> Self {
        Histogram::new()
    }
}

impl Histogram {
    /// The largest relative error of a percentile between 64 ns and 73 min.
    pub const RELATIVE_ERROR: f64 = 1.0 / 64.0;

    /// An empty histogram.
    pub fn new() -> Histogram {
        Histogram { counts: vec![0; BUCKETS].into_boxed_slice(), used: NOTHING, count: 0, sum_ns: 0 }
    }

    /// Counts one value.
    #[inline]
    pub fn record(&mut self, value: Span) {
        let bucket = Histogram::bucket(value);
        self.counts[bucket] += 1;
        self.use_buckets(&(bucket..bucket + 1));
        self.count += 1;
        self.sum_ns += u128::from(value.0);
    }

    /// Adds buckets and counts, for histograms kept in another form; [`Self::add_totals`] completes it.
    #[inline]
    pub(crate) fn add_buckets(&mut self, buckets: impl Iterator<Item = (usize, u64)>) {
        let mut used = NOTHING;
        for (bucket, times) in buckets {
            self.counts[bucket] += times;
            used = used.start.min(bucket)..used.end.max(bucket + 1);
        }
        self.use_buckets(&used);
    }

    #[inline]
    fn use_buckets(&mut self, range: &Range<usize>) {
        self.used = self.used.start.min(range.start)..self.used.end.max(range.end);
    }

    /// Where something may be.
    #[inline]
    fn used(&self) -> Range<usize> {
        self.used.start.min(self.used.end)..self.used.end
    }

    /// Adds to count and sum alone.
    pub(crate) fn add_totals(&mut self, count: u64, sum_ns: u64) {
        self.count += count;
        self.sum_ns += u128::from(sum_ns);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sum of all values, exact, in nanoseconds.
    pub fn sum_ns(&self) -> u128 {
        self.sum_ns
    }

    /// The mean; `None` when empty.
    pub fn mean(&self) -> Option<Span> {
        self.sum_ns.checked_div(u128::from(self.count)).map(|mean| Span(mean as u64))
    }

    /// The value that a share `q` (0 to 1) of all values does not exceed: the smallest bucket that holds the
    /// value of rank ⌈q·count⌉, as its middle. `None` when empty.
    pub fn percentile(&self, q: f64) -> Option<Span> {
        if self.count == 0 {
            return None;
        }
        let rank = (libm::ceil(q.clamp(0.0, 1.0) * self.count as f64) as u64).max(1);
        let mut seen = 0;
        let holds_rank = |&count: &u64| {
            seen += count;
            seen >= rank
        };
        let used = self.used();
        let place = self.counts[used.clone()].iter().position(holds_rank)?;
        Some(Histogram::middle(used.start + place))
    }

    /// Share of the values that are longer than `threshold` (0 to 1), to the bucket; 0 when empty.
    pub fn share_above(&self, threshold: Span) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let above: u64 = self.counts[Histogram::bucket(threshold) + 1..].iter().sum();
        above as f64 / self.count as f64
    }

    /// Adds another histogram's values.
    pub fn merge(&mut self, other: &Histogram) {
        let used = other.used();
        for (mine, theirs) in self.counts[used.clone()].iter_mut().zip(&other.counts[used.clone()]) {
            *mine += theirs;
        }
        self.use_buckets(&other.used);
        self.count += other.count;
        self.sum_ns += other.sum_ns;
    }

    /// Takes away values counted before: `earlier` must be an earlier state of this histogram, or a part of
    /// it.
    pub fn subtract(&mut self, earlier: &Histogram) {
        for (mine, theirs) in self.counts.iter_mut().zip(&earlier.counts) {
            assert!(*mine >= *theirs, "subtracting a histogram that is no part of this one");
            *mine -= theirs;
        }
        self.count -= earlier.count;
        self.sum_ns = self.sum_ns.saturating_sub(earlier.sum_ns);
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        let used = self.used();
        self.counts[used].fill(0);
        self.used = NOTHING;
        self.count = 0;
        self.sum_ns = 0;
    }

    /// The buckets that are not empty: index and count, shortest values first.
    pub fn buckets(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let used = self.used();
        used.clone().zip(self.counts[used].iter().copied()).filter(|&(_, count)| count > 0)
    }

    /// The bucket that a value falls into.
    #[inline]
    pub fn bucket(value: Span) -> usize {
        let clamped = value.0.min((1 << MAX_BITS) - 1);
        let shift = (64 - SUB_BITS - 1).saturating_sub(clamped.leading_zeros());
        ((shift as usize) << SUB_BITS) + (clamped >> shift) as usize
    }

    /// The shortest value of a bucket.
    pub fn lower(bucket: usize) -> Span {
        let shift = (bucket >> SUB_BITS).saturating_sub(1);
        Span(((bucket - (shift << SUB_BITS)) as u64) << shift)
    }

    /// The middle of a bucket.
    pub fn middle(bucket: usize) -> Span {
        let shift = (bucket >> SUB_BITS).saturating_sub(1);
        Histogram::lower(bucket) + Span(((1u64 << shift) - 1) / 2)
    }
}
