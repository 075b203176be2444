//! PostgreSQL's `numeric`: exact decimals with a display scale.
//!
//! An own type and not a decimal crate, because what engineers see is the *display scale*: `100.0 * 1 / 3` prints
//! `33.3333333333333333` and `2.50 + 1` prints `3.50`, by the rules of `src/backend/utils/adt/numeric.c`
//! (`select_div_scale`, `round_var`). Fixed 96- or 128-bit decimals overflow on sums of `bigint` products.

use std::cmp::Ordering;
use std::fmt;

/// Limbs hold nine decimal digits each, least significant first.
const BASE: u64 = 1_000_000_000;
/// NUMERIC_MIN_SIG_DIGITS: a quotient shows at least so many significant digits.
const MIN_SIGNIFICANT_DIGITS: i64 = 16;
/// Digits behind the point that exponentials and logarithms are computed with.
const WORK_DIGITS: u32 = 40;
/// NUMERIC_MAX_DISPLAY_SCALE.
const MAX_DISPLAY_SCALE: i64 = 1000;

/// A decimal number, or one of the three values that aren't numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numeric {
    /// An ordinary number.
    Finite(Decimal),
    /// `Infinity`.
    Infinity,
    /// `-Infinity`.
    NegativeInfinity,
    /// `NaN`: equal to itself and greater than all else, as PostgreSQL sorts it.
    NaN,
}

/// `(-1)^negative × magnitude / 10^scale`; `scale` is what is displayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    magnitude: Vec<u32>,
    scale: u32,
}

impl Numeric {
    /// Zero with scale 0.
    pub fn zero() -> Self {
        Self::from(0i64)
    }

