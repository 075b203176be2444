//! The shop as its customers feel it: golden signals as figures and the page time as a chart.
//!
//! ```text
//! ╭ Storefront ──────────────────────────────────── slow or failed 61% ╮
//! │ req/s 1,212 ▂▃▄▅▅▆  errors 12%  p50 212 ms  p95 8.43 s  p99 30.0 s │
//! │ 30s┤                                  ⣀⣤⣶⣿⣿⣿                       │
//! │  1s┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈ SLO 1 s │
//! │    │          ▲                    ●               ◇               │
//! │    └14:50──────────15:00─────────────15:10───────────              │
//! │               web-412          rollout undo   web tier cleared     │
//! ╰────────────────────────────────────────────────────────────────────╯
//! ```

use super::super::{
    chart::{Chart, Line, Mark, Scale, sparkline},
    format,
    theme::Theme,
};
use super::{boxed, mark_glyph};
use crate::drill::{MarkKind, Signal, SignalView, Snapshot};
use crate::kernel::{SimTime, Span};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// How much of the past the chart shows.
pub(crate) const WINDOW: Span = Span::from_secs(40 * 60);
/// Page times at the chart's bottom and top edges, in milliseconds.
const FASTEST_MS: f64 = 5.0;
const SLOWEST_MS: f64 = 60_000.0;

/// Draws the panel.
pub(crate) fn draw(snapshot: &Snapshot, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let slow = latest(snapshot, Signal::Affected);
    let note = format!("slow or failed {}", format::percent(slow));
    let inner = boxed("Storefront", &note, false, area, buffer, theme);
    if inner.height == 0 {
        return;
    }
    figures(snapshot, Rect { height: 1, ..inner }, buffer, theme);
    if inner.height > 4 {
        let plot = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        page_time_chart(snapshot, plot, buffer, theme);
    }
}

/// The signal of `kind`, if the snapshot has it.
pub(crate) fn signal(snapshot: &Snapshot, kind: Signal) -> Option<&SignalView> {
    snapshot.signals.iter().find(|s| s.kind == kind)
}

/// The newest value of `kind`; not a number where there is none.
pub(crate) fn latest(snapshot: &Snapshot, kind: Signal) -> f64 {
    signal(snapshot, kind).map_or(f64::NAN, |s| s.latest)
}

fn figures(snapshot: &Snapshot, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let limit = signal(snapshot, Signal::P95).and_then(|s| s.limit).unwrap_or(1_000.0);
    let judge = |ms: f64| match ms {
        ms if ms > limit * 3.0 => theme.bad,
        ms if ms > limit => theme.warn,
        _ => theme.text,
    };
    let errors = latest(snapshot, Signal::Errors);
    let error_style = if errors > 0.05 {
        theme.bad
    } else if errors > 0.005 {
        theme.warn
    } else {
        theme.text
    };
    // Each percentile's name has its line's colour, which makes the row the chart's legend.
    let mut cells: Vec<(&str, Style, String, Style)> = vec![
        ("req/s", theme.dim, format!("{:>5}", format::rate(latest(snapshot, Signal::Requests))), theme.text),
        ("errors", theme.dim, format!("{:>4}", format::percent(errors)), error_style),
    ];
    for ((name, kind), line) in
        [("p50", Signal::P50), ("p95", Signal::P95), ("p99", Signal::P99)].into_iter().zip(theme.series)
    {
        let ms = latest(snapshot, kind);
        cells.push((name, line, format!("{:>7}", format::millis(ms)), judge(ms)));
    }
    let fixed: usize = cells.iter().map(|(n, _, v, _)| n.len() + v.chars().count() + 3).sum();
    let spark = (area.width as usize).saturating_sub(fixed + 3).min(16);
    let mut x = area.x + 1;
    for (i, (name, name_style, value, style)) in cells.iter().enumerate() {
        if x + (name.len() + value.len() + 1) as u16 > area.right() {
            break;
        }
        x = buffer.set_stringn(x, area.y, name, area.width as usize, *name_style).0 + 1;
        x = buffer.set_stringn(x, area.y, value, area.width as usize, *style).0;
        if i == 0 && spark >= 4 {
            let values = resample(signal(snapshot, Signal::Requests), snapshot.now, spark);
            x = buffer
                .set_stringn(x + 1, area.y, sparkline(&values, spark, 0.0, theme.ascii), spark, theme.dim)
                .0;
        }
        x += 2;
    }
}

