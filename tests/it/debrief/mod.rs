//! Tests of the `debrief` room.

mod book_shop;
mod grade;
mod validity;

use firedrill::debrief::document::{Bar, Block, Chart, Document, Section, Table};
use firedrill::debrief::score::{letter, promptness};
use firedrill::debrief::{html, markdown, text};
use firedrill::kernel::Span;

#[test]
fn promptness_falls_to_a_quarter_at_the_real_teams_time_and_to_nothing_at_twice_that() {
    let real = Span::from_mins(90);
    let at = |minutes| promptness(Span::from_mins(minutes), real);
    assert_eq!(at(0), 1.0);
    assert_eq!(at(30), 0.75);
    assert_eq!(at(90), 0.25);
    assert_eq!(at(135), 0.125);
    assert_eq!(at(180), 0.0);
    assert_eq!(at(500), 0.0);
}

#[test]
fn letters_follow_the_score() {
    let letters: String = [100.0, 85.0, 84.9, 70.0, 55.0, 40.0, 39.9, 0.0].into_iter().map(letter).collect();
    assert_eq!(letters, "AABBCDFF");
}

fn document() -> Document {
    let mut table = Table::new(&["who", "#visitors"]);
    table.row(["you".to_owned(), "1,204".to_owned()]);
    table.row(["nobody | acts".to_owned(), "98,311".to_owned()]);
    let mut section = Section::new("Summary");
    section.say("You named <the> cause.");
    section.add(Block::Table(table));
    section.add(Block::Code(vec!["Seq Scan on orders".to_owned(), "  Filter: (a < 1)".to_owned()]));
    section.add(Block::List(vec!["one".to_owned(), "two".to_owned()]));
    section.add(Block::Bars(vec![Bar {
        label: "impact".to_owned(),
        share: 0.5,
        text: "12.5 of 25".to_owned(),
    }]));
    section.add(Block::Chart(Chart {
        title: "p95, ms".to_owned(),
        times: vec!["15:00".to_owned(), "15:01".to_owned(), "15:02".to_owned()],
        values: vec![Some(100.0), None, Some(800.0)],
        limit: Some(1_000.0),
        ..Chart::default()
    }));
    Document { title: "June 4: A 91".to_owned(), sections: vec![section] }
}

#[test]
fn a_report_as_text() {
    let expected = "\
June 4: A 91
════════════

SUMMARY

You named <the> cause.

who            visitors
─────────────  ────────
you               1,204
nobody | acts    98,311

    Seq Scan on orders
      Filter: (a < 1)

• one
• two

impact         ███████████████░░░░░░░░░░░░░░░ 12.5 of 25

p95, ms (highest 1,000, limit 1,000; ▲ you, ◇ the real team)
▂ ▇

15:00
";
    assert_eq!(text::render(&document(), 60), expected);
}

#[test]
fn a_report_as_markdown() {
    let text = markdown::render(&document());
    assert!(text.starts_with("# June 4: A 91\n\n## Summary\n\nYou named <the> cause.\n"), "{text}");
    assert!(
        text.contains("| who | visitors |\n| --- | ---: |\n| you | 1,204 |\n| nobody \\| acts | 98,311 |\n"),
        "{text}"
    );
    assert!(text.contains("```\nSeq Scan on orders\n  Filter: (a < 1)\n```\n"), "{text}");
}

#[test]
fn a_report_as_one_page_fetches_nothing_and_escapes_what_it_shows() {
    let page = html::render(&document());
    assert!(page.contains("You named &lt;the&gt; cause."));
    assert!(!page.contains("http"), "the page refers to something outside itself");
    assert!(!page.contains("<script"));
    assert_eq!(page.matches("<svg").count(), 1);
    // The missing value breaks the line in two.
    assert_eq!(page.matches("<polyline").count(), 2);
}
