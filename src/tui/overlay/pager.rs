//! A command's output in full, as `less` shows it; the drill goes on behind it.
//!
//! ```text
//! ╭ shop=> \d orders ──────────────────────────────── 1–40 of 128 ╮
//! │                       Table "public.orders"                    │
//! │    Column    │  Type                                           │
//! ╰ / finds · n next · y copies · arrows move · q closes ──────────╯
//! ```

use super::super::{format, panel::console::mark_found, state::Pager, theme::Theme};
use super::place;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

/// Columns of screen left beside it, so that it is seen to lie over something.
const MARGIN: u16 = 2;

/// Draws the pager; returns where the cursor stands while a search is typed.
pub(super) fn draw(pager: &Pager, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
    let over = Rect {
        x: area.x + MARGIN,
        y: area.y + 1,
        width: area.width - 2 * MARGIN,
        height: area.height.saturating_sub(1),
    };
    let room = over.height.saturating_sub(2) as usize;
    let first = pager.scroll.min(pager.lines.len().saturating_sub(room));
    let last = (first + room).min(pager.lines.len());
    let note = format!("{}–{last} of {}", first + 1, pager.lines.len());
    let title = format::cut(&pager.title, (over.width as usize).saturating_sub(note.len() + 8));
    let inner = place(&title, &note, over, buffer, theme);
    let width = inner.width.saturating_sub(2) as usize;
    for (line, y) in pager.lines[first..last].iter().zip(inner.y..) {
        let text: String = line.chars().skip(pager.aside).collect();
        let row = Rect { x: inner.x + 1, y, width: width as u16, height: 1 };
        buffer.set_stringn(row.x, y, &text, width, theme.text);
        mark_found(&text, pager.find.text(), row, buffer, theme);
    }
    let y = over.bottom().saturating_sub(1);
    if pager.finding {
        let x = buffer.set_stringn(over.x + 2, y, " / ", 3, theme.accent).0;
        let end = buffer.set_stringn(x, y, pager.find.text(), width.saturating_sub(4), theme.text).0;
        buffer.set_stringn(end, y, " ", 1, theme.text);
        return Some(Position::new((x + pager.find.column() as u16).min(over.right() - 2), y));
    }
    let keys = " / finds · n next · y copies · arrows and space move · q closes ";
    buffer.set_stringn(over.x + 2, y, format::cut(keys, width), width, theme.dim);
    None
}
