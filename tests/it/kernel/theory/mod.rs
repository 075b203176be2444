//! Queues built from the kernel's parts against closed forms. The whole grid takes half a minute of a release build and
//! is run by `cargo bench --bench theory`, which writes the table of `docs/validation.md`; here the table is held
//! against the formulas, and its shorter rows are simulated again, to the last digit.

mod grid;
mod models;
mod table;

use grid::{REPLICATIONS, Row};

/// Cases with more customers than this are left to the bench.
const SHORT: u64 = 2_000_000;

/// The rows of the committed table, as text.
fn committed() -> Vec<Vec<String>> {
    let document = include_str!("../../../../docs/validation.md");
    let begin = document.find(table::BEGIN).expect("the document has the table's begin");
    let end = document.find(table::END).expect("the document has the table's end");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    document[begin + table::BEGIN.len()..end].lines().skip(2).map(cells).collect()
}

/// The number at the beginning of a cell.
fn number(cell: &str) -> f64 {
    cell.trim_end_matches('%').trim().parse().unwrap_or_else(|_| panic!("`{cell}` is not a number"))
}

#[test]
fn every_figure_is_within_its_tolerance_of_theory_and_its_error_is_chance() {
    let rows = committed();
    let expected: Vec<_> = grid::cases()
        .into_iter()
        .flat_map(|case| case.expected.into_iter().map(move |e| (case.customers, e)))
        .collect();
    assert_eq!(
        rows.len(),
        expected.len(),
        "the document has a row for each figure: cargo bench --bench theory"
    );
    let mut squares = 0.0;
    for (row, (customers, expected)) in rows.iter().zip(&expected) {
        let [_, what, theory, simulated, error, standard_error, tolerance, run] = &row[..] else {
            panic!("{row:?} has not eight columns")
        };
        assert_eq!((what, theory), (&expected.what, &format!("{:.5}", expected.theory)));
        assert_eq!(run, &customers.to_string(), "{row:?}");
        assert_eq!(tolerance, &format!("{} %", expected.tolerance * 100.0), "{row:?}");
        let (theory, simulated) = (number(theory), number(simulated));
        assert!((simulated / theory - 1.0).abs() <= expected.tolerance, "{row:?}");
        let told = number(error) / 100.0;
        assert!((told - (simulated / theory - 1.0)).abs() < 2e-4, "rounded otherwise: {row:?}");
        let standard_error = number(standard_error) / 100.0;
        assert!(standard_error <= expected.tolerance / 2.5, "the run is too short to tell: {row:?}");
        squares += ((simulated / theory - 1.0) / standard_error).powi(2);
    }
    // Errors that are chance alone are one standard error large, in the root mean square; with twenty replications each the
    // estimated one is a little small. A bias would show here long before it reached a tolerance.
    let rms = (squares / rows.len() as f64).sqrt();
    assert!((0.75..1.3).contains(&rms), "errors are {rms:.2} standard errors of {REPLICATIONS} replications");
}

#[test]
fn the_shorter_rows_come_out_again_to_the_last_digit() {
    let document = include_str!("../../../../docs/validation.md");
    let mut checked = 0;
    for case in grid::cases().into_iter().filter(|case| case.customers <= SHORT) {
        let rows: Vec<Row> = case.simulate();
        let text = table::write(&rows);
        for line in text.lines().skip(2) {
            assert!(
                document.contains(line),
                "simulated now: {line}\nto write it down: cargo bench --bench theory"
            );
            checked += 1;
        }
    }
    assert!(checked >= 8, "only {checked} rows are short enough");
}
