//! The console: transcript, prompt, the line being typed, completions and reverse search.
//!
//! ```text
//! ╭ oncall@bastion ───────────────────────────────────────────────╮
//! │ oncall@bastion:~$ kubectl get pods                             │
//! │ NAME                   READY   STATUS    RESTARTS   AGE        │
//! │ shop=> explain select id from orders where customer_id = 1▏    │
//! ╰────────────────────────────────────────────────────────────────╯
//! ```

use super::super::{
    format,
    state::{ConsoleInput, Popup},
    theme::Theme,
};
use super::{boxed, window};
use crate::drill::{ConsoleView, LineStyle};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
    widgets::Widget,
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Most completions shown at once.
const POPUP_ROWS: usize = 8;

/// Draws the console and returns where the cursor stands, if the console has it.
pub(crate) fn draw(
    view: &ConsoleView,
    input: &ConsoleInput,
    focused: bool,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Option<Position> {
    let room = area.height.saturating_sub(3) as usize;
    let printed = view.lines.iter().rev().take_while(|line| line.style != LineStyle::Prompt).count();
    let note = match (input.scroll, view.busy) {
        (0, true) => "running · ctrl-c interrupts".to_owned(),
        (0, false) if printed > room => format!("{printed} lines · alt-l reads them"),
        (0, false) => String::new(),
        (n, _) => format!("{n} rows back · pgdn"),
    };
    let inner = boxed("oncall@bastion", &note, focused, area, buffer, theme);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if inner.height == 0 || inner.width < 8 {
        return None;
    }
    let rows = wrapped(view, input, inner.width as usize, inner.height as usize + input.scroll + 1);
    let input_rows = input_lines(view, input, inner.width as usize, theme);
    let above = (inner.height as usize).saturating_sub(input_rows.len());
    let shown = window(rows.len(), above, input.scroll);
    let mut y = inner.y;
    for (text, style) in &rows[shown] {
        buffer.set_stringn(inner.x, y, text, inner.width as usize, line_style(*style, theme));
        if let Some(needle) = &input.find {
            mark_found(text, needle, Rect { y, height: 1, ..inner }, buffer, theme);
        }
        y += 1;
    }
    let skip = input_rows.len().saturating_sub(inner.height as usize);
    let mut last = y;
    for line in input_rows.into_iter().skip(skip) {
        last = y;
        line.render(Rect { y, height: 1, ..inner }, buffer);
        y += 1;
    }
    let cursor = cursor(view, input, inner, last);
    if let (Some(popup), Some(at)) = (&input.popup, cursor) {
        draw_popup(popup, at, area, buffer, theme);
    }
    cursor.filter(|_| focused)
}

/// Reverses each place where the row contains what is looked for.
pub(crate) fn mark_found(text: &str, needle: &str, row: Rect, buffer: &mut Buffer, theme: &Theme) {
    let (text, needle) = (text.to_lowercase(), needle.to_lowercase());
    if needle.is_empty() {
        return;
    }
    for (at, _) in text.match_indices(&needle) {
        let x = row.x + text[..at].width() as u16;
        let width = (needle.width() as u16).min(row.right().saturating_sub(x));
        buffer.set_style(Rect { x, width, ..row }, theme.warn.add_modifier(Modifier::REVERSED));
    }
}

fn line_style(style: LineStyle, theme: &Theme) -> Style {
    match style {
        LineStyle::Prompt => theme.accent,
        LineStyle::Output => theme.text,
        LineStyle::Error => theme.warn,
        LineStyle::Notice => theme.dim,
    }
}

/// The newest transcript rows, broken at the console's width as a terminal breaks them; at least `enough` where there are.
fn wrapped(view: &ConsoleView, _: &ConsoleInput, width: usize, enough: usize) -> Vec<(String, LineStyle)> {
    let mut rows = Vec::new();
    for line in view.lines.iter().rev() {
        for part in hard_wrap(&line.text, width).into_iter().rev() {
            rows.push((part, line.style));
        }
        if rows.len() > enough {
            break;
        }
    }
    rows.reverse();
    rows
}

/// Breaks at the column, as terminals do: tables stay readable and nothing is lost.
pub(crate) fn hard_wrap(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let (mut rows, mut row, mut used) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w > width {
            rows.push(std::mem::take(&mut row));
            used = 0;
        }
        row.push(c);
        used += w;
    }
    rows.push(row);
    rows
}

/// Everything left of the line being typed.
fn prompt(view: &ConsoleView, input: &ConsoleInput) -> String {
    match &input.search {
        Some(search) => format!("(reverse-i-search)`{}': ", search.needle),
        None if view.busy => String::new(),
        None => view.prompt.clone(),
    }
}

fn shown_text<'a>(view: &'a ConsoleView, input: &'a ConsoleInput) -> &'a str {
    match &input.search {
        Some(search) => search.found.and_then(|i| view.history.get(i)).map_or("", String::as_str),
        None => input.editor.text(),
    }
}

