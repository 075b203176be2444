//! Named random streams: the same (seed, name, key) gives the same numbers on every platform, for ever.
//!
//! One generator for the whole model would let a draw added in one component shift every other; instead each
//! component, and where it matters each visitor, has a stream of its own. The generator is Xoshiro256++
//! (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021). Its 256-bit state is filled
//! by SplitMix64 from `mix(mix(seed + φ) ^ fnv1a(name)) ^ mix(key + φ)`, where φ is 2^64 divided by the
//! golden ratio. Logarithms and the like come from `libm`, since the platforms' own differ in the last bit.
//! `tests/it/kernel/random.rs` holds the first values.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::exponential::unit_exponential;
use super::time::Span;

/// A named stream of random numbers and of the variates made from them.
///
/// Each variate takes a fixed number of draws (one; the normal ones two; [`Stream::below`] one but for rare
/// rejections), so two runs that differ in a parameter stay in step.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: Xoshiro256PlusPlus,
    root: u64,
}

/// 2^64 / golden ratio, the increment of SplitMix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Stream {
    /// The stream of a component.
    pub fn named(seed: u64, name: &str) -> Stream {
        Stream::keyed(seed, name, 0)
    }

    /// The stream of one member of a family, such as one visitor.
    pub fn keyed(seed: u64, name: &str, key: u64) -> Stream {
        let named = mix(mix(seed.wrapping_add(GOLDEN)) ^ fnv1a(name));
        Stream::from_root(named ^ mix(key.wrapping_add(GOLDEN)))
    }

    /// A stream of its own for a part of this one's owner. It depends on how this stream was made, not on
    /// what was drawn from it.
    pub fn fork(&self, name: &str) -> Stream {
        Stream::named(self.root, name)
    }

    fn from_root(root: u64) -> Stream {
        let mut state = root;
        let mut bytes = [0; 32];
        for word in bytes.chunks_exact_mut(8) {
            state = state.wrapping_add(GOLDEN);
            word.copy_from_slice(&mix(state).to_le_bytes());
        }
        Stream { generator: Xoshiro256PlusPlus::from_seed(bytes), root }
    }

    /// 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in 0..n without bias (Lemire, "Fast random integer generation in an interval", 2019). `n` must
    /// not be zero.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "below(0): no number is below zero");
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            let low = product as u64;
            if low >= n || low >= n.wrapping_neg() % n {
                return (product >> 64) as u64;
            }
        }
    }

    /// Uniform between two spans, the upper one excluded; `low` when they are equal or reversed.
    pub fn between(&mut self, low: Span, high: Span) -> Span {
        let width = high.saturating_sub(low).0;
        low + Span((self.unit() * width as f64) as u64)
    }

    /// True with probability `p`; one draw whatever `p` is.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Exponentially distributed with this mean, by inversion; at most 36.8 times the mean.
    #[inline]
    pub fn exponential(&mut self, mean: Span) -> Span {
        of_mean(unit_exponential(self.next_u64()), mean)
    }

    /// Normally distributed, mean 0 and standard deviation 1 (Box & Muller, 1958; the cosine branch only, so
    /// that every call takes two draws).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// Takes the draws of one [`Self::normal`] and forgets them.
    pub fn skip_normal(&mut self) {
        self.next_u64();
        self.next_u64();
    }

    /// Log-normally distributed: `median` times e to a normal variate of standard deviation `sigma`. The mean
    /// is `median * exp(sigma²/2)`.
    pub fn log_normal(&mut self, median: Span, sigma: f64) -> Span {
        median.scale(libm::exp(sigma * self.normal()))
    }

    /// Pareto distributed from `minimum` up, with tail exponent `shape`: P(X > x) = (minimum / x)^shape.
    pub fn pareto(&mut self, minimum: Span, shape: f64) -> Span {
        minimum.scale(libm::pow(1.0 - self.unit(), -1.0 / shape))
    }

    /// An index with probability proportional to its weight. Weights must not be negative, and one must be
    /// positive.
    pub fn pick_weighted(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        assert!(total > 0.0, "pick_weighted: no positive weight among {}", weights.len());
        let mut left = self.unit() * total;
        let mut last_positive = 0;
        for (index, &weight) in weights.iter().enumerate() {
            if weight > 0.0 {
                last_positive = index;
                if left < weight {
                    return index;
                }
                left -= weight;
            }
        }
        last_positive
    }

    /// One of the items, all equally likely; `None` when there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { items.get(self.below(items.len() as u64) as usize) }
    }

    /// Puts the items into a random order (Fisher & Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

/// A source of exponential variates alone. Each is drawn when the one before it is taken, so that nobody waits for the
/// logarithm: by the time that it is wanted it has long been there.
#[derive(Clone, Debug)]
pub struct Exponentials {
    stream: Stream,
    next: f64,
}

impl Exponentials {
    /// What [`Stream::exponential`] of this stream gives, one after the other.
    pub fn of(mut stream: Stream) -> Exponentials {
        let next = unit_exponential(stream.next_u64());
        Exponentials { stream, next }
    }

    /// The next one, with this mean; at most 36.8 times the mean.
    #[inline]
    pub fn draw(&mut self, mean: Span) -> Span {
        let unit = std::mem::replace(&mut self.next, unit_exponential(self.stream.next_u64()));
        of_mean(unit, mean)
    }
}

/// A unit variate as a span, rounded to the nearest nanosecond.
#[inline]
fn of_mean(unit: f64, mean: Span) -> Span {
    Span::from_nanos_f64(unit * mean.0 as f64 + 0.5)
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood, 2014; variant 13 of Stafford): a bijection whose every
/// output bit depends on every input bit.
pub(super) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a, 64 bits (Fowler, Noll & Vo).
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
