//! The buffer cache: which share of each relation is in shared buffers, which only in the kernel's page cache.
//!
//! Pages are not kept one by one: 60 GB would be eight million of them, touched by thousands of statements a second.
//! Each relation has two segments, the *hot* pages that most look-ups go to and the *cold* rest, and for each segment
//! the number of pages resident at either level. Look-ups that miss load pages; what no longer fits pushes others out,
//! least recently used first: a segment gives up pages in proportion to how many it has and how rarely each is
//! touched (the independent-reference approximation of Che, Tung and Wang, 2002, made dynamic). So a site whose
//! working set was pushed out by large scans comes back cold and warms as fast as the disk allows.
//!
//! Large sequential scans go through a ring in shared buffers (`bufmgr`'s `BAS_BULKREAD`, relations above a quarter
//! of shared buffers) and so spoil the kernel's cache only.

use crate::kernel::{SimTime, Span};

/// Relations whose scans use a ring: larger than this share of shared buffers (`heapam.c`, `initscan`).
const RING_SHARE: f64 = 0.25;
/// Over what time a segment's touch rate is averaged, seconds.
const RATE_MEMORY_S: f64 = 120.0;
/// Touches per page and second that even the least wanted page is granted, so that none is evicted infinitely fast.
const RATE_FLOOR: f64 = 1e-6;
/// Passes over the segments until what must go has gone: later passes only take what full segments could not give.
const EVICTION_PASSES: usize = 4;

/// A relation in the cache: dense, stable while the relation lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolId(pub u32);

/// How an access spreads over a relation's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Follows what is popular: mostly the hot pages.
    Popular,
    /// Any page alike.
    Uniform,
    /// Front to back, with read-ahead.
    Sequential,
}

/// What a number of page accesses came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Touch {
    /// Found in shared buffers.
    pub hit: f64,
    /// Read from the kernel's cache: a copy, no disk.
    pub copied: f64,
    /// Read from disk.
    pub disk: f64,
}

impl Touch {
    /// This many times as much: probabilities to expected counts.
    #[must_use]
    pub fn times(&self, factor: f64) -> Touch {
        Touch { hit: self.hit * factor, copied: self.copied * factor, disk: self.disk * factor }
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: Touch) -> Touch {
        Touch { hit: self.hit + other.hit, copied: self.copied + other.copied, disk: self.disk + other.disk }
    }

    /// What PostgreSQL calls `read`: not found in shared buffers.
    pub fn read(&self) -> f64 {
        self.copied + self.disk
    }
}

/// Which pages of a relation are wanted most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkingSet {
    /// The hot pages' share of all pages, in (0, 1].
    pub pages: f64,
    /// The share of popular accesses that go to them, in [0, 1].
    pub accesses: f64,
}

impl WorkingSet {
    /// The usual shop: nine in ten look-ups go to 15 % of the pages.
    pub const USUAL: WorkingSet = WorkingSet { pages: 0.15, accesses: 0.9 };
}

/// How much of one relation is resident, in pages (`pg_buffercache` summed by relation).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Residency {
    /// The relation's oid.
    pub oid: u32,
    /// All its pages.
    pub pages: f64,
    /// In shared buffers.
    pub shared: f64,
    /// In the kernel's cache and not in shared buffers.
    pub cached: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Segment {
    pages: f64,
    shared: f64,
    cached: f64,
    /// Touches of each page per second, averaged over `RATE_MEMORY_S`.
    rate: f64,
    /// Single-page touches since the last settling, which may load pages.
    touched: f64,
    /// Pages passed by scans since the last settling; already loaded.
    scanned: f64,
    /// How easily it gives up pages, while some have to go.
    ease: f64,
}

impl Segment {
    fn absent(&self) -> f64 {
        (self.pages - self.shared - self.cached).max(0.0)
    }

