//! The milestones reached so far beside the real team's, and the trainee's notes.
//!
//! ```text
//! ╭ Milestones ──────────── you · real team ╮╭ Notes ─────────────── note TEXT ╮
//! │ detected            +2m            +2m  ││ 15:17 order_history takes 71 %  │
//! │ localised             –           +22m  ││                                 │
//! ╰─────────────────────────────────────────╯╰─────────────────────────────────╯
//! ```

use super::super::{format, theme::Theme};
use super::{boxed, window};
use crate::drill::Snapshot;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
};

/// Columns of the milestones.
const MILESTONES: u16 = 42;

/// Draws both; the notes are scrolled `back` rows from the newest.
pub(crate) fn draw(snapshot: &Snapshot, back: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let [left, right] = Layout::horizontal([Constraint::Length(MILESTONES), Constraint::Fill(1)]).areas(area);
    milestones(snapshot, left, buffer, theme);
    notes(snapshot, back, right, buffer, theme);
}

/// One row for each milestone. The real team's time is told once it has passed.
fn milestones(snapshot: &Snapshot, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let columns = format!("you · {}", snapshot.ghost.who.label());
    let inner = boxed("Milestones", &columns, false, area, buffer, theme);
    for (row, milestone) in snapshot.milestones.iter().enumerate().take(inner.height as usize) {
        let y = inner.y + row as u16;
        let since = |at: crate::kernel::SimTime| {
            let from = snapshot.drill.opens;
            if at >= from { format!("+{}", format::age(at - from)) } else { "before".to_owned() }
        };
        let own = milestone.at.map_or("–".to_owned(), since);
        let real = milestone.real.filter(|t| *t <= snapshot.now).map_or("–".to_owned(), since);
        buffer.set_stringn(inner.x + 1, y, format!("{:<14}", milestone.name), 14, theme.text);
        buffer.set_stringn(inner.x + 16, y, format!("{own:>10}"), 10, theme.own);
        buffer.set_stringn(inner.x + 28, y, format!("{real:>10}"), 10, theme.ghost);
    }
    let y = inner.y + snapshot.milestones.len() as u16 + 1;
    if y < inner.bottom() {
        let text = format!("hints used  {}", snapshot.hints_used);
        buffer.set_stringn(inner.x + 1, y, text, inner.width as usize - 1, theme.dim);
    }
}

fn notes(snapshot: &Snapshot, back: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = boxed("Notes", "note TEXT writes one", false, area, buffer, theme);
    let width = (inner.width as usize).saturating_sub(8).max(1);
    let rows: Vec<(&str, String)> = snapshot
        .notes
        .iter()
        .flat_map(|note| {
            let parts = format::wrap(&note.text, width).into_iter().enumerate();
            parts.map(|(i, part)| (if i == 0 { note.clock.as_str() } else { "" }, part))
        })
        .collect();
    if rows.is_empty() {
        let text = "What you write down stands here, and in the post-mortem.";
        for (part, y) in format::wrap(text, width + 6).into_iter().zip(inner.y..inner.bottom()) {
            buffer.set_stringn(inner.x + 1, y, part, width + 6, theme.dim);
        }
    }
    for (row, y) in window(rows.len(), inner.height as usize, back).zip(inner.y..) {
        let (clock, text) = &rows[row];
        buffer.set_stringn(inner.x + 1, y, clock, 5, theme.dim);
        buffer.set_stringn(inner.x + 7, y, text, width, theme.text);
    }
}
