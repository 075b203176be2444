//! The incident's own clock: which date and time of day a simulated instant is.
//!
//! Incidents are told in UTC here, so no time zone is needed, and a dozen lines of calendar arithmetic do instead of a
//! library.

use serde::{Deserialize, Serialize};

use super::time::{SimTime, Span};

/// The incident's own clock: which date and time of day (UTC) a simulated instant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    start_unix_s: i64,
}

const DAY_S: i64 = 86_400;

impl Calendar {
    /// A calendar whose [`SimTime::ZERO`] is `start_unix_s`, seconds since 1970-01-01 00:00:00 UTC.
    pub const fn new(start_unix_s: i64) -> Calendar {
        Calendar { start_unix_s }
    }

    /// A calendar that starts at a date and time of day (UTC) of the Gregorian calendar. Months and days
    /// count from 1.
    pub const fn from_civil(
        year: i64,
        month: i64,
        day: i64,
        hour: i64,
        minute: i64,
        second: i64,
    ) -> Calendar {
        Calendar::new(days_from_civil(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second)
    }

    /// Seconds since 1970 at `t`, rounded down.
    pub const fn unix_seconds(&self, t: SimTime) -> i64 {
        self.start_unix_s + t.as_secs() as i64
    }

    /// Microseconds since 1970 at `t`, rounded down.
    pub const fn unix_micros(&self, t: SimTime) -> i64 {
        self.start_unix_s * 1_000_000 + (t.0 / 1_000) as i64
    }

    /// Time of day: `15:00:00`.
    pub fn clock(&self, t: SimTime) -> String {
        let second = self.unix_seconds(t).rem_euclid(DAY_S);
        format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
    }

    /// Time of day to the minute: `15:00`.
    pub fn minute(&self, t: SimTime) -> String {
        let second = self.unix_seconds(t).rem_euclid(DAY_S);
        format!("{:02}:{:02}", second / 3600, second / 60 % 60)
    }

    /// Date: `2024-06-04`.
    pub fn date(&self, t: SimTime) -> String {
        let (year, month, day) = civil_from_days(self.unix_seconds(t).div_euclid(DAY_S));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// Date, time of day and milliseconds, as most logs write them: `2024-06-04 15:00:00.123`.
    pub fn stamp(&self, t: SimTime) -> String {
        let millisecond = t.0 / Span::MILLISECOND.0 % 1000;
        let (year, month, day, second) = self.civil(t);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millisecond:03}")
    }

    /// Year, month and day (from 1), and seconds into the day.
    pub const fn civil(&self, t: SimTime) -> (i64, u32, u32, u32) {
        let second = self.unix_seconds(t);
        let (year, month, day) = civil_from_days(second.div_euclid(DAY_S));
        (year, month as u32, day as u32, second.rem_euclid(DAY_S) as u32)
    }

    /// The first instant, at or after the start, at which the clock shows `HH:MM` or `HH:MM:SS`; `None` when
    /// the text is not a time of day.
    pub fn at(&self, clock: &str) -> Option<SimTime> {
        let mut parts = clock.split(':').map(two_digits);
        let hour = parts.next()??;
        let minute = parts.next()??;
        let second = match parts.next() {
            None => 0,
            Some(second) => second?,
        };
        if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let wanted = hour * 3600 + minute * 60 + second;
        let ahead = (wanted - self.start_unix_s.rem_euclid(DAY_S)).rem_euclid(DAY_S);
        Some(SimTime::from_secs(ahead.unsigned_abs()))
    }

    /// The instant of a Unix time in seconds; `None` before the start.
    pub fn from_unix_seconds(&self, unix_s: i64) -> Option<SimTime> {
        u64::try_from(unix_s - self.start_unix_s).ok().map(SimTime::from_secs)
    }
}

/// One or two decimal digits.
fn two_digits(text: &str) -> Option<i64> {
    let plain = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Days since 1970-01-01 of a Gregorian date (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`]: year, month and day, from the same source.
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}