fn page_time_chart(snapshot: &Snapshot, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let columns = usize::from(area.width) * 2;
    let kinds = [Signal::P50, Signal::P95, Signal::P99];
    let lines = kinds.iter().zip(theme.series);
    let limit = signal(snapshot, Signal::P95).and_then(|s| s.limit);
    let chart = Chart {
        lines: lines
            .map(|(kind, style)| Line {
                values: resample(signal(snapshot, *kind), snapshot.now, columns),
                style,
                filled: false,
            })
            .collect(),
        scale: Scale::Log { min: FASTEST_MS, max: SLOWEST_MS },
        ticks: [(30_000.0, "30s"), (5_000.0, "5s"), (1_000.0, "1s"), (200.0, "200ms"), (50.0, "50ms")]
            .iter()
            .filter(|(v, _)| area.height > 9 || (*v != 200.0 && *v != 5_000.0))
            .map(|(v, t)| (*v, (*t).to_owned()))
            .collect(),
        rule: limit.map(|ms| (ms, format!("SLO {} s", ms / 1_000.0))),
        marks: marks(snapshot, theme),
        marked: true,
        times: time_labels(snapshot),
    };
    chart.draw(area, buffer, theme);
}

/// One signal as a panel of its own over the window, filled from zero.
pub(crate) fn chart(snapshot: &Snapshot, kind: Signal, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let is_share = matches!(kind, Signal::Errors | Signal::Affected | Signal::DatabaseCpu);
    let tell = |value: f64| if is_share { format::percent(value) } else { format::rate(value) };
    let title = match kind {
        Signal::Affected => "Slow or failed pages",
        Signal::DatabaseActive => "Active backends",
        other => other.label(),
    };
    let inner = boxed(title, &tell(latest(snapshot, kind)), false, area, buffer, theme);
    let values = resample(signal(snapshot, kind), snapshot.now, usize::from(inner.width) * 2);
    let most = values.iter().flatten().fold(10.0, |a: f64, b| a.max(*b));
    let top = if is_share { 1.0 } else { round_up(most) };
    let style = if kind == Signal::Affected { theme.series[2] } else { theme.series[0] };
    let chart = Chart {
        lines: vec![Line { values, style, filled: true }],
        scale: Scale::Linear { max: top },
        ticks: [top, top / 2.0, 0.0]
            .into_iter()
            .map(|value| {
                let text = if is_share { format::percent(value) } else { format::count(value as u64) };
                (value, format!("{text:>5}"))
            })
            .collect(),
        rule: None,
        marks: marks(snapshot, theme),
        marked: true,
        times: time_labels(snapshot),
    };
    chart.draw(inner, buffer, theme);
}

/// The next of 1, 2, 5 times a power of ten, so that the scale moves seldom.
fn round_up(value: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(value.max(1.0))));
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= value).unwrap_or(value)
}

