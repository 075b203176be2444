//! The stack with the health of each component: small beside the charts, whole as a view.
//!
//! ```text
//! ╭ Stack ──────────────────────────────────╮
//! │ ● lb           1,212 req/s              │
//! │ └● web         ●●●●●●●●○○●● 10/12 ready │
//! │  ├● redis      hit 94%                  │
//! │  └◐ pgbouncer  1,204 waiting            │
//! │   └○ pg-1      100 active               │
//! ╰─────────────────────────────────────────╯
//! ```

use super::super::{format, theme::Theme};
use super::boxed;
use crate::drill::{ComponentView, Health, Snapshot};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// Draws the components as a tree of who calls whom.
pub(crate) fn draw(snapshot: &Snapshot, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let unwell = snapshot.topology.iter().filter(|c| c.health != Health::Healthy).count();
    let note = if unwell > 0 { format!("{unwell} unwell") } else { String::new() };
    let inner = boxed("Stack", &note, false, area, buffer, theme);
    for (row, (prefix, component)) in tree(&snapshot.topology, theme.ascii).iter().enumerate() {
        let y = inner.y + row as u16;
        if y >= inner.bottom() {
            break;
        }
        draw_row(prefix, component, Rect { y, height: 1, ..inner }, buffer, theme);
    }
}

fn draw_row(prefix: &str, component: &ComponentView, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let width = area.width as usize;
    let (glyph, style) = health(component.health, theme);
    let x = buffer.set_stringn(area.x + 1, area.y, prefix, width, theme.border).0;
    let x = buffer.set_stringn(x, area.y, glyph, width, style).0 + 1;
    let name_end = (area.x + 19).max(x + component.name.chars().count() as u16 + 1);
    buffer.set_stringn(x, area.y, &component.name, area.right().saturating_sub(x) as usize, theme.text);
    let mut x = name_end;
    for replica in &component.replicas {
        if component.replicas.len() < 2 || x + 1 >= area.right() {
            break;
        }
        let (glyph, style) = health(*replica, theme);
        x = buffer.set_stringn(x, area.y, glyph, 1, style).0;
    }
    if x > name_end {
        x += 1;
    }
    let room = area.right().saturating_sub(x + 1) as usize;
    let detail = if component.health == Health::Healthy { theme.dim } else { style };
    buffer.set_stringn(x, area.y, format::cut(&component.detail, room), room, detail);
}

/// The glyph and style of a health: the shape tells it without colour.
pub(crate) fn health(health: Health, theme: &Theme) -> (&'static str, Style) {
    match (health, theme.ascii) {
        (Health::Healthy, false) => ("●", theme.good),
        (Health::Degraded, false) => ("◐", theme.warn),
        (Health::Down, false) => ("○", theme.bad),
        (Health::Healthy, true) => ("o", theme.good),
        (Health::Degraded, true) => ("%", theme.warn),
        (Health::Down, true) => ("X", theme.bad),
    }
}

/// Components in calling order, each once, with the branch that leads to it.
fn tree(components: &[ComponentView], ascii: bool) -> Vec<(String, &ComponentView)> {
    let called: Vec<&str> = components.iter().flat_map(|c| c.calls.iter().map(String::as_str)).collect();
    let mut out = Vec::new();
    let mut seen = Vec::new();
    for root in components.iter().filter(|c| !called.contains(&c.name.as_str())) {
        visit(root, "", "", components, ascii, &mut seen, &mut out);
    }
    // A cycle has no root; whatever is left is listed as it stands.
    for component in components {
        visit(component, "", "", components, ascii, &mut seen, &mut out);
    }
    out
}

fn visit<'a>(
    component: &'a ComponentView,
    indent: &str,
    branch: &str,
    all: &'a [ComponentView],
    ascii: bool,
    seen: &mut Vec<&'a str>,
    out: &mut Vec<(String, &'a ComponentView)>,
) {
    if seen.contains(&component.name.as_str()) {
        return;
    }
    seen.push(&component.name);
    out.push((format!("{indent}{branch}"), component));
    let below: Vec<&ComponentView> = component
        .calls
        .iter()
        .filter_map(|name| all.iter().find(|c| c.name == *name))
        .filter(|c| !seen.contains(&c.name.as_str()))
        .collect();
    let (through, last, middle) = if ascii { ("| ", "`-", "|-") } else { ("│ ", "└─", "├─") };
    let indent = match branch {
        "" => indent.to_owned(),
        b if b == last => format!("{indent}  "),
        _ => format!("{indent}{through}"),
    };
    for (i, child) in below.iter().enumerate() {
        let branch = if i + 1 == below.len() { last } else { middle };
        visit(child, &indent, branch, all, ascii, seen, out);
    }
}
