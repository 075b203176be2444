//! `git` on the deploy repository, read-only: its commits are the changes that went out, the newest being `HEAD`.

mod log;
mod repository;

use super::changes::ids;
use crate::console::Context;
use crate::console::shell::options::{Flag, Parsed, flag, parse, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::nearest;
use repository::Repository;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "git",
    aliases: &[],
    group: Group::Change,
    usage: "git log [--oneline] [-n N] [-p | --stat] [--since TIME] [--author NAME] [-S TEXT | -G RE] [REVISION…] [-- FILE…]
git show [REVISION | REVISION:FILE]
git diff REVISION… [--stat]
git blame [-L FIRST,LAST] FILE
git grep PATTERN
git ls-files
git shortlog -sn",
    summary: "read the deploy repository",
    manual: "Each change that was deployed is a commit of the deploy repository, named by its change number: CHG-4131. HEAD is the newest, HEAD~2 two before it, CHG-1..CHG-3 what came \
             after the one up to the other. Migrations are files of their own, images, values and flags a line each in one file of their kind (git ls-files lists all). The repository is \
             read-only from here: use rollback to take a change back.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('n', "max-count", "N", "log: at most N; -N is short for it"),
    word('o', "oneline", "", "log: one line each"),
    flag('p', "patch", "", "log: with contents"),
    flag('u', "", "", "as -p"),
    word('x', "stat", "", "with the files and how many lines"),
    word('N', "name-only", "", "with the files"),
    word('W', "name-status", "", "with the files and A for added"),
    word('t', "since", "TIME", "log: since a clock time, or so long ago (2h, '2 hours ago')"),
    word('t', "after", "TIME", ""),
    word('T', "until", "TIME", "log: until a clock time"),
    word('T', "before", "TIME", ""),
    word('a', "author", "NAME", "log: by NAME"),
    word('g', "grep", "TEXT", "log: whose message has TEXT"),
    flag('S', "", "TEXT", "log: whose lines have TEXT"),
    flag('G', "", "RE", "log: whose lines match RE"),
    flag('i', "regexp-ignore-case", "", "case doesn't matter"),
    word('r', "reverse", "", "log: oldest first"),
    word('f', "format", "FORMAT", "log: %h %H %s %an %ad %ar %b %n"),
    word('f', "pretty", "FORMAT", ""),
    flag('L', "", "FIRST,LAST", "blame, log: only these lines"),
    word('A', "all", "", "accepted: there is one branch"),
    word('G', "graph", "", "accepted: history is a line"),
    word('d', "decorate", "[WHEN]", "accepted"),
    word('D', "date", "FORMAT", "accepted: dates are UTC"),
    word('c', "color", "[WHEN]", "accepted: the transcript has no colours"),
    word('F', "follow", "", "accepted"),
    word('m', "no-merges", "", "accepted"),
    word('P', "no-pager", "", "accepted: nothing is paged"),
    flag('w', "", "", "accepted"),
    flag('C', "", "DIRECTORY", "accepted: there is one repository"),
    flag('e', "numbered", "", "accepted"),
    flag('s', "summary", "", "accepted: shortlog counts"),
];

/// What can be asked, with what it is.
const VERBS: [(&str, &str); 10] = [
    ("log", "list commits"),
    ("show", "one commit, or a file as of one"),
    ("diff", "what commits contain"),
    ("blame", "which commit wrote a line"),
    ("grep", "lines with a pattern"),
    ("ls-files", "all files"),
    ("shortlog", "commits by author"),
    ("status", "nothing to commit"),
    ("branch", "main"),
    ("rev-parse", "a commit's name"),
];

