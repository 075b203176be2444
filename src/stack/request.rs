//! A request: where it is in its program, who waits for it, and what it did so far.

use crate::kernel::{SimTime, Span};

use super::blueprint::MAX_LOOKUP_DEPTH;
use super::slab::Id;

/// Marks of one request that are kept for its trace; later ones take the place of the last.
pub(crate) const MAX_MARKS: usize = 32;

/// Who waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Client {
    /// A visitor, and the page view that it belongs to.
    Visitor(Id, u16),
    /// The kubelet, for its readiness probe.
    Kubelet,
    /// An operator's `curl`.
    Curl(u32),
    /// Nobody: a background job of this kind.
    Job(u8),
}

/// Where it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Host {
    /// Not accepted yet.
    Nowhere,
    /// In the accept queue of a pod, which has this place.
    Queue(u16),
    /// On a worker of a pod.
    Worker(u16, u16),
    /// On the background workers' processor, in this slot.
    Jobs(u16),
}

/// What it waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Waits {
    /// For a pod to accept it.
    Accept,
    /// For the processor.
    Cpu,
    /// For the cache.
    Cache,
    /// For a connection of this pool.
    Pool(u8),
    /// For the query that runs on this pool's connection.
    Query(u8, u16),
    /// For another service.
    External,
    /// To try its query again.
    Backoff,
}

/// A request under way. It fills one line of the processor's cache: most of what an event touches is one request.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Request {
    pub(crate) client: Client,
    pub(crate) host: Host,
    pub(crate) waits: Waits,
    /// The endpoint by index; meaningless for jobs and probes of the kubelet.
    pub(crate) endpoint: u8,
    /// Whether the client was answered already (with a 504) while the work goes on.
    pub(crate) answered: bool,
    pub(crate) member: bool,
    /// Tries of the query under way.
    pub(crate) tries: u8,
    /// Which pod the load balancer counts it at.
    pub(crate) balanced: PodMark,
    /// Where in the program.
    pub(crate) pc: u16,
    pub(crate) keys: [u32; MAX_LOOKUP_DEPTH],
    /// When the load balancer took it.
    pub(crate) born: SimTime,
    /// When the step under way began.
    pub(crate) step_since: SimTime,
    /// When the query under way was first asked for, pool wait included.
    pub(crate) query_since: SimTime,
    pub(crate) marks: u8,
}

const _: () = assert!(size_of::<Request>() == 64);

/// A pod or none, in two bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PodMark(u16);

impl PodMark {
    /// No pod.
    pub(crate) const NONE: PodMark = PodMark(u16::MAX);

    /// This pod.
    pub(crate) fn at(pod: u16) -> PodMark {
        debug_assert!(pod != u16::MAX, "there are fewer pods than that");
        PodMark(pod)
    }

    /// The pod, which is then forgotten.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<u16> {
        let pod = std::mem::replace(self, PodMark::NONE).0;
        (pod != u16::MAX).then_some(pod)
    }
}

/// What one remembered step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// In the accept queue.
    Queue,
    /// On the pod's processor.
    Cpu,
    /// At the cache; the detail is the key space, or that plus 128 for a hit.
    Cache,
    /// Waiting for a connection; the detail is the pool.
    PoolWait,
    /// A query; the detail is its index.
    Query,
    /// Of the query before it: not a step, but how long it waited for locks (the start) and then for the disk (the end).
    QueryWaits,
    /// A call of another service; the detail is its index.
    External,
    /// Pausing before another try.
    Backoff,
}

/// A remembered step, by times after the request's birth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) kind: MarkKind,
    pub(crate) failed: bool,
    pub(crate) detail: u16,
    pub(crate) start: TraceTime,
    pub(crate) end: TraceTime,
}

const _: () = assert!(size_of::<Mark>() == 12);

impl Mark {
    pub(crate) const NONE: Mark = Mark {
        kind: MarkKind::Queue,
        failed: false,
        detail: 0,
        start: TraceTime::ZERO,
        end: TraceTime::ZERO,
    };
}

/// A time in a trace, in steps of 1,024 ns, of which half a word holds 73 minutes; longer ones are cut to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceTime(u32);

/// Nanoseconds in a step, as a shift.
const STEP_BITS: u32 = 10;

impl TraceTime {
    pub(crate) const ZERO: TraceTime = TraceTime(0);

    /// From one instant to another, which must not be earlier.
    #[inline]
    pub(crate) fn since(from: SimTime, to: SimTime) -> TraceTime {
        TraceTime::of(to.since(from))
    }

    /// So long.
    #[inline]
    pub(crate) fn of(span: Span) -> TraceTime {
        TraceTime((span.0 >> STEP_BITS).min(u64::from(u32::MAX)) as u32)
    }

    /// How long that is.
    pub(crate) fn span(self) -> Span {
        Span(u64::from(self.0) << STEP_BITS)
    }
}
