//! The debrief's first page: two timelines on one axis, the signals under them, and what the score is made of.
//!
//! ```text
//! ╭ Both timelines ───────────────────────────────────────────────── ← → ╮
//! │            detected   web tier cleared       index change rolled back │
//! │ real team ─◇──────────◇──────────────────────◇─────────────◇───────── │
//! │ you       ─●●────●──●────●───────────┆─────────────────────────────── │
//! │             ack  names  rollback     ┆                                │
//! │  100%┤          ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡄  ┆                                │
//! │    0%└15:00────────15:30────────────16:00────────────16:30─────────── │
//! │ 15:58  slow or failed 61%  p95 8.43 s  req/s 1,212  db cpu 100%       │
//! ╰────────────────────────────────────────────────────────────────────────╯
//! ```

use super::super::super::{
    chart::{Chart, Line, Scale},
    format,
    panel::{boxed, mark_glyph},
    state::Debrief,
    theme::Theme,
};
use super::{blocks, first_minute, worth};
use crate::debrief::{Report, document::Bar, report::TimelineRow, series::MinuteRow};
use crate::drill::MarkKind;
use crate::kernel::Span;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Style,
    widgets::Widget,
};
use unicode_width::UnicodeWidthStr;

/// Columns left of the axis, for the lanes' names and the scales.
const GUTTER: u16 = 11;
/// Longest label of a mark, in columns.
const LABEL: usize = 26;
/// Columns that a part of the score needs to be shown whole.
const SCORE_LEAST: u16 = 38;
/// Minutes up to which a drill is a short one.
const SHORT_MIN: f64 = 45.0;
/// Rows from which both charts have room.
const TWO_CHARTS_FROM: u16 = 18;

/// Draws the page.
pub(super) fn draw(debrief: &Debrief, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let report = &debrief.report;
    let below =
        (report.grade.parts.len() as u16 + 2 + u16::from(report.grade.hints > 0)).min(area.height / 2);
    let [top, bottom] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
    timelines(debrief, top, buffer, theme);
    let [left, right] = Layout::horizontal([
        Constraint::Length((area.width * 42 / 100).max(SCORE_LEAST)),
        Constraint::Fill(1),
    ])
    .areas(bottom);
    score(report, left, buffer, theme);
    worth::draw(report, right, buffer, theme);
}

fn score(report: &Report, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = boxed("Score", "2 says how", false, area, buffer, theme);
    let width = inner.width.saturating_sub(2);
    let rows = report.grade.parts.iter().map(|part| {
        let text =
            part.points.map_or("not run".to_owned(), |points| format!("{points:.1} / {}", part.weight));
        let share = part.points.unwrap_or(0.0) / f64::from(part.weight.max(1));
        blocks::bar_line(&Bar { label: part.name.to_owned(), share, text }, width as usize, theme)
    });
    for (line, y) in rows.zip(inner.y..inner.bottom()) {
        line.render(Rect { x: inner.x + 1, y, width, height: 1 }, buffer);
    }
    let y = inner.y + report.grade.parts.len() as u16;
    if report.grade.hints > 0 && y < inner.bottom() {
        buffer.set_stringn(
            inner.x + 1,
            y,
            format!("hints          −{}", report.grade.hints),
            width as usize,
            theme.warn,
        );
    }
}

/// The part of the report's series that is shown, and where its columns are.
struct Axis {
    first: usize,
    last: usize,
    plot: Rect,
}

impl Axis {
    /// The column of an instant, in minutes since the scenario's start.
    fn column(&self, minute: f64) -> Option<u16> {
        let share = (minute - self.first as f64) / (self.last - self.first).max(1) as f64;
        let steps = f64::from(self.plot.width.saturating_sub(1));
        (0.0..=1.0).contains(&share).then(|| self.plot.x + (share * steps).round() as u16)
    }
}

