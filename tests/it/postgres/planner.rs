//! Plans against those of a real PostgreSQL 18.4, vendored in `tests/data/planner/` and, of other queries and configurations,
//! `tests/data/planner-more/`; those of LATERAL and of conditions on the clock in `tests/data/planner-beside/`.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use firedrill::postgres::grade::{Grade, GradeInput, grade};

/// Lines that may disagree in plan, cost or rows before the test fails: none did when the floor was set.
const FLOOR: f64 = 0.99;
/// Lines in `tests/data/planner-more/`.
const LINES_MORE: usize = 5_108;
/// The same for them: one line's row estimate differs.
const FLOOR_MORE: f64 = 0.995;

fn text(folder: &str, name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder).join(name);
    if !name.ends_with(".gz") {
        return fs::read_to_string(path).unwrap();
    }
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn plans_by_the_clock_and_beside_other_relations_agree() {
    let (schema, sizes) = (text("planner", "schema.sql"), text("planner", "sizes.tsv"));
    let (statistics, facts) = (text("planner", "statistics.sql.gz"), text("planner", "stats.json.gz"));
    let truth = text("planner-beside", "truth.jsonl");
    let input = GradeInput {
        schema: &schema,
        statistics: &statistics,
        sizes: Some(&sizes),
        facts: &facts,
        truth: &truth,
    };
    let grade = grade(&input).unwrap();
    assert_eq!(grade.rows.iter().map(|r| r.lines).sum::<usize>(), truth.lines().count());
    check_floor(&grade, 1.0);
}

/// Grades a folder's lines; the schema and its statistics are the same for all.
fn graded(folder: &str) -> Grade {
    let (schema, sizes) = (text("planner", "schema.sql"), text("planner", "sizes.tsv"));
    let statistics = text("planner", "statistics.sql.gz");
    let (facts, truth) = (text(folder, "stats.json.gz"), text(folder, "truth.jsonl.gz"));
    let input = GradeInput {
        schema: &schema,
        statistics: &statistics,
        sizes: Some(&sizes),
        facts: &facts,
        truth: &truth,
    };
    grade(&input).unwrap()
}

/// Every row's shares of agreement in plan, cost and rows reach the floor.
fn check_floor(grade: &Grade, floor: f64) {
    for row in &grade.rows {
        let lines = row.lines as f64;
        for (what, agreeing) in [("plan", row.signature), ("cost", row.cost), ("rows", row.rows)] {
            let share = agreeing as f64 / lines;
            assert!(
                share >= floor,
                "{} {}: {what} agrees in {share:.3} of {lines} lines\n{}",
                row.profile,
                row.mode,
                grade.text()
            );
        }
    }
}

#[test]
fn plans_agree_with_those_of_a_real_postgresql() {
    let grade = graded("planner");
    assert_eq!(grade.rows.iter().map(|r| r.lines).sum::<usize>(), 9_711, "every line is graded");
    check_floor(&grade, FLOOR);
}

#[test]
fn plans_of_other_queries_and_configurations_agree() {
    let grade = graded("planner-more");
    assert_eq!(grade.rows.iter().map(|r| r.lines).sum::<usize>(), LINES_MORE, "every line is graded");
    check_floor(&grade, FLOOR_MORE);
}