    /// Reads PostgreSQL's text form; `None` when it isn't a number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.to_ascii_lowercase().as_str() {
            "nan" => return Some(Self::NaN),
            "infinity" | "inf" | "+infinity" | "+inf" => return Some(Self::Infinity),
            "-infinity" | "-inf" => return Some(Self::NegativeInfinity),
            _ => {}
        }
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match digits.find(['e', 'E']) {
            Some(at) => (&digits[..at], digits[at + 1..].parse::<i64>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() || exponent.abs() > MAX_DISPLAY_SCALE {
            return None;
        }
        let all: String = format!("{whole}{fraction}");
        if !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut magnitude = from_digits(&all);
        let mut scale = fraction.len() as i64 - exponent;
        if scale < 0 {
            magnitude = multiply(&magnitude, &power_of_ten((-scale) as u32));
            scale = 0;
        }
        Some(Self::Finite(Decimal::new(negative, magnitude, scale as u32)))
    }

    /// From a float, through the shortest decimal text of 15 (or, for `real`, 6) significant digits as `float8_numeric` does.
    pub fn from_float(value: f64, digits: usize) -> Self {
        if value.is_nan() {
            return Self::NaN;
        }
        if value.is_infinite() {
            return if value > 0.0 { Self::Infinity } else { Self::NegativeInfinity };
        }
        let text = format!("{value:.*e}", digits - 1);
        let parsed = Self::parse(&text).unwrap_or_else(Self::zero);
        parsed.strip_trailing_zeros()
    }

    fn strip_trailing_zeros(self) -> Self {
        match self {
            Self::Finite(decimal) => {
                let digits = to_digits(&decimal.magnitude);
                let zeros =
                    digits.bytes().rev().take_while(|byte| *byte == b'0').count().min(decimal.scale as usize);
                Self::Finite(decimal.rescale(decimal.scale - zeros as u32))
            }
            other => other,
        }
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        match self {
            Self::Finite(decimal) => decimal.to_string().parse().unwrap_or(f64::NAN),
            Self::Infinity => f64::INFINITY,
            Self::NegativeInfinity => f64::NEG_INFINITY,
            Self::NaN => f64::NAN,
        }
    }

    /// Rounded half away from zero to an integer; `None` beyond 64 bits or when not finite.
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Finite(decimal) => decimal.rescale(0).to_string().parse().ok(),
            _ => None,
        }
    }

    /// Digits after the point that are displayed; 0 for what isn't finite.
    pub fn scale(&self) -> u32 {
        match self {
            Self::Finite(decimal) => decimal.scale,
            _ => 0,
        }
    }

    /// Is it `NaN`?
    pub fn is_nan(&self) -> bool {
        matches!(self, Self::NaN)
    }

    /// Is it zero?
    pub fn is_zero(&self) -> bool {
        matches!(self, Self::Finite(decimal) if decimal.magnitude.is_empty())
    }

    /// −1, 0 or 1; `NaN` counts as 1.
    pub fn signum(&self) -> i32 {
        match self {
            Self::Finite(decimal) if decimal.magnitude.is_empty() => 0,
            Self::Finite(decimal) if decimal.negative => -1,
            Self::NegativeInfinity => -1,
            _ => 1,
        }
    }

    /// The number with its sign turned.
    pub fn negate(&self) -> Self {
        match self {
            Self::Finite(d) => Self::Finite(Decimal::new(!d.negative, d.magnitude.clone(), d.scale)),
            Self::Infinity => Self::NegativeInfinity,
            Self::NegativeInfinity => Self::Infinity,
            Self::NaN => Self::NaN,
        }
    }

    /// The number without its sign.
    pub fn abs(&self) -> Self {
        if self.signum() < 0 { self.negate() } else { self.clone() }
    }

    /// Sum, with the larger scale.
    pub fn add(&self, other: &Self) -> Self {
        let (Self::Finite(a), Self::Finite(b)) = (self, other) else {
            return self.special(other, |a, b| a + b);
        };
        let scale = a.scale.max(b.scale);
        let (a, b) = (a.rescale(scale), b.rescale(scale));
        let sum = if a.negative == b.negative {
            Decimal::new(a.negative, add(&a.magnitude, &b.magnitude), scale)
        } else if compare(&a.magnitude, &b.magnitude) != Ordering::Less {
            Decimal::new(a.negative, subtract(&a.magnitude, &b.magnitude), scale)
        } else {
            Decimal::new(b.negative, subtract(&b.magnitude, &a.magnitude), scale)
        };
        Self::Finite(sum)
    }

    /// Difference, with the larger scale.
    pub fn subtract(&self, other: &Self) -> Self {
        self.add(&other.negate())
    }

    /// Product, with the scales' sum.
    pub fn multiply(&self, other: &Self) -> Self {
        let (Self::Finite(a), Self::Finite(b)) = (self, other) else {
            return self.special(other, |a, b| a * b);
        };
        let scale = a.scale + b.scale;
        let product = Decimal::new(a.negative != b.negative, multiply(&a.magnitude, &b.magnitude), scale);
        Self::Finite(product.rescale(scale.min(MAX_DISPLAY_SCALE as u32)))
    }

    /// Quotient with the scale of `select_div_scale`; `None` by zero.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let (Self::Finite(a), Self::Finite(b)) = (self, other) else {
            return Some(self.special(other, |a, b| a / b));
        };
        let (weight_a, first_a) = a.leading();
        let (weight_b, first_b) = b.leading();
        let mut weight = weight_a - weight_b;
        if first_a <= first_b {
            weight -= 1;
        }
        let scale = (MIN_SIGNIFICANT_DIGITS - weight * 4)
            .max(i64::from(a.scale))
            .max(i64::from(b.scale))
            .clamp(0, MAX_DISPLAY_SCALE) as u32;
        Some(Self::Finite(a.quotient(b, scale)))
    }

    /// Remainder with the dividend's sign; `None` by zero.
    pub fn remainder(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let (Self::Finite(a), Self::Finite(b)) = (self, other) else {
            return Some(self.special(other, |a, b| a % b));
        };
        let scale = a.scale.max(b.scale);
        let (x, y) = (a.rescale(scale), b.rescale(scale));
        let (_, rest) = divide(&x.magnitude, &y.magnitude);
        Some(Self::Finite(Decimal::new(a.negative, rest, scale)))
    }

    /// Rounded half away from zero to `scale` digits after the point (before it when negative).
    pub fn round(&self, scale: i32) -> Self {
        self.at_scale(scale, Decimal::rescale)
    }

    /// Cut towards zero at `scale` digits.
    pub fn truncate(&self, scale: i32) -> Self {
        self.at_scale(scale, Decimal::cut)
    }

    fn at_scale(&self, scale: i32, rule: fn(&Decimal, u32) -> Decimal) -> Self {
        let Self::Finite(decimal) = self else { return self.clone() };
        if scale >= 0 {
            return Self::Finite(rule(decimal, (scale as u32).min(MAX_DISPLAY_SCALE as u32)));
        }
        let shift = scale.unsigned_abs();
        let shifted = Decimal { scale: decimal.scale + shift, ..decimal.clone() };
        let rounded = rule(&shifted, 0);
        Self::Finite(Decimal::new(rounded.negative, multiply(&rounded.magnitude, &power_of_ten(shift)), 0))
    }

    /// Smallest integer not below it.
    pub fn ceil(&self) -> Self {
        let cut = self.truncate(0);
        if self.signum() > 0 && self.compare(&cut) == Ordering::Greater {
            cut.add(&Self::from(1i64))
        } else {
            cut
        }
    }

    /// Largest integer not above it.
    pub fn floor(&self) -> Self {
        self.negate().ceil().negate()
    }

    /// Square root by `sqrt_var`'s scale rule; `None` of a negative number.
    pub fn sqrt(&self) -> Option<Self> {
        let Self::Finite(d) = self else { return (self.signum() > 0).then(|| self.clone()) };
        if d.negative {
            return None;
        }
        let (weight, _) = d.leading();
        let significant = if weight >= 0 { weight * 4 / 2 + 1 } else { 1 - (1 - weight * 4) / 2 };
        let scale =
            (MIN_SIGNIFICANT_DIGITS - significant).max(i64::from(d.scale)).clamp(0, MAX_DISPLAY_SCALE) as u32;
        let guard = scale + 2;
        let shifted = d.rescale(guard * 2);
        let root = square_root(&shifted.magnitude);
        Some(Self::Finite(Decimal::new(false, root, guard).rescale(scale)))
    }

    /// A whole power, exact up to the scale that the base has (`power_var_int`); for negative powers a quotient.
    pub fn power(&self, exponent: i64) -> Option<Self> {
        let mut result = Self::from(1i64);
        let mut base = self.clone();
        let mut left = exponent.unsigned_abs();
        while left > 0 {
            if left & 1 == 1 {
                result = result.multiply(&base);
            }
            left >>= 1;
            if left > 0 {
                base = base.multiply(&base);
            }
        }
        let scale = i64::from(self.scale()).max(MIN_SIGNIFICANT_DIGITS) as i32;
        if exponent < 0 {
            Self::from(1i64).divide(&result).map(|value| value.round(scale))
        } else {
            Some(result.round(scale))
        }
    }

    /// e to this power, by Taylor's series on a reduced argument; [`WORK_DIGITS`] digits behind the point.
    pub fn exp(&self) -> Self {
        let halvings = 8 + (libm::log2(self.to_f64().abs().max(1.0)) as i64).max(0);
        let scale = i64::from(WORK_DIGITS) + halvings;
        let divisor = Self::from(1i64 << halvings.min(40));
        let reduced = self
            .round(scale as i32)
            .divide(&divisor)
            .map_or_else(Self::zero, |value| value.round(scale as i32));
        let (mut sum, mut term) = (Self::from(1i64), Self::from(1i64));
        for n in 1..=40i64 {
            term = term.multiply(&reduced).round(scale as i32 + 4);
            term = term.divide(&Self::from(n)).map_or_else(Self::zero, |value| value.round(scale as i32 + 4));
            sum = sum.add(&term);
        }
        (0..halvings.min(40)).fold(sum, |power, _| power.multiply(&power).round(scale as i32 + 4))
    }

    /// Natural logarithm of a positive number: a double's, corrected by Newton's method on [`Numeric::exp`].
    pub fn ln(&self) -> Self {
        let mut guess = Self::from_float(libm::log(self.to_f64()), 15);
        for _ in 0..2 {
            let error = self.multiply(&guess.negate().exp()).subtract(&Self::from(1i64));
            guess = guess.add(&error).round(WORK_DIGITS as i32);
        }
        guess
    }

    fn special(&self, other: &Self, rule: fn(f64, f64) -> f64) -> Self {
        Self::from_float(rule(self.coarse(), other.coarse()), 15)
    }

    fn coarse(&self) -> f64 {
        match self {
            Self::Finite(_) => f64::from(self.signum()),
            other => other.to_f64(),
        }
    }

    /// Order by value: scales don't matter, `NaN` is last.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) => a.compare(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::NegativeInfinity => 0,
            Self::Finite(_) => 1,
            Self::Infinity => 2,
            Self::NaN => 3,
        }
    }

    /// The text without zeros after the point that say nothing (`trim_scale`).
    pub fn trim_scale(&self) -> Self {
        self.clone().strip_trailing_zeros()
    }
}

