//! Line charts in braille, and one-line sparklines.
//!
//! ```text
//!   30s┤                              ⣀⣠⣤⣶⣿⣿⣿
//!      │                    ⢀⣀⣤⣶⣾⣿⠿⠛⠉⠉
//!    1s┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈ SLO
//!      │⣀⣀⣀⣀⣀⣀⡠⠤⠒⠉
//!      │                 ▲                 ◇
//!      └14:50─────15:00─────────15:10────────
//! ```
//!
//! A cell holds one colour, so where two lines share a cell the one drawn last, the worse percentile, wins.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{format, theme::Theme};
use unicode_width::UnicodeWidthStr;

/// How a value becomes a height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// From zero to `max`.
    Linear {
        /// The value at the top edge.
        max: f64,
    },
    /// Logarithmic from `min` to `max`, both positive: for latencies, where ten milliseconds and thirty seconds both matter.
    Log {
        /// The value at the bottom edge; anything smaller is drawn there.
        min: f64,
        /// The value at the top edge.
        max: f64,
    },
}

impl Scale {
    /// Where `value` lies between the bottom (0) and the top (1), kept within them.
    #[must_use]
    pub fn height(self, value: f64) -> f64 {
        let share = match self {
            Self::Linear { max } => value / max.max(f64::MIN_POSITIVE),
            Self::Log { min, max } => libm::log(value.max(min) / min) / libm::log(max / min),
        };
        share.clamp(0.0, 1.0)
    }
}

/// One line of a chart: a value for each column pair of the time axis, oldest first; `None` where nothing is known.
#[derive(Clone, Debug)]
pub struct Line {
    /// Values at equal steps of time, spread over the width of the plot.
    pub values: Vec<Option<f64>>,
    /// How the line is painted.
    pub style: Style,
    /// Whether everything below the line is filled.
    pub filled: bool,
}

/// A mark on the time axis: a change, an action of the trainee's, or a milestone of the real team's.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Where on the axis, from 0 (left) to 1 (right).
    pub at: f64,
    /// Its shape.
    pub glyph: char,
    /// Its role's style.
    pub style: Style,
    /// A few words for the row under the axis, where there is room; empty for none.
    pub text: String,
}

/// Longest label of a mark, in columns.
const LABEL_WIDTH: usize = 40;
/// Shortest label that still says something.
const LABEL_LEAST: usize = 10;
/// Rows from which a chart has a row of words for its marks.
const LABELLED_FROM: u16 = 9;
/// Rows from which the marks have a row of their own, below the lines.
const OWN_MARKS_FROM: u16 = 7;

/// Everything a chart shows.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Lines, drawn in this order.
    pub lines: Vec<Line>,
    /// The vertical scale.
    pub scale: Scale,
    /// Labels on the vertical axis: value and text.
    pub ticks: Vec<(f64, String)>,
    /// A horizontal rule, such as the SLO's threshold, with its label.
    pub rule: Option<(f64, String)>,
    /// Marks on the time axis.
    pub marks: Vec<Mark>,
    /// Whether rows are kept for marks and their words, so that the plot does not jump when the first one comes.
    pub marked: bool,
    /// Labels on the time axis: position from 0 to 1, and text.
    pub times: Vec<(f64, String)>,
}

