//! What planning a query costs: every line of `tests/data/planner` with a custom plan, planned again on its configuration's catalog.
//!
//! `cargo bench --bench planning` times a pass over the lines (divan) and prints the median and the 95th percentile of one query.

#![allow(clippy::disallowed_types, reason = "a benchmark measures the wall clock")]

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Instant;

use firedrill::postgres::grade::{Gradable, GradeInput};

fn text(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/planner").join(name);
    if !name.ends_with(".gz") {
        return fs::read_to_string(path).expect("the vendored lines are there");
    }
    let mut text = String::new();
    let file = fs::File::open(path).expect("the vendored lines are there");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("the vendored lines are readable");
    text
}

fn lines() -> Vec<Gradable> {
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
    firedrill::postgres::grade::gradable(&input, &|_, profile, mode| {
        profile == "ssd_serial" && mode == "custom"
    })
    .expect("the vendored lines are well formed")
}

fn main() {
    let lines = lines();
    let mut nanoseconds: Vec<u128> = lines
        .iter()
        .map(|line| {
            let start = Instant::now();
            std::hint::black_box(line.plan()).expect("the vendored lines are plannable");
            start.elapsed().as_nanos()
        })
        .collect();
    nanoseconds.sort_unstable();
    let at = |share: usize| nanoseconds[nanoseconds.len() * share / 100] as f64 / 1_000.0;
    println!("{} queries: median {:.1} µs, p95 {:.1} µs", nanoseconds.len(), at(50), at(95));
    divan::main();
}

/// All lines of one profile once.
#[divan::bench(sample_count = 20)]
fn ssd_serial(bencher: divan::Bencher<'_, '_>) {
    let lines = lines();
    bencher.bench_local(|| lines.iter().filter(|line| line.plan().is_ok()).count());
}
