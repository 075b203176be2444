//! The order of events: a 4-ary heap on (time, sequence number).
//!
//! Four children share a cache line or two, so the heap is half as deep as a binary one for the same memory
//! traffic. Events are `Copy` and live in the heap itself: after it has grown to its largest size, nothing is
//! allocated. Two events of the same instant come out in the order in which they went in.

use std::hint::select_unpredictable;

use super::time::SimTime;

/// Events waiting for their time.
#[derive(Clone, Debug)]
pub struct EventQueue<E: Copy> {
    heap: Vec<Entry<E>>,
    pushed: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    time: SimTime,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    #[inline]
    fn key(&self) -> u128 {
        u128::from(self.time.0) << 64 | u128::from(self.sequence)
    }
}

const ARITY: usize = 4;

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        EventQueue::new()
    }
}

impl<E: Copy> EventQueue<E> {
    /// An empty queue.
    pub const fn new() -> Self {
        EventQueue { heap: Vec::new(), pushed: 0 }
    }

    /// An empty queue with room for `capacity` pending events.
    pub fn with_capacity(capacity: usize) -> Self {
        EventQueue { heap: Vec::with_capacity(capacity), pushed: 0 }
    }

    /// Schedules an event.
    #[inline]
    pub fn push(&mut self, time: SimTime, event: E) {
        let entry = Entry { time, sequence: self.pushed, event };
        self.pushed += 1;
        self.heap.push(entry);
        self.sift_up(self.heap.len() - 1, entry);
    }

    /// Takes the earliest event; of several at one instant, the one pushed first.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        let last = self.heap.pop()?;
        let Some(&first) = self.heap.first() else { return Some((last.time, last.event)) };
        self.sift_down(last);
        Some((first.time, first.event))
    }

    /// Takes the earliest event if it is due at or before `now`.
    #[inline]
    pub fn pop_due(&mut self, now: SimTime) -> Option<(SimTime, E)> {
        if self.peek_time()? <= now { self.pop() } else { None }
    }

    /// When the earliest event is due.
    #[inline]
    pub fn peek_time(&self) -> Option<SimTime> {
        self.heap.first().map(|entry| entry.time)
    }

    /// Number of events pending.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// True when nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Number of events ever pushed.
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Forgets all pending events.
    pub fn clear(&mut self) {
        self.heap.clear();
    }

    #[inline]
    fn sift_up(&mut self, mut hole: usize, entry: Entry<E>) {
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if self.heap[parent].key() <= entry.key() {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
    }

    /// Puts `entry` into the place of the root, which has been taken.
    #[inline]
    fn sift_down(&mut self, entry: Entry<E>) {
        let mut hole = 0;
        while let Some(child) = self.earliest_child(hole) {
            if entry.key() <= self.heap[child].key() {
                break;
            }
            self.heap[hole] = self.heap[child];
            hole = child;
        }
        self.heap[hole] = entry;
    }

    /// Which of the children comes first. Four of them are compared as a tournament of selects: which one
    /// wins cannot be predicted, so branches would cost more than the comparisons.
    #[inline]
    fn earliest_child(&self, parent: usize) -> Option<usize> {
        let first = parent * ARITY + 1;
        let children = self.heap.get(first..)?;
        if let [a, b, c, d, ..] = children {
            let left = select_unpredictable(b.key() < a.key(), (b.key(), 1), (a.key(), 0));
            let right = select_unpredictable(d.key() < c.key(), (d.key(), 3), (c.key(), 2));
            return Some(first + select_unpredictable(right.0 < left.0, right.1, left.1));
        }
        (first..self.heap.len()).min_by_key(|&child| self.heap[child].key())
    }
}