impl Chart {
    /// Draws into `area`: the bottom row is the time axis, the left columns the vertical one.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let gutter = self.ticks.iter().map(|(_, t)| t.chars().count()).max().unwrap_or(0) as u16 + 1;
        if area.width < gutter + 8 || area.height < 3 {
            return;
        }
        let labelled = self.marked && area.height >= LABELLED_FROM;
        let below = if labelled { 2 } else { 1 };
        let whole = Rect::new(area.x + gutter, area.y, area.width - gutter, area.height - below);
        let own_row = u16::from(self.marked && area.height >= OWN_MARKS_FROM);
        let plot = Rect { height: whole.height - own_row, ..whole };
        self.draw_axes(area, plot, whole, buffer, theme);
        self.draw_rule(plot, buffer, theme);
        for line in &self.lines {
            draw_line(line, self.scale, plot, buffer, theme.ascii);
        }
        self.draw_rule_label(plot, buffer, theme);
        self.draw_marks(whole, buffer);
        if labelled {
            self.draw_mark_labels(whole, buffer);
        }
    }

    fn row_of(&self, value: f64, plot: Rect) -> u16 {
        let down = (1.0 - self.scale.height(value)) * f64::from(plot.height.saturating_sub(1));
        plot.y + down.round() as u16
    }

    fn draw_axes(&self, area: Rect, plot: Rect, whole: Rect, buffer: &mut Buffer, theme: &Theme) {
        let (side, tick, corner, along) =
            if theme.ascii { ("|", "+", "+", "-") } else { ("│", "┤", "└", "─") };
        let x = plot.x - 1;
        for y in whole.top()..whole.bottom() {
            buffer.set_string(x, y, side, theme.border);
        }
        for (value, text) in &self.ticks {
            let y = self.row_of(*value, plot);
            let width = text.chars().count() as u16;
            buffer.set_string(x.saturating_sub(width).max(area.x), y, text, theme.dim);
            buffer.set_string(x, y, tick, theme.border);
        }
        buffer.set_string(x, whole.bottom(), corner, theme.border);
        for x in whole.left()..whole.right() {
            buffer.set_string(x, whole.bottom(), along, theme.border);
        }
        let mut free_from = whole.left();
        for (at, text) in &self.times {
            let width = text.chars().count() as u16;
            let x = column(*at, whole);
            if x >= free_from && x + width <= whole.right() {
                buffer.set_string(x, whole.bottom(), text, theme.dim);
                free_from = x + width + 1;
            }
        }
    }

    fn draw_rule(&self, plot: Rect, buffer: &mut Buffer, theme: &Theme) {
        let Some((value, _)) = &self.rule else { return };
        let y = self.row_of(*value, plot);
        for x in plot.left()..plot.right() {
            buffer.set_string(x, y, dash(theme), theme.border);
        }
    }

    /// The rule's label stands as far right as no line crosses it, and nowhere when there is no such place.
    fn draw_rule_label(&self, plot: Rect, buffer: &mut Buffer, theme: &Theme) {
        let Some((value, label)) = &self.rule else { return };
        let y = self.row_of(*value, plot);
        let width = label.width() as u16 + 1;
        let is_free = |x: u16| (x..x + width).all(|x| buffer[(x, y)].symbol() == dash(theme));
        if let Some(x) = (plot.left() + 1..plot.right().saturating_sub(width) + 1).rev().find(|x| is_free(*x))
        {
            buffer.set_string(x, y, label, theme.dim);
        }
    }

    /// Marks stand on the row above the axis, so that they hide no time on it.
    fn draw_marks(&self, plot: Rect, buffer: &mut Buffer) {
        for mark in self.marks.iter().filter(|m| (0.0..=1.0).contains(&m.at)) {
            buffer.set_string(column(mark.at, plot), plot.bottom() - 1, mark.glyph.to_string(), mark.style);
        }
    }

    /// The newest marks' words, each under its mark; those that would overlap a newer one are left out.
    fn draw_mark_labels(&self, plot: Rect, buffer: &mut Buffer) {
        let y = plot.bottom() + 1;
        let mut free_to = plot.right();
        let mut marks: Vec<&Mark> = self.marks.iter().filter(|m| !m.text.is_empty()).collect();
        marks.sort_by(|a, b| b.at.total_cmp(&a.at));
        for mark in marks {
            let at = column(mark.at, plot);
            let wanted = mark.text.width().min(LABEL_WIDTH);
            // A label at the right edge moves left as far as it must; one that would reach a newer one is shortened.
            let x = if free_to == plot.right() { at.min(free_to.saturating_sub(wanted as u16)) } else { at };
            let room = free_to.saturating_sub(x) as usize;
            if x < plot.left() || room < wanted.min(LABEL_LEAST) {
                continue;
            }
            buffer.set_string(x, y, format::cut_words(&mark.text, room.min(LABEL_WIDTH)), mark.style);
            free_to = x.saturating_sub(2);
        }
    }
}

fn column(at: f64, plot: Rect) -> u16 {
    plot.left() + (at.clamp(0.0, 1.0) * f64::from(plot.width.saturating_sub(1))).round() as u16
}

/// The dot of column `x` (0 or 1) and row `y` (0 to 3, downwards) in a braille cell.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// What a rule is drawn with.
fn dash(theme: &Theme) -> &'static str {
    if theme.ascii { "." } else { "┈" }
}

