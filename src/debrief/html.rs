//! A report as one self-contained page: style inside, charts as inline SVG, nothing fetched, and it prints well.

use super::document::{Bar, Block, Chart, Document, Table};
use std::fmt::Write as _;

const STYLE: &str = include_str!("report.css");
const CHART_WIDTH: f64 = 900.0;
const CHART_HEIGHT: f64 = 160.0;

/// The whole page. Writing to a `String` cannot fail, so the results of `write!` are let go.
pub fn render(document: &Document) -> String {
    let title = escape(&document.title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n"
    );
    for section in &document.sections {
        let _ = writeln!(text, "<section>\n<h2>{}</h2>", escape(&section.title));
        for block in &section.blocks {
            write_block(&mut text, block);
        }
        text.push_str("</section>\n");
    }
    text.push_str("</body>\n</html>\n");
    text
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
        Block::Chart(chart) => writeln!(text, "{}", chart_html(chart)),
    };
}

fn table_html(table: &Table) -> String {
    let class =
        |column: usize| if table.figures.get(column) == Some(&true) { " class=\"figure\"" } else { "" };
    let mut text = "<table>\n<thead><tr>".to_owned();
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
    text.push_str("</tbody>\n</table>");
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

fn chart_html(chart: &Chart) -> String {
    let highest = chart.values.iter().flatten().copied().fold(chart.limit.unwrap_or(0.0), f64::max).max(1e-9);
    let x = |step: usize| CHART_WIDTH * step as f64 / chart.values.len().max(1) as f64;
    let y = |value: f64| CHART_HEIGHT * (1.0 - value / highest);
    let mut text = format!(
        "<figure><figcaption>{} (highest {highest:.2})</figcaption>\n<svg viewBox=\"0 0 {CHART_WIDTH} {}\" role=\"img\" \
         aria-label=\"{}\">\n",
        escape(&chart.title),
        CHART_HEIGHT + 30.0,
        escape(&chart.title)
    );
    if let Some(limit) = chart.limit {
        let at = y(limit);
        let _ = writeln!(
            text,
            "<line class=\"limit\" x1=\"0\" x2=\"{CHART_WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"
        );
    }
    for mark in &chart.marks {
        let class = if mark.ghost { "ghost" } else { "you" };
        let at = x(mark.step);
        let _ = writeln!(
            text,
            "<line class=\"{class}\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"0\" y2=\"{CHART_HEIGHT}\"><title>{}</title></line>",
            escape(&mark.text)
        );
    }
    for run in runs(&chart.values) {
        let points: Vec<String> =
            run.iter().map(|(step, value)| format!("{:.1},{:.1}", x(*step), y(*value))).collect();
        let _ = writeln!(text, "<polyline points=\"{}\"/>", points.join(" "));
    }
    const LABEL_EVERY: usize = 30;
    for (step, time) in chart.times.iter().enumerate().step_by(LABEL_EVERY) {
        let _ = writeln!(
            text,
            "<text x=\"{:.1}\" y=\"{}\">{}</text>",
            x(step),
            CHART_HEIGHT + 18.0,
            escape(time)
        );
    }
    text.push_str("</svg></figure>");
    text
}

/// The stretches without a missing value.
fn runs(values: &[Option<f64>]) -> Vec<Vec<(usize, f64)>> {
    let mut runs: Vec<Vec<(usize, f64)>> = vec![Vec::new()];
    for (step, value) in values.iter().enumerate() {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => run.push((step, *value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
