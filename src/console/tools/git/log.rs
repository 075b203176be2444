//! `git log`, `show`, `diff` and `shortlog`.

use super::repository::{Repository, file_of};
use crate::console::shell::options::Parsed;
use crate::console::table::Output;
use crate::console::text::age;
use crate::console::tools::date::written;
use crate::stack::ChangeView;

/// How much of a commit is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Message,
    Names,
    NameStatus,
    Stat,
    Patch,
}

impl Detail {
    fn asked(parsed: &Parsed, usual: Detail) -> Detail {
        match () {
            () if parsed.has('N') => Detail::Names,
            () if parsed.has('W') => Detail::NameStatus,
            () if parsed.has('x') => Detail::Stat,
            () if parsed.has('p') || parsed.has('u') => Detail::Patch,
            () => usual,
        }
    }
}

/// `git log`.
pub(super) fn log(
    rest: &[String],
    files: &[String],
    parsed: &Parsed,
    repository: &Repository<'_, '_>,
) -> Result<Output, Output> {
    let mut wanted = in_range(rest, files, repository)?;
    let files: Vec<&String> =
        files.iter().chain(rest.iter().filter(|text| is_file(text, repository))).collect();
    let time = |key: char| match parsed.value(key) {
        None => Ok(None),
        Some(text) => repository.instant(text).map(Some).ok_or_else(|| {
            Output::failure_with(128, format!("fatal: '{text}' is no time: 15:05, 2h, '2 hours ago'"))
        }),
    };
    let (since, until) = (time('t')?, time('T')?);
    let matcher = |text: &str, literal: bool| {
        let text = if literal { regex::escape(text) } else { text.to_owned() };
        let built = regex::RegexBuilder::new(&text).case_insensitive(parsed.has('i')).build();
        built.map_err(|_| Output::failure_with(128, format!("fatal: invalid regex: {text}")))
    };
    let author = parsed.value('a').map(|text| matcher(text, false)).transpose()?;
    let message = parsed.value('g').map(|text| matcher(text, false)).transpose()?;
    let lines = match (parsed.value('S'), parsed.value('G')) {
        (Some(text), _) => Some(matcher(text, true)?),
        (None, Some(text)) => Some(matcher(text, false)?),
        (None, None) => None,
    };
    wanted.retain(|place| {
        let commit = &repository.commits[*place];
        since.is_none_or(|at| commit.at >= at)
            && until.is_none_or(|at| commit.at <= at)
            && author.as_ref().is_none_or(|regex| regex.is_match(&commit.author))
            && message
                .as_ref()
                .is_none_or(|regex| regex.is_match(&commit.title) || regex.is_match(&commit.description))
            && lines.as_ref().is_none_or(|regex| commit.up.lines().any(|line| regex.is_match(line)))
            && (files.is_empty()
                || files.iter().any(|file| file_of(commit).starts_with(file.trim_end_matches('/'))))
    });
    wanted.reverse();
    if let Some(text) = parsed.value('n') {
        let most: usize = text
            .parse()
            .map_err(|_| Output::failure_with(128, format!("fatal: '{text}': not an integer")))?;
        wanted.truncate(most);
    }
    if parsed.has('r') {
        wanted.reverse();
    }
    let detail = Detail::asked(parsed, Detail::Message);
    let format =
        parsed.value('f').map(|text| text.trim_start_matches("format:").trim_start_matches("tformat:"));
    let oneline = parsed.has('o') || format == Some("oneline");
    let texts: Vec<String> = wanted
        .iter()
        .map(|place| {
            let commit = &repository.commits[*place];
            match format.filter(|format| format.contains('%')) {
                Some(format) => formatted(format, commit, repository) + "\n" + &details(commit, detail),
                None if oneline => format!("{} {}\n{}", commit.id, commit.title, details(commit, detail)),
                None => whole(commit, detail, repository),
            }
        })
        .collect();
    let gap = if oneline || format.is_some_and(|format| format.contains('%')) { "" } else { "\n" };
    Ok(Output::text(texts.join(gap)))
}

fn is_file(text: &str, repository: &Repository<'_, '_>) -> bool {
    repository.files().iter().any(|file| file.starts_with(text))
}

/// Places of the commits that the revisions mean, oldest first: all of them without any.
fn in_range(
    rest: &[String],
    files: &[String],
    repository: &Repository<'_, '_>,
) -> Result<Vec<usize>, Output> {
    let revisions: Vec<&String> =
        rest.iter().filter(|text| !files.is_empty() || !is_file(text, repository)).collect();
    let Some(last) = repository.commits.len().checked_sub(1) else { return Ok(Vec::new()) };
    let (mut from, mut to) = (0, last);
    for revision in revisions {
        match revision.split_once("..") {
            Some((first, second)) => {
                if !first.is_empty() {
                    from = repository.find(first)? + 1;
                }
                if !second.trim_start_matches('.').is_empty() {
                    to = repository.find(second.trim_start_matches('.'))?;
                }
            }
            None => to = repository.find(revision)?,
        }
    }
    Ok((from..=to).collect())
}

