//! A report as one self-contained page: style inside, charts as inline SVG, nothing fetched, and it prints well.

use super::document::{Bar, Block, Document, Table};
use super::svg;
use std::fmt::Write as _;

const STYLE: &str = include_str!("report.css");

/// The whole page. Writing to a `String` cannot fail, so the results of `write!` are let go.
pub fn render(document: &Document) -> String {
    let title = escape(&document.title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<header><h1>{title}</h1>\n<nav>"
    );
    for section in &document.sections {
        let _ = write!(text, "<a href=\"#{}\">{}</a>", anchor(&section.title), escape(&section.title));
    }
    text.push_str("</nav></header>\n<main>\n");
    for section in &document.sections {
        let title = &section.title;
        let _ = writeln!(text, "<section id=\"{}\">\n<h2>{}</h2>", anchor(title), escape(title));
        for block in &section.blocks {
            write_block(&mut text, block);
        }
        text.push_str("</section>\n");
    }
    text.push_str("</main>\n</body>\n</html>\n");
    text
}

fn anchor(title: &str) -> String {
    title.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

fn write_block(text: &mut String, block: &Block) {
    let _ = match block {
        Block::Paragraph(words) => writeln!(text, "<p>{}</p>", escape(words)),
        Block::Heading(words) => writeln!(text, "<h3>{}</h3>", escape(words)),
        Block::Code(lines) => writeln!(text, "<pre>{}</pre>", escape(&lines.join("\n"))),
        Block::List(items) => {
            let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
            writeln!(text, "<ul>\n{items}</ul>")
        }
        Block::Table(table) => writeln!(text, "{}", table_html(table)),
        Block::Bars(bars) => writeln!(text, "{}", bars_html(bars)),
        Block::Chart(chart) => writeln!(text, "{}", svg::figure(chart)),
    };
}

fn table_html(table: &Table) -> String {
    let class =
        |column: usize| if table.figures.get(column) == Some(&true) { " class=\"figure\"" } else { "" };
    let mut text = "<div class=\"wide\"><table>\n<thead><tr>".to_owned();
    for (column, name) in table.columns.iter().enumerate() {
        let _ = write!(text, "<th{}>{}</th>", class(column), escape(name));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        text.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let _ = write!(text, "<td{}>{}</td>", class(column), escape(cell));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table></div>");
    text
}

fn bars_html(bars: &[Bar]) -> String {
    let row = |bar: &Bar| {
        format!(
            "<div class=\"bar\"><span>{}</span><div><i style=\"width:{:.1}%\"></i></div><b>{}</b></div>\n",
            escape(&bar.label),
            bar.share.clamp(0.0, 1.0) * 100.0,
            escape(&bar.text)
        )
    };
    bars.iter().map(row).collect()
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
