//! The deploy repository as the changes make it: commits, files, revisions.

use crate::console::Context;
use crate::console::table::Output;
use crate::console::tools::date::written;
use crate::kernel::{Calendar, SimTime};
use crate::stack::{ChangeKind, ChangeView};

/// The repository at one instant.
pub(super) struct Repository<'a, 'c> {
    /// Its commits, oldest first.
    pub(super) commits: Vec<ChangeView>,
    pub(super) calendar: Calendar,
    pub(super) now: SimTime,
    context: &'a Context<'c>,
}

/// One line of a file: the commit that wrote it by place, and the text.
pub(super) type FileLine = (usize, String);

impl<'a, 'c> Repository<'a, 'c> {
    /// The repository now.
    pub(super) fn of(context: &'a Context<'c>) -> Repository<'a, 'c> {
        let mut commits = context.world.changes();
        commits.sort_by_key(|change| change.at);
        Repository { commits, calendar: context.scenario.calendar(), now: context.world.now(), context }
    }

    /// The instant that a text means.
    pub(super) fn instant(&self, text: &str) -> Option<SimTime> {
        let text = text.trim_end_matches(" ago").trim_start_matches("today ").replace(' ', "");
        let clock = text.split('T').next_back().unwrap_or(&text);
        crate::console::tools::logs::instant(self.context, clock)
    }

    /// The place of the commit that a revision names: `CHG-4131`, `4131`, `HEAD`, `HEAD~2`, `HEAD^`, `main`.
    pub(super) fn find(&self, revision: &str) -> Result<usize, Output> {
        let unknown = || {
            Output::failure_with(
                128,
                format!(
                    "fatal: ambiguous argument '{revision}': unknown revision or path not in the working tree."
                ),
            )
        };
        let (base, back) = match revision.split_once(['~', '^']) {
            Some((base, rest)) => {
                let rest_is_carets = rest.bytes().all(|b| b == b'^');
                let back = if revision.contains('~') {
                    if rest.is_empty() { 1 } else { rest.parse().map_err(|_| unknown())? }
                } else if rest_is_carets {
                    rest.len() + 1
                } else {
                    rest.parse().map_err(|_| unknown())?
                };
                (base, back)
            }
            None => (revision, 0),
        };
        let place = match base {
            "HEAD" | "main" | "@" | "master" | "origin/main" => self.commits.len().checked_sub(1),
            id => {
                let id =
                    if id.bytes().all(|b| b.is_ascii_digit()) { format!("CHG-{id}") } else { id.to_owned() };
                self.commits.iter().position(|commit| commit.id.eq_ignore_ascii_case(&id))
            }
        };
        place.and_then(|place| place.checked_sub(back)).ok_or_else(unknown)
    }

    /// All files, by name.
    pub(super) fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = self.commits.iter().map(file_of).collect();
        files.sort();
        files.dedup();
        files
    }

    /// A file's lines as of a commit. A later change of a file of values is a later line of it.
    pub(super) fn lines(&self, file: &str, up_to: usize) -> Vec<FileLine> {
        let written =
            self.commits.iter().enumerate().take(up_to + 1).filter(|(_, commit)| file_of(commit) == file);
        written
            .flat_map(|(place, commit)| commit.up.trim().lines().map(move |line| (place, line.to_owned())))
            .collect()
    }

    /// Each line of a file with the commit that wrote it.
    pub(super) fn blame(
        &self,
        rest: &[String],
        files: &[String],
        range: Option<&str>,
    ) -> Result<Output, Output> {
        let (revision, file) = match (rest, files) {
            ([file], []) => ("HEAD", file),
            ([revision, file], []) => (revision.as_str(), file),
            ([], [file]) => ("HEAD", file),
            ([revision], [file]) => (revision.as_str(), file),
            _ => return Err(Output::failure_with(129, "usage: git blame [-L FIRST,LAST] FILE")),
        };
        let lines = self.lines(file, self.find(revision)?);
        if lines.is_empty() {
            return Err(Output::failure_with(128, format!("fatal: no such path '{file}' in HEAD")));
        }
        let (first, last) = match range {
            None => (1, lines.len()),
            Some(text) => span(text, lines.len()).ok_or_else(|| {
                Output::failure_with(128, format!("fatal: file {file} has only {} lines", lines.len()))
            })?,
        };
        let mut out = String::new();
        for (number, (place, line)) in lines.iter().enumerate().take(last).skip(first - 1) {
            let commit = &self.commits[*place];
            let date = written(&self.calendar, commit.at, "%Y-%m-%d %H:%M:%S +0000");
            out.push_str(&format!("{} ({} {date} {:2}) {line}\n", commit.id, commit.author, number + 1));
        }
        Ok(Output::text(out))
    }

    /// Lines of all files that match a pattern.
    pub(super) fn grep(&self, rest: &[String], ignores_case: bool) -> Result<Output, Output> {
        let Some(pattern) = rest.first() else {
            return Err(Output::failure_with(128, "fatal: no pattern given"));
        };
        let regex = regex::RegexBuilder::new(pattern).case_insensitive(ignores_case).build();
        let regex = regex
            .map_err(|_| Output::failure_with(128, format!("fatal: {pattern}: not a regular expression")))?;
        let mut out = String::new();
        for file in self.files() {
            for (_, line) in self.lines(&file, usize::MAX - 1).iter().filter(|(_, line)| regex.is_match(line))
            {
                out.push_str(&format!("{file}:{line}\n"));
            }
        }
        Ok(Output { status: u8::from(out.is_empty()), ..Output::text(out) })
    }
}

/// `FIRST,LAST`, `FIRST,+COUNT`, `FIRST` of so many lines.
fn span(text: &str, lines: usize) -> Option<(usize, usize)> {
    let (first, last) = text.split_once(',').unwrap_or((text, ""));
    let first: usize = if first.is_empty() { 1 } else { first.parse().ok()? };
    let last = match last.strip_prefix('+') {
        Some(count) => first + count.parse::<usize>().ok()?.max(1) - 1,
        None if last.is_empty() => lines,
        None => last.parse().ok()?,
    };
    (first >= 1 && first <= lines && last >= first).then_some((first, last.min(lines)))
}

/// The file that a change is written in.
pub(super) fn file_of(change: &ChangeView) -> String {
    match change.kind {
        ChangeKind::Migration => format!("migrations/{}.sql", change.id.to_lowercase()),
        ChangeKind::Deploy => "deploy/image".into(),
        ChangeKind::Config => "config/values".into(),
        ChangeKind::Flag => "config/flags".into(),
    }
}
