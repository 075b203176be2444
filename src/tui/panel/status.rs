//! The status line: how bad is it, for how long, and where was the real team at this minute.
//!
//! ```text
//!  FIREDRILL   June 4 · seed 18   15:23:40 ▶ 10×   SEV-1 · 23m   ●  61% visitors hit   $48,210 lost   ◇ 15:20 web cleared
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
use unicode_width::UnicodeWidthStr;

/// One piece of the line and how much it matters: 0 is never left out.
struct Part {
    text: String,
    style: Style,
    rank: u8,
}

/// Shortest piece of the real team's step that still says something.
const GHOST_LEAST: usize = 18;

/// Draws the status line; what doesn't fit is left out whole, the least important first. The real team's step is shortened
/// only when nothing else is left to leave out.
pub(crate) fn draw(snapshot: &Snapshot, pace: &Pace, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    buffer.set_style(area, theme.bar);
    let gap = if area.width < 110 { "  " } else { "   " };
    let ghost = ghost(snapshot, theme);
    let mut parts = parts(snapshot, pace, theme);
    let room = area.width as usize;
    for rank in (1..=4).rev() {
        if width(&parts, gap) + ghost.width() + gap.len() <= room {
            break;
        }
        parts.retain(|part| part.rank < rank);
    }
    let mut line = Line::from(Span::raw(" "));
    for (i, part) in parts.iter().enumerate() {
        line.push_span(Span::raw(if i == 0 { "" } else { gap }));
        line.push_span(Span::styled(part.text.clone(), part.style));
    }
    let left = room.saturating_sub(width(&parts, gap) + gap.len());
    if left >= GHOST_LEAST.min(ghost.width()) && !ghost.is_empty() {
        line.push_span(Span::raw(gap));
        line.push_span(Span::styled(format::cut_words(&ghost, left), theme.ghost));
    }
    line.render(area, buffer);
}

/// Columns that the pieces take, one blank before the first.
fn width(parts: &[Part], gap: &str) -> usize {
    1 + parts.iter().map(|part| part.text.width() + gap.len()).sum::<usize>() - gap.len()
}

/// Where the real team was at this minute.
fn ghost(snapshot: &Snapshot, theme: &Theme) -> String {
    let mark = if theme.ascii { '+' } else { '◇' };
    let now = &snapshot.ghost.now;
    if now.is_empty() { String::new() } else { format!("{mark} {now}") }
}

fn parts(snapshot: &Snapshot, pace: &Pace, theme: &Theme) -> Vec<Part> {
    let part = |text: String, style, rank| Part { text, style, rank };
    let card = &snapshot.drill;
    let (declared, harm_style) = severity(snapshot, theme);
    let severity_rank = if snapshot.severity.is_some() { 0 } else { 2 };
    let mut parts = vec![
        part("FIREDRILL".to_owned(), theme.accent, 4),
        part(format!("{} · seed {}", card.title, card.seed), theme.text, 3),
        part(format!("{} {}", snapshot.clock, pace.label(theme.ascii)), theme.title, 0),
        part(declared, harm_style, severity_rank),
    ];
    parts.extend(harm(snapshot, theme).map(|(text, style)| part(text, style, 0)));
    parts
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

fn harm(snapshot: &Snapshot, theme: &Theme) -> [(String, Style); 2] {
    let impact = &snapshot.impact;
    let (dot, style) = match (impact.slo_met, theme.ascii) {
        (true, false) => ("○", theme.text),
        (false, false) => ("●", theme.bad),
        (true, true) => ("ok", theme.text),
        (false, true) => ("!", theme.bad),
    };
    let hit = format!("{dot} {:>4} visitors hit", format::percent(impact.affected_pct / 100.0));
    let (lost, money) = match impact.lost_cents {
        0..100 => ("$0 lost".to_owned(), theme.dim),
        cents => (format!("{} lost", format::dollars(cents)), theme.bad),
    };
    [(hit, style), (lost, money)]
}