/// Verbs that would change something, or need a copy to work on.
const REFUSED: [(&str, &str); 23] = [
    (
        "bisect",
        "there is no build to try a commit with: traces and EXPLAIN tell which change it was, rollback CHG tries",
    ),
    ("revert", "a change is taken back in production with rollback CHG"),
    ("reset", "a change is taken back in production with rollback CHG"),
    ("checkout", "git show REVISION:FILE prints a file as of a commit"),
    ("switch", "there is one branch, main"),
    ("restore", "git show REVISION:FILE prints a file as of a commit"),
    ("commit", "what is deployed goes through the release train"),
    ("push", "what is deployed goes through the release train"),
    ("pull", "it is up to date: each change is a commit at once"),
    ("fetch", "it is up to date: each change is a commit at once"),
    ("merge", "there is one branch, main"),
    ("rebase", "there is one branch, main"),
    ("cherry-pick", "what is deployed goes through the release train"),
    ("stash", "there is nothing to put away"),
    ("add", "what is deployed goes through the release train"),
    ("rm", "what is deployed goes through the release train"),
    ("mv", "what is deployed goes through the release train"),
    ("clone", "git log, git show and git diff read it from here"),
    ("init", "git log, git show and git diff read the deploy repository"),
    ("apply", "what is deployed goes through the release train"),
    ("worktree", "git show REVISION:FILE prints a file as of a commit"),
    ("submodule", "there are none"),
    ("config", "there is nothing to set"),
];

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if asking.current.starts_with('-') {
        return Vec::new();
    }
    let before: Vec<&String> = asking.before.iter().filter(|word| !word.starts_with('-')).collect();
    match before.as_slice() {
        [] => words(&VERBS),
        [verb, ..] if matches!(verb.as_str(), "show" | "diff" | "log" | "rev-parse") => ids(asking.context),
        [verb, ..] if matches!(verb.as_str(), "blame" | "annotate" | "grep") => {
            let files = Repository::of(asking.context).files();
            files.into_iter().map(|file| (file, "file".to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

/// `-5` as `-n5`.
fn modern(arguments: &[String]) -> Vec<String> {
    let number = |argument: &String| {
        let digits = argument.strip_prefix('-')?;
        (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| format!("-n{digits}"))
    };
    let verb = arguments.iter().find(|argument| !argument.starts_with('-')).map(String::as_str);
    if matches!(verb, Some("shortlog" | "grep")) {
        // Here -n takes no value: it numbers.
        return arguments.iter().filter_map(|argument| without_n(argument)).collect();
    }
    arguments.iter().map(|argument| number(argument).unwrap_or_else(|| argument.clone())).collect()
}

/// `-sn` as `-s`, and `-n` as nothing.
fn without_n(argument: &str) -> Option<String> {
    match argument.strip_prefix('-') {
        Some(letters) if !letters.starts_with('-') && letters.contains('n') => {
            let others: String = letters.chars().filter(|c| *c != 'n').collect();
            (!others.is_empty()).then(|| format!("-{others}"))
        }
        _ => Some(argument.to_owned()),
    }
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let arguments = modern(call.arguments);
    // What follows `--` are files.
    let split = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let (own, files) = arguments.split_at(split);
    let files = files.get(1..).unwrap_or(&[]);
    let parsed = match parse(FLAGS, own) {
        Ok(parsed) => parsed,
        Err(message) => {
            let message =
                message.replace("unrecognized option '", "unrecognized argument: ").replace('\'', "");
            return Output::failure_with(
                129,
                format!("fatal: {message}\nsee man git for the options that are here"),
            )
            .into();
        }
    };
    let Some((verb, rest)) = parsed.operands.split_first() else {
        return Output::failure(format!("usage: {}", TOOL.usage.replace('\n', "\n       "))).into();
    };
    let repository = Repository::of(context);
    answer(verb, rest, files, &parsed, &repository).unwrap_or_else(|output| output).into()
}

fn answer(
    verb: &str,
    rest: &[String],
    files: &[String],
    parsed: &Parsed,
    repository: &Repository<'_, '_>,
) -> Result<Output, Output> {
    Ok(match verb {
        "log" | "whatchanged" | "reflog" => log::log(rest, files, parsed, repository)?,
        "show" => log::show(rest, parsed, repository)?,
        "diff" | "diff-tree" => log::diff(rest, files, parsed, repository)?,
        "shortlog" => log::shortlog(repository),
        "blame" | "annotate" => repository.blame(rest, files, parsed.value('L'))?,
        "grep" => repository.grep(rest, parsed.has('i'))?,
        "ls-files" | "ls-tree" => {
            Output::text(repository.files().iter().map(|file| format!("{file}\n")).collect::<String>())
        }
        "rev-parse" | "describe" => match rest.first().map(String::as_str) {
            Some("HEAD") | None if verb == "rev-parse" && parsed.has('A') => Output::text("main\n"),
            revision => {
                let at = repository.find(revision.unwrap_or("HEAD"))?;
                Output::text(format!("{}\n", repository.commits[at].id))
            }
        },
        "branch" => Output::text("* main\n"),
        "tag" => Output::default(),
        "remote" => Output::text("origin\n"),
        "status" => Output::text("On branch main\nnothing to commit, working tree clean\n"),
        "version" => Output::text("git version 2.47.2\n"),
        "help" => Output::text(super::manual("git")),
        other => match REFUSED.iter().find(|(name, _)| *name == other) {
            Some((_, instead)) => {
                return Err(Output::failure_with(
                    128,
                    format!(
                        "fatal: this operation must be run in a work tree\n(the deploy repository is read-only here: {instead})"
                    ),
                ));
            }
            None => {
                let mut output =
                    Output::failure(format!("git: '{other}' is not a git command. See 'man git'."));
                if let Some(near) = nearest(other, VERBS.iter().map(|(name, _)| *name)) {
                    output.err(format!("\nThe most similar command is\n\t{near}\n"));
                }
                return Err(output);
            }
        },
    })
}