fn timelines(debrief: &Debrief, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let report = &debrief.report;
    let arrows = if theme.ascii { "left right" } else { "← →" };
    let inner = boxed("Both timelines", &format!("{arrows} moves the cursor"), true, area, buffer, theme);
    let last = report.series.len().saturating_sub(1);
    let first = first_minute(report).min(last);
    if inner.height < 6 || inner.width < GUTTER + 20 || last == first {
        return;
    }
    let plot = Rect { x: inner.x + GUTTER, width: inner.width - GUTTER - 1, ..inner };
    let axis = Axis { first, last, plot };
    let roomy = inner.height >= 11;
    let labels = u16::from(roomy);
    let y = inner.y + labels;
    lane(report, true, y, labels, &axis, buffer, theme);
    lane(report, false, y + 1, labels, &axis, buffer, theme);
    let charts = Rect { y: y + 2 + labels, height: inner.height.saturating_sub(2 + 2 * labels + 2), ..inner };
    let charts = Rect { width: plot.right() - inner.x, ..charts };
    draw_charts(report, &axis, charts, buffer, theme);
    draw_cursor(debrief, &axis, y, charts.bottom().saturating_sub(1), buffer, theme);
    readout(debrief, Rect { y: inner.bottom() - 2, height: 2, ..inner }, buffer, theme);
}

/// One lane: a line with a mark for each entry, and words for those that have room, above the real team's and below yours.
fn lane(report: &Report, real: bool, y: u16, labels: u16, axis: &Axis, buffer: &mut Buffer, theme: &Theme) {
    let kind = if real { MarkKind::Ghost } else { MarkKind::Trainee };
    let (glyph, style) = mark_glyph(kind, theme);
    let name = if real { report.ghost.label() } else { "you" };
    buffer.set_stringn(axis.plot.x - GUTTER + 1, y, name, 9, style);
    let dash = if theme.ascii { "-" } else { "─" };
    for x in axis.plot.left()..axis.plot.right() {
        buffer.set_string(x, y, dash, theme.border);
    }
    let rows: Vec<(u16, &TimelineRow)> = report
        .timeline
        .iter()
        .filter(|row| row.real == real)
        .filter_map(|row| Some((axis.column(minutes(row))?, row)))
        .collect();
    for (x, _) in &rows {
        buffer.set_string(*x, y, glyph.to_string(), style);
    }
    if labels > 0 {
        write_labels(&rows, if real { y - 1 } else { y + 1 }, style, axis, buffer);
    }
}

fn minutes(row: &TimelineRow) -> f64 {
    row.instant.0 as f64 / Span::MINUTE.0 as f64
}

fn write_labels(rows: &[(u16, &TimelineRow)], y: u16, style: Style, axis: &Axis, buffer: &mut Buffer) {
    let mut free = axis.plot.left();
    for (i, (x, row)) in rows.iter().enumerate() {
        let next =
            rows[i + 1..].iter().map(|(x, _)| *x).find(|next| *next > x + 8).unwrap_or(axis.plot.right());
        let room = (next.saturating_sub(x + 1) as usize).min(LABEL);
        let text = format::cut(&row.short, room);
        if *x < free || room < 8 || text.width() < 3 {
            continue;
        }
        buffer.set_stringn(*x, y, &text, room, style);
        free = x + text.width() as u16 + 2;
    }
}

fn draw_charts(report: &Report, axis: &Axis, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let two = area.height + 6 >= TWO_CHARTS_FROM;
    let affected = column(report, axis, |row| row.affected_ratio);
    let share = Chart {
        lines: vec![Line {
            values: affected,
            style: theme.bad.remove_modifier(ratatui::style::Modifier::BOLD),
            filled: true,
        }],
        scale: Scale::Linear { max: 1.0 },
        ticks: vec![(1.0, tick("100%")), (0.5, tick("slow 50%")), (0.0, tick("0%"))],
        rule: None,
        marks: Vec::new(),
        marked: false,
        times: if two { Vec::new() } else { times(report, axis) },
    };
    if !two {
        return share.draw(area, buffer, theme);
    }
    let [upper, lower] = Layout::vertical([Constraint::Fill(1); 2]).areas(area);
    share.draw(upper, buffer, theme);
    let line = |pick: fn(&MinuteRow) -> Option<f64>, style| Line {
        values: column(report, axis, pick),
        style,
        filled: false,
    };
    let page_time = Chart {
        lines: vec![line(|row| row.p50_ms, theme.series[0]), line(|row| row.p95_ms, theme.series[1])],
        scale: Scale::Log { min: 20.0, max: 60_000.0 },
        ticks: vec![(30_000.0, tick("30s")), (1_000.0, tick("p50 p95 1s")), (50.0, tick("50ms"))],
        rule: Some((report.slo_ms, format!("SLO {} s", report.slo_ms / 1_000.0))),
        marks: Vec::new(),
        marked: false,
        times: times(report, axis),
    };
    page_time.draw(lower, buffer, theme);
}

