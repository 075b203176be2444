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
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the traces, `skip` of them down.
pub(crate) fn draw(
    snapshot: &Snapshot,
    filter: &str,
    skip: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    let note = if filter.is_empty() { "/ filters".to_owned() } else { format!("only {filter}") };
    let inner = boxed("Traces", &note, false, area, buffer, theme);
    let fits = |trace: &&TraceRow| {
        format!("{} {} {}", trace.endpoint, trace.id, trace.status).to_lowercase().contains(filter)
    };
    let traces: Vec<&TraceRow> = snapshot.traces.iter().filter(fits).collect();
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

fn draw_trace(trace: &TraceRow, area: Rect, buffer: &mut Buffer, theme: &Theme) -> u16 {
    let width = area.width as usize;
    let style = if trace.status >= 500 || trace.status == 0 { theme.bad } else { theme.warn };
    let head = format!(
        "{}  {}  {:<24} {:>4} {:>9}",
        trace.clock,
        trace.id,
        format::cut(&trace.endpoint, 24),
        trace.status,
        format::millis(trace.duration_ms)
    );
    buffer.set_stringn(area.x + 1, area.y, head, width - 1, style);
    let lane = width.saturating_sub(48).max(8);
    let mut y = area.y + 1;
    for span in trace.spans.iter().take_while(|_| y < area.bottom()).collect::<Vec<_>>() {
        if y >= area.bottom() {
            break;
        }
        let name = format!("{}{}", "  ".repeat(usize::from(span.depth).min(6)), span.name);
        buffer.set_stringn(area.x + 3, y, format::cut(&name, 30), 30, theme.dim);
        let total = trace.duration_ms.max(0.001);
        let offset = ((span.start_ms / total).clamp(0.0, 1.0) * (lane - 1) as f64) as usize;
        let (filled, _) = bar((span.duration_ms / total).clamp(0.0, 1.0), lane - offset, theme.ascii);
        let filled = if filled.is_empty() { "▏".to_owned() } else { filled };
        buffer.set_stringn(area.x + 34 + offset as u16, y, filled, lane - offset, theme.series[0]);
        let x = area.x + 34 + lane as u16 + 1;
        buffer.set_stringn(x, y, format!("{:>9}", format::millis(span.duration_ms)), 10, theme.text);
        y += 1;
    }
    y
}
