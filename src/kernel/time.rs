//! Simulated time as integers: instants ([`SimTime`]), lengths ([`Span`]), and the incident's own clock
//! ([`Calendar`]).
//!
//! Nanoseconds in a `u64` reach 584 years, add without rounding and compare in one instruction; a float of
//! seconds would make the order of two events depend on how long the run already is.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// An instant: nanoseconds since the scenario's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SimTime(pub u64);

/// A length of simulated time in nanoseconds; never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub u64);

impl SimTime {
    /// The scenario's start.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than everything: "never". Adding to it stays there.
    pub const MAX: SimTime = SimTime(u64::MAX);

    /// The instant this many whole seconds after the start.
    #[inline]
    pub const fn from_secs(seconds: u64) -> SimTime {
        SimTime(seconds * Span::SECOND.0)
    }

    /// The time passed since `earlier`; zero if `earlier` is in fact later.
    #[inline]
    pub const fn since(self, earlier: SimTime) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// This instant moved back by `span`, but not before the start.
    #[inline]
    pub const fn back(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_sub(span.0))
    }

    /// The latest multiple of `step` that is not after this instant. `step` must not be zero.
    #[inline]
    pub const fn floor(self, step: Span) -> SimTime {
        SimTime(self.0 - self.0 % step.0)
    }

    /// Whole seconds since the start, rounded down.
    #[inline]
    pub const fn as_secs(self) -> u64 {
        self.0 / Span::SECOND.0
    }

    /// Seconds since the start.
    #[inline]
    pub fn as_secs_f64(self) -> f64 {
        Span(self.0).as_secs_f64()
    }
}

impl Span {
    /// No time.
    pub const ZERO: Span = Span(0);
    /// Longer than everything.
    pub const MAX: Span = Span(u64::MAX);
    /// 1 µs.
    pub const MICROSECOND: Span = Span(1_000);
    /// 1 ms.
    pub const MILLISECOND: Span = Span(1_000_000);
    /// 1 s.
    pub const SECOND: Span = Span(1_000_000_000);
    /// 60 s.
    pub const MINUTE: Span = Span(60_000_000_000);
    /// 60 min.
    pub const HOUR: Span = Span(3_600_000_000_000);

    /// A span of nanoseconds.
    #[inline]
    pub const fn from_nanos(n: u64) -> Span {
        Span(n)
    }

    /// A span of microseconds.
    #[inline]
    pub const fn from_micros(n: u64) -> Span {
        Span(n * Span::MICROSECOND.0)
    }

    /// A span of milliseconds.
    #[inline]
    pub const fn from_millis(n: u64) -> Span {
        Span(n * Span::MILLISECOND.0)
    }

    /// A span of seconds.
    #[inline]
    pub const fn from_secs(n: u64) -> Span {
        Span(n * Span::SECOND.0)
    }

    /// A span of minutes.
    #[inline]
    pub const fn from_mins(n: u64) -> Span {
        Span(n * Span::MINUTE.0)
    }

    /// A span of hours.
    #[inline]
    pub const fn from_hours(n: u64) -> Span {
        Span(n * Span::HOUR.0)
    }

    /// Seconds, rounded to the nearest nanosecond; negative values and NaN give zero, too large ones
    /// [`Span::MAX`].
    #[inline]
    pub fn from_secs_f64(seconds: f64) -> Span {
        Span((seconds * 1e9 + 0.5) as u64)
    }

    /// Milliseconds, rounded to the nearest nanosecond, with the same limits as [`Span::from_secs_f64`].
    #[inline]
    pub fn from_millis_f64(milliseconds: f64) -> Span {
        Span((milliseconds * 1e6 + 0.5) as u64)
    }

    /// Nanoseconds, rounded down; negative values and NaN give zero, too large ones 292 years. For what is done at every
    /// event: processors turn a number into an integer with a sign in half the time.
    #[inline]
    pub fn from_nanos_f64(nanoseconds: f64) -> Span {
        Span((nanoseconds as i64).max(0) as u64)
    }

    /// Length in seconds.
    #[inline]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Length in milliseconds.
    #[inline]
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Whole seconds, rounded down.
    #[inline]
    pub const fn as_secs(self) -> u64 {
        self.0 / Span::SECOND.0
    }

    /// Whole milliseconds, rounded down.
    #[inline]
    pub const fn as_millis(self) -> u64 {
        self.0 / Span::MILLISECOND.0
    }

    /// Whole microseconds, rounded down.
    #[inline]
    pub const fn as_micros(self) -> u64 {
        self.0 / Span::MICROSECOND.0
    }

    /// True for no time at all.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The difference, or zero if `other` is longer.
    #[inline]
    pub const fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }

    /// The span times a factor, rounded to the nearest nanosecond, with the limits of [`Span::from_nanos_f64`].
    #[inline]
    pub fn scale(self, factor: f64) -> Span {
        Span::from_nanos_f64(self.0 as f64 * factor + 0.5)
    }
}

impl Add<Span> for SimTime {
    type Output = SimTime;
    #[inline]
    fn add(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for SimTime {
    #[inline]
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<SimTime> for SimTime {
    type Output = Span;
    /// Panics when `earlier` is later: simulated time never runs backwards. See [`SimTime::since`] for the
    /// lenient form.
    #[inline]
    fn sub(self, earlier: SimTime) -> Span {
        assert!(self.0 >= earlier.0, "simulated time ran backwards: {} ns before {} ns", self.0, earlier.0);
        Span(self.0 - earlier.0)
    }
}

impl Add for Span {
    type Output = Span;
    #[inline]
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    #[inline]
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    /// Panics when `other` is longer. See [`Span::saturating_sub`] for the lenient form.
    #[inline]
    fn sub(self, other: Span) -> Span {
        assert!(self.0 >= other.0, "a span cannot be negative: {} ns less {} ns", self.0, other.0);
        Span(self.0 - other.0)
    }
}

impl SubAssign for Span {
    #[inline]
    fn sub_assign(&mut self, other: Span) {
        *self = *self - other;
    }
}

impl Mul<u64> for Span {
    type Output = Span;
    #[inline]
    fn mul(self, factor: u64) -> Span {
        Span(self.0.saturating_mul(factor))
    }
}

impl Div<u64> for Span {
    type Output = Span;
    #[inline]
    fn div(self, divisor: u64) -> Span {
        Span(self.0 / divisor)
    }
}

impl Sum for Span {
    #[inline]
    fn sum<I: Iterator<Item = Span>>(spans: I) -> Span {
        spans.fold(Span::ZERO, Add::add)
    }
}

/// Three significant figures in the unit a person would choose: `850 ns`, `12.3 µs`, `4.56 ms`, `1.25 s`, `2
/// min 05 s`, `1 h 02 min`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0;
        if ns < 1_000 {
            return write!(f, "{ns} ns");
        }
        if ns >= Span::HOUR.0 {
            return write!(f, "{} h {:02} min", ns / Span::HOUR.0, ns / Span::MINUTE.0 % 60);
        }
        if ns >= Span::MINUTE.0 {
            return write!(f, "{} min {:02} s", ns / Span::MINUTE.0, ns / Span::SECOND.0 % 60);
        }
        let (unit, name) = match ns {
            1_000..1_000_000 => (1e3, "µs"),
            1_000_000..1_000_000_000 => (1e6, "ms"),
            _ => (1e9, "s"),
        };
        let value = ns as f64 / unit;
        let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
        write!(f, "{value:.decimals$} {name}")
    }
}
