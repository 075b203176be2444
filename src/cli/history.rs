//! `firedrill history`: past drills, and whether the grades go up.

use super::archive::Finished;
use super::args::HistoryArgs;
use super::failure::Failure;
use super::state::State;
use crate::debrief::document::Table;

/// Lists finished drills, oldest first.
pub(crate) fn run(args: &HistoryArgs) -> Result<(), Failure> {
    let history = State::locate()?.archive().all()?;
    if args.json {
        return super::print_json(&history);
    }
    if args.csv {
        return super::print(&csv(&history));
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
            finished.mode.clone(),
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

/// Drills that count as the recent ones.
const RECENT: usize = 5;

/// The mean of the last five grades beside the mean of those before, and each skill's.
fn progress(history: &[Finished]) -> String {
    let score = |finished: &Finished| Some(finished.score);
    let (recent, before) = recent_and_before(history, &score);
    let count = history.len().min(RECENT);
    let drills = if count == 1 { "drill" } else { "drills" };
    let latest = format!("Last {count} {drills}: {:.1} points on average", recent.unwrap_or(0.0));
    let mut text = match before {
        None => format!("{latest}."),
        Some(before) => format!("{latest}; the {} before: {before:.1}.", history.len() - count),
    };
    let mut table = Table::new(&["skill", "measured by", "#last five", "#before"]);
    for skill in SKILLS {
        let (recent, before) = recent_and_before(history, &skill.of);
        let told = |mean: Option<f64>| mean.map_or("–".to_owned(), |mean| format!("{mean:.1}"));
        table.row([skill.name.to_owned(), skill.measure.to_owned(), told(recent), told(before)]);
    }
    text.push_str("\n\n");
    text.push_str(&crate::debrief::text::table(&table));
    text.trim_end().to_owned()
}

/// Means over the recent drills and over those before, of what is known.
fn recent_and_before(
    history: &[Finished],
    of: &dyn Fn(&Finished) -> Option<f64>,
) -> (Option<f64>, Option<f64>) {
    let (before, recent) = history.split_at(history.len().saturating_sub(RECENT));
    let mean = |drills: &[Finished]| {
        let values: Vec<f64> = drills.iter().filter_map(of).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    (mean(recent), mean(before))
}

/// A skill, and how a drill shows it.
struct Skill {
    name: &'static str,
    measure: &'static str,
    of: fn(&Finished) -> Option<f64>,
}

/// In the order of an incident.
const SKILLS: &[Skill] = &[
    Skill {
        name: "detect",
        measure: "minutes from the first page to its being taken",
        of: |drill| since_page(drill, "acknowledged"),
    },
    Skill {
        name: "localise",
        measure: "minutes from the first page to the component",
        of: |drill| since_page(drill, "localised"),
    },
    Skill {
        name: "diagnose",
        measure: "minutes from the first page to every cause",
        of: |drill| since_page(drill, "diagnosed"),
    },
    Skill {
        name: "mitigate",
        measure: "minutes from the first page to the objective",
        of: |drill| since_page(drill, "mitigated"),
    },
    Skill {
        name: "communicate",
        measure: "points of the communication part",
        of: |drill| part(drill, "communication"),
    },
];

/// Minutes from the first page to a milestone.
fn since_page(drill: &Finished, name: &str) -> Option<f64> {
    let seconds = |name: &str| {
        let (_, at) = drill.milestones.iter().find(|(milestone, _)| milestone == name)?;
        let mut fields = at.as_deref()?.split(':').map(|field| field.parse::<i64>().ok());
        Some(fields.next()?? * 3_600 + fields.next()?? * 60 + fields.next()??)
    };
    Some((seconds(name)? - seconds("detected")?) as f64 / 60.0)
}

fn part(drill: &Finished, name: &str) -> Option<f64> {
    drill.parts.iter().find(|(part, _)| part == name).map(|(_, points)| *points)
}

/// The parts of a score and the milestones, in the order of the columns.
const PARTS: [&str; 5] = ["diagnosis", "impact", "precision", "evidence", "communication"];
/// See [`PARTS`].
const MILESTONES: [&str; 7] =
    ["detected", "acknowledged", "declared", "localised", "diagnosed", "mitigated", "resolved"];

/// A line a drill, with a header.
fn csv(history: &[Finished]) -> String {
    let mut text = format!(
        "played,scenario,seed,mode,score,letter,{},{},journal\n",
        PARTS.join(","),
        MILESTONES.join(",")
    );
    for drill in history {
        let mut cells = vec![
            drill.played.clone(),
            drill.scenario.clone(),
            drill.seed.to_string(),
            drill.mode.clone(),
            drill.score.to_string(),
            drill.letter.clone(),
        ];
        cells.extend(PARTS.map(|name| part(drill, name).map_or(String::new(), |points| points.to_string())));
        cells.extend(MILESTONES.map(|name| {
            let found = drill.milestones.iter().find(|(milestone, _)| milestone == name);
            found.and_then(|(_, at)| at.clone()).unwrap_or_default()
        }));
        cells.push(drill.journal.clone());
        // Nothing in a cell has a comma or a quote: names of scenarios and journals are file names of this program.
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}
