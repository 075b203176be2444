//! Where the interface's settings are kept: `config.ron` in the platform's configuration directory, or in `FIREDRILL_HOME`.

use super::state::HOME_VARIABLE;
use crate::tui::settings::Settings;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::{env, fs};

/// The settings' file.
const FILE: &str = "config.ron";

/// The settings; the built-in ones when there is no file.
pub(crate) fn read() -> Result<Settings, String> {
    let Some(path) = path() else { return Ok(Settings::default()) };
    match fs::read_to_string(&path) {
        Ok(text) => Settings::read(&text).map_err(|why| format!("{}:{why}", path.display())),
        Err(problem) if problem.kind() == ErrorKind::NotFound => Ok(Settings::default()),
        Err(problem) => Err(format!("cannot read {}: {problem}", path.display())),
    }
}

/// Writes the settings.
pub(crate) fn write(settings: &Settings) -> Result<(), String> {
    let path = path().ok_or("this platform names no configuration directory")?;
    let text = settings.write()?;
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(&path, text))
        .map_err(|problem| format!("cannot write {}: {problem}", path.display()))
}

fn path() -> Option<PathBuf> {
    let named = env::var_os(HOME_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    let platform =
        || directories::ProjectDirs::from("", "", "firedrill").map(|dirs| dirs.config_dir().to_owned());
    Some(named.or_else(platform)?.join(FILE))
}
