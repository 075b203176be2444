//! Two drills of one scenario side by side: the score by part, the milestones, the harm, what was believed and done.

use super::document::{Block, Document, Section, Table};
use super::report::{MilestonePair, Report};
use crate::drill::thousands;

/// Both reports as one document; `names` are theirs.
pub fn document(reports: [&Report; 2], names: [&str; 2]) -> Document {
    let title = format!("{}: {} and {}", reports[0].title, names[0], names[1]);
    let sections = vec![
        grades(reports),
        milestones(reports),
        harm(reports),
        turns(reports, names),
        actions(reports, names),
    ];
    Document { title, sections }
}

/// A table with a column for each drill, `A` and `B`, and one for the difference.
fn side_by_side(first: &'static str) -> Table {
    Table::new(&[first, "#A", "#B", "#B − A"])
}

fn grades(reports: [&Report; 2]) -> Section {
    let mut section = Section::new("Score");
    for (letter, report) in ["A", "B"].iter().zip(reports) {
        let mode = report.mode.name();
        section.say(format!("{letter}: seed {}, {mode}. {}", report.seed, report.sentence));
    }
    let mut table = side_by_side("points");
    let [a, b] = reports.map(|report| &report.grade);
    for (one, other) in a.parts.iter().zip(&b.parts) {
        let difference = one.points.zip(other.points).map_or(dash(), |(a, b)| format!("{:+.1}", b - a));
        let points = |points: Option<f64>| points.map_or(dash(), |points| format!("{points:.1}"));
        table.row([
            format!("{} of {}", one.name, one.weight),
            points(one.points),
            points(other.points),
            difference,
        ]);
    }
    let hints = i64::from(a.hints) - i64::from(b.hints);
    table.row(["hints".to_owned(), format!("−{}", a.hints), format!("−{}", b.hints), format!("{hints:+}")]);
    table.row([
        "score".to_owned(),
        format!("{} {:.1}", a.letter, a.score),
        format!("{} {:.1}", b.letter, b.score),
        format!("{:+.1}", b.score - a.score),
    ]);
    section.add(Block::Table(table));
    section
}

fn milestones(reports: [&Report; 2]) -> Section {
    let mut section = Section::new("Milestones");
    section.say(format!("Minutes ahead of {}; negative is behind.", reports[0].ghost.name()));
    let mut table = Table::new(&["milestone", "#A", "#B", "#A ahead", "#B ahead"]);
    let [a, b] = reports.map(|report| &report.milestones);
    for (one, other) in a.iter().zip(b) {
        let at = |pair: &MilestonePair| pair.at.clone().unwrap_or_else(dash);
        let ahead = |pair: &MilestonePair| pair.ahead_min.map_or(dash(), |minutes| format!("{minutes:+}"));
        table.row([one.name.to_owned(), at(one), at(other), ahead(one), ahead(other)]);
    }
    section.add(Block::Table(table));
    section
}

fn harm(reports: [&Report; 2]) -> Section {
    let mut section = Section::new("Harm");
    let mut table = side_by_side("within the impact window");
    let [a, b] = reports.map(|report| report.impact.first());
    if let (Some(a), Some(b)) = (a, b) {
        let mut row = |name: &str, a: u64, b: u64| {
            let sign = if b < a { '−' } else { '+' };
            let difference = format!("{sign}{}", thousands(a.abs_diff(b)));
            table.row([name.to_owned(), thousands(a), thousands(b), difference]);
        };
        row("visitors hit", a.affected, b.affected);
        row("failed requests", a.failed_requests, b.failed_requests);
        row("lost orders", a.lost_orders, b.lost_orders);
        row("lost revenue", a.lost_revenue, b.lost_revenue);
    }
    section.add(Block::Table(table));
    section
}

fn turns(reports: [&Report; 2], names: [&str; 2]) -> Section {
    let mut section = Section::new("Wrong turns");
    for (report, name) in reports.into_iter().zip(names) {
        section.add(Block::Heading(name.to_owned()));
        let own: Vec<String> = report
            .wrong_turns
            .iter()
            .filter(|turn| !turn.real)
            .map(|turn| format!("{} {}, held for {}", turn.at, turn.what, turn.held))
            .collect();
        section.add(Block::List(if own.is_empty() { vec!["none".to_owned()] } else { own }));
    }
    section
}

fn actions(reports: [&Report; 2], names: [&str; 2]) -> Section {
    let mut section = Section::new("Actions");
    for (report, name) in reports.into_iter().zip(names) {
        section.add(Block::Heading(name.to_owned()));
        let mut table = Table::new(&["at", "action", "verdict", "#visitors spared"]);
        let mut worth: Vec<_> = report.worth.iter().collect();
        worth.sort_by_key(|worth| worth.entry);
        for worth in worth {
            let sign = if worth.visitors < 0 { '−' } else { '+' };
            let visitors = format!("{sign}{}", thousands(worth.visitors.unsigned_abs()));
            table.row([worth.at.clone(), worth.line.clone(), worth.verdict.to_owned(), visitors]);
        }
        section.add(Block::Table(table));
    }
    section
}

fn dash() -> String {
    "–".to_owned()
}