fn draw_line(line: &Line, scale: Scale, plot: Rect, buffer: &mut Buffer, ascii: bool) {
    let (wide, tall) = (usize::from(plot.width) * 2, usize::from(plot.height) * 4);
    let mut last: Option<usize> = None;
    for x in 0..wide {
        let index = x * line.values.len() / wide;
        let Some(value) = line.values.get(index).copied().flatten() else {
            last = None;
            continue;
        };
        let y = ((1.0 - scale.height(value)) * (tall - 1) as f64).round() as usize;
        let bottom = if line.filled { tall - 1 } else { y };
        // A jump is drawn as a vertical stroke, so that the line stays one line.
        let (from, to) = last.map_or((y, bottom), |l| (l.min(y), l.max(bottom)));
        for dot in from..=to {
            set_dot(plot, buffer, x, dot, line.style, ascii);
        }
        last = Some(y);
    }
}

fn set_dot(plot: Rect, buffer: &mut Buffer, x: usize, y: usize, style: Style, ascii: bool) {
    let position = (plot.x + (x / 2) as u16, plot.y + (y / 4) as u16);
    let Some(cell) = buffer.cell_mut(position) else { return };
    if ascii {
        cell.set_char(if y % 4 < 2 { '\'' } else { '.' }).set_style(style);
        return;
    }
    let was = cell.symbol().chars().next().map_or(0, |c| c as u32);
    let dots = if (0x2800..=0x28ff).contains(&was) { was - 0x2800 } else { 0 };
    let dots = dots | u32::from(DOTS[x % 2][y % 4]);
    cell.set_char(char::from_u32(0x2800 + dots).unwrap_or(' ')).set_style(style);
}

/// The last `width` of `values` as eighth blocks, scaled to `max` (or to their own maximum where that is larger).
#[must_use]
pub fn sparkline(values: &[Option<f64>], width: usize, max: f64, ascii: bool) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const PLAIN: [char; 8] = ['_', '_', '.', '.', '-', '-', '=', '#'];
    let tail = &values[values.len().saturating_sub(width)..];
    let top = tail.iter().flatten().fold(max, |a, b| a.max(*b)).max(f64::MIN_POSITIVE);
    let set = if ascii { PLAIN } else { BLOCKS };
    let mut out: String = " ".repeat(width - tail.len());
    out.extend(tail.iter().map(|v| match v {
        Some(v) => set[((v / top * 7.0).round() as usize).min(7)],
        None => ' ',
    }));
    out
}

/// A horizontal bar of `width` cells filled to `share` (0 to 1) with eighths, and its empty rest.
#[must_use]
pub fn bar(share: f64, width: usize, ascii: bool) -> (String, String) {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    if ascii {
        let full = (share * width as f64).round() as usize;
        return ("#".repeat(full), ".".repeat(width - full));
    }
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share * width as f64 * 8.0).round() as usize;
    let mut filled = "█".repeat(eighths / 8);
    filled.push_str(EIGHTHS[eighths % 8]);
    let rest = width - eighths.div_ceil(8);
    (filled, " ".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::super::theme::{Depth, ThemeName};
    use super::*;

    /// The rows of a plot 40 columns wide, with a rule at the middle and a line through these values.
    fn ruled(values: &[f64]) -> Vec<String> {
        let area = Rect::new(0, 0, 44, 6);
        let mut buffer = Buffer::empty(area);
        let values = values.iter().map(|value| Some(*value)).collect();
        let chart = Chart {
            lines: vec![Line { values, style: Style::new(), filled: false }],
            scale: Scale::Linear { max: 10.0 },
            ticks: vec![(10.0, "10".to_owned()), (0.0, "0".to_owned())],
            rule: Some((5.0, "SLO 1 s".to_owned())),
            marks: Vec::new(),
            marked: false,
            times: Vec::new(),
        };
        chart.draw(area, &mut buffer, &Theme::named(ThemeName::Dark, Depth::Sixteen));
        let row = |y| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect();
        (0..area.height).map(row).collect()
    }

    #[test]
    fn a_rules_label_makes_way_for_the_lines() {
        let rows = |values: &[f64]| ruled(values).join("\n");
        let right_edge = |text: &str| text.lines().any(|row| row.trim_end_matches('┈').ends_with("SLO 1 s"));
        let mut values = [0.0; 82];
        assert!(right_edge(&rows(&values)), "{}", rows(&values));
        values[70..].fill(10.0);
        let crossed = rows(&values);
        assert!(crossed.contains("SLO 1 s") && !right_edge(&crossed), "{crossed}");
        values.fill(5.0);
        assert!(!rows(&values).contains("SLO"), "{}", rows(&values));
    }
}
