//! Puts a report into reading order: the grade and the sentence, what happened, the score, the worth of each action, the
//! cause, what to practise, and the questions of a review.

use super::document::{Bar, Block, Chart, ChartMark, Document, Section, Table};
use super::report::Report;
use crate::drill::{money, thousands};
use crate::kernel::Span;

/// The report as a document.
pub fn document(report: &Report) -> Document {
    let sections = vec![
        summary(report),
        timeline(report),
        signals(report),
        score(report),
        actions(report),
        causes(report),
        practise(report),
        review(report),
    ];
    let title = format!("{}: {} {}", report.title, report.grade.letter, report.grade.score);
    Document { title, sections }
}

/// The grade, the milestones, the impact and the parts of the score: what `exec` and `simulate` end with.
pub fn summary_document(report: &Report) -> Document {
    let title = format!("{}: {} {}", report.title, report.grade.letter, report.grade.score);
    Document { title, sections: vec![summary(report), score(report)] }
}

fn summary(report: &Report) -> Section {
    let mut section = Section::new("Summary");
    section.say(report.sentence.clone());
    let mut milestones = Table::new(&["milestone", "#you", "#the real team", "#ahead"]);
    for pair in &report.milestones {
        let ahead = pair.ahead_min.map_or(dash(), |minutes| format!("{minutes:+} min"));
        milestones.row([
            pair.name.to_owned(),
            pair.at.clone().unwrap_or_else(dash),
            pair.real.clone().unwrap_or_else(dash),
            ahead,
        ]);
    }
    section.add(Block::Table(milestones));
    section.add(Block::Table(impact(report)));
    section.say(format!(
        "Scenario {}, seed {}, {} mode. Real times: {}",
        report.scenario,
        report.seed,
        report.mode.name(),
        report.source
    ));
    section
}

fn impact(report: &Report) -> Table {
    let mut table = Table::new(&[
        "impact",
        "#visitors hit",
        "#share",
        "#failed requests",
        "#lost orders",
        "#lost revenue",
    ]);
    for row in &report.impact {
        table.row([
            row.who.to_owned(),
            thousands(row.affected),
            format!("{:.1} %", row.users_affected_pct),
            thousands(row.failed_requests),
            thousands(row.lost_orders),
            thousands(row.lost_revenue),
        ]);
    }
    table
}

fn timeline(report: &Report) -> Section {
    let mut section = Section::new("Timeline");
    let mut table = Table::new(&["time", "who", "what"]);
    for row in &report.timeline {
        let who = if row.real { "real team" } else { "you" };
        let text = match row.provenance {
            Some(provenance) => format!("{} ({provenance})", row.text),
            None => row.text.clone(),
        };
        table.row([row.at.clone(), who.to_owned(), text]);
    }
    section.add(Block::Table(table));
    section
}

fn signals(report: &Report) -> Section {
    let mut section = Section::new("Signals");
    let times: Vec<String> = report.series.iter().map(|row| row.t.clone()).collect();
    let marks: Vec<ChartMark> = report
        .timeline
        .iter()
        .map(|row| ChartMark {
            step: (row.instant.0 / Span::MINUTE.0) as usize,
            ghost: row.real,
            text: format!("{} {}", row.at, row.text),
        })
        .collect();
    let mut chart = |title: &str, limit, values: Vec<Option<f64>>| {
        section.add(Block::Chart(Chart {
            title: title.to_owned(),
            times: times.clone(),
            values,
            limit,
            marks: marks.clone(),
        }));
    };
    let column =
        |pick: fn(&super::series::MinuteRow) -> Option<f64>| report.series.iter().map(pick).collect();
    chart(
        "page views that failed or were too slow, %",
        None,
        column(|row| row.affected_ratio.map(|r| r * 100.0)),
    );
    chart("p95 of the page time, ms", Some(report.slo_ms), column(|row| row.p95_ms));
    chart("database CPU, %", None, column(|row| row.db_cpu.map(|r| r * 100.0)));
    chart("requests a second", None, column(|row| row.rps));
    section
}

fn score(report: &Report) -> Section {
    let mut section = Section::new("Score");
    let bars = report.grade.parts.iter().map(|part| Bar {
        label: part.name.to_owned(),
        share: part.points.unwrap_or(0.0) / f64::from(part.weight.max(1)),
        text: match part.points {
            Some(points) => format!("{points} of {}", part.weight),
            None => format!("not run, of {}", part.weight),
        },
    });
    section.add(Block::Bars(bars.collect()));
    if report.grade.hints > 0 {
        section.say(format!("Hints: −{}", report.grade.hints));
    }
    for part in &report.grade.parts {
        section.add(Block::Heading(format!("{}: {}", part.name, part.formula)));
        let inputs = part.inputs.iter().map(|(name, value)| format!("{name}: {value}"));
        section.add(Block::List(inputs.collect()));
        let entries: Vec<String> =
            part.entries.iter().filter_map(|entry| entry_text(report, *entry)).collect();
        if !entries.is_empty() {
            section.add(Block::Code(entries));
        }
    }
    section
}

