//! Durations that vary log-normally, drawn from a table of quantiles.
//!
//! The exact variate costs a logarithm, a cosine and an exponential; a run draws tens of millions. A table of [`POINTS`]
//! equally likely values costs one load and is within a part in a thousand of the distribution's mean (the table is scaled
//! so that its mean is the distribution's own); what is lost is the tail beyond its last point, 3.1 standard deviations.

use std::sync::Arc;

use crate::kernel::{Span, Stream};

/// Values in the table: a power of two, so that an index is the top bits of a random word.
const POINTS: usize = 512;
const POINT_BITS: u32 = POINTS.trailing_zeros();

/// A log-normal distribution of durations.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    /// In nanoseconds, of a factor of one.
    scale: f64,
    factors: Factors,
}

/// The values of a distribution whose median is one. Distributions of one spread share them, so that they stay in the
/// processor's cache.
type Factors = Arc<[f64; POINTS]>;

impl Spread {
    /// Half of the draws are shorter than `median`; `sigma` is the standard deviation of the logarithm.
    pub(crate) fn with_median(median: Span, sigma: f64) -> Spread {
        Spread::new(median.0 as f64 * libm::exp(sigma * sigma / 2.0), sigma)
    }

    /// The same, given the mean.
    pub(crate) fn with_mean(mean: Span, sigma: f64) -> Spread {
        Spread::new(mean.0 as f64, sigma)
    }

    /// As spread out as this one, with another mean.
    pub(crate) fn with_other_mean(&self, mean: Span) -> Spread {
        Spread::of(mean.0 as f64, Arc::clone(&self.factors))
    }

    fn new(mean: f64, sigma: f64) -> Spread {
        let factor = |index: usize| libm::exp(sigma * normal_quantile((index as f64 + 0.5) / POINTS as f64));
        Spread::of(mean, Arc::new(std::array::from_fn(factor)))
    }

    fn of(mean: f64, factors: Factors) -> Spread {
        Spread { scale: mean * POINTS as f64 / factors.iter().sum::<f64>(), factors }
    }

    #[inline]
    fn value(&self, index: usize) -> Span {
        Span::from_nanos_f64(self.factors[index] * self.scale + 0.5)
    }

    /// One draw.
    #[inline]
    pub(crate) fn draw(&self, stream: &mut Stream) -> Span {
        self.value((stream.next_u64() >> (64 - POINT_BITS)) as usize)
    }

    /// No draw is shorter.
    pub(crate) fn least(&self) -> Span {
        self.value(0)
    }
}

/// The inverse of the standard normal distribution function, for `p` in (0, 1): Acklam's rational approximation
/// (P. J. Acklam, 2003), relative error below 1.15e-9.
fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    const B: [f64; 5] = [
        -5.447609879822406e1,
        1.615858368580409e2,
        -1.556989798598866e2,
        6.680131188771972e1,
        -1.328068155288572e1,
    ];
    const C: [f64; 6] = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const D: [f64; 4] = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
    const LOW: f64 = 0.02425;
    let horner = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |q: f64| horner(&C, q) / (horner(&D, q) * q + 1.0);
    if p < LOW {
        tail(libm::sqrt(-2.0 * libm::log(p)))
    } else if p > 1.0 - LOW {
        -tail(libm::sqrt(-2.0 * libm::log(1.0 - p)))
    } else {
        let q = p - 0.5;
        let r = q * q;
        horner(&A, r) * q / (horner(&B, r) * r + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_median_and_the_mean_asked_for() {
        let spread = Spread::with_median(Span(1_000_000), 0.5);
        let mut stream = Stream::named(7, "spread");
        let mut draws: Vec<u64> = (0..100_001).map(|_| spread.draw(&mut stream).0).collect();
        draws.sort_unstable();
        let mean = draws.iter().sum::<u64>() as f64 / draws.len() as f64;
        assert!((draws[50_000] as f64 / 1e6 - 1.0).abs() < 0.02, "median {}", draws[50_000]);
        assert!((mean / (1e6 * libm::exp(0.125)) - 1.0).abs() < 0.01, "mean {mean}");
    }

    #[test]
    fn no_spread_is_a_constant() {
        let spread = Spread::with_mean(Span(42_000), 0.0);
        assert_eq!(spread.draw(&mut Stream::named(1, "x")), Span(42_000));
    }
}
