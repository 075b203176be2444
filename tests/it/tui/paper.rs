//! Frames on paper: as text, and as text with the colours below it.

use ratatui::{
    buffer::{Buffer, Cell},
    style::Modifier,
};

/// The characters of a frame.
pub(crate) fn text(buffer: &Buffer) -> String {
    rows(buffer, |cell| cell.symbol().to_owned())
}

/// The characters, then a letter for each cell's paint, then what the letters mean.
pub(crate) fn coloured(buffer: &Buffer) -> String {
    let mut paints: Vec<String> = Vec::new();
    for cell in buffer.content() {
        let paint = paint(cell);
        if !paints.contains(&paint) {
            paints.push(paint);
        }
    }
    let letter = |cell: &Cell| {
        let at = paints.iter().position(|known| *known == paint(cell)).unwrap_or(0);
        char::from_u32('a' as u32 + at as u32).map_or(String::new(), String::from)
    };
    let letters = rows(buffer, letter);
    let legend: Vec<String> = paints
        .iter()
        .enumerate()
        .map(|(at, paint)| format!("{} {paint}", char::from(b'a' + at as u8)))
        .collect();
    format!("{}\n\n{letters}\n\n{}", text(buffer), legend.join("\n"))
}

/// Foreground, background and what is bold or reversed. A blank's foreground is not seen.
fn paint(cell: &Cell) -> String {
    let ink = if cell.symbol() == " " { "-".to_owned() } else { cell.fg.to_string() };
    let marks = [(Modifier::BOLD, " bold"), (Modifier::REVERSED, " reversed"), (Modifier::ITALIC, " italic")];
    let marks: String = marks
        .iter()
        .filter(|(modifier, _)| cell.modifier.contains(*modifier))
        .map(|(_, word)| *word)
        .collect();
    format!("{ink} on {}{}", cell.bg, if ink == "-" { "" } else { marks.as_str() })
}

fn rows(buffer: &Buffer, of: impl Fn(&Cell) -> String) -> String {
    let rows = buffer.content().chunks(buffer.area.width as usize);
    let rows = rows.map(|row| row.iter().map(&of).collect::<String>());
    rows.map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
