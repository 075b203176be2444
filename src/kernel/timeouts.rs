//! Deadlines of one constant time-out: a ring, since they fall due in the order in which they were set.
//!
//! In the event queue each would cost two heap operations, and most are cancelled: here setting one is a
//! write, and those that no longer matter are dropped as they reach the front.

use super::ring::Ring;
use super::time::SimTime;

/// Deadlines that are set in the order in which they fall due.
#[derive(Clone, Debug)]
pub struct TimeoutRing<T: Copy>(Ring<(SimTime, T)>);

impl<T: Copy> Default for TimeoutRing<T> {
    fn default() -> Self {
        TimeoutRing::new()
    }
}

impl<T: Copy> TimeoutRing<T> {
    /// No deadlines.
    pub const fn new() -> Self {
        TimeoutRing(Ring::new())
    }

    /// Sets a deadline, which must not be earlier than the one set before it.
    #[inline]
    pub fn push(&mut self, deadline: SimTime, item: T) {
        debug_assert!(
            self.0.back().is_none_or(|(last, _)| last <= deadline),
            "a time-out ring holds one constant time-out: deadlines must not go back"
        );
        self.0.push((deadline, item));
    }

    /// The earliest deadline.
    #[inline]
    pub fn next(&self) -> Option<SimTime> {
        self.0.front().map(|(deadline, _)| deadline)
    }

    /// The same as an instant: [`SimTime::MAX`] without any.
    #[inline]
    pub fn next_or_never(&self) -> SimTime {
        self.0.front().map_or(SimTime::MAX, |(deadline, _)| deadline)
    }

    /// Takes the earliest deadline that is due at or before `now`. Call until `None`.
    #[inline]
    pub fn pop_due(&mut self, now: SimTime) -> Option<(SimTime, T)> {
        if self.0.front()?.0 <= now { self.0.pop() } else { None }
    }

    /// Drops items from the front for as long as `is_over` says that they no longer matter, so that
    /// [`Self::next`] is a live one.
    #[inline]
    pub fn skip_while(&mut self, mut is_over: impl FnMut(T) -> bool) {
        while self.0.front().is_some_and(|(_, item)| is_over(item)) {
            self.0.pop();
        }
    }

    /// Number of deadlines set, those that no longer matter included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when no deadline is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_come_out_as_they_went_in_whatever_the_ring_grew_to() {
        let (mut ring, mut set, mut due) = (TimeoutRing::new(), 0u64, 0u64);
        for round in 0..200 {
            for _ in 0..round % 23 {
                ring.push(SimTime(set), set);
                set += 1;
            }
            for _ in 0..round % 19 {
                match ring.pop_due(SimTime(set)) {
                    Some(first) => {
                        assert_eq!(first, (SimTime(due), due));
                        due += 1;
                    }
                    None => assert_eq!(due, set),
                }
            }
            assert_eq!(ring.len() as u64, set - due);
            assert_eq!(ring.next(), (due < set).then_some(SimTime(due)));
        }
        assert!(set - due > 16, "the ring has grown");
        ring.skip_while(|item| item < set - 1);
        assert_eq!((ring.next(), ring.len()), (Some(SimTime(set - 1)), 1));
        assert_eq!(ring.pop_due(SimTime(set - 2)), None);
    }
}