    /// Loads what was missed in the last `seconds`, of whose touch rate `keep` is the weight of the time before.
    #[inline]
    fn settle(&mut self, keep: f64, seconds: f64) {
        let touches = self.touched + self.scanned;
        if touches == 0.0 {
            self.rate *= keep;
            return;
        }
        let rate = if self.pages > 0.0 { touches / self.pages / seconds } else { 0.0 };
        self.rate = self.rate * keep + rate * (1.0 - keep);
        let copied = (self.touched * self.share(self.cached)).min(self.cached);
        let loaded = (self.touched * self.share(self.absent())).min(self.absent());
        self.cached -= copied;
        self.shared += copied + loaded;
        (self.touched, self.scanned) = (0.0, 0.0);
    }

    fn share(&self, part: f64) -> f64 {
        if self.pages > 0.0 { (part / self.pages).clamp(0.0, 1.0) } else { 0.0 }
    }
}

#[derive(Debug, Clone)]
struct Pool {
    oid: u32,
    working_set: WorkingSet,
    /// What share of a popular access goes to each, and of an even one.
    popular: [f64; 2],
    even: [f64; 2],
}

/// A relation's hot and cold pages.
type Segments = [Segment; 2];

fn pages([hot, cold]: &Segments) -> f64 {
    hot.pages + cold.pages
}

impl Pool {
    fn new(oid: u32, working_set: WorkingSet) -> Pool {
        Pool { oid, working_set, popular: [1.0, 0.0], even: [1.0, 0.0] }
    }

    /// What share of an access with this spread goes to the hot and to the cold segment.
    #[inline]
    fn weights(&self, spread: Spread) -> [f64; 2] {
        match spread {
            Spread::Popular => self.popular,
            Spread::Uniform | Spread::Sequential => self.even,
        }
    }

    fn resize(&mut self, segments: &mut Segments, pages: f64) {
        let hot = (pages * self.working_set.pages).ceil().min(pages);
        for (segment, size) in segments.iter_mut().zip([hot, pages - hot]) {
            segment.pages = size;
            segment.shared = segment.shared.min(size);
            segment.cached = segment.cached.min(size - segment.shared);
        }
        let [hot, cold] = segments.map(|segment| segment.pages);
        let accesses = self.working_set.accesses;
        self.popular = if cold > 0.0 { [accesses, 1.0 - accesses] } else { [1.0, 0.0] };
        self.even = if hot + cold > 0.0 { [hot / (hot + cold), cold / (hot + cold)] } else { [1.0, 0.0] };
    }
}

/// How a popular access to a relation would fare, and an even one, as far as it was asked for.
type Known = [Option<Touch>; 2];

/// Shared buffers and the kernel's page cache of one server.
#[derive(Debug, Clone)]
pub struct BufferCache {
    pools: Vec<Option<Pool>>,
    /// By pool; empty where there is none. Side by side, since all are gone through several times a second.
    segments: Vec<Segments>,
    /// By pool: what was found out since its pages last came or went.
    known: Vec<Known>,
    shared_capacity: f64,
    cache_capacity: f64,
    settled: SimTime,
    evicted_shared: f64,
}

impl BufferCache {
    /// An empty cache of the given sizes in 8 kB pages. The kernel's part is what is left for the page cache beside
    /// shared buffers; a page in both counts once.
    pub fn new(shared_pages: u64, cache_pages: u64) -> BufferCache {
        BufferCache {
            pools: Vec::new(),
            segments: Vec::new(),
            known: Vec::new(),
            shared_capacity: shared_pages as f64,
            cache_capacity: cache_pages as f64,
            settled: SimTime::ZERO,
            evicted_shared: 0.0,
        }
    }

    /// Adds a relation with nothing resident.
    pub fn add(&mut self, oid: u32, pages: u64, working_set: WorkingSet) -> PoolId {
        let at = self.pools.iter().position(Option::is_none).unwrap_or_else(|| {
            self.pools.push(None);
            self.segments.push(Segments::default());
            self.known.push(Known::default());
            self.pools.len() - 1
        });
        let mut pool = Pool::new(oid, working_set);
        pool.resize(&mut self.segments[at], pages as f64);
        self.known[at] = Known::default();
        self.pools[at] = Some(pool);
        PoolId(at as u32)
    }

