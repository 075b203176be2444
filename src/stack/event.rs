//! What can happen next, and which of the sources it comes from.
//!
//! Most of what happens has a structure that a heap of events would forget: each processor has one next completion, each
//! constant time-out is a ring whose first is due first, the next arrival is one number. So the loop asks a handful of
//! *sources* for one scalar each ([`Sources`]), and only what has no structure (thinking, retries, starts) is in the heap.

use crate::kernel::SimTime;

use super::slab::Id;

/// An event of the heap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event {
    /// A second is over.
    Second,
    /// A visitor is done looking and goes on to the next page.
    Think(Id),
    /// A visitor asks for a page again: after an error, or coming back.
    Again(Id),
    /// A visitor's patience with this page view is at its end.
    Impatient(Id, u16),
    /// An external service answered, well or not.
    External(Id, bool),
    /// A request tries its query again.
    QueryAgain(Id),
    /// The upstream time-out of a request that was sent under another setting.
    UpstreamTimeout(Id),
    /// A pod's container has started.
    PodStarted(u16, u32),
    /// A pod is to be probed.
    ProbePod(u16, u32),
    /// A pod's probe must have been answered by now.
    ProbeDeadline(u16, Id),
    /// A terminating pod's grace is over.
    PodKilled(u16, u32),
    /// A kind of job is due.
    Job(u8),
    /// A change on the calendar begins (its place in the list, its phase).
    Change(u16, u8),
    /// An operation goes on.
    Operation(u32),
    /// The noisy pod writes its line.
    Noise,
    /// A probe request's client gives up.
    CurlTimeout(u32, Id),
}

impl Event {
    /// The kind as a small number and the thing's identity, for the digest.
    pub(crate) fn fingerprint(self) -> (u64, u64) {
        match self {
            Event::Second => (1, 0),
            Event::Think(id) => (2, id.as_u64()),
            Event::Again(id) => (3, id.as_u64()),
            Event::Impatient(id, serial) => (4, id.as_u64() ^ u64::from(serial) << 17),
            Event::External(id, ok) => (5, id.as_u64() ^ u64::from(ok) << 63),
            Event::QueryAgain(id) => (6, id.as_u64()),
            Event::UpstreamTimeout(id) => (7, id.as_u64()),
            Event::PodStarted(pod, generation) => (8, u64::from(generation) << 16 | u64::from(pod)),
            Event::ProbePod(pod, generation) => (9, u64::from(generation) << 16 | u64::from(pod)),
            Event::ProbeDeadline(pod, id) => (10, id.as_u64() ^ u64::from(pod) << 48),
            Event::PodKilled(pod, generation) => (11, u64::from(generation) << 16 | u64::from(pod)),
            Event::Job(kind) => (12, u64::from(kind)),
            Event::Change(change, phase) => (13, u64::from(change) << 8 | u64::from(phase)),
            Event::Operation(operation) => (14, u64::from(operation)),
            Event::Noise => (15, 0),
            Event::CurlTimeout(probe, id) => (16, id.as_u64() ^ u64::from(probe) << 32),
        }
    }
}

/// Places of the sources whose number is fixed. Ties go to the lower place.
pub(crate) mod source {
    /// The heap.
    pub(crate) const QUEUE: usize = 0;
    /// The next visitor of the daily traffic.
    pub(crate) const ARRIVALS: usize = 1;
    /// The next visitor of a surge.
    pub(crate) const SURGES: usize = 2;
    /// Page views that have to be looked at for impatience.
    pub(crate) const PATIENCE: usize = 3;
    /// Requests that the load balancer gives up on.
    pub(crate) const UPSTREAM: usize = 4;
    /// Requests that wait to be accepted by a full pod.
    pub(crate) const CONNECT: usize = 5;
    /// Cache lookups that are answered.
    pub(crate) const CACHE: usize = 6;
    /// The background workers' processor.
    pub(crate) const JOBS: usize = 7;
    /// The database servers, from here.
    pub(crate) const DATABASES: usize = 8;
    /// The pools' wait time-outs, from here.
    pub(crate) const POOLS: usize = DATABASES + super::MAX_DATABASES;
    /// The pods' processors, from here.
    pub(crate) const PODS: usize = POOLS + super::MAX_POOLS;
    /// No source.
    pub(crate) const NONE: usize = usize::MAX;
}

/// Database servers of a shop.
pub(crate) const MAX_DATABASES: usize = 2;
/// Pools of a shop.
pub(crate) const MAX_POOLS: usize = 6;
/// Pods that exist at one time, those that terminate included.
pub(crate) const MAX_PODS: usize = 96;

