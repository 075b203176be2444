//! A processor shared equally by all who use it: the CPUs of a pod or a database server, or a disk's
//! bandwidth.
//!
//! With `n` jobs on `c` cores each job runs at the rate min(1, c/n). Advancing every job at every event would
//! cost O(n); instead one *virtual clock* shows the work that a job present all along would have received,
//! and a job that arrives when it shows `v` with `w` of work leaves when it shows `v + w` (Parekh &
//! Gallager's generalised processor sharing, 1993). So the jobs stand in the order of their leaving times,
//! which nothing changes while jobs come and go, and the station has one scalar next completion.
//!
//! All arithmetic is on integers. The virtual clock counts 1/4096 ns; at each change it is rounded down, and
//! completion times are rounded up: a job may leave a nanosecond late, but never before its work was done.

use super::little::Stays;
use super::time::{SimTime, Span};

/// An egalitarian processor-sharing station of `cores` cores, at most one for each job.
///
/// Jobs are small integers chosen by the caller (an index into its own table). Completing one costs the same however many are
/// here; submitting one moves those that leave before it, which for the few dozens of a busy station is quicker than a heap.
#[derive(Clone, Debug)]
pub struct SharedProcessor {
    millicores: u64,
    /// Ticks of the virtual clock in a thousand nanoseconds when one job has all cores.
    rate: Divisor,
    /// Those that are here, the one that leaves next last; of equal ones the one submitted later stands before.
    jobs: Vec<Job>,
    virtual_clock: u64,
    updated: SimTime,
    busy_millicore_ns: u64,
    /// When the next job will be done; [`SimTime::MAX`] without one.
    next: SimTime,
    stays: Stays,
}

/// Two words, so that a job travels in registers: packed from smaller fields it is written in pieces and read whole a moment
/// later, which stalls for longer than the rest of a submission takes.
#[derive(Clone, Copy, Debug)]
struct Job {
    /// The virtual clock's reading when the work is done.
    finish: u64,
    /// The caller's number.
    key: u64,
}

/// With more jobs than this the place of a new one is found by halving, not by passing one after the other.
const FEW: usize = 128;
/// The virtual clock's ticks in a nanosecond, as a shift. 52 bits of nanoseconds remain: 52 days of
/// uninterrupted work.
const FRACTION_BITS: u32 = 12;
/// The longest work that a job may bring: 13 days. Longer work is cut to it.
const MAX_WORK: u64 = 1 << 50;

impl SharedProcessor {
    /// An idle processor. `cores` may be a fraction; it is kept to a thousandth, and is at least that.
    pub fn new(cores: f64) -> SharedProcessor {
        SharedProcessor {
            millicores: millicores(cores),
            rate: rate(millicores(cores)),
            jobs: Vec::new(),
            virtual_clock: 0,
            updated: SimTime::ZERO,
            busy_millicore_ns: 0,
            next: SimTime::MAX,
            stays: Stays::default(),
        }
    }

    /// Adds a job with this much work, measured alone on one core. The job must not be here already.
    #[inline]
    pub fn submit(&mut self, now: SimTime, job: u32, work: Span) {
        debug_assert!(!self.contains(job), "job {job} submitted twice to one processor");
        self.advance(now);
        if self.jobs.is_empty() {
            self.virtual_clock = 0;
        }
        let finish = self.virtual_clock + (work.0.min(MAX_WORK) << FRACTION_BITS);
        self.stays.enter(now, job);
        self.insert(Job { finish, key: u64::from(job) });
        self.reschedule();
    }

    /// Takes a job away before it is done, and tells the work it had left (rounded up); `None` if it is not
    /// here.
    pub fn remove(&mut self, now: SimTime, job: u32) -> Option<Span> {
        let index = self.index_of(job)?;
        self.advance(now);
        let left = self.jobs.remove(index).finish.saturating_sub(self.virtual_clock);
        self.stays.leave(now, job);
        self.reschedule();
        Some(Span(left.div_ceil(1 << FRACTION_BITS)))
    }

