//! Times as a scenario's author writes them: a clock time of the incident's day ("14:55", "14:55:30") and a length of
//! time ("250ms", "5s", "10m", "1h"). Strings, because a bare number would need its unit in every field's name.

use std::{fmt, ops::Deref};

use serde::{Deserialize, Deserializer, de::Error};

use crate::kernel::Span;

/// Seconds in a day; clock times are below it.
pub const DAY_SECONDS: u32 = 24 * 60 * 60;

/// A clock time of the incident's day, in whole seconds since midnight UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock(pub u32);

impl Clock {
    /// Reads "HH:MM" or "HH:MM:SS"; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut seconds = 0;
        let parts: Vec<&str> = text.split(':').collect();
        if !(2..=3).contains(&parts.len()) {
            return None;
        }
        for (part, (limit, unit)) in parts.iter().zip([(24, 3600), (60, 60), (60, 1)]) {
            if part.len() != 2 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let value: u32 = part.parse().ok().filter(|value| *value < limit)?;
            seconds += value * unit;
        }
        Some(Self(seconds))
    }

    /// Seconds from `earlier` to this clock time; zero when this one is not later.
    pub fn seconds_after(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60, self.0 % 60)
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("\"{text}\" is not a clock time: expected \"HH:MM\" or \"HH:MM:SS\""))
        })
    }
}

/// A length of time as it is written in a scenario; behaves as the [`Span`] that it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval(pub Span);

/// The units of a written length of time.
const UNITS: [(&str, Span); 5] = [
    ("us", Span::MICROSECOND),
    ("ms", Span::MILLISECOND),
    ("s", Span::SECOND),
    ("m", Span::MINUTE),
    ("h", Span::HOUR),
];

/// The longest length of time that can be written, in hours: a year.
const LONGEST_HOURS: f64 = 366.0 * 24.0;

impl Interval {
    /// Reads a number followed by `us`, `ms`, `s`, `m` or `h`; `None` for anything else and for more than a year.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
        let unit = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number: f64 = number.parse().ok().filter(|_| plain)?;
        let seconds = number * unit.as_secs_f64();
        (seconds <= LONGEST_HOURS * 3600.0).then(|| Self(Span::from_secs_f64(seconds)))
    }

    /// The length itself.
    pub fn span(self) -> Span {
        self.0
    }
}

impl Deref for Interval {
    type Target = Span;

    fn deref(&self) -> &Span {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "\"{text}\" is not a length of time: expected a number and us, ms, s, m or h, as in \"250ms\""
            ))
        })
    }
}
