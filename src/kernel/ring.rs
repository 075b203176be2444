//! The ring that every line of the kernel is made of: what went in first comes out first.
//!
//! `VecDeque` does the same and more. This one has as many slots as a power of two, so that stepping over the end is a mask, and
//! its steps are short enough to be compiled into whoever takes them.

/// Items in the order in which they came.
#[derive(Clone, Debug)]
pub(super) struct Ring<T: Copy> {
    /// As many as a power of two, or none yet; those in use begin at `first` and go on over the end.
    slots: Vec<T>,
    first: usize,
    len: usize,
}

/// Slots of a ring that has any.
pub(super) const LEAST_SLOTS: usize = 16;

impl<T: Copy> Ring<T> {
    /// No items.
    pub(super) const fn new() -> Ring<T> {
        Ring { slots: Vec::new(), first: 0, len: 0 }
    }

    /// Number of items.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// True when there are none.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One more at the end.
    #[inline]
    pub(super) fn push(&mut self, item: T) {
        if self.len == self.slots.len() {
            self.grow(item);
        }
        let slot = self.slot(self.len);
        self.slots[slot] = item;
        self.len += 1;
    }

    /// The first.
    #[inline]
    pub(super) fn front(&self) -> Option<T> {
        (self.len > 0).then(|| self.slots[self.first])
    }

    /// The last.
    #[inline]
    pub(super) fn back(&self) -> Option<T> {
        (self.len > 0).then(|| self.slots[self.slot(self.len - 1)])
    }

    /// Takes the first.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        let front = self.front()?;
        self.first = self.slot(1);
        self.len -= 1;
        Some(front)
    }

    /// All of them, the first one first.
    pub(super) fn iter(&self) -> impl Iterator<Item = T> + '_ {
        (0..self.len).map(|index| self.slots[self.slot(index)])
    }

    /// Takes out all that `goes` is true of. Costs the number of items.
    pub(super) fn take_out(&mut self, mut goes: impl FnMut(T) -> bool) {
        let mut kept = 0;
        for index in 0..self.len {
            let item = self.slots[self.slot(index)];
            if !goes(item) {
                let slot = self.slot(kept);
                self.slots[slot] = item;
                kept += 1;
            }
        }
        self.len = kept;
    }

    /// Where the item is that so many are before.
    #[inline]
    fn slot(&self, index: usize) -> usize {
        (self.first + index) & (self.slots.len().wrapping_sub(1))
    }

    /// Doubles the slots; new ones hold `filler`.
    #[cold]
    fn grow(&mut self, filler: T) {
        self.slots.rotate_left(self.first);
        self.first = 0;
        self.slots.resize((self.len * 2).max(LEAST_SLOTS), filler);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    #[test]
    fn a_ring_does_what_a_deque_does_whatever_it_grew_to() {
        let (mut ring, mut deque) = (Ring::new(), VecDeque::new());
        let mut pushed = 0u64;
        for round in 0..200 {
            for _ in 0..round % 23 {
                ring.push(pushed);
                deque.push_back(pushed);
                pushed += 1;
            }
            for _ in 0..round % 19 {
                assert_eq!(ring.pop(), deque.pop_front());
            }
            if round % 7 == 0 {
                ring.take_out(|item| item % 5 == round % 5);
                deque.retain(|item| item % 5 != round % 5);
            }
            assert_eq!((ring.len(), ring.is_empty()), (deque.len(), deque.is_empty()));
            assert_eq!((ring.front(), ring.back()), (deque.front().copied(), deque.back().copied()));
            assert!(ring.iter().eq(deque.iter().copied()));
        }
        assert!(ring.len() > LEAST_SLOTS, "the ring has grown");
    }
}
