//! The debrief: the grade and the one sentence that matters on top, then pages: the overview with both timelines over the
//! signals, and one page for each thing that a trainee asks next.

mod blocks;
mod cause;
mod overview;
mod worth;

use super::super::{
    action::Action,
    chart::bar,
    format,
    panel::boxed,
    state::{Debrief, Hit},
    theme::Theme,
};
use super::markdown;
use crate::debrief::{Report, document::Block, layout, still::Still};
use crate::kernel::Span;
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::Line,
    widgets::Widget,
};
use unicode_width::UnicodeWidthStr;

/// The pages, in the order of their digit keys.
pub(crate) const PAGES: &[&str] =
    &["Overview", "Score", "Evidence", "Actions", "Cause", "Timeline", "Practise"];

/// Columns of the bar that shows how far the other runs are.
const WAITING_BAR: usize = 14;

/// Columns from which there is a blank between two tabs.
const SPACED_TABS: u16 = 90;

/// Time shown before the real team's first entry.
const LEAD: Span = Span::from_mins(5);

/// The first minute that the overview shows, as an index into the report's series.
#[must_use]
pub(crate) fn first_minute(report: &Report) -> usize {
    let first = report.timeline.first().map_or(0, |row| row.instant.0);
    (first.saturating_sub(LEAD.0) / Span::MINUTE.0) as usize
}

impl Debrief {
    /// A report that has just come on screen: the cursor stands where the trainee named the last cause, or in the middle.
    #[must_use]
    pub fn new(report: Report) -> Self {
        let last = report.series.len().saturating_sub(1);
        let own = report.timeline.iter().filter(|row| !row.real).map(|row| row.instant);
        let at = own.max().map_or(last / 2, |at| (at.0 / Span::MINUTE.0) as usize);
        Self { cursor: at.min(last), page: 0, scroll: 0, cause: 0, report }
    }
}

impl Debrief {
    /// What was on screen at the cursor's minute: the nearest one of the trainee's part of the drill; nothing while the
    /// drill has not been run again.
    #[must_use]
    pub fn still(&self) -> Option<&Still> {
        let minute = |still: &Still| (still.snapshot.now.0 / Span::MINUTE.0) as usize;
        self.report.stills.iter().min_by_key(|still| minute(still).abs_diff(self.cursor))
    }
}

