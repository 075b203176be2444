//! What each action was worth, ranked: a few rows beside the score.

use super::super::super::{format, panel::boxed, theme::Theme};
use crate::debrief::{Report, worth::Worth};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// Columns from which all three figures and the time have room.
const WIDE: u16 = 52;

/// Draws the panel.
pub(super) fn draw(report: &Report, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let wide = area.width >= WIDE;
    let note = if wide { "min · visitors · money" } else { "visitors spared" };
    let inner = boxed("Worth of your actions", note, false, area, buffer, theme);
    let width = inner.width.saturating_sub(2) as usize;
    if report.worth.is_empty() {
        let text = "Nothing that you did changed production, so nothing was weighed.";
        for (part, y) in format::wrap(text, width).into_iter().zip(inner.y..inner.bottom()) {
            buffer.set_stringn(inner.x + 1, y, part, width, theme.dim);
        }
        return;
    }
    for (worth, y) in ranked(&report.worth, inner.height as usize).zip(inner.y..inner.bottom()) {
        let figures = if wide { figures(worth) } else { format!("{:>8}", visitors(worth)) };
        let x = buffer.set_stringn(inner.x + 1, y, &figures, width, style(worth, theme)).0 + 2;
        let clock_room = if wide { 9 } else { 1 };
        let room = inner.right().saturating_sub(x + clock_room) as usize;
        buffer.set_stringn(x, y, format::cut(&worth.line, room), room, theme.text);
        if !wide {
            continue;
        }
        let clock = worth.at.get(..5).unwrap_or(&worth.at);
        buffer.set_stringn(inner.right().saturating_sub(6), y, clock, 5, theme.dim);
    }
}

/// The best and the worst, when not all of them have a row.
fn ranked(all: &[Worth], rows: usize) -> impl Iterator<Item = &Worth> {
    let best = if all.len() <= rows { all.len() } else { rows.div_ceil(2) };
    let worst = rows.saturating_sub(best).min(all.len() - best);
    all[..best].iter().chain(&all[all.len() - worst..])
}

fn figures(worth: &Worth) -> String {
    let minutes = match worth.minutes {
        Some(minutes) => format!("{minutes:+.0} min").replace('-', "−"),
        // Without it the shop would have stayed down.
        None if worth.decisive => "ended it".to_owned(),
        None => "–".to_owned(),
    };
    let money = format!("{}{}", sign(worth.cents), format::dollars(worth.cents.unsigned_abs()));
    format!("{minutes:>8} {:>8} {money:>10}", visitors(worth))
}

fn visitors(worth: &Worth) -> String {
    format!("{}{}", sign(worth.visitors), format::count(worth.visitors.unsigned_abs()))
}

fn sign(value: i64) -> char {
    if value < 0 { '−' } else { '+' }
}

fn style(worth: &Worth, theme: &Theme) -> Style {
    match worth.verdict {
        "useful" => theme.good,
        "harmful" => theme.bad,
        _ => theme.dim,
    }
}
