//! Series as a Prometheus that scrapes the shop would hold them: samples with their times, a histogram as cumulative
//! buckets. Each second for the last 15 minutes, coarser before: the finest step of which something is kept.

use super::latency::LatencySeries;
use super::metrics::{History, MetricId, Metrics};
use crate::kernel::{BUCKETS, Histogram, SimTime, Span};

/// Upper bounds of a histogram's buckets, in milliseconds: those of Prometheus' client libraries, and 30 s.
pub const BUCKET_BOUNDS_MS: [u64; 12] = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];

/// Buckets counted: one for each bound, and one for everything.
const COUNTED: usize = BUCKET_BOUNDS_MS.len() + 1;

/// A histogram's totals at the end of a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BucketSample {
    /// Seconds since the start.
    pub second: u64,
    /// Observations at or below each of [`BUCKET_BOUNDS_MS`], then all.
    pub counts: [u64; COUNTED],
    /// Sum of all observations in seconds.
    pub sum_s: f64,
}

impl Metrics {
    /// A counter's or gauge's samples in [from, to], oldest first: second and value. Empty for a histogram.
    pub fn samples(&self, id: MetricId, from: SimTime, to: SimTime) -> Vec<(u64, f64)> {
        match self.history(id) {
            History::Number(number) => number.samples(from.as_secs(), to.as_secs()),
            History::Latency(_) => Vec::new(),
        }
    }

    /// A histogram's samples in [from, to], oldest first. Empty for other kinds.
    pub fn bucket_samples(&self, id: MetricId, from: SimTime, to: SimTime) -> Vec<BucketSample> {
        match self.history(id) {
            History::Number(_) => Vec::new(),
            History::Latency(latency) => bucket_samples(latency, from.as_secs(), to.as_secs()),
        }
    }
}

/// A histogram's totals while it is walked backwards.
#[derive(Clone, Copy)]
struct Totals {
    /// Observations of each bucket alone.
    counts: [u64; COUNTED],
    sum_ns: u128,
}

impl Totals {
    fn sample(&self, second: u64) -> BucketSample {
        let mut counts = self.counts;
        for place in 1..COUNTED {
            counts[place] += counts[place - 1];
        }
        BucketSample { second, counts, sum_s: self.sum_ns as f64 / 1e9 }
    }
}

fn bucket_samples(latency: &LatencySeries, from: u64, to: u64) -> Vec<BucketSample> {
    let places = places();
    let mut totals = Totals { counts: [0; COUNTED], sum_ns: latency.total().sum_ns() };
    for (bucket, count) in latency.total().buckets() {
        totals.counts[places[bucket]] += count;
    }
    let mut found = Vec::new();
    let mut minute_end = None;
    let (seconds, minutes) = latency.rings();
    seconds.newest_first(|second, sum_ns, cells| {
        if second < from {
            return false;
        }
        if second <= to {
            found.push(totals.sample(second));
        }
        if second.is_multiple_of(60) {
            minute_end = Some((second, totals));
        }
        take_away(&mut totals, &places, sum_ns, cells);
        true
    });
    // Whole minutes before the oldest second, counted back from the oldest minute that ended since.
    if let (Some((end, at_end)), Some(oldest)) = (minute_end, seconds.first().filter(|first| *first > from)) {
        totals = at_end;
        minutes.newest_first(|minute, sum_ns, cells| {
            let second = minute * 60;
            if second > end {
                return true;
            }
            if second < from {
                return false;
            }
            if second < oldest && second <= to {
                found.push(totals.sample(second));
            }
            take_away(&mut totals, &places, sum_ns, cells);
            true
        });
    }
    found.reverse();
    found
}

fn take_away(
    totals: &mut Totals,
    places: &[usize; BUCKETS],
    sum_ns: u64,
    cells: &mut dyn Iterator<Item = (u16, u16)>,
) {
    totals.sum_ns = totals.sum_ns.saturating_sub(u128::from(sum_ns));
    for (bucket, count) in cells {
        let held = &mut totals.counts[places[usize::from(bucket)]];
        *held = held.saturating_sub(u64::from(count));
    }
}

/// The place among the bounds of each of a histogram's fine buckets.
fn places() -> [usize; BUCKETS] {
    let lasts = BUCKET_BOUNDS_MS.map(|ms| Histogram::bucket(Span::from_millis(ms)));
    std::array::from_fn(|bucket| {
        lasts.iter().position(|last| bucket <= *last).unwrap_or(BUCKET_BOUNDS_MS.len())
    })
}
