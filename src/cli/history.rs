//! `firedrill history`: past drills, and whether the grades go up.

use super::args::HistoryArgs;
use super::failure::Failure;
use super::state::{Finished, State};
use crate::debrief::document::Table;

/// Lists finished drills, oldest first.
pub(crate) fn run(args: &HistoryArgs) -> Result<(), Failure> {
    let history = State::locate()?.history();
    if args.json {
        return super::print_json(&history);
    }
    if history.is_empty() {
        return super::print("No drill has been finished yet.\n");
    }
    let mut table =
        Table::new(&["played", "scenario", "#seed", "mode", "grade", "diagnosed", "mitigated", "journal"]);
    for finished in &history {
        table.row([
            finished.played.clone(),
            finished.scenario.clone(),
            finished.seed.to_string(),
            finished.mode.name().to_owned(),
            format!("{} {}", finished.letter, finished.score),
            milestone(finished, "diagnosed"),
            milestone(finished, "mitigated"),
            finished.journal.clone(),
        ]);
    }
    super::print(&crate::debrief::text::table(&table))?;
    super::print(&format!("\n{}\n", progress(&history)))
}

fn milestone(finished: &Finished, name: &str) -> String {
    let found = finished.milestones.iter().find(|(milestone, _)| milestone == name);
    found.and_then(|(_, at)| at.clone()).unwrap_or_else(|| "–".to_owned())
}

/// The mean of the last five grades beside the mean of those before.
fn progress(history: &[Finished]) -> String {
    const RECENT: usize = 5;
    let scores: Vec<f64> = history.iter().map(|finished| finished.score).collect();
    let (before, recent) = scores.split_at(scores.len().saturating_sub(RECENT));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let drills = if recent.len() == 1 { "drill" } else { "drills" };
    let latest = format!("Last {} {drills}: {:.1} points on average", recent.len(), mean(recent));
    if before.is_empty() {
        return format!("{latest}.");
    }
    format!("{latest}; the {} before: {:.1}.", before.len(), mean(before))
}
