//! `firedrill list`: the scenarios, with the best grade so far.

use super::args::ListArgs;
use super::failure::Failure;
use super::library;
use super::state::State;
use crate::debrief::document::Table;
use serde::Serialize;

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    company: String,
    date: String,
    difficulty: u8,
    length_minutes: u32,
    best: Option<Best>,
    attempts: usize,
}

#[derive(Serialize)]
struct Best {
    letter: String,
    score: f64,
}

/// Lists the scenarios.
pub(crate) fn run(args: &ListArgs) -> Result<(), Failure> {
    let state = State::locate()?;
    let archive = state.archive();
    let rows = library::all()
        .into_iter()
        .map(|scenario| {
            let (best, attempts) = archive.best(&scenario.id)?;
            Ok(Row {
                best: best.map(|(letter, score)| Best { letter, score }),
                attempts,
                id: scenario.id,
                title: scenario.title,
                company: scenario.company,
                date: scenario.date,
                difficulty: scenario.difficulty,
                length_minutes: scenario.length_minutes,
            })
        })
        .collect::<Result<Vec<Row>, Failure>>()?;
    if args.json {
        return super::print_json(&rows);
    }
    let mut table = Table::new(&["scenario", "title", "company", "date", "difficulty", "#minutes", "best"]);
    for row in rows {
        table.row([
            row.id,
            row.title,
            row.company,
            row.date,
            format!("{} of 5", row.difficulty),
            row.length_minutes.to_string(),
            row.best.map_or("–".to_owned(), |best| format!("{} {}", best.letter, best.score)),
        ]);
    }
    super::print(&crate::debrief::text::table(&table))
}
