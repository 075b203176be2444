//! The unit exponential variate, by inversion with a logarithm made for it.
//!
//! A run draws an exponential at nearly every event, and `libm::log` was a third of its time. This one looks
//! up the logarithm of the nearest of 128 points and adds a short series for the rest (Tang, "Table-driven
//! implementation of the logarithm function", 1990): no division, only additions and multiplications, so just
//! as portable. Its absolute error is below 1e-14; a test holds it against `libm`. A ziggurat would be faster
//! still, but takes a varying number of draws.

/// Points in an octave, as a shift.
const POINT_BITS: u32 = 7;
const POINTS: usize = 1 << POINT_BITS;
/// For each 128th of [1, 2): the reciprocal of its middle, and the middle's natural logarithm.
const TABLE: [(f64, f64); POINTS] = table();

/// -ln(1 - u) for the u in [0, 1) made of the upper 53 bits of a random word; between 0 and 36.8.
#[inline]
pub(super) fn unit_exponential(word: u64) -> f64 {
    // 1 - u is w / 2^53 with w in 1..=2^53; its logarithm is that of w's leading bits and of w's mantissa in
    // [1, 2).
    let w = (1u64 << 53) - (word >> 11);
    let zeros = w.leading_zeros();
    let aligned = w << zeros;
    let mantissa = f64::from_bits(1023 << 52 | (aligned << 1) >> 12);
    let (reciprocal, logarithm) = TABLE[(aligned << 1 >> (64 - POINT_BITS)) as usize];
    let rest = mantissa * reciprocal - 1.0;
    f64::from(zeros as i32 - 10) * std::f64::consts::LN_2 - logarithm - ln_1p_small(rest)
}

/// ln(1 + x) for |x| < 1/256: six terms of the series, the next being below 2e-18. Only sums: a term taken from a
/// constant would cost a move more.
#[inline]
const fn ln_1p_small(x: f64) -> f64 {
    x * (1.0 + x * (-1.0 / 2.0 + x * (1.0 / 3.0 + x * (-1.0 / 4.0 + x * (1.0 / 5.0 + x * (-1.0 / 6.0))))))
}

const fn table() -> [(f64, f64); POINTS] {
    let mut table = [(0.0, 0.0); POINTS];
    let mut point = 0;
    while point < POINTS {
        let middle = 1.0 + (point as f64 + 0.5) / POINTS as f64;
        let reciprocal = 1.0 / middle;
        table[point] = (reciprocal, -ln(reciprocal));
        point += 1;
    }
    table
}

/// The natural logarithm for x in [1/2, 1], as 2 artanh((x - 1) / (x + 1)); each of 24 terms is at most a
/// ninth of the one before.
const fn ln(x: f64) -> f64 {
    let z = (x - 1.0) / (x + 1.0);
    let mut sum = 0.0;
    let mut term = 24;
    while term > 0 {
        term -= 1;
        sum = sum * z * z + 1.0 / (2 * term + 1) as f64;
    }
    2.0 * z * sum
}

#[cfg(test)]
mod tests {
    use super::unit_exponential;

    #[test]
    fn the_table_driven_logarithm_agrees_with_libm() {
        let check = |word: u64| {
            let u = (word >> 11) as f64 / (1u64 << 53) as f64;
            let exact = -libm::log(1.0 - u);
            let found = unit_exponential(word);
            assert!((found - exact).abs() < 1e-14, "word {word:#x}: {found}, not {exact}");
        };
        check(0);
        check(u64::MAX);
        (0..64).for_each(|bit| [(1 << bit) - 1, 1 << bit, !(1 << bit)].into_iter().for_each(check));
        (0..100_000u64).for_each(|n| check(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    }
}
