//! Dates, times and intervals: the calendar, PostgreSQL's text forms and its interval arithmetic.
//!
//! Not `jiff`: PostgreSQL's interval is three independent counts (months, days, microseconds) with its own printing and
//! justification, and the session's time zone is always UTC here. Sources: `src/backend/utils/adt/timestamp.c`, `datetime.c`.

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;
/// Days that a month counts for when intervals are compared or cast to seconds.
const DAYS_PER_MONTH: i64 = 30;

/// An interval: three counts that don't carry into one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Months (12 to a year).
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub micros: i64,
}

/// A point of the calendar, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Astronomical year.
    pub year: i64,
    /// 1–12.
    pub month: u32,
    /// 1–31.
    pub day: u32,
    /// Microseconds since midnight.
    pub micros: i64,
}

impl Interval {
    /// An interval of microseconds only.
    pub fn of_micros(micros: i64) -> Self {
        Self { months: 0, days: 0, micros }
    }

    /// Length in microseconds, months as 30 days: what comparisons use (`interval_cmp_value`).
    pub fn length(&self) -> i128 {
        (i128::from(self.months) * i128::from(DAYS_PER_MONTH) + i128::from(self.days)) * i128::from(DAY)
            + i128::from(self.micros)
    }

    /// Sum, count by count.
    pub fn add(&self, other: &Self) -> Self {
        Self {
            months: self.months.saturating_add(other.months),
            days: self.days.saturating_add(other.days),
            micros: self.micros.saturating_add(other.micros),
        }
    }

    /// All counts with their signs turned.
    pub fn negate(&self) -> Self {
        Self { months: -self.months, days: -self.days, micros: -self.micros }
    }

    /// Times a factor; fractions of months go to days and of days to microseconds (`interval_mul`).
    pub fn scale(&self, factor: f64) -> Self {
        let months = f64::from(self.months) * factor;
        let days = f64::from(self.days) * factor;
        let month_rest = (months - months.trunc()) * DAYS_PER_MONTH as f64;
        let month_rest = (month_rest * 1e6).round() / 1e6;
        let mut second_rest = (days - days.trunc() + month_rest - month_rest.trunc()) * 86_400.0;
        second_rest = (second_rest * 1e6).round() / 1e6;
        let mut extra_days = 0;
        if second_rest.abs() >= 86_400.0 {
            extra_days = (second_rest / 86_400.0) as i32;
            second_rest -= f64::from(extra_days) * 86_400.0;
        }
        let micros = self.micros as f64 * factor + second_rest * SECOND as f64;
        Self {
            months: months.trunc() as i32,
            days: days.trunc() as i32 + month_rest.trunc() as i32 + extra_days,
            micros: micros.round_ties_even() as i64,
        }
    }

    /// 24-hour stretches become days.
    pub fn justify_hours(&self) -> Self {
        let days = self.micros / DAY;
        let mut result =
            Self { months: self.months, days: self.days + days as i32, micros: self.micros - days * DAY };
        if result.days > 0 && result.micros < 0 {
            result.micros += DAY;
            result.days -= 1;
        } else if result.days < 0 && result.micros > 0 {
            result.micros -= DAY;
            result.days += 1;
        }
        result
    }

    /// 30-day stretches become months.
    pub fn justify_days(&self) -> Self {
        let months = self.days / DAYS_PER_MONTH as i32;
        let mut result = Self {
            months: self.months + months,
            days: self.days - months * DAYS_PER_MONTH as i32,
            micros: self.micros,
        };
        if result.months > 0 && result.days < 0 {
            result.days += DAYS_PER_MONTH as i32;
            result.months -= 1;
        } else if result.months < 0 && result.days > 0 {
            result.days -= DAYS_PER_MONTH as i32;
            result.months += 1;
        }
        result
    }

    /// Hours to days, days to months, all counts with one sign (`interval_justify_interval`).
    pub fn justify(&self) -> Self {
        let month = DAYS_PER_MONTH as i32;
        let whole = self.micros / DAY;
        let (mut micros, mut days) = (self.micros - whole * DAY, self.days + whole as i32);
        let mut months = self.months + days / month;
        days -= days / month * month;
        if months > 0 && (days < 0 || days == 0 && micros < 0) {
            days += month;
            months -= 1;
        } else if months < 0 && (days > 0 || days == 0 && micros > 0) {
            days -= month;
            months += 1;
        }
        if days > 0 && micros < 0 {
            micros += DAY;
            days -= 1;
        } else if days < 0 && micros > 0 {
            micros -= DAY;
            days += 1;
        }
        Self { months, days, micros }
    }

