//! `firedrill compare`: two drills of one scenario side by side.

use super::args::CompareArgs;
use super::debrief::{game, report};
use super::failure::Failure;
use super::state::State;
use crate::debrief::{compare, text};
use serde_json::json;

/// Prints both drills beside each other.
pub(crate) fn run(args: &CompareArgs) -> Result<(), Failure> {
    let state = State::locate()?;
    let folder = args.scenario.as_deref();
    let games = [game(&state, &args.a, folder)?, game(&state, &args.b, folder)?];
    let [first, second] = [&games[0].scenario.id, &games[1].scenario.id];
    if first != second {
        return Err(Failure::wrong(format!(
            "{} is a drill of {first} and {} one of {second}; only drills of one scenario can be compared",
            args.a.display(),
            args.b.display()
        )));
    }
    let reports = [report(&games[0], &state)?, report(&games[1], &state)?];
    if args.json {
        return super::print_json(&json!({ "a": reports[0], "b": reports[1] }));
    }
    let names = [format!("A: {}", args.a.display()), format!("B: {}", args.b.display())];
    let document = compare::document([&reports[0], &reports[1]], [&names[0], &names[1]]);
    super::print(&text::render(&document, text::WIDTH))
}
