//! The grid of queues against closed forms, whole: `cargo bench --bench theory` simulates some hundreds of millions of
//! customers and writes the table into `docs/validation.md`. The tests hold the table against the formulas.

use std::fs;
use std::io;
use std::process::ExitCode;

#[path = "../tests/it/kernel/theory/grid.rs"]
mod grid;
#[path = "../tests/it/kernel/theory/models.rs"]
mod models;
#[path = "../tests/it/kernel/theory/table.rs"]
mod table;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/validation.md");

fn main() -> ExitCode {
    let mut rows = Vec::new();
    for case in grid::cases() {
        for row in case.simulate() {
            let (error, noise) = (row.error() * 100.0, row.standard_error / row.theory * 100.0);
            println!("{:<32} {:<34} {error:+.2} % (standard error {noise:.2} %)", row.case, row.what);
            rows.push(row);
        }
    }
    match write(&table::write(&rows)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{DOCUMENT}: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn write(table: &str) -> io::Result<()> {
    let document = fs::read_to_string(DOCUMENT)?;
    let marks = document.find(table::BEGIN).zip(document.find(table::END));
    let (begin, end) = marks.ok_or_else(|| io::Error::other("the table's place is not marked"))?;
    fs::write(DOCUMENT, format!("{}{table}{}", &document[..begin + table::BEGIN.len()], &document[end..]))
}
