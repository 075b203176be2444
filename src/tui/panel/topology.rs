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

use super::super::{format, state::Hit, theme::Theme};
use super::{boxed, flow, signals};
use crate::drill::{ComponentView, Health, Signal, Snapshot};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Style,
};

/// Columns from which the details stand beside the tree.
const WIDE: u16 = 90;
/// Fewest and most rows of the details below the picture, the border included.
const DETAILS: (u16, u16) = (5, 8);

/// Draws the components as a tree of who calls whom.
pub(crate) fn draw(snapshot: &Snapshot, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let unwell = snapshot.topology.iter().filter(|c| c.health != Health::Healthy).count();
    let note = if unwell > 0 { format!("{unwell} unwell") } else { String::new() };
    let inner = boxed("Stack", &note, false, area, buffer, theme);
    for ((prefix, component), y) in tree(&snapshot.topology, theme.ascii).iter().zip(inner.y..inner.bottom())
    {
        draw_row(prefix, component, Rect { y, height: 1, ..inner }, buffer, theme);
    }
}

/// Draws the whole view: the tree with a selected component, and beside it what is known of that one.
pub(crate) fn view(
    snapshot: &Snapshot,
    selected: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    hits: &mut Vec<(Rect, Hit)>,
) {
    let tree = tree(&snapshot.topology, theme.ascii);
    let components: Vec<&ComponentView> = tree.iter().map(|(_, component)| *component).collect();
    let wide = area.width >= WIDE;
    if wide && picture(snapshot, &components, selected, area, buffer, theme, hits) {
        return;
    }
    let [left, right] = if wide {
        Layout::horizontal([Constraint::Percentage(52), Constraint::Fill(1)]).areas(area)
    } else {
        let rows = (tree.len() as u16 + 2).min(area.height);
        Layout::vertical([Constraint::Length(rows), Constraint::Fill(1)]).areas(area)
    };
    let inner = boxed("Topology", "up and down select", false, left, buffer, theme);
    for (row, ((prefix, component), y)) in tree.iter().zip(inner.y..inner.bottom()).enumerate() {
        let line = Rect { y, height: 1, ..inner };
        if row == selected {
            buffer.set_style(line, theme.selected);
        }
        draw_row(prefix, component, line, buffer, theme);
        hits.push((line, Hit::Row(row)));
    }
    if let Some((_, component)) = tree.get(selected)
        && right.height > 3
    {
        details(snapshot, component, right, buffer, theme);
    }
}

/// Draws the components as a picture above the selected one's details; says whether there was room.
fn picture(
    snapshot: &Snapshot,
    components: &[&ComponentView],
    selected: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    hits: &mut Vec<(Rect, Hit)>,
) -> bool {
    let Some(below) = area.height.checked_sub(flow::rows(components) + 2).filter(|rows| *rows >= DETAILS.0)
    else {
        return false;
    };
    let [top, bottom] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below.min(DETAILS.1))]).areas(area);
    let inside =
        Rect { x: top.x + 2, y: top.y + 1, width: top.width - 4, height: top.height.saturating_sub(2) };
    let Some(plan) = flow::Plan::of(components, inside) else { return false };
    boxed("Topology", "up and down select", false, top, buffer, theme);
    plan.draw(components, selected, snapshot.now.0 / 1_000_000, buffer, theme, hits);
    if let Some(component) = components.get(selected) {
        details(snapshot, component, bottom, buffer, theme);
    }
    true
}

/// Health, figures, neighbours and the signals of one component.
fn details(snapshot: &Snapshot, component: &ComponentView, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = boxed(&component.name, &component.kind, false, area, buffer, theme);
    // Low and wide: the signals stand beside the facts, not below them.
    let low = area.height <= DETAILS.1 && area.width >= WIDE;
    let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(inner);
    let facts_area = if low { left } else { inner };
    let width = facts_area.width.saturating_sub(2) as usize;
    let (glyph, style) = health(component.health, theme);
    let callers = snapshot.topology.iter().filter(|other| other.calls.contains(&component.name));
    let callers: Vec<&str> = callers.map(|other| other.name.as_str()).collect();
    let replicas = component.replicas.len();
    let ready = component.replicas.iter().filter(|health| **health == Health::Healthy).count();
    let mut facts = vec![
        ("health", format!("{glyph} {}", word(component.health)), style),
        ("figures", component.detail.clone(), theme.text),
    ];
    if replicas > 1 {
        facts.push(("instances", format!("{ready} of {replicas} healthy"), theme.text));
    }
    facts.push(("called by", names(&callers), theme.text));
    facts.push(("calls", names(&component.calls), theme.text));
    let mut y = inner.y;
    for (name, value, style) in facts {
        if y >= inner.bottom() {
            break;
        }
        buffer.set_stringn(inner.x + 1, y, name, 10, theme.dim);
        let room = width.saturating_sub(11);
        buffer.set_stringn(inner.x + 12, y, format::cut(&value, room), room, style);
        y += 1;
    }
    let beside =
        if low { right } else { Rect { y: y + 1, height: inner.bottom().saturating_sub(y + 1), ..inner } };
    for (kind, y) in signals_of(&component.kind).iter().zip(beside.y..beside.bottom()) {
        signals::row(snapshot, *kind, Rect { y, height: 1, ..beside }, buffer, theme);
    }
}

fn names<T: AsRef<str>>(list: &[T]) -> String {
    let list: Vec<&str> = list.iter().map(AsRef::as_ref).collect();
    if list.is_empty() { "nobody".to_owned() } else { list.join(", ") }
}

fn word(health: Health) -> &'static str {
    match health {
        Health::Healthy => "healthy",
        Health::Degraded => "degraded",
        Health::Down => "down",
    }
}

/// Which of the screen's signals tell about a kind of component.
fn signals_of(kind: &str) -> &'static [Signal] {
    match kind {
        "visitors" => &[Signal::Affected, Signal::Requests],
        "load balancer" | "deployment" => &[Signal::Requests, Signal::Errors, Signal::P95],
        "connection pool" => &[Signal::PoolWaiting, Signal::DatabaseActive],
        "database" => &[Signal::DatabaseCpu, Signal::DatabaseActive, Signal::PoolWaiting],
        _ => &[],
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
