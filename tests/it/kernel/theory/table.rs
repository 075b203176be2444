//! The table of `docs/validation.md`.

use super::grid::Row;
use std::fmt::Write as _;

/// What stands before the table in the document.
pub(super) const BEGIN: &str = "<!-- queues: begin -->\n";
/// What stands after it.
pub(super) const END: &str = "<!-- queues: end -->";

/// The rows as a table.
pub(super) fn write(rows: &[Row]) -> String {
    let mut text = String::from(
        "| queue | figure | theory | simulated | error | standard error | tolerance | customers |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let mut last = "";
    for row in rows {
        let case = if row.case == last { "" } else { &row.case };
        last = &row.case;
        let _ = writeln!(
            text,
            "| {case} | {} | {:.5} | {:.5} | {:+.2} % | {:.2} % | {} % | {} |",
            row.what,
            row.theory,
            row.simulated,
            row.error() * 100.0,
            row.standard_error / row.theory * 100.0,
            row.tolerance * 100.0,
            row.customers,
        );
    }
    text
}
