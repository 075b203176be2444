//! The history of all counters and gauges at three resolutions: each second for 15 min, each 10 s for 4 h, each minute for
//! 26 h.
//!
//! A row holds one value of every series, so that a second's values are written side by side; a series that is registered
//! later is not in the rows before. A counter is kept as its running total, so that any window's increase is one
//! subtraction; a gauge as its mean over each step. 31 kB a series when full.

use super::ring::Ring;
use crate::kernel::{SimTime, Span};

/// Points kept at one a second.
pub(super) const SECONDS_KEPT: usize = 15 * 60;
/// Points kept at one in 10 s.
pub(super) const TENS_KEPT: usize = 4 * 360;
/// Points kept at one a minute.
pub(super) const MINUTES_KEPT: usize = 26 * 60;

/// One value of every series that was there when it was written.
type Row = Box<[f64]>;

/// All counters and gauges, by the number of their registration.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    current: Vec<f64>,
    /// Whether it is a counter.
    cumulative: Vec<bool>,
    seconds: Ring<Row>,
    tens: Ring<Row>,
    minutes: Ring<Row>,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers {
            current: Vec::new(),
            cumulative: Vec::new(),
            seconds: Ring::new(SECONDS_KEPT),
            tens: Ring::new(TENS_KEPT),
            minutes: Ring::new(MINUTES_KEPT),
        }
    }
}

impl Numbers {
    /// Registers a counter or a gauge, which is 0; tells its number.
    pub(super) fn register(&mut self, cumulative: bool) -> usize {
        self.current.push(0.0);
        self.cumulative.push(cumulative);
        self.current.len() - 1
    }

    /// The value of a series that the next scrape will write, to be changed.
    #[inline]
    pub(super) fn current_mut(&mut self, number: usize) -> Option<&mut f64> {
        self.current.get_mut(number)
    }

    /// The same, to be read.
    pub(super) fn current(&self, number: usize) -> f64 {
        self.current[number]
    }

    /// Number of series registered.
    pub(super) fn len(&self) -> usize {
        self.current.len()
    }

    /// Writes the current values as those of second `tick`, and closes the coarser steps that end there.
    pub(super) fn scrape(&mut self, tick: u64) {
        self.seconds.push(tick, self.current.as_slice().into());
        if tick.is_multiple_of(10) {
            self.tens.push(tick / 10, self.step(tick, 10));
        }
        if tick.is_multiple_of(60) {
            self.minutes.push(tick / 60, self.step(tick, 60));
        }
    }

    /// The values of the step of this length that ends with `tick`: a counter's total, a gauge's mean.
    fn step(&self, tick: u64, length: u64) -> Row {
        let mut sums = vec![(0.0, 0u32); self.current.len()];
        for (_, row) in self.seconds.between(tick.saturating_sub(length), tick) {
            for ((sum, count), value) in sums.iter_mut().zip(row) {
                *sum += value;
                *count += 1;
            }
        }
        let values = self.current.iter().zip(&self.cumulative).zip(sums);
        values
            .map(
                |((last, cumulative), (sum, count))| {
                    if *cumulative { *last } else { sum / f64::from(count.max(1)) }
                },
            )
            .collect()
    }

    /// Heap memory held, in bytes.
    pub(super) fn resident_bytes(&self) -> usize {
        let rows = |ring: &Ring<Row>| {
            ring.resident_bytes() + ring.oldest_first().map(|(_, row)| size_of_val(&**row)).sum::<usize>()
        };
        let current = self.current.capacity() * size_of::<f64>() + self.cumulative.capacity();
        current + rows(&self.seconds) + rows(&self.tens) + rows(&self.minutes)
    }

    /// One series.
    pub(super) fn series(&self, number: usize) -> NumberSeries<'_> {
        let points = |ring, step| Points::new(ring, number, step);
        NumberSeries {
            cumulative: self.cumulative[number],
            seconds: points(&self.seconds, 1),
            tens: points(&self.tens, 10),
            minutes: points(&self.minutes, 60),
        }
    }
}

/// The history of one counter or gauge.
#[derive(Clone, Copy)]
pub(super) struct NumberSeries<'a> {
    cumulative: bool,
    seconds: Points<'a>,
    tens: Points<'a>,
    minutes: Points<'a>,
}