    /// Seconds as `extract(epoch …)` counts them: a year is 365.25 days.
    pub fn epoch_micros(&self) -> i128 {
        let years = i128::from(self.months / 12);
        let months = i128::from(self.months % 12);
        let quarter_days = years * 1461 + months * i128::from(DAYS_PER_MONTH) * 4;
        (quarter_days * i128::from(DAY)) / 4
            + i128::from(self.days) * i128::from(DAY)
            + i128::from(self.micros)
    }
}

/// Days since 1970-01-01 of a civil date (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
pub fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = i64::from(month);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The civil date of a day number (civil_from_days, same source).
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Number of days in a month.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Fields {
    /// Takes a timestamp apart.
    pub fn of(timestamp: i64) -> Self {
        let (year, month, day) = civil_from_days(timestamp.div_euclid(DAY));
        Self { year, month, day, micros: timestamp.rem_euclid(DAY) }
    }

    /// Puts it together again.
    pub fn timestamp(&self) -> i64 {
        days_from_civil(self.year, self.month, self.day) * DAY + self.micros
    }

    /// Monday is 1, Sunday 7.
    pub fn iso_weekday(&self) -> i64 {
        (days_from_civil(self.year, self.month, self.day) + 3).rem_euclid(7) + 1
    }

    /// 1–366.
    pub fn day_of_year(&self) -> i64 {
        days_from_civil(self.year, self.month, self.day) - days_from_civil(self.year, 1, 1) + 1
    }

    /// ISO 8601 year and week.
    pub fn iso_week(&self) -> (i64, i64) {
        let day = days_from_civil(self.year, self.month, self.day);
        let thursday = day - (self.iso_weekday() - 1) + 3;
        let (year, _, _) = civil_from_days(thursday);
        (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
    }
}

/// A timestamp moved by an interval: months first (the day clipped to the month's end), then days, then microseconds.
pub fn add_interval(timestamp: i64, interval: &Interval) -> i64 {
    if timestamp == i64::MAX || timestamp == i64::MIN {
        return timestamp;
    }
    let mut moved = timestamp;
    if interval.months != 0 {
        let mut fields = Fields::of(moved);
        let months = fields.year * 12 + i64::from(fields.month) - 1 + i64::from(interval.months);
        fields.year = months.div_euclid(12);
        fields.month = months.rem_euclid(12) as u32 + 1;
        fields.day = fields.day.min(days_in_month(fields.year, fields.month));
        moved = fields.timestamp();
    }
    moved.saturating_add(i64::from(interval.days) * DAY).saturating_add(interval.micros)
}

/// `date_trunc`: the start of the unit (in the singular) that a timestamp lies in; none for a word that is no unit.
pub fn truncated(unit: &str, at: i64) -> Option<i64> {
    let step = |size: i64| Some(at.div_euclid(size) * size);
    let fields = Fields::of(at);
    let civil = |year: i64, month: u32, day: u32| Some(days_from_civil(year, month, day) * DAY);
    match unit {
        "microseconds" => Some(at),
        "milliseconds" => step(1000),
        "second" => step(SECOND),
        "minute" => step(MINUTE),
        "hour" => step(HOUR),
        "day" => step(DAY),
        "week" => Some((at.div_euclid(DAY) - (fields.iso_weekday() - 1)) * DAY),
        "month" => civil(fields.year, fields.month, 1),
        "quarter" => civil(fields.year, (fields.month - 1) / 3 * 3 + 1, 1),
        "year" => civil(fields.year, 1, 1),
        "decade" => civil(fields.year.div_euclid(10) * 10, 1, 1),
        "century" => civil((fields.year - 1).div_euclid(100) * 100 + 1, 1, 1),
        "millennium" => civil((fields.year - 1).div_euclid(1000) * 1000 + 1, 1, 1),
        _ => None,
    }
}

/// `timestamp - timestamp`: days and a time of day (`timestamp_mi`).
pub fn difference(a: i64, b: i64) -> Interval {
    Interval::of_micros(a.saturating_sub(b)).justify_hours()
}

/// `age(a, b)`: years, months and days as the calendar has them (`timestamp_age`).
pub fn age(a: i64, b: i64) -> Interval {
    if a < b {
        return age(b, a).negate();
    }
    let (x, y) = (Fields::of(a), Fields::of(b));
    let mut micros = x.micros - y.micros;
    let mut days = i64::from(x.day) - i64::from(y.day);
    let mut months = (x.year - y.year) * 12 + i64::from(x.month) - i64::from(y.month);
    if micros < 0 {
        micros += DAY;
        days -= 1;
    }
    if days < 0 {
        days += i64::from(days_in_month(y.year, y.month));
        months -= 1;
    }
    Interval { months: months as i32, days: days as i32, micros }
}

/// `2024-06-04`.
pub fn date_text(days: i32) -> String {
    match days {
        i32::MAX => return "infinity".to_owned(),
        i32::MIN => return "-infinity".to_owned(),
        _ => {}
    }
    let (year, month, day) = civil_from_days(i64::from(days));
    if year > 0 {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{:04}-{month:02}-{day:02} BC", 1 - year)
    }
}

/// `15:00:00.25`: fraction without trailing zeros.
pub fn time_text(micros: i64) -> String {
    let (hours, minutes) = (micros / HOUR, micros / MINUTE % 60);
    format!("{hours:02}:{minutes:02}:{}", seconds_text(micros % MINUTE))
}

fn seconds_text(micros: i64) -> String {
    let (whole, fraction) = (micros / SECOND, micros % SECOND);
    if fraction == 0 {
        return format!("{whole:02}");
    }
    format!("{whole:02}.{}", format!("{fraction:06}").trim_end_matches('0'))
}

/// `2024-06-04 15:00:00.25`, with `+00` behind it for `timestamptz`.
pub fn timestamp_text(timestamp: i64, with_zone: bool) -> String {
    match timestamp {
        i64::MAX => return "infinity".to_owned(),
        i64::MIN => return "-infinity".to_owned(),
        _ => {}
    }
    let zone = if with_zone { "+00" } else { "" };
    let date = date_text(timestamp.div_euclid(DAY) as i32);
    let time = time_text(timestamp.rem_euclid(DAY));
    match date.strip_suffix(" BC") {
        Some(date) => format!("{date} {time}{zone} BC"),
        None => format!("{date} {time}{zone}"),
    }
}

/// `1 year 2 mons 3 days 04:05:06.7` (IntervalStyle `postgres`, `EncodeInterval`).
pub fn interval_text(interval: &Interval) -> String {
    let mut parts = Vec::new();
    let mut negative_before = false;
    for (count, unit) in
        [(interval.months / 12, "year"), (interval.months % 12, "mon"), (interval.days, "day")]
    {
        if count != 0 {
            let sign = if negative_before && count > 0 { "+" } else { "" };
            parts.push(format!("{sign}{count} {unit}{}", if count == 1 { "" } else { "s" }));
            negative_before = count < 0;
        }
    }
    if interval.micros != 0 || parts.is_empty() {
        let sign = match (interval.micros < 0, negative_before) {
            (true, _) => "-",
            (false, true) => "+",
            _ => "",
        };
        let micros = interval.micros.unsigned_abs() as i64;
        parts.push(format!("{sign}{}", time_text(micros)));
    }
    parts.join(" ")
}

/// Reads a date with an optional time and zone; microseconds UTC and whether a zone was given. `now` is for the words
/// `now`, `today`, `tomorrow` and `yesterday`.
pub fn parse_timestamp(text: &str, now: i64) -> Option<i64> {
    let text = text.trim();
    let midnight = now.div_euclid(DAY) * DAY;
    match text.to_ascii_lowercase().as_str() {
        "infinity" => return Some(i64::MAX),
        "-infinity" => return Some(i64::MIN),
        "epoch" => return Some(0),
        "now" => return Some(now),
        "today" => return Some(midnight),
        "tomorrow" => return Some(midnight + DAY),
        "yesterday" => return Some(midnight - DAY),
        _ => {}
    }
    let split = text.find(['T', ' ', 'Z']).unwrap_or(text.len());
    let (date, rest) = text.split_at(split);
    let day = parse_civil(date)?;
    let rest = rest.trim_start_matches(['T', ' ']).trim();
    if rest.is_empty() || parse_zone(rest) == Some(0) {
        return Some(day * DAY);
    }
    let zone_at = rest.find(['+', '-', 'Z', 'z', ' ', 'U', 'u', 'G', 'g']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(zone_at);
    let micros = parse_time(time)?;
    Some(day * DAY + micros - parse_zone(zone.trim())?)
}

/// Offset of a zone from UTC in microseconds; only UTC by name and fixed offsets are known.
pub fn parse_zone(zone: &str) -> Option<i64> {
    match zone.to_ascii_lowercase().as_str() {
        "" | "z" | "utc" | "gmt" | "etc/utc" | "zulu" | "universal" | "uct" => return Some(0),
        _ => {}
    }
    let (sign, digits) = match zone.as_bytes().first()? {
        b'+' => (1, &zone[1..]),
        b'-' => (-1, &zone[1..]),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?),
        None if digits.len() == 4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
        None => (digits.parse::<i64>().ok()?, 0),
    };
    Some(sign * (hours * HOUR + minutes * MINUTE))
}

/// Reads `2024-06-04`, as a day number.
pub fn parse_civil(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if year.len() >= 3 => (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?),
        [month, day, year] => (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?),
        [digits] if digits.len() == 8 => {
            (digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?)
        }
        _ => return None,
    };
    let valid = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
    valid.then(|| days_from_civil(year, month, day))
}

