//! Filters alone: a line of pipes over a text, without a stack behind it. What the differential tests and fuzzing run.

use super::TOOLS;
use crate::console::shell::expand::Expander;
use crate::console::shell::parse::parse;
use crate::console::shell::session::Session;
use crate::console::shell::syntax::{List, Pipeline};
use crate::console::table::{Call, Handler, Output, Stream};
use crate::console::tools;

/// What a line of filters answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filtered {
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
    /// Exit status of the last command.
    pub status: u8,
}

/// Runs a line made of filters (`grep ERROR | sort | uniq -c`) on a text. Commands that need a stack are answered with
/// `command not found`.
pub fn filter(line: &str, input: &str) -> Filtered {
    let list = match parse(line) {
        Ok(list) => list,
        Err(error) => return Filtered { errors: format!("{error}\n"), status: 2, ..Filtered::default() },
    };
    let mut session = Session::new();
    let mut whole = Filtered::default();
    run_list(&list, input, &mut session, &mut whole);
    whole
}

fn run_list(list: &List, input: &str, session: &mut Session, whole: &mut Filtered) {
    for (_, pipeline) in &list.0 {
        run_pipeline(pipeline, input, session, whole);
    }
}

fn run_pipeline(pipeline: &Pipeline, input: &str, session: &mut Session, whole: &mut Filtered) {
    let mut text = input.to_owned();
    for command in &pipeline.commands {
        if command.compound.is_some() {
            whole.errors.push_str("filter: compound commands need a shell\n");
            whole.status = 2;
            return;
        }
        let words = Expander::new(session, std::iter::empty()).fields(&command.words);
        let Some((name, arguments)) = words.split_first() else { continue };
        let call = Call { name, arguments, stdin: Some(&text), on_screen: false };
        let output = run_call(&call, session, whole);
        whole.status = output.status;
        text = String::new();
        for (stream, part) in output.parts {
            match stream {
                Stream::Out => text.push_str(&part),
                Stream::Err => whole.errors.push_str(&part),
            }
        }
    }
    whole.output.push_str(&text);
}

fn run_call(call: &Call<'_>, session: &mut Session, whole: &mut Filtered) -> Output {
    let found = TOOLS.iter().find(|tool| tool.name == call.name || tool.aliases.contains(&call.name));
    match (call.name, found.map(|tool| tool.run)) {
        (_, Some(Handler::Filter(run))) => run(call, session),
        ("xargs", _) => match super::xargs::commands(call) {
            Err(output) => output,
            Ok(list) => {
                let mut inner = Filtered::default();
                run_list(&list, "", session, &mut inner);
                whole.errors.push_str(&inner.errors);
                Output { status: inner.status, ..Output::text(inner.output) }
            }
        },
        ("echo", _) => tools::echo(call.arguments),
        _ => Output::failure_with(127, format!("{}: command not found", call.name)),
    }
}