impl From<i64> for Numeric {
    fn from(value: i64) -> Self {
        Self::from(i128::from(value))
    }
}

impl From<i128> for Numeric {
    fn from(value: i128) -> Self {
        let mut left = value.unsigned_abs();
        let mut magnitude = Vec::new();
        while left > 0 {
            magnitude.push((left % u128::from(BASE)) as u32);
            left /= u128::from(BASE);
        }
        Self::Finite(Decimal::new(value < 0, magnitude, 0))
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite(decimal) => decimal.fmt(f),
            Self::Infinity => f.write_str("Infinity"),
            Self::NegativeInfinity => f.write_str("-Infinity"),
            Self::NaN => f.write_str("NaN"),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = to_digits(&self.magnitude);
        let scale = self.scale as usize;
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        if self.negative {
            f.write_str("-")?;
        }
        f.write_str(whole)?;
        if scale > 0 { write!(f, ".{fraction}") } else { Ok(()) }
    }
}

impl Decimal {
    fn new(negative: bool, mut magnitude: Vec<u32>, scale: u32) -> Self {
        while magnitude.last() == Some(&0) {
            magnitude.pop();
        }
        Self { negative: negative && !magnitude.is_empty(), magnitude, scale }
    }

    fn rescale(&self, scale: u32) -> Self {
        if scale >= self.scale {
            let grown = multiply(&self.magnitude, &power_of_ten(scale - self.scale));
            return Self::new(self.negative, grown, scale);
        }
        let unit = power_of_ten(self.scale - scale);
        let (mut quotient, rest) = divide(&self.magnitude, &unit);
        if compare(&add(&rest, &rest), &unit) != Ordering::Less {
            quotient = add(&quotient, &[1]);
        }
        Self::new(self.negative, quotient, scale)
    }