/// One signal in one row: name, figure, and the window as a sparkline.
pub(crate) fn row(snapshot: &Snapshot, kind: Signal, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let value = latest(snapshot, kind);
    let text = match kind {
        Signal::Requests | Signal::DatabaseActive | Signal::PoolWaiting => format::rate(value),
        Signal::Errors | Signal::Affected | Signal::DatabaseCpu => format::percent(value),
        Signal::P50 | Signal::P95 | Signal::P99 => format::millis(value),
    };
    let most =
        if matches!(kind, Signal::Errors | Signal::Affected | Signal::DatabaseCpu) { 1.0 } else { 0.0 };
    buffer.set_stringn(area.x + 1, area.y, format!("{:<14}", kind.label()), 14, theme.dim);
    let x = buffer.set_stringn(area.x + 16, area.y, format!("{text:>8}"), 8, theme.text).0 + 2;
    let room = area.right().saturating_sub(x + 1) as usize;
    let values = resample(signal(snapshot, kind), snapshot.now, room);
    buffer.set_stringn(x, area.y, sparkline(&values, room, most, theme.ascii), room, theme.series[0]);
}

/// Where the window begins that ends at `now`, and how long it is: shorter than the whole while there is less of a past.
fn window(now: SimTime) -> (u64, u64) {
    let from = now.0.saturating_sub(WINDOW.0);
    (from, (now.0 - from).max(1))
}

/// Values of the window that ends at `now`, in `columns` equal steps; each is the worst of its step.
pub(crate) fn resample(signal: Option<&SignalView>, now: SimTime, columns: usize) -> Vec<Option<f64>> {
    let mut out = vec![None; columns];
    let Some(signal) = signal else { return out };
    let (from, span) = window(now);
    for (at, value) in signal.points.iter().filter(|(t, _)| t.0 >= from && t.0 <= now.0) {
        let column = ((at.0 - from) as u128 * columns as u128 / span as u128) as usize;
        let slot = &mut out[column.min(columns - 1)];
        *slot = Some(slot.map_or(*value, |old: f64| old.max(*value)));
    }
    fill_gaps(&mut out);
    out
}

/// Samples can be further apart than columns: a column without one shows the sample before it.
fn fill_gaps(values: &mut [Option<f64>]) {
    const LONGEST_GAP: usize = 12;
    let mut last = None;
    let mut gap = 0;
    for value in values.iter_mut() {
        if value.is_some() {
            (last, gap) = (*value, 0);
        } else {
            gap += 1;
            *value = if gap <= LONGEST_GAP { last } else { None };
        }
    }
}

/// What happened within the window, as marks on the time axis: changes, the real team's steps so far, the trainee's last.
pub(crate) fn marks(snapshot: &Snapshot, theme: &Theme) -> Vec<Mark> {
    let (from, span) = window(snapshot.now);
    let ghost = snapshot.ghost.marks.iter().filter(|m| m.at <= snapshot.now);
    let own = |kind| snapshot.marks.iter().filter(move |m| m.kind == kind);
    own(MarkKind::Change)
        .chain(ghost)
        .chain(own(MarkKind::Trainee))
        .filter(|m| m.at.0 >= from && m.at <= snapshot.now)
        .map(|m| {
            let (glyph, style) = mark_glyph(m.kind, theme);
            let at = (m.at.0 - from) as f64 / span as f64;
            Mark { at, glyph, style, text: m.text.clone() }
        })
        .collect()
}

/// A label at each ten minutes of the incident's clock; at each minute while the window is short.
pub(crate) fn time_labels(snapshot: &Snapshot) -> Vec<(f64, String)> {
    let (from, span) = window(snapshot.now);
    let step = if span > WINDOW.0 / 2 { Span::from_mins(10) } else { Span::MINUTE }.0;
    let clock = clock_seconds(&snapshot.clock);
    let now_s = snapshot.now.0 / 1_000_000_000;
    let first = from.div_ceil(step) * step;
    (0..)
        .map(|i| first + i * step)
        .take_while(|t| *t <= snapshot.now.0)
        .map(|t| {
            let seconds = (clock + 86_400 + t / 1_000_000_000 - now_s) % 86_400;
            let at = (t - from) as f64 / span as f64;
            (at, format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60))
        })
        .collect()
}

fn clock_seconds(clock: &str) -> u64 {
    clock.split(':').filter_map(|p| p.parse::<u64>().ok()).fold(0, |sum, part| sum * 60 + part)
}
