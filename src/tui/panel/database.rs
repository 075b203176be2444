//! The primary database at a glance, and as a view of its own.
//!
//! ```text
//! ╭ Database ──────────────────────────────────────── cache hit 99% ╮
//! │ active  96/400 █████▊          cpu 100% ██████████  disk 41%    │
//! │ waiting for a connection 1,204        lock waits 0   lag 2.0 s  │
//! │ 71% order_history      4.21 s ×24/s                             │
//! │ 14% cart_by_session    380 ms ×212/s                            │
//! ╰─────────────────────────────────────────────────────────────────╯
//! ```

use super::super::{chart::bar, format, theme::Theme};
use super::{boxed, signals};
use crate::drill::{DatabaseSummary, Signal, Snapshot};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Style,
};

/// Draws the small panel.
pub(crate) fn draw(snapshot: &Snapshot, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let note = format!("cache hit {}", format::percent(snapshot.database.cache_hit));
    let inner = boxed("Database", &note, false, area, buffer, theme);
    contents(snapshot, inner, buffer, theme);
}

/// Columns from which the view has three panels in a row.
const WIDE: u16 = 100;
/// Rows of the view's upper half: gauges, waits and the top queries.
const UPPER: u16 = 10;

/// Draws the whole view: the same figures, what backends wait for, the load over time, who blocks whom, what is built.
pub(crate) fn view(snapshot: &Snapshot, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let db = &snapshot.database;
    let half = UPPER.min(area.height.div_ceil(2));
    let [top, bottom] = Layout::vertical([Constraint::Length(half), Constraint::Fill(1)]).areas(area);
    let [left, right] = Layout::horizontal([Constraint::Percentage(62), Constraint::Fill(1)]).areas(top);
    draw(snapshot, left, buffer, theme);
    waits_panel(db, right, buffer, theme);
    if bottom.height < 4 {
        return;
    }
    if area.width >= WIDE {
        let [chart, locks] = Layout::horizontal([Constraint::Fill(1); 2]).areas(bottom);
        signals::chart(snapshot, Signal::DatabaseActive, chart, buffer, theme);
        locks_panel(db, locks, buffer, theme);
    } else {
        locks_panel(db, bottom, buffer, theme);
    }
}

/// Active backends by wait event, as bars: what the database spends its time on.
fn waits_panel(db: &DatabaseSummary, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let inner = boxed("Waits", &format!("{} active", db.active), false, area, buffer, theme);
    let all = db.waits.iter().map(|wait| wait.backends).sum::<u32>().max(1);
    if db.waits.is_empty() {
        buffer.set_stringn(inner.x + 1, inner.y, "No backend is active.", inner.width as usize, theme.dim);
    }
    for (wait, y) in db.waits.iter().zip(inner.y..inner.bottom()) {
        let style = match wait.kind.as_str() {
            "Lock" => theme.bad,
            "IO" => theme.warn,
            _ => theme.series[0],
        };
        let name =
            if wait.kind == "CPU" { "CPU".to_owned() } else { format!("{}:{}", wait.kind, wait.event) };
        buffer.set_stringn(inner.x + 1, y, format!("{:<18}", format::cut(&name, 18)), 18, theme.text);
        buffer.set_stringn(inner.x + 20, y, format!("{:>4}", wait.backends), 4, style);
        let room = (inner.width as usize).saturating_sub(26);
        let (filled, _) = bar(f64::from(wait.backends) / f64::from(all), room, theme.ascii);
        buffer.set_stringn(inner.x + 25, y, filled, room, style);
    }
}

/// Index builds with their progress, then who blocks whom as a tree.
fn locks_panel(db: &DatabaseSummary, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let note = if db.lock_waits > 0 { format!("{} waiting", db.lock_waits) } else { String::new() };
    let inner = boxed("Locks and index builds", &note, false, area, buffer, theme);
    let width = inner.width.saturating_sub(2) as usize;
    let mut rows = inner.y..inner.bottom();
    for (build, y) in db.builds.iter().zip(rows.by_ref()) {
        let name = if build.index.is_empty() { format!("on {}", build.table) } else { build.index.clone() };
        let text = format!("{} {:<28} {}", build.pid, format::cut(&name, 28), build.phase);
        let done = build.done.map_or("    ".to_owned(), |done| format!("{:>4}", format::percent(done)));
        let room = width.saturating_sub(12);
        buffer.set_stringn(inner.x + 1, y, format::cut(&text, room), room, theme.text);
        let x = inner.right().saturating_sub(11);
        let (filled, rest) = bar(build.done.unwrap_or(0.0), 5, theme.ascii);
        let x = buffer.set_stringn(x, y, filled, 5, theme.accent).0;
        let x = buffer.set_stringn(x, y, rest, 5, theme.border).0;
        buffer.set_stringn(x, y, done, 4, theme.accent);
    }
    for (lock, y) in db.locks.iter().zip(rows.by_ref()) {
        let branch = if theme.ascii { "`- " } else { "└─ " };
        let indent =
            if lock.depth == 0 { String::new() } else { "   ".repeat(usize::from(lock.depth) - 1) + branch };
        let style = if lock.depth == 0 { theme.warn } else { theme.text };
        let wants =
            lock.wants.as_ref().map_or_else(|| lock.state.clone(), |wants| format!("waits for {wants}"));
        let text = format!("{indent}{} {:>4} {wants} · {}", lock.pid, format::age(lock.age), lock.query);
        buffer.set_stringn(inner.x + 1, y, format::cut(&text, width), width, style);
    }
    let quiet = [
        (db.builds.is_empty(), "No index is being built."),
        (db.locks.is_empty(), "No backend waits for a lock."),
    ];
    for ((_, text), y) in quiet.iter().filter(|(empty, _)| *empty).zip(rows) {
        buffer.set_stringn(inner.x + 1, y, text, width, theme.dim);
    }
}

