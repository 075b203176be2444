//! One cause: what it was, the migration, and the plans of the queries that it hurt, before and after side by side.

use super::super::super::{format, theme::Theme};
use super::super::markdown;
use crate::debrief::{
    Report,
    cause::{Cause, PlanPair},
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

/// Columns from which two plans stand side by side.
const SIDE_BY_SIDE: usize = 96;

/// The lines of cause `index`, no wider than `width`.
pub(super) fn lines(report: &Report, index: usize, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let Some(cause) = report.causes.get(index) else {
        return vec![Line::styled("Nothing was broken in this drill.", theme.dim)];
    };
    let mut lines = vec![
        Line::from(vec![
            Span::styled(format!("{}  ", cause.change), theme.accent),
            Span::styled(
                format::cut(&cause.title, width.saturating_sub(cause.change.len() + 2)),
                theme.title,
            ),
        ]),
        stamps(cause, theme),
        Line::default(),
    ];
    lines.extend(markdown::render(&cause.explanation, width, theme));
    lines.push(Line::default());
    for statement in &cause.ddl {
        lines.extend(
            wrapped(statement, width - 2).into_iter().map(|l| Line::styled(format!("  {l}"), theme.accent)),
        );
    }
    for pair in &cause.plans {
        lines.push(Line::default());
        lines.extend(plans(pair, width, theme));
    }
    if index + 1 == report.causes.len() {
        lines.extend(herrings(report, width, theme));
    }
    lines
}

fn stamps(cause: &Cause, theme: &Theme) -> Line<'static> {
    let when = |at: &Option<String>, style: Style| match at {
        Some(at) => Span::styled(format!("at {at}"), style),
        None => Span::styled("never", theme.bad),
    };
    Line::from(vec![
        Span::styled(format!("{} · {} · named ", cause.object, cause.mechanism_title), theme.dim),
        when(&cause.named_at, theme.own),
        Span::styled(" · taken back ", theme.dim),
        when(&cause.rolled_back_at, theme.own),
    ])
}

/// Both plans of a query, beside each other where there is room.
fn plans(pair: &PlanPair, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(vec![
        Span::styled(format!("{}  ", pair.query), theme.title),
        Span::styled(
            format::cut(&one_line(&pair.sql), width.saturating_sub(pair.query.len() + 2)),
            theme.dim,
        ),
    ])];
    let wide = width >= SIDE_BY_SIDE;
    let room = if wide { (width - 3) / 2 } else { width };
    let before = plan(&pair.before, &pair.after, room, theme.good, theme);
    let after = plan(&pair.after, &pair.before, room, theme.bad, theme);
    let bar = if theme.ascii { " | " } else { " │ " };
    if wide {
        let heads = (Line::styled("without the change", theme.dim), Line::styled("with it", theme.dim));
        lines.push(beside(heads.0, heads.1, room, bar, theme));
        for i in 0..before.len().max(after.len()) {
            let line = |side: &[Line<'static>]| side.get(i).cloned().unwrap_or_default();
            lines.push(beside(line(&before), line(&after), room, bar, theme));
        }
    } else {
        lines.push(Line::styled("without the change", theme.dim));
        lines.extend(before);
        lines.push(Line::styled("with it", theme.dim));
        lines.extend(after);
    }
    lines
}

fn beside(
    left: Line<'static>,
    right: Line<'static>,
    room: usize,
    bar: &'static str,
    theme: &Theme,
) -> Line<'static> {
    let blank = room.saturating_sub(left.width());
    let mut spans = left.spans.into_iter().map(|span| span.patch_style(left.style)).collect::<Vec<_>>();
    spans.push(Span::raw(" ".repeat(blank)));
    spans.push(Span::styled(bar, theme.border));
    spans.extend(right.spans.into_iter().map(|span| span.patch_style(right.style)));
    Line::from(spans)
}

/// A plan's lines; nodes and conditions that the other plan lacks stand out.
fn plan(
    lines: &[String],
    other: &[String],
    width: usize,
    differs: Style,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let known: Vec<String> = other.iter().map(|line| bare(line)).collect();
    let mut out = Vec::new();
    for line in lines {
        let style = if known.contains(&bare(line)) { theme.text } else { differs };
        out.extend(before_costs(line, width).into_iter().map(|part| styled(&part, style, theme)));
    }
    out
}

/// A line that is too wide is broken before its estimates first.
fn before_costs(line: &str, width: usize) -> Vec<String> {
    match line.find("  (cost=") {
        Some(at) if line.width() > width => {
            let indent = line.len() - line.trim_start().len() + 6;
            let mut parts = wrapped(&line[..at], width);
            let costs = format!("{}{}", " ".repeat(indent), line[at..].trim_start());
            parts.extend(wrapped(&costs, width));
            parts
        }
        _ => wrapped(line, width),
    }
}

/// The text of a plan's line without indentation, arrow and estimates.
fn bare(line: &str) -> String {
    let text = line.trim_start().trim_start_matches("->").trim_start();
    text.split("  (cost=").next().unwrap_or(text).to_owned()
}

/// Estimates are dim: the node is what is read first.
fn styled(text: &str, style: Style, theme: &Theme) -> Line<'static> {
    match text.find("(cost=") {
        Some(at) => Line::from(vec![
            Span::styled(text[..at].to_owned(), style),
            Span::styled(text[at..].to_owned(), theme.dim),
        ]),
        None => Line::styled(text.to_owned(), style),
    }
}

/// Breaks a line at blanks, with what goes on indented below where it began: nothing is cut off.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    if line.width() <= width {
        return vec![line.to_owned()];
    }
    let indent = (line.len() - line.trim_start().len() + 6).min(width / 2);
    let mut parts = Vec::new();
    let mut rest = line.to_owned();
    while rest.width() > width {
        let at = rest
            .char_indices()
            .take_while(|(i, _)| rest[..*i].width() <= width)
            .filter(|(i, c)| *c == ' ' && *i > indent)
            .map(|(i, _)| i)
            .last()
            .or_else(|| rest.char_indices().nth(width).map(|(i, _)| i))
            .unwrap_or(rest.len());
        let tail = rest.split_off(at);
        parts.push(rest);
        rest = format!("{}{}", " ".repeat(indent), tail.trim_start());
        if tail.trim().is_empty() {
            return parts;
        }
    }
    parts.push(rest);
    parts
}

fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn herrings(report: &Report, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    if report.red_herrings.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default(), Line::styled("What misled, and was not the cause", theme.title)];
    for (title, why) in &report.red_herrings {
        lines.extend(markdown::render(&format!("- **{title}**: {why}"), width, theme));
    }
    lines
}
