//! The product cache: which keys it holds follows from who asked for what, and when.
//!
//! Every lookup names a key by its popularity rank, drawn from a Zipf distribution. A key is held from the miss that filled
//! it until its time to live is over, or until it was evicted for space: the one that expires first out of a few sampled
//! ones goes, as Redis does with `maxmemory-policy volatile-ttl`. So a flush is followed by a stampede, and warming up takes
//! as long as the tail of the popularity is long, without either being written down anywhere.

use crate::kernel::{SimTime, Span, Stream};

/// Points of the inverse distribution function that are kept; between them it is interpolated.
const QUANTILES: usize = 4096;
/// Keys that are looked at to find one to evict: Redis' `maxmemory-samples`.
const EVICTION_SAMPLES: u64 = 5;
/// Marks a key that isn't held.
const ABSENT: u32 = u32::MAX;

/// The cache and the popularity of what it holds.
#[derive(Debug)]
pub(crate) struct Cache {
    /// By key: when it expires, in milliseconds; 0 when it isn't held.
    expires_ms: Vec<u32>,
    /// By key: its place in `held`.
    place: Vec<u32>,
    held: Vec<u32>,
    capacity: usize,
    ttl: Span,
    quantiles: Vec<f32>,
    stream: Stream,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

impl Cache {
    /// `keys` that exist, asked for with Zipf exponent `exponent`; room for `capacity` of them for `ttl` each.
    pub(crate) fn new(keys: u32, exponent: f64, capacity: u32, ttl: Span, stream: Stream) -> Cache {
        let keys = keys.max(1);
        Cache {
            expires_ms: vec![0; keys as usize],
            place: vec![ABSENT; keys as usize],
            held: Vec::with_capacity(capacity.min(keys) as usize),
            capacity: capacity.max(1) as usize,
            ttl,
            quantiles: zipf_quantiles(keys, exponent),
            stream,
            hits: 0,
            misses: 0,
        }
    }

    /// Fills it as a long quiet time before the start would have: the most popular keys, with ages spread over the time
    /// to live.
    pub(crate) fn warm(&mut self, share: f64) {
        let keys = ((self.expires_ms.len() as f64 * share) as usize).min(self.capacity);
        let ttl_ms = self.ttl.0 / 1_000_000;
        for key in 0..keys as u32 {
            let left = 1 + self.stream.below(ttl_ms.max(1));
            self.hold(key, left as u32);
        }
    }

    /// Draws a key by popularity.
    pub(crate) fn draw_key(&mut self) -> u32 {
        let place = self.stream.unit() * (QUANTILES - 1) as f64;
        let index = place as usize;
        let (low, high) = (f64::from(self.quantiles[index]), f64::from(self.quantiles[index + 1]));
        let key = low + (high - low) * (place - index as f64);
        (key as u32).min(self.expires_ms.len() as u32 - 1)
    }

    /// Whether the key is held.
    pub(crate) fn lookup(&mut self, now: SimTime, key: u32) -> bool {
        let hit = u64::from(self.expires_ms[key as usize]) > now.0 / 1_000_000;
        if hit {
            self.hits += 1
        } else {
            self.misses += 1
        }
        hit
    }

    /// Puts a key in, with the whole time to live before it.
    pub(crate) fn fill(&mut self, now: SimTime, key: u32) {
        let expires = (now + self.ttl).0 / 1_000_000;
        self.hold(key, expires.min(u64::from(u32::MAX)) as u32);
    }

    /// Forgets everything.
    pub(crate) fn flush(&mut self) {
        for key in self.held.drain(..) {
            self.expires_ms[key as usize] = 0;
            self.place[key as usize] = ABSENT;
        }
    }

    /// Keys held, whether or not they expired meanwhile (expired ones go when space is needed).
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn ttl(&self) -> Span {
        self.ttl
    }

    /// From now on, new keys live this long.
    pub(crate) fn set_ttl(&mut self, ttl: Span) {
        self.ttl = ttl;
    }

    fn hold(&mut self, key: u32, expires_ms: u32) {
        if self.place[key as usize] == ABSENT {
            if self.held.len() >= self.capacity {
                self.evict();
            }
            self.place[key as usize] = self.held.len() as u32;
            self.held.push(key);
        }
        self.expires_ms[key as usize] = expires_ms;
    }

    fn evict(&mut self) {
        let mut victim = self.stream.below(self.held.len() as u64) as usize;
        for _ in 1..EVICTION_SAMPLES {
            let other = self.stream.below(self.held.len() as u64) as usize;
            if self.expires_ms[self.held[other] as usize] < self.expires_ms[self.held[victim] as usize] {
                victim = other;
            }
        }
        let key = self.held.swap_remove(victim);
        self.expires_ms[key as usize] = 0;
        self.place[key as usize] = ABSENT;
        if let Some(&moved) = self.held.get(victim) {
            self.place[moved as usize] = victim as u32;
        }
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

    fn cache(capacity: u32) -> Cache {
        Cache::new(10_000, 0.9, capacity, Span(60_000_000_000), Stream::named(1, "cache"))
    }

    fn hit_ratio(cache: &mut Cache, now: SimTime, lookups: u32) -> f64 {
        let (hits, misses) = (cache.hits, cache.misses);
        for _ in 0..lookups {
            let key = cache.draw_key();
            if !cache.lookup(now, key) {
                cache.fill(now, key);
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
