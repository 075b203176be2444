//! Little's law as an assertion: the integral of a number present is the sum of the stays.
//!
//! It holds for every queue, whatever arrives, waits and leaves, so a model that breaks it has lost somebody, counted
//! somebody twice, or moved a clock. Debug builds keep the books of every queue of a run and compare the two sides, to the
//! nanosecond, whenever nobody is left; optimised builds keep nothing, and these types are empty.

#[cfg(debug_assertions)]
use super::occupancy::Occupancy;
use super::time::SimTime;

/// The books of one queue, for an owner who knows since when each one has been in it.
#[derive(Clone, Debug, Default)]
pub struct LittlesLaw {
    #[cfg(debug_assertions)]
    present: Occupancy,
    #[cfg(debug_assertions)]
    stayed_ns: u128,
}

impl LittlesLaw {
    /// One comes.
    #[inline]
    pub fn enter(&mut self, now: SimTime) {
        #[cfg(debug_assertions)]
        self.present.enter(now);
        #[cfg(not(debug_assertions))]
        let _ = now;
    }

    /// One leaves who came at `since`.
    ///
    /// # Panics
    /// In debug builds, when nobody is left and the law does not hold.
    #[inline]
    pub fn leave(&mut self, now: SimTime, since: SimTime) {
        #[cfg(debug_assertions)]
        {
            self.present.leave(now);
            self.stayed_ns += u128::from((now - since).0);
            assert!(
                self.present.count() > 0 || self.present.area_ns(now) == self.stayed_ns,
                "Little's law broken: the integral of those present is {} ns, the sum of their stays {} ns",
                self.present.area_ns(now),
                self.stayed_ns
            );
        }
        #[cfg(not(debug_assertions))]
        let _ = (now, since);
    }
}

/// The same for an owner who knows its members by small numbers only.
#[derive(Clone, Debug, Default)]
pub(super) struct Stays {
    #[cfg(debug_assertions)]
    law: LittlesLaw,
    /// By member: when it came.
    #[cfg(debug_assertions)]
    since: Vec<SimTime>,
}

impl Stays {
    #[inline]
    pub(super) fn enter(&mut self, now: SimTime, member: u32) {
        #[cfg(debug_assertions)]
        {
            let member = member as usize;
            self.since.resize(self.since.len().max(member + 1), SimTime::ZERO);
            self.since[member] = now;
            self.law.enter(now);
        }
        #[cfg(not(debug_assertions))]
        let _ = (now, member);
    }

    #[inline]
    pub(super) fn leave(&mut self, now: SimTime, member: u32) {
        #[cfg(debug_assertions)]
        self.law.leave(now, self.since[member as usize]);
        #[cfg(not(debug_assertions))]
        let _ = (now, member);
    }
}
