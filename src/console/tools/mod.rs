//! The registry: every command in the order in which `help` shows it, and calling one by name.

mod ack;
mod alerts;
mod alias;
mod cal;
mod changes;
mod clear;
pub(crate) mod curl;
mod dash;
pub(crate) mod date;
mod declare;
mod diagnose;
mod echo;
mod export;
mod git;
mod help;
mod handoff;
mod heroku;
mod hint;
mod history;
mod host;
pub(crate) mod hosts;
mod jobs;
pub(crate) mod kubectl;
mod logql;
pub(crate) mod logs;
mod man;
mod metrics;
mod migrate;
mod note;
mod page;
mod pgbadger;
mod post;
mod promql;
pub(crate) mod psql;
mod redis;
mod resolve;
pub(crate) mod rollback;
mod runbook;
mod scratch;
mod scripting;
mod settings;
mod silence;
mod slo;
mod status;
mod status_page;
mod traces;
pub(crate) mod wait;
mod watch;

pub(crate) use echo::{FormatArgument, echo, formatted, leading_number, shortest, unescape};

use super::Context;
use super::filters;
use super::shell::session::Session;
use super::table::{Call, Candidate, Handler, Outcome, Output, Tool};
use super::text::nearest;

/// Commands that aren't filters, in reading order.
const TOOLS: &[&Tool] = &[
    &alerts::TOOL,
    &ack::TOOL,
    &silence::TOOL,
    &status::TOOL,
    &declare::TOOL,
    &page::TOOL,
    &post::TOOL,
    &status_page::TOOL,
    &handoff::TOOL,
    &note::TOOL,
    &diagnose::TOOL,
    &runbook::TOOL,
    &hint::TOOL,
    &resolve::TOOL,
    &dash::TOOL,
    &slo::TOOL,
    &metrics::TOOL,
    &promql::TOOL,
    &promql::PROMTOOL,
    &logs::TOOL,
    &traces::TOOL,
    &curl::TOOL,
    &psql::TOOL,
    &heroku::TOOL,
    &pgbadger::TOOL,
    &redis::TOOL,
    &kubectl::TOOL,
    &changes::TOOL,
    &rollback::TOOL,
    &migrate::TOOL,
    &git::TOOL,
    &settings::CONFIG,
    &settings::FLAGS,
    &help::TOOL,
    &man::TOOL,
    &man::TLDR,
    &man::APROPOS,
    &cal::TOOL,
    &history::TOOL,
    &wait::TOOL,
    &watch::TOOL,
    &watch::TIME,
    &date::TOOL,
    &echo::TOOL,
    &echo::PRINTF,
    &export::TOOL,
    &export::UNSET,
    &alias::TOOL,
    &alias::UNALIAS,
    &scratch::LS,
    &scratch::RM,
    &host::WHOAMI,
    &host::HOSTNAME,
    &host::PWD,
    &jobs::TOOL,
    &jobs::FG,
    &jobs::KILL,
    &echo::TRUE,
    &echo::FALSE,
    &clear::TOOL,
];

/// Programs that an engineer might type and that aren't here, with what serves instead.
const ELSEWHERE: [(&[&str], &str); 10] = [
    (&["vim", "vi", "nano", "emacs", "code"], "there are no files to edit here; note TEXT keeps notes"),
    (&["docker", "podman", "crictl"], "containers are run by Kubernetes: see kubectl get pods"),
    (&["gh", "hub"], "what was deployed is in changes list, each diff in changes show CHG"),
    (&["terraform", "ansible", "helm"], "deployments are taken back with rollback or kubectl rollout undo"),
    (&["mysql", "sqlite3", "mongo"], "the shop's database is PostgreSQL: psql"),
    (&["sudo", "su"], "you have the on-call role already"),
    (
        &["python", "python3", "node", "perl", "ruby"],
        "this shell has filters (awk, sed, sort, …) but no interpreters",
    ),
    (&["quit"], "to leave the drill use the screen's own keys"),
    (&["stern"], "logs are read with logs SOURCE or kubectl logs POD"),
    (&["ping", "dig", "nslookup", "traceroute", "telnet", "nc"], "probes from here go through curl"),
];

/// Every command, in the order in which `help` shows it.
pub(crate) fn all() -> impl Iterator<Item = &'static Tool> {
    TOOLS.iter().chain(hosts::TOOLS).chain(scripting::TOOLS).chain(filters::TOOLS).copied()
}

/// The command of this name or alias.
pub(crate) fn find(name: &str) -> Option<&'static Tool> {
    if name.starts_with("pg:") {
        return Some(&heroku::TOOL);
    }
    all().find(|tool| tool.name == name || tool.aliases.contains(&name))
}

/// Commands whose arguments are prose, in which an apostrophe means nothing.
const PROSE: [&str; 10] =
    ["status-page", "handoff", "post", "say", "ask", "note", "declare", "page", "resolve", "channel"];

/// Whether a line is a command that takes prose.
pub(crate) fn takes_prose(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(|word| PROSE.contains(&word))
}

/// Names for completion: commands, their other names, and aliases.
pub(crate) fn names(session: &Session) -> Vec<Candidate> {
    let mut names: Vec<Candidate> =
        all().map(|tool| (tool.name.to_owned(), tool.summary.to_owned())).collect();
    for tool in all() {
        names.extend(tool.aliases.iter().map(|alias| ((*alias).to_owned(), tool.summary.to_owned())));
    }
    names.extend(heroku::names());
    names.extend(session.aliases.iter().map(|(name, text)| (name.clone(), format!("alias for {text}"))));
    names
}

/// Calls a command by name.
pub(crate) fn call(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let Some(tool) = find(call.name) else { return not_found(call.name, session).into() };
    if call.arguments.first().is_some_and(|argument| argument == "--help") {
        return Output::text(man::short(tool)).into();
    }
    match tool.run {
        Handler::Filter(run) => run(call, session).into(),
        Handler::Tool(run) => run(call, session, context),
    }
}

fn not_found(name: &str, session: &Session) -> Output {
    let mut output = Output::failure_with(127, format!("{name}: command not found"));
    let elsewhere = ELSEWHERE.iter().find(|(names, _)| names.contains(&name));
    if let Some((_, instead)) = elsewhere {
        output.err(format!("{instead}\n"));
    } else {
        let known = names(session);
        if let Some(near) = nearest(name, known.iter().map(|(known, _)| known.as_str())) {
            output.err(format!("did you mean: {near}\n"));
        }
    }
    output
}

/// A span in seconds with microseconds, as curl prints times.
fn formatted_seconds(span: crate::kernel::Span) -> String {
    format!("{:.6}", span.as_secs_f64())
}

/// The present time in `date`'s format.
fn stamp(context: &Context<'_>, format: &str) -> String {
    date::written(&context.scenario.calendar(), context.world.now(), format)
}
