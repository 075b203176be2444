//! What a shell remembers between lines: variables, aliases, scratch files, history, the last status.

use super::arithmetic;
use super::array::Array;
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
    /// The shell, with a status: a script, a subshell, or the line at the prompt.
    Exit(u8),
}

/// What `set` sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ShellOptions {
    /// `-e`: a command that fails ends the shell.
    pub(crate) errexit: bool,
    /// `-u`: a variable that isn't set is an error.
    pub(crate) nounset: bool,
    /// `-o pipefail`: a pipeline fails when any of its commands does.
    pub(crate) pipefail: bool,
    /// `-x`: commands are printed before they run.
    pub(crate) xtrace: bool,
}

/// Names that a function made its own, with what they held before.
pub(crate) type Locals = Vec<(String, Option<String>, Option<Array>)>;

/// What a background command has of its own, as a process of its own would: changes to it aren't seen by the shell.
#[derive(Debug, Clone)]
pub(crate) struct Private {
    variables: BTreeMap<String, String>,
    arrays: BTreeMap<String, Array>,
    functions: BTreeMap<String, List>,
    options: ShellOptions,
    traps: BTreeMap<String, String>,
    shells: usize,
    locals: Vec<Locals>,
    positional: Vec<String>,
    input: Option<String>,
    leave: Option<Leave>,
    status: u8,
}

/// A background command that the shell is to start.
#[derive(Debug, Clone)]
pub(crate) struct Spawned {
    /// Its number.
    pub(crate) number: usize,
    /// What runs.
    pub(crate) list: List,
    /// As typed.
    pub(crate) text: String,
    /// What it has of its own.
    pub(crate) private: Private,
    /// Whether a script started it, in which nobody is told when it begins and ends.
    pub(crate) quiet: bool,
}

/// The shell's memory.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Shell variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// Arrays.
    pub(crate) arrays: BTreeMap<String, Array>,
    /// What `set` set.
    pub(crate) options: ShellOptions,
    /// Commands to run on leaving the shell, by `trap`'s word for when.
    pub(crate) traps: BTreeMap<String, String>,
    /// Scripts and subshells under way, one inside the other.
    pub(crate) shells: usize,
    /// The functions under way, innermost last.
    pub(crate) locals: Vec<Locals>,
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
    /// How many background jobs there have been.
    pub(crate) jobs_started: usize,
    /// The number of the background job started last.
    pub(crate) last_background: Option<usize>,
    /// Background jobs that the shell is to start.
    pub(crate) spawned: Vec<Spawned>,
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
            arrays: BTreeMap::new(),
            options: ShellOptions::default(),
            traps: BTreeMap::new(),
            shells: 0,
            locals: Vec::new(),
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
            jobs_started: 0,
            last_background: None,
            spawned: Vec::new(),
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

    /// A copy of what a background command has of its own.
    pub(crate) fn private(&self) -> Private {
        Private {
            variables: self.variables.clone(),
            arrays: self.arrays.clone(),
            functions: self.functions.clone(),
            options: self.options,
            traps: BTreeMap::new(),
            shells: 1,
            locals: Vec::new(),
            positional: self.positional.clone(),
            input: None,
            leave: None,
            status: self.status,
        }
    }

    /// Exchanges what a background command has of its own with what is in its place.
    pub(crate) fn swap(&mut self, private: &mut Private) {
        std::mem::swap(&mut self.variables, &mut private.variables);
        std::mem::swap(&mut self.arrays, &mut private.arrays);
        std::mem::swap(&mut self.functions, &mut private.functions);
        std::mem::swap(&mut self.options, &mut private.options);
        std::mem::swap(&mut self.traps, &mut private.traps);
        std::mem::swap(&mut self.shells, &mut private.shells);
        std::mem::swap(&mut self.locals, &mut private.locals);
        std::mem::swap(&mut self.positional, &mut private.positional);
        std::mem::swap(&mut self.input, &mut private.input);
        std::mem::swap(&mut self.leave, &mut private.leave);
        std::mem::swap(&mut self.status, &mut private.status);
    }

    /// Sets or adds to a variable, an array's first element, or an element (`NAME[key]`).
    pub(crate) fn assign(&mut self, name: &str, value: &str, append: bool) {
        if let Some((name, key)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            return self.assign_element(name, key, value, append);
        }
        if self.arrays.contains_key(name) {
            return self.assign_element(name, "0", value, append);
        }
        let before =
            if append { self.variables.get(name).cloned().unwrap_or_default() } else { String::new() };
        self.set(name, before + value);
    }

    /// Sets or adds to an element of an array, which is made when there is none.
    pub(crate) fn assign_element(&mut self, name: &str, key: &str, value: &str, append: bool) {
        if !self.arrays.contains_key(name) && self.arrays.len() >= MAX_NAMES {
            return;
        }
        let is_map = self.arrays.get(name).is_some_and(Array::is_map);
        let key = if is_map {
            key.to_owned()
        } else {
            let number = arithmetic::value(key, self).unwrap_or(0);
            let after = self.arrays.get(name).map_or(0, Array::next_number);
            (if number < 0 { after + number } else { number }).to_string()
        };
        let first = self.variables.remove(name);
        let array = self.arrays.entry(name.to_owned()).or_default();
        if let Some(first) = first {
            array.set("0", &first, false);
        }
        array.set(&key, value, append);
    }

    /// Makes a name the function's own, until it ends. False outside a function.
    pub(crate) fn make_local(&mut self, name: &str) -> bool {
        let Some(locals) = self.locals.last_mut() else { return false };
        if locals.iter().all(|(known, ..)| known != name) {
            let held = (name.to_owned(), self.variables.remove(name), self.arrays.remove(name));
            locals.push(held);
        }
        true
    }

    /// Gives back what a function's own names held before.
    pub(crate) fn end_locals(&mut self) {
        for (name, text, array) in self.locals.pop().unwrap_or_default().into_iter().rev() {
            self.variables.remove(&name);
            self.arrays.remove(&name);
            if let Some(text) = text {
                self.variables.insert(name.clone(), text);
            }
            if let Some(array) = array {
                self.arrays.insert(name, array);
            }
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