/// Draws the screen into everything above the footer.
pub(crate) fn draw(
    debrief: &Debrief,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    hits: &mut Vec<(Rect, Hit)>,
) {
    let [head, tabs, body] =
        Layout::vertical([Constraint::Length(4), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    grade(debrief, head, buffer, theme);
    draw_tabs(debrief.page, tabs, buffer, theme, hits);
    match PAGES[debrief.page.min(PAGES.len() - 1)] {
        "Overview" => overview::draw(debrief, body, buffer, theme),
        "Cause" => {
            let count = debrief.report.causes.len();
            let note = format!("{} of {count}", (debrief.cause + 1).min(count));
            let lines = |width| cause::lines(&debrief.report, debrief.cause, width, theme);
            scrolled("What was broken", &note, debrief.scroll, body, buffer, theme, lines);
        }
        title => {
            let lines = |width| page(&debrief.report, title, width, theme);
            scrolled(title, "", debrief.scroll, body, buffer, theme, lines);
        }
    }
}

/// The blocks of a page, from the report's document: one wording on screen and in every export.
fn page(report: &Report, title: &str, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let sections: &[&str] = if title == "Practise" { &["Practise", "Learning", "Review"] } else { &[title] };
    let document = layout::document(report);
    let mut lines = Vec::new();
    for section in document.sections.iter().filter(|section| sections.contains(&section.title.as_str())) {
        for block in &section.blocks {
            if !matches!(block, Block::Chart(_)) {
                lines.extend(blocks::lines(block, width, theme));
                lines.push(Line::default());
            }
        }
    }
    lines
}

fn scrolled(
    title: &str,
    note: &str,
    skip: usize,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    lines: impl Fn(usize) -> Vec<Line<'static>>,
) {
    let width = (area.width as usize).saturating_sub(4);
    let lines = lines(width);
    let room = area.height.saturating_sub(2) as usize;
    let most = lines.len().saturating_sub(room);
    let skip = skip.min(most);
    let more = match (skip < most, note.is_empty()) {
        (true, true) => format!("{} more lines", most - skip),
        (true, false) => format!("{note} · {} more lines", most - skip),
        (false, _) => note.to_owned(),
    };
    let inner = boxed(title, &more, true, area, buffer, theme);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    for (line, y) in lines.into_iter().skip(skip).zip(inner.y..inner.bottom()) {
        line.render(Rect { y, height: 1, ..inner }, buffer);
    }
}

fn draw_tabs(shown: usize, area: Rect, buffer: &mut Buffer, theme: &Theme, hits: &mut Vec<(Rect, Hit)>) {
    let gap = u16::from(area.width >= SPACED_TABS);
    let mut x = area.x + 1;
    for (i, page) in PAGES.iter().enumerate() {
        let style = if i == shown { theme.selected.patch(theme.accent) } else { theme.dim };
        let text = format!(" {} {page} ", i + 1);
        let end = buffer.set_stringn(x, area.y, &text, area.right().saturating_sub(x) as usize, style).0;
        hits.push((Rect::new(x, area.y, end - x, 1), Hit::Action(Action::Part(i as u8 + 1))));
        x = end + gap;
    }
}

/// The style of a score: what was well done is green, what was not is red.
fn judged(share: f64, theme: &Theme) -> Style {
    match share {
        s if s >= 0.7 => theme.good,
        s if s >= 0.4 => theme.warn,
        _ => theme.bad,
    }
}

fn grade(debrief: &Debrief, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let report = &debrief.report;
    let style = judged(report.grade.score / 100.0, theme);
    let badge = boxed("", "", false, Rect { x: area.x + 1, width: 9, ..area }, buffer, theme);
    let letter = format!("{:^7}", report.grade.letter);
    buffer.set_stringn(badge.x, badge.y, letter, 7, style.add_modifier(ratatui::style::Modifier::BOLD));
    buffer.set_stringn(
        badge.x,
        badge.y + 1,
        format!("{:^7}", format!("{:.0}", report.grade.score)),
        7,
        style,
    );
    let x = area.x + 12;
    let width = area.right().saturating_sub(x + 1) as usize;
    let about = format!("{} · seed {} · {}", report.title, report.seed, report.mode.name());
    buffer.set_stringn(x, area.y, format::cut(&about, width), width, theme.dim);
    if let Some((share, doing)) = &report.pending {
        draw_waiting(*share, doing, Rect { x, width: width as u16, height: 1, ..area }, buffer, theme);
    }
    let mut sentence = report.sentence.clone();
    if format::wrap(&sentence, width).len() > 3 {
        sentence = format::cut(&sentence, width * 3 - 3);
    }
    let lines = markdown::render(&sentence, width, theme);
    for (line, y) in lines.into_iter().zip(area.y + 1..area.bottom()) {
        line.style(theme.title).render(Rect { x, y, width: width as u16, height: 1 }, buffer);
    }
}

/// What the report still waits for, at the right of its first line: it can be read meanwhile.
fn draw_waiting(share: f64, doing: &str, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let (filled, rest) = bar(share, WAITING_BAR, theme.ascii);
    let rest = if theme.ascii { rest } else { "░".repeat(rest.chars().count()) };
    let text = format!("so far · weighing against {doing} ");
    let columns = text.width() + WAITING_BAR + 5;
    if columns > area.width as usize {
        return;
    }
    let x = area.right() - columns as u16;
    let x = buffer.set_stringn(x, area.y, &text, columns, theme.warn).0;
    let x = buffer.set_stringn(x, area.y, filled, WAITING_BAR, theme.accent).0;
    let x = buffer.set_stringn(x, area.y, rest, WAITING_BAR, theme.border).0;
    buffer.set_stringn(x, area.y, format!("{:>5}", format::percent(share)), 5, theme.dim);
}