    /// When the next job will be done, if nothing else happens.
    #[inline]
    pub fn next_completion(&self) -> Option<SimTime> {
        (self.next < SimTime::MAX).then_some(self.next)
    }

    /// The same as an instant: [`SimTime::MAX`] when nothing is here.
    #[inline]
    pub fn next_or_never(&self) -> SimTime {
        self.next
    }

    /// Takes one job that is done by `now`; of several, the one with the least work left at its arrival, then
    /// the one submitted first. Call until `None`.
    #[inline]
    pub fn complete(&mut self, now: SimTime) -> Option<u32> {
        if self.next > now || self.jobs.is_empty() {
            return None;
        }
        self.advance(now);
        let Job { finish, key } = self.jobs.pop()?;
        debug_assert!(finish <= self.virtual_clock, "completion computed too early");
        self.stays.leave(now, key as u32);
        self.reschedule();
        Some(key as u32)
    }

    /// The work that a job has left, rounded up; `None` if it is not here. `now` must not be before the last
    /// change.
    pub fn left(&self, now: SimTime, job: u32) -> Option<Span> {
        let index = self.index_of(job)?;
        let clock = self.virtual_clock + self.progress(now.since(self.updated));
        Some(Span(self.jobs[index].finish.saturating_sub(clock).div_ceil(1 << FRACTION_BITS)))
    }

    /// True while the job is here.
    pub fn contains(&self, job: u32) -> bool {
        self.index_of(job).is_some()
    }

    /// Number of jobs here.
    pub fn load(&self) -> usize {
        self.jobs.len()
    }

    /// Number of cores.
    pub fn cores(&self) -> f64 {
        self.millicores as f64 / 1000.0
    }

    /// Share of its cores in use right now, 0 to 1.
    pub fn utilisation(&self) -> f64 {
        self.busy_millicores() as f64 / self.millicores as f64
    }

    /// Core time used from the start until `now`, in nanoseconds: 2 cores busy for 1 s are 2e9.
    pub fn busy_core_ns(&self, now: SimTime) -> u64 {
        (self.busy_millicore_ns + self.busy_millicores() * now.since(self.updated).0) / 1000
    }

    /// Changes the number of cores.
    pub fn set_cores(&mut self, now: SimTime, cores: f64) {
        self.advance(now);
        self.millicores = millicores(cores);
        self.rate = rate(self.millicores);
        self.reschedule();
    }

    /// Takes all jobs away, in the order in which they would have finished, and hands each to `dropped`.
    pub fn clear(&mut self, now: SimTime, mut dropped: impl FnMut(u32)) {
        self.advance(now);
        while let Some(first) = self.jobs.pop() {
            self.stays.leave(now, first.key as u32);
            dropped(first.key as u32);
        }
        self.reschedule();
    }

    fn index_of(&self, job: u32) -> Option<usize> {
        self.jobs.iter().position(|here| here.key == u64::from(job))
    }

    #[inline]
    fn busy_millicores(&self) -> u64 {
        self.millicores.min(self.jobs.len() as u64 * 1000)
    }

    /// True when each job has a core to itself.
    #[inline]
    fn uncontended(&self) -> bool {
        self.jobs.len() as u64 * 1000 <= self.millicores
    }

    /// Ticks of the virtual clock in `elapsed`, rounded down.
    #[inline]
    fn progress(&self, elapsed: Span) -> u64 {
        if self.uncontended() {
            return elapsed.0 << FRACTION_BITS;
        }
        let shared_by = self.shared_by();
        match elapsed.0.checked_mul(self.rate.value) {
            Some(product) => shared_by.divide(product).0,
            None => {
                (u128::from(elapsed.0) * u128::from(self.rate.value) / u128::from(shared_by.value)) as u64
            }
        }
    }