fn input_lines<'a>(view: &ConsoleView, input: &ConsoleInput, width: usize, theme: &Theme) -> Vec<Line<'a>> {
    let prompt = prompt(view, input);
    let text = shown_text(view, input);
    if view.busy && text.is_empty() && input.search.is_none() {
        let mark = if theme.ascii { "..." } else { "⋯" };
        return vec![Line::styled(mark, theme.dim)];
    }
    let mut cells: Vec<(char, Style)> = prompt.chars().map(|c| (c, theme.accent)).collect();
    cells.extend(highlight(text, theme));
    if input.search.is_none()
        && let Some(rest) = suggestion(view, input)
    {
        cells.extend(rest.chars().map(|c| (c, theme.dim.add_modifier(Modifier::ITALIC))));
    }
    let mut lines = vec![Line::default()];
    let mut used = 0;
    for (c, style) in cells {
        let w = c.width().unwrap_or(0);
        if used + w > width {
            lines.push(Line::default());
            used = 0;
        }
        used += w;
        if let Some(line) = lines.last_mut() {
            line.push_span(Span::styled(c.to_string(), style));
        }
    }
    lines
}

/// The rest of the newest history line that starts with what is typed.
pub(crate) fn suggestion<'a>(view: &'a ConsoleView, input: &ConsoleInput) -> Option<&'a str> {
    let text = input.editor.text();
    if text.len() < 2 || input.editor.cursor() != text.len() || input.popup.is_some() {
        return None;
    }
    let found = view.history.iter().rev().find(|line| line.len() > text.len() && line.starts_with(text))?;
    Some(&found[text.len()..])
}

fn cursor(view: &ConsoleView, input: &ConsoleInput, inner: Rect, last_row: u16) -> Option<Position> {
    let total_text = prompt(view, input).width() + shown_text(view, input).width();
    let before = match &input.search {
        Some(_) => total_text,
        None => prompt(view, input).width() + input.editor.column(),
    };
    let width = inner.width as usize;
    let suggested =
        if input.search.is_none() { suggestion(view, input).map_or(0, UnicodeWidthStr::width) } else { 0 };
    let rows = (total_text + suggested).max(1).div_ceil(width);
    let row = before / width;
    let y = (last_row + row as u16 + 1).checked_sub(rows as u16)?;
    Some(Position::new(inner.x + (before % width) as u16, y.clamp(inner.y, inner.bottom().saturating_sub(1))))
}

/// Words of SQL that stand out while they are typed.
const KEYWORDS: &[&str] = &[
    "select",
    "from",
    "where",
    "and",
    "or",
    "order",
    "by",
    "group",
    "limit",
    "join",
    "left",
    "on",
    "as",
    "desc",
    "asc",
    "explain",
    "analyze",
    "buffers",
    "create",
    "drop",
    "index",
    "concurrently",
    "reindex",
    "table",
    "in",
    "not",
    "null",
    "is",
    "like",
    "ilike",
    "having",
    "with",
    "distinct",
    "count",
    "sum",
    "begin",
    "commit",
    "rollback",
    "set",
    "show",
    "unique",
    "using",
    "if",
    "exists",
    "alter",
    "vacuum",
    "union",
    "all",
    "between",
    "offset",
    "case",
    "when",
    "then",
    "else",
    "end",
    "inner",
];

/// Colours keywords and string literals where the line is SQL; commands stay plain.
pub(crate) fn highlight(text: &str, theme: &Theme) -> Vec<(char, Style)> {
    let lower = text.to_ascii_lowercase();
    let sql = ["select", "explain", "create ", "drop ", "with ", "reindex", "alter ", "analyze", "psql"]
        .iter()
        .any(|word| lower.trim_start().starts_with(word));
    let mut out: Vec<(char, Style)> = Vec::with_capacity(text.len());
    let mut word = String::new();
    let mut quoted = false;
    let flush = |word: &mut String, out: &mut Vec<(char, Style)>| {
        let style = if sql && KEYWORDS.contains(&word.to_ascii_lowercase().as_str()) {
            theme.keyword
        } else {
            theme.text
        };
        out.extend(word.drain(..).map(|c| (c, style)));
    };
    for c in text.chars() {
        if !quoted && (c.is_alphanumeric() || c == '_') {
            word.push(c);
            continue;
        }
        flush(&mut word, &mut out);
        if c == '\'' {
            quoted = !quoted;
            out.push((c, theme.string));
        } else {
            out.push((c, if quoted { theme.string } else { theme.text }));
        }
    }
    flush(&mut word, &mut out);
    out
}

fn draw_popup(popup: &Popup, at: Position, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let rows = popup.items.len().min(POPUP_ROWS);
    let name = popup.items.iter().map(|(t, _)| t.width()).max().unwrap_or(0).clamp(4, 40);
    let about = popup.items.iter().map(|(_, d)| d.width()).max().unwrap_or(0).min(44);
    let width = (name + about + 4).min(area.width as usize) as u16;
    let x = at.x.min(area.right().saturating_sub(width));
    let above = at.y.saturating_sub(area.y) as usize > rows;
    let y = if above { at.y - rows as u16 } else { at.y + 1 };
    let first = popup.selected.saturating_sub(rows.saturating_sub(1));
    for (row, (text, about_text)) in popup.items.iter().enumerate().skip(first).take(rows) {
        let y = y + (row - first) as u16;
        if y >= buffer.area.bottom() {
            break;
        }
        let style = if row == popup.selected { theme.selected } else { theme.bar };
        buffer.set_style(Rect::new(x, y, width, 1), style);
        let line = format!(" {:<name$}  {}", format::cut(text, name), format::cut(about_text, about));
        let padded = format!("{line:<w$}", w = width as usize);
        buffer.set_stringn(x, y, padded, width as usize, style.patch(theme.text));
    }
}
