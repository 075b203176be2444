//! `git` on the deploy repository, read-only: its commits are the changes that went out.

use super::changes::find;
use super::date::written;
use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::stack::{ChangeKind, ChangeView};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "git",
    aliases: &[],
    group: Group::Change,
    usage: "git log [--oneline] [-n N] [-p]\ngit show CHANGE\ngit diff CHANGE…\ngit blame FILE",
    summary: "read the deploy repository",
    manual: "Each change that was deployed is a commit of the deploy repository, named by its change number. log lists them, newest first; show and log -p print what they contain, diff that alone. blame tells which commit wrote each line of a file (git diff names files). The repository \
             is read-only from here: use rollback to take a change back.",
    complete,
    run: Handler::Tool(run),
};

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    match asking.before {
        [] => words(&[
            ("log", "list commits"),
            ("show", "one commit"),
            ("diff", "what commits contain"),
            ("blame", "which commit wrote a line"),
        ]),
        [first, ..] if first == "show" || first == "diff" => super::changes::ids(asking.context),
        [first, ..] if first == "log" => words(&[("--oneline", "one line each"), ("-p", "with contents")]),
        _ => Vec::new(),
    }
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let arguments: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["log", rest @ ..] => log(rest, context),
        ["show", id, ..] => match find(context, "git", id) {
            Ok(change) => Output::text(commit(&change, context, true)),
            Err(_) => Output::failure_with(
                128,
                format!(
                    "fatal: ambiguous argument '{id}': unknown revision or path not in the working tree."
                ),
            ),
        },
        ["diff"] => Output::default(),
        ["diff", ids @ ..] => diff(ids, context),
        ["blame" | "annotate", file] => blame(file, context),
        ["branch", ..] => Output::text("* main\n"),
        ["show"] => log(&["-n", "1", "-p"], context),
        ["status"] => Output::text("On branch main\nnothing to commit, working tree clean\n"),
        [] => Output::failure(format!("usage: {}", TOOL.usage)),
        [verb, ..] => Output::failure(format!(
            "git: '{verb}' is not available here: the deploy repository is read-only. See 'man git'."
        )),
    }
    .into()
}

fn log(options: &[&str], context: &Context<'_>) -> Output {
    let oneline = options.contains(&"--oneline");
    let patch = options.contains(&"-p") || options.contains(&"--patch");
    let number = options.iter().enumerate().find_map(|(at, option)| match option.strip_prefix("-n") {
        Some("") => options.get(at + 1)?.parse::<usize>().ok(),
        Some(joined) => joined.parse().ok(),
        None => option.strip_prefix('-')?.parse().ok(),
    });
    let mut changes = context.world.changes();
    changes.sort_by_key(|change| std::cmp::Reverse(change.at));
    changes.truncate(number.unwrap_or(usize::MAX));
    let texts: Vec<String> = changes
        .iter()
        .map(|change| {
            if oneline { format!("{} {}\n", change.id, change.title) } else { commit(change, context, patch) }
        })
        .collect();
    Output::text(texts.join(if oneline { "" } else { "\n" }))
}

/// What commits contain.
fn diff(ids: &[&str], context: &Context<'_>) -> Output {
    let mut output = Output::default();
    for id in ids.iter().flat_map(|id| id.split("..")).filter(|id| !id.is_empty() && !id.starts_with('-')) {
        match find(context, "git", id) {
            Ok(change) => output.out(contents(&change)),
            Err(_) => {
                return Output::failure_with(
                    128,
                    format!(
                        "fatal: ambiguous argument '{id}': unknown revision or path not in the working tree."
                    ),
                );
            }
        }
    }
    output
}

/// Each line of a file with the commit that wrote it. A later change of a file of values is a later line of it.
fn blame(file: &str, context: &Context<'_>) -> Output {
    let mut changes = context.world.changes();
    changes.retain(|change| file_of(change) == file);
    changes.sort_by_key(|change| change.at);
    if changes.is_empty() {
        return Output::failure_with(128, format!("fatal: no such path '{file}' in HEAD"));
    }
    let calendar = context.scenario.calendar();
    let mut out = String::new();
    for change in &changes {
        let date = written(&calendar, change.at, "%Y-%m-%d %H:%M:%S +0000");
        for (number, line) in change.up.trim().lines().enumerate() {
            out.push_str(&format!("{} ({} {date} {:2}) {line}\n", change.id, change.author, number + 1));
        }
    }
    Output::text(out)
}

/// The file that a change is written in.
fn file_of(change: &ChangeView) -> String {
    match change.kind {
        ChangeKind::Migration => format!("migrations/{}.sql", change.id.to_lowercase()),
        ChangeKind::Deploy => "deploy/image".into(),
        ChangeKind::Config => "config/values".into(),
        ChangeKind::Flag => "config/flags".into(),
    }
}

/// A change's lines as a patch.
fn contents(change: &ChangeView) -> String {
    let lines: String = change.up.trim().lines().map(|line| format!("+{line}\n")).collect();
    format!("+++ b/{}\n{lines}", file_of(change))
}

/// A commit as `git log` prints it, with what it contains if asked for.
fn commit(change: &ChangeView, context: &Context<'_>, patch: bool) -> String {
    let date = written(&context.scenario.calendar(), change.at, "%a %b %e %H:%M:%S %Y +0000");
    let mut out =
        format!("commit {}\nAuthor: {}\nDate:   {date}\n\n    {}\n", change.id, change.author, change.title);
    for line in change.description.trim().lines() {
        out.push_str(format!("    {line}").trim_end());
        out.push('\n');
    }
    if patch {
        out.push_str(&format!("\n{}", contents(change)));
    }
    out
}