    fn cut(&self, scale: u32) -> Self {
        if scale >= self.scale {
            return self.rescale(scale);
        }
        let (quotient, _) = divide(&self.magnitude, &power_of_ten(self.scale - scale));
        Self::new(self.negative, quotient, scale)
    }

    /// Weight and value of the first base-10000 digit, as numeric.c stores numbers.
    fn leading(&self) -> (i64, u32) {
        if self.magnitude.is_empty() {
            return (0, 0);
        }
        let digits = to_digits(&self.magnitude);
        let exponent = digits.len() as i64 - i64::from(self.scale) - 1;
        let weight = exponent.div_euclid(4);
        let take = exponent.rem_euclid(4) as usize + 1;
        let first = format!("{digits:0<take$}")[..take].parse().unwrap_or(0);
        (weight, first)
    }

    fn quotient(&self, other: &Self, scale: u32) -> Self {
        let shift = i64::from(scale) + 1 + i64::from(other.scale) - i64::from(self.scale);
        let (top, bottom) = if shift >= 0 {
            (multiply(&self.magnitude, &power_of_ten(shift as u32)), other.magnitude.clone())
        } else {
            (self.magnitude.clone(), multiply(&other.magnitude, &power_of_ten((-shift) as u32)))
        };
        let (quotient, _) = divide(&top, &bottom);
        Self::new(self.negative != other.negative, quotient, scale + 1).rescale(scale)
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            _ => {}
        }
        let scale = self.scale.max(other.scale);
        let order = compare(&self.rescale(scale).magnitude, &other.rescale(scale).magnitude);
        if self.negative { order.reverse() } else { order }
    }
}

fn from_digits(digits: &str) -> Vec<u32> {
    let bytes = digits.as_bytes();
    let limbs =
        bytes.rchunks(9).map(|chunk| chunk.iter().fold(0u32, |sum, byte| sum * 10 + u32::from(byte - b'0')));
    let mut magnitude: Vec<u32> = limbs.collect();
    while magnitude.last() == Some(&0) {
        magnitude.pop();
    }
    magnitude
}

fn to_digits(magnitude: &[u32]) -> String {
    let Some((top, rest)) = magnitude.split_last() else { return "0".to_owned() };
    let mut text = top.to_string();
    for limb in rest.iter().rev() {
        text.push_str(&format!("{limb:09}"));
    }
    text
}

fn power_of_ten(exponent: u32) -> Vec<u32> {
    let mut limbs = vec![0u32; (exponent / 9) as usize];
    limbs.push(10u32.pow(exponent % 9));
    limbs
}

