//! What a shell remembers between lines: variables, aliases, scratch files, history, the last status.

use super::syntax::List;
use crate::console::history::History;
use std::collections::BTreeMap;

/// Most variables and aliases kept, each.
pub(crate) const MAX_NAMES: usize = 500;
/// Most scratch files.
pub(crate) const MAX_FILES: usize = 64;
/// Largest scratch file, in bytes; more is cut.
pub(crate) const MAX_FILE: usize = 1 << 20;
/// Columns assumed when no screen has said its width.
const DEFAULT_WIDTH: usize = 110;

/// What `break`, `continue` and `return` leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// So many loops.
    Break(usize),
    /// The turn of the loop so many levels up.
    Continue(usize),
    /// The function, with a status.
    Return(u8),
}

/// The shell's memory.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Shell variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// Aliases: name to the text that replaces it.
    pub(crate) aliases: BTreeMap<String, String>,
    /// Scratch files by name.
    pub(crate) files: BTreeMap<String, String>,
    /// Lines typed.
    pub(crate) history: History,
    /// Functions: name to what runs.
    pub(crate) functions: BTreeMap<String, List>,
    /// `$1`, `$2` and so on, inside a function.
    pub(crate) positional: Vec<String>,
    /// What `read` reads inside a compound command that something was piped or redirected into.
    pub(crate) input: Option<String>,
    /// Set by `break`, `continue` and `return`: what the shell is to leave.
    pub(crate) leave: Option<Leave>,
    /// The machine that `ssh` logged in to.
    pub(crate) host: Option<String>,
    /// Exit status of the last pipeline.
    pub(crate) status: u8,
    /// Columns of the terminal that shows the output.
    pub(crate) width: usize,
    /// Set by `clear`: the transcript is to be emptied.
    pub(crate) clear: bool,
    /// Background jobs as `jobs` lists them: number, state and text.
    pub(crate) background: Vec<(usize, String)>,
    /// Set by `fg`: the background job to bring forward.
    pub(crate) foreground_request: Option<usize>,
    /// Set by `kill %N`: the background job to end.
    pub(crate) kill_request: Option<usize>,
}

impl Session {
    /// A fresh login.
    pub(crate) fn new() -> Session {
        let mut variables = BTreeMap::new();
        for (name, value) in
            [("USER", "oncall"), ("HOME", "/home/oncall"), ("SHELL", "/bin/bash"), ("NS", "shop")]
        {
            variables.insert(name.to_owned(), value.to_owned());
        }
        Session {
            variables,
            aliases: BTreeMap::from([("k".to_owned(), "kubectl".to_owned())]),
            files: BTreeMap::new(),
            functions: BTreeMap::new(),
            positional: Vec::new(),
            input: None,
            leave: None,
            host: None,
            history: History::default(),
            status: 0,
            width: DEFAULT_WIDTH,
            clear: false,
            background: Vec::new(),
            foreground_request: None,
            kill_request: None,
        }
    }

    /// Sets a variable; silently refused beyond [`MAX_NAMES`].
    pub(crate) fn set(&mut self, name: &str, value: String) {
        if self.variables.len() < MAX_NAMES || self.variables.contains_key(name) {
            self.variables.insert(name.to_owned(), value);
        }
    }

    /// Writes or appends to a scratch file; the error is in bash's words.
    pub(crate) fn write(&mut self, name: &str, text: &str, append: bool) -> Result<(), String> {
        if name == "/dev/null" {
            return Ok(());
        }
        if name.starts_with('/') && !name.starts_with("/tmp/") {
            return Err(format!("bash: {name}: Permission denied\n"));
        }
        if !self.files.contains_key(name) && self.files.len() >= MAX_FILES {
            return Err(format!("bash: {name}: No space left on device\n"));
        }
        let file = self.files.entry(name.to_owned()).or_default();
        if !append {
            file.clear();
        }
        let room = MAX_FILE.saturating_sub(file.len()).min(text.len());
        file.push_str(&text[..text.floor_char_boundary(room)]);
        Ok(())
    }

    /// A scratch file's text.
    pub(crate) fn read(&self, name: &str) -> Option<&str> {
        if name == "/dev/null" { Some("") } else { self.files.get(name).map(String::as_str) }
    }
}
