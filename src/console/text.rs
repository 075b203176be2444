//! Shared wording: tables with padded columns, ages, durations, nearest names.

use crate::kernel::Span;
use unicode_width::UnicodeWidthStr;

/// Blanks between the columns of a table, as kubectl has them.
const GAP: usize = 3;

/// Rows with each column padded to its widest cell; the last is not padded.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    table_with(rows, GAP)
}

/// [`table`] with a chosen number of blanks between columns.
pub(crate) fn table_with(rows: &[Vec<String>], gap: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - cell.width() + gap));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Cells from anything printable.
pub(crate) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// An age as kubectl prints it (`k8s.io/apimachinery/pkg/util/duration.HumanDuration`): `45s`, `5m12s`, `34m`, `3h5m`, `12h`,
/// `2d3h`, `12d`.
pub(crate) fn age(span: Span) -> String {
    let seconds = span.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let two = |first: u64, unit: char, rest: u64, small: char| {
        if rest == 0 { format!("{first}{unit}") } else { format!("{first}{unit}{rest}{small}") }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(hours / 24, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{}d", hours / 24),
        _ => format!("{}y", hours / 24 / 365),
    }
}

/// Reads a duration as Go and engineers write it: `90s`, `5m`, `1h30m`, `250ms`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Option<Span> {
    let units = [
        ("ms", Span::MILLISECOND),
        ("s", Span::SECOND),
        ("m", Span::MINUTE),
        ("h", Span::HOUR),
        ("d", Span::HOUR * 24),
    ];
    let mut rest = text;
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let number: f64 = rest[..digits].parse().ok()?;
        let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = &rest[digits..digits + letters];
        let (_, span) = match unit {
            "" if digits == text.len() => ("s", Span::SECOND),
            "sec" | "second" | "seconds" => ("s", Span::SECOND),
            "min" | "mins" | "minute" | "minutes" => ("m", Span::MINUTE),
            _ => *units.iter().find(|(name, _)| *name == unit)?,
        };
        total += number * span.as_secs_f64();
        rest = &rest[digits + letters..];
    }
    (total < 1e7).then(|| Span::from_secs_f64(total))
}

/// The nearest of `names` to `word`, when it is near enough to be a slip of the fingers.
pub(crate) fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let allowed = match word.chars().count() {
        0..=2 => 1,
        3..=7 => 2,
        _ => 3,
    };
    names
        .map(|name| (strsim::osa_distance(&word.to_lowercase(), &name.to_lowercase()), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, name)| name)
}

/// Words wrapped to a width; lines that start with a blank stay as they are.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.is_empty() {
            out.push('\n');
            continue;
        }
        if line.starts_with(' ') {
            out.push_str(&format!("{indent}{}\n", line.trim_end()));
            continue;
        }
        let mut current = indent.to_owned();
        for word in line.split(' ') {
            if current.width() + 1 + word.width() > width && current.trim() != "" {
                out.push_str(current.trim_end());
                out.push('\n');
                current = indent.to_owned();
            }
            if current != indent {
                current.push(' ');
            }
            current.push_str(word);
        }
        out.push_str(current.trim_end());
        out.push('\n');
    }
    out
}

pub(crate) use crate::kernel::thousands as grouped;
