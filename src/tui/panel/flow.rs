//! The stack as a picture: components from left to right in the direction of a request, and the flow between them.
//!
//! ```text
//! ╭● lb ────────╮      ╭◐ web ───────╮      ╭● redis ─────╮
//! │1,212 req/s  │──•──▶│●●●●●●●●○○●● │──┬──▶│hit 94%      │
//! │             │      │10/12 ready  │  │   │             │
//! ╰─────────────╯      ╰─────────────╯  │   ╰─────────────╯
//!                                       ╰──▶…
//! ```
//!
//! Healthy is quiet: a round, dim frame. What is unwell has a frame of its own shape and colour, and so has the line that
//! leads to it; dots that stand still are requests that do.

use super::super::{format, state::Hit, theme::Theme};
use super::topology::health;
use crate::drill::{ComponentView, Health};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::Line,
    widgets::{Block, BorderType, Widget},
};
use std::collections::BTreeMap;

/// Rows of a component's box.
const BOX_ROWS: u16 = 4;
/// Fewest and most columns of a box.
const BOX_COLUMNS: (u16, u16) = (15, 26);
/// Fewest columns between two boxes: an elbow and an arrow.
const GAP: u16 = 5;
/// Columns from one dot of the flow to the next.
const DOT_EVERY: usize = 5;
/// How long a dot stays on a cell, milliseconds of the incident.
const DOT_MS: u64 = 200;

/// Where each component stands, in the order of the components.
pub(super) struct Plan {
    boxes: Vec<Rect>,
}

impl Plan {
    /// Lays the components out in `area`; nothing when there is no room for all.
    pub(super) fn of(components: &[&ComponentView], area: Rect) -> Option<Plan> {
        let depths = depths(components);
        let columns = usize::from(*depths.iter().max()?) + 1;
        let rows: Vec<Vec<usize>> = (0..columns)
            .map(|depth| (0..components.len()).filter(|i| usize::from(depths[*i]) == depth).collect())
            .collect();
        let tallest = rows.iter().map(Vec::len).max()? as u16;
        let gaps = columns as u16 - 1;
        let width = area.width.checked_sub(gaps * GAP)?.checked_div(columns as u16)?.min(BOX_COLUMNS.1);
        if width < BOX_COLUMNS.0 || tallest * BOX_ROWS > area.height {
            return None;
        }
        let gap = (area.width - width * columns as u16).checked_div(gaps).map_or(0, |gap| gap.min(2 * GAP));
        let whole = width * columns as u16 + gap * gaps;
        let left = area.x + (area.width - whole) / 2;
        let mut boxes = vec![Rect::default(); components.len()];
        for (depth, column) in rows.iter().enumerate() {
            let count = column.len() as u16;
            let between = ((area.height - count * BOX_ROWS) / (count + 1)).min(1);
            let top = area.y + (area.height - count * BOX_ROWS - between * (count - 1)) / 2;
            for (row, component) in column.iter().enumerate() {
                boxes[*component] = Rect {
                    x: left + depth as u16 * (width + gap),
                    y: top + row as u16 * (BOX_ROWS + between),
                    width,
                    height: BOX_ROWS,
                };
            }
        }
        Some(Plan { boxes })
    }

    /// Draws flow and boxes; a click on a box selects it.
    pub(super) fn draw(
        &self,
        components: &[&ComponentView],
        selected: usize,
        now_ms: u64,
        buffer: &mut Buffer,
        theme: &Theme,
        hits: &mut Vec<(Rect, Hit)>,
    ) {
        let mut lines = Lines::default();
        // The worst is drawn last, so that it is seen where lines share their way.
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for (from, component) in components.iter().enumerate() {
            let called = |name: &String| components.iter().position(|other| other.name == *name);
            edges.extend(component.calls.iter().filter_map(called).map(|to| (from, to)));
        }
        edges.sort_by_key(|(_, to)| badness(components[*to].health));
        for (from, to) in edges {
            lines.connect(self.boxes[from], self.boxes[to], components[to].health, now_ms, theme);
        }
        lines.draw(buffer, theme);
        for (index, (component, area)) in components.iter().zip(&self.boxes).enumerate() {
            draw_box(component, index == selected, *area, buffer, theme);
            hits.push((*area, Hit::Row(index)));
        }
    }
}

/// Rows that the picture of these components needs.
pub(super) fn rows(components: &[&ComponentView]) -> u16 {
    let depths = depths(components);
    let tallest = depths.iter().map(|depth| depths.iter().filter(|other| *other == depth).count()).max();
    tallest.unwrap_or(0) as u16 * BOX_ROWS
}

/// How far each component is from where requests come in, along the longest way.
fn depths(components: &[&ComponentView]) -> Vec<u16> {
    let mut depths = vec![0; components.len()];
    // As many rounds as there are components settle every depth, unless they call each other in a circle.
    for _ in 0..components.len() {
        for (from, component) in components.iter().enumerate() {
            for (to, other) in components.iter().enumerate() {
                if component.calls.contains(&other.name) && from != to {
                    let deeper = (depths[from] + 1).min(components.len() as u16 - 1);
                    depths[to] = depths[to].max(deeper);
                }
            }
        }
    }
    depths
}

fn badness(health: Health) -> u8 {
    match health {
        Health::Healthy => 0,
        Health::Degraded => 1,
        Health::Down => 2,
    }
}

