//! The drills that were played: how the grades went by scenario, the weeks with practice, then a row for each, newest first.
//!
//! ```text
//! ╭ History ─────────────────────────────────────────── 12 played ╮
//! │ drill    played  best   last  to the cause  grades             │
//! │ june-4       11  A 91   B 78  43 → 21 min   ▃▄▄▅▅▆▇▆           │
//! │                                                                │
//! │ 3 weeks in a row, up to 2026-11-23                             │
//! │ day         drill    seed  grade  diagnosed  mitigated         │
//! ╰────────────────────────────────────────────────────────────────╯
//! ```

use super::super::{chart::sparkline, format, host::Past, theme::Theme};
use super::window;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// Points from which a grade is good.
const GOOD: f64 = 70.0;
/// Columns of a drill's name.
const NAME: usize = 14;
/// Columns of a drill's grades as a line.
const LINE: usize = 24;
/// Most drills with a row of their own above the list.
const MOST_DRILLS: usize = 6;

/// Draws the list, `scroll` rows down.
pub(super) fn draw(past: &[Past], scroll: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let note = format!("{} played", past.len());
    let names = names(past);
    let height = (past.len() as u16 + names.len() as u16 + 7).clamp(8, 30);
    let inner = window("History", &note, (92, height), area, buffer, theme);
    let width = inner.width as usize - 2;
    if past.is_empty() {
        let text = "No drill was finished yet: its grade will stand here.";
        buffer.set_stringn(inner.x + 1, inner.y + 1, text, width, theme.dim);
        return;
    }
    let head = format!(
        "{:<NAME$} {:>6}  {:>6}  {:>6}  {:<16}  {}",
        "drill", "played", "best", "last", "page to cause", "grades"
    );
    buffer.set_stringn(inner.x + 1, inner.y, head, width, theme.dim);
    let mut y = inner.y + 1;
    for name in &names {
        progress(name, past, Rect { y, height: 1, ..inner }, buffer, theme);
        y += 1;
    }
    let weeks = streak(past);
    let last = past.last().map_or("", |drill| drill.day.as_str());
    let text = match weeks {
        0 | 1 => format!("practised in the week of {last}"),
        weeks => format!("{weeks} weeks of practice in a row, up to {last}"),
    };
    buffer.set_stringn(inner.x + 1, y + 1, text, width, theme.text);
    list(
        past,
        scroll,
        Rect { y: y + 3, height: inner.bottom().saturating_sub(y + 3), ..inner },
        buffer,
        theme,
    );
}

/// Each drill's name once, the one that was played last first.
fn names(past: &[Past]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for drill in past.iter().rev() {
        if !names.contains(&drill.scenario) && names.len() < MOST_DRILLS {
            names.push(drill.scenario.clone());
        }
    }
    names
}

/// One scenario's way: how often, best, last, the time from the first page to the cause at first and now, the grades.
fn progress(name: &str, past: &[Past], row: Rect, buffer: &mut Buffer, theme: &Theme) {
    let drills: Vec<&Past> = past.iter().filter(|drill| drill.scenario == name).collect();
    let Some(last) = drills.last() else { return };
    let best = drills.iter().max_by(|a, b| a.score.total_cmp(&b.score)).unwrap_or(last);
    let times: Vec<u64> = drills.iter().filter_map(|drill| drill.to_diagnosis_min).collect();
    let arrow = if theme.ascii { "->" } else { "→" };
    let time = match times.as_slice() {
        [] => "never named".to_owned(),
        [only] => format!("{only} min"),
        [first, .., last] => format!("{first} {arrow} {last} min"),
    };
    let width = row.width as usize - 2;
    let text = format!("{:<NAME$} {:>6}  ", format::cut(name, NAME), drills.len());
    let x = buffer.set_stringn(row.x + 1, row.y, text, width, theme.text).0;
    let x = buffer.set_stringn(x, row.y, format!("{:>6}", grade(best)), 6, judged(best, theme)).0;
    let x = buffer.set_stringn(x, row.y, format!("  {:>6}", grade(last)), 8, judged(last, theme)).0;
    let x = buffer.set_stringn(x, row.y, format!("  {time:<16}  "), 20, theme.text).0;
    let scores: Vec<Option<f64>> = drills.iter().map(|drill| Some(drill.score)).collect();
    let line = sparkline(&scores, scores.len().min(LINE), 100.0, theme.ascii);
    let room = row.right().saturating_sub(x + 1) as usize;
    buffer.set_stringn(x, row.y, line, room, theme.accent);
}

fn list(past: &[Past], scroll: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    if area.height < 2 {
        return;
    }
    let width = area.width as usize - 2;
    let head = format!(
        "{:<11} {:<NAME$} {:>20}  {:>6}  {:>10} {:>10}",
        "day", "drill", "seed", "grade", "diagnosed", "mitigated"
    );
    buffer.set_stringn(area.x + 1, area.y, head, width, theme.dim);
    let room = area.height as usize - 1;
    let skip = scroll.min(past.len().saturating_sub(room));
    for (drill, y) in past.iter().rev().skip(skip).zip(area.y + 1..area.bottom()) {
        let dash = || "–".to_owned();
        let text =
            format!("{:<11} {:<NAME$} {:>20}  ", drill.day, format::cut(&drill.scenario, NAME), drill.seed);
        let x = buffer.set_stringn(area.x + 1, y, text, width, theme.text).0;
        let x = buffer.set_stringn(x, y, format!("{:>6}", grade(drill)), 6, judged(drill, theme)).0;
        let times = format!(
            "  {:>10} {:>10}",
            drill.diagnosed.clone().unwrap_or_else(dash),
            drill.mitigated.clone().unwrap_or_else(dash)
        );
        let room = area.right().saturating_sub(x + 1) as usize;
        buffer.set_stringn(x, y, times, room, theme.dim);
    }
}

fn grade(drill: &Past) -> String {
    format!("{} {:.0}", drill.letter, drill.score)
}

fn judged(drill: &Past, theme: &Theme) -> Style {
    if drill.score >= GOOD { theme.good } else { theme.warn }
}

/// Weeks in a row with a finished drill, counted back from the newest one.
#[must_use]
pub(crate) fn streak(past: &[Past]) -> usize {
    let mut weeks: Vec<i64> = past.iter().filter_map(|drill| week(&drill.day)).collect();
    weeks.sort_unstable();
    weeks.dedup();
    let newest = weeks.last().copied().unwrap_or(0);
    weeks.iter().rev().zip(0..).take_while(|(week, back)| **week == newest - back).count()
}

/// The number of the week, Monday first, that a day `2026-11-23` lies in. Days from civil: Hinnant, `chrono`-Compatible
/// Low-Level Date Algorithms.
fn week(day: &str) -> Option<i64> {
    let parts: Vec<i64> = day.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else { return None };
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    // 1970-01-01 was a Thursday.
    Some((days + 3).div_euclid(7))
}
