//! Those who wait in line, with since when: the accept queue of a pod, the clients of a connection pool, jobs that are due.
//!
//! [`super::Station`] has its servers with it; a line has none, for owners whose servers are things of their own. In debug
//! builds every line is held against [`LittlesLaw`].

use super::little::LittlesLaw;
use super::ring::Ring;
use super::time::SimTime;

/// A line, first come first served.
#[derive(Clone, Debug)]
pub struct WaitingLine<T: Copy> {
    waiting: Ring<(SimTime, T)>,
    law: LittlesLaw,
}

impl<T: Copy> Default for WaitingLine<T> {
    fn default() -> Self {
        WaitingLine::new()
    }
}

impl<T: Copy> WaitingLine<T> {
    /// Nobody waits.
    pub fn new() -> WaitingLine<T> {
        WaitingLine { waiting: Ring::new(), law: LittlesLaw::default() }
    }

    /// One more at the end.
    #[inline]
    pub fn push(&mut self, now: SimTime, item: T) {
        self.law.enter(now);
        self.waiting.push((now, item));
    }

    /// The first in line, and since when.
    #[inline]
    pub fn first(&self) -> Option<(SimTime, T)> {
        self.waiting.front()
    }

    /// Takes the first in line; tells since when it waited.
    #[inline]
    pub fn pop(&mut self, now: SimTime) -> Option<(SimTime, T)> {
        let (since, item) = self.waiting.pop()?;
        self.law.leave(now, since);
        Some((since, item))
    }

    /// Takes out all that satisfy `is_it`. Costs the length of the line.
    pub fn withdraw(&mut self, now: SimTime, mut is_it: impl FnMut(T) -> bool) {
        let law = &mut self.law;
        self.waiting.take_out(|(since, item)| {
            let goes = is_it(item);
            if goes {
                law.leave(now, since);
            }
            goes
        });
    }

    /// Number waiting.
    #[inline]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// True when nobody waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Who waits and since when, first in line first.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, T)> + '_ {
        self.waiting.iter()
    }
}