fn contents(snapshot: &Snapshot, inner: Rect, buffer: &mut Buffer, theme: &Theme) {
    let db = &snapshot.database;
    let mut rows = (inner.y..inner.bottom()).map(|y| Rect { y, height: 1, ..inner });
    if let Some(row) = rows.next() {
        gauges(db, row, buffer, theme);
    }
    if let Some(row) = rows.next() {
        waits(snapshot, row, buffer, theme);
    }
    for (operation, row) in db.operations.iter().zip(rows.by_ref()) {
        buffer.set_stringn(
            row.x + 1,
            row.y,
            format::cut(operation, row.width as usize - 2),
            row.width as usize,
            theme.warn,
        );
    }
    for (i, (query, row)) in db.top.iter().zip(rows).enumerate() {
        let style = if i == 0 && query.share > 0.5 { theme.warn } else { theme.text };
        let name_width = (row.width as usize).saturating_sub(32).clamp(8, 40);
        // A query of which none has ended yet has no mean.
        let figures = if query.calls_per_s > 0.0 {
            format!("{:>8} × {:>5}/s", format::millis(query.mean_ms), format::rate(query.calls_per_s))
        } else {
            format!("{:>18}", "none has ended")
        };
        let text = format!(
            "{:>4}  {:<name_width$}  {figures}",
            format::percent(query.share),
            format::cut(&query.name, name_width),
        );
        buffer.set_stringn(row.x + 1, row.y, text, row.width as usize - 1, style);
    }
}

fn gauges(db: &DatabaseSummary, row: Rect, buffer: &mut Buffer, theme: &Theme) {
    let level = |share: f64| match share {
        s if s >= 0.9 => theme.bad,
        s if s >= 0.7 => theme.warn,
        _ => theme.text,
    };
    let active = f64::from(db.active) / f64::from(db.max_connections.max(1));
    let gauges: [(&str, String, f64, Style); 3] = [
        ("active", format!("{:>4}/{}", db.active, db.max_connections), active, level(active)),
        ("cpu", format!("{:>4}", format::percent(db.cpu)), db.cpu, level(db.cpu)),
        ("disk", format!("{:>4}", format::percent(db.disk)), db.disk, level(db.disk)),
    ];
    let share = (row.width / 3).max(1);
    for (i, (name, value, full, style)) in gauges.iter().enumerate() {
        let left = row.x + 1 + share * i as u16;
        let room = share.saturating_sub(2) as usize;
        let x = buffer.set_stringn(left, row.y, name, room, theme.dim).0 + 1;
        let x = buffer.set_stringn(x, row.y, value, room, *style).0 + 1;
        let width = (left + share).saturating_sub(x + 2).min(14) as usize;
        let (filled, rest) = bar(*full, width, theme.ascii);
        let x = buffer.set_stringn(x, row.y, filled, width, *style).0;
        buffer.set_stringn(x, row.y, rest, width, theme.border);
    }
}

fn waits(snapshot: &Snapshot, row: Rect, buffer: &mut Buffer, theme: &Theme) {
    let db = &snapshot.database;
    let alarm = |on: bool| if on { theme.bad } else { theme.text };
    let replicated = snapshot.topology.iter().filter(|component| component.kind == "database").count() > 1;
    let parts = [
        ("waiting for a connection", format::count(u64::from(db.pool_waiting)), alarm(db.pool_waiting > 20)),
        ("lock waits", db.lock_waits.to_string(), alarm(db.lock_waits > 5)),
        ("replica lag", format::millis(db.replica_lag_ms), alarm(db.replica_lag_ms > 10_000.0)),
    ];
    let mut x = row.x + 1;
    for (name, value, style) in parts.into_iter().take(if replicated { 3 } else { 2 }) {
        if usize::from(x) + name.len() + value.len() + 1 > usize::from(row.right()) {
            break;
        }
        x = buffer.set_stringn(x, row.y, name, row.width as usize, theme.dim).0 + 1;
        x = buffer.set_stringn(x, row.y, value, row.width as usize, style).0 + 3;
    }
}