impl NumberSeries<'_> {
    /// A counter's total at `t`, as last written by then: 0 before it was born, and the oldest total known
    /// when `t` is older than that.
    fn total_at(&self, t: SimTime) -> f64 {
        let points = self.resolution(t.as_secs());
        points
            .at_or_before(t.as_secs() / points.step)
            .or_else(|| points.has_dropped().then(|| points.oldest())?)
            .unwrap_or(0.0)
    }

    /// How much a counter grew in (from, to].
    pub(super) fn increase(&self, from: SimTime, to: SimTime) -> f64 {
        (self.total_at(to) - self.total_at(from)).max(0.0)
    }

    /// A gauge's points in (from, to], from the finest resolution that reaches back to `from`.
    pub(super) fn points(&self, from: SimTime, to: SimTime) -> impl Iterator<Item = f64> {
        let points = self.resolution(from.as_secs() + 1);
        points.within(from.as_secs() / points.step + 1, to.as_secs() / points.step).map(|(_, value)| value)
    }

    /// The finest resolution that reaches back to a second.
    fn resolution(&self, second: u64) -> Points<'_> {
        let fine = [self.seconds, self.tens];
        fine.into_iter().find(|points| points.reaches(second / points.step)).unwrap_or(self.minutes)
    }

    /// One value for each step that ends in (from, to]: a counter's rate each second, a gauge's mean. Steps
    /// without a point are left out. `step` is a whole number of seconds, at least one.
    pub(super) fn range(&self, from: SimTime, to: SimTime, step: Span) -> Vec<(SimTime, f64)> {
        steps(from, to, step)
            .filter_map(|(start, end)| {
                let value = if self.cumulative {
                    self.is_known(end).then(|| self.increase(start, end) / step.as_secs_f64())
                } else {
                    mean(self.points(start, end))
                };
                value.map(|value| (end, value))
            })
            .collect()
    }

    /// Seconds and values in [from, to], oldest first, each from the finest resolution that has it.
    pub(super) fn samples(&self, from: u64, to: u64) -> Vec<(u64, f64)> {
        let first_second = self.seconds.first.unwrap_or(u64::MAX);
        let first_ten = self.tens.first.map_or(first_second, |first| (first * 10).min(first_second));
        let mut found = Vec::new();
        for (points, until) in
            [(self.minutes, first_ten), (self.tens, first_second), (self.seconds, u64::MAX)]
        {
            let last = to.min(until.saturating_sub(1));
            let inside = points.within(from.div_ceil(points.step), last / points.step);
            found.extend(inside.map(|(tick, value)| (tick * points.step, value)));
        }
        found
    }

    /// True when a point was written for `t`.
    fn is_known(&self, t: SimTime) -> bool {
        let points = self.resolution(t.as_secs());
        points.get(t.as_secs() / points.step).is_some()
    }
}

/// The points of one series at one resolution.
#[derive(Clone, Copy)]
struct Points<'a> {
    rows: &'a Ring<Row>,
    number: usize,
    /// Seconds from one point to the next.
    step: u64,
    /// The tick of its oldest point.
    first: Option<u64>,
}

impl<'a> Points<'a> {
    fn new(rows: &'a Ring<Row>, number: usize, step: u64) -> Points<'a> {
        let has = |tick: u64| rows.get(tick).is_some_and(|row| row.len() > number);
        // Rows only grow, so those that have it are the last ones.
        let first = rows.first().zip(rows.last()).and_then(|(mut low, last)| {
            if has(low) {
                return Some(low);
            }
            let mut high = last;
            while low < high {
                let middle = low.midpoint(high);
                if has(middle) { high = middle } else { low = middle + 1 }
            }
            has(low).then_some(low)
        });
        Points { rows, number, step, first }
    }

    fn get(&self, tick: u64) -> Option<f64> {
        self.rows.get(tick)?.get(self.number).copied()
    }

    /// The value of a tick, or the newest one when the tick is later than all; `None` when it is earlier.
    fn at_or_before(&self, tick: u64) -> Option<f64> {
        self.get(tick.min(self.rows.last()?))
    }

    fn oldest(&self) -> Option<f64> {
        self.get(self.first?)
    }

    /// True when older points may have been dropped.
    fn has_dropped(&self) -> bool {
        self.rows.has_dropped() && self.first.is_some() && self.first == self.rows.first()
    }

    /// True when the points reach back to a tick, or to the series' first ever.
    fn reaches(&self, tick: u64) -> bool {
        !self.has_dropped() || self.first.is_some_and(|first| first <= tick)
    }

    /// Ticks and values with `from <= tick <= until`, oldest first.
    fn within(self, from: u64, until: u64) -> impl Iterator<Item = (u64, f64)> + use<'a> {
        let inside = self.rows.within(from, until);
        inside.filter_map(move |(tick, row)| Some((tick, *row.get(self.number)?)))
    }
}

/// Steps (start, end] that end on multiples of `step` within (from, to].
pub(super) fn steps(from: SimTime, to: SimTime, step: Span) -> impl Iterator<Item = (SimTime, SimTime)> {
    let step = Span(step.0.max(Span::SECOND.0));
    let mut start = from.floor(step);
    std::iter::from_fn(move || {
        let end = start + step;
        let whole = (end <= to).then_some((start, end));
        start = end;
        whole
    })
}

/// The mean of some values; `None` when there are none.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0u32);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / f64::from(count))
}
