//! Puts a report into reading order: the grade and the sentence, what happened, the score, the worth of each action, the
//! cause, what to practise, and the questions of a review.

use super::document::{Bar, Block, Chart, ChartMark, Document, Lane, Section, Stretch, Table};
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
        evidence(report),
        actions(report),
        causes(report),
        learning(report),
        practise(report),
        review(report),
    ];
    let title = format!("{}: {} {}", report.title, report.grade.letter, report.grade.score);
    Document { title, sections }
}

/// While runs are under way: what is still to come.
fn pending(report: &Report) -> String {
    report.pending.as_ref().map_or(String::new(), |(share, doing)| {
        format!(
            "Still running ({:.0} %, {doing}): the impact part and the worth of each action follow.",
            share.clamp(0.0, 1.0) * 100.0
        )
    })
}

/// The grade, the milestones, the impact and the parts of the score: what `exec` and `simulate` end with.
pub fn summary_document(report: &Report) -> Document {
    let title = format!("{}: {} {}", report.title, report.grade.letter, report.grade.score);
    Document { title, sections: vec![summary(report), score(report)] }
}

fn summary(report: &Report) -> Section {
    let mut section = Section::new("Summary");
    section.say(report.sentence.clone());
    section.say(pending(report));
    let mut milestones = Table::new(&["milestone", "#you", "#", "#ahead"]);
    milestones.columns[2] = report.ghost.name();
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
    report.story.iter().for_each(|paragraph| section.say(paragraph.clone()));
    section.say(format!(
        "Scenario {}, seed {}, {} mode. The times of {}: {}",
        report.scenario,
        report.seed,
        report.mode.name(),
        report.ghost.name(),
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
        let who = if row.real { report.ghost.label() } else { "you" };
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
    let chart = |title: &str, limit, values: Vec<Option<f64>>| Chart {
        title: title.to_owned(),
        times: times.clone(),
        values,
        limit,
        ghost: report.ghost,
        marks: marks.clone(),
        ..Chart::default()
    };
    let column =
        |pick: fn(&super::series::MinuteRow) -> Option<f64>| report.series.iter().map(pick).collect();
    let percent = |values: &[Option<f64>]| values.iter().map(|value| value.map(|v| v * 100.0)).collect();
    let affected: Vec<Option<f64>> = column(|row| row.affected_ratio);
    section.add(Block::Chart(Chart {
        others: report.others.iter().map(|(who, values)| (*who, percent(values))).collect(),
        lanes: vec![lane(report, false), lane(report, true)],
        ..chart("page views that failed or were too slow, %", None, percent(&affected))
    }));
    section.add(Block::Chart(chart(
        "p95 of the page time, ms",
        Some(report.slo_ms),
        column(|row| row.p95_ms),
    )));
    let cpu = percent(&column(|row| row.db_cpu));
    section.add(Block::Chart(chart("database CPU, %", None, cpu)));
    section.add(Block::Chart(chart("requests a second", None, column(|row| row.rps))));
    section
}

/// What was believed, as stretches below a chart.
fn lane(report: &Report, real: bool) -> Lane {
    let own = report.beliefs.iter().filter(|belief| belief.real == real).map(|belief| &belief.hypothesis);
    let stretches = own.map(|belief| Stretch {
        from_s: belief.from.as_secs(),
        to_s: belief.until.as_secs(),
        right: belief.right,
        text: belief.what.clone(),
    });
    Lane { name: if real { report.ghost.name() } else { "you" }, stretches: stretches.collect() }
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

fn evidence(report: &Report) -> Section {
    let mut section = Section::new("Evidence");
    section.say("For each cause: when a query that it hurts, and the object itself, were first on screen.");
    let mut causes = Table::new(&["cause", "#its effect", "#its object", "#named"]);
    for row in &report.seen {
        let clock = |at: &Option<String>| at.clone().unwrap_or_else(|| "never".to_owned());
        causes.row([row.change.clone(), clock(&row.effect), clock(&row.definition), clock(&row.named)]);
    }
    section.add(Block::Table(causes));
    let mut looks = Table::new(&["looked at", "#times", "#first", "about"]);
    for row in report.looks.iter().filter(|row| row.times > 0) {
        let first = row.first.clone().unwrap_or_else(dash);
        looks.row([row.kind.words().to_owned(), row.times.to_string(), first, row.about.join(", ")]);
    }
    if !looks.rows.is_empty() {
        section.add(Block::Table(looks));
    }
    let never: Vec<&str> =
        report.looks.iter().filter(|row| row.times == 0).map(|row| row.kind.words()).collect();
    if !never.is_empty() {
        section.say(format!("Never looked at: {}.", never.join(", ")));
    }
    section
}

fn learning(report: &Report) -> Section {
    let mut section = Section::new("Learning");
    section.add(Block::Heading("Contributing factors".to_owned()));
    section.add(Block::List(report.factors.clone()));
    section.add(Block::Heading("What went well".to_owned()));
    section.add(Block::List(report.went_well.clone()));
    section
}

fn actions(report: &Report) -> Section {
    let mut section = Section::new("Actions");
    section.say(pending(report));
    if report.worth.is_empty() {
        section.say("No action was weighed against a run without it.");
    } else {
        let (from, to) = &report.counted;
        section.say(format!(
            "Each action against the same drill without it: what it spared, or cost. Visitors and money are counted between \
             {from} and {to}."
        ));
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
        let mut table = Table::new(&["who", "at", "what was believed", "#held for"]);
        for turn in &report.wrong_turns {
            let who = if turn.real { report.ghost.name() } else { "you" };
            table.row([who.to_owned(), turn.at.clone(), turn.what.clone(), turn.held.clone()]);
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

/// The headings of the post-mortem's measures, each with what the incident asks about it, to be filled in.
const MEASURES: &[(&str, &str)] = &[
    ("Revise database indexing procedures", "how is an index change tested under load before it is live?"),
    ("Enhanced monitoring", "which figure would have shown the query, not only the database?"),
    ("Pre-deployment testing", "which test with production's sizes would have failed?"),
    ("Incident response training", "what would have been quicker the second time?"),
    ("Documentation and review", "which runbook is to be written or put right, and who reviews it when?"),
];

fn review(_: &Report) -> Section {
    let list = |items: &[&str]| Block::List(items.iter().map(|item| (*item).to_owned()).collect());
    let mut section = Section::new("Review");
    section.add(Block::Heading("Questions".to_owned()));
    section.add(list(QUESTIONS));
    section.add(Block::Heading("Action items".to_owned()));
    let mut items = Table::new(&["heading", "to answer", "action", "owner", "due"]);
    for (heading, question) in MEASURES {
        let blank = String::new;
        items.row([(*heading).to_owned(), (*question).to_owned(), blank(), blank(), blank()]);
    }
    section.add(Block::Table(items));
    section
}

fn dash() -> String {
    "–".to_owned()
}
