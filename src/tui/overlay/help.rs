//! The keys that work here, read from the action table.

use super::super::{
    action::{ACTIONS, Place, works_in},
    format,
    state::State,
};
use super::window;
use ratatui::{buffer::Buffer, layout::Rect};

/// Columns for the keys.
const KEYS: usize = 20;

/// Draws the table, `scroll` rows down.
pub(super) fn draw(state: &State, scroll: usize, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let place = state.place();
    let rows: Vec<(String, &str, bool)> = ACTIONS
        .iter()
        .enumerate()
        .filter(|(_, row)| {
            works_in(row.place, place) || (place == Place::Console && row.place == Place::View)
        })
        .map(|(i, row)| (state.keymap.keys(i).join(" "), row.doc, works_in(row.place, place)))
        .collect();
    let room = (area.height as usize).saturating_sub(2);
    let most = rows.len().saturating_sub(room);
    let skip = scroll.min(most);
    let note = match (skip < most, place) {
        (true, _) => format!("{} more below", most - skip),
        (false, Place::Console) => "dim: after esc".to_owned(),
        (false, _) => "esc closes".to_owned(),
    };
    let inner = window("Keys that work here", &note, (96, rows.len() as u16 + 2), area, buffer, theme);
    for ((keys, doc, here), y) in rows.into_iter().skip(skip).zip(inner.y..inner.bottom()) {
        let (key_style, style) = if here { (theme.accent, theme.text) } else { (theme.dim, theme.dim) };
        buffer.set_stringn(inner.x + 1, y, format!("{keys:>KEYS$}"), KEYS, key_style);
        let room = (inner.width as usize).saturating_sub(KEYS + 4);
        buffer.set_stringn(inner.x + KEYS as u16 + 3, y, format::cut(doc, room), room, style);
    }
}
