//! How many there were, over time: the integral of a count, from which averages and Little's law follow.

use super::time::SimTime;

/// A count and its exact integral over time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Occupancy {
    count: u64,
    updated: SimTime,
    area: u128,
}

impl Occupancy {
    /// The count now.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sets the count as of `now`.
    #[inline]
    pub fn set(&mut self, now: SimTime, count: u64) {
        self.area += u128::from(self.count) * u128::from((now - self.updated).0);
        self.updated = now;
        self.count = count;
    }

    /// One more.
    #[inline]
    pub fn enter(&mut self, now: SimTime) {
        self.set(now, self.count + 1);
    }

    /// One less.
    #[inline]
    pub fn leave(&mut self, now: SimTime) {
        assert!(self.count > 0, "one left where nobody was");
        self.set(now, self.count - 1);
    }

    /// The integral of the count from the start to `now`, in nanoseconds.
    pub fn area_ns(&self, now: SimTime) -> u128 {
        self.area + u128::from(self.count) * u128::from(now.since(self.updated).0)
    }

    /// The time average of the count between an earlier reading of [`Self::area_ns`] and `now`.
    pub fn mean_since(&self, earlier: SimTime, area_then: u128, now: SimTime) -> f64 {
        let elapsed = now.since(earlier).0;
        if elapsed == 0 { self.count as f64 } else { (self.area_ns(now) - area_then) as f64 / elapsed as f64 }
    }
}