    /// Forgets a dropped relation; its pages are free at once.
    pub fn remove(&mut self, oid: u32) {
        if let Some(id) = self.pool(oid) {
            self.pools[id.0 as usize] = None;
            self.segments[id.0 as usize] = Segments::default();
            self.known[id.0 as usize] = Known::default();
        }
    }

    /// The pool of a relation.
    pub fn pool(&self, oid: u32) -> Option<PoolId> {
        self.pools.iter().position(|p| p.as_ref().is_some_and(|p| p.oid == oid)).map(|at| PoolId(at as u32))
    }

    /// Sets a relation's size after it grew or was rebuilt.
    pub fn resize(&mut self, oid: u32, pages: u64) {
        if let Some(id) = self.pool(oid)
            && let Some(pool) = &mut self.pools[id.0 as usize]
        {
            pool.resize(&mut self.segments[id.0 as usize], pages as f64);
            self.known[id.0 as usize] = Known::default();
        }
    }

    /// How a single access would fare now: probabilities that sum to one.
    #[inline]
    pub fn chances(&mut self, id: PoolId, spread: Spread) -> Touch {
        let which = usize::from(spread != Spread::Popular);
        match self.known.get(id.0 as usize) {
            Some(known) => known[which].unwrap_or_else(|| self.find_chances(id, spread, which)),
            None => Touch { hit: 1.0, ..Touch::default() },
        }
    }

    fn find_chances(&mut self, id: PoolId, spread: Spread, which: usize) -> Touch {
        let Some(pool) = &self.pools[id.0 as usize] else {
            return Touch { hit: 1.0, ..Touch::default() };
        };
        let mut chances = Touch::default();
        for (segment, weight) in self.segments[id.0 as usize].iter().zip(pool.weights(spread)) {
            let (hit, copied) = (segment.share(segment.shared), segment.share(segment.cached));
            chances.hit += weight * hit;
            chances.copied += weight * copied;
            chances.disk += weight * (1.0 - hit - copied).max(0.0);
        }
        self.known[id.0 as usize][which] = Some(chances);
        chances
    }

    /// Records single-page accesses; the pages that they miss are loaded at the next settling.
    pub fn touch(&mut self, id: PoolId, spread: Spread, accesses: f64) {
        let Some((pool, segments)) = self.get_mut(id) else { return };
        for (segment, weight) in segments.iter_mut().zip(pool.weights(spread)) {
            segment.touched += weight * accesses;
        }
    }

    /// Reads `pages` of a relation front to back: what was found where. The pages are resident afterwards, in the
    /// kernel's cache only when the relation is large enough for a ring.
    pub fn scan(&mut self, id: PoolId, pages: f64) -> Touch {
        let ring_above = self.shared_capacity * RING_SHARE;
        let chances = self.chances(id, Spread::Sequential);
        let Some((pool, segments)) = self.get_mut(id) else {
            return Touch { hit: pages, ..Touch::default() };
        };
        let ring = self::pages(segments) > ring_above;
        for (segment, weight) in segments.iter_mut().zip(pool.weights(Spread::Sequential)) {
            let passed = (pages * weight).min(segment.pages);
            let absent = passed * segment.share(segment.absent());
            segment.scanned += passed;
            if ring {
                segment.cached += absent;
            } else {
                let copied = passed * segment.share(segment.cached);
                segment.cached -= copied;
                segment.shared += absent + copied;
            }
        }
        self.known[id.0 as usize] = Known::default();
        Touch { hit: pages * chances.hit, copied: pages * chances.copied, disk: pages * chances.disk }
    }

    /// Pages written through the kernel (index builds, temporary files): resident there.
    pub fn write_through(&mut self, id: PoolId, pages: f64) {
        let Some((pool, segments)) = self.get_mut(id) else { return };
        for (segment, weight) in segments.iter_mut().zip(pool.weights(Spread::Sequential)) {
            let absent = segment.absent();
            segment.cached += (pages * weight).min(absent);
            segment.scanned += (pages * weight).min(segment.pages);
        }
        self.known[id.0 as usize] = Known::default();
    }