fn entry_text(report: &Report, entry: usize) -> Option<String> {
    let row = report.journal.get(entry)?;
    Some(format!("#{:<3} {}  {}", entry + 1, row.at, row.input))
}

fn actions(report: &Report) -> Section {
    let mut section = Section::new("Actions");
    if report.worth.is_empty() {
        section.say("No action was weighed against a run without it.");
    } else {
        section.say("Each action against the same drill without it: what it spared, or cost.");
        let mut table = Table::new(&["action", "at", "verdict", "#minutes", "#visitors", "#money"]);
        for worth in &report.worth {
            table.row([
                worth.line.clone(),
                worth.at.clone(),
                worth.verdict.to_owned(),
                worth.minutes.map_or(dash(), |minutes| format!("{minutes:+}")),
                signed(worth.visitors, thousands),
                signed(worth.cents, money),
            ]);
        }
        section.add(Block::Table(table));
    }
    if !report.wrong_turns.is_empty() {
        section.add(Block::Heading("Wrong turns".to_owned()));
        let mut table = Table::new(&["at", "what", "#held for"]);
        for turn in &report.wrong_turns {
            table.row([turn.at.clone(), turn.what.clone(), turn.held.clone()]);
        }
        section.add(Block::Table(table));
    }
    section
}

fn signed(value: i64, words: fn(u64) -> String) -> String {
    let sign = if value < 0 { '−' } else { '+' };
    format!("{sign}{}", words(value.unsigned_abs()))
}

fn causes(report: &Report) -> Section {
    let mut section = Section::new("Cause");
    for cause in &report.causes {
        section.add(Block::Heading(format!("{} {}", cause.change, cause.title)));
        section.say(cause.explanation.clone());
        section.say(format!(
            "`diagnose {} {} {}`: {}. Named {}, taken back {}.",
            cause.component,
            cause.object,
            cause.mechanism,
            cause.mechanism_title,
            cause.named_at.as_ref().map_or("never".to_owned(), |at| format!("at {at}")),
            cause.rolled_back_at.as_ref().map_or("never".to_owned(), |at| format!("at {at}")),
        ));
        section.add(Block::Code(cause.ddl.clone()));
        for pair in &cause.plans {
            section.say(format!("{} before:", pair.query));
            section.add(Block::Code(
                std::iter::once(pair.sql.clone()).chain(pair.before.iter().cloned()).collect(),
            ));
            section.say("and after:");
            section.add(Block::Code(pair.after.clone()));
        }
    }
    let misled = report.red_herrings.iter().map(|(title, why)| format!("{title}: {why}"));
    let misled: Vec<String> = misled.collect();
    if !misled.is_empty() {
        section.add(Block::Heading("What misled".to_owned()));
        section.add(Block::List(misled));
    }
    section
}

fn practise(report: &Report) -> Section {
    let mut section = Section::new("Practise");
    section.add(Block::List(report.practise.clone()));
    section
}

/// The questions of a review, in the blameless style.
const QUESTIONS: &[&str] = &[
    "What did the first page say, and what would a better one have said?",
    "Which step took longest, and what would have made it shorter: a dashboard, a runbook, an alert, a person?",
    "What made the first hypothesis look right at the time?",
    "How did the change pass review and tests, and what would have shown its plan under load before it was out?",
    "What went well and should be kept?",
];

/// The headings of the post-mortem's measures, to be filled in.
const MEASURES: &[&str] = &[
    "Index changes: how they are reviewed and tested under load — owner, date",
    "Monitoring of query performance — owner, date",
    "Tests before deployment — owner, date",
    "Training — owner, date",
    "Documentation and review meeting — owner, date",
];

fn review(_: &Report) -> Section {
    let list = |items: &[&str]| Block::List(items.iter().map(|item| (*item).to_owned()).collect());
    let mut section = Section::new("Review");
    section.add(Block::Heading("Questions".to_owned()));
    section.add(list(QUESTIONS));
    section.add(Block::Heading("Measures to fill in".to_owned()));
    section.add(list(MEASURES));
    section
}

fn dash() -> String {
    "–".to_owned()
}
