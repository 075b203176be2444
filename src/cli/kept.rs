//! Runs to compare with, kept on disk: they depend on program, scenario and seed alone, and take seconds each.
//!
//! A file for each, in a folder for each build of the program: what another build simulated is another simulation. Nothing
//! depends on them being there; a file that cannot be read or written is as good as none.

use super::state::State;
use crate::debrief::runs::Game;
use crate::debrief::{Run, Yardstick};
use crate::kernel::Digest;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The folder within the data directory.
const FOLDER: &str = "comparisons";
/// Most files of this build; the oldest are removed.
const MAX_FILES: usize = 300;

/// Where they are kept; nowhere, for who wants none.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    folder: Option<PathBuf>,
}

impl Kept {
    /// In the data directory.
    pub(crate) fn of(state: &State) -> Kept {
        Kept { folder: build().map(|build| state.folder(FOLDER).join(build)) }
    }

    /// Nowhere.
    #[cfg(test)]
    pub(crate) fn nowhere() -> Kept {
        Kept { folder: None }
    }

    /// The run of this game, if it is kept.
    pub(crate) fn get(&self, game: &Game, run: Run) -> Option<Yardstick> {
        let text = fs::read_to_string(self.path(game, run)?).ok()?;
        let yardstick: Yardstick = serde_json::from_str(&text).ok()?;
        (yardstick.run == run).then_some(yardstick)
    }

    /// Keeps a run of this game.
    pub(crate) fn put(&self, game: &Game, yardstick: &Yardstick) {
        let (Some(path), Ok(text)) = (self.path(game, yardstick.run), serde_json::to_string(yardstick))
        else {
            return;
        };
        let Some(folder) = path.parent() else { return };
        // Written beside and renamed, so that another process never reads half a file.
        let scratch = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&scratch, text))
            .and_then(|()| fs::rename(&scratch, &path));
        if written.is_ok() {
            self.tidy(folder);
        }
    }

    fn path(&self, game: &Game, run: Run) -> Option<PathBuf> {
        let (scenario, responder) = (&game.scenario, run.responder()?);
        let name = format!("{}-{:016x}-{}-{responder}.json", scenario.id, scenario.content_hash, game.seed);
        Some(self.folder.as_ref()?.join(name))
    }

    /// Removes the oldest files of this build, and the folders of other builds.
    fn tidy(&self, folder: &Path) {
        let mut files: Vec<(SystemTime, PathBuf)> = entries(folder);
        files.sort();
        for (_, path) in files.iter().take(files.len().saturating_sub(MAX_FILES)) {
            // What cannot be removed stays; the next one tries again.
            let _ = fs::remove_file(path);
        }
        let builds = folder.parent().map(entries).unwrap_or_default();
        for (_, path) in builds.iter().filter(|(_, path)| path != folder) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

fn entries(folder: &Path) -> Vec<(SystemTime, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let dated = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
    });
    dated.collect()
}

/// A name for this build of the program: its version, its file's size and time.
fn build() -> Option<String> {
    let file = fs::metadata(std::env::current_exe().ok()?).ok()?;
    let age = file.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let mut digest = Digest::new();
    digest.write_str(env!("CARGO_PKG_VERSION"));
    digest.write_u64(file.len());
    digest.write_u64(age.as_nanos() as u64);
    Some(format!("{:016x}", digest.finish()))
}