    /// Nanoseconds until the virtual clock has moved by `ticks`, rounded up: the inverse of
    /// [`Self::progress`].
    #[inline]
    fn duration(&self, ticks: u64) -> u64 {
        if self.uncontended() {
            return ticks.div_ceil(1 << FRACTION_BITS);
        }
        let shared_by = self.shared_by().value;
        match ticks.checked_mul(shared_by) {
            Some(product) => {
                let (quotient, remainder) = self.rate.divide(product);
                quotient + u64::from(remainder > 0)
            }
            None => (u128::from(ticks) * u128::from(shared_by)).div_ceil(u128::from(self.rate.value)) as u64,
        }
    }

    /// Number of jobs, in thousandths, as millicores are.
    #[inline]
    fn shared_by(&self) -> Divisor {
        match SHARED_BY.get(self.jobs.len()) {
            Some(&divisor) => divisor,
            None => Divisor::new(self.jobs.len() as u64 * 1000),
        }
    }

    #[inline]
    fn advance(&mut self, now: SimTime) {
        let elapsed = now - self.updated;
        if elapsed.0 == 0 {
            return;
        }
        self.updated = now;
        if self.jobs.is_empty() {
            return;
        }
        self.busy_millicore_ns += self.busy_millicores() * elapsed.0;
        self.virtual_clock += self.progress(elapsed);
    }

    #[inline]
    fn reschedule(&mut self) {
        self.next = self.jobs.last().map_or(SimTime::MAX, |first| {
            self.updated + Span(self.duration(first.finish.saturating_sub(self.virtual_clock)))
        });
    }

    #[inline]
    fn insert(&mut self, job: Job) {
        if self.jobs.len() > FEW {
            let place = self.jobs.partition_point(|here| here.finish > job.finish);
            return self.jobs.insert(place, job);
        }
        self.jobs.push(job);
        let Some((mut hole, mut others)) = self.jobs.split_last_mut() else { return };
        while let Some((before, rest)) = others.split_last_mut()
            && before.finish <= job.finish
        {
            *hole = *before;
            (hole, others) = (before, rest);
        }
        *hole = job;
    }
}

fn millicores(cores: f64) -> u64 {
    ((cores * 1000.0 + 0.5) as u64).clamp(1, 1 << 24)
}

fn rate(millicores: u64) -> Divisor {
    Divisor::new(millicores << FRACTION_BITS)
}

/// Divisors of the loads that occur, for [`SharedProcessor::shared_by`].
static SHARED_BY: [Divisor; 256] = {
    let mut table = [Divisor::new(1); 256];
    let mut load = 1;
    while load < table.len() {
        table[load] = Divisor::new(load as u64 * 1000);
        load += 1;
    }
    table
};

/// A number to divide by again and again: the processor's own division takes as long as twenty additions, and a
/// submission with a completion has four of them.
#[derive(Clone, Copy, Debug)]
struct Divisor {
    value: u64,
    /// (2^64 - e) / value, where 1 <= e <= value.
    reciprocal: u64,
}

impl Divisor {
    const fn new(value: u64) -> Divisor {
        Divisor { value, reciprocal: u64::MAX / value }
    }

    /// Quotient and remainder. The product with the reciprocal falls short of `dividend / value` by less than 1, so
    /// one correction makes it exact.
    #[inline]
    fn divide(self, dividend: u64) -> (u64, u64) {
        let quotient = ((u128::from(dividend) * u128::from(self.reciprocal)) >> 64) as u64;
        let remainder = dividend - quotient * self.value;
        if remainder >= self.value { (quotient + 1, remainder - self.value) } else { (quotient, remainder) }
    }
}

#[cfg(test)]
mod tests {
    use super::Divisor;

    #[test]
    fn a_product_with_the_reciprocal_is_the_quotient() {
        let dividends = (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1, !(1 << bit)]);
        for dividend in dividends {
            for value in [1, 2, 3, 999, 1000, 37_000, 4_000 << 12, 8_192_001, (1 << 36) - 1, u64::MAX] {
                let expected = (dividend / value, dividend % value);
                assert_eq!(Divisor::new(value).divide(dividend), expected, "{dividend} / {value}");
            }
        }
    }
}