fn draw_box(component: &ComponentView, selected: bool, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let (glyph, style) = health(component.health, theme);
    let frame = match component.health {
        _ if selected => theme.accent,
        Health::Healthy => theme.border,
        Health::Degraded | Health::Down => style,
    };
    let mut block = Block::bordered().border_style(frame);
    block = match (theme.ascii, component.health) {
        (true, _) => block.border_set(super::ASCII_BORDER),
        (false, Health::Healthy) => block.border_type(BorderType::Rounded),
        (false, Health::Degraded) => block.border_type(BorderType::Thick),
        (false, Health::Down) => block.border_type(BorderType::Double),
    };
    let room = area.width.saturating_sub(5) as usize;
    let name = Line::from_iter([
        ratatui::text::Span::styled(format!("{glyph} "), style),
        ratatui::text::Span::styled(format::cut(&component.name, room), theme.title),
        ratatui::text::Span::raw(" "),
    ]);
    let inner = block.inner(area);
    ratatui::widgets::Clear.render(area, buffer);
    block.title_top(name).render(area, buffer);
    let mut rows = inner.y..inner.bottom();
    let width = inner.width as usize;
    if component.replicas.len() > 1
        && let Some(y) = rows.next()
    {
        let mut x = inner.x;
        for replica in component.replicas.iter().take(width) {
            let (glyph, style) = health(*replica, theme);
            x = buffer.set_stringn(x, y, glyph, 1, style).0;
        }
    }
    let text = if component.health == Health::Healthy { theme.dim } else { style };
    for (part, y) in details(&component.detail, width, rows.len()).into_iter().zip(rows) {
        buffer.set_stringn(inner.x, y, format::cut(&part, width), width, text);
    }
}

/// A component's figures in so many rows: whole if they fit, else a part to a row.
fn details(text: &str, width: usize, rows: usize) -> Vec<String> {
    if rows < 2 || text.chars().count() <= width {
        return vec![text.to_owned()];
    }
    text.split([',', '·']).map(|part| part.trim().to_owned()).collect()
}

/// Which of its four neighbours a cell of a line leads to.
#[derive(Clone, Copy, Default)]
struct Ways {
    north: bool,
    east: bool,
    south: bool,
    west: bool,
}

/// The lines of all edges, put together cell by cell so that those that share their way join.
#[derive(Default)]
struct Lines {
    cells: BTreeMap<(u16, u16), (Ways, Style)>,
    dots: Vec<((u16, u16), Style)>,
    heads: Vec<((u16, u16), Style)>,
}

impl Lines {
    /// A line from the right side of a box to the left side of another one.
    fn connect(&mut self, from: Rect, to: Rect, health: Health, now_ms: u64, theme: &Theme) {
        let start = (from.right(), from.y + from.height / 2 - 1);
        let end = (to.x.saturating_sub(1), to.y + to.height / 2 - 1);
        if end.0 < start.0 + 2 {
            // Called backwards or within a column: the details beside the picture say so.
            return;
        }
        let style = match health {
            Health::Healthy => theme.border,
            Health::Degraded => theme.warn,
            Health::Down => theme.bad,
        };
        let elbow = end.0 - 2;
        let mut way: Vec<(u16, u16)> = (start.0..=elbow).map(|x| (x, start.1)).collect();
        let down = if start.1 <= end.1 { start.1..=end.1 } else { end.1..=start.1 };
        let mut rows: Vec<u16> = down.collect();
        if start.1 > end.1 {
            rows.reverse();
        }
        way.extend(rows.into_iter().skip(1).map(|y| (elbow, y)));
        way.extend((elbow + 1..=end.0).map(|x| (x, end.1)));
        for (index, cell) in way.iter().enumerate() {
            let (ways, shown) = self.cells.entry(*cell).or_default();
            let before = if index == 0 { (cell.0 - 1, cell.1) } else { way[index - 1] };
            let after = way.get(index + 1).copied().unwrap_or((cell.0 + 1, cell.1));
            for other in [before, after] {
                ways.north |= other.1 < cell.1;
                ways.south |= other.1 > cell.1;
                ways.west |= other.0 < cell.0;
                ways.east |= other.0 > cell.0;
            }
            *shown = style;
        }
        self.heads.push((end, style));
        // What is down takes nothing in: the dots before it stand.
        let moved = if theme.calm || health == Health::Down { 0 } else { (now_ms / DOT_MS) as usize };
        let dot = if health == Health::Healthy { theme.text } else { style };
        let phase = moved % DOT_EVERY;
        self.dots.extend(
            way.iter()
                .enumerate()
                .filter(|(index, _)| index % DOT_EVERY == phase && *index + 1 < way.len())
                .map(|(_, cell)| (*cell, dot)),
        );
    }

    fn draw(&self, buffer: &mut Buffer, theme: &Theme) {
        for ((x, y), (ways, style)) in &self.cells {
            buffer.set_stringn(*x, *y, glyph(*ways, theme.ascii), 1, *style);
        }
        let (dot, head) = if theme.ascii { ("o", ">") } else { ("•", "▶") };
        for ((x, y), style) in &self.dots {
            buffer.set_stringn(*x, *y, dot, 1, *style);
        }
        for ((x, y), style) in &self.heads {
            buffer.set_stringn(*x, *y, head, 1, *style);
        }
    }
}

fn glyph(ways: Ways, ascii: bool) -> &'static str {
    let Ways { north, east, south, west } = ways;
    match (north, east, south, west) {
        (false, _, false, _) => {
            if ascii {
                "-"
            } else {
                "─"
            }
        }
        (_, false, _, false) => {
            if ascii {
                "|"
            } else {
                "│"
            }
        }
        _ if ascii => "+",
        (true, true, false, false) => "╰",
        (true, false, false, true) => "╯",
        (false, true, true, false) => "╭",
        (false, false, true, true) => "╮",
        (true, true, true, false) => "├",
        (true, false, true, true) => "┤",
        (false, true, true, true) => "┬",
        (true, true, false, true) => "┴",
        (true, true, true, true) => "┼",
    }
}
