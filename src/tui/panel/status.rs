//! The status line: how bad is it, for how long, and where was the real team at this minute.
//!
//! ```text
//!  FIREDRILL  June 4 · seed 4f2a   15:23:40 ▶ 10×   SEV-1 · 23m   ● 61% visitors hit   −$48,210   ◇ 15:20 web tier cleared
//! ```

use super::super::{format, pace::Pace, theme::Theme};
use crate::drill::{Phase, Snapshot};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Widget,
};

/// Draws the status line; what doesn't fit is left out whole, the least important first.
pub(crate) fn draw(snapshot: &Snapshot, pace: &Pace, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    buffer.set_style(area, theme.bar);
    let narrow = area.width < 110;
    let gap = if narrow { "  " } else { "   " };
    let mut parts: Vec<(String, Style)> = Vec::new();
    if !narrow {
        parts.push((" FIREDRILL".to_owned(), theme.accent));
        parts.push((format!("{} · seed {:x}", snapshot.drill.title, snapshot.drill.seed), theme.text));
    }
    parts.push((format!(" {} {}", snapshot.clock, pace.label(theme.ascii)), theme.title));
    parts.push(severity(snapshot, theme));
    parts.extend(harm(snapshot, theme));
    let ghost = snapshot.ghost.now.clone();
    let mut line = Line::default();
    let mut used = 0;
    for (i, (text, style)) in parts.into_iter().enumerate() {
        let gap = if i == 0 { "" } else { gap };
        let wide = text.chars().count() + gap.len();
        if used + wide > area.width as usize {
            break;
        }
        used += wide;
        line.push_span(Span::raw(gap));
        line.push_span(Span::styled(text, style));
    }
    let room = (area.width as usize).saturating_sub(used + gap.len());
    if room > 16 && !ghost.is_empty() {
        let mark = if theme.ascii { '+' } else { '◇' };
        line.push_span(Span::raw(gap));
        line.push_span(Span::styled(format::cut(&format!("{mark} {ghost}"), room), theme.ghost));
    }
    line.render(area, buffer);
}

fn severity(snapshot: &Snapshot, theme: &Theme) -> (String, Style) {
    match &snapshot.severity {
        Some(s) if snapshot.now >= s.since => {
            let style = if s.level <= 2 { theme.bad } else { theme.warn };
            (format!("SEV-{} · {}", s.level, format::age(snapshot.now - s.since)), style)
        }
        _ if snapshot.phase == Phase::Finished => ("over".to_owned(), theme.dim),
        _ => ("no severity".to_owned(), theme.dim),
    }
}

fn harm(snapshot: &Snapshot, theme: &Theme) -> Vec<(String, Style)> {
    let impact = &snapshot.impact;
    let (dot, style) = match (impact.slo_met, theme.ascii) {
        (true, false) => ("○", theme.text),
        (false, false) => ("●", theme.bad),
        (true, true) => ("ok", theme.text),
        (false, true) => ("!", theme.bad),
    };
    let hit = format!("{dot} {} visitors hit", format::percent(impact.affected_pct / 100.0));
    let lost = format!("−{}", format::dollars(impact.lost_cents));
    let money = if impact.lost_cents > 0 { theme.bad } else { theme.dim };
    vec![(hit, style), (lost, money)]
}
