//! The product cache: which keys it holds follows from who asked for what, and when.
//!
//! Every lookup names a key by its popularity rank, drawn from a Zipf distribution. A key is held from the miss that filled
//! it until its time to live is over, or until it was evicted for space: the one that expires first out of a few sampled
//! ones goes, as Redis does with `maxmemory-policy volatile-ttl`. So a flush is followed by a stampede, and warming up takes
//! as long as the tail of the popularity is long, without either being written down anywhere.

use crate::kernel::{SimTime, Span, Stream};

use super::blueprint::SpacePlan;

/// Points of the inverse distribution function that are kept; between them it is interpolated.
const QUANTILES: usize = 4096;
/// Keys that are looked at to find one to evict: Redis' `maxmemory-samples`.
const EVICTION_SAMPLES: u64 = 5;
/// Lookups that are made up at most to warm one space.
const WARMING_LOOKUPS: u64 = 4_000_000;

/// The cache and the popularity of what it holds.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    spaces: Vec<Space>,
    /// By entry, when it expires, in milliseconds; [`ABSENT`] when it isn't held.
    expires_ms: Vec<u32>,
    /// The entries that are held.
    held: Vec<u32>,
    capacity: usize,
    stream: Stream,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) fills: u64,
    pub(crate) evictions: u64,
}

/// When a key expires that isn't held.
const ABSENT: u32 = 0;

/// A kind of keys: its entries are those from `first` on.
#[derive(Clone, Debug)]
struct Space {
    first: u32,
    keys: u32,
    ttl: Span,
    quantiles: Vec<f32>,
}

impl Cache {
    /// Room for `capacity` entries of these spaces together.
    pub(crate) fn new(plans: &[SpacePlan], capacity: u64, stream: Stream) -> Cache {
        let mut first = 0;
        let mut spaces = Vec::new();
        for plan in plans {
            let quantiles = zipf_quantiles(plan.keys, plan.skew);
            spaces.push(Space { first, keys: plan.keys, ttl: plan.ttl, quantiles });
            first += plan.keys;
        }
        let entries = first as usize;
        Cache {
            spaces,
            expires_ms: vec![ABSENT; entries],
            held: Vec::new(),
            capacity: capacity.clamp(1, entries.max(1) as u64) as usize,
            stream,
            hits: 0,
            misses: 0,
            fills: 0,
            evictions: 0,
        }
    }

    /// Fills it as a long quiet time before the start would have, during which each space was asked for so many keys a
    /// second: a key is held with the probability that it was asked for within its time to live.
    pub(crate) fn warm(&mut self, lookups_per_s: &[f64]) {
        for (index, &rate) in lookups_per_s.iter().enumerate().take(self.spaces.len()) {
            let lookups = rate * self.spaces[index].ttl.as_secs_f64();
            let ttl_ms = self.spaces[index].ttl.as_millis().clamp(1, u64::from(u32::MAX));
            for _ in 0..(lookups as u64).min(WARMING_LOOKUPS) {
                let key = self.draw_key(index as u8);
                let entry = self.entry(index as u8, key);
                if self.expires_ms[entry as usize] == ABSENT {
                    let left = 1 + self.stream.below(ttl_ms);
                    self.hold(entry, left as u32);
                }
            }
        }
    }

    /// Draws a key of a space by popularity.
    #[inline]
    pub(crate) fn draw_key(&mut self, space: u8) -> u32 {
        let place = self.stream.unit() * (QUANTILES - 1) as f64;
        let index = place as usize;
        let space = &self.spaces[usize::from(space)];
        let (low, high) = (f64::from(space.quantiles[index]), f64::from(space.quantiles[index + 1]));
        let key = low + (high - low) * (place - index as f64);
        (key as u32).min(space.keys - 1)
    }

    /// Whether the key is held.
    #[inline]
    pub(crate) fn lookup(&mut self, now: SimTime, space: u8, key: u32) -> bool {
        let entry = self.entry(space, key) as usize;
        let hit = u64::from(self.expires_ms[entry]) > now.0 / 1_000_000;
        if hit {
            self.hits += 1
        } else {
            self.misses += 1
        }
        hit
    }