/// A scale's label, as wide as the lanes' gutter, so that everything stands on one axis.
fn tick(text: &str) -> String {
    format!("{text:>width$}", width = GUTTER as usize - 1)
}

fn column(report: &Report, axis: &Axis, pick: fn(&MinuteRow) -> Option<f64>) -> Vec<Option<f64>> {
    report.series[axis.first..=axis.last].iter().map(pick).collect()
}

/// A label at each half hour; in a short drill, at each five minutes.
fn times(report: &Report, axis: &Axis) -> Vec<(f64, String)> {
    let span = (axis.last - axis.first).max(1) as f64;
    let step = if span > SHORT_MIN { 30 } else { 5 };
    let minute = |row: &MinuteRow| row.t.rsplit(':').next().and_then(|minute| minute.parse::<u32>().ok());
    let rows = report.series[axis.first..=axis.last].iter().enumerate();
    rows.filter(|(_, row)| minute(row).is_some_and(|minute| minute % step == 0))
        .map(|(i, row)| (i as f64 / span, row.t.clone()))
        .collect()
}

fn draw_cursor(debrief: &Debrief, axis: &Axis, top: u16, bottom: u16, buffer: &mut Buffer, theme: &Theme) {
    let Some(x) = axis.column(debrief.cursor as f64) else { return };
    let glyph = if theme.ascii { '|' } else { '┆' };
    for y in top..bottom {
        if let Some(cell) = buffer.cell_mut((x, y)) {
            // Marks and words stay whole: the line goes on below them.
            let mark =
                cell.symbol().chars().next().is_some_and(|c| "◇●▲+^".contains(c) || c.is_alphanumeric());
            if !mark {
                cell.set_char(glyph).set_style(theme.accent);
            }
        }
    }
}

/// What was on screen at the cursor's minute, and what either team had done last.
fn readout(debrief: &Debrief, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let report = &debrief.report;
    let Some(row) = report.series.get(debrief.cursor) else { return };
    let width = area.width.saturating_sub(2) as usize;
    let share = |value: Option<f64>| value.map_or("–".to_owned(), format::percent);
    let time = |value: Option<f64>| value.map_or("–".to_owned(), format::millis);
    let count = |value: Option<f64>| value.map_or("–".to_owned(), |v| format::count(v.round() as u64));
    let x = buffer.set_stringn(area.x + 1, area.y, &row.t, width, theme.accent).0 + 2;
    let figures = [
        format!("slow or failed {:>4}", share(row.affected_ratio)),
        format!("errors {:>4}", share(row.error_ratio)),
        format!("p50 {:>7}", time(row.p50_ms)),
        format!("p95 {:>7}", time(row.p95_ms)),
        format!("req/s {:>5}", count(row.rps)),
        format!("db cpu {:>4}", share(row.db_cpu)),
        format!("waiting {:>5}", count(row.pool_waiting)),
    ];
    let room = area.right().saturating_sub(x + 1) as usize;
    buffer.set_stringn(x, area.y, whole(&figures, room), room, theme.text);
    let half = width / 2;
    for (real, x) in [(true, area.x + 1), (false, area.x + 1 + half as u16)] {
        let (glyph, style) = mark_glyph(if real { MarkKind::Ghost } else { MarkKind::Trainee }, theme);
        let until = (debrief.cursor + 1) as f64;
        let last = report.timeline.iter().rev().find(|row| row.real == real && minutes(row) < until);
        let text = last.map_or("nothing yet".to_owned(), |row| {
            format!("{} {}", row.at.get(..5).unwrap_or(""), row.short)
        });
        let text = format!("{glyph} {text}");
        buffer.set_stringn(x, area.y + 1, format::cut(&text, half.saturating_sub(2)), half, style);
    }
}

/// As many figures as fit: one is shown whole or not at all.
fn whole(figures: &[String], room: usize) -> String {
    let mut out = String::new();
    for figure in figures {
        let gap = if out.is_empty() { "" } else { "   " };
        if out.width() + gap.len() + figure.width() > room {
            break;
        }
        out.push_str(gap);
        out.push_str(figure);
    }
    out
}