/// Reads `15:04`, `15:04:05.678`, as microseconds.
pub fn parse_time(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds = match parts.next() {
        Some(seconds) => parse_seconds(seconds)?,
        None => 0,
    };
    let valid = (0..=24).contains(&hours)
        && (0..60).contains(&minutes)
        && seconds <= MINUTE
        && parts.next().is_none();
    valid.then_some(hours * HOUR + minutes * MINUTE + seconds)
}

fn parse_seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(whole * SECOND + fraction)
}

/// Units that an interval's text may name: spelling, months, days, microseconds of one.
const UNITS: &[(&[&str], i64, i64, i64)] = &[
    (&["millennium", "millennia", "mil", "mils"], 12_000, 0, 0),
    (&["century", "centuries", "c", "cent"], 1200, 0, 0),
    (&["decade", "decades", "dec", "decs"], 120, 0, 0),
    (&["year", "years", "y", "yr", "yrs"], 12, 0, 0),
    (&["month", "months", "mon", "mons"], 1, 0, 0),
    (&["week", "weeks", "w"], 0, 7, 0),
    (&["day", "days", "d"], 0, 1, 0),
    (&["hour", "hours", "h", "hr", "hrs"], 0, 0, HOUR),
    (&["minute", "minutes", "m", "min", "mins"], 0, 0, MINUTE),
    (&["second", "seconds", "s", "sec", "secs"], 0, 0, SECOND),
    (&["millisecond", "milliseconds", "ms", "msec", "msecs"], 0, 0, 1000),
    (&["microsecond", "microseconds", "us", "usec", "usecs"], 0, 0, 1),
];

