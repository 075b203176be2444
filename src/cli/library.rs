//! Finding scenarios: those inside the program by name, others by their folder's path.

use super::failure::Failure;
use super::state::bad_journal;
use crate::drill::journal::Journal;
use crate::scenario::diagnostic::nearest;
use crate::scenario::{Diagnostic, Loaded, Scenario, embedded, load};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The file that makes a folder a scenario.
pub(crate) const MAIN_FILE: &str = "scenario.ron";

/// The scenario of this name or in this folder.
pub(crate) fn find(name: &str) -> Result<Arc<Scenario>, Failure> {
    let path = Path::new(name);
    let loaded = if path.join(MAIN_FILE).is_file() {
        load_folder(path)
    } else {
        embedded::load_embedded(name).ok_or_else(|| unknown(name))?
    };
    accept(loaded)
}

/// The scenario that a journal is a drill of: from a folder where one is named, else the built-in one of its name.
pub(crate) fn of_journal(
    path: &Path,
    journal: &Journal,
    folder: Option<&Path>,
) -> Result<Arc<Scenario>, Failure> {
    let name = &journal.header.scenario;
    let scenario = match folder {
        Some(folder) if folder.join(MAIN_FILE).is_file() => accept(load_folder(folder))?,
        Some(folder) => {
            return Err(Failure::wrong(format!(
                "{}: there is no {MAIN_FILE} in this folder",
                folder.display()
            )));
        }
        None if embedded::ids().any(|id| id == name) => find(name)?,
        None => {
            return Err(Failure::wrong(format!(
                "{}: a drill of {name}, which is not built in; name its folder with --scenario",
                path.display()
            )));
        }
    };
    journal
        .header
        .accept(&scenario.id, scenario.content_hash)
        .map_err(|problem| bad_journal(path, &problem.to_string()))?;
    Ok(scenario)
}

/// Loads the scenario in a folder.
pub(crate) fn load_folder(folder: &Path) -> Loaded {
    load(&folder.display().to_string(), |name| fs::read_to_string(folder.join(name)).ok())
}

/// The scenarios inside the program, in the order of the home screen; those that are broken are left out.
pub(crate) fn all() -> Vec<Scenario> {
    embedded::ids().filter_map(|id| embedded::load_embedded(id)?.scenario).collect()
}

/// Findings as one message, a line each.
pub(crate) fn broken(diagnostics: &[Diagnostic]) -> Failure {
    let lines: Vec<String> = diagnostics.iter().map(Diagnostic::to_string).collect();
    Failure::wrong(lines.join("\n"))
}

fn accept(loaded: Loaded) -> Result<Arc<Scenario>, Failure> {
    match loaded.scenario {
        Some(scenario) if loaded.diagnostics.is_empty() => Ok(Arc::new(scenario)),
        _ => Err(broken(&loaded.diagnostics)),
    }
}

fn unknown(name: &str) -> Failure {
    match nearest(name, embedded::ids()) {
        Some(near) => Failure::wrong(format!("there is no scenario `{name}`; did you mean `{near}`?")),
        None => {
            let ids: Vec<&str> = embedded::ids().collect();
            Failure::wrong(format!("there is no scenario `{name}`; there are: {}", ids.join(", ")))
        }
    }
}
