//! Deadlines of one constant time-out: a ring, since they fall due in the order in which they were set.
//!
//! In the event queue each would cost two heap operations, and most are cancelled: here setting one is a
//! write, and those that no longer matter are dropped as they reach the front.

use std::collections::VecDeque;

use super::time::SimTime;

/// Deadlines that are set in the order in which they fall due.
#[derive(Clone, Debug)]
pub struct TimeoutRing<T: Copy> {
    ring: VecDeque<(SimTime, T)>,
}

impl<T: Copy> Default for TimeoutRing<T> {
    fn default() -> Self {
        TimeoutRing::new()
    }
}

impl<T: Copy> TimeoutRing<T> {
    /// No deadlines.
    pub const fn new() -> Self {
        TimeoutRing { ring: VecDeque::new() }
    }

    /// Sets a deadline, which must not be earlier than the one set before it.
    #[inline]
    pub fn push(&mut self, deadline: SimTime, item: T) {
        debug_assert!(
            self.ring.back().is_none_or(|&(last, _)| last <= deadline),
            "a time-out ring holds one constant time-out: deadlines must not go back"
        );
        self.ring.push_back((deadline, item));
    }

    /// The earliest deadline.
    #[inline]
    pub fn next(&self) -> Option<SimTime> {
        self.ring.front().map(|&(deadline, _)| deadline)
    }

    /// The same as an instant: [`SimTime::MAX`] without any.
    #[inline]
    pub fn next_or_never(&self) -> SimTime {
        self.ring.front().map_or(SimTime::MAX, |&(deadline, _)| deadline)
    }

    /// Takes the earliest deadline that is due at or before `now`. Call until `None`.
    #[inline]
    pub fn pop_due(&mut self, now: SimTime) -> Option<(SimTime, T)> {
        if self.next()? <= now { self.ring.pop_front() } else { None }
    }

    /// Drops items from the front for as long as `is_over` says that they no longer matter, so that
    /// [`Self::next`] is a live one.
    #[inline]
    pub fn skip_while(&mut self, mut is_over: impl FnMut(T) -> bool) {
        while self.ring.front().is_some_and(|&(_, item)| is_over(item)) {
            self.ring.pop_front();
        }
    }

    /// Number of deadlines set, those that no longer matter included.
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// True when no deadline is set.
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }
}
