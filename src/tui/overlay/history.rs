//! The drills that were played: a row for each, newest first, and how the grades went.

use super::super::{chart::sparkline, format, host::Past, theme::Theme};
use super::window;
use ratatui::{buffer::Buffer, layout::Rect};

/// Points from which a grade is good.
const GOOD: f64 = 70.0;

/// Draws the list, `scroll` rows down.
pub(super) fn draw(past: &[Past], scroll: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let note = format!("{} played", past.len());
    let height = (past.len() as u16 + 5).clamp(8, 24);
    let inner = window("History", &note, (88, height), area, buffer, theme);
    let width = inner.width as usize - 2;
    if past.is_empty() {
        let text = "No drill was finished yet: its grade will stand here.";
        buffer.set_stringn(inner.x + 1, inner.y + 1, text, width, theme.dim);
        return;
    }
    let scores: Vec<Option<f64>> = past.iter().map(|drill| Some(drill.score)).collect();
    let line = sparkline(&scores, scores.len().min(40), 100.0, theme.ascii);
    let best = past.iter().map(|drill| drill.score).fold(0.0, f64::max);
    let x = buffer.set_stringn(inner.x + 1, inner.y, "grades ", width, theme.dim).0;
    let x = buffer.set_stringn(x, inner.y, line, 40, theme.accent).0;
    buffer.set_stringn(x + 2, inner.y, format!("best {best:.0}"), 10, theme.text);
    let head = format!(
        "{:<11} {:<18} {:>6}  {:>5}  {:>10} {:>10}",
        "day", "drill", "seed", "grade", "diagnosed", "mitigated"
    );
    buffer.set_stringn(inner.x + 1, inner.y + 2, head, width, theme.dim);
    let room = inner.height.saturating_sub(3) as usize;
    let skip = scroll.min(past.len().saturating_sub(room));
    for (drill, y) in past.iter().rev().skip(skip).zip(inner.y + 3..inner.bottom()) {
        let dash = || "–".to_owned();
        let text = format!("{:<11} {:<18} {:>6x}  ", drill.day, format::cut(&drill.scenario, 18), drill.seed);
        let x = buffer.set_stringn(inner.x + 1, y, text, width, theme.text).0;
        let style = if drill.score >= GOOD { theme.good } else { theme.warn };
        let x = buffer.set_stringn(x, y, format!("{} {:>3.0}", drill.letter, drill.score), 6, style).0;
        let times = format!(
            "  {:>10} {:>10}",
            drill.diagnosed.clone().unwrap_or_else(dash),
            drill.mitigated.clone().unwrap_or_else(dash)
        );
        buffer.set_stringn(x, y, times, width, theme.dim);
    }
}