    /// Brings the books up to `now`: loads what was missed, averages touch rates, pushes out what no longer fits.
    /// Call a few times a second.
    pub fn settle(&mut self, now: SimTime) {
        let elapsed = now - self.settled;
        if elapsed == Span(0) {
            return;
        }
        self.settled = now;
        let seconds = elapsed.as_secs_f64();
        let keep = libm::exp(-seconds / RATE_MEMORY_S);
        let (mut shared, mut cached) = (0.0, 0.0);
        for segment in self.segments.as_flattened_mut() {
            segment.settle(keep, seconds);
            shared += segment.shared;
            cached += segment.cached;
        }
        self.evict(shared, cached);
        self.known.fill(Known::default());
    }

    /// Fills the cache as a server that has run for days has it: hot pages first, then what still fits.
    pub fn warm(&mut self) {
        let (mut shared, mut cached) = (self.shared_capacity, self.cache_capacity);
        for which in 0..2 {
            let wanted: f64 = self.segments.iter().map(|segments| segments[which].pages).sum();
            let to_shared = (shared / wanted.max(1.0)).min(1.0);
            let to_cached = (cached / (wanted * (1.0 - to_shared)).max(1.0)).min(1.0);
            for segments in &mut self.segments {
                let segment = &mut segments[which];
                segment.shared = segment.pages * to_shared;
                segment.cached = (segment.pages - segment.shared) * to_cached;
                shared -= segment.shared;
                cached -= segment.cached;
            }
        }
        self.known.fill(Known::default());
    }

    /// What is resident, relation by relation.
    pub fn residency(&self) -> impl Iterator<Item = Residency> + '_ {
        self.pools.iter().zip(&self.segments).filter_map(|(pool, segments)| {
            Some(Residency {
                oid: pool.as_ref()?.oid,
                pages: pages(segments),
                shared: segments.iter().map(|s| s.shared).sum(),
                cached: segments.iter().map(|s| s.cached).sum(),
            })
        })
    }

    /// Shared buffers in use and in all, in pages.
    pub fn shared_usage(&self) -> (f64, f64) {
        (self.residency().map(|r| r.shared).sum(), self.shared_capacity)
    }

    /// Pages that left shared buffers to make room, since the start.
    pub fn evicted(&self) -> f64 {
        self.evicted_shared
    }

    /// Pushes out what no longer fits of the pages that are resident at either level.
    fn evict(&mut self, shared: f64, mut cached: f64) {
        let shared_over = shared - self.shared_capacity;
        if shared_over > 0.0 {
            self.evicted_shared += shared_over;
            self.push_out(
                shared_over,
                |s| s.shared,
                |s, gone| {
                    s.shared -= gone;
                    s.cached += gone;
                },
            );
            cached = self.segments.as_flattened().iter().map(|s| s.cached).sum();
        }
        let cached_over = cached - self.cache_capacity;
        if cached_over > 0.0 {
            self.push_out(cached_over, |s| s.cached, |s, gone| s.cached -= gone);
        }
    }

    fn push_out(
        &mut self,
        mut excess: f64,
        level: impl Fn(&Segment) -> f64,
        take: impl Fn(&mut Segment, f64),
    ) {
        for _ in 0..EVICTION_PASSES {
            if excess < 0.5 {
                return;
            }
            let mut total = 0.0;
            for segment in self.segments.as_flattened_mut() {
                segment.ease = level(segment) / (segment.rate + RATE_FLOOR);
                total += segment.ease;
            }
            if total <= 0.0 {
                return;
            }
            let mut gone = 0.0;
            for segment in self.segments.as_flattened_mut() {
                let part = (excess * segment.ease / total).min(level(segment));
                take(segment, part);
                gone += part;
            }
            excess -= gone;
        }
    }

    fn get_mut(&mut self, id: PoolId) -> Option<(&Pool, &mut Segments)> {
        let pool = self.pools.get(id.0 as usize)?.as_ref()?;
        Some((pool, &mut self.segments[id.0 as usize]))
    }
}