/// Reads an interval; `default_unit` is what a bare number counts (`interval '5' minute`).
pub fn parse_interval(text: &str, default_unit: Option<&str>) -> Option<Interval> {
    let lower = text.trim().to_ascii_lowercase();
    if let Some(iso) = lower.strip_prefix('p') {
        return parse_iso_interval(iso);
    }
    let spaced = space_units(&lower);
    let words: Vec<&str> = spaced.split_whitespace().filter(|word| *word != "@").collect();
    if words.is_empty() {
        return None;
    }
    let mut total = Interval::default();
    let mut at = 0;
    let mut seen = false;
    while at < words.len() {
        let word = words[at];
        if word == "ago" && at + 1 == words.len() && seen {
            return Some(total.negate());
        }
        at += 1;
        seen = true;
        if word.contains(':') {
            total = total.add(&Interval::of_micros(signed_time(word)?));
            continue;
        }
        if let Some(months) = year_month(word) {
            total = total.add(&Interval { months, days: 0, micros: 0 });
            continue;
        }
        let unit = match words.get(at) {
            Some(unit) if unit.starts_with(|c: char| c.is_ascii_alphabetic()) && *unit != "ago" => {
                at += 1;
                unit
            }
            Some(next) if next.contains(':') => "day",
            _ => default_unit.unwrap_or("second"),
        };
        total = total.add(&amount(word, unit)?);
    }
    Some(total)
}