/// Bits of a key that hold the place.
const PLACE_BITS: u32 = 7;
/// The latest instant that a key holds, four years: it and what is later is never.
const NEVER: u64 = u64::MAX >> PLACE_BITS;
/// Sources in a block, and blocks in a row.
const BLOCK: usize = 4;
const BLOCKS: usize = (1 << PLACE_BITS) / BLOCK;
const ROWS: usize = BLOCKS / BLOCK;
/// Rows that are looked at each time.
const FIRST_ROWS: usize = 4;

/// The next instant of each source, as keys of instant and place: the least key is the earliest, and of equal instants the
/// one at the lowest place. Noting one looks at its block and its block's row again, finding the earliest looks at the
/// least keys of the first rows, which hold all but the pods after the 48th, and of the rest together.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    keys: [[u64; BLOCK]; BLOCKS],
    blocks: [[u64; BLOCK]; ROWS],
    rows: [u64; FIRST_ROWS],
    rest: [u64; ROWS - FIRST_ROWS],
    least_of_rest: u64,
}

impl Sources {
    pub(crate) fn new() -> Sources {
        const { assert!(source::PODS + MAX_PODS <= 1 << PLACE_BITS) };
        Sources {
            keys: [[u64::MAX; BLOCK]; BLOCKS],
            blocks: [[u64::MAX; BLOCK]; ROWS],
            rows: [u64::MAX; FIRST_ROWS],
            rest: [u64::MAX; ROWS - FIRST_ROWS],
            least_of_rest: u64::MAX,
        }
    }

    /// Notes when a source has something next; [`SimTime::MAX`] is never.
    #[inline]
    pub(crate) fn set(&mut self, place: usize, at: SimTime) {
        let block = place / BLOCK;
        let keys = &mut self.keys[block];
        let key = at.0.min(NEVER) << PLACE_BITS | place as u64;
        if std::mem::replace(&mut keys[place % BLOCK], key) == key {
            return;
        }
        let row = block / BLOCK;
        let blocks = &mut self.blocks[row];
        blocks[block % BLOCK] = least(keys);
        let least_of_row = least(blocks);
        match self.rows.get_mut(row) {
            Some(first) => *first = least_of_row,
            None => {
                self.rest[row - FIRST_ROWS] = least_of_row;
                self.least_of_rest = least(&self.rest);
            }
        }
    }

    /// Whether a source has something next.
    #[inline]
    pub(crate) fn is_set(&self, place: usize) -> bool {
        self.keys[place / BLOCK][place % BLOCK] >> PLACE_BITS != NEVER
    }

    /// The earliest of all sources and of the queue, which has something next at `queue`, and its place; [`SimTime::MAX`] when
    /// none has anything. The queue is not noted: it changes at nearly every event.
    #[inline]
    pub(crate) fn earliest(&self, queue: SimTime) -> (SimTime, usize) {
        let queue = queue.0.min(NEVER) << PLACE_BITS | source::QUEUE as u64;
        let key = least(&self.rows).min(self.least_of_rest.min(queue));
        let at = key >> PLACE_BITS;
        if at == NEVER {
            return (SimTime::MAX, 0);
        }
        (SimTime(at), (key & ((1 << PLACE_BITS) - 1)) as usize)
    }
}

/// The least of four, as a tournament: two comparisons after one another.
#[inline]
fn least(keys: &[u64; BLOCK]) -> u64 {
    let [a, b, c, d] = *keys;
    a.min(b).min(c.min(d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_source_is_found_and_ties_go_to_the_lower_place() {
        let mut sources = Sources::new();
        assert_eq!(sources.earliest(SimTime::MAX).0, SimTime::MAX);
        sources.set(source::PODS + 9, SimTime(70));
        sources.set(source::CACHE, SimTime(70));
        assert_eq!(sources.earliest(SimTime(71)), (SimTime(70), source::CACHE));
        assert_eq!(sources.earliest(SimTime(70)), (SimTime(70), source::QUEUE));
        sources.set(source::CACHE, SimTime::MAX);
        assert_eq!(sources.earliest(SimTime(71)), (SimTime(70), source::PODS + 9));
        let last = source::PODS + MAX_PODS - 1;
        sources.set(last, SimTime(69));
        assert_eq!(sources.earliest(SimTime(71)), (SimTime(69), last));
        sources.set(last, SimTime(71));
        assert_eq!(sources.earliest(SimTime(71)), (SimTime(70), source::PODS + 9));
    }
}
