//! Theme, motion, bell, symbols: what can be chosen without a file.

use super::super::{format, settings::CHOICES, state::State};
use super::window;
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the choices.
pub(super) fn draw(state: &State, selected: usize, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let size = (84, CHOICES.len() as u16 * 2 + 4);
    let inner = window("Settings", "left and right change · esc closes", size, area, buffer, theme);
    let (left, right) = if theme.ascii { ("<", ">") } else { ("‹", "›") };
    for (i, (choice, name, about)) in CHOICES.iter().enumerate() {
        let y = inner.y + 1 + 2 * i as u16;
        if y >= inner.bottom() {
            break;
        }
        if i == selected {
            buffer.set_style(Rect { y, height: 1, ..inner }, theme.selected);
        }
        buffer.set_stringn(inner.x + 2, y, name, 10, theme.text);
        let value = format!("{left} {:^18} {right}", state.settings.value(*choice));
        buffer.set_stringn(inner.x + 12, y, value, 22, theme.accent);
        let room = (inner.width as usize).saturating_sub(37);
        buffer.set_stringn(inner.x + 36, y, format::cut(about, room), room, theme.dim);
    }
    let y = inner.bottom().saturating_sub(1);
    let text = "keys are changed in config.ron: keys: { \"view/pause\": [\"p\"] }";
    buffer.set_stringn(
        inner.x + 2,
        y,
        format::cut(text, inner.width as usize - 3),
        inner.width as usize,
        theme.dim,
    );
}