/// The SQL standard's `years-months`, as months.
fn year_month(word: &str) -> Option<i32> {
    let (sign, digits) = word.strip_prefix('-').map_or((1, word), |digits| (-1, digits));
    let (years, months) = digits.split_once('-')?;
    Some(sign * (years.parse::<i32>().ok()? * 12 + months.parse::<i32>().ok()?))
}

fn space_units(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for c in text.chars() {
        let unit_starts = c.is_ascii_alphabetic() && before.is_ascii_digit();
        if unit_starts || (c.is_ascii_digit() && before.is_ascii_alphabetic()) {
            spaced.push(' ');
        }
        spaced.push(c);
        before = c;
    }
    spaced
}

fn signed_time(word: &str) -> Option<i64> {
    let (sign, digits) = match word.as_bytes().first()? {
        b'-' => (-1, &word[1..]),
        b'+' => (1, &word[1..]),
        _ => (1, word),
    };
    let mut parts = digits.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds = parts.next().map_or(Some(0), parse_seconds)?;
    Some(sign * (hours * HOUR + minutes * MINUTE + seconds))
}

fn amount(word: &str, unit: &str) -> Option<Interval> {
    let (_, months, days, micros) = UNITS.iter().find(|(names, ..)| names.contains(&unit))?;
    if let Ok(count) = word.parse::<i64>() {
        return Some(Interval {
            months: i32::try_from(count.checked_mul(*months)?).ok()?,
            days: i32::try_from(count.checked_mul(*days)?).ok()?,
            micros: count.checked_mul(*micros)?,
        });
    }
    let count: f64 = word.parse().ok()?;
    if *micros != 0 {
        return Some(Interval::of_micros((count * *micros as f64).round() as i64));
    }
    let whole = Interval { months: *months as i32, days: *days as i32, micros: 0 };
    if *months >= 12 {
        return Some(Interval { months: (count * *months as f64).round() as i32, days: 0, micros: 0 });
    }
    Some(whole.scale(count))
}

fn parse_iso_interval(text: &str) -> Option<Interval> {
    let mut total = Interval::default();
    let (mut number, mut in_time) = (String::new(), false);
    for c in text.chars() {
        match c {
            't' => in_time = true,
            '0'..='9' | '.' | '-' | '+' => number.push(c),
            unit => {
                let name = match (unit, in_time) {
                    ('y', _) => "year",
                    ('m', false) => "month",
                    ('w', _) => "week",
                    ('d', _) => "day",
                    ('h', _) => "hour",
                    ('m', true) => "minute",
                    ('s', _) => "second",
                    _ => return None,
                };
                total = total.add(&amount(&number, name)?);
                number.clear();
            }
        }
    }
    number.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_print_and_parse_as_postgresql_does() {
        for (text, expected) in [
            ("5 minutes", "00:05:00"),
            ("1 day 2 hours", "1 day 02:00:00"),
            ("1.5 days", "1 day 12:00:00"),
            ("-1 year -2 mons +3 days -04:05:06", "-1 years -2 mons +3 days -04:05:06"),
            ("90 sec ago", "-00:01:30"),
            ("1y2mon", "1 year 2 mons"),
            ("P1DT2H", "1 day 02:00:00"),
            ("100", "00:01:40"),
            ("0", "00:00:00"),
        ] {
            let interval = parse_interval(text, None).expect(text);
            assert_eq!(interval_text(&interval), expected, "{text}");
        }
    }

    #[test]
    fn ages_follow_the_calendar() {
        let at = |text| parse_timestamp(text, 0).expect(text);
        let age_text = |a, b| interval_text(&age(at(a), at(b)));
        assert_eq!(age_text("2024-06-04 15:00", "2024-06-04 14:58:30.5"), "00:01:29.5");
        assert_eq!(age_text("2024-03-01", "2024-01-31"), "1 mon 1 day");
        assert_eq!(age_text("2023-01-01", "2024-06-04"), "-1 years -5 mons -3 days");
    }
}
