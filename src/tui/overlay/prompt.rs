//! Questions: leave the drill, an answer for the channel, words to look for.

use super::super::{editor::Editor, state::State, theme::Theme, update::filters};
use super::{place, window};
use crate::tui::state::Screen;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

/// Draws the ways to leave a drill.
pub(super) fn leave(area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = window("Leave the drill?", "esc stays", (58, 7), area, buffer, theme);
    let rows = [
        ("e", "End it now and be graded on what you did"),
        ("k", "Keep it: go home, and go on later where it stands"),
        ("q", "Quit Firedrill; the drill is kept"),
    ];
    for ((key, text), y) in rows.iter().zip(inner.y + 1..) {
        buffer.set_stringn(inner.x + 3, y, key, 1, theme.accent);
        buffer.set_stringn(inner.x + 6, y, text, inner.width as usize - 7, theme.text);
    }
}

/// Draws the line of an answer.
pub(super) fn reply(editor: &Editor, to: &str, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Position {
    let title = if to.is_empty() { "Write to the channel".to_owned() } else { format!("Answer {to}") };
    let inner = window(&title, "enter sends · esc drops it", (84, 3), area, buffer, theme);
    line(editor, inner, buffer, theme)
}

/// Draws the line of a seed.
pub(super) fn seed(editor: &Editor, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Position {
    let inner = window("Seed", "enter takes it · empty draws one", (50, 3), area, buffer, theme);
    line(editor, inner, buffer, theme)
}

/// Draws the line of a search: at the bottom, so that what it finds stays in sight.
pub(super) fn find(state: &State, editor: &Editor, area: Rect, buffer: &mut Buffer) -> Position {
    let narrows = matches!(&state.screen, Screen::Drill(drill) if filters(drill));
    let (title, note) = if narrows {
        ("Show only", "enter keeps it · esc shows all")
    } else {
        ("Find in the transcript", "enter or up: older · down: newer · esc leaves")
    };
    let box_area = Rect { y: area.bottom().saturating_sub(3), height: 3, ..area };
    let inner = place(title, note, box_area, buffer, &state.theme);
    line(editor, inner, buffer, &state.theme)
}

/// The end of the text is always in sight.
fn line(editor: &Editor, inner: Rect, buffer: &mut Buffer, theme: &Theme) -> Position {
    let room = (inner.width as usize).saturating_sub(4);
    let column = editor.column();
    let skip = column.saturating_sub(room);
    let text: String = editor.text().chars().skip(skip).collect();
    let x = buffer.set_stringn(inner.x + 1, inner.y, "> ", 2, theme.accent).0;
    buffer.set_stringn(x, inner.y, text, room, theme.text);
    Position::new(x + (column - skip) as u16, inner.y)
}
