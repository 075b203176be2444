//! `firedrill check`: reads scenario files and says what is wrong with them.

use super::args::CheckArgs;
use super::failure::Failure;
use super::library::{self, MAIN_FILE};
use crate::drill::{Drill, Mode};
use crate::scenario::{Diagnostic, Loaded, embedded};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Serialize)]
struct Checked {
    path: String,
    ok: bool,
    diagnostics: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    file: String,
    line: usize,
    column: usize,
    message: String,
    expected: Option<String>,
    nearest: Option<String>,
    #[serde(skip)]
    text: String,
}

impl From<&Diagnostic> for Finding {
    fn from(found: &Diagnostic) -> Finding {
        Finding {
            file: found.file.clone(),
            line: found.line,
            column: found.column,
            message: found.message.clone(),
            expected: found.expected.clone(),
            nearest: found.nearest.clone(),
            text: found.to_string(),
        }
    }
}

/// Checks scenarios; fails when any has a finding.
pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let mut checked = Vec::new();
    if args.paths.is_empty() {
        for id in embedded::ids() {
            checked.extend(embedded::load_embedded(id).map(|loaded| check(id.to_owned(), loaded)));
        }
    }
    for path in &args.paths {
        for folder in folders(path)? {
            checked.push(check(folder.display().to_string(), library::load_folder(&folder)));
        }
    }
    let ok = checked.iter().all(|scenario| scenario.ok);
    if args.json {
        super::print_json(&checked)?;
    } else {
        super::print(&text(&checked))?;
    }
    if ok { Ok(()) } else { Err(Failure::Said) }
}

/// The scenario folders that a path means: itself, or those right below it.
fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = if path.file_name().is_some_and(|name| name == MAIN_FILE) {
        path.parent().unwrap_or(Path::new(".")).to_owned()
    } else {
        path.to_owned()
    };
    if folder.join(MAIN_FILE).is_file() {
        return Ok(vec![folder]);
    }
    let entries = fs::read_dir(&folder).map_err(|problem| Failure::file(&folder, "read", &problem))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join(MAIN_FILE).is_file())
        .collect();
    found.sort();
    if found.is_empty() {
        return Err(Failure::wrong(format!(
            "{} holds no {MAIN_FILE}, and no folder with one",
            folder.display()
        )));
    }
    Ok(found)
}

fn check(path: String, loaded: Loaded) -> Checked {
    let mut diagnostics = loaded.diagnostics;
    if let (true, Some(scenario)) = (diagnostics.is_empty(), loaded.scenario) {
        // What the files say may be well formed and still not build a stack.
        diagnostics.extend(Drill::new(Arc::new(scenario), 1, Mode::Practice).err().into_iter().flatten());
    }
    let diagnostics: Vec<Finding> = diagnostics.iter().map(Finding::from).collect();
    Checked { path, ok: diagnostics.is_empty(), diagnostics }
}

fn text(checked: &[Checked]) -> String {
    let mut text = String::new();
    for scenario in checked {
        for finding in &scenario.diagnostics {
            text.push_str(&finding.text);
            text.push('\n');
        }
        if scenario.ok {
            text.push_str(&format!("{}: ok\n", scenario.path));
        }
    }
    text
}
