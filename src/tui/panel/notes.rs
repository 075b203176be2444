//! The milestones reached so far, beside the real team's.

use super::super::{format, theme::Theme};
use super::boxed;
use crate::drill::Snapshot;
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws one row for each milestone. The real team's time is told once it has passed.
pub(crate) fn draw(snapshot: &Snapshot, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = boxed("Milestones", "you · real team", false, area, buffer, theme);
    for (row, milestone) in snapshot.milestones.iter().enumerate().take(inner.height as usize) {
        let y = inner.y + row as u16;
        let since = |at: crate::kernel::SimTime| {
            let from = snapshot.drill.opens;
            if at >= from { format!("+{}", format::age(at - from)) } else { "before".to_owned() }
        };
        let own = milestone.at.map_or("–".to_owned(), since);
        let real = milestone.real.filter(|t| *t <= snapshot.now).map_or("–".to_owned(), since);
        buffer.set_stringn(inner.x + 1, y, format!("{:<14}", milestone.name), 14, theme.text);
        buffer.set_stringn(inner.x + 16, y, format!("{own:>9}"), 9, theme.own);
        buffer.set_stringn(inner.x + 27, y, format!("{real:>9}"), 9, theme.ghost);
    }
    let y = inner.y + snapshot.milestones.len() as u16 + 1;
    if y < inner.bottom() {
        let text = format!("hints used: {}   write notes with: note TEXT", snapshot.hints_used);
        buffer.set_stringn(inner.x + 1, y, text, inner.width as usize - 1, theme.dim);
    }
}
