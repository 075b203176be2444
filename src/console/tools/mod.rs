//! The registry: every command in the order in which `help` shows it, and calling one by name.

mod ack;
mod alerts;
mod alias;
mod ask;
mod audit;
mod cal;
mod changes;
mod clear;
pub(crate) mod curl;
mod dash;
pub(crate) mod date;
mod declare;
mod diagnose;
mod echo;
mod effects;
mod elsewhere;
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
pub(crate) mod network;
mod page;
mod pg_activity;
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

/// Commands that aren't filters, in reading order.
const TOOLS: &[&Tool] = &[
    &alerts::TOOL,
    &ack::TOOL,
    &silence::TOOL,
    &status::TOOL,
    &declare::TOOL,
    &page::TOOL,
    &post::TOOL,
    &ask::TOOL,
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
    &pg_activity::TOOL,
    &pgbadger::TOOL,
    &redis::TOOL,
    &kubectl::TOOL,
    &changes::TOOL,
    &audit::TOOL,
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
    &host::GROUPS,
    &host::CD,
    &host::SUDO,
    &host::TTY,
    &jobs::TOOL,
    &jobs::FG,
    &jobs::KILL,
    &echo::TRUE,
    &echo::FALSE,
    &clear::TOOL,
];

/// Every command, in the order in which `help` shows it.
pub(crate) fn all() -> impl Iterator<Item = &'static Tool> {
    TOOLS
        .iter()
        .chain(network::TOOLS)
        .chain(hosts::TOOLS)
        .chain(scripting::TOOLS)
        .chain(filters::TOOLS)
        .copied()
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

/// A command's manual page.
pub(crate) fn manual(name: &str) -> String {
    find(name).map_or_else(String::new, man::page)
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
    let Some(tool) = find(call.name) else { return elsewhere::not_found(call, session).into() };
    let asks_for_help = call.arguments.first().is_some_and(|argument| argument == "--help");
    if asks_for_help || (call.arguments.len() == 1 && call.arguments[0] == "-h" && helps_with_h(tool)) {
        return Output::text(man::short(tool)).into();
    }
    match tool.run {
        Handler::Filter(run) => run(call, session).into(),
        Handler::Tool(run) => run(call, session, context),
    }
}

/// Whether `-h` alone asks for help: no option of the tool's is called so.
fn helps_with_h(tool: &Tool) -> bool {
    !tool.flags.iter().any(|flag| flag.letter && flag.key == 'h')
        && matches!(tool.run, Handler::Tool(_))
        && tool.name != "echo"
}

/// A span in seconds with microseconds, as curl prints times.
fn formatted_seconds(span: crate::kernel::Span) -> String {
    format!("{:.6}", span.as_secs_f64())
}

/// The present time in `date`'s format.
fn stamp(context: &Context<'_>, format: &str) -> String {
    date::written(&context.scenario.calendar(), context.world.now(), format)
}

#[cfg(test)]
mod tests {
    use super::all;
    use std::collections::BTreeSet;

    #[test]
    fn every_flag_is_typed_in_one_way_and_says_what_it_does() {
        for tool in all() {
            let name = tool.name;
            let mut typed = BTreeSet::new();
            for flag in tool.flags {
                assert!(flag.letter || !flag.long.is_empty(), "{name}: the flag {} can't be typed", flag.key);
                // A row that says nothing is another long name of a flag that does.
                let synonym = flag.does.is_empty();
                assert!(
                    synonym || !flag.letter || typed.insert(format!("-{}", flag.key)),
                    "{name}: two flags -{}",
                    flag.key
                );
                assert!(
                    flag.long.is_empty() || typed.insert(format!("--{}", flag.long)),
                    "{name}: two flags --{}",
                    flag.long
                );
                let told = tool.flags.iter().any(|other| other.key == flag.key && !other.does.is_empty());
                assert!(told || flag.long == "help", "{name}: the flag {} says nothing", flag.key);
            }
        }
    }
}
