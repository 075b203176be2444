//! Plans against those of a real PostgreSQL 18.4, vendored in `tests/data/planner/`.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use firedrill::postgres::grade::{Grade, GradeInput, grade_where};

/// Lines that may disagree in plan, cost or rows before the test fails: none did when the floor was set.
const FLOOR: f64 = 0.99;

fn text(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/planner").join(name);
    if !name.ends_with(".gz") {
        return fs::read_to_string(path).unwrap();
    }
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

fn graded(wanted: &dyn Fn(&str, &str, &str) -> bool) -> Grade {
    let (schema, sizes) = (text("schema.sql"), text("sizes.tsv"));
    let (statistics, facts, truth) =
        (text("statistics.sql.gz"), text("stats.json.gz"), text("truth.jsonl.gz"));
    let input = GradeInput {
        schema: &schema,
        statistics: &statistics,
        sizes: Some(&sizes),
        facts: &facts,
        truth: &truth,
    };
    grade_where(&input, wanted).unwrap()
}

#[test]
fn plans_agree_with_those_of_a_real_postgresql() {
    let grade = graded(&|_, _, _| true);
    assert_eq!(grade.rows.iter().map(|r| r.lines).sum::<usize>(), 9_711, "every line is graded");
    for row in &grade.rows {
        let lines = row.lines as f64;
        for (what, agreeing) in [("plan", row.signature), ("cost", row.cost), ("rows", row.rows)] {
            let share = agreeing as f64 / lines;
            assert!(
                share >= FLOOR,
                "{} {}: {what} agrees in {share:.3} of {lines} lines\n{}",
                row.profile,
                row.mode,
                grade.text()
            );
        }
    }
}
