//! What lies over a screen, one file each. An overlay takes the keys until it is closed; esc always closes it.

mod help;
pub(crate) mod history;
mod moment;
mod pager;
mod palette;
mod prompt;
mod settings;
mod welcome;

use super::{
    panel::boxed,
    state::{Overlay, State},
    theme::Theme,
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    widgets::{Clear, Widget},
};

/// Draws an overlay over `area`; returns the cursor if something is typed in it.
pub(crate) fn draw(overlay: &Overlay, state: &State, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let theme = &state.theme;
    match overlay {
        Overlay::Help { scroll } => help::draw(state, *scroll, area, buffer),
        Overlay::Palette { editor, selected } => {
            return Some(palette::draw(state, editor, *selected, area, buffer));
        }
        Overlay::Leave => prompt::leave(area, buffer, theme),
        Overlay::Reply { editor, to } => return Some(prompt::reply(editor, to, area, buffer, theme)),
        Overlay::Find { editor } => return Some(prompt::find(state, editor, area, buffer)),
        Overlay::History { past, scroll } => history::draw(past, *scroll, area, buffer, theme),
        Overlay::Welcome => welcome::draw(area, buffer, theme),
        Overlay::Seed { editor } => return Some(prompt::seed(editor, area, buffer, theme)),
        Overlay::Pager(pager) => return pager::draw(pager, area, buffer, theme),
        Overlay::Moment { view } => moment::draw(state, *view, area, buffer),
        Overlay::Settings { selected } => settings::draw(state, *selected, area, buffer),
    }
    None
}

/// A box of its own in the middle of `area`, emptied.
fn window(title: &str, note: &str, size: (u16, u16), area: Rect, buffer: &mut Buffer, theme: &Theme) -> Rect {
    let (width, height) = (size.0.min(area.width), size.1.min(area.height));
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 2;
    place(title, note, Rect::new(x, y, width, height), buffer, theme)
}

/// A box of its own at `area`, emptied.
fn place(title: &str, note: &str, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Rect {
    Clear.render(area, buffer);
    boxed(title, note, true, area, buffer, theme)
}
