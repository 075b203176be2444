//! `\if`, `\elif`, `\else`, `\endif`: which parts of a script run (psql's `conditional.c`).

use super::variables::{Variables, is_true};

/// The conditions that are open, outermost first.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions(Vec<Branch>);

#[derive(Debug, Clone, Copy)]
struct Branch {
    /// What follows runs.
    runs: bool,
    /// Nothing more of this condition may run: a branch of it did, or all of it lies in one that does not.
    over: bool,
    /// `\else` was met.
    last: bool,
}

impl Conditions {
    /// Whether what comes next runs.
    pub(super) fn hold(&self) -> bool {
        self.0.last().is_none_or(|branch| branch.runs)
    }

    /// Whether a backslash command is one of these.
    pub(super) fn is_condition(line: &str) -> bool {
        let word = line.split_whitespace().next().unwrap_or("");
        matches!(word, "\\if" | "\\elif" | "\\else" | "\\endif")
    }

    /// Carries out a backslash command; others than these change nothing.
    ///
    /// # Errors
    /// psql's complaint about a command out of place, or an argument that is no truth value.
    pub(super) fn command(&mut self, line: &str, variables: &Variables) -> Result<(), String> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let truth = || {
            let argument = variables.arguments(rest).into_iter().next().unwrap_or_default();
            is_true(&argument).ok_or_else(|| {
                let name = word.trim_start_matches('\\');
                format!("unrecognized value \"{argument}\" for \"\\{name} expression\": Boolean expected")
            })
        };
        match word {
            "\\if" => {
                let (runs, complaint) = match (self.hold(), truth()) {
                    (false, _) => (false, None),
                    (true, Ok(runs)) => (runs, None),
                    (true, Err(message)) => (false, Some(message)),
                };
                self.0.push(Branch { runs, over: runs || !self.hold(), last: false });
                complaint.map_or(Ok(()), Err)
            }
            "\\elif" | "\\else" => {
                let Some(branch) = self.0.last_mut() else { return Err(format!("{word}: no matching \\if")) };
                if branch.last {
                    return Err(format!("{word}: cannot occur after \\else"));
                }
                branch.last = word == "\\else";
                branch.runs = !branch.over && (branch.last || truth()?);
                branch.over |= branch.runs;
                Ok(())
            }
            "\\endif" => match self.0.pop() {
                Some(_) => Ok(()),
                None => Err("\\endif: no matching \\if".to_owned()),
            },
            _ => Ok(()),
        }
    }
}
