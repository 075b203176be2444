//! Deadlines of one constant time-out: they fall due in the order in which they were set.
//!
//! In the event queue each would cost two heap operations, and most are cancelled. Here setting one is a few writes. Where
//! few are cancelled, or soon, a [`TimeoutRing`] drops those that no longer matter as they reach the front; where many are
//! set for each one that falls due, a [`TimeoutLine`] lets go of them at once and stays as short as what is under way.

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

/// Deadlines that are set in the order in which they fall due, one at most for each slot of the caller's own table, and
/// cancelled by it.
#[derive(Clone, Debug)]
pub struct TimeoutLine {
    /// By slot plus one, as a circle: the first place is before the first deadline and after the last, and is never due.
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    /// [`SimTime::MAX`] for a slot that has none.
    deadline: SimTime,
    previous: u32,
    next: u32,
}

impl Link {
    const NONE: Link = Link { deadline: SimTime::MAX, previous: 0, next: 0 };
}

impl Default for TimeoutLine {
    fn default() -> Self {
        TimeoutLine::new()
    }
}

impl TimeoutLine {
    /// No deadlines.
    pub fn new() -> Self {
        TimeoutLine { links: vec![Link::NONE] }
    }

    /// Sets the deadline of a slot that has none. It must not be earlier than the one set before it, and not the end of time.
    #[inline]
    pub fn set(&mut self, slot: u32, deadline: SimTime) {
        let place = slot as usize + 1;
        if self.links.len() <= place {
            self.links.resize(place + 1, Link::NONE);
        }
        let last = self.links[0].previous;
        debug_assert!(self.links[place].deadline == SimTime::MAX, "slot {slot} has a deadline already");
        debug_assert!(
            last == 0 || self.links[last as usize].deadline <= deadline,
            "a line holds one constant time-out: deadlines must not go back"
        );
        self.links[place] = Link { deadline, previous: last, next: 0 };
        self.links[last as usize].next = place as u32;
        self.links[0].previous = place as u32;
    }

    /// Cancels the deadline of a slot, if it has one.
    #[inline]
    pub fn cancel(&mut self, slot: u32) {
        let Some(link) = self.links.get_mut(slot as usize + 1) else { return };
        let Link { deadline, previous, next } = *link;
        if deadline == SimTime::MAX {
            return;
        }
        link.deadline = SimTime::MAX;
        self.links[previous as usize].next = next;
        self.links[next as usize].previous = previous;
    }

    /// The earliest deadline; [`SimTime::MAX`] without any.
    #[inline]
    pub fn next_or_never(&self) -> SimTime {
        self.links[self.links[0].next as usize].deadline
    }

    /// The slot whose deadline is the earliest, if it is due at or before `now`.
    #[inline]
    pub fn due(&self, now: SimTime) -> Option<u32> {
        let first = self.links[0].next;
        (first > 0 && self.links[first as usize].deadline <= now).then(|| first - 1)
    }

    /// Takes the earliest deadline that is due at or before `now`, and its slot. Call until `None`.
    #[inline]
    pub fn pop_due(&mut self, now: SimTime) -> Option<(SimTime, u32)> {
        let slot = self.due(now)?;
        let deadline = self.next_or_never();
        self.cancel(slot);
        Some((deadline, slot))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::kernel::Stream;

    #[test]
    fn a_line_keeps_the_order_of_those_that_were_not_cancelled() {
        let (mut line, mut expected) = (TimeoutLine::new(), VecDeque::new());
        let mut stream = Stream::named(1, "line");
        for now in 0..20_000 {
            let slot = stream.below(40) as u32;
            let here = expected.iter().position(|&(_, other)| other == slot);
            match (here, stream.below(3)) {
                (None, _) => {
                    line.set(slot, SimTime(now + 300));
                    expected.push_back((SimTime(now + 300), slot));
                }
                (Some(place), 0) => {
                    line.cancel(slot);
                    expected.remove(place);
                }
                (Some(_), _) => {}
            }
            while let Some(due) = line.pop_due(SimTime(now)) {
                assert_eq!(Some(due), expected.pop_front());
            }
            let first = expected.front().map_or(SimTime::MAX, |(deadline, _)| *deadline);
            assert!(first > SimTime(now), "what is due is taken");
            assert_eq!(line.next_or_never(), first);
        }
        assert!(expected.len() > 20, "the line was in use");
        line.cancel(1_000);
        assert_eq!(line.due(SimTime::MAX), expected.front().map(|(_, slot)| *slot));
    }

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
