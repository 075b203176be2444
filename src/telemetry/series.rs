//! The history of one counter or gauge at three resolutions: each second for 15 min, each 10 s for 4 h, each
//! minute for 26 h.
//!
//! A counter is kept as its running total, so that any window's increase is one subtraction; a gauge as its
//! mean over each step. 31 kB when full.

use super::ring::Ring;
use crate::kernel::{SimTime, Span};

/// Points kept at one a second.
pub(super) const SECONDS_KEPT: usize = 15 * 60;
/// Points kept at one in 10 s.
pub(super) const TENS_KEPT: usize = 4 * 360;
/// Points kept at one a minute.
pub(super) const MINUTES_KEPT: usize = 26 * 60;

/// The history of a counter or gauge.
#[derive(Clone, Debug)]
pub(super) struct NumberSeries {
    cumulative: bool,
    seconds: Ring<f64>,
    tens: Ring<f64>,
    minutes: Ring<f64>,
}

impl NumberSeries {
    pub(super) fn counter() -> NumberSeries {
        NumberSeries::new(true)
    }

    pub(super) fn gauge() -> NumberSeries {
        NumberSeries::new(false)
    }

    fn new(cumulative: bool) -> NumberSeries {
        NumberSeries {
            cumulative,
            seconds: Ring::new(SECONDS_KEPT),
            tens: Ring::new(TENS_KEPT),
            minutes: Ring::new(MINUTES_KEPT),
        }
    }

    /// Writes a value as that of second `tick`, and closes the coarser steps that end there.
    pub(super) fn scrape(&mut self, tick: u64, value: f64) {
        self.seconds.push(tick, value);
        if tick.is_multiple_of(10) {
            self.tens.push(tick / 10, self.step_value(tick, 10, value));
        }
        if tick.is_multiple_of(60) {
            self.minutes.push(tick / 60, self.step_value(tick, 60, value));
        }
    }

    /// Heap memory held, in bytes.
    pub(super) fn resident_bytes(&self) -> usize {
        self.seconds.resident_bytes() + self.tens.resident_bytes() + self.minutes.resident_bytes()
    }

    /// The history by the second, by ten seconds, by the minute.
    pub(super) fn rings(&self) -> (&Ring<f64>, &Ring<f64>, &Ring<f64>) {
        (&self.seconds, &self.tens, &self.minutes)
    }

    /// A step's value that ends with `last`.
    fn step_value(&self, tick: u64, length: u64, last: f64) -> f64 {
        if self.cumulative {
            return last;
        }
        mean(self.seconds.between(tick.saturating_sub(length), tick).map(|(_, value)| value)).unwrap_or(last)
    }

    /// A counter's total at `t`, as last written by then: 0 before it was born, and the oldest total known
    /// when `t` is older than that.
    fn total_at(&self, t: SimTime) -> f64 {
        let (ring, step) = self.resolution(t.as_secs());
        ring.at_or_before(t.as_secs() / step)
            .or_else(|| ring.has_dropped().then(|| ring.oldest())?)
            .unwrap_or(0.0)
    }

    /// How much a counter grew in (from, to].
    pub(super) fn increase(&self, from: SimTime, to: SimTime) -> f64 {
        (self.total_at(to) - self.total_at(from)).max(0.0)
    }

    /// A gauge's points in (from, to], from the finest resolution that reaches back to `from`.
    pub(super) fn points(&self, from: SimTime, to: SimTime) -> impl Iterator<Item = f64> + '_ {
        let (ring, step) = self.resolution(from.as_secs() + 1);
        ring.between(from.as_secs() / step, to.as_secs() / step).map(|(_, value)| value)
    }

    /// The finest resolution that reaches back to a second, and the length of its steps in seconds.
    fn resolution(&self, second: u64) -> (&Ring<f64>, u64) {
        let fine = [(&self.seconds, 1), (&self.tens, 10)];
        let reaches = |&(ring, step): &(&Ring<f64>, u64)| ring.reaches(second / step);
        fine.into_iter().find(reaches).unwrap_or((&self.minutes, 60))
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

    /// True when a point was written for `t`.
    fn is_known(&self, t: SimTime) -> bool {
        let (ring, step) = self.resolution(t.as_secs());
        ring.get(t.as_secs() / step).is_some()
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
