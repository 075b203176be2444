//! Figures as a responder reads them under stress: three significant digits, a unit always, thousands separated, and a
//! width that doesn't change from second to second.

use crate::kernel::Span;

/// A count with thousands separated: `1,204`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A duration in milliseconds as `212 ms`, `8.43 s`, `2.1 min`; a dash when there is none.
#[must_use]
pub fn millis(ms: f64) -> String {
    if !ms.is_finite() || ms < 0.0 {
        "–".to_owned()
    } else if ms < 0.005 {
        "0 ms".to_owned()
    } else if ms < 1.0 {
        format!("{ms:.2} ms")
    } else if ms < 9.95 {
        format!("{ms:.1} ms")
    } else if ms < 999.5 {
        format!("{ms:.0} ms")
    } else if ms < 9_995.0 {
        format!("{:.2} s", ms / 1e3)
    } else if ms < 120_000.0 {
        format!("{:.1} s", ms / 1e3)
    } else {
        format!("{:.1} min", ms / 60e3)
    }
}

/// A rate of requests or rows a second: `1,212`, `87.4`, `3.2`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    if !per_second.is_finite() || per_second < 0.0 {
        "–".to_owned()
    } else if per_second < 9.95 {
        format!("{per_second:.1}")
    } else {
        count(per_second.round() as u64)
    }
}

/// A share between 0 and 1 as a percentage, without decimals from one percent on: `61%`, `0.4%`.
#[must_use]
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        "–".to_owned()
    } else if share > 0.0 && share < 0.0095 {
        format!("{:.1}%", share * 100.0)
    } else {
        format!("{:.0}%", share * 100.0)
    }
}

/// The first eight characters of a long identifier: enough to tell two apart, and to type.
#[must_use]
pub fn short_id(id: &str) -> &str {
    id.char_indices().nth(8).map_or(id, |(at, _)| &id[..at])
}

/// Money lost, from cents: `$48,210`.
#[must_use]
pub fn dollars(cents: u64) -> String {
    format!("${}", count(cents / 100))
}

/// A length of time in the coarsest two units: `45s`, `23m`, `1h 04m`.
#[must_use]
pub fn age(span: Span) -> String {
    let seconds = span.as_secs_f64() as u64;
    match seconds {
        0..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m", seconds / 60),
        _ => format!("{}h {:02}m", seconds / 3_600, seconds / 60 % 60),
    }
}

/// Cuts `text` to `width` terminal columns, at a blank where the last word would lose its end, with an ellipsis for the rest.
#[must_use]
pub fn cut_words(text: &str, width: usize) -> String {
    let short = cut(text, width);
    if short.len() >= text.len() {
        return short;
    }
    match short.rfind(' ') {
        // A first word that is longer than half of the room is better cut than left out.
        Some(at) if at * 2 > width => format!("{}…", short[..at].trim_end_matches([',', ' ', ';', ':'])),
        _ => short,
    }
}

/// Cuts `text` to `width` terminal columns, with an ellipsis where something is missing.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w + 1 > width {
            break;
        }
        used += w;
        out.push(c);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// Breaks `text` into lines of at most `width` columns at spaces; a longer word is broken where the line ends.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthStr;
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let mut word = word;
            if !line.is_empty() && line.width() + 1 + word.width() > width {
                lines.push(std::mem::take(&mut line));
            }
            while word.width() > width {
                let at = word.char_indices().nth(width).map_or(word.len(), |(i, _)| i);
                lines.push(word[..at].to_owned());
                word = &word[at..];
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}
