//! The golden signals of every second, and what the incident cost so far.
//!
//! Percentiles of percentiles mean nothing, so each second keeps a small histogram of its page times: any stretch of time
//! is then merged exactly. The buckets are 5 % wide, from a millisecond to two minutes, which is fine for a chart (the
//! metrics of the telemetry room are finer).

use crate::kernel::{self, Histogram, SimTime, Span};

use super::view::{Impact, SignalKind, SignalSeries};

/// Buckets of a second's page times.
const BUCKETS: usize = 240;
/// Width of a bucket: each begins this factor above the one before.
const WIDTH: f64 = 1.05;
/// Lower end of the first bucket, in seconds.
const FIRST_S: f64 = 0.001;
/// Seconds that are kept: more than a day.
pub(crate) const MAX_SECONDS: usize = 26 * 3600;

/// A second.
#[derive(Clone, Copy, Debug, Default)]
struct Second {
    requests: u32,
    answered: u32,
    failed: u32,
    pages: u32,
    bad_pages: u32,
    db_cpu: f32,
    db_active: u32,
    pool_waiting: u32,
    /// Where this second's buckets begin in the store.
    buckets: u32,
    /// Cumulated since the start.
    impact: Impact,
}

/// The store.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    seconds: Vec<Second>,
    /// (bucket, count) pairs of all seconds, one after the other: most seconds use few buckets.
    buckets: Vec<(u8, u16)>,
    current: Second,
    histogram: [u16; BUCKETS],
    buckets_of: PageBuckets,
    threshold: Span,
    /// Whether this instant is within the scenario's window of impact.
    pub(crate) counting: bool,
    pub(crate) impact: Impact,
}

/// Which bucket a page time falls into.
#[derive(Clone, Debug)]
struct PageBuckets {
    /// Upper ends of the buckets in nanoseconds; the last one has none.
    ends: [u64; BUCKETS],
    /// The bucket of the shortest time in each bucket of a [`Histogram`], which are finer: a search starts there.
    starts: [u8; kernel::BUCKETS],
}

impl PageBuckets {
    fn new() -> PageBuckets {
        let mut ends =
            std::array::from_fn(|index| (FIRST_S * libm::pow(WIDTH, (index + 1) as f64) * 1e9) as u64);
        ends[BUCKETS - 1] = u64::MAX;
        let start = |bucket| ends.partition_point(|end| *end <= Histogram::lower(bucket).0) as u8;
        PageBuckets { ends, starts: std::array::from_fn(start) }
    }

    #[inline]
    fn find(&self, took: Span) -> usize {
        let mut bucket = usize::from(self.starts[Histogram::bucket(took)]);
        while self.ends[bucket] <= took.0 {
            bucket += 1;
        }
        bucket
    }
}

impl Signals {
    /// A page view that takes longer than `threshold` is bad.
    pub(crate) fn new(threshold: Span) -> Signals {
        Signals {
            seconds: Vec::new(),
            buckets: Vec::new(),
            current: Second::default(),
            histogram: [0; BUCKETS],
            buckets_of: PageBuckets::new(),
            threshold,
            counting: false,
            impact: Impact::default(),
        }
    }

    /// A request reached the load balancer.
    #[inline]
    pub(crate) fn request(&mut self) {
        self.current.requests += 1;
        self.impact.requests += u64::from(self.counting);
    }

    /// A request was answered, or its client was gone.
    #[inline]
    pub(crate) fn answer(&mut self, failed: bool) {
        self.current.answered += 1;
        if failed {
            self.current.failed += 1;
            self.impact.failed += u64::from(self.counting);
        }
    }

    /// A page view ended: tells whether it was bad.
    #[inline]
    pub(crate) fn page(&mut self, took: Span, failed: bool) -> bool {
        let bad = failed || took > self.threshold;
        self.current.pages += 1;
        self.current.bad_pages += u32::from(bad);
        let bucket = self.buckets_of.find(took);
        self.histogram[bucket] = self.histogram[bucket].saturating_add(1);
        bad
    }

    /// Closes the second that ends now.
    pub(crate) fn second(&mut self, db_cpu: f64, db_active: u32, pool_waiting: u32) {
        if self.seconds.len() >= MAX_SECONDS {
            return;
        }
        let mut second = self.current;
        second.db_cpu = db_cpu as f32;
        second.db_active = db_active;
        second.pool_waiting = pool_waiting;
        second.buckets = self.buckets.len() as u32;
        second.impact = self.impact;
        for (index, count) in self.histogram.iter_mut().enumerate() {
            if *count > 0 {
                self.buckets.push((index as u8, *count));
                *count = 0;
            }
        }
        self.seconds.push(second);
        self.current = Second::default();
    }

    /// What was counted from the start until `at`.
    pub(crate) fn impact_until(&self, at: SimTime) -> Impact {
        let seconds = at.as_secs() as usize;
        if seconds >= self.seconds.len() {
            return self.impact;
        }
        if seconds == 0 { Impact::default() } else { self.seconds[seconds - 1].impact }
    }