fn compare(a: &[u32], b: &[u32]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn add(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut sum = Vec::with_capacity(a.len().max(b.len()) + 1);
    let mut carry = 0u64;
    for at in 0..a.len().max(b.len()) {
        let limb =
            carry + u64::from(a.get(at).copied().unwrap_or(0)) + u64::from(b.get(at).copied().unwrap_or(0));
        sum.push((limb % BASE) as u32);
        carry = limb / BASE;
    }
    if carry > 0 {
        sum.push(carry as u32);
    }
    sum
}

/// `a - b` for `a >= b`.
fn subtract(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut difference = Vec::with_capacity(a.len());
    let mut borrow = 0i64;
    for (at, &minuend) in a.iter().enumerate() {
        let mut limb = i64::from(minuend) - i64::from(b.get(at).copied().unwrap_or(0)) - borrow;
        borrow = i64::from(limb < 0);
        if limb < 0 {
            limb += BASE as i64;
        }
        difference.push(limb as u32);
    }
    trimmed(difference)
}

fn multiply(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut product = vec![0u64; a.len() + b.len() + 1];
    for (i, x) in a.iter().enumerate() {
        let mut carry = 0u64;
        for (j, y) in b.iter().enumerate() {
            let limb = product[i + j] + u64::from(*x) * u64::from(*y) + carry;
            product[i + j] = limb % BASE;
            carry = limb / BASE;
        }
        product[i + b.len()] += carry;
    }
    trimmed(product.into_iter().map(|limb| limb as u32).collect())
}

/// Quotient and remainder; the divisor isn't zero. Each quotient limb is found by bisection on an estimate from the top
/// limbs, which is exact after at most a few corrections.
fn divide(a: &[u32], b: &[u32]) -> (Vec<u32>, Vec<u32>) {
    if compare(a, b) == Ordering::Less {
        return (Vec::new(), a.to_vec());
    }
    let mut quotient = vec![0u32; a.len()];
    let mut rest: Vec<u32> = Vec::new();
    for at in (0..a.len()).rev() {
        rest.insert(0, a[at]);
        rest = trimmed(rest);
        let (mut low, mut high) = (0u64, estimate(&rest, b));
        while low < high {
            let middle = (low + high).div_ceil(2);
            if compare(&multiply(b, &[middle as u32]), &rest) == Ordering::Greater {
                high = middle - 1;
            } else {
                low = middle;
            }
        }
        if low > 0 {
            rest = subtract(&rest, &multiply(b, &[low as u32]));
        }
        quotient[at] = low as u32;
    }
    (trimmed(quotient), rest)
}

/// An upper bound of the quotient limb `rest / b`.
fn estimate(rest: &[u32], b: &[u32]) -> u64 {
    if rest.len() < b.len() {
        return 0;
    }
    let top = |limbs: &[u32], from: usize| -> u128 {
        (0..2).fold(0u128, |sum, step| {
            let limb = from.checked_sub(step + 1).map_or(0, |at| limbs.get(at).copied().unwrap_or(0));
            sum * u128::from(BASE) + u128::from(limb)
        })
    };
    let divisor = top(b, b.len()).max(1);
    let extra = rest.len() - b.len();
    let dividend = top(rest, rest.len()) * if extra > 0 { u128::from(BASE) } else { 1 } + u128::from(BASE);
    ((dividend / divisor) as u64 + 1).min(BASE - 1)
}

/// Integer square root by Newton's method.
fn square_root(n: &[u32]) -> Vec<u32> {
    if n.is_empty() {
        return Vec::new();
    }
    let mut guess = power_of_ten((to_digits(n).len() as u32).div_ceil(2));
    loop {
        let (quotient, _) = divide(n, &guess);
        let (next, _) = divide(&add(&guess, &quotient), &[2]);
        if compare(&next, &guess) != Ordering::Less {
            return guess;
        }
        guess = next;
    }
}

fn trimmed(mut limbs: Vec<u32>) -> Vec<u32> {
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
    limbs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Numeric {
        Numeric::parse(text).expect(text)
    }

    #[test]
    fn quotients_have_postgresqls_display_scale() {
        for (a, b, expected) in [
            ("100.0", "3", "33.3333333333333333"),
            ("1", "3", "0.33333333333333333333"),
            ("10", "4", "2.5000000000000000"),
            ("123456789012345678901234567890", "7", "17636684144620811271604938270"),
            ("-7", "2", "-3.5000000000000000"),
        ] {
            assert_eq!(
                number(a).divide(&number(b)).expect("divisor isn't zero").to_string(),
                expected,
                "{a} / {b}"
            );
        }
    }

    #[test]
    fn sums_products_and_rounding_keep_scales() {
        assert_eq!(number("2.50").add(&number("1")).to_string(), "3.50");
        assert_eq!(number("1.5").multiply(&number("2.25")).to_string(), "3.375");
        assert_eq!(number("-2.5").round(0).to_string(), "-3");
        assert_eq!(number("1234.5").round(-2).to_string(), "1200");
        assert_eq!(number("2").sqrt().expect("positive").to_string(), "1.414213562373095");
        assert_eq!(number("1e3").to_string(), "1000");
    }
}
