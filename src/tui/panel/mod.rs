//! The panels of the drill screen, one small file each. A panel reads the snapshot and paints its area; it decides nothing.

pub(crate) mod changes;
pub(crate) mod channel;
pub(crate) mod console;
pub(crate) mod database;
mod flow;
pub(crate) mod logs;
pub(crate) mod notes;
pub(crate) mod signals;
pub(crate) mod status;
pub(crate) mod timeline;
pub(crate) mod topology;
pub(crate) mod traces;

use super::{format, theme::Theme};
use crate::drill::MarkKind;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    symbols,
    text::Line,
    widgets::{Block, BorderType, Widget},
};
use unicode_width::UnicodeWidthStr;

/// The border of ASCII mode.
pub(crate) const ASCII_BORDER: symbols::border::Set<'static> = symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Draws a border with a title on its left and a note on its right, and returns the area inside.
pub(crate) fn boxed(
    title: &str,
    note: &str,
    focused: bool,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Rect {
    let border = if focused { theme.accent } else { theme.border };
    let mut block = Block::bordered().border_style(border);
    if !title.is_empty() {
        // The corners, and the blanks around each.
        let taken = if note.is_empty() { 4 } else { note.width() + 6 };
        let title = format::cut(title, (area.width as usize).saturating_sub(taken));
        block = block.title_top(Line::styled(format!(" {title} "), theme.title));
    }
    block = if theme.ascii { block.border_set(ASCII_BORDER) } else { block.border_type(BorderType::Rounded) };
    if !note.is_empty() {
        block = block.title_top(Line::styled(format!(" {note} "), theme.dim).right_aligned());
    }
    let inner = block.inner(area);
    block.render(area, buffer);
    inner
}

/// The one shape of each kind of mark, in charts, channel, timeline and debrief alike.
pub(crate) fn mark_glyph(kind: MarkKind, theme: &Theme) -> (char, Style) {
    match (kind, theme.ascii) {
        (MarkKind::Change, false) => ('▲', theme.warn),
        (MarkKind::Trainee, false) => ('●', theme.own),
        (MarkKind::Ghost, false) => ('◇', theme.ghost),
        (MarkKind::Change, true) => ('^', theme.warn),
        (MarkKind::Trainee, true) => ('o', theme.own),
        (MarkKind::Ghost, true) => ('+', theme.ghost),
    }
}

/// Writes `text` at the right edge of row `y`, and returns the column where it starts.
pub(crate) fn right(text: &str, style: Style, area: Rect, y: u16, buffer: &mut Buffer) -> u16 {
    let x = area.right().saturating_sub(text.width() as u16).max(area.x);
    buffer.set_stringn(x, y, text, area.width as usize, style);
    x
}

/// Which rows of `total` a list of `height` rows shows so that it is scrolled `back` rows from its end.
pub(crate) fn window(total: usize, height: usize, back: usize) -> std::ops::Range<usize> {
    let end = total - back.min(total.saturating_sub(height));
    end.saturating_sub(height)..end
}
