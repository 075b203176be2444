//! A screen as an SVG picture, so that the pictures in the README are the program's own frames.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Size of a cell in the picture's units.
const CELL: (f64, f64) = (8.4, 18.0);
const BACKGROUND: &str = "#16161e";
const FOREGROUND: &str = "#d5d8e0";

/// The picture of `buffer`; runs of cells with one style become one text element.
pub(crate) fn picture(buffer: &Buffer) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (width, height) = (f64::from(columns) * CELL.0 + 16.0, f64::from(rows) * CELL.1 + 16.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" font-family=\"ui-monospace, \
         'JetBrains Mono', 'DejaVu Sans Mono', Menlo, monospace\" font-size=\"14\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for y in 0..rows {
        let row: Vec<&Cell> = (0..columns).filter_map(|x| buffer.cell((x, y))).collect();
        let mut start = 0;
        while start < row.len() {
            let same = row[start..].iter().take_while(|c| style(c) == style(row[start])).count();
            run(&mut svg, &row[start..start + same], start, y);
            start += same;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn style(cell: &Cell) -> (Color, Color, Modifier) {
    (cell.fg, cell.bg, cell.modifier)
}

fn run(svg: &mut String, cells: &[&Cell], start: usize, y: u16) {
    let text: String = cells.iter().map(|c| c.symbol()).collect();
    let (x, top) = (8.0 + start as f64 * CELL.0, 8.0 + f64::from(y) * CELL.1);
    let (mut fg, mut bg) = (colour(cells[0].fg, FOREGROUND), colour(cells[0].bg, BACKGROUND));
    if cells[0].modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    if bg != BACKGROUND {
        let width = cells.len() as f64 * CELL.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{bg}\"/>",
            CELL.1
        );
    }
    let mut drawn = String::new();
    let letters: String = text
        .chars()
        .enumerate()
        .map(|(i, c)| {
            let (cx, cy) = (x + i as f64 * CELL.0, top);
            if shape(&mut drawn, c, cx, cy) { ' ' } else { c }
        })
        .collect();
    if !drawn.is_empty() {
        let _ = writeln!(svg, "<path d=\"{drawn}\" fill=\"none\" stroke=\"{fg}\" stroke-width=\"1.1\"/>");
    }
    let mut dots = String::new();
    for (i, c) in text.chars().enumerate() {
        filled(&mut dots, c, x + i as f64 * CELL.0, top);
    }
    if !dots.is_empty() {
        let _ = writeln!(svg, "<path d=\"{dots}\" fill=\"{fg}\"/>");
    }
    let text: String = letters.chars().map(|c| if is_filled(c) { ' ' } else { c }).collect();
    let bold = if cells[0].modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    for (column, word) in words(&text) {
        let (x, width) = (x + column as f64 * CELL.0, word.width() as f64 * CELL.0);
        let escaped = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" fill=\"{fg}\"{bold}>{escaped}</text>",
            top + 13.5
        );
    }
}

/// Runs between wide blanks, each with the column where it starts.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    let (mut column, mut blanks) = (0, 2);
    for c in text.chars() {
        if c == ' ' {
            blanks += 1;
        } else {
            match out.last_mut() {
                Some((_, word)) if blanks < 2 => {
                    word.push_str(&" ".repeat(blanks));
                    word.push(c);
                }
                _ => out.push((column, c.to_string())),
            }
            blanks = 0;
        }
        column += c.to_string().width();
    }
    out
}

/// Lines of boxes, drawn so that they join whatever the font; true when `c` is one.
fn shape(path: &mut String, c: char, x: f64, y: f64) -> bool {
    let (w, h) = CELL;
    let (mx, my, right, bottom) = (x + w / 2.0, y + h / 2.0, x + w, y + h);
    let _ = match c {
        '─' | '┈' => write!(path, "M{x:.1} {my:.1}H{right:.1}"),
        '│' => write!(path, "M{mx:.1} {y:.1}V{bottom:.1}"),
        '┤' => write!(path, "M{mx:.1} {y:.1}V{bottom:.1}M{x:.1} {my:.1}H{mx:.1}"),
        '├' => write!(path, "M{mx:.1} {y:.1}V{bottom:.1}M{mx:.1} {my:.1}H{right:.1}"),
        '└' => write!(path, "M{mx:.1} {y:.1}V{my:.1}H{right:.1}"),
        '╭' => write!(path, "M{mx:.1} {bottom:.1}Q{mx:.1} {my:.1} {right:.1} {my:.1}"),
        '╮' => write!(path, "M{x:.1} {my:.1}Q{mx:.1} {my:.1} {mx:.1} {bottom:.1}"),
        '╰' => write!(path, "M{mx:.1} {y:.1}Q{mx:.1} {my:.1} {right:.1} {my:.1}"),
        '╯' => write!(path, "M{x:.1} {my:.1}Q{mx:.1} {my:.1} {mx:.1} {y:.1}"),
        _ => return false,
    };
    true
}

fn is_filled(c: char) -> bool {
    ('\u{2800}'..='\u{28ff}').contains(&c) || ('\u{2581}'..='\u{258f}').contains(&c)
}

/// Braille dots and block eighths, as filled rectangles.
fn filled(path: &mut String, c: char, x: f64, y: f64) {
    let (w, h) = CELL;
    let mut rectangle = |x: f64, y: f64, w: f64, h: f64| {
        let _ = write!(path, "M{x:.1} {y:.1}h{w:.1}v{h:.1}h-{w:.1}z");
    };
    let code = c as u32;
    match code {
        0x2800..=0x28ff => {
            const PLACES: [(u32, u32); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
            for (bit, (column, row)) in PLACES.iter().enumerate() {
                if (code - 0x2800) >> bit & 1 == 1 {
                    let (dx, dy) = (f64::from(*column) * w / 2.0, f64::from(*row) * h / 4.0);
                    rectangle(x + dx + w / 4.0 - 0.9, y + dy + h / 8.0 - 0.9, 1.8, 1.8);
                }
            }
        }
        0x2581..=0x2588 => {
            let tall = h * f64::from(code - 0x2580) / 8.0;
            rectangle(x, y + h - tall, w, tall);
        }
        0x2589..=0x258f => rectangle(x, y, w * f64::from(0x2590 - code) / 8.0, h),
        _ => {}
    }
}

fn colour(colour: Color, default: &str) -> String {
    match colour {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.to_owned(),
    }
}