    /// Puts a key in, with the whole time to live before it.
    pub(crate) fn fill(&mut self, now: SimTime, space: u8, key: u32) {
        let entry = self.entry(space, key);
        self.fills += 1;
        let expires = (now + self.spaces[usize::from(space)].ttl).0 / 1_000_000;
        self.hold(entry, expires.clamp(1, u64::from(u32::MAX)) as u32);
    }

    /// Forgets everything.
    pub(crate) fn flush(&mut self) {
        for entry in self.held.drain(..) {
            self.expires_ms[entry as usize] = ABSENT;
        }
    }

    /// Keys held, whether or not they expired meanwhile (expired ones go when space is needed).
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// Keys held of each space.
    pub(crate) fn held_by_space(&self) -> Vec<u64> {
        let mut counts = vec![0; self.spaces.len()];
        for entry in &self.held {
            let after = self.spaces.partition_point(|space| space.first <= *entry);
            counts[after - 1] += 1;
        }
        counts
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The longest time to live of any space.
    pub(crate) fn ttl(&self) -> Span {
        self.spaces.iter().map(|space| space.ttl).max().unwrap_or(Span::ZERO)
    }

    fn entry(&self, space: u8, key: u32) -> u32 {
        self.spaces[usize::from(space)].first + key
    }

    fn hold(&mut self, entry: u32, expires_ms: u32) {
        if self.expires_ms[entry as usize] == ABSENT {
            if self.held.len() >= self.capacity {
                self.evictions += 1;
                self.evict();
            }
            self.held.push(entry);
        }
        self.expires_ms[entry as usize] = expires_ms;
    }

    fn evict(&mut self) {
        let expires_ms = |cache: &Cache, place: usize| cache.expires_ms[cache.held[place] as usize];
        let mut victim = self.stream.below(self.held.len() as u64) as usize;
        for _ in 1..EVICTION_SAMPLES {
            let other = self.stream.below(self.held.len() as u64) as usize;
            if expires_ms(self, other) < expires_ms(self, victim) {
                victim = other;
            }
        }
        let entry = self.held.swap_remove(victim);
        self.expires_ms[entry as usize] = ABSENT;
    }
}

/// Quantiles of the Zipf distribution over `keys` ranks, by the integral of rank^-exponent.
fn zipf_quantiles(keys: u32, exponent: f64) -> Vec<f32> {
    let n = f64::from(keys) + 1.0;
    (0..=QUANTILES)
        .map(|index| {
            let u = (index as f64 / (QUANTILES - 1) as f64).min(1.0);
            let rank = if (exponent - 1.0).abs() < 1e-6 {
                libm::pow(n, u)
            } else {
                let power = 1.0 - exponent;
                libm::pow((libm::pow(n, power) - 1.0) * u + 1.0, 1.0 / power)
            };
            (rank - 1.0) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(capacity: u64) -> Cache {
        let space = SpacePlan { name: "product".into(), keys: 10_000, skew: 0.9, ttl: Span::from_secs(60) };
        Cache::new(&[space], capacity, Stream::named(1, "cache"))
    }

    fn hit_ratio(cache: &mut Cache, now: SimTime, lookups: u32) -> f64 {
        let (hits, misses) = (cache.hits, cache.misses);
        for _ in 0..lookups {
            let key = cache.draw_key(0);
            if !cache.lookup(now, 0, key) {
                cache.fill(now, 0, key);
            }
        }
        (cache.hits - hits) as f64 / (cache.hits - hits + cache.misses - misses) as f64
    }

    #[test]
    fn a_flush_is_followed_by_misses_and_warms_up_again() {
        let mut cache = cache(10_000);
        hit_ratio(&mut cache, SimTime(0), 50_000);
        let warm = hit_ratio(&mut cache, SimTime(1), 5_000);
        cache.flush();
        let cold = hit_ratio(&mut cache, SimTime(2), 500);
        assert!(warm > 0.95 && cold < 0.6, "warm {warm}, cold {cold}");
    }

    #[test]
    fn a_small_cache_never_holds_more_than_its_capacity_and_hits_less() {
        let mut small = cache(200);
        hit_ratio(&mut small, SimTime(0), 20_000);
        let ratio = hit_ratio(&mut small, SimTime(1), 20_000);
        assert!(small.len() <= 200);
        assert!((0.15..0.75).contains(&ratio), "{ratio}");
    }
}