    /// One signal from `from` (inclusive) to `to` (exclusive), a value for each step.
    pub(crate) fn series(&self, kind: SignalKind, from: SimTime, to: SimTime, step: Span) -> SignalSeries {
        let step = Span::from_secs(step.as_secs().max(1));
        let from = from.floor(Span::SECOND);
        let mut values = Vec::new();
        let mut at = from;
        while at < to {
            let first = (at.as_secs() as usize).min(self.seconds.len());
            let last = ((at + step).as_secs() as usize).min(self.seconds.len());
            values.push(self.value(kind, first, last));
            at += step;
        }
        SignalSeries { kind, from, step, values }
    }

    /// Share of good page views between two seconds; 1 when nobody looked at a page.
    pub(crate) fn good_ratio(&self, first: usize, last: usize) -> f64 {
        let bad = self.value(
            SignalKind::AffectedRatio,
            first.min(self.seconds.len()),
            last.min(self.seconds.len()),
        );
        if bad.is_nan() { 1.0 } else { 1.0 - bad }
    }

    /// Seconds that are over.
    pub(crate) fn len(&self) -> usize {
        self.seconds.len()
    }

    fn value(&self, kind: SignalKind, first: usize, last: usize) -> f64 {
        let seconds = &self.seconds[first.min(last)..last];
        if seconds.is_empty() {
            return f64::NAN;
        }
        let sum = |field: fn(&Second) -> f64| seconds.iter().map(field).sum::<f64>();
        let count = seconds.len() as f64;
        match kind {
            SignalKind::Rps => sum(|second| f64::from(second.requests)) / count,
            SignalKind::ErrorRatio => {
                sum(|second| f64::from(second.failed)) / sum(|second| f64::from(second.answered))
            }
            SignalKind::AffectedRatio => {
                sum(|second| f64::from(second.bad_pages)) / sum(|second| f64::from(second.pages))
            }
            SignalKind::DbCpu => sum(|second| f64::from(second.db_cpu)) / count,
            SignalKind::DbActive => sum(|second| f64::from(second.db_active)) / count,
            SignalKind::PoolWaiting => sum(|second| f64::from(second.pool_waiting)) / count,
            SignalKind::P50 => self.percentile(first, last, 0.50),
            SignalKind::P95 => self.percentile(first, last, 0.95),
            SignalKind::P99 => self.percentile(first, last, 0.99),
        }
    }

    /// Page time in seconds below which the share `q` of the page views of these seconds ended.
    fn percentile(&self, first: usize, last: usize, q: f64) -> f64 {
        let begin = self.seconds[first].buckets as usize;
        let end = self.seconds.get(last).map_or(self.buckets.len(), |second| second.buckets as usize);
        let mut merged = [0u64; BUCKETS];
        for &(bucket, count) in &self.buckets[begin..end] {
            merged[usize::from(bucket)] += u64::from(count);
        }
        let total: u64 = merged.iter().sum();
        if total == 0 {
            return f64::NAN;
        }
        let rank = (q * total as f64).max(1.0);
        let mut sum = 0;
        for (bucket, count) in merged.iter().enumerate() {
            sum += count;
            if sum as f64 >= rank {
                return FIRST_S * libm::pow(WIDTH, bucket as f64 + 0.5);
            }
        }
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_time_falls_into_the_bucket_that_a_search_finds() {
        let buckets = PageBuckets::new();
        let around = |end: u64| [end - 1, end, end + 1];
        let times = buckets.ends[..BUCKETS - 1].iter().flat_map(|&end| around(end));
        for took in times.chain([0, 1, 999_999, 3_600_000_000_000, u64::MAX - 1]) {
            let searched = buckets.ends.iter().position(|end| took < *end);
            assert_eq!(Some(buckets.find(Span(took))), searched, "{took} ns");
        }
    }

    #[test]
    fn percentiles_of_a_stretch_are_those_of_all_its_page_views() {
        let mut signals = Signals::new(Span::SECOND);
        for second in 0..10u64 {
            for page in 0..100u64 {
                signals.page(Span::from_millis(1 + second * 100 + page), false);
            }
            signals.second(0.5, 3, 0);
        }
        let series =
            signals.series(SignalKind::P50, SimTime::ZERO, SimTime::from_secs(10), Span::from_secs(10));
        assert_eq!(series.values.len(), 1);
        assert!((series.values[0] / 0.5 - 1.0).abs() < 0.06, "{:?}", series.values);
    }

    #[test]
    fn a_second_without_page_views_has_no_percentile() {
        let mut signals = Signals::new(Span::SECOND);
        signals.second(0.0, 0, 0);
        assert!(
            signals.series(SignalKind::P95, SimTime::ZERO, SimTime::from_secs(1), Span::SECOND).values[0]
                .is_nan()
        );
    }

    #[test]
    fn a_slow_page_view_and_a_failed_one_are_bad() {
        let mut signals = Signals::new(Span::SECOND);
        assert!(!signals.page(Span::from_millis(900), false));
        assert!(signals.page(Span::from_millis(1100), false));
        assert!(signals.page(Span::from_millis(9), true));
    }
}
