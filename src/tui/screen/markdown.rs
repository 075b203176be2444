//! The little Markdown that briefings and reports use: headings, bullets, `code` and **bold**, wrapped to a width.

use super::super::{format, theme::Theme};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};
use unicode_width::UnicodeWidthChar;

/// Turns Markdown into lines no wider than `width`. Paragraphs are refilled; fenced blocks are kept as they are.
pub(crate) fn render(text: &str, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut paragraph = String::new();
    let mut fenced = false;
    for raw in text.lines() {
        let line = raw.trim_end();
        if line.trim_start().starts_with("```") {
            flush(&mut paragraph, &mut lines, width, theme);
            fenced = !fenced;
        } else if fenced || line.starts_with('|') {
            flush(&mut paragraph, &mut lines, width, theme);
            lines.push(Line::styled(format::cut(line, width), theme.text));
        } else if let Some(title) = line.strip_prefix('#') {
            flush(&mut paragraph, &mut lines, width, theme);
            let title = title.trim_start_matches('#').trim();
            lines.push(Line::styled(format::cut(title, width), theme.title));
        } else if line.is_empty() {
            flush(&mut paragraph, &mut lines, width, theme);
            lines.push(Line::default());
        } else if let Some(item) = line.trim_start().strip_prefix("- ") {
            flush(&mut paragraph, &mut lines, width, theme);
            bullet(item, &mut lines, width, theme);
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
    flush(&mut paragraph, &mut lines, width, theme);
    while lines.last().is_some_and(|l| l.spans.is_empty()) {
        lines.pop();
    }
    lines
}

/// A word in the margin and its text beside it.
pub(crate) fn hanging(word: &str, text: &str, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    const MARGIN: usize = 10;
    let mut lines = Vec::new();
    for (i, part) in filled(text, width.saturating_sub(MARGIN), theme).into_iter().enumerate() {
        let margin = if i == 0 { format!("{word:<MARGIN$}") } else { " ".repeat(MARGIN) };
        let mut line = Line::from(Span::styled(margin, theme.accent));
        line.spans.extend(part.spans);
        lines.push(line);
    }
    lines
}

fn flush(paragraph: &mut String, lines: &mut Vec<Line<'static>>, width: usize, theme: &Theme) {
    if !paragraph.is_empty() {
        lines.extend(filled(paragraph, width, theme));
        paragraph.clear();
    }
}

fn bullet(item: &str, lines: &mut Vec<Line<'static>>, width: usize, theme: &Theme) {
    let mark = if theme.ascii { "- " } else { "• " };
    for (i, part) in filled(item, width.saturating_sub(2), theme).into_iter().enumerate() {
        let mut line = Line::from(Span::styled(if i == 0 { mark } else { "  " }, theme.dim));
        line.spans.extend(part.spans);
        lines.push(line);
    }
}

/// Running text with its markers read, broken at blanks: a marked phrase keeps its style over the end of a line.
fn filled(text: &str, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let cells: Vec<(char, Style)> = inline(text, theme);
    let mut lines = vec![Line::default()];
    let mut used = 0;
    for word in cells.split(|(c, _)| *c == ' ').filter(|word| !word.is_empty()) {
        for (i, piece) in word.chunks(width.max(1)).enumerate() {
            let wide: usize = piece.iter().map(|(c, _)| c.width().unwrap_or(0)).sum();
            let gap = usize::from(used > 0 && i == 0);
            if used + gap + wide > width && used > 0 {
                lines.push(Line::default());
                used = 0;
            }
            let Some(line) = lines.last_mut() else { continue };
            if used > 0 && gap > 0 {
                line.push_span(Span::styled(" ", theme.text));
                used += 1;
            }
            push(line, piece);
            used += wide;
        }
    }
    lines
}

/// Characters with one style become one span.
fn push(line: &mut Line<'static>, cells: &[(char, Style)]) {
    for part in cells.chunk_by(|a, b| a.1 == b.1) {
        line.push_span(Span::styled(part.iter().map(|(c, _)| *c).collect::<String>(), part[0].1));
    }
}

/// `code`, **bold** and *emphasis*: each character with its style, the markers taken out.
fn inline(text: &str, theme: &Theme) -> Vec<(char, Style)> {
    let mut cells = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let marker = ["**", "`", "*"].into_iter().find(|m| rest.starts_with(m));
        let closed = marker.and_then(|m| rest[m.len()..].find(m).map(|end| (m, end)));
        if let Some((marker, end)) = closed.filter(|(_, end)| *end > 0) {
            let style = style_of(marker, theme);
            cells.extend(rest[marker.len()..marker.len() + end].chars().map(|c| (c, style)));
            rest = &rest[marker.len() * 2 + end..];
        } else {
            cells.push((next, theme.text));
            rest = &rest[next.len_utf8()..];
        }
    }
    cells
}

fn style_of(marker: &str, theme: &Theme) -> Style {
    match marker {
        "`" => theme.accent,
        "**" => theme.title,
        _ => theme.text.add_modifier(Modifier::ITALIC),
    }
}
