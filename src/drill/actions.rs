//! Which console lines change something in production, as the debrief counts and weighs them.
//!
//! Read from the words of the line, not from its effect: an action that failed is still one that was taken.

use super::Input;
use super::journal::Entry;
use crate::kernel::SimTime;

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionKind {
    /// A change was taken back.
    Rollback,
    /// SQL that changes the database: DDL, ANALYZE, VACUUM, settings.
    Sql,
    /// Backends were cancelled or terminated.
    Terminate,
    /// Pods were scaled, restarted, rolled back or deleted.
    Kubernetes,
    /// A flag or configuration value was set.
    Setting,
}

impl ActionKind {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            ActionKind::Rollback => "rollback",
            ActionKind::Sql => "sql",
            ActionKind::Terminate => "terminate",
            ActionKind::Kubernetes => "kubernetes",
            ActionKind::Setting => "setting",
        }
    }
}

/// A console line that changed something in production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Index of its input in the journal's entries.
    pub entry: usize,
    /// When it was entered.
    pub at: SimTime,
    /// The line.
    pub line: String,
    /// What it does.
    pub kind: ActionKind,
}

/// The actions among a journal's entries. psql's own prompt is followed by its words: it starts with a bare `psql` and ends
/// with `\q`, `exit`, `quit` or the end of input.
pub fn of(entries: &[Entry]) -> Vec<Action> {
    let mut found = Vec::new();
    let mut in_psql = false;
    for (index, entry) in entries.iter().enumerate() {
        let line = match &entry.input {
            Some(Input::Line(line)) => line.trim(),
            Some(Input::EndOfInput) => {
                in_psql = false;
                continue;
            }
            _ => continue,
        };
        if let Some(kind) = classify(line, in_psql) {
            found.push(Action { entry: index, at: entry.at(), line: line.to_owned(), kind });
        }
        in_psql = match line {
            "\\q" | "exit" | "quit" => false,
            _ => in_psql || opens_psql(line),
        };
    }
    found
}

/// Whether a line opens psql's own prompt.
pub(crate) fn opens_psql(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next() == Some("psql")
        && !words.any(|word| word == "|" || takes_command(word) || word == "-l" || word.starts_with("-f"))
}

/// Whether an option is psql's `-c`, by itself, behind others (`-Atc`) or in full.
fn takes_command(word: &str) -> bool {
    let letters = word.strip_prefix('-').unwrap_or("");
    let flags = letters.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    word.starts_with("--command") || (!letters.starts_with('-') && flags.contains('c'))
}

/// First words of a line that change something. `psql -c` lines are read by their SQL.
const COMMANDS: &[(&str, ActionKind)] = &[
    ("rollback", ActionKind::Rollback),
    ("changes rollback", ActionKind::Rollback),
    ("kubectl rollout undo", ActionKind::Kubernetes),
    ("kubectl rollout restart", ActionKind::Kubernetes),
    ("kubectl scale", ActionKind::Kubernetes),
    ("kubectl delete", ActionKind::Kubernetes),
    ("kubectl set", ActionKind::Kubernetes),
    ("kubectl patch", ActionKind::Kubernetes),
    ("kubectl cordon", ActionKind::Kubernetes),
    ("kubectl drain", ActionKind::Kubernetes),
    ("migrate down", ActionKind::Rollback),
    ("redis-cli flushall", ActionKind::Setting),
    ("flag set", ActionKind::Setting),
    ("flags set", ActionKind::Setting),
    ("config set", ActionKind::Setting),
];

/// SQL that changes something, by the words it starts with.
const SQL: &[&str] = &[
    "create ",
    "drop ",
    "alter ",
    "reindex ",
    "analyze",
    "vacuum",
    "cluster ",
    "truncate ",
    "set global",
    "insert ",
    "update ",
    "delete ",
    "refresh ",
];

/// Functions that stop backends.
const STOPPERS: &[&str] = &["pg_terminate_backend", "pg_cancel_backend"];

/// What a console line changes in production, if anything. `in_psql` says that the line was typed at psql's own prompt.
pub fn classify(line: &str, in_psql: bool) -> Option<ActionKind> {
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if in_psql {
        return classify_sql(&words);
    }
    if let Some(rest) = words.strip_prefix("psql ") {
        return sql_argument(rest).and_then(classify_sql);
    }
    let starts = |prefix: &str| {
        words.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    COMMANDS.iter().find(|(prefix, _)| starts(prefix)).map(|(_, kind)| *kind)
}

/// The text behind `-c`, quotes off.
fn sql_argument(arguments: &str) -> Option<&str> {
    let option = arguments.split_whitespace().find(|word| takes_command(word))?;
    let start = option.as_ptr() as usize - arguments.as_ptr() as usize;
    let rest = &arguments[start..];
    let after = if option.starts_with("--command") { "--command".len() } else { rest.find('c')? + 1 };
    Some(rest[after..].trim_start_matches([' ', '=', '"', '\'']))
}

fn classify_sql(sql: &str) -> Option<ActionKind> {
    if STOPPERS.iter().any(|function| sql.contains(function)) {
        return Some(ActionKind::Terminate);
    }
    let statements = sql.split(';').map(str::trim_start);
    let changes = |statement: &str| SQL.iter().any(|start| statement.starts_with(start));
    statements.into_iter().any(changes).then_some(ActionKind::Sql)
}
