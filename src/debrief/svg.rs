//! Charts as inline SVG: a line with its axes, the same line in other runs, marks on the time axis, and what was believed
//! below it. Nothing moves and nothing is fetched; colours are the page's own, so it prints.

use super::document::{Chart, ChartMark, Lane, Stretch};
use super::html::escape;
use std::fmt::Write as _;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 22.0;
const PLOT: f64 = 190.0;
/// Height of a lane with its gap.
const LANE: f64 = 26.0;
/// Room for the times below the plot.
const TIMES: f64 = 22.0;
/// A step of the charts is a minute.
const SECONDS_A_STEP: f64 = 60.0;
/// Minutes between two times on the axis.
const LABEL_EVERY: usize = 15;
/// Lines across the plot.
const TICKS: usize = 4;
/// Width of a letter in a lane, about.
const LETTER: f64 = 6.2;

/// The figure of a chart. Writing to a `String` cannot fail, so the results of `write!` are let go.
pub(super) fn figure(chart: &Chart) -> String {
    let lanes: Vec<&Lane> = chart.lanes.iter().filter(|lane| !lane.stretches.is_empty()).collect();
    let scale = Scale::of(chart);
    let height = TOP + PLOT + TIMES + LANE * lanes.len() as f64 + 4.0;
    let title = escape(&chart.title);
    let mut text = format!("<figure><figcaption>{title}{}</figcaption>\n", legend(chart));
    let _ = writeln!(text, "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">");
    axes(&mut text, chart, &scale);
    chart.marks.iter().for_each(|mark| write_mark(&mut text, mark, &scale));
    for (name, values) in &chart.others {
        let class = format!("other {}", name.replace(' ', "-"));
        polylines(&mut text, values, &class, &scale);
    }
    polylines(&mut text, &chart.values, "own", &scale);
    for (index, lane) in lanes.into_iter().enumerate() {
        let y = TOP + PLOT + TIMES + LANE * index as f64;
        let _ = writeln!(
            text,
            "<text class=\"who\" x=\"0\" y=\"{}\">{}</text>",
            y + 14.0,
            lane.name.replace("the ", "")
        );
        lane.stretches.iter().for_each(|stretch| write_stretch(&mut text, stretch, y, &scale));
    }
    text.push_str("</svg></figure>");
    text
}

/// From steps and values to the picture.
struct Scale {
    steps: f64,
    highest: f64,
}

impl Scale {
    fn of(chart: &Chart) -> Scale {
        let others = chart.others.iter().flat_map(|(_, values)| values);
        let all = chart.values.iter().chain(others).flatten().copied();
        Scale {
            steps: chart.values.len().max(1) as f64,
            highest: round_up(all.fold(chart.limit.unwrap_or(0.0), f64::max)),
        }
    }

    fn x(&self, step: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (step / self.steps).clamp(0.0, 1.0)
    }

    fn y(&self, value: f64) -> f64 {
        TOP + PLOT * (1.0 - value / self.highest)
    }
}

/// The next number of the form 1, 2, 2.5 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    let mut power = 1e-3;
    while power < 1e12 {
        for step in [1.0, 2.0, 2.5, 5.0] {
            if step * power >= value {
                return step * power;
            }
        }
        power *= 10.0;
    }
    value
}

fn legend(chart: &Chart) -> String {
    let mut text = String::new();
    if !chart.others.is_empty() {
        text.push_str(" <i class=\"key own\"></i>you");
        for (name, _) in &chart.others {
            let _ = write!(text, " <i class=\"key {}\"></i>{name}", name.replace(' ', "-"));
        }
    }
    if !chart.marks.is_empty() {
        let ghost = chart.ghost.name();
        let _ = write!(text, " <b class=\"you\">▲</b>you <b class=\"ghost\">◆</b>{ghost}");
    }
    if text.is_empty() { text } else { format!("<span>{text}</span>") }
}

fn axes(text: &mut String, chart: &Chart, scale: &Scale) {
    for tick in 0..=TICKS {
        let value = scale.highest * tick as f64 / TICKS as f64;
        let y = scale.y(value);
        let _ = writeln!(
            text,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"value\" x=\"{}\" y=\"{:.1}\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0,
            number(value)
        );
    }
    for (step, time) in chart.times.iter().enumerate().filter(|(step, _)| step.is_multiple_of(LABEL_EVERY)) {
        let x = scale.x(step as f64);
        let _ = writeln!(
            text,
            "<text class=\"time\" x=\"{x:.1}\" y=\"{}\">{}</text>",
            TOP + PLOT + 16.0,
            escape(time)
        );
    }
    if let Some(limit) = chart.limit {
        let y = scale.y(limit);
        let _ = writeln!(
            text,
            "<line class=\"limit\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"><title>the objective: {}</title></line>",
            WIDTH - RIGHT,
            number(limit)
        );
    }
}

fn number(value: f64) -> String {
    if value >= 1_000.0 {
        crate::drill::thousands(value.round() as u64)
    } else {
        let text = format!("{value:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// The trainee's marks stand at the top, the real team's at the foot of the plot.
fn write_mark(text: &mut String, mark: &ChartMark, scale: &Scale) {
    let x = scale.x(mark.step as f64);
    let (class, sign, y) =
        if mark.ghost { ("ghost", "◆", TOP + PLOT - 3.0) } else { ("you", "▲", TOP - 8.0) };
    let _ = writeln!(
        text,
        "<g class=\"{class}\"><line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{}\"/><text x=\"{x:.1}\" y=\"{y:.1}\">{sign}</text>\
         <title>{}</title></g>",
        TOP + PLOT,
        escape(&mark.text)
    );
}

fn polylines(text: &mut String, values: &[Option<f64>], class: &str, scale: &Scale) {
    for run in runs(values) {
        let points: Vec<String> = run
            .iter()
            .map(|(step, value)| format!("{:.1},{:.1}", scale.x(*step as f64), scale.y(*value)))
            .collect();
        let _ = writeln!(text, "<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "));
    }
}

fn write_stretch(text: &mut String, stretch: &Stretch, y: f64, scale: &Scale) {
    const HEIGHT: f64 = 19.0;
    let at = |seconds: u64| scale.x(seconds as f64 / SECONDS_A_STEP);
    let (from, to) = (at(stretch.from_s), at(stretch.to_s));
    let width = (to - from).max(1.5);
    let class = if stretch.right { "right" } else { "wrong" };
    let _ = write!(
        text,
        "<g class=\"belief {class}\"><rect x=\"{from:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\"/><title>{}{}</title>",
        if stretch.right { "" } else { "wrong: " },
        escape(&stretch.text)
    );
    let letters = ((width - 8.0) / LETTER).max(0.0) as usize;
    if letters >= 4 {
        let whole = stretch.text.chars().count() <= letters;
        let cut: String = stretch.text.chars().take(if whole { letters } else { letters - 1 }).collect();
        let more = if whole { "" } else { "…" };
        let _ =
            write!(text, "<text x=\"{:.1}\" y=\"{:.1}\">{}{more}</text>", from + 4.0, y + 14.0, escape(&cut));
    }
    text.push_str("</g>\n");
}

/// The stretches of a line without a missing value.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number() {
        let rounded = [0.0, 0.7, 1.0, 42.0, 61.0, 1_800.0].map(round_up);
        assert_eq!(rounded, [0.001, 1.0, 1.0, 50.0, 100.0, 2_000.0]);
    }
}
