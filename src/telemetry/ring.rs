//! A bounded run of values, one for each tick of a clock; the oldest is dropped.

use std::collections::VecDeque;

/// The values of consecutive ticks, at most `limit` of them.
#[derive(Clone, Debug)]
pub(super) struct Ring<T> {
    first: u64,
    values: VecDeque<T>,
    limit: usize,
}

impl<T: Copy> Ring<T> {
    pub(super) const fn new(limit: usize) -> Ring<T> {
        Ring { first: 0, values: VecDeque::new(), limit }
    }

    /// Adds the value of `tick`, which must follow the last one; returns the value that was dropped for it.
    pub(super) fn push(&mut self, tick: u64, value: T) -> Option<T> {
        if self.values.is_empty() {
            self.first = tick;
        }
        debug_assert_eq!(tick, self.first + self.values.len() as u64, "a ring's ticks are consecutive");
        let dropped = if self.values.len() == self.limit { self.values.pop_front() } else { None };
        self.first += u64::from(dropped.is_some());
        self.values.push_back(value);
        dropped
    }

    /// Heap memory held, in bytes.
    pub(super) fn resident_bytes(&self) -> usize {
        self.values.capacity() * size_of::<T>()
    }

    /// The oldest tick held, if any is.
    pub(super) fn first(&self) -> Option<u64> {
        (!self.values.is_empty()).then_some(self.first)
    }

    /// True when the values reach back to a tick, or to the ring's first ever.
    pub(super) fn reaches(&self, tick: u64) -> bool {
        !self.has_dropped() || self.first <= tick
    }

    /// True when the ring is full, so that older values may have been dropped.
    pub(super) fn has_dropped(&self) -> bool {
        self.values.len() == self.limit
    }

    pub(super) fn get(&self, tick: u64) -> Option<T> {
        let index = tick.checked_sub(self.first)?;
        self.values.get(usize::try_from(index).ok()?).copied()
    }

    /// The value of a tick, or the newest one when the tick is later than all; `None` when it is earlier.
    pub(super) fn at_or_before(&self, tick: u64) -> Option<T> {
        let last = self.first()? + self.values.len() as u64 - 1;
        self.get(tick.min(last))
    }

    pub(super) fn oldest(&self) -> Option<T> {
        self.values.front().copied()
    }

    /// Ticks and values with `after < tick <= until`, oldest first.
    pub(super) fn between(&self, after: u64, until: u64) -> impl Iterator<Item = (u64, T)> + '_ {
        let low = (after + 1).saturating_sub(self.first).min(self.values.len() as u64) as usize;
        let high = (until + 1).saturating_sub(self.first).min(self.values.len() as u64) as usize;
        let ticks = self.first + low as u64..;
        ticks.zip(self.values.range(low..high.max(low)).copied())
    }

    /// Ticks and values, oldest first.
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = (u64, T)> + '_ {
        (self.first..).zip(self.values.iter().copied())
    }

    /// Ticks and values, newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = (u64, T)> + '_ {
        let ticks = (self.first..self.first + self.values.len() as u64).rev();
        ticks.zip(self.values.iter().rev().copied())
    }
}
