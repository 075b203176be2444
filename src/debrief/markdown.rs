//! A report as Markdown, for a repository or a wiki.

use super::document::{Block, Chart, Document, Section, Table};
use std::fmt::Write as _;

/// The whole report. Writing to a `String` cannot fail, so the results of `write!` are let go.
pub fn render(document: &Document) -> String {
    let mut text = format!("# {}\n", document.title);
    for section in &document.sections {
        let _ = write!(text, "\n## {}\n{}", section.title, body(section));
    }
    text
}

/// One section without its heading; each block starts with an empty line.
pub fn body(section: &Section) -> String {
    let mut text = String::new();
    for block in &section.blocks {
        text.push('\n');
        write_block(&mut text, block);
    }
    text
}

fn write_block(text: &mut String, block: &Block) {
    match block {
        Block::Paragraph(words) => {
            let _ = writeln!(text, "{words}");
        }
        Block::Heading(words) => {
            let _ = writeln!(text, "### {words}");
        }
        Block::Table(table) => write_table(text, table),
        Block::Code(lines) => {
            let _ = writeln!(text, "```\n{}\n```", lines.join("\n"));
        }
        Block::List(items) => {
            for item in items {
                let _ = writeln!(text, "- {item}");
            }
        }
        Block::Bars(bars) => {
            let mut table = Table::new(&["part", "#points"]);
            for bar in bars {
                table.row([bar.label.clone(), bar.text.clone()]);
            }
            write_table(text, &table);
        }
        Block::Chart(chart) => write_chart(text, chart),
    }
}

fn write_table(text: &mut String, table: &Table) {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    text.push_str(&row(table.columns.iter().map(|name| (*name).to_owned()).collect()));
    text.push_str(&row(table
        .figures
        .iter()
        .map(|figure| if *figure { "---:" } else { "---" }.to_owned())
        .collect()));
    for cells in &table.rows {
        text.push_str(&row(cells.iter().map(|cell| cell.replace('|', "\\|")).collect()));
    }
}

/// Every tenth step as a row: Markdown draws no lines.
fn write_chart(text: &mut String, chart: &Chart) {
    const EVERY: usize = 10;
    let _ = writeln!(text, "{}\n", chart.title);
    let mut table = Table::new(&["time", "#value", "marks"]);
    for (step, (time, value)) in chart.times.iter().zip(&chart.values).enumerate().step_by(EVERY) {
        let near = |at: usize| at >= step && at < step + EVERY;
        let marks: Vec<&str> =
            chart.marks.iter().filter(|mark| near(mark.step)).map(|mark| mark.text.as_str()).collect();
        let value = value.map_or(String::new(), |value| format!("{value:.2}"));
        table.row([time.clone(), value, marks.join("; ")]);
    }
    write_table(text, &table);
}
