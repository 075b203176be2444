//! Sampled requests, slow and failed ones first kept: where the time of one real request went.
//!
//! ```text
//! ╭ Traces ──────────────────────────────────────────────────╮
//! │ 15:04:30  7f3a  order_history   504   30.0 s             │
//! │   pool wait pgbouncer   ████████████████████████  28.9 s │
//! │   query order_history                           █  1.1 s │
//! ╰──────────────────────────────────────────────────────────╯
//! ```

use super::super::{chart::bar, format, theme::Theme};
use super::boxed;
use crate::drill::{Snapshot, TraceRow};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// Milliseconds from which a request is slow.
const SLOW_MS: f64 = 1_000.0;

/// Draws the traces, `skip` of them down.
pub(crate) fn draw(
    snapshot: &Snapshot,
    filter: &str,
    skip: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    let note = if filter.is_empty() {
        "/ filters · enter shows the top one whole".to_owned()
    } else {
        format!("only {filter}")
    };
    let inner = boxed("Traces", &note, false, area, buffer, theme);
    let traces: Vec<&TraceRow> = shown(snapshot, filter).collect();
    if traces.is_empty() {
        buffer.set_stringn(
            inner.x + 1,
            inner.y,
            "No slow or failed request was sampled yet.",
            inner.width as usize,
            theme.dim,
        );
    }
    let mut y = inner.y;
    for trace in traces.iter().skip(skip.min(traces.len().saturating_sub(1))) {
        if y >= inner.bottom() {
            break;
        }
        y = draw_trace(trace, Rect { y, height: inner.bottom() - y, ..inner }, buffer, theme);
    }
}

/// The traces that contain `filter`, in lower case.
pub(crate) fn shown<'a>(snapshot: &'a Snapshot, filter: &'a str) -> impl Iterator<Item = &'a TraceRow> {
    snapshot.traces.iter().filter(move |trace| {
        format!("{} {} {}", trace.endpoint, trace.id, trace.status).to_lowercase().contains(filter)
    })
}

fn draw_trace(trace: &TraceRow, area: Rect, buffer: &mut Buffer, theme: &Theme) -> u16 {
    let width = area.width as usize;
    let style = if trace.status >= 400 || trace.status == 0 {
        theme.bad
    } else if trace.duration_ms >= SLOW_MS {
        theme.warn
    } else {
        theme.text
    };
    let head = format!(
        "{}  {:<8}  {:<24} {:>4} {:>9}",
        trace.clock,
        format::short_id(&trace.id),
        format::cut(&trace.endpoint, 24),
        trace.status,
        format::millis(trace.duration_ms)
    );
    buffer.set_stringn(area.x + 1, area.y, head, width - 1, style);
    let lane = width.saturating_sub(48).max(8);
    let mut y = area.y + 1;
    // The root span is the line above.
    let below = usize::from(trace.spans.len() > 1 && trace.spans[0].depth == 0);
    for span in &trace.spans[below..] {
        if y >= area.bottom() {
            break;
        }
        let name =
            format!("{}{}", "  ".repeat(usize::from(span.depth).saturating_sub(below).min(6)), span.name);
        buffer.set_stringn(area.x + 3, y, format::cut(&name, 30), 30, theme.dim);
        let total = trace.duration_ms.max(0.001);
        let offset = ((span.start_ms / total).clamp(0.0, 1.0) * (lane - 1) as f64) as usize;
        let (filled, _) = bar((span.duration_ms / total).clamp(0.0, 1.0), lane - offset, theme.ascii);
        let filled = if filled.is_empty() { "▏".to_owned() } else { filled };
        buffer.set_stringn(area.x + 34 + offset as u16, y, filled, lane - offset, kind(&span.name, theme));
        let x = area.x + 34 + lane as u16 + 1;
        buffer.set_stringn(x, y, format!("{:>9}", format::millis(span.duration_ms)), 10, theme.text);
        y += 1;
    }
    y
}

/// Waiting is what hurts; the application's own time is quiet; what is called stands between.
fn kind(name: &str, theme: &Theme) -> Style {
    match name {
        "app" => theme.dim,
        name if name.contains("wait") => theme.series[2],
        name if name.starts_with("GET (") || name.starts_with("SET") => theme.series[0],
        _ => theme.series[1],
    }
}
