//! The little Markdown that briefings and reports use: headings, bullets, `code` and **bold**, wrapped to a width.

use super::super::{format, theme::Theme};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};

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

fn flush(paragraph: &mut String, lines: &mut Vec<Line<'static>>, width: usize, theme: &Theme) {
    if !paragraph.is_empty() {
        lines.extend(format::wrap(paragraph, width).iter().map(|l| inline(l, theme)));
        paragraph.clear();
    }
}

fn bullet(item: &str, lines: &mut Vec<Line<'static>>, width: usize, theme: &Theme) {
    let mark = if theme.ascii { "- " } else { "• " };
    for (i, part) in format::wrap(item, width.saturating_sub(2)).iter().enumerate() {
        let mut line = Line::from(Span::styled(if i == 0 { mark } else { "  " }, theme.dim));
        line.spans.extend(inline(part, theme).spans);
        lines.push(line);
    }
}

/// `code`, **bold** and *emphasis* within one line.
fn inline(text: &str, theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let marker = ["**", "`", "*"].into_iter().find(|m| rest.starts_with(m));
        let closed = marker.and_then(|m| rest[m.len()..].find(m).map(|end| (m, end)));
        if let Some((marker, end)) = closed.filter(|(_, end)| *end > 0) {
            spans.push(Span::styled(std::mem::take(&mut plain), theme.text));
            let inner = rest[marker.len()..marker.len() + end].to_owned();
            spans.push(Span::styled(inner, style_of(marker, theme)));
            rest = &rest[marker.len() * 2 + end..];
        } else {
            let next = rest.chars().next().map_or(1, char::len_utf8);
            plain.push_str(&rest[..next]);
            rest = &rest[next..];
        }
    }
    spans.push(Span::styled(plain, theme.text));
    Line::from(spans)
}

fn style_of(marker: &str, theme: &Theme) -> Style {
    match marker {
        "`" => theme.accent,
        "**" => theme.title,
        _ => theme.text.add_modifier(Modifier::ITALIC),
    }
}
