//! A bounded run of values, one for each tick of a clock; the oldest is dropped.

/// The values of consecutive ticks, at most `limit` of them.
#[derive(Clone, Debug)]
pub(super) struct Ring<T> {
    first: u64,
    /// Grows to `limit`; from then on the oldest is written over.
    values: Vec<T>,
    /// Where the oldest is.
    oldest: usize,
    limit: usize,
}

impl<T> Ring<T> {
    pub(super) const fn new(limit: usize) -> Ring<T> {
        Ring { first: 0, values: Vec::new(), oldest: 0, limit }
    }

    /// Adds the value of `tick`, which must follow the last one; returns the value that was dropped for it.
    pub(super) fn push(&mut self, tick: u64, value: T) -> Option<T> {
        debug_assert!(
            self.values.is_empty() || tick == self.first + self.values.len() as u64,
            "a ring's ticks are consecutive"
        );
        if self.values.len() < self.limit {
            if self.values.is_empty() {
                self.first = tick;
            }
            self.values.push(value);
            return None;
        }
        let dropped = std::mem::replace(&mut self.values[self.oldest], value);
        self.oldest = if self.oldest + 1 == self.limit { 0 } else { self.oldest + 1 };
        self.first += 1;
        Some(dropped)
    }

    /// Heap memory held, in bytes; what the values themselves hold left out.
    pub(super) fn resident_bytes(&self) -> usize {
        self.values.capacity() * size_of::<T>()
    }

    /// The oldest tick held, if any is.
    pub(super) fn first(&self) -> Option<u64> {
        (!self.values.is_empty()).then_some(self.first)
    }

    pub(super) fn get(&self, tick: u64) -> Option<&T> {
        let index = tick.checked_sub(self.first)?;
        if index >= self.values.len() as u64 {
            return None;
        }
        let place = self.oldest + index as usize;
        self.values.get(place).or_else(|| self.values.get(place - self.values.len()))
    }

    /// The newest tick held, if any is.
    pub(super) fn last(&self) -> Option<u64> {
        Some(self.first()? + self.values.len() as u64 - 1)
    }

    /// True when the ring is full, so that older values may have been dropped.
    pub(super) fn has_dropped(&self) -> bool {
        self.values.len() == self.limit
    }

    /// Ticks and values with `after < tick <= until`, oldest first.
    pub(super) fn between(&self, after: u64, until: u64) -> impl Iterator<Item = (u64, &T)> {
        self.within(after + 1, until)
    }

    /// Ticks and values with `from <= tick <= until`, oldest first.
    pub(super) fn within(&self, from: u64, until: u64) -> impl Iterator<Item = (u64, &T)> {
        let place = |tick: u64| tick.saturating_sub(self.first).min(self.values.len() as u64) as usize;
        let (low, high) = (place(from), place(until + 1));
        let ticks = self.first + low as u64..;
        ticks.zip(self.range(low, high.max(low)))
    }

    /// Ticks and values, oldest first.
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = (u64, &T)> {
        (self.first..).zip(self.range(0, self.values.len()))
    }

    /// Ticks and values, newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = (u64, &T)> {
        let ticks = (self.first..self.first + self.values.len() as u64).rev();
        ticks.zip(self.range(0, self.values.len()).rev())
    }

    /// Values by their number from the oldest on, those of [low, high).
    fn range(&self, low: usize, high: usize) -> impl DoubleEndedIterator<Item = &T> {
        let (newer, older) = self.values.split_at(self.oldest);
        let end = older.len();
        let older = &older[low.min(end)..high.min(end)];
        let newer = &newer[low.saturating_sub(end)..high.saturating_sub(end)];
        older.iter().chain(newer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_holds_the_newest_by_their_ticks() {
        let mut ring = Ring::new(5);
        assert_eq!((ring.first(), ring.last(), ring.get(9)), (None, None, None));
        for tick in 10..37u64 {
            let dropped = ring.push(tick, tick * tick);
            assert_eq!(dropped, (tick >= 15).then(|| (tick - 5) * (tick - 5)));
            let first = tick.saturating_sub(4).max(10);
            let held = |from: u64, to: u64| (from..=to).map(|t| (t, t * t)).collect::<Vec<_>>();
            assert_eq!(ring.first(), Some(first));
            assert_eq!(ring.last(), Some(tick));
            let copied = |(tick, value): (u64, &u64)| (tick, *value);
            assert_eq!(ring.oldest_first().map(copied).collect::<Vec<_>>(), held(first, tick));
            assert_eq!(ring.newest_first().map(copied).collect::<Vec<_>>(), {
                let mut newest = held(first, tick);
                newest.reverse();
                newest
            });
            for asked in 8..40 {
                let there = (first..=tick).contains(&asked);
                assert_eq!(ring.get(asked).copied(), there.then_some(asked * asked));
                for after in 7..asked {
                    let expected = held((after + 1).max(first), asked.min(tick));
                    assert_eq!(ring.between(after, asked).map(copied).collect::<Vec<_>>(), expected);
                }
            }
        }
        assert!(ring.has_dropped());
    }
}