/// `git show`.
pub(super) fn show(
    rest: &[String],
    parsed: &Parsed,
    repository: &Repository<'_, '_>,
) -> Result<Output, Output> {
    let usual = ["HEAD".to_owned()];
    let revisions = if rest.is_empty() { &usual[..] } else { rest };
    let mut texts = Vec::new();
    for revision in revisions {
        if let Some((revision, file)) = revision.split_once(':') {
            let place = repository.find(if revision.is_empty() { "HEAD" } else { revision })?;
            let lines = repository.lines(file, place);
            if lines.is_empty() {
                let message = format!("fatal: path '{file}' does not exist in '{revision}'");
                return Err(Output::failure_with(128, message));
            }
            texts.push(lines.iter().map(|(_, line)| format!("{line}\n")).collect());
            continue;
        }
        let commit = &repository.commits[repository.find(revision)?];
        let detail = Detail::asked(parsed, Detail::Patch);
        texts.push(match parsed.value('f').filter(|format| format.contains('%')) {
            Some(format) => formatted(format.trim_start_matches("format:"), commit, repository) + "\n",
            None => whole(commit, detail, repository),
        });
    }
    Ok(Output::text(texts.join("\n")))
}

/// `git diff REVISION…`: what the commits contain. A single `HEAD~2` means everything after it.
pub(super) fn diff(
    rest: &[String],
    files: &[String],
    parsed: &Parsed,
    repository: &Repository<'_, '_>,
) -> Result<Output, Output> {
    let mut places = Vec::new();
    match rest {
        [] => return Ok(Output::default()),
        [one] if one.contains("..") => places = in_range(rest, files, repository)?,
        [one] if one.starts_with("HEAD") || one.starts_with('@') => {
            let from = repository.find(one)? + 1;
            places = (from..repository.commits.len()).collect();
        }
        [from, to] if to.starts_with("HEAD") => {
            let (from, to) = (repository.find(from)? + 1, repository.find(to)?);
            places = (from..=to).collect();
        }
        several => {
            for revision in several.iter().filter(|text| !is_file(text, repository)) {
                places.push(repository.find(revision)?);
            }
        }
    }
    let detail = Detail::asked(parsed, Detail::Patch);
    let wanted = |commit: &&ChangeView| files.is_empty() || files.contains(&file_of(commit));
    let commits = places.into_iter().map(|place| &repository.commits[place]);
    Ok(Output::text(commits.filter(wanted).map(|commit| details(commit, detail)).collect::<String>()))
}

/// `git shortlog -sn`.
pub(super) fn shortlog(repository: &Repository<'_, '_>) -> Output {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for commit in &repository.commits {
        match counts.iter_mut().find(|(author, _)| *author == commit.author) {
            Some((_, count)) => *count += 1,
            None => counts.push((&commit.author, 1)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    Output::text(counts.iter().map(|(author, count)| format!("{count:6}\t{author}\n")).collect::<String>())
}

/// A commit with its message, and as much of what it contains as is asked for.
fn whole(commit: &ChangeView, detail: Detail, repository: &Repository<'_, '_>) -> String {
    let date = written(&repository.calendar, commit.at, "%a %b %e %H:%M:%S %Y +0000");
    let mut out =
        format!("commit {}\nAuthor: {}\nDate:   {date}\n\n    {}\n", commit.id, commit.author, commit.title);
    for line in commit.description.trim().lines() {
        out.push_str(format!("    {line}").trim_end());
        out.push('\n');
    }
    if detail != Detail::Message {
        out.push_str(&format!("\n{}", details(commit, detail)));
    }
    out
}

/// What a commit contains.
fn details(commit: &ChangeView, detail: Detail) -> String {
    let file = file_of(commit);
    let count = commit.up.trim().lines().count();
    match detail {
        Detail::Message => String::new(),
        Detail::Names => format!("{file}\n"),
        Detail::NameStatus => {
            format!("{}\t{file}\n", if file.starts_with("migrations/") { 'A' } else { 'M' })
        }
        Detail::Stat => {
            let plural = if count == 1 { "" } else { "s" };
            format!(
                " {file} | {count} {}\n 1 file changed, {count} insertion{plural}(+)\n",
                "+".repeat(count.min(40))
            )
        }
        Detail::Patch => {
            let lines: String = commit.up.trim().lines().map(|line| format!("+{line}\n")).collect();
            format!("+++ b/{file}\n{lines}")
        }
    }
}

/// `--format`.
fn formatted(format: &str, commit: &ChangeView, repository: &Repository<'_, '_>) -> String {
    let date = written(&repository.calendar, commit.at, "%a %b %e %H:%M:%S %Y +0000");
    let ago = format!("{} ago", age(repository.now.since(commit.at)));
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let known: [(&str, &str); 13] = [
            ("an", &commit.author),
            ("ae", &commit.author),
            ("ad", &date),
            ("cd", &date),
            ("ar", &ago),
            ("cr", &ago),
            ("h", &commit.id),
            ("H", &commit.id),
            ("s", &commit.title),
            ("b", commit.description.trim()),
            ("d", ""),
            ("n", "\n"),
            ("%", "%"),
        ];
        match known.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, text)) => {
                out.push_str(text);
                rest = &rest[name.len()..];
            }
            None => out.push('%'),
        }
    }
    out + rest
}
