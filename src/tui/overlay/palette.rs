//! Every action by name: type some of it, enter does it.

use super::super::{
    action::ACTIONS, editor::Editor, format, panel::right, state::State, update::palette_rows,
};
use super::window;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

/// Columns for an action's name.
const NAME: u16 = 15;

/// Draws the palette and returns where the cursor stands.
pub(super) fn draw(
    state: &State,
    editor: &Editor,
    selected: usize,
    area: Rect,
    buffer: &mut Buffer,
) -> Position {
    let theme = &state.theme;
    let rows = palette_rows(state.place(), editor.text());
    let inner = window("Palette", "enter does it · esc closes", (84, 20), area, buffer, theme);
    let width = inner.width as usize;
    let x = buffer.set_stringn(inner.x + 1, inner.y, "> ", 2, theme.accent).0;
    buffer.set_stringn(x, inner.y, editor.text(), width.saturating_sub(4), theme.text);
    let list = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    let first = selected.saturating_sub((list.height as usize).saturating_sub(1));
    for ((i, row), y) in rows.iter().enumerate().skip(first).zip(list.y..list.bottom()) {
        let at = ACTIONS.iter().position(|other| std::ptr::eq(other, *row));
        let key = at.and_then(|at| state.keymap.keys(at).first()).map_or("", String::as_str);
        if i == selected {
            buffer.set_style(Rect { y, height: 1, ..list }, theme.selected);
        }
        buffer.set_stringn(list.x + 1, y, row.name, NAME as usize - 1, theme.accent);
        let room = width.saturating_sub(NAME as usize + key.len() + 4);
        buffer.set_stringn(list.x + NAME + 1, y, format::cut(row.doc, room), room, theme.text);
        right(&format!("{key} "), theme.dim, list, y, buffer);
    }
    if rows.is_empty() {
        buffer.set_stringn(list.x + 1, list.y, "No action has that name.", width - 2, theme.dim);
    }
    Position::new((x + editor.column() as u16).min(inner.right() - 1), inner.y)
}
